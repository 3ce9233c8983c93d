"""`experiments import`: tables of results become stored experiments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from arize_nb.commands.comparing import ReadAs, metric_option, reading_options
from arize_nb.commands.line.file_shapes import RESULTS
from arize_nb.commands.line.options import with_dataset
from arize_nb.commands.line.value_types import ColumnType, ComparableType
from arize_nb.commands.line.variables import argument, option
from arize_nb.commands.root import AxGroup
from arize_nb.errors import CommandError

if TYPE_CHECKING:
    from arize_nb.commands.line.options import Scope
    from arize_nb.commands.line.session import Session


def add_to(group: AxGroup) -> None:
    """Hang the command into `experiments`."""
    group.add_command(import_)


@click.command("import", cls=AxGroup.command_class, epilog=RESULTS)
@argument(
    "results",
    nargs=-1,
    required=True,
    type=ComparableType(),
    explanation="Files, folders or $frames; each is an experiment.",
)
@with_dataset("Dataset that the rows are of; made from their inputs when there is none of that name.")
@metric_option
@option("--output", "output_column", type=ColumnType(), metavar="COLUMN", help="Column of the outputs.")
@option(
    "--pick",
    multiple=True,
    metavar="NAME|*",
    help="Which experiments of a file of another tool that holds several; * for all.",
)
@reading_options
@click.pass_obj
def import_(
    session: Session,
    /,
    results: tuple[Any, ...],
    scope: Scope,
    metrics: tuple[str, ...],
    output_column: str | None,
    pick: tuple[str, ...],
    read_as: ReadAs,
) -> Any:
    """Store tables of results as experiments, each row matched with its example."""
    from arize_nb.models import Page

    if scope.dataset is None:
        raise CommandError("no dataset is named", hint="Name it, or the one to make: --dataset NAME")
    told = {name: value for name, value in read_as.settings.items() if name != "baseline"}
    made = session.client.experiments.import_results(
        *results,
        dataset=scope.dataset,
        space=scope.space,
        output=output_column,
        metrics=list(metrics) or None,
        pick=list(pick) or None,
        **told,
    )
    return Page(items=made, kind="experiments")
