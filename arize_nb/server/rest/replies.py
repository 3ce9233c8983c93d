"""Shapes of the replies, for `/openapi.json`; the handlers write plain JSON and these say what is in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from arize_nb.server.rest.bodies import AgentRuntime, Direction, LlmIntegration, TagColor

_ERRORS = {
    400: "The request is not of the right form.",
    401: "The API key is missing or wrong.",
    403: "Readable, but not permitted; or the request is not from this machine.",
    404: "The resource does not exist.",
    405: "The path does not take this method.",
    409: "The name is taken, or the resource in use.",
}


class Problem(BaseModel):
    """An RFC 9457 problem document."""

    status: int
    title: str
    type: str
    detail: str
    instance: str | None = None


class Pagination(BaseModel):
    """Whether more follows, and the cursor that gets it."""

    has_more: bool
    next_cursor: str | None = None


class Space(BaseModel):
    """A space."""

    id: str
    organization_id: str
    name: str
    description: str
    created_at: datetime
    is_private: bool
    default_llm_integration: LlmIntegration | None = None
    ml_models_enabled: bool | None = None
    gradient_start_color: str | None = None
    gradient_end_color: str | None = None
    default_agent_runtime: AgentRuntime | None = None


class SpaceList(BaseModel):
    """A page of spaces."""

    spaces: list[Space]
    pagination: Pagination


class Project(BaseModel):
    """A project."""

    id: str
    name: str
    space_id: str
    created_at: datetime
    project_type: Literal["APPLICATION", "HARNESS", "EXPERIMENT"] | None


class ProjectList(BaseModel):
    """A page of projects."""

    projects: list[Project]
    pagination: Pagination


class DatasetVersion(BaseModel):
    """A version of a dataset."""

    id: str
    name: str
    dataset_id: str
    created_at: datetime
    updated_at: datetime


class Dataset(BaseModel):
    """A dataset; `versions`, newest first, where one is asked for."""

    id: str
    name: str
    space_id: str
    created_at: datetime
    updated_at: datetime
    versions: list[DatasetVersion] | None = None


class DatasetWithIds(BaseModel):
    """A dataset, and what was written to which version."""

    id: str
    name: str
    space_id: str
    created_at: datetime
    updated_at: datetime
    dataset_version_id: str
    example_ids: list[str]


class DatasetList(BaseModel):
    """A page of datasets."""

    datasets: list[Dataset]
    pagination: Pagination


class Annotator(BaseModel):
    """Who said it."""

    id: str
    email: str


class Annotation(BaseModel):
    """What was said under one config name."""

    name: str
    score: float | None = None
    label: str | None = None
    text: str | None = None
    updated_at: datetime
    annotator: Annotator


class Example(BaseModel):
    """An example, every column of the version at top level."""

    model_config = ConfigDict(extra="allow")

    id: str
    created_at: datetime
    updated_at: datetime
    annotations: list[Annotation] | None = None


class ExampleList(BaseModel):
    """A page of examples."""

    examples: list[Example]
    pagination: Pagination


class DeletedExamples(BaseModel):
    """Which examples are gone, and which were not there."""

    completed: bool
    deleted_example_ids: list[str]
    not_deleted_example_ids: list[str]


class Experiment(BaseModel):
    """An experiment, never with its runs."""

    id: str
    name: str
    space_id: str
    dataset_id: str | None
    dataset_version_id: str | None
    created_at: datetime
    updated_at: datetime
    integration_id: str | None = None


class ExperimentWithRunIds(Experiment):
    """An experiment, and the ids of the runs that were added, in the order given."""

    run_ids: list[str]


class ExperimentList(BaseModel):
    """A page of experiments."""

    experiments: list[Experiment]
    pagination: Pagination


class Run(BaseModel):
    """A run, every column of the experiment at top level."""

    model_config = ConfigDict(extra="allow")

    id: str
    example_id: str | None
    output: str | None
    error: str | None
    annotations: list[Annotation] | None = None


class RunList(BaseModel):
    """A page of runs."""

    experiment_runs: list[Run]
    pagination: Pagination


class CategoricalValue(BaseModel):
    """A label that may be given."""

    label: str
    score: float | None = None


class AnnotationConfig(BaseModel):
    """An annotation config; which members it has depends on `type`."""

    id: str
    name: str
    space_id: str
    created_at: datetime
    type: Literal["CONTINUOUS", "CATEGORICAL", "FREEFORM"]
    minimum_score: float | None = None
    maximum_score: float | None = None
    values: list[CategoricalValue] | None = None
    optimization_direction: Direction | None = None


class AnnotationConfigList(BaseModel):
    """A page of annotation configs."""

    annotation_configs: list[AnnotationConfig]
    pagination: Pagination


class Tag(BaseModel):
    """A tag."""

    id: str
    name: str
    description: str | None
    color: TagColor | None
    space_id: str
    created_at: datetime
    updated_at: datetime


class TagList(BaseModel):
    """The tags of a resource, most recently updated first."""

    tags: list[Tag]
    pagination: Pagination


class DetachedTags(BaseModel):
    """Which tags were detached, and which were not attached."""

    completed: bool
    deleted: list[str] = Field(default_factory=list)
    not_deleted: list[str] = Field(default_factory=list)


def replies(status: int, model: type[BaseModel] | None, *errors: int) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route.

    Parameters
    ----------
    status : int
        Status of success.
    model : class, optional
        Shape of its body; None for an empty one.
    *errors : int
        Statuses of refusals, beyond 400, 401 and 403, and those of every body (413, 422).
    """
    success: dict[str, Any] = (
        {"description": "Done."} if model is None else {"description": "Done.", "model": model}
    )
    refusals: dict[int | str, dict[str, Any]] = {
        error: {"description": _ERRORS[error]} for error in sorted({400, 401, 403, *errors})
    }
    return {status: success, **refusals}
