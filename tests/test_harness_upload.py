"""Runs against a real local workspace: upload exactly once through faults, resume, rerun, refuse, score later."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

import pytest
import requests

from arize_nb.errors import (
    ConflictError,
    ConnectionFailedError,
    ExperimentUnfinishedError,
    InputError,
    RunError,
    TaskChangedError,
    TooManyFailuresError,
)
from arize_nb.harness import evaluator, exact_match, journal, upload
from arize_nb.harness.experiment import run_experiment
from arize_nb.harness.journal_file import open_file


class Task:
    """A task that counts its calls; `broken` examples fail, until they are mended."""

    def __init__(self, broken=(), suffix=""):
        self.calls = []
        self.broken = set(broken)
        self.suffix = suffix

    def __call__(self, input):
        self.calls.append(input)
        if input in self.broken:
            raise LookupError(f"no answer for {input}")
        return input.replace("q", "a") + self.suffix


class FaultyExperiments:
    """The real resource, with faults on the way: `before` a request is sent, or `after` it, when only its reply is lost."""

    def __init__(self, real):
        self._real = real
        self.faults = []
        self.requests = []

    def __getattr__(self, name):
        return getattr(self._real, name)

    def _send(self, method, /, *args, **kwargs):
        self.requests.append((method, len(kwargs.get("runs", args[-1] if args else ()))))
        fault = self.faults.pop(0) if self.faults else None
        if fault == "before":
            raise ConnectionFailedError("nothing answers", address="127.0.0.1")
        made = getattr(self._real, method)(*args, **kwargs)
        if fault == "after":
            raise ConnectionFailedError("the reply was lost", address="127.0.0.1")
        return made

    def create(self, **kwargs):
        return self._send("create", **kwargs)

    def append(self, *args, **kwargs):
        return self._send("append", *args, **kwargs)


class FaultyClient:
    def __init__(self, client):
        self.datasets, self.connection = client.datasets, client.connection
        self.experiments = FaultyExperiments(client.experiments)


@pytest.fixture
def dataset(client, unique_name):
    return client.datasets.create(name=unique_name("faq"), examples=[{"question": f"q{i}", "answer": f"a{i}"} for i in range(30)])


@pytest.fixture
def faulty(client, monkeypatch):
    """Make a client with faults, small batches and short waits."""
    monkeypatch.setattr(upload, "BATCH_RUNS", 10)
    monkeypatch.setattr(upload, "backoff_s", lambda attempt, draw: 0.01)
    return FaultyClient(client)


def run(client, dataset, task, **options):
    return run_experiment(client, name=options.pop("name", "exp"), dataset=dataset, task=task, progress=False, **{"retries": 0, **options})


def stored(client, dataset, name="exp"):
    """Return the service's runs as (question, repetition, output or error), sorted."""
    questions = {row["id"]: row["question"] for row in client.datasets.iter_records(dataset)}
    records = client.experiments.iter_records(name, dataset=dataset)
    return sorted((questions[row["example_id"]], row["repetition"], row["output"] or row["error"]) for row in records)


ALL = sorted((f"q{i}", 1, f"a{i}") for i in range(30))


