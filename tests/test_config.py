"""Which connection is used: profiles, variables, regions, references."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta

import pytest

from arize_nb import config
from arize_nb.config.addresses import Routing, is_loopback, resolve_addresses, routing_from
from arize_nb.errors import ConfigError, ProfileNotFoundError

KEY = "ak-0123456789abcdef"


def save(home, name="work", active=False, **settings):
    """Write a profile by dotted settings."""
    config.write_profile(name, config.new_profile(name, {"auth.api_key": KEY} | settings), home)
    if active:
        config.use_profile(name, home)


class TestAddresses:
    """Regions, single host, base domain, hosts and ports."""

    def test_defaults(self):
        """Without settings it is Arize's own service."""
        found = resolve_addresses(Routing())

        assert "https://api.arize.com" == found.api_url
        assert "grpc+tls://flight.arize.com:443" == found.flight_url
        assert "https://otlp.arize.com/v1" == found.otlp_url
        assert "https://app.arize.com" == found.app_url

    @pytest.mark.parametrize(
        ("given", "zone"),
        [("EU", "eu-west-1a"), ("us", "us-east-1b"), ("Ca", "ca-central-1a"), ("us-central-1a",) * 2],
    )
    def test_region(self, given, zone):
        """A region, or its alias in any case, moves every service and puts Flight on port 443."""
        found = resolve_addresses(routing_from({"region": given, "flight_port": "5555"}))

        assert f"https://api.{zone}.arize.com" == found.api_url
        assert f"grpc+tls://flight.{zone}.arize.com:443" == found.flight_url
        assert f"https://app.{zone}.arize.com" == found.app_url

    def test_unknown_region(self):
        """An unknown region is refused, with the known ones."""
        with pytest.raises(ConfigError, match=r"unknown region 'mars'.*US, CA, EU"):
            routing_from({"region": "mars"})

    def test_single_host_and_port(self):
        """One host and port serve everything; a port of its own stays with REST."""
        found = resolve_addresses(
            routing_from({"single_host": "arize.corp", "single_port": "8443", "api_port": "9000"})
        )

        assert "https://arize.corp:9000" == found.api_url
        assert "grpc+tls://arize.corp:8443" == found.flight_url
        assert "https://arize.corp:8443/v1" == found.otlp_url

    def test_base_domain(self):
        """A base domain puts a prefix before itself for each service."""
        found = resolve_addresses(routing_from({"base_domain": "corp.example"}))

        assert "https://api.corp.example" == found.api_url
        assert "grpc+tls://flight.corp.example:443" == found.flight_url
        assert "https://app.corp.example" == found.app_url

    @pytest.mark.parametrize(
        "settings",
        [
            {"region": "EU", "base_domain": "x.y"},
            {"single_port": 1, "base_domain": "x.y"},
            {"region": "EU", "single_host": "h"},
        ],
    )
    def test_one_override_only(self, settings):
        """Two overrides at once are refused."""
        with pytest.raises(ConfigError, match="set together"):
            resolve_addresses(routing_from(settings))

    @pytest.mark.parametrize(
        ("host", "port", "url"),
        [
            ("127.0.0.1:18080", 0, "http://127.0.0.1:18080"),
            ("127.0.0.1:18080", 99, "http://127.0.0.1:99"),
            ("[::1]:80", 99, "http://[::1]:99"),
            ("a.b/", 0, "http://a.b"),
        ],
    )
    def test_port_inside_the_host(self, host, port, url):
        """A port in the host counts unless a numeric one is given."""
        assert url == resolve_addresses(Routing(api_scheme="http", api_host=host, api_port=port)).api_url

    @pytest.mark.parametrize(
        "settings",
        [{"api_port": "70000"}, {"flight_port": "x"}, {"api_scheme": "ftp"}, {"flight_scheme": "https"}],
    )
    def test_wrong_settings(self, settings):
        """A port out of range or an unknown scheme is named."""
        with pytest.raises(ConfigError, match=next(iter(settings))):
            routing_from(settings)

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("http://127.0.0.1:1", True),
            ("grpc://localhost:2", True),
            ("http://[::1]:3", True),
            ("https://127.0.0.1.evil.example", False),
        ],
    )
    def test_loopback(self, url, expected):
        """Only addresses of this machine are loopback."""
        assert expected == is_loopback(url)


