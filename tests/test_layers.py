"""Who may import whom: the table of docs/design.md, where third-party libraries may be, and what loading must
not load.
"""

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

ALLOWED: dict[str, set[str]] = {
    "text": set(),
    "errors": {"text"},
    "_version": set(),
    "renderers": set(),
    "persistence": {"text", "errors"},
    "models": {"errors", "renderers"},
    "addresses": {"errors"},
    "filters": {"errors"},
    "progress": {"errors"},
    "profiles": {"text", "errors", "addresses", "persistence"},
    "config": {"text", "errors", "addresses", "profiles"},
    "wire": {"text", "errors", "models"},
    "frames": {"errors", "models"},
    "interop": {"errors", "frames", "files"},
    "files": {"text", "errors", "persistence", "frames"},
    "workspace": {"_version", "text", "errors", "persistence", "config"},
    "rest_transport": {"_version", "text", "errors", "wire"},
    "flight_transport": {"_version", "text", "errors", "wire"},
    "resources": {"persistence", "text", "errors", "models", "wire", "frames", "filters", "files"},
    "client": {
        "text",
        *("config", "addresses", "wire", "workspace", "rest_transport", "flight_transport"),
        *("resources", "harness", "comparison", "errors", "models", "joined"),
    },
    "joined": {
        "client",
        "resources",
        "harness",
        "comparison",
        "errors",
        "models",
        "stored_results",
        "inline_dataset",
    },
    "inline_dataset": {"client", "resources", "files", "errors", "models"},
    "stored_results": {"text", "client", "resources", "comparison", "errors", "models"},
    "harness": {"renderers", "text", "errors", "persistence", "models", "frames", "filters", "progress"},
    "comparison": {"renderers", "text", "errors", "frames", "models"},
    "plots": {"errors", "models", "frames", "comparison"},
    "views": {"text", "errors", "models", "frames", "comparison", "harness", "progress"},
    "widgets": {
        "text",
        "errors",
        "persistence",
        "models",
        "client",
        "comparison",
        "plots",
        "views",
        "frames",
    },
    "local": {"client", "config", "server"},
    "server": {"_version", "errors", "filters", "persistence"},
    "magic_line": {"commands", "errors"},
    "completion": {"commands", "errors", "views", "models", "frames", "magics"},
    "magics": {"commands", "errors", "views", "models", "frames", "completion", "magic_line"},
    "cli": {"text", "commands", "errors", "views", "models", "frames"},
}
"""Module -> the modules that it may import anywhere."""
ALLOWED["commands"] = set(ALLOWED) - {"completion", "magics", "magic_line", "cli"}

ON_USE: dict[str, set[str]] = {
    "models": {"frames"},
    "harness": {"comparison", "interop"},
    "comparison": {"client", "files", "interop"},
    "views": {"plots"},
}
"""Module -> the modules that it may import inside a function, or for its annotations."""

SOME_NAMES: dict[str, dict[str, set[str]]] = {
    "workspace": {"server": {"state", "process", "control_paths", "peer"}},
    "widgets": {"workspace": {"data_directory"}, "addresses": {"ui_url", "is_loopback"}},
}
"""Module -> the few names that it may import from a module that is closed otherwise."""

PLACES: dict[str, tuple[str, ...]] = {
    "IPython": (
        "magics.py",
        "completion.py",
        "progress.py",
        "widgets/hosts.py",
        "widgets/shown.py",
        "widgets/plain_front.py",
    ),
    "ipywidgets": ("widgets/",),
    "anywidget": ("widgets/",),
    "traitlets": ("widgets/", "magics.py"),
    "matplotlib": ("plots/",),
    "requests": ("rest_transport.py", "harness/judge.py"),
    "urllib3": ("rest_transport.py",),
    "pyarrow.flight": ("flight_transport.py", "server/"),
    "duckdb": ("server/", "comparison/"),
    "fastapi": ("server/",),
    "starlette": ("server/",),
    "uvicorn": ("server/",),
    "scipy": ("comparison/",),
    "statsmodels": (),
    "click": ("cli.py", "completion.py", "commands/"),
    "tqdm": ("progress.py",),
    "sqlglot": ("filters/",),
    "distributed": ("harness/",),
    "opentelemetry": ("harness/",),
    "psutil": ("server/",),
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
OWN = [
    found
    for found in IMPORTS
    if found.module.startswith("arize_nb.") and found.source not in ("__init__", "__main__")
]


def target(found: Import) -> str:
    """Return the top-level module of this package that is imported."""
    return found.module.split(".")[1]


def permitted(found: Import) -> bool:
    """Whether the table allows an import."""
    wanted = target(found)
    if wanted == found.source or wanted in ALLOWED.get(found.source, ()):
        return True
    if wanted in ON_USE.get(found.source, ()) and not found.at_load:
        return True
    names = SOME_NAMES.get(found.source, {}).get(wanted, set())
    return bool({*found.module.split(".")[2:3]} & names or (found.names and set(found.names) <= names))


def test_the_walk_sees_the_package():
    """The walk finds files, imports on load and imports on use, so that the other tests mean something."""
    assert len(OWN) > 100
    assert {True, False} == {found.at_load for found in OWN}


def test_every_module_is_in_the_table():
    """A new module must say what it may import."""
    modules = {
        path.name.removesuffix(".py")
        for path in PACKAGE.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }

    assert {"__init__", "__main__", *ALLOWED} == modules


def test_one_way_flow():
    """No module imports what the table does not allow."""
    assert [] == [found for found in OWN if not permitted(found)]


def test_every_line_of_the_table_is_needed():
    """What the table allows on use is used: an exception that nobody needs any more goes."""
    used = {(found.source, target(found)) for found in OWN}

    assert set() == {(source, wanted) for source, targets in ON_USE.items() for wanted in targets} - used


def test_the_design_page_says_the_same():
    """The table in docs/design.md has a row for every module, and names what it may import."""
    text = (
        (ROOT / "docs" / "design.md")
        .read_text(encoding="utf-8")
        .partition("| Module |")[2]
        .partition("\n\n")[0]
    )
    rows = dict(row.strip("| ").split(" | ", 1) for row in text.splitlines()[2:])
    says = {module: meaning for modules, meaning in rows.items() for module in modules.split(", ")}

    assert set(ALLOWED) == set(says)
    for module, meaning in says.items():
        wanted = ALLOWED[module] | ON_USE.get(module, set()) | set(SOME_NAMES.get(module, ()))
        missing = [
            other
            for other in wanted
            if not re.search(rf"\b({other}|{other.partition('_')[2] or other}s)\b", meaning)
        ]
        assert meaning == "all of the above" or missing == [], f"{module}: {missing}"


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
        "from IPython.core.interactiveshell import InteractiveShell as S; S.instance().run_line_magic('load_ext', 'arize_nb')",
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
