"""Annotations in any form (nested, a row each, columns of a run frame) -> the records that the service takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from arize_nb.errors import ColumnError, InputError
from arize_nb.frames.checks import table_from_input
from arize_nb.frames.columns import ANNOTATION_MEMBERS, evaluator_names
from arize_nb.frames.flatten import parsed
from arize_nb.frames.json_cells import json_text
from arize_nb.frames.values import plain

_MEMBERS = tuple(member.name for member in ANNOTATION_MEMBERS)
_FORMS = 'Use record_id,name,label,score,text, or {"record_id": …, "values": [{"name": …, "label": …}]}.'


def annotation_records(obj: Any) -> list[dict[str, Any]]:
    """Group annotations by the record they are about.

    Parameters
    ----------
    obj : list of dicts, DataFrame, or pyarrow.Table
        Nested (`record_id`, `values`: a list of `name` with score, label, text), or flat, a row an annotation
        (`record_id, name, label, score, text`), or an export (`id`) with its `annotation.<name>.<member>` columns or its
        `annotations` lists; runs of an export that have none are left out. Rows with neither `record_id` nor `id` go by `example_id`.

    Returns
    -------
    list of dict
        `{"record_id": …, "values": [{"name": …, "score"?, "label"?, "text"?}]}`, in order of first appearance.
        Missing members are left out: the service keeps what it has.

    Raises
    ------
    InputError
        For no annotations at all.
    ColumnError
        For a missing record id or name, a score that is not a number, an annotation without content, or the same
        annotation twice for one record; names column, path and record.
    """
    rows = _rows(obj)
    grouped: dict[str, dict[str, dict[str, Any]]] = {}
    for index, row in enumerate(rows):
        record_id = _record_id(row, index)
        for value in _values(row, index):
            given = grouped.setdefault(record_id, {})
            if value["name"] in given:
                what = f"record {record_id!r} has two annotations named {value['name']!r} (row {index})"
                raise ColumnError(what, column="name", path="values.name", record=index, hint="Keep one of them.")
            given[value["name"]] = value
    if not grouped:
        raise InputError("there are no annotations to write", hint=_FORMS)
    return [{"record_id": record_id, "values": list(values.values())} for record_id, values in grouped.items()]


def _rows(obj: Any) -> Sequence[Mapping[str, Any]]:
    """Bring any accepted object to a list of dicts."""
    if isinstance(obj, (list, tuple)):
        for index, row in enumerate(obj):
            if not isinstance(row, Mapping):
                raise InputError(f"annotation {index} is a {type(row).__name__}, not an object", hint=_FORMS)
        return obj
    rows: list[dict[str, Any]] = table_from_input(obj, "run").to_pylist()
    return rows


def _wrong(what: str, path: str, index: int) -> ColumnError:
    """Make the error that names column, path and row."""
    return ColumnError(f"{what} (row {index})", column=path.rpartition(".")[2], path=path, record=index, hint=_FORMS)


def _record_id(row: Mapping[str, Any], index: int) -> str:
    """Return the id of the run or example that a row is about; one that names an example alone is about that."""
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
            if any(plain(member) is not None for member in members.values()):
                yield _value({"name": name, **members}, index)


def _value(value: Mapping[str, Any], index: int) -> dict[str, Any]:
    """Check one annotation and leave out its missing members."""
    name = plain(value.get("name"))
    if not isinstance(name, str) or not name:
        raise _wrong("an annotation has no name", "values.name", index)
    given = {member: plain(value.get(member)) for member in _MEMBERS}
    checked = {member: item for member, item in given.items() if item is not None and item != ""}
    if not checked:
        raise _wrong(f"annotation {name!r} has none of score, label, text", "values", index)
    if "score" in checked:
        checked["score"] = _score(checked["score"], name, index)
    for member in ("label", "text"):
        if member in checked and not isinstance(checked[member], str):
            checked[member] = json_text(checked[member])
    return {"name": name, **checked}


def _score(score: Any, name: str, index: int) -> float:
    """Return a score as a number."""
    try:
        return float(score)
    except (TypeError, ValueError):
        raise _wrong(f"the score of annotation {name!r} is not a number: {score!r}", "values.score", index) from None
