"""What a comparison says, in the same words on every surface."""

from __future__ import annotations

import html
import re

import numpy as np
import pandas as pd
import pytest

import arize_nb as ax
from arize_nb.comparison.words.row_sentences import (
    amount,
    interval_text,
    marked_verdict,
    p_text,
    unseen,
    verdict_words,
)
from arize_nb.display import comparison_sections


@pytest.fixture(scope="module")
def plain():
    """A small ordinary comparison."""
    one = pd.DataFrame(
        {
            "example_id": [f"e{i}" for i in range(40)],
            "eval.q.score": [1, 0] * 20,
            "output": ["the cat sat"] * 40,
        }
    )
    other = one.assign(**{"eval.q.score": [1, 0, 0, 0] * 10, "output": "the dog sat"})
    return ax.compare(one, other, names=["base", "cand"])


def test_directional_only_is_on_every_surface():
    """Few pairs are marked in text, HTML, Markdown, and in every picture."""
    one = pd.DataFrame(
        {
            "example_id": list("abcdef"),
            "eval.q.score": [1, 0, 1, 0, 1, 0],
            "eval.s.score": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
            "latency_ms": range(6),
        }
    )
    small = ax.compare(one, one, by="example_id")

    explorer = [comparison_sections.summary(small), comparison_sections.slices(small, "example_id")]
    for surface in (
        repr(small),
        small._repr_html_(),
        small.to_html(),
        small.to_markdown(),
        *map(str, explorer),
    ):
        assert "directional only" in surface
    for kind in ("delta", "scores", "transitions", "slices", "latency", "scatter"):
        drawn = small.plot(kind)
        texts = " ".join(
            text.get_text() for text in drawn.findobj(lambda artist: hasattr(artist, "get_text"))
        )
        assert "directional only" in texts, kind
        assert "directional only" in drawn.figure.get_label().lower(), kind


def test_directional_only_is_in_every_frame_with_a_verdict():
    """Every table that says something about few examples says so in its column `note`."""
    one = pd.DataFrame(
        {
            "example_id": [*"abcdef"] * 2,
            "repetition": [1] * 6 + [2] * 6,
            "eval.q.score": [1, 0, 1, 0, 1, 0, 0, 0, 1, 1, 1, 0],
            "annotation.q.score": [1, 0, 1, 0, 1, 0] * 2,
        }
    )
    small = ax.compare(one, one, metrics="q")
    agreement = small.agreement("q", "q")
    frames = [
        small.summary,
        small.slices("example_id"),
        small.ranking(),
        small.noise_floor(one),
        agreement.table,
        agreement.difference,
    ]
    frames += [small.pass_at(2), small.spread, small.tests("q"), small.rows_needed(0.1)]

    for frame in frames:
        assert len(frame)
        assert frame["note"].str.startswith("directional only (n = ").all(), frame.columns.tolist()
    for surface in (repr(agreement), agreement._repr_html_()):
        assert "directional only" in surface


@pytest.mark.parametrize(
    "values",
    [{"score": [1, 0] * 20}, {"score": [0.2, 0.5] * 20}, {"label": ["x", "y"] * 20}, {"score": [0.5] * 40}],
)
def test_no_clear_change_is_never_no_difference(values):
    """Not finding a difference is said as what it is, for verdicts, grades and labels, also where every pair
    is equal.
    """
    one = pd.DataFrame(
        {
            "example_id": [f"e{i}" for i in range(40)],
            **{f"eval.q.{part}": column for part, column in values.items()},
        }
    )
    same = ax.compare(one, one)

    for surface in (repr(same), same._repr_html_(), same.to_markdown()):
        assert "no clear change" in surface
        assert "Cannot tell" in surface
        assert "no difference" not in surface.lower()


def test_amounts_are_for_people():
    """Rates in percent, differences of rates in points, other numbers in their own unit."""
    assert ["89.3%", "+1.2 points", "0.893", "-12,345", "–"] == [
        amount(0.893, "pass/fail"),
        amount(0.012, "pass/fail", difference=True),
        amount(0.8931, "score"),
        amount(-12345.1, "score", difference=True),
        amount(float("nan"), "score"),
    ]
    assert ["0", "0.0 points", "0.0 points", "0", "+1,000", "-0.1 points"] == [
        amount(0.0, "score", difference=True),
        amount(0.0, "pass/fail", difference=True),
        amount(-0.0002, "pass/fail", difference=True),
        amount(-0.0, "score"),
        amount(1000.0, "score", difference=True),
        amount(-0.001, "pass/fail", difference=True),
    ]
    assert ["p < 0.001", "p = 0.050", "no p"] == [p_text(0.0002), p_text(0.05), p_text(float("nan"))]


