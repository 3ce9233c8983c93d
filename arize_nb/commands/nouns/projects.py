"""`projects`: list and show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from arize_nb.commands.line.options import in_space, listing_options, output_option, subject
from arize_nb.commands.line.variables import option
from arize_nb.commands.root import AxGroup

if TYPE_CHECKING:
    from arize_nb.commands.line.options import Listing, Scope
    from arize_nb.commands.line.session import Session


@click.group("projects", cls=AxGroup)
def command() -> None:
    """List and show projects."""


@command.command("list")
@in_space
@option("-n", "--name", metavar="SUBSTR", help="Only projects whose name contains this.")
@listing_options()
@output_option
@click.pass_obj
def list_(session: Session, scope: Scope, name: str | None, listing: Listing) -> Any:
    """List projects."""
    return session.client.projects.list(
        space=scope.space, name=name, limit=listing.limit, cursor=listing.cursor
    )


@command.command()
@subject("project")
@in_space
@output_option
@click.pass_obj
def get(session: Session, which: Any, scope: Scope) -> Any:
    """Show a project."""
    return session.client.projects.get(which, space=scope.space)
