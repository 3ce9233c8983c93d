"""`experiments run`, `evaluate` and `compare`: the commands that compute."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from arize_nb.commands.comparing import compared, comparing
from arize_nb.commands.comparing.gating import Gate, gate_options
from arize_nb.commands.line.exception_names import ExceptionType, exceptions
from arize_nb.commands.line.function_type import BUILT_IN, CallableType
from arize_nb.commands.line.metadata_option import FactsType, joined
from arize_nb.commands.line.options import (
    grouped,
    in_dataset,
    output_option,
    subject,
    with_dataset_or_examples,
)
from arize_nb.commands.line.output import Output
from arize_nb.commands.line.value_types import PartType
from arize_nb.commands.line.variables import option
from arize_nb.commands.root import AxGroup
from arize_nb.errors import CommandError

if TYPE_CHECKING:
    from arize_nb.commands.line.options import Scope
    from arize_nb.commands.line.session import Session

_running = grouped(
    "settings",
    dict,
    option(
        "-c", "--concurrency", type=click.IntRange(1), default=8, show_default=True, help="How many at once."
    ),
    option(
        "--timeout",
        "timeout_s",
        type=click.FloatRange(0, min_open=True),
        default=120.0,
        show_default=True,
        help="Seconds that one example may take.",
    ),
    option(
        "--retries",
        type=click.IntRange(0),
        default=3,
        show_default=True,
        help="How often a call that failed is tried again.",
    ),
    option(
        "--retry-on",
        multiple=True,
        type=ExceptionType(),
        metavar="NAME|PATH|$class",
        help=(
            "Exception that is tried again beside lost connections, timeouts and full services: TimeoutError,"
            " json.JSONDecodeError; repeat for more."
        ),
    ),
)
_going_on = grouped(
    "going_on",
    dict,
    option("--resume", is_flag=True, help="Go on where an interrupted run stopped."),
    option(
        "--rerun",
        type=click.Choice(["failed", "all"]),
        help="Run again what failed; or throw away what there is and start anew.",
    ),
)
_part = grouped(
    "part",
    dict,
    option(
        "--examples",
        type=PartType(),
        metavar="FILTER|ID[,ID]|FILE|$ids",
        help=(
            "Run over a part of the dataset: a filter such as \"topic = 'billing'\", ids, or what names them"
            " in `example_id`."
        ),
    ),
    option("--limit", type=click.IntRange(1), metavar="N", help="Only the first N of them."),
    option("--sample", type=click.IntRange(1), metavar="N", help="Only N of them, by chance (see --seed)."),
)
evaluators_option = option(
    "--evaluator",
    "evaluators",
    multiple=True,
    type=CallableType("evaluator"),
    metavar="$fn|FILE.py[:NAME]|NAME",
    help=f"Evaluator, or the name of a built-in one ({', '.join(BUILT_IN)}); repeat for more.",
)


def add_to(group: AxGroup) -> None:
    """Hang the commands below into `experiments`."""
    for one in (run, evaluate, compare, report):
        group.add_command(one)


@click.command(cls=AxGroup.command_class)
@option("-n", "--name", required=True, help="Name of the new experiment.")
@with_dataset_or_examples(
    "Dataset to run over, a name or id; or examples, which become a dataset that is found again by its"
    " content."
)
@option(
    "--task",
    required=True,
    type=CallableType("task"),
    metavar="$fn|FILE.py[:NAME]",
    help="Function called with each example.",
)
@evaluators_option
@_part
@_running
@option(
    "--repetitions",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="How often each example is run.",
)
@option(
    "--max-failures",
    type=float,
    help="Stop after so many failures, or so large a share of them when below 1.",
)
@option(
    "--metadata",
    multiple=True,
    type=FactsType(),
    callback=joined,
    metavar="KEY=VALUE|$facts",
    help="Fact about the experiment (model=gpt-4o), text in `metadata.KEY` of its runs; repeat for more.",
)
@option("--seed", type=int, default=0, show_default=True, help="Seed of everything random.")
@option(
    "--dry-run",
    type=click.IntRange(1),
    is_flag=False,
    flag_value=10,
    metavar="[N]",
    help="Run the first N examples (10) and write nothing.",
)
@_going_on
@option(
    "--allow-changed-task",
    is_flag=True,
    help="Keep earlier results although the task or an evaluator has changed.",
)
@output_option
@click.pass_obj
def run(
    session: Session,
    /,
    scope: Scope,
    evaluators: tuple[Any, ...],
    part: dict[str, Any],
    settings: dict[str, Any],
    going_on: dict[str, Any],
    max_failures: float | None,
    **options: Any,
) -> Any:
    """Run a task over a dataset and keep the results as an experiment."""
    limit = (
        int(max_failures)
        if max_failures is not None and max_failures >= 1 and max_failures.is_integer()
        else max_failures
    )
    where = {"dataset": scope.dataset, "space": scope.space}
    settings["retry_on"] = exceptions(settings["retry_on"])
    return session.client.experiments.run(
        evaluators=list(evaluators),
        max_failures=limit,
        progress=not session.quiet,
        **where,
        **part,
        **settings,
        **going_on,
        **options,
    )


@click.command(cls=AxGroup.command_class)
@subject("experiment")
@in_dataset
@evaluators_option
@_running
@option("-n", "--name", help="Name of the new experiment (default: the old name and the evaluators').")
@option(
    "--as-annotations",
    is_flag=True,
    help="Write annotations onto this experiment instead of making a new one.",
)
@option(
    "--create-configs",
    is_flag=True,
    help="Make the annotation configs that are missing (with --as-annotations).",
)
@_going_on
@output_option
@click.pass_obj
def evaluate(
    session: Session,
    /,
    which: Any,
    scope: Scope,
    evaluators: tuple[Any, ...],
    settings: dict[str, Any],
    going_on: dict[str, Any],
    **options: Any,
) -> Any:
    """Score the stored outputs of an experiment."""
    where = {"dataset": scope.dataset, "space": scope.space}
    settings["retry_on"] = exceptions(settings["retry_on"])
    return session.client.experiments.evaluate(
        which,
        evaluators=list(evaluators),
        progress=not session.quiet,
        **where,
        **settings,
        **going_on,
        **options,
    )


@click.command(cls=AxGroup.command_class)
@comparing
@option(
    "--list",
    "listed",
    type=click.Choice(["regressions", "improvements", "changes"]),
    help="List the examples that got worse, got better or changed, worst first, instead of the summary.",
)
@gate_options
@click.pass_obj
def compare(
    session: Session,
    /,
    baseline: Any,
    candidates: tuple[Any, ...],
    judging: dict[str, Any],
    listed: str | None,
    gate: Gate,
    **options: Any,
) -> Any:
    """Compare candidates with a baseline, example by example."""
    comparison = compared(session, (baseline, *candidates), **judging, **options)
    gate.hang(session, comparison)
    if not listed:
        return comparison
    session.notify(comparison.list_words(listed))
    return getattr(comparison, listed)()


@click.command(cls=AxGroup.command_class)
@comparing
@option(
    "--interactive",
    is_flag=True,
    help="Put all examples into the HTML page, with a script that searches and filters them: at most 20,000"
    " examples and 40 MB.",
)
@click.pass_obj
def report(
    session: Session,
    /,
    baseline: Any,
    candidates: tuple[Any, ...],
    judging: dict[str, Any],
    interactive: bool,
    **options: Any,
) -> Any:
    """Compare, and write what is found as one page: -o FILE.html or FILE.md (report.html when not given)."""
    session.output = session.output or Output(format="html", path=Path("report.html"))
    if interactive and session.output.format != "html":
        raise CommandError(
            f"--interactive makes an HTML page, not {session.output.format}", hint="Name one: -o FILE.html"
        )
    session.output = replace(session.output, interactive=interactive)
    return compared(session, (baseline, *candidates), **judging, **options)
