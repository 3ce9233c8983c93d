"""Holm and Benjamini-Hochberg against statsmodels and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from arize_nb.comparison.stats.multiplicity import asked_in_turn, benjamini_hochberg, holm

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@settings(deadline=None, max_examples=25)
@given(P_VALUES)
def test_holm_is_that_of_statsmodels(values):
    """Adjusted p values are those of `multipletests(method="holm")`."""
    assert multipletests(values, method="holm")[1].tolist() == pytest.approx(holm(values).tolist())


@given(P_VALUES)
def test_benjamini_hochberg_is_that_of_scipy(values):
    """Adjusted p values are those of `false_discovery_control`."""
    assert stats.false_discovery_control(values).tolist() == pytest.approx(
        benjamini_hochberg(values).tolist()
    )


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg])
def test_what_has_no_p_is_not_counted(adjust):
    """NaN stays NaN and does not make the family larger."""
    found = adjust([0.01, float("nan"), 0.04])

    assert np.isnan(found[1])
    assert adjust([0.01, 0.04]).tolist() == pytest.approx(found[[0, 2]].tolist())
    assert adjust([]).tolist() == []


def test_questions_in_turn_are_multiplied_by_their_turn():
    """Benjamini and Hochberg's over all, times the turn, at most 1; who asks once pays nothing."""
    p_values = [0.001, 0.02, 0.01, 0.3, float("nan")]
    over_all = benjamini_hochberg(p_values)

    assert over_all[:4].tolist() == asked_in_turn(p_values, [1] * 5)[:4].tolist()
    assert [over_all[0], over_all[1], 2 * over_all[2], 1.0] == pytest.approx(
        asked_in_turn(p_values, [1, 1, 2, 4, 4])[:4].tolist()
    )
