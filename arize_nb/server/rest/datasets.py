"""REST routes of datasets, their versions, examples, annotations and tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import Response

from arize_nb.server.catalog import datasets, tags
from arize_nb.server.catalog.listing import Scope, Window
from arize_nb.server.problems import unprocessable
from arize_nb.server.rest.bodies import (
    Annotate,
    AppendExamples,
    CreateDataset,
    Cursor,
    DeleteExamples,
    Limit100,
    Limit500,
    NamePart,
    Rename,
    SearchExamples,
    SpaceNamePart,
    TagIds,
    UpdateExamples,
)
from arize_nb.server.rest.errors import ProblemRoute
from arize_nb.server.rest.replies import (
    Dataset,
    DatasetList,
    DatasetWithIds,
    DeletedExamples,
    DetachedTags,
    ExampleList,
    TagList,
    replies,
)
from arize_nb.server.rest.rows import annotate_rows, json_reply, rows_reply
from arize_nb.server.rows import examples
from arize_nb.server.store.clock import now

if TYPE_CHECKING:
    from arize_nb.server.store.store import Store


def dataset_routes(store: Store) -> APIRouter:
    """Return the routes over a store."""
    router = APIRouter(prefix="/v2/datasets", tags=["datasets"], route_class=ProblemRoute)

    @router.get("", responses=replies(200, DatasetList, 404))
    def list_datasets(
        limit: Limit100 = 50,
        cursor: Cursor = None,
        space_id: str | None = None,
        space_name: SpaceNamePart = None,
        name: NamePart = None,
    ) -> Response:
        """List datasets, newest first."""
        with store.reading() as db:
            scope = Scope(space_id=space_id, space_name=space_name, name=name)
            return json_reply(datasets.list_datasets(db, scope, Window(limit=limit, cursor=cursor)))

    @router.post("", status_code=201, responses=replies(201, Dataset, 404, 409))
    def create_dataset(body: CreateDataset) -> Response:
        """Make a dataset with the examples of its first version."""
        incoming = examples.incoming_examples(body.examples, store.row_ids, stamp=now() // 1000)
        with store.writing() as db:
            return json_reply(
                datasets.create_dataset(db, name=body.name, space_id=body.space_id, incoming=incoming), 201
            )

    @router.get("/{dataset_id}", responses=replies(200, Dataset, 404))
    def get_dataset(dataset_id: str) -> Response:
        """Return one dataset with its versions, newest first."""
        with store.reading() as db:
            return json_reply(datasets.get_dataset(db, dataset_id))

    @router.patch("/{dataset_id}", responses=replies(200, Dataset, 404, 409))
    def rename_dataset(dataset_id: str, body: Rename) -> Response:
        """Give a dataset another name."""
        with store.writing() as db:
            return json_reply(datasets.rename_dataset(db, dataset_id, body.name))

    @router.delete("/{dataset_id}", status_code=204, responses=replies(204, None, 404))
    def delete_dataset(dataset_id: str) -> Response:
        """Remove a dataset with its examples and experiments."""
        with store.writing() as db:
            datasets.delete_dataset(db, dataset_id)
            return Response(status_code=204)

    _add_example_routes(router, store)
    _add_example_changes(router, store)
    _add_tag_routes(router, store)
    return router


def _add_example_routes(router: APIRouter, store: Store) -> None:
    """Add the routes that read examples and annotate them."""

    @router.get("/{dataset_id}/examples", responses=replies(200, ExampleList, 404))
    def list_examples(
        dataset_id: str, limit: Limit500 = 50, cursor: Cursor = None, dataset_version_id: str | None = None
    ) -> Response:
        """List the examples of a version, oldest first."""
        with store.reading() as db:
            _, sheet = datasets.version_sheet(db, dataset_id, dataset_version_id)
            return rows_reply(db, "examples", sheet, SearchExamples(limit=limit, cursor=cursor))

    @router.post("/{dataset_id}/examples/search", responses=replies(200, ExampleList, 404))
    def search_examples(dataset_id: str, body: SearchExamples) -> Response:
        """List the examples of a version that a filter admits, oldest first."""
        with store.reading() as db:
            _, sheet = datasets.version_sheet(db, dataset_id, body.dataset_version_id or None)
            return rows_reply(db, "examples", sheet, body)

    @router.post("/{dataset_id}/examples/annotate", status_code=202, responses=replies(202, None, 404))
    def annotate_examples(dataset_id: str, body: Annotate) -> Response:
        """Write what people say about examples; ids that no version has are passed over."""
        with store.writing() as db:
            space_id = datasets.get_dataset(db, dataset_id)["space_id"]
            annotate_rows(db, dataset_id, space_id, datasets.sheet_numbers(db, dataset_id), body)
            datasets.touch(db, dataset_id, None)
            return Response(status_code=202)


def _add_example_changes(router: APIRouter, store: Store) -> None:
    """Add the routes that change examples."""

    @router.post("/{dataset_id}/examples", status_code=201, responses=replies(201, DatasetWithIds, 404))
    def append_examples(
        dataset_id: str, body: AppendExamples, dataset_version_id: str | None = None
    ) -> Response:
        """Add examples to a version in place, the latest when none is named."""
        with store.writing() as db:
            return json_reply(
                datasets.append_examples(db, dataset_id, dataset_version_id, body.examples, store.row_ids),
                201,
            )

    @router.patch("/{dataset_id}/examples", responses=replies(200, DatasetWithIds, 404, 409))
    def update_examples(
        dataset_id: str, body: UpdateExamples, dataset_version_id: str | None = None
    ) -> Response:
        """Change examples by id, in place or in a new version; unknown ids are passed over."""
        with store.writing() as db:
            return json_reply(
                datasets.update_examples(db, dataset_id, dataset_version_id, body.examples, body.new_version)
            )

    @router.delete("/{dataset_id}/examples", responses=replies(200, DeletedExamples, 404))
    def delete_examples(dataset_id: str, body: DeleteExamples) -> Response:
        """Remove examples from a version in place."""
        if len(set(body.example_ids)) < len(body.example_ids):
            raise unprocessable("example_ids: every id must be there only once")
        with store.writing() as db:
            return json_reply(
                datasets.delete_examples(db, dataset_id, body.dataset_version_id, body.example_ids)
            )


def _add_tag_routes(router: APIRouter, store: Store) -> None:
    """Add the routes of a dataset's tags."""

    @router.get("/{dataset_id}/tags", responses=replies(200, TagList, 404))
    def list_tags(dataset_id: str) -> Response:
        """List the tags of a dataset."""
        with store.reading() as db:
            return json_reply(tags.tags_of(db, "datasets", dataset_id))

    @router.post("/{dataset_id}/tags", responses=replies(200, TagList, 404))
    def attach_tags(dataset_id: str, body: TagIds) -> Response:
        """Attach tags of the same space."""
        with store.writing() as db:
            return json_reply(tags.attach(db, "datasets", dataset_id, body.tag_ids))

    @router.delete("/{dataset_id}/tags", responses=replies(200, DetachedTags, 404))
    def detach_tags(dataset_id: str, body: TagIds) -> Response:
        """Detach tags."""
        with store.writing() as db:
            return json_reply(tags.detach(db, "datasets", dataset_id, body.tag_ids))
