"""Which metrics there are, of what kind, by which rule, and which way is better."""

from __future__ import annotations

import pandas as pd
import pytest

import arize_nb as ax
from arize_nb.errors import ComparisonError


def side(**columns):
    """Return runs of three examples with the given columns; `__` stands for a dot."""
    return pd.DataFrame(
        {
            "example_id": ["a", "b", "c"],
            **{name.replace("__", "."): values for name, values in columns.items()},
        }
    )


def kinds(one, other, **options):
    """Return name -> (kind, rule) of the metrics of a comparison."""
    return {metric.name: (metric.kind, metric.rule) for metric in ax.compare(one, other, **options).metrics}


def test_known_labels_are_pass_fail_whatever_their_case():
    """Rule two: labels out of the two known sets."""
    one, other = (
        side(eval__q__label=["Correct", "partial", "YES"]),
        side(eval__q__label=["correct", "bad", None]),
    )

    assert {"q": ("pass/fail", "labels: correct, yes pass, bad, partial fail")} == kinds(one, other)


def test_scores_of_zero_and_one_are_pass_fail():
    """Rule three, also where labels exist that are not in the sets."""
    one = side(eval__q__score=[0, 1, 1], eval__q__label=["toxic", "fine", "fine"])

    assert {"q": ("pass/fail", "scores are all 0 or 1")} == kinds(one, one)


def test_other_numbers_are_a_score():
    """Rule four; integers from text count as numbers."""
    one, other = side(eval__q__score=[0.2, 1, 1]), side(eval__q__score=["3", None, "2"])

    assert {"q": ("score", "numeric")} == kinds(one, other)


def test_other_labels_are_labels():
    """The last rule: labels without an order have no better way."""
    one = side(eval__tone__label=["formal", "rude", "formal"])
    comparison = ax.compare(one, one)

    assert {"tone": ("label", "labels without an order")} == kinds(one, one)
    assert ["neutral"] == comparison.summary["direction"].tolist()


def test_one_strange_label_on_either_side_is_enough_for_another_rule():
    """All labels of *both* sides must be known."""
    one, other = (
        side(eval__q__label=["pass", "fail", "pass"]),
        side(eval__q__label=["pass", "unsure", "fail"]),
    )

    assert "label" == kinds(one, other)["q"][0]


def test_graded_scores_beside_verdicts_are_a_second_metric():
    """A verdict and its grade can disagree, so both are shown."""
    one = side(eval__q__label=["correct", "incorrect", "correct"], eval__q__score=[0.9, 0.4, 1.0])

    assert ["q", "q.score"] == list(kinds(one, one))
    assert ["pass/fail", "score"] == [kind for kind, _ in kinds(one, one).values()]


def test_scores_that_repeat_the_verdict_are_not():
    """Scores that say 1 for every pass and 0 for every fail add nothing; ones that disagree do."""
    same = side(eval__q__label=["correct", "incorrect", "correct"], eval__q__score=[1, 0, 1])
    upside_down = side(eval__q__label=["correct", "incorrect", "correct"], eval__q__score=[0, 1, 0])

    assert ["q"] == list(kinds(same, same))
    assert ["q", "q.score"] == list(kinds(same, upside_down))


def test_said_labels_pass():
    """Rule one: a set of labels, compared as written."""
    one = side(eval__q__label=["A", "B", "C"])
    comparison = ax.compare(one, one, pass_when={"q": {"A", "B"}})

    assert ("pass/fail", "pass_when: A or B") == kinds(one, one, pass_when={"q": {"A", "B"}})["q"]
    assert [2 / 3] == comparison.summary["baseline_mean"].tolist()


