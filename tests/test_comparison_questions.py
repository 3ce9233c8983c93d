"""What else may be asked of a comparison: slices, comparability, power, ranking, methods by name."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import arize_nb as ax
from arize_nb.comparison.analysis.ranking import tied_groups
from arize_nb.comparison.stats.power import flips_needed, means_needed
from arize_nb.errors import ComparisonError


def runs(scores, **columns):
    """Return one run per score, with a verdict metric `q`."""
    frame = pd.DataFrame(
        {
            "id": [f"r{i}" for i in range(len(scores))],
            "example_id": [f"e{i}" for i in range(len(scores))],
            "eval.q.score": scores,
        }
    )
    for column, values in columns.items():
        frame[column.replace("__", ".")] = values
    return frame


TOPICS = ["law"] * 40 + ["sport"] * 40
LAW_GOT_WORSE = (
    runs([1] * 30 + [0] * 10 + [1] * 20 + [0] * 20, topic=TOPICS),
    runs([0] * 20 + [1] * 20 + [1] * 40, topic=TOPICS),
)


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

        assert stats.false_discovery_control(table["p_value"]).tolist() == pytest.approx(
            table["p_adjusted"].tolist()
        )

    @pytest.mark.parametrize(
        "chosen", [{"metric": "q"}, {"candidate": "two"}, {"metric": "tone", "candidate": "one"}]
    )
    def test_what_is_shown_does_not_change_what_was_tested(self, chosen):
        """The family is all metrics, candidates and slices: looking at one of them makes no p smaller."""
        one, other = LAW_GOT_WORSE
        tones = {"eval.tone.score": np.linspace(0, 1, 80)}
        found = ax.compare(
            one.assign(**tones),
            other.assign(**tones),
            one.assign(**{"eval.tone.score": 0.5}),
            names=["base", "one", "two"],
            by="topic",
        )
        table = found.slices()
        kept = np.logical_and.reduce([table[name] == value for name, value in chosen.items()])

        assert 8 == len(table)
        assert table[kept].reset_index(drop=True).equals(found.slices(**chosen))
        assert stats.false_discovery_control(table["p_value"]).tolist() == pytest.approx(
            table["p_adjusted"].tolist()
        )

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
        assert ["0 to <19.75", "19.75 to <39.5", "39.5 to <59.25", "59.25 to 79"] == table["slice"].tolist()

    def test_quarters_of_large_numbers_are_told_apart(self):
        """Edges that differ in their eighth digit are written out so far."""
        one, other = LAW_GOT_WORSE
        table = ax.compare(one.assign(length=np.arange(80) + 12_345_600), other).slices("length")

        assert [
            "12345600 to <12345620",
            "12345620 to <12345640",
            "12345640 to <12345659",
            "12345659 to 12345679",
        ] == table["slice"].tolist()

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
        assert ["kind", "experiment", "count", "message"] == ax.compare(
            one, other
        ).comparability.columns.tolist()

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
        assert "4 examples have no run here but one in 'baseline': e0, e1, e2, …" == concern.message

    def test_one_of_a_kind(self):
        """A single example or row is spoken of as one."""
        one, other = LAW_GOT_WORSE
        twice = pd.concat([other.iloc[1:], other.iloc[[5]]])
        again = pd.concat([other, other.iloc[[5]].assign(id="another")])
        nameless = other.assign(example_id=[None, *other["example_id"][1:]])
        said = [
            concern.message for side in (twice, again, nameless) for concern in ax.compare(one, side).concerns
        ]

        assert "1 example has no run here but one in 'baseline': e0" == said[0]
        assert "1 row repeats a run and is left out" == said[1]
        assert "1 example has several runs (up to 2), averaged within the example" == said[2]
        assert "1 run names no example: left out" in said[3:]

    def test_changed_content(self):
        """The same id with another question is not the same example."""
        one, other = (frame.assign(question=[f"q{i}" for i in range(80)]) for frame in LAW_GOT_WORSE)
        other.loc[3, "question"] = "something else"

        assert [("content", 1)] == [
            (concern.kind, concern.count) for concern in ax.compare(one, other).concerns
        ]

    def test_evaluators_and_their_coverage(self):
        """An evaluator that one side lacks, and runs that an evaluator gave nothing for."""
        one, other = LAW_GOT_WORSE
        other = other.assign(**{"eval.q.score": [None, *other["eval.q.score"][1:]]})
        found = {
            (concern.kind, concern.experiment, concern.count)
            for concern in ax.compare(one.assign(**{"eval.r.score": 1}), other).concerns
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
        assert ["directional only (n = 12 < 30)"] == ax.compare(runs([1, 0] * 6), runs([1] * 12)).rows_needed(
            0.1
        )["note"].tolist()
        assert [""] == ax.compare(*LAW_GOT_WORSE).rows_needed(0.05)["note"].tolist()

    def test_scores_by_miller(self):
        """Graded pairs use the variance of their differences."""
        one, other = runs(np.linspace(0, 0.9, 50)), runs(np.linspace(0, 0.9, 50)[::-1])
        variance = float((other["eval.q.score"] - one["eval.q.score"]).var())
        row = ax.compare(one, other).rows_needed(0.5).iloc[0]

        assert means_needed(0.5, variance) == row["rows_needed"]
        assert "the 50 pairs are enough" == row["advice"]

    def test_a_plan_says_how_sure_it_is(self):
        """From thirty pairs the share of flips and the variance are known roughly only; from 1,200 well; the
        truth lies between.
        """
        generator = np.random.default_rng(1)
        few, many = (
            ax.compare(*(runs(generator.normal(0, 1, n)) for _ in range(2))).rows_needed(0.3).iloc[0]
            for n in (30, 1200)
        )

        assert few["rows_low"] < means_needed(0.3, 2.0) < few["rows_high"]
        assert few["rows_high"] > 1.8 * few["rows_low"]
        assert many["rows_high"] < 1.25 * many["rows_low"]
        verdicts = ax.compare(*LAW_GOT_WORSE).rows_needed(0.05).iloc[0]
        assert verdicts["rows_low"] < verdicts["rows_needed"] < verdicts["rows_high"]

    def test_repetitions_never_promise_without_doubt(self):
        """Where the variance between examples comes out as nothing, up to how many rows may be needed all the
        same is said.
        """
        generator = np.random.default_rng(5)
        ids = np.repeat([f"e{i}" for i in range(15)], 3)
        one, other = (
            pd.DataFrame({"example_id": ids, "eval.q.score": generator.random(45)}) for _ in range(2)
        )
        table = ax.compare(one, other).rows_needed(0.05)

        assert (table["rows_high"] >= 1.25 * table["rows_needed"]).all()
        assert (table["rows_low"] <= table["rows_needed"]).all()

    def test_repetitions_split_the_variance(self):
        """With repetitions known, a row per number of them: never more rows for more repetitions."""
        generator = np.random.default_rng(0)
        ids = np.repeat([f"e{i}" for i in range(60)], 4)

        def noisy():
            return pd.DataFrame(
                {
                    "id": [f"r{i}" for i in range(240)],
                    "example_id": ids,
                    "eval.q.score": generator.normal(0, 1, 240),
                }
            )

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


class TestRanking:
    """All experiments in order, ties where they cannot be told apart."""

    def test_ties_share_a_letter_and_a_rank(self):
        """Two equal experiments are tied, a clearly worse one is not."""
        good, also, bad = (
            runs([1] * 80 + [0] * 20),
            runs([0] * 2 + [1] * 78 + [0] * 20),
            runs([1] * 40 + [0] * 60),
        )
        table = ax.compare(bad, good, also, names=["bad", "good", "also"]).ranking()

        assert ["good", "also", "bad"] == table["experiment"].tolist()
        assert [1, 1, 3] == table["rank"].tolist()
        assert ["a", "a", "b"] == table["group"].tolist()

    def test_lower_is_better_ranks_the_other_way(self):
        """The cheapest comes first."""
        slow, quick = (
            runs([1] * 40, latency_ms=np.arange(40) + 500.0),
            runs([1] * 40, latency_ms=np.arange(40) + 100.0),
        )

        assert ["quick", "slow"] == ax.compare(
            slow, quick, metrics="latency_ms", names=["slow", "quick"]
        ).ranking()["experiment"].tolist()

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


class TestMethods:
    """Every test and interval by name."""

    def test_verdicts_have_all_of_them(self):
        """McNemar, sign-flip, t, Wilcoxon; Newcombe, Bonett-Price, t and smooth bootstrap."""
        found = ax.compare(*LAW_GOT_WORSE).tests("q")

        assert {""} == set(found["note"])
        assert {"directional only (n = 12 < 30)"} == set(
            ax.compare(runs([1, 0] * 6), runs([1] * 12)).tests("q")["note"]
        )
        assert found["method"].tolist() == [
            *("McNemar mid-p", "McNemar exact", "Newcombe interval", "Bonett-Price interval"),
            *(
                "sign-flip (9,999 draws)",
                "paired t",
                "Wilcoxon signed-rank",
                "t interval",
                "bounded mean interval",
                "smooth bootstrap interval",
            ),
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
    """Examples given per experiment are compared: what was edited between versions of the dataset is a
    concern.
    """
    one, other = LAW_GOT_WORSE
    first = pd.DataFrame(
        {"id": [f"e{i}" for i in range(80)], "question": [f"q{i}" for i in range(80)], "tags": [["a"]] * 80}
    )
    second = first.assign(question=["edited", *first["question"][1:]])
    comparison = ax.compare(one, other, examples={"baseline": first, "candidate": second})

    assert [("content", "candidate", 1)] == [
        (concern.kind, concern.experiment, concern.count) for concern in comparison.concerns
    ]
    assert "e0" in comparison.concerns[0].message
    assert "question" in comparison.changes().columns
