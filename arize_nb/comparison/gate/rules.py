"""What a gate asks of a candidate, read from how a user writes it: `worse`, `regressions=3`,
`min-delta=-0.05`, `lost=5%`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from arize_nb.errors import ComparisonError

FORMS = "worse, regressions=N, min-delta=[METRIC=]-0.05, lost=N or lost=5%, slices, unsure"
"""How rules are written."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a candidate must keep to, per metric; a rule that is None, False or empty is not asked."""

    worse: bool = True
    """No verdict `regressed`, and none that abstains because of lost runs that could make it so."""
    max_regressions: int | None = None
    """Examples that may get worse; one that passed before and errored now is one."""
    min_delta: float | Mapping[str, float] | None = None
    """Least delta seen, in the better way (-0.01: may lose one point); one for all or by metric."""
    shown_delta: Mapping[str | None, float] = field(default_factory=dict)
    """Least delta shown: the worse end of the interval must be at or above it; by metric, None for all
    others.
    """
    max_lost: int | None = None
    """Pairs that may be lost to errors, missing runs and missing scores."""
    lost_allowed: bool = False
    """Whether `max_lost` was given as what may be lost without being a reason to fail: the bounds of lost
    runs are then not asked.
    """
    max_lost_share: float | None = None
    """The same as a share of all examples that one side at least has."""
    slices: bool = False
    """No slice got worse, after the adjustment for all slices."""
    unsure: bool = False
    """No verdict abstains."""

    def delta_of(self, metric: str) -> float | None:
        """Return the least delta seen of a metric."""
        return self.min_delta.get(metric) if isinstance(self.min_delta, Mapping) else self.min_delta

    def shown_delta_of(self, metric: str) -> float | None:
        """Return the least delta shown of a metric."""
        return self.shown_delta.get(metric, self.shown_delta.get(None))

    @property
    def named_metrics(self) -> tuple[str, ...]:
        """Metrics that a rule names."""
        seen = self.min_delta if isinstance(self.min_delta, Mapping) else ()
        return tuple(dict.fromkeys([*seen, *(name for name in self.shown_delta if name is not None)]))


def with_rules(rules: Rules, fail_on: str | Sequence[str]) -> Rules:
    """Add rules as they are written to others; of two limits for one thing the stricter holds.

    Raises
    ------
    ComparisonError
        A rule that is none of `FORMS`.
    """
    for text in (fail_on,) if isinstance(fail_on, str) else fail_on:
        rules = _with_rule(rules, text)
    return rules


def _with_rule(rules: Rules, text: str) -> Rules:
    name, given, value = str(text).strip().partition("=")
    name = name.strip().lower().replace("_", "-")
    if name in ("worse", "slices", "unsure") and not given:
        asked = {"worse": rules.worse, "slices": rules.slices, "unsure": rules.unsure, name: True}
        return replace(rules, worse=asked["worse"], slices=asked["slices"], unsure=asked["unsure"])
    if name == "regressions" and given:
        return replace(rules, max_regressions=_stricter(rules.max_regressions, _count(text, value)))
    if name == "lost" and given:
        return _with_lost(rules, text, value)
    if name == "min-delta" and given:
        metric, named, number = value.rpartition("=")
        least = _number(text, number)
        key = metric.strip() if named else None
        return replace(
            rules, shown_delta={**rules.shown_delta, key: max(least, rules.shown_delta.get(key, -math.inf))}
        )
    raise ComparisonError(f"no rule {text!r} to fail on", hint=f"There are: {FORMS}.")


def _with_lost(rules: Rules, text: str, value: str) -> Rules:
    """Add how many pairs may be lost: a count, or a share with `%` or a point (`5%`, `0.05`)."""
    if not value.strip().endswith("%") and "." not in value:
        return replace(rules, max_lost=_stricter(rules.max_lost, _count(text, value)))
    share = _number(text, value.strip().removesuffix("%")) / (100 if value.strip().endswith("%") else 1)
    if not 0 <= share <= 1:
        raise ComparisonError(
            f"{text!r} is no share", hint="Give one between 0 and 1, such as lost=0.05 or lost=5%."
        )
    return replace(
        rules, max_lost_share=share if rules.max_lost_share is None else min(share, rules.max_lost_share)
    )


def _stricter(known: int | None, new: int) -> int:
    return new if known is None else min(known, new)


def _count(text: str, value: str) -> int:
    if not value.strip().isdecimal():
        raise ComparisonError(
            f"{text!r} has no count", hint=f"Give a whole number from 0 on. Rules: {FORMS}."
        )
    return int(value)


def _number(text: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ComparisonError(f"{text!r} has no number", hint=f"Rules: {FORMS}.")
    return number
