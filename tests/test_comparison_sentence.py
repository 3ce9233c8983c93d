"""The first sentence of a comparison: the same words everywhere, none that the numbers do not bear."""

from __future__ import annotations

import html
import re

import pandas as pd
import pytest

import arize_nb as ax
from arize_nb.comparison.words.summary_sentence import summary_sentences

HOSTILE = "<img src=x onerror=alert(1)> | `a` @team\x1b[31m\u202egpj"


def runs(count=40, **columns):
    """Return runs of so many examples with these columns."""
    ids = [f"e{place}" for place in range(count)]
    return pd.DataFrame({"example_id": ids, "output": "x", **columns})


def verdicts(rate, count=40):
    """Return verdicts of which the first `rate` pass."""
    return ["pass" if place < rate * count else "fail" for place in range(count)]


@pytest.fixture(scope="module")
def mixed():
    """One metric worse, one better, one that cannot be told, one of labels, and two errored runs."""
    base = runs(
        **{
            "eval.right.label": verdicts(0.8),
            "eval.tone.score": [place / 40 for place in range(40)],
            "eval.near.score": [(place % 7) / 7 for place in range(40)],
            "latency_ms": [100.0 + place for place in range(40)],
        }
    )
    worse = base.assign(
        **{
            "eval.right.label": verdicts(0.3),
            "eval.tone.score": [min(place / 40 + 0.3, 1.0) for place in range(40)],
            "eval.near.score": [
                (place % 7 + (place % 2 * 2 - 1) * (place % 3 == 0)) / 7 for place in range(40)
            ],
            "error": [None] * 38 + ["boom"] * 2,
        }
    )
    worse.loc[38:, ["output", "eval.right.label", "eval.tone.score", "eval.near.score"]] = None
    return ax.compare(
        base,
        worse,
        names=["old", "new"],
        metrics=["right", "tone", "near"],
        direction={"tone": "higher", "near": "higher"},
    )


def test_each_part_rests_on_its_row(mixed):
    """What got worse and better has its size and bounds, what is open the smallest change that shows."""
    rows = {row["metric"]: row for row in mixed.rows}
    low, high = (f"{100 * abs(rows['right'][end]):.1f}" for end in ("ci_high", "ci_low"))
    least = rows["near"]["min_detectable"]

    assert [("right", "regressed"), ("tone", "improved"), ("near", "no clear change")] == [
        (name, row["verdict"]) for name, row in rows.items()
    ]
    assert mixed.sentence.startswith(
        f"▼ right got worse by {-100 * rows['right']['delta']:.1f} points (95%: {low} to {high} worse)."
        f" ▲ tone got better by {rows['tone']['delta']:.3g} (95%: "
    )
    assert f"For near 38 pairs cannot tell: a change under {least:.3g} may stay unseen" in mixed.sentence
    assert mixed.sentence.endswith(" 2 examples have no pair: 2 errored.")


def test_every_surface_says_the_same_words(mixed):
    """Text, Markdown and HTML have the sentence as their first line below the title."""
    words = " ".join(mixed.sentence.split())
    page = "".join(
        html.unescape(re.sub(r"<style.*?</style>|<[^>]+>", "", mixed.to_html(), flags=re.S)).split()
    )
    markdown = mixed.to_markdown().splitlines()

    assert words in " ".join(str(mixed).split())
    assert page.partition("examples")[2].startswith(words.replace(" ", ""))
    assert "### `new` against `old`" == markdown[0]
    assert words == re.sub(r"\*\*|`", "", markdown[2])


def test_lower_is_better_reads_as_better():
    """A number that falls and should is said to have got better, by its size."""
    base = runs(latency_ms=[100.0 + place for place in range(40)])
    faster = base.assign(latency_ms=base["latency_ms"] - 50 - base.index % 3)

    found = ax.compare(base, faster, metrics=["latency_ms"], direction={"latency_ms": "lower"}).sentence

    assert re.fullmatch(r"▲ latency_ms got better by 51 \(95%: \S+ to \S+ better\)\.", found)


