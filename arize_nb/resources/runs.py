"""Read the runs of an experiment: a frame, a page, records, a Parquet file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arize_nb import wire
from arize_nb.models import Dataset, Experiment, Page, Space
from arize_nb.resources.lookup import Link, experiment_of, needed_space_id
from arize_nb.resources.reading.rows import Annotations, OnRows, Rows, Transport, untold
from arize_nb.resources.reading.table import read_table

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa

ExperimentLike = str | Experiment
DatasetLike = str | Dataset
SpaceLike = str | Space


class Runs:
    """The reading half of `client.experiments`.

    Every method takes `x` (name, id or object), `dataset` and `space` to find a name by, and `filter`: the
    runs to keep, in the filter language (``eval.correctness.score < 0.5``); None keeps all. Those that read
    everything take `transport`, `annotations` and `on_rows` as `runs` does, the page by page ones `limit`
    (rows of a page) and `cursor` (`next_cursor` of the page before). `path` is a file to write.
    """

    def __init__(self, link: Link) -> None:
        self._link = link

    def runs(
        self,
        x: ExperimentLike,
        *,
        dataset: DatasetLike | None = None,
        space: SpaceLike | None = None,
        filter: str | None = None,  # noqa: A002 - the contract's name
        transport: Transport = "auto",
        annotations: Annotations = "auto",
        on_rows: OnRows | None = None,
    ) -> pd.DataFrame:
        """Return all runs, a row each, in id order.

        Parameters
        ----------
        x : str or Experiment
            Name, id or object.
        dataset, space : optional
            Where to find a name.
        filter : str, optional
            Runs to keep, such as ``eval.correctness.score < 0.5``.
        transport : "auto", "rest" or "flight"
            auto reads over REST what fits one page of 500 and all else over Flight, or over REST page by page
            where Flight is blocked.
        annotations : "auto", True or False
            auto: those that come with the transport, with a notice where they do not; True: whatever it
            takes; False: none.
        on_rows : callable, optional
            Called with the number of runs that came, each time some did: `tqdm().update` makes it a progress
            bar.

        Returns
        -------
        pandas.DataFrame
            Columns `id, example_id, output, error`, then `eval.<name>.score|label|explanation`,
            `annotation.<name>.score|label|text`, then the runs' own; all `pandas.ArrowDtype`.
            `.attrs["arize"]` names the experiment. Empty when there are no runs.

        Raises
        ------
        IncompleteExportError
            The export broke: no partial frame is returned.
        RequestRefusedError, FilterError
            The filter does not parse or names a column that no run has.
        """
        from arize_nb.frames import to_pandas

        found = experiment_of(self._link, x, dataset, space)
        table = read_table(self._link, self._rows(found, filter, transport, annotations, on_rows))
        return to_pandas(table, {"arize": {**_attributes(found), **_part_of(table)}})

    def table(
        self,
        x: ExperimentLike,
        *,
        dataset: DatasetLike | None = None,
        space: SpaceLike | None = None,
        filter: str | None = None,  # noqa: A002 - the contract's name
        transport: Transport = "auto",
        annotations: Annotations = "auto",
        on_rows: OnRows | None = None,
    ) -> pa.Table:
        """Return all runs as an Arrow table: rows and columns are those of `runs`, without pandas (for
        polars, DuckDB, files).
        """
        found = experiment_of(self._link, x, dataset, space)
        return read_table(self._link, self._rows(found, filter, transport, annotations, on_rows))

    def runs_page(
        self,
        x: ExperimentLike,
        *,
        dataset: DatasetLike | None = None,
        space: SpaceLike | None = None,
        filter: str | None = None,  # noqa: A002 - the contract's name
        limit: int = 15,
        cursor: str | None = None,
    ) -> Page[dict[str, Any]]:
        """Return one page of runs as flat records, in id order; `limit` is 1-500."""
        found = experiment_of(self._link, x, dataset, space)
        rows = self._rows(found, filter, "rest", "auto")
        return wire.decode_page("run", self._link.send(rows.request(limit, cursor)))

    export = runs
    """The word of the commands."""
    list_runs = runs_page
    """The word of the commands and of the official SDK."""

    def to_parquet(
        self,
        x: ExperimentLike,
        path: str | os.PathLike[str],
        *,
        dataset: DatasetLike | None = None,
        space: SpaceLike | None = None,
        filter: str | None = None,  # noqa: A002 - the contract's name
        transport: Transport = "auto",
        annotations: Annotations = "auto",
        on_rows: OnRows | None = None,
    ) -> Path:
        """Stream all runs into a Parquet file with the columns of `runs`, in constant memory, and return its
        path.

        Rows come in the order in which the service sends them: by run id wherever it sorts, as the embedded
        workspace does.

        Raises
        ------
        IncompleteExportError
            The export broke: there is no file, and one that was there before is untouched.
        FileError
            The folder is missing or cannot be written.
        """
        from arize_nb.resources.reading.parquet import write_rows

        found = experiment_of(self._link, x, dataset, space)
        return write_rows(self._link, self._rows(found, filter, transport, annotations, on_rows), path)

    def iter_records(
        self,
        x: ExperimentLike,
        *,
        dataset: DatasetLike | None = None,
        space: SpaceLike | None = None,
        filter: str | None = None,  # noqa: A002 - the contract's name
        transport: Transport = "auto",
        annotations: Annotations = "auto",
        on_rows: OnRows | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Iterate over all runs as nested records (`evaluations`, `annotations`, `metadata`), in id order,
        without pandas.

        Everything is read before the first record is handed out: what is iterated over is whole.
        """
        from arize_nb.frames import nested_records

        found = experiment_of(self._link, x, dataset, space)
        return nested_records(
            read_table(self._link, self._rows(found, filter, transport, annotations, on_rows)), "run"
        )

    def _rows(
        self,
        found: Experiment,
        filter_text: str | None,
        transport: Transport,
        annotations: Annotations,
        on_rows: OnRows | None = None,
    ) -> Rows:
        """Describe the runs to read."""
        about = wire.About(kind="experiment", name=found.name or found.id, filter_text=filter_text)

        def ticket() -> bytes:
            space = found.space_id or needed_space_id(self._link, None, "reading over Flight")
            return wire.get_experiment_ticket(space_id=space, experiment_id=found.id)

        return Rows(
            kind="run",
            identity=found.id,
            about=about,
            ticket=ticket,
            filter_text=filter_text,
            transport=transport,
            annotations=annotations,
            on_rows=on_rows or untold,
        )


def _part_of(table: pa.Table) -> dict[str, bool]:
    """Say that runs went over a part of their dataset on purpose, where they carry that mark."""
    from arize_nb.frames.columns import PART_COLUMN

    is_marked = PART_COLUMN in table.column_names and table.column(PART_COLUMN).null_count < table.num_rows
    return {"part": True} if is_marked else {}


def _attributes(found: Experiment) -> dict[str, Any]:
    """Return what a frame of runs remembers of its experiment: plain JSON."""
    return {
        "experiment_id": found.id,
        "experiment": found.name,
        "dataset_id": found.dataset_id,
        "dataset_version_id": found.dataset_version_id,
        "space_id": found.space_id,
    }
