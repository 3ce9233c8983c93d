"""Text for widgets: shown as it is, never run, never in the way."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

import arize_nb as ax
from arize_nb.display import sections
from arize_nb.display.diff_html import MAX_CHARACTERS, diff_rows
from arize_nb.display.sections_html import rows_html, sections_html
from arize_nb.text.number_text import single
from arize_nb.text.values import cell, plain, whole
from arize_nb.text.words import words
from arize_nb.widgets.parts.controls import inert

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>",
    "</td></tr></table><h1>out",
    "<b>unclosed <!-- comment",
    "javascript:alert(1)",
    "\u202eright to left\u202c",
    "null\x00byte",
    "\x1b[31mred\x1b[0m",
    r"$\href{javascript:alert(1)}{x}$ \begin{align}\end{align}",
    "[link](javascript:alert(1)) ![](http://127.0.0.1/x.png)",
    "\ud800 lone surrogate",
    "x" * 1_000_000,
    "&lt;script&gt;",
]


class Tags(HTMLParser):
    """Collect the tags and attributes that a browser would see."""

    def __init__(self):
        super().__init__()
        self.tags = set()
        self.attributes = []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs


def seen(html):
    parser = Tags()
    parser.feed(html)
    return parser


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_makes_no_tag_and_no_handler_in_static_html(text):
    """Cells, titles, diffs, facts and links hold text only."""
    made = [
        sections.text(text, text), sections.note(text), sections.pair(text, (text, text), (text, None)),
        *sections.diff(text, (text, "a"), (text, text)),
        sections.facts(text, [(text, text)]), sections.table(text, [text], [[text], [None]]),
        sections.link(text, text), sections.image(text, 0),
    ]  # fmt: skip
    html = rows_html([text], [[cell(text)]], text) + sections_html(made)
    found = seen(html)

    assert found.tags <= {
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "pre",
        "p",
        "h4",
        "b",
        "em",
        "del",
        "ins",
        "span",
        "div",
        "wbr",
    }
    assert [] == [name for name, _ in found.attributes if name not in ("dir", "style", "scope", "tabindex")]
    assert "\\" not in html
    assert "$" not in html
    json.dumps(made, allow_nan=False).encode()


def test_only_web_addresses_become_links():
    """A javascript: address stays text; quotes cannot leave the attribute."""
    assert "href" not in sections_html([sections.link("go", "javascript:alert(1)")])
    assert [("href", 'https://a/"x'), ("target", "_blank"), ("rel", "noopener noreferrer")] == seen(
        sections_html([sections.link("go", 'https://a/"x')])
    ).attributes


def test_control_characters_and_overrides_are_made_visible():
    """A null byte, an escape and a direction override are seen instead of obeyed."""
    assert "a␀b␛[0m[U+202E]c" == plain("a\x00b\x1b[0m\u202ec")
    assert "one ⏎ two" == cell("one\r\ntwo")
    assert "＄x＄ ＼href" == inert("$x$ \\href")


def test_long_texts_are_clipped_and_say_so():
    """300 characters in a cell; a detail says how many are left out."""
    assert 300 == len(cell("x" * 1_000_000))
    assert whole("x" * 100_010).endswith("… 10 of 100,010 characters left out here; .frame() has all of them")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1.0, "1"),
        (0.123456, "0.1235"),
        (float("nan"), "NaN"),
        (float("inf"), "inf"),
        (True, "true"),
        (12345678901234567890, "12,345,678,901,234,567,890"),
        (1e20, "1e+20"),
        (-0.0, "0"),
    ],
)
def test_numbers_read_shortly(value, expected):
    """Four significant digits, whole numbers in full, thousands separated."""
    assert expected == single(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, None), ({"a": [1, None]}, '{"a": [1, null]}'), (b"\xff", "b'\\xff'"), ("", "")],
)
def test_any_value_has_a_text(value, expected):
    """Nested values read as JSON, missing stays missing."""
    assert expected == cell(value)


def rebuilt(rows, side):
    """Put one side of a diff together again."""
    lines = [row[side] for row in rows if row[side] or row[0] == " "]
    return "\n".join("".join(text for _, text in spans) for spans in lines)


@given(
    before=st.lists(
        st.text(st.characters(exclude_characters="\n"), min_size=1, max_size=12), min_size=1, max_size=8
    ),
    data=st.data(),
)
def test_a_diff_keeps_both_texts_whole(before, data):
    """Nothing is lost or added by marking what changed."""
    after = data.draw(st.permutations(before)) + data.draw(st.lists(st.just("new line"), max_size=2))
    left, right = "\n".join(before), "\n".join(after)
    rows, remark = diff_rows(left, right)

    assert (left, right, "") == (rebuilt(rows, 1), rebuilt(rows, 2), remark)


def test_a_diff_marks_the_words_that_changed():
    """Only what differs is marked, and every changed line carries a sign beside the colour."""
    rows, _ = diff_rows("same\nthe answer is 41", "same\nthe answer is 42\nmore")

    assert [" ", [["same", "same"]], [["same", "same"]]] == rows[0]
    assert [
        "~",
        [["same", "the answer is "], ["del", "41"]],
        [["same", "the answer is "], ["ins", "42\nmore"]],
    ] == rows[1]


def test_huge_and_repetitive_texts_are_compared_in_bounded_time():
    """difflib is quadratic at worst; the first part is compared and the rest is told."""
    import time

    began = time.perf_counter()
    _, remark = diff_rows("a b " * 300_000, "b a\n" * 300_000)

    assert f"Only the first {MAX_CHARACTERS:,} characters are compared." == remark
    assert time.perf_counter() - began < 5


def test_a_static_table_neither_squeezes_nor_drowns_its_columns():
    """Short values stay on one line, long ones get room and are clipped, the table scrolls by itself, and
    names break after their parts.
    """
    rows = [{"id": "r1", "eval.correctness.score": 1.0, "output": "many " * 100, "label": "correct"}]
    html = ax.Grid(rows).to_html()

    assert html.startswith('<div style="overflow-x:auto" tabindex="0"><table>')
    assert (
        '<th scope="col" style="text-align:right;vertical-align:bottom">eval.<wbr>correctness.<wbr>score</th>'
        in html
    )
    assert 3 == html.count("white-space:nowrap")
    assert 1 == html.count("min-width:16em")
    assert 160 > html.count("many ") * len("many ") > 140


@pytest.mark.parametrize(
    ("before", "after", "gone", "come"),
    [
        ("You have 30 days.", "You have 14 days.", ["30"], ["14"]),
        ("配達から30日以内です。", "配達から14日以内です。", ["30"], ["14"]),
        ("返品できます", "返品できません", ["す"], ["せん"]),
        ("cafe\u0301", "cafe", ["cafe\u0301"], ["cafe"]),
        ("कि तो", "की तो", ["कि"], ["की"]),
        ("กิน", "กาน", ["กิ"], ["กา"]),
    ],
)
def test_marked_words_are_whole_letters_and_no_more_than_what_changed(before, after, gone, come):
    """A changed number is marked alone, in scripts without spaces too; an accent or vowel sign is marked with
    its letter.
    """
    ((_, left, right),), _ = diff_rows(before, after)

    assert (gone, come) == (
        [text for tag, text in left if tag == "del"],
        [text for tag, text in right if tag == "ins"],
    )
    assert (before, after) == ("".join(text for _, text in left), "".join(text for _, text in right))


def test_every_character_belongs_to_a_word():
    """Whatever the text, its words joined are the text."""
    every = "".join(chr(code) for code in range(0x3200) if not 0xD800 <= code < 0xE000)
    assert every == "".join(words(every))
