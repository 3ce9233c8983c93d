"""`make house`: the figures, and what changed against the budget; `--write` lowers it, `--write --raise` sets
it.
"""

from __future__ import annotations

import sys
from typing import Any

from house import budget, imports


def main(words: list[str]) -> int:
    """Return 0 when the budget holds, or was written."""
    counted = budget.measured()
    print(figures(counted))
    for problem in imports.without_row():
        print(f"✗ tests/house/rows.toml: no row for {problem}, or no module of that name")
    changes = budget.changes(budget.numbers(budget.written()), budget.numbers(counted))
    for change in changes:
        print(f"{'✗' if change.grown else '↓'} {change}")
    grown = [change for change in changes if change.grown]
    if "--write" in words and (not grown or "--raise" in words):
        budget.write(counted)
        print(f"budget written: {len(changes)} numbers changed")
        return 0
    if grown:
        print(
            f"✗ {len(grown)} numbers grew: mend the code; else make house-budget HOUSE=--raise, and say why"
        )
    elif changes:
        print(f"✗ {len(changes)} numbers fell: make house-budget writes them down, so that they stay there")
    return bool(changes or imports.without_row())


def figures(counted: dict[str, Any]) -> str:
    """Return the figures of the whole house in a few lines."""
    types, house = counted[budget.TYPES.name], counted[budget.HOUSE.name]
    total = {
        kind: sum(folder[kind] for folder in types.values()) for kind in ("parameters", "returns", "ignores")
    }
    full = house["full_folders"]
    largest = max(full, key=full.get, default="")
    sums = {name: sum(section.values()) for name, section in house.items()}
    sizes = ", ".join(str(len(circle)) for circle in imports.circles())
    return "\n".join(
        [
            (
                f"imports  {len(imports.pairs())} pairs of {len(imports.graph().modules)} modules, lazy and"
                " typing ones too"
            ),
            f"circles  {len(imports.circles())} ({sizes})",
            f"upward   {sums['upward']} pairs; {sums['loaded_by_name']} imports by name, which no graph sees",
            f"folders  {len(full)} with more than 14 files; the largest: {largest} {full.get(largest, '')}",
            f"files    {len(house['long_files'])} longer than 300 lines",
            (
                f"types    Any: {total['parameters']} parameters, {total['returns']} returns; ignores:"
                f" {total['ignores']}"
            ),
            "lines    longer than 110: "
            + ", ".join(f"{count} in {place}" for place, count in house["long_lines"].items()),
            (
                f"text     {sums['tags_in_f_strings']} f-strings with a tag; {sums['own_words']} names with a"
                " word of our own"
            ),
            f"tests    {sums['private_names_in_tests']} private names taken",
        ]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
