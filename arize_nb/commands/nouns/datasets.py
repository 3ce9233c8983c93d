"""`datasets`: list, read, make, rename and delete; examples are in the file beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from arize_nb.commands.line.file_shapes import EXAMPLES
from arize_nb.commands.line.options import (
    examples_options,
    filter_option,
    force_option,
    in_space,
    listing_options,
    output_option,
    subject,
)
from arize_nb.commands.line.variables import option
from arize_nb.commands.nouns import dataset_examples
from arize_nb.commands.output.export import Export, export_options
from arize_nb.commands.root import AxGroup

if TYPE_CHECKING:
    from arize_nb.commands.line.options import Listing, Scope
    from arize_nb.commands.line.session import Session
    from arize_nb.commands.line.value_types import Data
    from arize_nb.commands.output.export import Folder


@click.group("datasets", cls=AxGroup)
def command() -> None:
    """List, export, create and change datasets."""


@command.command("list")
@in_space
@option("-n", "--name", metavar="SUBSTR", help="Only datasets whose name contains this.")
@listing_options()
@output_option
@click.pass_obj
def list_(session: Session, scope: Scope, name: str | None, listing: Listing) -> Any:
    """List datasets, newest first."""
    return session.client.datasets.list(
        space=scope.space, name=name, limit=listing.limit, cursor=listing.cursor
    )


@command.command()
@subject("dataset")
@in_space
@output_option
@click.pass_obj
def get(session: Session, which: Any, scope: Scope) -> Any:
    """Show a dataset and its versions."""
    return session.client.datasets.get(which, space=scope.space)


@command.command()
@subject("dataset")
@in_space
@export_options
@option("--version-id", metavar="ID", help="Version to read (default: the latest).")
@filter_option("expected = '4'")
@option(
    "-l",
    "--limit",
    type=click.IntRange(1, 500),
    help="Read one page of at most so many examples instead of all.",
)
@option("-c", "--cursor", help="Cursor of the page to read.")
@output_option
@click.pass_obj
def export(
    session: Session,
    which: Any,
    scope: Scope,
    folder: Folder,
    everything: bool,
    version_id: str | None,
    condition: str | None,
    limit: int | None,
    cursor: str | None,
) -> Any:
    """Read all examples: a DataFrame in a notebook, a folder with examples.json in the console."""
    reading = {"space": scope.space, "version": version_id, "filter": condition}
    if (limit or cursor) and not everything:
        page = session.client.datasets.examples_page(which, limit=limit or 500, cursor=cursor, **reading)
        return Export.of_page(session, which, folder, page)
    return Export.of_examples(session, which, folder, reading, bulk=everything)


@command.command(epilog=EXAMPLES)
@option("-n", "--name", required=True, help="Name of the new dataset.")
@in_space
@examples_options
@option("--key", metavar="COLUMN", help="Column whose values become the ids of the examples.")
@output_option
@click.pass_obj
def create(session: Session, name: str, scope: Scope, data: Data, key: str | None) -> Any:
    """Create a dataset from examples."""
    return session.client.datasets.create(name=name, examples=data.load(), space=scope.space, key=key)


@command.command()
@subject("dataset")
@in_space
@option("--name", required=True, help="New name.")
@output_option
@click.pass_obj
def update(session: Session, which: Any, scope: Scope, name: str) -> Any:
    """Rename a dataset."""
    return session.client.datasets.rename(which, name, space=scope.space)


@command.command()
@subject("dataset")
@in_space
@force_option
@click.pass_obj
def delete(session: Session, which: Any, scope: Scope, force: bool) -> None:
    """Delete a dataset, its examples and its experiments; asks first."""
    found = session.client.datasets.get(which, space=scope.space)
    if session.agree(f"Delete dataset {found.name!r}, its examples and its experiments?", forced=force):
        session.client.datasets.delete(found)
        session.notify(f"Deleted dataset {found.name!r}.")


dataset_examples.add_to(command)
