"""REST routes of spaces and projects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response

from arize_nb.server.catalog import projects, spaces, tags
from arize_nb.server.catalog.listing import Scope, Window
from arize_nb.server.problems import Problem, not_found
from arize_nb.server.rest.bodies import (
    CreateProject,
    CreateSpace,
    Cursor,
    Limit100,
    NamePart,
    Rename,
    SpaceNamePart,
    TagIds,
    UpdateSpace,
)
from arize_nb.server.rest.errors import ProblemRoute
from arize_nb.server.rest.replies import (
    DetachedTags,
    Project,
    ProjectList,
    Space,
    SpaceList,
    TagList,
    replies,
)
from arize_nb.server.rest.rows import json_reply
from arize_nb.server.rows import annotations as annotation_values

if TYPE_CHECKING:
    from arize_nb.server.store.store import Store

_ONE_USER = "the local workspace has one user; its spaces have no other members"


def space_routes(store: Store) -> APIRouter:
    """Return the routes of spaces over a store."""
    router = APIRouter(prefix="/v2/spaces", tags=["spaces"], route_class=ProblemRoute)

    @router.get("", responses=replies(200, SpaceList, 404))
    def list_spaces(
        limit: Limit100 = 50, cursor: Cursor = None, org_id: str | None = None, name: NamePart = None
    ) -> Response:
        """List spaces, newest first."""
        with store.reading() as db:
            return json_reply(
                spaces.list_spaces(
                    db, Scope(organization_id=org_id, name=name), Window(limit=limit, cursor=cursor)
                )
            )

    @router.post("", status_code=201, responses=replies(201, Space, 404, 409))
    def create_space(body: CreateSpace) -> Response:
        """Make a space."""
        with store.writing() as db:
            created = spaces.create_space(
                db,
                name=body.name,
                organization_id=body.organization_id,
                description=body.description or "",
                is_private=bool(body.is_private),
            )
            return json_reply(created, 201)

    @router.get("/{space_id}", responses=replies(200, Space, 404))
    def get_space(space_id: str) -> Response:
        """Return one space."""
        with store.reading() as db:
            return json_reply(spaces.get_space(db, space_id))

    @router.patch("/{space_id}", responses=replies(200, Space, 404, 409))
    def update_space(space_id: str, body: UpdateSpace) -> Response:
        """Change what is given."""
        with store.writing() as db:
            return json_reply(spaces.update_space(db, space_id, body.given()))

    @router.delete("/{space_id}", status_code=204, responses=replies(204, None, 404))
    def delete_space(space_id: str) -> Response:
        """Remove a space and everything in it."""
        with store.writing() as db:
            spaces.delete_space(db, space_id)
            return Response(status_code=204)

    @router.post("/{space_id}/users", responses=replies(200, None, 404))
    def add_user(space_id: str) -> Response:
        """Refuse: the workspace has one user."""
        with store.reading() as db:
            spaces.get_space(db, space_id)
        raise Problem(403, _ONE_USER)

    @router.delete("/{space_id}/users/{user_id}", status_code=204, responses=replies(204, None, 404))
    def remove_user(space_id: str, user_id: str) -> Response:
        """Refuse: the workspace has one user, and nobody else can be removed."""
        with store.reading() as db:
            spaces.get_space(db, space_id)
            member = annotation_values.annotator_id(db)
        raise (
            Problem(403, f"{user_id!r} cannot be removed: {_ONE_USER}")
            if user_id == member
            else not_found("member", user_id)
        )

    return router


def project_routes(store: Store) -> APIRouter:
    """Return the routes of projects over a store."""
    router = APIRouter(prefix="/v2/projects", tags=["projects"], route_class=ProblemRoute)

    @router.get("", responses=replies(200, ProjectList, 404))
    def list_projects(
        limit: Limit100 = 50,
        cursor: Cursor = None,
        space_id: str | None = None,
        space_name: SpaceNamePart = None,
        name: NamePart = None,
        project_type: Annotated[Literal["APPLICATION", "HARNESS", "EXPERIMENT"] | None, Query()] = None,
    ) -> Response:
        """List projects, newest first."""
        with store.reading() as db:
            scope = Scope(space_id=space_id, space_name=space_name, name=name, project_type=project_type)
            return json_reply(projects.list_projects(db, scope, Window(limit=limit, cursor=cursor)))

    @router.post("", status_code=201, responses=replies(201, Project, 404, 409))
    def create_project(body: CreateProject) -> Response:
        """Make a project."""
        with store.writing() as db:
            return json_reply(projects.create_project(db, name=body.name, space_id=body.space_id), 201)

    @router.get("/{project_id}", responses=replies(200, Project, 404))
    def get_project(project_id: str) -> Response:
        """Return one project."""
        with store.reading() as db:
            return json_reply(projects.get_project(db, project_id))

    @router.patch("/{project_id}", responses=replies(200, Project, 404, 409))
    def rename_project(project_id: str, body: Rename) -> Response:
        """Give a project another name."""
        with store.writing() as db:
            return json_reply(projects.rename_project(db, project_id, body.name))

    @router.delete("/{project_id}", status_code=204, responses=replies(204, None, 404))
    def delete_project(project_id: str) -> Response:
        """Remove a project."""
        with store.writing() as db:
            projects.delete_project(db, project_id)
            return Response(status_code=204)

    _add_project_tags(router, store)
    return router


def _add_project_tags(router: APIRouter, store: Store) -> None:
    """Add the routes of a project's tags."""

    @router.get("/{project_id}/tags", responses=replies(200, TagList, 404))
    def list_tags(project_id: str) -> Response:
        """List the tags of a project."""
        with store.reading() as db:
            return json_reply(tags.tags_of(db, "projects", project_id))

    @router.post("/{project_id}/tags", responses=replies(200, TagList, 404))
    def attach_tags(project_id: str, body: TagIds) -> Response:
        """Attach tags of the same space."""
        with store.writing() as db:
            return json_reply(tags.attach(db, "projects", project_id, body.tag_ids))

    @router.delete("/{project_id}/tags", responses=replies(200, DetachedTags, 404))
    def detach_tags(project_id: str, body: TagIds) -> Response:
        """Detach tags."""
        with store.writing() as db:
            return json_reply(tags.detach(db, "projects", project_id, body.tag_ids))
