"""Every fenced block of the README and of the pages does what the page says: it runs in a fresh HOME and
prints what is shown.
"""

from __future__ import annotations

import pytest
from blocks import PAGES, Block, read
from readers import Reader

ALL = {path.name: read(path) for path in PAGES}
BLOCKS = [
    block
    for page in ALL.values()
    for block in page.blocks
    if block.runs or block.language == "yaml" or "title" in block.options
]


@pytest.fixture(scope="module")
def reader_of():
    """Give the reader of a page; the one of the page before goes when the next comes."""
    at_work: dict[str, Reader] = {}

    def reader(name: str) -> Reader:
        if name not in at_work:
            while at_work:
                at_work.popitem()[1].__exit__()
            at_work[name] = Reader(ALL[name])
        return at_work[name]

    yield reader
    for one in at_work.values():
        one.__exit__()


def test_the_readme_and_the_guides_have_blocks():
    """There is something to run: a page that lost its blocks, or a parser that finds none, fails."""
    pages = {block.page.name for block in BLOCKS if block.runs and not block.reason}

    assert {
        "README.md",
        "running-experiments.md",
        "widgets.md",
        "gates.md",
        "local-workspace.md",
        "files-to-compare.md",
    } <= pages
    assert {"bring-your-own-results.md", "bring-your-own-metrics.md"} <= pages


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_a_block_does_what_the_page_says(block: Block, reader_of):
    """A block runs after those before it on its page, and prints what is shown."""
    if block.reason:
        pytest.skip(f"{block.name}: {block.reason}")
    outcome = reader_of(block.page.name).outcome(block)

    assert not outcome.wrong, (
        f"{block.name}\n{outcome.wrong}\n(`make docs-outputs` writes what is printed into the pages)"
    )
