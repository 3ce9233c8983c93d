"""Judges and people: corrected differences, AC1, pairwise judgements and their ranking, intervals for
repeated looks.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import arize_nb as ax
from arize_nb.comparison.diagnostics.judge_agreement import holds
from arize_nb.comparison.diagnostics.pairwise import pairwise
from arize_nb.comparison.stats.confidence_sequence import FIRST_LOOK, sequence_interval, sequence_p
from arize_nb.comparison.stats.judgements.agreement import cohen_kappa, gwet_ac1
from arize_nb.comparison.stats.judgements.bradley_terry import bradley_terry
from arize_nb.comparison.stats.judgements.prediction_powered import corrected_mean
from arize_nb.errors import ColumnError, ComparisonError

SAMPLE = json.loads((Path(__file__).parent / "samples" / "prediction_powered.json").read_text())


def judged(passes, judge, labelled):
    """Make a frame of runs with a judge's verdict on all and people's on the first few."""
    people = [("good" if one else "bad") if place < labelled else None for place, one in enumerate(passes)]
    ids = [f"e{place}" for place in range(len(passes))]
    return pd.DataFrame(
        {
            "example_id": ids,
            "output": "x",
            "eval.j.label": np.where(judge, "pass", "fail"),
            "annotation.h.label": people,
        }
    )


class TestPredictionPowered:
    """A mean from a judge's values, corrected where people looked."""

    @pytest.mark.parametrize(
        "case", SAMPLE["cases"], ids=lambda case: f"{len(case['people'])} of {len(case['judge_elsewhere'])}"
    )
    def test_as_ppi_py(self, case):
        """The estimate is that of `ppi_py`; the interval is a little wider: t instead of normal, n - 1 below
        the variances.
        """
        mean = corrected_mean(*(np.array(case[name]) for name in ("people", "judge", "judge_elsewhere")))
        around = mean.interval(0.95)

        assert case["estimate"] == pytest.approx(mean.value, abs=1e-12)
        theirs = case["high"] - case["low"]
        assert theirs <= around.high - around.low <= theirs * (1 + 2.2 / len(case["people"]) + 1e-9) * 1.01

    def test_useless_judge(self):
        """A judge that always says the same leaves the people's own mean and t interval."""
        from scipy import stats

        people = np.array([1.0, 0, 1, 1, 0, 1, 1, 1])
        mean = corrected_mean(people, np.ones(8), np.ones(100))

        assert (people.mean(), 0.0) == (mean.value, mean.weight)
        expected = stats.t.interval(0.95, 7, people.mean(), stats.sem(people))
        assert expected == pytest.approx((mean.interval(0.95).low, mean.interval(0.95).high))

    def test_nobody_looked(self):
        """Without people there is no mean, and no number stands for one."""
        mean = corrected_mean(np.empty(0), np.empty(0), np.ones(5))

        assert np.isnan(mean.value)
        assert np.isnan(mean.interval(0.95).low)
        assert np.isnan(mean.p_value())

    def test_coverage(self):
        """The interval of a difference that a biased judge favours covers the truth (0) in 93 to 97 of 100
        draws at 80 of 500.
        """
        rng = np.random.default_rng(3)
        hits, draws = 0, 1500
        for _ in range(draws):
            truth = rng.choice([-1.0, 0.0, 1.0], 500, p=[0.2, 0.6, 0.2])
            judge = np.clip(truth + rng.choice([0.0, 1.0], 500, p=[0.85, 0.15]), -1, 1)
            around = corrected_mean(truth[:80], judge[:80], judge[80:]).interval(0.95)
            hits += around.low <= 0 <= around.high

        assert 0.93 <= hits / draws <= 0.97


