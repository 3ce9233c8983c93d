"""What else may be asked of a comparison: slices, comparability, power, noise, agreement, ranking, repetitions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import arize_nb as ax
from arize_nb.comparison.ranking import tied_groups
from arize_nb.comparison.stats.power import flips_needed, means_needed
from arize_nb.errors import ComparisonError


def runs(scores, **columns):
    """Return one run per score, with a verdict metric `q`."""
    frame = pd.DataFrame(
        {"id": [f"r{i}" for i in range(len(scores))], "example_id": [f"e{i}" for i in range(len(scores))], "eval.q.score": scores}
    )
    for column, values in columns.items():
        frame[column.replace("__", ".")] = values
    return frame


TOPICS = ["law"] * 40 + ["sport"] * 40
LAW_GOT_WORSE = (runs([1] * 30 + [0] * 10 + [1] * 20 + [0] * 20, topic=TOPICS), runs([0] * 20 + [1] * 20 + [1] * 40, topic=TOPICS))


class TestSlices:
    """A mean hides the slice that got worse; a table by slice does not."""

    def test_a_row_per_slice_with_the_summary_columns(self):
        """Every slice is compared on its own, in the order of its name."""
        comparison = ax.compare(*LAW_GOT_WORSE, by="topic")
        table = comparison.slices()

        assert ["column", "slice", *comparison.summary.columns] == table.columns.tolist()
        assert ["law", "sport"] == table["slice"].tolist()
        assert [-0.25, 0.5] == table["delta"].tolist()
        assert [40, 40] == table["n_paired"].tolist()

    def test_p_values_are_adjusted_over_the_slices(self):
        """Benjamini-Hochberg over all rows: slices are exploratory."""
        table = ax.compare(*LAW_GOT_WORSE).slices("topic")

        assert stats.false_discovery_control(table["p_value"]).tolist() == pytest.approx(table["p_adjusted"].tolist())

    def test_columns_of_the_examples_count_first(self):
        """The dataset's own columns slice too, for examples that either side has."""
        examples = pd.DataFrame({"id": [f"e{i}" for i in range(80)], "level": ["easy", "hard"] * 40})
        table = ax.compare(*LAW_GOT_WORSE, examples=examples).slices(by=["level", "topic"])

        assert [("level", "easy"), ("level", "hard"), ("topic", "law"), ("topic", "sport")] == list(
            zip(table["column"], table["slice"], strict=True)
        )

    def test_numbers_are_cut_into_quarters(self):
        """A number with many values makes four slices of about equal size."""
        one, other = LAW_GOT_WORSE
        table = ax.compare(one.assign(length=range(80)), other).slices("length")

        assert [20, 20, 20, 20] == table["n_paired"].tolist()
        assert "0 to 19.75" == table["slice"][0]

    def test_lost_pairs_are_counted_within_the_slice(self):
        """A slice whose runs are missing says so."""
        one, other = LAW_GOT_WORSE
        table = ax.compare(one, other.iloc[:75]).slices("topic")

        assert [0, 5] == table["n_missing"].tolist()

    def test_an_id_is_no_slice(self):
        """A column with a value for every row is refused; so is none at all, and an unknown one."""
        many = runs([1] * 501, key=[f"k{i}" for i in range(501)])
        with pytest.raises(ComparisonError, match=r"501 values: too many"):
            ax.compare(many, many).slices("key")
        with pytest.raises(ComparisonError, match=r"by which column"):
            ax.compare(many, many).slices()
        with pytest.raises(ComparisonError, match=r"no column .x."):
            ax.compare(many, many).slices("x")

    def test_few_rows_in_a_slice_are_directional_only(self):
        """Slices are marked like everything else."""
        small = runs([1, 0] * 5, topic=["a"] * 10)

        assert ["directional only (n = 10 < 30)"] == ax.compare(small, small).slices("topic")["note"].tolist()


