"""The summary: numbers against scipy, verdicts that abstain, and properties that hold for any runs."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar

import arize_nb as ax
from arize_nb.comparison.stats.binary import Flips, newcombe
from arize_nb.errors import ComparisonError

CONTRACT = [
    "metric", "kind", "baseline", "candidate", "n_baseline", "n_candidate", "n_paired", "n_error", "n_missing", "n_unscored",
    "baseline_mean", "candidate_mean", "delta", "ci_low", "ci_high", "test", "p_value", "p_exact", "p_adjusted", "regressions",
    "improvements", "unchanged", "correlation", "direction", "rule", "min_detectable", "verdict",
]  # fmt: skip


def runs(scores, name=None, **columns):
    """Return runs e0, e1, … with a score each and a verdict by it."""
    frame = pd.DataFrame(
        {
            "id": [f"{name}{i}" for i in range(len(scores))],
            "example_id": [f"e{i}" for i in range(len(scores))],
        }
    )
    frame["eval.q.score"] = scores
    for column, values in columns.items():
        frame[column.replace("__", ".")] = values
    return frame


def verdicts(n, lost, won, both=0):
    """Return two experiments of n examples with so many flips."""
    neither = n - lost - won - both
    before = [1] * both + [1] * lost + [0] * won + [0] * neither
    after = [1] * both + [0] * lost + [1] * won + [0] * neither
    return runs(before), runs(after)


def test_columns_are_those_of_the_contract():
    """The contract's columns come first, in its order; what is added comes after."""
    columns = ax.compare(*verdicts(40, 3, 9)).summary.columns.tolist()

    assert CONTRACT == columns[: len(CONTRACT)]
    intervals = ["baseline_low", "baseline_high", "candidate_low", "candidate_high"]
    assert [
        "interval",
        "note",
        "reason",
        "down",
        "up",
        "direction_rule",
        "direction_guessed",
        *intervals,
    ] == columns[len(CONTRACT) : -8]
    assert [
        "errored_passes",
        "paired_verdict",
        "worst_verdict",
        "best_verdict",
        "failing_verdict",
        "lost_decides",
        "n_lost_runs",
        "lost_runs",
    ] == columns[-8:]


def test_pass_fail_numbers():
    """Flips, McNemar and Newcombe of a worked case: 100 pairs, 4 lost, 14 won."""
    row = ax.compare(*verdicts(100, 4, 14, both=50)).rows[0]
    interval = newcombe(Flips(both_pass=50, lost=4, won=14, both_fail=32))

    assert ("McNemar mid-p", "Newcombe") == (row["test"], row["interval"])
    assert (0.54, 0.64, 0.1) == pytest.approx((row["baseline_mean"], row["candidate_mean"], row["delta"]))
    assert (interval.low, interval.high) == (row["ci_low"], row["ci_high"])
    assert float(mcnemar([[50, 4], [14, 32]], exact=True).pvalue) == pytest.approx(row["p_exact"])
    assert row["p_exact"] - float(stats.binom.pmf(4, 18, 0.5)) == pytest.approx(row["p_value"])
    assert (4, 14, 82) == (row["regressions"], row["improvements"], row["unchanged"])
    assert "improved" == row["verdict"]


def test_score_numbers():
    """Means, interval and correlation are scipy's and numpy's."""
    generator = np.random.default_rng(0)
    before, after = generator.random(60), generator.random(60)
    row = ax.compare(runs(before), runs(after), direction="higher").rows[0]
    low, high = stats.ttest_rel(after, before).confidence_interval()

    assert (before.mean(), after.mean(), (after - before).mean()) == pytest.approx(
        (row["baseline_mean"], row["candidate_mean"], row["delta"])
    )
    assert (float(low), float(high)) == pytest.approx((row["ci_low"], row["ci_high"]))
    assert float(np.corrcoef(before, after)[0, 1]) == pytest.approx(row["correlation"])
    assert (int((after < before).sum()), int((after > before).sum())) == (
        row["regressions"],
        row["improvements"],
    )
    assert float(stats.ttest_rel(after, before).pvalue) == pytest.approx(row["p_value"], abs=0.03)


