"""Commands of the official program: handed over with the same service, a private home, and nothing of the
user's touched.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from arize_nb import config
from arize_nb.client import Client
from arize_nb.commands.line.session import Session
from arize_nb.commands.root import run
from arize_nb.errors import CommandError, OfficialProgramError

KEY = "ak-0123456789abcdef-SECRET"

# The first lines are pip's own way to start an interpreter whose path holds a space, which a "#!" line
# cannot.
PROGRAM = f"""#!/bin/sh
'''exec' "{sys.executable}" "$0" "$@"
' '''
import json, os, pathlib, sys
home = pathlib.Path(os.environ["HOME"])
name = (home / ".arize/.active_profile").read_text().strip() if (home / ".arize/.active_profile").exists() else None
file = home / f".arize/profiles/{{name}}.toml"
seen = {{
    "args": sys.argv[1:], "home": str(home), "profile": name, "toml": file.read_text() if file.exists() else None,
    "mode": oct(file.stat().st_mode & 0o777) if file.exists() else None, "stdin": sys.stdin.read(),
    "env": {{k: v for k, v in os.environ.items() if k.startswith("ARIZE_")}},
}}
pathlib.Path(__file__).with_name("seen.json").write_text(json.dumps(seen))
if "fail" in sys.argv:
    print("working", file=sys.stderr)
    sys.exit("✗ Error: 404 Not Found; no such trace")
if "json" in sys.argv:
    traces = [{{"id": "t1", "n": 1}}, {{"id": "t2", "n": 2}}]
    print(json.dumps({{"traces": traces, "pagination": {{"has_more": True, "next_cursor": "c2"}}}}))
else:
    print("plain text")
"""


@pytest.fixture
def official(tmp_path, monkeypatch):
    """A stand-in for the official program on the PATH that writes down how it was called."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "ax"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin:/bin")
    return lambda: json.loads((folder / "seen.json").read_text())


@pytest.fixture
def said():
    """What the user was told."""
    return []


@pytest.fixture
def line(said, request, monkeypatch):
    """Run a line in a notebook connected to some service."""
    if "local_workspace" not in request.node.name:
        monkeypatch.setenv("ARIZE_API_KEY", KEY)
    connection = config.Connection(
        source="test",
        api_key=KEY,
        api_url="http://127.0.0.1:18080",
        flight_url="grpc://127.0.0.1:18081",
        otlp_url="http://127.0.0.1:18081/v1",
    )

    def ran(*words, **settings):
        settings = {"in_notebook": True, "program": "%ax", "notify": said.append, **settings}
        return run(words, Session(connect=lambda _profile, _notice: Client(connection), **settings))

    return ran


class TestHandingOver:
    """A command that is not ours."""

    def test_list_is_a_frame(self, line, official):
        """A list command is asked for JSON and comes back as a DataFrame, with the cursor of
        the next page.
        """
        frame = line("traces", "list", "--project", "p")

        assert frame.to_dict("list") == {"id": ["t1", "t2"], "n": [1, 2]}
        assert frame.attrs["next_cursor"] == "c2"
        assert official()["args"] == ["traces", "list", "--project", "p", "-o", "json"]

    def test_private_home(self, line, official):
        """The program gets a home of its own with one owner-only profile for the same service; the key is a
        reference there.
        """
        line("traces", "list")

        seen = official()
        assert Path(seen["home"]) != Path.home()
        assert not Path(seen["home"]).exists()
        assert seen["mode"] == "0o600"
        assert 'api_key = "${ARIZE_API_KEY}"' in seen["toml"]
        assert 'api_host = "127.0.0.1:18080"' in seen["toml"]
        assert 'flight_port = "18081"' in seen["toml"]
        assert KEY not in seen["toml"]
        assert seen["env"] == {"ARIZE_API_KEY": KEY}

    def test_own_profile_is_not_switched(self, line, official):
        """The user's active profile stays what it is."""
        config.write_profile("mine", config.new_profile("mine", {"auth.api_key": "x"}))
        config.use_profile("mine")

        line("traces", "list")

        assert config.active_profile() == "mine"
        assert config.list_profiles() == ["mine"]

    def test_text(self, line, said, official):
        """What is no list is returned as a text that shows itself; nothing is printed besides."""
        assert line("prompts", "get", "p1") == "plain text"
        assert repr(line("prompts", "get", "p1")) == "plain text"

        assert said == []

    def test_body_of_a_cell(self, line, official):
        """The body of a cell is the program's standard input."""
        line("prompts", "create", "-f", "-", body='{"a": 1}')

        assert official()["stdin"] == '{"a": 1}'

    def test_error(self, line, official):
        """An error is one line with the program's own reason."""
        with pytest.raises(
            OfficialProgramError, match="ax traces fail: 404 Not Found; no such trace"
        ) as caught:
            line("traces", "fail")

        assert caught.value.status == 1
        assert KEY not in str(caught.value)

    def test_commands_we_lack_of_our_nouns(self, line, official):
        """`spaces create` is the official program's, `spaces list` is ours."""
        line("spaces", "create", "--name", "x")

        assert official()["args"] == ["spaces", "create", "--name", "x"]

    def test_profile_is_ours(self, line, official):
        """`--profile` chooses the service and is not handed on."""
        config.write_profile("eu", config.new_profile("eu", {"auth.api_key": "x"}))

        line("traces", "list", "--profile", "eu")

        assert "--profile" not in official()["args"]

    def test_variables(self, line, official):
        """`$name` is a variable here too."""
        line("traces", "get", "$trace", "-n", "$n", lookup={"trace": "t 1", "n": 3}.__getitem__)

        assert official()["args"] == ["traces", "get", "t 1", "-n", "3"]

    @pytest.mark.parametrize("noun", ["traces", "prompts", "spans"])
    def test_not_in_the_local_workspace(self, line, official, noun):
        """What the local workspace does not serve is said before anything is run."""
        with pytest.raises(CommandError, match=f"the local workspace has no {noun}.*--profile"):
            line(noun, "list")

    def test_machine_commands_use_the_own_home(self, line, official):
        """`auth login` is about the user's own profiles."""
        line("auth", "login")

        assert Path(official()["home"]) == Path.home()

    def test_console(self, line, official, capfd):
        """In the console output goes straight through and the status is the program's."""
        with pytest.raises(CommandError):
            line("experimets", in_notebook=False)

        assert line("prompts", "get", "p1", in_notebook=False) is None
        assert capfd.readouterr().out == "plain text\n"


