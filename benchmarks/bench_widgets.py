"""What widgets cost: grid and explorer over a million examples, first paint in bytes, pickers over 10,000
experiments.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rows import Row, limit_row

MANY = 1_000_000
EXPERIMENTS = 10_000

BUILD = """
import numpy as np, pyarrow as pa
draw = np.random.default_rng(0)
texts = pa.array(["The answer of the model to question %d, in a few words. " % place * 4 for place in range(1000)])
def text(n): return texts.take(pa.array(draw.integers(0, 1000, n)))
def runs(n): return pa.table({
    "id": pa.array([f"run-{place:07d}" for place in range(n)]), "example_id": pa.array([f"ex-{place:07d}" for place in range(n)]),
    "output": text(n), "eval.ok.label": pa.array(np.where(draw.random(n) < 0.7, "correct", "incorrect")), "eval.ok.explanation": text(n),
    "score": draw.random(n)})
"""


def rows() -> Iterator[Row]:
    """Measure grid, explorer and pickers."""
    space: dict[str, Any] = {}
    exec(BUILD, space)
    yield from grid_rows(space)
    yield from explorer_rows(space)
    for n in (100_000, MANY):
        yield limit_row(
            f"explorer over {n:,} examples: bytes to the browser until it stands",
            paint_bytes(n) / 1000,
            "KB",
            200,
        )
    yield from picker_rows()


def took_ms(call: Callable[[], object], rounds: int = 1) -> float:
    """Return the median time of a call in milliseconds."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        call()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def grid_rows(space: dict[str, Any]) -> Iterator[Row]:
    """Measure gestures on a million rows with four text columns."""
    import arize_nb as ax

    table = space["runs"](MANY).append_column("reference", space["text"](MANY))
    grid = ax.Grid(
        table.drop_columns(["example_id", "eval.ok.label"])
    )  # id, output, explanation, reference; score
    pages = iter(range(1, 30_000, 997))
    yield limit_row(
        "grid, 1,000,000 rows: a page", took_ms(lambda: setattr(grid, "page", next(pages)), 20), "ms", 50
    )
    sorts = iter([("score", "ascending"), ("score", "descending")])
    yield limit_row(
        "grid, 1,000,000 rows: sort by a number",
        took_ms(lambda: setattr(grid, "sort", next(sorts)), 2),
        "ms",
        500,
    )
    grid.sort = None
    queries = iter(["question 77", "QUESTION 13", "words"])
    yield limit_row(
        "grid, 1,000,000 rows: text filter over four columns",
        took_ms(lambda: setattr(grid, "query", next(queries)), 3),
        "ms",
        1500,
    )


def explorer_rows(space: dict[str, Any]) -> Iterator[Row]:
    """Measure how long an explorer takes to stand, its static form and first page included, once the frames
    are there.
    """
    import arize_nb as ax

    for n in (100_000, MANY):
        comparison = ax.compare(space["runs"](n), space["runs"](n))

        def stand(comparison: Any = comparison) -> None:
            explorer = ax.ComparisonExplorer(comparison)
            explorer._repr_mimebundle_()
            explorer.grid._page({})

        yield limit_row(
            f"explorer, {n:,} examples: from the comparison to the first page", took_ms(stand), "ms", 2000
        )


def paint_bytes(n: int) -> int:
    """Return what a real kernel sends for an explorer, from the cell to the first page in the browser's
    hands.
    """
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3")
    try:
        drain(
            client,
            client.execute(f"{BUILD}\nimport arize_nb as ax\ncomparison = ax.compare(runs({n}), runs({n}))"),
        )
        size, opened = drain(client, client.execute("ax.ComparisonExplorer(comparison)"))
        for comm in opened:
            message = client.session.msg(
                "comm_msg", {"comm_id": comm, "data": {"method": "custom", "content": {"kind": "hello"}}}
            )
            client.shell_channel.send(message)
            size += drain(client, message["header"]["msg_id"])[0]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return size


def drain(client: Any, request: str) -> tuple[int, list[str]]:
    """Read messages until the kernel is done with a request; returns their bytes and the comms of our own
    modules.
    """
    size, opened = 0, []
    while True:
        message = client.get_iopub_msg(timeout=120)
        size += len(json.dumps(message, default=str, ensure_ascii=False).encode()) + sum(
            len(one) for one in message["buffers"]
        )
        content = message["content"]
        if message["msg_type"] == "error":
            raise RuntimeError(f"{content['ename']}: {content['evalue']}")
        if message["msg_type"] == "comm_open" and "_esm" in content["data"].get("state", {}):
            opened.append(content["comm_id"])
        if (
            message["msg_type"] == "status"
            and content["execution_state"] == "idle"
            and message["parent_header"].get("msg_id") == request
        ):
            return size, opened


def picker_rows() -> Iterator[Row]:
    """Measure pickers against the embedded server with 10,000 experiments: first page, and a keystroke with
    its pause.
    """
    import os
    from concurrent.futures import ThreadPoolExecutor

    import requests

    import arize_nb as ax
    from arize_nb.widgets.pickers.choice_list import TYPING_S

    with (
        tempfile.TemporaryDirectory() as folder,
        ax.LocalServer(data_dir=Path(folder) / "workspace") as server,
    ):
        os.environ.update(server.env())
        client = ax.connect(space="local")
        dataset = client.datasets.create(name="many", examples=[{"question": "q"}])
        example = client.datasets.examples(dataset)["id"].iloc[0]
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {server.api_key}"

        def create(place: int) -> None:
            runs = [{"example_id": example, "output": "a"}]
            body = {"name": f"experiment-{place:05d}", "dataset_id": dataset.id, "experiment_runs": runs}
            session.post(f"{server.api_url}/v2/experiments", json=body, timeout=60).raise_for_status()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(create, range(EXPERIMENTS)))
        made: list[Any] = []
        first = took_ms(lambda: made.append(shown(ax.ExperimentPicker(client, dataset=dataset))), 3)
        yield limit_row(
            f"picker over {EXPERIMENTS:,} experiments: first page, space and dataset found", first, "ms", 300
        )
        words = iter(["9", "99", "experiment-07", "4321"])
        keystroke = took_ms(lambda: typed(made[0], next(words)), 4)
        what = (
            f"picker over {EXPERIMENTS:,} experiments: keystroke to new list, a pause of"
            f" {TYPING_S * 1000:.0f} ms included"
        )
        yield limit_row(what, keystroke, "ms", 300)


def shown(picker: Any) -> Any:
    """Wait until a picker has its lists."""
    if not picker.wait() or len(picker.experiments.choices.children) == 0:
        raise RuntimeError(
            f"the picker shows nothing: {picker.status.value} {picker.experiments.status.value}"
        )
    return picker


def typed(picker: Any, text: str) -> None:
    """Type a text and wait for the list."""
    picker.experiments.search.value = text
    shown(picker)