class TestCorrected:
    """`cmp.corrected(metric, annotation)`."""

    @staticmethod
    def favoured(labelled=80):
        """A judge that sees a gain which people do not."""
        rng = np.random.default_rng(0)
        truth = [rng.random(500) < 0.6 for _ in range(2)]
        baseline = np.where(truth[0], rng.random(500) < 0.9, rng.random(500) < 0.2)
        candidate = np.where(truth[1], rng.random(500) < 0.97, rng.random(500) < 0.5)
        return ax.compare(
            judged(truth[0], baseline, labelled), judged(truth[1], candidate, labelled), metrics=["j"]
        )

    def test_a_judge_that_favours_the_candidate(self):
        """The judge says improved; corrected by people nothing is clear, which is said in a sentence."""
        corrected = self.favoured().corrected("j", "h")
        row = corrected.difference.iloc[0]

        assert ("improved", "no clear change", True) == (
            row["judge_verdict"],
            row["verdict"],
            bool(row["disagrees"]),
        )
        assert (80, 420) == (row["n_people"], row["n_judge"])
        assert row["ci_low"] <= 0 <= row["ci_high"]
        assert abs(row["corrected_delta"]) < abs(row["judge_delta"])
        assert "j alone: improved" in corrected.sentences[0]
        assert "80 examples that people judged" in repr(corrected)
        assert "<table" in corrected._repr_html_()

    def test_everything_labelled(self):
        """Where people judged everything, the answer is theirs."""
        row = self.favoured(labelled=500).corrected("j", "h").difference.iloc[0]

        assert row["people_delta"] == pytest.approx(row["corrected_delta"])

    @pytest.mark.parametrize(
        ("change", "said"),
        [({"cluster": "g"}, "takes examples for independent"), ({"direction": {"j": "higher"}}, None)],
    )
    def test_clusters_are_refused(self, change, said):
        """With clusters there is no correction, and it says so."""
        frames = [judged([True, False] * 20, [True] * 40, 10).assign(g="a") for _ in range(2)]
        comparison = ax.compare(*frames, metrics=["j"], **change)

        if said is None:
            assert 10 == comparison.corrected("j", "h").difference["n_people"].iloc[0]
        else:
            with pytest.raises(ComparisonError, match=said):
                comparison.corrected("j", "h")

    def test_few_people(self):
        """Two examples that people judged decide nothing."""
        row = self.favoured(labelled=2).corrected("j", "h").difference.iloc[0]

        assert "too few" == row["verdict"]


class TestHolds:
    """Whether people bear a judge's verdict out."""

    @pytest.mark.parametrize(
        ("judge", "people", "said"),
        [
            ("improved", "improved", "holds"),
            ("improved", "regressed", "contradicted"),
            ("improved", "no clear change", "cannot tell"),
            ("improved", "too few", "cannot tell"),
            ("improved", "equivalent", "contradicted"),
            ("no clear change", "regressed", "contradicted"),
            ("no clear change", "improved", "contradicted"),
            ("no clear change", "equivalent", "cannot tell"),
            ("no clear change", "no clear change", "cannot tell"),
            ("too few", "regressed", "cannot tell"),
            ("equivalent", "regressed", "contradicted"),
            ("not worse", "improved", "holds"),
            ("not worse", "regressed", "contradicted"),
            ("regressed", "improved", "contradicted"),
            ("regressed", "not worse", "contradicted"),
        ],
    )
    def test_table(self, judge, people, said):
        """Only a claim of people decides; a judge that missed a clear change does not hold."""
        assert said == holds(judge, people)

    def test_two_examples(self):
        """Two examples that people judged, both worse, contradict nobody."""
        frames = [judged([True] * 40, [False] * 20 + [True] * 20, 2), judged([False] * 40, [True] * 40, 2)]
        row = ax.compare(*frames, metrics=["j"]).agreement("j", "h").difference.iloc[0]

        assert ("improved", "too few", "cannot tell") == (
            row["judge_verdict"],
            row["people_verdict"],
            row["holds"],
        )


class TestAC1:
    """Gwet's AC1 beside kappa."""

    @staticmethod
    def table(cells):
        """Turn a table of counts into two raters' marks."""
        marks = [
            (row, column)
            for row, counts in enumerate(cells)
            for column, count in enumerate(counts)
            for _ in range(count)
        ]
        first, second = np.array(marks).T
        return first, second, np.arange(len(first))

    def test_published(self):
        """Gwet (2008): 118 + 5 + 2 + 0 of 125 give kappa -.0234 and AC1 .9408."""
        first, second, items = self.table([[118, 5], [2, 0]])

        assert -0.0234 == pytest.approx(cohen_kappa(first, second, items, 2).value, abs=5e-5)
        assert 0.9408 == pytest.approx(gwet_ac1(first, second, items, 2).value, abs=5e-5)

    def test_interval(self):
        """The interval has the standard deviation that fresh samples show."""
        rng = np.random.default_rng(5)
        cells = np.array([0.7, 0.1, 0.05, 0.15])
        values, widths = [], []
        for _ in range(800):
            first, second, items = self.table(rng.multinomial(200, cells).reshape(2, 2))
            found = gwet_ac1(first, second, items, 2)
            values.append(found.value)
            widths.append(found.interval.high - found.interval.low)

        assert np.std(values) == pytest.approx(np.mean(widths) / 2 / 1.96, rel=0.06)

    def test_prevalence_is_said(self):
        """Where nearly all marks are one label the table says to read AC1."""
        frame = judged([True] * 95 + [False] * 5, [True] * 90 + [False] * 5 + [True] * 5, 100)
        row = ax.compare(frame, frame, metrics=["j"]).agreement("j", "h").table.iloc[0]

        assert row["kappa"] < 0 < 0.8 < row["ac1"]
        assert "read ac1, not kappa" in row["note"]


