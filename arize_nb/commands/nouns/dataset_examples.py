"""`datasets append`, `update-examples`, `delete-examples` and `annotate-examples`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from arize_nb.commands.line.options import (
    data_option,
    examples_options,
    force_option,
    in_space,
    output_option,
    subject,
)
from arize_nb.commands.line.value_types import IdsType
from arize_nb.commands.line.variables import option
from arize_nb.commands.root import AxGroup

if TYPE_CHECKING:
    from arize_nb.commands.line.options import Scope
    from arize_nb.commands.line.session import Session
    from arize_nb.commands.line.value_types import Data

version_option = option("--version-id", metavar="ID", help="Version to change (default: the latest).")


def add_to(group: AxGroup) -> None:
    """Hang the commands below into `datasets`."""
    for one in (append, update_examples, delete_examples, annotate_examples):
        group.add_command(one)


@click.command(cls=AxGroup.command_class)
@subject("dataset")
@in_space
@examples_options
@version_option
@output_option
@click.pass_obj
def append(session: Session, which: Any, scope: Scope, data: Data, version_id: str | None) -> Any:
    """Add examples to a dataset."""
    return session.client.datasets.append(which, data.load(), space=scope.space, version=version_id)


@click.command("update-examples", cls=AxGroup.command_class)
@subject("dataset")
@in_space
@examples_options
@version_option
@option("--new-version", metavar="NAME", help="Copy into a new version of this name first.")
@output_option
@click.pass_obj
def update_examples(
    session: Session, which: Any, scope: Scope, data: Data, version_id: str | None, new_version: str | None
) -> Any:
    """Change examples by their id; fields that are left out stay."""
    return session.client.datasets.update_examples(
        which, data.load(), space=scope.space, version=version_id, new_version=new_version
    )


@click.command("delete-examples", cls=AxGroup.command_class)
@subject("dataset")
@in_space
@option("--version-id", required=True, metavar="ID", help="Version to delete them from.")
@option("--example-ids", required=True, type=IdsType(), metavar="JSON|$ids", help="Ids of the examples.")
@force_option
@output_option
@click.pass_obj
def delete_examples(
    session: Session, which: Any, scope: Scope, version_id: str, example_ids: list[str], force: bool
) -> Any:
    """Delete examples from a version; asks first."""
    if not session.agree(f"Delete {len(example_ids):,} examples?", forced=force):
        return None
    return session.client.datasets.delete_examples(which, example_ids, version=version_id, space=scope.space)


@click.command("annotate-examples", cls=AxGroup.command_class)
@subject("dataset")
@in_space
@data_option("annotation")
@option("--create-configs", is_flag=True, help="Make the annotation configs that are missing.")
@output_option
@click.pass_obj
def annotate_examples(session: Session, which: Any, scope: Scope, data: Data, create_configs: bool) -> Any:
    """Write people's labels, scores and notes onto examples."""
    return session.client.datasets.annotate(
        which, data.load(), space=scope.space, create_configs=create_configs
    )
