"""Tables as text and HTML: escaped, aligned, the same every time."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from html.parser import HTMLParser

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arize_nb import frames
from arize_nb.display.tables import cell_text, frame_html, members_html, members_text, text_table, visible
from arize_nb.text.terminal import clipped, width

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'onmouseover='x",
    "</td></table><h1>",
    "&lt;b&gt;",
    "\x1b[31mred\x07",
    "a\u202eb",
    "</style><b>",
]


class Collector(HTMLParser):
    """Collect tags, attributes and text of a document."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.words = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.words.append(data)


class TestHtml:
    @pytest.mark.parametrize("text", HOSTILE)
    def test_everything_is_escaped(self, text):
        """Hostile text in cells, names, captions and nested values is text and nothing else."""
        frame = pd.DataFrame({text: [text, [text], {text: text}]})
        for html in (
            frame_html(frame, caption=text, noun=text),
            members_html(text, {text: text, "list": [text]}),
        ):
            seen = Collector(html)
            assert {"style", "table", "caption", "thead", "tbody", "tr", "th", "td", "span"} >= set(seen.tags)
            assert {"id", "class", "style", "type", "scope"} >= {name for name, _ in seen.attributes}
            assert visible(text) in "".join(seen.words)
            assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e]", html)

    def test_nothing_comes_from_elsewhere(self):
        """No address, script or import is in the HTML: it works offline and in a saved notebook."""
        html = frame_html(pd.DataFrame({"a": [1]}), caption="c")

        assert not re.search(r"https?:|<script|<link|@import|url\(", html)

    def test_the_same_frame_gives_the_same_text(self):
        """Identifiers are fixed, so that a notebook that runs again does not change."""
        frame = pd.DataFrame({"a": [1, None], "b": ["x", None]})

        assert frame_html(frame) == frame_html(frame.copy())

    def test_light_and_dark(self):
        """Colours are inherited, backgrounds transparent."""
        html = frame_html(pd.DataFrame({"a": [1]}))

        assert "background: transparent" in html
        assert not re.search(r"(?<!-)color: (#|white|black|rgb\()", html)

    @pytest.mark.parametrize(
        ("rows", "total", "expected"),
        [
            (3, None, "3 runs"),
            (80, None, "50 of 80 runs"),
            (3, 1000, "3 of 1,000 runs"),
            (0, None, "0 runs"),
            (1, None, "1 run"),
        ],
    )
    def test_the_caption_counts(self, rows, total, expected):
        """The caption says how many rows are shown of how many."""
        html = frame_html(pd.DataFrame({"a": range(rows)}), caption="base", noun="runs", total=total)

        assert f"<caption>base: {expected}</caption>" in html
        assert min(rows, 50) == html.count("<tr>") - 1

    def test_cells(self):
        """Missing values are a dash, numbers stand right, long texts say how much is left out."""
        table = pa.table({"text": ["x" * 400, None], "score": [0.123456, None], "n": [1_234_567, 2]})
        html = frame_html(frames.to_pandas(table))

        assert "… (100 more characters)" in html
        assert html.count("–</span>") == 2
        assert re.search(r'ax-number" >0\.123456</td>', html)
        assert ">1,234,567</td>" in html

    def test_two_columns_of_one_name(self):
        """Names that are there twice, and any index, do no harm."""
        html = frame_html(pd.DataFrame([[1, "a"], [2, "b"]], columns=["x", "x"], index=[5, 5]))

        assert html.count(">x</th>") == 2

    def test_members_without_a_value_are_left_out(self):
        """An object's table shows what is there."""
        html = members_html("Experiment 'a'", {"id": "1", "name": None})

        assert ("id" in html, ">name<" in html) == (True, False)


class TestText:
    def test_aligned(self):
        """Columns line up, numbers to the right, missing values empty, empty columns left out."""
        table = text_table(
            [{"name": "a", "n": 5, "gone": None}, {"name": "longer", "n": 123.5}, {"name": "z"}]
        )

        assert table.split("\n") == ["name        n", "a           5", "longer  123.5", "z"]

    def test_wide_and_combining_characters(self):
        """Chinese takes two columns a character, a combining accent none."""
        table = text_table([{"name": "漢字", "id": "1"}, {"name": "e\u0301t", "id": "2"}])

        assert table.split("\n") == ["name  id", "漢字  1", "e\u0301t    2"]

    def test_fits_the_terminal(self):
        """Long cells are cut to fit, ids and names never: they are typed again."""
        record = {"id": "RXhwZXJpbWVudDoxOmFCY0Q=", "output": "word " * 40}
        lines = text_table([record], max_width=60).split("\n")

        assert max(map(width, lines)) <= 60
        assert record["id"] in lines[1]
        assert lines[1].endswith("…")

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (None, ""),
            (True, "true"),
            (0.5, "0.5"),
            (1.0, "1"),
            (12345.678, "12345.7"),
            (float("nan"), ""),
            (float("inf"), "inf"),
            (1e300, "1e+300"),
            (dt.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=dt.UTC), "2026-01-02 03:04:05"),
            ({"a": [1, "é"]}, '{"a": [1, "é"]}'),
            ("two\nlines\ttab", "two⏎lines\ttab"),
            ("\x1b[2J\x00", "␛[2J␀"),
            ("a\u202eb\ud800", "a[U+202E]b[U+D800]"),
            ("👩\u200d🔬 é", "👩\u200d🔬 é"),
        ],
    )
    def test_cells(self, value, expected):
        """A cell is one line that cannot drive a terminal."""
        assert expected == cell_text(value)

    @given(text=st.text(max_size=30), room=st.integers(1, 20))
    @settings(max_examples=200, deadline=None)
    def test_any_text(self, text, room):
        """Any text can be shown: it encodes, has no control characters, and is cut to the room there is."""
        shown = cell_text(text)
        shown.encode()

        assert not [c for c in shown if unicodedata.category(c) == "Cc" and c != "\t"]
        assert width(clipped(shown, room)) <= room

    def test_nothing_to_show(self):
        """No records are no table."""
        assert text_table([]) == ""

    def test_members(self):
        """An object is its title and a line a member."""
        assert members_text(
            "Space 'a'",
            {"id": "1", "description": None, "created_at": dt.datetime(2026, 1, 2, tzinfo=dt.UTC)},
        ) == ("Space 'a'\n  id          1\n  created_at  2026-01-02 00:00:00")
