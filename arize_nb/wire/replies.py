"""Decode REST replies into models, pages and records."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from arize_nb.errors import ServerFailureError
from arize_nb.models import (
    AnnotationConfig,
    AnnotationValue,
    Dataset,
    DatasetVersion,
    DeleteReceipt,
    Experiment,
    Page,
    Project,
    Space,
)

T = TypeVar("T")


def _object(body: bytes) -> dict[str, Any]:
    """Read a JSON object.

    Raises
    ------
    ServerFailureError
        The body is something else: often a proxy's or portal's page.
    """
    import orjson

    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        raise ServerFailureError(
            "the reply is not the JSON object of this protocol",
            status=None,
            hint="Is the api_host right? A proxy may answer.",
        )
    return value


def _time(value: object) -> datetime | None:
    """Read RFC 3339 text or epoch milliseconds; what has no zone is UTC."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return datetime.fromtimestamp(value / 1000, UTC)
    if not isinstance(value, str) or not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _identified(value: object, kind: str) -> dict[str, Any]:
    """Check that something has an id, without which nothing can be done with it."""
    if not isinstance(value, Mapping) or not value.get("id"):
        raise ServerFailureError(f"the reply omits the id of the {kind}", status=None)
    return {
        name: _id(item, name, kind) if name == "id" or name.endswith("_id") else item
        for name, item in value.items()
    }


