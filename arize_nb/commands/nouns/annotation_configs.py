"""`annotation-configs`: what people may say about a run; list, show, make and delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from arize_nb.commands.line.options import force_option, in_space, listing_options, output_option, subject
from arize_nb.commands.line.variables import argument, option
from arize_nb.commands.root import AxGroup
from arize_nb.errors import CommandError

if TYPE_CHECKING:
    from arize_nb.commands.line.options import Listing, Scope
    from arize_nb.commands.line.session import Session

TYPES = ("categorical", "continuous", "freeform")


@click.group("annotation-configs", cls=AxGroup)
def command() -> None:
    """List, show, make and delete annotation configs."""


@command.command("list")
@in_space
@option("-n", "--name", metavar="SUBSTR", help="Only configs whose name contains this.")
@listing_options()
@output_option
@click.pass_obj
def list_(session: Session, scope: Scope, name: str | None, listing: Listing) -> Any:
    """List annotation configs, newest first."""
    return session.client.annotation_configs.list(
        space=scope.space, name=name, limit=listing.limit, cursor=listing.cursor
    )


@command.command()
@subject("annotation config")
@in_space
@output_option
@click.pass_obj
def get(session: Session, which: Any, scope: Scope) -> Any:
    """Show an annotation config."""
    return session.client.annotation_configs.get(which, space=scope.space)


def label_and_score(text: str) -> dict[str, Any]:
    """Read `good` or `good=1` (a label with its score)."""
    label, _, score = text.rpartition("=")
    try:
        return {"label": label, "score": float(score)} if label else {"label": text}
    except ValueError:
        return {"label": text}


@command.command()
@argument(
    "kind",
    metavar="[TYPE]",
    required=False,
    type=click.Choice(TYPES, case_sensitive=False),
    explanation="categorical, continuous or freeform.",
)
@option("--type", "type_", type=click.Choice(TYPES, case_sensitive=False), help="The same as TYPE.")
@option("-n", "--name", required=True, help="Name of the config.")
@in_space
@option(
    "--value",
    "values",
    multiple=True,
    metavar="LABEL[=SCORE]",
    help="Allowed label (categorical); repeat for more.",
)
@option("--min-score", type=float, help="Lowest score (continuous).")
@option("--max-score", type=float, help="Highest score (continuous).")
@option(
    "--optimization-direction",
    type=click.Choice(["MAXIMIZE", "MINIMIZE", "NONE"], case_sensitive=False),
    help="Which way is better.",
)
@output_option
@click.pass_obj
def create(
    session: Session,
    kind: str | None,
    type_: str | None,
    name: str,
    scope: Scope,
    values: tuple[str, ...],
    min_score: float | None,
    max_score: float | None,
    optimization_direction: str | None,
) -> Any:
    """Make an annotation config."""
    chosen: Any = kind or type_
    if chosen is None:
        raise CommandError(
            "a type is missing",
            hint=(
                f"One of {', '.join(TYPES)}: %ax annotation-configs create categorical -n {name} --value good"
                " --value bad"
            ),
        )
    return session.client.annotation_configs.create(
        name=name,
        type=chosen,
        space=scope.space,
        values=[label_and_score(text) for text in values] or None,
        minimum_score=min_score,
        maximum_score=max_score,
        optimization_direction=optimization_direction,
    )


@command.command()
@subject("annotation config")
@in_space
@force_option
@click.pass_obj
def delete(session: Session, which: Any, scope: Scope, force: bool) -> None:
    """Delete an annotation config; asks first."""
    found = session.client.annotation_configs.get(which, space=scope.space)
    if session.agree(f"Delete annotation config {found.name!r}?", forced=force):
        session.client.annotation_configs.delete(found)
        session.notify(f"Deleted annotation config {found.name!r}.")
