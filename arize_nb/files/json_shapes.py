"""Which rows a JSON value holds: an array of objects, a reply of the service, pandas' orients,
or one record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from arize_nb.errors import FileError, InputError
from arize_nb.text.command_line import Command, Hint

if TYPE_CHECKING:
    from arize_nb.files.facts import ReadFacts

_RUNS = Command(
    ("experiments", "export"),
    ["NAME"],
    {"dataset": "DATASET", "o": "FILE.json"},
    python="client.experiments.runs('NAME', dataset='DATASET')",
)
_EXAMPLES = Command(
    ("datasets", "export"), ["NAME"], {"o": "FILE.json"}, python="client.datasets.examples('NAME')"
)
WRAPPERS = {"experiment_runs": _RUNS, "examples": _EXAMPLES, "annotations": _RUNS}
"""Members that hold the rows in a reply of the service or in JSON of the official program, and the command
that writes all of them.
"""

_RECORDS = 'Write a record an object: frame.to_json(…, orient="records").'
_FORM = 'Like this: [{"example_id": "…", "output": "…"}]'


def rows_of(value: object, facts: ReadFacts) -> list[dict[str, Any]]:
    """Find the rows in a parsed file.

    Raises
    ------
    InputError
        It holds something else than objects.
    FileError
        No rows; one page of more; or an object that could be rows in a form that is not read.
    """
    if isinstance(value, dict):
        value = _unwrapped(value, facts)
    if not isinstance(value, list):
        raise InputError(f"{facts.shown} holds {kind_of(value)}, not an array of objects", hint=_FORM)
    if not value:
        raise FileError(
            f"{facts.shown} is an empty array", path=facts.shown, hint="It must hold at least one row."
        )
    return checked(value, facts)


def checked(rows: list[Any], facts: ReadFacts) -> list[dict[str, Any]]:
    """Refuse rows that are not objects."""
    for index, row in enumerate(rows):
        if not isinstance(row, dict):
            hint = _RECORDS if isinstance(row, list) else _FORM
            where = facts.origin.row(index) if facts.origin else f"record {index}"
            raise InputError(f"{facts.shown}: {where} is {kind_of(row)}, not an object", hint=hint)
    return rows


def _unwrapped(value: dict[str, Any], facts: ReadFacts) -> Any:
    """Return the rows of an object that wraps them, else the object as the one row."""
    wrapped = _wrapped(value, facts)
    if wrapped is not None:
        return wrapped
    orient = _orient(value)
    if orient is not None:
        name, rows = orient
        facts.reading.append(f"pandas' JSON orient {name!r}")
        return rows
    _refuse_columns(value, facts)
    return [value]


def _wrapped(value: dict[str, Any], facts: ReadFacts) -> list[Any] | None:
    """Return the rows of a reply: the sole list beside `pagination`."""
    (name, *others) = [key for key in value if key != "pagination"] or [""]
    rows = value.get(name)
    if others or name not in WRAPPERS or not isinstance(rows, list):
        return None
    page = value.get("pagination")
    if isinstance(page, Mapping) and (page.get("has_more") or page.get("next_cursor")):
        what = f"{facts.shown} is one page of more: {len(rows):,} rows, and it says has_more"
        raise FileError(what, path=facts.shown, hint=Hint.of("Export all of them: {}", WRAPPERS[name]))
    return rows


def _orient(value: dict[str, Any]) -> tuple[str, list[dict[str, Any]]] | None:
    """Return the rows of an object that pandas wrote with one of its orients, and the orient."""
    keys = set(value)
    if keys in ({"columns", "index", "data"}, {"columns", "data"}) and _is_split(value):
        return "split", [dict(zip(value["columns"], row, strict=True)) for row in value["data"]]
    if keys == {"schema", "data"} and isinstance(value["schema"], Mapping) and "fields" in value["schema"]:
        return "table", _without_index(value["data"], value["schema"].get("primaryKey", ()))
    inner = list(value.values())
    if (
        not inner
        or not all(isinstance(one, dict) and one for one in inner)
        or any(set(one) != set(inner[0]) for one in inner)
    ):
        return None
    if all(key.isdigit() for key in inner[0]) and not all(key.isdigit() for key in value):
        return "columns", [{name: column[key] for name, column in value.items()} for key in inner[0]]
    if all(key.isdigit() for key in value) and not all(key.isdigit() for key in inner[0]):
        return "index", inner
    return None


def _is_split(value: dict[str, Any]) -> bool:
    """Whether an object has the members of orient `split`: names, and rows as long as they are."""
    columns, rows = value["columns"], value["data"]
    if (
        not isinstance(columns, list)
        or not isinstance(rows, list)
        or not all(isinstance(name, str) for name in columns)
    ):
        return False
    return all(isinstance(row, list) and len(row) == len(columns) for row in rows)


def _without_index(rows: object, index: Sequence[str]) -> Any:
    """Leave out the nameless index that orient `table` writes."""
    nameless = {"index"} & set(index)
    if not isinstance(rows, list) or not nameless:
        return rows
    return [
        {name: item for name, item in row.items() if name not in nameless} if isinstance(row, dict) else row
        for row in rows
    ]


def _refuse_columns(value: dict[str, Any], facts: ReadFacts) -> None:
    """Refuse an object that is most likely rows in another form, where one record would be made of it."""
    lists = {name: item for name, item in value.items() if isinstance(item, list)}
    alone = next(iter(value)) if len(value) == 1 else None
    one_record = "If it is one record, put it into [ ]."
    if alone in lists and lists[alone] and all(isinstance(item, dict) for item in lists[alone]):
        what = f"{facts.shown} is an object whose member {alone!r} is a list of {len(lists[alone]):,} objects"
        raise FileError(what, path=facts.shown, hint=f"Write that list alone. {one_record}")
    if lists and len(lists) == len(value) and len({len(item) for item in lists.values()}) == 1:
        what = f"{facts.shown} is an object of columns, lists of {len(next(iter(lists.values()))):,}"
        raise FileError(what, path=facts.shown, hint=f"{_RECORDS} {one_record}")


def kind_of(value: object) -> str:
    """Name the JSON type of a value."""
    names = {str: "a string", bool: "a boolean", type(None): "null", list: "an array", dict: "an object"}
    return names.get(type(value), "a number")
