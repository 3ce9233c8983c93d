"""Explore a comparison: summary, what happened to which examples, each example in full."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets

from arize_nb.comparison.analysis.changed_examples import OUTCOMES
from arize_nb.comparison.comparison import Comparison
from arize_nb.display import comparison_sections
from arize_nb.display.sections_html import sections_html
from arize_nb.errors import ComparisonError, InputError
from arize_nb.widgets.explorer.chooser import ComparisonChooser
from arize_nb.widgets.explorer.columns import drawn_columns, hidden_columns, slice_columns
from arize_nb.widgets.explorer.example_detail import example_detail
from arize_nb.widgets.explorer.magic_line import candidate_ids, explore_line
from arize_nb.widgets.explorer.outcome_table import (
    ALL,
    first_outcome,
    outcome_counts,
    outcome_table,
)
from arize_nb.widgets.grid.grid import Grid
from arize_nb.widgets.parts.background import Background
from arize_nb.widgets.parts.channel import LOG, guarded, one_line
from arize_nb.widgets.parts.controls import StatusLine, beside, inert, short_name
from arize_nb.widgets.parts.displayed import Shown
from arize_nb.widgets.parts.panel import Panel
from arize_nb.widgets.parts.ui_link import experiment_link, has_pages

if TYPE_CHECKING:
    import pandas as pd

    from arize_nb.display.sections import Section


_STATIC_ROWS = 10


class ComparisonExplorer(Shown, ipywidgets.VBox):  # type: ignore[misc]
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
        What the table shows; set them from Python too. Outcomes: `regressed`, `improved`, `changed`,
        `unchanged`, `errored`, `missing`, `unscored`, `all`.
    grid : Grid
        The table.

    Raises
    ------
    ComparisonError
        One experiment only, or nothing to compare.
    """

    def __init__(
        self,
        source: Any,
        *experiments: object,
        dataset: Any = None,
        space: object = None,
        metrics: Any = None,
        page_size: int = 25,
    ) -> None:
        self.comparison: Comparison | None = None
        self.client: Any = None
        self.chooser: ComparisonChooser | None = None
        self._scope = {"dataset": dataset, "space": space}
        self._metrics = metrics
        self._background = Background()
        self._drawing = True
        self._organization: str | None = None
        self.status = StatusLine()
        self._make_controls(page_size)
        self._summary, self._side = Panel(on_pick=self._row_picked), Panel()
        self._body = ipywidgets.VBox()
        super().__init__([self._body, self.status])
        self._begin(source, experiments)

    def _make_controls(self, page_size: int) -> None:
        self._metric = ipywidgets.Dropdown(description="Metric", **beside())
        self._candidate = ipywidgets.Dropdown(description="Candidate", **beside(max_width="min(100%, 340px)"))
        self._outcome = ipywidgets.Dropdown(description="Examples that", **beside())
        self._more = ipywidgets.Dropdown(description="Also show", **beside())
        self.grid = Grid([], page_size=page_size, caption="examples", detail=self._detail)
        self._line = ipywidgets.Text(description="Copy as magic", **beside(width="98%"))
        for control in (self._metric, self._candidate):
            control.observe(self._guard(lambda _: self._metric_changed()), "value")
        self._outcome.observe(self._guard(lambda _: self._show_rows()), "value")
        self._more.observe(self._guard(lambda _: self._show_more()), "value")

    def _guard(self, handler: Callable[..., None]) -> Callable[..., None]:
        return guarded(handler, self.status.problem)

    def _begin(self, source: object, experiments: tuple[Any, ...]) -> None:
        if isinstance(source, Comparison):
            self._take(source)
            return
        if not hasattr(source, "experiments"):
            from arize_nb.client import connect

            source, experiments = connect(), (source, *experiments)
        self.client = source
        if len(experiments) == 1:
            raise ComparisonError(
                "one experiment is no comparison",
                hint="Give a baseline and a candidate, or only the client to pick them.",
            )
        if experiments:
            self._take(self.client.compare(*experiments, metrics=self._metrics, **self._scope))
            return
        self.chooser = ComparisonChooser(
            self.client, self._background, self._scope, self._compare, self._take
        )
        self.children = (self.chooser, self._body, self.status)

    def _compare(self, *chosen: object) -> Comparison:
        """Compare, in a worker thread, and there measure what will be shown first: a comparison computes when
        it is asked.
        """
        comparison: Comparison = self.client.compare(*chosen, metrics=self._metrics)
        if comparison.rows:
            outcome_table(comparison, comparison.metrics[0].name, comparison.candidates[0], OUTCOMES[0])
        return comparison

    # -- showing a comparison ---------------------------------------------------------------------

    def _take(self, comparison: Comparison) -> None:
        """Show this comparison, its first metric and candidate, and what regressed."""
        self.comparison = comparison
        self._drawing = True
        self._metric.options = [(short_name(metric.name), metric.name) for metric in comparison.metrics]
        self._candidate.options = [(short_name(name), name) for name in comparison.candidates]
        self._more.options = self._more_options(comparison)
        self._metric.index = self._candidate.index = self._more.index = 0
        self._drawing = False
        controls = ipywidgets.HBox(
            [self._metric, self._candidate, self._outcome, self._more],
            layout=ipywidgets.Layout(flex_flow="row wrap"),
        )
        self._body.children = (self._summary, controls, self._side, self.grid.view, self._line)
        self._metric_changed()
        self._learn_organization(comparison)

    def _more_options(self, comparison: Comparison) -> list[tuple[str, tuple[str, str] | None]]:
        columns = slice_columns(comparison)
        plots = [
            (f"plot: {kind}", ("plot", kind))
            for kind in comparison_sections.PLOTS
            if kind != "slices" or columns
        ]
        cuts = [(inert(f"slices by {name}"), ("slices", name)) for name in columns]
        return [("nothing", None), *plots, *cuts, ("what makes it shaky", ("comparability", ""))]

    def _metric_changed(self) -> None:
        if self._drawing or self.comparison is None:
            return
        counts = outcome_counts(self.comparison, self.metric, self.candidate)
        kept = self._outcome.value
        wanted = (
            kept if kept and counts[kept] else first_outcome(self.comparison, self.metric, self.candidate)
        )
        self._drawing = True
        self._outcome.options = [(f"{name} ({counts[name]:,})", name) for name in (*OUTCOMES, ALL)]
        self._outcome.value = wanted
        self._drawing = False
        self._summary.show(comparison_sections.summary(self.comparison, current=self._row()))
        self._show_rows()
        self._show_more()

    def _row(self) -> int:
        """Return the place of what is shown among the summary's rows; -1 where it has none."""
        rows = enumerate(self.comparison.rows if self.comparison is not None else ())
        return next(
            (
                place
                for place, row in rows
                if (row["metric"], row["candidate"]) == (self.metric, self.candidate)
            ),
            -1,
        )

    def _row_picked(self, place: int) -> None:
        """Show the metric and candidate of a row of the summary."""
        if self.comparison is None or not 0 <= place < len(self.comparison.rows):
            return
        row = self.comparison.rows[place]
        self._drawing = True
        self._metric.value, self._candidate.value = row["metric"], row["candidate"]
        self._drawing = False
        self._metric_changed()

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
                section, picture = comparison_sections.plot_png(
                    comparison, name, metric=metric, candidate=candidate, by=by
                )
                return [section], [picture]
            return (
                comparison_sections.slices(comparison, name)
                if kind == "slices"
                else comparison_sections.comparability(comparison)
            ), []

        def failed(error: Exception) -> None:
            LOG.warning("drawing %s failed", name or kind, exc_info=error)
            self._side.show([])
            self._side.problem(one_line(error))

        self._side.busy("drawing…")
        self._background.submit("more", draw, lambda drawn: self._side.show(*drawn), failed)

    def _detail(self, row: dict[str, Any]) -> tuple[str, list[Section]]:
        if self.comparison is None:
            raise ComparisonError("nothing is compared yet")
        found = example_detail(self.comparison, row["candidate"], row["example_id"], link=self._link)
        return f"{row['example_id']}: {row['outcome']} on {row['metric']}", found

    def _learn_organization(self, comparison: Comparison) -> None:
        """Ask once for the organization, without which no address of the Arize UI is whole."""
        space_id = comparison.study.alignment.sides[0].source.facts.get("space_id")
        if not space_id or not has_pages(getattr(self.client, "connection", None)):
            return
        self._background.submit(
            "organization",
            lambda: self.client.spaces.get(space_id).organization_id,
            self._organization_known,
            self._organization_unknown,
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
        _choose(self._metric, "metric", name)

    @property
    def candidate(self) -> str:
        """Name of the candidate shown; its experiment's id will do to set it."""
        return str(self._candidate.value)

    @candidate.setter
    def candidate(self, name: str) -> None:
        known = dict(candidate_ids(self.comparison)) if self.comparison is not None else {}
        _choose(self._candidate, "candidate", known.get(name, name))

    @property
    def outcome(self) -> str:
        """Which examples are shown."""
        return str(self._outcome.value)

    @outcome.setter
    def outcome(self, name: str) -> None:
        _choose(self._outcome, "outcome", name)

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
        picked = self.chooser is None or self.chooser.wait(timeout_s)
        return self._background.wait(timeout_s) and picked

    @property
    def command(self) -> str:
        """Return the `%ax` line that opens this again: experiments by name, files by path, frames as a
        comparison in a variable.
        """
        if self.comparison is None:
            return "%ax experiments explore"
        picker = self.chooser.picker if self.chooser is not None else None
        scope = {"dataset": picker.dataset, "space": picker.space} if picker is not None else self._scope
        return explore_line(
            self.comparison,
            scope,
            self._metrics,
            metric=self.metric,
            candidate=self.candidate,
            outcome=self.outcome,
        )

    def to_html(self, path: str | Path | None = None) -> str | Path:
        """Return the comparison with its pictures, and the rows on screen, as one static page; with a path,
        write it there.
        """
        if self.comparison is None:
            page = self.chooser.picker.to_html() if self.chooser is not None else ""
        else:
            page = f"{self.comparison.to_html()}{self.grid.to_html(self.grid.page_size)}"
        if path is None:
            return page
        Path(path).write_text(page, encoding="utf-8")
        return Path(path)

    def _end(self) -> None:
        self._background.close()
        if self.chooser is not None:
            self.chooser.picker._end()

    def _brief_html(self) -> str:
        """Return summary and first rows, without pictures."""
        if self.comparison is None:
            return str(self.to_html())
        return sections_html(self._summary.sections) + self.grid.to_html(_STATIC_ROWS)

    def _text(self) -> str:
        if self.comparison is None:
            return self.chooser.picker._text() if self.chooser is not None else repr(self)
        return f"{self.comparison!r}\n\n{self.outcome} examples:\n{self.grid._text()}"

    def _instead(self) -> str:
        if self.comparison is None:
            return self.chooser.picker._instead() if self.chooser is not None else ""
        return (
            "No widgets here: .comparison has the comparison, .metric, .candidate and .outcome choose the"
            " rows, .frame() has them."
        )

    def __repr__(self) -> str:
        """Say what is compared."""
        if self.comparison is None:
            return "<ComparisonExplorer: nothing picked yet>"
        return (
            f"<ComparisonExplorer: {', '.join(self.comparison.candidates)} against"
            f" {self.comparison.baseline}>"
        )


def _choose(control: ipywidgets.Dropdown, what: str, name: str) -> None:
    """Choose one of a control's values by name."""
    values = [value for _, value in control.options]
    if name not in values:
        raise InputError(
            f"no {what} {name!r} here",
            hint=f"There are: {', '.join(values) or 'none yet; pick and compare first'}",
        )
    control.value = name
