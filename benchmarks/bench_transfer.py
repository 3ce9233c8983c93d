"""Bulk reads and writes of runs: Flight, REST and Parquet, against plain calls and the official SDK."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.flight as flight
import requests
from rows import Row, alternate, limit_row, missing_row, official, official_python, ratio_row

import arize_nb as ax

PARQUET = """
import sys
import arize_nb as ax
client = ax.connect()
client.experiments.to_parquet(sys.argv[1], sys.argv[2])
status = open("/proc/self/status").read()  # not ru_maxrss, which a child inherits from the process that started it
print(int(status.split("VmHWM:")[1].split()[0]) / 1024)
"""


def runs_frame(examples: pd.Series) -> pd.DataFrame:
    """Make runs with ten columns: text, labels, scores, numbers."""
    count = len(examples)
    draw = np.random.default_rng(0)
    right = draw.random(count) < 0.8
    return pd.DataFrame(
        {
            "example_id": examples.to_numpy(),
            "output": [f"The answer to question {number} is {number * 7 % 1000}." for number in range(count)],
            "model": "model-a",
            "latency_ms": draw.gamma(2.0, 150.0, count),
            "tokens": draw.integers(20, 400, count),
            "eval.correctness.label": np.where(right, "correct", "incorrect"),
            "eval.correctness.score": right.astype(float),
            "eval.correctness.explanation": "the answer was compared with the reference",
            "eval.relevance.score": draw.random(count),
            "topic": draw.choice(["math", "geo", "history"], count),
        }
    )


def make(client: ax.Client, name: str, count: int) -> tuple[str, str, pd.DataFrame]:
    """Make a dataset and an experiment of `count` rows; return their ids and the runs."""
    examples = pd.DataFrame(
        {
            "id": [f"ex-{number:08d}" for number in range(count)],
            "question": [f"What is {number} times 7?" for number in range(count)],
        }
    )
    dataset = client.datasets.create(name=name, examples=examples, space="local")
    runs = runs_frame(examples["id"])
    experiment = client.experiments.create(
        name=name, runs=runs, dataset=dataset, check_examples=False, read_back=False
    )
    return dataset.id, experiment.id, runs


def plain_flight(server: ax.LocalServer, space_id: str, experiment_id: str) -> pd.DataFrame:
    """Read the same stream with nothing but pyarrow."""
    ticket = flight.Ticket(
        json.dumps({"getExperiment": {"spaceId": space_id, "experimentId": experiment_id}}).encode()
    )
    options = flight.FlightCallOptions(headers=[(b"auth-token-bin", server.api_key.encode())])
    with flight.connect(server.flight_url.replace("grpc://", "grpc+tcp://")) as plain:
        return plain.do_get(ticket, options).read_all().to_pandas()


def plain_rest(base: str, key: str, experiment_id: str) -> pd.DataFrame:
    """Read all pages with a requests loop, .json() and pd.DataFrame."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {key}"
    rows: list[dict[str, Any]] = []
    cursor = None
    while True:
        body = {"limit": 500, **({"cursor": cursor} if cursor else {})}
        reply = session.post(
            f"{base}/v2/experiments/{requests.utils.quote(experiment_id, safe='')}/runs/search",
            json=body,
            timeout=60,
        ).json()
        rows.extend(reply["experiment_runs"])
        cursor = reply["pagination"].get("next_cursor")
        if not cursor:
            return pd.DataFrame(rows)


def rows() -> Iterator[Row]:
    """Measure on a fresh workspace."""
    with (
        tempfile.TemporaryDirectory() as folder,
        ax.LocalServer(data_dir=Path(folder) / "workspace") as server,
    ):
        os.environ.update(server.env())
        with ax.connect() as client:
            space_id = client.spaces.get("local").id
            dataset_id, small, runs = make(client, "hundred-thousand", 100_000)
            yield from flight_rows(client, server, space_id, small)
            yield official_read(client, small)
            yield from rest_rows(client, server, small)
            yield from create_rows(client, dataset_id, runs, Path(folder))
            _, large, _ = make(client, "million", 1_000_000)
            yield million_row(client, server, space_id, large)
            yield parquet_row(large, small, Path(folder))


def flight_rows(client: ax.Client, server: ax.LocalServer, space_id: str, experiment: str) -> Iterator[Row]:
    """100,000 runs over Flight against the plain call."""
    ours, plain = alternate(
        lambda: client.experiments.runs(experiment, transport="flight"),
        lambda: plain_flight(server, space_id, experiment),
    )
    yield ratio_row(
        "export 100,000 runs x 10 columns over Flight to a DataFrame",
        ours,
        "plain `do_get().read_all().to_pandas()`",
        plain,
        1.3,
    )


