"""Build REST requests as values: method, percent-encoded path, query, body, and what a good reply's status
is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from arize_nb.errors import InputError
from arize_nb.wire.problems import About

MAX_LIST_LIMIT = 100
MAX_ROW_LIMIT = 500
MAX_ITEMS = 1000
_MAX_NAME = 255

_FOLDERS = {
    "space": "spaces",
    "project": "projects",
    "dataset": "datasets",
    "experiment": "experiments",
    "annotation config": "annotation-configs",
}


@dataclass(frozen=True, kw_only=True)
class Request:
    """One REST request, complete but for the address and the key."""

    method: str
    """GET, POST, PATCH or DELETE."""
    path: str
    """Path with every id percent-encoded, from /v2 on."""
    query: tuple[tuple[str, str], ...] = ()
    """Query, without empty values."""
    body: bytes | None = field(default=None, repr=False)
    """JSON body."""
    ok: int = 200
    """The status of success: any other 2xx is not it."""
    repeatable: bool = True
    """Whether sending it twice does no more than once: reads, deletes, upserts."""
    about: About = field(default_factory=lambda: About(kind="resource"))
    """What it is about, for the error."""

    @property
    def target(self) -> str:
        """Path and query as they go on the wire."""
        return f"{self.path}?{urlencode(self.query, quote_via=quote)}" if self.query else self.path


def encode(value: object) -> bytes:
    """Encode a JSON body; NaN and infinity become null, NumPy values plain ones.

    Raises
    ------
    InputError
        A value has no JSON form.
    """
    import orjson

    try:
        return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_UTC_Z, default=_plain)
    except (orjson.JSONEncodeError, TypeError) as error:
        raise InputError(f"a value cannot be sent as JSON: {error}") from error


def _plain(value: object) -> Any:
    """Give values that are numbers or texts in all but type their plain form."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{type(value).__name__} is not JSON serializable")


def _path(kind: str, identity: str | None = None, *rest: str) -> str:
    """Build /v2/<folder>[/<id>[/rest…]]."""
    parts = [_FOLDERS[kind], *([identity] if identity is not None else [])]
    return "/v2/" + "/".join([*(quote(part, safe="") for part in parts), *rest])


