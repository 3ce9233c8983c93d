"""The console program `arize-nb`: the same tree, with text out and exit statuses."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NoReturn

from arize_nb.commands.line.session import Session
from arize_nb.commands.nouns.completion import VARIABLE
from arize_nb.commands.output.deliver import deliver
from arize_nb.commands.root import run, tree
from arize_nb.errors import AxError, ConfirmationError, OfficialProgramError, RegressionError
from arize_nb.text.visible import visible

INTERRUPTED = 130


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the console program and exit.

    Statuses: 0 done or declined; 1 configuration, an unexpected error, an unanswered question; 2 usage; 4
    service or data; 5 files and output formats; 10 a regression gate; 130 interrupted; 143 terminated;
    another one as the official program gave it.
    """
    signal.signal(signal.SIGTERM, _terminated)
    sys.exit(status_of(sys.argv[1:] if args is None else list(args)))


def _terminated(number: int, _frame: object) -> NoReturn:
    """End as after an error, so that half a file or half an experiment is taken away (a CI job that is
    cancelled gets this signal).
    """
    sys.exit(128 + number)


def status_of(args: Sequence[str]) -> int:
    """Run one line and return its exit status; what went wrong is on standard error."""
    with suppress(AttributeError):
        for stream in (sys.stdout, sys.stderr):
            # half a surrogate pair in a model's output becomes an escape, which is what JSON wants anyway
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    session = Session(confirm=_confirm, ask_secret=_ask_secret)
    session.notify = lambda text: None if session.quiet else _say(text)
    if os.environ.get(VARIABLE):
        return _complete(session, os.environ[VARIABLE])
    try:
        _run(args, session)
    except OfficialProgramError as error:
        return error.status
    except AxError as error:
        return _failed(error, session)
    except KeyboardInterrupt as error:
        what = str(error) or "interrupted."
        _say(what[0].upper() + what[1:])
        return INTERRUPTED
    except BrokenPipeError:
        # the reader (head, less) has had enough; keep the interpreter from flushing into the closed pipe at
        # exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 1
    except Exception as error:  # noqa: BLE001 - the last resort of a program: one line instead of a traceback
        return _failed(error, session)
    return 0


def _run(args: Sequence[str], session: Session) -> None:
    """Run a line, show what it gave, then its gate."""
    value = run(args, session)
    try:
        deliver(value, session)
        sys.stdout.flush()
        if session.gate is not None:
            with session.spelling():
                session.gate()
    except RegressionError:
        sys.stdout.flush()
        raise


def _failed(error: Exception, session: Session) -> int:
    """Say what went wrong; the traceback with --verbose."""
    if session.verbose:
        import traceback

        traceback.print_exception(error)
    known = isinstance(error, AxError)
    what = (
        str(error)
        if known
        else f"unexpected {type(error).__name__}: {error}. Run it with --verbose to see where."
    )
    _say(f"✗ Error: {what}")
    return error.exit_status if isinstance(error, AxError) else 1


def _say(text: str) -> None:
    """Write a line to standard error, where it cannot mix with data; what others have named commands no
    terminal.
    """
    sys.stderr.write(f"{visible(text)}\n")
    sys.stderr.flush()


def _confirm(question: str) -> bool:
    """Ask on standard input; the end of it is no answer."""
    sys.stderr.write(f"{question} [y/N] ")  # input() would put the question among the data
    sys.stderr.flush()
    return _asked(input, "").strip().lower() in ("y", "yes")


def _ask_secret(question: str) -> str:
    """Ask without showing what is typed."""
    import getpass

    if not sys.stdin.isatty():
        raise ConfirmationError(f"cannot ask here: {question}")
    return _asked(getpass.getpass, f"{question}: ")


def _asked(ask: Callable[[str], str], prompt: str) -> str:
    """Ask, or say that nobody answers."""
    try:
        return ask(prompt)
    except (EOFError, OSError):
        _say("")  # end the line of the question
        raise ConfirmationError(f"cannot ask here: {prompt}") from None


def _complete(session: Session, instruction: str) -> int:
    """Answer a shell that asks for completions (`bash_complete`); whatever goes wrong must not be written
    over the user's line.
    """
    from arize_nb.commands.completion.live_names import SHELL_S, LiveNames
    from arize_nb.commands.nouns.completion import completion_class

    session.names = LiveNames(cold_s=SHELL_S)
    shell, _, what = instruction.partition("_")
    try:
        asked = completion_class(shell)(tree(), {"obj": session}, "arize-nb", VARIABLE)
        answer = asked.source() if what == "source" else asked.complete()
    except Exception:  # noqa: BLE001
        return 1
    sys.stdout.write(f"{answer}\n")
    return 0
