"""The page: the static card, its examples as data, and the script that lists and filters them."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from markupsafe import Markup

from arize_nb.display.interactive_report.data import report_data

if TYPE_CHECKING:
    from jinja2 import Template

    from arize_nb.comparison.comparison import Comparison

_SCRIPTS = ("dom.js", "filters.js", "marks.js", "examples.js", "report.js")


def interactive_page(comparison: Comparison, card: str, title: str, style: str) -> str:
    """Return a whole page that needs no other file, no kernel and no network.

    Its policy lets no script run but the one it was made with: an example cannot bring one.

    Parameters
    ----------
    comparison : Comparison
        What to show.
    card : str
        The static card: what is read where scripts are off.
    title : str
        What the page is called.
    style : str
        The sheet of a page.
    """
    template, script, digest, sheet = _parts()
    return template.render(
        card=Markup(card),  # noqa: S704 - made and escaped by display
        data=Markup(report_data(comparison).decode()),  # noqa: S704 - JSON without any <
        title=title,
        style=Markup(style + sheet),  # noqa: S704 - our own sheets
        script=Markup(script),  # noqa: S704 - our own script
        digest=digest,
    )


@cache
def _parts() -> tuple[Template, str, str, str]:
    """Read template, script, its digest and the sheet once."""
    from jinja2 import Environment

    here = files("arize_nb.display.interactive_report")
    read = {name: here.joinpath(name).read_text(encoding="utf-8") for name in (*_SCRIPTS, "report.css")}
    body = "\n".join(read[name] for name in _SCRIPTS)
    script = f'\n(() => {{\n"use strict";\n{body}}})();\n'
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    template = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
        here.joinpath("page.html.j2").read_text(encoding="utf-8")
    )
    return template, script, digest, read["report.css"]
