"""What else may be asked of a comparison: slices, comparability, power, noise, agreement, ranking,
repetitions.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from arize_nb.comparison.analysis.summary import COUNTS
from arize_nb.comparison.words.next_steps import BY_COLUMN
from arize_nb.errors import ComparisonError
from arize_nb.frames.uncalled import uncalled
from arize_nb.text.command_line import Hint

if TYPE_CHECKING:
    import pandas as pd

    from arize_nb.comparison.analysis.data import Study
    from arize_nb.comparison.analysis.slices import Slice
    from arize_nb.comparison.diagnostics.comparability import Concern
    from arize_nb.comparison.diagnostics.corrected import Corrected
    from arize_nb.comparison.diagnostics.judge_agreement import Agreement
    from arize_nb.comparison.diagnostics.pairwise import Pairwise
    from arize_nb.comparison.metrics.metric import Metric, Wishes
    from arize_nb.comparison.metrics.pairs import Settings


class Questions(ABC):
    """The members of a `Comparison` that go beyond its summary; each is worked out when it is asked."""

    candidates: tuple[str, ...]
    metrics: tuple[Metric, ...]
    settings: Settings
    study: Study
    wishes: Wishes

    @property
    @abstractmethod
    def rows(self) -> tuple[Mapping[str, Any], ...]:
        """The summary as plain dicts."""

    def slices(
        self,
        by: str | Sequence[str] | None = None,
        *,
        metric: str | None = None,
        candidate: str | None = None,
    ) -> pd.DataFrame:
        """Return a summary within every slice of the examples by one or several columns (of the examples
        given, else of the runs).

        Columns: `column`, `slice`, then those of `summary`, with `p_adjusted` by Benjamini-Hochberg over all
        metrics, candidates and slices by these columns and by all that were asked of this comparison before,
        also those that `metric` and `candidate` do not show: slices are exploratory, and looking at one
        column after the other is looking at all of them. The p values of columns first asked for in the k-th
        call are multiplied by k as well (`asked_in_turn`): ask for all columns at once where you can. Numbers
        with many values are cut into quarters; examples without a value are in no slice.

        Raises
        ------
        ComparisonError
            No column was said, here or in `compare(by=)`; no such column; or one with too many values.
        """
        metrics = {one.name for one in self._metrics(metric)}
        names = {self.study.names[number] for number in self._candidates(candidate)}
        return self._frame(
            [row for row in self.slice_rows(by) if row["metric"] in metrics and row["candidate"] in names],
            COUNTS,
        )

    def slice_rows(self, by: str | Sequence[str] | None = None) -> Sequence[Mapping[str, Any]]:
        """Return all rows of `slices` as plain dicts; counts that make no sense for a metric are None."""
        from arize_nb.comparison.analysis.slices import judged_slices

        said = by or self.settings.by or ()
        columns = (said,) if isinstance(said, str) else tuple(said)
        if not columns:
            raise ComparisonError("by which column?", hint=Hint.of("Say it: {}.", BY_COLUMN))
        turn = 1 + max((found[0].turn for found in self._sliced.values() if found), default=0)
        for column in columns:
            self._measure_slices(column, turn)
        rows = judged_slices(self.study, [one for column in self._sliced for one in self._sliced[column]])
        return [row for column in columns for row in rows if row["column"] == column]

    def _measure_slices(self, column: str, turn: int) -> None:
        """Measure the slices by a column once; what was asked of one comparison is one family of tests, call
        after call.
        """
        from dataclasses import replace

        if column not in self._sliced:
            self._sliced[column] = [replace(one, turn=turn) for one in self._measured_by(column)]

    def _measured_by(self, column: str) -> list[Slice]:
        """Measure the slices by a column once, whoever asks."""
        from arize_nb.comparison.analysis.slices import measured_slices

        if column not in self._measured_columns:
            self._measured_columns[column] = measured_slices(self.study, column)
        return self._measured_columns[column]

    @cached_property
    def slice_columns(self) -> tuple[str, ...]:
        """Columns to slice by: those asked for in `compare(by=)`, else the columns of the examples that have
        between 2 and 12 values.
        """
        from arize_nb.comparison.words.example_columns import telling_columns

        said = self.settings.by
        return ((said,) if isinstance(said, str) else tuple(said)) if said else telling_columns(self.study)

    @cached_property
    def slice_findings(self) -> Sequence[Mapping[str, Any]]:
        """The slices by `slice_columns` that clearly changed, worst first, after the adjustment for all of
        them; empty where none did.

        Without `by=` only up to `MANY_EXAMPLES` examples are looked at so.
        """
        from arize_nb.comparison.analysis.slices import (
            MANY_EXAMPLES,
            judged_slices,
            verdict_first,
        )

        if not self.settings.by and self.study.alignment.examples > MANY_EXAMPLES:
            return ()
        try:
            slices = [one for column in self.slice_columns for one in self._measured_by(column)]
        except (
            ComparisonError
        ):  # a column that was asked for and cannot be sliced by says so where the slices stand
            return ()
        rows = judged_slices(self.study, slices) if slices else []
        return [row for row in verdict_first(rows) if row["verdict"] in ("improved", "regressed", "changed")]

    @cached_property
    def _measured_columns(self) -> dict[str, list[Slice]]:
        """The slices by every column measured so far."""
        return {}

    @cached_property
    def _sliced(self) -> dict[str, list[Slice]]:
        """What was measured of every column asked for so far."""
        return {}

    def unpaired(self, metric: str | None = None, candidate: str | None = None) -> pd.DataFrame:
        """Return the examples that are no pair and why: `example_id, metric, candidate, baseline_outcome,
        candidate_outcome`.
        """
        import pandas as pd

        from arize_nb.comparison.analysis.unpaired_examples import unpaired_table

        table = unpaired_table(self.study, self._metrics(metric), self._candidates(candidate))
        return table.to_pandas(types_mapper=pd.ArrowDtype)

    @cached_property
    def concerns(self) -> tuple[Concern, ...]:
        """What makes the comparison shaky; `comparability` as values."""
        from arize_nb.comparison.diagnostics.comparability import concerns

        return concerns(self.study, self.rows)

    @cached_property
    def comparability(self) -> pd.DataFrame:
        """What makes the comparison shaky: `kind, experiment, count, message`; no row when nothing does.

        Other dataset versions, examples on one side only, rows that repeat a run, repetitions, runs without
        example id, evaluators that one side lacks or that gave nothing, examples whose content differs, few
        clusters.
        """
        from dataclasses import asdict

        import pandas as pd

        return uncalled(
            pd.DataFrame(
                [asdict(concern) for concern in self.concerns],
                columns=["kind", "experiment", "count", "message"],
            ),
            "comparability",
        )

    @cached_property
    def spread(self) -> pd.DataFrame:
        """How much runs of the same example differ; no row without repetitions.

        `metric, experiment, examples, runs, repeated` (examples with several runs), `unstable` (whose runs
        differ), `within_sd`, `between_sd`, `note`.
        """
        from arize_nb.comparison.analysis.repetitions import spread_rows

        return uncalled(
            self._frame(spread_rows(self.study), ("examples", "runs", "repeated", "unstable")), "spread"
        )

    def tests(self, metric: str, candidate: str | None = None) -> pd.DataFrame:
        """Return every test and interval that fits, by name, beside the ones in `summary`: `method, p_value,
        ci_low, ci_high, note`.

        Wilcoxon's is here and nowhere else: it is not about the mean.
        """
        import pandas as pd

        from arize_nb.comparison.analysis.methods import method_rows
        from arize_nb.comparison.analysis.verdict import note

        pairs = self.study.pairs(self.study.metric(metric), self._one_candidate(candidate))
        rows = [{**row, "note": note(len(pairs.examples))} for row in method_rows(self.study, pairs)]
        return pd.DataFrame(rows, columns=["method", "p_value", "ci_low", "ci_high", "note"])

    def rows_needed(
        self, delta: float, metric: str | None = None, candidate: str | None = None, *, power: float = 0.8
    ) -> pd.DataFrame:
        """Return how many examples a difference of `delta` needs to be found with the given power.

        `metric, candidate, delta, n_paired, repetitions` (runs of each example), `rows_needed, rows_low,
        rows_high` (at the spread seen, and at the least and the most that it may be), `advice, note`; where
        the data have repetitions, a row per number of them.
        """
        from arize_nb.comparison.analysis.verdict import note
        from arize_nb.comparison.diagnostics.sample_size import needed_rows

        pairs = [
            self.study.pairs(one, number)
            for one in self._metrics(metric)
            for number in self._candidates(candidate)
        ]
        rows = [
            {**row, "note": note(row["n_paired"])}
            for one in pairs
            for row in needed_rows(self.study, one, delta, power)
        ]
        return self._frame(rows, ("n_paired", "repetitions", "rows_needed", "rows_low", "rows_high"))

    def noise_floor(self, rerun: object) -> pd.DataFrame:
        """Set every candidate's changes against those of a second run of the baseline (A/A).

        `metric, candidate, n, changed_rerun, changed_candidate, delta_rerun, delta_candidate, noise_band,
        p_changes, p_delta, p_adjusted, verdict, note`; the verdict is "beyond the noise" or "cannot be told
        from noise".

        Parameters
        ----------
        rerun
            Runs of the baseline's system once more: anything that `compare` takes, with what pairs the rows
            here (`reading.key`).
        """
        from arize_nb.comparison.diagnostics.noise_floor import noise_rows
        from arize_nb.comparison.inputs.rerun import with_rerun

        return self._frame(
            noise_rows(self.study, with_rerun(self.study, rerun)), ("n", "changed_rerun", "changed_candidate")
        )

    def by_chance(
        self, metric: str | None = None, candidate: str | None = None, *, rerun: object = None
    ) -> pd.DataFrame:
        """Return how many examples got worse and better, and how many chance alone would give.

        `metric, candidate, regressions, improvements, worse_by_chance, better_by_chance, source`; known from
        a rerun, else from repetitions of the baseline, else from symmetry: chance makes as many better as
        worse. Metrics without a better way have no row.

        Parameters
        ----------
        metric, candidate : str, optional
            One only.
        rerun
            Runs of the baseline's system once more: anything that `compare` takes.
        """
        from arize_nb.comparison.diagnostics.chance import chance_rows
        from arize_nb.comparison.inputs.rerun import with_rerun

        names = {one.name for one in self._metrics(metric)}
        chosen = {self.study.names[number] for number in self._candidates(candidate)}
        rows = [row for row in self.rows if row["metric"] in names and row["candidate"] in chosen]
        again = None if rerun is None else with_rerun(self.study, rerun)
        return self._frame(chance_rows(self.study, rows, again), ("regressions", "improvements"))

    @cached_property
    def chance_rows(self) -> Sequence[Mapping[str, Any]]:
        """`by_chance` as plain dicts, without a rerun."""
        from arize_nb.comparison.diagnostics.chance import chance_rows

        return chance_rows(self.study, self.rows)

    def list_words(self, which: str) -> str:
        """Say of a list of examples how many chance alone gives, and by what it is ordered.

        `which` is `regressions`, `improvements` or `changes`.
        """
        from arize_nb.comparison.analysis.worst_first import order_words
        from arize_nb.comparison.diagnostics.chance import chance_words

        parts = (chance_words(self.chance_rows, which), order_words(self.study, self.metrics))
        return "; ".join(part for part in parts if part)

    def agreement(self, metric: str, annotation: str) -> Agreement:
        """Set a judge (`correctness`) against people (`annotation.quality`, or `quality`) on
        the same runs.
        """
        from arize_nb.comparison.diagnostics.judge_agreement import agreement

        judge = self.study.metric(metric)
        verdicts = {row["candidate"]: row["verdict"] for row in self.rows if row["metric"] == judge.name}
        return agreement(self.study, judge, annotation, self.wishes, verdicts)

    def corrected(self, metric: str, annotation: str) -> Corrected:
        """Correct a judge by people who looked at a part: means and differences over all examples as people
        would have judged them.

        Prediction-powered inference: the judge's values over all examples, corrected by how far people differ
        from it where both looked.

        Parameters
        ----------
        metric : str
            The judge (`correctness`).
        annotation : str
            What people said, on a part of the runs (`annotation.quality`, or `quality`).

        Returns
        -------
        Corrected
            `.means`, `.difference` (with an interval and a verdict of their own) and `.sentences` where
            people see it otherwise.

        Raises
        ------
        ComparisonError
            No such annotation; a metric of labels; two kinds of metric; or `cluster=` was given.
        """
        from arize_nb.comparison.diagnostics.corrected import corrected

        judge = self.study.metric(metric)
        verdicts = {row["candidate"]: row["verdict"] for row in self.rows if row["metric"] == judge.name}
        return corrected(self.study, judge, annotation, self.wishes, verdicts)

    def pairwise(self, judgements: object, *, columns: Mapping[str, str] | None = None) -> Pairwise:
        """Read judgements that prefer one output to another: win rates, position bias, a Bradley-Terry
        ranking.

        Parameters
        ----------
        judgements : DataFrame, Table, path or list of dicts
            A row per judgement: `example_id`, `first`, `second` (experiments in the order in which they were
            shown), `winner`.
        columns : mapping, optional
            Other names of the four columns: `{"winner": "choice"}`.

        Raises
        ------
        ColumnError
            A column is missing.
        ComparisonError
            An experiment that is not compared here, or a winner that cannot be read.
        """
        from arize_nb.comparison.diagnostics.pairwise import pairwise

        read = pairwise(
            judgements, experiments=self.study.names, confidence=self.settings.confidence, columns=columns
        )
        for name in read.experiments[len(self.study.names) :]:
            self.study.side_number(name)
        return read

    def ranking(self, metric: str | None = None) -> pd.DataFrame:
        """Rank all experiments, the baseline too: `metric, rank, experiment, mean, n, group, note`.

        Experiments that share a letter in `group` are tied: no clear difference between them (Holm over all
        pairs of experiments). Labels without an order are left out.
        """
        from arize_nb.comparison.analysis.ranking import ranking_rows

        return self._frame(
            [row for one in self._metrics(metric) for row in ranking_rows(self.study, one)], ("rank", "n")
        )

    def pass_at(
        self, k: int, metric: str | None = None, *, errors_as_fails: bool | None = None
    ) -> pd.DataFrame:
        """Return pass@k (some of k runs passes) and pass^k (all do) per pass/fail metric and experiment.

        `metric, experiment, measure, k, examples` (with at least k runs), `left_out, value, ci_low, ci_high`,
        then the difference from the baseline over the examples that both have: `delta, delta_low, delta_high,
        p_value, p_adjusted` (Holm over all rows, also those that `metric` does not show); `note`. With
        `errors_as_fails` an errored run is one that did not pass; else it is no run.

        Raises
        ------
        ComparisonError
            k is below 1, no metric (or not the one named) is pass/fail, or no example has k scored runs.
        """
        from arize_nb.comparison.analysis.repetitions import pass_rows

        fails = self.settings.errors_as_fails if errors_as_fails is None else errors_as_fails
        names = {one.name for one in self._metrics(metric)}
        return self._frame(pass_rows(self.study, k, names, errors_as_fails=fails), ("examples", "left_out"))

    def _frame(self, rows: Sequence[Mapping[str, Any]], counts: Sequence[str]) -> pd.DataFrame:
        from arize_nb.comparison.analysis.summary import frame

        return frame(rows, counts)

    def _metrics(self, name: str | None) -> list[Metric]:
        """Return the metrics meant; all without a name."""
        return list(self.metrics) if name is None else [self.study.metric(name)]

    def _candidates(self, name: str | None) -> range | tuple[int]:
        """Return the numbers of the candidates meant; all without a name."""
        if name is None:
            return range(1, len(self.study.names))
        number = self.study.side_number(name)
        if number == 0:
            raise ComparisonError(
                f"{name!r} is the baseline", hint=f"Candidates: {', '.join(self.candidates)}"
            )
        return (number,)

    def _one_candidate(self, name: str | None) -> int:
        found = self._candidates(name)
        if len(found) > 1:
            raise ComparisonError(
                "several candidates: say which one",
                hint=f"Say it: candidate={self.candidates[0]!r}. There are: {', '.join(self.candidates)}",
            )
        return found[0]
