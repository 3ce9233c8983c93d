"""The answer first, in words: what got worse, what got better, what cannot be told, what has no pair."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from arize_nb.comparison.analysis.verdict import (
    CHANGED,
    CLAIMS,
    EQUIVALENT,
    IMPROVED,
    NOT_WORSE,
    REGRESSED,
    TOO_FEW,
    UNCLEAR,
)
from arize_nb.comparison.metrics.directions import UNKNOWN
from arize_nb.comparison.metrics.metric import LABEL
from arize_nb.comparison.words.example_names import counted
from arize_nb.comparison.words.row_sentences import MARKS, Row, amount, could_be, lost_reasons, p_text

Tone = Literal["worse", "better", "open", "faint", ""]
"""What a piece of text means to its reader; every surface has its own way to show it."""
NAMED_ALONE, NAMED_AMONG_OTHERS = 3, 2
"""Metrics that are named in each part of the sentence of the only candidate, and of one of several."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a sentence."""

    text: str
    """What is read."""
    tone: Tone = ""
    """What it means."""
    is_name: bool = False
    """Whether somebody chose the text, as of a metric or an experiment, so that every surface escapes it."""


Sentence = tuple[Piece, ...]
"""What one candidate did, as pieces to be read without anything between them."""


def summary_sentences(rows: Iterable[Row], confidence: float) -> tuple[Sentence, ...]:
    """Say what a comparison found, a sentence a candidate: worse, better, changed, the same, unknown, lost.

    Parameters
    ----------
    rows : iterable of mapping
        The summary as plain dicts, `Comparison.rows`.
    confidence : float
        Level of its intervals.

    Returns
    -------
    tuple of Sentence
        In the order of the candidates; the candidate is named where there are several.
    """
    by_candidate: dict[str, list[Row]] = {}
    for row in rows:
        by_candidate.setdefault(row["candidate"], []).append(row)
    if len(by_candidate) == 1:
        return tuple(_sentence(own, confidence, NAMED_ALONE) for own in by_candidate.values())
    return tuple(
        (Piece(name, is_name=True), Piece(": "), *_sentence(own, confidence, NAMED_AMONG_OTHERS))
        for name, own in by_candidate.items()
    )


def sentence_text(sentences: Iterable[Sentence]) -> str:
    """Return sentences as text, one a line."""
    return "\n".join("".join(piece.text for piece in sentence) for sentence in sentences)


def _sentence(rows: Sequence[Row], confidence: float, most: int) -> Sentence:
    """Return what one candidate did, clause by clause."""
    level = f"{100 * confidence:g}%"
    groups: tuple[tuple[str, str, Callable[[Row], list[Piece]]], ...] = (
        (REGRESSED, "got worse", lambda row: _moved(row, level, "worse")),
        (IMPROVED, "got better", lambda row: _moved(row, level, "better")),
        (CHANGED, "changed", lambda row: _changed(row, level)),
        (EQUIVALENT, "are equivalent", _within_margin),
        (NOT_WORSE, "are not worse", _within_margin),
    )
    clauses: list[list[Piece]] = []
    for verdict, words, clause in groups:
        of_it = [row for row in rows if row["verdict"] == verdict]
        clauses += [clause(row) for row in of_it[:most]]
        clauses += [[Piece(f"{len(of_it) - most:,} more {words}")]] if len(of_it) > most else []
    clauses += _cannot_tell([row for row in rows if row["verdict"] == UNCLEAR], most)
    clauses += _too_few([row for row in rows if row["verdict"] == TOO_FEW], most)
    clauses += _without_pair(rows)
    return tuple(_joined(clauses))


def _joined(clauses: Sequence[list[Piece]]) -> Iterator[Piece]:
    """End every clause with a full stop and begin the next behind a space."""
    for place, clause in enumerate(clauses):
        yield from [Piece(" ")] if place else []
        yield from clause
        yield Piece(".", clause[-1].tone if clause[-1].tone == "faint" else "")


def _metric(row: Row, tone: Tone = "") -> Piece:
    return Piece(str(row["metric"]), tone, is_name=True)


def _moved(row: Row, level: str, tone: Tone) -> list[Piece]:
    """Say that a metric got worse or better, by how much, and within which bounds."""
    lead = [Piece(f"{MARKS[row['verdict']]} ", tone), _metric(row, tone), Piece(f" got {tone}", tone)]
    if math.isnan(row["delta"]):
        return [*lead, Piece(f" ({p_text(row['p_adjusted'])}{_few(row)})")]
    return [*lead, Piece(f" by {_size(row, row['delta'])}{_bounds(row, level, f' {tone}')}")]


def _bounds(row: Row, level: str, way: str = "") -> str:
    """Return the interval of a difference as sizes: `(95%: 14.4 to 26.4 worse)`; it does not hold zero."""
    if math.isnan(row["ci_low"]) or math.isnan(row["ci_high"]):
        return f" (no interval{_few(row)})"
    near, far = sorted((row["ci_low"], row["ci_high"]), key=abs)
    least, most = (_size(row, end).removesuffix(" points") for end in (near, far))
    return f" ({level}: {least} to {most}{way}{_few(row)})"


def _few(row: Row) -> str:
    return "; directional only" if row["note"] else ""


def _size(row: Row, value: float) -> str:
    return amount(abs(value), row["kind"], difference=True).removeprefix("+")


