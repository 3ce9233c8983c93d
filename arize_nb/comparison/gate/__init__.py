"""A comparison as a gate: raise when a candidate is not good enough to be let through."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from arize_nb.comparison.analysis.slices import examples_in
from arize_nb.comparison.analysis.unpaired_examples import lost_examples
from arize_nb.comparison.analysis.verdict import CLAIMS, REGRESSED
from arize_nb.comparison.analysis.worst_first import REGRESSED_ROWS, choose
from arize_nb.comparison.metrics.directions import LOWER, NEUTRAL, UNKNOWN
from arize_nb.comparison.metrics.metric import LABEL, TOLD
from arize_nb.comparison.words.example_names import counted, named
from arize_nb.comparison.words.next_steps import saying_direction, saying_passes
from arize_nb.errors import ComparisonError, RegressionError
from arize_nb.text.command_line import Hint

if TYPE_CHECKING:
    from arize_nb.comparison.analysis.data import Study
    from arize_nb.comparison.gate.rules import Rules
    from arize_nb.comparison.metrics.pairs import Settings

_NAMED = 3
"""Examples that the message names; all of them are in `example_ids`."""
WORSE, LOST = "Worse", "Lost"


class ComparedRows(Protocol):
    """A comparison, as a gate sees it."""

    @property
    def study(self) -> Study:
        """The aligned runs."""

    @property
    def settings(self) -> Settings:
        """What the user chose."""

    @property
    def candidates(self) -> tuple[str, ...]:
        """Names of the candidates."""

    @property
    def rows(self) -> Sequence[Mapping[str, Any]]:
        """The summary, a row a metric and candidate."""

    @property
    def slice_columns(self) -> tuple[str, ...]:
        """Columns that are sliced by."""

    def slice_rows(self, by: Any = None) -> Sequence[Mapping[str, Any]]:
        """Return the summary within every slice."""


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A rule that was not kept to."""

    reason: str
    """In words."""
    by: str
    """The examples that broke it: WORSE or LOST."""


def broken(row: Mapping[str, Any], rules: Rules) -> list[Broken]:
    """Return what a summary row breaks."""
    name = _name(row)
    lost_worse = _lost_makes_worse(row)
    if not row["n_paired"]:
        return [Broken(reason=f"{name}: no pair to judge by", by=LOST)]
    found = []
    regressions = None if row["regressions"] is None else row["regressions"] + (row["errored_passes"] or 0)
    if rules.max_regressions is not None and regressions is not None and regressions > rules.max_regressions:
        found.append(
            Broken(
                reason=(
                    f"{name}: {counted(regressions, 'example')} got worse, {rules.max_regressions:,} allowed"
                ),
                by=WORSE,
            )
        )
    found += _small_gain(row, rules, name)
    found += _lost(row, rules, name)
    if rules.worse and row["verdict"] == REGRESSED:
        found.append(_regressed(row))
    asked = (rules.worse and not rules.lost_allowed) or rules.shown_delta_of(row["metric"]) is not None
    if asked and lost_worse:
        found.append(_lost_regression(row))
    if rules.unsure and row["verdict"] not in CLAIMS:
        found.append(Broken(reason=f"{name}: {row['verdict']}", by=LOST if row["lost_decides"] else WORSE))
    return found


def _lost_makes_worse(row: Mapping[str, Any]) -> bool:
    """Say whether a verdict abstains because of lost runs that could make it a regression.

    Where the pairs alone say something (improved, equivalent …) any such bound is enough: that word does not
    stand. Where they say nothing anyway, it is a regression when the lost runs of both sides count as fails:
    losses that befall both sides alike, which the widest bounds count against the candidate twice, would else
    stop a system compared with itself.
    """
    if not row["lost_decides"] or row["verdict"] in CLAIMS or row["worst_verdict"] != REGRESSED:
        return False
    return row["paired_verdict"] in CLAIMS or row["failing_verdict"] == REGRESSED


def _name(row: Mapping[str, Any]) -> str:
    of = f" in {row['column']} {row['slice']}" if "slice" in row else ""
    return f"{row['metric']}, {row['candidate']}{of}" + (f" ({row['note']})" if row["note"] else "")