class TestComparability:
    """What makes a comparison shaky is said; nothing is refused for it."""

    def test_nothing_to_say(self):
        """Experiments over the same examples, all scored, raise no concern."""
        one, other = LAW_GOT_WORSE

        assert 0 == len(ax.compare(one, other).comparability)
        assert ["kind", "experiment", "count", "message"] == ax.compare(one, other).comparability.columns.tolist()

    def test_other_dataset_versions(self):
        """Frames carry the version they ran over."""
        one, other = (frame.copy() for frame in LAW_GOT_WORSE)
        one.attrs["arize"] = {"experiment": "a", "dataset_id": "d", "dataset_version_id": "v1"}
        other.attrs["arize"] = {"experiment": "b", "dataset_id": "d", "dataset_version_id": "v2"}
        concern = ax.compare(one, other).concerns[0]

        assert ("dataset version", "b") == (concern.kind, concern.experiment)
        assert "v2" in concern.message
        assert "v1" in concern.message

    def test_other_datasets(self):
        """Another dataset altogether is the first thing to know."""
        one, other = (frame.copy() for frame in LAW_GOT_WORSE)
        one.attrs["arize"], other.attrs["arize"] = {"dataset_id": "d"}, {"dataset_id": "e"}

        assert "dataset" == ax.compare(one, other).concerns[0].kind

    def test_examples_on_one_side_only(self):
        """A gap in coverage is counted with the first ids, on the side that lacks them."""
        one, other = LAW_GOT_WORSE
        concern = ax.compare(one, other.iloc[4:]).concerns[0]

        assert ("one side only", "candidate", 4) == (concern.kind, concern.experiment, concern.count)
        assert "e0, e1, e2, …" in concern.message

    def test_changed_content(self):
        """The same id with another question is not the same example."""
        one, other = (frame.assign(question=[f"q{i}" for i in range(80)]) for frame in LAW_GOT_WORSE)
        other.loc[3, "question"] = "something else"

        assert [("content", 1)] == [(concern.kind, concern.count) for concern in ax.compare(one, other).concerns]

    def test_evaluators_and_their_coverage(self):
        """An evaluator that one side lacks, and runs that an evaluator gave nothing for."""
        one, other = LAW_GOT_WORSE
        other = other.assign(**{"eval.q.score": [None, *other["eval.q.score"][1:]]})
        found = {
            (concern.kind, concern.experiment, concern.count) for concern in ax.compare(one.assign(**{"eval.r.score": 1}), other).concerns
        }

        assert {("evaluator", "candidate", 1), ("coverage", "candidate", 1)} == found


class TestRowsNeeded:
    """How many rows a wanted difference needs."""

    def test_verdicts_by_connor(self):
        """Pass/fail pairs use the share of flips seen."""
        row = ax.compare(*LAW_GOT_WORSE).rows_needed(0.05).iloc[0]
        flips = 20 + 10 + 20

        assert int(np.ceil(flips_needed(0.05, (flips + 1) / 82))) == row["rows_needed"]
        assert "more rows; run repetitions to learn" in row["advice"]

    def test_a_plan_from_few_pairs_says_so(self):
        """What is planned from fewer than thirty pairs is directional only."""
        assert ["directional only (n = 12 < 30)"] == ax.compare(runs([1, 0] * 6), runs([1] * 12)).rows_needed(0.1)["note"].tolist()
        assert [""] == ax.compare(*LAW_GOT_WORSE).rows_needed(0.05)["note"].tolist()

    def test_scores_by_miller(self):
        """Graded pairs use the variance of their differences."""
        one, other = runs(np.linspace(0, 0.9, 50)), runs(np.linspace(0, 0.9, 50)[::-1])
        variance = float((other["eval.q.score"] - one["eval.q.score"]).var())
        row = ax.compare(one, other).rows_needed(0.5).iloc[0]

        assert means_needed(0.5, variance) == row["rows_needed"]
        assert "the 50 pairs are enough" == row["advice"]

    def test_repetitions_split_the_variance(self):
        """With repetitions known, a row per number of them: never more rows for more repetitions."""
        generator = np.random.default_rng(0)
        ids = np.repeat([f"e{i}" for i in range(60)], 4)

        def noisy():
            return pd.DataFrame({"id": [f"r{i}" for i in range(240)], "example_id": ids, "eval.q.score": generator.normal(0, 1, 240)})

        table = ax.compare(noisy(), noisy()).rows_needed(0.2)

        assert [1, 2, 3, 5, 10] == table["repetitions"].tolist()
        assert table["rows_needed"].is_monotonic_decreasing
        # All variance is within examples here, so twice the repetitions need about half the rows.
        assert 2 == pytest.approx(table["rows_needed"][0] / table["rows_needed"][1], rel=0.25)

    def test_labels_have_nothing_to_plan(self):
        """Labels without an order have no difference of means."""
        one = runs([None] * 3, eval__t__label=["a", "b", "c"])

        assert ax.compare(one, one, metrics="t").rows_needed(0.1)["rows_needed"].isna().all()

    @pytest.mark.parametrize(("delta", "power"), [(0, 0.8), (float("nan"), 0.8), (0.1, 1.5)])
    def test_nonsense_is_refused(self, delta, power):
        """A difference of zero needs infinitely many rows."""
        with pytest.raises(ComparisonError, match="other than 0"):
            ax.compare(*LAW_GOT_WORSE).rows_needed(delta, power=power)


