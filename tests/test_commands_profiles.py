"""`profiles`: kept for their owner, references kept as references, keys never shown."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from arize_nb import config
from arize_nb.commands.line.session import Session
from arize_nb.commands.output.deliver import deliver
from arize_nb.commands.root import run
from arize_nb.errors import AxError, CommandError, ConfigError, ConfirmationError, ProfileNotFoundError

KEY = "ak-0123456789abcdef-SECRET"


@pytest.fixture
def said():
    """What the user was told."""
    return []


@pytest.fixture
def line(said):
    """Run a line in a notebook that answers questions."""

    def ran(*words, secret=KEY, agree=True):
        def ask(_question):
            if secret is None:
                raise ConfirmationError("nobody")
            return secret

        session = Session(
            program="%ax",
            in_notebook=True,
            notify=said.append,
            ask_secret=ask,
            confirm=lambda _question: agree,
        )
        return deliver(run(words, session), session)

    return ran


def test_create_asks_for_the_key(line, said):
    """`create` asks without showing, writes a file that only its owner reads, and makes it active."""
    line("profiles", "create", "work", "--region", "EU")

    path = Path.home() / ".arize/profiles/work.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert config.active_profile() == "work"
    assert config.resolve().api_key == KEY
    assert config.resolve().api_url == "https://api.eu-west-1a.arize.com"
    assert KEY not in "".join(said)


@pytest.mark.parametrize("written", ["$ARIZE_API_KEY", "${ARIZE_API_KEY}"])
def test_reference_stays(line, written):
    """A reference to a variable is stored as a reference, `$NAME` as `${NAME}`."""
    line("profiles", "create", "work", "--api-key", written)

    stored = config.read_profile("work")["auth"]["api_key"]
    assert stored == ("${ARIZE_API_KEY}" if written == "$ARIZE_API_KEY" else written)


@pytest.mark.parametrize("written", [KEY, f"${{NO_SUCH:{KEY}}}", f"${{A}}{KEY}"])
def test_literal_key_is_refused(line, written):
    """A key on the line would stay in the notebook: it is refused, as a default too, and not repeated in the
    error.
    """
    with pytest.raises(CommandError) as caught:
        line("profiles", "create", "work", "--api-key", written)

    assert KEY not in str(caught.value)
    assert "${ARIZE_API_KEY}" in str(caught.value)
    assert config.list_profiles() == []


def test_nobody_to_ask(line):
    """Under nbval or papermill the key cannot be asked for: the error names the flag."""
    with pytest.raises(ConfirmationError, match="--api-key"):
        line("profiles", "create", "work", secret=None)

    assert config.list_profiles() == []


def test_create_twice(line):
    """A name that is taken is left alone."""
    line("profiles", "create", "work")

    with pytest.raises(ConfigError, match="exists already"):
        line("profiles", "create", "work", "--region", "EU")


def test_create_from_file(line, tmp_path):
    """A TOML file gives the settings; flags go over it."""
    file = tmp_path / "given.toml"
    file.write_text(
        '[profile]\nname = "x"\n[auth]\napi_key = "${KEY_OF_MINE}"\n[routing]\nregion ='
        ' "us-east-1b"\n[output]\nformat = "csv"\n'
    )

    line("profiles", "create", "work", "-f", str(file), "--output-format", "json", secret=None)

    stored = config.read_profile("work")
    assert stored["auth"]["api_key"] == "${KEY_OF_MINE}"
    assert stored["routing"]["region"] == "us-east-1b"
    assert stored["output"]["format"] == "json"


def test_oauth(line, said):
    """An OAuth profile is made without a key; logging in is the official program's."""
    line("profiles", "create", "work", "--auth-method", "oauth", secret=None)

    assert "ax auth login" in said[-1]
    with pytest.raises(ConfigError, match="logged out"):
        config.resolve()


def test_update_keeps_references(line):
    """`update` changes what is named and nothing else, `${VAR}` stays (the official program writes its
    value).
    """
    line("profiles", "create", "work", "--api-key", "${MY_KEY}")

    line("profiles", "update", "--region", "US")

    stored = config.read_profile("work")
    assert stored["auth"]["api_key"] == "${MY_KEY}"
    assert stored["routing"]["region"] == "us-east-1b"


