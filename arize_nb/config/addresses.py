"""Turn routing settings (region, single host, base domain, hosts and ports) into the addresses of the
services and of the UI's pages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from arize_nb.errors import ConfigError

REGIONS = ("us-east-1b", "us-central-1a", "eu-west-1a", "ca-central-1a")
REGION_ALIASES = {"us": "us-east-1b", "ca": "ca-central-1a", "eu": "eu-west-1a"}
KEYS_PAGE = "https://app.arize.com/admin > API Keys"
_LOOPBACK = re.compile(r"^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Routing:
    """What a profile or the environment says about where the services are; empty or 0 means not said."""

    region: str = ""
    """One of `REGIONS` or an alias (US, CA, EU)."""
    single_host: str = ""
    """One host for all services."""
    single_port: int = 0
    """One port for Flight, and for REST and OTLP where they have none of their own."""
    base_domain: str = ""
    """Domain under which api., otlp., flight. and app. live."""
    api_host: str = "api.arize.com"
    """May hold a port (`127.0.0.1:8080`)."""
    api_scheme: str = "https"
    """http or https."""
    api_port: int = 0
    """0-65535; 0 leaves the port out."""
    otlp_host: str = "otlp.arize.com"
    """Like api_host."""
    otlp_scheme: str = "https"
    """http or https."""
    otlp_port: int = 0
    """0-65535; 0 leaves the port out."""
    flight_host: str = "flight.arize.com"
    """Host without a port."""
    flight_scheme: str = "grpc+tls"
    """grpc+tls; grpc or grpc+tcp for plaintext."""
    flight_port: int = 443
    """1-65535."""
    app_host: str = "app.arize.com"
    """Host of the web application."""
    app_scheme: str = "https"
    """http or https."""


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Where each service is."""

    api_url: str
    """REST, without a trailing slash and without /v2."""
    otlp_url: str
    """OpenTelemetry, ending in /v1."""
    flight_url: str
    """Arrow Flight, scheme://host:port."""
    app_url: str
    """The web application."""


def number(text: object, *, name: str, low: int, high: int) -> int:
    """Read a whole number; an empty text is 0.

    Raises
    ------
    ConfigError
        `text` is not a whole number from `low` to `high`.
    """
    if text in ("", None):
        return 0
    try:
        value = int(str(text).strip())
    except ValueError:
        value = -1
    if not low <= value <= high:
        raise ConfigError(f"{name} must be a whole number from {low} to {high}, not {text!r}")
    return value


def truth(text: object) -> bool:
    """Read a switch as the official clients do: 1, true, yes and on are true, any case."""
    return text if isinstance(text, bool) else str(text).strip().lower() in {"1", "true", "yes", "on"}


def region_name(text: str) -> str:
    """Return the full name of a region or alias.

    Raises
    ------
    ConfigError
        There is no such region.
    """
    name = REGION_ALIASES.get(text.strip().lower(), text.strip())
    if name not in REGIONS:
        raise ConfigError(f"unknown region {text!r}", hint=f"Regions: US, CA, EU, {', '.join(REGIONS)}.")
    return name


def routing_from(values: Mapping[str, object]) -> Routing:
    """Read a routing from texts (a profile's section, or variables with their prefix taken off).

    Raises
    ------
    ConfigError
        A port is no number or out of range, a scheme or region unknown.
    """
    texts = {
        name: str(values[name]).strip()
        for name in values
        if name in Routing.__dataclass_fields__ and values[name] not in ("", None)
    }
    ports = {
        name: number(texts.pop(name), name=name, low=1 if name == "flight_port" else 0, high=65535)
        for name in ("single_port", "api_port", "otlp_port", "flight_port")
        if name in texts
    }
    for name in ("api_scheme", "otlp_scheme", "app_scheme"):
        if texts.get(name, "https") not in {"http", "https"}:
            raise ConfigError(f"{name} must be http or https, not {texts[name]!r}")
    if texts.get("flight_scheme") in {"http", "https"}:
        raise ConfigError(f"flight_scheme must be grpc+tls, grpc or grpc+tcp, not {texts['flight_scheme']!r}")
    if "region" in texts:
        texts["region"] = region_name(texts["region"])
    return Routing(**texts, **ports)  # type: ignore[arg-type]


def in_variables(error: ConfigError) -> ConfigError:
    """Return the same error about `ARIZE_*` variables, whose names a user who never saw a profile knows."""

    def shown(text: str | None) -> str | None:
        names = "|".join(Routing.__dataclass_fields__)
        return text and re.sub(rf"\b({names})\b", lambda match: f"ARIZE_{match[1].upper()}", text)

    return ConfigError(str(shown(error.what)), hint=shown(error.hint))


def resolve_addresses(routing: Routing) -> Addresses:
    """Apply the one override that is set and build the addresses.

    Raises
    ------
    ConfigError
        More than one of region, single host/port and base domain is set.
    """
    families = {
        "region": routing.region,
        "single_host/single_port": routing.single_host or routing.single_port,
        "base_domain": routing.base_domain,
    }
    named = [name for name, value in families.items() if value]
    if len(named) > 1:
        raise ConfigError(
            f"{' and '.join(named)} are set together",
            hint="Keep one of region, single_host/single_port, base_domain.",
        )
    domain = f"{routing.region}.arize.com" if routing.region else routing.base_domain
    hosts = {service: _host(routing, service, domain) for service in ("api", "otlp", "flight", "app")}
    flight_port = 443 if routing.region else (routing.single_port or routing.flight_port)
    app_scheme = "https" if domain else routing.app_scheme
    return Addresses(
        api_url=_url(routing.api_scheme, hosts["api"], routing.api_port or routing.single_port),
        otlp_url=_url(routing.otlp_scheme, hosts["otlp"], routing.otlp_port or routing.single_port) + "/v1",
        flight_url=_url(routing.flight_scheme, hosts["flight"], flight_port),
        app_url=_url(app_scheme, hosts["app"], routing.single_port if routing.single_host else 0),
    )


def _host(routing: Routing, service: str, domain: str) -> str:
    """Choose the host of a service."""
    if domain:
        return f"{service}.{domain}"
    return routing.single_host or str(getattr(routing, f"{service}_host"))


def _url(scheme: str, host: str, port: int) -> str:
    """Join the parts; a port inside the host gives way to a numeric one."""
    host = host.rstrip("/")
    if not port:
        return f"{scheme}://{host}"
    parts = urlsplit(f"//{host}")
    bare = parts.hostname or host
    if ":" in bare:
        bare = f"[{bare}]"
    return f"{scheme}://{bare}:{port}"


def is_loopback(url: str) -> bool:
    """Say whether an address stays on this machine (then no proxy may see it)."""
    return bool(_LOOPBACK.match(urlsplit(url).hostname or ""))


def ui_url(app_url: str, organization_id: str, space_id: str, *path: str, **query: str) -> str:
    """Build an address of the Arize UI: `/organizations/<id>/spaces/<id>/…`, ids as the service gives them,
    percent-encoded.

    The form is that of Arize's public guidance on links (its agent skill `arize-link`); it was not tried
    against the hosted application.
    """
    parts = "/".join(
        quote(part, safe="") for part in ("organizations", organization_id, "spaces", space_id, *path)
    )
    return f"{app_url.rstrip('/')}/{parts}" + (f"?{urlencode(query)}" if query else "")
