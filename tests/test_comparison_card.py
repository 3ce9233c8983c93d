"""The card of a comparison: aligned characters, the same words in a pipe and in colour, nothing that acts."""

from __future__ import annotations

import errno
import io
import os
import pty
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import Color
from rich.console import Console

import arize_nb as ax
from arize_nb.display.card.card import card_lines
from arize_nb.display.card.change_bar import shares
from arize_nb.display.card.coloured import STYLES, comparison_rich
from arize_nb.display.card.interval_axis import axis_for
from arize_nb.display.card.spans import plain, span, wrapped
from arize_nb.text.terminal import width

HOSTILE = "\x1b]0;owned\x07\x1b[2J\u202egpj <b>|`\n\ttail"
WIDE = "検索の品質がとても大切です、そして速さも"
SEQUENCE = re.compile(r"\x1b\[[0-9;]*m")


def frames(count=200, seed=3, name="q", text="answer"):
    """Return the runs of two experiments: verdicts that fall, a score that stays, a latency that falls."""
    random = np.random.default_rng(seed)
    passed = random.random(count) < 0.8
    score = np.round(random.random(count), 3)
    base = pd.DataFrame(
        {
            "example_id": [f"e{place:03}" for place in range(count)],
            "question": [f"{text} question {place}" for place in range(count)],
            "topic": random.choice(["billing", "shipping"], count),
            "output": [f"{text} {place} as it was" for place in range(count)],
            "latency_ms": random.gamma(4, 300, count),
            f"eval.{name}.label": np.where(passed, "pass", "fail"),
            "eval.accuracy.score": score,
        }
    )
    kept = random.random(count) < 0.6
    other = base.assign(
        **{
            "output": [f"{text} {place} as it is" for place in range(count)],
            "latency_ms": base["latency_ms"] * 0.7,
            f"eval.{name}.label": np.where(passed & kept, "pass", "fail"),
            "eval.accuracy.score": np.clip(score + random.normal(0, 0.1, count), 0, 1),
        }
    )
    return base, other


def compared(name="q", text="answer", names=("old", "new")):
    """Return the comparison of both."""
    metrics = [name, "accuracy", "latency_ms"]
    return ax.compare(*frames(name=name, text=text), names=list(names), metrics=metrics)


@pytest.fixture(scope="module")
def usual():
    """Three metrics in three units: worse, cannot tell, better."""
    return compared()


@pytest.fixture(scope="module")
def wide():
    """Names and outputs of characters that take two columns."""
    return compared(WIDE, WIDE * 8, (WIDE, f"{WIDE}新"))


@pytest.fixture(scope="module")
def nasty():
    """Names and outputs that are commands to a terminal."""
    return compared(HOSTILE, HOSTILE, (f"old{HOSTILE}", f"new{HOSTILE}"))


def texts(comparison, columns):
    """Return the lines of a card as text, concerns aside: these are whole sentences."""
    return [
        line for line in map(plain, card_lines(comparison, columns)) if not line.startswith(("! ", "paired "))
    ]


@pytest.mark.parametrize("columns", [60, 80, 100, 120, 140])
@pytest.mark.parametrize("made", ["usual", "wide", "nasty"])
def test_no_line_is_wider_than_the_terminal(request, made, columns):
    """Whatever the names and outputs are, the card fits, measured as terminals measure."""
    lines = texts(request.getfixturevalue(made), columns)

    assert [] == [line for line in lines if cell_len(line) > columns]
    assert any("●" in line or "○" in line for line in lines)


@pytest.mark.parametrize("columns", [100, 120])
def test_a_metric_is_one_line(usual, columns):
    """Name, both means, interval, difference, verdict and the bar stand in one line, in this order."""
    (line,) = [one for one in texts(usual, columns) if one.startswith("q ")]
    row = usual.rows[0]

    assert re.fullmatch(
        rf"q +{100 * row['baseline_mean']:.1f}% → {100 * row['candidate_mean']:.1f}%"
        r" +├─*●─*┤ +┊ +"
        rf"-{-100 * row['delta']:.1f} pts  ▼ regressed +{row['regressions']} █+·+ +0",
        line,
    )


def test_a_narrow_terminal_has_two_lines_a_metric(usual):
    """At 80 columns the numbers come first, the interval and the bar below them."""
    lines = texts(usual, 80)
    place = next(number for number, line in enumerate(lines) if line.startswith("q "))

    assert "▼ regressed" in lines[place]
    assert re.fullmatch(r" +├─*●─*┤ +┊ +\d+ █+·+ +0", lines[place + 1])


@pytest.mark.parametrize("columns", [80, 100, 120])
def test_zero_is_in_one_column(usual, columns):
    """Zero stands in the same column in every row and in the head, whatever the unit."""
    lines = texts(usual, columns)
    zeros = {line.index("┊") for line in lines if "┊" in line}
    crossed = {line.index("┼") for line in lines if "┼" in line}

    assert 1 == len(zeros)
    assert crossed <= zeros


