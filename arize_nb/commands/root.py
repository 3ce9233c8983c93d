"""The root of the tree: nouns loaded when they are named, and one way to run a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import click

from arize_nb.commands.line.options import common_options
from arize_nb.commands.line.session import Session
from arize_nb.commands.line.suggestions import closest
from arize_nb.commands.line.variables import AxArgument, AxOption
from arize_nb.errors import AxError, CommandError, ConfirmationError
from arize_nb.text.typed_language import typed_on_a_line

NOUNS: Mapping[str, str] = {
    "compare": "Compare any two tables of results, or experiments.",
    "explore": "The same as a widget: down to one example.",
    "report": "The same as one page for others.",
    "experiments": "List, export, create, run and compare experiments.",
    "datasets": "List, export, create and change datasets.",
    "spaces": "List and show spaces.",
    "projects": "List and show projects.",
    "annotation-configs": "List, show, make and delete annotation configs.",
    "profiles": "Choose and keep the services you use.",
    "server": "Start, stop and inspect the local workspace.",
    "link": "Link to the Arize UI.",
    "completion": "Print the script that makes a shell complete arize-nb.",
}
"""Nouns and what they do, in the order of the help."""

_SHORT = {
    "compare": ("experiment_work", "compare"),
    "report": ("experiment_work", "report"),
    "explore": ("experiment_widgets", "explore"),
}
"""Short forms of commands of `experiments`: where they are defined."""

CONTEXT: dict[str, Any] = {
    "help_option_names": ["-h", "--help"],
    "max_content_width": 110,
    "show_default": False,
}


class AxCommand(click.Command):
    """A command with the options that every command has."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.context_settings = {**CONTEXT, **self.context_settings}
        self.params = [*self.params, *common_options()]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """While Tab asks for the value of an option, read the rest of the line: click would give up on all of
        it.
        """
        lacking = (
            ctx.resilient_parsing
            and args
            and any(
                args[-1] in one.opts and not one.is_flag
                for one in self.params
                if isinstance(one, click.Option)
            )
        )
        return super().parse_args(ctx, args[:-1] if lacking else args)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; data below a line that does not read it is refused before anything is done."""
        session = ctx.find_object(Session)
        if session is not None and session.leaves_body:
            raise CommandError(
                "the rest of this cell would not be read",
                hint="Add -f - to the first line, or move the rest to a cell of its own.",
            )
        return super().invoke(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Explain the arguments before the options."""
        explained = [
            (one.metavar or str(one.name).upper(), one.explanation)
            for one in self.params
            if isinstance(one, AxArgument)
        ]
        if explained:
            with formatter.section("Arguments"):
                formatter.write_dl(explained)
        super().format_options(ctx, formatter)


class AxGroup(click.Group):
    """A noun: without a command it shows its help; a command that is not ours goes to the
    official program.
    """

    command_class = AxCommand

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"no_args_is_help": False, **kwargs})
        self.context_settings = {**CONTEXT, **self.context_settings}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Keep the order in which the commands are written."""
        return list(self.commands)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Show the help of a noun that stands alone."""
        return super().parse_args(ctx, args or ["--help"])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find our command, else hand the words to the official program."""
        command = self.get_command(ctx, args[0])
        if command is not None or args[0].startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        from arize_nb.commands.official import stand_in

        words = [] if ctx.parent is None else [str(self.name)]
        return (
            args[0],
            stand_in([*words, args[0]], ours=self.list_commands(ctx), nouns_with=nouns_with),
            args[1:],
        )


class Root(AxGroup):
    """The tree; a noun's module is imported when the noun is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the nouns that make sense here."""
        session = ctx.find_object(Session)
        return [noun for noun in NOUNS if noun != "completion" or session is None or not session.in_notebook]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the noun's module and return its command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module, name = _SHORT.get(cmd_name, (cmd_name.replace("-", "_"), "command"))
        command: click.Command = getattr(import_module(f"arize_nb.commands.nouns.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the nouns without importing their modules."""
        with formatter.section("Commands"):
            formatter.write_dl([(noun, NOUNS[noun]) for noun in self.list_commands(ctx)])


def _version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    """Print the version and stop."""
    if value:
        from arize_nb._version import __version__

        click.echo(f"arize-nb {__version__}")
        ctx.exit()


_EPILOG = (
    "Any other command of the official `ax` program (traces, prompts, …) is handed to it when it is"
    " installed."
)


def tree() -> click.Group:
    """Return the tree of commands; run it with a `Session` as the context's object."""
    root = Root(name="ax", help="Arize experiments, datasets and comparisons.", epilog=_EPILOG)
    root.params = [
        *(option for option in common_options() if option.name != "into"),
        AxOption(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_version,
            help="Print the version.",
        ),
    ]
    return root


def run(args: Sequence[str], session: Session) -> Any:
    """Run one line and return what its command returned.

    Parameters
    ----------
    args : sequence of str
        Words of the line, without the program.
    session : Session
        Where the line was typed.

    Returns
    -------
    object
        A page, records, a resource, a receipt, a frame, a result or a path; None when there is nothing to
        show (help, a declined question).

    Raises
    ------
    CommandError
        The line cannot be understood.
    AxError
        The command failed.
    """
    with session.spelling():
        return _run(args, session)


def _run(args: Sequence[str], session: Session) -> Any:
    """Run one line; hints are still in both languages."""
    root = tree()
    session.words = tuple(args)
    try:
        with typed_on_a_line(), root.make_context(session.program, list(args), obj=session) as ctx:
            return root.invoke(ctx)
    except click.exceptions.Exit:
        return None
    except click.Abort:
        raise ConfirmationError("no answer was given", hint="Nothing was changed.") from None
    except click.ClickException as error:
        raise _understood(error, args, session) from None


_SHELL_WORDS = frozenset({"|", ">", ">>", "<", "<<", "&&", "2>"})


def _understood(error: click.ClickException, args: Sequence[str], session: Session) -> AxError:
    """Turn click's error into ours, with what to type next."""
    shell_words = _SHELL_WORDS.intersection(args)
    if session.in_notebook and shell_words:
        return CommandError(
            f"{sorted(shell_words)[0]!r} belongs to a shell, and %ax is none",
            hint="Work on the value it returns, or use the shell: !arize-nb … | jq …",
        )
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else _command_path(args, session)
    if isinstance(error, click.NoSuchOption):
        meant = closest(error.option_name, error.possibilities or ())
        return CommandError(
            f"no such option {error.option_name!r}",
            hint=f"{f'Did you mean {meant!r}? ' if meant else ''}See {path} --help.",
        )
    return CommandError(error.format_message().rstrip("."), hint=f"See {path} --help.")


def _command_path(args: Sequence[str], session: Session) -> str:
    """Find which command a line was for; click does not say it of an option that lacks its value."""
    words = [word for word in args if not word.startswith("-")]
    if not words or words[0] not in NOUNS:
        return session.program
    noun = tree().get_command(click.Context(tree()), words[0])
    named = (
        words[:2]
        if isinstance(noun, click.Group) and len(words) > 1 and words[1] in noun.commands
        else words[:1]
    )
    return " ".join([session.program, *named])


def nouns_with(command: str) -> list[str]:
    """Return the nouns that have a command, for who forgot the noun."""
    root = tree()
    with click.Context(root) as ctx:
        groups = {noun: root.get_command(ctx, noun) for noun in NOUNS}
    return [
        noun for noun, group in groups.items() if isinstance(group, click.Group) and command in group.commands
    ]