@pytest.mark.parametrize(
    ("moved", "expected"),
    [(0.0, "0 (95% interval -0.0881 to +0.0881;"), (0.25, "+0.25 (95% interval +0.14 to +0.316;")],
)
def test_an_interval_has_a_width_even_where_all_pairs_differ_alike(moved, expected):
    """Forty pairs that all differ alike do not show that no other pair would differ otherwise: 8.8% may, by
    the whole scale.
    """
    one = pd.DataFrame(
        {"example_id": [f"e{i}" for i in range(40)], "eval.s.score": [0.1, 0.2, 0.3, 0.4] * 10}
    )
    found = ax.compare(one, one.assign(**{"eval.s.score": one["eval.s.score"] + moved}))

    assert expected in repr(found)
    for surface in (found._repr_html_(), found.to_markdown()):
        assert expected.partition("interval ")[2].rstrip(";") in surface


def test_labels_say_that_their_p_is_adjusted():
    """Where there is no delta the p is the adjusted one too, and is called so."""
    one = pd.DataFrame(
        {
            "example_id": [f"e{i}" for i in range(60)],
            "eval.tone.label": ["x", "y"] * 30,
            "eval.s.score": np.linspace(0, 1, 60),
        }
    )
    found = ax.compare(one, one.assign(**{"eval.tone.label": ["x", "x", "y"] * 20}))
    row = found.rows[0]

    assert row["p_adjusted"] > row["p_value"]
    assert f"(adjusted {p_text(row['p_adjusted'])}, McNemar mid-p (two labels))" in verdict_words(row, 0.95)


def test_one_pair_is_one():
    """A single pair is spoken of as one."""
    one = pd.DataFrame({"example_id": ["a"], "eval.q.score": [1]})

    assert "    1 pair; lost: none" in repr(ax.compare(one, one)).splitlines()


def test_one_vocabulary(plain):
    """Text, HTML, Markdown and the explorer use the same words for the same things."""
    row = plain.rows[0]
    explorer = "".join(str(section) for section in comparison_sections.summary(plain))
    surfaces = [plain._repr_html_(), plain.to_markdown(), explorer]

    assert "▼ regressed" == marked_verdict(row)
    for surface in surfaces:
        words = html.unescape(re.sub("<[^>]*>", "", surface)).replace("\xa0", " ")
        for word in (
            "▼ regressed",
            "difference",
            "95% interval",
            "adjusted p",
            "-25.0 points",
            interval_text(row),
        ):
            assert word in words
    assert f"-25.0 points (95% interval {interval_text(row)}; adjusted p < 0.001)" in repr(plain)


def test_a_clear_verdict_leaves_nothing_open(plain):
    """Only `no clear change` says what could not have been seen."""
    assert "" == unseen(plain.rows[0])


def test_slices_that_were_asked_for_are_shown():
    """With `by` the text, the HTML and the Markdown say how each slice did; without, none of them speaks of
    slices.
    """
    one = pd.DataFrame(
        {
            "example_id": [f"e{i}" for i in range(40)],
            "eval.q.score": [1, 0] * 20,
            "<b>|topic": ["law", "<i>`x|y`</i>"] * 20,
        }
    )
    other = one.assign(**{"eval.q.score": [0, 1, 0, 0] * 10})
    found = ax.compare(one, other, by="<b>|topic")
    line = "  <b>|topic law: q, candidate: regressed, directional only. 100.0% → 0.0%, -100.0 points"
    report = found.to_markdown()

    assert line in repr(found)
    assert "Slices by <b>|topic, exploratory" in repr(found)
    assert "Slices by &lt;b&gt;|topic, exploratory" in found._repr_html_()
    assert "&lt;b&gt;|topic &lt;i&gt;`x|y`&lt;/i&gt;</td>" in found._repr_html_()
    assert r"`Slices by <b>\|topic, exploratory`" in report
    assert r"| `` <b>\|topic <i>`x\|y`</i> `` |" in report.replace("``<", "`` <").replace(">``", "> ``")
    for surface in (repr, ax.Comparison._repr_html_, ax.Comparison.to_markdown):
        assert "Slices" not in surface(ax.compare(one, other))


def test_too_many_slices_spoil_no_report():
    """A column that is no column to slice by is said, and the comparison is shown; of many slices the first
    are, and counted.
    """
    one = pd.DataFrame({"example_id": [f"e{i:03}" for i in range(501)], "eval.q.score": 1})
    some = one.head(60)

    assert (
        "Slices by example_id, exploratory: column 'example_id' has 501 values: too many to slice by"
        in repr(ax.compare(one, one, by="example_id"))
    )
    assert "Slices by example_id, exploratory (the first 40 of 60 rows)" in repr(
        ax.compare(some, some, by="example_id")
    )
