"""Request bodies and query parameters of the REST side; what is not named here is refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

Limit100 = Annotated[int, Query(ge=1, le=100, description="Most items of the page.")]
Limit500 = Annotated[int, Query(ge=1, le=500, description="Most rows of the page.")]
Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before.")]
NamePart = Annotated[str | None, Query(max_length=255, description="Part of the name, any case.")]
SpaceNamePart = Annotated[
    str | None, Query(max_length=255, description="Part of the space's name, any case.")
]

Score = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Direction = Literal["MAXIMIZE", "MINIMIZE", "NONE"]
TagColor = Literal[
    "GRAY", "INDIGO", "BLUE", "CYAN", "TEAL", "PINE", "GREEN", "LIME", "OLIVE", "LEMON",
    "YELLOW", "ORANGE", "RED", "CORAL", "PINK", "PLUM", "PURPLE", "BROWN", "AUBURN",
]  # fmt: skip

_RUN_SCHEMA = {
    "type": "object",
    "required": ["output"],
    "properties": {
        "example_id": {
            "type": ["string", "null"],
            "description": "Required when, and only when, the experiment has a dataset.",
        },
        "output": {"type": "string"},
        "error": {"type": ["string", "null"]},
    },
    "additionalProperties": True,
}
_EXAMPLE_SCHEMA = {
    "type": "object",
    "minProperties": 1,
    "properties": {"id": False, "created_at": False, "updated_at": False, "annotations": False},
    "additionalProperties": True,
}
_CHANGE_SCHEMA = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "string"}, "created_at": False, "updated_at": False, "annotations": False},
    "additionalProperties": True,
}

RunItem = Annotated[dict[str, Any], WithJsonSchema(_RUN_SCHEMA)]
ExampleItem = Annotated[dict[str, Any], WithJsonSchema(_EXAMPLE_SCHEMA)]
ChangeItem = Annotated[dict[str, Any], WithJsonSchema(_CHANGE_SCHEMA)]


class Body(BaseModel):
    """A request body: exact types, no unknown members."""

    model_config = ConfigDict(extra="forbid", strict=True)

    def given(self) -> dict[str, Any]:
        """Return the members that the request has, nulls included."""
        return self.model_dump(exclude_unset=True)


class CreateSpace(Body):
    """A space to make."""

    name: str = Field(min_length=1, max_length=255)
    organization_id: str
    description: str | None = Field(default=None, max_length=1000)
    is_private: bool | None = None


class LlmIntegration(Body):
    """Which model the space uses by default; kept, and of no effect here."""

    integration_id: str
    model_name: str


class AgentRuntime(Body):
    """Which agent runtime the space uses by default; kept, and of no effect here."""

    integration_id: str


class UpdateSpace(Body):
    """What to change about a space."""

    name: str | None = Field(default=None, min_length=1, max_length=255)
    description: str | None = Field(default=None, max_length=1000)
    is_private: bool | None = None
    default_llm_integration: LlmIntegration | None = None
    ml_models_enabled: bool | None = None
    gradient_start_color: str | None = None
    gradient_end_color: str | None = None
    default_agent_runtime: AgentRuntime | None = None


class CreateProject(Body):
    """A project to make."""

    name: str = Field(min_length=1, max_length=255)
    space_id: str


class Rename(Body):
    """Another name."""

    name: str = Field(min_length=1, max_length=255)


class CreateDataset(Body):
    """A dataset to make, with the examples of its first version."""

    name: str = Field(min_length=1, max_length=255)
    space_id: str
    examples: list[ExampleItem] = Field(min_length=1, max_length=1000)


class AppendExamples(Body):
    """Examples to add."""

    examples: list[ExampleItem] = Field(min_length=1, max_length=1000)


class UpdateExamples(Body):
    """Examples to change, by id."""

    examples: list[ChangeItem] = Field(min_length=1, max_length=1000)
    new_version: str | None = Field(default=None, max_length=255)


class DeleteExamples(Body):
    """Examples to remove from a version."""

    dataset_version_id: str
    example_ids: list[Annotated[str, Field(min_length=1)]] = Field(
        min_length=1, max_length=1000, json_schema_extra={"uniqueItems": True}
    )


class Search(Body):
    """Which rows to return."""

    filter: str | None = None
    limit: int = Field(default=50, ge=1, le=500)
    cursor: str | None = None


class SearchExamples(Search):
    """Which examples to return."""

    dataset_version_id: str | None = None


class CreateExperiment(Body):
    """An experiment to make, with its first runs; in a dataset, or in a space on its own."""

    name: str = Field(min_length=1, max_length=255, json_schema_extra={"pattern": r'^[^"\\]*$'})
    dataset_id: str | None = None
    space_id: str | None = None
    experiment_runs: list[RunItem] = Field(min_length=1, max_length=1000)


class AppendRuns(Body):
    """Runs to add."""

    experiment_runs: list[RunItem] = Field(min_length=1, max_length=1000)


class AnnotationInput(Body):
    """What is said under one config name."""

    name: str
    score: Score | None = None
    label: str | None = None
    text: str | None = None


class AnnotateRecord(Body):
    """What is said about one run or example."""

    record_id: str
    values: list[AnnotationInput] = Field(min_length=1)


class Annotate(Body):
    """What is said about some runs or examples."""

    annotations: list[AnnotateRecord] = Field(min_length=1, max_length=1000)


class CategoricalValue(Body):
    """A label that may be given."""

    label: str
    score: Score | None = None


class CreateContinuousConfig(Body):
    """A scale to make."""

    annotation_config_type: Literal["CONTINUOUS"]
    name: str = Field(min_length=1, max_length=255)
    space_id: str
    minimum_score: Score
    maximum_score: Score
    optimization_direction: Direction | None = None


class CreateCategoricalConfig(Body):
    """A set of labels to make."""

    annotation_config_type: Literal["CATEGORICAL"]
    name: str = Field(min_length=1, max_length=255)
    space_id: str
    values: list[CategoricalValue] = Field(min_length=1, max_length=500)
    optimization_direction: Direction | None = None


class CreateFreeformConfig(Body):
    """A place for free text to make."""

    annotation_config_type: Literal["FREEFORM"]
    name: str = Field(min_length=1, max_length=255)
    space_id: str


class UpdateContinuousConfig(Body):
    """What to change about a scale."""

    annotation_config_type: Literal["CONTINUOUS"]
    name: str | None = Field(default=None, min_length=1, max_length=255)
    minimum_score: Score | None = None
    maximum_score: Score | None = None
    optimization_direction: Direction | None = None


class UpdateCategoricalConfig(Body):
    """What to change about a set of labels; `values` replaces all of them."""

    annotation_config_type: Literal["CATEGORICAL"]
    name: str | None = Field(default=None, min_length=1, max_length=255)
    values: list[CategoricalValue] | None = Field(default=None, min_length=2, max_length=500)
    optimization_direction: Direction | None = None


class UpdateFreeformConfig(Body):
    """What to change about a place for free text."""

    annotation_config_type: Literal["FREEFORM"]
    name: str | None = Field(default=None, min_length=1, max_length=255)


CreateConfig = Annotated[
    CreateContinuousConfig | CreateCategoricalConfig | CreateFreeformConfig,
    Field(discriminator="annotation_config_type"),
]
UpdateConfig = Annotated[
    UpdateContinuousConfig | UpdateCategoricalConfig | UpdateFreeformConfig,
    Field(discriminator="annotation_config_type"),
]


class CreateTag(Body):
    """A tag to make."""

    name: str = Field(min_length=1, max_length=200, description="1 to 100 characters after trimming.")
    space_id: str
    description: str | None = None
    color: TagColor | None = None


class UpdateTag(Body):
    """What to change about a tag; null clears description and color."""

    name: str | None = Field(default=None, min_length=1, max_length=200)
    description: str | None = None
    color: TagColor | None = None


class TagIds(Body):
    """Tags to attach or detach."""

    tag_ids: list[str] = Field(min_length=1, max_length=100)