class TestExactlyOnce:
    @pytest.mark.parametrize(
        "faults",
        [["after"], ["before"], [None, "after", "after"], [None, "before", "before"], ["before", "after", "before", "after"]],
        ids=["create-reply-lost", "create-not-sent", "append-reply-lost", "append-not-sent", "all-at-once"],
    )
    def test_lost_requests_and_lost_replies(self, client, faulty, dataset, faults):
        """Whatever is lost on the way, every run is there once, in one experiment."""
        faulty.experiments.faults = faults
        result = run(faulty, dataset, Task())

        assert ALL == stored(client, dataset)
        assert 1 == len(list(client.experiments.iter(dataset=dataset)))
        assert {row["id"] for row in client.experiments.iter_records(result.experiment)} == set(result.frame["id"])

    def test_runs_go_up_in_batches_while_others_run(self, faulty, dataset):
        """The first batch creates, the others append."""
        run(faulty, dataset, Task())

        assert [("create", 10), ("append", 10), ("append", 10)] == faulty.experiments.requests

    def test_network_gone(self, client, faulty, dataset):
        """All tasks end, nothing is lost; the error says how to go on, and going on calls no task."""
        task = Task()
        faulty.experiments.faults = [None, *["before"] * 5]
        with pytest.raises(ExperimentUnfinishedError, match=r"30 of 30 runs are kept on disk.*resume=True") as caught:
            run(faulty, dataset, task)
        result = run(faulty, dataset, task, resume=True)

        assert (30, 30) == (len(task.calls), len(caught.value.result.records))
        assert (30, ALL) == (result.resumed, stored(client, dataset))

    def test_the_network_comes_back_while_tasks_run(self, client, faulty, dataset, monkeypatch):
        """An upload that failed in every try is tried again later, while the run goes on."""
        monkeypatch.setattr(upload, "PAUSE_S", 0.05)
        faulty.experiments.faults = ["before"] * 8
        result = run(faulty, dataset, lambda input: threading.Event().wait(0.05) or input.replace("q", "a"), concurrency=2)

        assert (30, ALL) == (len(result.run_ids), stored(client, dataset))

    def test_what_another_session_sent_without_noting_it(self, client, faulty, dataset):
        """A session that died between sending and noting: the next one looks first what has arrived."""
        faulty.experiments.faults = ["after", *["before"] * 10]
        task = Task()
        with pytest.raises(ExperimentUnfinishedError):
            run(faulty, dataset, task)
        faulty.experiments.faults = []
        run(faulty, dataset, task, resume=True)

        assert (30, ALL) == (len(task.calls), stored(client, dataset))

    def test_the_runs_of_another_session_are_not_taken_for_ours(self, client, dataset):
        """Two machines run one name at once: the second neither touches the first's experiment nor calls its outputs its own."""
        examples = list(client.datasets.iter_records(dataset))

        def meanwhile(dataset_row):
            if dataset_row["question"] == "q0":
                facts = {"repetition": 1, "result.trace.timestamp": 1}
                runs = [{"example_id": item["id"], "output": item["answer"], **facts} for item in examples]
                client.experiments.create(name="exp", runs=runs, dataset=dataset)
            return dataset_row["answer"]

        with pytest.raises(ExperimentUnfinishedError, match=r"made by another session.*30 of 30 runs are kept.*0 were uploaded"):
            run(client, dataset, meanwhile, concurrency=1)
        theirs = client.experiments.get("exp", dataset=dataset)
        with pytest.raises(ExperimentUnfinishedError, match="made by another session"):
            run(client, dataset, meanwhile, resume=True)
        client.experiments.delete(theirs)

        assert run(client, dataset, meanwhile, resume=True).counts["completed"] == 30

    def test_large_outputs_go_up_in_small_requests(self, client, faulty, dataset, monkeypatch):
        """Requests are cut by what they hold, structures and runs taken from the journal too."""
        monkeypatch.setattr(upload, "BATCH_RUNS", 500)
        monkeypatch.setattr(upload, "BATCH_CHARACTERS", 50_000)
        faulty.experiments.faults = ["before"] * 10
        with pytest.raises(ExperimentUnfinishedError):
            run(faulty, dataset, lambda input: {"answer": ["x" * 9_000]})
        faulty.experiments.faults, faulty.experiments.requests = [], []
        result = run(faulty, dataset, lambda input: {"answer": ["x" * 9_000]}, resume=True)

        assert (30, 30) == (len(result.run_ids), result.resumed)
        assert [("create", 5), *[("append", 5)] * 5] == faulty.experiments.requests

    def test_a_failed_run_goes_up_as_empty_text_with_its_error(self, client, dataset):
        """REST wants a string: output "" and error; our frames read that pair as null."""
        result = run(client, dataset, Task(broken=["q3"]), evaluators=[exact_match()])
        headers = {"Authorization": f"Bearer {client.connection.api_key}"}
        reply = requests.get(
            f"{client.connection.api_url}/v2/experiments/{result.experiment.id}/runs?limit=500", headers=headers, timeout=30
        ).json()
        raw = [item for item in reply["experiment_runs"] if item["error"]]
        frame = client.experiments.runs(result.experiment)
        failed = frame[frame["error"].notna()]

        assert [(None, "LookupError('no answer for q3')", "FAILED")] == [
            (item["output"] or None, item["error"], item["execution_status"]) for item in raw
        ]
        assert (1, True, True) == (len(failed), failed["output"].isna().all(), failed["eval.exact_match.score"].isna().all())
        assert frame.equals(result.frame[list(frame.columns)].sort_values("id", ignore_index=True))


