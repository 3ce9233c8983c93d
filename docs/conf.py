"""The site: Sphinx with MyST, the tutorials as they were executed, the API from the docstrings."""

from __future__ import annotations

import inspect
import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import arize_nb

if TYPE_CHECKING:
    from sphinx.application import Sphinx

HERE = Path(__file__).parent
ROOT = HERE.parent

project = "arize_nb"
author = "the arize_nb maintainers"
copyright = "2026, the arize_nb maintainers"  # noqa: A001 - Sphinx asks for this name
version = release = arize_nb.__version__

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_design",
]
exclude_patterns = ["_build", "status.md", "house.md", "files/**"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4
nb_execution_mode = "off"  # shown as they were executed: `make test-notebooks` runs and compares them
nb_merge_streams = True
autosummary_generate = True
autodoc_typehints = "none"  # numpydoc's sections say the types
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
default_role = "code"
nitpicky = False

html_theme = "pydata_sphinx_theme"
html_title = "arize_nb"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_theme_options = {
    "header_links_before_dropdown": 6,
    "navbar_end": ["theme-switcher"],
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_sidebars = {"index": []}

_TUTORIALS = HERE / "tutorials"
_FENCE = re.compile(r"^```([a-z]+)(?: (?:title|output)[^\n]*)?$", re.MULTILINE)
_FILE = re.compile(r"^```[a-z]+ title=(\S+)$", re.MULTILINE)
_LEXERS = {"csv": "text", "jsonl": "json"}
"""Languages of fenced blocks that the highlighter calls otherwise."""


def _links(app: Sphinx, page: str, source: list[str]) -> None:
    """Let links lead where the pages stand on the site; what is not on it keeps its name alone."""
    place = str(app.env.doc2path(page))
    if place.endswith(".md"):
        named = _FILE.sub(r"```{code-block} text\n:caption: \1\n", source[0])
        source[0] = _FENCE.sub(lambda fence: f"```{_LEXERS.get(fence[1], fence[1])}", _on_the_site(named, ""))
    elif place.endswith(".ipynb"):
        notebook = json.loads(source[0])
        for cell in notebook["cells"]:
            if cell["cell_type"] == "markdown":
                cell["source"] = _on_the_site("".join(cell["source"]), "../")
        source[0] = json.dumps(notebook)


def _on_the_site(text: str, up: str) -> str:
    text = re.sub(r"\]\(\.\./notebooks/(\d\d_\w+)\.ipynb\)", r"](tutorials/\1.ipynb)", text)
    text = re.sub(r"\]\((?:\.\./)?docs/([\w/-]+\.(?:md|png))(#[\w-]+)?\)", rf"]({up}\1\2)", text)
    text = re.sub(r"\[([^\]]+)\]\((?:\.\./(?![\w-]+\.md|screenshots)|data/|files/)[^)]*\)", r"\1", text)
    return re.sub(r"\[([^\]]+)\]\((?:\.\./)?(?:status|house)\.md[^)]*\)", r"\1", text)


def _tutorials(_app: Sphinx) -> None:
    """Put the executed notebooks where Sphinx finds them."""
    _TUTORIALS.mkdir(exist_ok=True)
    for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
        shutil.copy(notebook, _TUTORIALS / notebook.name)


_HARNESS = "   :members:\n   :imported-members:\n   :exclude-members: Evaluation, evaluator\n"


def _api(_app: Sphinx) -> None:
    """Write a page for each public name, so that every member has an address."""
    folder = HERE / "api"
    folder.mkdir(exist_ok=True)
    groups: dict[str, list[str]] = {"Functions": [], "Widgets": [], "Results and resources": [], "Errors": []}
    for name in arize_nb.__all__:
        value = getattr(arize_nb, name)
        if name.endswith("_extension") or name == "__version__":
            continue
        if not inspect.isclass(value):
            group = "Functions"
        elif issubclass(value, Exception):
            group = "Errors"
        elif value.__module__.startswith("arize_nb.widgets"):
            group = "Widgets"
        else:
            group = "Results and resources"
        groups[group].append(name)
        directive = "autoclass" if inspect.isclass(value) else "autofunction"
        members = (
            "\n   :members:\n   :inherited-members: dict, list, tuple, Exception"
            if directive == "autoclass"
            else ""
        )
        (folder / f"{name}.rst").write_text(
            f"{name}\n{'=' * len(name)}\n\n.. {directive}:: arize_nb.{name}{members}\n", encoding="utf-8"
        )
    resources = {
        "client.spaces": "arize_nb.resources.spaces.Spaces",
        "client.projects": "arize_nb.resources.projects.Projects",
        "client.datasets": "arize_nb.resources.datasets.Datasets",
        "client.experiments": "arize_nb.client.experiments.JoinedExperiments",
        "client.annotation_configs": "arize_nb.resources.annotation_configs.AnnotationConfigs",
    }
    for name, place in resources.items():
        (folder / f"{name}.rst").write_text(
            f"{name}\n{'=' * len(name)}\n\n.. autoclass:: {place}\n   :members:\n   :inherited-members:\n",
            encoding="utf-8",
        )
    for module, options in (("harness", _HARNESS), ("errors", "   :members:\n   :show-inheritance:\n")):
        title = f"arize_nb.{module}"
        (folder / f"{module}.rst").write_text(
            f"{title}\n{'=' * len(title)}\n\n.. automodule:: {title}\n{options}", encoding="utf-8"
        )
    parts = [
        f".. toctree::\n   :caption: {group}\n\n" + "".join(f"   {n}\n" for n in names)
        for group, names in groups.items()
        if names
    ]
    parts.append(
        ".. toctree::\n   :caption: What a client holds\n\n" + "".join(f"   {name}\n" for name in resources)
    )
    parts.append(".. toctree::\n   :caption: Modules\n\n   harness\n   errors\n")
    (folder / "index.rst").write_text("Python API\n==========\n\n" + "\n".join(parts), encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Hang the steps above into the build."""
    app.connect("builder-inited", _tutorials)
    app.connect("builder-inited", _api)
    app.connect("source-read", _links)