def _changed(row: Row, level: str) -> list[Piece]:
    """Say that a metric moved of which no way is known to be better."""
    lead = [Piece(f"{MARKS[CHANGED]} ", "open"), _metric(row, "open")]
    if math.isnan(row["delta"]):
        p = p_text(row["p_adjusted"])
        return [
            *lead,
            Piece(" changed", "open"),
            Piece(f": its labels are used in other shares ({p}{_few(row)})"),
        ]
    way = "went up" if row["delta"] > 0 else "went down"
    unknown = "which way is better is not known" if row["direction"] == UNKNOWN else "neither way is better"
    size = f" by {_size(row, row['delta'])}{_bounds(row, level)}, and {unknown}"
    return [*lead, Piece(f" {way}", "open"), Piece(size)]


def _within_margin(row: Row) -> list[Piece]:
    lead = [Piece(f"{MARKS[row['verdict']]} "), _metric(row), Piece(f" is {row['verdict']}")]
    few = " (directional only)" if row["note"] else ""
    return [*lead, Piece(f"{few}: {row['reason']}")]


def _cannot_tell(rows: Sequence[Row], most: int) -> list[list[Piece]]:
    """Say what the pairs leave open, and how small a change would stay unseen.

    The size is that which so many pairs find with 80% power: a change below it may be found or not.
    """
    usual = [row for row in rows if _is_usual(row)]
    special = [row for row in rows if not _is_usual(row)]
    clauses = [_open(row) for row in special[:most]]
    if len(usual) == 1:
        (row,) = usual
        size = f": a change under {_least(row)} may stay unseen" if _has_size(row) else ""
        lost = f", and lost runs could make it {could_be(row)}" if row["lost_decides"] else ""
        words = f" {counted(row['n_paired'], 'pair')} cannot tell{size}{lost}"
        clauses.append([Piece("For "), _metric(row), Piece(words)])
    elif usual:
        sizes_first = sorted(usual, key=lambda row: not _has_size(row))
        clause = [Piece("Cannot tell for ")]
        for place, row in enumerate(sizes_first[:most]):
            last = place == len(usual) - 1
            clause += [Piece(" and " if last else ", ")] if place else []
            clause.append(_metric(row))
            if _has_size(row):
                size = f"under {_least(row)}"
                clause.append(Piece(f" ({size})" if place else f" (a change {size} may stay unseen)"))
        clauses.append(clause + _more(len(usual) - most))
    if len(special) > most:
        clauses.append([Piece(f"{len(special) - most:,} more cannot be told")])
    return clauses


def _more(count: int) -> list[Piece]:
    return [Piece(f" and {count:,} more")] if count > 0 else []


def _is_usual(row: Row) -> bool:
    """Say whether nothing else than their number keeps the pairs from telling."""
    decided_by_lost = row["lost_decides"] and row["paired_verdict"] in CLAIMS
    equal = row["unchanged"] == row["n_paired"]
    return not (decided_by_lost or equal or row["kind"] == LABEL)


def _has_size(row: Row) -> bool:
    """Say whether it is known how large a change so many pairs would have shown."""
    return not math.isnan(row["min_detectable"])


def _open(row: Row) -> list[Piece]:
    """Say why a metric cannot be told where no size of a change is the answer."""
    pairs = counted(row["n_paired"], "pair")
    if row["lost_decides"] and row["paired_verdict"] in CLAIMS:
        over = f": {row['paired_verdict']} over the {pairs}, but lost runs could make it {could_be(row)}"
        return [Piece(f"{MARKS[UNCLEAR]} "), _metric(row), Piece(f" cannot be told{over}")]
    if row["unchanged"] == row["n_paired"]:
        which = f" {pairs} " + ("is equal" if row["n_paired"] == 1 else "are all equal")
        return [Piece("Of "), _metric(row), Piece(f"{which}, which rules out no change in others")]
    words = f" {pairs} cannot tell whether the labels are used in other shares"
    return [Piece("For "), _metric(row), Piece(words)]


def _least(row: Row) -> str:
    return _size(row, row["min_detectable"])


def _too_few(rows: Sequence[Row], most: int) -> list[list[Piece]]:
    """Say of which metrics the pairs are too few, a clause a reason."""
    without = [row for row in rows if not row["n_paired"]]
    by_reason: dict[str, list[Row]] = {}
    for row in rows:
        if row["n_paired"]:
            by_reason.setdefault(row["reason"], []).append(row)
    clauses = [
        [Piece("Too few pairs to say anything about "), *_names(of_it, most), Piece(f": {reason}")]
        for reason, of_it in by_reason.items()
    ]
    if without:
        clauses.append([Piece("No example has a value of "), *_names(without, most), Piece(" on both sides")])
    return clauses


def _names(rows: Sequence[Row], most: int) -> list[Piece]:
    """Name the first metrics and count the others."""
    pieces: list[Piece] = []
    for place, row in enumerate(rows[:most]):
        last = place == len(rows) - 1
        pieces += [Piece(" and " if last else ", ")] if place else []
        pieces.append(_metric(row))
    return pieces + _more(len(rows) - most)


def _without_pair(rows: Sequence[Row]) -> list[list[Piece]]:
    """Count the examples without a pair, and why; of several metrics those of the one that lost most."""
    lost = [row["n_error"] + row["n_missing"] + row["n_unscored"] for row in rows]
    if not any(lost):
        return []
    row = rows[lost.index(max(lost))]
    many = counted(max(lost), "example has", "examples have")
    alike = len({(one["n_error"], one["n_missing"], one["n_unscored"]) for one in rows}) == 1
    passed = f" ({row['errored_passes']:,} passed before)" if row["errored_passes"] else ""
    reasons = Piece(f": {lost_reasons(row)}{passed}", "faint")
    if alike:
        return [[Piece(f"{many} no pair", "faint"), reasons]]
    return [[Piece(f"Up to {many} no pair, of ", "faint"), _metric(row, "faint"), reasons]]
