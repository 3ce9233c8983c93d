"""Hand a command that is not ours to the official `ax` program: same service, its own private home."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from arize_nb import config
from arize_nb.commands.line.session import Session
from arize_nb.commands.line.suggestions import closest
from arize_nb.commands.line.variables import AxOption, resolved
from arize_nb.errors import CommandError, OfficialProgramError
from arize_nb.text.visible import visible

INSTALL = "uv tool install arize-ax-cli   (or: pipx install arize-ax-cli)"
"""How to get the official program: an environment of its own, since it pins pandas below 3."""

NOUNS: Mapping[str, str] = {
    "ai-integrations": "list get create update delete",
    "annotation-queues": "list get create update delete list-records delete-records annotate-record assign-record add-records",
    "api-keys": "list create create-service-key revoke refresh",
    "auth": "login logout",
    "evaluators": "list get update delete list-versions get-version create-evaluator create-evaluator-version",
    "instrument": "",
    "integrations": "list get delete create update",
    "organizations": "list get create update add-user remove-user delete",
    "prompts": "list get create update delete list-versions create-version get-version-by-label set-version-labels remove-version-label",
    "resource-restrictions": "list restrict unrestrict",
    "role-bindings": "list create get update delete",
    "roles": "list get create update delete",
    "skills": "install clear",
    "spans": "export annotate delete",
    "tasks": "list get create create-evaluation create-run-experiment update delete trigger-run list-runs get-run cancel-run wait-for-run",
    "traces": "list export",
    "upgrade": "",
    "users": "list get create update delete resend-invitation reset-password",
    "webhooks": "list get create update delete test deliveries subscriptions",
    "spaces": "create update delete add-user remove-user",
    "projects": "create update delete",
    "annotation-configs": "update",
}
"""What the official program has and we lack (its version 0.39)."""

OWN_HOME = frozenset({"auth", "instrument", "skills", "upgrade"})
"""Commands about this machine rather than a service: they run in the user's own home."""

_COLOURING = frozenset({"FORCE_COLOR", "CLICOLOR_FORCE", "CLICOLOR", "PY_COLORS"})
"""Variables by which a kernel asks for colours, which a frame and an error have no use for."""

NOT_LOCAL = frozenset({"prompts", "traces", "spans"})
"""What the local workspace does not serve."""


def stand_in(
    words: Sequence[str], *, ours: Sequence[str], nouns_with: Callable[[str], list[str]]
) -> click.Command:
    """Return a command that passes the rest of its line to the official program.

    Parameters
    ----------
    words : sequence of str
        The noun, or our noun and a command that it lacks.
    ours : sequence of str
        Words that would have been ours here.
    nouns_with : callable
        Gives our nouns that have a command of some name.

    Raises
    ------
    CommandError
        The word looks like a mistyped one, or nobody knows it and the official program is not there to be
        asked.
    """
    theirs = NOUNS.get(words[0], "").split() if len(words) > 1 else list(NOUNS)
    line = " ".join(words)
    if words[-1] not in theirs and len(words) == 1 and (nouns := nouns_with(words[0])):
        raise CommandError(
            f"no command {line!r}",
            hint=f"Did you mean {' or '.join(repr(f'{noun} {line}') for noun in nouns[:2])}?",
        )
    if words[-1] not in theirs and (near := closest(words[-1], [*ours, *theirs])):
        raise CommandError(f"no command {line!r}", hint=f"Did you mean {near!r}?")
    if words[-1] not in theirs and shutil.which("ax") is None:
        raise CommandError(
            f"no command {line!r}",
            hint=f"There are: {', '.join(ours)}. Commands of the official ax program need it installed: {INSTALL}",
        )

    def call(ctx: click.Context) -> Any:
        values = resolved(ctx, _ANY, tuple(ctx.args))
        return run_official([*words, *map(str, values)], ctx.ensure_object(Session))

    settings = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}
    return click.Command(
        words[-1], callback=click.pass_context(call), context_settings=settings, add_help_option=False
    )


_ANY = AxOption(["--argument"], multiple=True)


def run_official(args: Sequence[str], session: Session) -> Any:
    """Run the official program against the service of the session.

    Returns
    -------
    object
        In a notebook the list that `-o json` gave (asked for by itself for `list` commands) as a DataFrame,
        other JSON as it is read, any other text as a text that shows itself; None when there was nothing. In
        the console None: the program has written for itself.

    Raises
    ------
    CommandError
        The program is not installed, or the service is a local workspace and does not know such things.
    OfficialProgramError
        It ended with another status than 0; in the console it has said why by itself.
    """
    args, session.profile = _own_options(list(args), session)
    args = [str(Path(word).expanduser()) if word.startswith("~/") else word for word in args]
    if args[0] in NOT_LOCAL and config.resolve(session.profile).is_local:
        raise CommandError(
            f"the local workspace has no {args[0]}",
            hint="Use a profile of Arize: --profile NAME (%ax profiles list).",
        )
    program = shutil.which("ax")
    if program is None:
        line = " ".join(args[:2])
        raise CommandError(
            f"{line!r} belongs to the official ax program, which is not installed",
            hint=f"Install it: {INSTALL}",
        )
    if args[0] in OWN_HOME:
        return _run(program, args, dict(os.environ), session)
    connection = session.client.connection
    with tempfile.TemporaryDirectory(prefix="arize-nb-") as home:
        write_home(Path(home), connection)
        environ = {name: value for name, value in os.environ.items() if not name.startswith("ARIZE_")}
        environ |= {
            "HOME": home,
            "USERPROFILE": home,
            "ARIZE_API_KEY": connection.api_key,
            "NO_PROXY": _no_proxy(connection),
        }
        if connection.ca_cert:
            environ["ARIZE_SSL_CA_CERT"] = connection.ca_cert
        if connection.proxy_url:
            environ["ARIZE_PROXY_URL"] = connection.proxy_url
        return _run(program, args, environ, session)


