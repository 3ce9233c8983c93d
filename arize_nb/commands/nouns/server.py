"""`server`: start, stop and inspect the local workspace."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Any

import click

from arize_nb.commands.line.output import Output
from arize_nb.commands.line.session import Session
from arize_nb.commands.line.variables import option
from arize_nb.commands.root import AxGroup


@click.group("server", cls=AxGroup)
def command() -> None:
    """Start, stop and inspect the local workspace."""


def _as_json(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    """Make `--json` mean `-o json`."""
    session = ctx.find_object(Session)
    if value and session is not None:
        session.output = Output(format="json")


json_option = option(
    "--json", is_flag=True, expose_value=False, callback=_as_json, help="Print one JSON object."
)


def _facts(running: Any, session: Session) -> dict[str, Any]:
    """Describe a running workspace; the key is shown only where a script asks for it in the console."""
    from arize_nb import config

    shown = not session.in_notebook and session.output is not None and session.output.format == "json"
    return {
        "api_url": running.api_url,
        "flight_url": running.flight_url,
        "api_key": running.api_key if shown else config.masked(running.api_key),
        "pid": running.pid,
        "data_dir": str(running.data_dir),
        "version": running.version,
    }


@command.command()
@json_option
@click.pass_obj
def start(session: Session) -> dict[str, Any]:
    """Start the local workspace, or find the one that runs."""
    from arize_nb import workspace

    return _facts(workspace.ensure(), session)


@command.command()
@json_option
@click.pass_obj
def stop(session: Session) -> dict[str, Any] | None:
    """Stop the local workspace; the data stays."""
    from arize_nb import workspace

    stopped = workspace.stop()
    if session.output is not None:
        return {"stopped": bool(stopped)}
    session.notify("The local workspace has stopped." if stopped else "The local workspace was not running.")
    return None


@command.command()
@json_option
@click.pass_obj
def status(session: Session) -> dict[str, Any]:
    """Show whether the local workspace runs, and where."""
    from arize_nb import workspace

    running = workspace.status()
    return {"running": False} if running is None else {"running": True, **_facts(running, session)}


@command.command()
@json_option
@option(
    "--ax-profile",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write a profile for the official ax program instead.",
)
@click.pass_obj
def env(session: Session, ax_profile: Path | None) -> Any:
    """Point the official SDKs at the local workspace: prints exports; in a notebook it sets the variables
    instead.
    """
    from arize_nb import workspace
    from arize_nb.config import LOCAL

    running = workspace.ensure()
    if ax_profile is not None:
        written = workspace.write_ax_profile(ax_profile, running)
        session.notify(
            f"Wrote {written}. Use it: ax profiles create {written.stem} --from-file"
            f" {shlex.quote(str(written))}"
        )
        return written if session.in_notebook else None
    # these variables go before the profile `local`, and with it its default space would be gone
    variables = {**workspace.env(running), "ARIZE_SPACE": os.environ.get("ARIZE_SPACE") or LOCAL}
    if session.in_notebook:
        os.environ.update(variables)
        session.notify(f"Set {', '.join(variables)} for this kernel.")
        return None
    if session.output is not None:
        return variables
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items())
