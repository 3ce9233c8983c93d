"""`check`: a gate for notebooks that run in CI."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import arize_nb as ax
from arize_nb import RegressionError
from arize_nb.errors import ComparisonError


def runs(scores, errors=None):
    """Return one run per score."""
    frame = pd.DataFrame({"example_id": [f"e{i}" for i in range(len(scores))], "eval.q.score": scores})
    return frame if errors is None else frame.assign(error=errors)


BASE = runs([1] * 60 + [0] * 40)
WORSE = runs([0] * 15 + [1] * 45 + [0] * 40)
MIXED = runs([0] * 3 + [1] * 57 + [1] * 4 + [0] * 36)


def test_a_good_candidate_passes_and_the_comparison_comes_back():
    """Nothing broken: the comparison is returned, to go on with."""
    comparison = ax.compare(BASE, MIXED)

    assert comparison is comparison.check()
    assert comparison is comparison.check(max_regressions=3, min_delta=0.0)


def test_too_many_regressions_name_the_examples():
    """The error lists the offending examples, worst first, and ends a console command with status 10."""
    with pytest.raises(RegressionError) as caught:
        ax.compare(BASE, MIXED).check(max_regressions=2)

    assert ("e0", "e1", "e2") == caught.value.example_ids
    assert ("q, candidate: 3 examples got worse, 2 allowed",) == caught.value.reasons
    assert "e0, e1, e2" in str(caught.value)
    assert 10 == caught.value.exit_status


def test_a_clear_regression_fails_by_itself():
    """The verdict `regressed` is enough, unless it is allowed."""
    comparison = ax.compare(BASE, WORSE)
    with pytest.raises(RegressionError, match=r"q, candidate: regressed .*e0, .* and 12 more"):
        comparison.check()

    assert comparison is comparison.check(allow_regressed=True)


def test_least_delta():
    """The delta must reach a floor, for all metrics or by name."""
    comparison = ax.compare(BASE, MIXED)
    with pytest.raises(RegressionError, match=r"delta \+0\.01, at least \+0\.05 wanted"):
        comparison.check(min_delta=0.05)

    assert comparison is comparison.check(min_delta={"q": 0.01})
    with pytest.raises(ComparisonError, match="no metric 'other' in this comparison"):
        comparison.check(min_delta={"other": 0.05})


def test_a_gate_on_few_pairs_says_directional_only():
    """The error of a gate that rests on fewer than thirty pairs says so."""
    with pytest.raises(
        RegressionError,
        match=r"q, candidate \(directional only \(n = 12 < 30\)\): 6 examples got worse, 0 allowed",
    ):
        ax.compare(runs([1] * 12), runs([0, 1] * 6)).check(max_regressions=0)


@pytest.mark.parametrize("rule", [{"max_regressions": 0}, {"min_delta": 0.0}])
def test_a_gate_on_labels_without_an_order_would_stand_open(rule):
    """Where no way is better nothing can get worse: the rule is refused, and says what to say."""
    one = pd.DataFrame({"example_id": list("abc"), "eval.tone.label": ["x", "y", "z"]})
    found = ax.compare(one, one)

    assert found is found.check()
    with pytest.raises(ComparisonError, match="'tone': no way is better"):
        found.check(**rule)


def test_least_delta_where_lower_is_better():
    """For latency a gain is a fall."""
    slow, quick = (
        pd.DataFrame({"example_id": ["a", "b"], "latency_ms": [10.0, 20.0]}),
        pd.DataFrame({"example_id": ["a", "b"], "latency_ms": [5.0, 10.0]}),
    )

    assert 1 == len(ax.compare(slow, quick, metrics="latency_ms").check(min_delta=7).rows)
    with pytest.raises(RegressionError, match=r"gain -7\.5, at least \+0"):
        ax.compare(quick, slow, metrics="latency_ms").check(min_delta=0)


def test_lost_pairs():
    """A candidate that errors its way around the gate does not get through."""
    lost = runs([None] * 15 + [1] * 45 + [0] * 40, ["outage"] * 15 + [None] * 85)
    comparison = ax.compare(BASE, lost)
    with pytest.raises(RegressionError, match="15 pairs lost"):
        comparison.check(max_lost=10)

    assert comparison is comparison.check(max_lost=15)


def test_the_error_lists_what_broke_the_limit():
    """Pairs lost are listed where pairs lost broke the limit, examples that got worse (or passed and errored
    now) where those did.
    """
    lost = runs([None] * 5 + [0] * 2 + [1] * 53 + [0] * 40, ["outage"] * 5 + [None] * 95)
    comparison = ax.compare(BASE, lost)
    caught = []
    for rules in (
        {"max_lost": 0},
        {"max_regressions": 0, "allow_regressed": True},
        {"max_lost": 0, "max_regressions": 0},
    ):
        with pytest.raises(RegressionError) as error:
            comparison.check(**rules)
        caught.append(error.value)

    lost_ids, every = ("e0", "e1", "e2", "e3", "e4"), ("e0", "e1", "e2", "e3", "e4", "e5", "e6")
    assert [lost_ids, every, every] == [error.example_ids for error in caught]
    lost_words, worse_words = "Lost: e0, e1, e2 and 2 more", "Worse: e0, e1, e2 and 4 more"
    assert [lost_words, worse_words, f"{worse_words}. {lost_words}"] == [error.hint for error in caught]


def test_ids_that_a_machine_made_stand_behind_what_was_asked():
    """A UUID or a hash says nothing: the question stands first, and the place behind it; an id that
    is the question itself stands once.
    """
    ids = ["01a23035-3865-7077-8634-7dac00000001", "5f2b1c9d8e7a6b5c4d3e2f1a", "Why?"]
    base, worse = (
        pd.DataFrame({"example_id": ids, "eval.q.label": labels}) for labels in (["pass"] * 3, ["fail"] * 3)
    )
    examples = pd.DataFrame({"id": ids, "question": ["Who?", "When?", "Why?"]})
    with pytest.raises(RegressionError) as asked:
        ax.compare(base, worse, examples=examples).check(max_regressions=2)
    with pytest.raises(RegressionError) as bare:
        ax.compare(base, worse).check(max_regressions=2)

    assert 'Worse: "Who?" (#1), "When?" (#2), Why?' == asked.value.hint
    assert "Worse: …00000001, …4d3e2f1a, Why?" == bare.value.hint
    assert tuple(ids) == asked.value.example_ids


def test_examples_are_named_by_what_was_asked():
    """Beside its id the message says how an example's question begins, on one line and cut, where the
    examples are known.
    """
    asked = ["Who?", "How long\n\tis a \x1b[31mvery " + "long " * 20 + "question?", None]
    examples = pd.DataFrame(
        {"id": ["e0", "e1", "e2"], "rank": [1, 2, 3], "topic": ["a", "b", "c"], "question": asked}
    )
    with pytest.raises(RegressionError) as caught:
        ax.compare(BASE, MIXED, examples=examples).check(max_regressions=2)
    with pytest.raises(RegressionError) as topic:
        ax.compare(BASE, MIXED, examples=examples.drop(columns="question")).check(max_regressions=2)

    cut = "How long is a ␛[31mvery long long long long long long long…"
    assert f'Worse: e0 "Who?", e1 "{cut}", e2' == caught.value.hint
    assert 'Worse: e0 "a", e1 "b", e2 "c"' == topic.value.hint


@pytest.mark.parametrize("count", [1, 2])
def test_counts_agree_with_their_nouns(count):
    """One example, two examples."""
    with pytest.raises(RegressionError) as caught:
        ax.compare(BASE, runs([0] * count + [1] * (60 - count) + [0] * 40)).check(max_regressions=0)

    assert (
        f"q, candidate: {['1 example', '2 examples'][count - 1]} got worse, 0 allowed",
    ) == caught.value.reasons


def test_no_pair_is_no_pass():
    """An empty comparison never passes a gate."""
    with pytest.raises(RegressionError, match="no pair to judge by"):
        ax.compare(BASE, runs([None] * 3)).check()


def test_one_metric_or_candidate():
    """The gate can look at one candidate only; an unknown one is an error."""
    comparison = ax.compare(BASE, MIXED, WORSE, names=["base", "mixed", "worse"])

    assert comparison is comparison.check(candidate="mixed")
    with pytest.raises(RegressionError):
        comparison.check(candidate="worse", metric="q")
    with pytest.raises(ComparisonError, match="no candidate 'x'"):
        comparison.check(candidate="x")


def flaky(seed, n=300, rates=None, lost=0.0):
    """Return one run of a system of mixed pass rates over the same questions, some of them lost to errors."""
    generator = np.random.default_rng(seed)
    rates = np.random.default_rng(7).beta(4, 1.7, n) if rates is None else rates
    gone = generator.random(n) < lost
    return runs(np.where(gone, np.nan, generator.random(n) < rates), np.where(gone, "outage", None))


CRASHED = runs([1] * 6 + [None] * 94, [None] * 6 + ["boom"] * 94)
PASSED = runs([0] * 6 + [1] * 94)


@pytest.mark.parametrize(
    ("baseline", "candidate", "rule", "shut"),
    [
        (BASE, MIXED, "worse", False), (BASE, WORSE, "worse", True), (PASSED, CRASHED, "worse", True),
        (runs([0] * 6 + [1] * 94), runs([0] * 6 + [None] * 94, [None] * 6 + ["boom"] * 94), "worse", True),
        (BASE, MIXED, "regressions=3", False), (BASE, MIXED, "regressions=2", True), (PASSED, CRASHED, "regressions=93", True),
        (PASSED, CRASHED, "regressions=94", False),
        (BASE, MIXED, "min-delta=-0.1", False), (BASE, MIXED, "min-delta=-0.01", True), (BASE, MIXED, "min-delta=q=-0.1", False),
        (PASSED, CRASHED, "min-delta=-0.5", True),
        (PASSED, CRASHED, "lost=94", False), (PASSED, CRASHED, "lost=93", True), (PASSED, CRASHED, "lost=94%", False),
        (PASSED, CRASHED, "lost=0.93", True), (BASE, MIXED, "lost=0", False),
        (BASE, MIXED, "unsure", True), (BASE, WORSE, "unsure", False), (PASSED, CRASHED, "unsure", True),
        (runs([1] * 4), runs([1] * 4), "unsure", True),
    ],
)  # fmt: skip
def test_what_each_rule_fails_on(baseline, candidate, rule, shut):
    """Verdict, counts, shown difference, lost pairs and abstention, each by its name."""
    comparison = ax.compare(baseline, candidate)
    if not shut:
        assert comparison is comparison.check(fail_on=rule)
        return
    with pytest.raises(RegressionError):
        comparison.check(fail_on=rule)


def test_several_rules_are_asked_together():
    """Each broken rule is a reason; one that holds is none."""
    with pytest.raises(RegressionError) as caught:
        ax.compare(PASSED, CRASHED).check(fail_on=("worse", "lost=10", "regressions=100"))

    words = (
        "94 pairs lost",
        "regressed when lost runs count as fails: 94 runs of candidate errored that baseline passed",
    )

    assert all(word in reason for word, reason in zip(words, caught.value.reasons, strict=True))


def test_the_message_says_what_stands_behind_it():
    """Verdict, interval, counts both ways, lost pairs and the worst examples are in the error."""
    with pytest.raises(RegressionError) as caught:
        ax.compare(BASE, WORSE).check()

    (detail,) = caught.value.details
    for words in (
        "regressed",
        "60.0% → 45.0%",
        "95% interval -2",
        "15 worse, 0 better, 85 same",
        "100 pairs; lost: none",
    ):
        assert words in detail
    assert "Worse: e0, e1, e10 and 12 more" in str(caught.value)
    assert detail in str(caught.value)


def test_the_shown_difference_goes_the_better_way():
    """For a toxicity the worse end is the upper one."""
    base = pd.DataFrame(
        {
            "example_id": [f"e{i}" for i in range(80)],
            "eval.toxicity.score": [0.2 + i / 400 for i in range(80)],
        }
    )
    less = base.assign(
        **{"eval.toxicity.score": base["eval.toxicity.score"] - 0.1 + np.tile([0.001, -0.001], 40)}
    )

    assert ax.compare(base, less).check(fail_on="min-delta=0.015")
    with pytest.raises(RegressionError, match=r"interval of the gain begins at -0\.14"):
        ax.compare(less, base).check(fail_on="min-delta=0.015")


def test_a_slice_that_got_worse_shuts_the_gate():
    """By the column asked for, and without one by the columns that both sides carry alike."""
    topics = ["law"] * 40 + ["sport"] * 200
    before = after = runs([1] * 240).assign(topic=topics)
    for options in ({"by": "topic"}, {}):
        with pytest.raises(RegressionError, match="q, candidate in topic law: regressed") as caught:
            ax.compare(before, after.assign(**{"eval.q.score": [0] * 15 + [1] * 224 + [0]}), **options).check(
                fail_on="slices"
            )
        assert {f"e{i}" for i in range(15)} == set(caught.value.example_ids)
    with pytest.raises(ComparisonError, match="no column of the examples has between 2 and 12 values"):
        ax.compare(runs([1] * 40), runs([1] * 40)).check(fail_on="slices")


def test_a_system_compared_with_itself_gets_through():
    """Fifty runs of one system against itself, with and without errors: the gate on the verdict stops hardly
    any, the count all.
    """
    stopped = {"worse": 0, "regressions=3": 0}
    for seed in range(50):
        comparison = ax.compare(flaky(seed, lost=0.02), flaky(seed + 1000, lost=0.02))
        for rule in stopped:
            try:
                comparison.check(fail_on=rule)
            except RegressionError:
                stopped[rule] += 1

    assert 50 == stopped["regressions=3"]
    assert stopped["worse"] <= 5


def test_one_odd_label_leaves_the_gate_shut():
    """A label that no one knows among sixty takes nothing from the gate."""
    labels = ["correct"] * 20 + ["incorrect"] * 40
    odd = ["unparseable", *labels[1:]]
    before, after = (
        pd.DataFrame(
            {
                "example_id": [f"e{i}" for i in range(60)],
                "eval.c.label": side,
                "latency_ms": [5.5 + i for i in range(60)],
            }
        )
        for side in (["correct"] * 55 + ["incorrect"] * 5, odd)
    )
    with pytest.raises(RegressionError, match="c, candidate: 35 examples got worse, 0 allowed"):
        ax.compare(before, after, metrics=["c", "latency_ms"]).check(max_regressions=0)
