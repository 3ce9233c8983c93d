"""Twenty tricks that might make a worse candidate pass: each is caught by a verdict, a concern, a list or the
gate.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import arize_nb as ax
from arize_nb.errors import AxError, ColumnError, ComparisonError, RegressionError

IDS = [f"e{i:03d}" for i in range(100)]


def side(scores=None, labels=None, name="correct", judge="eval", ids=IDS, **more):
    """Return a run of each example with a score, a label, or both."""
    columns = {
        f"{judge}.{name}.{part}": values
        for part, values in (("score", scores), ("label", labels))
        if values is not None
    }
    return pd.DataFrame(
        {"example_id": ids, **columns, **{key.replace("__", "."): values for key, values in more.items()}}
    )


GOOD = side([1.0] * 90 + [0.0] * 10)
HALF = [1.0] * 45 + [None] * 45 + [0.0] * 10
BAD = [1.0] * 45 + [0.0] * 55
LONG = np.repeat(IDS, 3)


def words(good, bad, worse):
    """Return both sides of a judge that writes two words, of which the bad one becomes common."""
    return side(labels=[good] * 90 + [bad] * 10), side(
        labels=[good] * (45 if worse else 90) + [bad] * (55 if worse else 10)
    )


TRICKS = {
    "crash on what is hard": (GOOD, side(HALF, error=[None] * 45 + ["x"] * 45 + [None] * 10)),
    "no run of what is hard": (GOOD, side(HALF).drop(index=range(45, 90))),
    "no score of what is hard": (GOOD, side(HALF)),
    "a judge that fails on what is hard": (GOOD, side(HALF, eval__correct__error=[None] * 45 + ["x"] * 45 + [None] * 10)),
    "not a number": (GOOD, side([1.0] * 45 + [float("nan")] * 45 + [0.0] * 10)),
    "N/A in words": (GOOD, side([*["1"] * 45, *["N/A"] * 45, *["0"] * 10])),
    "empty labels": (side(labels=["pass"] * 90 + ["fail"] * 10), side(labels=["pass"] * 45 + [""] * 45 + ["fail"] * 10)),
    "a label nobody knows": (side(labels=["pass"] * 90 + ["fail"] * 10), side(labels=["pass"] * 45 + ["unclear"] * 45 + ["fail"] * 10)),
    "nine odd labels and a fall": (
        side(labels=["pass"] * 90 + ["fail"] * 10),
        side(labels=["pass"] * 40 + ["unclear"] * 9 + ["fail"] * 51),
    ),
    "errors on every other repetition": (
        side(np.repeat([1.0] * 90 + [0.0] * 10, 3), ids=LONG, repetition=[1, 2, 3] * 100),
        side(
            [1.0, None, None] * 90 + [0.0] * 30, ids=LONG, repetition=[1, 2, 3] * 100, error=[None, "x", "x"] * 90 + [None] * 30
        ),
    ),
    "a score of the bad": (side([0.0] * 90 + [1.0] * 10, name="toxicity"), side([0.0] * 45 + [1.0] * 55, name="toxicity")),
    "labels of the bad": words("non-toxic", "toxic", worse=True),
    "a refusal is no answer": words("answered", "refused", worse=True),
    "yes it is wrong": (
        side(labels=["no"] * 90 + ["yes"] * 10, name="error"),
        side(labels=["no"] * 45 + ["yes"] * 55, name="error"),
    ),
    "scores upside down": (
        side([0.0] * 90 + [1.0] * 10, ["pass"] * 90 + ["fail"] * 10),
        side([0.0] * 45 + [1.0] * 55, ["pass"] * 45 + ["fail"] * 55),
    ),
    "a graded loss": (side(np.linspace(0.4, 1, 100), name="quality"), side(np.linspace(0.2, 0.9, 100), name="quality")),
    "a longer wait": (side([1.0] * 100, latency_ms=np.linspace(100, 200, 100)), side([1.0] * 100, latency_ms=np.linspace(150, 260, 100))),
    "hidden in a slice": (
        side([1.0] * 100, topic=["law"] * 20 + ["art"] * 80),
        side([0.0] * 14 + [1.0] * 86, topic=["law"] * 20 + ["art"] * 80),
    ),
    "both lose, one loses more": (
        side([None] * 10 + [1.0] * 80 + [0.0] * 10, error=["x"] * 10 + [None] * 90),
        side([None] * 60 + [1.0] * 30 + [0.0] * 10, error=["x"] * 60 + [None] * 40),
    ),
}  # fmt: skip


def test_an_infinitely_good_candidate_is_refused():
    """Scores of infinity are an error, on whichever side they are."""
    endless = side([1.0] * 45 + [float("inf")] * 45 + [0.0] * 10)

    for sides in ((GOOD, endless), (endless, GOOD)):
        with pytest.raises(ColumnError, match=r"'inf' in record 45 \(45 of 100 cells are none"):
            ax.compare(*sides)


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_makes_a_worse_candidate_better(trick):
    """Nowhere is a worse candidate `improved`, `equivalent` or `not worse`, and a gate with a rule for it is
    shut.
    """
    before, after = TRICKS[trick]
    metrics = ["correct", "latency_ms"] if trick == "a longer wait" else None
    comparison = ax.compare(before, after, metrics=metrics, margin=0.02)

    assert not {"improved", "not worse"} & {row["verdict"] for row in comparison.rows}
    with pytest.raises(RegressionError if trick != "a label nobody knows" else AxError):
        comparison.check(fail_on=("worse", "slices") if trick == "hidden in a slice" else "worse")


@pytest.mark.parametrize("trick", TRICKS)
def test_the_tricks_leave_a_candidate_alone_that_is_better(trick):
    """The other way round the gate is open: lost runs of the baseline are no fault of the candidate."""
    after, before = TRICKS[trick]
    metrics = ["correct", "latency_ms"] if trick == "a longer wait" else None
    comparison = ax.compare(before, after, metrics=metrics)

    assert "regressed" not in {row["verdict"] for row in comparison.rows}
    if trick == "a label nobody knows":
        with pytest.raises(ComparisonError, match="no way is better"):
            comparison.check(fail_on="worse")
    else:
        assert comparison is comparison.check(fail_on="worse")
