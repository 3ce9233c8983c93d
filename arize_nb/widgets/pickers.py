"""Pick a space, a dataset or experiments in a notebook; core ipywidgets only, so that they work wherever widgets do."""

from __future__ import annotations

import json
import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

from arize_nb.widgets import sections
from arize_nb.widgets.background import Background
from arize_nb.widgets.choice_list import ChoiceList
from arize_nb.widgets.front import LOG, guarded, one_line
from arize_nb.widgets.labels import StatusLine, beside, inert, moment
from arize_nb.widgets.shown import Shown
from arize_nb.widgets.static import sections_html

if TYPE_CHECKING:
    from arize_nb.models import Dataset, Experiment, Page, Space


class _Picker(Shown):
    """What the three pickers share: the lists from left to right, the choice, and the line that repeats it.

    Parameters
    ----------
    client : Client
        Asked from a worker thread only.
    space, dataset : str or resource, optional
        Chosen beforehand; default the client's own space.
    remember : path, optional
        A JSON file that keeps the chosen space and dataset for the next kernel; by default nothing is kept.
    """

    value = traitlets.Tuple()

    def __init__(self, client: Any, *, space: Any = None, dataset: Any = None, remember: str | Path | None = None) -> None:
        self.client = client
        self._background = Background()
        self._memory = Path(remember) if remember is not None else None
        if space is None and dataset is None:
            space, dataset = self._recalled()
        self._preset = {"space": space if space is not None else getattr(client, "space", None), "dataset": dataset}
        self.status = StatusLine()
        self.spaces = ChoiceList("space", self._background, _named)
        self.spaces.observe(self._guard(self._space_chosen), "chosen")
        self._line = ipywidgets.Text(description="Copy as magic", **beside(width="auto"))
        self._code = ipywidgets.Text(description="Copy as Python", **beside(width="auto"))
        self._lists = ipywidgets.HBox(layout=ipywidgets.Layout(flex_flow="row wrap"))
        super().__init__([self._lists, self.status, self._line, self._code])
        self.observe(self._guard(lambda _: self._say_lines()), "value")

    def _recalled(self) -> tuple[str | None, str | None]:
        """Return the ids of space and dataset that the file remembers; a file that does not read is as good as none."""
        if self._memory is None or not self._memory.exists():
            return None, None
        try:
            kept = json.loads(self._memory.read_text(encoding="utf-8"))
            return kept["space"], kept.get("dataset")
        except (ValueError, KeyError, AttributeError):
            return None, None

    def _remember(self, space: Space | None, dataset: Dataset | None = None) -> None:
        """Keep the choice for the next kernel, where a file was given for it."""
        if self._memory is not None and space is not None:
            self._memory.write_text(json.dumps({"space": space.id, "dataset": dataset.id if dataset else None}), encoding="utf-8")

    def _guard(self, handler: Any) -> Any:
        return guarded(handler, self.status.problem)

    def _begin(self, *lists: ChoiceList) -> None:
        """Show the lists and ask for what was chosen beforehand."""
        self._lists.children = lists
        self._say_lines()
        if any(self._preset.values()):
            self._background.submit("preset", self._look_up_preset, self._preset_found, self._preset_failed)
        else:
            self.spaces.start(self._fetch_spaces)

    def _look_up_preset(self) -> tuple[Space | None, Dataset | None]:
        space, dataset = self._preset["space"], self._preset["dataset"]
        found = self.client.datasets.get(dataset, space=space) if dataset is not None else None
        where = space if space is not None else found.space_id if found else None
        return (self.client.spaces.get(where) if where is not None else None), found

    def _preset_found(self, found: tuple[Space | None, Dataset | None]) -> None:
        space, _ = found
        self.spaces.start(self._fetch_spaces, chosen=(space,) if space else ())

    def _preset_failed(self, error: Exception) -> None:
        LOG.warning("what was chosen beforehand was not found", exc_info=error)
        self.status.problem(one_line(error))
        self.spaces.start(self._fetch_spaces)

    def _fetch_spaces(self, *, name: str | None, cursor: str | None, limit: int) -> Page[Space]:
        page: Page[Space] = self.client.spaces.list(name=name, cursor=cursor, limit=limit)
        return page

    def _space_chosen(self, change: Any) -> None:
        """Take the chosen space as the value; pickers of more than a space go on from it."""
        self.value = change["new"]
        self._remember(self.space)

    @property
    def space(self) -> Space | None:
        """Return the chosen space."""
        return self.spaces.chosen[0] if self.spaces.chosen else None

    def wait(self, timeout_s: float = 10.0) -> bool:
        """Wait until the service has answered everything asked so far (scripts, tests); False when it has not.

        Parameters
        ----------
        timeout_s : float
            Longest wait in seconds, above 0.
        """
        return self._background.wait(timeout_s)

    @property
    def command(self) -> str:
        """Return the `%ax` line that shows what is chosen."""
        raise TypeError("a picker says its own line")

    @property
    def code(self) -> str:
        """Return the Python that fetches what is chosen."""
        raise TypeError("a picker says its own code")

    def _say_lines(self) -> None:
        self._line.value, self._code.value = self.command, self.code

    def _brief_html(self) -> str:
        return self.to_html()

    def to_html(self) -> str:
        """Return what is chosen and the lines that repeat it, as static HTML."""
        rows = [
            ("chosen", ", ".join(str(item.name) for item in self.value) or "nothing yet"),
            ("magic", self.command),
            ("Python", self.code),
        ]
        return sections_html([sections.facts("", rows)])

    def __repr__(self) -> str:
        """Say what is chosen."""
        return f"<{type(self).__name__}: {', '.join(str(item.name) for item in self.value) or 'nothing chosen'}>"


