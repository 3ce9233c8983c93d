"""Flight side of the local workspace, spoken to in plain Arrow: commands, streams, refusals,
all or nothing.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time

import pyarrow as pa
import pyarrow.flight as flight
import pytest


class Wire:
    """A Flight client that says what the official one says."""

    def __init__(self, server, key=None) -> None:
        self.client = flight.connect(server.flight_url)
        self.options = flight.FlightCallOptions(
            headers=[(b"auth-token-bin", (key or server.api_key).encode()), (b"origin", b"test")]
        )

    def act(self, command):
        """Send an action and return the body of its first result."""
        body = json.dumps(command, indent=2).encode()
        return next(
            iter(self.client.do_action(flight.Action("create_experiment_db_entry", body), self.options))
        ).body.to_pybytes()

    def put(self, command, batches, schema=None):
        """Send a stream and return the receipt."""
        descriptor = flight.FlightDescriptor.for_command(json.dumps(command).encode())
        writer, reader = self.client.do_put(descriptor, schema or batches[0].schema, self.options)
        with writer:
            for batch in batches:
                writer.write_batch(batch)
            writer.done_writing()
            receipt = reader.read()
        return receipt.to_pybytes()

    def get(self, command):
        """Read a stream to its end."""
        return self.client.do_get(flight.Ticket(json.dumps(command).encode()), self.options).read_all()


@pytest.fixture
def wire(fresh_server):
    """Connect with the key."""
    connected = Wire(fresh_server)
    yield connected
    connected.client.close()


@pytest.fixture
def scope(api):
    """Make a dataset and give the fields that commands carry."""
    dataset = api.made("/v2/datasets", name="qa", space_id=api.space, examples=[{"question": "a"}])
    return {"spaceId": api.space, "datasetId": dataset["id"]}


def message(data):
    """Read a protobuf message of texts into a list, by another way than the server writes it."""
    texts, place = [], 0
    while place < len(data):
        assert data[place] == (len(texts) + 1) << 3 | 2
        length, shift, place = 0, 0, place + 1
        while True:
            length |= (data[place] & 0x7F) << shift
            shift, place = shift + 7, place + 1
            if data[place - 1] < 0x80:
                break
        texts.append(data[place : place + length].decode())
        place += length
    return texts


def upload(wire, scope, name, table):
    """Make an experiment of a table and return its id."""
    wire.act({"createExperimentDbEntry": scope | {"experimentName": name}})
    return message(
        wire.put({"postExperimentData": scope | {"experimentName": name}}, table.to_batches(), table.schema)
    )[0]


def test_replies_are_protobuf_that_other_code_reads():
    """The check values of the protocol, a length of two bytes, and a field left out."""
    from arize_nb.server.flight.messages import reply

    assert bytes.fromhex("0a02453112024431 1a0154") == reply("E1", "D1", "T")
    assert bytes.fromhex("0a024431") == reply("D1")
    assert ["x" * 300] == message(reply("x" * 300))
    assert bytes.fromhex("0a0245311a0154") == reply("E1", "", "T")


def test_an_experiment_is_made_filled_and_read(api, wire, scope):
    """Init makes it visible without runs; the upload fills it whole; run ids are the server's, ascending in
    the order sent.
    """
    experiment_id, dataset_id, traces = message(
        wire.act({"createExperimentDbEntry": scope | {"experimentName": "e"}})
    )
    assert (scope["datasetId"], True) == (dataset_id, bool(traces))
    before = api.get(f"/v2/experiments/{experiment_id}").json()
    assert ("e", []) == (
        before["name"],
        api.get(f"/v2/experiments/{experiment_id}/runs").json()["experiment_runs"],
    )

    batches = [
        pa.record_batch(
            {"example_id": ["x"] * 3, "output": [f"{place}{row}" for row in range(3)], "n": [1, None, 3]}
        )
        for place in "ab"
    ]
    receipt = wire.put({"postExperimentData": scope | {"experimentName": "e"}}, batches)
    assert [experiment_id, dataset_id] == message(receipt)
    table = wire.get({"getExperiment": {"spaceId": api.space, "experimentId": experiment_id}})
    assert ["id", "example_id", "output", "error", "n", "annotations"] == table.column_names
    assert ["a0", "a1", "a2", "b0", "b1", "b2"] == table["output"].to_pylist()
    assert sorted(set(table["id"].to_pylist())) == table["id"].to_pylist()
    assert table["id"].to_pylist() == [
        run["id"] for run in api.get(f"/v2/experiments/{experiment_id}/runs").json()["experiment_runs"]
    ]
    assert before["updated_at"][:19] < api.get(f"/v2/experiments/{experiment_id}").json()["updated_at"][:19]


def test_any_arrow_column_is_kept_the_same_over_both_transports(api, wire, scope):
    """Null, boolean, list, struct, dictionary, small integers, times; NaN and infinity are
    null, as in JSON.
    """
    table = pa.table(
        {
            "example_id": pa.array([1, 2], pa.int32()),
            "output": pa.array([0.5, math.nan]),
            "error": pa.nulls(2),
            "nothing": pa.nulls(2),
            "flag": [True, None],
            "list": [[1, 2.5], None],
            "struct": [{"a": None, "b": "x"}, {"a": None, "b": "\x00"}],
            "word": pa.array(["x", "x"]).dictionary_encode(),
            "view": pa.array(["v", None], pa.string_view()),
            "large": pa.array(["l", "é"], pa.large_string()),
            "tiny": pa.array([1, None], pa.uint8()),
            "unsigned": pa.array([2**63 - 1, 0], pa.uint64()),
            "single": pa.array([0.1, math.inf], pa.float32()),
            "NAME": ["upper", "case"],
            "name": ["lower", "case"],
            'a.b "c"\'': ["dots", ""],
        },
        metadata={"pandas": "{}"},
    )
    experiment_id = upload(wire, scope, "e", table)
    found = wire.get({"getExperiment": {"spaceId": api.space, "experimentId": experiment_id}}).drop_columns(
        ["id", "annotations"]
    )
    assert {
        "example_id": ["1", "2"], "output": ["0.5", None], "error": [None, None], "nothing": [None, None], "flag": [True, None],
        "list": ["[1.0,2.5]", None], "struct": ['{"a":null,"b":"x"}', '{"a":null,"b":"\\u0000"}'], "word": ["x", "x"], "view": ["v", None],
        "large": ["l", "é"], "tiny": [1, None], "unsigned": [2**63 - 1, 0], "single": [pytest.approx(0.1), None],
        "NAME": ["upper", "case"], "name": ["lower", "case"], "a.b \"c\"'": ["dots", ""],
    } == found.to_pydict()  # fmt: skip
    kinds = {
        "nothing": pa.null(),
        "flag": pa.bool_(),
        "tiny": pa.int64(),
        "single": pa.float64(),
        "list": pa.string(),
        "output": pa.string(),
    }
    assert kinds == {name: found.schema.field(name).type for name in kinds}
    rest = api.get(f"/v2/experiments/{experiment_id}/runs").json()["experiment_runs"]
    as_json = {"list": [[1.0, 2.5], None], "struct": [{"a": None, "b": "x"}, {"a": None, "b": "\x00"}]}
    assert found.to_pydict() | as_json == {name: [run[name] for run in rest] for name in found.column_names}


def test_what_cannot_be_kept_is_refused_whole(api, wire, scope):
    """A missing column, a missing example id, bytes, a name twice, an integer beyond 64 bits: nothing is
    written.
    """
    wire.act({"createExperimentDbEntry": scope | {"experimentName": "e"}})
    good = {"example_id": ["x"], "output": ["o"]}
    twice = pa.RecordBatch.from_arrays([pa.array(["x"])] * 3, ["example_id", "output", "output"])
    for batch, word in [
        (pa.record_batch({"output": ["o"]}), "'example_id'"),
        (pa.record_batch({"example_id": ["x"]}), "'output'"),
        (pa.record_batch({"example_id": pa.array([None], pa.string()), "output": ["o"]}), "example_id"),
        (pa.record_batch(good | {"raw": [b"x"]}), "raw"),
        (pa.record_batch(good | {"n": pa.array([2**63], pa.uint64())}), "n: an integer beyond 64 bits"),
        (twice, "'output'"),
    ]:
        with pytest.raises(flight.FlightError, match=word) as refusal:
            wire.put({"postExperimentData": scope | {"experimentName": "e"}}, [batch])
        assert "Traceback" not in str(refusal.value)
        assert 422 == json.loads(refusal.value.extra_info)["status"]
    (experiment,) = api.get("/v2/experiments").json()["experiments"]
    assert [] == api.get(f"/v2/experiments/{experiment['id']}/runs").json()["experiment_runs"]


def test_a_stream_that_breaks_off_commits_nothing(api, wire, scope):
    """Three good batches, then one that cannot be kept."""
    wire.act({"createExperimentDbEntry": scope | {"experimentName": "e"}})
    schema = pa.schema({"example_id": pa.string(), "output": pa.string(), "n": pa.uint64()})
    batches = [
        pa.record_batch([["x"] * 1000, ["o"] * 1000, [value] * 1000], schema=schema)
        for value in (1, 2, 3, 2**64 - 1)
    ]
    with pytest.raises(flight.FlightError):
        wire.put({"postExperimentData": scope | {"experimentName": "e"}}, batches)
    (experiment,) = api.get("/v2/experiments").json()["experiments"]
    assert [] == api.get(f"/v2/experiments/{experiment['id']}/runs").json()["experiment_runs"]


VANISHING = """
import json, os, signal, sys, time
import pyarrow as pa, pyarrow.flight as flight
url, key, command = sys.argv[1:]
batch = pa.record_batch({"example_id": ["x"] * 1000, "output": ["o"] * 1000})
options = flight.FlightCallOptions(headers=[(b"auth-token-bin", key.encode())])
writer, _ = flight.connect(url).do_put(flight.FlightDescriptor.for_command(command.encode()), batch.schema, options)
for _ in range(5):
    writer.write_batch(batch)
