"""The one place that decides: every word of it, with and without lost runs, alone and in families."""

from __future__ import annotations

import math

import pytest

from arize_nb.comparison.analysis.effect import Effect, adjusted, least_p
from arize_nb.comparison.analysis.verdict import decide
from arize_nb.comparison.metrics.decision_rules import DecisionRules
from arize_nb.comparison.stats.binary import Interval
from arize_nb.comparison.stats.multiplicity import benjamini_hochberg, holm


def effect(low, high, p=0.001, *, n=100):
    """Return an effect over n pairs with an interval, its middle as delta, and a p."""
    return Effect(
        n=n, units=n, delta=(low + high) / 2, interval=Interval(low, high), p_value=p, least_p=least_p(n)
    )


@pytest.mark.parametrize(
    ("low", "high", "p", "sign", "margin", "word"),
    [
        (0.01, 0.2, 0.01, 1, None, "improved"),
        (0.01, 0.2, 0.01, -1, None, "regressed"),
        (0.01, 0.2, 0.01, 0, None, "changed"),
        (0.01, 0.2, 0.01, None, None, "changed"),
        (-0.2, -0.01, 0.01, 1, None, "regressed"),
        (-0.2, -0.01, 0.01, -1, None, "improved"),
        (-0.01, 0.2, 0.01, 1, None, "no clear change"),
        (0.01, 0.2, 0.06, 1, None, "no clear change"),
        (0.01, 0.2, math.nan, 1, None, "no clear change"),
        (0.01, 0.04, 0.01, 1, 0.05, "equivalent"),
        (-0.04, 0.04, 0.9, None, 0.05, "equivalent"),
        (-0.05, 0.04, 0.9, 1, 0.05, "no clear change"),
        (-0.04, 0.08, 0.3, 1, 0.05, "not worse"),
        (-0.04, 0.08, 0.3, -1, 0.05, "no clear change"),
        (-0.08, 0.04, 0.3, -1, 0.05, "not worse"),
        (-0.04, 0.08, 0.3, 0, 0.05, "no clear change"),
        (-0.04, 0.08, 0.3, None, 0.05, "no clear change"),
        (0.01, 0.2, 0.01, 1, 0.05, "improved"),
    ],
)
def test_words(low, high, p, sign, margin, word):
    """Interval, p, direction and margin give the word."""
    found = decide(effect(low, high, p), DecisionRules(sign=sign, margin=margin))

    assert word == found.verdict
    assert found.reason
    assert (low, high) == (found.low, found.high)


def test_too_few_goes_before_everything():
    """Five pairs cannot reach 5% whatever they do; six can; and no pair decides nothing."""
    words = [decide(effect(0.01, 0.02, n=n), DecisionRules(margin=1.0)).verdict for n in (5, 6)]

    assert ["too few", "equivalent"] == words
    assert "too few" == decide(Effect(n=0), DecisionRules()).verdict


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg])
def test_too_few_for_so_many_tests(adjust):
    """Seven pairs decide one metric and not ten; beside a test that can be clear they may."""
    assert "improved" == decide(adjusted([effect(0.1, 0.3, n=7)], adjust)[0], DecisionRules()).verdict
    ten = adjusted([effect(0.1, 0.3, p=2 / 2**7, n=7)] * 10, adjust)

    expected = {"too few"} if adjust is holm else {"improved"}
    assert expected == {decide(one, DecisionRules()).verdict for one in ten}


class TestLostRuns:
    def test_that_would_turn_the_verdict_keep_it_from_being_said(self):
        """Improved over the pairs and regressed at worst is no clear change, and both words are
        handed back.
        """
        found = decide(effect(0.1, 0.9), DecisionRules(), worst=effect(-0.9, -0.8), best=effect(0.1, 0.2))

        assert ("no clear change", True, 0) == (found.verdict, found.lost_decides, found.moved)
        assert ("improved", "regressed", "improved") == (
            found.paired_verdict,
            found.worst_verdict,
            found.best_verdict,
        )
        assert "improved over the pairs, but the lost runs could make it regressed" == found.reason

    def test_that_change_nothing_leave_the_verdict(self):
        """All three agree: the verdict is said."""
        found = decide(effect(0.1, 0.3), DecisionRules(), worst=effect(0.05, 0.3), best=effect(0.1, 0.4))

        assert ("improved", False, 1) == (found.verdict, found.lost_decides, found.moved)

    def test_of_which_way_is_unknown_must_move_the_same_way(self):
        """Changed upwards and changed downwards are not the same word."""
        found = decide(
            effect(0.1, 0.3), DecisionRules(sign=None), worst=effect(-0.3, -0.1), best=effect(0.1, 0.3)
        )

        assert ("no clear change", True) == (found.verdict, found.lost_decides)

    def test_beside_an_abstention_are_named(self):
        """Where the pairs are too few the word stays, and what the lost runs could make of it is said."""
        found = decide(
            effect(0.1, 0.9, n=4), DecisionRules(), worst=effect(-0.9, -0.8), best=effect(0.1, 0.2)
        )

        assert ("too few", "regressed", True) == (found.verdict, found.worst_verdict, found.lost_decides)
        assert "could make it regressed or improved" in found.reason