def test_status_in_the_console(official, capfd, monkeypatch):
    """The console ends with the status of the official program, and adds no line of its own."""
    from arize_nb.cli import status_of

    monkeypatch.setenv("ARIZE_API_KEY", KEY)

    assert status_of(["traces", "fail"]) == 1
    assert "no such trace" in capfd.readouterr().err


class TestWithoutTheProgram:
    """The official program is not installed."""

    @pytest.fixture(autouse=True)
    def _no_program(self, monkeypatch):
        monkeypatch.setenv("PATH", "/nonexistent")

    @pytest.mark.parametrize("words", [("traces", "list"), ("spaces", "create"), ("evaluators",)])
    def test_known_command(self, line, words):
        """One line says how to install it."""
        with pytest.raises(CommandError, match=r"not installed.*arize-ax-cli"):
            line(*words)

    def test_unknown_word(self, line):
        """A word that nobody knows lists ours and says that the official program is not there."""
        with pytest.raises(CommandError, match=r"no command 'zzz'.*experiments.*arize-ax-cli"):
            line("zzz")


def official_venv():
    """Find the environment of the official program."""
    folder = Path(
        os.environ.get("ARIZE_NB_OFFICIAL_VENV", Path(__file__).parent.parent / ".venv-official")
    ).resolve()
    return folder if (folder / "bin" / "ax").exists() else None


OFFICIAL = official_venv()


WALK = """
import json, typer.main
from ax.cli import app
tree = typer.main.get_command(app)
flags = lambda command: [flag for param in command.params for flag in param.opts]
members = lambda command: {name: flags(one) for name, one in getattr(command, "commands", {}).items()}
print(json.dumps({noun: members(command) for noun, command in tree.commands.items()}))
"""
"""Prints what the official program has: {noun: {command: [flags]}}."""


@pytest.mark.contract
@pytest.mark.skipif(
    OFFICIAL is None,
    reason=(
        "no official ax program: set ARIZE_NB_OFFICIAL_VENV or make .venv-official (pip install arize-ax-cli)"
    ),
)
class TestRealProgram:
    """The unmodified official program against the embedded server."""

    @pytest.fixture(autouse=True)
    def _on_the_path(self, monkeypatch, client):
        monkeypatch.setenv("PATH", f"{OFFICIAL / 'bin'}{os.pathsep}{os.environ['PATH']}")

    def test_update_a_project(self, client, said, unique_name):
        """A command that we lack runs against the same service."""
        import arize_nb

        name = unique_name("project")
        session = Session(in_notebook=True, notify=said.append, connect=lambda _profile, _notice: client)
        run(["projects", "create", "--name", name, "--space", client.space], session)

        assert [one.name for one in arize_nb.connect().projects.list(name=name)] == [name]

    @pytest.mark.parametrize(
        ("words", "said_by_ax"),
        [
            (["experiments", "frobnicate"], "No such command 'frobnicate'"),
            (["ai-integrations", "get"], "Missing argument 'name_or_id'"),
            (
                ["ai-integrations", "list"],
                "404 Not Found; GET /v2/ai-integrations is not served by the local workspace",
            ),
        ],
    )
    def test_errors_in_a_kernel(self, client, monkeypatch, words, said_by_ax):
        """Its errors are one plain line in a kernel too, which asks every program for colours: out of its
        box, unbroken.
        """
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("CLICOLOR_FORCE", "1")
        session = Session(in_notebook=True, connect=lambda _profile, _notice: client)
        with pytest.raises(OfficialProgramError) as caught:
            run(words, session)

        assert caught.value.what == f"ax {' '.join(words[:2])}: {said_by_ax}"

    def test_their_commands_are_known(self):
        """Our list of what they have is theirs, and every command that is asked for JSON takes --output."""
        from arize_nb.commands.official import NOUNS, OWN_HOME
        from arize_nb.commands.root import NOUNS as OURS

        ended = subprocess.run(
            [OFFICIAL / "bin" / "python", "-c", WALK], capture_output=True, text=True, check=True, timeout=120
        )
        theirs = json.loads(ended.stdout)

        assert set(theirs) - set(OURS) == set(NOUNS) - set(OURS)
        assert {noun: sorted(set(NOUNS[noun].split()) - set(theirs[noun])) for noun in NOUNS} == {
            noun: [] for noun in NOUNS
        }
        assert {
            noun: sorted(set(theirs[noun]) - set(NOUNS[noun].split())) for noun in NOUNS if noun not in OURS
        } == {noun: [] for noun in NOUNS if noun not in OURS}
        lists = [
            (noun, name)
            for noun in NOUNS
            if noun not in OWN_HOME
            for name in NOUNS[noun].split()
            if name.split("-")[0] == "list"
        ]
        assert [one for one in lists if "--output" not in theirs[one[0]][one[1]]] == []