class TestResolution:
    """Who answers, first match first."""

    def test_nothing_configured(self, clean_environ):
        """Without any setting it is the local workspace, with its space as default."""
        found = config.resolve()

        assert (True, "the local workspace", "local") == (found.is_local, found.source, found.space)

    def test_order(self, clean_environ, monkeypatch):
        """An argument beats ARIZE_PROFILE, which beats ARIZE_API_KEY, which beats the active profile."""
        for name in ("one", "two", "three"):
            save(clean_environ, name)
        config.use_profile("three", clean_environ)
        found = [config.resolve().source]
        monkeypatch.setenv("ARIZE_API_KEY", "k")
        found.append(config.resolve().source)
        monkeypatch.setenv("ARIZE_PROFILE", "two")
        found.append(config.resolve().source)
        found.append(config.resolve("one").source)
        found.append(config.resolve("local").source)

        assert [
            "profile 'three'",
            "ARIZE_API_KEY",
            "profile 'two'",
            "profile 'one'",
            "the local workspace",
        ] == found

    def test_profile_file_named_local_wins(self, clean_environ):
        """A profile file named local is used instead of the built-in one, and says so."""
        save(clean_environ, "local")
        found = config.resolve("local")

        assert not found.is_local
        assert "local" in (found.notice or "")

    def test_unknown_profile(self, clean_environ):
        """An unknown profile is an error that lists the known ones."""
        save(clean_environ, "work")
        with pytest.raises(ProfileNotFoundError, match=r"'play' \(profiles: work\)"):
            config.resolve("play")

    def test_environment(self, monkeypatch):
        """ARIZE_* variables mean what they mean to the official SDK."""
        values = {
            "ARIZE_API_KEY": KEY,
            "ARIZE_API_SCHEME": "http",
            "ARIZE_API_HOST": "127.0.0.1",
            "ARIZE_API_PORT": "18080",
            "ARIZE_FLIGHT_SCHEME": "grpc",
            "ARIZE_FLIGHT_HOST": "127.0.0.1",
            "ARIZE_FLIGHT_PORT": "18081",
            "ARIZE_REQUEST_VERIFY": "no",
            "ARIZE_PROXY_URL": "http://user:secret@proxy:1",
            "ARIZE_SPACE": "demo",
            "ARIZE_MAX_HTTP_PAYLOAD_SIZE_MB": "2",
        }
        found = config.resolve(environ=values, home="/nonexistent")

        assert ("http://127.0.0.1:18080", "grpc://127.0.0.1:18081") == (found.api_url, found.flight_url)
        assert (False, "demo", 2) == (found.verify, found.space, found.max_payload_mb)
        assert "secret" not in repr(found)

    @pytest.mark.parametrize("variable", ["ARIZE_SSL_CA_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
    def test_authorities(self, variable, tmp_path):
        """The certificate file comes from the first of three variables."""
        pem = tmp_path / "ca.pem"
        pem.write_text("x")

        assert (
            str(pem)
            == config.resolve(environ={"ARIZE_API_KEY": "k", variable: str(pem)}, home=tmp_path).ca_cert
        )

    def test_environment_completes_a_profile(self, clean_environ):
        """Routing comes from the profile alone, but for the two ports that it has no key for."""
        save(clean_environ, **{"routing.api_host": "h", "routing.api_scheme": "http"})
        found = config.resolve(
            "work",
            environ={"ARIZE_API_PORT": "7", "ARIZE_API_HOST": "other", "ARIZE_REGION": "EU"},
            home=clean_environ,
        )

        assert "http://h:7" == found.api_url


class TestReferences:
    """${VAR} and ${VAR:default}."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("${A}", "1"),
            ("x${A}y${EMPTY}", "x1y"),
            ("${NO:a:b/c}", "a:b/c"),
            ("${EMPTY:z}", ""),
            ("${NO:}", ""),
            ("$A {A}", "$A {A}"),
        ],
    )
    def test_expansion(self, text, expected):
        """A default runs to the brace and may hold colons; a variable set to nothing is set."""
        assert expected == config.expand(text, {"A": "1", "EMPTY": ""})

    def test_missing_variable(self, clean_environ):
        """A variable that is not set and has no default makes the profile invalid, and is named."""
        save(clean_environ, **{"auth.api_key": "${MY_KEY}"})
        with pytest.raises(ConfigError, match="export MY_KEY=") as caught:
            config.resolve("work")

        assert "%env" not in str(caught.value)  # that would keep the key in the notebook

    def test_references_stay_references(self, clean_environ, monkeypatch):
        """An update changes what it names and writes every other reference back as it was."""
        monkeypatch.setenv("MY_KEY", KEY)
        save(clean_environ, **{"auth.api_key": "${MY_KEY}", "transport.max_http_payload_size_mb": "${MB:4}"})
        path = config.update_profile("work", {"routing.region": "EU"}, clean_environ)

        assert "${MY_KEY}" in path.read_text()
        assert "${MB:4}" in path.read_text()
        assert (KEY, "https://api.eu-west-1a.arize.com", 4) == (
            config.resolve("work").api_key,
            config.resolve("work").api_url,
            config.resolve("work").max_payload_mb,
        )


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ARIZE_FLIGHT_PORT", "abc", "ARIZE_FLIGHT_PORT must be a whole number from 1 to 65535, not 'abc'"),
        ("ARIZE_API_SCHEME", "ftp", "ARIZE_API_SCHEME must be http or https, not 'ftp'"),
        (
            "ARIZE_REGION",
            "US",
            (
                "ARIZE_REGION and ARIZE_SINGLE_HOST/ARIZE_SINGLE_PORT are set together. Keep one of"
                " ARIZE_REGION, "
            ),
        ),
    ],
)
def test_wrong_variables_are_named(name, value, said):
    """A variable with a wrong value is named as it is set, not as profiles call it."""
    environ = {"ARIZE_API_KEY": KEY, "ARIZE_SINGLE_HOST": "h" if name == "ARIZE_REGION" else "", name: value}
    with pytest.raises(ConfigError) as caught:
        config.resolve(environ=environ)

    assert str(caught.value).startswith(said)


class TestProfiles:
    """Files of profiles."""

    def test_owner_only(self, clean_environ):
        """Files and folders are readable by their owner only, after a change too."""
        save(clean_environ, active=True)
        path = config.profile_path("work", clean_environ)
        path.chmod(0o644)
        config.update_profile("work", {"output.format": "json"}, clean_environ)

        assert 0o600 == stat.S_IMODE(path.stat().st_mode)
        assert 0o700 == stat.S_IMODE(path.parent.stat().st_mode)
        assert [path] == list(path.parent.iterdir())

    def test_official_layout(self, clean_environ):
        """A file holds every section that the official program writes, Flight's port as text."""
        save(clean_environ)
        stored = config.read_profile("work", clean_environ)

        assert {"profile", "auth", "routing", "transport", "security", "output", "update"} == set(stored)
        assert ("443", "api-key") == (stored["routing"]["flight_port"], stored["auth"]["auth_method"])

    def test_existing_name(self, clean_environ):
        """Creating over an existing profile is refused where asked for."""
        save(clean_environ)
        with pytest.raises(ConfigError, match="exists already"):
            config.write_profile(
                "work", config.new_profile("work", {"auth.api_key": KEY}), clean_environ, replace=False
            )

    def test_invalid_is_not_written(self, clean_environ):
        """An invalid profile is refused with its reasons, and what was there stays."""
        save(clean_environ)
        before = config.profile_path("work", clean_environ).read_text()
        with pytest.raises(ConfigError, match="format must be one of"):
            config.update_profile("work", {"output.format": "xml"}, clean_environ)

        assert before == config.profile_path("work", clean_environ).read_text()

    @pytest.mark.parametrize("name", ["", "a b", "../x", "a/b"])
    def test_names(self, name):
        """Names are letters, digits, _ and -, so that no path can be built."""
        with pytest.raises(ConfigError, match="cannot be named"):
            config.profile_path(name)

    def test_delete_and_use(self, clean_environ):
        """The active profile is not deleted; another is."""
        save(clean_environ, "one", active=True)
        save(clean_environ, "two")
        with pytest.raises(ConfigError, match="active"):
            config.delete_profile("one", clean_environ)
        config.delete_profile("two", clean_environ)

        assert ["one"] == config.list_profiles(clean_environ)
        with pytest.raises(ProfileNotFoundError):
            config.use_profile("two", clean_environ)

    @pytest.mark.parametrize(
        ("auth", "problem"),
        [
            ({}, "neither api_key nor oauth"),
            ({"auth_method": "api-key"}, "api_key is empty"),
            ({"auth_method": "oauth", "api_key": "k"}, "forbids api_key"),
            ({"api_key": "k", "oauth": {"access_token": "t"}}, "forbids an oauth section"),
            ({"auth_method": "magic"}, "must be api-key or oauth"),
        ],
    )
    def test_credentials_agree(self, auth, problem):
        """Credentials must agree with the declared method."""
        assert any(problem in text for text in config.check_profile({"profile": {"name": "x"}, "auth": auth}))

    def test_broken_file(self, clean_environ):
        """A file that is no TOML is an error that shows none of its text."""
        path = config.profile_path("work", clean_environ)
        path.parent.mkdir(parents=True)
        path.write_text(f'[auth\napi_key = "{KEY}"')
        with pytest.raises(ConfigError) as caught:
            config.resolve("work")

        assert KEY not in str(caught.value)


class TestOAuth:
    """Profiles of `ax auth login`."""

    def write(self, home, expires_at):
        """Write such a profile."""
        tokens = {
            "access_token": "jwt-token",
            "refresh_token": "r",
            "user_email": "a@b.c",
            "expires_at": expires_at,
        }
        base = {"auth": {"auth_method": "oauth", "oauth": tokens}}
        config.write_profile("sso", config.new_profile("sso", {}, base=base), home)

    @pytest.mark.parametrize("form", [lambda moment: moment, lambda moment: moment.isoformat()])
    def test_valid(self, clean_environ, form):
        """The access token is the key while it is valid."""
        self.write(clean_environ, form(datetime.now(UTC) + timedelta(hours=1)))

        assert "jwt-token" == config.resolve("sso").api_key

    def test_expired(self, clean_environ):
        """An expired login says which command renews it."""
        self.write(clean_environ, datetime.now(UTC) - timedelta(seconds=1))
        with pytest.raises(ConfigError, match="ax auth login"):
            config.resolve("sso")

    def test_logged_out(self, clean_environ):
        """A profile without tokens says so."""
        config.write_profile("sso", config.new_profile("sso", {"auth.auth_method": "oauth"}), clean_environ)
        with pytest.raises(ConfigError, match=r"logged out.*ax auth login"):
            config.resolve("sso")


class TestSecrets:
    """Keys never show."""

    @pytest.mark.parametrize(("key", "shown"), [("", "(none)"), ("short", "****"), (KEY, "****cdef")])
    def test_masked(self, key, shown):
        """At most the last four characters of a long key are shown."""
        assert shown == config.masked(key)

    def test_repr(self):
        """A connection's text holds neither key nor proxy password."""
        shown = repr(config.Connection(source="ARIZE_API_KEY", api_key=KEY, proxy_url="http://u:pw@h"))

        assert KEY not in shown
        assert "pw" not in shown

    @pytest.mark.parametrize("headers", [{"Authorization": "x"}, {"sdk-version": "x"}, {"x": "a\r\nb"}])
    def test_headers(self, headers):
        """Extra headers may not be the client's own, nor hold line breaks."""
        with pytest.raises(ConfigError):
            config.Connection(source="s").with_headers(headers)
