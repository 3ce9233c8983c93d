"""Annotations of runs and examples: what people said, one value a record and config name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from arize_nb.server.store.clock import json_time, now
from arize_nb.server.store.database import maybe, one, rows, run

if TYPE_CHECKING:
    import duckdb

ANNOTATOR_EMAIL: Final = "local@localhost"

ANNOTATION_LIST: Final = pa.list_(
    pa.struct(
        [
            ("name", pa.string()),
            ("score", pa.float64()),
            ("label", pa.string()),
            ("text", pa.string()),
            ("updated_at", pa.string()),
            ("annotator", pa.struct([("id", pa.string()), ("email", pa.string())])),
        ]
    )
)
"""Arrow type of a run's annotations."""

_MEMBERS: Final = ("score", "label", "text")


def annotate(
    db: duckdb.DuckDBPyConnection, owner: str, values: Mapping[tuple[str, str], Mapping[str, Any]]
) -> None:
    """Write values, member by member: what is not given stays as it is.

    Parameters
    ----------
    owner : str
        Id of the experiment or dataset.
    values : mapping
        By (record id, name): any of ``score``, ``label``, ``text``; None counts as not given.
    """
    stamp = now()
    wanted = pa.table(
        {
            "record_id": pa.array([record_id for record_id, _ in values], pa.string()),
            "name": pa.array([name for _, name in values], pa.string()),
            "score": pa.array([_score(value) for value in values.values()], pa.float64()),
            "label": pa.array([value.get("label") for value in values.values()], pa.string()),
            "text": pa.array([value.get("text") for value in values.values()], pa.string()),
        }
    )
    db.register("incoming_annotations", wanted)
    try:
        changes = ", ".join(f"{member} = coalesce(i.{member}, a.{member})" for member in _MEMBERS)
        same = "a.record_id = i.record_id AND a.name = i.name"
        run(
            db,
            f"UPDATE annotations a SET {changes}, updated_at = ? FROM incoming_annotations i WHERE a.owner ="
            f" ? AND {same}",
            [stamp, owner],
        )
        run(
            db,
            "INSERT INTO annotations SELECT ?, i.record_id, i.name, i.score, i.label, i.text, ? FROM"
            f" incoming_annotations i ANTI JOIN (FROM annotations WHERE owner = ?) a ON {same}",
            [owner, stamp, owner],
        )
    finally:
        db.unregister("incoming_annotations")


def forget(db: duckdb.DuckDBPyConnection, owners: Sequence[str]) -> None:
    """Remove all annotations of these experiments or datasets."""
    run(db, "DELETE FROM annotations WHERE list_contains(?, owner)", [list(owners)])


def annotations_of(
    db: duckdb.DuckDBPyConnection, owner: str, record_ids: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    """Return the annotations of some records as REST shows them, by record id; records without any are left
    out.
    """
    # Most have none at all, and binding the ids of a page costs more than reading it.
    if maybe(db, "SELECT 1 FROM annotations WHERE owner = ? LIMIT 1", [owner]) is None:
        return {}
    found = rows(
        db,
        "SELECT record_id, name, score, label, text, updated_at FROM annotations "
        "WHERE owner = ? AND list_contains(?, record_id) ORDER BY name",
        [owner, list(record_ids)],
    )
    if not found:
        return {}
    annotator = {"id": annotator_id(db), "email": ANNOTATOR_EMAIL}
    by_record: dict[str, list[dict[str, Any]]] = {}
    for record_id, name, score, label, text, updated_at in found:
        given = {
            member: value
            for member, value in zip(_MEMBERS, (score, label, text), strict=True)
            if value is not None
        }
        by_record.setdefault(record_id, []).append(
            {"name": name, **given, "updated_at": json_time(updated_at), "annotator": annotator}
        )
    return by_record


def annotation_lists() -> str:
    """Return SQL for all annotations of one owner (its one parameter) as a list a record, of type
    `ANNOTATION_LIST`.
    """
    stamp = "strftime(make_timestamp(updated_at), '%Y-%m-%dT%H:%M:%S.%fZ')"
    user = "(SELECT value FROM workspace WHERE name = 'user_id')"
    annotator = f"{{'id': {user}, 'email': '{ANNOTATOR_EMAIL}'}}"
    value = (
        f"{{'name': name, 'score': score, 'label': label, 'text': text, 'updated_at': {stamp}, 'annotator':"
        f" {annotator}}}"
    )
    return (
        f"SELECT record_id, list({value} ORDER BY name) AS annotations FROM annotations WHERE owner = ? GROUP"
        " BY record_id"
    )


def names_of(db: duckdb.DuckDBPyConnection, owner: str) -> list[str]:
    """Return the names that annotations of this owner carry."""
    return [
        row[0]
        for row in rows(db, "SELECT DISTINCT name FROM annotations WHERE owner = ? ORDER BY name", [owner])
    ]


def annotator_id(db: duckdb.DuckDBPyConnection) -> str:
    """Return the id of the one user of this workspace."""
    return str(one(db, "SELECT value FROM workspace WHERE name = 'user_id'")[0])


def _score(value: Mapping[str, Any]) -> float | None:
    """Return the score as a double; None when it is not given."""
    score = value.get("score")
    return None if score is None else float(score)
