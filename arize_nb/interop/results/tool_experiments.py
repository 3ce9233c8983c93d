"""The experiments of one source: a tuple, which is also its only experiment where it holds one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from arize_nb.errors import InputError
from arize_nb.interop.results.tool_experiment import ToolExperiment

if TYPE_CHECKING:
    import pandas as pd


class ToolExperiments(tuple[ToolExperiment, ...]):
    """Experiments of another tool, in the order of its file; what `arize_nb.read` returns.

    A tuple. Where it holds one experiment, that one's `name`, `metadata`, `frame` and `to_records()` are its
    own.
    """

    __slots__ = ()

    @property
    def only(self) -> ToolExperiment:
        """The experiment.

        Raises
        ------
        InputError
            There are several.
        """
        if len(self) != 1:
            names = ", ".join(repr(one.name) for one in self)
            raise InputError(
                f"{len(self)} experiments, where one is wanted: {names}", hint="Take one: ax.read(…)[0]."
            )
        return self[0]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the experiments."""
        return tuple(one.name for one in self)

    @property
    def name(self) -> str:
        """Name of the only experiment."""
        return self.only.name

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What the only experiment says of itself."""
        return self.only.metadata

    @property
    def frame(self) -> pd.DataFrame:
        """The runs of the only experiment."""
        return self.only.frame

    def to_records(self) -> list[dict[str, Any]]:
        """Return the runs of the only experiment as nested records."""
        return self.only.to_records()

    def __repr__(self) -> str:
        return "\n".join(map(repr, self))