def test_right_is_better(usual):
    """A latency that fell is drawn to the right of zero, verdicts that fell to its left."""
    lines = [line for line in texts(usual, 120) if "●" in line and line[0] != " "]
    drawn = {line.split()[0]: line for line in lines}

    assert drawn["q"].index("●") < drawn["q"].index("┊")
    assert drawn["latency_ms"].index("●") > drawn["latency_ms"].index("┊")


ROW = {"kind": "score", "metric": "m", "direction": "higher", "verdict": "improved"}
REACH = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 6))


@given(st.lists(st.tuples(REACH, REACH, REACH), min_size=1, max_size=5), st.integers(11, 41))
@settings(max_examples=200, deadline=None)
def test_drawn_intervals_are_true_to_zero(triples, columns):
    """What excludes zero never touches its column, what holds zero never stands on one side of it."""
    rows = []
    for triple in triples:
        low, middle, high = sorted(triple)
        means = {"baseline_mean": 0.5, "candidate_mean": 0.5}
        rows.append(ROW | means | {"delta": middle, "ci_low": low, "ci_high": high})
    axis = axis_for(rows, columns)

    for row in rows:
        drawn = axis.drawn(row)
        marks = [place for place, one in enumerate(drawn) if one not in " ┊"]
        assert columns == len(drawn)
        if row["ci_low"] > 0:
            assert min(marks) > axis.zero
        elif row["ci_high"] < 0:
            assert max(marks) < axis.zero
        elif marks:
            assert min(marks) <= axis.zero <= max(marks)


@given(st.lists(st.integers(0, 10**6), min_size=3, max_size=3), st.integers(6, 40))
def test_a_bar_is_shared_by_counts(counts, columns):
    """A bar is full, what is there at all is seen, and more is never shorter."""
    cells = shares(counts, columns)

    assert (columns if sum(counts) else 0) == sum(cells)
    assert [bool(count) for count in counts] == [bool(one) for one in cells]
    assert all(
        cells[one] >= cells[other] for one in range(3) for other in range(3) if counts[one] > counts[other]
    )


@given(st.text(alphabet=st.sampled_from("ab 検e\u0301\u200d-"), max_size=80), st.integers(10, 40))
@settings(deadline=None)
def test_breaking_lines_loses_no_word(text, columns):
    """Words that fit stay whole and in order, and no line is longer than it may be."""
    lines = [plain(line) for line in wrapped((span(text, "open"),), columns, 2)]

    assert all(width(line) <= columns for line in lines)
    if all(width(word) <= columns - 2 for word in text.split()):
        assert text.split() == " ".join(lines).split()


@pytest.mark.parametrize("text", ["plain", WIDE, "e\u0301a\u0308", "हिन्दी", "한국어", "ﬁn", "ａｂ"])
def test_columns_are_counted_as_terminals_do(text):
    """Wide characters take two columns, marks that combine none: the same as rich counts."""
    assert cell_len(text) == width(text)


def test_worst_examples_show_where_outputs_part():
    """Outputs that begin alike for long are cut before their first difference, not after the width."""
    base, other = frames(text="word " * 60)
    lines = texts(ax.compare(base, other, names=["old", "new"], metrics=["q"]), 100)
    start = next(number for number, line in enumerate(lines) if line.startswith("the worst 5 of "))

    assert re.match(r"e\d{3}  word word .* pass → fail$", lines[start + 1])
    assert re.match(r"  baseline +….* as it was$", lines[start + 2])
    assert re.match(r"  candidate +….* as it is$", lines[start + 3])


@pytest.mark.parametrize("columns", [80, 110])
def test_a_question_that_is_its_own_id_is_read_once(columns):
    """Tables paired by their question show it once, with the change at the end of the same line."""
    base, other = (frame.drop(columns="example_id") for frame in frames(text="a rather long"))
    lines = texts(ax.compare(base, other, names=["old", "new"], metrics=["q"]), columns)
    start = next(number for number, line in enumerate(lines) if line.startswith("the worst 5 of "))

    assert re.match(r"a rather long question \d+ {4,}pass → fail$", lines[start + 1])
    assert columns == len(lines[start + 1])


def test_what_moved_among_slices_stands_in_the_same_columns(usual):
    """The first slices that clearly changed have a row each, with an interval on the same axis."""
    found = usual.slice_findings
    lines = texts(usual, 120)
    start = next(number for number, line in enumerate(lines) if line.startswith("slices that moved"))

    assert found
    assert {f"  {row['column']} {row['slice']}" for row in found[:5]} == {
        re.split(r"\s{2,}", line.rstrip())[1].join(["  ", ""])
        for line in lines[start + 1 :]
        if line.startswith("  topic")
    }


def test_forty_metrics_and_eight_candidates_are_counted():
    """Of many rows those that moved are shown, and the others are counted by what is said of them."""
    base, other = frames()
    many = {f"eval.m{place:02}.label": base["eval.q.label"] for place in range(38)}
    base, other = base.assign(**many), other.assign(**many)
    lines = texts(
        ax.compare(base, *[other] * 8, metrics=[f"m{place:02}" for place in range(38)] + ["q"]), 100
    )

    assert "and 304 more (below): 304 no clear change" in lines
    assert 8 == sum("▼ regressed" in line and line.startswith("  candidate") for line in lines)