def test_correlation_of_verdicts_is_phi():
    """Pass/fail pairs have numpy's correlation too."""
    one, other = verdicts(100, 4, 14, both=50)
    expected = np.corrcoef(one["eval.q.score"], other["eval.q.score"])[0, 1]

    assert float(expected) == pytest.approx(ax.compare(one, other).rows[0]["correlation"])


def test_lower_is_better_turns_the_words_not_the_numbers():
    """Direction decides what is a regression; delta stays candidate minus baseline."""
    before, after = (
        runs([None] * 40, latency_ms=np.arange(40) + 100.0),
        runs([None] * 40, latency_ms=np.arange(40) + 130.0),
    )
    row = ax.compare(before, after, metrics="latency_ms").rows[0]

    assert (30.0, 40, 0, "regressed") == (
        row["delta"],
        row["regressions"],
        row["improvements"],
        row["verdict"],
    )


def test_a_neutral_metric_changes_without_getting_better_or_worse():
    """Neither way is better: no regressions are counted, and the word is `changed`."""
    before, after = runs(np.arange(40) / 40), runs(np.arange(40) / 40 + 0.3)
    comparison = ax.compare(before, after, direction="neutral")
    row = comparison.rows[0]

    assert (None, None, "changed") == (row["regressions"], row["improvements"], row["verdict"])
    assert comparison.summary["regressions"].isna().all()
    assert (0, 40) == (len(comparison.regressions()), len(comparison.changes()))


def test_holm_runs_over_metrics_and_candidates():
    """The smallest of four p values is multiplied by four."""
    one, other = verdicts(100, 4, 14, both=50)
    one["eval.r.score"], other["eval.r.score"] = other["eval.q.score"], other["eval.q.score"]
    summary = ax.compare(one, other, other).summary

    assert 4 == len(summary)
    assert summary["p_value"].min() * 4 == pytest.approx(summary["p_adjusted"].min())


def test_verdict_and_numbers_never_contradict():
    """`improved` and `regressed` need the adjusted p and an interval that excludes zero."""
    for lost in range(12):
        row = ax.compare(*verdicts(40, lost, 12)).rows[0]
        clear = row["p_adjusted"] <= 0.05 and not row["ci_low"] <= 0 <= row["ci_high"]
        assert clear == (row["verdict"] == "improved")


def test_margin_makes_equivalent():
    """With a margin and an interval within it the verdict is `equivalent`; a wider interval stays open."""
    one, other = verdicts(2000, 20, 22, both=1000)

    assert "equivalent" == ax.compare(one, other, margin=0.02).rows[0]["verdict"]
    assert "equivalent" == ax.compare(one, other, margin={"q": 0.02}).rows[0]["verdict"]
    assert "no clear change" == ax.compare(one, other, margin=0.005).rows[0]["verdict"]
    assert "no clear change" == ax.compare(one, other).rows[0]["verdict"]


@pytest.mark.parametrize("margin", [0, -0.1, float("nan"), {"q": 0}])
def test_a_margin_is_above_zero(margin):
    """Nothing lies within a margin of zero or less."""
    with pytest.raises(ComparisonError, match="margin is"):
        ax.compare(*verdicts(40, 3, 9), margin=margin)


@pytest.mark.parametrize(
    ("n", "verdict"), [(6, "no clear change"), (100, "no clear change"), (400, "equivalent")]
)
def test_equal_scores_are_equivalent_only_when_there_are_enough(n, verdict):
    """Equal pairs have the interval of what so many can have missed: some hundred of them rule out a change
    of 0.01.
    """
    one = runs([0.5] * n)
    row = ax.compare(one, one, margin=0.01).rows[0]
    missed = 1 - 0.025 ** (1 / n)

    assert verdict == row["verdict"]
    assert (-missed, missed, 1.0) == pytest.approx((row["ci_low"], row["ci_high"], row["p_value"]))