time.sleep(0.3)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_client_that_dies_in_the_middle_leaves_nothing(api, wire, fresh_server, scope):
    """Arrow ends the stream of a client that is gone as if it were whole; it is not taken for whole."""
    command = {"postExperimentData": scope | {"experimentName": "e"}}
    experiment_id = message(wire.act({"createExperimentDbEntry": scope | {"experimentName": "e"}}))[0]
    arguments = [fresh_server.flight_url, fresh_server.api_key, json.dumps(command)]
    subprocess.run([sys.executable, "-c", VANISHING, *arguments], check=False, timeout=60)
    deadline = time.monotonic() + 20
    while fresh_server.host.activity.open and time.monotonic() < deadline:
        time.sleep(0.05)
    assert 0 == fresh_server.host.activity.open
    assert [] == api.get(f"/v2/experiments/{experiment_id}/runs").json()["experiment_runs"]
    assert [] == list(fresh_server.data_dir.glob("upload*"))
    wire.put(command, [pa.record_batch({"example_id": ["x"], "output": ["whole"]})])
    assert ["whole"] == [
        run["output"] for run in api.get(f"/v2/experiments/{experiment_id}/runs").json()["experiment_runs"]
    ]


def test_an_upload_of_no_rows_is_taken(api, wire, scope):
    """A stream without batches leaves the columns known and the experiment empty."""
    experiment_id = upload(
        wire,
        scope,
        "e",
        pa.table({"example_id": pa.array([], pa.string()), "output": pa.array([], pa.string())}),
    )
    table = wire.get({"getExperiment": {"spaceId": api.space, "experimentId": experiment_id}})
    assert (0, ["id", "example_id", "output", "error", "annotations"]) == (table.num_rows, table.column_names)