class TestNoiseFloor:
    """What a rerun of the baseline changes by itself."""

    def test_a_candidate_that_is_the_baseline_again_is_noise(self):
        """Two reruns of one noisy system cannot be told apart."""
        generator = np.random.default_rng(4)
        once, again, candidate = (runs((generator.random(200) < 0.7).astype(int)) for _ in range(3))
        row = ax.compare(once, candidate).noise_floor(again).iloc[0]

        assert "cannot be told from noise" == row["verdict"]
        assert row["changed_rerun"] == int((once["eval.q.score"] != again["eval.q.score"]).sum())

    def test_a_real_change_is_beyond_it(self):
        """A candidate that changes much more than the rerun is beyond the noise."""
        base = runs([1] * 100 + [0] * 100)
        again = runs([1] * 98 + [0] * 102)
        candidate = runs([1] * 140 + [0] * 60)
        row = ax.compare(base, candidate).noise_floor(again).iloc[0]

        assert ("beyond the noise", 2, 40) == (row["verdict"], row["changed_rerun"], row["changed_candidate"])
        assert -0.01 == pytest.approx(row["delta_rerun"])
        assert row["delta_candidate"] > row["noise_band"]

    def test_a_rerun_that_did_not_change_does_not_make_one_flip_a_finding(self):
        """Nothing seen in ten examples does not mean that nothing can come: one flip of the candidate is not beyond that."""
        base, candidate = runs([1] * 10), runs([1] * 9 + [0])
        row = ax.compare(base, candidate).noise_floor(base.copy()).iloc[0]

        assert ("cannot be told from noise", 0, 1) == (row["verdict"], row["changed_rerun"], row["changed_candidate"])
        assert 2 * stats.norm.sf(np.sqrt(2)) == pytest.approx(row["p_delta"])

    def test_changing_less_than_the_rerun_is_not_beyond_it(self):
        """A candidate steadier than the rerun is no finding."""
        base, again = runs([1, 0] * 50), runs([0, 1] * 25 + [1, 0] * 25)

        assert "cannot be told from noise" == ax.compare(base, base.copy()).noise_floor(again).iloc[0]["verdict"]

    def test_new_labels_of_the_rerun_are_known(self):
        """A label that only the rerun has is a change like any other."""
        base = runs([None] * 3, eval__t__label=["a", "b", "c"])
        again = runs([None] * 3, eval__t__label=["a", "b", "new"])

        assert 1 == ax.compare(base, base, metrics="t").noise_floor(again).iloc[0]["changed_rerun"]


