"""What the run harness costs: tasks that wait, tasks that do nothing, a journal on disk, resuming a large
one.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rows import Row, limit_row, missing_row, official, official_python, ratio_row

import arize_nb as ax
from arize_nb import progress
from arize_nb.errors import TooManyFailuresError
from arize_nb.harness.engine.execute import JournalStore, execute, plan
from arize_nb.harness.engine.settings import checked
from arize_nb.harness.evaluators.evaluator import as_evaluators
from arize_nb.harness.functions.task import as_task
from arize_nb.harness.journal.run_journal import Journal, journal_path
from arize_nb.harness.records.run_record import RunRecord

WAIT_S = 0.01
OFFICIAL_EXAMPLES = 200
"""Examples for the official runner; it takes ten to a hundred milliseconds each."""


async def wait_async(row: Any) -> str:
    """Wait as a model call does."""
    await asyncio.sleep(WAIT_S)
    return "x"


def wait(row: Any) -> str:
    """Wait as a model call does that blocks its thread."""
    time.sleep(WAIT_S)
    return "x"


def nothing(row: Any) -> str:
    """Do nothing."""
    return "x"


async def nothing_async(row: Any) -> str:
    """Do nothing, as a coroutine."""
    return "x"


def judge(output: Any) -> bool:
    """Judge without thinking."""
    return True


def run_seconds(
    task: Callable[..., Any], count: int, concurrency: int, evaluators: Any = (), rounds: int = 3
) -> float:
    """Return the best time of a whole run in seconds, journal on disk, nothing uploaded: the least disturbed
    by other programs.
    """
    return min(_run_once(task, count, concurrency, evaluators) for _ in range(rounds))


def _run_once(task: Callable[..., Any], count: int, concurrency: int, evaluators: Any) -> float:
    examples = [{"id": str(index), "question": f"q{index}"} for index in range(count)]
    bound, judges = as_task(task), as_evaluators(evaluators)
    with tempfile.TemporaryDirectory() as folder, progress.bar("bench", count, quiet=True) as bar:
        began = time.perf_counter()
        journal = Journal(Path(folder) / "bench.sqlite")
        store = JournalStore(journal, bound.fingerprint)
        execute(
            plan(examples, judges, 1),
            count,
            task=bound,
            settings=checked(concurrency=concurrency),
            store=store,
            bar=bar,
        )
        took = time.perf_counter() - began
        assert len(store.records()) == count
        journal.close()
    return took


def rows() -> Iterator[Row]:
    """Measure the harness."""
    count, places = 10_000, 100
    ideal = count * WAIT_S / places
    yield ratio_row(
        f"{count:,} `async def` tasks of 10 ms, concurrency {places}, journal on",
        run_seconds(wait_async, count, places),
        "ideal",
        ideal,
        1.5,
    )
    count, places = 2_000, 32
    yield ratio_row(
        f"{count:,} `def` tasks of 10 ms, concurrency {places}, journal on",
        run_seconds(wait, count, places),
        "ideal",
        count * WAIT_S / places,
        1.3,
    )
    yield official_row(2_000)
    for name, task in (("`async def`", nothing_async), ("`def`", nothing)):
        overhead_ms = run_seconds(task, 5_000, 8) / 5_000 * 1000
        yield limit_row(f"overhead an example, {name}, journal on", overhead_ms, "ms", 0.3)
    yield whole_row(500, 9)
    yield decoded_row(100_000)
    yield resume_row(100_000)


def whole_row(count: int, rounds: int) -> Row:
    """All of a small run: no-op tasks, one evaluator, journal, upload and what arrived read back; the median
    of some rounds.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        ax.LocalServer(data_dir=Path(folder) / "workspace") as server,
    ):
        os.environ["ARIZE_NB_DATA_DIR"] = str(Path(folder) / "data")
        with server.connect() as client:
            dataset = client.datasets.create(
                name="small", examples=[{"question": f"q{index}"} for index in range(count)]
            )
            took = []
            for index in range(rounds + 1):  # the first warms up
                began = time.perf_counter()
                result = client.experiments.run(
                    name=f"run-{index}", dataset=dataset, task=nothing, evaluators=[judge], progress=False
                )
                took.append(time.perf_counter() - began)
                assert len(result.run_ids) == count
    what = f"{count:,} no-op examples with one evaluator: journal, upload and read-back"
    return limit_row(what, statistics.median(took[1:]), "s", 0.15)


