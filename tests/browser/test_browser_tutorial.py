"""Tutorial 04 where it is meant to be read: in JupyterLab, with its widgets alive."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.kernel]
pytest.importorskip("vaderSentiment", reason="a system of the tutorial: pip install '.[tutorials]'")
pytest.importorskip("textblob", reason="a system of the tutorial: pip install '.[tutorials]'")

READY = "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
NAME = "04_pick_explore_review"


def test_run_all_leaves_four_live_widgets_and_no_error(visit, jupyter, fresh_space):
    """Picker, explorer, browser and reviewer stand live in their cells, and every cell was run."""
    notebook = json.loads((NOTEBOOKS / f"{NAME}.ipynb").read_text(encoding="utf-8"))
    notebook["cells"][1]["source"].insert(0, f"import os; os.environ['ARIZE_SPACE'] = {fresh_space.name!r}\n")
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    (jupyter.folder / f"{NAME}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    shutil.copytree(NOTEBOOKS / "data", jupyter.folder / "data", dirs_exist_ok=True)
    visit.page.goto(jupyter.address("lab", NAME), wait_until="domcontentloaded")
    visit.page.wait_for_function(READY, timeout=60000)
    visit.light()
    visit.run_all()
    shown = visit.page.evaluate_handle("() => window.jupyterapp.shell.currentWidget.content.model.cells")
    visit.page.wait_for_function(
        "cells => { const code = [...cells].filter(cell => cell.type === 'code'); return code.every(cell =>"
        " cell.executionCount > 0); }",
        arg=shown,
        timeout=120000,
    )
    outputs = visit.page.evaluate(
        "cells => [...cells].filter(cell => cell.type === 'code').flatMap(cell => cell.outputs.toJSON())"
        ".map(output => [output.output_type, Object.keys(output.data ?? {})])",
        shown,
    )

    expect(visit.page.locator(".axn-live")).to_have_count(4, timeout=60000)
    assert not any("application/vnd.jupyter.widget-view+json" in kinds for _, kinds in outputs)
    assert [] == [kind for kind, _ in outputs if kind == "error"]
    visit.page.evaluate(
        "() => { const notebook = window.jupyterapp.shell.currentWidget.content; notebook.activeCellIndex ="
        " 9; return notebook.scrollToItem(9, 'start'); }"
    )
    expect(visit.page.get_by_role("grid").first).to_be_visible(timeout=20000)
    visit.shot(
        "explorer-tutorial",
        visit.page.locator(".jp-OutputArea-output", has=visit.page.get_by_role("grid")).first,
    )