def test_refusals_carry_the_status_that_rest_would_give(api, wire, scope):
    """404, 409, 422 and 400 come as one line and the problem document, never as a traceback."""
    wire.act({"createExperimentDbEntry": scope | {"experimentName": "e"}})
    rows = [pa.record_batch({"example_id": ["x"], "output": ["o"]})]
    unknown = scope | {"datasetId": "RGF0YXNldDo5OTphQmNE"}
    calls = [
        (409, lambda: wire.act({"createExperimentDbEntry": scope | {"experimentName": "e"}})),
        (422, lambda: wire.act({"createExperimentDbEntry": scope | {"experimentName": 'a"b'}})),
        (404, lambda: wire.act({"createExperimentDbEntry": unknown | {"experimentName": "f"}})),
        (400, lambda: wire.act({"deleteExperiment": {}})),
        (404, lambda: wire.put({"postExperimentData": scope | {"experimentName": "nowhere"}}, rows)),
        (400, lambda: wire.put({"updateDataset": scope}, rows)),
        (404, lambda: wire.get({"getExperiment": {"spaceId": api.space, "experimentId": "x"}})),
        (404, lambda: wire.get({"getDataset": unknown})),
        (400, lambda: wire.get({"getDataset": "x"})),
        (
            409,
            lambda: wire.put(
                {"createDataset": {"spaceId": api.space, "datasetName": "qa", "datasetType": "GENERATIVE"}},
                rows,
            ),
        ),
    ]
    for status, call in calls:
        with pytest.raises(flight.FlightError) as refusal:
            call()
        assert status == json.loads(refusal.value.extra_info)["status"]
        assert "Traceback" not in str(refusal.value)
        assert ".py" not in str(refusal.value)


