"""Tricks that a statistician tries: rounding, stored width, one flaky example, a giant cluster, one more
question change no verdict.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

import arize_nb as ax


def runs(scores, name="m", **columns):
    """Return runs e0, e1, … with a score each."""
    frame = pd.DataFrame(
        {"example_id": [f"e{place}" for place in range(len(scores))], f"eval.{name}.score": scores}
    )
    return frame.assign(**columns)


def row_of(one, other, **options):
    """Return the first row of a comparison of two lists of scores."""
    return ax.compare(runs(one), runs(other), direction="higher", **options).rows[0]


def repeated(passes, of=5):
    """Return five runs of every example, of which so many pass."""
    ids = np.repeat([f"e{place}" for place in range(len(passes))], of)
    scores = [float(run < passed) for passed in passes for run in range(of)]
    return pd.DataFrame({"example_id": ids, "eval.m.score": scores})


STEPS = [5 + 0.1 * place for place in range(30)]


class TestEvidence:
    """Claims rest on what so many pairs can show."""

    @pytest.mark.parametrize("moved", [0.0, 1e-15, 1e-6, 1e-3])
    def test_a_hair_of_change_is_no_proof_of_none(self, moved):
        """Thirty equal pairs are not equivalent within 0.05, and one that moves by a millionth does not make
        them so.
        """
        row = row_of(STEPS, [*STEPS[:3], STEPS[3] + moved, *STEPS[4:]], margin=0.05)

        assert "no clear change" == row["verdict"]
        assert (-0.91, 0.91) == pytest.approx((row["ci_low"], row["ci_high"]), abs=0.02)

    def test_rounding_does_not_decide(self):
        """Twelve pairs that all gain 0.1 say the same written in tenths and in steps that a double holds
        exactly.
        """
        tenths = row_of(
            [0.2 + place / 100 for place in range(12)],
            [0.3 + place / 100 for place in range(12)],
            margin=0.11,
        )
        exact = row_of(
            [place / 64 for place in range(12)], [0.125 + place / 64 for place in range(12)], margin=0.14
        )

        assert tenths["verdict"] == exact["verdict"] == "no clear change"
        assert np.isnan([tenths["min_detectable"], exact["min_detectable"]]).all()

    @pytest.mark.parametrize(("n", "verdict"), [(50, "no clear change"), (200, "equivalent")])
    def test_flips_that_were_not_seen_may_come(self, n, verdict):
        """Fifty verdicts without a flip, half of them passes, may hide 7% that flip; two hundred at most
        1.8%.
        """
        half = [0.0, 1.0] * (n // 2)
        row = row_of(half, half, margin=0.05)

        assert verdict == row["verdict"]
        assert 1 - 0.025 ** (1 / n) <= row["ci_high"] + 1e-12

    def test_a_small_gain_of_all_is_no_better_mean(self):
        """Twenty pairs that gain 0.053 can have missed the twentieth that loses everything."""
        row = row_of([0.9] * 20, [0.953] * 20)

        assert ("no clear change", 20) == (row["verdict"], row["improvements"])
        assert row["ci_low"] < 0 < row["ci_high"]

    def test_one_flaky_example_changes_nothing_much(self):
        """The interval is made the same way whether one of a hundred repeated runs is flaky or none."""
        none = ax.compare(repeated([5] * 30 + [0] * 10), repeated([5] * 28 + [0] * 12), pass_when=1.0).rows[0]
        one = ax.compare(
            repeated([5] * 29 + [4] + [0] * 10), repeated([5] * 28 + [0] * 12), pass_when=1.0
        ).rows[0]

        assert none["interval"] == one["interval"] == "bounded mean"
        assert (none["ci_low"], none["ci_high"]) == pytest.approx((one["ci_low"], one["ci_high"]), abs=0.012)

    def test_pass_at_k_holds_what_ten_examples_can_have_missed(self):
        """Ten examples that never fail on either side leave 31% that may."""
        found = ax.compare(repeated([5] * 10), repeated([5] * 10), pass_when=1.0).pass_at(3)
        row = found[(found["experiment"] == "candidate") & (found["measure"] == "pass@3")].iloc[0]

        missed = 1 - 0.025 ** (1 / 10)
        assert (-missed, missed, 1 - missed) == pytest.approx(
            (row["delta_low"], row["delta_high"], row["ci_low"]), rel=1e-6
        )

    def test_not_worse_by_more_than_the_margin(self):
        """Non-inferiority: an interval that reaches above the margin on the better side only."""
        generator = np.random.default_rng(3)
        before = generator.beta(2, 2, 400)
        after = np.clip(before + generator.normal(0.012, 0.2, 400), 0, 1)
        row = row_of(before, after, margin=0.0205)

        assert row["ci_low"] > -0.0205
        assert row["ci_high"] > 0.0205
        assert ("not worse", "worse by less than the margin of 0.0205, if at all") == (
            row["verdict"],
            row["reason"],
        )

    def test_sides_have_intervals_of_their_own(self):
        """Each pass rate's is Clopper and Pearson's."""
        row = row_of([1.0] * 45 + [0.0] * 5, [1.0] * 50)
        low, high = proportion_confint(45, 50, alpha=0.05, method="beta")

        assert (float(low), float(high)) == pytest.approx((row["baseline_low"], row["baseline_high"]))
        assert (0.025 ** (1 / 50), 1.0) == pytest.approx((row["candidate_low"], row["candidate_high"]))

    def test_a_few_large_differences_decide_is_said(self):
        """One cost of sixty that is a thousand times the others makes the mean directional only."""
        before = pd.DataFrame(
            {"example_id": [f"e{place}" for place in range(60)], "cost": np.linspace(0.01, 0.02, 60)}
        )
        after = before.assign(cost=[*before["cost"][:59] * 1.01, 15.0])
        row = ax.compare(before, after, metrics="cost").rows[0]

        assert "directional only (a few large differences decide)" == row["note"]
        assert "no clear change" == row["verdict"]


class TestNumbers:
    """Size, offset and stored width of scores."""

    def test_counters_may_be_large(self):
        """Integers of 1e12 that differ by one: fifteen up, five down, none the same."""
        row = row_of([10**12 + i for i in range(20)], [10**12 + i + (1 if i < 15 else -1) for i in range(20)])

        assert (5, 15, 0, 0.5) == (row["regressions"], row["improvements"], row["unchanged"], row["delta"])
        assert float(stats.binomtest(5, 20).pvalue) == pytest.approx(row["p_value"])

    @pytest.mark.parametrize("large", [1e3, 1e10, 1e12, 1e15])
    def test_one_huge_difference_does_not_blunt_the_test(self, large):
        """Ten differences up have p = 2 / 1024, however large one of them is."""
        row = row_of([0.0] * 10 + [0.5], [large] + [1.0] * 9 + [0.5])

        assert (2 / 1024, 2 / 1024) == (row["p_value"], row["p_exact"])

    @pytest.mark.parametrize("unit", [1e-100, 1e-9, 1.0, 1e9, 1e100])
    def test_the_unit_changes_nothing(self, unit):
        """Scores in any unit: the same correlation, p, verdict, and interval in that unit."""
        generator = np.random.default_rng(0)
        before = generator.normal(5, 1, 50)
        after = before + generator.normal(0.8, 0.3, 50)
        row = row_of(before * unit, after * unit)

        assert float(np.corrcoef(before, after)[0, 1]) == pytest.approx(row["correlation"])
        assert ("improved", "bounded mean") == (row["verdict"], row["interval"])
        assert row_of(before * 3, after * 3)["ci_low"] / 3 == pytest.approx(row["ci_low"] / unit)

    @pytest.mark.parametrize("kind", ["float16", "float32", "Float32", "float64", "str"])
    def test_the_stored_width_decides_nothing(self, kind):
        """0.7 is 0.7 in two, four and eight bytes and as text: equal to itself, and it reaches a threshold of
        0.7.
        """
        narrow = runs(pd.Series([0.1, 0.7, 0.3, 0.9] * 10).astype(kind))
        wide = runs([0.1, 0.7, 0.3, 0.9] * 10)
        row = ax.compare(narrow, wide).rows[0]
        passed = ax.compare(narrow, wide, pass_when=0.7)

        assert (40, 0.0) == (row["unchanged"], row["delta"])
        assert [20, 20] == [passed.outcomes["passed"].tolist()[side] for side in range(2)]

    def test_swapping_the_sides_mirrors(self):
        """p stays, the interval turns round."""
        generator = np.random.default_rng(8)
        before, after = generator.exponential(size=(2, 35))
        there, back = row_of(before, after), row_of(after, before)

        assert there["p_value"] == back["p_value"]
        assert (-there["ci_high"], -there["ci_low"]) == pytest.approx((back["ci_low"], back["ci_high"]))


class TestUnits:
    """What is independent, and how many questions were asked."""

    def test_a_giant_cluster_is_no_crowd(self):
        """Thirty clusters of which one holds most pairs never alarm, and are too few to say so."""
        sizes = [100, *[2] * 29]
        numbers = np.repeat(np.arange(30), sizes)
        words = set()
        for seed in range(20):
            generator = np.random.default_rng(seed)
            moved = generator.normal(size=30)[numbers] * 0.3**0.5 + generator.normal(size=158) * 0.7**0.5
            columns = {"doc": [f"d{number}" for number in numbers]}
            found = ax.compare(
                runs([5.25] * 158, **columns), runs(5.25 + moved), cluster="doc", direction="higher"
            )
            words.add(found.rows[0]["verdict"])

        assert {"too few"} == words
        assert np.isnan(found.rows[0]["min_detectable"])
        assert ["clusters"] == [concern.kind for concern in found.concerns]

    def test_clusters_that_differ_alike_prove_nothing(self):
        """Twelve equal gains in six clusters: no p of 1e-82 and no difference of 1e-18 that would be seen."""
        docs = {"doc": [f"d{place // 2}" for place in range(12)]}
        row = ax.compare(runs([0.2] * 12, **docs), runs([0.3] * 12), cluster="doc", direction="higher").rows[
            0
        ]

        assert ("no clear change", 2 / 2**6) == (row["verdict"], pytest.approx(row["p_value"]))
        assert np.isnan(row["min_detectable"])

    def test_a_ranking_does_not_decide_where_the_summary_abstains(self):
        """Two clusters rank nobody."""
        docs = {"doc": ["a"] * 4 + ["b"] * 4}
        found = ax.compare(
            runs([place / 8 for place in range(8)], **docs),
            runs([0.125 + place / 8 for place in range(8)]),
            cluster="doc",
        )

        assert "too few" == found.rows[0]["verdict"]
        assert [1, 1] == found.ranking()["rank"].tolist()

    def test_seven_pairs_do_not_decide_ten_metrics(self):
        """2 / 2^7 times ten is above 5%: too few, and nothing is promised; alone they may decide."""
        one, other = (
            pd.DataFrame(
                {"example_id": list("abcdefg"), **{f"eval.m{k}.score": [value] * 7 for k in range(10)}}
            )
            for value in (0, 1)
        )

        assert {"too few"} == {row["verdict"] for row in ax.compare(one, other).rows}
        assert {True} == {bool(np.isnan(row["min_detectable"])) for row in ax.compare(one, other).rows}
        assert "improved" == ax.compare(one, other, metrics="m1").rows[0]["verdict"]

    @pytest.mark.parametrize(("labels", "n", "verdict"), [(8, 10, "too few"), (3, 30, "no clear change")])
    def test_many_labels_need_many_pairs(self, labels, n, verdict):
        """A test of eight labels cannot reach 5% with ten pairs whatever they show."""
        generator = np.random.default_rng(1)
        one, other = (
            runs([None] * n).assign(
                **{"eval.t.label": [f"l{code}" for code in generator.integers(0, labels, n)]}
            )
            for _ in range(2)
        )

        assert verdict == ax.compare(one, other, metrics="t").rows[0]["verdict"]

    def test_more_metrics_promise_less(self):
        """What such pairs reliably show is for the level that each of ten metrics is held to."""
        generator = np.random.default_rng(2)
        one, other = (
            pd.DataFrame(
                {
                    "example_id": [f"e{place}" for place in range(80)],
                    **{f"eval.m{k}.score": generator.random(80) for k in range(10)},
                }
            )
            for _ in range(2)
        )
        alone, among = ax.compare(one, other, metrics="m1").rows[0], ax.compare(one, other).rows[1]

        assert among["metric"] == alone["metric"] == "m1"
        assert 1.2 * alone["min_detectable"] < among["min_detectable"] < 1.6 * alone["min_detectable"]

    def test_three_examples_are_never_beyond_the_noise(self):
        """A rerun that changed nothing beside a candidate that changed all three shows nothing yet."""
        found = ax.compare(runs([0.0] * 3), runs([1.0] * 3)).noise_floor(runs([0.0] * 3))

        assert ["cannot be told from noise"] == found["verdict"].tolist()

    def test_noise_of_fewer_runs_is_scaled(self):
        """Five runs of the rerun vary less than one of the candidate; changes are not counted against each
        other then.
        """
        generator = np.random.default_rng(4)
        base, again = runs(generator.random(60)), runs(generator.random(60))
        rerun = pd.concat([runs(generator.random(60)) for _ in range(5)])
        row = ax.compare(base, again).noise_floor(rerun).iloc[0]
        five = rerun.groupby("example_id", sort=False)["eval.m.score"].mean().to_numpy()
        moved = np.array([five - base["eval.m.score"], again["eval.m.score"] - base["eval.m.score"]])
        error = np.sqrt((2 / 1.2 * (moved[0] ** 2).sum() + (moved[1] ** 2).sum()) / 2) / 60

        assert np.isnan(row["p_changes"])
        assert float(2 * stats.norm.sf(abs(moved[1].mean()) / error)) == pytest.approx(row["p_delta"])
