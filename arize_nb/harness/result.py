"""What a run of an experiment came to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from arize_nb.errors import NotFoundError
from arize_nb.frames.uncalled import UncalledList, uncalled
from arize_nb.harness.engine.retry_policy import says_other_loop
from arize_nb.harness.next_steps import FAILED_AGAIN, OTHER_LOOP
from arize_nb.harness.records.run_rows import run_rows
from arize_nb.renderers import render
from arize_nb.text.command_line import Hint, spelled

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    import pandas as pd

    from arize_nb.comparison.comparison import Comparison
    from arize_nb.harness.records.run_record import EvaluatorRecord, Failure, RunRecord
    from arize_nb.models import AnnotationReceipt, Experiment

_FAILURE_COLUMNS = (
    "example_id",
    "repetition",
    "input",
    "stage",
    "error_type",
    "message",
    "attempts",
    "traceback",
)


@dataclass(frozen=True, kw_only=True)
class ExperimentResult:
    """Runs of an experiment, their evaluations and what happened on the way."""

    name: str
    """Name of the experiment."""
    experiment: Experiment | None
    """The experiment on the service; None after a dry run, or when it was stopped before anything was
    uploaded.
    """
    records: tuple[RunRecord, ...] = field(repr=False)
    """Every run, finished in this run or before: in the order of the dataset, then by repetition."""
    planned: int
    """Runs there are to be: examples times repetitions."""
    summary_records: Mapping[str, EvaluatorRecord] = field(default_factory=dict, repr=False)
    """What summary evaluators made of all runs, by evaluator: explanations and failures too."""
    resumed: int = 0
    """Runs taken from the journal, not called again."""
    retries: int = 0
    """Calls that were tried again."""
    slowdowns: int = 0
    """Times a rate limit slowed the run."""
    abandoned: int = 0
    """Late calls that were left behind; their threads may still be busy."""
    requeued: int = 0
    """Runs begun again because what ran them was lost (a worker process, a blocked loop)."""
    elapsed_s: float = 0.0
    """Seconds this run took."""
    seed: int = 0
    """Seed of the random draw and of the jitter."""
    dataset: str | None = None
    """Name of the dataset."""
    attrs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What the frame carries in `.attrs["arize"]`."""
    run_ids: Mapping[tuple[str, int], str] = field(default_factory=dict, repr=False)
    """Run ids of the service, by example id and repetition."""
    inputs: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    """Inputs of the examples with a failure, as text, by example id."""
    receipt: AnnotationReceipt | None = None
    """What was written as annotations; None unless evaluations were."""
    client: Any = field(default=None, repr=False, compare=False)
    """Where the experiment is: finds others by name. Copies in other processes have none."""
    journal: str | None = None
    """File that has all of it; None after a dry run."""
    notes: tuple[str, ...] = ()
    """What one should know of how it went on from its journal: what differs from the beginning, what could
    not be compared.
    """

    @cached_property
    def frame(self) -> pd.DataFrame:
        """A row a run: `id, example_id, output, error`, then `eval.<name>.…`, then `latency_ms` and the
        others.

        Rows are in the order of the dataset, then by repetition, whichever call ended first (what is exported
        is in the order of run ids). `output` is null where a run failed, `error` where it did not; an
        evaluator that failed has `eval.<name>.error` and no score.
        """
        import pyarrow as pa

        from arize_nb.frames import table_from_records, to_pandas

        table = table_from_records(run_rows(self.records), "run")
        if self.run_ids:  # put in last: a table with run ids would be sorted by them
            ids = pa.array([self.run_ids.get(record.key) for record in self.records], pa.string())
            table = table.set_column(table.column_names.index("id"), "id", ids)
        return to_pandas(table, {"arize": dict(self.attrs)})

    @property
    def counts(self) -> dict[str, int]:
        """Runs by outcome: `planned`, `completed`, `failed`, `left`; and `unscored`, completed runs with an
        evaluator that failed.
        """
        failed = sum(record.failure is not None for record in self.records)
        unscored = sum(
            record.failure is None and any(made.failure for made in record.evaluations.values())
            for record in self.records
        )
        return {
            "planned": self.planned,
            "completed": len(self.records) - failed,
            "failed": failed,
            "left": self.planned - len(self.records),
            "unscored": unscored,
        }

    @cached_property
    def failures(self) -> pd.DataFrame:
        """A row a failure: `example_id, repetition, input, stage, error_type, message, attempts, traceback`,
        in the order of the dataset.

        `input` is the example's, cut at 200 characters (the columns that the task takes when none holds an
        input, else null); `stage` is "task" or "evaluator <name>"; `attempts` is the number of calls (null
        for evaluators).
        """
        import pandas as pd

        return uncalled(pd.DataFrame(self.failure_records(), columns=list(_FAILURE_COLUMNS)), "failures")

    def failure_records(self) -> list[dict[str, Any]]:
        """Return the failures as dicts, without pandas."""
        return failure_rows(self.records, self.summary_records, self.inputs)

    @cached_property
    def metrics(self) -> list[dict[str, Any]]:
        """A dict a metric: `metric`, `scored` runs, `mean` score (None without scores), `labels` as text,
        `errors`.
        """
        return UncalledList(metric_rows(self.records, self.summary_records), "metrics")

    @property
    def summary(self) -> dict[str, float | str | None]:
        """What summary evaluators made of all runs, by metric: the score, else the label; None where one
        failed (`failures` says why). Explanations are in `summary_records`.
        """
        found: dict[str, float | str | None] = {}
        for evaluator, made in self.summary_records.items():
            if not made.evaluations:
                found[evaluator] = None
            for name, one in made.evaluations.items():
                found[name] = one.label if one.score is None else one.score
        return found

    def compare(self, baseline: Any, **options: Any) -> Comparison:
        """Compare with a baseline: this result is the candidate.

        Parameters
        ----------
        baseline : str, Experiment, ExperimentResult, DataFrame or path
            An experiment of the same dataset by its name, or what `arize_nb.compare` takes. Where a file has
            that name, it is the file.
        **options
            As for `arize_nb.compare`.
        """
        from arize_nb.comparison.comparison import compare

        named = hasattr(baseline, "dataset_id") or (isinstance(baseline, str) and not Path(baseline).exists())
        if named and self.client is not None:
            found = self._named(baseline) if isinstance(baseline, str) else baseline
            return self.client.compare(found, self, **options)  # type: ignore[no-any-return]

        return compare(baseline, self, **options)

    def _named(self, baseline: str) -> Experiment:
        """Find an experiment of the same dataset; an error calls that by its name.

        Raises
        ------
        NotFoundError
            It has no experiment of that name; close names are proposed, else some that there are.
        """
        where = {"dataset": self.attrs.get("dataset_id"), "space": self.attrs.get("space_id")}
        try:
            experiment: Experiment = self.client.experiments.get(baseline, **where)
        except NotFoundError as error:
            if error.kind != "experiment":
                raise
            raise NotFoundError(
                error.kind,
                error.name,
                space=error.space,
                dataset=self.dataset or error.dataset,
                matches=error.matches,
                others=error.others,
                status=error.status,
            ) from None
        return experiment

    @property
    def next_steps(self) -> list[Hint]:
        """What to type about failures; empty when nothing failed."""
        failures = [record.failure for record in self.records if record.failure]
        made = [
            given.failure for record in self.records for given in record.evaluations.values() if given.failure
        ]
        if any(says_other_loop(failure.message) for failure in (*failures, *made)):
            return [OTHER_LOOP]
        if (failures or made) and self.journal is not None:
            return [Hint.of("Run the failures again: {}.", FAILED_AGAIN)]
        return []

    def __getstate__(self) -> dict[str, Any]:
        """Leave the client out of copies for other processes."""
        return {**self.__dict__, "client": None}

    def __await__(self) -> Generator[None, None, ExperimentResult]:
        """Give the result itself: ``await client.experiments.run(…)`` has run it already, and nothing of it
        is to be lost.
        """
        return self
        yield  # makes this a generator, as what is awaited must be

    def __repr__(self) -> str:
        """One line: name, counts, where it is."""
        counts = self.counts
        parts = [f"{counts['completed']:,} of {counts['planned']:,} runs completed"]
        parts += [f"{counts[key]:,} {key}" for key in ("failed", "left", "unscored") if counts[key]]
        where = self.experiment.id if self.experiment else "not uploaded"
        return f"<ExperimentResult {self.name!r}: {', '.join(parts)}; {where}>"

    def __str__(self) -> str:
        """Say what happened, the metrics and the first failures, as a terminal shows it."""
        return str(render("text", self))

    def _repr_html_(self) -> str:
        """Show a static summary, escaped."""
        return str(render("html", self))


