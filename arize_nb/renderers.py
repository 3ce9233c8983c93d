"""How a value finds what draws it: by name, so that nothing below display and plots imports them.

The table is text of modules and functions; `tests/test_renderers.py` resolves every entry. A class that is
not in it is drawn as the nearest of its base classes that is.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, Literal

Form = Literal["text", "html", "markdown", "page", "axes", "figure", "rich"]

COMPARISON: Final = "arize_nb.comparison.comparison:Comparison"
RESULT: Final = "arize_nb.harness.result:ExperimentResult"
RESOURCE: Final = "arize_nb.models:_Shown"

RENDERERS: Final[dict[tuple[Form, str], str]] = {
    ("text", COMPARISON): "arize_nb.display.comparison_text:comparison_text",
    ("html", COMPARISON): "arize_nb.display.comparison_html:comparison_html",
    ("markdown", COMPARISON): "arize_nb.display.comparison_text:comparison_markdown",
    ("rich", COMPARISON): "arize_nb.display.card.coloured:comparison_rich",
    ("page", COMPARISON): "arize_nb.display.comparison_html:comparison_page",
    ("axes", COMPARISON): "arize_nb.plots:plot",
    ("figure", COMPARISON): "arize_nb.plots.together:draw",
    (
        "html",
        "arize_nb.comparison.diagnostics.judge_agreement:Agreement",
    ): "arize_nb.display.comparison_html:agreement_html",
    (
        "html",
        "arize_nb.comparison.diagnostics.corrected:Corrected",
    ): "arize_nb.display.comparison_html:corrected_html",
    ("text", RESULT): "arize_nb.display.experiment_result:result_text",
    ("html", RESULT): "arize_nb.display.run_card.ended:ended_html",
    ("text", RESOURCE): "arize_nb.display.resources:value_text",
    ("html", RESOURCE): "arize_nb.display.resources:value_html",
}
"""(form, class) -> function that takes the value; classes and functions as ``module:name``."""


def render(form: Form, value: object, *args: object, **options: object) -> Any:
    """Draw a value in one form.

    Parameters
    ----------
    form : str
        ``text``, ``html`` (a part of a page), ``markdown``, ``page`` (a whole one), ``rich`` (styled text for
        a terminal), ``axes`` or ``figure`` (matplotlib).
    value : object
        What to draw; its class or a base class of it stands in `RENDERERS`.
    *args, **options
        Handed to the renderer.

    Returns
    -------
    str, rich.text.Text, Axes or Figure
        What the renderer returns.

    Raises
    ------
    TypeError
        If nothing draws such a value in this form.
    """
    return renderer(form, type(value))(value, *args, **options)


def renderer(form: Form, kind: type) -> Callable[..., Any]:
    """Return the function that draws values of a class; see `render`."""
    for one in kind.__mro__:
        place = RENDERERS.get((form, f"{one.__module__}:{one.__qualname__}"))
        if place is not None:
            function: Callable[..., Any] = resolved(place)
            return function
    raise TypeError(f"nothing draws {kind.__qualname__} as {form}")


def resolved(place: str) -> Any:
    """Return what ``module:name`` names."""
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)
