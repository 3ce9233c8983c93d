"""Pick a space, a dataset or experiments in a notebook; core ipywidgets only, so that they work wherever
widgets do.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets

from arize_nb.text.command_words import word
from arize_nb.widgets.parts.channel import LOG, one_line
from arize_nb.widgets.parts.controls import moment, short_name
from arize_nb.widgets.parts.hosts import host
from arize_nb.widgets.parts.ui_link import has_pages
from arize_nb.widgets.pickers.choice_list import ChoiceList
from arize_nb.widgets.pickers.experiment_scores import experiment_scores
from arize_nb.widgets.pickers.picker import STATIC_CHOICES, Picker

if TYPE_CHECKING:
    from arize_nb.models import Dataset, Experiment, Page, Space

_READING_S, _READING_LOCALLY_S = 20.0, 1.0
"""How long the runs of the listed experiments are read for their scores: where nobody waits, and from this
machine's own workspace.
"""


class SpacePicker(Picker):
    """Pick a space.

    Parameters
    ----------
    client : Client
        From `ax.connect()`.
    space : str or Space, optional
        Chosen beforehand; default the client's own space.
    remember : path, optional
        A JSON file that keeps the chosen space and dataset for the next kernel; by default nothing is kept.

    Attributes
    ----------
    value : tuple of Space
        The chosen one, or empty. Observable.
    command, code : str
        The `%ax` line and the Python that fetch it again.
    """

    def __init__(self, client: Any, *, space: Any = None, remember: str | Path | None = None) -> None:
        super().__init__(client, space=space, remember=remember)
        self._begin(self.spaces)

    @property
    def command(self) -> str:
        """Return the `%ax` line that shows the space."""
        return f"%ax spaces get {word(self.value[0])}" if self.value else "%ax spaces list"

    @property
    def code(self) -> str:
        """Return the Python that fetches the space."""
        return f"client.spaces.get({_text(self.value[0])})" if self.value else "client.spaces.list()"


class DatasetPicker(Picker):
    """Pick a dataset: first its space, then the dataset.

    Parameters
    ----------
    client : Client
        From `ax.connect()`.
    space, dataset : str or resource, optional
        Chosen beforehand; default the client's own space.
    remember : path, optional
        A JSON file that keeps the chosen space and dataset for the next kernel; by default nothing is kept.

    Attributes
    ----------
    value : tuple of Dataset
        The chosen one, or empty. Observable.
    command, code : str
        The `%ax` line and the Python that fetch it again.
    """

    def __init__(
        self, client: Any, *, space: Any = None, dataset: object = None, remember: str | Path | None = None
    ) -> None:
        super().__init__(client, space=space, dataset=dataset, remember=remember)
        self._add_datasets()
        self._begin(self.spaces, self.datasets)

    def _add_datasets(self) -> None:
        self.datasets = ChoiceList("dataset", self._background, _dated)
        self.datasets.observe(self._guard(self._dataset_chosen), "chosen")

    def _space_chosen(self, change: Any) -> None:
        space = change["new"][0] if change["new"] else None
        chosen, self._preset_dataset = self._preset_dataset, None
        kept = (
            (chosen,)
            if chosen is not None and space is not None and chosen.space_id in (None, space.id)
            else ()
        )
        self.datasets.start(partial(self._fetch_datasets, space) if space else None, chosen=kept)
        self._say_lines()

    def _fetch_datasets(
        self, space: Space, *, name: str | None, cursor: str | None, limit: int
    ) -> Page[Dataset]:
        page: Page[Dataset] = self.client.datasets.list(space=space, name=name, cursor=cursor, limit=limit)
        return page

    def _dataset_chosen(self, change: Any) -> None:
        self.value = change["new"]
        self._remember(self.space, self.dataset)
        self._say_lines()

    def _listed(self) -> tuple[str, list[tuple[str, str]]]:
        if self.space is None:
            return super()._listed()
        return "dataset", [
            (str(item.name or item.id), moment(item.updated_at or item.created_at))
            for item in self.datasets.items[:STATIC_CHOICES]
        ]

    @property
    def dataset(self) -> Dataset | None:
        """Return the chosen dataset."""
        return self.datasets.chosen[0] if self.datasets.chosen else None

    @property
    def command(self) -> str:
        """Return the `%ax` line that shows the dataset."""
        space = f" --space {word(self.space)}" if self.space else ""
        return f"%ax datasets get {word(self.value[0])}{space}" if self.value else f"%ax datasets list{space}"

    @property
    def code(self) -> str:
        """Return the Python that fetches the dataset."""
        space = f"space={_text(self.space)}" if self.space else ""
        return (
            f"client.datasets.get({_text(self.value[0])}, {space})"
            if self.value
            else f"client.datasets.list({space})"
        )


class ExperimentPicker(DatasetPicker):
    """Pick experiments: space, then dataset, then one experiment or several, newest first.

    Parameters
    ----------
    client : Client
        From `ax.connect()`.
    multiple : bool, default True
        Whether several may be chosen. The first one chosen is the baseline until another is made it.
    space, dataset : str or resource, optional
        Chosen beforehand; default the client's own space.
    remember : path, optional
        A JSON file that keeps the chosen space and dataset for the next kernel; by default nothing is kept.

    Attributes
    ----------
    value : tuple of Experiment
        The chosen ones, the baseline first. Observable.
    command, code : str
        The `%ax` line and the Python that compare (several) or fetch (one) what is chosen.
    """

    def __init__(
        self,
        client: Any,
        multiple: bool = True,
        *,
        space: Any = None,
        dataset: object = None,
        remember: str | Path | None = None,
    ) -> None:
        self._versions: dict[str, str] = {}
        self._scores: dict[str, str] = {}
        self._baseline_buttons: list[ipywidgets.Button] = []
        self._multiple = multiple
        Picker.__init__(self, client, space=space, dataset=dataset, remember=remember)
        self._add_datasets()
        self.experiments = ChoiceList(
            "experiment", self._background, self._experiment_label, multiple=multiple
        )
        self.experiments.observe(self._guard(self._experiments_chosen), "chosen")
        self.baseline = ipywidgets.HBox(layout=ipywidgets.Layout(flex_flow="row wrap", min_height="32px"))
        self.children = [
            self._lists,
            *([self.baseline] if multiple else []),
            self.status,
            self._line,
            self._code,
        ]
        self._begin(self.spaces, self.datasets, self.experiments)

    def _dataset_chosen(self, change: Any) -> None:
        dataset = change["new"][0] if change["new"] else None
        self._remember(self.space, dataset)
        self._versions = {}
        self.experiments.start(partial(self._fetch_experiments, dataset) if dataset else None)
        self._say_lines()
        self._say_hint()
        if dataset is not None:
            self._background.submit(
                "versions",
                lambda: self.client.datasets.get(dataset.id),
                self._versions_found,
                self._versions_failed,
            )

    def _fetch_experiments(
        self, dataset: Dataset, *, name: str | None, cursor: str | None, limit: int
    ) -> Page[Experiment]:
        page: Page[Experiment] = self.client.experiments.list(
            dataset=dataset, name=name, cursor=cursor, limit=limit
        )
        return page

    def _versions_found(self, dataset: Dataset) -> None:
        """Remember how versions are called: by name, else counted from the oldest."""
        versions = dataset.versions or ()
        self._versions = {
            version.id: version.name or f"version {len(versions) - place}"
            for place, version in enumerate(versions)
        }
        self.experiments.draw()

    def _versions_failed(self, error: Exception) -> None:
        LOG.warning("dataset versions are not known", exc_info=error)
        self.status.problem(one_line(error))

    def _experiment_label(self, experiment: Experiment) -> str:
        version = self._versions.get(experiment.dataset_version_id or "", "")
        return " · ".join(
            part
            for part in (
                short_name(experiment.name or experiment.id, 60),
                moment(experiment.created_at),
                version,
            )
            if part
        )

    def _listed(self) -> tuple[str, list[tuple[str, str]]]:
        """Return the first ten experiments with their scores, as far as those can be read in a short time."""
        if self.dataset is None:
            return super()._listed()
        listed = self.experiments.items[:STATIC_CHOICES]
        unknown = [item for item in listed if item.id not in self._scores]
        budget_s = self._reading_s()
        if unknown and budget_s:
            self._scores.update(experiment_scores(self.client, unknown, budget_s=budget_s))
        return "experiment", [
            (short_name(item.name or item.id, 60), self._scores.get(item.id, "")) for item in listed
        ]

    def _reading_s(self) -> float:
        """Return how long the runs may be read for the static form: not at all where a person waits for a
        distant service.
        """
        if host() in ("executor", "terminal"):
            return _READING_S
        connection = getattr(self.client, "connection", None)
        return 0.0 if connection is None or has_pages(connection) else _READING_LOCALLY_S

    def _experiments_chosen(self, change: Any) -> None:
        self.value = change["new"]
        while len(self._baseline_buttons) < len(self.value):
            self._baseline_buttons.append(self._baseline_button(len(self._baseline_buttons)))
        for place, (made, item) in enumerate(zip(self._baseline_buttons, self.value, strict=False)):
            name = short_name(item.name or item.id, 60)
            made.description = made.tooltip = (
                f"★ baseline: {name}" if place == 0 else f"make {name} the baseline"
            )
        self.baseline.children = tuple(self._baseline_buttons[: len(self.value)])
        self._say_hint()

    def _baseline_button(self, place: int) -> ipywidgets.Button:
        """Return the button of a place in the choice: it makes that experiment the baseline; the first one
        only says so.
        """
        made = ipywidgets.Button(disabled=place == 0, layout=ipywidgets.Layout(width="auto"))
        made.on_click(self._guard(lambda _: self._make_baseline(self.value[place])))
        return made

    def _say_hint(self) -> None:
        """Say what to do next, where several may be chosen."""
        if not self._multiple:
            return
        hints = (
            "Tick the baseline first, then the candidates.",
            "This is the baseline. Tick a candidate to compare with it.",
        )
        self.status.say(
            hints[len(self.value)] if self.dataset is not None and len(self.value) < len(hints) else ""
        )

    def _make_baseline(self, experiment: Experiment) -> None:
        self.experiments.chosen = (experiment, *(item for item in self.value if item.id != experiment.id))
        self.experiments.draw()

    @property
    def command(self) -> str:
        """Return the `%ax` line that lists, shows or compares."""
        where = (f" --dataset {word(self.dataset)}" if self.dataset else "") + (
            f" --space {word(self.space)}" if self.space else ""
        )
        verb = ("list", "get")[len(self.value)] if len(self.value) < 2 else "compare"
        return " ".join(["%ax experiments", verb, *(word(item) for item in self.value)]) + where

    @property
    def code(self) -> str:
        """Return the Python that lists, fetches or compares."""
        where = [
            f"{kind}={_text(item)}"
            for kind, item in (("dataset", self.dataset), ("space", self.space))
            if item
        ]
        call = ("experiments.list", "experiments.get")[len(self.value)] if len(self.value) < 2 else "compare"
        return f"client.{call}({', '.join([*(_text(item) for item in self.value), *where])})"


def _dated(dataset: Dataset) -> str:
    return " · ".join(
        part
        for part in (
            short_name(dataset.name or dataset.id, 60),
            moment(dataset.updated_at or dataset.created_at),
        )
        if part
    )


def _text(item: Any) -> str:
    return repr(item.name or item.id)
