"""Say why an experiment has nothing to compare when all of its runs failed, and which outputs were drawn
again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from arize_nb.text.visible import visible_line

if TYPE_CHECKING:
    from arize_nb.comparison.sources.column_source import Source

LONGEST_REASON = 200
"""Characters of an error that are shown."""


def only_failures(sources: Sequence[Source]) -> list[str]:
    """Say of each experiment whose runs all failed how many there are and with what: the commonest error."""
    said = []
    for side in sources:
        if not side.rows or "error" not in side.columns:
            continue
        errors = [text for text in side.arrow("error").to_pylist() if text]
        if len(errors) < side.rows:
            continue
        common, count = Counter(map(str, errors)).most_common(1)[0]
        which = (
            f"all {side.rows:,} runs of {side.name!r} failed"
            if side.rows > 1
            else f"the only run of {side.name!r} failed"
        )
        most = "" if count == len(errors) else f" ({count:,} of them)"
        said.append(f"{which}: {visible_line(_reason(common))}{most}")
    return said


def _reason(error: str) -> str:
    """Read "NameError: name 'x' is not defined" off a repr; any other text stays, cut when long."""
    name, bracket, rest = error.partition("(")
    if (
        bracket
        and name.isidentifier()
        and rest.endswith(")")
        and rest[:1] in ("'", '"')
        and rest[-2:-1] == rest[:1]
    ):
        error = f"{name}: {rest[1:-2]}"
    return error if len(error) <= LONGEST_REASON else f"{error[:LONGEST_REASON]}…"


@dataclass(frozen=True, kw_only=True)
class DrawnAgain:
    """Outputs of one experiment that come from a second or later call."""

    experiment: str
    """Its name."""
    count: int
    """How many they are."""
    message: str
    """In words, with those of the others."""


def drawn_again(sources: Sequence[Source]) -> Iterator[DrawnAgain]:
    """Find experiments whose outputs were drawn again where those of others were not: other rules of retrying
    give other rates.

    What is looked at are the columns `attempts` (calls of the task) and `retry_on` (exceptions that were
    tried again on top of connections, time limits and busy services); a run of another tool may have neither.
    """
    counts = {side.name: _counts(side) for side in sources}
    rules = {side.name: _rule(side) for side in sources}
    for name, found in counts.items():
        if found is None or not found[0]:
            continue
        others = [
            other
            for other in counts
            if other != name and ((counts[other] or (0, 0))[0] == 0 or rules[other] != rules[name])
        ]
        if not others:
            continue
        again, most = found
        rule = f", as retry_on={rules[name]} asked" if rules[name] else ""
        theirs = ", ".join(f"{other!r}: {_known(counts[other])}" for other in others)
        message = (
            f"{again:,} outputs of {name!r} come from a second or later call (up to {most:,}){rule}; {theirs}"
        )
        yield DrawnAgain(experiment=name, count=again, message=message)


def _known(found: tuple[int, int] | None) -> str:
    return "not known" if found is None else f"{found[0]:,}"


def _counts(side: Source) -> tuple[int, int] | None:
    """Count completed runs that took more than one call, and the most calls; None when it is not known."""
    if "attempts" not in side.columns:
        return None
    attempts = pc.fill_null(side.arrow("attempts").cast("int64", safe=False), 1)
    if "error" in side.columns:
        errors = side.arrow("error")
        attempts = attempts.filter(pc.or_kleene(pc.is_null(errors), pc.equal(errors.cast("string"), "")))
    again = attempts.filter(pc.greater(attempts, 1))
    return len(again), pc.max(again).as_py() or 1


def _rule(side: Source) -> str:
    """Return what was tried again besides what may pass by itself."""
    if "retry_on" not in side.columns:
        return ""
    return ", ".join(sorted({str(value) for value in pc.unique(side.arrow("retry_on")).to_pylist() if value}))
