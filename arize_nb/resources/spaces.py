"""Spaces: list and get."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arize_nb import wire
from arize_nb.resources.lookup import Link, every, find, given_id, label_of, page_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arize_nb.models import Page, Space


class Spaces:
    """`client.spaces`.

    `x` is a name, an id or the object itself; `name` a substring of names, in any case.
    """

    def __init__(self, link: Link) -> None:
        self._link = link

    def list(self, *, name: str | None = None, limit: int = 15, cursor: str | None = None) -> Page[Space]:
        """Return one page of the spaces that the key can read.

        Parameters
        ----------
        name : str, optional
            Substring of the name, any case.
        limit : int
            1-100.
        cursor : str, optional
            `next_cursor` of the page before.
        """
        return page_of(self._link, "space", limit=limit, cursor=cursor, name=name)

    def iter(self, *, name: str | None = None) -> Iterator[Space]:
        """Iterate over all pages."""
        return every(self._link, "space", name=name)

    def get(self, x: str | Space) -> Space:
        """Return a space by name or id.

        Raises
        ------
        NotFoundError
            There is none of that name or id that the key can read.
        AmbiguousNameError
            Spaces of several organizations have that name.
        """
        known = given_id(x)
        if known is None:
            found: Space = find(self._link, "space", str(x), about=wire.About(kind="space", name=str(x)))
            return found
        got: Space = wire.decode_one(
            "space",
            self._link.send(
                wire.get_request("space", known, about=wire.About(kind="space", name=label_of(x)))
            ),
        )
        return got