class TestNames:
    def test_a_taken_name_is_refused_before_anything_is_called(self, client, dataset):
        """A run under a name that the service has costs no call."""
        run(client, dataset, Task())
        second = Task()
        with pytest.raises(ConflictError, match="exists already"):
            run(client, dataset, second)

        assert second.calls == []

    def test_no_empty_experiment_is_left(self, client, dataset):
        """Stopped by its first ten failures, a run leaves no experiment that holds the name; mended, it goes on."""
        task = Task(broken=[f"q{i}" for i in range(30)])
        with pytest.raises(TooManyFailuresError, match="first 10 results") as caught:
            run(client, dataset, task, concurrency=1)
        before = list(client.experiments.iter(dataset=dataset))
        task.broken.clear()
        result = run(client, dataset, task, rerun="failed")

        assert ([], 10) == (before, len(caught.value.result.records))
        assert (0, ALL) == (result.resumed, stored(client, dataset))

    def test_a_dry_run_leaves_nothing(self, client, dataset):
        """Neither experiment nor journal; the frame is there."""
        result = run(client, dataset, Task(), dry_run=("random", 5), evaluators=[exact_match()])

        assert (5, None, None) == (len(result.frame), result.experiment, result.journal)
        assert [] == list(client.experiments.iter(dataset=dataset))
        assert not (Path(os.environ["ARIZE_NB_DATA_DIR"]) / "journals").exists()

    def test_the_same_name_in_another_dataset(self, client, dataset, unique_name):
        """Journals belong to a dataset: another dataset may have an experiment of the same name."""
        other = client.datasets.create(name=unique_name("other"), examples=[{"question": "q1"}])
        run(client, dataset, Task())

        assert 1 == len(run(client, other, Task()).frame)


class TestResuming:
    def test_a_complete_run_calls_nothing(self, client, dataset):
        """resume=True may stay in the cell: a finished experiment comes back from the journal."""
        task = Task()
        first = run(client, dataset, task, resume=True, evaluators=[exact_match()])
        again = run(client, dataset, task, resume=True, evaluators=[exact_match()])

        assert (30, 30, 0) == (len(task.calls), again.resumed, first.resumed)
        assert first.frame.equals(again.frame)

    def test_more_repetitions_add_to_what_there_is(self, client, dataset):
        """Asking for a third repetition runs and uploads only that one."""
        task = Task()
        run(client, dataset, task, repetitions=2)
        run(client, dataset, task, repetitions=3, resume=True)

        assert 90 == len(task.calls)
        assert [1, 2, 3] == [repetition for question, repetition, _ in stored(client, dataset) if question == "q7"]

    def test_failures_are_run_again_and_replaced(self, client, dataset):
        """rerun="failed" calls failed runs only; the experiment then has each run once, without the failures."""
        task = Task(broken=["q3", "q4"])
        run(client, dataset, task)
        task.broken.clear()
        result = run(client, dataset, task, rerun="failed")

        assert (32, 28, ALL) == (len(task.calls), result.resumed, stored(client, dataset))

    def test_failed_evaluations_are_asked_again(self, client, dataset):
        """A judge that was down is asked again for what it missed, the task is not called."""
        task, asked, down = Task(), [], threading.Event()
        down.set()

        @evaluator
        def judge(output):
            asked.append(output)
            if down.is_set() and output in ("a1", "a2"):
                raise ConnectionError("judge is down")
            return 1.0

        first = run(client, dataset, task, evaluators=[judge])
        down.clear()
        second = run(client, dataset, task, evaluators=[judge], rerun="failed")

        assert (2, 0) == (first.counts["unscored"], second.counts["unscored"])
        assert (30, 32) == (len(task.calls), len(asked))

    def test_annotated_runs_are_not_replaced(self, client, dataset):
        """What people said about runs is never deleted on the way."""
        task = Task(broken=["q3"])
        result = run(client, dataset, task)
        annotations = [{"record_id": result.frame["id"].iloc[0], "name": "quality", "label": "good"}]
        client.experiments.annotate(result.experiment, annotations, create_configs=True)
        with pytest.raises(RunError, match="annotations, which would be lost"):
            run(client, dataset, task, rerun="failed")

        assert 30 == len(client.experiments.runs(result.experiment))

    def test_an_experiment_deleted_on_the_service_is_made_again(self, client, dataset):
        """The journal has everything: resuming uploads it anew."""
        task = Task()
        client.experiments.delete(run(client, dataset, task).experiment)
        run(client, dataset, task, resume=True)

        assert (30, ALL) == (len(task.calls), stored(client, dataset))

    def test_starting_anew_throws_the_old_away(self, client, dataset):
        """rerun="all" replaces our own experiment under the same name."""
        run(client, dataset, Task())
        result = run(client, dataset, Task(suffix="!"), rerun="all")

        assert (0, {"a0!"}) == (result.resumed, {output for question, _, output in stored(client, dataset) if question == "q0"})

    def test_starting_anew_outweighs_a_resume_that_stayed(self, client, dataset):
        """With resume=True still in the cell, rerun="all" starts anew all the same."""
        run(client, dataset, Task())
        task = Task()
        result = run(client, dataset, task, rerun="all", resume=True)

        assert (0, 30) == (result.resumed, len(task.calls))

    def test_resuming_keeps_the_version_of_the_beginning(self, client, dataset):
        """A version that was made since does not get into an experiment that began before."""
        task = Task(broken=["q9"])
        with pytest.raises(TooManyFailuresError):
            run(client, dataset, task, max_failures=0, concurrency=1)
        last = list(client.datasets.iter_records(dataset))[-1]
        client.datasets.update_examples(dataset, [{"id": last["id"], "question": "q99", "answer": "a99"}], new_version="second")
        task.broken.clear()
        result = run(client, dataset.id, task, rerun="failed")

        assert "q99" not in task.calls
        assert dataset.versions[0].id == result.frame.attrs["arize"]["dataset_version_id"]


