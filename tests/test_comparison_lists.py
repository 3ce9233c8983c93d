"""Lists of examples: in which order, with which columns, and how many chance alone would give; slices that
are seen.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import arize_nb as ax
from arize_nb.widgets.explorer.outcome_table import outcome_counts, outcome_table


def system(seed, repetitions=1, n=200, rates=None, **more):
    """Return runs of one system over the same questions, so many of each."""
    generator = np.random.default_rng(seed)
    rates = np.random.default_rng(3).beta(4, 1.7, n) if rates is None else rates
    ids = [f"q{i:03d}" for i in range(n)]
    frame = pd.DataFrame(
        {"example_id": np.repeat(ids, repetitions), "repetition": np.tile(np.arange(1, repetitions + 1), n)}
    )
    frame["eval.correct.score"] = (generator.random(n * repetitions) < np.repeat(rates, repetitions)).astype(
        float
    )
    return frame.assign(**more)


CONTEXT = pd.DataFrame(
    {
        "example_id": [f"e{i}" for i in range(40)],
        "question": [f"Why {i}?" for i in range(40)],
        "topic": ["law", "sport"] * 20,
        "model": "m",
        "output": [f"{'x' * i}" for i in range(40)],
        "seconds": np.arange(40) / 7,
        "eval.correct.score": 1.0,
    }
)


def worse(**columns):
    """Return a candidate that fails every other question."""
    return CONTEXT.assign(
        **{"eval.correct.score": [0.0, 1.0] * 20, "seconds": np.arange(40) / 5, "output": "", **columns}
    )


class TestContext:
    """What both sides say of an example stands beside it."""

    def test_columns_equal_on_both_sides_are_in_every_list(self):
        """Question and topic are shown, also in files and in the explorer; what differs, or never varies, is
        not.
        """
        comparison = ax.compare(CONTEXT, worse())

        for listed in (comparison.regressions(), comparison.changes()):
            assert ["question", "topic"] == listed.columns[-2:].tolist()
            assert [f"Why {name[1:]}?" for name in listed["example_id"]] == listed["question"].tolist()
        assert "Why 38?" in comparison.to_markdown()
        assert "Why 38?" in comparison._repr_html_()
        for outcome in ("regressed", "unchanged", "all"):
            assert {"question", "topic"} <= set(
                outcome_table(comparison, "correct", "candidate", outcome).column_names
            )

    def test_a_column_of_one_side_only_is_none_of_the_example(self):
        """Columns that the other side lacks, or has with other values, say nothing of the example."""
        comparison = ax.compare(
            CONTEXT.assign(note=[f"n{i}" for i in range(40)]),
            worse(question=[f"Who {i}?" for i in range(40)]),
        )

        assert ["topic"] == comparison.regressions().columns[12:].tolist()

    def test_a_column_that_differs_between_runs_of_an_example_is_the_runs_own(self):
        """With repetitions a seed that changes from run to run is no column of the example, the
        question is.
        """
        twice = [
            pd.concat([side, side]).assign(repetition=[1] * 40 + [2] * 40, seed=range(80))
            for side in (CONTEXT, worse())
        ]

        assert ["question", "topic"] == ax.compare(*twice).regressions().columns[-2:].tolist()
        assert "seed" not in ax.compare(*twice).regressions()

    def test_a_dataset_column_called_output_is_not_the_output_of_a_run(self):
        """It raises no alarm about content, slices nothing of the runs, and is told apart in the lists."""
        examples = pd.DataFrame(
            {
                "id": CONTEXT["example_id"],
                "output": [f"reference {i}" for i in range(40)],
                "latency_ms": range(40),
            }
        )
        examples["error"] = "expected to fail"
        sides = CONTEXT.assign(latency_ms=np.arange(40) * 1.5), worse(latency_ms=np.arange(40) * 1.7)
        comparison = ax.compare(*sides, examples=examples.iloc[:39])
        listed = comparison.regressions()

        assert [] == [concern for concern in comparison.concerns if concern.kind == "content"]
        assert {"example.output", "example.latency_ms", "example.error", "baseline_output"} <= set(
            listed.columns
        )
        assert "output" not in listed.columns
        assert f"reference {listed['example_id'][0][1:]}" == listed["example.output"][0]
        assert not {"", "x"} & set(comparison.study.attribute("output", np.arange(40)).to_pylist())

    def test_an_edited_question_is_still_a_concern(self):
        """Where the runs do carry the dataset's column, another content is said."""
        examples = CONTEXT[["example_id", "question"]].rename(columns={"example_id": "id"})
        edited = ["Where?", *CONTEXT["question"][1:]]
        comparison = ax.compare(CONTEXT, worse(question=edited), examples=examples)

        assert ["'question' differs from the baseline's in 1 example: e0"] == [
            concern.message for concern in comparison.concerns if concern.kind == "content"
        ]


