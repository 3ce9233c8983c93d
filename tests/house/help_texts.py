"""What `--help` of every command says, an option a line: how a docstring is wrapped does not matter."""

from __future__ import annotations

from collections.abc import Iterator

import click

from arize_nb.commands import root

WIDTH = 10_000
"""Columns: so wide that click wraps nothing, and a changed word changes one line."""


def text() -> str:
    """Return the help of the tree."""
    tree = root.tree()
    return "\n".join(_lines(_context(tree, "arize-nb")))


def _context(command: click.Command, name: str, parent: click.Context | None = None) -> click.Context:
    """Return a command's context as running it makes one, but wide."""
    setattr(command, "_help_option", None)  # noqa: B010 - click keeps the first context's, which a test may have made
    return click.Context(command, parent, name, **{**command.context_settings, "terminal_width": WIDTH})


def _lines(context: click.Context) -> Iterator[str]:
    """Give a command's lines, and those of the commands below it."""
    command = context.command
    yield f"# {context.command_path}"
    yield from (" ".join(line.split()) for line in command.get_help(context).splitlines() if line.strip())
    yield ""
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None, f"{context.command_path} lists {name} and has none"
            yield from _lines(_context(below, name, context))
