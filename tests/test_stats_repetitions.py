"""pass@k, pass^k and pooled spread against enumeration and numpy."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arize_nb.comparison.stats.repetitions import pass_at_k, pass_hat_k, pooled_variance, rerun_error


@given(st.lists(st.booleans(), min_size=1, max_size=8), st.integers(1, 8))
def test_both_are_shares_of_all_subsets(runs, k):
    """Over all subsets of k runs: pass@k is the share with a pass, pass^k that with nothing else; NaN with
    fewer than k runs.
    """
    n, passed = np.array([len(runs)]), np.array([sum(runs)])
    some, every = float(pass_at_k(n, passed, k)[0]), float(pass_hat_k(n, passed, k)[0])
    subsets = list(combinations(runs, k))
    if not subsets:
        assert np.isnan(some)
        assert np.isnan(every)
        return
    assert np.mean([any(subset) for subset in subsets]) == pytest.approx(some)
    assert np.mean([all(subset) for subset in subsets]) == pytest.approx(every)


def test_many_runs_do_not_overflow():
    """Thousands of runs are as fine as ten."""
    assert 0.0 < float(pass_at_k(np.array([5000]), np.array([3]), 50)[0]) < 1.0


def test_spread_within_examples_is_pooled_by_degrees_of_freedom():
    """The pooled variance is the residual variance around the examples' own means."""
    groups = [np.array([1.0, 2.0, 4.0]), np.array([3.0, 3.5]), np.array([7.0])]
    spread = np.array([group.var(ddof=1) if len(group) > 1 else np.nan for group in groups])
    expected = sum(((group - group.mean()) ** 2).sum() for group in groups) / 3

    assert expected == pytest.approx(pooled_variance(spread, np.array([3, 2, 1])))
    assert np.isnan(pooled_variance(np.array([np.nan]), np.array([1])))


def test_rerun_error_pools_both():
    """Twenty differences of which the rerun has one and the candidate three: sqrt(4 / 2) / 20."""
    rerun, candidate = np.zeros(20), np.zeros(20)
    rerun[0], candidate[1:4] = 1.0, -1.0

    assert np.sqrt(2) / 20 == pytest.approx(rerun_error(rerun, candidate))