@pytest.mark.parametrize(
    ("direction", "passed", "rule"), [(None, 2, "pass_when: >= 0.8"), ("lower", 2, "pass_when: <= 0.8")]
)
def test_a_threshold_passes(direction, passed, rule):
    """Rule one: a score from which on a run passes; up to which, where lower is better."""
    one = side(eval__q__score=[0.8, 0.9, 0.1])
    comparison = ax.compare(one, one, pass_when=0.8, direction=direction)

    assert {"q": ("pass/fail", rule)} == kinds(one, one, pass_when=0.8, direction=direction)
    assert [passed, passed] == comparison.outcomes["passed"].tolist()


def test_a_misspelt_passing_label_is_an_error():
    """A pass that nothing can reach is a slip of the keyboard: the labels are named."""
    one = side(eval__q__label=["A", "B", "C"])

    with pytest.raises(ComparisonError, match=r"no label 'd'.*Labels: A, B, C"):
        ax.compare(one, one, pass_when={"q": {"d"}})


def test_annotations_go_by_their_full_name_and_come_last():
    """An annotation and an evaluator of one name are two metrics."""
    one = side(annotation__q__label=["good", "bad", "good"], eval__q__label=["pass", "fail", "pass"])

    assert ["q", "annotation.q"] == list(kinds(one, one))
    assert ["annotation.q"] == list(kinds(one, one, metrics="annotation.q"))


def test_free_text_annotations_are_no_metric():
    """An annotation with nothing but text cannot be compared."""
    one = side(annotation__note__text=["x", "y", "z"], eval__q__score=[1, 0, 1])

    assert ["q"] == list(kinds(one, one))


def test_numeric_columns_when_asked():
    """Latency, cost and tokens are metrics when named, and better when lower; of other numbers it is not
    known.
    """
    one = side(
        latency_ms=[1, 2, 3],
        total_cost=[0.1, 0.2, 0.1],
        output_tokens=[5, 6, 7],
        tokens_per_second=[1, 2, 3],
        words=["1", "2", "3"],
    )
    comparison = ax.compare(
        one, one, metrics=["latency_ms", "total_cost", "output_tokens", "tokens_per_second", "words"]
    )

    assert ["lower", "lower", "lower", "unknown", "unknown"] == comparison.summary["direction"].tolist()


def test_a_column_of_words_is_labels_and_one_of_texts_no_metric():
    """A column of few words is compared as labels when it is asked for; one whose texts all differ is an
    error that says so.
    """
    one = side(model=["x", "y", "y"])
    other = side(model=["first text", "second text", "third text"])

    assert {"model": ("label", "labels without an order")} == kinds(one, one, metrics="model")
    with pytest.raises(ComparisonError, match="column 'model' holds text, not numbers or labels"):
        ax.compare(one, other, metrics="model")


def test_names_are_taken_in_any_spelling():
    """The evaluator's name, its prefix, and the graded score beside it."""
    one = side(eval__q__label=["correct", "incorrect", "correct"], eval__q__score=[0.9, 0.4, 1.0])

    assert ["q", "q.score"] == list(kinds(one, one, metrics=["eval.q"]))
    assert ["q.score"] == list(kinds(one, one, metrics=["q.score"]))
    assert ["q.score"] == list(kinds(one, one, metrics="eval.q.score"))


def test_an_unknown_metric_has_close_ones():
    """A misspelt metric is answered with its neighbours."""
    one = side(eval__correctness__score=[1, 0, 1])

    with pytest.raises(ComparisonError, match=r"no metric 'corectness'.*Did you mean 'correctness'"):
        ax.compare(one, one, metrics="corectness")


def test_an_unknown_metric_is_answered_with_what_could_be_one():
    """Ids, texts and times of traces are no metrics and are not offered as such."""
    one = side(
        eval__q__score=[1, 0, 1], output=["1", "2", "3"], latency_ms=[1.0, 2.0, 3.0], exceptions=["", "", ""]
    )
    one["result.trace.timestamp"] = [1, 2, 3]

    with pytest.raises(
        ComparisonError, match=r"no metric 'annotation.quality' in .*\. There are: q, latency_ms$"
    ):
        ax.compare(one, one).agreement("q", "quality")