class SpacePicker(_Picker):
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
        return f"%ax spaces get {_word(self.value[0])}" if self.value else "%ax spaces list"

    @property
    def code(self) -> str:
        """Return the Python that fetches the space."""
        return f"client.spaces.get({_text(self.value[0])})" if self.value else "client.spaces.list()"


class DatasetPicker(_Picker):
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

    def __init__(self, client: Any, *, space: Any = None, dataset: Any = None, remember: str | Path | None = None) -> None:
        super().__init__(client, space=space, dataset=dataset, remember=remember)
        self._add_datasets()
        self._begin(self.spaces, self.datasets)

    def _add_datasets(self) -> None:
        self.datasets = ChoiceList("dataset", self._background, _dated)
        self.datasets.observe(self._guard(self._dataset_chosen), "chosen")
        self._preset_dataset: Dataset | None = None

    def _preset_found(self, found: tuple[Space | None, Dataset | None]) -> None:
        self._preset_dataset = found[1]
        super()._preset_found(found)

    def _space_chosen(self, change: Any) -> None:
        space = change["new"][0] if change["new"] else None
        chosen, self._preset_dataset = self._preset_dataset, None
        kept = (chosen,) if chosen is not None and space is not None and chosen.space_id in (None, space.id) else ()
        self.datasets.start(partial(self._fetch_datasets, space) if space else None, chosen=kept)

    def _fetch_datasets(self, space: Space, *, name: str | None, cursor: str | None, limit: int) -> Page[Dataset]:
        page: Page[Dataset] = self.client.datasets.list(space=space, name=name, cursor=cursor, limit=limit)
        return page

    def _dataset_chosen(self, change: Any) -> None:
        self.value = change["new"]
        self._remember(self.space, self.dataset)

    @property
    def dataset(self) -> Dataset | None:
        """Return the chosen dataset."""
        return self.datasets.chosen[0] if self.datasets.chosen else None

    @property
    def command(self) -> str:
        """Return the `%ax` line that shows the dataset."""
        space = f" --space {_word(self.space)}" if self.space else ""
        return f"%ax datasets get {_word(self.value[0])}{space}" if self.value else f"%ax datasets list{space}"

    @property
    def code(self) -> str:
        """Return the Python that fetches the dataset."""
        space = f"space={_text(self.space)}" if self.space else ""
        return f"client.datasets.get({_text(self.value[0])}, {space})" if self.value else f"client.datasets.list({space})"


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
        self, client: Any, multiple: bool = True, *, space: Any = None, dataset: Any = None, remember: str | Path | None = None
    ) -> None:
        self._versions: dict[str, str] = {}
        self._multiple = multiple
        _Picker.__init__(self, client, space=space, dataset=dataset, remember=remember)
        self._add_datasets()
        self.experiments = ChoiceList("experiment", self._background, self._experiment_label, multiple=multiple)
        self.experiments.observe(self._guard(self._experiments_chosen), "chosen")
        self.baseline = ipywidgets.HBox(layout=ipywidgets.Layout(flex_flow="row wrap", min_height="32px"))
        self.children = [self._lists, *([self.baseline] if multiple else []), self.status, self._line, self._code]
        self._begin(self.spaces, self.datasets, self.experiments)

    def _dataset_chosen(self, change: Any) -> None:
        dataset = change["new"][0] if change["new"] else None
        self._remember(self.space, dataset)
        self._versions = {}
        self.experiments.start(partial(self._fetch_experiments, dataset) if dataset else None)
        if dataset is not None:
            self._background.submit("versions", lambda: self.client.datasets.get(dataset.id), self._versions_found, self._versions_failed)

    def _fetch_experiments(self, dataset: Dataset, *, name: str | None, cursor: str | None, limit: int) -> Page[Experiment]:
        page: Page[Experiment] = self.client.experiments.list(dataset=dataset, name=name, cursor=cursor, limit=limit)
        return page

    def _versions_found(self, dataset: Dataset) -> None:
        """Remember how versions are called: by name, else counted from the oldest."""
        versions = dataset.versions or ()
        self._versions = {version.id: version.name or f"version {len(versions) - place}" for place, version in enumerate(versions)}
        self.experiments.draw()

    def _versions_failed(self, error: Exception) -> None:
        LOG.warning("dataset versions are not known", exc_info=error)
        self.status.problem(one_line(error))

    def _experiment_label(self, experiment: Experiment) -> str:
        version = self._versions.get(experiment.dataset_version_id or "", "")
        return " · ".join(part for part in (experiment.name or experiment.id, moment(experiment.created_at), version) if part)

    def _experiments_chosen(self, change: Any) -> None:
        self.value = change["new"]
        self.baseline.children = tuple(self._baseline_button(place, item) for place, item in enumerate(self.value))

    def _baseline_button(self, place: int, experiment: Experiment) -> ipywidgets.Button:
        """Return the button that makes an experiment the baseline; the one that is it says so."""
        name = inert(experiment.name or experiment.id, 60)
        said = f"★ baseline: {name}" if place == 0 else f"make {name} the baseline"
        made = ipywidgets.Button(description=said, disabled=place == 0, tooltip=said, layout=ipywidgets.Layout(width="auto"))
        made.on_click(self._guard(lambda _: self._make_baseline(experiment)))
        return made

    def _make_baseline(self, experiment: Experiment) -> None:
        self.experiments.chosen = (experiment, *(item for item in self.value if item.id != experiment.id))
        self.experiments.draw()

    @property
    def command(self) -> str:
        """Return the `%ax` line that lists, shows or compares."""
        where = (f" --dataset {_word(self.dataset)}" if self.dataset else "") + (f" --space {_word(self.space)}" if self.space else "")
        verb = ("list", "get")[len(self.value)] if len(self.value) < 2 else "compare"
        return " ".join(["%ax experiments", verb, *(_word(item) for item in self.value)]) + where

    @property
    def code(self) -> str:
        """Return the Python that lists, fetches or compares."""
        where = [f"{kind}={_text(item)}" for kind, item in (("dataset", self.dataset), ("space", self.space)) if item]
        call = ("experiments.list", "experiments.get")[len(self.value)] if len(self.value) < 2 else "compare"
        return f"client.{call}({', '.join([*(_text(item) for item in self.value), *where])})"


def _named(item: Any) -> str:
    return item.name or str(item.id)


def _dated(dataset: Dataset) -> str:
    return " · ".join(part for part in (dataset.name or dataset.id, moment(dataset.updated_at or dataset.created_at)) if part)


def _word(item: Any) -> str:
    """Return a resource as one word of a command line; a name that reads as an option or a variable gives way to the id."""
    name = item.name or item.id
    return str(item.id) if name.startswith(("-", "$")) else shlex.quote(name)


def _text(item: Any) -> str:
    return repr(item.name or item.id)
