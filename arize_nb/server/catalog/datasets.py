"""Datasets and their versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from arize_nb.server.catalog import experiments, tags
from arize_nb.server.catalog.listing import Scope, Window, check_name, list_page, resource
from arize_nb.server.problems import conflict, not_found
from arize_nb.server.rows import annotations as annotation_values
from arize_nb.server.rows import examples
from arize_nb.server.rows import tables as sheets
from arize_nb.server.rows.reads import Sheet
from arize_nb.server.rows.tables import Layout
from arize_nb.server.store.clock import json_time, later, now
from arize_nb.server.store.database import maybe, next_number, rows, run
from arize_nb.server.store.ids import resource_id

if TYPE_CHECKING:
    import duckdb

    from arize_nb.server.rows.cells import Incoming
    from arize_nb.server.store.ids import RowIds

_COLUMNS: Final = ("id", "name", "space_id", "created_at", "updated_at")
_FIRST_VERSION: Final = "v1"


def list_datasets(db: duckdb.DuckDBPyConnection, scope: Scope, window: Window) -> dict[str, Any]:
    """List datasets, newest first, without their versions."""
    if scope.space_id is not None:
        resource(db, "spaces", "space", ["id"], scope.space_id, given="space_id")
    items, pagination = list_page(db, "datasets", _COLUMNS, scope, window, _render)
    return {"datasets": items, "pagination": pagination}


def get_dataset(db: duckdb.DuckDBPyConnection, dataset_id: str) -> dict[str, Any]:
    """Return one dataset with its versions, newest first."""
    dataset = _render(*resource(db, "datasets", "dataset", _COLUMNS, dataset_id))
    found = rows(
        db,
        "SELECT id, name, created_at, updated_at FROM dataset_versions WHERE dataset_id = ? ORDER BY number"
        " DESC",
        [dataset_id],
    )
    dataset["versions"] = [
        {
            "id": version,
            "name": name,
            "dataset_id": dataset_id,
            "created_at": json_time(created),
            "updated_at": json_time(updated),
        }
        for version, name, created, updated in found
    ]
    return dataset


def create_dataset(
    db: duckdb.DuckDBPyConnection, *, name: str, space_id: str, incoming: Incoming
) -> dict[str, Any]:
    """Make a dataset with its first version; its name is new in the space."""
    resource(db, "spaces", "space", ["id"], space_id, given="space_id")
    _check_free(db, check_name(name), space_id)
    number, stamp = next_number(db), now()
    dataset_id = resource_id("Dataset", number)
    run(
        db,
        "INSERT INTO datasets VALUES (?, ?, ?, ?, ?, ?)",
        [number, dataset_id, space_id, name, stamp, stamp],
    )
    sheet = sheets.create(db, Layout.EXAMPLES)
    _add_version(db, dataset_id, _FIRST_VERSION, sheet, stamp)
    examples.add(db, sheet, incoming)
    return get_dataset(db, dataset_id)


def rename_dataset(db: duckdb.DuckDBPyConnection, dataset_id: str, name: str) -> dict[str, Any]:
    """Give a dataset another name."""
    _, old_name, space_id, _, updated_at = resource(db, "datasets", "dataset", _COLUMNS, dataset_id)
    check_name(name)
    if name != old_name:
        _check_free(db, name, space_id)
        run(
            db,
            "UPDATE datasets SET name = ?, updated_at = ? WHERE id = ?",
            [name, later(updated_at), dataset_id],
        )
    return get_dataset(db, dataset_id)


def delete_dataset(db: duckdb.DuckDBPyConnection, dataset_id: str) -> None:
    """Remove a dataset with its versions, examples and experiments."""
    resource(db, "datasets", "dataset", ["id"], dataset_id)
    for (experiment_id,) in rows(db, "SELECT id FROM experiments WHERE dataset_id = ?", [dataset_id]):
        experiments.delete_experiment(db, experiment_id)
    sheets.drop(db, sheet_numbers(db, dataset_id))
    annotation_values.forget(db, [dataset_id])
    tags.forget_resource(db, dataset_id)
    run(db, "DELETE FROM dataset_versions WHERE dataset_id = ?", [dataset_id])
    run(db, "DELETE FROM datasets WHERE id = ?", [dataset_id])


def version_sheet(
    db: duckdb.DuckDBPyConnection, dataset_id: str, version_id: str | None
) -> tuple[str, Sheet]:
    """Find a version, the latest when none is named: its id and its sheet.

    Raises
    ------
    Problem
        404: no such dataset, or no such version of it. 400: not a version id at all.
    """
    resource(db, "datasets", "dataset", ["id"], dataset_id)
    if version_id is None:
        row = maybe(
            db,
            "SELECT id, sheet FROM dataset_versions WHERE dataset_id = ? ORDER BY number DESC LIMIT 1",
            [dataset_id],
        )
        if row is None:
            raise not_found("version of dataset", dataset_id)
        version_id, sheet = row
    else:
        owner, sheet = resource(
            db,
            "dataset_versions",
            "dataset version",
            ["dataset_id", "sheet"],
            version_id,
            given="dataset_version_id",
        )
        if owner != dataset_id:
            raise not_found("dataset version", version_id)
    return str(version_id), Sheet(int(sheet), Layout.EXAMPLES, dataset_id)


def append_examples(
    db: duckdb.DuckDBPyConnection,
    dataset_id: str,
    version_id: str | None,
    items: Sequence[Mapping[str, Any]],
    row_ids: RowIds,
) -> dict[str, Any]:
    """Add examples to a version in place."""
    version_id, sheet = version_sheet(db, dataset_id, version_id)
    ids = examples.add(
        db,
        sheet.number,
        examples.incoming_examples(items, row_ids, stamp=examples.append_stamp(db, sheet.number)),
    )
    touch(db, dataset_id, version_id)
    return _with_ids(db, dataset_id, version_id, ids)


def update_examples(
    db: duckdb.DuckDBPyConnection,
    dataset_id: str,
    version_id: str | None,
    items: Sequence[Mapping[str, Any]],
    new_version: str | None,
) -> dict[str, Any]:
    """Change examples by id, in place or in a new version that starts as a copy."""
    version_id, sheet = version_sheet(db, dataset_id, version_id)
    number = sheet.number
    if new_version:
        if maybe(
            db, "SELECT 1 FROM dataset_versions WHERE dataset_id = ? AND name = ?", [dataset_id, new_version]
        ):
            raise conflict(f"the dataset has a version named {new_version!r}")
        number = sheets.copy(db, number, Layout.EXAMPLES)
        version_id = _add_version(db, dataset_id, check_name(new_version), number, now())
    ids = examples.change(db, number, items)
    touch(db, dataset_id, version_id)
    return _with_ids(db, dataset_id, version_id, ids)


def delete_examples(
    db: duckdb.DuckDBPyConnection, dataset_id: str, version_id: str, ids: Sequence[str]
) -> dict[str, Any]:
    """Remove examples from a version in place; ids that it lacks are named."""
    version_id, sheet = version_sheet(db, dataset_id, version_id)
    deleted = sheets.delete(db, sheet.number, ids)
    touch(db, dataset_id, version_id)
    return {
        "completed": True,
        "deleted_example_ids": [identifier for identifier in ids if identifier in deleted],
        "not_deleted_example_ids": [identifier for identifier in ids if identifier not in deleted],
    }


def sheet_numbers(db: duckdb.DuckDBPyConnection, dataset_id: str) -> list[int]:
    """Return the sheets of all versions."""
    return [
        int(row[0])
        for row in rows(db, "SELECT sheet FROM dataset_versions WHERE dataset_id = ?", [dataset_id])
    ]


def touch(db: duckdb.DuckDBPyConnection, dataset_id: str, version_id: str | None) -> None:
    """Advance `updated_at` of a dataset, and of the version that changed."""
    (previous,) = resource(db, "datasets", "dataset", ["updated_at"], dataset_id)
    stamp = later(previous)
    run(db, "UPDATE datasets SET updated_at = ? WHERE id = ?", [stamp, dataset_id])
    if version_id is not None:
        run(db, "UPDATE dataset_versions SET updated_at = ? WHERE id = ?", [stamp, version_id])


def _add_version(db: duckdb.DuckDBPyConnection, dataset_id: str, name: str, sheet: int, stamp: int) -> str:
    """Enter a version and return its id."""
    number = next_number(db)
    version_id = resource_id("DatasetVersion", number)
    run(
        db,
        "INSERT INTO dataset_versions VALUES (?, ?, ?, ?, ?, ?, ?)",
        [number, version_id, dataset_id, name, sheet, stamp, stamp],
    )
    return version_id


def _check_free(db: duckdb.DuckDBPyConnection, name: str, space_id: str) -> None:
    """Raise a 409 when the space has a dataset of that name."""
    if maybe(db, "SELECT 1 FROM datasets WHERE space_id = ? AND name = ?", [space_id, name]):
        raise conflict(f"a dataset named {name!r} exists in this space")


def _with_ids(
    db: duckdb.DuckDBPyConnection, dataset_id: str, version_id: str, ids: list[str]
) -> dict[str, Any]:
    """Return a dataset with what was written to which version."""
    dataset = _render(*resource(db, "datasets", "dataset", _COLUMNS, dataset_id))
    return {**dataset, "dataset_version_id": version_id, "example_ids": ids}


def _render(identifier: str, name: str, space_id: str, created_at: int, updated_at: int) -> dict[str, Any]:
    """Return a dataset as JSON shows it."""
    return {
        "id": identifier,
        "name": name,
        "space_id": space_id,
        "created_at": json_time(created_at),
        "updated_at": json_time(updated_at),
    }
