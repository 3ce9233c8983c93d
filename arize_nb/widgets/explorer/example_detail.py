"""Everything about one example of a comparison: inputs, both outputs and their diff, evaluations, metadata,
link.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from arize_nb.display import sections
from arize_nb.text.values import text_of

if TYPE_CHECKING:
    from arize_nb.comparison.comparison import Comparison
    from arize_nb.comparison.sources.column_source import Source
    from arize_nb.display.sections import Section

_JUDGED = re.compile(r"^(eval|annotation)\.(.+)\.(score|label|explanation|text|error)$")
_SAID = ("explanation", "text")
_KNOWN = ("id", "example_id", "output", "error")

Link = Callable[[Mapping[str, Any]], str | None]


def example_detail(
    comparison: Comparison, candidate: str, example_id: object, *, link: Link | None = None
) -> list[Section]:
    """Return the sections about one example, as both experiments have it.

    Parameters
    ----------
    comparison : Comparison
        The comparison.
    candidate : str
        Name of the candidate to show beside the baseline.
    example_id : object
        Id of the example, as in `Comparison.regressions`.
    link : callable, optional
        Gets the facts of an experiment (`experiment_id`, `dataset_id`, `space_id`), returns its web address
        or None.
    """
    study = comparison.study
    sources = [study.alignment.sides[number].source for number in (0, study.side_number(candidate))]
    runs = [_runs_of(source, example_id) for source in sources]
    rows: list[dict[str, Any]] = [found[0] if found else {} for found in runs]
    heads = [f"baseline: {comparison.baseline}", f"candidate: {candidate}"]
    found = [*_inputs(study.examples, example_id), *_outputs(heads, rows)]
    found += [
        sections.note(f"{len(several)} runs of this example in {head}; the first is shown.")
        for head, several in zip(heads, runs, strict=True)
        if len(several) > 1
    ]
    found += [*_evaluations(heads, rows), *_metadata(heads, rows)]
    for head, source in zip(heads, sources, strict=True):
        url = link(source.facts) if link else None
        if url:
            found.append(sections.link(f"Open {head} in Arize", url))
    return found


def _runs_of(source: Source, example_id: object, key: str = "example_id") -> list[dict[str, Any]]:
    """Return the rows of an example as dicts, in the order of the table."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ids = source.arrow(key).cast(pa.large_string())
    rows = (
        pc.indices_nonzero(pc.equal(ids, pa.scalar(str(example_id), pa.large_string())))
        .to_numpy()
        .astype("int64")
    )
    columns = {name: source.take(name, rows).to_pylist() for name in source.columns}
    return [{name: values[place] for name, values in columns.items()} for place in range(len(rows))]


def _inputs(examples: Source | None, example_id: object) -> list[Section]:
    if examples is None:
        return [
            sections.note(
                "The example's own columns are not known here; compare by names through a client, or give"
                " examples=."
            )
        ]
    key = "id" if "id" in examples else "example_id"
    found = _runs_of(examples, example_id, key)
    if not found:
        return [sections.note("The dataset has no such example any more.")]
    own = {name: value for name, value in found[0].items() if name not in ("id", "created_at", "updated_at")}
    return sections.record(own, "Example")


def _outputs(heads: list[str], rows: list[dict[str, Any]]) -> list[Section]:
    """Show both outputs as a diff; side by side where one side has none, errors in any case."""
    outputs, errors = ([row.get(name) for row in rows] for name in ("output", "error"))
    found = sections.diff("Outputs", (heads[0], outputs[0]), (heads[1], outputs[1]))
    if not any(section["type"] == "diff" for section in found) and not (
        outputs == [None, None] and any(errors)
    ):
        found = [sections.pair("Outputs", (heads[0], outputs[0]), (heads[1], outputs[1])), *found]
    if any(errors):
        found.append(sections.pair("Errors", (heads[0], errors[0]), (heads[1], errors[1])))
    for head, row in zip(heads, rows, strict=True):
        if not row:
            found.append(sections.note(f"No run of this example in {head}."))
    return found


def _evaluations(heads: list[str], rows: list[dict[str, Any]]) -> list[Section]:
    """Show labels and scores of every evaluator and annotation, then what they said."""
    names: dict[str, None] = {}
    for row in rows:
        for column in row:
            judged = _JUDGED.match(column)
            if judged:
                names[f"{judged[1]}.{judged[2]}"] = None
    if not names:
        return []
    lines = [
        [_short(name), *(text_of(row.get(f"{name}.{part}")) for row in rows for part in ("label", "score"))]
        for name in names
    ]
    lines = [line for line in lines if any(value is not None for value in line[1:])]
    columns = [
        "evaluation",
        *(f"{head.partition(':')[0]} {part}" for head in heads for part in ("label", "score")),
    ]
    found = (
        [sections.table("Evaluations", columns, lines, numeric=[False, False, True, False, True])]
        if lines
        else []
    )
    for name in names:
        for part in (*_SAID, "error"):
            said = [row.get(f"{name}.{part}") for row in rows]
            if any(value is not None for value in said):
                found.append(
                    sections.pair(f"{_short(name)}: {part}", (heads[0], said[0]), (heads[1], said[1]))
                )
    return found


def _metadata(heads: list[str], rows: list[dict[str, Any]]) -> list[Section]:
    columns = dict.fromkeys(
        name for row in rows for name in row if name not in _KNOWN[1:] and not _JUDGED.match(name)
    )
    lines = [
        ["run id" if name == "id" else name, *(text_of(row.get(name)) for row in rows)] for name in columns
    ]
    lines = [line for line in lines if any(value is not None for value in line[1:])]
    return [sections.table("Run metadata", ["field", *heads], lines)] if lines else []


def _short(name: str) -> str:
    return name.removeprefix("eval.")
