"""A server that is killed in the middle of uploads loses nothing acknowledged and shows no half
of a request.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter

import pyarrow as pa
import pyarrow.flight as flight
import requests

from arize_nb.errors import ServerStartError
from arize_nb.workspace.local_server import LocalServer

KILLS = 20
ROWS = 300


class Uploads:
    """Writers that upload until the server is gone, and remember what it acknowledged."""

    def __init__(self, server: LocalServer) -> None:
        self.server = server
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {server.api_key}"
        self.space = self.rest("GET", "spaces?limit=1")["spaces"][0]["id"]
        self.dataset = self.rest(
            "POST", "datasets", {"name": "qa", "space_id": self.space, "examples": [{"question": "q"}]}
        )["id"]
        runs = [{"example_id": "e", "output": "first", "request": "first"}]
        self.appended = self.rest(
            "POST", "experiments", {"name": "appended", "dataset_id": self.dataset, "experiment_runs": runs}
        )["id"]
        self.sent = {"first": 1}
        self.acknowledged = {"first"}
        self.streamed: dict[str, str] = {}
        self.number = 0
        self.lock = threading.Lock()

    def rest(self, method: str, path: str, body: dict | None = None) -> dict:
        """Send one REST request; anything but success raises."""
        reply = self.session.request(method, f"{self.server.api_url}/v2/{path}", json=body, timeout=30)
        reply.raise_for_status()
        return reply.json()

    def next_request(self) -> str:
        """Name a request."""
        with self.lock:
            self.number += 1
            return f"request-{self.number}"

    def append(self) -> None:
        """Append runs over REST until the server is gone."""
        while True:
            name = self.next_request()
            runs = [{"example_id": "e", "output": f"{row}", "request": name} for row in range(ROWS)]
            self.sent[name] = ROWS
            try:
                receipt = self.rest("POST", f"experiments/{self.appended}/runs", {"experiment_runs": runs})
            except (
                requests.RequestException,
                ServerStartError,
            ):  # killed while a reply was on its way, or between two requests
                return
            assert len(receipt["run_ids"]) == ROWS
            self.acknowledged.add(name)

    def wait_for_acknowledgements(self, before: set[str]) -> None:
        """Wait until both writers got through once, so that the kill comes in the middle of their work on a
        slow machine as well.
        """
        end = time.monotonic() + 20
        while time.monotonic() < end:
            new = set(self.acknowledged) - before
            if new & set(self.streamed) and new - set(self.streamed):
                return
            time.sleep(0.005)

    def connect(self) -> tuple[flight.FlightClient, flight.FlightCallOptions]:
        """Open a Flight connection."""
        headers = [(b"auth-token-bin", self.server.api_key.encode())]
        return flight.connect(
            self.server.flight_url.replace("grpc://", "grpc+tcp://")
        ), flight.FlightCallOptions(headers=headers)

    def stream(self) -> None:
        """Upload new experiments over Flight, in several batches each, until the server is gone."""
        client, options = self.connect()
        with client:
            while True:
                name = self.next_request()
                place = {"spaceId": self.space, "datasetId": self.dataset, "experimentName": name}
                self.sent[name] = ROWS
                try:
                    action = flight.Action(
                        "create_experiment_db_entry", json.dumps({"createExperimentDbEntry": place}).encode()
                    )
                    reply = next(iter(client.do_action(action, options)))
                    self.streamed[name] = _first_field(reply.body.to_pybytes())
                    table = pa.table(
                        {
                            "example_id": ["e"] * ROWS,
                            "output": [str(row) for row in range(ROWS)],
                            "request": [name] * ROWS,
                        }
                    )
                    descriptor = flight.FlightDescriptor.for_command(
                        json.dumps({"postExperimentData": place}).encode()
                    )
                    writer, reader = client.do_put(descriptor, table.schema, options)
                    with writer:
                        for batch in table.to_batches(max_chunksize=ROWS // 6):
                            writer.write_batch(batch)
                            time.sleep(0.002)
                        writer.done_writing()
                        if reader.read() is None:
                            return
                except (flight.FlightError, pa.ArrowException, OSError, StopIteration, ServerStartError):
                    return
                self.acknowledged.add(name)

    def stored(self, experiment_id: str) -> Counter[str]:
        """Read all runs of an experiment and count those of each request."""
        client, options = self.connect()
        ticket = {"getExperiment": {"spaceId": self.space, "experimentId": experiment_id}}
        with client:
            table = client.do_get(flight.Ticket(json.dumps(ticket).encode()), options).read_all()
        return Counter(table.column("request").to_pylist()) if table.num_rows else Counter()

    def named(self) -> dict[str, str]:
        """List the ids of all experiments by name."""
        found, cursor = {}, ""
        while True:
            page = self.rest("GET", f"experiments?dataset_id={self.dataset}&limit=100&cursor={cursor}")
            found |= {item["name"]: item["id"] for item in page["experiments"]}
            cursor = page["pagination"].get("next_cursor")
            if not cursor:
                return found

    def check(self, names: set[str]) -> None:
        """Hold what is stored of these requests against what was acknowledged."""
        counts = self.stored(self.appended)
        experiments = self.named()
        for name in names & set(self.streamed) & set(experiments):
            counts += self.stored(experiments[name])

        made = names & set(
            self.streamed
        )  # acknowledged as soon as the action was answered, before a row was sent
        assert {name: self.streamed[name] for name in made} == {name: experiments.get(name) for name in made}
        lost = {name for name in names & self.acknowledged if counts[name] != self.sent[name]}
        halves = {name: counts[name] for name in names if counts[name] not in (0, self.sent[name])}

        assert lost == set()
        assert halves == {}


def _first_field(message: bytes) -> str:
    """Read the first string of a protobuf message (its tag is 0x0a)."""
    assert message[0] == 0x0A
    return message[2 : 2 + message[1]].decode()


def test_kill_in_the_middle_of_uploads(tmp_path):
    """After each of twenty SIGKILLs every acknowledged request is whole, and every other one is whole or not
    there.
    """
    chance = random.Random(20)
    server = LocalServer(tmp_path / "w").start()
    uploads = Uploads(server)
    for _ in range(KILLS):
        before = set(uploads.sent)
        writers = [threading.Thread(target=work) for work in (uploads.append, uploads.stream)]
        for writer in writers:
            writer.start()
        uploads.wait_for_acknowledgements(before)
        time.sleep(chance.uniform(0.0, 0.2))
        server.kill()
        for writer in writers:
            writer.join(30)
        assert not any(writer.is_alive() for writer in writers)
        server.start()
        uploads.check(set(uploads.sent) - before)
    uploads.check(set(uploads.sent))
    server.stop()
    uploads.session.close()

    assert len(uploads.acknowledged - set(uploads.streamed)) >= KILLS, (
        "too little was appended for the kills to mean anything"
    )
    assert len(uploads.acknowledged & set(uploads.streamed)) >= KILLS, (
        "too little was streamed for the kills to mean anything"
    )
