"""Every flag of the arize-experiment skill document is there, under its name, with its default."""

from __future__ import annotations

from typing import Any

import click
import pytest

from arize_nb.commands.line.session import Session
from arize_nb.commands.root import tree

REQUIRED = object()

FLAGS = [
    ("experiments list", "--dataset", None),
    ("experiments list", "--name", None),
    ("experiments list", "-n", None),
    ("experiments list", "--limit", 15),
    ("experiments list", "-l", 15),
    ("experiments list", "--cursor", None),
    ("experiments list", "-o", None),
    ("experiments list", "--output", None),
    ("experiments list", "--space", None),
    ("experiments get", "NAME_OR_ID", REQUIRED),
    ("experiments get", "--dataset", None),
    ("experiments get", "--space", None),
    ("experiments get", "-o", None),
    ("experiments get", "--output", None),
    ("experiments export", "NAME_OR_ID", REQUIRED),
    ("experiments export", "--dataset", None),
    ("experiments export", "--space", None),
    ("experiments export", "--all", False),
    ("experiments export", "--output-dir", None),
    ("experiments export", "--stdout", False),
    ("experiments create", "--name", REQUIRED),
    ("experiments create", "-n", REQUIRED),
    ("experiments create", "--dataset", None),
    ("experiments create", "--space", None),
    ("experiments create", "-s", None),
    ("experiments create", "--file", REQUIRED),
    ("experiments create", "-f", REQUIRED),
    ("experiments create", "-o", None),
    ("experiments delete", "NAME_OR_ID", REQUIRED),
    ("experiments delete", "--dataset", None),
    ("experiments delete", "--space", None),
    ("experiments delete", "--force", False),
    ("experiments delete", "-f", False),
    ("experiments annotate-runs", "NAME_OR_ID", REQUIRED),
    ("experiments annotate-runs", "--file", REQUIRED),
    ("experiments annotate-runs", "-f", REQUIRED),
    ("experiments annotate-runs", "--dataset", None),
    ("experiments annotate-runs", "--space", None),
    ("datasets list", "--space", None),
    ("datasets export", "NAME_OR_ID", REQUIRED),
    ("datasets export", "--space", None),
    ("datasets export", "--stdout", False),
    ("projects list", "--limit", 15),
    ("projects list", "-o", None),
    ("profiles show", "--help", False),
]
"""Command, flag or argument, default (None: nothing; REQUIRED)."""


def find_command(path):
    """Return a command of the tree."""
    command: Any = tree()
    with click.Context(command, obj=Session()) as ctx:
        for word in path.split():
            command = command.get_command(ctx, word)
    return command


@pytest.mark.parametrize(
    ("path", "flag", "default"), FLAGS, ids=[f"{path} {flag}" for path, flag, _ in FLAGS]
)
def test_flag(path, flag, default):
    """The flag is there, under this name, with the document's default."""
    command = find_command(path)
    params = command.get_params(click.Context(command))
    param = next(one for one in params if flag in one.opts or getattr(one, "metavar", None) == flag)

    assert param.required == (default is REQUIRED)
    if not param.required:
        found = param.get_default(click.Context(command))
        assert found == default or (default in (None, False) and not isinstance(found, (str, int)))
