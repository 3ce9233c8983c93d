"""What a run comes to: its frame and failures in order, summaries, HTML and text, a comparison."""

from __future__ import annotations

import asyncio

import pytest
from harness_service import Task, run, thirty_questions

from arize_nb.errors import NotFoundError
from arize_nb.harness import evaluator, exact_match


@pytest.fixture
def dataset(client, unique_name):
    return thirty_questions(client, unique_name("faq"))


class TestSummaries:
    def test_summary_evaluators_see_all_runs(self, client, dataset):
        """A run-level evaluator gets outputs, expected outputs and evaluations, aligned; its
        failure is kept.
        """

        @evaluator(summary=True)
        def accuracy(evaluations, outputs, expected):
            assert len(outputs) == len(expected) == len(evaluations["exact_match"])
            scores = [made.score for made in evaluations["exact_match"] if made]
            return (sum(scores) / len(scores), f"{outputs.count(None)} without output")

        @evaluator(summary=True, name="broken one")
        def broken(frame):
            return frame["no such column"].mean()

        result = run(client, dataset, Task(broken=["q3"]), evaluators=[exact_match(), accuracy, broken])
        made = result.summary_records["accuracy"].evaluations["accuracy"]

        assert (1.0, "1 without output") == (made.score, made.explanation)
        assert "KeyError" == result.summary_records["broken one"].failure.error_type
        assert {"accuracy": 1.0, "broken one": None} == result.summary
        assert "evaluator broken one" in set(result.failures["stage"])


class TestResult:
    @pytest.mark.parametrize("dry_run", [None, 30], ids=["run", "dry run"])
    def test_rows_are_in_the_order_of_the_dataset(self, client, dataset, dry_run):
        """Whichever call ends first, frame, failures and what summaries see list the examples as the dataset
        does.
        """
        order = [row["question"] for row in client.datasets.iter_records(dataset)]

        async def slow_first(question, repetition):
            await asyncio.sleep(0.003 * (30 - int(question[1:])))
            if question in ("q20", "q3"):
                raise LookupError("no answer")
            return f"{question} {repetition}"

        @evaluator(summary=True)
        def outputs_in_order(outputs):
            return outputs == [
                None if name in ("q20", "q3") else f"{name} {k}" for name in order for k in (1, 2)
            ]

        result = run(
            client,
            dataset,
            slow_first,
            evaluators=[outputs_in_order],
            repetitions=2,
            concurrency=30,
            dry_run=dry_run,
        )
        ids = {row["id"]: row["question"] for row in client.datasets.iter_records(dataset)}
        seen = list(zip(result.frame["example_id"].map(ids), result.frame["repetition"], strict=True))
        failed = list(zip(result.failures["input"], result.failures["repetition"], strict=True))

        assert [(name, k) for name in order for k in (1, 2)] == seen
        assert [("q3", 1), ("q3", 2), ("q20", 1), ("q20", 2)] == failed
        assert 1.0 == result.summary["outputs_in_order"]

    def test_failures_show_the_input(self, client, unique_name):
        """A failure has the input of its example, cut when it is long, null when there is none; a failed
        evaluator too.
        """
        made = client.datasets.create(
            name=unique_name("inputs"), examples=[{"question": "x" * 500}, {"other": "no question"}]
        )

        def fail(dataset_row):
            if dataset_row["question"]:
                raise LookupError
            return "x"

        result = run(client, made, fail, evaluators={"judge": lambda output: None}, max_failures=2)
        stages = {"task": "x" * 199 + "…", "evaluator judge": None}

        assert stages == {row["stage"]: row["input"] for row in result.failure_records()}
        assert [False, True] == list(result.failures["input"].isna())

    def test_failures_show_the_columns_that_the_task_takes(self, client, unique_name):
        """Where no column is an input, a failure shows what the task took; a table without any of it has no
        such column.
        """
        made = client.datasets.create(
            name=unique_name("texts"), examples=[{"text": "one", "lang": "en"}, {"text": "two", "lang": None}]
        )

        def by_columns(text, lang):
            raise LookupError("no")

        def by_row(dataset_row):
            raise LookupError("no")

        named, whole = (
            run(client, made, task, name=task.__name__, max_failures=2) for task in (by_columns, by_row)
        )

        assert ['{"lang": "en", "text": "one"}', "two"] == list(named.failures["input"])
        assert ([True, True], "input" in str(whole), "input" in str(named)) == (
            list(whole.failures["input"].isna()),
            False,
            True,
        )
        taken = "<bdi>{&#34;lang&#34;: &#34;en&#34;, &#34;text&#34;: &#34;one&#34;}</bdi>"
        assert (taken in named._repr_html_(), "<bdi>{" in whole._repr_html_()) == (True, False)

    def test_html_is_static_and_escaped(self, client, dataset):
        """Errors and labels of models are text in the HTML, whatever is in them."""

        def answer(input):
            if input == "q3":
                raise LookupError("<script>alert(1)</script>")
            return "<img src=x onerror=alert(1)>"

        result = run(client, dataset, answer, evaluators={"label": lambda output: "<b>bad</b>"})
        html = result._repr_html_()

        assert "<script>" not in html
        assert "<b>bad" not in html
        assert 'aria-label="29 completed, 1 failed"' in html
        assert '<span class="chip">&lt;b&gt;bad&lt;/b&gt; 29</span>' in html

    def test_printed_it_is_a_report(self, client, dataset):
        """print(result) says the counts, the metrics and the first failures."""
        result = run(client, dataset, Task(broken=["q4"]), evaluators=[exact_match()])
        lines = str(result).splitlines()

        assert "29 of 30 completed, 1 failed" in lines[1]
        assert ["exact_match", "29", "1", "True:", "29", "0"] == next(
            line for line in lines if line.startswith("exact_match")
        ).split()
        assert lines[-3].endswith("LookupError  no answer for q4")
        assert lines[-1] == 'Run the failures again: rerun="failed".'

    def test_compare_with_a_baseline(self, client, dataset):
        """A result is the candidate of a comparison; errors are errors, not zeros."""
        baseline = run(client, dataset, Task(), name="base", evaluators=[exact_match()])
        candidate = run(client, dataset, Task(broken=["q3"]), name="cand", evaluators=[exact_match()])
        row = candidate.compare("base").summary.iloc[0]
        assert row.equals(candidate.compare(baseline).summary.iloc[0])

        assert (29, 1, 0) == (row["n_paired"], row["n_error"], row["regressions"])

    def test_compare_with_a_name_that_nothing_has(self, client, dataset):
        """An unknown name is an error that proposes close names, else some of the dataset, by its name."""
        run(client, dataset, Task(), name="base", evaluators=[exact_match()])
        candidate = run(client, dataset, Task(), name="prompt-v2", evaluators=[exact_match()])

        with pytest.raises(NotFoundError) as none_close:
            candidate.compare("nothere")
        with pytest.raises(NotFoundError, match="Did you mean 'base'"):
            candidate.compare("bse")
        assert {"base", "prompt-v2"} == set(none_close.value.others)
        assert dataset.name == none_close.value.dataset