def test_update_asks_for_the_key(line):
    """Without a setting `update` asks for a new key, for which a 401 sends people here; nobody to ask is an
    error.
    """
    line("profiles", "create", "work", "--region", "EU")

    with pytest.raises(
        ConfirmationError, match=r"Name a setting: %ax profiles update work --api-key '\$\{ARIZE_API_KEY\}'"
    ):
        line("profiles", "update", "work", secret=None)
    line("profiles", "update", "work", secret="ak-another-0123456789")

    stored = config.read_profile("work")
    assert (stored["auth"]["api_key"], stored["routing"]["region"]) == ("ak-another-0123456789", "eu-west-1a")


def test_update_nothing(line):
    """Nothing to change, and no key to ask for, is an error."""
    line("profiles", "create", "work", "--auth-method", "oauth")

    with pytest.raises(ConfigError, match="nothing to change"):
        line("profiles", "update", "work")


@pytest.mark.parametrize("flags", [(), ("--all",), ("--expand",), ("--all", "--expand")])
@pytest.mark.parametrize("form", [(), ("-o", "json"), ("-o", "table"), ("-o", "csv")])
def test_show_masks(line, capsys, monkeypatch, flags, form):
    """No way of showing a profile shows a key, expanded or not."""
    monkeypatch.setenv("MY_KEY", KEY)
    line("profiles", "create", "literal")
    line("profiles", "create", "reference", "--api-key", "${MY_KEY}")
    config.write_profile(
        "default",
        {**config.read_profile("literal"), "auth": {"auth_method": "api-key", "api_key": f"${{NO:{KEY}}}"}},
    )

    for name in ("literal", "reference", "default"):
        shown = repr(line("profiles", "show", name, *flags, *form)) + capsys.readouterr().out
        assert KEY not in shown
        assert "api_key" in shown


def test_show_what_is_used(line, monkeypatch):
    """Without a name `show` says which service is used now, and why."""
    assert line("profiles", "show")["source"] == "the local workspace"

    monkeypatch.setenv("ARIZE_API_KEY", KEY)

    shown = line("profiles", "show")
    assert shown["source"] == "ARIZE_API_KEY"
    assert KEY not in str(shown)


def test_show_the_local_workspace(line, workspace_env):
    """Before the workspace runs it is said that it starts on first use; afterwards where it is."""
    from arize_nb import workspace

    before = line("profiles", "show")
    running = workspace.ensure()
    after = line("profiles", "show")

    assert ("starts on first use", running.api_url) == (before["api_url"], after["api_url"])
    assert running.api_key not in str(after)


def test_list_and_use(line):
    """The list marks the active profile, and the built-in one is always there."""
    line("profiles", "create", "a")
    line("profiles", "create", "b")
    line("profiles", "use", "a")

    assert line("profiles", "list") == [
        {"name": "a", "active": "yes"},
        {"name": "b", "active": ""},
        {"name": "local", "active": ""},
    ]


def test_use_says_when_it_is_overridden(line, said, monkeypatch):
    """A profile made active has no effect while a variable goes before it: that is said."""
    line("profiles", "create", "a")
    monkeypatch.setenv("ARIZE_API_KEY", KEY)

    line("profiles", "use", "a")

    assert "ARIZE_API_KEY" in said[-1]


def test_validate(line, said, monkeypatch):
    """`validate` finds a variable that is not set."""
    line("profiles", "create", "a", "--api-key", "${MY_KEY}")

    with pytest.raises(ConfigError, match="MY_KEY"):
        line("profiles", "validate")
    monkeypatch.setenv("MY_KEY", KEY)
    line("profiles", "validate", "a")

    assert said[-1] == "Profile 'a' is valid."


def test_delete(line):
    """`delete` asks; the active profile cannot be deleted, and nobody is asked about it; one that cannot be
    read can.
    """
    line("profiles", "create", "a")
    line("profiles", "create", "b")

    line("profiles", "delete", "a", agree=False)
    assert config.list_profiles() == ["a", "b"]
    line("profiles", "delete", "a")
    assert config.list_profiles() == ["b"]
    with pytest.raises(ConfigError, match="active"):
        line("profiles", "delete", "b", agree=False)
    config.profile_path("broken").write_text("= nothing")
    line("profiles", "delete", "broken")
    assert config.list_profiles() == ["b"]


@pytest.mark.parametrize("command", ["show", "use", "validate", "delete", "update"])
def test_unknown(line, command):
    """An unknown name lists the known ones, status 1."""
    line("profiles", "create", "known")
    extra = ("--region", "EU") if command == "update" else ()

    with pytest.raises(ProfileNotFoundError, match="known") as caught:
        line("profiles", command, "nope", *extra)

    assert caught.value.exit_status == 1


def test_bad_name(line):
    """A name that is no file name is refused."""
    with pytest.raises(AxError, match="letters"):
        line("profiles", "create", "../x")
