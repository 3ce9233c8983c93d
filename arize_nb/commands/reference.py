"""Write the command reference (docs/commands.md) from the tree: `python -m arize_nb.commands.reference
docs/commands.md`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from inspect import cleandoc
from pathlib import Path
from typing import Any

import click

from arize_nb.commands.documented_differences import DIFFERENCES
from arize_nb.commands.line.session import Session
from arize_nb.commands.line.variables import AxArgument
from arize_nb.commands.official import NOUNS as OFFICIAL
from arize_nb.commands.root import NOUNS, tree

_HEAD = """\
# Commands

Written by `python -m arize_nb.commands.reference docs/commands.md` from the tree of commands; a test fails when it is out of date.

In a notebook a line starts with `%ax` and returns a value; in a terminal it starts with `arize-nb` and prints. `%%ax` hands the rest of
its cell to the command as standard input (`-f -`).

- `$name` as a whole argument is a variable of the notebook: a DataFrame or list of dicts for `-f`, a function for `--task` and
  `--evaluator`, an experiment or dataset where a name is asked for, a text or number anywhere. `$name.member` is a key or an attribute;
  `${name}` and IPython's `{name}` work as well. Inside a longer text a variable is written out (`-n run-$i`), in a filter as the literal
  that the place wants (`--filter "topic = $topic"`). One that is None or NaN is refused. `$$name` is the text `$name`.
- A `;` at the end of a line shows nothing; `df = %ax … ;` holds the value all the same.
- `--into NAME` assigns the result and prints one line, for cells and loops, where a line magic shows nothing.
- `-o table|json|csv` prints text, `-o FILE` writes the file and returns its path, by its ending: `.json`, `.jsonl`, `.csv`, `.parquet`,
  `.pq` (a comparison also `.html` and `.md`).
- A `;` at the end of the line shows nothing. An unquoted `#` that begins a word begins a comment.
- A DataFrame that is one page of more has the cursor of the next one in `.attrs["next_cursor"]`.
- Errors are one or two lines; `--verbose`, or `%config AxMagics.short_errors = False`, shows the traceback.
- Tab completes commands, options, formats, files, `$variables` and the names that the service has. For a shell:
  `eval "$(arize-nb completion bash)"` (or `zsh`, `fish`).

Exit statuses of `arize-nb`: 0 done, or declined; 1 configuration, an unexpected error, a question that nobody answered; 2 the line cannot
be understood; 4 the service, the transfer or the data; 5 files and output formats; 10 `--fail-on-regression`; 130 interrupted. Commands of
the official program keep its own.

Options that every command has:

