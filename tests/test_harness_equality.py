"""exact_match and contains compare what values say: numbers by value, text by text."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arize_nb.harness import contains, edit_similarity, exact_match
from arize_nb.harness.values.equality import equal_values

EQUAL = [
    ("91", 91),
    (91, 91.0),
    ("91.0", 91),
    ("1e2", 100),
    (" 91 ", 91),
    ("−7", -7),
    ("0.30", 0.3),
    (0.1 + 0.2, 0.3),
    (2**63 + 1, str(2**63 + 1)),
    (Decimal("1.10"), 1.1),
    ("Paris", " paris\n"),
    (True, "true"),
    ({"a": 91, "b": [1, "x"]}, {"b": [1.0, "X"], "a": "91"}),
    ('{"a": 91}', {"a": 91.0}),
    ("[1, 2]", "[1.0,2]"),
]
DIFFERENT = [
    ("1.10", "1.1"),
    ("001", "1"),
    (True, 1),
    (False, 0),
    (1, "true"),
    ("91%", 91),
    ("1,5", 1.5),
    ("", 0),
    ("nan", 0),
    (0.3001, 0.3),
    (2**63 + 1, 2**63 + 2),
    ({"a": 1}, {"a": 1, "b": None}),
    ({"a": 1}, [1]),
    ([1, 2], [2, 1]),
    (None, 0),
    ("91 km", 91),
]


@pytest.mark.parametrize(
    ("first", "second", "same"), [(*pair, True) for pair in EQUAL] + [(*pair, False) for pair in DIFFERENT]
)
def test_equal_values(first, second, same):
    """Both ways round, and inside lists and objects."""
    assert [same] * 4 == [
        equal_values(first, second),
        equal_values(second, first),
        equal_values([first], [second]),
        equal_values({"k": second}, {"k": first}),
    ]


@pytest.mark.parametrize(
    ("output", "expected", "score"),
    [
        ("It is 91.", 91.0, 1),
        ("It is 91.5", 91.0, 0),
        ("11.5", 1.5, 0),
        (".25", 0.25, 1),
        ("p = .25, n = 4", 0.25, 1),
        ("1.25", 0.25, 0),
        ("about 1,234 km", 1234, 1),
        ("v1.2.3", 1.2, 0),
        (91, "91", 1),
        (91, "9", 0),
        (["Paris", "Rome"], "rome", 1),
        ("Paris it is", ["Paris", "paris"], 1),
        ("Paris it is", '["Paris", "Rome"]', 0),
        ("total: -3", -3, 1),
        ("1e2 tokens", 100, 1),
        ("Yes, true", True, 1),
    ],
)
def test_contains_looks_for_values(output, expected, score):
    """A number is found by its value and by itself; several expected texts are several; text is found as
    text.
    """
    assert score == contains()(output, expected).score


def test_the_csv_of_a_math_benchmark_scores_one():
    """One decimal in a column of whole numbers makes all of them floats: the answers are right
    all the same.
    """
    pairs = [("91", 91.0), ("1.5", 1.5), ("100", 100.0), (91, 91.0), ("2.50", 2.5), ("1e5", 100000.0)]

    assert [1.0] * 12 == [judge(*pair).score for pair in pairs for judge in (exact_match(), contains())]
    assert "expected '91'" == exact_match()("92", 91.0).explanation
    assert edit_similarity()("91", 91.0) == 1.0


def test_several_texts_and_numbers_may_be_given():
    """What to look for may be numbers, all or any of them."""
    assert [1.0, 0.0, 1.0] == [
        contains([1, "b"]).function("1 b").score,
        contains([1, 2]).function("1 or 12").score,
        contains([1, 2], every=False).function("1 or 12").score,
    ]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(first=JSON, second=JSON)
def test_equality_is_reflexive_symmetric_and_knows_json_text(first, second):
    """A value equals itself, also as its JSON text when it is an object or a list; the order of the two does
    not matter.
    """
    assert equal_values(first, first)
    assert equal_values(first, second) == equal_values(second, first)
    if isinstance(first, dict | list):
        assert equal_values(json.dumps(first), first)


@given(
    number=st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False, places=4)
    | st.floats(allow_nan=False, allow_infinity=False)
)
def test_every_number_equals_its_text(number):
    """However a number is kept: its text says the same."""
    assert equal_values(str(number), number)
    assert not equal_values(str(number) + "x", number)