def _regressed(row: Mapping[str, Any]) -> Broken:
    return Broken(
        reason=f"{_name(row)}: {row['verdict']} ({row['delta']:+.4g}, adjusted p = {row['p_adjusted']:.2g})",
        by=WORSE,
    )


def _lost_regression(row: Mapping[str, Any]) -> Broken:
    when = (
        "regressed at worst"
        if row["failing_verdict"] != REGRESSED
        else "regressed when lost runs count as fails"
    )
    return Broken(reason=f"{_name(row)}: {row['verdict']}, {when}: {row['lost_runs']}", by=LOST)


def _small_gain(row: Mapping[str, Any], rules: Rules, name: str) -> list[Broken]:
    """Return the rules about the least delta, seen or shown, that a row breaks; a gain is a delta in the
    better way.
    """
    sign = -1 if row["direction"] == LOWER else 1
    word = "gain" if sign < 0 else "delta"
    found = []
    seen, shown = rules.delta_of(row["metric"]), rules.shown_delta_of(row["metric"])
    if row["direction"] in (NEUTRAL, UNKNOWN):
        return []
    gain = sign * row["delta"]
    if seen is not None and not math.isnan(gain) and gain < seen:
        found.append(Broken(reason=f"{name}: {word} {gain:+.4g}, at least {seen:+.4g} wanted", by=WORSE))
    if shown is not None:
        end = row["ci_low"] if sign > 0 else -row["ci_high"]
        if math.isnan(end) or math.isclose(
            row["ci_low"], row["ci_high"]
        ):  # without any width it claims what no data can
            found.append(
                Broken(
                    reason=f"{name}: no interval of the {word}, at least {shown:+.4g} is to be shown",
                    by=WORSE,
                )
            )
        elif end < shown:
            reason = (
                f"{name}: the interval of the {word} begins at {end:+.4g}, at least {shown:+.4g} is to be"
                " shown"
            )
            found.append(Broken(reason=reason, by=WORSE))
    return found


def _lost(row: Mapping[str, Any], rules: Rules, name: str) -> list[Broken]:
    """Return the rules about lost pairs that a row breaks."""
    lost = row["n_error"] + row["n_missing"] + row["n_unscored"]
    share = lost / (lost + row["n_paired"])
    said = f"{name}: {counted(lost, 'pair')} lost to errors, missing runs or scores"
    found = []
    if rules.max_lost is not None and lost > rules.max_lost:
        found.append(Broken(reason=f"{said}, {rules.max_lost:,} allowed", by=LOST))
    if rules.max_lost_share is not None and share > rules.max_lost_share:
        found.append(
            Broken(reason=f"{said} ({100 * share:.1f}%), {100 * rules.max_lost_share:g}% allowed", by=LOST)
        )
    return found


def _refuse(comparison: ComparedRows, rows: Sequence[Mapping[str, Any]], rules: Rules) -> None:
    """Refuse a rule about worse and better for a metric that has no better way: for that metric the gate
    would stand open for good.

    Labels without an order, and metrics that were called neutral, are not asked whether they are `worse`;
    whether they have regressions is asked in vain.
    """
    alone = all(row["direction"] == NEUTRAL for row in rows)
    for row in rows:
        metric = comparison.study.metric(row["metric"])
        least = (rules.delta_of(metric.name), rules.shown_delta_of(metric.name))
        asked = rules.max_regressions is not None or rules.slices or any(value is not None for value in least)
        if metric.direction == UNKNOWN and (asked or rules.worse):
            raise ComparisonError(
                f"{metric.name!r}: it is not known which way is better, so nothing can be found worse",
                hint=Hint.of(
                    "Say it: {}, or lower; neutral leaves it out.",
                    saying_direction(metric.name),
                ),
            )
        unread = metric.kind == LABEL and bool(metric.remark)
        left_out = metric.direction_rule == TOLD and not alone
        if metric.direction == NEUTRAL and (asked or (rules.worse and unread)) and not left_out:
            raise ComparisonError(
                f"{metric.name!r}: no way is better, so nothing can get worse"
                + (f"; {metric.remark}" if unread else ""),
                hint=Hint.of(
                    "Say what a pass is: {}; or which way is better: {}.",
                    saying_passes(metric.name),
                    saying_direction(metric.name),
                ),
            )


