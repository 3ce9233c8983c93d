"""Help: every command explains itself, and the reference in the docs is what the tree says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import click
import pytest

from arize_nb.commands.line.session import Session
from arize_nb.commands.line.variables import AxArgument
from arize_nb.commands.reference import markdown
from arize_nb.commands.root import NOUNS, run, tree

REFERENCE = Path(__file__).parent.parent / "docs" / "commands.md"


def commands():
    """List (words, command) of the whole tree."""
    found = []
    root = tree()
    with root.make_context("%ax", [], resilient_parsing=True, obj=Session()) as ctx:
        for noun in NOUNS:
            command = root.get_command(ctx, noun)
            members = command.commands.items() if isinstance(command, click.Group) else ()
            found += [([noun], command), *(([noun, name], member) for name, member in members)]
    return found


COMMANDS = commands()
IDS = [" ".join(words) for words, _ in COMMANDS]


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=IDS)
def test_help_of_every_command(words, command, capsys):
    """`--help` and `-h` show what the command does and return nothing."""
    assert run([*words, "--help"], Session(program="%ax", in_notebook=words != ["completion"])) is None

    shown = capsys.readouterr().out

    assert f"Usage: %ax {' '.join(words)}" in shown
    assert " ".join(command.help.split())[:40] in " ".join(shown.split())


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=IDS)
def test_every_option_is_explained(words, command):
    """No option and no argument is without an explanation, and each is an option of ours that takes
    `$variables`.
    """
    for param in command.params:
        explanation = param.explanation if isinstance(param, AxArgument) else param.help

        assert explanation, f"{words}: {param.name}"
        assert explanation.endswith((".", "0.5", "'4'")), f"{words}: {param.name}: {explanation}"


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=IDS)
def test_common_options(words, command):
    """Every command takes --into, --profile, --quiet and --verbose."""
    names = {flag for param in command.params for flag in param.opts}

    assert (
        isinstance(command, click.Group)
        or {"--into", "--profile", "-q", "--quiet", "-v", "--verbose"} <= names
    )


def test_noun_without_command_shows_its_help(capsys):
    """`%ax` and `%ax experiments` alone show help instead of an error."""
    for words in ([], ["experiments"]):
        assert run(words, Session()) is None
        assert "Commands:" in capsys.readouterr().out


def test_reference_is_current():
    """docs/commands.md is what `python -m arize_nb.commands.reference docs/commands.md` writes now."""
    assert markdown() == REFERENCE.read_text(encoding="utf-8")


def test_reference_names_every_command():
    """Every command has its section in the reference."""
    text = REFERENCE.read_text(encoding="utf-8")

    assert [name for name in IDS if f"## {name}\n" not in text] == []


def test_magic_docstring_names_every_noun():
    """`%ax?` shows what there is."""
    from arize_nb.ipython.magics import AxMagics

    shown = AxMagics.ax.__doc__

    assert [noun for noun in NOUNS if noun not in shown and noun != "completion"] == []


PACKAGE = Path(__file__).parent.parent / "arize_nb"
THEIRS = {"--argument"}
"""Option that stands for any word of the official program, and that nobody types."""


def texts():
    """Yield (file, text) for every text of the package that a user may be shown, f-strings with their holes
    as `{}`.
    """
    for path in sorted(PACKAGE.rglob("*.py")):
        told_to_no_user = (PACKAGE / "server", PACKAGE / "workspace" / "process.py")
        if path.name == "documented_differences.py" or any(map(path.is_relative_to, told_to_no_user)):
            continue
        tree_ = ast.parse(path.read_text(encoding="utf-8"))
        documentation = {
            id(node.value)
            for node in ast.walk(tree_)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }
        inside = {
            id(part) for node in ast.walk(tree_) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)
        }
        for node in ast.walk(tree_):
            if isinstance(node, ast.JoinedStr):
                yield (
                    path.name,
                    "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values),
                )
            elif (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and id(node) not in documentation | inside
            ):
                yield path.name, node.value


def test_flags_that_texts_name_are_there():
    """An error never tells the user to give a flag that no command has."""
    flags = {
        flag
        for _, command in COMMANDS
        for param in command.params
        for flag in (*param.opts, *param.secondary_opts)
    }
    flags |= {"--help", "--version"} | THEIRS
    named = {
        (file, flag)
        for file, text in texts()
        for flag in re.findall(r"(?<![\w(-])--(?!jp-|ax-)[a-z][a-z-]+\b(?!-)", text)
    }

    assert len(named) > 50
    assert sorted((file, flag) for file, flag in named if flag not in flags) == []


def test_lines_that_texts_name_are_there():
    """A line `%ax NOUN COMMAND` in an error is a command that there is."""
    known = {
        words[0]: {other[1] for other, _ in COMMANDS if other[0] == words[0] and len(other) > 1}
        for words, _ in COMMANDS
    }
    named = {
        (file, *found)
        for file, text in texts()
        for found in re.findall(r"%ax (?!is )([a-z-]+) ([a-z-]+)\b", text)
    }

    assert len(named) > 20
    assert (
        sorted(
            line
            for line in named
            if line[1] not in known or (known[line[1]] and line[2] not in known[line[1]])
        )
        == []
    )
