"""`spaces`: list and show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from arize_nb.commands.line.options import listing_options, output_option, subject
from arize_nb.commands.line.variables import option
from arize_nb.commands.root import AxGroup

if TYPE_CHECKING:
    from arize_nb.commands.line.options import Listing
    from arize_nb.commands.line.session import Session


@click.group("spaces", cls=AxGroup)
def command() -> None:
    """List and show spaces."""


@command.command("list")
@option("-n", "--name", metavar="SUBSTR", help="Only spaces whose name contains this.")
@listing_options()
@output_option
@click.pass_obj
def list_(session: Session, name: str | None, listing: Listing) -> Any:
    """List the spaces that the key can see."""
    return session.client.spaces.list(name=name, limit=listing.limit, cursor=listing.cursor)


@command.command()
@subject("space")
@output_option
@click.pass_obj
def get(session: Session, which: Any) -> Any:
    """Show a space."""
    return session.client.spaces.get(which)