class TestPairwise:
    """Which of two outputs was preferred."""

    @staticmethod
    def games(strengths, examples, bias=0.0, seed=0, both_orders=True):
        """Draw judgements of every pair, in both orders, from known strengths."""
        rng = np.random.default_rng(seed)
        names = list(strengths)
        orders = [
            (a, b)
            for a in names
            for b in names
            if a != b and (both_orders or names.index(a) < names.index(b))
        ]
        return [
            {"example_id": example, "first": a, "second": b, "winner": a if rng.random() < chance else b}
            for example in range(examples)
            for a, b in orders
            for chance in [1 / (1 + np.exp(-(strengths[a] - strengths[b] + bias)))]
        ]

    def test_counts(self):
        """A win in both orders, a loss, a tie, an answer that changes with the order, an order not asked, an
        empty cell.
        """
        rows = [
            ("w", "a", "b", "b"), ("w", "b", "a", "b"),
            ("l", "a", "b", "first"), ("l", "b", "a", "B"),
            ("t", "a", "b", "tie"), ("t", "b", "a", "Draw"),
            ("i", "a", "b", "a"), ("i", "b", "a", "first"),
            ("o", "a", "b", "2"),
            ("e", "a", "b", ""),
        ]  # fmt: skip
        read = pairwise(
            pd.DataFrame(rows, columns=["example_id", "first", "second", "winner"]), experiments=["a"]
        )
        row = read.summary.iloc[0]

        assert {"n": 5, "wins": 2, "losses": 1, "ties": 1, "inconsistent": 1, "both_orders": 4} == {
            name: row[name] for name in ("n", "wins", "losses", "ties", "inconsistent", "both_orders")
        }
        assert 1 == read.unread
        assert ("a", "b", 0.2) == (row["baseline"], row["candidate"], pytest.approx(row["net_win_rate"]))

    def test_position_bias(self):
        """A judge that prefers what comes first is found out, and does not make the first
        experiment better.
        """
        read = pairwise(self.games({"a": 0.0, "b": 0.0}, 300, bias=1.0))
        bias, row = read.position_bias.iloc[0], read.summary.iloc[0]

        assert bias["ci_low"] > 0.6
        assert bias["p_value"] < 1e-3
        assert "no clear change" == row["verdict"]
        assert row["inconsistent"] > 100

    def test_one_order(self):
        """With one order asked a bias cannot be told, which is said."""
        read = pairwise(self.games({"a": 0.0, "b": 0.0}, 40, both_orders=False))

        assert 0 == read.position_bias["n"].iloc[0]
        assert "cannot be told" in read.position_bias["note"].iloc[0]
        assert "one order only" in read.summary["note"].iloc[0]

    def test_as_statsmodels(self):
        """Strengths and errors are those of a logistic regression with errors clustered by example."""
        import statsmodels.api as sm

        games = pd.DataFrame(self.games({"a": 0.0, "b": 0.4, "c": 1.0}, 60))
        codes = {"a": 0, "b": 1, "c": 2}
        first, second = (games[name].map(codes).to_numpy() for name in ("first", "second"))
        won = (games["winner"] == games["first"]).to_numpy(float)
        fit = bradley_terry(first, second, won, games["example_id"].to_numpy(), 3)
        design = np.zeros((len(games), 3))
        design[np.arange(len(games)), first] = 1
        design[np.arange(len(games)), second] = -1
        theirs = sm.GLM(won, design[:, 1:], family=sm.families.Binomial()).fit(
            cov_type="cluster",
            cov_kwds={
                "groups": games["example_id"].to_numpy(),
                "df_correction": False,
                "use_correction": True,
            },
        )

        assert np.diff(fit.value)[0] == pytest.approx(theirs.params[0], abs=1e-5)
        ours = fit.covariance
        gap = np.sqrt(ours[1, 1] + ours[0, 0] - 2 * ours[0, 1])
        assert gap == pytest.approx(theirs.bse[0], rel=0.01)

    def test_ranking(self):
        """The order of the strengths comes out; experiments that cannot be told apart share a rank."""
        ranking = pairwise(self.games({"weak": 0.0, "same": 0.05, "strong": 1.2}, 150)).ranking()

        assert ["strong"] == ranking["experiment"].head(1).tolist()
        assert [1, 2, 2] == ranking["rank"].tolist()

    def test_no_finite_ranking(self):
        """An experiment that always wins has no finite strength: said instead of drawn."""
        rows = [{"example_id": n, "first": "a", "second": "b", "winner": "a"} for n in range(20)]

        with pytest.raises(ComparisonError, match="cannot be ranked"):
            pairwise(rows).ranking()

    @pytest.mark.parametrize(
        ("change", "error", "said"),
        [
            ({"winner": "c-model"}, ComparisonError, "'c-model' is no winner between 'a' and 'b'"),
            ({"second": "a"}, ComparisonError, "holds one twice"),
            ({"winner": None}, ComparisonError, "there is no judgement"),
        ],
    )
    def test_refused(self, change, error, said):
        """What cannot be read is named."""
        with pytest.raises(error, match=said):
            pairwise([{"example_id": "1", "first": "a", "second": "b", "winner": "a"} | change])

    def test_column_missing(self):
        """A missing column is named, with what there is."""
        with pytest.raises(ColumnError, match="no column 'winner'"):
            pairwise([{"example_id": "1", "first": "a", "second": "b", "choice": "a"}])

        assert 1 == len(
            pairwise(
                [{"example_id": "1", "first": "a", "second": "b", "choice": "a"}],
                columns={"winner": "choice"},
            ).won
        )

    def test_of_a_comparison(self):
        """A comparison reads judgements of its own experiments only."""
        frame = judged([True] * 5, [True] * 5, 0)
        comparison = ax.compare(frame, frame, names=["a", "b"], metrics=["j"])

        assert ("a", "b") == comparison.pairwise(
            [{"example_id": "e1", "first": "b", "second": "a", "winner": "b"}]
        ).experiments
        with pytest.raises(ComparisonError, match="no experiment 'c'"):
            comparison.pairwise([{"example_id": "e1", "first": "c", "second": "a", "winner": "c"}])


