"""The fenced blocks of a Markdown page: what each is, what it shall print, and how shown outputs are compared
and replaced.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PYTHON, CONSOLE, SHELL = ("python",), ("console",), ("shell", "bash")
RUN = PYTHON + CONSOLE + SHELL
DATA = ("csv", "json", "jsonl", "toml", "yaml")  # with title=NAME a file of that name; without one only shown
SHOWN = ("text",)
_COMMENT = re.compile(r"<!-- (?P<word>not run|folder): (?P<value>.+?) -->")
_MASKS = {
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\b|\b[A-Za-z0-9+/]{24,}={0,2}(?![\w/])": "ID",
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:?\d\d)?)?": "TIME",
    r"\b\d+(\.\d+)? (ms|s)\b": "DURATION",
}


@dataclass
class Block:
    """One fenced block; `line` counts from 1 and is that of the opening fence, `shown` the output a reader
    sees under a Python block.
    """

    page: Path
    line: int
    language: str
    options: dict[str, str]
    text: str
    reason: str = ""  # why it is not run
    shown: Block | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """Say where it is: `README.md:35`."""
        return f"{self.page.name}:{self.line}"

    @property
    def runs(self) -> bool:
        """Whether a reader would run it."""
        return self.language in RUN

    def commands(self) -> list[tuple[str, list[str]]]:
        """Return the commands of a console block, each with the lines shown under it."""
        made: list[tuple[str, list[str]]] = []
        for line in self.text.splitlines():
            if line.startswith("$ "):
                made.append((line[2:], []))
            elif made and made[-1][0].endswith("\\") and not made[-1][1]:
                made[-1] = (f"{made[-1][0]}\n{line.removeprefix('> ')}", [])
            elif made:
                made[-1][1].append(line)
            else:
                raise ValueError(
                    f"{self.name}: a console block begins with '$ ' and a command, this one with {line!r}"
                )
        return made


@dataclass
class Page:
    """A page: its blocks, and the folder of docs/ whose files lie beside the reader."""

    path: Path
    folder: Path | None
    blocks: list[Block]


def read(path: Path) -> Page:
    """Read the fenced blocks of a page; a fence that does not say what it holds is an error."""
    blocks: list[Block] = []
    folder, reason = None, ""
    for token in MarkdownIt().parse(path.read_text(encoding="utf-8")):
        if token.type == "html_block" and (said := _COMMENT.search(token.content)):
            if said["word"] == "folder":
                folder = path.parent / said["value"]
            else:
                reason = said["value"]
        elif token.type == "fence" and not token.info.startswith("{"):  # those are directives of the site
            language, *options = shlex.split(token.info) or [""]
            block = Block(
                path,
                token.map[0] + 1,
                language,
                dict(each.partition("=")[::2] for each in options),
                token.content,
                reason,
            )
            if language not in RUN + DATA + SHOWN:
                raise ValueError(
                    f"{block.name}: a fence of {language or 'no language'!r}; say one of"
                    f" {', '.join(RUN + DATA + SHOWN)}"
                )
            if "output" in block.options:
                blocks[-1].shown = block
            blocks.append(block)
            reason = ""
        elif token.type.endswith("_open"):
            reason = ""
    return Page(path, folder, blocks)


def masked(line: str) -> str:
    """Put a word in the place of what differs from one run to the next."""
    for pattern, word in _MASKS.items():
        line = re.sub(pattern, word, line)
    return line.rstrip()


def same(shown: list[str], printed: list[str]) -> bool:
    """Compare the lines shown with those printed; a line `…` stands for any lines."""
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "…" else re.escape(masked(line)) + "\n" for line in _trimmed(shown)
    )
    return re.fullmatch(pattern, "".join(f"{masked(line)}\n" for line in _trimmed(printed))) is not None


def renewed(shown: list[str], printed: list[str]) -> list[str]:
    """Return what a page shall show: its own lines where they hold, else those printed, as many as were shown
    before a last `…`.
    """
    if same(shown, printed):
        return shown
    if shown and shown[-1].strip() == "…":
        return [*printed[: len(shown) - 1], "…"]
    return _trimmed(printed)


def _trimmed(lines: list[str]) -> list[str]:
    """Leave out the empty lines at both ends, and what a terminal does not show at the ends of lines."""
    return "\n".join(line.rstrip() for line in lines).strip("\n").split("\n")
