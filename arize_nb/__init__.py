"""Arize experiments as a first-class thing in a notebook: `%ax` magics, widgets, comparison and an embedded
workspace.

Nothing heavy is imported here: every public name is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arize_nb._version import __version__ as __version__

if TYPE_CHECKING:
    from arize_nb.client import Client, connect
    from arize_nb.comparison.comparison import Comparison, compare
    from arize_nb.errors import AxError, RegressionError
    from arize_nb.frames import to_records
    from arize_nb.harness.evaluators.evaluator import Evaluation, evaluator
    from arize_nb.harness.result import ExperimentResult
    from arize_nb.interop.results.public_read import read
    from arize_nb.interop.results.tool_experiment import ToolExperiment
    from arize_nb.interop.results.tool_experiments import ToolExperiments
    from arize_nb.models import (
        AnnotationConfig,
        AnnotationReceipt,
        AppendReceipt,
        Dataset,
        DatasetVersion,
        DeleteReceipt,
        ExampleReceipt,
        Experiment,
        Page,
        Project,
        Space,
    )
    from arize_nb.widgets.explorer.explorer import ComparisonExplorer
    from arize_nb.widgets.grid.grid import Grid
    from arize_nb.widgets.grid.run_browser import RunBrowser
    from arize_nb.widgets.pickers.pickers import DatasetPicker, ExperimentPicker, SpacePicker
    from arize_nb.widgets.reviewer.reviewer import RunReviewer
    from arize_nb.workspace.local_server import LocalServer

_HOMES = {
    "Client": "client",
    "connect": "client",
    "Comparison": "comparison.comparison",
    "compare": "comparison.comparison",
    "AxError": "errors",
    "RegressionError": "errors",
    "to_records": "frames",
    "Evaluation": "harness.evaluators.evaluator",
    "evaluator": "harness.evaluators.evaluator",
    "ExperimentResult": "harness.result",
    "read": "interop.results.public_read",
    "ToolExperiment": "interop.results.tool_experiment",
    "ToolExperiments": "interop.results.tool_experiments",
    "AnnotationConfig": "models",
    "AnnotationReceipt": "models",
    "AppendReceipt": "models",
    "Dataset": "models",
    "DatasetVersion": "models",
    "DeleteReceipt": "models",
    "ExampleReceipt": "models",
    "Experiment": "models",
    "Page": "models",
    "Project": "models",
    "Space": "models",
    "LocalServer": "client.local_workspace",
    "RunBrowser": "widgets.grid.run_browser",
    "ComparisonExplorer": "widgets.explorer.explorer",
    "Grid": "widgets.grid.grid",
    "DatasetPicker": "widgets.pickers.pickers",
    "ExperimentPicker": "widgets.pickers.pickers",
    "SpacePicker": "widgets.pickers.pickers",
    "RunReviewer": "widgets.reviewer.reviewer",
}

__all__ = [
    "AnnotationConfig",
    "AnnotationReceipt",
    "AppendReceipt",
    "AxError",
    "Client",
    "Comparison",
    "ComparisonExplorer",
    "Dataset",
    "DatasetPicker",
    "DatasetVersion",
    "DeleteReceipt",
    "Evaluation",
    "ExampleReceipt",
    "Experiment",
    "ExperimentPicker",
    "ExperimentResult",
    "Grid",
    "LocalServer",
    "Page",
    "Project",
    "RegressionError",
    "RunBrowser",
    "RunReviewer",
    "Space",
    "SpacePicker",
    "ToolExperiment",
    "ToolExperiments",
    "compare",
    "connect",
    "evaluator",
    "load_ipython_extension",
    "read",
    "to_records",
    "unload_ipython_extension",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use (PEP 562)."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'arize_nb' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"arize_nb.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)


def load_ipython_extension(shell: object) -> None:
    """Register %ax, %%ax and their completion in an IPython shell; loading twice is harmless."""
    from arize_nb.ipython.magics import load

    load(shell)


def unload_ipython_extension(shell: object) -> None:
    """Take %ax, %%ax and their completion out of the shell again."""
    from arize_nb.ipython.magics import unload

    unload(shell)
