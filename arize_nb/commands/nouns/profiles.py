"""`profiles`: choose and keep the services you use; keys are always masked."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from arize_nb import config, workspace
from arize_nb.commands.line.options import complete_profiles, force_option, grouped, output_option
from arize_nb.commands.line.value_types import ReadType
from arize_nb.commands.line.variables import argument, option
from arize_nb.commands.root import AxGroup
from arize_nb.errors import CommandError, ConfigError, ConfirmationError

if TYPE_CHECKING:
    from arize_nb.commands.line.session import Session


@click.group("profiles", cls=AxGroup)
def command() -> None:
    """Choose and keep the services you use."""


class ReferenceType(ReadType):
    """A reference to an environment variable, never a key itself."""

    name = "${VAR}"

    def read(self, value: Any) -> str:
        """Return `${VAR}`; anything else could be a key and is not repeated in the error."""
        text = str(value).strip()
        if re.fullmatch(r"\$[A-Za-z_]\w*", text):
            text = f"${{{text[1:]}}}"
        if config.is_reference(text):
            return text
        raise CommandError(
            "--api-key takes a bare reference such as '${ARIZE_API_KEY}', no key: it would be saved in the"
            " notebook or the shell's history",
            hint="Leave it out to be asked for the key.",
        )


_SECTIONS = {
    "api_key": "auth",
    "region": "routing",
    "single_host": "routing",
    "single_port": "routing",
    "base_domain": "routing",
    "output_format": "output",
}

_settings = grouped(
    "settings",
    lambda **values: {
        f"{_SECTIONS[name]}.{name.removeprefix('output_')}": value for name, value in values.items()
    },
    click.option(
        "--api-key",
        type=ReferenceType(),
        metavar="${VAR}",
        help="Reference to the variable that holds the key; without it you are asked.",
    ),
    option("--region", help="US, CA, EU, or a region's full name."),
    option("--single-host", help="One host for everything (on-premises)."),
    option("--single-port", help="One port for everything."),
    option("--base-domain", help="Domain under which api., flight. and otlp. live."),
    option(
        "--output-format",
        type=click.Choice(["table", "json", "csv", "parquet"]),
        help="What the console prints without -o.",
    ),
)
_from_file = option(
    "-f",
    "--from-file",
    type=click.Path(path_type=Path),
    metavar="TOML",
    help="File to take the settings from; flags go over it.",
)


@command.command("list")
@output_option
def list_() -> list[dict[str, Any]]:
    """List the profiles; the active one is marked."""
    active = config.active_profile()
    names = config.list_profiles()
    if config.LOCAL not in names:
        names = [*names, config.LOCAL]
    return [
        {"name": name, "active": "yes" if name == active or (active is None and name == config.LOCAL) else ""}
        for name in names
    ]


@command.command()
@argument(
    "name",
    required=False,
    shell_complete=complete_profiles,
    explanation="Profile (default: whatever is used now).",
)
@option("--all", "everything", is_flag=True, help="Show every setting, defaults too.")
@option("--expand", is_flag=True, help="Put the values of ${VAR} in their place.")
@output_option
@click.pass_obj
def show(session: Session, name: str | None, everything: bool, expand: bool) -> dict[str, Any]:
    """Show a profile, or which service is used now and why; the key is masked."""
    chosen = name or session.profile
    if chosen is None or (chosen == config.LOCAL and chosen not in config.list_profiles()):
        return _in_use(config.resolve(chosen))
    stored = config.read_profile(chosen)
    if everything:
        stored = config.new_profile(chosen, {}, base=stored)
    return dict(_flattened(config.expand(stored, os.environ) if expand else stored))


def _in_use(connection: config.Connection) -> dict[str, Any]:
    """Describe a connection; where the local workspace is, when it runs already."""
    if connection.is_local and (running := workspace.status()) is not None:
        connection = replace(
            connection, api_key=running.api_key, api_url=running.api_url, flight_url=running.flight_url
        )
    return {
        "source": connection.source,
        "api_key": config.masked(connection.api_key) if connection.api_key else None,
        "api_url": connection.api_url or "starts on first use",
        "flight_url": connection.flight_url or None,
        "space": connection.space,
        "output_format": connection.output_format,
    }


_SECRETS = frozenset({"api_key", "access_token", "refresh_token"})


def _flattened(profile: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Return `section.key` and value, secrets masked; references are no secrets."""
    found: list[tuple[str, Any]] = []
    for key, value in profile.items():
        if isinstance(value, Mapping):
            found += _flattened(value, f"{prefix}{key}.")
        elif key in _SECRETS and not config.is_reference(str(value)):
            found.append((prefix + key, config.masked(str(value))))
        elif value != "":
            found.append((prefix + key, value))
    return found


