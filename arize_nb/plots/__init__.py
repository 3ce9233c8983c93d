"""Pictures of a comparison: `plot(comparison, kind)` draws one and returns its Axes."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from arize_nb.errors import ComparisonError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS = ("delta", "scores", "transitions", "slices", "latency", "scatter")


def plot(
    comparison: Any,
    kind: str = "delta",
    *,
    ax: Axes | None = None,
    metric: str | None = None,
    candidate: str | None = None,
    **options: object,
) -> Any:
    """Draw one picture of a comparison.

    Parameters
    ----------
    comparison : Comparison
        What to draw.
    kind : {"delta", "scores", "transitions", "slices", "latency", "scatter"}
        Which picture.
    ax : matplotlib Axes, optional
        Where to draw; a figure of its own without pyplot when None, so that a notebook shows it once.
    metric, candidate : str, optional
        What to draw, where the picture is about one; the first one it fits when None.
    **options
        Of the picture: `by=` of slices.

    Returns
    -------
    matplotlib.axes.Axes
        `.figure` shows itself in a notebook; its alt text is `figure.get_label()`.

    Raises
    ------
    ComparisonError
        An unknown kind, or nothing to draw.
    """
    if kind not in KINDS:
        raise ComparisonError(f"no plot of kind {kind!r}", hint=f"Kinds: {', '.join(KINDS)}")
    if metric is not None:
        metric = comparison.study.metric(metric).name
    if candidate is not None and candidate not in comparison.candidates:
        raise ComparisonError(
            f"no candidate {candidate!r} in this comparison",
            hint=f"Candidates: {', '.join(comparison.candidates)}",
        )
    draw: Callable[..., Any] = import_module(f"arize_nb.plots.{kind}").draw
    return draw(comparison, ax=ax, metric=metric, candidate=candidate, **options)