def _id(value: object, name: str, kind: str) -> str | None:
    """Return an id as text: a service that counts sends numbers."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ServerFailureError(
        f"the reply gives the {kind} a {name} that is no text: {value!r:.40}", status=None
    )


def space_from(value: object) -> Space:
    """Read a space."""
    item = _identified(value, "space")
    return Space(
        id=item["id"],
        name=item.get("name"),
        organization_id=item.get("organization_id"),
        description=item.get("description"),
        created_at=_time(item.get("created_at")),
        is_private=item.get("is_private"),
    )


def project_from(value: object) -> Project:
    """Read a project."""
    item = _identified(value, "project")
    return Project(
        id=item["id"],
        name=item.get("name"),
        space_id=item.get("space_id"),
        created_at=_time(item.get("created_at")),
        project_type=item.get("project_type"),
    )


def _version_from(value: object) -> DatasetVersion:
    """Read a version of a dataset."""
    item = _identified(value, "dataset version")
    return DatasetVersion(
        id=item["id"],
        name=item.get("name"),
        dataset_id=item.get("dataset_id"),
        created_at=_time(item.get("created_at")),
        updated_at=_time(item.get("updated_at")),
    )


def dataset_from(value: object) -> Dataset:
    """Read a dataset."""
    item = _identified(value, "dataset")
    versions = item.get("versions")
    return Dataset(
        id=item["id"],
        name=item.get("name"),
        space_id=item.get("space_id"),
        created_at=_time(item.get("created_at")),
        updated_at=_time(item.get("updated_at")),
        versions=tuple(_version_from(version) for version in versions)
        if isinstance(versions, list)
        else None,
    )


def experiment_from(value: object) -> Experiment:
    """Read an experiment."""
    item = _identified(value, "experiment")
    return Experiment(
        id=item["id"],
        name=item.get("name"),
        space_id=item.get("space_id"),
        dataset_id=item.get("dataset_id"),
        dataset_version_id=item.get("dataset_version_id"),
        experiment_traces_project_id=item.get("experiment_traces_project_id"),
        created_at=_time(item.get("created_at")),
        updated_at=_time(item.get("updated_at")),
        integration_id=item.get("integration_id"),
    )


def config_from(value: object) -> AnnotationConfig:
    """Read an annotation config."""
    item = _identified(value, "annotation config")
    values = item.get("values")
    return AnnotationConfig(
        id=item["id"],
        name=item.get("name"),
        space_id=item.get("space_id"),
        created_at=_time(item.get("created_at")),
        type=item.get("type"),
        minimum_score=item.get("minimum_score"),
        maximum_score=item.get("maximum_score"),
        values=tuple(AnnotationValue(label=entry["label"], score=entry.get("score")) for entry in values)
        if isinstance(values, list)
        else None,
        optimization_direction=item.get("optimization_direction"),
    )


_LISTS: dict[str, tuple[str, Callable[[object], Any]]] = {
    "space": ("spaces", space_from),
    "project": ("projects", project_from),
    "dataset": ("datasets", dataset_from),
    "experiment": ("experiments", experiment_from),
    "annotation config": ("annotation_configs", config_from),
    "run": ("experiment_runs", lambda record: record),
    "example": ("examples", lambda record: record),
}


def decode_page(kind: str, body: bytes) -> Page[Any]:
    """Decode a page of a listing, or of runs or examples as plain records.

    Raises
    ------
    ServerFailureError
        The reply has no list of that kind.
    """
    items, cursor = _listed(kind, body)
    key, read = _LISTS[kind]
    return Page(items=tuple(read(item) for item in items), next_cursor=cursor, kind=key)


def decode_records(kind: str, body: bytes) -> tuple[list[dict[str, Any]], str | None]:
    """Decode a page of runs or examples with no copy: the records as they came, and the next cursor (None on
    the last page).
    """
    return _listed(kind, body)


_LAST_MEMBER = re.compile(rb'"pagination"\s*:\s*(\{[^{}]*\})\s*\}\s*\Z')


def peek_cursor(body: bytes) -> str | None:
    """Guess the next cursor of a page from the end of its body, without decoding the rows before it.

    None where the pagination does not stand at the end; the cursor that `decode_records` finds is the true
    one.
    """
    import orjson

    found = _LAST_MEMBER.search(body, max(0, len(body) - 2000))
    if found is None:
        return None
    try:
        return orjson.loads(found.group(1)).get("next_cursor") or None
    except orjson.JSONDecodeError:
        return None


def _listed(kind: str, body: bytes) -> tuple[list[Any], str | None]:
    """Return the list of a reply and the cursor to its successor."""
    reply = _object(body)
    items = reply.get(_LISTS[kind][0])
    if not isinstance(items, list):
        raise ServerFailureError(f"the reply omits its list of {_LISTS[kind][0]}", status=None)
    pagination = reply.get("pagination")
    if not isinstance(pagination, dict):
        return items, None
    cursor = pagination.get("next_cursor") or None
    if pagination.get("has_more") and cursor is None:
        raise ServerFailureError(
            f"the reply says that there are more {_LISTS[kind][0]} but not where", status=None
        )
    return items, cursor


def decode_one(kind: str, body: bytes) -> Any:
    """Decode one resource of a kind."""
    return _LISTS[kind][1](_object(body))


def decode_dataset(body: bytes) -> Dataset:
    """Decode a dataset."""
    return dataset_from(_object(body))


def decode_experiment(body: bytes) -> Experiment:
    """Decode an experiment."""
    return experiment_from(_object(body))


def decode_config(body: bytes) -> AnnotationConfig:
    """Decode an annotation config."""
    return config_from(_object(body))


def decode_written_runs(body: bytes) -> tuple[Experiment, tuple[str, ...]]:
    """Decode the reply to an append: the experiment and the ids of the new runs, in the order sent."""
    reply = _object(body)
    return experiment_from(reply), tuple(reply.get("run_ids") or ())


def decode_written_examples(body: bytes) -> tuple[Dataset, str, tuple[str, ...]]:
    """Decode the reply to an append or update: the dataset, the version, the ids."""
    reply = _object(body)
    return (
        dataset_from(reply),
        str(reply.get("dataset_version_id") or ""),
        tuple(reply.get("example_ids") or ()),
    )


def decode_deleted_examples(body: bytes) -> DeleteReceipt:
    """Decode the reply to a delete of examples."""
    reply = _object(body)
    return DeleteReceipt(
        completed=bool(reply.get("completed")),
        deleted=tuple(reply.get("deleted_example_ids") or ()),
        not_deleted=tuple(reply.get("not_deleted_example_ids") or ()),
    )
