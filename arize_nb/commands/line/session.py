"""What one command line knows about the place it runs in."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TextIO

from arize_nb.errors import AxError, CommandError, ConfirmationError
from arize_nb.text.command_line import door, spelled

if TYPE_CHECKING:
    from arize_nb.client import Client
    from arize_nb.commands.line.output import Output


def _connect(profile: str | None, notice: Callable[[str], None]) -> Client:
    """Connect afresh: the console needs one client a process, and mentions the local workspace only when it
    has started one.
    """
    from arize_nb import config
    from arize_nb.client import Client

    return Client(config.resolve(profile), notice=notice, says_local=lambda running: running.started)


def _to_stderr(text: str) -> None:
    """Write a notice where it cannot mix with data."""
    sys.stderr.write(f"{text}\n")


def _cannot_ask(question: str) -> Any:
    """Stand in where nobody can answer."""
    raise ConfirmationError(f"cannot ask here: {question}")


def _no_names(_kind: str, _start: str, _where: Mapping[str, Any]) -> Sequence[str]:
    """Know no names."""
    return ()


@dataclass(kw_only=True)
class Session:
    """One line, and where it came from.

    The common options (`--profile`, `--quiet`, `--verbose`, `--into`, `--output`) store themselves here, so
    that no command handles them.
    """

    program: str = "arize-nb"
    """How the user calls the tree: `arize-nb` or `%ax`."""
    in_notebook: bool = False
    """Whether values are returned to Python instead of being printed."""
    lookup: Callable[[str], Any] | None = None
    """Find the variable behind `$name`; None where the shell expands such words itself."""
    body: str | None = None
    """Body of a `%%ax` cell: what `-f -` reads. None: standard input of the process."""
    connect: Callable[[str | None, Callable[[str], None]], Client] = _connect
    """Make, or find again, the client of a profile; the second argument is told what the user should read."""
    notify: Callable[[str], None] = _to_stderr
    """Tell the user one line beside the result."""
    confirm: Callable[[str], bool] = _cannot_ask
    """Ask a yes/no question; raises ConfirmationError where nobody can answer."""
    ask_secret: Callable[[str], str] = _cannot_ask
    """Ask for a value that is not shown while it is typed."""
    names: Callable[[str, str, Mapping[str, Any]], Sequence[str]] = _no_names
    """Names of live resources for completion: kind, how they start, where (space, dataset, profile)."""
    profile: str | None = None
    quiet: bool = False
    verbose: bool = False
    words: Sequence[str] = ()
    """The words of the line, as they were typed behind the program."""
    into: str | None = None
    """Variable to assign the result to (notebook only)."""
    output: Output | None = None
    """What `-o` asked for; None when it was not given."""
    variables_used: dict[str, Any] = field(default_factory=dict, repr=False)
    """The variables that the line named, and what they hold: a frame is called by its variable."""
    spreadsheet: bool = False
    """Whether CSV is written for spreadsheets: text that they would carry out as a formula is
    made harmless.
    """
    body_read: bool = False
    """Whether the command has read the body."""
    gate: Callable[[], object] | None = field(default=None, repr=False)
    """Check to run after the result was shown (`compare --fail-on-regression`)."""

    @cached_property
    def client(self) -> Client:
        """The client of the profile, made when a command first needs it."""
        return self.connect(self.profile, lambda text: self.notify(spelled(text, self.program)))

    @property
    def leaves_body(self) -> bool:
        """Whether the cell has a body, and no word of its line asks for it."""
        asks = any(word == "-" or word.endswith("=-") or word == "-f-" for word in self.words)
        return bool((self.body or "").strip()) and not (self.body_read or asks)

    @contextlib.contextmanager
    def spelling(self) -> Iterator[None]:
        """Let errors say what to do next in the words of a command line, as who sees them typed one."""
        before = door.set(self.program)
        try:
            yield
        except (AxError, KeyboardInterrupt) as error:
            if hasattr(error, "spell"):
                error.spell(self.program)
            if self.verbose:
                error.whole_traceback = True  # type: ignore[union-attr]
            raise
        finally:
            door.reset(before)

    @property
    def is_connected(self) -> bool:
        """Whether this line has used the service."""
        return "client" in self.__dict__

    def input_stream(self) -> TextIO:
        """Return what `-f -` reads: the cell body, else the process's standard input."""
        self.body_read = True
        if self.body is not None:
            return io.StringIO(self.body)
        if self.in_notebook:
            raise CommandError(
                "'-f -' reads the body of a cell, and a line has none",
                hint="Use %%ax … -f - with the data below it, or -f $variable.",
            )
        return sys.stdin

    def agree(self, question: str, *, forced: bool, flag: str = "--force") -> bool:
        """Ask before something that cannot be undone.

        Parameters
        ----------
        question : str
            What would happen.
        forced : bool
            Whether the user already said yes by `flag`.
        flag : str
            The flag that skips the question; named in the error where it cannot be asked.

        Returns
        -------
        bool
            False when the user declined; a notice has been given then.
        """
        if forced:
            return True
        try:
            agreed = self.confirm(question)
        except ConfirmationError:
            raise ConfirmationError(
                f"{question} There is nobody to ask here", hint=f"Add {flag} to go ahead."
            ) from None
        if not agreed:
            self.notify("Nothing was changed.")
        return agreed
