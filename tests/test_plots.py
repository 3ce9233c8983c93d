"""Pictures: what is on the Axes, for whom it reads, and what they never do."""

from __future__ import annotations

import io
import subprocess
import sys
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

import arize_nb as ax
from arize_nb.errors import ComparisonError
from arize_nb.plots import KINDS, plot
from arize_nb.plots.names import broken, plain, short_names
from arize_nb.plots.style import GREY, HATCHES, MARKS, SERIES, VERDICT_MARKS, png
from arize_nb.plots.together import draw as figure

N = 60


def runs(seed, rate, name):
    """Return sixty runs with verdicts, grades, labels, a topic and a latency."""
    generator = np.random.default_rng(seed)
    passed = generator.random(N) < rate
    frame = pd.DataFrame({"id": [f"{name}{i}" for i in range(N)], "example_id": [f"e{i}" for i in range(N)]})
    frame["eval.ok.label"] = np.where(passed, "correct", "incorrect")
    frame["eval.ok.score"] = np.where(passed, 1.0, generator.choice([0.0, 0.5], N))
    frame["eval.tone.label"] = generator.choice(["a", "b", "c"], N)
    frame["latency_ms"] = generator.gamma(2, 200, N)
    frame["topic"] = ["x", "y"] * (N // 2)
    frame.attrs["arize"] = {"experiment": name}
    return frame


PAIR = (runs(1, 0.9, "base"), runs(2, 0.4, "cand"))


@pytest.fixture(scope="module")
def comparison():
    """Two candidates against a baseline, with metrics of every kind."""
    return ax.compare(
        runs(1, 0.9, "base"),
        runs(2, 0.4, "cand"),
        runs(3, 0.9, "other"),
        metrics=["ok", "tone", "latency_ms"],
        by="topic",
    )


def texts(axes):
    """Return all text on an Axes."""
    return [text.get_text() for text in axes.findobj(mpl.text.Text) if text.get_text()]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_returns_axes_with_title_and_alt_text(comparison, kind):
    """A picture is an Axes that says what it shows, in its title and in words."""
    axes = comparison.plot(kind)

    assert isinstance(axes, mpl.axes.Axes)
    assert axes.get_title(loc="left")
    assert len(axes.figure.get_label()) > 30
    assert png(axes.figure).startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", KINDS)
def test_it_draws_where_it_is_told(comparison, kind):
    """With `ax` given nothing else is made."""
    mine = Figure()
    FigureCanvasAgg(mine)
    axes = mine.add_subplot()

    assert axes is plot(comparison, kind, ax=axes)
    assert [axes] == mine.axes


@pytest.mark.parametrize("kind", KINDS)
def test_backgrounds_are_transparent_and_text_is_grey(comparison, kind):
    """One picture reads on a light and on a dark page."""
    axes = comparison.plot(kind)
    axes.figure.canvas.draw()
    colours = {mpl.colors.to_hex(text.get_color()) for text in axes.findobj(mpl.text.Text) if text.get_text()}

    assert (0.0, 0.0) == (axes.patch.get_alpha(), axes.figure.patch.get_alpha())
    assert colours <= ({GREY, "#ffffff", "#111111"} if kind == "transitions" else {GREY})


@pytest.mark.parametrize("page", ["#ffffff", "#111111"])
def test_contrast_of_text_and_marks(page):
    """Text has a contrast of 4.3 on white and on dark alike; the colours of series at least 2."""

    def luminance(colour):
        parts = [
            value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
            for value in to_rgb(colour)
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    def contrast(colour):
        light, dark = sorted((luminance(colour), luminance(page)), reverse=True)
        return (light + 0.05) / (dark + 0.05)

    assert contrast(GREY) > 4.3
    assert min(map(contrast, SERIES)) > 2


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_text_is_drawn_as_it_is(kind):
    """Dollar signs are no mathematics, control and direction characters are gone, whatever the
    rcParams say.
    """
    name = r"$\frac{1$ <b> \x \u202e" + "\u202e\x07 $"
    one = runs(1, 0.9, name).rename(columns=lambda column: column.replace("ok", name)).assign(topic=name)
    found = ax.compare(one, one, metrics=[name, "tone", "latency_ms"], by="topic", names=[name, f"{name}2"])
    with mpl.rc_context({"text.usetex": False, "text.parse_math": True}):
        axes = found.plot(kind)
        assert png(axes.figure).startswith(b"\x89PNG")

    assert not {"\u202e", "\x07"} & set("".join(texts(axes)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fonttype", ["path", "none"])
def test_hostile_text_stays_text_in_an_svg(kind, fonttype):
    """A picture saved as SVG holds nothing that runs, whether its letters are drawn or written."""
    nasty = "<script>alert(1)</script>--><svg onload=alert(1)>"
    frames = [
        frame.rename(columns=lambda name: name.replace("tone", nasty)).assign(topic=[nasty, "y"] * (N // 2))
        for frame in PAIR
    ]
    axes = ax.compare(*frames, names=[f"a{nasty}", f"b{nasty}"], by="topic").plot(kind)
    with mpl.rc_context({"svg.fonttype": fonttype}):
        written = io.BytesIO()
        axes.figure.savefig(written, format="svg")
    tree = ET.fromstring(written.getvalue())
    tags = {element.tag.rpartition("}")[2] for element in tree.iter()}
    attributes = {name for element in tree.iter() for name in element.attrib}

    assert "script" not in tags
    assert [] == [name for name in attributes if name.lower().startswith("on")]
    assert 1 == sum(element.tag.endswith("}svg") for element in tree.iter())
    assert b"--><svg" not in written.getvalue()


def test_delta_is_a_line_per_metric_and_candidate(comparison):
    """Marks stand at the deltas, better to the right, bars at the intervals; labels have no line."""
    axes = comparison.plot("delta")
    rows = [row for row in comparison.rows if row["kind"] != "label"]
    marks = [line for line in axes.lines if line.get_marker() != "None"]

    assert len(rows) == len(marks)
    assert rows[0]["delta"] == pytest.approx(float(marks[0].get_xdata()[0]))
    latency = next(row for row in rows if row["metric"] == "latency_ms")
    assert -latency["delta"] / latency["baseline_mean"] == pytest.approx(
        float(marks[rows.index(latency)].get_xdata()[0])
    )
    assert VERDICT_MARKS["regressed"] == marks[0].get_marker()
    assert "regressed (n = 60)" in texts(axes)


def test_with_repetitions_the_heat_map_says_what_it_counts():
    """An example of several runs counts by its commonest label, not by the mean that the verdict goes by:
    title and alt text say so.
    """
    one = pd.DataFrame(
        {
            "example_id": [*"aabb"],
            "repetition": [1, 2] * 2,
            "eval.q.label": ["correct", "correct", "incorrect", "incorrect"],
        }
    )
    found = ax.compare(
        one, one.assign(**{"eval.q.label": ["correct", "incorrect", "incorrect", "incorrect"]})
    )
    drawn = found.plot("transitions")

    assert (1, 1) == (found.rows[0]["regressions"], found.rows[0]["unchanged"])
    said = "0 of 2 examples changed their commonest label, directional only"
    assert f"q: {said}" == " ".join(drawn.get_title(loc="left").split())
    assert said in drawn.figure.get_label()


def test_transitions_show_the_counts(comparison):
    """Every cell of the table is written in the picture."""
    table = comparison.transitions("tone", "cand")
    shown = [
        int(text)
        for text in texts(comparison.plot("transitions", metric="tone", candidate="cand"))
        if text.isdigit()
    ]

    assert sorted(table.to_numpy().ravel().tolist()) == sorted(shown)


def test_scores_are_shares_that_add_up(comparison):
    """The bars of an experiment add up to one."""
    axes = comparison.plot("scores", metric="ok.score")
    heights = [sum(bar.get_height() for bar in group) for group in axes.containers]

    assert [1.0, 1.0, 1.0] == pytest.approx(heights)


def test_scatter_counts_and_samples():
    """All pairs are drawn up to 5,000; a sample of more is said to be one."""
    generator = np.random.default_rng(0)
    many = pd.DataFrame({"example_id": np.arange(6_000), "eval.s.score": generator.random(6_000)})
    other = many.assign(**{"eval.s.score": generator.random(6_000)})
    axes = ax.compare(many, other).plot("scatter")

    assert 5_000 == sum(len(dots.get_offsets()) for dots in axes.collections)
    assert "5,000 of 6,000 pairs drawn" in " ".join(axes.get_title(loc="left").split())


@pytest.mark.parametrize("value", [0.0, 0.5, -3e18])
def test_scatter_of_one_value_has_room(value):
    """Where every run has the same score there is still a square around the dot."""
    one = pd.DataFrame({"example_id": list("abc"), "eval.q.score": [value] * 3})
    low, high = ax.compare(one, one, metrics="q", direction="higher").plot("scatter").get_xlim()

    assert low < value < high


def test_slices_are_worst_first(comparison):
    """One line per slice of the column, the worst on top."""
    axes = comparison.plot("slices", candidate="cand")
    table = comparison.slices(metric="ok", candidate="cand").sort_values("delta")

    assert table["slice"].tolist() == [label.get_text() for label in axes.get_yticklabels()]


def test_latency_is_a_mark_per_experiment(comparison):
    """Cost to the right, quality up, an interval either way."""
    axes = comparison.plot("latency")
    middles = [
        tuple(float(value[0]) for value in container.lines[0].get_data()) for container in axes.containers
    ]
    expected = comparison.study.alignment.sides[0].source.frame["latency_ms"].mean()

    assert 3 == len(middles)
    assert expected == pytest.approx(middles[0][0])


def test_figure_joins_what_fits(comparison):
    """One figure with a picture per question, however often it is asked for; a comparison of labels alone has
    fewer.
    """
    labels = ax.compare(runs(1, 0.9, "a"), runs(2, 0.9, "b"), metrics=["tone"])

    assert [5, 5] == [len(comparison.figure().axes) for _ in range(2)]
    assert 2 == len(figure(labels).axes)


def test_what_cannot_be_drawn_says_why(comparison):
    """An unknown kind, labels without numbers, scores without labels: each names the way out."""
    labels = ax.compare(runs(1, 0.9, "a"), runs(2, 0.9, "b"), metrics=["tone"])
    graded = ax.compare(runs(1, 0.9, "a"), runs(2, 0.9, "b"), metrics=["latency_ms"])
    with pytest.raises(ComparisonError, match="Kinds: delta, scores"):
        comparison.plot("pie")
    for kind in ("scores", "scatter", "slices", "latency"):
        with pytest.raises(ComparisonError, match=r"transitions|quality|metric="):
            labels.plot(kind, **({"by": "topic"} if kind == "slices" else {}))
    with pytest.raises(ComparisonError, match="scatter"):
        graded.plot("transitions")


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_names_are_no_empty_pictures(comparison, kind):
    """A misspelt metric or candidate, or the baseline as candidate, is an error with the names that there
    are.
    """
    with pytest.raises(ComparisonError, match=r"no metric 'okk'.*There are: ok"):
        comparison.plot(kind, metric="okk")
    with pytest.raises(ComparisonError, match=r"no candidate 'base'.*Candidates: cand, other"):
        comparison.plot(kind, candidate="base")


def test_without_pyplot_and_without_a_backend():
    """Drawing loads no pyplot and touches no global state, so a notebook never shows a picture twice."""
    code = (
        "import sys, matplotlib, pandas as pd, arize_nb as ax\n"
        "params = lambda: {k: v for k, v in dict.items(matplotlib.rcParams)}\n"
        "before = params()\n"
        "a = pd.DataFrame({'example_id': list('ab'), 'eval.q.score': [1, 0]})\n"
        "ax.compare(a, a).plot('delta').figure.savefig('/dev/null', format='png')\n"
        "print('matplotlib.pyplot' in sys.modules, before == params())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "False True" == done.stdout.strip()


def test_long_names_are_cut_in_the_middle():
    """Both ends of a long name stay readable."""
    assert "gpt-4o-mini-2024-07-" in plain("gpt-4o-mini-2024-07-18-temperature-0.2-prompt-v3")
    assert plain("gpt-4o-mini-2024-07-18-temperature-0.2-prompt-v3").endswith("prompt-v3")
    assert 40 == len(plain("x" * 100))


def beyond(figure):
    """Return by how many inches what is drawn reaches beyond the edges of a figure, at most: 0 when all lies
    within.
    """
    figure.canvas.draw()
    drawn = figure.get_tightbbox(figure.canvas.get_renderer())
    width, height = figure.get_size_inches()
    return max(0.0, -drawn.x0, -drawn.y0, drawn.x1 - width, drawn.y1 - height)


@pytest.mark.parametrize("kind", [*KINDS, "figure"])
@pytest.mark.parametrize("candidates", [1, 8])
def test_no_word_is_cut_off(kind, candidates):
    """Long names of metrics, experiments and slices and the warning of few pairs stay within the picture."""
    metric = "faithfulness to the retrieved passages, judged twice"
    sides = [
        runs(number, 0.7, f"prompt-variant-{number}-temperature-0.2-with-retrieval-and-a-long-name")
        .head(12)
        .rename(columns=lambda column: column.replace("ok", metric))
        .assign(topic=["shipping, returns and everything about refunds", "technical support"] * 6)
        for number in range(1 + candidates)
    ]
    found = ax.compare(*sides, metrics=[metric, "tone", "latency_ms"], by="topic")

    assert beyond(found.figure() if kind == "figure" else found.plot(kind).figure) < 0.03


@pytest.mark.parametrize("kind", KINDS)
def test_few_pairs_are_marked_in_every_picture(kind):
    """Below thirty pairs each picture says that it is directional only, and so does its alt text where the
    title does.
    """
    found = ax.compare(
        runs(1, 0.9, "a").head(12), runs(2, 0.5, "b").head(12), metrics=["ok", "latency_ms"], by="topic"
    )

    assert "directional only" in " ".join(" ".join(texts(found.plot(kind))).split())


@pytest.mark.parametrize("kind", ["delta", "scores", "transitions", "slices", "scatter"])
def test_nothing_to_draw_is_said(kind):
    """Without a pair the picture has words in the place of empty scales."""
    one = runs(1, 0.9, "a").assign(**{"eval.ok.label": None, "eval.ok.score": None})
    found = ax.compare(one, runs(2, 0.9, "b").assign(example_id="x"), metrics=["ok"], by="topic")
    axes = (ax.compare(one, one, metrics=["ok"], pass_when=None) if kind == "scores" else found).plot(kind)

    assert any(text.startswith("no ") for text in texts(axes))
    assert not axes.axison


def test_rarer_labels_stand_together():
    """Of forty labels the eleven commonest are drawn one by one; the counts still add up, and the title says
    so.
    """
    generator = np.random.default_rng(0)
    many = [
        pd.DataFrame(
            {"example_id": np.arange(400), "eval.t.label": [f"l{n}" for n in generator.integers(0, 40, 400)]}
        )
        for _ in "ab"
    ]
    axes = ax.compare(*many).plot("transitions")
    counts = [int(text.get_text()) for text in axes.texts]

    assert (144, 400) == (len(counts), sum(counts))
    assert "29 rarer labels drawn together" in " ".join(axes.get_title(loc="left").split())


def test_many_experiments_have_a_line_each():
    """More than four experiments are not drawn over one another: a line each, the mean marked on it."""
    found = ax.compare(*(runs(number, 0.1 * number, f"v{number}") for number in range(2, 9)), metrics=["ok"])
    axes = found.plot("scores")
    means = [float(line.get_xdata()[0]) for line in axes.lines if line.get_marker() == "D"]

    assert [f"v{number} (n = 60)" for number in range(2, 9)] == [
        label.get_text() for label in axes.get_yticklabels()
    ]
    assert found.outcomes.query("metric == 'ok.score'")["scored"].tolist() == [60] * 7
    assert means == pytest.approx(
        [found.study.outcome(found.study.metric("ok.score"), side).value.mean() for side in range(7)]
    )


def test_colours_and_marks_do_not_repeat_together():
    """The seventh experiment has the colour of the first but another mark and another hatch."""
    assert 42 == len({(SERIES[place % len(SERIES)], MARKS[place % len(MARKS)]) for place in range(42)})
    assert 42 == len({(SERIES[place % len(SERIES)], HATCHES[place % len(HATCHES)]) for place in range(42)})


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a", "b"], ["a", "b"]),
        (
            ["prompt-variant-1-with-a-long-name-of-a-run", "prompt-variant-2-with-a-long-name-of-a-run"],
            ["…1-with-a-long-name-of-a-ru…", "…2-with-a-long-name-of-a-ru…"],
        ),
        (
            ["x" * 60 + "A" + "x" * 60, "x" * 60 + "B" + "x" * 60],
            [f"…{'x' * 8}{own}{'x' * 17}…" for own in "AB"],
        ),
    ],
)
def test_cut_names_are_still_told_apart(names, expected):
    """Where cutting would make two names alike, what they have in common is left out first."""
    assert expected == short_names(names)
    assert max(map(len, short_names(names))) <= 28


def test_lines_are_broken_by_width():
    """Text is broken between words to fit a width; wide characters take two columns."""
    assert "one two\nthree" == broken("one two three", 0.8, 10)
    assert 1 < broken("日本語のトピック" * 3, 1.5, 10).count("\n") + 1
