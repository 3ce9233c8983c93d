"""The budget: every number that may only fall, as it was last written down, against what is counted now."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import tomli_w

from house import annotations, imports, sources, text_rules, wording

Numbers = dict[tuple[str, ...], int]
"""(section, key) or (section, folder, key) -> count; what is not there is 0."""

TYPES = sources.ROOT / "tests" / "any_budget.toml"
HOUSE = sources.ROOT / "tests" / "house_budget.toml"
SAYS = {
    TYPES: "parameters and returns that are exactly `Any`, and `type: ignore`, by folder",
    HOUSE: (
        "circles, pairs that run up, full folders and long files, long lines, tags, own words, private names"
        " in tests"
    ),
}
HEAD = (
    "# Counted by `make house`: {}.\n# `make house-budget` writes what fell; nothing here is written by"
    " hand.\n\n"
)


@dataclass(frozen=True)
class Change:
    """A number that is not the budget's."""

    key: tuple[str, ...]
    allowed: int
    counted: int

    @property
    def grown(self) -> bool:
        """Whether it is worse than the budget."""
        return self.counted > self.allowed

    def __str__(self) -> str:
        where, what = ": ".join(self.key), "grew" if self.grown else "fell"
        return f"{where} {what} from {self.allowed} to {self.counted}"


@cache
def measured() -> dict[str, Any]:
    """Return file of the budget -> what it would say now.

    A circle that falls apart leaves more circles than before, so the modules in circles are counted, and
    those of the largest.
    """
    circles = imports.circles()
    return {
        TYPES.name: annotations.counts(),
        HOUSE.name: {
            "imports": {
                "modules_in_circles": sum(map(len, circles)),
                "largest_circle": max(map(len, circles), default=0),
            },
            "upward": dict.fromkeys(imports.upward(), 1),
            "loaded_by_name": imports.loaded_by_name(),
            "full_folders": text_rules.full_folders(),
            "long_files": dict.fromkeys(text_rules.long_files(), 1),
            "long_lines": text_rules.long_lines(),
            "tags_in_f_strings": text_rules.tags(),
            "own_words": wording.counts(),
            "private_names_in_tests": text_rules.private_reads(),
        },
    }


def written() -> dict[str, Any]:
    """Return file of the budget -> what it says."""
    return {path.name: tomllib.loads(path.read_text(encoding="utf-8")) for path in SAYS if path.exists()}


def numbers(table: Mapping[str, Any]) -> Numbers:
    """Return a table of tables as one list of numbers."""
    return dict(_leaves(table, ()))


def _leaves(table: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*above, name))
        else:
            yield (*above, name), value


def changes(before: Numbers, after: Numbers) -> list[Change]:
    """Return the numbers that differ, those that grew first."""
    keys = sorted(before.keys() | after.keys())
    found = [
        Change(key, before.get(key, 0), after.get(key, 0))
        for key in keys
        if before.get(key, 0) != after.get(key, 0)
    ]
    return sorted(found, key=lambda change: not change.grown)


def write(tables: Mapping[str, Any]) -> None:
    """Write the budget."""
    for path, meaning in SAYS.items():
        path.write_text(HEAD.format(meaning) + tomli_w.dumps(tables[path.name]), encoding="utf-8")