def million_row(client: ax.Client, server: ax.LocalServer, space_id: str, experiment: str) -> Row:
    """A million runs over Flight, the metadata GET left out by passing the object."""
    known = client.experiments.get(experiment)
    ours, plain = alternate(
        lambda: client.experiments.runs(known, transport="flight"),
        lambda: plain_flight(server, space_id, experiment),
        rounds=9,
    )
    return ratio_row("the same, 1,000,000 runs", ours, "plain `do_get().read_all().to_pandas()`", plain, 1.1)


def official_read(client: ax.Client, experiment: str) -> Row:
    """100,000 runs, everything included, against the official SDK."""
    what = "the same 100,000 runs, all included"
    if official_python() is None:
        return missing_row(what, "official clients not installed", "≤ 1/15")
    theirs = official("official_sdk.py", "read", experiment, env=dict(os.environ))["seconds"]
    started = time.perf_counter()
    client.experiments.runs(experiment)
    return ratio_row(
        what, time.perf_counter() - started, "official SDK `list_runs(all=True).to_df()`", theirs, 1 / 15
    )


def rest_rows(client: ax.Client, server: ax.LocalServer, experiment: str) -> Iterator[Row]:
    """100,000 runs over REST against a plain loop, on the embedded server and on pages rendered
    beforehand.
    """
    reference = "plain `requests` loop + `.json()` + `pd.DataFrame(rows)`"
    ours, plain = alternate(
        lambda: client.experiments.runs(experiment, transport="rest"),
        lambda: plain_rest(server.api_url, server.api_key, experiment),
        rounds=3,
    )
    yield ratio_row(
        "export 100,000 runs over REST, pages of 500, embedded server", ours, reference, plain, 0.9
    )
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "rendered_pages.py"), server.api_url, experiment],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ},
    )
    try:
        base = process.stdout.readline().strip()
        environ = {**os.environ, "ARIZE_API_PORT": base.rsplit(":", 1)[1]}
        saved, os.environ["ARIZE_API_PORT"] = os.environ["ARIZE_API_PORT"], environ["ARIZE_API_PORT"]
        with ax.connect() as rendered:
            ours, plain = alternate(
                lambda: rendered.experiments.runs(experiment, transport="rest"),
                lambda: plain_rest(base, server.api_key, experiment),
                rounds=3,
            )
        os.environ["ARIZE_API_PORT"] = saved
    finally:
        process.kill()
    yield ratio_row("the same on pre-rendered pages", ours, reference, plain, 0.75)


def create_rows(client: ax.Client, dataset_id: str, runs: pd.DataFrame, folder: Path) -> Iterator[Row]:
    """Create 100,000 runs against the official SDK."""
    if official_python() is None:
        yield missing_row(
            "`create` of 100,000 runs", "official clients not installed", "≤ 1.2x, ≤ 3x with checks"
        )
        return
    runs.to_parquet(folder / "runs.parquet")
    theirs = official(
        "official_sdk.py", "create", dataset_id, str(folder / "runs.parquet"), env=dict(os.environ)
    )["seconds"]
    for checks, reach in ((False, 1.2), (True, 3.0)):
        times = []
        for number in range(3):
            started = time.perf_counter()
            client.experiments.create(
                name=f"ours-{checks}-{number}",
                runs=runs,
                dataset=dataset_id,
                check_examples=checks,
                read_back=checks,
            )
            times.append(time.perf_counter() - started)
        label = "with checks and read-back" if checks else "checks and read-back off"
        yield ratio_row(
            f"`create` of 100,000 runs, {label}",
            sorted(times)[1],
            "official SDK `create` of the same frame",
            theirs,
            reach,
        )


def parquet_row(large: str, small: str, folder: Path) -> Row:
    """Peak memory of a client that streams to Parquet, at a million and at a tenth of it."""
    peaks = [
        float(
            subprocess.run(
                [sys.executable, "-c", PARQUET, experiment, str(folder / f"{number}.parquet")],
                check=True,
                capture_output=True,
                text=True,
                env=dict(os.environ),
            ).stdout
        )
        for number, experiment in enumerate((large, small))
    ]
    read = pa.parquet.ParquetFile(folder / "0.parquet").metadata.num_rows if hasattr(pa, "parquet") else None
    assert read in (None, 1_000_000), read
    return limit_row(
        "stream 1,000,000 runs to Parquet, peak memory of the client",
        peaks[0],
        "MB",
        400,
        against=f"100,000 runs: {peaks[1]:.0f} MB",
    )