class TestConfidenceSequence:
    """An interval that holds at every look."""

    def test_looking_often(self):
        """With a look after every 10 of 500 null pairs the t interval alarms in over 15% of series, the
        sequence in at most 5%.
        """
        from scipy import stats

        rng = np.random.default_rng(1)
        looks = range(FIRST_LOOK, 501, 10)
        alarms = {"t": 0, "sequence": 0}
        draws = 400
        for _ in range(draws):
            values = rng.choice([-1.0, 0.0, 1.0], 500, p=[0.15, 0.7, 0.15])
            fixed = sequence = False
            for n in looks:
                mean, spread = values[:n].mean(), values[:n].std(ddof=1)
                fixed |= abs(mean) > stats.t.ppf(0.975, n - 1) * spread / np.sqrt(n)
                around = sequence_interval(mean, spread, n)
                sequence |= not around.low <= 0 <= around.high
            alarms["t"] += fixed
            alarms["sequence"] += sequence

        assert alarms["t"] / draws > 0.15
        assert alarms["sequence"] / draws <= 0.05

    def test_p_fits_the_interval(self):
        """The p is at the level exactly where the interval touches 0."""
        for n in (30, 100, 1000):
            around = sequence_interval(0.0, 1.3, n)

            assert 0.05 == pytest.approx(sequence_p(around.high, 1.3, n))

    def test_early(self):
        """Before the first look nothing is said."""
        assert np.isnan(sequence_interval(1.0, 1.0, FIRST_LOOK - 1).low)
        assert np.isnan(sequence_p(1.0, 1.0, FIRST_LOOK - 1))