class TestAgreement:
    """A judge against people on the same runs."""

    @staticmethod
    def labelled(judge, people):
        return runs([None] * len(judge), eval__j__label=judge, annotation__h__label=people)

    def test_verdicts(self):
        """Percent, kappa, sensitivity and specificity of a worked table: 40 both pass, 30 both fail, 20 judge only, 10 people only."""
        judge = ["pass"] * 40 + ["fail"] * 30 + ["pass"] * 20 + ["fail"] * 10
        people = ["good"] * 40 + ["bad"] * 30 + ["bad"] * 20 + ["good"] * 10
        frame = self.labelled(judge, people)
        found = ax.compare(frame, frame, metrics=["j"]).agreement("j", "h")
        row = found.table.iloc[0]

        assert (100, 0.7, 0.4, 0.8, 0.6) == pytest.approx(tuple(row[["n", "percent", "kappa", "sensitivity", "specificity"]]))
        assert ["baseline", "candidate", "all"] == found.table["experiment"].tolist()
        assert [[60, 40], [20, 80]] == found.confusion.to_numpy().tolist()

    def test_the_judges_word_holds_where_people_looked(self):
        """People who see the same difference bear the judge out; who see the opposite, contradict; who see nothing clear, leave it open."""
        n = 60
        judge = (["fail"] * 40 + ["pass"] * 20, ["pass"] * 50 + ["fail"] * 10)
        words = {
            "holds": (["bad"] * 40 + ["good"] * 20, ["good"] * 50 + ["bad"] * 10),
            "contradicted": (["good"] * 50 + ["bad"] * 10, ["bad"] * 40 + ["good"] * 20),
            "cannot tell": (["good", "bad"] * 30, ["good", "bad"] * 30),
        }
        for word, people in words.items():
            comparison = ax.compare(self.labelled(judge[0], people[0]), self.labelled(judge[1], people[1]), metrics=["j"])
            row = comparison.agreement("j", "annotation.h").difference.iloc[0]
            assert (word, n, "improved") == (row["holds"], row["n_paired"], row["judge_verdict"])

    def test_scores(self):
        """Graded judges have correlations and errors instead of kappa."""
        generator = np.random.default_rng(1)
        people = generator.random(50)
        judge = people + generator.normal(0.1, 0.05, 50)
        frame = runs([None] * 50, eval__j__score=judge, annotation__h__score=people)
        row = ax.compare(frame, frame, metrics=["j"]).agreement("j", "h").table.iloc[0]

        assert float(np.corrcoef(judge, people)[0, 1]) == pytest.approx(row["correlation"])
        assert (float((judge - people).mean()), float(np.abs(judge - people).mean())) == pytest.approx(
            (row["mean_error"], row["mean_absolute_error"])
        )
        assert np.isnan(row["kappa"])

    def test_only_runs_that_both_judged_count(self):
        """People label a part; the rest is left out, and few of them are marked."""
        frame = self.labelled(["pass"] * 40, ["good"] * 5 + [None] * 35)
        row = ax.compare(frame, frame, metrics=["j"]).agreement("j", "h").table.iloc[0]

        assert (5, "directional only (n = 5 < 30)") == (row["n"], row["note"])

    def test_a_verdict_and_a_grade_do_not_agree_or_disagree(self):
        """Different kinds are an error that says how to make them one."""
        frame = runs([None] * 3, eval__j__label=["pass", "fail", "pass"], annotation__h__score=[0.1, 0.5, 0.9])

        with pytest.raises(ComparisonError, match=r"pass_when=\{'annotation.h'"):
            ax.compare(frame, frame, metrics=["j"]).agreement("j", "h")
        found = ax.compare(frame, frame, metrics=["j"], pass_when={"annotation.h": 0.5}).agreement("j", "h")
        assert 3 == found.table["n"][0]

    def test_it_shows_itself_escaped(self):
        """An agreement is a value with a static table."""
        frame = runs([None] * 2, eval__j__label=["<b>", "x"], annotation__h__label=["<b>", "x"])
        found = ax.compare(frame, frame, metrics=["j"], names=["<script>", "b"]).agreement("j", "h")

        assert "<script>" not in found._repr_html_()
        assert "&lt;script&gt;" in found._repr_html_()
        assert "j against annotation.h" in repr(found)


