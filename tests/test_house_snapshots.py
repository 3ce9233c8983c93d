"""What people and files rely on stays as committed in tests/snapshots while files move (docs/house.md)."""

from __future__ import annotations

import pytest
from house import snapshots


@pytest.mark.parametrize("name", snapshots.TAKEN)
def test_it_is_as_committed(name):
    """Names, parameters, help and shown forms are the committed ones; a difference is shown line by line."""
    difference = snapshots.difference(name, snapshots.written(name), snapshots.TAKEN[name]())

    if difference:
        pytest.fail(difference, pytrace=False)


def test_a_difference_names_what_to_type():
    """A changed default is one line gone and one line come, and the make target is named."""
    shown = snapshots.difference("x.txt", "a()\nf(x=1)\n", "a()\nf(x=2)\n").splitlines()

    assert ["-f(x=1)", "+f(x=2)"] == shown[-3:-1]
    assert "make house-snapshots" in shown[-1]
