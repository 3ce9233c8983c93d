"""REST routes of annotation configs, tags, and the word that prompts are not served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import Response

from arize_nb.server.catalog import annotation_configs, tags
from arize_nb.server.catalog.listing import Scope, Window
from arize_nb.server.problems import Problem
from arize_nb.server.rest.bodies import (
    CreateConfig,
    CreateTag,
    Cursor,
    Limit100,
    NamePart,
    SpaceNamePart,
    TagIds,
    UpdateConfig,
    UpdateTag,
)
from arize_nb.server.rest.errors import ProblemRoute
from arize_nb.server.rest.replies import AnnotationConfig, AnnotationConfigList, Tag, TagList, replies
from arize_nb.server.rest.rows import json_reply

if TYPE_CHECKING:
    from arize_nb.server.store.store import Store


def annotation_config_routes(store: Store) -> APIRouter:
    """Return the routes of annotation configs over a store."""
    router = APIRouter(prefix="/v2/annotation-configs", tags=["annotation configs"], route_class=ProblemRoute)

    @router.get("", responses=replies(200, AnnotationConfigList, 404))
    def list_configs(
        limit: Limit100 = 50,
        cursor: Cursor = None,
        space_id: str | None = None,
        space_name: SpaceNamePart = None,
        name: NamePart = None,
    ) -> Response:
        """List annotation configs, newest first."""
        with store.reading() as db:
            scope = Scope(space_id=space_id, space_name=space_name, name=name)
            return json_reply(annotation_configs.list_configs(db, scope, Window(limit=limit, cursor=cursor)))

    @router.post("", status_code=201, responses=replies(201, AnnotationConfig, 404, 409))
    def create_config(body: CreateConfig) -> Response:
        """Make an annotation config."""
        with store.writing() as db:
            return json_reply(annotation_configs.create_config(db, body.given()), 201)

    @router.get("/{config_id}", responses=replies(200, AnnotationConfig, 404))
    def get_config(config_id: str) -> Response:
        """Return one annotation config."""
        with store.reading() as db:
            return json_reply(annotation_configs.get_config(db, config_id))

    @router.patch("/{config_id}", responses=replies(200, AnnotationConfig, 404, 409))
    def update_config(config_id: str, body: UpdateConfig) -> Response:
        """Change what is given; the type cannot change."""
        with store.writing() as db:
            return json_reply(annotation_configs.update_config(db, config_id, body.given()))

    @router.delete("/{config_id}", status_code=204, responses=replies(204, None, 404, 409))
    def delete_config(config_id: str) -> Response:
        """Remove an annotation config; what was written under its name stays."""
        with store.writing() as db:
            annotation_configs.delete_config(db, config_id)
            return Response(status_code=204)

    @router.get("/{config_id}/tags", responses=replies(200, TagList, 404))
    def list_tags(config_id: str) -> Response:
        """List the tags of an annotation config."""
        with store.reading() as db:
            return json_reply(tags.tags_of(db, "annotation_configs", config_id))

    @router.post("/{config_id}/tags", responses=replies(200, TagList, 404))
    def attach_tags(config_id: str, body: TagIds) -> Response:
        """Attach tags of the same space."""
        with store.writing() as db:
            return json_reply(tags.attach(db, "annotation_configs", config_id, body.tag_ids))

    return router


def tag_routes(store: Store) -> APIRouter:
    """Return the routes of tags over a store."""
    router = APIRouter(prefix="/v2/tags", tags=["tags"], route_class=ProblemRoute)

    @router.post("", status_code=201, responses=replies(201, Tag, 404, 409))
    def create_tag(body: CreateTag) -> Response:
        """Make a tag."""
        with store.writing() as db:
            created = tags.create_tag(
                db, name=body.name, space_id=body.space_id, description=body.description, color=body.color
            )
            return json_reply(created, 201)

    @router.patch("/{tag_id}", responses=replies(200, Tag, 404, 409))
    def update_tag(tag_id: str, body: UpdateTag) -> Response:
        """Change what is given."""
        with store.writing() as db:
            return json_reply(tags.update_tag(db, tag_id, body.given()))

    @router.delete("/{tag_id}", status_code=204, responses=replies(204, None, 404))
    def delete_tag(tag_id: str) -> Response:
        """Remove a tag."""
        with store.writing() as db:
            tags.delete_tag(db, tag_id)
            return Response(status_code=204)

    return router


def prompt_routes() -> APIRouter:
    """Return the routes that say that prompts are not served."""
    router = APIRouter(tags=["prompts"], route_class=ProblemRoute)
    refusal = Problem(
        404,
        "prompts are not served by the local workspace; connect to Arize with a profile or ARIZE_API_KEY to"
        " use them",
    )

    @router.get("/v2/prompts", responses=replies(200, None, 404))
    @router.post("/v2/prompts", status_code=201, responses=replies(201, None, 404))
    def prompts() -> Response:
        """Refuse: prompts are not served here."""
        raise refusal

    @router.api_route(
        "/v2/prompts/{rest:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False
    )
    @router.api_route(
        "/v2/prompt-versions/{rest:path}", methods=["GET", "PUT", "DELETE"], include_in_schema=False
    )
    def prompt_parts() -> Response:
        """Refuse: prompts are not served here."""
        raise refusal

    return router
