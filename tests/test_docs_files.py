"""The page about files: every command of it runs, and prints what the page says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from arize_nb.cli import status_of

DOCS = Path(__file__).parent.parent / "docs"
PAGE = (DOCS / "files-to-compare.md").read_text(encoding="utf-8")


def commands():
    """Return the commands of the page, each with the lines that it shall print."""
    blocks = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    return [part.rstrip("\n").split("\n") for block in blocks for part in re.split(r"^\$ ", block, flags=re.MULTILINE) if part]


def test_the_page_shows_commands():
    """There is something to run."""
    assert len(commands()) >= 8


@pytest.mark.parametrize("lines", commands(), ids=lambda lines: lines[0])
def test_a_command_of_the_page(lines, monkeypatch, capfd, workspace_env):
    """A command prints first what stands below it; an error is said on standard error."""
    monkeypatch.chdir(DOCS / "files")
    command, *expected = lines
    program, *words = shlex.split(command)
    status = status_of(words)
    captured = capfd.readouterr()
    said = captured.err.splitlines() if status or "import" in words else captured.out.splitlines()

    assert ("arize-nb", bool(status)) == (program, expected[0].startswith("✗"))
    assert expected == [line for line in said if line in expected][: len(expected)]


def test_the_file_shown_is_the_file():
    """The rows that the page shows are those of the file."""
    shown = re.search(r"```\n(question,.*?)```", PAGE, re.DOTALL)[1]

    assert (DOCS / "files" / "small_model.csv").read_text(encoding="utf-8").startswith(shown)