class TestOrder:
    """Worst first is never the order of ids."""

    def test_ties_are_broken_by_what_is_named(self):
        """Of twenty flips those whose output changed most come first, and the list says so."""
        comparison = ax.compare(CONTEXT, worse())

        assert [f"e{i}" for i in range(38, -1, -2)] == comparison.regressions()["example_id"].tolist()
        assert "then how much shorter or longer the output became, then example id" in comparison.list_words(
            "regressions"
        )

    def test_other_metrics_break_ties_first(self):
        """A flip that made another metric worse as well is worse."""
        quality = {"eval.quality.score": [0.5] * 40}
        down = {"eval.quality.score": [0.1 if i == 4 else 0.5 for i in range(40)]}
        comparison = ax.compare(CONTEXT.assign(**quality), worse(**down))

        assert "e4" == comparison.regressions("correct")["example_id"][0]
        assert "then how the other metrics changed" in comparison.list_words("regressions")

    def test_a_limit_keeps_the_order(self):
        """The first ten are the first ten of all."""
        comparison = ax.compare(CONTEXT, worse())

        assert (
            comparison.regressions()["example_id"][:7].tolist()
            == comparison.changes_table("regressions", limit=7)["example_id"].to_pylist()
        )

    def test_severity_is_free_of_the_scale(self):
        """A flip comes before a drop of one on a scale of ten, whatever their units."""
        grades = {"eval.quality.score": [float(i % 10) for i in range(40)]}
        lower = {"eval.quality.score": [max(0.0, i % 10 - 1.0) for i in range(40)]}
        listed = ax.compare(CONTEXT.assign(**grades), worse(**lower)).regressions()

        assert ["correct"] * 20 == listed["metric"][:20].tolist()


class TestChance:
    """How many of a list chance alone would give."""

    def test_symmetry(self):
        """Without repetitions chance makes as many better as worse."""
        found = ax.compare(system(1), system(2)).by_chance().iloc[0]

        assert (
            min(found["regressions"], found["improvements"])
            == found["worse_by_chance"]
            == found["better_by_chance"]
        )
        assert "as many changed the other way" == found["source"]

    def test_repetitions(self):
        """With repetitions the count of a system against itself is about what is expected, and far from it
        where something changed.
        """
        rates = np.random.default_rng(3).beta(4, 1.7, 200)
        same = ax.compare(system(1, 5), system(2, 5)).by_chance().iloc[0]
        broken = (
            ax.compare(system(1, 5), system(2, 5, rates=rates * (np.arange(200) % 2))).by_chance().iloc[0]
        )

        assert same["regressions"] == pytest.approx(same["worse_by_chance"], rel=0.35)
        assert broken["regressions"] > 1.4 * broken["worse_by_chance"]
        assert "repetitions of the baseline" == broken["source"]

    def test_a_rerun(self):
        """A second run of the baseline tells how many change by themselves."""
        again = system(9)
        found = ax.compare(system(1), system(2, rates=np.zeros(200))).by_chance(rerun=again).iloc[0]
        expected = ax.compare(system(1), again).rows[0]

        assert (expected["regressions"], expected["improvements"]) == tuple(
            found[["worse_by_chance", "better_by_chance"]]
        )
        assert "a rerun of the baseline" == found["source"]

    def test_every_surface_says_it(self):
        """Markdown and HTML say beside the list how many chance alone gives, and by what it is ordered."""
        comparison = ax.compare(system(1), system(2))
        words = (
            "chance alone gives about"
            f" {min(comparison.rows[0]['regressions'], comparison.rows[0]['improvements'])} "
        )

        for surface in (comparison.to_markdown(), re.sub(r"<[^>]*>", "", comparison._repr_html_())):
            assert words in surface
            assert "ordered by size of the change" in surface

    def test_shrunken_changes_are_smaller_and_keep_the_mean(self):
        """With repetitions each row has the change to be expected in new runs; in fresh runs it is nearer
        than the change seen.
        """
        comparison = ax.compare(system(1, 5), system(2, 5))
        fresh = ax.compare(system(11, 5), system(12, 5)).study
        listed = comparison.changes()
        metric = fresh.metric("correct")
        change = fresh.outcome(metric, 1).value - fresh.outcome(metric, 0).value
        again = change[[int(name[1:]) for name in listed["example_id"]]]

        assert (listed["shrunken_delta"].abs() <= listed["delta"].abs() + 0.05).all()
        assert np.mean((again - listed["shrunken_delta"]) ** 2) < np.mean((again - listed["delta"]) ** 2)