class TestRanking:
    """All experiments in order, ties where they cannot be told apart."""

    def test_ties_share_a_letter_and_a_rank(self):
        """Two equal experiments are tied, a clearly worse one is not."""
        good, also, bad = runs([1] * 80 + [0] * 20), runs([0] * 2 + [1] * 78 + [0] * 20), runs([1] * 40 + [0] * 60)
        table = ax.compare(bad, good, also, names=["bad", "good", "also"]).ranking()

        assert ["good", "also", "bad"] == table["experiment"].tolist()
        assert [1, 1, 3] == table["rank"].tolist()
        assert ["a", "a", "b"] == table["group"].tolist()

    def test_lower_is_better_ranks_the_other_way(self):
        """The cheapest comes first."""
        slow, quick = runs([1] * 40, latency_ms=np.arange(40) + 500.0), runs([1] * 40, latency_ms=np.arange(40) + 100.0)

        assert ["quick", "slow"] == ax.compare(slow, quick, metrics="latency_ms", names=["slow", "quick"]).ranking()["experiment"].tolist()

    def test_overlapping_ties(self):
        """a ~ b ~ c but a differs from c: b is in both groups (Piepho's letters)."""
        assert {0: "a", 1: "ab", 2: "b"} == tied_groups([0, 1, 2], {(0, 2), (2, 0)})
        assert {0: "a", 1: "a"} == tied_groups([0, 1], set())
        assert {0: "a", 1: "b"} == tied_groups([0, 1], {(0, 1), (1, 0)})

    def test_means_are_over_common_examples(self):
        """An experiment that skipped the hard examples gets no better mean for it."""
        hard = runs([1] * 20 + [0] * 20)
        skipped = runs([1] * 20)
        table = ax.compare(hard, skipped).ranking()

        assert [1.0, 1.0] == table["mean"].tolist()
        assert [20, 20] == table["n"].tolist()


