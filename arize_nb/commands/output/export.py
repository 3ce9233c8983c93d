"""Exports: all runs or examples, not read before it is known what shall become of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from arize_nb.commands.line.options import grouped
from arize_nb.commands.line.variables import option
from arize_nb.errors import FlightUnavailableError
from arize_nb.text.visible import file_name_part

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from arize_nb.commands.line.session import Session
    from arize_nb.models import Page

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Folder:
    """Where an export goes besides the value it returns."""

    output_dir: Path | None
    """Folder to make the export's own folder in; None was not given."""
    stdout: bool
    """Print JSON and write nothing."""
    types: str = "arrow"
    """arrow or numpy: the types of the DataFrame that a notebook gets."""


def export_options(command: F) -> F:
    """Add `--output-dir`, `--stdout` and `--types` (arriving as `folder`) and `--all` (`everything`)."""
    everything = option(
        "--all",
        "everything",
        is_flag=True,
        help="Read over Arrow Flight from the start (long exports go there anyway).",
    )
    output_dir = option(
        "--output-dir",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="Write the export's folder here (console default: the current one).",
    )
    stdout = option("--stdout", is_flag=True, help="Print JSON instead.")
    types = option(
        "--types",
        type=click.Choice(["arrow", "numpy"]),
        default="arrow",
        help="Types of the DataFrame in a notebook; numpy gives lists and objects as Python values.",
    )
    return grouped("folder", Folder, output_dir, stdout, types)(everything(command))


@dataclass(frozen=True, kw_only=True)
class Export:
    """Runs of an experiment or examples of a dataset, and the ways to read them."""

    kind: str
    """experiment or dataset."""
    label: str
    """Name or id as the user gave it."""
    folder: Folder
    """Where it was asked to go."""
    frame: Callable[[], pd.DataFrame] = field(repr=False)
    """Read everything as a DataFrame."""
    table: Callable[[], pa.Table] = field(repr=False)
    """Read everything as an Arrow table, for the flat formats."""
    records: Callable[[], Iterable[dict[str, Any]]] = field(repr=False)
    """Read everything record by record, in the shape of the JSON file."""
    is_filtered: bool = False
    """Whether a filter leaves some of them out."""
    parquet: Callable[[Path], Path] | None = field(default=None, repr=False)
    """Read everything into a Parquet file without holding it; None where there is no such way."""

    @property
    def row_kind(self) -> Literal["run", "example"]:
        """What a row is, as `files` and `frames` call it."""
        return "run" if self.kind == "experiment" else "example"

    @property
    def noun(self) -> str:
        """What is exported, in the plural; names the file too."""
        return "runs" if self.kind == "experiment" else "examples"

    def file_path(self, suffix: str = ".json") -> Path:
        """Return the file that the console writes, named as the official program does:
        `experiment_<name>_<UTC time>/runs.json`.
        """
        stamp = datetime.now(UTC).strftime("%Y%m%d_%H%M%S")
        label = file_name_part(self.label)
        return (self.folder.output_dir or Path()) / f"{self.kind}_{label}_{stamp}" / f"{self.noun}{suffix}"

    @classmethod
    def of_runs(
        cls, session: Session, which: object, folder: Folder, reading: dict[str, Any], *, bulk: bool
    ) -> Export:
        """Describe the export of an experiment; `bulk` reads over Flight from the start."""
        experiments = session.client.experiments
        label = _label(which)

        def read(method: Callable[..., T], *args: Any, on_rows: Callable[[int], object]) -> T:
            return _over(
                lambda transport: method(which, *args, transport=transport, on_rows=on_rows, **reading),
                session,
                bulk=bulk,
            )

        return cls(
            kind="experiment",
            label=label,
            folder=folder,
            is_filtered=reading["filter"] is not None,
            frame=lambda: with_bar(
                label, "runs", session, lambda on_rows: read(experiments.runs, on_rows=on_rows)
            ),
            table=lambda: with_bar(
                label, "runs", session, lambda on_rows: read(experiments.table, on_rows=on_rows)
            ),
            records=lambda: _counted(
                label, "runs", session, lambda on_rows: read(experiments.iter_records, on_rows=on_rows)
            ),
            parquet=lambda path: with_bar(
                label, "runs", session, lambda on_rows: read(experiments.to_parquet, path, on_rows=on_rows)
            ),
        )

    @classmethod
    def of_examples(
        cls, session: Session, which: object, folder: Folder, reading: dict[str, Any], *, bulk: bool
    ) -> Export:
        """Describe the export of a dataset; `bulk` reads over Flight from the start."""
        datasets = session.client.datasets
        label = _label(which)

        def read(method: Callable[..., T], on_rows: Callable[[int], object]) -> T:
            return _over(
                lambda transport: method(which, transport=transport, on_rows=on_rows, **reading),
                session,
                bulk=bulk,
            )

        return cls(
            kind="dataset",
            label=label,
            folder=folder,
            is_filtered=reading["filter"] is not None,
            frame=lambda: with_bar(
                label, "examples", session, lambda on_rows: read(datasets.examples, on_rows)
            ),
            table=lambda: with_bar(label, "examples", session, lambda on_rows: read(datasets.table, on_rows)),
            records=lambda: _counted(
                label, "examples", session, lambda on_rows: read(datasets.iter_records, on_rows)
            ),
        )

    @classmethod
    def of_page(cls, session: Session, which: object, folder: Folder, page: Page[dict[str, Any]]) -> Export:
        """Describe the export of one page of examples, already read."""
        if page.next_cursor:
            session.notify(f"There are more examples: --cursor {page.next_cursor}")

        def table() -> pa.Table:
            from arize_nb import frames

            return frames.table_from_records(list(page), kind="example")

        def records() -> Iterable[dict[str, Any]]:
            from arize_nb import frames

            return frames.nested_records(table(), "example")

        return cls(
            kind="dataset",
            label=_label(which),
            folder=folder,
            frame=page.to_frame,
            table=table,
            records=records,
        )


def _over(read: Callable[[str], T], session: Session, *, bulk: bool) -> T:
    """Read over Flight when asked to, over whatever works where that is blocked."""
    if not bulk:
        return read("auto")
    try:
        return read("flight")
    except FlightUnavailableError as error:
        session.notify(f"{error.what}: reading over REST instead, which is slower.")
        return read("rest")


def _label(which: Any) -> str:
    """Name a resource as the user would."""
    return which if isinstance(which, str) else str(getattr(which, "name", None) or which.id)


def with_bar(label: str, unit: str, session: Session, read: Callable[[Callable[[int], object]], T]) -> T:
    """Read with a progress bar: `read` gets the function that is told of rows."""
    from arize_nb import progress

    with progress.bar(f"Reading {label}", quiet=session.quiet, unit=unit) as bar:
        return read(bar.advance)


def _counted(
    label: str,
    unit: str,
    session: Session,
    read: Callable[[Callable[[int], object]], Iterable[dict[str, Any]]],
) -> Iterator[dict[str, Any]]:
    """Read, then hand the records on to be written, in one progress bar."""
    from arize_nb import progress

    with progress.bar(f"Reading {label}", quiet=session.quiet, unit=unit) as bar:
        records = read(bar.advance)
        bar.restart(f"Writing {label}", total=bar.done)
        for record in records:
            yield record
            bar.advance()
