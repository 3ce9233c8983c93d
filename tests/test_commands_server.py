"""`server`: the life of the local workspace, its key shown only where a script asks for it."""

from __future__ import annotations

import json

import pytest

from arize_nb.cli import status_of


@pytest.fixture
def ran(capsys):
    """Run a line; returns its status, `ran.out` and `ran.err` are what it said."""

    def run(*words):
        status = status_of([str(word) for word in words])
        run.out, run.err = capsys.readouterr()
        return status

    return run


class TestServer:
    """`arize-nb server`."""

    def test_life(self, ran, workspace_env):
        """Start, find, describe, stop; the key only where a script asks."""
        assert ran("server", "status", "--json") == 0
        assert json.loads(ran.out) == {"running": False}
        assert ran("server", "start", "--json") == 0
        facts = json.loads(ran.out)
        assert {"api_url", "flight_url", "api_key", "pid", "data_dir"} <= set(facts)
        assert facts["data_dir"] == str(workspace_env)
        assert ran("server", "status") == 0
        assert str(facts["pid"]) in ran.out
        assert facts["api_key"] not in ran.out
        assert ran("server", "env") == 0
        assert f"export ARIZE_API_KEY={facts['api_key']}" in ran.out.splitlines()
        assert ran("server", "stop") == 0
        assert ran("server", "stop", "--json") == 0
        assert json.loads(ran.out) == {"stopped": False}

    def test_ax_profile(self, ran, workspace_env, tmp_path):
        """`env --ax-profile FILE` writes a profile that only its owner reads."""
        import tomllib

        path = tmp_path / "here.toml"

        assert ran("server", "env", "--ax-profile", path) == 0

        assert path.stat().st_mode & 0o777 == 0o600
        profile = tomllib.loads(path.read_text())
        assert profile["auth"]["api_key"] not in ran.out + ran.err
        assert profile["update"] == {"enabled": False}

    def test_notebook_masks(self, workspace_env, monkeypatch):
        """In a notebook keys are masked, and `env` sets the variables instead of printing them."""
        import os

        from arize_nb import workspace
        from arize_nb.commands.line.session import Session
        from arize_nb.commands.output.deliver import deliver
        from arize_nb.commands.root import run

        said = []
        monkeypatch.setattr(os, "environ", dict(os.environ))
        sessions = [Session(in_notebook=True, program="%ax", notify=said.append) for _ in range(2)]
        started = deliver(run(["server", "start"], sessions[0]), sessions[0])
        assert deliver(run(["server", "env"], sessions[1]), sessions[1]) is None

        key = workspace.status().api_key
        assert key not in f"{started}{said}"
        assert os.environ["ARIZE_API_KEY"] == key

    def test_lines_after_env(self, cell, workspace_env, monkeypatch):
        """After `%ax server env` lines mean what they meant before: the same service, the same space."""
        import os

        monkeypatch.setattr(os, "environ", dict(os.environ))
        cell("made = %ax datasets create -n here --json '[{\"a\": 1}]'")
        cell("%ax server env")

        assert cell("%ax datasets get here").name == "here"