@pytest.mark.parametrize("option", ["by", "cluster"])
def test_a_column_that_nothing_has_is_refused_at_once(option):
    """A misspelt column is an error of `compare`, not of the first table that needs it."""
    with pytest.raises(ComparisonError, match="no column 'topik'"):
        ax.compare(*verdicts(40, 3, 9), **{option: "topik"})


@pytest.mark.parametrize(
    ("clusters", "verdict"), [(1, "too few"), (5, "too few"), (6, "no clear change"), (20, "improved")]
)
def test_few_clusters_are_too_few_however_many_pairs(clusters, verdict):
    """Clusters are what is independent: below six even all changing alike could not reach the level, and six
    may miss half of all.
    """
    one, other = (
        runs([score + 0.001 * (i % 7) for i in range(60)], doc=[i % clusters for i in range(60)])
        for score in (0.2, 0.7)
    )

    assert verdict == ax.compare(one, other, cluster="doc", direction="higher").rows[0]["verdict"]


def test_absurd_numbers_are_no_scores():
    """Numbers whose square a double cannot hold, and integers beyond 64 bits, neither crash nor warn."""
    huge = ax.compare(runs([1e308 * (i % 3 - 1) for i in range(40)]), runs([1e308] * 40))
    long = ax.compare(runs([10**30 + i for i in range(40)]), runs([2 * 10**30] * 40))

    assert (0, 40) == (huge.rows[0]["n_paired"], huge.rows[0]["n_unscored"])
    assert (40, 1e30) == (long.rows[0]["n_paired"], pytest.approx(long.rows[0]["delta"]))


@pytest.mark.parametrize(
    ("n", "verdict"), [(0, "too few"), (1, "too few"), (5, "too few"), (6, "improved"), (29, "improved")]
)
def test_below_thirty_pairs_is_directional_only(n, verdict):
    """Few pairs are marked; so few that nothing could be significant are `too few`."""
    row = (
        ax.compare(*verdicts(max(n, 1), 0, n if n else 0)).rows[0]
        if n
        else ax.compare(runs([1]), runs([None])).rows[0]
    )

    assert verdict == row["verdict"]
    assert f"directional only (n = {n} < 30)" == row["note"]


def test_thirty_pairs_are_not_marked():
    """From thirty on there is no warning."""
    assert "" == ax.compare(*verdicts(30, 0, 8)).rows[0]["note"]


def test_labels_have_no_mean():
    """Labels without an order have counts, a test and nothing that pretends to be a difference."""
    before = runs([None] * 60, eval__t__label=["a", "b", "c"] * 20)
    after = runs([None] * 60, eval__t__label=["a", "a", "c"] * 20)
    row = ax.compare(before, after, metrics="t").rows[0]

    assert np.isnan([row["baseline_mean"], row["delta"], row["ci_low"]]).all()
    assert row["test"].startswith("Stuart-Maxwell")
    assert (40, "changed") == (row["unchanged"], row["verdict"])


def test_clusters_widen_the_interval():
    """Copies of an example in one cluster do not make the comparison surer."""
    one, other = verdicts(40, 4, 14, both=10)
    copies = pd.concat(
        [
            one.assign(example_id=one["example_id"] + f"-{k}", id=one["id"] + f"-{k}", doc=one["example_id"])
            for k in range(5)
        ]
    )
    again = pd.concat(
        [
            other.assign(
                example_id=other["example_id"] + f"-{k}", id=other["id"] + f"-{k}", doc=one["example_id"]
            )
            for k in range(5)
        ]
    )
    naive, robust = ax.compare(copies, again).rows[0], ax.compare(copies, again, cluster="doc").rows[0]
    single = stats.ttest_rel(other["eval.q.score"], one["eval.q.score"])

    assert "cluster-robust t (40 clusters)" == robust["test"]
    assert float(single.pvalue) == pytest.approx(robust["p_value"])
    assert robust["ci_high"] - robust["ci_low"] > 2 * (naive["ci_high"] - naive["ci_low"])


