"""Profiles of the official `ax` program: checked, `${VAR}` references expanded, changed, made active."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from arize_nb.config.addresses import number, region_name, resolve_addresses, routing_from
from arize_nb.config.profile_files import (
    active_profile,
    arize_home,
    check_trusted,
    list_profiles,
    profile_path,
    read_profile,
    write_private,
)
from arize_nb.errors import ConfigError, ProfileNotFoundError
from arize_nb.text.command_line import Hint

LOCAL = "local"
_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::([^}]*))?\}")
_OUTPUT_FORMATS = ("table", "json", "csv", "parquet")
_TRANSPORT = {
    "stream_max_workers": 8,
    "stream_max_queue_bound": 5000,
    "pyarrow_max_chunksize": 10000,
    "max_http_payload_size_mb": 8,
}
_ROUTING = {
    "region": "",
    "single_host": "",
    "single_port": "",
    "base_domain": "",
    "api_host": "api.arize.com",
    "api_scheme": "https",
    "app_host": "app.arize.com",
    "app_scheme": "https",
    "otlp_host": "otlp.arize.com",
    "otlp_scheme": "https",
    "flight_host": "flight.arize.com",
    "flight_port": "443",
    "flight_scheme": "grpc+tls",
}


def expand(value: object, environ: Mapping[str, str]) -> Any:
    """Replace `${VAR}` and `${VAR:default}` in every string of a nested value.

    A variable that is set to an empty text counts as set.

    Raises
    ------
    ConfigError
        A variable is not set and has no default; it is named.
    """
    if isinstance(value, dict):
        return {key: expand(item, environ) for key, item in value.items()}
    if isinstance(value, list):
        return [expand(item, environ) for item in value]
    if not isinstance(value, str):
        return value

    def look_up(match: re.Match[str]) -> str:
        name, default = match.group(1), match.group(2)
        if name in environ:
            return environ[name]
        if default is None:
            raise ConfigError(
                f"the profile refers to ${{{name}}}, which is not set",
                hint=(
                    f"Set it where the notebook or shell is started: export {name}=… (or give a default:"
                    f" ${{{name}:…}})"
                ),
            )
        return default

    return _REFERENCE.sub(look_up, value)


def is_reference(text: str) -> bool:
    """Say whether a text is nothing but one `${VAR}`; with a default behind the name it holds a value of its
    own, which may be a key.
    """
    found = _REFERENCE.fullmatch(text.strip())
    return found is not None and found[2] is None


def check_profile(profile: Mapping[str, Any], *, environ: Mapping[str, str] | None = None) -> list[str]:
    """Return what is wrong with a profile, a sentence each; empty when it is valid.

    Parameters
    ----------
    profile : mapping
        Sections as in the file.
    environ : mapping, optional
        Variables for `${VAR}`; given, references are expanded and checked too, else they pass unread.
    """
    problems: list[str] = []
    try:
        values = expand(dict(profile), environ) if environ is not None else _without_references(dict(profile))
    except ConfigError as error:
        return [str(error)]
    odd = [
        name
        for name in ("profile", "auth", "routing", "transport", "security", "output")
        if not isinstance(values.get(name, {}), dict)
    ]
    if odd:
        return [f"[{name}] must be a section" for name in odd]
    if not str(values.get("profile", {}).get("name", "")).strip():
        problems.append("[profile] name is missing")
    problems += _auth_problems(values.get("auth", {}))
    output = values.get("output", {}).get("format", "table")
    if output is not None and output not in _OUTPUT_FORMATS:
        problems.append(f"[output] format must be one of {', '.join(_OUTPUT_FORMATS)}, not {output!r}")
    try:
        resolve_addresses(routing_from(values.get("routing", {})))
        for name in _TRANSPORT:
            number(values.get("transport", {}).get(name), name=name, low=1, high=10**9)
    except ConfigError as error:
        problems.append(str(error))
    return problems


def _without_references(value: Any) -> Any:
    """Blank out settings that are references, so that the rest can be checked without the environment; a key
    stays present.
    """
    if isinstance(value, dict):
        blank = {key: _without_references(item) for key, item in value.items()}
        return {
            key: item if item is not None or key not in {"api_key", "name", "auth_method"} else value[key]
            for key, item in blank.items()
        }
    return None if isinstance(value, str) and _REFERENCE.search(value) else value


def _auth_problems(auth: Mapping[str, Any]) -> list[str]:
    """Check that the credentials agree with the declared method."""
    method = auth_method(auth)
    if method is None:
        return ["[auth] has neither api_key nor oauth"]
    if method == "api-key":
        problems = [] if str(auth.get("api_key") or "").strip() else ["[auth] api_key is empty"]
        return problems + (
            ["[auth] auth_method api-key forbids an oauth section"] if auth.get("oauth") else []
        )
    if method == "oauth":
        return ["[auth] auth_method oauth forbids api_key"] if auth.get("api_key") else []
    return [f"[auth] auth_method must be api-key or oauth, not {method!r}"]


def auth_method(auth: Mapping[str, Any]) -> str | None:
    """Return the declared or implied method of an auth section; None when it holds no credentials."""
    declared = auth.get("auth_method")
    if declared:
        return str(declared)
    if auth.get("api_key"):
        return "api-key"
    return "oauth" if auth.get("oauth") else None


def new_profile(
    name: str, settings: Mapping[str, Any], base: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return a full profile: defaults, over them `base`, over it dotted settings (`{"auth.api_key":
    "${ARIZE_API_KEY}"}`).

    Settings that are None are left as they are.
    """
    profile: dict[str, Any] = {
        "profile": {"name": name},
        "auth": {},
        "routing": dict(_ROUTING),
        "transport": dict(_TRANSPORT),
        "security": {"request_verify": True},
        "output": {"format": "table"},
        "update": {"enabled": True, "check_interval_hours": 6.0},
    }
    for section, values in (base or {}).items():
        if isinstance(values, dict):
            profile.setdefault(section, {}).update(values)
    for dotted, value in settings.items():
        if value is not None:
            section, _, key = dotted.partition(".")
            profile.setdefault(section, {})[key] = value
    profile["profile"]["name"] = name
    region = profile["routing"].get("region")
    if region and not _REFERENCE.search(region):
        profile["routing"]["region"] = region_name(region)
    if profile["auth"].get("auth_method") is None and (method := auth_method(profile["auth"])):
        profile["auth"] = {"auth_method": method, **profile["auth"]}
    return profile


