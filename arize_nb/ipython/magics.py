"""`%ax` and `%%ax`: a line becomes arguments of the command tree, and what the command returned becomes a
value of the notebook.
"""

from __future__ import annotations

import functools
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from IPython.core.error import StdinNotImplementedError
from IPython.core.magic import Magics, line_cell_magic, magics_class, needs_local_scope, no_var_expand
from traitlets import Bool

from arize_nb.ipython.magic_line import (
    command_in_body,
    is_shown,
    look_up,
    scopes,
    user_frame,
    without_semicolon,
)

if TYPE_CHECKING:
    from types import FrameType

    from arize_nb.commands.completion.live_names import LiveNames
    from arize_nb.commands.line.session import Session
    from arize_nb.ipython.open_clients import OpenClients


def load(shell: Any) -> None:
    """Register the magics and their completion; loading again replaces what was there."""
    from arize_nb.ipython import completion

    unload(shell)
    magics = AxMagics(shell=shell)
    shell.register_magics(magics)
    shell.configurables.append(magics)
    completion.register(shell, magics)


def unload(shell: Any) -> None:
    """Take the magics and their completion away; harmless when they are not there."""
    from arize_nb.ipython import completion

    completion.unregister(shell)
    for magics in [one for one in shell.configurables if isinstance(one, AxMagics)]:
        magics.close()
        shell.configurables.remove(magics)
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("ax", None)
    shell.magics_manager.registry.pop("AxMagics", None)


@magics_class
class AxMagics(Magics):  # type: ignore[misc]
    """Holds what lives from one line to the next: settings and open clients."""

    short_errors = Bool(
        True, help="Show errors in one or two lines; with False, or --verbose on a line, the whole traceback."
    ).tag(config=True)
    quiet = Bool(False, help="No progress bars and no notices, as if every line had --quiet.").tag(
        config=True
    )

    def __init__(self, shell: Any, **kwargs: Any) -> None:
        super().__init__(shell, **kwargs)
        self._clients: OpenClients | None = None
        self._names: LiveNames | None = None

    @no_var_expand  # type: ignore[untyped-decorator]
    @needs_local_scope  # type: ignore[untyped-decorator]
    @line_cell_magic  # type: ignore[untyped-decorator]
    def ax(self, line: str, cell: str | None = None, local_ns: Mapping[str, Any] | None = None) -> Any:
        """Arize experiments: list, export, create, run and compare.

        %ax experiments list --dataset qa              a DataFrame
        df = %ax experiments export base --dataset qa  all runs
        %ax experiments create -n v2 --dataset qa -f $df
        %ax experiments compare base v2 --dataset qa
        %ax compare a.csv b.csv                        any two tables; the same: explore, report -o page.html
        %ax datasets, spaces, projects, annotation-configs, profiles, server, link

        `$name` is a variable of the notebook, inside a text too; `--into NAME` assigns the result, a `;` at
        the end shows nothing. `%%ax … -f -` reads the rest of the cell. More: %ax --help, %ax experiments
        --help, %ax experiments export --help.
        """
        from arize_nb.errors import AxError

        caller = user_frame(self.shell.user_global_ns)
        if cell is not None and not line.strip():
            line, cell = command_in_body(cell)
        # The text is the user's, not Python: IPython's own look for a `;` would tokenize it (and fail on an
        # apostrophe).
        line, silenced = without_semicolon(line)
        session = self.session(cell, local_ns or {}, caller)
        try:
            value = self._show(self._run(line, session), session)
            return None if silenced and (cell is not None or is_shown(caller)) else value
        except (AxError, KeyboardInterrupt) as error:
            if self.short_errors and not session.verbose:
                _shorten(error)
            raise

    def session(
        self, body: str | None, local_ns: Mapping[str, Any], caller: FrameType | None = None
    ) -> Session:
        """Describe this notebook to the commands; `caller` is the frame that the line stands in."""
        from arize_nb.commands.line.session import Session
        from arize_nb.ipython.open_clients import OpenClients

        self._clients = self._clients or OpenClients()
        session = Session(
            program="%ax",
            in_notebook=True,
            lookup=functools.partial(look_up, scopes=scopes(local_ns, caller, self.shell.user_ns)),
            body=body,
            connect=self._clients.get,
            confirm=_confirm,
            ask_secret=_ask_secret,
            quiet=self.quiet,
            names=self._live_names,
        )
        session.notify = lambda text: None if session.quiet else print(text)  # noqa: T201 - a magic's notices are output of its cell
        return session

    def close(self) -> None:
        """Close the open clients."""
        if self._clients is not None:
            self._clients.close()

    def _live_names(self, kind: str, start: str, where: Mapping[str, Any]) -> Sequence[str]:
        """Find names for completion; the cache is made when Tab is first pressed."""
        if self._names is None:
            from arize_nb.commands.completion.live_names import LiveNames

            self._names = LiveNames()
        return self._names(kind, start, where)

    def _run(self, line: str, session: Session) -> Any:
        """Split the line and run it."""
        from arize_nb.commands.output.deliver import deliver
        from arize_nb.commands.root import run
        from arize_nb.errors import CommandError

        try:
            words = shlex.split(line)
        except ValueError as error:
            raise CommandError(
                f"the line cannot be split into words: {str(error).lower()}", hint="Close every quote."
            ) from None
        return deliver(run(words, session), session)

    def _show(self, value: object, session: Session) -> Any:
        """Turn a value into what the cell shows or the variable holds, and run the gate."""
        from arize_nb.errors import RegressionError
        from arize_nb.models import Page

        if isinstance(value, Page):
            if value.next_cursor is not None:
                session.notify(f"There is more: --cursor {value.next_cursor}")
            value = value.to_frame()
        elif isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
            import pandas as pd

            value = pd.DataFrame(value)
        if session.into is not None and value is not None:
            self.shell.push({session.into: value})
            session.notify(_described(session.into, value))
        elif session.into is not None:
            session.notify(
                f"{session.into} was not assigned: this line gives no value (-o json and --stdout print theirs)."
            )
        if (session.body or "").strip() and not session.body_read:
            session.notify("The rest of this cell was not read: add -f - to the first line.")
        try:
            if session.gate is not None:
                with session.spelling():
                    session.gate()
        except RegressionError:
            if session.into is None:
                from IPython.display import display

                display(value)
            raise
        return value if session.into is None else None


