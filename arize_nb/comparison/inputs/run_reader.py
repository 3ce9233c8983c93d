"""Who reads the runs of an `Experiment`: a client, which stands above and says so when it is loaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from arize_nb.errors import ComparisonError

if TYPE_CHECKING:
    import pandas as pd

    from arize_nb.models import Experiment

RunReader = Callable[["Experiment"], "pd.DataFrame"]
"""Gives all runs of an experiment, with `example_id`, `output`, `error` and a column a score."""

_readers: list[RunReader] = []


def read_with(reader: RunReader) -> None:
    """Let `reader` read the runs of experiments from now on, in this process."""
    _readers[:] = [reader]


def runs_of(experiment: Experiment) -> pd.DataFrame:
    """Return all runs of an experiment.

    Raises
    ------
    ComparisonError
        No client was loaded in this process: nobody knows where the runs are.
    """
    if not _readers:
        raise ComparisonError(
            f"nobody reads the runs of {experiment.name or experiment.id} here",
            hint="Connect first: client = arize_nb.connect(), then client.compare(…).",
        )
    return _readers[0](experiment)