class TestRefusing:
    def test_a_changed_task(self, client, dataset):
        """Results of two tasks are not mixed, unless told to."""
        with pytest.raises(TooManyFailuresError):
            run(client, dataset, Task(broken=["q9"]), max_failures=0, concurrency=1)
        with pytest.raises(TaskChangedError, match="was changed since"):
            run(client, dataset, Task(suffix="!"), resume=True)
        result = run(client, dataset, Task(suffix="!"), resume=True, allow_changed_task=True)

        assert {"a0", "a29!"} <= {output for _, _, output in stored(client, dataset)}
        assert 30 == len(result.frame)

    def test_a_changed_evaluator_and_a_new_one(self, client, dataset):
        """Two rulers are not mixed; an uploaded run cannot get another evaluation."""
        task = Task(broken=["q9"])
        run(client, dataset, task, evaluators={"len": lambda output: len(output)})
        with pytest.raises(TaskChangedError, match="evaluator 'len' was changed"):
            run(client, dataset, task, evaluators={"len": lambda output: len(output) + 1}, resume=True)
        with pytest.raises(RunError, match=r"evaluator 'new' is new.*evaluate"):
            run(client, dataset, task, evaluators={"new": lambda output: 1.0}, resume=True)

    def test_a_parameter_that_nothing_provides(self, client, dataset):
        """A parameter that is no column is refused before anything is called or thrown away; mended, the same cell begins."""
        called = []
        wrong = lambda question, context: called.append(question)  # noqa: E731
        run(client, dataset, Task())
        with pytest.raises(InputError, match=r"task 'lambda' asks for 'context'.*Columns are answer, .*id, question"):
            run(client, dataset, wrong, rerun="all")
        with pytest.raises(InputError, match="asks for 'context'"):
            run(client, dataset, wrong, name="second", resume=True)
        second = run(client, dataset, lambda question, id: question.replace("q", "a"), name="second", resume=True)

        assert ([], ALL, ALL) == (called, stored(client, dataset), stored(client, dataset, "second"))
        assert 0 == second.resumed

    def test_an_unfinished_run_without_a_word(self, client, dataset):
        """What is kept is not thrown away by running the cell again."""
        with pytest.raises(TooManyFailuresError):
            run(client, dataset, Task(broken=["q9"]), max_failures=0, concurrency=1)
        with pytest.raises(ExperimentUnfinishedError, match="10 of 30 runs are kept"):
            run(client, dataset, Task(broken=["q9"]), max_failures=0)

    def test_two_at_once(self, client, dataset):
        """While one runs an experiment, another is told so."""
        inside, release = threading.Event(), threading.Event()

        def slow(input):
            inside.set()
            release.wait(20)
            return "x"

        first = threading.Thread(target=run, args=(client, dataset, slow))
        first.start()
        inside.wait(20)
        with pytest.raises(RunError, match="being run by another kernel"):
            run(client, dataset, slow)
        release.set()
        first.join(20)

    def test_a_full_disk_stops_the_run(self, client, dataset, monkeypatch):
        """When results cannot be kept, no more calls are made in vain, and the error says what to do."""

        def small(path):
            connection = open_file(path)
            connection.execute("PRAGMA max_page_count = 24").fetchall()
            return connection

        monkeypatch.setattr(journal, "open_file", small)
        with pytest.raises(RunError, match=r"results cannot be kept.*full.*Make room"):
            run(client, dataset, lambda input: input * 20_000)


