"""Runs that were lost on one side: what they could have changed, on every surface; parts are no losses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import arize_nb as ax
from arize_nb.display import comparison_sections


def runs(scores, errors=None, name="correct", **more):
    """Return one run per score; an error stands where there is one."""
    frame = pd.DataFrame(
        {"example_id": [f"e{i:03d}" for i in range(len(scores))], f"eval.{name}.score": scores, **more}
    )
    return frame if errors is None else frame.assign(error=errors)


A = runs([0] * 6 + [1] * 94)
CRASHED = runs([1] * 6 + [None] * 94, [None] * 6 + ["boom"] * 94)


def crashed(how):
    """Return the candidate that passes six examples and loses the 94 that the baseline passed, in one of
    several ways.
    """
    if how == "missing":
        return CRASHED.iloc[:6]
    if how == "unscored":
        return CRASHED.drop(columns="error")
    if how == "judge failed":
        return CRASHED.drop(columns="error").assign(**{"eval.correct.error": CRASHED["error"]})
    return CRASHED


@pytest.mark.parametrize("how", ["errored", "missing", "unscored", "judge failed"])
def test_a_candidate_that_loses_what_the_baseline_passed_is_not_improved(how):
    """Ninety-four lost passes could make it a regression: the verdict abstains and says why, on every
    surface.
    """
    comparison = ax.compare(A, crashed(how), names=["a", "b"])
    row = comparison.rows[0]
    word = how if how in ("errored", "missing") else "unscored"

    assert ("no clear change", "improved", "regressed", "improved", True, 94) == tuple(
        row[key]
        for key in (
            "verdict",
            "paired_verdict",
            "worst_verdict",
            "best_verdict",
            "lost_decides",
            "n_lost_runs",
        )
    )
    surfaces = [repr(comparison), comparison._repr_html_(), comparison.to_html(), comparison.to_markdown()]
    surfaces.append(str(comparison_sections.summary(comparison)))
    assert ["lost runs"] == [one.kind for one in comparison.concerns if one.kind == "lost runs"]
    for surface in surfaces:
        assert f"94 runs of b {word} that a passed" in surface
        assert "regressed at worst" in surface


def test_repetitions_that_crash_are_no_improvement():
    """Five runs of each example, four of which crash: the averages of what is left decide nothing."""
    ids = np.repeat([f"e{i}" for i in range(40)], 5)
    before = pd.DataFrame(
        {"example_id": ids, "repetition": [1, 2, 3, 4, 5] * 40, "eval.correct.score": [1, 1, 1, 1, 0] * 40}
    )
    after = before.assign(
        **{"eval.correct.score": [1, None, None, None, None] * 40, "error": [None, *["boom"] * 4] * 40}
    )
    row = ax.compare(before, after).rows[0]

    assert ("no clear change", "improved", "regressed", 160) == tuple(
        row[key] for key in ("verdict", "paired_verdict", "worst_verdict", "n_lost_runs")
    )


def test_lost_runs_that_change_nothing_change_nothing():
    """Two errors among forty clear improvements: the verdict stays, and a concern says so."""
    before, after = runs([0] * 60), runs([1] * 40 + [0] * 18 + [None] * 2, [None] * 58 + ["x"] * 2)
    comparison = ax.compare(before, after)

    assert ("improved", False) == (comparison.rows[0]["verdict"], comparison.rows[0]["lost_decides"])
    assert "the verdict stays" in next(one.message for one in comparison.concerns if one.kind == "lost runs")


def test_scores_are_bounded_by_what_was_seen():
    """For scores the worst and the best value that any run has stand for fail and pass."""
    before, after = runs([3.0] * 50, name="quality"), runs([4.0] * 30 + [None] * 20, name="quality")
    before.loc[0, "eval.quality.score"], before.loc[1, "eval.quality.score"] = 1.0, 5.0
    row = ax.compare(before, after).rows[0]

    assert ("no clear change", "improved", "no clear change", "improved") == tuple(
        row[key] for key in ("verdict", "paired_verdict", "worst_verdict", "best_verdict")
    )


def test_where_lower_is_better_the_worst_is_the_highest():
    """Lost runs of a hallucination count as hallucinated at worst."""
    before, after = (
        runs([1] * 6 + [0] * 94, name="hallucination"),
        runs([0] * 6 + [None] * 94, name="hallucination"),
    )
    row = ax.compare(before, after).rows[0]

    assert ("improved", "regressed") == (row["paired_verdict"], row["worst_verdict"])


def test_what_a_part_leaves_out_is_not_lost():
    """A run over twenty examples on purpose, marked as a part, is compared over those; the same unmarked has
    lost the others.
    """
    part = runs([1] * 20)
    whole = runs([0] * 20 + [1] * 80)
    unmarked = ax.compare(whole, part)
    part.attrs["arize"] = {"part": True}
    marked = ax.compare(whole, part)

    assert ("no clear change", 80) == (unmarked.rows[0]["verdict"], unmarked.rows[0]["n_missing"])
    assert ("improved", 0, 0) == tuple(marked.rows[0][key] for key in ("verdict", "n_missing", "n_lost_runs"))
    assert ["part"] == [concern.kind for concern in marked.concerns]
    assert 0 == len(marked.unpaired())
    assert [0, 0] == marked.outcomes["missing"].tolist()


def test_passed_before_and_errored_now_is_listed_among_what_got_worse():
    """It is in the list, in the counts in words, and in what a gate counts."""
    comparison = ax.compare(A, CRASHED, names=["a", "b"])
    listed = comparison.regressions()

    assert 94 == len(listed) == comparison.rows[0]["errored_passes"]
    assert {"boom"} == set(listed["candidate_error"])
    assert listed["candidate_score"].isna().all()
    assert "94 passed before and errored now" in repr(comparison)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(*[st.sampled_from([0.0, 1.0, None, "error"])] * 2), min_size=1, max_size=60))
def test_the_verdict_over_the_pairs_is_one_of_what_could_be(pairs):
    """With nothing lost all three verdicts agree; a claim stands only where neither bound changes it;
    swapping sides mirrors the bounds.
    """
    sides = [
        runs(
            [value if value != "error" else None for value in side],
            ["x" if value == "error" else None for value in side],
        )
        for side in zip(*pairs, strict=True)
    ]
    row, mirrored = ax.compare(*sides).rows[0], ax.compare(*reversed(sides)).rows[0]
    turned = {"improved": "regressed", "regressed": "improved"}

    if not row["n_lost_runs"]:
        assert {row["verdict"]} == {row["paired_verdict"], row["worst_verdict"], row["best_verdict"]}
    if row["verdict"] in ("improved", "regressed"):
        assert row["verdict"] == row["worst_verdict"] == row["best_verdict"]
    assert row["n_lost_runs"] == mirrored["n_lost_runs"]
    assert turned.get(row["worst_verdict"], row["worst_verdict"]) == mirrored["best_verdict"]
