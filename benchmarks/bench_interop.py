"""What it costs to read other tools' results, against orjson over the same bytes, and to call another tool's
metric.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from rows import Row, alternate, limit_row, ratio_row

SAMPLES = Path(__file__).parent.parent / "tests" / "samples" / "results"
INSPECT_SAMPLES = 10_000
LARGE = 50_000_000
CALLS = 20_000


def rows() -> Iterator[Row]:
    """Measure the readers, then a metric's adapter."""
    with tempfile.TemporaryDirectory() as folder:
        for path, what in ((inspect_log(Path(folder)), f"Inspect log, {INSPECT_SAMPLES:,} samples"),):
            yield reading_row(path, what)
        yield reading_row(lm_eval_samples(Path(folder)), "lm-eval samples, 50 MB")
        yield reading_row(promptfoo_results(Path(folder)), "promptfoo results, 50 MB")
    yield adapter_row()


def reading_row(path: Path, what: str) -> Row:
    """Time reading into Arrow tables against parsing the JSON alone."""
    import arize_nb

    def ours() -> None:
        if not sum(one.table.num_rows for one in arize_nb.read(path)):
            raise SystemExit("nothing was read")

    ours_s, parsed_s = alternate(ours, lambda: parsed(path), rounds=3)
    return ratio_row(f"`ax.read`, {what}, to Arrow", ours_s, "orjson over the same JSON", parsed_s, 2)


def parsed(path: Path) -> Any:
    """Parse all the JSON in a file."""
    if path.suffix == ".eval":
        with zipfile.ZipFile(path) as log:
            return [orjson.loads(log.read(member)) for member in log.infolist()]
    data = path.read_bytes()
    return (
        [orjson.loads(line) for line in data.splitlines()] if path.suffix == ".jsonl" else orjson.loads(data)
    )


def inspect_log(folder: Path) -> Path:
    """Write a log of many samples like those that Inspect wrote."""
    log = orjson.loads((SAMPLES / "inspect" / "base.json").read_bytes())
    samples, place = log.pop("samples"), folder / "log.eval"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("header.json", orjson.dumps(log))
        for number in range(INSPECT_SAMPLES):
            sample = {**samples[number % len(samples)], "id": f"s{number}"}
            out.writestr(f"samples/s{number}_epoch_1.json", orjson.dumps(sample))
    return place


def lm_eval_samples(folder: Path) -> Path:
    """Write many lines like those that lm-eval wrote."""
    lines = [
        orjson.loads(line) for line in (SAMPLES / "lm_eval" / "samples_base.jsonl").read_bytes().splitlines()
    ]
    size, number, place = 0, 0, folder / "samples_base.jsonl"
    with place.open("wb") as out:
        while size < LARGE:
            for line in lines:
                size += out.write(orjson.dumps({**line, "doc_hash": f"{number}-{line['doc_hash']}"}) + b"\n")
            number += 1
    return place


def promptfoo_results(folder: Path) -> Path:
    """Write many results like those that promptfoo wrote."""
    content = orjson.loads((SAMPLES / "promptfoo" / "results.json").read_bytes())
    found = content["results"]["results"]
    copies = LARGE // len(orjson.dumps(found)) + 1
    content["results"]["results"] = [
        {
            **one,
            "testIdx": one["testIdx"] + 6 * turn,
            "vars": {"question": f"{one['vars']['question']} {turn}"},
        }
        for turn in range(copies)
        for one in found
    ]
    place = folder / "results.json"
    place.write_bytes(orjson.dumps(content))
    return place


def adapter_row() -> Row:
    """Time an adapted metric less the metric itself."""
    import inspect

    from arize_nb.interop.metrics.adapting import adapted

    def exact(*, outputs: Any, reference_outputs: Any) -> dict[str, Any]:
        return {"key": "exact", "score": outputs == reference_outputs}

    metric = adapted(exact)
    if metric is None:
        raise SystemExit("the metric was not recognised")
    fitted = metric.fitted(["expected"])
    given = {"output": "a", "dataset_row": {"expected": "a"}}
    values = {name: given[name] for name in inspect.signature(fitted).parameters}

    def ours() -> None:
        for _ in range(CALLS):
            fitted(**values)

    def alone() -> None:
        for _ in range(CALLS):
            exact(outputs="a", reference_outputs="a")

    ours_s, alone_s = alternate(ours, alone)
    return limit_row(
        "A metric of openevals' shape, what its adapter adds to a call",
        (ours_s - alone_s) / CALLS * 1e6,
        "µs",
        20,
    )


if __name__ == "__main__":
    for row in rows():
        print(
            f"{row.what}: {row.ours} against {row.against}: {row.result} (to reach {row.reach})", flush=True
        )
