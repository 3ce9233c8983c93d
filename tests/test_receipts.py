"""Receipts that tell the truth: a write that was carried out is said with its id, and the same again makes
nothing.
"""

from __future__ import annotations

import json

import pytest

from arize_nb.errors import ConflictError, PartialWriteError, ReadBackError, ServerFailureError
from arize_nb.persistence.data_directory import data_directory


class Faulty:
    """Breaks the replies of a client that `breaks` says, after the service has done its work."""

    def __init__(self, client, breaks):
        self.client, self.breaks, self.sent = client, breaks, []
        self._send = client.send
        client.send = self.send

    def send(self, request):
        body = self._send(request)
        self.sent.append((request.method, request.target))
        if self.breaks(request):
            raise ServerFailureError("the service failed: injected", status=500)
        return body

    def mend(self):
        del self.client.send


def reads(request):
    """Whether it reads one resource, or its rows."""
    path = request.target.partition("?")[0].removeprefix("/v2/")
    return ("/" in path and request.method == "GET") or path.endswith("/search")


def rows(count):
    return [{"question": f"q{index}"} for index in range(count)]


@pytest.mark.parametrize("count", [5, 2500])
def test_a_dataset_that_cannot_be_read_back(client, unique_name, count):
    """The error has its id; the same call again gives it and writes nothing; another content under that name
    is a conflict.
    """
    name, examples = unique_name("d"), [{"id": f"x{index}", **row} for index, row in enumerate(rows(count))]
    faulty = Faulty(client, reads)
    with pytest.raises(
        ReadBackError,
        match=r"was made \(id .*only reading it back failed.*injected.*The same again returns it",
    ) as caught:
        client.datasets.create(name=name, examples=examples)
    faulty.mend()
    with pytest.raises(ConflictError):
        client.datasets.create(name=name, examples=examples[:-1])
    made = client.datasets.create(name=name, examples=examples)

    assert (caught.value.id, caught.value.kind, caught.value.name) == (made.id, "dataset", name)
    assert len(client.datasets.examples(made)) == count
    with pytest.raises(ConflictError):
        client.datasets.create(name=name, examples=examples)


@pytest.mark.parametrize("count", [5, 2500])
def test_an_experiment_that_cannot_be_read_back(client, unique_name, count):
    """The same for runs, sent over either transport: nothing is removed that is whole."""
    dataset = client.datasets.create(name=unique_name("d"), examples=rows(1))
    example = client.datasets.examples(dataset)["id"][0]
    runs = [{"example_id": example, "output": f"a{index}"} for index in range(count)]
    made = client.experiments.create(name="other", runs=runs, dataset=dataset)
    flight = client.flight.stream
    faulty = Faulty(client, lambda request: reads(request) and "experiments/" in request.target)
    client.flight.stream = lambda ticket, **facts: (_ for _ in ()).throw(
        ServerFailureError("injected", status=500)
    )
    with pytest.raises(ReadBackError) as caught:
        client.experiments.create(name="e", runs=runs, dataset=dataset, check_examples=False)
    faulty.mend()
    client.flight.stream = flight
    again = client.experiments.create(name="e", runs=runs, dataset=dataset)

    assert caught.value.id == again.id != made.id
    assert len(client.experiments.runs(again)) == count


def test_another_process_finds_it(client, unique_name, local_server):
    """What was made and not read is noted on disk: a command that is typed again, in a process of its own,
    gets it.
    """
    import arize_nb

    name, examples = unique_name("d"), [{"id": "x", "question": "q"}]
    faulty = Faulty(client, reads)
    with pytest.raises(ReadBackError) as caught:
        client.datasets.create(name=name, examples=examples)
    faulty.mend()
    notes = list((data_directory() / "unread").iterdir())
    with arize_nb.connect(
        api_key=local_server.api_key,
        api_host=local_server.api_url.removeprefix("http://"),
        api_scheme="http",
        flight_host="127.0.0.1",
        flight_port=local_server.flight_url.rpartition(":")[2],
        flight_scheme="grpc",
        space=client.space,
    ) as other:
        made = other.datasets.create(name=name, examples=examples)

    assert (made.id, len(notes)) == (caught.value.id, 1)
    assert list((data_directory() / "unread").iterdir()) == []


def test_a_reply_that_cannot_be_read(client, unique_name):
    """A create whose reply is not of the protocol was carried out: what it made is looked for
    and returned.
    """
    name = unique_name("d")
    send = client.send
    client.send = lambda request: b"<html>" if request.method == "POST" and send(request) else send(request)
    made = client.datasets.create(name=name, examples=rows(2))
    del client.send

    assert (made.name, len(client.datasets.examples(made))) == (name, 2)


def test_runs_that_did_not_arrive_are_no_receipt(client, unique_name, monkeypatch):
    """A count that differs is told as such."""
    monkeypatch.setattr("arize_nb.resources.writing.creation._LATE_S", (0.0,))
    send = client.send

    def short(request):
        body = send(request)
        if "/runs/search" in request.target:
            reply = json.loads(body)
            reply["experiment_runs"] = reply["experiment_runs"][:1]
            return json.dumps(reply).encode()
        return body

    client.send = short
    with pytest.raises(PartialWriteError, match="has 1 runs, 2 were sent"):
        client.experiments.create(name=unique_name("e"), runs=[{"output": "a"}, {"output": "b"}])
    del client.send


@pytest.mark.parametrize("change", [lambda value: 7, lambda value: [value]], ids=["number", "list"])
def test_ids_that_are_no_text(client, unique_name, change):
    """A number is an id like any other; what is neither number nor text is an error that names it, never a
    foreign one.
    """
    made = client.datasets.create(name=unique_name("d"), examples=rows(1))
    send = client.send

    def changed(request):
        reply = json.loads(send(request))
        reply["id"] = change(reply["id"])
        return json.dumps(reply).encode()

    client.send = changed
    if change(0) == 7:
        assert client.datasets.get(made).id == "7"
    else:
        with pytest.raises(ServerFailureError, match="gives the dataset a id that is no text"):
            client.datasets.get(made)
    del client.send
