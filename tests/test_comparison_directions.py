"""Which way is better: told, configured, known by its name or its labels, passing, or not known; and what
passes.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pandas as pd
import pytest

import arize_nb as ax
from arize_nb.comparison.metrics.directions import (
    HIGHER_WORDS,
    LOWER_WORDS,
    TURNING_WORDS,
    direction_from_name,
    words_of,
)


def runs(name, scores=None, labels=None, judge="eval"):
    """Return one run per score or label of one evaluator."""
    columns = {
        f"{judge}.{name}.{part}": values
        for part, values in (("score", scores), ("label", labels))
        if values is not None
    }
    n = len(scores if scores is not None else labels)
    return pd.DataFrame({"example_id": [f"e{i}" for i in range(n)], **columns})


def way(name, labels=()):
    """Return the way that a name says, or None."""
    found = direction_from_name(name, labels)
    return found and found.way


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("correctness", "higher"), ("answer_relevancy", "higher"), ("AnswerRelevance", "higher"), ("F1Score", "higher"), ("f1", "higher"),
        ("rougeL", "higher"), ("ROUGE-1", "higher"), ("bleu4", "higher"), ("recall@5", "higher"), ("exact_match", "higher"),
        ("helpfulness", "higher"), ("semanticSimilarity", "higher"), ("judge.score", "higher"), ("user_rating", "higher"),
        ("latency_ms", "lower"), ("p95_latency", "lower"), ("total_cost", "lower"), ("outputTokens", "lower"), ("hallucination", "lower"),
        ("toxicity_score", "lower"), ("error_rate", "lower"), ("refusal-rating", "lower"), ("WER", "lower"), ("edit_distance", "lower"),
        ("perplexity2", "lower"), ("responseTime", "lower"), ("noise_sensitivity", "lower"),
        ("tokens_per_second", None), ("cost_per_token", None), ("non_toxic", None), ("nonToxicity", None), ("error_free", None),
        ("bias-less", None), ("harmless", None), ("unhelpful", None), ("unfaithful", None), ("no_errors", None), ("quality_loss", None),
        ("win_loss", None), ("error_handling", None), ("latency_delta", None), ("q", None), ("tone", None), ("", None), ("терпение", None),
        ("scoreboard", None), ("lossless", None), ("costume", None), ("pdf1", None),
    ],
)  # fmt: skip
def test_a_name_is_read_by_its_whole_words(name, expected):
    """Known words decide, lower ones beat score and rating; a negation, `per`, a change or a contradiction
    leaves it open.
    """
    assert expected == way(name)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["hallucinated", "factual"], "lower"), (["Toxic", "Non-toxic"], "lower"), (["not_toxic", "toxic"], "lower"),
        (["relevant", "unrelated"], "higher"), (["bug_free", "is_bug"], "higher"), (["frustrated", "ok"], "lower"), (["ok"], None),
        (["formal", "rude"], None), ([], None),
    ],
)  # fmt: skip
def test_pairs_of_labels_are_known(labels, expected):
    """What common evaluators write tells which way the score beside it runs."""
    assert expected == way("q", labels)


def test_no_word_says_two_things():
    """The lists of the table have no word in common, and every word of theirs is one that a name can be
    divided into.
    """
    lists = (HIGHER_WORDS, LOWER_WORDS, TURNING_WORDS)

    assert sum(map(len, lists)) == len(frozenset().union(*lists))
    assert [] == [word for words in lists for word in words if words_of(word) != [word]]


def hallucinations(count, *, scores=True, labels=True, total=60):
    """Return runs of which so many hallucinate, as the common evaluators write it."""
    return runs(
        "hallucination",
        [1] * count + [0] * (total - count) if scores else None,
        ["hallucinated"] * count + ["factual"] * (total - count) if labels else None,
    )


@pytest.mark.parametrize("written", [{}, {"scores": False}, {"labels": False}])
def test_more_hallucination_is_worse_however_it_is_written(written):
    """From 10% to 60% hallucinated is a regression of thirty examples; `factual`, a score of 0, is what
    passes.
    """
    comparison = ax.compare(hallucinations(6, **written), hallucinations(36, **written))
    row = comparison.rows[0]

    assert ("regressed", 30, 0, "lower") == (
        row["verdict"],
        row["regressions"],
        row["improvements"],
        row["direction"],
    )
    assert (0.1, 0.6, 0, 30) == (row["baseline_mean"], row["candidate_mean"], row["down"], row["up"])
    assert [54, 24] == comparison.outcomes["passed"].tolist()
    assert 1 == len(comparison.rows)


def test_a_label_its_score_and_the_difference_never_contradict():
    """A regression of a hallucination goes from factual, 0, to hallucinated, 1, by +1."""
    first = ax.compare(hallucinations(6), hallucinations(36)).regressions().iloc[0]

    assert ("factual", "hallucinated", 0.0, 1.0, 1.0) == tuple(
        first[["baseline_label", "candidate_label", "baseline_score", "candidate_score", "delta"]]
    )


def test_scores_that_run_the_other_way_turn_the_values_with_them():
    """A judge that scores `factual` with 1 counts the factual: higher is better, and still
    `factual` passes.
    """
    labels = ["hallucinated"] * 6 + ["factual"] * 54
    before, after = (
        runs("hallucination", [0] * 6 + [1] * 54, labels),
        runs("hallucination", [0] * 36 + [1] * 24, [labels[0]] * 36 + [labels[-1]] * 24),
    )
    comparison = ax.compare(before, after)
    row = comparison.rows[0]

    assert ("regressed", 30, "higher", 0.9, 0.4) == (
        row["verdict"], row["regressions"], row["direction"], row["baseline_mean"], row["candidate_mean"],
    )  # fmt: skip
    assert [54, 24] == comparison.outcomes["passed"].tolist()


@pytest.mark.parametrize(
    ("name", "labels", "passing", "verdict"),
    [
        ("toxicity", ("yes", "no"), "no", "regressed"), ("toxicity", ("True", "False"), "false", "regressed"),
        ("helpful", ("yes", "no"), "yes", "improved"), ("non_toxic", ("yes", "no"), "yes", "improved"),
        ("toxicity", ("pass", "fail"), "pass", "improved"), ("error", ("correct", "incorrect"), "correct", "improved"),
        ("anything", ("Non-toxic", "toxic"), "non-toxic", "improved"), ("anything", ("unrelated", "relevant"), "relevant", "regressed"),
    ],
)  # fmt: skip
def test_what_passes_by_label(name, labels, passing, verdict):
    """Words of judgement pass whatever the name; yes and no go by the name; pairs by themselves. Here the
    first label becomes commoner.
    """
    first, second = labels
    comparison = ax.compare(
        runs(name, labels=[first] * 6 + [second] * 54), runs(name, labels=[first] * 36 + [second] * 24)
    )

    assert (verdict, "pass/fail") == (comparison.rows[0]["verdict"], comparison.rows[0]["kind"])
    assert f"labels: {passing} pass" in comparison.rows[0]["rule"]
    assert [6, 36] == [
        count if passing == first.lower() else 60 - count for count in comparison.outcomes["passed"]
    ]


@pytest.mark.parametrize(
    ("name", "kind", "passed"),
    [("latency_ms", "score", None), ("error_seen", "pass/fail", 58), ("seen", "pass/fail", 2)],
)
def test_columns_of_zeros_and_ones(name, kind, passed):
    """Amounts have no verdicts; of other columns 1 passes, or 0 where the name says that lower is better."""
    one = pd.DataFrame({"example_id": [f"e{i}" for i in range(60)], name: [1] * 2 + [0] * 58})
    comparison = ax.compare(one, one, metrics=name)

    assert (kind, passed) == (
        comparison.rows[0]["kind"],
        None if passed is None else int(comparison.outcomes["passed"].iloc[0]),
    )


def test_a_direction_that_is_not_known_is_no_verdict():
    """Up and down are counted, better and worse are not, and the word is `changed`."""
    comparison = ax.compare(
        runs("tone", [i / 60 for i in range(60)]), runs("tone", [i / 60 + 0.3 for i in range(60)])
    )
    summary = comparison.summary.iloc[0]

    assert ("changed", "unknown", 0, 60) == tuple(summary[["verdict", "direction", "down", "up"]])
    assert summary[["regressions", "improvements"]].isna().all()
    assert ["improved"] == ax.compare(
        runs("tone", [i / 60 for i in range(60)]),
        runs("tone", [i / 60 + 0.3 for i in range(60)]),
        direction="higher",
    ).summary["verdict"].tolist()


@pytest.mark.parametrize(
    ("said", "expected"), [("higher", "improved"), ("lower", "regressed"), ("neutral", "changed")]
)
@pytest.mark.parametrize("written", [{}, {"scores": False}, {"labels": False}])
def test_the_user_has_the_last_word(said, expected, written):
    """What is told beats what a name or labels say."""
    row = ax.compare(hallucinations(6, **written), hallucinations(36, **written), direction=said).rows[0]

    assert (expected, said) == (row["verdict"], row["direction"])


def test_a_threshold_on_a_score_that_is_better_lower_passes_up_to_it():
    """More runs within the limit of a toxicity are better, not worse."""
    before, after = runs("toxicity", [0.9] * 30 + [0.1] * 10), runs("toxicity", [0.9] * 5 + [0.1] * 35)
    comparison = ax.compare(before, after, pass_when=0.3)

    assert ("improved", 25, "pass_when: <= 0.3") == tuple(
        comparison.rows[0][key] for key in ("verdict", "improvements", "rule")
    )
    assert [10, 35] == comparison.outcomes["passed"].tolist()


@pytest.mark.parametrize(
    ("name", "scores", "expected"),
    [
        ("tone", (0.9, 0.2), "higher"), ("tone", (0.2, 0.9), "lower"), ("toxicity", (0.2, 0.9), "lower"),
        ("toxicity", (0.9, 0.2), "unknown"), ("quality", (0.2, 0.9), "unknown"),
    ],
)  # fmt: skip
def test_a_grade_beside_a_verdict_goes_with_it(name, scores, expected):
    """The passes tell which way an unnamed score runs; a name that they contradict leaves it unknown."""
    one = runs(name, [scores[0], scores[0] + 0.01] * 5 + [scores[1]] * 10, ["pass"] * 10 + ["fail"] * 10)

    assert ["higher", expected] == ax.compare(one, one).summary["direction"].tolist()
    assert [expected] == ax.compare(one, one, metrics=f"{name}.score").summary["direction"].tolist()


@pytest.mark.parametrize("name", ["correct", "anything", "toxicity"])
def test_a_score_that_is_the_verdict_turned_round_goes_with_it(name):
    """Passes scored 0 and fails scored 1: more passes are better and lower scores are, whatever the name
    says.
    """
    labels = [["pass"] * k + ["fail"] * (60 - k) for k in (50, 20)]
    comparison = ax.compare(
        *(runs(name, [0.0 if label == "pass" else 1.0 for label in side], side) for side in labels)
    )

    assert ["regressed", "regressed"] == comparison.summary["verdict"].tolist()
    assert ["higher", "lower"] == comparison.summary["direction"].tolist()
    assert [50, 20, 50, 20] == comparison.outcomes["passed"].tolist()


def odd(known, strange, passing=0.5):
    """Return labels of which so many are no known word."""
    passed = round(known * passing)
    return ["correct"] * passed + ["incorrect"] * (known - passed) + ["unparseable"] * strange


@pytest.mark.parametrize(
    ("strange", "kind"), [(0, "pass/fail"), (1, "pass/fail"), (12, "pass/fail"), (13, "label"), (60, "label")]
)
def test_while_nine_in_ten_labels_are_known_the_kind_stays(strange, kind):
    """The others count as unscored; below that the metric has labels, and says so."""
    comparison = ax.compare(runs("c", labels=odd(60, 0)), runs("c", labels=odd(60 - strange, strange)))
    row = comparison.rows[0]

    assert kind == row["kind"]
    assert (strange if kind == "pass/fail" else 0) == row["n_unscored"]
    assert (kind == "label") == ("known words" in row["rule"])


def test_an_odd_label_is_unscored_though_a_score_stands_beside_it():
    """A judge that could not be read writes 0 beside "unparseable": that is no fail."""
    one = runs("c", [1] * 50 + [0] * 10, ["correct"] * 50 + ["incorrect"] * 9 + ["unparseable"])
    counts = ax.compare(one, one).outcomes.iloc[0]

    assert (50, 9, 1) == tuple(counts[["passed", "failed", "unscored"]])


def test_people_who_count_the_good_agree_with_a_judge_who_counts_the_bad():
    """An annotation `factual: yes` beside a judge's `hallucinated` is the same opinion, written the other
    way.
    """
    judged = [["hallucinated"] * 6 + ["factual"] * 54, ["hallucinated"] * 36 + ["factual"] * 24]
    sides = [
        pd.DataFrame(
            {
                "example_id": [f"e{i}" for i in range(60)],
                "eval.hallucination.label": labels,
                "annotation.factual.label": ["yes" if label == "factual" else "no" for label in labels],
            }
        )
        for labels in judged
    ]
    found = ax.compare(*sides, metrics="hallucination").agreement("hallucination", "factual")

    assert [1.0, 1.0, 1.0] == found.table["percent"].tolist()
    assert ["holds"] == found.difference["holds"].tolist()
    assert (0.5, 0.5) == tuple(found.difference[["people_delta", "judge_delta"]].iloc[0])


def test_the_documentation_prints_the_table_that_is_read():
    """The page has every word that decides, and none that does not."""
    spec = importlib.util.spec_from_file_location(
        "direction_table", Path(__file__).parent.parent / "benchmarks" / "direction_table.py"
    )
    table = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(table)
    text = table.PAGE.read_text(encoding="utf-8")

    assert table.page(text) == text