def test_nothing_in_common_says_who_has_what():
    """Experiments without a common evaluator are an error that lists both sides' and names the way out."""
    with pytest.raises(
        ComparisonError, match=r"'baseline' has q; 'candidate' has r.*metrics=\[\"latency_ms\"\]"
    ):
        ax.compare(side(eval__q__score=[1, 0, 1]), side(eval__r__score=[1, 0, 1]))


def test_metrics_of_some_candidate_are_compared_with_it():
    """With several candidates a metric needs the baseline and one of them; the other one's pairs are missing
    scores.
    """
    both = side(eval__q__score=[1, 0, 1], eval__r__score=[1, 1, 1])
    summary = ax.compare(both, both, side(eval__q__score=[1, 1, 1])).summary

    assert ["q", "q", "r", "r"] == summary["metric"].tolist()
    assert [3, 3, 3, 0] == summary["n_paired"].tolist()
    assert [0, 0, 0, 3] == summary["n_unscored"].tolist()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("lower", "lower"),
        ({"q": "neutral"}, "neutral"),
        ({"other": "lower"}, "unknown"),
        ("MINIMIZE", "lower"),
        ({"eval.q": "lower"}, "lower"),
    ],
)
def test_direction_is_what_the_user_says(said, expected):
    """One word for all, or by metric; the words of annotation configs too."""
    one = side(eval__q__score=[0.1, 0.2, 0.3], other=[1, 2, 3])

    assert [expected] == ax.compare(one, one, direction=said).summary["direction"].tolist()


@pytest.mark.parametrize("option", ["pass_when", "direction", "margin"])
def test_an_option_for_a_metric_that_nothing_has_is_an_error(option):
    """A misspelt name in a mapping would change nothing and say nothing; close names are offered."""
    one = side(eval__correctness__score=[0.1, 0.2, 0.3])
    said = {"pass_when": 0.2, "direction": "lower", "margin": 0.1}[option]

    with pytest.raises(ComparisonError, match=f"{option} names 'corectness'.*Did you mean 'correctness'"):
        ax.compare(one, one, **{option: {"corectness": said}})


def test_what_is_said_of_a_metric_left_out_is_no_error():
    """A mapping may say something of metrics that are not compared this time."""
    one = side(eval__q__score=[0.1, 0.2, 0.3], eval__r__score=[0.1, 0.2, 0.3])

    assert ["q"] == list(
        kinds(one, one, metrics="q", direction={"r": "lower"}, margin={"r": 0.1}, pass_when={"r.score": 0.2})
    )


@pytest.mark.parametrize(
    ("said", "rule"),
    [({"q": "PASSED-IT"}, "pass_when: passed-it"), ({"q": {"Passed-it"}}, "pass_when: Passed-it")],
)
def test_case_of_a_passing_label_counts_only_where_two_labels_differ_by_it(said, rule):
    """A label written in another case is meant, unless one is written just so."""
    one = side(eval__q__label=["Passed-it", "passed-it" if "Passed" in rule else "failed-it", "odd"])

    assert {"q": ("pass/fail", rule)} == kinds(one, one, pass_when=said)
    assert [1] == ax.compare(one, one, pass_when=said).outcomes["passed"].unique().tolist()


@pytest.mark.parametrize("said", ["nowhere", {"x", "y"}, 0.5])
def test_a_pass_that_fits_no_metric_is_an_error(said):
    """One value for all metrics must fit at least one of them."""
    one = side(eval__q__label=["Passed-it", "failed-it", "odd"])

    with pytest.raises(ComparisonError, match=r"fits no metric.*Labels: Passed-it, failed-it, odd"):
        ax.compare(one, one, pass_when=said)


def test_a_function_is_no_pass():
    """What is neither label, labels nor number is refused in one line."""
    one = side(eval__q__label=["pass", "fail", "pass"])

    with pytest.raises(ComparisonError, match="pass_when of metric 'q' is a function"):
        ax.compare(one, one, pass_when=lambda label: label == "pass")


