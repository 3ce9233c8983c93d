"""Annotations in any form (nested, a row each, columns of a run frame) -> the records that the
service takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from arize_nb.errors import ColumnError, InputError
from arize_nb.frames.cells.arrays import endless_as_text, plain, simple_array
from arize_nb.frames.cells.json_cells import decoded_records, json_text
from arize_nb.frames.cells.scores import read_labels, read_scores
from arize_nb.frames.columns import ANNOTATION_MEMBERS, evaluator_names
from arize_nb.frames.flatten import parsed
from arize_nb.frames.input_checks import table_from_input
from arize_nb.frames.origin import NOWHERE, Origin

_MEMBERS = tuple(member.name for member in ANNOTATION_MEMBERS)
_FORMS = 'Use record_id,name,label,score,text, or {"record_id": …, "values": [{"name": …, "label": …}]}.'


def annotation_records(
    obj: object, *, origin: Origin = NOWHERE, notes: list[str] | None = None
) -> list[dict[str, Any]]:
    """Group annotations by the record they are about.

    Parameters
    ----------
    obj : list of dicts, DataFrame, or pyarrow.Table
        Nested (`record_id`, `values`: a list of `name` with score, label, text), or flat, a row an annotation
        (`record_id, name, label, score, text`), or an export (`id`) with its `annotation.<name>.<member>`
        columns or its `annotations` lists; runs of an export that have none are left out. Rows with neither
        `record_id` nor `id` go by `example_id`.
    origin : Origin
        What errors call the rows.
    notes : list of str, optional
        Takes a line for each thing that a user should know: words that stood for no score or label, scores in
        percent.

    Returns
    -------
    list of dict
        `{"record_id": …, "values": [{"name": …, "score"?, "label"?, "text"?}]}`, in order of first
        appearance. Missing members are left out: the service keeps what it has. Scores and labels are read as
        `frames.read_scores` and `frames.read_labels` say, all scores of one annotation together.

    Raises
    ------
    InputError
        For no annotations at all.
    ColumnError
        For a missing record id or name, a score that is not a number, an annotation without content, or the
        same annotation twice for one record; names column, path and record.
    """
    said = [
        _Said(index, _record_id(row, index), value)
        for index, row in enumerate(_rows(obj))
        for value in _values(row, index)
    ]
    said = _read(said, origin, [] if notes is None else notes)
    grouped: dict[str, dict[str, dict[str, Any]]] = {}
    for index, record_id, value in said:
        given = grouped.setdefault(record_id, {})
        if value["name"] in given:
            what = f"record {record_id!r} has two annotations named {value['name']!r} (row {index})"
            raise ColumnError(what, column="name", path="values.name", record=index, hint="Keep one of them.")
        given[value["name"]] = value
    if not grouped:
        raise InputError("there are no annotations to write", hint=_FORMS)
    return [
        {"record_id": record_id, "values": list(values.values())} for record_id, values in grouped.items()
    ]


class _Said(NamedTuple):
    """One annotation: the row it was found in, the record it is about, its members."""

    row: int
    record_id: str
    value: dict[str, Any]


def _read(said: list[_Said], origin: Origin, notes: list[str]) -> list[_Said]:
    """Read scores and labels, a name's together; annotations that say nothing are left out, since a word was
    counted for each.
    """
    by_name: dict[str, list[_Said]] = {}
    for one in said:
        by_name.setdefault(one.value["name"], []).append(one)
    for name, mine in by_name.items():
        _scores(f"annotation.{name}.score", [one for one in mine if "score" in one.value], origin, notes)
        _labels(f"annotation.{name}.label", [one for one in mine if "label" in one.value], notes)
    return [one for one in said if len(one.value) > 1]


def _scores(column: str, having: Sequence[_Said], origin: Origin, notes: list[str]) -> None:
    """Put numbers in place of the scores of one annotation."""
    given = [one.value.pop("score") for one in having]
    array = simple_array(given, set(map(type, given)))
    reading = read_scores(pa.array(map(_text, given), pa.string()) if array is None else array)
    for one, score in zip(
        having, reading.checked(column, origin.part([one.row for one in having])).to_pylist(), strict=True
    ):
        if score is not None:
            one.value["score"] = score
    notes.extend(reading.notes(column))


def _labels(column: str, having: Sequence[_Said], notes: list[str]) -> None:
    """Put text in place of the labels of one annotation."""
    reading = read_labels(pa.array([_text(one.value.pop("label")) for one in having], pa.string()))
    for one, label in zip(having, reading.labels.to_pylist(), strict=True):
        if label is not None:
            one.value["label"] = label
    notes.extend(reading.notes(column))


def _rows(obj: Any) -> Sequence[Mapping[str, Any]]:
    """Bring any accepted object to a list of dicts."""
    if isinstance(obj, (list, tuple)):
        for index, row in enumerate(obj):
            if not isinstance(row, Mapping):
                raise InputError(f"annotation {index} is a {type(row).__name__}, not an object", hint=_FORMS)
        return obj
    return list(decoded_records(table_from_input(obj, "run")))


def _wrong(what: str, path: str, index: int) -> ColumnError:
    """Make the error that names column, path and row."""
    return ColumnError(
        f"{what} (row {index})", column=path.rpartition(".")[2], path=path, record=index, hint=_FORMS
    )


def _record_id(row: Mapping[str, Any], index: int) -> str:
    """Return the id of the run or example that a row is about; one that names an example alone
    is about that.
    """
    names = ("record_id",) if "record_id" in row else ("id", "example_id")
    value = plain(next((row[name] for name in names if row.get(name) is not None), None))
    if type(value) is int:
        return str(value)
    if value is None or value == "":
        raise _wrong("a record_id is missing", "record_id", index)
    if not isinstance(value, str):
        raise _wrong(f"a record_id must be text, not {value!r}", "record_id", index)
    return value


def _values(row: Mapping[str, Any], index: int) -> Iterator[dict[str, Any]]:
    """Yield the annotations of one row, whatever its form."""
    if "values" in row or row.get("annotations"):
        values = parsed(row.get("values", row.get("annotations")))
        if not isinstance(values, (list, tuple)) or not values:
            raise _wrong("values must be a list of annotations", "values", index)
        for value in values:
            if not isinstance(value, Mapping):
                raise _wrong("an annotation is not an object", "values", index)
            yield _value(value, index)
    elif "name" in row:
        yield _value(row, index)
    else:
        names = evaluator_names(row, "annotation")
        if not names and "output" not in row:  # a run of an export that nobody annotated has nothing to write
            raise _wrong("there are neither values nor a name", "name", index)
        for name in names:
            members = {member: row.get(f"annotation.{name}.{member}") for member in _MEMBERS}
            if any(plain(endless_as_text(value)) is not None for value in members.values()):
                yield _value({"name": name, **members}, index)


def _value(value: Mapping[str, Any], index: int) -> dict[str, Any]:
    """Check one annotation and leave out its missing members."""
    name = plain(value.get("name"))
    if not isinstance(name, str) or not name:
        raise _wrong("an annotation has no name", "values.name", index)
    # An infinite score stays as text: the reader of scores refuses it, and `plain` would lose it.
    given = {member: plain(endless_as_text(value.get(member))) for member in _MEMBERS}
    checked = {member: item for member, item in given.items() if item is not None and item != ""}
    if not checked:
        raise _wrong(f"annotation {name!r} has none of score, label, text", "values", index)
    if "text" in checked:
        checked["text"] = _text(checked["text"])
    return {"name": name, **checked}


def _text(value: object) -> str:
    """Return text as it is, all else as JSON text."""
    return value if isinstance(value, str) else json_text(value)
