"""`completion`: the script that makes a shell complete arize-nb."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from arize_nb.commands.line.variables import argument
from arize_nb.commands.root import AxCommand, tree
from arize_nb.errors import CommandError

if TYPE_CHECKING:
    from click.shell_completion import ShellComplete

VARIABLE = "_ARIZE_NB_COMPLETE"
"""Environment variable through which a shell asks for completions."""


@click.command("completion", cls=AxCommand)
@argument("shell", type=click.Choice(["bash", "zsh", "fish"]), explanation="Your shell.")
def command(shell: str) -> str:
    """Print the script that makes a shell complete arize-nb, as in: eval "$(arize-nb completion bash)"."""
    return completion_class(shell)(tree(), {}, "arize-nb", VARIABLE).source().strip()


def completion_class(shell: str) -> type[ShellComplete]:
    """Return what knows the customs of a shell: click's, but ours for bash, where click leaves names
    unquoted.

    Raises
    ------
    CommandError
        Nothing is known of that shell.
    """
    from click.shell_completion import get_completion_class

    from arize_nb.commands.completion.bash import Bash

    found = Bash if shell == "bash" else get_completion_class(shell)
    if found is None:
        raise CommandError(f"no completion for {shell}", hint="There is one for bash, zsh and fish.")
    return found
