"""`experiments`: list, read, write and delete; running, comparing and the widgets are in the
files beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from arize_nb.commands.line.file_shapes import RUNS
from arize_nb.commands.line.options import (
    data_option,
    filter_option,
    force_option,
    in_dataset,
    listing_options,
    output_option,
    subject,
    with_dataset,
)
from arize_nb.commands.line.variables import option
from arize_nb.commands.nouns import experiment_import, experiment_widgets, experiment_work
from arize_nb.commands.output.export import Export, Folder, export_options
from arize_nb.commands.root import AxGroup

if TYPE_CHECKING:
    from arize_nb.commands.line.options import Listing, Scope
    from arize_nb.commands.line.session import Session
    from arize_nb.commands.line.value_types import Data


@click.group("experiments", cls=AxGroup)
def command() -> None:
    """List, export, create, run and compare experiments."""


@command.command("list")
@with_dataset("Only experiments of this dataset, a name or id.")
@option("-n", "--name", metavar="SUBSTR", help="Only experiments whose name contains this.")
@listing_options()
@output_option
@click.pass_obj
def list_(session: Session, scope: Scope, name: str | None, listing: Listing) -> Any:
    """List experiments: of a dataset, of a space, or all."""
    return session.client.experiments.list(
        dataset=scope.dataset, space=scope.space, name=name, limit=listing.limit, cursor=listing.cursor
    )


@command.command()
@subject("experiment")
@in_dataset
@output_option
@click.pass_obj
def get(session: Session, which: Any, scope: Scope) -> Any:
    """Show an experiment: its dataset, version and times."""
    return session.client.experiments.get(which, dataset=scope.dataset, space=scope.space)


@command.command()
@subject("experiment")
@in_dataset
@export_options
@filter_option("eval.correctness.score < 0.5")
@option(
    "--annotations/--no-annotations",
    default=None,
    help="Read people's annotations even if that costs another pass, or leave them out.",
)
@output_option
@click.pass_obj
def export(
    session: Session,
    which: Any,
    scope: Scope,
    folder: Folder,
    everything: bool,
    condition: str | None,
    annotations: bool | None,
) -> Export:
    """Read all runs: a DataFrame in a notebook, a folder with runs.json in the console."""
    reading = {
        "dataset": scope.dataset,
        "space": scope.space,
        "filter": condition,
        "annotations": "auto" if annotations is None else annotations,
    }
    return Export.of_runs(session, which, folder, reading, bulk=everything)


@command.command("list-runs")
@subject("experiment")
@in_dataset
@filter_option("output = '4'", "-f")
@listing_options(500)
@output_option
@click.pass_obj
def list_runs(session: Session, which: Any, scope: Scope, condition: str | None, listing: Listing) -> Any:
    """Read one page of runs."""
    return session.client.experiments.runs_page(
        which,
        dataset=scope.dataset,
        space=scope.space,
        filter=condition,
        limit=listing.limit,
        cursor=listing.cursor,
    )


@command.command(epilog=RUNS)
@option("-n", "--name", required=True, help="Name of the new experiment.")
@with_dataset("Dataset that the runs are of, a name or id.")
@data_option("run")
@option("--no-check-examples", is_flag=True, help="Do not check the example_ids against the dataset first.")
@option(
    "--key",
    metavar="COLUMN[,COLUMN]",
    help="Columns that say which example a run is of, instead of example_id.",
)
@output_option
@click.pass_obj
def create(
    session: Session, name: str, scope: Scope, data: Data, no_check_examples: bool, key: str | None
) -> Any:
    """Create an experiment from runs; with --space alone, one that belongs to no dataset."""
    return session.client.experiments.create(
        name=name,
        runs=data.load(),
        dataset=scope.dataset,
        space=scope.space,
        check_examples=not no_check_examples,
        key=key,
    )


@command.command("append-runs")
@subject("experiment")
@in_dataset
@data_option("run")
@output_option
@click.pass_obj
def append_runs(session: Session, which: Any, scope: Scope, data: Data) -> Any:
    """Add runs to an experiment."""
    return session.client.experiments.append(which, data.load(), dataset=scope.dataset, space=scope.space)


@command.command("annotate-runs")
@subject("experiment")
@in_dataset
@data_option("annotation")
@option("--create-configs", is_flag=True, help="Make the annotation configs that are missing.")
@option(
    "--by-example-id", is_flag=True, help="The record ids are those of examples: annotate every run of each."
)
@output_option
@click.pass_obj
def annotate_runs(
    session: Session, which: Any, scope: Scope, data: Data, create_configs: bool, by_example_id: bool
) -> Any:
    """Write people's labels, scores and notes onto runs; one of the same name is updated."""
    return session.client.experiments.annotate(
        which,
        data.load(),
        dataset=scope.dataset,
        space=scope.space,
        create_configs=create_configs,
        by_example_id=by_example_id,
    )


@command.command()
@subject("experiment")
@in_dataset
@force_option
@click.pass_obj
def delete(session: Session, which: Any, scope: Scope, force: bool) -> None:
    """Delete an experiment and its runs; asks first."""
    experiments = session.client.experiments
    found = experiments.get(which, dataset=scope.dataset, space=scope.space)
    if session.agree(f"Delete experiment {found.name!r} and all its runs?", forced=force):
        experiments.delete(found)
        session.notify(f"Deleted experiment {found.name!r}.")


experiment_import.add_to(command)
experiment_work.add_to(command)
experiment_widgets.add_to(command)
