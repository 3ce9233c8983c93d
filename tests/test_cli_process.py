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
    runs = [
        {"example_id": one, "output": f"o{index}", "eval.acc.label": "correct", "model": "m"}
        for index, one in enumerate(ids)
    ]
    return client.experiments.create(name="base/1", runs=runs, dataset=dataset)


class TestProcess:
    """A fresh process."""

    def test_list_loads_nothing_heavy(self, client, base):
        """Listing loads no pandas, pyarrow, matplotlib, IPython or numpy."""
        code = (
            "import sys\nfrom arize_nb.cli import status_of\nstatus = status_of(['experiments',"
            " 'list'])\nheavy = {'pandas', 'pyarrow', 'numpy', 'scipy', 'matplotlib', 'IPython',"
            " 'ipywidgets', 'duckdb', 'fastapi'} & {*sys.modules}\nsys.exit(f'loaded {heavy}' if heavy else"
            " status)\n"
        )
        ended = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
        )

        assert (ended.returncode, ended.stderr) == (0, "")
        assert "base/1" in ended.stdout

    def test_module(self, client):
        """`python -m arize_nb` is the program."""
        ended = subprocess.run(
            [sys.executable, "-m", "arize_nb", "spaces", "list"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
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

    def test_terminated(self):
        """A program that is told to end takes away what is half done, and ends with 143."""
        code = (
            "import os, signal, time\nfrom arize_nb import cli\n"
            "def work(*_):\n"
            "    try:\n        os.kill(os.getpid(), signal.SIGTERM)\n        time.sleep(30)\n"
            "    finally:\n        print('taken away')\n"
            "cli._run = work\ncli.main(['experiments', 'list'])\n"
        )
        ended = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
        )

        assert (ended.returncode, ended.stdout, ended.stderr) == (143, "taken away\n", "")

    def test_closed_pipe(self, client, base):
        """A reader that stops reading is no error."""
        command = f"'{sys.executable}' -m arize_nb experiments export {base.id} --stdout | head -c 1"
        ended = subprocess.run(
            ["/bin/bash", "-c", command], capture_output=True, text=True, timeout=60, check=False
        )

        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "[", "")

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_completion_script(self, capsys, shell):
        """`completion SHELL` prints the script for that shell."""
        assert status_of(["completion", shell]) == 0
        assert "_ARIZE_NB_COMPLETE" in capsys.readouterr().out

    def test_shell_completion(self, client, base):
        """A shell that asks gets words of the tree and live names; variables before the program
        do not count.
        """

        def complete(line):
            environ = {**os.environ, "_ARIZE_NB_COMPLETE": "bash_complete", "_ARIZE_NB_LINE": line}
            ended = subprocess.run(
                [sys.executable, "-m", "arize_nb"],
                env=environ,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert ended.stderr == ""
            return [entry.partition(",")[2] for entry in ended.stdout.split("\n") if entry]

        assert complete("arize-nb exper") == ["experiments"]
        assert complete("X=1 /usr/bin/arize-nb experiments get --dataset qa b") == ["base/1"]

    def test_completion_never_writes_over_the_line(self, client):
        """What goes wrong while a shell completes is not shown."""
        environ = {**os.environ, "_ARIZE_NB_COMPLETE": "csh_complete"}
        ended = subprocess.run(
            [sys.executable, "-m", "arize_nb"],
            env=environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", "")


class Bash:
    """A real bash with completion of arize-nb, asked what a line becomes when Tab is pressed at its end."""

    def __init__(self, folder):
        import pexpect

        program = folder / "arize-nb"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m arize_nb "$@"\n')
        program.chmod(0o755)
        environ = {
            **os.environ,
            "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
            "PS1": "$ ",
            "TERM": "dumb",
            "INPUTRC": "/dev/null",
        }
        flags = ["--norc", "--noprofile", "-i"]
        self._bash = pexpect.spawn(
            "/bin/bash", flags, env=environ, encoding="utf-8", dimensions=(50, 250), timeout=60
        )
        for line in (
            "bind 'set enable-bracketed-paste off'",
            "bind 'set bell-style none'",
            'eval "$(arize-nb completion bash)"',
        ):
            self._bash.sendline(line)
        self._bash.sendline("echo rea''dy")
        self._bash.expect_exact("ready\r\n$ ")

    def words(self, line):
        """Return the words that bash makes of the line after Tab."""
        self._bash.send(f"{line}\t\x01printf '<%s>' \x05; echo do''ne\r")
        self._bash.expect(r"\r\n((?:<[^>]*>)*)done\r\n\$ ")
        return self._bash.match[1][1:-1].split("><")

    def close(self):
        """End it."""
        self._bash.close(force=True)


@pytest.fixture
def bash(client, tmp_path, monkeypatch):
    """A bash in a folder with one file."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "runs of may.json").write_text("[]")
    monkeypatch.chdir(tmp_path)
    made = Bash(tmp_path / "bin")
    yield made
    made.close()


def test_tab_in_bash(client, bash):
    """In a real bash Tab completes commands, formats, files and any name, quoted or half quoted, so that the
    program gets it whole.
    """
    for name in ("my data (v1)", "it's $HOME; `rm` *", 'émile✓ "q"', "part:one=1"):
        client.datasets.create(name=name, examples=[{"q": 1}])

    get = ["arize-nb", "datasets", "get"]
    assert bash.words("arize-nb expe") == ["arize-nb", "experiments"]
    assert bash.words("arize-nb datasets get my") == [*get, "my data (v1)"]
    assert bash.words("arize-nb datasets get 'my") == [*get, "my data (v1)"]
    assert bash.words('arize-nb datasets get "it') == [*get, "it's $HOME; `rm` *"]
    assert bash.words("arize-nb datasets get it") == [*get, "it's $HOME; `rm` *"]
    assert bash.words("arize-nb datasets get ém") == [*get, 'émile✓ "q"']
    assert bash.words("arize-nb datasets get part:o") == [*get, "part:one=1"]
    assert bash.words("arize-nb experiments list --dataset=my") == [
        "arize-nb",
        "experiments",
        "list",
        "--dataset=my data (v1)",
    ]
    assert bash.words("arize-nb experiments export x -o js") == [
        "arize-nb",
        "experiments",
        "export",
        "x",
        "-o",
        "json",
    ]
    assert bash.words("arize-nb experiments export x -o ru") == [
        "arize-nb",
        "experiments",
        "export",
        "x",
        "-o",
        "runs of may.json",
    ]
    assert bash.words("arize-nb datasets create -f ru") == [
        "arize-nb",
        "datasets",
        "create",
        "-f",
        "runs of may.json",
    ]
