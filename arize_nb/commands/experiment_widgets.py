"""`experiments pick`, `explore`, `browse` and `review`: the widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from arize_nb.commands.options import filter_option, in_dataset, subject, with_dataset
from arize_nb.commands.root import AxGroup
from arize_nb.commands.value_types import ColumnType, ComparableType
from arize_nb.commands.variables import argument, option
from arize_nb.errors import CommandError

if TYPE_CHECKING:
    from arize_nb.commands.options import Scope
    from arize_nb.commands.session import Session


def add_to(group: AxGroup) -> None:
    """Hang the commands below into `experiments`."""
    for one in (pick, explore, browse, review):
        group.add_command(one)


def _widget(session: Session, name: str) -> Any:
    """Return a widget's class; a console has no place to show one."""
    if not session.in_notebook:
        raise CommandError("widgets need a notebook", hint="Here: arize-nb experiments list, export or compare.")
    import arize_nb

    return getattr(arize_nb, name)


@click.command(cls=AxGroup.command_class)
@with_dataset("Dataset to begin with, a name or id.")
@option("--single", is_flag=True, help="Choose one experiment instead of several.")
@click.pass_obj
def pick(session: Session, scope: Scope, single: bool) -> Any:
    """Choose experiments; `.value` holds them."""
    return _widget(session, "ExperimentPicker")(session.client, dataset=scope.dataset, space=scope.space, multiple=not single)


@click.command(cls=AxGroup.command_class)
@argument("experiments", nargs=-1, type=ComparableType(), explanation="Baseline and candidates; none: choose them in the widget.")
@in_dataset
@option("--metric", "metrics", multiple=True, type=ColumnType(metrics=True), metavar="NAME", help="Metric to compare; repeat for more.")
@option("--show", "metric", metavar="NAME", help="Metric to begin with.")
@option("--candidate", metavar="NAME", help="Candidate to begin with.")
@option("--outcome", metavar="NAME", help="Examples to begin with, such as regressed, improved, errored or all.")
@click.pass_obj
def explore(
    session: Session,
    experiments: tuple[Any, ...],
    scope: Scope,
    metrics: tuple[str, ...],
    metric: str | None,
    candidate: str | None,
    outcome: str | None,
) -> Any:
    """Compare experiments and look at the examples that changed."""
    explorer = _widget(session, "ComparisonExplorer")
    if len(experiments) == 1 and hasattr(experiments[0], "summary"):
        made = explorer(experiments[0])
    elif len(experiments) == 1:
        raise CommandError(
            "one experiment is no comparison", hint="Name a baseline and a candidate, or look at one: %ax experiments browse NAME."
        )
    else:
        made = explorer(session.client, *experiments, dataset=scope.dataset, space=scope.space, metrics=list(metrics) or None)
    for name, value in (("candidate", candidate), ("metric", metric), ("outcome", outcome)):
        if value is not None:
            setattr(made, name, value)
    return made


@click.command(cls=AxGroup.command_class)
@subject("experiment")
@in_dataset
@filter_option("eval.correctness.score < 0.5")
@click.pass_obj
def browse(session: Session, which: Any, scope: Scope, condition: str | None) -> Any:
    """Look through the runs of one experiment, beside what their examples ask."""
    browser = _widget(session, "RunBrowser")
    client = session.client
    experiment = client.experiments.get(which, dataset=scope.dataset, space=scope.space)
    runs = client.experiments.runs(experiment, filter=condition)
    if experiment.dataset_id is None:
        return browser(runs)
    return browser(runs, examples=client.datasets.examples(experiment.dataset_id, version=experiment.dataset_version_id))


@click.command(cls=AxGroup.command_class)
@subject("experiment")
@in_dataset
@option("--regressions", "baseline", type=ComparableType(), metavar="BASELINE", help="Only examples that got worse since this experiment.")
@option("--random", "sample", type=click.IntRange(1), metavar="N", help="Only N runs, by chance.")
@option(
    "--config", "configs", multiple=True, metavar="NAME", help="Annotation config to ask for (default: all of the space); repeat for more."
)
@option("--blind", is_flag=True, help="Hide the experiment's name, and shuffle.")
@option("--show-judge", is_flag=True, help="Show the evaluators' verdicts beside the run.")
@option("--seed", type=int, default=0, show_default=True, help="Seed of the sample and of the shuffling.")
@click.pass_obj
def review(
    session: Session,
    which: Any,
    scope: Scope,
    baseline: Any,
    sample: int | None,
    configs: tuple[str, ...],
    blind: bool,
    show_judge: bool,
    seed: int,
) -> Any:
    """Label runs; what you say is written back as annotations."""
    reviewer = _widget(session, "RunReviewer")
    where = {"dataset": scope.dataset, "space": scope.space}
    chosen: dict[str, Any] = {"which": ("random", sample)} if sample else {}
    if baseline is not None:
        chosen = {"which": "regressions", "comparison": session.client.compare(baseline, which, **where)}
    experiment = session.client.experiments.get(which, **where)
    return reviewer(
        session.client, experiment, configs=list(configs) or None, blind=blind, show_judge=show_judge, seed=seed, **chosen, **where
    )
