"""What routes of runs and of examples share: a page as a reply, and annotations as a request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import orjson
from fastapi.responses import Response

from arize_nb.server import limits
from arize_nb.server.catalog import annotation_configs, cursors
from arize_nb.server.catalog.listing import pagination
from arize_nb.server.problems import unprocessable
from arize_nb.server.rows import annotations as annotation_values
from arize_nb.server.rows import reads as sheet_reads
from arize_nb.server.rows import tables as sheets
from arize_nb.server.rows.filter_sql import condition

if TYPE_CHECKING:
    import duckdb

    from arize_nb.server.rest.bodies import Annotate, Search
    from arize_nb.server.rows.reads import Sheet


def json_reply(value: object, status: int = 200) -> Response:
    """Return a value as a JSON reply."""
    return Response(orjson.dumps(value), status_code=status, media_type="application/json")


def rows_reply(db: duckdb.DuckDBPyConnection, key: str, sheet: Sheet, search: Search) -> Response:
    """Return one page of a sheet.

    Parameters
    ----------
    key : str
        Member of the reply that holds the rows.
    """
    question = ("rows", str(sheet.number), search.filter)
    after = cursors.decode(search.cursor, question) or 0
    wanted = None if search.filter is None else condition(db, sheet, search.filter)
    page = sheet_reads.page(db, sheet, after=after, limit=search.limit, condition=wanted)
    following = None if page.next_position is None else cursors.encode(page.next_position, question)
    return json_reply({key: page.records, "pagination": pagination(following)})


def annotate_rows(
    db: duckdb.DuckDBPyConnection, owner: str, space_id: str, sheet_numbers: Sequence[int], body: Annotate
) -> None:
    """Write the annotations of a request for the records that any of the sheets has.

    Raises
    ------
    Problem
        422: a name that is no annotation config of the space.
    """
    count = sum(len(record.values) for record in body.annotations)
    if count > limits.MAX_VALUES:
        raise unprocessable(
            f"annotations: {count:,} values, more than {limits.MAX_VALUES:,}; send fewer at once"
        )
    annotation_configs.check_names(
        db, space_id, (value.name for record in body.annotations for value in record.values)
    )
    wanted = list(dict.fromkeys(record.record_id for record in body.annotations))
    known: set[str] = set()
    for number in sheet_numbers:
        known |= sheets.known_ids(db, number, wanted)
    values: dict[tuple[str, str], dict[str, Any]] = {}
    for record in body.annotations:
        for value in record.values if record.record_id in known else ():
            given = {
                name: member
                for name, member in value.given().items()
                if name != "name" and member is not None
            }
            values.setdefault((record.record_id, value.name), {}).update(given)
    if values:
        annotation_values.annotate(db, owner, values)
