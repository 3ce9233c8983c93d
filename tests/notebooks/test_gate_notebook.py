"""Tutorial 05 as a gate: with a candidate that is not good enough, the notebook ends with an error, as a
pipeline needs it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

nbclient = pytest.importorskip("nbclient", reason="nbclient executes the notebook")
nbformat = pytest.importorskip("nbformat", reason="nbformat reads the notebook")
pytest.importorskip("vaderSentiment", reason="the system under test: pip install '.[tutorials]'")
pytest.importorskip("textblob", reason="the candidate under test: pip install '.[tutorials]'")

GATE = Path(__file__).parents[2] / "notebooks" / "05_gate_in_ci.ipynb"


def with_parameters(notebook, **values):
    """Put a cell with other values after the one tagged `parameters`, as papermill does, and leave out what
    follows the gate.
    """
    place = next(
        number for number, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", [])
    )
    injected = nbformat.v4.new_code_cell("\n".join(f"{name} = {value!r}" for name, value in values.items()))
    gate = next(
        number
        for number, cell in enumerate(notebook.cells)
        if cell.source.lstrip().startswith("comparison = %ax")
    )
    notebook.cells = [*notebook.cells[: place + 1], injected, *notebook.cells[place + 1 : gate + 1]]
    return notebook


@pytest.fixture
def run_gate():
    from arize_nb import workspace

    def run(**values):
        notebook = with_parameters(nbformat.read(GATE, as_version=4), **values)
        resources = {"metadata": {"path": str(GATE.parent)}}
        nbclient.NotebookClient(notebook, kernel_name="python3", timeout=120, resources=resources).execute()

    yield run
    workspace.stop()


@pytest.mark.kernel
def test_a_candidate_that_lost_too_much_ends_the_notebook_with_a_regression_error(run_gate):
    """The parameters choose the candidate; 35 sentences that got worse are more than 25."""
    with pytest.raises(
        nbclient.exceptions.CellExecutionError, match="35 examples got worse, 25 allowed"
    ) as caught:
        run_gate(candidate="cautious")

    assert "RegressionError" == caught.value.ename


@pytest.mark.kernel
def test_the_candidate_of_the_notebook_passes_with_its_own_limit_and_not_with_a_stricter_one(run_gate):
    """17 sentences got worse: 17 pass, 16 do not."""
    run_gate(max_regressions=17)
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="17 examples got worse, 16 allowed"):
        run_gate(max_regressions=16)