def _query(values: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Drop what is not given."""
    return tuple((name, str(value)) for name, value in values.items() if value not in (None, ""))


def check_limit(limit: int, most: int) -> int:
    """Return a page size that the service takes.

    Raises
    ------
    InputError
        It is not a whole number from 1 to `most`.
    """
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= most:
        raise InputError(
            f"limit must be a whole number from 1 to {most}, not {limit!r}",
            hint="For everything use export, or iterate.",
        )
    return limit


def check_name(name: object, kind: str) -> str:
    """Return a name that the service takes.

    Raises
    ------
    InputError
        It is blank, longer than 255 characters, or (experiments) holds `"` or a backslash.
    """
    if not isinstance(name, str) or not name.strip():
        raise InputError(f"the {kind} needs a name")
    if len(name) > _MAX_NAME:
        raise InputError(f"the name of the {kind} has {len(name)} characters; {_MAX_NAME} are allowed")
    if kind == "experiment" and ('"' in name or "\\" in name):
        raise InputError(f'the name of an experiment may not hold " or \\: {name!r}')
    return name


def check_items(items: Sequence[Any], what: str) -> None:
    """Refuse a batch that is empty or larger than one request takes."""
    if not 1 <= len(items) <= MAX_ITEMS:
        raise InputError(f"one request takes 1 to {MAX_ITEMS} {what}, not {len(items):,}")


def list_request(
    kind: str,
    *,
    limit: int = 15,
    cursor: str | None = None,
    about: About | None = None,
    **filters: str | None,
) -> Request:
    """Ask for a page of a listing, filtered by `name`, `space_id`, `dataset_id` and the like."""
    if filters.get("name") and len(str(filters["name"])) > _MAX_NAME:
        raise InputError(f"a name to search for has at most {_MAX_NAME} characters")
    query = _query({**filters, "limit": check_limit(limit, MAX_LIST_LIMIT), "cursor": cursor})
    return Request(method="GET", path=_path(kind), query=query, about=about or About(kind=kind))


def get_request(kind: str, identity: str, *, about: About | None = None) -> Request:
    """Ask for one resource by id."""
    return Request(method="GET", path=_path(kind, identity), about=about or About(kind=kind, name=identity))


def delete_request(kind: str, identity: str, *, about: About | None = None) -> Request:
    """Delete one resource by id."""
    return Request(
        method="DELETE", path=_path(kind, identity), ok=204, about=about or About(kind=kind, name=identity)
    )


def search_request(
    kind: str,
    identity: str,
    *,
    limit: int,
    cursor: str | None = None,
    filter_text: str | None = None,
    version: str | None = None,
    about: About | None = None,
) -> Request:
    """Ask for a page of runs (kind "experiment") or examples (kind "dataset"), in id order where the service
    has one.

    Raises
    ------
    InputError
        The filter is blank or the limit out of range.
    """
    if filter_text is not None and not filter_text.strip():
        raise InputError(
            "the filter is empty", hint="Leave it out, or write one: eval.correctness.label = 'correct'"
        )
    body = {
        "filter": filter_text,
        "limit": check_limit(limit, MAX_ROW_LIMIT),
        "cursor": cursor,
        "dataset_version_id": version,
    }
    return Request(
        method="POST",
        path=_path(kind, identity, "runs" if kind == "experiment" else "examples", "search"),
        body=encode({name: value for name, value in body.items() if value not in (None, "")}),
        about=about or About(kind=kind, name=identity),
    )


def create_experiment_request(
    name: str,
    runs: Sequence[Mapping[str, Any]],
    *,
    dataset_id: str | None,
    space_id: str | None,
    about: About | None = None,
) -> Request:
    """Create an experiment with 1 to 1000 runs, of a dataset or (space alone) by itself."""
    if bool(dataset_id) == bool(space_id):
        raise InputError("an experiment belongs to a dataset or to a space: give exactly one")
    check_items(runs, "runs")
    scope = {"dataset_id": dataset_id} if dataset_id else {"space_id": space_id}
    body = encode({"name": check_name(name, "experiment"), **scope, "experiment_runs": list(runs)})
    about = about or About(kind="experiment", name=name, action="create")
    return Request(method="POST", path=_path("experiment"), body=body, ok=201, repeatable=False, about=about)


def append_runs_request(
    experiment_id: str, runs: Sequence[Mapping[str, Any]], *, about: About | None = None
) -> Request:
    """Append 1 to 1000 runs."""
    check_items(runs, "runs")
    return Request(
        method="POST",
        path=_path("experiment", experiment_id, "runs"),
        body=encode({"experiment_runs": list(runs)}),
        ok=201,
        repeatable=False,
        about=about or About(kind="experiment", name=experiment_id),
    )


def annotate_request(
    kind: str, identity: str, annotations: Sequence[Mapping[str, Any]], *, about: About | None = None
) -> Request:
    """Write annotations of 1 to 1000 runs (kind "experiment") or examples; an upsert, so it may be sent
    again.
    """
    check_items(annotations, "annotated records")
    return Request(
        method="POST",
        path=_path(kind, identity, "runs" if kind == "experiment" else "examples", "annotate"),
        body=encode({"annotations": list(annotations)}),
        ok=202,
        about=about or About(kind=kind, name=identity),
    )


def create_dataset_request(name: str, examples: Sequence[Mapping[str, Any]], *, space_id: str) -> Request:
    """Create a dataset with 1 to 1000 examples."""
    check_items(examples, "examples")
    body = encode({"name": check_name(name, "dataset"), "space_id": space_id, "examples": list(examples)})
    about = About(kind="dataset", name=name, action="create")
    return Request(method="POST", path=_path("dataset"), body=body, ok=201, repeatable=False, about=about)


def rename_dataset_request(dataset_id: str, name: str, *, about: About | None = None) -> Request:
    """Rename a dataset."""
    body = encode({"name": check_name(name, "dataset")})
    return Request(
        method="PATCH",
        path=_path("dataset", dataset_id),
        body=body,
        about=about or About(kind="dataset", name=dataset_id),
    )


def append_examples_request(
    dataset_id: str,
    examples: Sequence[Mapping[str, Any]],
    *,
    version: str | None = None,
    about: About | None = None,
) -> Request:
    """Append 1 to 1000 examples to a version, the latest when none is given."""
    check_items(examples, "examples")
    return Request(
        method="POST",
        path=_path("dataset", dataset_id, "examples"),
        query=_query({"dataset_version_id": version}),
        body=encode({"examples": list(examples)}),
        ok=201,
        repeatable=False,
        about=about or About(kind="dataset", name=dataset_id),
    )


def update_examples_request(
    dataset_id: str,
    examples: Sequence[Mapping[str, Any]],
    *,
    version: str | None = None,
    new_version: str | None = None,
    about: About | None = None,
) -> Request:
    """Change 1 to 1000 examples by `id`, in place or into a new version of that name."""
    check_items(examples, "examples")
    body: dict[str, Any] = {"examples": list(examples)}
    if new_version:
        body["new_version"] = new_version
    return Request(
        method="PATCH",
        path=_path("dataset", dataset_id, "examples"),
        query=_query({"dataset_version_id": version}),
        body=encode(body),
        repeatable=not new_version,
        about=about or About(kind="dataset", name=dataset_id),
    )


def delete_examples_request(
    dataset_id: str, ids: Sequence[str], *, version: str, about: About | None = None
) -> Request:
    """Delete 1 to 1000 examples of a version."""
    check_items(ids, "example ids")
    return Request(
        method="DELETE",
        path=_path("dataset", dataset_id, "examples"),
        body=encode({"dataset_version_id": version, "example_ids": list(ids)}),
        about=about or About(kind="dataset", name=dataset_id),
    )


def create_config_request(name: str, config_type: str, *, space_id: str, **settings: Any) -> Request:
    """Create an annotation config; `settings` are those of its type, None left out."""
    body = {
        "name": check_name(name, "annotation config"),
        "space_id": space_id,
        "annotation_config_type": config_type,
    }
    body |= {key: value for key, value in settings.items() if value is not None}
    about = About(kind="annotation config", name=name, action="create")
    return Request(
        method="POST",
        path=_path("annotation config"),
        body=encode(body),
        ok=201,
        repeatable=False,
        about=about,
    )