def failure_rows(
    records: Sequence[RunRecord], summary: Mapping[str, EvaluatorRecord], inputs: Mapping[str, str | None]
) -> list[dict[str, Any]]:
    """Return every failure of tasks and evaluators as a flat record."""
    rows: list[dict[str, Any]] = []
    for record in records:
        run = (record.example_id, record.repetition, inputs.get(record.example_id))
        if record.failure is not None:
            rows.append(_failure_row(*run, "task", record.failure, record.attempts))
        rows += [
            _failure_row(*run, f"evaluator {name}", made.failure)
            for name, made in record.evaluations.items()
            if made.failure
        ]
    rows += [
        _failure_row(None, None, None, f"evaluator {name}", made.failure)
        for name, made in summary.items()
        if made.failure
    ]
    return rows


def metric_rows(
    records: tuple[RunRecord, ...], summary: Mapping[str, EvaluatorRecord]
) -> list[dict[str, Any]]:
    """Sum up each metric over all runs."""
    scores: dict[str, list[float]] = {}
    labels: dict[str, Counter[str]] = {}
    scored: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    for by_name in (*(record.evaluations for record in records), summary):
        for name, made in by_name.items():
            errors.update(made.failures or ([name] if made.failure is not None else []))
            for metric, evaluation in made.evaluations.items():
                scored[metric] += 1
                if evaluation.score is not None:
                    scores.setdefault(metric, []).append(evaluation.score)
                if evaluation.label is not None:
                    labels.setdefault(metric, Counter())[evaluation.label] += 1
    names = dict.fromkeys([*scored, *(name for name, count in errors.items() if count)])
    return [
        {
            "metric": name,
            "scored": scored[name],
            "mean": fmean(scores[name]) if name in scores else None,
            "labels": ", ".join(
                f"{label}: {count:,}" for label, count in labels.get(name, Counter()).most_common(5)
            )
            or None,
            "errors": errors[name],
        }
        for name in names
    ]


def _failure_row(
    example_id: str | None,
    repetition: int | None,
    given: str | None,
    stage: str,
    failure: Failure,
    attempts: int | None = None,
) -> dict[str, Any]:
    facts = (
        example_id,
        repetition,
        given,
        stage,
        failure.error_type,
        failure.message,
        attempts,
        failure.traceback,
    )
    return dict(zip(_FAILURE_COLUMNS, facts, strict=True))


class RunInterrupted(KeyboardInterrupt):
    """The stop button was pressed: what was done is kept, `result` holds it, and the message says how to go
    on.
    """

    def __init__(self, what: str, result: ExperimentResult, *, hint: str | None = None) -> None:
        self.what = what
        self.hint = hint
        self.result = result
        super().__init__(what)

    def __str__(self) -> str:
        """Say what is kept, and how to go on."""
        return f"{self.what}. {self.hint}" if self.hint else self.what

    def _render_traceback_(self) -> list[str]:
        """Show the user's own lines in IPython."""
        from arize_nb.text.own_frames import rendered

        return rendered(self)

    def spell(self, program: str) -> None:
        """Say how to go on in the words of who typed a command."""
        self.hint = spelled(self.hint, program) if self.hint else self.hint
