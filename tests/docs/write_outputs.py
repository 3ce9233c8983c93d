"""Write into the pages what their blocks print: `make docs-outputs`. Look at the difference before it is
committed.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))

from blocks import CONSOLE, PAGES, Block, Page, read, renewed
from readers import Outcome, Reader


def new_text(block: Block, outcome: Outcome) -> str:
    """Return a console block with what its commands printed."""
    lines: list[str] = []
    for (command, shown), printed in zip(block.commands(), outcome.printed, strict=True):
        lines += [f"$ {command}", *renewed(shown, printed)] if shown or printed else [f"$ {command}"]
    return "\n".join(lines) + "\n"


def write(page: Page) -> list[str]:
    """Run a page and write its outputs; returns what failed."""
    lines, failed = page.path.read_text(encoding="utf-8").splitlines(keepends=True), []
    changes: list[tuple[Block, str]] = []
    with Reader(page) as reader:
        for block in page.blocks:
            outcome = reader.outcome(block)
            if outcome.raised:
                failed.append(f"{block.name}\n{outcome.wrong}")
            elif block.language in CONSOLE and not block.reason:
                changes.append((block, new_text(block, outcome)))
            elif block.shown and not block.reason:
                changes.append(
                    (
                        block.shown,
                        "\n".join(renewed(block.shown.text.splitlines(), outcome.printed[0])) + "\n",
                    )
                )
            elif outcome.wrong:
                failed.append(f"{block.name}\n{outcome.wrong}")
    for block, text in sorted(changes, key=lambda change: -change[0].line):
        lines[block.line : block.line + len(block.text.splitlines())] = [text]
    page.path.write_text("".join(lines), encoding="utf-8")
    return failed


if __name__ == "__main__":
    asked = [Path(name).resolve() for name in sys.argv[1:]] or PAGES
    broken = [said for path in asked for said in write(read(path))]
    print("\n".join(broken) or "all pages written")
    sys.exit(bool(broken))