def test_the_column_of_clusters_is_read_once(monkeypatch):
    """However many metrics, candidates and slices there are, the clusters of all examples are worked out one
    time.
    """
    one, other = (
        runs([0.1, 0.9, 0.4] * 20, name, doc=[i % 12 for i in range(60)], topic=["x", "y", "z"] * 20)
        for name in "ab"
    )
    found = ax.compare(one, other, other.copy(), cluster="doc", by="topic")
    read = []
    attribute = type(found.study).attribute
    monkeypatch.setattr(
        type(found.study),
        "attribute",
        lambda self, column, rows: read.append(column) or attribute(self, column, rows),
    )

    assert (2, 6) == (len(found.summary), len(found.slices()))
    assert ["doc", "topic"] == sorted(set(read))
    assert 1 == read.count("doc")


def test_few_clusters_are_a_concern():
    """Under twenty clusters a few decide, and that is said."""
    one, other = verdicts(40, 4, 14)
    one["doc"] = [f"d{i % 5}" for i in range(40)]

    assert "clusters" in ax.compare(one, other, cluster="doc").comparability["kind"].tolist()


def test_clusters_count_by_what_they_tell():
    """Thirty clusters of which one holds most examples are too few for any verdict, and the concern says what
    they are worth.
    """
    one, other = (
        runs(scores, doc=["big"] * 100 + [f"d{i // 2}" for i in range(58)])
        for scores in ([0.2] * 158, [0.9] * 158)
    )
    found = ax.compare(one, other, cluster="doc", direction="higher")

    assert "too few" == found.rows[0]["verdict"]
    assert (
        "no outcome of 30 clusters that tell as much as 2.5 could reach the level 0.05"
        == found.rows[0]["reason"]
    )
    assert [
        "only 30 clusters by 'doc', of such sizes that they tell as much as 2.5 equal ones: below 20 a few of"
        " them decide"
    ] == [concern.message for concern in found.concerns if concern.kind == "clusters"]


@pytest.mark.parametrize("confidence", [0.2, 1.0, 95])
def test_confidence_is_a_share(confidence):
    """A level that is no share of one is refused."""
    with pytest.raises(ComparisonError, match=r"0\.95"):
        ax.compare(*verdicts(10, 1, 2), confidence=confidence)


def test_comparison_is_frozen_and_keeps_what_it_worked_out():
    """The result cannot be changed, and asking twice costs once."""
    comparison = ax.compare(*verdicts(40, 4, 14))

    assert comparison.summary is comparison.summary
    with pytest.raises(AttributeError):
        comparison.baseline = "other"


def test_neither_server_nor_network_nor_ipython():
    """Comparing frames in a fresh process loads no transport, no server, no IPython, no matplotlib, no
    statsmodels.
    """
    code = (
        "import sys, arize_nb as ax, pandas as pd\na = pd.DataFrame({'example_id': list('abcdef'),"
        " 'eval.q.score': [1, 0, 1, 1, 0, 1]})\nc = ax.compare(a, a.assign(**{'eval.q.score': [1, 1, 1, 1, 0,"
        " 1]})); c.summary; repr(c); c.regressions()\nheavy = ('IPython', 'requests', 'pyarrow.flight',"
        " 'fastapi', 'matplotlib', 'statsmodels', 'scipy.stats', 'ipywidgets')\nprint([module for module in"
        " heavy if module in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]" == done.stdout.strip()


def test_a_table_of_regressions_needs_no_scipy():
    """The changed examples are found in a fresh process without scipy, which costs a quarter of a second to
    load.
    """
    code = (
        "import sys, arize_nb as ax\na = [{'id': i, 'example_id': i, 'evaluations': {'q': {'label': 'pass'}}}"
        " for i in 'abcdef']\nb = [{'id': i, 'example_id': i, 'evaluations': {'q': {'label': 'pass' if i <"
        " 'c' else 'fail'}}} for i in 'abcdef']\nc = ax.compare(a, b);"
        " print(c.changes_table('regressions').column('example_id').to_pylist())\nprint([module for module in"
        " ('scipy', 'statsmodels', 'matplotlib', 'jinja2') if module in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ["['c', 'd', 'e', 'f']", "[]"] == done.stdout.split("\n")[:2]


VALUES = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0, None])
RUNS = st.lists(st.tuples(VALUES, VALUES, st.sampled_from(["pass", "fail", None])), min_size=1, max_size=40)
MIRRORED = {"improved": "regressed", "regressed": "improved"}