"""


def markdown() -> str:
    """Return the reference as Markdown."""
    root = tree()
    session = Session()
    parts = [_HEAD.rstrip() + "\n"]
    with root.make_context("%ax", [], resilient_parsing=True, obj=session) as ctx:
        common = _common_options(root.get_command(ctx, "link"))
        parts.append(_options_table(common))
        names = {str(param.name) for param in common}
        for noun in NOUNS:
            command = root.get_command(ctx, noun)
            if command is not None:
                parts += _sections(ctx, noun, command, names)
    return "\n".join([*parts, _others(), _differences()]).rstrip() + "\n"


def _common_options(command: click.Command | None) -> list[click.Parameter]:
    """Return the options that every command has, as one of them has them."""
    if command is None:
        return []
    return [param for param in command.params if param.name in ("into", "profile", "quiet", "verbose")]


def _sections(ctx: click.Context, path: str, command: click.Command, common: set[str]) -> Iterator[str]:
    """Describe a noun and its commands."""
    if isinstance(command, click.Group):
        yield f"## {path}\n\n{command.help}\n"
        with command.make_context(path, [], parent=ctx, resilient_parsing=True) as inner:
            for name in command.list_commands(inner):
                member = command.get_command(inner, name)
                if member is not None:
                    yield _section(inner, f"{path} {name}", member, common)
    else:
        yield f"## {path}\n\n" + _section(ctx, path, command, common).partition("\n\n")[2]


def _section(ctx: click.Context, path: str, command: click.Command, common: set[str]) -> str:
    """Describe one command."""
    inner = click.Context(command, info_name=path.rpartition(" ")[2], parent=ctx)
    pieces = " ".join(command.collect_usage_pieces(inner))
    lines = [f"### {path}", "", f"    %ax {path} {pieces}", "", cleandoc(str(command.help)), ""]
    arguments = [param for param in command.params if isinstance(param, AxArgument)]
    options = [
        param for param in command.params if isinstance(param, click.Option) and param.name not in common
    ]
    rows = [f"| `{_bar(_metavar(one))}` | {_bar(one.explanation)} |" for one in arguments]
    table = _options_table(options, rows)
    return "\n".join([*lines, table]) if table else "\n".join(lines)


def _metavar(argument: AxArgument) -> str:
    """Return how an argument is written in the usage."""
    return argument.metavar or str(argument.name).upper()


def _options_table(options: Iterable[click.Parameter], rows: Iterable[str] = ()) -> str:
    """Lay options out as a Markdown table, under the rows given; "" without any."""
    lines = [
        *rows,
        *(
            f"| `{_bar(_written(one))}` | {_bar(_explained(one))} |"
            for one in options
            if isinstance(one, click.Option)
        ),
    ]
    return "\n".join(["| Argument, option | |", "|---|---|", *lines, ""]) if lines else ""


def _written(option: click.Option) -> str:
    """Return an option as it is typed: its names and what follows them."""
    names = ", ".join(sorted(option.opts, key=len)) + "".join(f" / {name}" for name in option.secondary_opts)
    return (
        names
        if option.is_flag and not option.metavar
        else f"{names} {option.metavar or _type_words(option.type)}"
    )


def _type_words(kind: click.ParamType[Any]) -> str:
    """Return what stands for a value of a type."""
    if isinstance(kind, click.Choice):
        return "|".join(str(choice) for choice in kind.choices)
    return (
        "N" if isinstance(kind, (click.types.IntParamType, click.types.FloatParamType)) else kind.name.upper()
    )


def _explained(option: click.Option) -> str:
    """Return what an option does, with its default."""
    default = f" Default: {option.default}." if option.show_default else ""
    return f"{option.help}{' Required.' if option.required else ''}{default}"


def _bar(text: str) -> str:
    """Keep a bar from ending the cell."""
    return text.replace("|", "\\|")


def _others() -> str:
    """Describe what goes to the official program."""
    rows = [
        f"| `{noun}` | {', '.join(commands.split()) or 'itself'} |"
        for noun, commands in sorted(OFFICIAL.items())
    ]
    text = (
        "## Commands of the official program\n\nThese are handed to the official `ax` program when it is on"
        " the PATH, with the service of the profile in\nforce: for the time of the command it gets a home of"
        " its own, with one profile in it that only you can read and that refers to\nthe key by a variable."
        " Your own profiles are not touched. In a notebook the list commands return a DataFrame, others"
        " print.\n`auth`, `instrument`, `skills` and `upgrade` are about the machine: they run in your own"
        " home.\n\nPrompts and traces are not served by the local workspace: use a profile of Arize for"
        " `prompts`, `traces` and `spans`.\n"
    )
    return "\n".join([text, "| | |", "|---|---|", *rows, ""])


def _differences() -> str:
    """List where we differ from the document and the official program."""
    rows = [
        f"| {where} | {ours} | {document} | {program} |" for where, ours, document, program in DIFFERENCES
    ]
    head = (
        "## Differences\n\nWhere this program, the arize-experiment skill document and the official `ax` 0.39"
        " do not agree:\n"
    )
    return "\n".join([head, "| What | Here | The document | ax 0.39 |", "|---|---|---|---|", *rows, ""])


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(markdown(), encoding="utf-8")
