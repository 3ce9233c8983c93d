"""List, page, iterate, and find a resource by name, id or object: written once for all kinds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

from arize_nb import wire
from arize_nb.errors import AmbiguousNameError, CommandError, InputError, NotFoundError
from arize_nb.models import Dataset, Experiment, Page, Space
from arize_nb.text.command_line import Choice, Command, Hint

if TYPE_CHECKING:
    import pyarrow as pa

MAX_CANDIDATES = 100
SHORTEST_PART = 2
"""Letters of a part of a name that is worth a search."""
_OTHERS = 3
"""Names that exist which an error lists where none is close to the one that was given."""


class Stream(Protocol):
    """Batches of one read over Flight."""

    schema: Any
    rows: int

    def __iter__(self) -> Iterator[pa.RecordBatch]: ...


class Flight(Protocol):
    """Bulk transport."""

    def stream(self, ticket: bytes, *, about: wire.About) -> AbstractContextManager[Stream]:
        """Open a read."""
        ...

    def action(self, kind: str, body: bytes, *, about: wire.About) -> bytes:
        """Do an action."""
        ...

    def put(
        self,
        command: bytes,
        table: pa.Table,
        *,
        about: wire.About,
        chunk_rows: int = 10_000,
        abandon: Callable[[], None] | None = None,
        undo: Callable[[bytes], None] | None = None,
    ) -> bytes:
        """Upload a table."""
        ...


class Link(Protocol):
    """What the resources need of a client."""

    space: str | None
    """Default space, a name or an id."""
    space_ids: dict[str, str]
    """Spaces found so far, by name: they hardly ever change."""
    max_payload_bytes: int
    """Largest REST body before Flight is used."""
    chunk_rows: int
    """Rows of a batch sent over Flight."""
    keeps_json: bool
    """Whether the service keeps the types of JSON cells over Flight; others would take them for text."""

    @property
    def address(self) -> str:
        """Where the service is."""
        ...

    def send(self, request: wire.Request) -> bytes:
        """Send a REST request; return the body of its success."""
        ...

    @property
    def flight(self) -> Flight:
        """The bulk transport, connected on first use."""
        ...

    def notice(self, text: str) -> None:
        """Tell the user one line."""
        ...


def page_of(
    link: Link,
    kind: str,
    *,
    limit: int,
    cursor: str | None,
    about: wire.About | None = None,
    **filters: str | None,
) -> Page[Any]:
    """Return one page of a listing."""
    return wire.decode_page(
        kind, link.send(wire.list_request(kind, limit=limit, cursor=cursor, about=about, **filters))
    )


def every(link: Link, kind: str, *, about: wire.About | None = None, **filters: str | None) -> Iterator[Any]:
    """Iterate over all pages of a listing.

    Raises
    ------
    InputError
        The service hands out a cursor a second time, so that the listing would never end.
    """
    cursor: str | None = None
    seen: set[str] = set()
    while True:
        page = page_of(link, kind, limit=wire.MAX_LIST_LIMIT, cursor=cursor, about=about, **filters)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return
        if cursor in seen:
            raise InputError(f"the listing of {kind}s does not end: the service repeats a cursor")
        seen.add(cursor)


def given_id(x: object) -> str | None:
    """Return the id that `x` is or carries; None when it is a name.

    Raises
    ------
    InputError
        `x` is neither a text nor an object of the service.
    """
    carried = getattr(x, "id", None)
    if isinstance(carried, str):
        return carried
    held = getattr(x, "experiment", None)
    if held is not None:  # a result of a run
        return given_id(held)
    if not isinstance(x, str) or not x.strip():
        raise InputError(f"a name, an id or the object itself is needed, not {x!r:.80}")
    return x if wire.is_resource_id(x) else None


def label_of(x: object) -> str:
    """Return how to call a resource in a message: its name where known, else its id."""
    if isinstance(x, str):
        return x
    return str(getattr(x, "name", None) or getattr(x, "id", None) or x)


def find(link: Link, kind: str, name: str, *, about: wire.About, **scope: str | None) -> Any:
    """Find the one resource of exactly that name (the service searches by substring, in any case).

    Raises
    ------
    NotFoundError
        Nothing has that name; `matches` are close ones, `others` some that exist where none is close.
    AmbiguousNameError
        Several have it.
    """
    found = [
        item
        for item in every(link, kind, about=_scope_about(about, scope), name=name, **scope)
        if item.name == name
    ]
    if len(found) > 1:
        raise AmbiguousNameError(kind, name, [item.id for item in found])
    if found:
        return found[0]
    known = _like(link, kind, name, scope)
    close = _close(name, known)
    raise NotFoundError(
        kind,
        name,
        space=about.space,
        dataset=about.dataset,
        matches=close,
        others=() if close else known[:_OTHERS],
    )


def _like(link: Link, kind: str, name: str, scope: dict[str, str | None]) -> list[str]:
    """Return names that may have been meant: the first of all, and what the service's own search finds for
    parts of the name.

    A slip of the finger leaves one half of a name as it is, or what stands before or after it.
    """
    middle = len(name) // 2
    words = [word for word in re.split(r"[^\w]+|_", name) if len(word) >= SHORTEST_PART]
    pieces = (name[:middle], name[middle:], *sorted(words, key=len)[-2:])
    parts = [None, *dict.fromkeys(piece for piece in pieces if len(piece) >= SHORTEST_PART)]
    found: dict[str, None] = {}
    for part in parts:
        page = page_of(link, kind, limit=wire.MAX_LIST_LIMIT, cursor=None, about=None, name=part, **scope)
        found.update(dict.fromkeys(item.name for item in page.items if item.name))
    return list(found)


def _scope_about(about: wire.About, scope: dict[str, str | None]) -> wire.About:
    """Say what is missing when a listing answers 404: the thing that it is scoped to."""
    if scope.get("dataset_id"):
        return wire.About(kind="dataset", name=about.dataset or scope["dataset_id"], space=about.space)
    if scope.get("space_id"):
        return wire.About(kind="space", name=about.space or scope["space_id"])
    return about


def _close(name: str, names: list[str]) -> list[str]:
    """Return up to three names that may have been meant."""
    import difflib

    lowered = {candidate.lower(): candidate for candidate in reversed(names)}
    close = [lowered[match] for match in difflib.get_close_matches(name.lower(), lowered, n=3, cutoff=0.6)]
    return close or [candidate for candidate in names if name.lower() in candidate.lower()][:3]


def space_id(link: Link, space: str | Space | None) -> str | None:
    """Return the id of a space, the default one when none is given; None when there is no default."""
    wanted = space if space is not None else link.space
    if wanted is None:
        return None
    known = given_id(wanted)
    if known is not None:
        return known
    name = str(wanted)
    if name not in link.space_ids:
        link.space_ids[name] = find(link, "space", name, about=wire.About(kind="space", name=name)).id
    return link.space_ids[name]


def needed_space_id(link: Link, space: str | Space | None, why: str) -> str:
    """Return the id of a space that must be known.

    Raises
    ------
    CommandError
        No space is given and there is no default one.
    """
    found = space_id(link, space)
    if found is None:
        raise CommandError(
            f"{why} needs its space",
            hint=Hint.of(
                "Give {}, or set ARIZE_SPACE. List them: {}",
                Choice("space=NAME", "--space NAME"),
                Command(("spaces", "list")),
            ),
        )
    return found


def space_label(link: Link, space: str | Space | None) -> str | None:
    """Return how to call the space in a message."""
    wanted = space if space is not None else link.space
    return label_of_space(link, label_of(wanted)) if wanted is not None else None


def label_of_space(link: Link, identity: str | None) -> str | None:
    """Return how the user calls the space with an id: its name where that was looked up, else the id."""
    return next((name for name, known in link.space_ids.items() if known == identity), identity)


def in_space(link: Link, kind: str, x: object, space: str | Space | None) -> Any:
    """Return a project, dataset or annotation config by name (in its space), id or object; only an id costs a
    GET.
    """
    known = given_id(x)
    if known is not None:
        about = wire.About(kind=kind, name=label_of(x))
        return wire.decode_one(kind, link.send(wire.get_request(kind, known, about=about)))
    scope = needed_space_id(link, space, f"{kind} {x!r}")
    return find(
        link,
        kind,
        str(x),
        about=wire.About(kind=kind, name=str(x), space=space_label(link, space)),
        space_id=scope,
    )


def dataset_id(link: Link, dataset: str | Dataset, space: str | Space | None) -> str:
    """Return the id of a dataset by name, id or object."""
    known = given_id(dataset)
    return known if known is not None else str(in_space(link, "dataset", dataset, space).id)


def experiment_of(
    link: Link, x: str | Experiment, dataset: str | Dataset | None, space: str | Space | None
) -> Experiment:
    """Return an experiment by name (in its dataset, or among those of a space), id or object.

    Raises
    ------
    CommandError
        A name with neither a dataset nor a space to find it in.
    """
    if isinstance(x, Experiment):
        return x
    known = given_id(x)
    if known is not None:
        found: Experiment = wire.decode_experiment(link.send(wire.get_request("experiment", known)))
        return found
    scope = experiment_scope(link, dataset, space)
    if not scope:
        raise CommandError(
            f"experiment {x!r} needs its dataset or space",
            hint=Hint(
                "Give dataset=NAME (and space=NAME), or set ARIZE_SPACE.",
                "Give --dataset NAME (and --space NAME), or set ARIZE_SPACE.",
            ),
        )
    about = wire.About(
        kind="experiment",
        name=str(x),
        space=space_label(link, space),
        dataset=label_of(dataset) if dataset is not None else None,
    )
    named: Experiment = find(link, "experiment", str(x), about=about, **scope)
    return named


def experiment_scope(link: Link, dataset: str | Dataset | None, space: str | Space | None) -> dict[str, str]:
    """Return the one filter that a listing of experiments takes: its dataset, else its space,
    else nothing.
    """
    if dataset is not None:
        return {"dataset_id": dataset_id(link, dataset, space)}
    found = space_id(link, space)
    return {"space_id": found} if found else {}
