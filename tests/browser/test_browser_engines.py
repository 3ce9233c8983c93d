"""Firefox and WebKit, where they can be had: what was meant is written, composed words stay, tables filter,
the report answers.
"""

from __future__ import annotations

import pytest

from .conftest import READY
from .engines import Firefox, WebKit, missing, until

pytestmark = pytest.mark.browser

REVIEW = "document.querySelector('.axn-review')"
COMPOSED = """document.activeElement.dispatchEvent(new KeyboardEvent('keydown',
  { key: 'Enter', isComposing: COMPOSING, keyCode: 229, bubbles: true, cancelable: true }))"""


@pytest.fixture(scope="module", params=[Firefox, WebKit], ids=["Firefox", "WebKit"])
def engine(request, tmp_path_factory):
    """Start an engine once for all tests of this file; skip where it cannot be had."""
    why = missing(request.param)
    if why is not None:
        pytest.skip(why)
    started = request.param(tmp_path_factory.mktemp("engine"))
    yield started
    started.close()


@pytest.fixture
def lab(engine, jupyter):
    """Open a notebook of some cells in JupyterLab, and run it."""

    def opened(name, *cells):
        jupyter.write(name, *cells)
        engine.open(jupyter.address("lab", name))
        engine.wait(f"({READY})()", "a kernel")
        engine.run("(window.jupyterapp.commands.execute('notebook:run-all-cells'), true)")

    return opened


def scores(client):
    """Return the scores that the service has."""
    runs = client.experiments.runs("candidate-v2", dataset="capitals", annotations=True)
    return runs["annotation.tone.score"].dropna().tolist() if "annotation.tone.score" in runs else []


def test_the_reviewer_writes_only_what_was_meant(engine, lab, client, experiments):
    """Arrows in a score write nothing, Enter does; Enter that ends a composed word stays in the note, in the
    form of each engine.
    """
    client.annotation_configs.create(name="tone", type="continuous", minimum_score=0, maximum_score=5)
    lab(
        f"engine-{engine.name}",
        f"import arize_nb as ax\nclient = ax.connect(space={client.space!r})\n"
        "reviewer = ax.RunReviewer(client, 'candidate-v2', dataset='capitals', configs=['tone'])\nreviewer",
    )
    engine.wait(f"{REVIEW}?.textContent.includes('Run 1 of 30')", "the first run")
    engine.run(f"({REVIEW}.focus(), true)")

    engine.press("n", "schön")
    for composing in ("true", "false"):
        engine.run(COMPOSED.replace("COMPOSING", composing))
        assert "TEXTAREA" == engine.run("document.activeElement.tagName")
        assert "schön" == engine.run("document.activeElement.value")
    engine.press("Escape")
    engine.run(f"({REVIEW}.focus(), true)")
    engine.press("s", "ArrowUp", "ArrowUp", "ArrowDown")
    assert "1" == engine.run(f"{REVIEW}.querySelector('input.axn-score').value")
    assert engine.run(f"{REVIEW}.textContent.includes('Run 1 of 30')")
    assert [] == scores(client)
    engine.press("Enter")
    engine.wait(f"{REVIEW}.textContent.includes('Run 2 of 30')", "the second run")
    until(lambda: scores(client) == [1.0], "one score on the service")


def test_a_table_filters_text_as_text(engine, lab):
    """`<think>` over a column of text finds what contains it, and the pill says so."""
    lab(
        f"engine-grid-{engine.name}",
        "import arize_nb as ax\nax.Grid([{'id': f'r{i}', 'output': f'answer {i}' if i % 3 else"
        " f'<think>{i}</think>'} for i in range(60)])",
    )
    engine.wait("!!document.querySelector('.axn-grid tbody tr')", "rows")
    engine.run(
        "(() => { const shown = [...document.querySelectorAll('.axn-grid button')]"
        ".find((one) => /filter columns/i.test(one.textContent)); shown.click(); return true })()"
    )
    field = (
        "[...document.querySelectorAll('.axn-grid input')].find((one) => /output/.test(one.ariaLabel ?? ''))"
    )
    engine.wait(f"!!{field}", "a field over the column")
    engine.run(f"({field}.focus(), true)")
    engine.press("<think>", "Enter")
    engine.wait("/of 20 /.test(document.querySelector('.axn-grid').textContent)", "20 rows")
    assert engine.run("document.querySelector('.axn-grid').textContent.includes('output contains')")


def test_the_interactive_report_answers(engine, tmp_path):
    """A word and a part of a bar filter; an example opens with what differs."""
    import pandas as pd

    import arize_nb as ax

    base = pd.DataFrame(
        {
            "example_id": [f"e{i}" for i in range(90)],
            "question": [f"question {i}" for i in range(90)],
            "output": ["in 14 days"] * 90,
            "eval.right.label": ["correct"] * 60 + ["incorrect"] * 30,
        }
    )
    other = base.assign(
        output="in 30 days", **{"eval.right.label": ["correct"] * 40 + ["incorrect"] * 40 + ["correct"] * 10}
    )
    path = ax.compare(base, other, names=["old", "new"]).to_html(tmp_path / "report.html", interactive=True)

    engine.open(path.as_uri())
    engine.run("(document.querySelector('.bar .w').click(), true)")
    assert "20 of 90 examples" == engine.run("document.querySelector('.axr [role=status]').textContent")
    engine.press("/")
    engine.press("question 41")
    engine.wait(
        "document.querySelector('.axr [role=status]').textContent === '1 of 90 examples'", "one example"
    )
    engine.run("(document.querySelector('.axr .ex summary').click(), true)")
    assert ["14", "30"] == engine.wait(
        "((one) => one.length === 2 && one)"
        "([...document.querySelectorAll('.axr del, .axr ins')].map((n) => n.textContent))",
        "the words that differ",
    )
