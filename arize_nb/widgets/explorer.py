"""Explore a comparison: summary, what happened to which examples, each example in full."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets

from arize_nb.comparison.result import Comparison
from arize_nb.errors import ComparisonError
from arize_nb.widgets import comparison_sections
from arize_nb.widgets.app_link import experiment_link
from arize_nb.widgets.background import Background
from arize_nb.widgets.example_detail import example_detail
from arize_nb.widgets.explorer_columns import drawn_columns, hidden_columns, slice_columns
from arize_nb.widgets.front import LOG, guarded, one_line
from arize_nb.widgets.grid import Grid
from arize_nb.widgets.labels import StatusLine, beside, inert
from arize_nb.widgets.outcome_rows import ALL, OUTCOMES, outcome_counts, outcome_table
from arize_nb.widgets.panel import Panel
from arize_nb.widgets.pickers import ExperimentPicker
from arize_nb.widgets.shown import Shown
from arize_nb.widgets.static import sections_html

if TYPE_CHECKING:
    import pandas as pd

    from arize_nb.widgets.sections import Section


_STATIC_ROWS = 10


class ComparisonExplorer(Shown):
    """Look at a comparison from its summary down to one example.

    Parameters
    ----------
    source : Comparison, Client, or name of the baseline
        With a client alone the experiments are picked in the widget. With a name `ax.connect()` is used.
    *experiments : str or Experiment
        Baseline and candidates (with a client), or the candidates (with a name).
    dataset, space : str or resource, optional
        Where the experiments are found by name.
    metrics : sequence of str, optional
        Metrics to compare; default every one that both sides have.
    page_size : int, default 25
        Rows of a page of the table.

    Attributes
    ----------
    comparison : Comparison or None
        What is explored; None until experiments were picked.
    metric, candidate, outcome : str
        What the table shows; set them from Python too. Outcomes: `regressed`, `improved`, `changed`, `unchanged`, `errored`, `missing`,
        `unscored`, `all`.
    grid : Grid
        The table.

    Raises
    ------
    ComparisonError
        One experiment only, or nothing to compare.
    """

    def __init__(
        self, source: Any, *experiments: Any, dataset: Any = None, space: Any = None, metrics: Any = None, page_size: int = 25
    ) -> None:
        self.comparison: Comparison | None = None
        self.client: Any = None
        self.picker: ExperimentPicker | None = None
        self._scope = {"dataset": dataset, "space": space}
        self._metrics = metrics
        self._background = Background()
        self._drawing = True
        self._organization: str | None = None
        self.status = StatusLine()
        self._make_controls(page_size)
        self._summary, self._side = Panel(), Panel()
        self._chooser = ipywidgets.VBox()
        self._body = ipywidgets.VBox()
        super().__init__([self._chooser, self.status, self._body])
        self._begin(source, experiments)

    def _make_controls(self, page_size: int) -> None:
        self._metric = ipywidgets.Dropdown(description="Metric", **beside())
        self._candidate = ipywidgets.Dropdown(description="Candidate", **beside())
        self._outcome = ipywidgets.Dropdown(description="Examples that", **beside())
        self._more = ipywidgets.Dropdown(description="Also show", **beside())
        self.grid = Grid([], page_size=page_size, caption="examples", detail=self._detail)
        self.compare_button = ipywidgets.Button(description="Compare", button_style="primary", disabled=True)
        self.cancel_button = ipywidgets.Button(description="Cancel", disabled=True)
        self._line = ipywidgets.Text(description="Copy as magic", **beside(width="98%"))
        for control in (self._metric, self._candidate):
            control.observe(self._guard(lambda _: self._metric_changed()), "value")
        self._outcome.observe(self._guard(lambda _: self._show_rows()), "value")
        self._more.observe(self._guard(lambda _: self._show_more()), "value")
        self.compare_button.on_click(self._guard(lambda _: self._compare()))
        self.cancel_button.on_click(self._guard(lambda _: self._cancel()))

    def _guard(self, handler: Callable[..., None]) -> Callable[..., None]:
        return guarded(handler, self.status.problem)

    def _begin(self, source: Any, experiments: tuple[Any, ...]) -> None:
        if isinstance(source, Comparison):
            self._take(source)
            return
        if not hasattr(source, "experiments"):
            from arize_nb.client import connect

            source, experiments = connect(), (source, *experiments)
        self.client = source
        if len(experiments) == 1:
            raise ComparisonError(
                "one experiment is no comparison", hint="Give a baseline and a candidate, or only the client to pick them."
            )
        if experiments:
            self._take(self.client.compare(*experiments, metrics=self._metrics, **self._scope))
            return
        self.picker = ExperimentPicker(self.client, **self._scope)
        self.picker.observe(self._guard(lambda _: self._picked()), "value")
        self._chooser.children = (self.picker, ipywidgets.HBox([self.compare_button, self.cancel_button]))

    # -- comparing what was picked ----------------------------------------------------------------

    def _picked(self) -> None:
        self.compare_button.disabled = self.picker is None or len(self.picker.value) < 2

    def _compare(self) -> None:
        """Read the runs and compare them, off the kernel's thread."""
        picker = self.picker
        if picker is None:
            return
        chosen = picker.value
        self.compare_button.disabled, self.cancel_button.disabled = True, False
        self.status.say(f"reading the runs of {len(chosen)} experiments…")
        self._background.submit("compare", lambda: self.client.compare(*chosen, metrics=self._metrics), self._compared, self._failed)
        self._background.tick("compare", lambda seconds: self.status.say(f"reading the runs of {len(chosen)} experiments… {seconds:.0f} s"))

    def _compared(self, comparison: Comparison) -> None:
        self._ended("")
        self._take(comparison)

    def _failed(self, error: Exception) -> None:
        LOG.warning("comparing failed", exc_info=error)
        self._ended("")
        self.status.problem(one_line(error))

    def _cancel(self) -> None:
        self._background.forget("compare")
        self._ended("cancelled; what was being read is dropped")

    def _ended(self, text: str) -> None:
        self.status.say(text)
        self.cancel_button.disabled = True
        self._picked()

    # -- showing a comparison ---------------------------------------------------------------------

    def _take(self, comparison: Comparison) -> None:
        """Show this comparison, its first metric and candidate, and what regressed."""
        self.comparison = comparison
        self._drawing = True
        self._metric.options = [(inert(metric.name), metric.name) for metric in comparison.metrics]
        self._candidate.options = [(inert(name), name) for name in comparison.candidates]
        self._more.options = self._more_options(comparison)
        self._metric.index = self._candidate.index = self._more.index = 0
        self._drawing = False
        self._summary.show(comparison_sections.summary(comparison))
        controls = ipywidgets.HBox(
            [self._metric, self._candidate, self._outcome, self._more], layout=ipywidgets.Layout(flex_flow="row wrap")
        )
        self._body.children = (self._summary, controls, self._side, self.grid, self._line)
        self._metric_changed()
        self._learn_organization(comparison)

    def _more_options(self, comparison: Comparison) -> list[tuple[str, tuple[str, str] | None]]:
        columns = slice_columns(comparison)
        plots = [(f"plot: {kind}", ("plot", kind)) for kind in comparison_sections.PLOTS if kind != "slices" or columns]
        cuts = [(inert(f"slices by {name}"), ("slices", name)) for name in columns]
        return [("nothing", None), *plots, *cuts, ("what makes it shaky", ("comparability", ""))]

    def _metric_changed(self) -> None:
        if self._drawing or self.comparison is None:
            return
        counts = outcome_counts(self.comparison, self.metric, self.candidate)
        kept = self._outcome.value
        wanted = kept if kept and counts[kept] else next((name for name in (*OUTCOMES, ALL) if counts[name]), ALL)
        self._drawing = True
        self._outcome.options = [(f"{name} ({counts[name]:,})", name) for name in (*OUTCOMES, ALL)]
        self._outcome.value = wanted
        self._drawing = False
        self._show_rows()
        self._show_more()

    def _show_rows(self) -> None:
        if self._drawing or self.comparison is None:
            return
        table = outcome_table(self.comparison, self.metric, self.candidate, self.outcome)
        caption = "examples" if self.outcome == ALL else f"{self.outcome} examples"
        self.grid.show_rows(
            table,
            id_column="example_id",
            columns=drawn_columns(table, hidden_columns(self.comparison, self.metric, self.outcome)),
            pinned=["example_id"],
            caption=caption,
        )
        self._line.value = self.command

    def _show_more(self) -> None:
        if self._drawing or self.comparison is None:
            return
        comparison, metric, candidate, wanted = self.comparison, self.metric, self.candidate, self._more.value
        if wanted is None:
            self._background.forget("more")
            self._side.show([])
            return
        kind, name = wanted

        def draw() -> tuple[list[Section], list[bytes]]:
            if kind == "plot":
                by = next(iter(slice_columns(comparison)), None)
                section, picture = comparison_sections.plot_png(comparison, name, metric=metric, candidate=candidate, by=by)
                return [section], [picture]
            return (comparison_sections.slices(comparison, name) if kind == "slices" else comparison_sections.comparability(comparison)), []

        def failed(error: Exception) -> None:
            LOG.warning("drawing %s failed", name or kind, exc_info=error)
            self._side.show([])
            self._side.problem(one_line(error))

        self._background.submit("more", draw, lambda drawn: self._side.show(*drawn), failed)

    def _detail(self, row: dict[str, Any]) -> tuple[str, list[Section]]:
        if self.comparison is None:
            raise ComparisonError("nothing is compared yet")
        found = example_detail(self.comparison, row["candidate"], row["example_id"], link=self._link)
        return f"{row['example_id']}: {row['outcome']} on {row['metric']}", found

    def _learn_organization(self, comparison: Comparison) -> None:
        """Ask once for the organization, without which no address of the Arize UI is whole."""
        connection = getattr(self.client, "connection", None)
        space_id = comparison.study.alignment.sides[0].source.facts.get("space_id")
        if connection is None or connection.is_local or not space_id:
            return
        self._background.submit(
            "organization", lambda: self.client.spaces.get(space_id).organization_id, self._organization_known, self._organization_unknown
        )

    def _organization_known(self, organization_id: str | None) -> None:
        self._organization = organization_id

    def _organization_unknown(self, error: Exception) -> None:
        LOG.info("no links to the Arize UI: its organization is not known", exc_info=error)

    def _link(self, facts: Mapping[str, Any]) -> str | None:
        if self._organization is None:
            return None
        return experiment_link(self.client.connection.app_url, self._organization, facts)

    # -- what it shows, to hand back --------------------------------------------------------------

    @property
    def metric(self) -> str:
        """Name of the metric shown."""
        return str(self._metric.value)

    @metric.setter
    def metric(self, name: str) -> None:
        self._metric.value = name

    @property
    def candidate(self) -> str:
        """Name of the candidate shown."""
        return str(self._candidate.value)

    @candidate.setter
    def candidate(self, name: str) -> None:
        self._candidate.value = name

    @property
    def outcome(self) -> str:
        """Which examples are shown."""
        return str(self._outcome.value)

    @outcome.setter
    def outcome(self, name: str) -> None:
        self._outcome.value = name

    @property
    def selected(self) -> pd.DataFrame:
        """Return the selected examples as a DataFrame."""
        return self.grid.selected

    def frame(self, *, all_pages: bool = False) -> pd.DataFrame:
        """Return the rows on screen as a DataFrame; with `all_pages` every row that matches."""
        return self.grid.frame(all_pages=all_pages)

    def wait(self, timeout_s: float = 30.0) -> bool:
        """Wait until everything asked for so far is shown (scripts, tests); False when it is not.

        Parameters
        ----------
        timeout_s : float
            Longest wait in seconds, above 0.
        """
        picked = self.picker is None or self.picker.wait(timeout_s)
        return self._background.wait(timeout_s) and picked

    @property
    def command(self) -> str:
        """Return the `%ax` line that opens this again."""
        if self.comparison is None:
            return "%ax experiments explore"
        facts = self.comparison.study.alignment.sides[0].source.facts
        where = [f"--{name} {shlex.quote(str(_name(value)))}" for name, value in self._scope.items() if value is not None]
        if not where and facts.get("dataset_id"):
            where = [f"--dataset {shlex.quote(str(facts['dataset_id']))}"]
        names = [shlex.quote(name) for name in (self.comparison.baseline, *self.comparison.candidates)]
        return " ".join(["%ax experiments explore", *names, *where, f"--metric {shlex.quote(self.metric)}"])

    def to_html(self, path: str | Path | None = None) -> str | Path:
        """Return the comparison with its pictures, and the rows on screen, as one static page; with a path, write it there."""
        if self.comparison is None:
            page = self.picker.to_html() if self.picker is not None else ""
        else:
            page = f"{self.comparison.to_html()}{self.grid.to_html(self.grid.page_size)}"
        if path is None:
            return page
        Path(path).write_text(page, encoding="utf-8")
        return Path(path)

    def _brief_html(self) -> str:
        """Return summary and first rows, without pictures."""
        if self.comparison is None:
            return str(self.to_html())
        return sections_html(self._summary.sections) + self.grid.to_html(_STATIC_ROWS)

    def __repr__(self) -> str:
        """Say what is compared."""
        if self.comparison is None:
            return "<ComparisonExplorer: nothing picked yet>"
        return f"<ComparisonExplorer: {', '.join(self.comparison.candidates)} against {self.comparison.baseline}>"


def _name(value: Any) -> Any:
    return getattr(value, "name", None) or value
