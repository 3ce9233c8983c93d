"""Resources and receipts as frozen values: what the service's replies become."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from arize_nb.renderers import render

if TYPE_CHECKING:
    import pandas as pd


def _record(value: object) -> Any:
    """Turn nested frozen values into dicts and lists, keeping plain values."""
    if isinstance(value, _Resource):
        return value.to_record()
    if isinstance(value, tuple):
        return [_record(item) for item in value]
    return value


class _Shown:
    """A value that shows itself as a small table: escaped static HTML in a notebook, aligned text in a
    terminal.
    """

    def __init_subclass__(cls, **options: object) -> None:
        """Let IPython find `_repr_pretty_` before the `__repr__` that a dataclass is given."""
        super().__init_subclass__(**options)
        cls._repr_pretty_ = cls._repr_pretty_  # type: ignore[method-assign]

    def _repr_html_(self) -> str:
        """Return static HTML, everything in it escaped."""
        return str(render("html", self))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Print aligned text, for IPython without HTML."""
        printer.text("…" if cycle else str(render("text", self)))


@dataclass(frozen=True, kw_only=True)
class _Resource(_Shown):
    """Something the service knows by an id."""

    id: str
    """Opaque id of the service."""
    name: str | None = None
    """Name, unique in its scope; None when the service left it out."""

    def to_record(self) -> dict[str, Any]:
        """Return the fields as a dict, nested values as dicts and lists."""
        return {item.name: _record(getattr(self, item.name)) for item in fields(self)}


@dataclass(frozen=True, kw_only=True)
class Space(_Resource):
    """A space: the box that holds projects, datasets and experiments."""

    organization_id: str | None = None
    """Organization the space belongs to."""
    description: str | None = None
    """Free text."""
    created_at: datetime | None = None
    """When it was made (UTC, aware)."""
    is_private: bool | None = None
    """Whether only its members see it."""


@dataclass(frozen=True, kw_only=True)
class Project(_Resource):
    """A project: where traces are kept."""

    space_id: str | None = None
    """Space the project is in."""
    created_at: datetime | None = None
    """When it was made (UTC, aware)."""
    project_type: str | None = None
    """APPLICATION, HARNESS or EXPERIMENT."""


@dataclass(frozen=True, kw_only=True)
class DatasetVersion(_Resource):
    """One version of a dataset."""

    dataset_id: str | None = None
    """Dataset it is a version of."""
    created_at: datetime | None = None
    """When it was made (UTC, aware)."""
    updated_at: datetime | None = None
    """When its examples last changed (UTC, aware)."""


@dataclass(frozen=True, kw_only=True)
class Dataset(_Resource):
    """A dataset: versioned examples."""

    space_id: str | None = None
    """Space the dataset is in."""
    created_at: datetime | None = None
    """When it was made (UTC, aware)."""
    updated_at: datetime | None = None
    """When its examples last changed (UTC, aware)."""
    versions: tuple[DatasetVersion, ...] | None = None
    """Versions, newest first; None where the reply does not carry them (lists)."""


@dataclass(frozen=True, kw_only=True)
class Experiment(_Resource):
    """An experiment: a named run of a task over a dataset version."""

    space_id: str | None = None
    """Space the experiment is in."""
    dataset_id: str | None = None
    """Dataset it ran over; None for a stand-alone experiment."""
    dataset_version_id: str | None = None
    """Version of the dataset it is pinned to."""
    experiment_traces_project_id: str | None = None
    """Project that holds its traces."""
    created_at: datetime | None = None
    """When it was made (UTC, aware)."""
    updated_at: datetime | None = None
    """When its runs or annotations last changed (UTC, aware)."""
    integration_id: str | None = None
    """Integration that ran it; None for experiments made by a client."""


@dataclass(frozen=True, kw_only=True)
class AnnotationValue:
    """One allowed label of a categorical annotation config."""

    label: str
    """The label."""
    score: float | None = None
    """Score that goes with it."""


