"""Read pages over REST one after the other, each used in a thread while the next is on its way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from arize_nb import wire
from arize_nb.errors import IncompleteExportError

if TYPE_CHECKING:
    from collections.abc import Callable

    from arize_nb.resources.lookup import Link
    from arize_nb.resources.reading.rows import Rows

Records = list[dict[str, Any]]
FirstPage = tuple[Records, str | None]


def first_page(link: Link, rows: Rows) -> FirstPage:
    """Read the first page: the records, and the cursor to the second (None when there is none)."""
    return wire.decode_records(rows.kind, _fetch(link, rows, None))


def each_page(link: Link, rows: Rows, first: FirstPage | None, take: Callable[[Records], None]) -> None:
    """Call `take` with the records of every page, in order, one call at a time.

    The thread that calls this only waits for the service, so that an interrupt is felt at once; decoding and
    `take` happen in another. `rows.on_rows` is told of the records of a page once they are used, in the
    thread that calls this.

    Parameters
    ----------
    first : tuple, optional
        The first page, if it has been read already.
    take : callable
        Uses the records of a page.

    Raises
    ------
    IncompleteExportError
        The service repeats a cursor, so that the pages would never end.
    """
    records, cursor = first or first_page(link, rows)
    if cursor is None:
        take(records)
        rows.on_rows(len(records))
        return

    def use(body: bytes) -> tuple[str | None, int]:
        found, following = wire.decode_records(rows.kind, body)
        take(found)
        return following, len(found)

    def use_first() -> tuple[str | None, int]:
        take(records)
        return cursor, len(records)

    seen: set[str] = set()
    worker = ThreadPoolExecutor(1, thread_name_prefix="arize-nb-page")
    try:
        using = worker.submit(use_first)
        guess: str | None = cursor
        while True:
            body = _fetch(link, rows, guess) if guess is not None else b""
            following, count = using.result()
            rows.on_rows(count)
            if following is None:
                return
            if following in seen:
                raise IncompleteExportError(
                    f"the export of {rows.about} does not end: the service repeats a cursor", received=0
                )
            seen.add(following)
            if following != guess:
                body = _fetch(link, rows, following)
            guess = wire.peek_cursor(body)
            using = worker.submit(use, body)
    finally:
        worker.shutdown(wait=False, cancel_futures=True)


def _fetch(link: Link, rows: Rows, cursor: str | None) -> bytes:
    """Fetch one page."""
    return link.send(rows.request(wire.MAX_ROW_LIMIT, cursor))