def check(
    comparison: ComparedRows, rules: Rules, *, metric: str | None = None, candidate: str | None = None
) -> None:
    """Raise a RegressionError that lists the offending examples when a rule is broken.

    Raises
    ------
    RegressionError
        A rule is broken.
    ComparisonError
        A rule cannot be asked of a metric, and no other rule is broken.
    """
    names = None if metric is None else comparison.study.metric(metric).name
    for said in rules.named_metrics:
        comparison.study.metric(said)
    rows = [
        row
        for row in comparison.rows
        if names in (None, row["metric"]) and candidate in (None, row["candidate"])
    ]
    if not rows:
        raise ComparisonError(
            f"no candidate {candidate!r} in this comparison",
            hint=f"Candidates: {', '.join(comparison.candidates)}",
        )
    offending = [(row, one) for row in rows for one in broken(row, rules)]
    if rules.slices:
        offending += _slices(comparison, names, candidate)
    if not offending:
        _refuse(comparison, rows, rules)
        return
    examples = _offenders(comparison.study, offending)
    every = list(dict.fromkeys(example for found in examples.values() for example in found))
    told = {(row["metric"], row["candidate"]): row for row, _ in offending if "slice" not in row}
    raise RegressionError(
        "; ".join(one.reason for _, one in offending),
        example_ids=[
            str(known_id)
            for known_id in comparison.study.alignment.ids(np.asarray(every, dtype=np.int64)).to_pylist()
        ],
        reasons=[one.reason for _, one in offending],
        details=[_detail(comparison, row) for row in told.values()],
        hint=". ".join(
            f"{by}: {named(comparison.study, found, _NAMED)}" for by, found in examples.items() if found
        )
        or None,
    )


def _slices(
    comparison: ComparedRows, metric: str | None, candidate: str | None
) -> list[tuple[Mapping[str, Any], Broken]]:
    """Return the slices that got worse: by the columns asked for, else by all that have a few values.

    Raises
    ------
    ComparisonError
        There is no column to slice by.
    """
    columns = comparison.slice_columns
    if not columns:
        what = "fail on slices: no column of the examples has between 2 and 12 values"
        raise ComparisonError(what, hint=Hint("Say by which: by='COLUMN'.", "Say by which: --by COLUMN."))
    rows = [
        row
        for row in comparison.slice_rows(columns)
        if metric in (None, row["metric"]) and candidate in (None, row["candidate"])
    ]
    worse = [(row, _regressed(row)) for row in rows if row["verdict"] == REGRESSED]
    return worse + [
        (row, _lost_regression(row)) for row in rows if row["n_paired"] and _lost_makes_worse(row)
    ]


def _detail(comparison: ComparedRows, row: Mapping[str, Any]) -> str:
    """Say what stands behind a broken rule: verdict, means, interval, counts both ways, lost pairs."""
    from arize_nb.comparison.words.row_sentences import lost_words, verdict_words

    return f"{verdict_words(row, comparison.settings.confidence)} {lost_words(row)}"


def _offenders(study: Study, offending: Iterable[tuple[Mapping[str, Any], Broken]]) -> dict[str, list[int]]:
    """Return the examples behind broken rules by what broke them, worst first; of a slice only its own."""
    found: dict[str, dict[int, None]] = {}
    asked = (
        (row["metric"], row["candidate"], one.by, row.get("column"), row.get("slice"))
        for row, one in offending
    )
    for metric_name, candidate, by, column, label in dict.fromkeys(asked):
        metric, number = study.metric(metric_name), study.side_number(candidate)
        worse = choose(study, study.pairs(metric, number), REGRESSED_ROWS).examples if by == WORSE else None
        examples = lost_examples(study, metric, number) if worse is None else worse
        if column is not None and label is not None:
            examples = examples[np.isin(examples, examples_in(study, column, label))]
        found.setdefault(by, {}).update(dict.fromkeys(examples.tolist()))
    return {by: list(examples) for by, examples in found.items()}
