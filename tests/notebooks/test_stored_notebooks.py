"""The tutorials as they are stored: what a reader on GitHub sees, and what must not be in the files."""

from __future__ import annotations

import json
import re
import sys
from importlib.machinery import PathFinder
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="nbformat reads the notebooks")

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
TUTORIALS = sorted(NOTEBOOKS.glob("*.ipynb"))
UNCOMPARED = {"05_gate_in_ci.ipynb": 1}
"""Cells whose stored output is not compared, by notebook: the official SDK is not in the tests'
environment.
"""
PICTURE = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=]+")
MACHINE = re.compile(r"/(?:tmp|root|home|work|Users|var)/|[A-Z]:\\\\")
KEY = re.compile(r"local-[0-9a-f]{32}|ARIZE_API_KEY=\w|\bak-[A-Za-z0-9-]{16,}|\bsk-[A-Za-z0-9-]{16,}")


@pytest.fixture(params=TUTORIALS, ids=lambda path: path.stem[:2])
def tutorial(request):
    return request.param, nbformat.read(request.param, as_version=4)


def test_there_are_six_tutorials():
    """The numbers are the order to read them in."""
    assert ["01", "02", "03", "04", "05", "06"] == [path.name[:2] for path in TUTORIALS]


def test_no_file_beside_the_tutorials_hides_a_module_that_a_kernel_needs():
    """The folder comes first on a kernel's path: a file named like an installed module would break it
    (`executing`: every traceback).
    """
    elsewhere = [entry for entry in sys.path if Path(entry or ".").resolve() != NOTEBOOKS]
    names = [path.stem for path in NOTEBOOKS.glob("*.py")]

    assert names
    assert [] == [
        name for name in names if PathFinder.find_spec(name, elsewhere) or name in sys.stdlib_module_names
    ]


def test_every_cell_was_executed_once_from_top_to_bottom_without_an_error(tutorial):
    """The stored outputs come from one run of the stored code."""
    _, notebook = tutorial
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]

    assert list(range(1, len(code) + 1)) == [cell.execution_count for cell in code]
    assert [] == [output for cell in code for output in cell.outputs if output.output_type == "error"]


def test_no_output_holds_a_path_of_the_machine_or_a_key(tutorial):
    """What was printed where the notebook was executed can be published."""
    _, notebook = tutorial
    printed = PICTURE.sub(
        "", json.dumps([cell.outputs for cell in notebook.cells if cell.cell_type == "code"])
    )

    assert [] == MACHINE.findall(printed)
    assert [] == KEY.findall(printed)


def test_no_widget_state_and_no_live_view_is_stored(tutorial):
    """A viewer without the kernel shows the static form, and no cell text hides in the metadata."""
    _, notebook = tutorial

    assert {"kernelspec", "language_info"} == set(notebook.metadata)
    assert [] == [
        kind
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        for kind in output.get("data", {})
        if kind.startswith("application/vnd.jupyter.widget")
    ]


def test_stored_outputs_are_compared_but_for_the_named_cells(tutorial):
    """nbval-ignore-output is the exception, counted here."""
    path, notebook = tutorial
    ignored = [cell for cell in notebook.cells if "nbval-ignore-output" in cell.metadata.get("tags", [])]

    assert UNCOMPARED.get(path.name, 0) == len(ignored)


def test_links_between_the_tutorials_and_into_the_docs_lead_somewhere(tutorial):
    """Relative links of the prose name files of the repository."""
    _, notebook = tutorial
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", prose) if "://" not in target]

    assert targets
    assert [] == [target for target in targets if not (NOTEBOOKS / target).exists()]