def _shorten(error: BaseException) -> None:
    """Make IPython show this error in a line or two; only here, so that callers of the Python API keep their
    tracebacks.
    """
    what = getattr(error, "what", None) or str(error)
    hint = getattr(error, "hint", None)
    first = f"{type(error).__name__}: {what}".removesuffix(": ")
    lines = [first, *([hint] if hint else []), *getattr(error, "details", ())]
    error._render_traceback_ = lambda: lines  # type: ignore[attr-defined]


def _described(name: str, value: object) -> str:
    """Say in one line what a variable holds now."""
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and len(shape) == 2:
        return f"{name}: {shape[0]:,} rows × {shape[1]:,} columns"
    label = getattr(value, "name", None)
    return f"{name}: {type(value).__name__}" + (f" {label!r}" if isinstance(label, str) else "")


def _confirm(question: str) -> bool:
    """Ask in the notebook."""
    return _asked(input, f"{question} [y/N] ").strip().lower() in ("y", "yes")


def _ask_secret(question: str) -> str:
    """Ask in the notebook, hiding what is typed."""
    import getpass

    return _asked(getpass.getpass, f"{question}: ")


def _asked(ask: Callable[[str], str], prompt: str) -> str:
    """Ask, or say that nobody can answer: nbval, papermill and `nbconvert --execute` allow no input."""
    from arize_nb.errors import ConfirmationError

    try:
        return ask(prompt)
    except (StdinNotImplementedError, EOFError, OSError):
        raise ConfirmationError(f"cannot ask here: {prompt}") from None