class TestSlicesSeen:
    """A slice that clearly changed is said in the open."""

    topics = ("law", "sport", "art", "food")

    def sides(self, bad=True):
        """Return two sides of which one topic fell, if at all."""
        topic = np.repeat(self.topics, 60)
        scores = np.where((topic == "food") & bad, 0.0, 1.0)
        ids = [f"e{i}" for i in range(240)]
        return (
            pd.DataFrame({"example_id": ids, "topic": topic, "eval.correct.score": values})
            for values in (1.0, scores)
        )

    @pytest.mark.parametrize("options", [{"by": "topic"}, {}])
    def test_one_open_line(self, options):
        """Text, Markdown and HTML name the slice outside anything folded, asked for or not."""
        comparison = ax.compare(*self.sides(), **options)
        words = "1 slice got worse (exploratory, adjusted): topic food: correct, candidate 100.0% → 0.0%"
        opened = re.sub(r"<details.*?</details>", "", comparison._repr_html_(), flags=re.DOTALL)

        assert words in repr(comparison)
        assert words in re.sub(r"<details>.*?</details>", "", comparison.to_markdown(), flags=re.DOTALL)
        assert words in re.sub(r"<[^>]*>", "", opened)
        assert ("by='topic'" in repr(comparison)) == (not options)

    def test_nothing_is_said_where_nothing_is_clear(self):
        """Slices that stayed are not mentioned."""
        assert "slice" not in repr(ax.compare(*self.sides(bad=False)))

    def test_the_clear_ones_come_first(self):
        """Under the verdicts the slice that got worse leads, and is drawn first."""
        comparison = ax.compare(*self.sides(), by="topic")
        lines = repr(comparison).splitlines()

        assert lines[lines.index("Slices by topic, exploratory") + 1].startswith("  topic food: correct")
        assert 'aria-label="topic food: ' in comparison._repr_html_().partition("By topic")[2][:600]

    def test_columns_asked_one_after_the_other_are_one_family(self):
        """The p of a column asked in the sixth question is adjusted for all that were asked before, and times
        six for the turn.
        """
        generator = np.random.default_rng(0)
        columns = {f"c{i}": generator.choice(["a", "b"], 300) for i in range(6)}
        one, other = (system(seed, n=300).assign(**columns) for seed in (1, 2))
        together = ax.compare(one, other).slices(list(columns))
        comparison = ax.compare(one, other)
        last = [comparison.slices(name) for name in columns][-1]

        expected = (6 * together[together["column"] == "c5"]["p_adjusted"]).clip(upper=1).tolist()
        assert expected == last["p_adjusted"].tolist()
        assert (
            together["p_adjusted"].tolist()
            == ax.compare(one, other).slices(list(columns))["p_adjusted"].tolist()
        )


def test_what_passed_and_errors_now_is_in_the_explorers_list_of_what_got_worse():
    """The count of the outcome and its table agree, and such a row says that it errored."""
    before = pd.DataFrame({"example_id": list("abcd"), "eval.correct.score": [1.0, 1, 1, 0], "output": "x"})
    after = before.assign(**{"eval.correct.score": [None, 0, 1, 0], "error": ["boom", None, None, None]})
    comparison = ax.compare(before, after)
    table = outcome_table(comparison, "correct", "candidate", "regressed")

    assert 2 == outcome_counts(comparison, "correct", "candidate")["regressed"] == table.num_rows
    assert {"errored", "regressed"} == set(table["outcome"].to_pylist())
