"""`completion`: the script that makes a shell complete arize-nb."""

from __future__ import annotations

import click

from arize_nb.commands.root import AxCommand, tree
from arize_nb.commands.variables import argument

VARIABLE = "_ARIZE_NB_COMPLETE"
"""Environment variable through which a shell asks for completions."""


@click.command("completion", cls=AxCommand)
@argument("shell", type=click.Choice(["bash", "zsh", "fish"]), explanation="Your shell.")
def command(shell: str) -> str:
    """Print the script that makes a shell complete arize-nb, as in: eval "$(arize-nb completion bash)"."""
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"no completion for {shell}")
    return found(tree(), {}, "arize-nb", VARIABLE).source().strip()
