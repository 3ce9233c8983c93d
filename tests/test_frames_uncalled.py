"""Attributes that are frames or lists: calling one says so, everything else is as with a plain one."""

from __future__ import annotations

import copy
import pickle

import pandas as pd
import pytest

import arize_nb as ax
from arize_nb.frames.uncalled import UncalledList, uncalled

FRAME = pd.DataFrame({"a": [1, 2]})
BASE = [{"id": n, "output": "x", "correct": "yes"} for n in range(4)]


@pytest.mark.parametrize("name", ["summary", "outcomes", "comparability"])
def test_calling_an_attribute_of_a_comparison_says_what_it_is(name):
    """`cmp.outcomes()` is answered in words that say what to type, not in pandas'."""
    compared = ax.compare(BASE, BASE)

    with pytest.raises(TypeError, match=rf"^\.{name} is an attribute: write it without \(\)$"):
        getattr(compared, name)()


def test_what_is_made_of_such_a_frame_is_a_plain_one():
    """Slices, copies and pickles are pandas' own class, and the frame equals the one it was made of."""
    frame = uncalled(FRAME, "summary")
    made = [frame[frame["a"] > 1], frame.copy(), copy.deepcopy(frame), pickle.loads(pickle.dumps(frame))]

    pd.testing.assert_frame_equal(frame, FRAME)
    assert [pd.DataFrame] * 4 == [type(one) for one in made]


def test_a_list_that_is_an_attribute():
    """It is a list in every way, and says when it is called what it is."""
    rows = UncalledList([{"metric": "x"}], "metrics")

    assert [{"metric": "x"}] == rows == pickle.loads(pickle.dumps(rows))
    with pytest.raises(TypeError, match=r"^\.metrics is an attribute"):
        rows()
