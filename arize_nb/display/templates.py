"""Templates of HTML with their sheets: read once, and rendered so that nothing of a value acts."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from markupsafe import Markup

from arize_nb.text.visible import visible

if TYPE_CHECKING:
    from jinja2 import Template


@cache
def template(package: str, name: str) -> Template:
    """Return a template of a package; what it is given is made visible, then escaped."""
    from jinja2 import Environment

    environment = Environment(autoescape=True, finalize=_shown, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(files(package).joinpath(name).read_text(encoding="utf-8"))


@cache
def sheet(*places: tuple[str, str]) -> Markup:
    """Return sheets, each a package and a file, as one line of CSS."""
    read = (files(package).joinpath(name).read_text(encoding="utf-8") for package, name in places)
    return Markup(" ".join(" ".join(read).split()))  # noqa: S704 - our own sheets


def _shown(value: object) -> object:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
