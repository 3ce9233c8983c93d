"""Decide which service to talk to and with which key: profile, variables, active profile, local workspace."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from arize_nb.config.addresses import KEYS_PAGE, in_variables, number, resolve_addresses, routing_from, truth
from arize_nb.config.profile_files import (
    active_profile,
    arize_home,
    list_profiles,
    profile_path,
    read_profile,
    read_profile_file,
)
from arize_nb.config.profiles import (
    LOCAL,
    auth_method,
    check_profile,
    deletable_profile,
    delete_profile,
    expand,
    is_reference,
    new_profile,
    update_profile,
    use_profile,
    write_profile,
)
from arize_nb.errors import ConfigError, ProfileNotFoundError
from arize_nb.text.command_line import Hint
from arize_nb.text.secret import Secret, masked

__all__ = [
    "KEYS_PAGE",
    "LOCAL",
    "Connection",
    "active_profile",
    "arize_home",
    "auth_method",
    "check_profile",
    "deletable_profile",
    "delete_profile",
    "expand",
    "given",
    "is_reference",
    "list_profiles",
    "masked",
    "new_profile",
    "profile_path",
    "read_profile",
    "read_profile_file",
    "resolve",
    "update_profile",
    "use_profile",
    "write_profile",
]

_OWN_HEADERS = {"authorization", "accept", "content-type", "user-agent", "auth-token-bin", "origin", "host"}


@dataclass(frozen=True, kw_only=True)
class Connection:
    """Everything needed to reach a service. Its text masks the key and any password of the proxy."""

    profile_name: str | None = None
    """Profile it comes from; None for environment variables."""
    source: str
    """For messages: "profile 'x'", "ARIZE_API_KEY" or "the local workspace"."""
    api_key: str = field(default="", repr=False)
    """Key or OAuth access token; empty for a local workspace that is not started yet."""
    api_url: str = ""
    """REST address; empty for a local workspace that is not started yet."""
    flight_url: str = ""
    """Flight address."""
    otlp_url: str = ""
    """OpenTelemetry address."""
    app_url: str = "https://app.arize.com"
    """Web application, for links."""
    verify: bool = True
    """Whether certificates are checked."""
    ca_cert: str | None = None
    """PEM file of the authorities to trust instead of the usual ones."""
    proxy_url: str | None = field(default=None, repr=False)
    """Proxy for REST; never used for loopback."""
    output_format: str = "table"
    """What `-o` defaults to in the console."""
    is_local: bool = False
    """Whether it is the embedded workspace of this machine."""
    space: str | None = None
    """Default space (`ARIZE_SPACE`), a name or an id."""
    max_payload_mb: int = 8
    """Largest REST body before Flight is used."""
    chunk_rows: int = 10_000
    """Rows of a batch sent over Flight."""
    default_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Extra headers on every request."""
    notice: str | None = None
    """One line that the user should read once, if any."""

    def __post_init__(self) -> None:
        """Hide the key, wherever it is shown by itself."""
        object.__setattr__(self, "api_key", Secret(self.api_key))

    def __repr__(self) -> str:
        """Show where it goes and where it came from, never the key."""
        where = self.api_url or "not started yet"
        return f"Connection({self.source}, {where}, key {masked(self.api_key)})"

    def with_headers(self, headers: Mapping[str, str]) -> Connection:
        """Return a copy that sends extra headers.

        Raises
        ------
        ConfigError
            A name is one that the client itself sets, or a name or value holds a control character.
        """
        for name, value in headers.items():
            if name.lower() in _OWN_HEADERS or name.lower().startswith(("sdk-", "language-", "grpc-")):
                raise ConfigError(f"header {name!r} is set by the client itself")
            if any(ord(letter) < 32 or ord(letter) == 127 for letter in name + value):
                raise ConfigError(f"header {name!r} holds a control character")
        return replace(self, default_headers=dict(headers))


def resolve(
    profile: str | None = None,
    environ: Mapping[str, str] | None = None,
    home: str | os.PathLike[str] | None = None,
) -> Connection:
    """Find the connection to use; the first of these that is there.

    1. `profile`, 2. ``ARIZE_PROFILE``, 3. ``ARIZE_API_KEY`` with the other ``ARIZE_*`` variables,
    4. the active profile of the official program, 5. the built-in profile `local`.

    Parameters
    ----------
    profile : str, optional
        Name of a profile; `local` is the embedded workspace unless a profile file has that name.
    environ : mapping, optional
        Variables; those of the process when not given.
    home : path, optional
        Home directory; that of the user when not given.

    Raises
    ------
    ProfileNotFoundError
        The profile named does not exist.
    ConfigError
        A setting is wrong, a ``${VAR}`` is not set, an OAuth login has ended.
    """
    environ = os.environ if environ is None else environ
    if home is None and environ is not os.environ and environ.get("HOME"):
        home = environ["HOME"]
    name = profile or environ.get("ARIZE_PROFILE", "").strip()
    if name:
        return _from_profile(name, environ, home)
    if environ.get("ARIZE_API_KEY", "").strip():
        return _from_environment(environ)
    active = active_profile(home)
    return _from_profile(active, environ, home) if active else _local(environ)


