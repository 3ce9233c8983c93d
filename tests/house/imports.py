"""Imports of the package, every one of them: at load, inside functions, for type checking; its circles and
its upward pairs.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import grimp
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from house import sources

TABLE = Path(__file__).with_name("rows.toml")
BY_NAME = ("import_module", "__import__")


@dataclass(frozen=True)
class Picture:
    """The table of rows: which row a module belongs to, and where the row stands."""

    places: dict[str, tuple[int, int]]
    """Row -> its line, and its height within the line."""
    rows: dict[str, str]
    """Beginning of a module's name -> row."""
    doors: frozenset[str]

    def row(self, module: str) -> str | None:
        """Return the row of a module: that of the longest name which begins its own; None without one."""
        parts = module.split(".")
        names = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
        return next((self.rows[name] for name in names if name in self.rows), None)

    def runs_down(self, importer: str, imported: str) -> bool:
        """Whether one row may import another: itself, or one below it."""
        return importer == imported or self.places[importer] > self.places[imported]


@cache
def picture() -> Picture:
    """Read the table of rows."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    places: dict[str, tuple[int, int]] = {}
    for line, written in enumerate(table["order"]):
        for height, neighbours in enumerate(written.split("<")):
            places |= {name.strip(): (line, height) for name in neighbours.split("|")}
    return Picture(places, table["rows"], frozenset(table["doors"]))


@cache
def graph() -> grimp.ImportGraph:
    """Return who imports whom in the tree of this file, wherever arize_nb may be installed besides."""
    return built("arize_nb", sources.ROOT)


def built(package: str, parent: Path) -> grimp.ImportGraph:
    """Return who imports whom in a package that lies in a folder: at load, inside functions, for type
    checking.
    """
    sys.path.insert(0, str(parent))
    try:
        return grimp.build_graph(package, cache_dir=None, exclude_type_checking_imports=False)
    finally:
        sys.path.remove(str(parent))


def pairs(of: grimp.ImportGraph | None = None) -> list[tuple[str, str]]:
    """Return (importer, imported) for every pair of modules."""
    of = of or graph()
    return sorted(
        (importer, imported)
        for importer in of.modules
        for imported in of.find_modules_directly_imported_by(importer)
    )


@cache
def circles(of: grimp.ImportGraph | None = None) -> list[list[str]]:
    """Return the sets of modules of which each reaches each by imports (strongly connected), the largest
    first.
    """
    of = of or graph()
    modules = sorted(of.modules)
    number = {module: index for index, module in enumerate(modules)}
    ends = np.array(
        [(number[importer], number[imported]) for importer, imported in pairs(of)], dtype=int
    ).reshape(-1, 2)
    matrix = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(modules), len(modules)))
    _, labels = connected_components(matrix, directed=True, connection="strong")
    groups: dict[int, list[str]] = {}
    for module, label in zip(modules, labels.tolist(), strict=True):
        groups.setdefault(label, []).append(module)
    return sorted(
        (group for group in groups.values() if len(group) > 1), key=lambda group: (-len(group), group)
    )


def without_row() -> list[str]:
    """Return the modules that the table does not place, and its lines that place none."""
    modules = graph().modules - picture().doors
    unknown = [module for module in modules if picture().row(module) not in picture().places]
    idle = [
        name for name in picture().rows if not any(f"{module}.".startswith(f"{name}.") for module in modules)
    ]
    return sorted([*unknown, *idle])


def upward(all_pairs: Iterable[tuple[str, str]] | None = None) -> list[str]:
    """Return "importer -> imported (row -> row)" for each pair that runs up or sideways in the picture."""
    table, found = picture(), []
    for importer, imported in all_pairs if all_pairs is not None else pairs():
        if importer in table.doors:
            continue
        source, target = table.row(importer), "doors" if imported in table.doors else table.row(imported)
        if target == "doors" or (source and target and not table.runs_down(source, target)):
            found.append(f"{importer} -> {imported} ({source} -> {target})")
    return found


def loaded_by_name() -> dict[str, int]:
    """Return file -> how often it imports a module by a text, which no graph can see."""
    counts = {}
    for path in sources.files():
        found = [
            node
            for node in ast.walk(sources.tree(path))
            if isinstance(node, ast.Call) and _called(node) in BY_NAME
        ]
        if found:
            counts[sources.name(path)] = len(found)
    return counts


def _called(call: ast.Call) -> str:
    """Return the last name of what a call calls."""
    function = call.func
    return (
        function.attr
        if isinstance(function, ast.Attribute)
        else function.id
        if isinstance(function, ast.Name)
        else ""
    )