def both_sides(rows):
    """Return two experiments from rows of (baseline score, candidate score, label)."""
    before, after, labels = zip(*rows, strict=True)
    return (
        runs(list(before), "a", eval__l__label=labels),
        runs(list(after), "b", eval__l__label=[None if label is None else "fail" for label in labels]),
    )


@settings(deadline=None, max_examples=20)
@given(RUNS)
def test_swapping_turns_signs_and_words(rows):
    """With the sides swapped, deltas and intervals change sign, p values stay, regressions become
    improvements.
    """
    one, other = both_sides(rows)
    there, back = ax.compare(one, other), ax.compare(other, one)
    for row, mirrored in zip(there.rows, back.rows, strict=True):
        assert (row["n_paired"], row["p_value"]) == pytest.approx(
            (mirrored["n_paired"], mirrored["p_value"]), nan_ok=True
        )
        assert row["delta"] == pytest.approx(-mirrored["delta"], nan_ok=True, abs=1e-12)
        assert row["ci_low"] == pytest.approx(-mirrored["ci_high"], nan_ok=True, abs=1e-9)
        assert (row["regressions"], row["improvements"]) == (
            mirrored["improvements"],
            mirrored["regressions"],
        )
        assert MIRRORED.get(row["verdict"], row["verdict"]) == mirrored["verdict"]
    assert there.regressions()["example_id"].tolist() == back.improvements()["example_id"].tolist()


@settings(deadline=None, max_examples=15)
@given(RUNS)
def test_equal_inputs_show_nothing(rows):
    """An experiment against itself: no delta, p of one, nothing changed."""
    one, _ = both_sides(rows)
    comparison = ax.compare(one, one)
    for row in comparison.rows:
        if row["n_paired"]:
            assert (0.0, 1.0, 0, 0) == (row["delta"], row["p_value"], row["down"], row["up"])
            assert row["verdict"] in ("no clear change", "too few")
    assert 0 == len(comparison.changes())


@settings(deadline=None, max_examples=15)
@given(RUNS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows, shuffler):
    """Shuffled runs give the same summary and the same tables, row by row."""
    one, other = both_sides(rows)
    order = list(range(len(one)))
    shuffler.shuffle(order)
    plain, shuffled = ax.compare(one, other), ax.compare(one.iloc[order], other.iloc[order[::-1]])

    pd.testing.assert_frame_equal(plain.summary, shuffled.summary, rtol=1e-12)
    pd.testing.assert_frame_equal(plain.changes(), shuffled.changes())


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=2, max_size=6),
    st.sampled_from([None, "sequential"]),
)
def test_no_difference_of_pass_rates_is_beyond_100_points(passes, how):
    """However few the pairs and whatever the repetitions, an interval ends where a difference of rates can
    still lie.
    """
    ids = [f"e{number // 2}" for number in range(2 * len(passes))]
    one, other = (
        pd.DataFrame(
            {
                "example_id": ids,
                "eval.q.label": ["pass" if row[side + k] else "fail" for row in passes for k in (0, 2)],
            }
        )
        for side in (0, 1)
    )
    for row in ax.compare(one, other, sequential=how is not None).rows:
        assert not (row["ci_low"] < -1)
        assert not (row["ci_high"] > 1)


def test_same_seed_same_numbers():
    """Everything drawn depends on the seed alone."""
    generator = np.random.default_rng(0)
    one, other = runs(generator.random(100)), runs(generator.random(100))

    pd.testing.assert_frame_equal(
        ax.compare(one, other, seed=3).summary, ax.compare(one, other, seed=3).summary
    )
    assert (
        ax.compare(one, other, seed=3).rows[0]["p_value"] != ax.compare(one, other, seed=4).rows[0]["p_value"]
    )