def test_a_wrong_key_is_unauthenticated(fresh_server, scope):
    """On every call, and the key is in no message."""
    wire = Wire(fresh_server, key="wrong")
    for call in (
        lambda: wire.act({"createExperimentDbEntry": scope | {"experimentName": "e"}}),
        lambda: wire.get({"getDataset": scope}),
        lambda: wire.put({"createDataset": scope | {"datasetName": "x"}}, [pa.record_batch({"a": [1]})]),
    ):
        with pytest.raises(flight.FlightUnauthenticatedError) as refusal:
            call()
        assert fresh_server.api_key not in str(refusal.value)
    wire.client.close()


def test_a_dataset_keeps_the_ids_and_times_it_is_sent_with(api, wire):
    """The server gives what is missing; two examples of one id are refused; examples come by
    time, then id.
    """
    table = pa.table(
        {
            "id": ["b", "a", "c"],
            "created_at": [2000, 2000, 1000],
            "updated_at": [2000, 2000, 3000],
            "q": ["x", "y", "z"],
        }
    )
    command = {"createDataset": {"spaceId": api.space, "datasetName": "big", "datasetType": "GENERATIVE"}}
    (dataset_id,) = message(wire.put(command, table.to_batches()))
    found = wire.get({"getDataset": {"spaceId": api.space, "datasetId": dataset_id}})
    assert ["id", "created_at", "updated_at", "q"] == found.column_names
    assert table.sort_by([("created_at", "ascending"), ("id", "ascending")]).to_pylist() == found.to_pylist()
    rest = api.get(f"/v2/datasets/{dataset_id}/examples").json()["examples"]
    assert ["c", "a", "b"] == [example["id"] for example in rest]
    assert "1970-01-01T00:00:01.000Z" == rest[0]["created_at"]

    bare = {"createDataset": {"spaceId": api.space, "datasetName": "bare"}}
    (bare_id,) = message(wire.put(bare, [pa.record_batch({"q": ["x", "y"]})]))
    assert ["x", "y"] == wire.get({"getDataset": {"spaceId": api.space, "datasetId": bare_id}})[
        "q"
    ].to_pylist()
    repeated = {"createDataset": {"spaceId": api.space, "datasetName": "repeated"}}
    with pytest.raises(flight.FlightError, match="more than one example"):
        wire.put(repeated, [pa.record_batch({"id": ["a", "a"]})])
    with pytest.raises(flight.FlightError):
        wire.put(repeated, [pa.record_batch({"id": ["a"], "created_at": [2**62]})])
    assert 2 == len(api.get("/v2/datasets").json()["datasets"])


def test_a_version_is_read_by_its_id(api, wire, scope):
    """The latest when none is named."""
    path = f"/v2/datasets/{scope['datasetId']}"
    (example,) = api.get(f"{path}/examples").json()["examples"]
    api.patch(
        f"{path}/examples", json={"examples": [{"id": example["id"], "question": "B"}], "new_version": "v2"}
    )
    second, first = (version["id"] for version in api.get(path).json()["versions"])
    assert ["B"] == wire.get({"getDataset": scope})["question"].to_pylist()
    assert {first: ["a"], second: ["B"]} == {
        version: wire.get({"getDataset": scope | {"datasetVersion": version}})["question"].to_pylist()
        for version in (first, second)
    }


