"""A notebook that was executed and saved with its widgets' state: none of a run's text is in it but where a
person sees it.
"""

from __future__ import annotations

import json

import pytest

nbclient = pytest.importorskip("nbclient", reason="nbclient executes the notebook")
nbformat = pytest.importorskip("nbformat", reason="nbformat reads the notebook")

SECRET = "text of a run that nobody saved"

CELLS = (
    f"""
import os, arize_nb as ax
client = ax.connect()
runs = [{{"id": f"r{{i}}", "example_id": f"e{{i}}", "output": "{SECRET} " + str(i), "eval.ok.label": "correct" if i % 2 else "incorrect",
         "eval.ok.explanation": "{SECRET}"}} for i in range(40)]
other = [{{**run, "output": run["output"] + "!", "eval.ok.label": "correct"}} for run in runs]
grid = ax.Grid(runs, caption="runs"); grid.selected_ids = ("r1",); grid.query = "nobody"
grid""",
    "ax.ComparisonExplorer(ax.compare(runs, other, names=['base', 'cand']))",
    "ax.RunBrowser(runs)",
    "picker = ax.ExperimentPicker(client); picker.wait(); picker",
    "os.environ['ARIZE_NB_GRID'] = 'plain'\nax.RunBrowser(runs)",
)


@pytest.mark.kernel
def test_a_saved_notebook_keeps_no_cell_text_in_its_widget_state_and_no_key(client, monkeypatch, tmp_path):
    """nbclient stores the state of every widget as papermill does; no output, label or explanation is in it,
    no key anywhere.
    """
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    nbclient.NotebookClient(notebook, kernel_name="python3", timeout=120, store_widget_state=True).execute()
    state = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    kept = json.dumps(
        [
            {name: value for name, value in model["state"].items() if name not in ("_esm", "_css")}
            for model in state.values()
        ]
    )
    static = [
        output["data"].get("text/html", "")
        for cell in notebook.cells
        for output in cell.outputs
        if "data" in output
    ]

    assert len(state) > 40
    assert SECRET not in kept
    assert "incorrect" not in kept
    assert client.connection.api_key not in json.dumps(notebook)
    assert [] == [
        output for cell in notebook.cells for output in cell.outputs if output["output_type"] == "error"
    ]
    assert all(SECRET in html for html in (static[0], static[1], static[2]))
    assert any(SECRET in html for html in static[4:])
