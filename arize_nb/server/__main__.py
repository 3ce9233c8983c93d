"""The server process: `python -m arize_nb.server --data-dir DIR`; says on one line when it answers, or why it
cannot.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

_STOP_LIMIT_S = 20.0  # everything acknowledged is on disk, so a writer that hangs is not waited for longer
_LOG_LIMIT = 1_000_000  # bytes; a longer log starts anew


def main() -> None:
    """Start, report on standard output, serve until told to stop."""
    options = _options()
    if options.detach and hasattr(os, "fork") and os.fork():
        os._exit(0)  # the server is nobody's child: no zombie when it ends before the notebook does
    os.umask(0o077)  # the data are the user's alone
    report = os.fdopen(os.dup(1), "w", encoding="utf-8")
    _log_to(options.data_dir)
    _say(f"starting, pid {os.getpid()}")

    sys.meta_path.insert(0, _WithoutPandas())
    from arize_nb.server.host import Host

    idle_limit_s = options.idle_minutes * 60 if options.idle_minutes else None
    ports = {"api_port": options.api_port, "flight_port": options.flight_port}
    host = Host(options.data_dir, **ports, idle_limit_s=idle_limit_s, new_key=options.new_key)
    try:
        started = host.start()
    except Exception as error:  # noqa: BLE001 - whatever it is, the process that waits must hear of it
        _say(f"could not start: {type(error).__name__}: {error}")
        _answer(report, {"error": str(error), "kind": type(error).__name__})
        os._exit(1)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: host.stopping.set())
    if options.with_parent:
        threading.Thread(target=_follow_parent, args=(host.stopping,), daemon=True).start()
    _say(f"serving {started.api_url} and {started.flight_url}")
    _answer(report, {"pid": started.pid, "notes": host.notes})
    host.stopping.wait()
    _say("stopping" + "".join(f"; {note}" for note in host.notes))
    last_resort = threading.Timer(_STOP_LIMIT_S, os._exit, args=(1,))
    last_resort.daemon = True
    last_resort.start()
    host.stop()
    _say("stopped")
    os._exit(0)  # a stream that outlived its ten seconds must not hold the process


class _WithoutPandas:
    """Keep pandas out of this process: pyarrow loads it with the first array, for half a second and 100 MB
    that nothing here uses.
    """

    def find_spec(self, name: str, *_: object) -> None:
        """Refuse pandas, leave everything else to the other finders."""
        if name == "pandas":
            raise ModuleNotFoundError("the server does without pandas", name=name)


def _options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m arize_nb.server", description="Serve a local workspace.", allow_abbrev=False
    )
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--api-port", type=int, default=0, help="0: the remembered one, or a free one")
    parser.add_argument("--flight-port", type=int, default=0)
    parser.add_argument(
        "--idle-minutes", type=float, default=0, help="stop after so long without a request; 0: never"
    )
    parser.add_argument(
        "--new-key", action="store_true", help="make a new key: the old one may be known to others"
    )
    parser.add_argument("--detach", action="store_true", help="go on alone in the background")
    parser.add_argument("--with-parent", action="store_true", help="stop when standard input ends")
    return parser.parse_args()


def _log_to(data_dir: Path) -> None:
    """Send what this process prints to the log of the data directory, from the operating
    system's level on.
    """
    from arize_nb.persistence.trusted import open_file
    from arize_nb.workspace import state_file as state

    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    log = open_file(data_dir / state.LOG_NAME, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    if os.fstat(log).st_size > _LOG_LIMIT:
        os.ftruncate(log, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)


def _answer(report: Any, document: dict[str, Any]) -> None:
    """Write the one line that the starting process waits for."""
    try:
        report.write(json.dumps(document) + "\n")
        report.close()
    except OSError:
        _say("nobody waits for this server any more")


def _follow_parent(stopping: threading.Event) -> None:
    """Stop when the process that holds our standard input is gone."""
    while sys.stdin.buffer.read(1):
        continue
    stopping.set()


def _say(what: str) -> None:
    """Write one line to the log; a disk that is full must not end the server."""
    with suppress(OSError):
        sys.stderr.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {what}\n")
        sys.stderr.flush()


if __name__ == "__main__":
    main()