def test_an_unknown_way_is_no_better_way():
    """Where it is not known which way is better, a number went up or down, and that is said."""
    base = runs(**{"eval.zeal.score": [1.0 * (place % 5) for place in range(40)]})
    more = base.assign(**{"eval.zeal.score": base["eval.zeal.score"] + 1})

    for options, words in (
        ({"direction": {"zeal": "neutral"}}, "neither way is better"),
        ({}, "which way is better is not known"),
    ):
        found = ax.compare(base, more, **options).sentence
        assert found.startswith("◆ zeal went up by 1 (95%: ")
        assert found.endswith(f", and {words}.")


def test_claims_within_a_margin_and_too_few_pairs():
    """Equivalence is said with its margin; too few pairs with why, however many metrics have them."""
    base = runs(400, **{"eval.q.score": [place % 2 for place in range(400)]})

    assert (
        "= q is equivalent: the whole interval lies within the margin of 0.1."
        == ax.compare(base, base, margin=0.1).sentence
    )
    three = runs(3, **{"eval.a.score": [0, 1, 0], "eval.b.score": [0.1, 0.5, 0.7]})
    assert (
        "Too few pairs to say anything about a and b: no outcome of 3 pairs could reach the level 0.05."
        == ax.compare(three, three).sentence
    )
    assert (
        "No example has a value of a and b on both sides. 6 examples have no pair: 6 missing."
        == ax.compare(three, three.assign(example_id=["x", "y", "z"])).sentence
    )


def test_what_cannot_be_told_is_one_clause():
    """Metrics of which no size is known stand in the same clause, behind those of which it is."""
    base = runs(
        12, **{"eval.a.score": [place / 12 for place in range(12)], "eval.b.label": verdicts(0.5, 12)}
    )
    other = base.assign(
        **{
            "eval.a.score": [place / 12 + (5 if place == 3 else 0) for place in range(12)],
            "eval.b.label": ["pass", *base["eval.b.label"][:-1]],
        }
    )
    found = ax.compare(base, other, direction={"a": "higher"})
    sentence = found.sentence

    assert {"no clear change"} == {row["verdict"] for row in found.rows}
    assert 1 == sentence.count("annot tell")


def test_equal_pairs_rule_out_nothing():
    """Pairs that are all equal are not said to be the same thing."""
    base = runs(**{"eval.q.label": verdicts(0.5)})

    assert (
        "Of q 40 pairs are all equal, which rules out no change in others." == ax.compare(base, base).sentence
    )


def test_lost_runs_that_could_decide_are_said():
    """A verdict that abstains because of lost runs says over which pairs it would have been which."""
    base = runs(60, **{"eval.q.label": verdicts(0.9, 60)})
    worse = base.assign(**{"eval.q.label": verdicts(0.75, 60)})
    worse.loc[45:, "eval.q.label"] = None
    worse.loc[20:27, "eval.q.label"] = "fail"
    found = ax.compare(base, worse)

    assert found.rows[0]["lost_decides"]
    assert "? q cannot be told: regressed over the 45 pairs, but lost runs could make it " in found.sentence


def test_many_metrics_and_candidates_stay_short():
    """Of forty metrics the first of each kind are named and the others counted; each candidate has a line."""
    names = [f"m{place:02}" for place in range(40)]
    base = runs(60, **{f"eval.{name}.label": verdicts(0.9, 60) for name in names})
    other = base.assign(**{f"eval.{name}.label": verdicts(0.2, 60) for name in names[:20]})

    one = ax.compare(base, other, names=["old", "new"]).sentence
    two = ax.compare(base, other, base, names=["old", "new", "same"]).sentence.split("\n")

    assert "17 more got worse. " in one
    assert 500 > len(one)
    assert ["new: ▼ m00", "same: Of m00"] == [line[: len(line.split(" m00")[0]) + 4] for line in two]


def test_names_are_escaped_where_they_are_shown():
    """A metric called like markup or like a terminal's command acts nowhere."""
    base = runs(**{f"eval.{HOSTILE}.label": verdicts(0.9)})
    worse = base.assign(**{f"eval.{HOSTILE}.label": verdicts(0.2)})
    found = ax.compare(base, worse)
    sentence = found.to_markdown().splitlines()[2]

    assert not {"\x1b", "\u202e"} & set(str(found) + found.to_html() + sentence)
    assert "<img" not in found.to_html().split("Verdicts")[0]
    assert "<img" not in re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", sentence)
    assert any(piece.is_name for piece in summary_sentences(found.rows, 0.95)[0])
