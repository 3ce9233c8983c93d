"""A disk that is full: the write that finds no room is refused whole, and everything else goes on."""

from __future__ import annotations

import json
import secrets
import shutil
from collections import namedtuple

import pyarrow as pa
import pyarrow.flight as flight
import pytest
import requests

from arize_nb.server.catalog import experiments
from arize_nb.server.problems import failure
from arize_nb.server.store.database import one
from arize_nb.server.store.store import Store
from arize_nb.workspace.local_server import LocalServer

resource = pytest.importorskip("resource", reason="limits of a process exist on POSIX systems only")
if not hasattr(resource, "prlimit"):
    pytest.skip("limits of another process can be set on Linux only", allow_module_level=True)

ROOM = 3 << 20
Usage = namedtuple("Usage", "total used free")


class Crowded(requests.Session):
    """A server of a process of its own whose files may not grow beyond `ROOM` bytes, until `make_room`."""

    def __init__(self, server: LocalServer) -> None:
        super().__init__()
        self.server = server
        self.headers["Authorization"] = f"Bearer {server.api_key}"
        self.space = self.get("spaces").json()["spaces"][0]["id"]
        self.dataset = self.post(
            "datasets", json={"name": "d", "space_id": self.space, "examples": [{"q": 1}]}
        ).json()["id"]
        first = {
            "name": "e",
            "dataset_id": self.dataset,
            "experiment_runs": [{"example_id": "x", "output": "first"}],
        }
        self.runs = f"experiments/{self.post('experiments', json=first).json()['id']}/runs"
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (ROOM, resource.RLIM_INFINITY))

    def request(self, method, path, *args, **kwargs):
        """Send to this server."""
        return super().request(method, f"{self.server.api_url}/v2/{path}", *args, timeout=60, **kwargs)

    def make_room(self) -> None:
        """Let files grow again."""
        resource.prlimit(
            self.server.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        )

    def append(self, rows=20):
        """Append about 0.8 MB of runs that do not compress."""
        return self.post(
            self.runs,
            json={
                "experiment_runs": [
                    {"example_id": "x", "output": secrets.token_hex(20_000)} for _ in range(rows)
                ]
            },
        )

    def count(self) -> int:
        """Count all runs."""
        found, cursor = 0, None
        while True:
            page = self.get(self.runs, params={"limit": 500, "cursor": cursor}).json()
            found += len(page["experiment_runs"])
            cursor = page["pagination"].get("next_cursor")
            if not cursor:
                return found


@pytest.fixture
def crowded(tmp_path):
    """Serve with little room."""
    with LocalServer(tmp_path / "w") as server, Crowded(server) as session:
        yield session


def fill(crowded) -> int:
    """Append until there is no room; return how many runs there must be."""
    rows = 1
    for _ in range(20):
        reply = crowded.append()
        if reply.status_code != 201:
            break
        rows += 20
    assert (507, "application/problem+json", 507) == (
        reply.status_code,
        reply.headers["content-type"],
        reply.json()["status"],
    )
    assert reply.json()["detail"].startswith("the disk of the local workspace is full")
    return rows


def test_a_write_that_finds_no_room_is_refused_whole_and_the_server_goes_on(crowded):
    """507 over the same connection; reads go on, smaller writes and those after some room was made are taken,
    also after a restart.
    """
    rows = fill(crowded)
    assert str(crowded.server.data_dir) not in crowded.append().text
    assert rows == crowded.count()
    assert 200 == crowded.get("spaces").status_code

    crowded.make_room()
    assert 201 == crowded.append().status_code
    assert rows + 20 == crowded.count()
    crowded.server.kill()
    crowded.server.start()
    assert rows + 20 == crowded.count()


def test_an_upload_that_finds_no_room_leaves_nothing(crowded):
    """Over Flight the refusal is the same, and what was spooled of the upload is gone."""
    place = {"spaceId": crowded.space, "datasetId": crowded.dataset, "experimentName": "bulk"}
    options = flight.FlightCallOptions(headers=[(b"auth-token-bin", crowded.server.api_key.encode())])
    batch = pa.record_batch(
        {"example_id": ["x"] * 100, "output": [secrets.token_hex(20_000) for _ in range(100)]}
    )

    def upload():
        descriptor = flight.FlightDescriptor.for_command(json.dumps({"postExperimentData": place}).encode())
        writer, reader = client.do_put(descriptor, batch.schema, options)
        with writer:
            writer.write_batch(batch)
            writer.done_writing()
            return reader.read()

    with flight.connect(crowded.server.flight_url) as client:
        list(
            client.do_action(
                flight.Action(
                    "create_experiment_db_entry", json.dumps({"createExperimentDbEntry": place}).encode()
                ),
                options,
            )
        )
        with pytest.raises(flight.FlightError, match="the disk of the local workspace is full") as refusal:
            upload()
        assert 507 == json.loads(refusal.value.extra_info)["status"]
        assert "Traceback" not in str(refusal.value)
        assert [] == list(crowded.server.data_dir.glob("upload*"))

        crowded.make_room()
        assert upload() is not None
    bulk = crowded.get("experiments", params={"name": "bulk"}).json()["experiments"][0]["id"]
    assert 100 == len(
        crowded.get(f"experiments/{bulk}/runs", params={"limit": 500}).json()["experiment_runs"]
    )


def test_no_checkpoint_is_begun_on_a_disk_that_is_nearly_full(tmp_path, monkeypatch):
    """One that finds no room would make DuckDB refuse everything; the log grows instead, and is worked off
    once there is room.
    """
    free = [10 << 20]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, free[0]))
    store = Store(tmp_path / "w.duckdb")
    log = tmp_path / "w.duckdb.wal"
    with store.writing() as db:
        made = experiments.create_experiment(db, name="e", space_id=one(db, "SELECT id FROM spaces")[0])["id"]

    def append():
        with store.writing() as db:
            experiments.add_items(
                db, made, [{"output": secrets.token_hex(50_000)} for _ in range(20)], store.row_ids
            )

    while not log.exists() or log.stat().st_size < 24 << 20:  # DuckDB itself would begin one at 16 MB
        before = log.stat().st_size if log.exists() else 0
        append()
        assert log.stat().st_size > before

    free[0] = 1 << 40
    append()
    append()
    assert log.stat().st_size < 16 << 20
    store.close()


def test_only_a_lack_of_room_is_called_that():
    """The cause may hide behind the failure of what cleans up after it; anything else is one word, without
    text from the inside.
    """

    def hidden():
        try:
            raise OSError(28, "No space left on device", "/secret/place")
        finally:
            raise RuntimeError("Current transaction is aborted")

    with pytest.raises(RuntimeError) as failed:
        hidden()
    assert 507 == failure(failed.value).status
    assert "secret" not in failure(failed.value).detail
    other = failure(RuntimeError("SELECT secret"))
    assert (500, "the local workspace failed on this request (RuntimeError); its log says more") == (
        other.status,
        other.detail,
    )
