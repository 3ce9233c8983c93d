"""How a comparison looks outside a widget: text, HTML, Markdown; model text is escaped everywhere."""

from __future__ import annotations

import random
import re
from html.parser import HTMLParser

import pandas as pd
import pytest

import arize_nb as ax
from arize_nb.display.comparison_text import code
from arize_nb.display.diff_html import SHOWN_CHARACTERS, diff_html, diff_rows

HOSTILE = (
    "<img src=x onerror=alert(1)><script>x</script> | `a` ``` $x^2$ @team #12 https://evil.example"
    " [l](http://e) \\| \u202egpj\x1b[31m\n</table>"
)
VOID = {"img", "br", "meta"}


class Reader(HTMLParser):
    """Collect the tags and attributes of HTML, and see that they nest."""

    def __init__(self):
        super().__init__()
        self.tags, self.open, self.attributes, self.texts = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *attribute) for attribute in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def read(html):
    """Parse HTML and return the reader; every tag must be closed."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert [] == reader.open
    return reader


def hostile(n=12, word="old"):
    """Return runs in which everything that a model or a user wrote is hostile."""
    return pd.DataFrame(
        {
            "id": [f"{word}{i}{HOSTILE}" for i in range(n)],
            "example_id": [f"{i}{HOSTILE}" for i in range(n)],
            "output": [f"{word} {i} {HOSTILE}" for i in range(n)],
            f"eval.{HOSTILE}.label": [HOSTILE, "b", "c"] * (n // 3),
            f"eval.{HOSTILE}.explanation": [HOSTILE] * n,
            "eval.q.score": [1 if word == "old" else 0] * n,
            "eval.q.explanation": [HOSTILE] * n,
        }
    )


@pytest.fixture(scope="module")
def nasty():
    """A comparison of hostile runs under hostile names."""
    other = hostile(word="new")
    other[f"eval.{HOSTILE}.label"] = ["b", HOSTILE, "c"] * 4
    return ax.compare(hostile(), other, names=[f"base{HOSTILE}", f"cand{HOSTILE}"])


@pytest.fixture(scope="module")
def plain():
    """A small ordinary comparison."""
    one = pd.DataFrame(
        {
            "example_id": [f"e{i}" for i in range(40)],
            "eval.q.score": [1, 0] * 20,
            "output": ["the cat sat"] * 40,
        }
    )
    other = one.assign(**{"eval.q.score": [1, 0, 0, 0] * 10, "output": "the dog sat"})
    return ax.compare(one, other, names=["base", "cand"])


@pytest.mark.parametrize("surface", ["_repr_html_", "to_html"])
def test_html_is_static_and_escaped(nasty, surface):
    """Neither scripts nor handlers nor remote addresses, whatever the models wrote; the text is still there
    to read.
    """
    html = getattr(nasty, surface)()
    reader = read(html)

    assert not {"script", "iframe", "link", "object", "svg", "a", "form", "img"} & set(reader.tags)
    assert [] == [attribute for attribute in reader.attributes if attribute[1].startswith("on")]
    assert set() == {tag for tag, name, _ in reader.attributes if name in ("src", "href")}
    assert not {"\x1b", "\u202e"} & set(html)
    assert any("<img src=x onerror=alert(1)>" in text for text in reader.texts)


def test_pictures_have_alt_text(plain):
    """A screen reader hears the interval and the bar that are drawn of a metric."""
    labels = re.findall(r'role="img" aria-label="([^"]+)"', plain._repr_html_())

    assert ["q: -25.0 points, -38.7 to -11.3", "10 worse, 0 better, 30 same"] == [
        re.sub(r"-\d+\.\d to -\d+\.\d", "-38.7 to -11.3", label) for label in labels
    ]


def test_html_says_all_of_it(plain):
    """Verdict in words, five outcomes, delta with interval, the worst regressions with a diff of both
    outputs.
    """
    html = plain._repr_html_()
    words = " ".join(read(html).texts)

    for expected in (
        "regressed",
        "50.0% → 25.0%",
        "-25.0 points",
        "10 worse, 0 better, 30 same",
        "errored",
        "missing",
        "unscored",
        "10 got worse",
    ):
        assert expected in words
    assert re.search(r"<del[^>]*>cat</del>", html)
    assert re.search(r"<ins[^>]*>dog</ins>", html)


def test_page_stands_alone(plain, tmp_path):
    """The page is a whole document that may load nothing; with a path it is written there."""
    path = plain.to_html(tmp_path / "page.html")
    page = path.read_text(encoding="utf-8")

    assert plain.to_html() == page
    assert page.startswith("<!doctype html>")
    assert "default-src 'none'" in page
    assert "<title>cand against base</title>" in page


def test_mime_bundle_has_text_and_html(plain):
    """A notebook and a terminal each get what they can show; twice the same."""
    bundle = plain._repr_mimebundle_(include=None, exclude=None)

    assert {"text/plain", "text/html"} == set(bundle)
    assert repr(plain) == bundle["text/plain"]
    assert plain._repr_html_() == bundle["text/html"]


def test_every_form_counts_all_five_outcomes():
    """What became of the runs of each side is printed in text, Markdown and HTML alike."""
    base = pd.DataFrame(
        {
            "example_id": ["a", "b", "c", "d"],
            "output": "x",
            "error": None,
            "eval.q.label": ["pass", "pass", "fail", None],
        }
    )
    candidate = base.head(3).assign(error=["boom", None, None])
    comparison = ax.compare(base, candidate)
    html = re.sub(r"\s+", " ", " ".join(read(comparison._repr_html_()).texts))

    assert "q, baseline: 2 passed, 1 failed, 3 scored, 0 errored, 0 missing, 1 unscored" in str(comparison)
    assert "q, candidate: 1 passed, 1 failed, 2 scored, 1 errored, 1 missing, 0 unscored" in str(comparison)
    assert "| `q` | `candidate` | 1 | 1 | 2 | 1 | 1 | 0 |" in comparison.to_markdown()
    assert "q candidate 1 1 2 1 1 0" in html


def test_text_is_safe_for_a_terminal(nasty):
    """No escape sequence of a model's text reaches a terminal."""
    assert not {"\x1b", "\u202e"} & set(repr(nasty))
    assert "directional only" in repr(nasty)


