"""`experiments pick`, `explore`, `browse` and `review`: the widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from arize_nb.commands.comparing import (
    ReadAs,
    compared,
    judging_options,
    metric_option,
    needs_service,
    reading_options,
)
from arize_nb.commands.line.options import filter_option, in_dataset, subject, with_dataset
from arize_nb.commands.line.value_types import ColumnType, ComparableType
from arize_nb.commands.line.variables import argument, option
from arize_nb.commands.root import AxGroup
from arize_nb.comparison.inputs.places.named_input import unwrapped
from arize_nb.errors import CommandError

if TYPE_CHECKING:
    from arize_nb.commands.line.options import Scope
    from arize_nb.commands.line.session import Session


def add_to(group: AxGroup) -> None:
    """Hang the commands below into `experiments`."""
    for one in (pick, explore, browse, review):
        group.add_command(one)


def _needs_notebook(session: Session) -> None:
    """Refuse a widget in a console, which has no place to show one."""
    if not session.in_notebook:
        raise CommandError(
            "widgets need a notebook", hint="Here: arize-nb experiments list, export or compare."
        )


@click.command(cls=AxGroup.command_class)
@with_dataset("Dataset to begin with, a name or id.")
@option("--single", is_flag=True, help="Choose one experiment instead of several.")
@click.pass_obj
def pick(session: Session, scope: Scope, single: bool) -> Any:
    """Choose experiments; `.value` holds them."""
    _needs_notebook(session)
    from arize_nb.widgets.pickers.pickers import ExperimentPicker

    return ExperimentPicker(session.client, dataset=scope.dataset, space=scope.space, multiple=not single)


@click.command(cls=AxGroup.command_class)
@argument(
    "experiments",
    nargs=-1,
    type=ComparableType(),
    explanation="Baseline and candidates; none: choose them in the widget.",
)
@in_dataset
@metric_option
@option("--show", "metric", metavar="NAME", help="Metric to begin with.")
@option("--candidate", metavar="NAME", help="Candidate to begin with.")
@option(
    "--outcome", metavar="NAME", help="Examples to begin with, such as regressed, improved, errored or all."
)
@judging_options
@reading_options
@option("--output", "output_column", type=ColumnType(), metavar="COLUMN", help="Column of the outputs.")
@click.pass_obj
def explore(
    session: Session,
    /,
    experiments: tuple[Any, ...],
    scope: Scope,
    metrics: tuple[str, ...],
    metric: str | None,
    candidate: str | None,
    outcome: str | None,
    judging: dict[str, Any],
    read_as: ReadAs,
    output_column: str | None,
) -> Any:
    """Compare experiments and look at the examples that changed."""
    _needs_notebook(session)
    from arize_nb.widgets.explorer.explorer import ComparisonExplorer

    told = read_as.anything or output_column or any(session_option_given(judging))
    if len(experiments) == 1 and hasattr(unwrapped(experiments[0]), "summary"):
        made = ComparisonExplorer(unwrapped(experiments[0]))
    elif len(experiments) == 1 and needs_service(experiments[0]):
        raise CommandError(
            "one experiment is no comparison",
            hint="Name a baseline and a candidate, or look at one: %ax experiments browse NAME.",
        )
    elif experiments and (told or not any(map(needs_service, experiments))):
        columns = [output_column] if output_column else None
        made = ComparisonExplorer(
            compared(
                session,
                experiments,
                scope=scope,
                metrics=metrics,
                read_as=read_as,
                output_column=columns,
                **judging,
            )
        )
    else:
        made = ComparisonExplorer(
            session.client,
            *map(unwrapped, experiments),
            dataset=scope.dataset,
            space=scope.space,
            metrics=list(metrics) or None,
        )
    for name, value in (("candidate", candidate), ("metric", metric), ("outcome", outcome)):
        if value is not None:
            setattr(made, name, value)
    return made


def session_option_given(judging: dict[str, Any]) -> list[bool]:
    """Say which options about verdicts differ from their defaults."""
    plain = {"confidence": 0.95, "seed": 0, "errors_as_fails": False}
    return [value != plain.get(name) for name, value in judging.items()]


@click.command(cls=AxGroup.command_class)
@subject("experiment")
@in_dataset
@filter_option("eval.correctness.score < 0.5")
@click.pass_obj
def browse(session: Session, which: Any, scope: Scope, condition: str | None) -> Any:
    """Look through the runs of one experiment, beside what their examples ask."""
    _needs_notebook(session)
    from arize_nb.widgets.grid.run_browser import RunBrowser

    client = session.client
    experiment = client.experiments.get(which, dataset=scope.dataset, space=scope.space)
    runs = client.experiments.runs(experiment, filter=condition)
    if experiment.dataset_id is None:
        return RunBrowser(runs)
    return RunBrowser(
        runs, examples=client.datasets.examples(experiment.dataset_id, version=experiment.dataset_version_id)
    )


@click.command(cls=AxGroup.command_class)
@subject("experiment")
@in_dataset
@option(
    "--regressions",
    "baseline",
    type=ComparableType(),
    metavar="BASELINE",
    help="Only examples that got worse since this experiment.",
)
@option("--random", "sample", type=click.IntRange(1), metavar="N", help="Only N runs, by chance.")
@option(
    "--config",
    "configs",
    multiple=True,
    metavar="NAME",
    help="Annotation config to ask for (default: all of the space); repeat for more.",
)
@option("--blind", is_flag=True, help="Hide the experiment's name, and shuffle.")
@option("--show-judge", is_flag=True, help="Show the evaluators' verdicts beside the run.")
@option("--seed", type=int, default=0, show_default=True, help="Seed of the sample and of the shuffling.")
@click.pass_obj
def review(
    session: Session,
    which: Any,
    scope: Scope,
    baseline: object,
    sample: int | None,
    configs: tuple[str, ...],
    blind: bool,
    show_judge: bool,
    seed: int,
) -> Any:
    """Label runs; what you say is written back as annotations."""
    _needs_notebook(session)
    from arize_nb.widgets.reviewer.reviewer import RunReviewer

    where = {"dataset": scope.dataset, "space": scope.space}
    chosen: dict[str, Any] = {"which": ("random", sample)} if sample else {}
    if baseline is not None:
        chosen = {"which": "regressions", "comparison": session.client.compare(baseline, which, **where)}
    experiment = session.client.experiments.get(which, **where)
    return RunReviewer(
        session.client,
        experiment,
        configs=list(configs) or None,
        blind=blind,
        show_judge=show_judge,
        seed=seed,
        **chosen,
        **where,
    )