def write_profile(
    name: str, profile: Mapping[str, Any], home: str | os.PathLike[str] | None = None, *, replace: bool = True
) -> Path:
    """Write a profile, whole or not at all, readable by its owner only; references stay references.

    Raises
    ------
    ConfigError
        The profile is not valid, or exists and `replace` is false.
    """
    path = profile_path(name, home)
    if not replace and path.exists():
        raise ConfigError(
            f"profile {name!r} exists already",
            hint=Hint("Change it: update_profile(…).", f"Change it: %ax profiles update {name}"),
        )
    problems = check_profile(profile)
    if problems:
        raise ConfigError(f"profile {name!r} is not valid: {'; '.join(problems)}")
    import tomli_w

    write_private(path, tomli_w.dumps(dict(profile)))
    return path


def update_profile(
    name: str, settings: Mapping[str, Any], home: str | os.PathLike[str] | None = None
) -> Path:
    """Change some settings of a profile (dotted names); all others, references too, stay as they are written.

    Raises
    ------
    ConfigError
        Nothing to change was given, or the result is not valid.
    """
    given = {key: value for key, value in settings.items() if value is not None}
    if not given:
        raise ConfigError(
            "nothing to change",
            hint=Hint("Name a setting.", f"Name a setting: %ax profiles update {name} --region EU"),
        )
    current = read_profile(name, home)
    changed = new_profile(name, given, base=current)
    if "auth.api_key" in given:
        changed["auth"] = {"auth_method": "api-key", "api_key": given["auth.api_key"]}
    return write_profile(name, changed, home)


def use_profile(name: str, home: str | os.PathLike[str] | None = None) -> None:
    """Make a profile the active one; `local` needs no file.

    Raises
    ------
    ProfileNotFoundError
        There is no such profile.
    ConfigError
        Its file is not to be trusted, see `read_profile`.
    """
    path = profile_path(name, home)
    check_trusted(path, home)
    if name != LOCAL and not path.is_file():
        raise ProfileNotFoundError(name, list_profiles(home))
    write_private(arize_home(home) / ".active_profile", name)


def delete_profile(name: str, home: str | os.PathLike[str] | None = None) -> None:
    """Delete a profile file.

    Raises
    ------
    ProfileNotFoundError
        There is no such profile.
    ConfigError
        It is the active one.
    """
    deletable_profile(name, home).unlink()


def deletable_profile(name: str, home: str | os.PathLike[str] | None = None) -> Path:
    """Return the file of a profile that may be deleted; raises as `delete_profile` does, for who asks the
    user first.
    """
    path = profile_path(name, home)
    if not path.is_file():
        raise ProfileNotFoundError(name, list_profiles(home))
    if active_profile(home) == name:
        raise ConfigError(
            f"profile {name!r} is the active one",
            hint=Hint("Use another first: use_profile(…).", "Use another first: %ax profiles use NAME"),
        )
    return path
