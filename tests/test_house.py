"""The guard of the house: imports run one way, and what is counted against the code only falls (`make house`,
docs/house.md).
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from house import annotations, budget, imports, sources, text_rules, wording


def test_every_module_stands_in_a_row():
    """Each module has its row in the table, and each line of the table places a module."""
    assert [] == imports.without_row()


@pytest.mark.parametrize("file", budget.SAYS, ids=lambda path: path.name)
def test_the_budget_is_what_is_counted(file):
    """Nothing is worse than the budget, and nothing is better without the budget saying so: `make house`
    tells what to do.
    """
    before, after = (budget.numbers(tables()[file.name]) for tables in (budget.written, budget.measured))

    assert [] == list(map(str, budget.changes(before, after)))


def test_the_contracts_hold():
    """The contracts of import-linter in pyproject.toml hold, without an exception."""
    from importlinter.application import use_cases
    from importlinter.configuration import configure

    configure()
    kept = use_cases.lint_imports(
        config_filename=str(sources.ROOT / "pyproject.toml"), cache_dir=None, no_logo=True
    )

    assert kept
    assert "ignore_imports" not in (sources.ROOT / "pyproject.toml").read_text(encoding="utf-8")


def package(folder: Path, name: str, **modules: str) -> None:
    """Write a package of modules."""
    (folder / name).mkdir()
    for module, text in {"__init__": '"""Made."""\n', **modules}.items():
        (folder / name / f"{module}.py").write_text(text, encoding="utf-8")


def test_a_circle_of_any_imports_is_seen(tmp_path):
    """One import at load, one inside a function and one for type checking close a circle; who only imports
    stands outside.
    """
    package(
        tmp_path,
        "house_round",
        a="from house_round import b\n",
        b="def use():\n    from house_round.c import value\n    return value\n",
        c="from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house_round.a import b\nvalue = 1\n",
        d="import house_round.a\n",
    )
    graph = imports.built("house_round", tmp_path)

    assert [["house_round.a", "house_round.b", "house_round.c"]] == [
        sorted(module for module in circle if module != "house_round") for circle in imports.circles(graph)
    ]


@pytest.mark.parametrize(
    ("importer", "imported", "expected"),
    [
        ("comparison.gate", "display.tables", "(comparison -> display)"),
        ("models", "files.reading", "(models -> files)"),
        ("server.host", "client", "(server -> client)"),
        ("comparison.gate", "", "(comparison -> doors)"),
        ("display.tables", "comparison.gate", None),
        ("wire.ids", "models", None),
        ("comparison.gate", "comparison.stats.paired", None),
        ("", "widgets.grid", None),
    ],
)
def test_up_and_sideways_are_seen(importer, imported, expected):
    """A pair that runs up, sideways or to the front door is named with both rows; one that runs down, or
    stays, is not.
    """
    names = tuple(f"arize_nb.{name}".rstrip(".") for name in (importer, imported))

    assert ([f"{names[0]} -> {names[1]} {expected}"] if expected else []) == imports.upward([names])


def test_exact_any_is_counted():
    """`Any` alone counts, written in each of its ways, as a parameter or a return; a part of a
    type does not.
    """
    code = (
        "def f(a: Any, *b: typing.Any, c: 'Any' = 1, d: list[Any], **k: Any) -> Any: ...\ndef g(h) ->"
        " dict[str, Any]: ..."
    )

    assert ["parameters"] * 4 + ["returns"] == sorted(annotations.untyped(ast.parse(code)))


def test_ignores_are_comments():
    """A comment that stops mypy counts, a text that speaks of one does not."""
    assert 2 == annotations.ignores(
        "a = 1  # type: ignore[misc]\nb = '# type: ignore'\nc = 2  #type:ignore\n"
    )


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('f"<td>{x}</td>"', True),
        ('f"{x}<br/>"', True),
        ('"<td>"', False),
        ('f"{a} < {b}"', False),
        ('f"(?P<name>{x})"', False),
    ],
)
def test_a_tag_in_an_f_string_is_seen(code, expected):
    """An f-string with a tag of its own counts; a plain text, a comparison and a named group do not."""
    assert expected == any(map(text_rules.holds_tag, ast.walk(ast.parse(code))))


@pytest.mark.parametrize(
    ("kind", "name", "folder", "expected"),
    [
        ("variables", "found", "files", {"found"}),
        ("variables", "_found", "files", {"found"}),
        ("variables", "found_rows", "files", set()),
        ("names", "JournalledRun", "harness", {"journalledrun"}),
        ("names", "CrewMember", "harness", {"crew"}),
        ("variables", "sheet_name", "server", {"sheet"}),
        ("variables", "sheet_name", "files", set()),
        ("files", "front", "widgets", {"front"}),
        ("variables", "front", "widgets", set()),
    ],
)
def test_own_words_are_seen(kind, name, folder, expected):
    """A word of the glossary's left side counts where it has that sense."""
    assert expected == wording.words_of(kind, name, folder)


def test_private_names_are_seen():
    """An imported private name and a private member of something else count; a test's own do not."""
    code = "from arize_nb.x import _a, b\nfrom os import _exit\nq = thing._c + self._d + thing.__dict__"

    assert 2 == text_rules.takes_private(ast.parse(code))


def test_growing_and_falling_are_told():
    """A number above the budget grew, one below it fell; what is new counts from 0, what is gone to 0."""
    before = budget.numbers({"a": {"x": 1, "y": 2}, "b": 3})
    after = budget.numbers({"a": {"x": 2, "z": 1}, "b": 3})

    assert ["a: x grew from 1 to 2", "a: z grew from 0 to 1", "a: y fell from 2 to 0"] == list(
        map(str, budget.changes(before, after))
    )
