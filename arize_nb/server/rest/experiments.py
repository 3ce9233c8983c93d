"""REST routes of experiments, their runs, annotations and tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import Response

from arize_nb.server.catalog import experiments, tags
from arize_nb.server.catalog.listing import Scope, Window
from arize_nb.server.rest.bodies import (
    Annotate,
    AppendRuns,
    CreateExperiment,
    Cursor,
    Limit100,
    Limit500,
    NamePart,
    Search,
    TagIds,
)
from arize_nb.server.rest.errors import ProblemRoute
from arize_nb.server.rest.replies import (
    Experiment,
    ExperimentList,
    ExperimentWithRunIds,
    RunList,
    TagList,
    replies,
)
from arize_nb.server.rest.rows import annotate_rows, json_reply, rows_reply

if TYPE_CHECKING:
    from arize_nb.server.store.store import Store


def experiment_routes(store: Store) -> APIRouter:
    """Return the routes over a store."""
    router = APIRouter(prefix="/v2/experiments", tags=["experiments"], route_class=ProblemRoute)

    @router.get("", responses=replies(200, ExperimentList, 404))
    def list_experiments(
        limit: Limit100 = 50,
        cursor: Cursor = None,
        dataset_id: str | None = None,
        space_id: str | None = None,
        name: NamePart = None,
    ) -> Response:
        """List experiments of a dataset or a space, newest first."""
        with store.reading() as db:
            scope = Scope(dataset_id=dataset_id, space_id=space_id, name=name)
            return json_reply(experiments.list_experiments(db, scope, Window(limit=limit, cursor=cursor)))

    @router.post("", status_code=201, responses=replies(201, Experiment, 404, 409))
    def create_experiment(body: CreateExperiment) -> Response:
        """Make an experiment with its first runs."""
        with store.writing() as db:
            created = experiments.create_experiment(
                db, name=body.name, dataset_id=body.dataset_id, space_id=body.space_id
            )
            experiments.add_items(db, created["id"], body.experiment_runs, store.row_ids)
            return json_reply(created, 201)

    @router.get("/{experiment_id}", responses=replies(200, Experiment, 404))
    def get_experiment(experiment_id: str) -> Response:
        """Return one experiment, without its runs."""
        with store.reading() as db:
            return json_reply(experiments.get_experiment(db, experiment_id))

    @router.delete("/{experiment_id}", status_code=204, responses=replies(204, None, 404))
    def delete_experiment(experiment_id: str) -> Response:
        """Remove an experiment with its runs."""
        with store.writing() as db:
            experiments.delete_experiment(db, experiment_id)
            return Response(status_code=204)

    _add_run_routes(router, store)
    return router


def _add_run_routes(router: APIRouter, store: Store) -> None:
    """Add the routes below one experiment."""

    @router.get("/{experiment_id}/runs", responses=replies(200, RunList, 404))
    def list_runs(experiment_id: str, limit: Limit500 = 50, cursor: Cursor = None) -> Response:
        """List runs in the order in which they were added, which is that of their ids."""
        with store.reading() as db:
            return rows_reply(
                db,
                "experiment_runs",
                experiments.run_sheet(db, experiment_id),
                Search(limit=limit, cursor=cursor),
            )

    @router.post("/{experiment_id}/runs/search", responses=replies(200, RunList, 404))
    def search_runs(experiment_id: str, body: Search) -> Response:
        """List the runs that a filter admits, by ascending id."""
        with store.reading() as db:
            return rows_reply(db, "experiment_runs", experiments.run_sheet(db, experiment_id), body)

    @router.post("/{experiment_id}/runs", status_code=201, responses=replies(201, ExperimentWithRunIds, 404))
    def append_runs(experiment_id: str, body: AppendRuns) -> Response:
        """Add runs; all of them or none."""
        with store.writing() as db:
            return json_reply(
                experiments.append_items(db, experiment_id, body.experiment_runs, store.row_ids), 201
            )

    @router.post("/{experiment_id}/runs/annotate", status_code=202, responses=replies(202, None, 404))
    def annotate_runs(experiment_id: str, body: Annotate) -> Response:
        """Write what people say about runs; ids that the experiment lacks are passed over."""
        with store.writing() as db:
            space_id = experiments.get_experiment(db, experiment_id)["space_id"]
            sheet = experiments.run_sheet(db, experiment_id)
            annotate_rows(db, experiment_id, space_id, [sheet.number], body)
            experiments.touch(db, experiment_id)
            return Response(status_code=202)

    @router.get("/{experiment_id}/tags", responses=replies(200, TagList, 404))
    def list_tags(experiment_id: str) -> Response:
        """List the tags of an experiment."""
        with store.reading() as db:
            return json_reply(tags.tags_of(db, "experiments", experiment_id))

    @router.post("/{experiment_id}/tags", responses=replies(200, TagList, 404))
    def attach_tags(experiment_id: str, body: TagIds) -> Response:
        """Attach tags of the same space."""
        with store.writing() as db:
            return json_reply(tags.attach(db, "experiments", experiment_id, body.tag_ids))
