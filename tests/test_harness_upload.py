"""Uploads to a real local workspace: every run exactly once, through faults of the network."""

from __future__ import annotations

import threading

import pytest
import requests
from harness_service import ALL, Task, run, stored, thirty_questions

from arize_nb.errors import ConnectionFailedError, ExperimentUnfinishedError
from arize_nb.harness import exact_match
from arize_nb.harness.upload import uploader as upload


class FaultyExperiments:
    """The real resource, with faults on the way: `before` a request is sent, or `after` it, when only its
    reply is lost.
    """

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
    return thirty_questions(client, unique_name("faq"))


@pytest.fixture
def faulty(client, monkeypatch):
    """Make a client with faults, small batches and short waits."""
    monkeypatch.setattr(upload, "BATCH_RUNS", 10)
    monkeypatch.setattr(upload, "backoff_s", lambda attempt, draw: 0.01)
    return FaultyClient(client)


class TestExactlyOnce:
    @pytest.mark.parametrize(
        "faults",
        [
            ["after"],
            ["before"],
            [None, "after", "after"],
            [None, "before", "before"],
            ["before", "after", "before", "after"],
        ],
        ids=["create-reply-lost", "create-not-sent", "append-reply-lost", "append-not-sent", "all-at-once"],
    )
    def test_lost_requests_and_lost_replies(self, client, faulty, dataset, faults):
        """Whatever is lost on the way, every run is there once, in one experiment."""
        faulty.experiments.faults = faults
        result = run(faulty, dataset, Task())

        assert ALL == stored(client, dataset)
        assert 1 == len(list(client.experiments.iter(dataset=dataset)))
        assert {row["id"] for row in client.experiments.iter_records(result.experiment)} == set(
            result.frame["id"]
        )

    def test_runs_go_up_in_batches_while_others_run(self, faulty, dataset):
        """The first batch creates, the others append."""
        run(faulty, dataset, Task())

        assert [("create", 10), ("append", 10), ("append", 10)] == faulty.experiments.requests

    def test_network_gone(self, client, faulty, dataset):
        """All tasks end, nothing is lost; the error says how to go on, and going on calls no task."""
        task = Task()
        faulty.experiments.faults = [None, *["before"] * 5]
        with pytest.raises(
            ExperimentUnfinishedError, match=r"30 of 30 runs are kept on disk.*resume=True"
        ) as caught:
            run(faulty, dataset, task)
        result = run(faulty, dataset, task, resume=True)

        assert (30, 30) == (len(task.calls), len(caught.value.result.records))
        assert (30, ALL) == (result.resumed, stored(client, dataset))

    def test_the_network_comes_back_while_tasks_run(self, client, faulty, dataset, monkeypatch):
        """An upload that failed in every try is tried again later, while the run goes on."""
        monkeypatch.setattr(upload, "PAUSE_S", 0.05)
        faulty.experiments.faults = ["before"] * 8
        result = run(
            faulty,
            dataset,
            lambda input: threading.Event().wait(0.05) or input.replace("q", "a"),
            concurrency=2,
        )

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
        """Two machines run one name at once: the second neither touches the first's experiment nor calls its
        outputs its own.
        """
        examples = list(client.datasets.iter_records(dataset))

        def meanwhile(dataset_row):
            if dataset_row["question"] == "q0":
                facts = {"repetition": 1, "result.trace.timestamp": 1}
                runs = [{"example_id": item["id"], "output": item["answer"], **facts} for item in examples]
                client.experiments.create(name="exp", runs=runs, dataset=dataset)
            return dataset_row["answer"]

        with pytest.raises(
            ExperimentUnfinishedError,
            match=r"made by another session.*30 of 30 runs are kept.*0 were uploaded",
        ):
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
            f"{client.connection.api_url}/v2/experiments/{result.experiment.id}/runs?limit=500",
            headers=headers,
            timeout=30,
        ).json()
        raw = [item for item in reply["experiment_runs"] if item["error"]]
        frame = client.experiments.runs(result.experiment)
        failed = frame[frame["error"].notna()]

        assert [(None, "LookupError('no answer for q3')", "FAILED")] == [
            (item["output"] or None, item["error"], item["execution_status"]) for item in raw
        ]
        assert (1, True, True) == (
            len(failed),
            failed["output"].isna().all(),
            failed["eval.exact_match.score"].isna().all(),
        )
        assert frame.equals(result.frame[list(frame.columns)].sort_values("id", ignore_index=True))