def test_older_clients_are_understood(api, wire, scope):
    """Snake case, datasets by name, outputs in a column `result`."""
    by_name = {"space_id": api.space, "dataset_name": "qa"}
    experiment_id = message(wire.act({"create_experiment_db_entry": by_name | {"experiment_name": "old"}}))[0]
    rows = [pa.record_batch({"example_id": ["x"], "result": ["o"]})]
    assert (
        experiment_id
        == message(wire.put({"post_experiment_data": by_name | {"experiment_name": "old"}}, rows))[0]
    )
    table = wire.get({"get_experiment": by_name | {"experiment_name": "old"}})
    assert (["o"], False) == (table["output"].to_pylist(), "result" in table.column_names)
    assert 1 == wire.get({"get_dataset": by_name}).num_rows


def test_annotations_come_with_the_runs(api, wire, scope):
    """A list of structs a run, null where nobody said anything; the same values as over REST."""
    experiment_id = upload(wire, scope, "e", pa.table({"example_id": ["x", "y"], "output": ["o", "p"]}))
    for name in ("b", "a"):
        api.made("/v2/annotation-configs", name=name, space_id=api.space, annotation_config_type="FREEFORM")
    run_id = api.get(f"/v2/experiments/{experiment_id}/runs").json()["experiment_runs"][1]["id"]
    body = {
        "annotations": [
            {"record_id": run_id, "values": [{"name": "b", "label": "l"}, {"name": "a", "score": 1}]}
        ]
    }
    assert 202 == api.post(f"/v2/experiments/{experiment_id}/runs/annotate", json=body).status_code
    found = wire.get({"getExperiment": {"spaceId": api.space, "experimentId": experiment_id}})[
        "annotations"
    ].to_pylist()
    rest = [
        run.get("annotations")
        for run in api.get(f"/v2/experiments/{experiment_id}/runs").json()["experiment_runs"]
    ]
    assert [None, [("a", 1.0, None), ("b", None, "l")]] == [
        said and [(a["name"], a["score"], a["label"]) for a in said] for said in found
    ]
    assert rest == [
        said and [{key: value for key, value in a.items() if value is not None} for a in said]
        for said in found
    ]


def test_a_stream_shows_one_state_whatever_is_written_meanwhile(api, wire, scope):
    """Runs that are appended, columns that widen and an experiment that is deleted do not touch a read that
    has begun.
    """
    count = 200_000
    rows = pa.table(
        {"example_id": ["x"] * count, "output": [f"{n}" for n in range(count)], "n": range(count)}
    )
    experiment_id = upload(wire, scope, "e", rows)
    ticket = flight.Ticket(json.dumps({"getExperiment": {"experimentId": experiment_id}}).encode())
    reader = wire.client.do_get(ticket, wire.options)
    batches = [reader.read_chunk().data]
    late = {"experiment_runs": [{"example_id": "x", "output": "late", "n": "text", "more": 1}]}
    assert 201 == api.post(f"/v2/experiments/{experiment_id}/runs", json=late).status_code
    assert 204 == api.delete(f"/v2/experiments/{experiment_id}").status_code
    table = pa.Table.from_batches([*batches, *reader.read_all().to_batches()])
    assert (rows["output"], rows["n"]) == (table["output"], table["n"])
    assert max(batch.num_rows for batch in table.to_batches()) < count


def test_a_call_counts_as_open_until_its_stream_ends(fresh_server, wire, scope):
    """The server does not stop for idleness under a client that still reads."""
    activity = fresh_server.host.activity
    upload(wire, scope, "e", pa.table({"example_id": ["x"] * 100_000, "output": ["o" * 200] * 100_000}))
    reader = wire.client.do_get(
        flight.Ticket(json.dumps({"getExperiment": scope | {"experimentName": "e"}}).encode()), wire.options
    )
    reader.read_chunk()
    assert activity.open == 1
    assert 100_000 > reader.read_all().num_rows