def judge_contexts(output: Any, contexts: Any) -> bool:
    """Judge by a value of the example."""
    return len(contexts) > 1


def decoded_row(count: int) -> Row:
    """A run whose evaluator takes lists of the examples, against one whose evaluator takes the same as text:
    examples read from the workspace, journal on, nothing uploaded; the better of three rounds each, in turn.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        ax.LocalServer(data_dir=Path(folder) / "workspace") as server,
    ):
        os.environ["ARIZE_NB_DATA_DIR"] = str(Path(folder) / "data")
        with server.connect() as client:
            lists = [[f"page {number}", f"page {number + 1}"] for number in range(count)]
            forms = {"lists": lists, "text": [f"- {one} and {other}" for one, other in lists]}
            datasets = {
                name: client.datasets.create(
                    name=name,
                    examples=[{"question": f"q{i}", "contexts": one} for i, one in enumerate(values)],
                )
                for name, values in forms.items()
            }

            def run(name: str) -> float:
                began = time.process_time()
                result = client.experiments.run(
                    name=name,
                    dataset=datasets[name],
                    task=nothing,
                    evaluators=[judge_contexts],
                    dry_run=count,
                    progress=False,
                )
                assert result.metrics[0]["scored"] == count
                return time.process_time() - began

            took = {name: min(times) for name, times in _in_turn(run, tuple(forms), 3).items()}
    what = f"{count:,} examples, 1 evaluator that takes a list of the example, CPU time"
    return ratio_row(what, took["lists"], "one that takes the same as text", took["text"], 1.1)


def _in_turn(run: Callable[[str], float], names: tuple[str, ...], rounds: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            times[name].append(run(name))
    return times


def official_row(count: int) -> Row:
    """No-op tasks with one evaluator against the official runner, by the example, since theirs takes minutes
    for all.
    """
    what = f"{count:,} no-op tasks + 1 evaluator, journal on, an example"
    if official_python() is None:
        return missing_row(what, "official clients not installed", "≤ 1/20")
    ours = run_seconds(nothing, count, 8, [judge]) / count
    theirs = (
        official("official_runner.py", str(OFFICIAL_EXAMPLES), env=dict(os.environ))["seconds"]
        / OFFICIAL_EXAMPLES
    )
    return ratio_row(
        what, ours, f"official runner, its own, no upload ({OFFICIAL_EXAMPLES} examples)", theirs, 1 / 20
    )


def resume_row(count: int) -> Row:
    """From the call of run(resume=True) to the first new task, with all examples but one in the journal;
    their reading included.
    """
    called: list[float] = []

    def last(row: Any) -> str:
        called.append(time.perf_counter())
        raise RuntimeError("enough")

    with (
        tempfile.TemporaryDirectory() as folder,
        ax.LocalServer(data_dir=Path(folder) / "workspace") as server,
    ):
        os.environ.update(server.env() | {"ARIZE_NB_DATA_DIR": str(Path(folder) / "data")})
        with ax.connect() as client:
            dataset = client.datasets.create(
                name="large",
                examples=[{"question": f"q{index}"} for index in range(count + 1)],
                space="local",
            )
            ids = [record["id"] for record in client.datasets.iter_records(dataset)]
            journal = Journal(journal_path(dataset.space_id or "", dataset.id, "resumed"))
            mark = as_task(last).fingerprint
            versions = dataset.versions or ()
            journal.note(
                name="resumed",
                fingerprint=mark,
                version_id=versions[0].id if versions else None,
                evaluators="{}",
                total=str(count + 1),
            )
            output = "an answer of some length " * 8
            journal.keep(
                mark,
                [
                    RunRecord(example_id, 1, output=output, latency_ms=1.0, attempts=1)
                    for example_id in ids[:-1]
                ],
            )
            journal.close()
            began = time.perf_counter()
            with contextlib.suppress(TooManyFailuresError):
                client.experiments.run(
                    name="resumed",
                    dataset=dataset,
                    task=last,
                    resume=True,
                    retries=0,
                    max_failures=0,
                    progress=False,
                )
    return limit_row(f"resume a journal of {count:,} runs, to the first new task", called[0] - began, "s", 2)


if __name__ == "__main__":
    for row in rows():
        print(row)