class TestPassAt:
    """pass@k and pass^k of repetitions."""

    @staticmethod
    def repeated(*examples, errors=None):
        rows = [(f"e{number}", value) for number, values in enumerate(examples) for value in values]
        frame = pd.DataFrame(rows, columns=["example_id", "eval.q.score"]).assign(id=[f"r{i}" for i in range(len(rows))])
        return frame if errors is None else frame.assign(error=errors)

    def test_both_measures(self):
        """One example passes 2 of 3 runs, one all: pass@2 is 1, pass^2 is (1/3 + 1) / 2."""
        frame = self.repeated([1, 1, 0], [1, 1, 1])
        table = ax.compare(frame, frame).pass_at(2)

        assert ["pass@2", "pass@2", "pass^2", "pass^2"] == table["measure"].tolist()
        assert [1.0, 1.0, 2 / 3, 2 / 3] == pytest.approx(table["value"].tolist())
        assert [0.0, 0.0] == table[table["experiment"] == "candidate"]["delta"].tolist()

    def test_a_system_that_never_failed_is_not_known_to_be_perfect(self):
        """The interval of ten examples that all passed reaches well below one, and says that it is directional only."""
        frame = self.repeated(*[[1, 1, 1]] * 10)
        row = ax.compare(frame, frame).pass_at(2).iloc[0]

        assert (1.0, 1.0) == (row["value"], row["ci_high"])
        assert 0.6 < row["ci_low"] < 0.75
        assert "directional only (n = 10 < 30)" == row["note"]

    def test_examples_with_fewer_runs_are_left_out(self):
        """k runs are needed; the rest is counted as left out."""
        frame = self.repeated([1, 0, 1], [1])
        row = ax.compare(frame, frame).pass_at(2).iloc[0]

        assert (1, 1) == (row["examples"], row["left_out"])

    def test_errors_are_no_runs_unless_they_count_as_fails(self):
        """An outage is not a fail; who wants it so says so."""
        frame = self.repeated([1, 1, None], errors=[None, None, "boom"])
        comparison = ax.compare(frame, frame)

        assert 1.0 == comparison.pass_at(2).iloc[2]["value"]
        assert 1 / 3 == pytest.approx(comparison.pass_at(2, errors_as_fails=True).iloc[2]["value"])

    def test_clusters_widen_what_is_said_of_them(self):
        """Ten documents of three alike examples each are ten things known, for the value and for its difference."""
        one, other = (self.repeated(*np.repeat(cells, 3, axis=0).tolist()) for cells in np.random.default_rng(2).integers(0, 2, (2, 10, 2)))
        documents = [int(example[1:]) // 3 for example in one["example_id"]]
        plain = ax.compare(one, other).pass_at(2).iloc[1]
        known = ax.compare(one.assign(document=documents), other, cluster="document").pass_at(2).iloc[1]

        assert (plain["value"], plain["delta"]) == (known["value"], known["delta"])
        assert known["ci_high"] - known["ci_low"] > 1.4 * (plain["ci_high"] - plain["ci_low"])
        assert known["delta_high"] - known["delta_low"] > 1.4 * (plain["delta_high"] - plain["delta_low"])
        assert known["p_value"] > plain["p_value"]

    def test_what_cannot_be_answered(self):
        """k below one, too few repetitions, no verdict: each says what to do."""
        single = runs([1, 0])
        with pytest.raises(ComparisonError, match="at least 1"):
            ax.compare(single, single).pass_at(0)
        with pytest.raises(ComparisonError, match="no example has 3 scored runs"):
            ax.compare(single, single).pass_at(3)
        graded = runs([0.2, 0.4])
        with pytest.raises(ComparisonError, match="pass_when"):
            ax.compare(graded, graded).pass_at(1)


class TestMethods:
    """Every test and interval by name."""

    def test_verdicts_have_all_of_them(self):
        """McNemar, sign-flip, t, Wilcoxon; Newcombe, Bonett-Price, t and smooth bootstrap."""
        found = ax.compare(*LAW_GOT_WORSE).tests("q")

        assert {""} == set(found["note"])
        assert {"directional only (n = 12 < 30)"} == set(ax.compare(runs([1, 0] * 6), runs([1] * 12)).tests("q")["note"])
        assert found["method"].tolist() == [
            *("McNemar mid-p", "McNemar exact", "Newcombe interval", "Bonett-Price interval"),
            *("sign-flip (9,999 draws)", "paired t", "Wilcoxon signed-rank", "t interval", "smooth bootstrap interval"),
        ]

    def test_clusters_add_theirs(self):
        """With clusters there are the robust t, whole clusters flipped, and whole clusters drawn."""
        names = ax.compare(*LAW_GOT_WORSE, cluster="topic").tests("q")["method"].tolist()

        assert [
            "cluster-robust t (2 clusters)",
            "cluster sign-flip (exact)",
            "cluster-robust t interval",
            "cluster bootstrap interval",
        ] == names[-4:]

    def test_labels_have_theirs(self):
        """Labels have Stuart-Maxwell and Bowker."""
        one = runs([None] * 40, eval__t__label=["a", "b", "c", "d"] * 10)
        other = runs([None] * 40, eval__t__label=["a", "c", "c", "a"] * 10)
        names = [name.split(" (")[0] for name in ax.compare(one, other, metrics="t").tests("t")["method"]]

        assert ["Stuart-Maxwell", "Bowker"] == names


def test_content_of_two_dataset_versions():
    """Examples given per experiment are compared: what was edited between versions of the dataset is a concern."""
    one, other = LAW_GOT_WORSE
    first = pd.DataFrame({"id": [f"e{i}" for i in range(80)], "question": [f"q{i}" for i in range(80)], "tags": [["a"]] * 80})
    second = first.assign(question=["edited", *first["question"][1:]])
    comparison = ax.compare(one, other, examples={"baseline": first, "candidate": second})

    assert [("content", "candidate", 1)] == [(concern.kind, concern.experiment, concern.count) for concern in comparison.concerns]
    assert "e0" in comparison.concerns[0].message
    assert "question" in comparison.changes().columns