def scored(values, **columns):
    """Make a frame of runs with a score each."""
    ids = [f"e{place}" for place in range(len(values))]
    return pd.DataFrame(
        {"example_id": ids, "output": "x", "eval.s.score": np.asarray(values, dtype=float), **columns}
    )


class TestWeights:
    """`compare(weights=)`."""

    def test_as_statsmodels(self):
        """Mean, error and interval are those of weighted descriptive statistics with a sandwich error."""
        import statsmodels.api as sm

        rng = np.random.default_rng(2)
        before, after, weights = (
            rng.normal(0, 1, 200),
            rng.normal(0.3, 1, 200),
            rng.integers(1, 9, 200).astype(float),
        )
        row = ax.compare(scored(before, w=weights), scored(after), weights="w", direction="higher").rows[0]
        fit = sm.WLS(after - before, np.ones(200), weights=weights).fit(cov_type="HC1")

        assert row["delta"] == pytest.approx(fit.params[0])
        assert row["baseline_mean"] == pytest.approx(np.average(before, weights=weights))
        half = (row["ci_high"] - row["ci_low"]) / 2
        assert half == pytest.approx(fit.bse[0] * 1.975, rel=0.02)
        assert ("weighted t", "improved") == (row["test"], row["verdict"])

    def test_equal_weights(self):
        """Weights that are all alike change the mean by nothing."""
        rng = np.random.default_rng(2)
        before, after = rng.normal(0, 1, 60), rng.normal(0.3, 1, 60)
        plain = ax.compare(scored(before), scored(after)).rows[0]
        weighted = ax.compare(scored(before, w=3.0), scored(after), weights="w").rows[0]

        assert plain["delta"] == pytest.approx(weighted["delta"])

    def test_one_heavy_example(self):
        """One example that weighs as much as all others is no evidence of many: too few."""
        weights = [1000.0] + [1.0] * 40
        row = ax.compare(
            scored([0.0] * 41, w=weights), scored([1.0] * 41), weights="w", direction="higher"
        ).rows[0]

        assert "too few" == row["verdict"]

    @pytest.mark.parametrize(
        ("weights", "said"),
        [
            ([1.0, None, 1.0], "'w' holds no weight for 1 examples .e1."),
            ([1.0, -1.0, 1.0], "no weight for 1"),
            ([0.0] * 3, "are 0"),
            (["a", "b", "c"], "no weight for 3"),
        ],
    )
    def test_refused(self, weights, said):
        """A weight that is missing, negative or no number is named."""
        with pytest.raises(ComparisonError, match=said):
            ax.compare(scored([1, 2, 3], w=weights), scored([1, 2, 3]), weights="w").rows  # noqa: B018

    def test_with_clusters(self):
        """Weights and clusters together are refused: neither test knows the other."""
        with pytest.raises(ComparisonError, match="cluster and weights"):
            ax.compare(scored([1, 2], w=1.0, g="a"), scored([1, 2]), weights="w", cluster="g")


class TestSequential:
    """`compare(sequential=True)`."""

    def test_wider(self):
        """The interval is wider than the usual one, and holds the same difference."""
        rng = np.random.default_rng(4)
        before, after = rng.normal(0, 1, 200), rng.normal(0.2, 1, 200)
        usual, again = (
            ax.compare(scored(before), scored(after), sequential=one).rows[0] for one in (False, True)
        )

        assert usual["delta"] == pytest.approx(again["delta"])
        assert 1.3 < (again["ci_high"] - again["ci_low"]) / (usual["ci_high"] - usual["ci_low"]) < 1.7
        assert "confidence sequence" == again["test"]

    def test_a_clear_difference(self):
        """A clear difference is found under repeated looks too."""
        row = ax.compare(
            scored([0.2] * 100), scored(np.tile([0.6, 0.8], 50)), sequential=True, direction="higher"
        ).rows[0]

        assert "improved" == row["verdict"]

    def test_early(self):
        """Below 30 pairs nothing is said."""
        row = ax.compare(scored([0.0] * 29), scored([1.0] * 29), sequential=True, direction="higher").rows[0]

        assert "too few" == row["verdict"]

    def test_no_verdict_from_sameness(self):
        """Pairs that are all equal have an interval with width, and no verdict."""
        row = ax.compare(scored([1.0] * 50), scored([1.0] * 50), sequential=True, margin=0.01).rows[0]

        assert "no clear change" == row["verdict"]
        assert row["ci_low"] < 0 < row["ci_high"]