@command.command()
@argument(
    "name", required=False, default="default", explanation="Name of the new profile (default: default)."
)
@_from_file
@option(
    "--auth-method",
    type=click.Choice(["api-key", "oauth"]),
    default="api-key",
    show_default=True,
    help="oauth: log in with ax auth login afterwards.",
)
@_settings
@click.pass_obj
def create(
    session: Session, name: str, from_file: Path | None, auth_method: str, settings: dict[str, Any]
) -> None:
    """Keep a service as a profile and make it the active one; asks for the key."""
    if name in config.list_profiles():
        raise ConfigError(f"profile {name!r} exists already", hint=f"Change it: %ax profiles update {name}")
    base = config.read_profile_file(from_file.expanduser()) if from_file else None
    settings["auth.auth_method"] = "oauth" if auth_method == "oauth" else None
    if auth_method == "api-key" and not settings["auth.api_key"] and not (base or {}).get("auth"):
        settings["auth.api_key"] = _asked_key(session)
    config.write_profile(name, config.new_profile(name, settings, base=base), replace=False)
    config.use_profile(name)
    after = f" Log in: ax auth login (profile {name})" if auth_method == "oauth" else ""
    session.notify(f"Profile {name!r} is made and active.{after}")


def _asked_key(
    session: Session, instead: str = "Put it in a variable and refer to that: --api-key '${ARIZE_API_KEY}'."
) -> str:
    """Ask for the key without showing it; where nobody can answer, say what to do `instead`."""
    try:
        key = session.ask_secret("Arize API key").strip()
    except ConfirmationError:
        raise ConfirmationError("the key cannot be asked for here", hint=instead) from None
    if not key:
        raise ConfigError("no key was given", hint=f"Keys are made at {config.KEYS_PAGE}.")
    return key


@command.command()
@argument(
    "name", required=False, shell_complete=complete_profiles, explanation="Profile (default: the active one)."
)
@_from_file
@_settings
@click.pass_obj
def update(session: Session, name: str | None, from_file: Path | None, settings: dict[str, Any]) -> None:
    """Change settings of a profile; the others stay as they are written, ${VAR} references too. Without a
    setting, asks for a new key.
    """
    name = _chosen(name)
    if from_file is not None:
        config.read_profile(name)
        base = config.read_profile_file(from_file.expanduser())
        config.write_profile(name, config.new_profile(name, settings, base=base))
    else:
        if (
            not any(settings.values())
            and config.auth_method(config.read_profile(name).get("auth", {})) == "api-key"
        ):
            settings["auth.api_key"] = _asked_key(
                session, f"Name a setting: %ax profiles update {name} --api-key '${{ARIZE_API_KEY}}'"
            )
        config.update_profile(name, settings)
    session.notify(f"Profile {name!r} is changed.")


def _chosen(name: str | None) -> str:
    """Return the profile named, else the active one."""
    chosen = name or config.active_profile()
    if chosen is None:
        raise ConfigError("no profile is active", hint="Name one, or make one: %ax profiles create NAME")
    return chosen


@command.command()
@argument("name", shell_complete=complete_profiles, explanation="Profile to use from now on.")
@click.pass_obj
def use(session: Session, name: str) -> None:
    """Make a profile the active one, here and for the official program."""
    config.use_profile(name)
    overriding = next(
        (variable for variable in ("ARIZE_PROFILE", "ARIZE_API_KEY") if os.environ.get(variable)), None
    )
    session.notify(
        f"Profile {name!r} is active."
        + (f" But {overriding} is set and goes before it." if overriding else "")
    )


@command.command()
@argument(
    "name", required=False, shell_complete=complete_profiles, explanation="Profile (default: the active one)."
)
@click.pass_obj
def validate(session: Session, name: str | None) -> None:
    """Check a profile: its settings, and that every ${VAR} is set."""
    name = _chosen(name)
    problems = config.check_profile(config.read_profile(name), environ=os.environ)
    if problems:
        raise ConfigError(
            f"profile {name!r} is not valid: {'; '.join(problems)}",
            hint=f"Change it: %ax profiles update {name}",
        )
    session.notify(f"Profile {name!r} is valid.")


@command.command()
@argument("name", shell_complete=complete_profiles, explanation="Profile to delete.")
@force_option
@click.pass_obj
def delete(session: Session, name: str, force: bool) -> None:
    """Delete a profile; asks first."""
    config.deletable_profile(name)
    if session.agree(f"Delete profile {name!r}?", forced=force):
        config.delete_profile(name)
        session.notify(f"Deleted profile {name!r}.")
