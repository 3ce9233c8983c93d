"""How many examples got worse, stayed and got better, as a bar of characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from arize_nb.display.card.spans import Line, Span, cell

if TYPE_CHECKING:
    from arize_nb.comparison.words.row_sentences import Row

WORSE, SAME, BETTER = "█", "·", "▒"
"""Three that differ without colour; worse always stands left, better right."""


def bar_parts(row: Row) -> tuple[int, int, int] | None:
    """Return worse (what passed before and errored now too), same, better; None where no way is better."""
    if row["regressions"] is None:
        return None
    return row["regressions"] + (row["errored_passes"] or 0), row["unchanged"], row["improvements"]


def shares(counts: Sequence[int], columns: int) -> list[int]:
    """Divide columns by counts, by largest remainders; what is there at all has at least one column.

    Parameters
    ----------
    counts : sequence of int
        From 0.
    columns : int
        Columns to divide, at least as many as counts.
    """
    total = sum(counts)
    if not total:
        return [0 for _ in counts]
    least = [min(count, 1) for count in counts]
    rest = columns - sum(least)
    exact = [rest * count / total for count in counts]
    cells = [int(part) for part in exact]
    order = sorted(range(len(counts)), key=lambda place: cells[place] - exact[place])
    for place in order[: rest - sum(cells)]:
        cells[place] += 1
    return [own + one for own, one in zip(cells, least, strict=True)]


def change_bar(row: Row, columns: int, digits: tuple[int, int]) -> Line:
    """Return `120 ████····▒ 40`: the counts of worse and better beside the bar.

    Parameters
    ----------
    row : mapping
        A row of a summary.
    columns : int
        Columns of the bar alone.
    digits : tuple of int
        Columns of the count to its left and to its right.
    """
    parts = bar_parts(row)
    if parts is None:
        return (cell(_moves(row), columns + sum(digits) + 2, "open"),)
    worse, same, better = shares(parts, columns)
    return (
        cell(f"{parts[0]:,}", digits[0], "worse" if parts[0] else "faint", right=True),
        Span(" "),
        Span(WORSE * worse, "worse"),
        Span(SAME * same, "faint"),
        Span(BETTER * better, "better"),
        Span(" " * (columns - worse - same - better + 1)),
        cell(f"{parts[2]:,}", digits[1], "better" if parts[2] else "faint"),
    )


def _moves(row: Row) -> str:
    """Count what moved where no way is better."""
    if not row["n_paired"]:
        return "no pair"
    if row["down"] is not None:
        return f"{row['down']:,} down, {row['up']:,} up"
    return f"{row['n_paired'] - row['unchanged']:,} changed"