ROUTING: tuple[str, ...] = (
    *("region", "single_host", "single_port", "base_domain"),
    *(
        "api_host",
        "api_port",
        "api_scheme",
        "otlp_host",
        "otlp_port",
        "otlp_scheme",
        "flight_host",
        "flight_port",
        "flight_scheme",
    ),
)
"""Names by which `connect`, and the official SDK, are told where the services are."""


def given(
    *,
    api_key: str | None = None,
    host: str | None = None,
    verify: bool | None = None,
    environ: Mapping[str, str] | None = None,
    **routing: Any,
) -> Connection:
    """Make the connection that a call describes; what it does not say comes from the ``ARIZE_*`` variables,
    as in the official SDK.

    Parameters
    ----------
    api_key : str, optional
        The key; ``ARIZE_API_KEY`` when not given.
    host : str, optional
        One host for all services, which may hold a port and a scheme (`http://127.0.0.1:8080`): `single_host`
        in one word.
    verify : bool, optional
        Whether certificates are checked; ``ARIZE_REQUEST_VERIFY``, else yes, when not given.
    environ : mapping, optional
        Variables; those of the process when not given.
    **routing
        `ROUTING`, as the official SDK names them. As soon as one is given, none is taken from the
        environment.

    Raises
    ------
    ConfigError
        There is no key, an unknown name, or addresses that exclude one another.
    """
    environ = os.environ if environ is None else environ
    unknown = sorted(set(routing) - set(ROUTING))
    if unknown:
        raise ConfigError(
            f"connect() takes no {unknown[0]!r}",
            hint=f"It takes api_key, host, verify, {', '.join(ROUTING)}.",
        )
    said = {name: value for name, value in routing.items() if value is not None}
    if host is not None:
        said |= _one_host(host)
    key = (api_key if api_key is not None else environ.get("ARIZE_API_KEY", "")).strip()
    if not key:
        raise ConfigError("there is no key for this address", hint="Give api_key=…, or set ARIZE_API_KEY.")
    source = "the key given to connect()" if api_key is not None else "ARIZE_API_KEY"
    if not said:
        return replace(
            _from_environment({**environ, "ARIZE_API_KEY": key}), source=source, **_verified(verify)
        )
    addresses = resolve_addresses(routing_from(said))
    return Connection(
        source=source,
        api_key=key,
        api_url=addresses.api_url,
        flight_url=addresses.flight_url,
        otlp_url=addresses.otlp_url,
        app_url=addresses.app_url,
        **{"verify": truth(environ.get("ARIZE_REQUEST_VERIFY") or "true"), **_verified(verify)},
        **_shared(environ),
    )


def _verified(verify: bool | None) -> dict[str, Any]:
    return {} if verify is None else {"verify": verify}


def _one_host(host: str) -> dict[str, Any]:
    """Read one host for all services: with a scheme, plaintext is meant for all of them; with a port, it is
    that of all.
    """
    scheme, marks, rest = host.strip().rpartition("://")
    name, _, port = rest.rstrip("/").partition(":")
    if marks and scheme not in ("http", "https"):
        raise ConfigError(
            f"host={host!r} begins with {scheme}://", hint="Give a host, or http:// or https:// and a host."
        )
    plain = {"api_scheme": "http", "otlp_scheme": "http", "flight_scheme": "grpc"} if scheme == "http" else {}
    return {"single_host": name, **({"single_port": port} if port else {}), **plain}


