"""What `compare`, `report` and `explore` share: what is compared, how its columns are read, and the
comparison itself.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from arize_nb.commands.comparing.names_apart import refuse_apart
from arize_nb.commands.line.metric_options import DIRECTION, MARGIN, PASSING, by_metric_option
from arize_nb.commands.line.options import grouped, with_dataset
from arize_nb.commands.line.output import Output
from arize_nb.commands.line.value_types import (
    ColumnType,
    ComparableType,
    Data,
    DataType,
    OutputOrColumnType,
)
from arize_nb.commands.line.variables import argument, option
from arize_nb.commands.output.export import with_bar
from arize_nb.errors import CommandError

if TYPE_CHECKING:
    from arize_nb.commands.line.options import Scope
    from arize_nb.commands.line.session import Session

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True)
class ReadAs:
    """How tables are to be read, as far as the line says so."""

    settings: dict[str, Any]
    """Arguments of `compare`."""

    @property
    def anything(self) -> bool:
        """Whether the line says anything about it."""
        return any(value not in (None, False) for value in self.settings.values())


def _read_as(**said: Any) -> ReadAs:
    """Bring the options about columns together."""
    columns = _columns(said.pop("columns"))
    lists = {name: _listed(said.pop(name)) for name in ("key", "expected", "ignore", "names")}
    return ReadAs(settings={**lists, "columns": columns, "baseline": said.pop("baseline_name"), **said})


def _listed(said: Iterable[str]) -> list[str] | None:
    """Return names that stand with commas between them, or in options of their own."""
    return [name.strip() for one in said for name in one.split(",") if name.strip()] or None


def _columns(said: Iterable[str]) -> dict[str, list[str]] | None:
    """Read `NAME=COLUMN,COLUMN…` of every experiment of a wide table."""
    found: dict[str, list[str]] = {}
    for one in said:
        name, equals, columns = one.partition("=")
        if not equals or not name.strip() or not columns.strip():
            raise CommandError(
                f"--columns {one!r} is not NAME=COLUMN,COLUMN",
                hint="Like this: --columns base=answer_1,score_1 new=answer_2,score_2",
            )
        found[name.strip()] = [column.strip() for column in columns.split(",") if column.strip()]
    return found or None


reading_options: Callable[[F], F] = grouped(
    "read_as",
    _read_as,
    option(
        "--key",
        multiple=True,
        type=ColumnType(),
        metavar="COLUMN[,COLUMN]",
        help="Column that pairs the rows (row-order: their order).",
    ),
    option(
        "--expected", multiple=True, type=ColumnType(), metavar="COLUMN", help="Column of what was wanted."
    ),
    option(
        "--ignore", multiple=True, type=ColumnType(), metavar="COLUMN[,COLUMN]", help="Columns to leave out."
    ),
    option("--repetitions", is_flag=True, help="Rows that repeat a key are repetitions of one example."),
    option(
        "--split",
        type=ColumnType(),
        metavar="COLUMN",
        help="One long table: the column that names the experiment of a row.",
    ),
    option(
        "--columns",
        multiple=True,
        metavar="NAME=COLUMN[,COLUMN]…",
        help=(
            "One wide table: the columns of each experiment, in the same order; repeat, or base=… new=… after"
            " each other."
        ),
    ),
    option(
        "--baseline",
        "baseline_name",
        metavar="NAME",
        help="Which experiment is the baseline (default: the first).",
    ),
    option(
        "--names",
        multiple=True,
        metavar="NAME[,NAME]…",
        help="Names of the experiments (default: of their files or variables).",
    ),
)
judging_options: Callable[[F], F] = grouped(
    "judging",
    dict,
    by_metric_option(
        "--pass-when",
        PASSING,
        metavar="[METRIC=]LABEL[,LABEL…]|N",
        help="Labels that pass, or the score from which on a run passes; repeat.",
    ),
    by_metric_option(
        "--direction", DIRECTION, metavar="[METRIC=]higher|lower|neutral", help="Which way is better; repeat."
    ),
    by_metric_option(
        "--margin",
        MARGIN,
        metavar="[METRIC=]N",
        help="Differences smaller than this count as none (gives 'equivalent'); repeat.",
    ),
    option(
        "--confidence",
        type=click.FloatRange(0.5, 1, max_open=True),
        default=0.95,
        show_default=True,
        help="Confidence of the intervals.",
    ),
    option("--seed", type=int, default=0, show_default=True, help="Seed of everything that is drawn."),
    option(
        "--errors-as-fails",
        is_flag=True,
        help="Runs that errored count as failed, where a metric is pass/fail.",
    ),
)
metric_option: Callable[[F], F] = option(
    "--metric",
    "metrics",
    multiple=True,
    type=ColumnType(metrics=True),
    metavar="NAME",
    help="Metric to compare (default: every one that both have); repeat for more.",
)


def _keep_output(ctx: click.Context, _param: click.Parameter, given: Sequence[Any]) -> list[str] | None:
    """Keep in the session where the result goes; return the columns of outputs."""
    from arize_nb.commands.line.session import Session

    session = ctx.find_object(Session)
    for one in given:
        if isinstance(one, Output) and session is not None:
            session.output = one
    return [one for one in given if not isinstance(one, Output)] or None


output_column_option: Callable[[F], F] = option(
    "-o",
    "--output",
    "output_column",
    multiple=True,
    type=OutputOrColumnType(),
    callback=_keep_output,
    help="Where to: table, json, csv, parquet or a file path. --output COLUMN: the column of the outputs.",
)


def comparing(command: F) -> F:
    """Add all that says what is compared and how: arguments, where names are found, metrics, slices, columns,
    rules.
    """
    options = (
        argument(
            "baseline",
            type=ComparableType(),
            explanation="Experiment to compare with: name, id, file, folder, $frame, or - (stdin).",
        ),
        argument(
            "candidates",
            nargs=-1,
            type=ComparableType(),
            explanation="Experiments to judge; none when BASELINE holds several.",
        ),
        with_dataset("Dataset name or id, to find the experiments by their names."),
        metric_option,
        option(
            "--examples",
            type=DataType("example"),
            metavar="FILE|$frame",
            help=(
                "Examples of the dataset (an id, then their own columns), to slice by and to show beside the"
                " changes."
            ),
        ),
        option(
            "--by",
            type=ColumnType(),
            metavar="COLUMN",
            help="Compare slice by slice as well: by the values of this column.",
        ),
        option(
            "--cluster",
            type=ColumnType(),
            metavar="COLUMN",
            help="Examples of one value of this column are not independent.",
        ),
        judging_options,
        reading_options,
        output_column_option,
    )
    return functools.reduce(lambda inner, add: add(inner), reversed(options), command)


def compared(
    session: Session,
    things: Sequence[Any],
    *,
    scope: Scope,
    metrics: Sequence[str],
    read_as: ReadAs,
    output_column: Sequence[str] | None = None,
    examples: Data | None = None,
    **settings: Any,
) -> Any:
    """Compare what a line names: tables at hand without any service, experiments by name through the client.

    Parameters
    ----------
    session : Session
        The line.
    things : sequence
        The baseline, then the candidates.
    scope : Scope
        Where names are found.
    metrics, read_as, output_column
        What the line says of columns.
    examples : Data, optional
        The examples of the dataset.
    **settings
        All else that `compare` takes.
    """
    inputs, more = _without_columns(things, read_as)
    refuse_apart(session.words, inputs, more.settings["names"])
    inputs = [_standard_input(session) if one == "-" else one for one in inputs]
    if examples is not None:
        settings["examples"] = examples.load()
    options = {**settings, **more.settings, "output": output_column, "metrics": list(metrics) or None}
    if not any(needs_service(one) for one in inputs):
        from arize_nb.comparison.comparison import compare

        return compare(*inputs, **options)
    where = {"dataset": scope.dataset, "space": scope.space}
    return with_bar(
        "runs to compare",
        "runs",
        session,
        lambda on_rows: session.client.compare(*inputs, on_rows=on_rows, **where, **options),
    )


def needs_service(thing: object) -> bool:
    """Whether something is an experiment of a service, by name or as an object."""
    from arize_nb.comparison.inputs.places.named_input import unwrapped

    thing = unwrapped(thing)
    return isinstance(thing, str) or hasattr(thing, "dataset_version_id")


def _without_columns(things: Sequence[Any], read_as: ReadAs) -> tuple[list[Any], ReadAs]:
    """Take `new=answer_2,score_2` behind `--columns base=…` for what it is: a shell gives it as another
    argument.
    """
    columns = read_as.settings["columns"]
    if columns is None:
        return list(things), read_as
    said = [one for one in things if isinstance(one, str) and "=" in one and not Path(one).exists()]
    more = _columns(said) or {}
    return [one for one in things if one not in said], ReadAs(
        settings={**read_as.settings, "columns": {**columns, **more}}
    )


def _standard_input(session: Session) -> Any:
    """Read a table from standard input, or from the body of a cell."""
    from arize_nb import files
    from arize_nb.comparison.inputs.places.named_input import NamedInput

    return NamedInput(files.read_file("-", "run", stdin=session.input_stream()), "stdin")