@dataclass(frozen=True, kw_only=True)
class AnnotationConfig(_Resource):
    """What people may say about a run: a scale, a set of labels or free text."""

    space_id: str | None = None
    """Space the config is in."""
    created_at: datetime | None = None
    """When it was made (UTC, aware)."""
    type: str | None = None
    """CONTINUOUS, CATEGORICAL or FREEFORM."""
    minimum_score: float | None = None
    """Lowest score (CONTINUOUS)."""
    maximum_score: float | None = None
    """Highest score (CONTINUOUS)."""
    values: tuple[AnnotationValue, ...] | None = None
    """Allowed labels (CATEGORICAL)."""
    optimization_direction: str | None = None
    """MAXIMIZE, MINIMIZE or NONE."""

    def to_record(self) -> dict[str, Any]:
        """Return the fields as a dict; `values` as a list of {label, score}."""
        record = super().to_record()
        if self.values is not None:
            record["values"] = [{"label": value.label, "score": value.score} for value in self.values]
        return record


T = TypeVar("T")

_LISTED: dict[str, type[_Resource]] = {
    "spaces": Space,
    "projects": Project,
    "datasets": Dataset,
    "experiments": Experiment,
    "annotation_configs": AnnotationConfig,
}
"""Kind of a page -> class of its items."""


@dataclass(frozen=True, kw_only=True)
class Page(_Shown, Sequence[T], Generic[T]):
    """One page of a listing, and the way to the next."""

    items: tuple[T, ...]
    """Resources, or plain records (runs, examples)."""
    next_cursor: str | None = None
    """Opaque; None on the last page."""
    kind: str = "items"
    """What the items are, as the key of the reply says: experiments, datasets, experiment_runs…"""

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        """Return one item, or a tuple of items."""
        return self.items[index]

    def __len__(self) -> int:
        """Count the items of this page."""
        return len(self.items)

    def __iter__(self) -> Iterator[T]:
        """Iterate over the items of this page only."""
        return iter(self.items)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the fields of its resources, in their order; none where the items are plain records (runs,
        examples).
        """
        resource = _LISTED.get(self.kind)
        return tuple(one.name for one in fields(resource)) if resource else ()

    def to_frame(self) -> pd.DataFrame:
        """Return the page as a DataFrame; `.attrs["next_cursor"]` carries the cursor when there is more."""
        from arize_nb.frames import page_frame

        return page_frame(self)


@dataclass(frozen=True, kw_only=True)
class AppendReceipt(_Shown):
    """What an append to an experiment wrote."""

    experiment: Experiment
    """The experiment after the write."""
    run_ids: tuple[str, ...]
    """Ids of the new runs, in the order they were given."""


@dataclass(frozen=True, kw_only=True)
class AnnotationReceipt(_Shown):
    """What a write of annotations did."""

    written: int
    """Records that were matched and written."""
    values: int
    """Annotation values in those records."""
    unmatched: tuple[str, ...] = ()
    """Record ids that no run (or example) has: the service ignores them without a word."""
    created_configs: tuple[str, ...] = ()
    """Annotation configs made on the way."""


@dataclass(frozen=True, kw_only=True)
class ExampleReceipt(_Shown):
    """What an append or update of examples wrote."""

    dataset: Dataset
    """The dataset after the write."""
    dataset_version_id: str
    """Version that holds the examples now."""
    example_ids: tuple[str, ...]
    """Ids inserted (in input order), or updated."""
    unmatched: tuple[str, ...] = ()
    """Ids of an update that the dataset does not have: the service ignores them without a word."""


@dataclass(frozen=True, kw_only=True)
class DeleteReceipt(_Shown):
    """What a delete of examples did."""

    completed: bool
    """Whether all of it was done."""
    deleted: tuple[str, ...] = field(default=())
    """Ids that are gone."""
    not_deleted: tuple[str, ...] = field(default=())
    """Ids that are still there, or never were."""
