"""Projects: list and get."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arize_nb.resources.lookup import Link, every, in_space, page_of, space_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arize_nb.models import Page, Project, Space


class Projects:
    """`client.projects`.

    `x` is a name, an id or the object itself; `space` (name, id or object) is where to look, the default
    space when not given; `name` a substring of names, in any case.
    """

    def __init__(self, link: Link) -> None:
        self._link = link

    def list(
        self,
        *,
        space: str | Space | None = None,
        name: str | None = None,
        limit: int = 15,
        cursor: str | None = None,
    ) -> Page[Project]:
        """Return one page of projects, of a space where one is given or the default.

        Parameters
        ----------
        space : str or Space, optional
            Name, id or object.
        name : str, optional
            Substring of the name, any case.
        limit : int
            1-100.
        cursor : str, optional
            `next_cursor` of the page before.
        """
        return page_of(
            self._link, "project", limit=limit, cursor=cursor, name=name, space_id=space_id(self._link, space)
        )

    def iter(self, *, space: str | Space | None = None, name: str | None = None) -> Iterator[Project]:
        """Iterate over all pages."""
        return every(self._link, "project", name=name, space_id=space_id(self._link, space))

    def get(self, x: str | Project, *, space: str | Space | None = None) -> Project:
        """Return a project by name (in its space), id or object.

        Raises
        ------
        NotFoundError
            There is none; close names are in the message.
        """
        found: Project = in_space(self._link, "project", x, space)
        return found
