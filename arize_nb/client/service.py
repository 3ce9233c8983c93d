"""What the parts of a client need of it: the resources, and a way to tell the user one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from arize_nb.resources.lookup import Link

if TYPE_CHECKING:
    from arize_nb.resources.annotation_configs import AnnotationConfigs
    from arize_nb.resources.datasets import Datasets
    from arize_nb.resources.experiments import Experiments


class ExperimentService(Link, Protocol):
    """A connected client, as what is joined with it sees it."""

    @property
    def datasets(self) -> Datasets:
        """The datasets."""

    @property
    def experiments(self) -> Experiments:
        """The experiments."""

    @property
    def annotation_configs(self) -> AnnotationConfigs:
        """What people may say about runs."""

    def notice(self, text: str) -> None:
        """Tell the user one line."""