def _own_options(args: list[str], session: Session) -> tuple[list[str], str | None]:
    """Take `--profile` off the line, which the official program does not know."""
    profile = session.profile
    if "--profile" in args:
        at = args.index("--profile")
        if at + 1 >= len(args):
            raise CommandError("--profile wants a name")
        profile = args[at + 1]
        del args[at : at + 2]
    return args, profile


def _no_proxy(connection: Any) -> str:
    """Keep loopback away from proxies: gRPC would send it there."""
    return (
        ",".join(filter(None, [os.environ.get("NO_PROXY", ""), "127.0.0.1", "localhost"]))
        if connection.is_local
        else os.environ.get("NO_PROXY", "")
    )


def official_profile(
    connection: Any, name: str = "arize-nb", key: str = "${ARIZE_API_KEY}"
) -> dict[str, Any]:
    """Return a profile of the official program that points at the same service; the key is a reference unless
    given.
    """
    rest, otlp, flight = (
        urlsplit(url) for url in (connection.api_url, connection.otlp_url, connection.flight_url)
    )
    otlp = otlp if otlp.netloc else flight
    return {
        "profile": {"name": name},
        "auth": {"auth_method": "api-key", "api_key": key},
        "routing": {
            "api_host": rest.netloc,
            "api_scheme": rest.scheme,
            "otlp_host": otlp.netloc,
            "otlp_scheme": "http" if otlp.scheme in ("grpc", "grpc+tcp", "http") else "https",
            "flight_host": flight.hostname or "",
            "flight_port": str(flight.port or 443),
            "flight_scheme": flight.scheme,
        },
        "security": {"request_verify": connection.verify},
        "update": {"enabled": False},
    }


def write_home(home: Path, connection: object) -> None:
    """Make a home with one profile in it, readable by its owner only."""
    config.write_profile("arize-nb", official_profile(connection), home)
    config.use_profile("arize-nb", home)


def _run(program: str, args: list[str], environ: dict[str, str], session: Session) -> Any:
    """Run the program: straight through in the console, captured in a notebook."""
    if not session.in_notebook:
        status = subprocess.run([program, *args], env=environ, check=False).returncode  # noqa: S603 - the user's own words, no shell
        if status:
            raise OfficialProgramError(f"ax {' '.join(args[:2])} ended with status {status}", status=status)
        return None
    wants_frame = _add_json(args)
    session.body_read = True
    plain = {name: value for name, value in environ.items() if name not in _COLOURING} | {
        "NO_COLOR": "1",
        "TERM": "dumb",
        "COLUMNS": "110",
    }
    ended = subprocess.run(  # noqa: S603
        [program, *args],
        env=plain,
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        input=session.body or "",
    )
    if ended.returncode:
        raise OfficialProgramError(
            f"ax {' '.join(args[:2])}: {_reason(ended.stderr or ended.stdout)}", status=ended.returncode
        )
    if ended.stderr.strip():
        session.notify(visible(ended.stderr.rstrip()))
    frame = _frame(ended.stdout) if wants_frame else None
    return _value(ended.stdout.rstrip()) if frame is None else frame


class Printed(str):
    """What the official program printed; a cell that ends with it shows it as it was."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Show the text, in which nothing acts."""
        return visible(self)


def _value(text: str) -> Any:
    """Return what the program gave: JSON read, other text as it is, None for nothing."""
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return Printed(text)


def _add_json(args: list[str]) -> bool:
    """Say whether JSON comes back; `list` and `get` commands are asked for it."""
    for index, word in enumerate(args):
        if word in ("-o", "--output"):
            return args[index + 1 : index + 2] == ["json"]
        if word.startswith("--output="):
            return word == "--output=json"
    verb = next((word for word in args[1:] if not word.startswith("-")), "")
    if verb.split("-")[0] == "list" and "--help" not in args and "-h" not in args:
        args += ["-o", "json"]
        return True
    return False


def _frame(text: str) -> Any:
    """Return the list in the JSON as a DataFrame; None when it holds no list."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    lists = (
        [found]
        if isinstance(found, list)
        else [value for value in found.values() if isinstance(value, list)]
        if isinstance(found, dict)
        else []
    )
    if len(lists) != 1 or not all(isinstance(item, dict) for item in lists[0]):
        return None
    import pandas as pd

    frame = pd.DataFrame(lists[0])
    cursor = found.get("pagination", {}).get("next_cursor") if isinstance(found, dict) else None
    frame.attrs["next_cursor"] = cursor
    return frame


def _reason(text: str) -> str:
    """Find what went wrong in what the program said: its error line or the box that it draws, which it breaks
    into several lines.
    """
    lines = [line.strip().strip("│").strip() for line in text.splitlines()]
    start = next((index for index, line in enumerate(lines) if "Error" in line), None)
    if start is None:
        return next(filter(None, lines), "it gave no reason").rstrip(".")
    if lines[start].startswith("╭"):
        start += 1
    told = list(itertools.takewhile(lambda line: line and not line.startswith("╰"), lines[start:]))
    return " ".join(told).removeprefix("✗ Error: ").rstrip(".") or "it gave no reason"