def test_concerns_come_before_the_numbers(plain):
    """What makes the comparison shaky is on every surface, straight below the sentence."""
    one = pd.DataFrame({"example_id": ["a", "b"], "eval.q.score": [1, 0]})
    shaky = ax.compare(one, one.iloc[:1])

    assert "! one side only" in repr(shaky).partition("\n\n")[0]
    assert "one side only" in shaky._repr_html_()
    assert "one side only" in shaky.to_markdown()
    assert "Before the numbers" not in plain._repr_html_()


def test_markdown_tables_hold(nasty):
    """Every row of every Markdown table has as many cells as its head, and no model text stands outside a
    code span.
    """
    lines = nasty.to_markdown().splitlines()
    head = 0
    for line in lines:
        if not line.startswith("|"):
            head = 0
            continue
        cells = len(re.findall(r"(?<!\\)\|", line)) - 1
        head = head or cells
        assert head == cells, line
        outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", line)
        assert not re.search(r"<(?!/?details|/?summary)|@team|https://|onerror", outside), outside


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "`plain`"),
        ("a|b", r"`a\|b`"),
        ("a`b", "``a`b``"),
        ("`a`", "`` `a` ``"),
        ("", "(empty)"),
        ("two\nlines", "`two⏎lines`"),
        (r"x\|y", "`x\\∣y`"),
    ],
)
def test_code_spans(text, expected):
    """Text in Markdown is a code span with enough backticks, pipes escaped, on one line."""
    assert expected == code(text)


def test_diff_marks_words():
    """Only the words that differ are marked, by a line as well as a colour; equal and missing texts are
    whole.
    """
    before, after = diff_html("the <b> cat sat", "the <b> dog sat")

    assert re.fullmatch(r'the &lt;b&gt; <del style="[^"]*line-through[^"]*">cat</del> sat', before)
    assert re.fullmatch(r'the &lt;b&gt; <ins style="[^"]*underline[^"]*">dog</ins> sat', after)
    assert ("same", "same") == diff_html("same", "same")
    assert ("–", "x") == diff_html(None, "x")


def test_a_long_answer_with_few_edits_stays_readable():
    """In an answer of three hundred words of which ten were changed, only those are marked: not the whole
    answer.
    """
    generator = random.Random(0)
    words = [
        generator.choice(["the", "a", "of", "order", "refund", "is", "days", "and", "to"]) for _ in range(300)
    ]
    edited = [f"new{place}" if place % 30 == 0 else word for place, word in enumerate(words)]
    before, after = diff_html(" ".join(words), " ".join(edited))
    rows, remark = diff_rows(" ".join(words), " ".join(edited))

    assert 10 == len(re.findall("<ins", after))
    assert [f"new{place}" for place in range(0, 300, 30)] == re.findall(r"<ins[^>]*>([^<]*)</ins>", after)
    assert 10 == len(re.findall("<del", before))
    assert (["~"], "") == ([sign for sign, _, _ in rows], remark)
    assert 10 == sum(tag == "ins" for tag, _ in rows[0][2])


def test_lines_are_matched_before_words():
    """A line that was put in marks nothing of the lines around it, and each text is whole
    without the marks.
    """
    old, new = (
        "Step 1: open the app.\nStep 2: choose it.",
        "Step 1: open the app.\nStep 1b: sign in.\nStep 2: choose it.",
    )
    before, after = diff_html(old, new)

    assert old == before
    assert new == re.sub("<[^>]*>", "", after)
    assert ["Step 1b: sign in."] == re.findall(r"<ins[^>]*>([^<]*)</ins>", after)


def test_the_example_is_shown_with_its_regression(plain):
    """Where the examples are known, their own columns stand above the outputs, escaped."""
    study = plain.study
    sources = [side.source.frame for side in study.alignment.sides]
    examples = pd.DataFrame(
        {
            "id": sources[0]["example_id"],
            "question": [f"<i>why</i> {place}" for place in range(len(sources[0]))],
        }
    )
    comparison = ax.compare(*sources, examples=examples)
    html = comparison._repr_html_()

    assert 10 == read(html).texts.count("question")
    assert '<span class="id">e2</span><span class="asked"><bdi>&lt;i&gt;why&lt;/i&gt; 2</bdi></span>' in html
    assert "&lt;i&gt;why&lt;/i&gt;" in html
    assert "| example_id | metric | candidate | `question` | baseline_label |" in comparison.to_markdown()
    assert "| `<i>why</i> 2` |" in comparison.to_markdown()


def test_long_texts_are_cut_and_say_so():
    """A huge output does not make a huge page, nor a slow diff."""
    before, after = diff_html("a " * 50_000, "b " * 50_000)

    assert before.endswith(f"({100_000 - SHOWN_CHARACTERS:,} more characters)")
    assert len(after) < 3 * SHOWN_CHARACTERS
