"""`compare` and the `Comparison` it returns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arize_nb.comparison.analysis.changed_examples import changes_table
from arize_nb.comparison.analysis.data import Study
from arize_nb.comparison.analysis.summary import COUNTS, judged_rows
from arize_nb.comparison.analysis.worst_first import CHANGED_ROWS, IMPROVED_ROWS, REGRESSED_ROWS
from arize_nb.comparison.diagnostics.lost_runs import Measured, measured
from arize_nb.comparison.metrics.detection import check_names, find_metrics
from arize_nb.comparison.metrics.metric import Metric, PassWhen, Wishes
from arize_nb.comparison.metrics.pairs import Settings
from arize_nb.comparison.secondary_analyses import Questions
from arize_nb.comparison.words.next_steps import TWO_EXPERIMENTS
from arize_nb.errors import ComparisonError
from arize_nb.frames.uncalled import uncalled
from arize_nb.renderers import render
from arize_nb.text.command_line import Hint

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from arize_nb.comparison.inputs.opened import Opened
    from arize_nb.comparison.inputs.places.on_a_line import GivenPaths
    from arize_nb.comparison.inputs.reading import Reading
    from arize_nb.text.terminal import HasWidth


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Comparison(Questions):
    """N candidates against one baseline, example by example.

    Made by `compare`. Everything is worked out from the aligned runs on first use and kept; nothing needs a
    server. Where a member takes `metric` and `candidate`, they are names, and None stands for all of them (in
    a picture: for the first that fits).
    """

    baseline: str
    """Name of the baseline."""
    candidates: tuple[str, ...]
    """Names of the candidates."""
    metrics: tuple[Metric, ...]
    """What is compared, each with its kind, the rule that decided it, and its direction."""
    settings: Settings
    """Level, seed, margins, slices, clusters."""
    study: Study
    """The aligned runs."""
    wishes: Wishes
    """What the user said about passes and directions."""
    given_paths: GivenPaths | None = None
    """The files that were compared and how, where a line can say it; None for objects."""

    @property
    def reading(self) -> Reading | None:
        """How tables were read: what pairs their rows, which columns are outputs and metrics; None for runs
        of a service.
        """
        return self.study.reading

    @property
    def reading_line(self) -> str:
        """How tables were read, in one line; empty for runs of a service."""
        if self.reading is None:
            return ""
        from arize_nb.comparison.inputs.reading_line import reading_line

        scores = dict.fromkeys(
            note.removesuffix(".") for side in self.study.alignment.sides for note in side.source.notes
        )
        return reading_line(self.reading, self.metrics, tuple(scores))

    @cached_property
    def _measured(self) -> list[Measured]:
        found = (
            self.study.pairs(metric, number)
            for metric in self.metrics
            for number in range(1, len(self.study.names))
        )
        tests = len(self.metrics) * len(self.candidates)
        return [measured(self.study, pairs, tests=tests) for pairs in found]

    @cached_property
    def rows(self) -> tuple[Mapping[str, Any], ...]:
        """The summary as plain dicts, a row per metric and candidate; counts that make no sense for a metric
        are None.
        """
        return tuple(judged_rows(self.study, self._measured))

    @property
    def sentence(self) -> str:
        """The answer in words: what got worse and better, what cannot be told and how small a change would
        stay unseen, what has no pair. One line a candidate.
        """
        from arize_nb.comparison.words.summary_sentence import sentence_text, summary_sentences

        return sentence_text(summary_sentences(self.rows, self.settings.confidence))

    @cached_property
    def summary(self) -> pd.DataFrame:
        """A row per metric and candidate.

        `metric, kind, baseline, candidate`; `n_baseline, n_candidate` (examples with a value on that side),
        `n_paired` (on both); `n_error, n_missing, n_unscored` (pairs lost for that reason, either side);
        `baseline_mean, candidate_mean, delta` over the pairs; `ci_low, ci_high` (of delta, by the method in
        `interval`); `test, p_value, p_exact` (NaN where there is none), `p_adjusted` (Holm over all rows);
        `regressions, improvements, unchanged` (examples; <NA> where neither way is better); `correlation`,
        `direction`, `rule`, `min_detectable` (smallest delta found with 80% power by so many such pairs),
        `verdict`, `interval`, `note`, `reason` (of the verdict, in words); `down, up` (pairs whose value went
        so, whichever way is better); `direction_rule` (where the direction comes from), `direction_guessed`
        (whether it was read from a name or labels); `baseline_low, baseline_high, candidate_low,
        candidate_high` (interval of each mean).

        Of lost runs: `errored_passes` (examples that passed in the baseline and errored in the candidate),
        `n_lost_runs, lost_runs` (how many runs were lost where the other side has a value, and in words),
        `lost_decides` (whether they could change the verdict over the pairs), and the verdicts of the cases:
        `paired_verdict` (over the pairs alone), `worst_verdict, best_verdict` (every lost run against, and
        for, the candidate), `failing_verdict` (those of both sides fail).
        """
        return uncalled(self._frame(self.rows, COUNTS), "summary")

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """Runs that `passed, failed, errored`, were `unscored` or `scored`, and examples that are `missing`,
        per metric and experiment.
        """
        from arize_nb.comparison.analysis.summary import outcomes_frame

        return uncalled(outcomes_frame(self.study), "outcomes")

    def regressions(self, metric: str | None = None, candidate: str | None = None) -> pd.DataFrame:
        """Return the examples that got worse, worst first; see `changes` for the columns."""
        return self._changed(metric, candidate, REGRESSED_ROWS)

    def improvements(self, metric: str | None = None, candidate: str | None = None) -> pd.DataFrame:
        """Return the examples that got better, best first; see `changes` for the columns."""
        return self._changed(metric, candidate, IMPROVED_ROWS)

    def changes(self, metric: str | None = None, candidate: str | None = None) -> pd.DataFrame:
        """Return the examples that changed, worst first.

        Columns: `example_id, metric, candidate, baseline_label, candidate_label, baseline_score,
        candidate_score, delta, baseline_output, candidate_output, baseline_explanation,
        candidate_explanation`; `baseline_error, candidate_error` where an example passed on one side and
        errored on the other, which is listed too; `shrunken_delta` with repetitions; then the example's own
        columns, from the dataset or as the runs of both sides carry them (`example.<name>` where one is
        called like something of a run). All are Arrow-backed. Ties are broken by what `order_of_changes`
        says, never by id alone.
        """
        return self._changed(metric, candidate, CHANGED_ROWS)

    def changes_table(
        self,
        which: str = CHANGED_ROWS,
        metric: str | None = None,
        candidate: str | None = None,
        limit: int | None = None,
    ) -> Any:
        """Return a table of changes as a `pa.Table`, without pandas.

        `which` is `regressions`, `improvements` or `changes`; `limit` keeps the first rows.
        """
        return changes_table(self.study, self._metrics(metric), self._candidates(candidate), which, limit)

    def to_table(self) -> Any:
        """Return every example under every metric in every experiment as a `pa.Table`; see `to_frame` for the
        columns.
        """
        from arize_nb.comparison.tidy import tidy_table

        return tidy_table(self.study)

    def to_frame(self) -> pd.DataFrame:
        """Return every example under every metric in every experiment: one tidy row each, to take elsewhere.

        Columns: `example_id, metric, experiment, is_baseline`; `state` (`scored, errored, unscored,
        missing`); `value` (what is compared: the mean over the runs of the example, 1 or 0 for a verdict,
        <NA> for labels); `passed` (<NA> where the metric has no verdict); `label, score, output, error,
        explanation` (of several runs, those of the one with the highest value); `runs` (how many the example
        has); then the example's own columns. Ordered by metric, then experiment, then example; all are
        Arrow-backed.
        """
        import pandas as pd

        frame: pd.DataFrame = self.to_table().to_pandas(types_mapper=pd.ArrowDtype)
        return frame

    def to_parquet(self, path: str | Path) -> Path:
        """Write what `to_frame` returns as Parquet, whole or not at all, and return the path."""
        import pyarrow.parquet as pq

        from arize_nb.files import replacing

        with replacing(Path(path)) as stream:
            pq.write_table(self.to_table(), stream)
        return Path(path)

    def _changed(self, metric: str | None, candidate: str | None, which: str) -> pd.DataFrame:
        import pandas as pd

        frame: pd.DataFrame = self.changes_table(which, metric, candidate).to_pandas(
            types_mapper=pd.ArrowDtype
        )
        return frame

    def labels(self, metric: str) -> pd.DataFrame:
        """Count the labels of the scored runs: a row per label, a column per experiment; pass and fail where
        a metric has no labels.
        """
        from arize_nb.comparison.analysis.summary import label_counts

        return label_counts(self.study, self.study.metric(metric))

    def transitions(self, metric: str, candidate: str | None = None) -> pd.DataFrame:
        """Count the pairs by label in the baseline (rows) and in the candidate (columns).

        Raises
        ------
        ComparisonError
            The metric is a graded score, or there are several candidates and none is named.
        """
        from arize_nb.comparison.analysis.label_transitions import transition_counts

        return transition_counts(self.study, self.study.metric(metric), self._one_candidate(candidate))

    def check(
        self,
        max_regressions: int | None = None,
        min_delta: float | Mapping[str, float] | None = None,
        *,
        fail_on: str | Sequence[str] | None = None,
        max_lost: int | None = None,
        allow_regressed: bool = False,
        metric: str | None = None,
        candidate: str | None = None,
    ) -> Comparison:
        """Raise when a candidate is not good enough: a gate for notebooks that run in CI. Returns the
        comparison when it is.

        Without arguments it is `fail_on="worse"`.

        Parameters
        ----------
        max_regressions : int, optional
            Examples that may get worse, per metric and candidate; noise alone makes some worse and some
            better.
        min_delta : float or mapping by metric, optional
            Least delta *seen*, in the better way; -0.01 lets a pass rate lose one point.
        fail_on : str or sequence of str, optional
            Any of `worse` (a verdict `regressed`, or one that abstains because of lost runs that could make
            it so), `regressions=N`, `min-delta=[METRIC=]-0.05` (the interval's worse end must be at or above
            it, so that it is *shown*; lost runs that could make a regression fail it too), `lost=N` or
            `lost=5%`, `slices` (an adjusted slice got worse), `unsure` (a verdict abstains). Where given,
            `worse` is asked only when it is named.
        max_lost : int, optional
            Pairs that may be lost to errors, missing runs and missing scores; so many are then no reason to
            fail by themselves.
        allow_regressed : bool
            Let the verdict `regressed` pass.
        metric, candidate : str, optional
            Look at one only.

        Raises
        ------
        RegressionError
            A rule is broken, or there is no pair at all; `reasons`, `details` and `example_ids` (worst first)
            say what.
        ComparisonError
            A rule that is none, or one that cannot be asked of a metric since no way of it is known to be
            better.
        """
        from arize_nb.comparison.gate import check
        from arize_nb.comparison.gate.rules import Rules, with_rules

        worse = not allow_regressed and fail_on is None
        rules = Rules(
            worse=worse,
            max_regressions=max_regressions,
            min_delta=min_delta,
            max_lost=max_lost,
            lost_allowed=max_lost is not None,
        )
        check(self, with_rules(rules, fail_on or ()), metric=metric, candidate=candidate)
        return self

    def figure(self) -> Any:
        """Draw the pictures that fit these data together and return the matplotlib Figure."""
        return render("figure", self)

    def plot(
        self,
        kind: str = "delta",
        *,
        ax: Axes | None = None,
        metric: str | None = None,
        candidate: str | None = None,
        **options: Any,
    ) -> Any:
        """Draw one picture and return its matplotlib Axes; `.figure` of it shows itself in a notebook.

        Parameters
        ----------
        kind : {"delta", "scores", "transitions", "slices", "latency", "scatter"}
            Forest plot of the differences, distributions of values, heat map of labels, forest plot by slice,
            latency or cost against quality, baseline against candidate.
        ax : matplotlib.axes.Axes, optional
            Where to draw; a figure of its own when None.
        metric, candidate : str, optional
            What to draw, where the picture is about one.
        **options
            `by=` of slices, `cost=` of latency.
        """
        return render("axes", self, kind, ax=ax, metric=metric, candidate=candidate, **options)

    def to_markdown(self) -> str:
        """Return the comparison as Markdown for a pull request; model text is escaped."""
        return str(render("markdown", self))

    def to_html(self, path: str | Path | None = None, *, interactive: bool = False) -> str | Path:
        """Return the comparison as one HTML page that needs nothing else; with a path, write it there and
        return the path.

        Parameters
        ----------
        path : str or Path, optional
            Where to write the page.
        interactive : bool, default False
            Put all examples into the page, with a script that searches and filters them without a kernel or a
            network: at most 20,000 examples and 40 MB. Without, the page has no script, and the examples that
            got worst.

        Raises
        ------
        ComparisonError
            More examples, or more text, than an interactive page holds.
        """
        page = str(render("page", self, interactive=interactive))
        if path is None:
            return page
        from arize_nb.files import replacing

        with replacing(Path(path)) as stream:
            stream.write(page.encode())
        return Path(path)

    def _repr_html_(self) -> str:
        return str(render("html", self))

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Return text and static HTML, whatever is asked for."""
        return {"text/plain": repr(self), "text/html": self._repr_html_()}

    def __repr__(self) -> str:
        return str(render("text", self))

    def __rich_console__(self, console: object, options: HasWidth) -> Iterator[object]:
        """Show the text in colour where rich prints it: `rich.print(comparison)`."""
        yield render("rich", self, options.max_width)


