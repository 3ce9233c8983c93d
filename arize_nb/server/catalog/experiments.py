"""Experiments: a name in a scope, a pinned dataset version and a sheet of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from arize_nb.server.catalog import tags
from arize_nb.server.catalog.listing import Scope, Window, list_page, resource
from arize_nb.server.problems import conflict, invalid, not_found, unprocessable
from arize_nb.server.rows import annotations as annotation_values
from arize_nb.server.rows import runs
from arize_nb.server.rows import tables as sheets
from arize_nb.server.rows.reads import Sheet
from arize_nb.server.rows.tables import Layout
from arize_nb.server.store.clock import json_time, later, now
from arize_nb.server.store.database import maybe, next_number, run
from arize_nb.server.store.ids import resource_id

if TYPE_CHECKING:
    import duckdb

    from arize_nb.server.rows.cells import Incoming
    from arize_nb.server.store.ids import RowIds

_COLUMNS: Final = ("id", "name", "space_id", "dataset_id", "dataset_version_id", "created_at", "updated_at")
_LONGEST_NAME: Final = 255


def list_experiments(db: duckdb.DuckDBPyConnection, scope: Scope, window: Window) -> dict[str, Any]:
    """List experiments, newest first: those of a dataset, of a space, or all."""
    if scope.dataset_id is not None and scope.space_id is not None:
        raise invalid("give dataset_id or space_id, not both")
    if scope.dataset_id is not None:
        resource(db, "datasets", "dataset", ["id"], scope.dataset_id, given="dataset_id")
    if scope.space_id is not None:
        resource(db, "spaces", "space", ["id"], scope.space_id, given="space_id")
    items, pagination = list_page(db, "experiments", _COLUMNS, scope, window, _render)
    return {"experiments": items, "pagination": pagination}


def get_experiment(db: duckdb.DuckDBPyConnection, experiment_id: str) -> dict[str, Any]:
    """Return one experiment, never its runs."""
    return _render(*resource(db, "experiments", "experiment", _COLUMNS, experiment_id))


def create_experiment(
    db: duckdb.DuckDBPyConnection, *, name: str, dataset_id: str | None = None, space_id: str | None = None
) -> dict[str, Any]:
    """Make an experiment without runs, pinned to the dataset's latest version; its name is new in its scope.

    Raises
    ------
    Problem
        422: a name that cannot be one, or not exactly one scope. 404: no such scope. 409: the name is taken
        there.
    """
    _check_name(name)
    if (dataset_id is None) == (space_id is None):
        raise unprocessable("give exactly one of dataset_id and space_id")
    version_id = None
    if dataset_id is not None:
        (space_id,) = resource(db, "datasets", "dataset", ["space_id"], dataset_id, given="dataset_id")
        version = maybe(
            db,
            "SELECT id FROM dataset_versions WHERE dataset_id = ? ORDER BY number DESC LIMIT 1",
            [dataset_id],
        )
        version_id = version[0] if version else None
        taken = maybe(db, "SELECT 1 FROM experiments WHERE dataset_id = ? AND name = ?", [dataset_id, name])
    else:
        resource(db, "spaces", "space", ["id"], str(space_id), given="space_id")
        taken = maybe(
            db,
            "SELECT 1 FROM experiments WHERE dataset_id IS NULL AND space_id = ? AND name = ?",
            [space_id, name],
        )
    if taken:
        raise conflict(f"an experiment named {name!r} exists in this {'dataset' if dataset_id else 'space'}")
    number, stamp, sheet = next_number(db), now(), sheets.create(db, Layout.RUNS)
    experiment_id = resource_id("Experiment", number)
    values = [number, experiment_id, space_id, dataset_id, version_id, name, sheet, stamp, stamp]
    run(db, "INSERT INTO experiments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    return get_experiment(db, experiment_id)


def delete_experiment(db: duckdb.DuckDBPyConnection, experiment_id: str) -> None:
    """Remove an experiment with its runs and annotations."""
    sheets.drop(db, [run_sheet(db, experiment_id).number])
    annotation_values.forget(db, [experiment_id])
    tags.forget_resource(db, experiment_id)
    run(db, "DELETE FROM experiments WHERE id = ?", [experiment_id])


def run_sheet(db: duckdb.DuckDBPyConnection, experiment_id: str) -> Sheet:
    """Return the sheet of an experiment's runs."""
    (sheet,) = resource(db, "experiments", "experiment", ["sheet"], experiment_id)
    return Sheet(int(sheet), Layout.RUNS, experiment_id)


def named_in_dataset(db: duckdb.DuckDBPyConnection, dataset_id: str, name: str) -> str:
    """Return the id of a dataset's experiment of that name."""
    resource(db, "datasets", "dataset", ["id"], dataset_id)
    row = maybe(db, "SELECT id FROM experiments WHERE dataset_id = ? AND name = ?", [dataset_id, name])
    if row is None:
        raise not_found("experiment", name)
    return str(row[0])


def add_items(
    db: duckdb.DuckDBPyConnection, experiment_id: str, items: Sequence[Mapping[str, Any]], row_ids: RowIds
) -> list[str]:
    """Add the runs of a REST request, without any change of `updated_at`, and return their ids in the order
    given.
    """
    dataset_id, sheet = resource(db, "experiments", "experiment", ["dataset_id", "sheet"], experiment_id)
    incoming = runs.incoming_runs(items, with_examples=dataset_id is not None)
    return runs.append_runs(db, int(sheet), incoming, row_ids).texts(0, len(items))


def append_items(
    db: duckdb.DuckDBPyConnection, experiment_id: str, items: Sequence[Mapping[str, Any]], row_ids: RowIds
) -> dict[str, Any]:
    """Add the runs of a REST request and return the experiment with their ids."""
    run_ids = add_items(db, experiment_id, items, row_ids)
    touch(db, experiment_id)
    return {**get_experiment(db, experiment_id), "run_ids": run_ids}


def append_table(
    db: duckdb.DuckDBPyConnection, experiment_id: str, incoming: Incoming, row_ids: RowIds
) -> None:
    """Add the runs of a Flight upload."""
    runs.append_runs(db, run_sheet(db, experiment_id).number, incoming, row_ids)
    touch(db, experiment_id)


def touch(db: duckdb.DuckDBPyConnection, experiment_id: str) -> None:
    """Advance `updated_at`."""
    (previous,) = resource(db, "experiments", "experiment", ["updated_at"], experiment_id)
    run(db, "UPDATE experiments SET updated_at = ? WHERE id = ?", [later(previous), experiment_id])


def _check_name(name: str) -> None:
    """Raise a 422 for a name that the service does not take."""
    if not 1 <= len(name) <= _LONGEST_NAME:
        raise unprocessable(f"name: must have 1 to {_LONGEST_NAME} characters")
    if '"' in name or "\\" in name:
        raise unprocessable("name: must have neither a double quote nor a backslash")


def _render(
    identifier: str,
    name: str,
    space_id: str,
    dataset_id: str | None,
    dataset_version_id: str | None,
    created_at: int,
    updated_at: int,
) -> dict[str, Any]:
    """Return an experiment as JSON shows it."""
    return {
        "id": identifier,
        "name": name,
        "space_id": space_id,
        "dataset_id": dataset_id,
        "dataset_version_id": dataset_version_id,
        "created_at": json_time(created_at),
        "updated_at": json_time(updated_at),
        "integration_id": None,
    }