def test_a_pipe_gets_the_same_text_always(usual, monkeypatch):
    """Out of a terminal the text is plain, at 100 columns, whatever the environment says."""
    once = repr(usual)
    for name, value in (("COLUMNS", "60"), ("FORCE_COLOR", "1"), ("TERM", "xterm-256color")):
        monkeypatch.setenv(name, value)

    assert once == repr(usual) == str(usual)
    assert "\x1b" not in once


def test_nothing_that_was_said_is_lost(usual):
    """Below the card each row stands in full: verdict, adjusted p, rule, direction, pairs, outcomes."""
    text = str(usual)

    for words in (
        "q, new: regressed. ",
        "adjusted p < 0.001",
        "pass/fail (labels: pass",
        "200 pairs; lost: none",
        "lower is better by its name ('latency')",
        "outcomes (runs; missing counts examples)",
        "q, old: ",
        "(exploratory, adjusted): topic ",
    ):
        assert words in text


def coloured(comparison, columns, **options):
    """Return what rich writes to a terminal of so many columns."""
    stream = io.StringIO()
    Console(file=stream, force_terminal=True, width=columns, color_system="256", **options).print(
        comparison_rich(comparison, columns), soft_wrap=True
    )
    return stream.getvalue()


@pytest.mark.parametrize("made", ["usual", "wide", "nasty"])
def test_colour_changes_no_word(request, made):
    """Without its colours the text of a terminal is the card; no sequence but colours is written."""
    comparison = request.getfixturevalue(made)
    written = coloured(comparison, 100, no_color=False)
    bare = SEQUENCE.sub("", written)
    card = texts(comparison, 100)

    assert "\x1b[1;38;5;166m▼ " in written
    assert {"\x1b", "\x07", "\u202e"}.isdisjoint(bare)
    assert card == [line.rstrip() for line in bare.split("\n")][: len(card)]


def test_rich_prints_a_comparison(usual):
    """`rich.print(comparison)` shows the same lines, as wide as its console."""
    stream = io.StringIO()
    Console(file=stream, width=90).print(usual)

    assert texts(usual, 90)[0] == stream.getvalue().split("\n")[0]
    assert "▼ regressed" in stream.getvalue()


@pytest.mark.parametrize("tone", ["worse", "better", "warning"])
def test_colours_can_be_read_on_black_and_on_white(tone):
    """Their contrast is 3 : 1 or more against both (WCAG 2.2, relative luminance)."""
    number = int(re.search(r"color\((\d+)\)", STYLES[tone])[1])
    parts = [part / 255 for part in Color.from_ansi(number).get_truecolor()]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    assert (1 + 0.05) / (light + 0.05) >= 3
    assert (light + 0.05) / 0.05 >= 3


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Two files of runs."""
    folder = tmp_path_factory.mktemp("card")
    for name, frame in zip(("old", "new"), frames(), strict=True):
        frame.to_csv(folder / f"{name}.csv", index=False)
    return folder


def in_terminal(folder, columns, **variables):
    """Run `arize-nb compare` in a terminal of its own; return what it wrote there."""
    ours, theirs = pty.openpty()
    import fcntl
    import struct
    import termios

    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    dropped = ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLORTERM")
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    environment |= {"TERM": "xterm-256color", **variables}
    command = [sys.executable, "-m", "arize_nb", "compare", "old.csv", "new.csv"]
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.PIPE
    ) as process:
        os.close(theirs)
        written = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError as error:
                if error.errno != errno.EIO:
                    raise
                break
            if not part:
                break
            written += part
        os.close(ours)
        problem = process.stderr.read().decode()
    assert 0 == process.returncode, problem
    return written.decode().replace("\r\n", "\n")


def test_a_terminal_has_colour_and_no_colour_when_asked(files):
    """A terminal of 80 columns gets colour and lines that fit; with NO_COLOR the same without any colour."""
    usual = in_terminal(files, 80)
    quiet = in_terminal(files, 80, NO_COLOR="1")

    assert "\x1b[1;38;5;166m▼ " in usual
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", quiet)
    assert SEQUENCE.sub("", usual) == SEQUENCE.sub("", quiet)
    assert [] == [line for line in SEQUENCE.sub("", usual).split("\n") if cell_len(line) > 80]


def test_a_pipe_loads_no_rich(files):
    """What is piped is plain text of 100 columns, and the library of colours is not loaded for it."""
    script = (
        "import sys\nfrom arize_nb.cli import main\ntry:\n    main(['compare', 'old.csv', 'new.csv'])\n"
        "except SystemExit as end:\n    assert not end.code, end.code\nassert 'rich' not in sys.modules"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=files, capture_output=True, text=True, check=False, timeout=120
    )

    assert (0, "") == (ran.returncode, ran.stderr)
    assert "\x1b" not in ran.stdout
    assert "new against old" == ran.stdout.split("\n")[0]
    assert re.search(r"├─*●─*┤ +┊ .*▼ regressed", ran.stdout)