def compare(
    *results: Any,
    baseline: str | None = None,
    key: str | Sequence[str] | None = None,
    output: str | Sequence[str] | None = None,
    expected: str | Sequence[str] | None = None,
    ignore: str | Sequence[str] | None = None,
    repetitions: bool = False,
    split: str | None = None,
    columns: Mapping[str, Sequence[str]] | None = None,
    names: Sequence[str | None] | None = None,
    metrics: str | Sequence[str] | None = None,
    by: str | Sequence[str] | None = None,
    cluster: str | None = None,
    examples: object = None,
    pass_when: PassWhen | Mapping[str, PassWhen] | None = None,
    direction: str | Mapping[str, str] | None = None,
    margin: float | Mapping[str, float] | None = None,
    confidence: float = 0.95,
    seed: int = 0,
    errors_as_fails: bool = False,
    weights: str | None = None,
    sequential: bool = False,
) -> Comparison:
    """Compare candidates with a baseline, example by example.

    Parameters
    ----------
    *results
        Two tables or more, the baseline first: paths (CSV, TSV, JSON, JSONL, Parquet …), folders and globs of
        them, DataFrames and tables of any library, lists of dicts, ExperimentResults, Experiments. Which
        column pairs the rows, which holds the outputs and which are metrics is read from names and values,
        said in one line, and kept in `Comparison.reading`; nothing is guessed about runs as a service gives
        them (`example_id`, `output`, `error`, `eval.<name>.score|label|explanation`). One table that holds
        several experiments is enough: with `split`, with `columns`, or with paired columns (`answer_a`,
        `answer_b`).
    baseline : str, optional
        Name of the baseline; the first of them when not given.
    key : str or sequence of str, optional
        Columns that pair the rows; `"row-order"` pairs them as they stand.
    output, expected : str or sequence of str, optional
        Column of the outputs, and of what was wanted.
    ignore : str or sequence of str, optional
        Columns to leave out.
    repetitions : bool
        Rows that repeat a key are repetitions of one example. Where a column numbers them (`repetition`,
        `epoch`, `trial`) they are taken for that anyway; else they are an error.
    split : str, optional
        Column of one long table that names the experiment of each row.
    columns : mapping of name to columns, optional
        Experiments of one wide table: `{"base": ["answer_1", "score_1"], "new": ["answer_2", "score_2"]}`.
    names : sequence of str, optional
        Names of the experiments; else what the inputs carry, the names of files, `baseline` and `candidate`.
    metrics : str or sequence of str, optional
        Evaluators (`correctness`), annotations (`annotation.quality`), columns (`latency_ms`, `correct`).
        None: every evaluator and annotation that the baseline shares with a candidate; of other tables, every
        column that reads as a metric.
    by : str or sequence of str, optional
        Columns of the examples or runs to compare slice by slice as well: shown under the summary, and what
        `.slices()` slices by.
    cluster : str, optional
        Column that groups examples which are not independent (one document, one conversation): errors are
        then robust to clusters.
    examples : DataFrame, Table, path or list, optional
        The dataset's examples (`id`, then their own columns), to slice by and to show beside the changes. A
        mapping gives the examples of each experiment by its name, each of its own version of the dataset:
        those that differ from the baseline's are then a concern.
    pass_when : set of labels or float, or a mapping of such by metric, optional
        Which labels pass, or from which score on a run passes.
    direction : {"higher", "lower", "neutral"} or a mapping by metric, optional
        Which way is better. Latency, cost and tokens are better when lower, all else when higher.
    margin : float or mapping by metric, optional
        A difference too small to matter, in the unit of the metric (0.02 is two points of a pass rate).
    confidence : float
        Level of the intervals, between 0.5 and 1 (0.95); 1 - confidence is the level of the tests.
    seed : int
        Seed of everything drawn: same seed, same numbers.
    errors_as_fails : bool
        Let errored runs of pass/fail metrics count as failed, instead of losing their pairs.
    weights : str, optional
        Column with the weight of every example (of the examples given, else of the runs): means and
        differences are weighted, tested by a t with Kish's effective number of pairs. Labels have no mean and
        stay unweighted. Not together with `cluster`.
    sequential : bool
        The comparison is looked at again as runs arrive: intervals (confidence sequences) and p values hold
        however often one looks, from 30 pairs on, and are about 1.4 times as wide. Without it ten looks at a
        difference of nothing alarm in about 18 of 100. Labels have no such interval.

    Raises
    ------
    ComparisonError
        Nothing to compare with, nothing that pairs the rows, no metric in common, an unknown metric, or two
        readings as good as each other.
    ColumnError
        A column that was named is not there.

    Examples
    --------
    >>> a = [{"question": f"{n} + 1?", "answer": str(n + 1), "correct": "yes"} for n in range(4)]
    >>> b = [{"question": f"{n} + 1?", "answer": str(n), "correct": "no" if n < 3 else "yes"} for n in range(4)]
    >>> compare(a, b).reading.key
    ('question',)
    """
    from arize_nb.comparison.inputs.accepted_inputs import examples_of
    from arize_nb.comparison.inputs.column_roles.told import names_in, told
    from arize_nb.comparison.inputs.opened import Shape, open_inputs
    from arize_nb.comparison.inputs.places.on_a_line import given_paths

    if not results:
        hint = Hint.of("Give a baseline and a candidate: {}.", TWO_EXPERIMENTS)
        raise ComparisonError("nothing to compare", hint=hint)
    if not 0.5 <= confidence < 1:
        raise ComparisonError(f"confidence is {confidence}", hint="Use a share such as 0.95.")
    slices = (by,) if isinstance(by, str) else tuple(by) if by else None
    said = told(
        key=key,
        output=output,
        expected=expected,
        ignore=ignore,
        metrics=metrics,
        context=[*(slices or ()), *names_in(cluster), *names_in(weights)],
        by_metric=(pass_when, direction, margin),
        repetitions=repetitions,
    )
    opened = open_inputs(results, Shape(split=split, columns=columns, baseline=baseline, names=names), said)
    sides = opened.sources
    configured = {name: way for side in sides for name, way in (side.facts.get("directions") or {}).items()}
    wishes = Wishes(pass_when=pass_when, direction=direction, configured=configured)
    for option, value in (("pass_when", pass_when), ("direction", direction), ("margin", margin)):
        check_names(sides, option, value)
    found = find_metrics(sides, _wanted(opened, metrics), wishes)
    settings = Settings(
        confidence=confidence,
        seed=seed,
        margin=margin,
        by=slices,
        cluster=cluster,
        errors_as_fails=errors_as_fails,
        weights=weights,
        sequential=sequential,
    )
    given = (
        examples if isinstance(examples, Mapping) else {} if examples is None else {sides[0].name: examples}
    )
    known = {name: examples_of(table) for name, table in given.items()}
    alignment = opened.aligned()
    study = Study(
        alignment=alignment,
        metrics=found,
        settings=settings,
        examples=known.pop(sides[0].name, None) or opened.examples(alignment),
        other_examples=known,
        reading=opened.reading,
    )
    study.check_columns(*(slices or ()), *((cluster,) if cluster else ()), *((weights,) if weights else ()))
    given_as = given_paths(
        results,
        {
            "baseline": baseline,
            "key": key,
            "output": output,
            "expected": expected,
            "ignore": ignore,
            "repetitions": repetitions,
            "split": split,
            "columns": columns,
            "names": names,
            "metrics": metrics,
            "by": by,
            "cluster": cluster,
            "examples": examples,
            "pass_when": pass_when,
            "direction": direction,
            "margin": margin,
            "confidence": confidence,
            "seed": seed,
            "errors_as_fails": errors_as_fails,
            "weights": weights,
            "sequential": sequential,
        },
    )
    return Comparison(
        baseline=study.names[0],
        candidates=study.names[1:],
        metrics=found,
        settings=settings,
        study=study,
        wishes=wishes,
        given_paths=given_as,
    )


def _wanted(opened: Opened, metrics: str | Sequence[str] | None) -> str | Sequence[str] | None:
    """Return the metrics to look for: as told, else those that the reading found beside evaluators and
    annotations.
    """
    if opened.reading is None:
        return metrics
    from arize_nb.comparison.inputs.column_roles.wanted_metrics import wanted_metrics

    return wanted_metrics(opened.reading, opened.sources, metrics)
