"""`arize-nb` as a process of its own: what it loads, pipes, completion in a shell."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from arize_nb.cli import status_of


@pytest.fixture
def dataset(client):
    """A dataset of two examples in the client's space."""
    return client.datasets.create(name="qa", examples=[{"question": "2+2"}, {"question": "3+3"}])


@pytest.fixture
def base(client, dataset):
    """An experiment over it."""
    ids = client.datasets.examples(dataset)["id"]
    runs = [{"example_id": one, "output": f"o{index}", "eval.acc.label": "correct", "model": "m"} for index, one in enumerate(ids)]
    return client.experiments.create(name="base/1", runs=runs, dataset=dataset)


class TestProcess:
    """A fresh process."""

    def test_list_loads_nothing_heavy(self, client, base):
        """Listing loads no pandas, pyarrow, matplotlib, IPython or numpy."""
        code = (
            "import sys\nfrom arize_nb.cli import status_of\n"
            "status = status_of(['experiments', 'list'])\n"
            "heavy = {'pandas', 'pyarrow', 'numpy', 'scipy', 'matplotlib', 'IPython', 'ipywidgets', 'duckdb', 'fastapi'} & {*sys.modules}\n"
            "sys.exit(f'loaded {heavy}' if heavy else status)\n"
        )
        ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)

        assert (ended.returncode, ended.stderr) == (0, "")
        assert "base/1" in ended.stdout

    def test_module(self, client):
        """`python -m arize_nb` is the program."""
        ended = subprocess.run(
            [sys.executable, "-m", "arize_nb", "spaces", "list"], capture_output=True, text=True, timeout=60, check=False
        )

        assert ended.returncode == 0
        assert client.space in ended.stdout

    def test_local_workspace_is_said_by_the_call_that_starts_it(self, workspace_env):
        """The line about the local workspace comes with the call that starts it, not with every call."""

        def say(*words):
            command = [sys.executable, "-m", "arize_nb", *words]
            return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stderr

        first, second = say("spaces", "list"), say("spaces", "list")

        assert first.startswith("Using the local workspace of this machine.")
        assert "arize-nb profiles create" in first
        assert second == ""

    def test_closed_pipe(self, client, base):
        """A reader that stops reading is no error."""
        command = f"'{sys.executable}' -m arize_nb experiments export {base.id} --stdout | head -c 1"
        ended = subprocess.run(["/bin/bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)

        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "[", "")

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_completion_script(self, capsys, shell):
        """`completion SHELL` prints the script for that shell."""
        assert status_of(["completion", shell]) == 0
        assert "_ARIZE_NB_COMPLETE" in capsys.readouterr().out

    def test_shell_completion(self, client, base):
        """A shell that asks gets words of the tree and live names."""

        def complete(line, index):
            environ = {**os.environ, "_ARIZE_NB_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(index)}
            ended = subprocess.run([sys.executable, "-m", "arize_nb"], env=environ, capture_output=True, text=True, timeout=60, check=False)
            assert ended.stderr == ""
            return [entry.partition(",")[2] for entry in ended.stdout.split("\n") if entry]

        assert complete("arize-nb exper", 1) == ["experiments"]
        assert complete("arize-nb experiments get --dataset qa b", 5) == ["base/1"]