class TestScoringLater:
    def test_a_new_experiment_by_default(self, client, dataset):
        """`<name>-<evaluator>` has all runs, their old evaluations and the new ones; failed runs are not scored."""
        first = run(client, dataset, Task(broken=["q3"]), evaluators=[exact_match()])
        asked = []

        @evaluator
        def length(output, expected):
            asked.append(expected)
            return len(output)

        scored = client.experiments.evaluate("exp", dataset=dataset, evaluators=[length], progress=False)
        frame = client.experiments.runs("exp-length", dataset=dataset)

        assert (29, {f"a{i}" for i in range(30)} - {"a3"}) == (len(asked), set(asked))
        assert "exp-length" == scored.experiment.name
        assert (30, 29, 29) == (len(frame), frame["eval.length.score"].count(), frame["eval.exact_match.score"].count())
        assert list(frame.loc[frame["error"].notna(), "example_id"]) == list(first.frame.loc[first.frame["error"].notna(), "example_id"])
        assert sorted(frame["latency_ms"]) == sorted(first.frame["latency_ms"])

    def test_as_annotations_when_told(self, client, dataset):
        """Scores become annotations of the same runs; configs are made when asked for."""
        run(client, dataset, Task())
        scored = client.experiments.evaluate(
            "exp",
            dataset=dataset,
            evaluators={"good": lambda output: (True, "why")},
            as_annotations=True,
            create_configs=True,
            progress=False,
        )
        frame = client.experiments.runs("exp", dataset=dataset, annotations=True)

        assert (30, ("good",)) == (scored.receipt.written, scored.receipt.created_configs)
        assert [(1.0, "True", "why")] == list(
            {tuple(row) for row in frame[["annotation.good.score", "annotation.good.label", "annotation.good.text"]].to_numpy()}
        )
        assert 1 == len(list(client.experiments.iter(dataset=dataset)))

    def test_scoring_resumes_too(self, client, dataset):
        """A judge that cost money is not asked twice for the same run."""
        run(client, dataset, Task())
        asked, stop_at = [], [12]

        @evaluator
        def judge(output):
            if len(asked) == stop_at[0]:
                raise_interrupt()
            asked.append(output)
            return 1.0

        def raise_interrupt():
            import _thread

            stop_at[0] = None
            _thread.interrupt_main()
            threading.Event().wait(0.5)

        options = {"dataset": dataset, "evaluators": [judge], "concurrency": 1, "progress": False}
        with pytest.raises(KeyboardInterrupt, match="resume=True"):
            client.experiments.evaluate("exp", **options)
        result = client.experiments.evaluate("exp", resume=True, **options)

        assert 30 <= len(asked) <= 31
        assert (30, 12) == (result.frame["eval.judge.score"].count(), result.resumed)

    def test_nothing_to_score(self, client, dataset):
        """No evaluator is an error that shows how to give one."""
        run(client, dataset, Task())
        with pytest.raises(InputError, match="no evaluator is given"):
            client.experiments.evaluate("exp", dataset=dataset, evaluators=[])