def test_a_grade_goes_by_the_direction_of_its_verdict():
    """What is said of an evaluator holds for the score beside its verdict, unless that has a
    word of its own.
    """
    one = side(eval__q__label=["pass", "fail", "pass"], eval__q__score=[0.9, 0.4, 0.7])

    assert ["lower", "lower"] == ax.compare(one, one, direction={"q": "lower"}).summary["direction"].tolist()
    assert ["lower", "higher"] == ax.compare(one, one, direction={"q": "lower", "q.score": "higher"}).summary[
        "direction"
    ].tolist()


def test_a_config_that_minimises_a_score_of_failure_wants_passes():
    """The direction of an annotation config is about the score: where passes have the lower one, more passes
    are better.
    """
    one = side(annotation__harm__label=["pass", "fail", "pass"], annotation__harm__score=[0.0, 1.0, 0.0])
    one.attrs["arize"] = {"directions": {"annotation.harm": "MINIMIZE"}}
    found = ax.compare(one, one).summary

    assert [("annotation.harm", "higher"), ("annotation.harm.score", "lower")] == list(
        zip(found["metric"], found["direction"], strict=True)
    )


def test_names_of_evaluators_may_hold_anything():
    """A line break or a dollar in the name of an evaluator does not hide it."""
    name = "<b>$x^2$\n| ` \u202e {0}"
    one = side(**{f"eval.{name}.label": ["pass", "fail", "pass"]})

    assert [name] == list(kinds(one, one))


def test_direction_of_an_annotation_config_is_used():
    """What the service knows about an annotation arrives with the frame."""
    one = side(annotation__harm__score=[0.1, 0.2, 0.3])
    one.attrs["arize"] = {"directions": {"annotation.harm": "MINIMIZE"}}

    assert ["lower"] == ax.compare(one, one).summary["direction"].tolist()
    assert ["higher"] == ax.compare(one, one, direction="higher").summary["direction"].tolist()


def test_an_unknown_direction_is_an_error():
    """Any other word is refused."""
    one = side(eval__q__score=[0.1, 0.2, 0.3])

    with pytest.raises(ComparisonError, match="Use higher, lower or neutral"):
        ax.compare(one, one, direction="up")


def test_one_value_for_all_concerns_those_it_fits():
    """A set of labels for all metrics leaves scores alone, a threshold for all leaves labels alone."""
    one = side(eval__a__label=["x", "y", "x"], eval__b__score=[0.1, 0.9, 0.5])

    # A set means a set of labels for all metrics; a mapping is by metric.
    assert {"a": "pass/fail", "b": "score"} == {
        name: kind for name, (kind, _) in kinds(one, one, pass_when={"x"}).items()
    }
    assert {"a": "label", "b": "pass/fail"} == {
        name: kind for name, (kind, _) in kinds(one, one, pass_when=0.5).items()
    }


@pytest.mark.parametrize(
    ("said", "message"), [({"a": 0.5}, "no scores to set against 0.5"), ({"b": {"x"}}, "It has no labels")]
)
def test_a_named_metric_must_fit(said, message):
    """What was said of one metric and cannot be is an error."""
    one = side(eval__a__label=["x", "y", "x"], eval__b__score=[0.1, 0.9, 0.5])

    with pytest.raises(ComparisonError, match=message):
        ax.compare(one, one, pass_when=said)


def test_columns_of_truth_values_are_pass_fail():
    """A plain column of 0 and 1 or of booleans is pass/fail; one of costs stays a number."""
    one = side(valid=[True, False, True], retries=[0, 1, 1], total_cost=[0, 1, 1])

    assert ["pass/fail", "pass/fail", "score"] == [
        kind for kind, _ in kinds(one, one, metrics=["valid", "retries", "total_cost"]).values()
    ]
