"""Which columns a table draws, in what order, which of them stay in sight and how wide they are: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from arize_nb.errors import ColumnError

MAX_COLUMNS = 40
"""Most columns drawn; the detail pane and `.frame()` have all of them."""
MAX_OFFERED = 500
"""Most columns that the browser offers to show."""
_WIDTHS_PX = (40, 1200)


@dataclass
class ColumnLayout:
    """The columns of a table as a person has arranged them.

    Parameters
    ----------
    known : sequence of str
        Every column of the table.
    shown : sequence of str
        Columns drawn, in order, the pinned ones first; at most `MAX_COLUMNS`.
    pinned : sequence of str
        Columns that stay in sight.
    widths : mapping of str to int
        Widths in pixels, where a person gave one.
    left_out : int
        Columns that were asked for and are not drawn.
    """

    known: Sequence[str]
    shown: list[str]
    pinned: tuple[str, ...] = ()
    widths: dict[str, int] = field(default_factory=dict)
    left_out: int = 0

    @classmethod
    def of(
        cls, known: Sequence[str], columns: Sequence[str] | None = None, pinned: Sequence[str] = ()
    ) -> ColumnLayout:
        """Arrange a table's columns.

        Raises
        ------
        ColumnError
            A name that is no column.
        """
        layout = cls(known=known, shown=[])
        layout.arrange(known if columns is None else columns, pinned)
        return layout

    def arrange(
        self,
        shown: Sequence[str],
        pinned: Sequence[str] | None = None,
        widths: Mapping[str, Any] | None = None,
    ) -> None:
        """Show these columns, in this order; a name that is no column changes nothing.

        Parameters
        ----------
        shown : sequence of str
            Columns to draw; what comes after the fortieth is only counted.
        pinned : sequence of str, optional
            Columns that stay in sight and come first, shown or not before; as they are when None.
        widths : mapping of str to number, optional
            Pixels; as they are when None.
        """
        kept = tuple(dict.fromkeys(self.pinned if pinned is None else pinned))
        names = set(self.known)
        for name in (*shown, *kept):
            if name not in names:
                raise ColumnError(
                    f"no column {name!r}", column=name, hint=f"Columns: {', '.join(self.known[:12])}"
                )
        if pinned is None:
            kept = tuple(name for name in kept if name in set(shown))
        wanted = list(dict.fromkeys([*kept, *shown]))
        self.pinned, self.shown, self.left_out = kept, wanted[:MAX_COLUMNS], max(0, len(wanted) - MAX_COLUMNS)
        if widths is not None:
            low, high = _WIDTHS_PX
            self.widths = {
                name: max(low, min(int(width), high)) for name, width in widths.items() if name in names
            }

    def offered(self) -> list[str]:
        """Return the columns that are not drawn and may be, in the table's order."""
        drawn = set(self.shown)
        return [name for name in self.known if name not in drawn][:MAX_OFFERED]
