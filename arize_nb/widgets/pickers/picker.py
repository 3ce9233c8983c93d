"""What the pickers share: lists from left to right, the choice, and the lines that repeat it; core ipywidgets
only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

from arize_nb.display import sections
from arize_nb.display.sections_html import sections_html
from arize_nb.display.tables import text_table
from arize_nb.errors import AxError
from arize_nb.persistence.atomic_write import write_whole
from arize_nb.widgets.parts.background import Background
from arize_nb.widgets.parts.channel import LOG, guarded, one_line
from arize_nb.widgets.parts.controls import StatusLine, beside
from arize_nb.widgets.parts.displayed import Shown
from arize_nb.widgets.pickers.choice_list import ChoiceList

if TYPE_CHECKING:
    from arize_nb.models import Dataset, Page, Space

STATIC_CHOICES = 10
"""Resources that the static form lists."""


@dataclass(frozen=True, kw_only=True)
class _Preset:
    """What was found of a choice made beforehand."""

    space: Space | None
    """The space."""
    dataset: Dataset | None
    """The dataset."""
    trouble: AxError | None
    """Why the dataset was not found."""


class Picker(Shown, ipywidgets.VBox):  # type: ignore[misc]
    """A choice through lists, each filled by the choice to its left.

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

    def __init__(
        self, client: Any, *, space: Any = None, dataset: object = None, remember: str | Path | None = None
    ) -> None:
        self.client = client
        self._background = Background()
        self._memory = Path(remember) if remember is not None else None
        if space is None and dataset is None:
            space, dataset = self._recalled()
        self._preset = {
            "space": space if space is not None else getattr(client, "space", None),
            "dataset": dataset,
        }
        self._preset_dataset: Dataset | None = None
        self.status = StatusLine()
        self.spaces = ChoiceList("space", self._background, _named)
        self.spaces.observe(self._guard(self._space_chosen), "chosen")
        self._line = ipywidgets.Text(description="Copy as magic", **beside(width="auto"))
        self._code = ipywidgets.Text(description="Copy as Python", **beside(width="auto"))
        self._lists = ipywidgets.HBox(layout=ipywidgets.Layout(flex_flow="row wrap"))
        super().__init__([self._lists, self.status, self._line, self._code])
        self.observe(self._guard(lambda _: self._say_lines()), "value")

    def _recalled(self) -> tuple[str | None, str | None]:
        """Return the ids of space and dataset that the file remembers; a file that does not read is as good
        as none.
        """
        if self._memory is None or not self._memory.exists():
            return None, None
        try:
            kept = json.loads(self._memory.read_text(encoding="utf-8"))
            return kept["space"], kept.get("dataset")
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return None, None

    def _remember(self, space: Space | None, dataset: Dataset | None = None) -> None:
        """Keep the choice for the next kernel, where a file was given for it."""
        if self._memory is not None and space is not None:
            write_whole(
                self._memory, json.dumps({"space": space.id, "dataset": dataset.id if dataset else None})
            )

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

    def _look_up_preset(self) -> _Preset:
        """Find space and dataset; a dataset that is not there leaves the space to go on from."""
        space, dataset = self._preset["space"], self._preset["dataset"]
        found, trouble = None, None
        if dataset is not None:
            try:
                found = self.client.datasets.get(dataset, space=space)
            except AxError as error:
                trouble = error
        where = space if space is not None else found.space_id if found else None
        return _Preset(
            space=self.client.spaces.get(where) if where is not None else None, dataset=found, trouble=trouble
        )

    def _preset_found(self, found: _Preset) -> None:
        self._preset_dataset = found.dataset
        if found.trouble is not None:
            LOG.warning("what was chosen beforehand was not found", exc_info=found.trouble)
            self.status.problem(one_line(found.trouble))
        self.spaces.start(self._fetch_spaces, chosen=(found.space,) if found.space else ())

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
        self._say_lines()

    @property
    def space(self) -> Space | None:
        """Return the chosen space."""
        return self.spaces.chosen[0] if self.spaces.chosen else None

    def wait(self, timeout_s: float = 10.0) -> bool:
        """Wait until the service has answered everything asked so far (scripts, tests); False when it has
        not.

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

    def _end(self) -> None:
        self._background.close()

    def _brief_html(self) -> str:
        return self.to_html()

    def _listed(self) -> tuple[str, list[tuple[str, str]]]:
        """Return what the last list has: the kind, and the first ten as name and what is known of them."""
        return "space", [(_named(item), "") for item in self.spaces.items[:STATIC_CHOICES]]

    def to_html(self) -> str:
        """Return what is chosen, the lines that repeat it, and the first ten to choose from, as
        static HTML.
        """
        rows = [
            ("chosen", ", ".join(str(item.name) for item in self.value) or "nothing yet"),
            ("magic", self.command),
            ("Python", self.code),
        ]
        kind, listed = self._listed()
        offered = (
            [
                sections.table(
                    f"First {kind}s",
                    [kind, "runs and scores" if kind == "experiment" else "changed"],
                    [list(line) for line in listed],
                )
            ]
            if listed
            else []
        )
        return sections_html([sections.facts("", rows), *offered])

    def _text(self) -> str:
        kind, listed = self._listed()
        chosen = ", ".join(str(item.name) for item in self.value) or "nothing yet"
        known = "runs and scores" if kind == "experiment" else "changed"
        return (
            "chosen:"
            f" {chosen}\n{text_table([{kind: name, known: line or None} for name, line in listed], max_width=160)}".rstrip()
        )

    def _instead(self) -> str:
        return f"No widgets here: name what you want, as in {self.command}\nor, in Python, {self.code}"

    def __repr__(self) -> str:
        """Say what is chosen."""
        return (
            f"<{type(self).__name__}: {', '.join(str(item.name) for item in self.value) or 'nothing chosen'}>"
        )


def _named(item: Any) -> str:
    return item.name or str(item.id)
