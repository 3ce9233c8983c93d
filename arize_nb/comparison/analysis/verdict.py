"""What may be said about a difference: the one place that decides, with a verdict that can abstain, and why
in words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arize_nb.comparison.analysis.effect import Effect
    from arize_nb.comparison.metrics.decision_rules import DecisionRules

FEW_PAIRS = 30
"""Below so many pairs every surface says "directional only"."""
IMPROVED, REGRESSED, EQUIVALENT, NOT_WORSE = "improved", "regressed", "equivalent", "not worse"
UNCLEAR, TOO_FEW, CHANGED = "no clear change", "too few", "changed"
CLAIMS = frozenset({IMPROVED, REGRESSED, EQUIVALENT, NOT_WORSE, CHANGED})
"""Verdicts that say something; the others abstain."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A verdict and what it rests on."""

    verdict: str
    """One of the words of this module."""
    reason: str
    """Why, in words."""
    low: float = math.nan
    """Lower end of the interval that was held against zero and the margin; NaN where there is none."""
    high: float = math.nan
    """Its upper end."""
    p_adjusted: float = math.nan
    """The p that was held against the level."""
    moved: int = 0
    """1 where the candidate's mean is clearly higher, -1 where clearly lower, 0 where that is not clear (or
    there is no mean).
    """
    paired_verdict: str = ""
    """The verdict over the pairs alone, whatever became of the lost runs; empty where nothing was lost or
    nobody asked.
    """
    worst_verdict: str = ""
    """The verdict when every lost run counts against the candidate; empty likewise."""
    best_verdict: str = ""
    """The verdict when every lost run counts for the candidate; empty likewise."""
    lost_decides: bool = False
    """Whether the lost runs could change the verdict over the pairs."""


def decide(
    effect: Effect, rules: DecisionRules, *, worst: Effect | None = None, best: Effect | None = None
) -> Decision:
    """Decide what may be said about a difference; nothing else in this package does.

    - `too few`: no data of so many pairs (with clusters: of so many effective clusters; among so many tests)
      could have reached the level.
    - `equivalent`: with a margin, the whole interval lies within it (two one-sided tests at (1 - confidence)
      / 2 each). It goes before
      the next ones: the user said that such a difference does not matter.
    - `improved`, `regressed`: the adjusted p is at or below 1 - confidence *and* the interval excludes zero,
      so that the two numbers shown
      never contradict the word; where neither way is better, or it is not known which, the word is `changed`.
    - `not worse`: with a margin, the worse end of the interval lies within it (a one-sided test at (1 -
      confidence) / 2).
    - `no clear change`: everything else. It means "cannot tell", not that there is no difference.

    Parameters
    ----------
    effect : Effect
        The difference; its `p_adjusted` and `least_p` are those after the adjustment for everything that was
        asked together.
    rules : DecisionRules
        What it is held against.
    worst, best : Effect, optional
        The same difference when lost runs of the candidate count as fails and those of the baseline as
        passes, and the other way round. When one of the two would change a verdict that claims something, the
        verdict is `no clear change`, with that reason.

    Returns
    -------
    Decision
        Verdict, reason, and the interval and p that they rest on.
    """
    decision = _of_effect(effect, rules)
    if worst is None and best is None:
        return decision
    cases = [decision if case is None else _of_effect(case, rules) for case in (worst, best)]
    others = list(
        dict.fromkeys(
            case.verdict for case in cases if (case.verdict, case.moved) != (decision.verdict, decision.moved)
        )
    )
    asked = replace(
        decision,
        paired_verdict=decision.verdict,
        worst_verdict=cases[0].verdict,
        best_verdict=cases[1].verdict,
        lost_decides=bool(others),
    )
    if not others:
        return asked
    reason = f"{decision.verdict} over the pairs, but the lost runs could make it {' or '.join(others)}"
    if decision.verdict not in CLAIMS:
        return replace(asked, reason=reason)
    return replace(asked, verdict=UNCLEAR, reason=reason, moved=0)


def _of_effect(effect: Effect, rules: DecisionRules) -> Decision:
    """Decide about one effect, lost runs aside."""
    p = effect.p_adjusted if not math.isnan(effect.p_adjusted) else effect.p_value
    low, high = effect.interval.low, effect.interval.high
    known = not (math.isnan(low) or math.isnan(high))
    seen: dict[str, Any] = {"low": low, "high": high, "p_adjusted": p}
    if effect.n == 0:
        return Decision(verdict=TOO_FEW, reason="no pair", **seen)
    if not effect.least_p <= rules.level:
        return Decision(
            verdict=TOO_FEW,
            reason=f"no outcome of {effect.units_text} could reach the level {rules.level:.3g}",
            **seen,
        )
    claim = effect.cautious or effect.interval
    held = {**seen, "low": claim.low, "high": claim.high}
    if rules.margin is not None and known and -rules.margin < claim.low and claim.high < rules.margin:
        return Decision(
            verdict=EQUIVALENT,
            reason=f"the whole interval lies within the margin of {rules.margin:g}",
            **held,
        )
    clear = p <= rules.level and not effect.p_interval > rules.level and not (known and low <= 0 <= high)
    if clear:
        return _clear(effect, rules, seen)
    if (
        rules.margin is not None
        and known
        and rules.sign
        and (claim.low if rules.sign > 0 else -claim.high) > -rules.margin
    ):
        return Decision(
            verdict=NOT_WORSE, reason=f"worse by less than the margin of {rules.margin:g}, if at all", **held
        )
    return Decision(verdict=UNCLEAR, reason=_unclear(effect, p, rules), **seen)


def _clear(effect: Effect, rules: DecisionRules, seen: dict[str, Any]) -> Decision:
    """Name a difference that is beyond doubt."""
    moved = 0 if math.isnan(effect.delta) else (effect.delta > 0) - (effect.delta < 0)
    reason = f"adjusted p at or below {rules.level:.3g}" + (
        "" if math.isnan(seen["low"]) else " and the interval excludes 0"
    )
    if not rules.sign:
        return Decision(verdict=CHANGED, reason=reason, moved=moved, **seen)
    return Decision(
        verdict=IMPROVED if moved * rules.sign > 0 else REGRESSED, reason=reason, moved=moved, **seen
    )


def _unclear(effect: Effect, p: float, rules: DecisionRules) -> str:
    """Say what keeps a difference from being clear."""
    if math.isnan(p):
        return "no test fits"
    if p > rules.level:
        return f"adjusted p above {rules.level:.3g}"
    if effect.interval.low <= 0 <= effect.interval.high:
        return "the interval includes 0"
    return "the interval for so many tests includes 0"


def note(n: int) -> str:
    """Return the warning that goes with so many pairs, or nothing."""
    return f"directional only (n = {n} < {FEW_PAIRS})" if n < FEW_PAIRS else ""


def note_of(effect: Effect) -> str:
    """Return the warning that goes with an effect, or nothing: few pairs, or a few of them that decide."""
    if effect.few_decide and effect.n >= FEW_PAIRS:
        return "directional only (a few large differences decide)"
    return note(effect.n)


def verdict_text(row: Mapping[str, Any]) -> str:
    """Return the verdict of a summary row, with its warning where there is one."""
    return f"{row['verdict']}, directional only" if row["note"] else str(row["verdict"])
