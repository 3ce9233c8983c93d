"""Attacks on a server by seed and number, with what failed: in short in `make test`, in long in
`make proof`.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pyarrow.parquet as pq
import requests
from fault_proxy import FAULTS, FaultProxy
from server_probe import Probe, RawFlight, mutated

import arize_nb
from arize_nb.errors import AxError


@dataclass
class Tally:
    """What a drill did."""

    tried: int = 0
    """How often."""
    answers: Counter[Any] = field(default_factory=Counter)
    """How often each answer came."""
    failures: list[str] = field(default_factory=list)
    """What went wrong; empty when all is well."""


WEIRD: Final = (
    "", " ", "\x00", "../../etc/passwd", "..%2f..", "%00", "a" * 256, "a" * 100_000, "'; DROP TABLE datasets; --", "{{7*7}}", "\u202e",
    "\U0001f600", "-1", "0",
    "null", "RGF0YXNldDoxOjE=", "=====", "NaN", '"', "\\", "%", "_", "<script>", "\x1b[31m", "\r\nX: y", "İ", "ß", "\ud800",
)  # fmt: skip
NUMBERS: Final = (
    0,
    -1,
    1,
    2**31,
    2**53 + 1,
    2**63 - 1,
    2**63,
    -(2**63) - 1,
    10**30,
    1.5,
    -0.0,
    1e308,
    5e-324,
    True,
    None,
)
FILTERS: Final = (
    "q = 'a'",
    "n > 1",
    "n > 1e999",
    "q LIKE '%\\'",
    "id IS NOT NULL",
    "q = '",
    "(" * 3000,
    "n IN (1, 'a', null)",
    "ghost = 1",
    "NOT " * 60 + "n = 1",
)


class RestFuzz:
    """Requests made from the server's own schema, some of whose parts are nonsense.

    Parameters
    ----------
    probe : Probe
        The server.
    seed : int
        Of the choices.
    """

    def __init__(self, probe: Probe, seed: int) -> None:
        self._probe = probe
        self._chance = random.Random(seed)
        self._schema = probe.call("GET", "/openapi.json").json()
        self._operations = [
            (method.upper(), path, facts)
            for path, all_ in self._schema["paths"].items()
            for method, facts in all_.items()
        ]
        self._ids: dict[str, str] = {}

    def run(self, count: int) -> Tally:
        """Send that many requests; 5xx, broken connections, refusals that are no problem documents, and waits
        of 10 s are failures.
        """
        tally = Tally()
        for number in range(count):
            if number % 300 == 0:
                self._furnish()
            method, path, facts = self._chance.choice(self._operations)
            asked = self._request(method, path, facts)
            started = time.monotonic()
            try:
                reply = self._probe.call(method, **asked)
            except requests.exceptions.InvalidURL:
                continue
            except requests.RequestException as error:
                tally.failures.append(f"{method} {asked}: {error}"[:2000])
                continue
            tally.tried += 1
            tally.answers[reply.status_code] += 1
            is_problem = reply.headers.get("content-type", "").startswith("application/problem+json")
            is_inside = reply.status_code >= 500 and reply.status_code != 501
            if is_inside or (reply.status_code >= 400 and not is_problem) or time.monotonic() - started > 10:
                tally.failures.append(f"{method} {asked}: {reply.status_code} {reply.text}"[:2000])
        return tally

    def _furnish(self) -> None:
        """Make a dataset, an experiment, a config and a tag for the requests to be about."""
        probe, name = self._probe, self._probe.name()
        made = probe.call(
            "POST",
            "/v2/datasets",
            json={
                "name": name,
                "space_id": probe.space,
                "examples": [{"q": "a", "n": 1}, {"q": "b", "j": [1]}],
            },
        ).json()
        example = probe.call("GET", f"/v2/datasets/{made['id']}/examples").json()["examples"][0]["id"]
        runs = [{"example_id": example, "output": "o", "s": 1}]
        experiment = probe.call(
            "POST", "/v2/experiments", json={"name": name, "dataset_id": made["id"], "experiment_runs": runs}
        ).json()
        run = probe.call("GET", f"/v2/experiments/{experiment['id']}/runs").json()["experiment_runs"][0]["id"]
        config = {"annotation_config_type": "FREEFORM", "name": name, "space_id": probe.space}
        self._ids = {
            "dataset": made["id"], "example": example, "experiment": experiment["id"], "run": run, "record": run, "space": probe.space,
            "annotation_config": probe.call("POST", "/v2/annotation-configs", json=config).json()["id"],
            "tag": probe.call("POST", "/v2/tags", json={"name": name[-90:], "space_id": probe.space}).json()["id"],
        }  # fmt: skip

    def _request(self, method: str, path: str, facts: dict[str, Any]) -> dict[str, Any]:
        """Fill in one operation."""
        query = {}
        for parameter in facts.get("parameters", []):
            name = parameter["name"]
            if parameter["in"] == "path":
                # the space, and mostly whatever would be deleted, must be there for the rest
                spared = method == "DELETE" and (name.startswith("space") or self._chance.random() < 0.9)
                value = (
                    self._chance.choice(WEIRD) if spared or self._chance.random() < 0.1 else self._known(name)
                )
                path = path.replace(
                    f"{{{name}}}",
                    quote(value.encode("utf-8", "replace"), safe=self._chance.choice(["", "/%"])) or "x",
                )
            elif self._chance.random() < 0.5:
                query[name] = str(self._value(parameter["schema"], name)).encode("utf-8", "replace")
        asked: dict[str, Any] = {"path": path, "params": query}
        if "requestBody" in facts:
            value = self._value(facts["requestBody"]["content"]["application/json"]["schema"])
            body = json.dumps(value, ensure_ascii=self._chance.random() < 0.5).encode(
                "utf-8", "surrogatepass"
            )
            asked["data"] = self._spoiled(body) if self._chance.random() < 0.1 else body
            asked["headers"] = {
                "Content-Type": self._chance.choice(["application/json"] * 9 + ["text/plain"])
            }
        return asked

    def _known(self, name: str) -> str:
        """Return an id that fits a parameter, else a weird one."""
        return next(
            (value for kind, value in self._ids.items() if name.startswith(kind)), self._chance.choice(WEIRD)
        )

    def _spoiled(self, body: bytes) -> bytes:
        """Break a body."""
        kind = self._chance.randrange(4)
        if kind == 0:
            place = self._chance.randrange(len(body))
            return body[:place] + bytes([self._chance.randrange(256)]) + body[place + 1 :]
        return (body[: self._chance.randrange(len(body))], b"[" * 100_000, b'{"a":' * 50_000)[kind - 1]

    def _value(self, schema: Any, name: str = "", depth: int = 0) -> Any:
        """Make a value of a schema, or sometimes any other."""
        while isinstance(schema, dict) and "$ref" in schema:
            schema = self._schema["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        if not isinstance(schema, dict) or self._chance.random() < 0.06 or depth > 6:
            return self._anything()
        for word in ("anyOf", "oneOf"):
            if word in schema:
                return self._value(self._chance.choice(schema[word]), name, depth + 1)
        if "const" in schema or "enum" in schema:
            return self._chance.choice(schema.get("enum") or [schema["const"]])
        kind = schema.get("type")
        kind = self._chance.choice(kind) if isinstance(kind, list) else kind
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return [
                self._value(schema.get("items", {}), name, depth + 1)
                for _ in range(self._chance.choice([0, 1, 1, 2, 3]))
            ]
        if kind == "string":
            return self._text(name)
        return self._chance.choice(NUMBERS) if kind in ("integer", "number", "boolean") else self._anything()

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        """Make an object, mostly with what it must have."""
        made = {}
        for name, inner in schema.get("properties", {}).items():
            wanted = name in schema.get("required", [])
            if inner is not False and self._chance.random() < (0.97 if wanted else 0.5):
                made[name] = self._value(inner, name, depth + 1)
        for _ in range(2 if schema.get("additionalProperties") else 0):
            made[
                self._chance.choice(
                    ["q", "n", "j", "eval.a.score", "x y", "", "é", "ID", "u0", "rowid", "seq"]
                )
            ] = self._anything()
        return made

    def _text(self, name: str) -> str:
        """Make a text, an id or a filter."""
        if name == "filter":
            return self._chance.choice(FILTERS)
        if name.endswith("id") and self._chance.random() < 0.8:
            return self._known(name if name != "id" else "example")
        return self._chance.choice(WEIRD) if self._chance.random() < 0.4 else f"v{self._chance.random()}"

    def _anything(self, depth: int = 0) -> Any:
        """Make any value."""
        kind = self._chance.randrange(4 if depth < 3 else 2)
        if kind == 0:
            return self._chance.choice(WEIRD)
        if kind == 1:
            return self._chance.choice(NUMBERS)
        inner = [self._anything(depth + 1) for _ in range(self._chance.randrange(4))]
        return (
            inner
            if kind == 2
            else {
                self._chance.choice(["a", "id", "", "__proto__", "$ref", "annotations"]): value
                for value in inner
            }
        )


def flight_fuzz(probe: Probe, seed: int, count: int) -> Tally:
    """Upload changed bytes that many times; tracebacks, internal errors, waits of 10 s and a server that is
    gone are failures.
    """
    tally, chance, raw = Tally(), random.Random(seed), RawFlight(probe)
    for number in range(count):
        started = time.monotonic()
        status, detail = raw.put(mutated(chance))
        tally.tried += 1
        tally.answers[status] += 1
        inside = status >= 500 or "Traceback" in detail or "INTERNAL" in detail or "UNAVAILABLE" in detail
        if inside or time.monotonic() - started > 10:
            tally.failures.append(f"upload {number} of seed {seed}: {status} {detail}"[:500])
            if not probe.is_alive():
                break
    raw.close()
    return tally


class FaultDrill:
    """Operations of a client through a proxy that breaks exchanges: they succeed whole, or end in an error of
    ours.

    Parameters
    ----------
    probe : Probe
        The server.
    seed : int
        Of the choices.
    folder : path
        Where exports go.
    """

    ROWS: Final = 1100

    def __init__(self, probe: Probe, seed: int, folder: Path, environ: Any) -> None:
        self._chance = random.Random(seed)
        self._folder = folder
        self._proxy = FaultProxy(int(probe.server.api_url.rsplit(":", 1)[1]))
        variables = probe.server.env()
        environ.update(variables)
        self._direct = arize_nb.connect(space="local")
        environ.update(
            variables
            | {
                "ARIZE_API_PORT": str(self._proxy.port),
                "ARIZE_BASE_URL": f"http://127.0.0.1:{self._proxy.port}",
            }
        )
        self._client = arize_nb.connect(space="local")
        self._base = self._direct.datasets.create(
            name=probe.name(), examples=[{"q": f"q{row}"} for row in range(self.ROWS)]
        )
        self._examples = [str(identifier) for identifier in self._direct.datasets.examples(self._base)["id"]]
        runs = [{"example_id": identifier, "output": "o"} for identifier in self._examples]
        self._full = self._direct.experiments.create(name="full", dataset=self._base, runs=runs)
        self._number = 0

    def run(self, count: int) -> Tally:
        """Break that many operations."""
        tally = Tally()
        for number in range(count):
            fault = FAULTS[number % len(FAULTS)]
            operation = self._chance.choice(
                [
                    self._list,
                    self._export,
                    self._file,
                    self._page,
                    self._create_dataset,
                    self._create,
                    self._append,
                ]
            )
            times = 1 if fault.startswith("429") else self._chance.choice([1, 1, 2, 9])
            self._proxy.arm(fault, after=self._chance.choice([0, 0, 1, 2]), times=times)
            self._number += 1
            name, outcome = f"n{self._number}", "success"
            try:
                rows, expected = operation(name)
            except AxError as error:
                outcome = "clear error"
                if "\n" in error.what:
                    tally.failures.append(
                        f"{fault} in {operation.__name__}: an error of several lines: {error}"
                    )
            except BaseException as error:
                outcome = "foreign exception"
                tally.failures.append(
                    f"{fault} in {operation.__name__}: {type(error).__name__}: {error}"[:500]
                )
            else:
                if rows != expected:
                    tally.failures.append(
                        f"{fault} in {operation.__name__}: {rows} rows instead of {expected}"
                    )
            tally.tried += 1
            tally.answers[outcome if self._proxy.hits else "not hit"] += 1
            self._proxy.arm(None)
            tally.failures += [f"{fault} in {operation.__name__}: {problem}" for problem in self._left(name)]
        return tally

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()
        self._direct.close()
        self._proxy.close()

    def _list(self, name: str) -> tuple[int, int]:
        return (
            len(
                [
                    found
                    for found in self._client.experiments.iter(dataset=self._base, name="full")
                    if found.name == "full"
                ]
            ),
            1,
        )

    def _export(self, name: str) -> tuple[int, int]:
        return len(self._client.experiments.runs(self._full, transport="rest")), self.ROWS

    def _file(self, name: str) -> tuple[int, int]:
        path = self._folder / f"{name}.parquet"
        self._client.experiments.to_parquet(self._full, path, transport="rest")
        return pq.read_table(path).num_rows, self.ROWS

    def _page(self, name: str) -> tuple[int, int]:
        return len(self._client.datasets.examples_page(self._base, limit=100)), 100

    def _create_dataset(self, name: str) -> tuple[int, int]:
        self._client.datasets.create(name=name, examples=[{"q": str(row)} for row in range(self.ROWS)])
        return len(self._direct.datasets.examples(name)), self.ROWS

    def _create(self, name: str) -> tuple[int, int]:
        runs = [
            {"example_id": identifier, "output": str(row)} for row, identifier in enumerate(self._examples)
        ]
        self._client.experiments.create(name=name, dataset=self._base, runs=runs)
        return len(self._direct.experiments.runs(name, dataset=self._base)), self.ROWS

    def _append(self, name: str) -> tuple[int, int]:
        runs = [{"example_id": self._examples[0], "output": name}]
        before = self._direct.experiments.create(name=name, dataset=self._base, runs=runs)
        self._client.experiments.append(
            before, [{"example_id": identifier, "output": identifier} for identifier in self._examples[:1001]]
        )
        return len(self._direct.experiments.runs(before)), 1002

    def _left(self, name: str) -> Iterator[str]:
        """Name what an operation should not have left: partial files, and runs that are there twice."""
        yield from (f"{path.name} is left" for path in self._folder.iterdir() if path.suffix != ".parquet")
        for found in [
            one for one in self._direct.experiments.iter(dataset=self._base, name=name) if one.name == name
        ]:
            outputs = Counter(self._direct.experiments.runs(found)["output"])
            if outputs and max(outputs.values()) > 1:
                yield f"runs of {name} are there twice"


def load(probe: Probe, seed: int, *, clients: int, seconds: float) -> Tally:
    """Work with many clients at once; 5xx, broken connections and answers of 20 s are failures."""
    tally, lock, end = Tally(), threading.Lock(), time.monotonic() + seconds
    made = probe.call(
        "POST",
        "/v2/datasets",
        json={
            "name": probe.name(),
            "space_id": probe.space,
            "examples": [{"q": f"q{row}"} for row in range(500)],
        },
    ).json()
    ids = [
        item["id"]
        for item in probe.call("GET", f"/v2/datasets/{made['id']}/examples?limit=500").json()["examples"]
    ]
    runs = [{"example_id": identifier, "output": "o" * 100, "s": 1.0} for identifier in ids]
    first = probe.call(
        "POST",
        "/v2/experiments",
        json={"name": probe.name(), "dataset_id": made["id"], "experiment_runs": runs},
    ).json()["id"]

    def work(number: int) -> None:
        chance, own, session = random.Random(seed * 1000 + number), [], requests.Session()
        session.headers.update(probe.session.headers)

        def call(method: str, path: str, body: Any = None) -> requests.Response:
            return session.request(method, f"{probe.server.api_url}/v2/{path}", json=body, timeout=60)

        while time.monotonic() < end:
            kind, started = chance.random(), time.monotonic()
            try:
                if kind < 0.35:
                    reply = call("GET", "experiments?limit=50")
                elif kind < 0.6:
                    reply = call(
                        "POST",
                        f"experiments/{first}/runs/search",
                        {"limit": 200, "filter": f"s > {chance.random()}"},
                    )
                elif kind < 0.8 or not own:
                    name = f"x-{seed}-{number}-{time.monotonic_ns()}"
                    reply = call(
                        "POST",
                        "experiments",
                        {
                            "name": name,
                            "dataset_id": made["id"],
                            "experiment_runs": runs[: chance.choice([1, 20, 200])],
                        },
                    )
                    own.append(reply.json().get("id"))
                elif kind < 0.9:
                    reply = call(
                        "POST",
                        f"experiments/{own[-1]}/runs",
                        {"experiment_runs": [{"example_id": ids[0], "output": "z", "extra": 1}]},
                    )
                else:
                    reply = call("DELETE", f"experiments/{own.pop()}")
                answer, said = reply.status_code, reply.text[:200]
            except requests.RequestException as error:
                answer, said = 0, f"{type(error).__name__}: {error}"
            with lock:
                tally.tried += 1
                tally.answers[answer] += 1
                if not 200 <= answer < 300 or time.monotonic() - started > 20:
                    tally.failures.append(f"{answer} after {time.monotonic() - started:.1f} s: {said}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tally
