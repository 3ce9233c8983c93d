"""The reading of a page's blocks, and that a page which says something wrong is found out."""

from __future__ import annotations

import pytest
from blocks import read, renewed, same
from readers import Reader


@pytest.fixture
def page_of(tmp_path):
    """Write a page and read it."""

    def page(text):
        path = tmp_path / "page.md"
        path.write_text(text, encoding="utf-8")
        return read(path)

    return page


def wrong(page):
    """Run a page; return what is wrong with each block."""
    with Reader(page) as reader:
        return [reader.outcome(block).wrong for block in page.blocks]


def test_what_a_block_is_stands_at_its_fence(page_of):
    """Language, options, line and text of a fence are read; a comment before it is the reason not to run it,
    and of it alone.
    """
    page = page_of("# T\n\n<!-- not run: needs a key -->\n```python\na\n```\n\n```csv title=a.csv\nb\n```\n")

    assert [
        ("python", {}, 4, "a\n", "needs a key"),
        ("csv", {"title": "a.csv"}, 8, "b\n", ""),
    ] == [(block.language, block.options, block.line, block.text, block.reason) for block in page.blocks]


def test_a_comment_far_from_a_fence_keeps_no_block_from_running(page_of):
    """Text between the comment and the fence ends what the comment says."""
    page = page_of("<!-- not run: needs a key -->\n\nSome text.\n\n```python\na\n```\n")

    assert [""] == [block.reason for block in page.blocks]


@pytest.mark.parametrize("info", ["", "pycon", "sh"])
def test_a_fence_that_does_not_say_what_it_holds_is_an_error(page_of, info):
    """No block gets past the tests for want of a language, or by one that nothing runs."""
    with pytest.raises(ValueError, match=r"page\.md:1: a fence of"):
        page_of(f"```{info}\nx = 1\n```\n")


def test_a_line_of_an_ellipsis_stands_for_any_lines():
    """`…` is none or several lines, nothing else is left out, and ids, times and durations are
    not compared.
    """
    assert same(["a", "…", "d"], ["a", "b", "c", "d"])
    assert same(["a", "…"], ["a"])
    assert not same(["a", "d"], ["a", "b", "d"])
    assert not same(["…", "c"], ["a", "b"])
    assert same(["took 3.1 s at 2026-11-30T12:00:00Z"], ["took 12 s at 2027-01-01T00:00:01Z"])
    assert not same(["8 worse"], ["9 worse"])


def test_new_output_is_as_long_as_the_old_was_meant_to_be():
    """Output that still holds stays as it is written; other output is replaced, up to a last `…` where there
    is one.
    """
    assert ["a", "…"] == renewed(["a", "…"], ["a", "b"])
    assert ["b", "…"] == renewed(["a", "…"], ["b", "c", "d"])
    assert ["b", "c"] == renewed(["a"], ["b", "c"])


def test_a_page_that_says_something_else_than_a_program_prints_is_wrong(page_of):
    """Another number in an output, a command that fails where nothing is shown, and a script that fails are
    all told.
    """
    page = page_of(
        "```console\n$ echo 1 worse\n2 worse\n```\n\n```console\n$ false\n```\n\n"
        "```shell\nfalse\n```\n\n```console\n$ echo fine\nfine\n```\n"
    )

    other, silent, script, fine = wrong(page)
    assert "it prints:\n1 worse" in other
    assert "ended with status 1" in silent
    assert "ended with status 1" in script
    assert fine == ""


@pytest.mark.kernel
def test_python_blocks_share_one_kernel_in_a_fresh_home(page_of):
    """Blocks see what those before them made and the files the page shows; what they print and raise is held
    against the page.
    """
    page = page_of(
        "```csv title=a.csv\nx\n1\n```\n\n```python\nfrom pathlib import Path\nx ="
        " Path('a.csv').read_text().split()\n```\n\n```python\n%load_ext arize_nb\nprint(x,"
        " list(Path.home().glob('*.csv')))\n```\n\n```text output\n['x', '1']"
        " []\n```\n\n```python\nx[5]\n```\n\n```python\n1 + 1\n```\n\n```text output\n3\n```\n"
    )

    said = wrong(page)
    assert ["", "", "", ""] == said[:4]
    assert "IndexError" in said[4]
    assert "it prints:\n2" in said[5]