class TestSummaries:
    def test_summary_evaluators_see_all_runs(self, client, dataset):
        """A run-level evaluator gets outputs, expected outputs and evaluations, aligned; its failure is kept."""

        @evaluator(summary=True)
        def accuracy(evaluations, outputs, expected):
            assert len(outputs) == len(expected) == len(evaluations["exact_match"])
            scores = [made.score for made in evaluations["exact_match"] if made]
            return (sum(scores) / len(scores), f"{outputs.count(None)} without output")

        @evaluator(summary=True, name="broken one")
        def broken(frame):
            return frame["no such column"].mean()

        result = run(client, dataset, Task(broken=["q3"]), evaluators=[exact_match(), accuracy, broken])
        made = result.summary["accuracy"].evaluations["accuracy"]

        assert (1.0, "1 without output") == (made.score, made.explanation)
        assert "KeyError" == result.summary["broken one"].failure.error_type
        assert "evaluator broken one" in set(result.failures["stage"])


class TestResult:
    @pytest.mark.parametrize("dry_run", [None, 30], ids=["run", "dry run"])
    def test_rows_are_in_the_order_of_the_dataset(self, client, dataset, dry_run):
        """Whichever call ends first, frame, failures and what summaries see list the examples as the dataset does."""
        order = [row["question"] for row in client.datasets.iter_records(dataset)]

        async def slow_first(question, repetition):
            await asyncio.sleep(0.003 * (30 - int(question[1:])))
            if question in ("q20", "q3"):
                raise LookupError("no answer")
            return f"{question} {repetition}"

        @evaluator(summary=True)
        def outputs_in_order(outputs):
            return outputs == [None if name in ("q20", "q3") else f"{name} {k}" for name in order for k in (1, 2)]

        result = run(client, dataset, slow_first, evaluators=[outputs_in_order], repetitions=2, concurrency=30, dry_run=dry_run)
        ids = {row["id"]: row["question"] for row in client.datasets.iter_records(dataset)}
        seen = list(zip(result.frame["example_id"].map(ids), result.frame["repetition"], strict=True))
        failed = list(zip(result.failures["input"], result.failures["repetition"], strict=True))

        assert [(name, k) for name in order for k in (1, 2)] == seen
        assert [("q3", 1), ("q3", 2), ("q20", 1), ("q20", 2)] == failed
        assert 1.0 == result.summary["outputs_in_order"].evaluations["outputs_in_order"].score

    def test_failures_show_the_input(self, client, unique_name):
        """A failure has the input of its example, cut when it is long, null when there is none; a failed evaluator too."""
        made = client.datasets.create(name=unique_name("inputs"), examples=[{"question": "x" * 500}, {"other": "no question"}])

        def fail(dataset_row):
            if dataset_row["question"]:
                raise LookupError
            return "x"

        result = run(client, made, fail, evaluators={"judge": lambda output: None})
        stages = {"task": "x" * 199 + "…", "evaluator judge": None}

        assert stages == {row["stage"]: row["input"] for row in result.failure_records()}
        assert [False, True] == list(result.failures["input"].isna())

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
        assert "29 of 30 completed, 1 failed" in html
        assert "&lt;b&gt;bad&lt;/b&gt;: 29" in html

    def test_printed_it_is_a_report(self, client, dataset):
        """print(result) says the counts, the metrics and the first failures."""
        result = run(client, dataset, Task(broken=["q4"]), evaluators=[exact_match()])
        lines = str(result).splitlines()

        assert "29 of 30 completed, 1 failed" in lines[1]
        assert ["exact_match", "29", "1", "True:", "29", "0"] == next(line for line in lines if line.startswith("exact_match")).split()
        assert lines[-1].endswith("LookupError  no answer for q4")

    def test_compare_with_a_baseline(self, client, dataset):
        """A result is the candidate of a comparison; errors are errors, not zeros."""
        baseline = run(client, dataset, Task(), name="base", evaluators=[exact_match()])
        candidate = run(client, dataset, Task(broken=["q3"]), name="cand", evaluators=[exact_match()])
        row = candidate.compare(baseline).summary.iloc[0]

        assert (29, 1, 0) == (row["n_paired"], row["n_error"], row["regressions"])
