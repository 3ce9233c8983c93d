"""The official clients, each behind a process that takes calls as JSON lines; skipped, with the reason, where
they are not installed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
OFFICIAL = ROOT / os.environ.get("ARIZE_NB_OFFICIAL_VENV", ".venv-official")
NODE_PACKAGE = "@arizeai/ax-client@1.28.0"
NODE_FOLDER = ROOT / "build" / "node"
FIELDS = {"$task_fields": {"example_id": "example_id", "output": "output"}}
SCORES = {"correctness": {"$evaluator": {"score": "points", "label": "verdict", "explanation": "why"}}}


class OfficialError(Exception):
    """What an official client raised: its `kind`, and the HTTP `status` if it had one."""

    def __init__(self, reply: dict[str, Any]) -> None:
        super().__init__(reply["error"])
        self.kind = reply["kind"]
        self.status = reply["status"]


class Driver:
    """A driver process."""

    def __init__(self, command: list[str | Path], env: dict[str, str], log: Path) -> None:
        self.log = log.open("ab")
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            env=env,
            cwd=log.parent,
            text=True,
        )

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send one request and wait for its reply."""
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the driver ended: {Path(self.log.name).read_text()[-2000:]}"
        return json.loads(line)

    def call(self, name: str, /, **arguments: Any) -> Any:
        """Call a function of the client; `_caching` and `_as_frame` are for the SDK's driver."""
        extras = {
            key.removeprefix("_"): arguments.pop(key) for key in ("_caching", "_as_frame") if key in arguments
        }
        reply = self.ask({"call": name, "arguments": arguments, **extras})
        if "error" in reply:
            raise OfficialError(reply)
        return reply["value"]

    def close(self) -> None:
        """End the process, also when it has ended by itself."""
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()
        self.log.close()


def official(program: str) -> Path:
    """Return a program of the official environment, or skip."""
    path = OFFICIAL / "bin" / program
    if not path.exists():
        pytest.skip(f"the official clients are not in {OFFICIAL.name}: make official (needs a package index)")
    return path


def environment(server: Any, home: Path) -> dict[str, str]:
    """Variables for a client: the server's, and a home of its own."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("ARIZE_", "AX_"))}
    return plain | server.env() | {"HOME": str(home), "COLUMNS": "300", "NO_COLOR": "1", "TERM": "dumb"}


@pytest.fixture(scope="session")
def sdk(local_server, tmp_path_factory):
    """Call the official Python SDK on the session's server: `sdk("experiments.list", dataset=...)`."""
    home = tmp_path_factory.mktemp("sdk")
    env = environment(local_server, home)
    del env["ARIZE_ENABLE_CACHING"]
    driver = Driver([official("python"), HERE / "sdk_driver.py"], env, home / "log")
    yield driver.call
    driver.close()


@pytest.fixture(scope="session")
def ax_home(local_server, tmp_path_factory):
    """Make a HOME whose active profile is the session's server."""
    from arize_nb import workspace

    home = tmp_path_factory.mktemp("ax")
    here = workspace.Running(
        api_url=local_server.api_url,
        flight_url=local_server.flight_url,
        api_key=local_server.api_key,
        pid=local_server.pid,
        data_dir=local_server.data_dir,
        version="",
    )
    workspace.write_ax_profile(home / ".arize" / "profiles" / "local.toml", here)
    (home / ".arize" / ".active_profile").write_text("local")
    return home


@pytest.fixture(scope="session")
def ax(local_server, ax_home):
    """Run the official program: `ax("experiments", "list", status=0)` gives its reply
    (`stdout`, `stderr`).
    """
    driver = Driver(
        [official("python"), HERE / "ax_driver.py"], environment(local_server, ax_home), ax_home / "log"
    )

    def run(*arguments: str, status: int = 0, text: str = "") -> dict[str, Any]:
        reply = driver.ask({"arguments": list(arguments), "input": text})
        assert status == reply["status"], reply
        return reply

    yield run
    driver.close()


@pytest.fixture(scope="session")
def ax_json(ax):
    """Run the official program with `-o json` and return what it printed."""
    return lambda *arguments: json.loads(ax(*arguments, "-o", "json")["stdout"])


@pytest.fixture(scope="session")
def js(local_server, tmp_path_factory):
    """Call the official JavaScript client on the session's server: `js("listExperiments", space=...)`."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Node and npm are not on this machine: the JavaScript client is not tried")
    package = NODE_FOLDER / "node_modules" / "@arizeai" / "ax-client" / "package.json"
    if not package.exists():
        NODE_FOLDER.mkdir(parents=True, exist_ok=True)
        install = [
            npm,
            "install",
            "--no-audit",
            "--no-fund",
            "--no-save",
            "--prefix",
            NODE_FOLDER,
            NODE_PACKAGE,
        ]
        done = subprocess.run(
            install,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
            env=os.environ | {"HOME": str(NODE_FOLDER)},
        )
        if done.returncode or not package.exists():
            pytest.skip(f"npm cannot install {NODE_PACKAGE}: {done.stderr.strip().splitlines()[-1:]}")
    home = tmp_path_factory.mktemp("js")
    driver = Driver(
        [node, HERE / "js_driver.mjs", str(NODE_FOLDER / "x.js")],
        environment(local_server, home),
        home / "log",
    )
    yield driver.call
    driver.close()


@pytest.fixture
def dataset(sdk, fresh_space):
    """Make a dataset of three examples over REST."""
    examples = [
        {"question": f"q{number}", "level": number, "hard": number > 1, "tags": ["a", {"b": 1}]}
        for number in range(3)
    ]
    return sdk("datasets.create", name="qa", space=fresh_space.name, examples=examples)


@pytest.fixture
def examples(sdk, dataset):
    """Read its examples."""
    return sdk("datasets.list_examples", dataset=dataset["id"])["examples"]


@pytest.fixture
def experiment(sdk, dataset, examples):
    """Make an experiment of three scored runs over REST."""
    runs = [
        {
            "example_id": example["id"],
            "output": f"a{row}",
            "points": row / 2,
            "verdict": ["bad", "fair", "good"][row],
            "why": "because",
            "model": "m",
        }
        for row, example in enumerate(examples)
    ]
    return sdk(
        "experiments.create",
        name="base",
        dataset=dataset["id"],
        experiment_runs=runs,
        task_fields=FIELDS,
        evaluator_columns=SCORES,
    )
