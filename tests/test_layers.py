"""Where third-party libraries may be, and what loading must not load (who may import whom: tests/house)."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "arize_nb"

PLACES: dict[str, tuple[str, ...]] = {
    "IPython": (
        "ipython/",
        "progress.py",
        "widgets/parts/",
    ),
    "ipywidgets": ("widgets/",),
    "anywidget": ("widgets/",),
    "traitlets": ("widgets/", "ipython/"),
    "matplotlib": ("plots/", "comparison/comparison.py"),  # there for its types
    "requests": ("transports/", "harness/evaluators/llm_judge.py"),
    "urllib3": ("transports/",),
    "pyarrow.flight": ("transports/", "server/"),
    "duckdb": ("server/", "comparison/"),
    "fastapi": ("server/",),
    "starlette": ("server/",),
    "uvicorn": ("server/",),
    "scipy": ("comparison/",),
    "statsmodels": (),
    "click": ("cli.py", "ipython/", "commands/"),
    "tqdm": ("progress.py",),
    "sqlglot": ("filters/",),
    "distributed": ("harness/",),
    "opentelemetry": ("harness/",),
    "psutil": ("workspace/",),
    "jinja2": ("display/",),
    "rich": ("display/",),
}
"""Third-party library -> where it may be imported."""

ONLY_ON_USE = ("matplotlib", "pandas")
"""Libraries that are slow to load: imported inside functions."""


class Import:
    """One import of one module: where, and whether it happens when its file is loaded."""

    def __init__(self, path: Path, module: str, names: tuple[str, ...], at_load: bool) -> None:
        self.place = path.relative_to(PACKAGE).as_posix()
        self.module = module
        self.names = names
        self.at_load = at_load

    @property
    def source(self) -> str:
        """Top-level module of this package that imports."""
        return self.place.partition("/")[0].removesuffix(".py")

    def __repr__(self) -> str:
        return f"{self.place}: {self.module} ({', '.join(self.names)})"


class Collector(ast.NodeVisitor):
    """Walk a file, remembering whether a statement runs when the file is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: list[Import] = []
        self.at_load = True
        self.visit(ast.parse(path.read_text(encoding="utf-8")))

    def later(self, node: ast.AST) -> None:
        """Walk what does not run when the file is loaded."""
        before, self.at_load = self.at_load, False
        self.generic_visit(node)
        self.at_load = before

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = later  # noqa: N815 - names of ast

    def visit_If(self, node: ast.If) -> None:
        """Imports under TYPE_CHECKING never run."""
        self.later(node) if "TYPE_CHECKING" in ast.dump(node.test) else self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        self.found += [Import(self.path, alias.name, (), self.at_load) for alias in node.names]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        assert node.level == 0, f"{self.path}: relative imports hide who is meant"
        names = tuple(alias.name for alias in node.names)
        if node.module == "arize_nb":
            self.found += [
                Import(self.path, f"arize_nb.{name}", (), self.at_load)
                for name in names
                if not name.startswith("__")
            ]
        else:
            self.found.append(Import(self.path, node.module or "", names, self.at_load))


IMPORTS = [found for path in sorted(PACKAGE.rglob("*.py")) for found in Collector(path).found]


def test_the_walk_sees_the_package():
    """The walk finds imports on load and imports on use, so that the other tests mean something."""
    assert len(IMPORTS) > 1000
    assert {True, False} == {found.at_load for found in IMPORTS}


def test_the_design_page_names_every_package():
    """The table of packages in docs/design.md has a row for each file and folder of the package, and no
    other.
    """
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8").partition("| Package |")[2]
    named = set(re.findall(r"^\| `(\w+)` \|", text.partition("\n\n")[0], re.MULTILINE))
    there = {path.name.removesuffix(".py") for path in PACKAGE.iterdir() if path.suffix in ("", ".py")}

    assert there - {"__init__", "__main__", "__pycache__"} == named


@pytest.mark.parametrize("library", PLACES)
def test_a_library_stays_in_its_place(library):
    """A third-party library is imported only where it belongs."""
    users = {
        found.place
        for found in IMPORTS
        if f"{found.module}.".startswith(f"{library}.")
        or library in {f"{found.module}.{name}" for name in found.names}
    }

    assert set() == {place for place in users if not place.startswith(PLACES[library])}


@pytest.mark.parametrize("library", ONLY_ON_USE)
def test_slow_libraries_wait(library):
    """A library that is slow to load is imported inside functions."""
    assert [] == [found for found in IMPORTS if found.at_load and found.module.partition(".")[0] == library]


HEAVY = (
    "pandas",
    "numpy",
    "matplotlib",
    "ipywidgets",
    "anywidget",
    "pyarrow",
    "duckdb",
    "fastapi",
    "scipy",
    "requests",
    "sqlglot",
)


@pytest.mark.parametrize(
    "code",
    [
        "import arize_nb; dir(arize_nb); arize_nb.__version__",
        "import arize_nb.frames, arize_nb.files, arize_nb.models, arize_nb.errors",
        (
            "from IPython.core.interactiveshell import InteractiveShell as S;"
            " S.instance().run_line_magic('load_ext', 'arize_nb')"
        ),
    ],
    ids=["import", "lazy parts", "load_ext"],
)
def test_loading_loads_nothing_heavy(code, clean_environ):
    """Importing the package and loading the extension in a fresh process bring in none of the heavy
    libraries.
    """
    script = (
        f"{code}\nimport json, sys\nprint(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=clean_environ,
        env=_environment(),
        timeout=60,
        check=True,
    )

    assert [] == json.loads(done.stdout)


def _environment() -> dict[str, str]:
    """Return the environment of a test, with the package importable."""
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": os.environ["HOME"]}