def _shared(environ: Mapping[str, str]) -> dict[str, Any]:
    """Read what is taken from the environment for every kind of connection."""
    ca_cert = next(
        (
            environ[name]
            for name in ("ARIZE_SSL_CA_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
            if environ.get(name)
        ),
        None,
    )
    if ca_cert and environ.get("ARIZE_SSL_CA_CERT") and not Path(ca_cert).exists():
        raise ConfigError(f"ARIZE_SSL_CA_CERT names {ca_cert}, which does not exist")
    return {
        "ca_cert": ca_cert,
        "proxy_url": environ.get("ARIZE_PROXY_URL") or None,
        "space": environ.get("ARIZE_SPACE", "").strip() or None,
    }


def _local(environ: Mapping[str, str]) -> Connection:
    """Describe the embedded workspace, which the client starts when it is first used."""
    space = environ.get("ARIZE_SPACE", "").strip() or LOCAL
    return Connection(profile_name=LOCAL, source="the local workspace", is_local=True, space=space)


def _from_environment(environ: Mapping[str, str]) -> Connection:
    """Read the variables that the official SDK reads."""
    values = {
        name.removeprefix("ARIZE_").lower(): value
        for name, value in environ.items()
        if name.startswith("ARIZE_")
    }
    try:
        addresses = resolve_addresses(routing_from(values))
    except ConfigError as error:
        raise in_variables(error) from None
    return Connection(
        source="ARIZE_API_KEY",
        api_key=environ["ARIZE_API_KEY"].strip(),
        api_url=addresses.api_url,
        flight_url=addresses.flight_url,
        otlp_url=addresses.otlp_url,
        app_url=addresses.app_url,
        verify=truth(environ.get("ARIZE_REQUEST_VERIFY") or "true"),
        max_payload_mb=number(
            environ.get("ARIZE_MAX_HTTP_PAYLOAD_SIZE_MB"),
            name="ARIZE_MAX_HTTP_PAYLOAD_SIZE_MB",
            low=1,
            high=10**6,
        )
        or 8,
        chunk_rows=number(environ.get("ARIZE_MAX_CHUNKSIZE"), name="ARIZE_MAX_CHUNKSIZE", low=1, high=100_000)
        or 10_000,
        **_shared(environ),
    )


def _from_profile(name: str, environ: Mapping[str, str], home: str | os.PathLike[str] | None) -> Connection:
    """Read a profile file; `local` without one is the embedded workspace."""
    try:
        stored = read_profile(name, home)
    except ProfileNotFoundError:
        if name == LOCAL:
            return _local(environ)
        raise
    problems = check_profile(stored, environ=environ)
    if problems:
        raise ConfigError(
            f"profile {name!r} is not valid: {'; '.join(problems)}",
            hint=Hint(
                f"Change its file: {profile_path(name, home)}", f"Change it: %ax profiles update {name}"
            ),
        )
    values = expand(stored, environ)
    routing = dict(values.get("routing", {}))
    # a profile has no key for these two ports, so the official program takes them from the environment
    routing |= {
        key: environ[variable]
        for key, variable in (("api_port", "ARIZE_API_PORT"), ("otlp_port", "ARIZE_OTLP_PORT"))
        if environ.get(variable)
    }
    addresses = resolve_addresses(routing_from(routing))
    transport = values.get("transport", {})
    notice = (
        "The profile file named 'local' is used, not the built-in local workspace." if name == LOCAL else None
    )
    return Connection(
        profile_name=name,
        source=f"profile {name!r}",
        api_key=_credential(name, values.get("auth", {})),
        api_url=addresses.api_url,
        flight_url=addresses.flight_url,
        otlp_url=addresses.otlp_url,
        app_url=addresses.app_url,
        verify=truth(values.get("security", {}).get("request_verify", True)),
        output_format=values.get("output", {}).get("format") or "table",
        max_payload_mb=number(
            transport.get("max_http_payload_size_mb"), name="max_http_payload_size_mb", low=1, high=10**6
        )
        or 8,
        chunk_rows=number(
            transport.get("pyarrow_max_chunksize"), name="pyarrow_max_chunksize", low=1, high=100_000
        )
        or 10_000,
        notice=notice,
        **_shared(environ),
    )


def _credential(name: str, auth: Mapping[str, Any]) -> str:
    """Return the key of a profile, or its OAuth access token while that is valid."""
    if auth_method(auth) == "api-key":
        return str(auth["api_key"]).strip()
    tokens = auth.get("oauth") or {}
    login = f"Log in again: ax auth login (profile {name!r})"
    if not tokens.get("access_token"):
        raise ConfigError(f"profile {name!r} is logged out", hint=login)
    expires = tokens.get("expires_at")
    if isinstance(expires, str):
        try:
            expires = datetime.fromisoformat(expires)
        except ValueError:
            expires = None
    if isinstance(expires, datetime):
        aware = expires if expires.tzinfo else expires.replace(tzinfo=UTC)
        if aware <= datetime.now(UTC):
            raise ConfigError(
                f"the login of profile {name!r} ended at {aware:%Y-%m-%d %H:%M} UTC", hint=login
            )
    return str(tokens["access_token"]).strip()
