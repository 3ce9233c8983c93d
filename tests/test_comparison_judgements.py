"""What reruns, people and repetitions say: the noise floor, agreement of judge and people,
pass@k and pass^k.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import arize_nb as ax
from arize_nb.errors import ColumnError, ComparisonError


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


class TestNoiseFloor:
    """What a rerun of the baseline changes by itself."""

    def test_a_candidate_that_is_the_baseline_again_is_noise(self):
        """Two reruns of one noisy system cannot be told apart."""
        generator = np.random.default_rng(4)
        once, again, candidate = (runs((generator.random(200) < 0.7).astype(int)) for _ in range(3))
        row = ax.compare(once, candidate).noise_floor(again).iloc[0]

        assert "cannot be told from noise" == row["verdict"]
        assert row["changed_rerun"] == int((once["eval.q.score"] != again["eval.q.score"]).sum())

    @pytest.mark.parametrize("key", ["question", ["topic", "number"], "row-order"])
    def test_a_rerun_of_tables_pairs_by_the_key_of_the_comparison(self, key):
        """Tables without example ids take a rerun as they stand, in another order of rows unless order is the
        key.
        """
        generator = np.random.default_rng(5)
        once, again, other = ((generator.random(60) < share).astype(int) for share in (0.7, 0.7, 0.9))
        columns = {
            "question": [f"what is {i}?" for i in range(60)],
            "topic": list("abc") * 20,
            "number": np.arange(60) // 3,
        }
        base, rerun, candidate = (
            pd.DataFrame({**columns, "correct": found}) for found in (once, again, other)
        )
        known = [runs(found) for found in (once, again, other)]
        shuffled = rerun if key == "row-order" else rerun.sample(frac=1, random_state=1)
        comparison = ax.compare(base, candidate, key=key, metrics="correct")
        expected = ax.compare(known[0], known[2]).noise_floor(known[1]).iloc[0]
        row = comparison.noise_floor(shuffled).iloc[0]
        names = ["n", "changed_rerun", "changed_candidate", "p_changes", "verdict"]

        assert [60, int((once != again).sum()), int((once != other).sum())] == row[names[:3]].tolist()
        assert expected[names].tolist() == row[names].tolist()
        assert "a rerun of the baseline" == comparison.by_chance(rerun=shuffled).iloc[0]["source"]

    def test_a_rerun_that_cannot_be_paired_is_an_error(self):
        """Without the key, with a key twice, or with other rows where order pairs them."""
        base = pd.DataFrame({"question": [f"q{i}" for i in range(9)], "correct": [0, 1, 1] * 3})
        by_key, by_order = (
            ax.compare(base, base.copy(), key=key, metrics="correct") for key in ("question", "row-order")
        )
        with pytest.raises(ColumnError, match="has no column 'question', which pairs the rows"):
            by_key.noise_floor(base[["correct"]])
        with pytest.raises(ComparisonError, match=r"repeats question: 'q0' \(2 rows"):
            by_key.noise_floor(pd.concat([base, base]))
        with pytest.raises(ComparisonError, match="has 4 rows and the baseline 9"):
            by_order.noise_floor(base[:4])

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
        """Nothing seen in ten examples does not mean that nothing can come: one flip of the candidate is not
        beyond that.
        """
        base, candidate = runs([1] * 10), runs([1] * 9 + [0])
        row = ax.compare(base, candidate).noise_floor(base.copy()).iloc[0]

        assert ("cannot be told from noise", 0, 1) == (
            row["verdict"],
            row["changed_rerun"],
            row["changed_candidate"],
        )
        assert 2 * stats.norm.sf(np.sqrt(2)) == pytest.approx(row["p_delta"])

    def test_changing_less_than_the_rerun_is_not_beyond_it(self):
        """A candidate steadier than the rerun is no finding."""
        base, again = runs([1, 0] * 50), runs([0, 1] * 25 + [1, 0] * 25)

        assert (
            "cannot be told from noise" == ax.compare(base, base.copy()).noise_floor(again).iloc[0]["verdict"]
        )

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
        """Percent, kappa, sensitivity and specificity of a worked table: 40 both pass, 30 both fail, 20 judge
        only, 10 people only.
        """
        judge = ["pass"] * 40 + ["fail"] * 30 + ["pass"] * 20 + ["fail"] * 10
        people = ["good"] * 40 + ["bad"] * 30 + ["bad"] * 20 + ["good"] * 10
        frame = self.labelled(judge, people)
        found = ax.compare(frame, frame, metrics=["j"]).agreement("j", "h")
        row = found.table.iloc[0]

        assert (100, 0.7, 0.4, 0.8, 0.6) == pytest.approx(
            tuple(row[["n", "percent", "kappa", "sensitivity", "specificity"]])
        )
        assert ["baseline", "candidate", "all"] == found.table["experiment"].tolist()
        assert [[60, 40], [20, 80]] == found.confusion.to_numpy().tolist()

    def test_the_judges_word_holds_where_people_looked(self):
        """People who see the same difference bear the judge out; who see the opposite, contradict; who see
        nothing clear, leave it open.
        """
        n = 60
        judge = (["fail"] * 40 + ["pass"] * 20, ["pass"] * 50 + ["fail"] * 10)
        words = {
            "holds": (["bad"] * 40 + ["good"] * 20, ["good"] * 50 + ["bad"] * 10),
            "contradicted": (["good"] * 50 + ["bad"] * 10, ["bad"] * 40 + ["good"] * 20),
            "cannot tell": (["good", "bad"] * 30, ["good", "bad"] * 30),
        }
        for word, people in words.items():
            comparison = ax.compare(
                self.labelled(judge[0], people[0]), self.labelled(judge[1], people[1]), metrics=["j"]
            )
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

        assert 5 == row["n"]
        assert row["note"].startswith("directional only (n = 5 < 30)")

    def test_a_verdict_and_a_grade_do_not_agree_or_disagree(self):
        """Different kinds are an error that says how to make them one."""
        frame = runs(
            [None] * 3, eval__j__label=["pass", "fail", "pass"], annotation__h__score=[0.1, 0.5, 0.9]
        )

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


class TestPassAt:
    """pass@k and pass^k of repetitions."""

    @staticmethod
    def repeated(*examples, errors=None):
        rows = [(f"e{number}", value) for number, values in enumerate(examples) for value in values]
        frame = pd.DataFrame(rows, columns=["example_id", "eval.q.score"]).assign(
            id=[f"r{i}" for i in range(len(rows))]
        )
        return frame if errors is None else frame.assign(error=errors)

    def test_both_measures(self):
        """One example passes 2 of 3 runs, one all: pass@2 is 1, pass^2 is (1/3 + 1) / 2."""
        frame = self.repeated([1, 1, 0], [1, 1, 1])
        table = ax.compare(frame, frame).pass_at(2)

        assert ["pass@2", "pass@2", "pass^2", "pass^2"] == table["measure"].tolist()
        assert [1.0, 1.0, 2 / 3, 2 / 3] == pytest.approx(table["value"].tolist())
        assert [0.0, 0.0] == table[table["experiment"] == "candidate"]["delta"].tolist()

    def test_a_system_that_never_failed_is_not_known_to_be_perfect(self):
        """The interval of ten examples that all passed reaches well below one, and says that it is
        directional only.
        """
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
        """Ten documents of three alike examples each are ten things known, for the value and for its
        difference.
        """
        one, other = (
            self.repeated(*np.repeat(cells, 3, axis=0).tolist())
            for cells in np.random.default_rng(2).integers(0, 2, (2, 10, 2))
        )
        documents = [int(example[1:]) // 3 for example in one["example_id"]]
        plain = ax.compare(one, other).pass_at(2).iloc[1]
        known = ax.compare(one.assign(document=documents), other, cluster="document").pass_at(2).iloc[1]

        assert (plain["value"], plain["delta"]) == (known["value"], known["delta"])
        assert known["ci_high"] - known["ci_low"] > 1.4 * (plain["ci_high"] - plain["ci_low"])
        assert known["delta_high"] - known["delta_low"] > 1.4 * (plain["delta_high"] - plain["delta_low"])
        assert known["p_value"] > plain["p_value"]

    def test_one_metric_shown_keeps_the_family(self):
        """The p values are adjusted over all pass/fail metrics, whichever is shown."""
        one = self.repeated(*[[0, 0]] * 12)
        other = self.repeated(*[[1, 1]] * 7, *[[0, 0]] * 5)
        found = ax.compare(
            one.assign(**{"eval.r.score": 0}), other.assign(**{"eval.r.score": [*[0, 1] * 6, *[0] * 12]})
        )
        table = found.pass_at(2)

        assert {"q", "r"} == set(table["metric"])
        assert table["p_adjusted"].min() < 0.1
        assert table[table["metric"] == "q"].reset_index(drop=True).equals(found.pass_at(2, "q"))

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
