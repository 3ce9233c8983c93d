"""Bring a command's value to where `-o`, `--stdout` and `--output-dir` send it; hand back what is left to
show.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arize_nb.commands.line.output import Output
from arize_nb.commands.output import documents as shapes
from arize_nb.commands.output.export import Export
from arize_nb.errors import CommandError, FileError
from arize_nb.models import Page
from arize_nb.text.visible import visible_line

if TYPE_CHECKING:
    from arize_nb.commands.line.session import Session


def deliver(value: object, session: Session) -> Any:
    """Print or write a value as it was asked for.

    Parameters
    ----------
    value : object
        What a command returned.
    session : Session
        Holds `-o`, and whether this is a notebook.

    Returns
    -------
    object
        In a notebook the value itself (an export: its DataFrame), or the path of the file that was written.
        None once it was printed, and always in the console.
    """
    with session.spelling():
        return _deliver(value, session)


def _deliver(value: object, session: Session) -> Any:
    """Print or write a value; hints are still in both languages."""
    if isinstance(value, Export):
        return _deliver_export(value, session)
    output = session.output
    if value is None or (session.in_notebook and output is None):
        return value
    output = output or Output(format=_default_format(value, session))
    if (
        isinstance(value, Page)
        and value.next_cursor is not None
        and (output.path is not None or output.format == "csv")
    ):
        session.notify(f"There is more: --cursor {value.next_cursor}")
    if output.path is None:
        _show(value, output.format, spreadsheet=session.spreadsheet)
        return None
    _write(value, output, spreadsheet=session.spreadsheet)
    return _said(output.path, session)


def _default_format(value: object, session: Session) -> str:
    """Take the profile's format for what the service returned."""
    wanted = session.client.output_format if session.is_connected else "table"
    return wanted if wanted in ("json", "csv") and not isinstance(value, str) else "table"


def _show(value: object, form: str, *, spreadsheet: bool = False) -> None:
    """Print a value in one of the formats."""
    if form == "parquet":
        raise FileError("Parquet is no text and cannot be printed", hint="Name a file: -o FILE.parquet")
    if form == "table" and sys.stdout.isatty() and hasattr(value, "__rich_console__"):
        from arize_nb.comparison.comparison import Comparison
        from arize_nb.display.card.coloured import print_coloured

        if isinstance(value, Comparison):
            print_coloured(value, sys.stdout)
            return
    writers = {"json": shapes.json_text, "md": shapes.markdown_text}
    text = _csv(value, spreadsheet) if form == "csv" else writers.get(form, shapes.text)(value)
    stream = sys.stdout if text else sys.stderr
    stream.write(f"{text.rstrip() or 'No items to display.'}\n")


def _csv(value: object, spreadsheet: bool, form: str = "csv") -> str:
    """Write a value as CSV; "" when it has neither rows nor columns."""
    from arize_nb import files

    table = shapes.csv_table(value)
    if not table.num_columns:
        return ""
    stream = io.StringIO()
    files.write(table, stream, form, for_spreadsheets=spreadsheet)
    return stream.getvalue()


def _said(path: Path, session: Session, what: str = "") -> Path | None:
    """Return the path in a notebook, tell it in the console."""
    if session.in_notebook:
        return path
    session.notify(f"Wrote {what}{visible_line(str(path))}")
    return None


def _write(value: object, output: Output, *, spreadsheet: bool) -> None:
    """Write a value other than an export, whole or not at all, or behind what the file holds."""
    from arize_nb import files

    form, path = output.format, output.path or Path()
    if isinstance(value, str):
        raise CommandError("-o cannot write this: it is a text", hint="Without -o it is printed.")
    if form == "html":
        method = getattr(value, "to_html", None)
        if method is None:
            problem = f"{_called(value)} cannot be written as {form}"
            raise FileError(problem, path=str(path), hint="Use .json, .csv or .parquet.")
        content = method(interactive=True) if output.interactive else method()
    elif form == "md":
        content = shapes.markdown_text(value)
    elif form == "json":
        content = shapes.json_text(value) + "\n"
    elif form in ("csv", "tsv"):
        content = _csv(value, spreadsheet, form)
    else:
        files.write(_rows_with_columns(value), path, form)
        return
    if output.append:
        _append(path, content)
        return
    with files.replacing(path) as stream:
        stream.write(content.encode())


def _append(path: Path, content: str) -> None:
    """Write a text behind what a file holds.

    Raises
    ------
    FileError
        The file cannot be written.
    """
    try:
        with path.open("a", encoding="utf-8") as stream:
            stream.write(content)
    except OSError as error:
        raise FileError(f"cannot write {str(path)!r}: {error.strerror}", path=str(path)) from error


def _called(value: object) -> str:
    """Name a kind of value as its reader would, never by a class."""
    if isinstance(value, Page):
        return "a list"
    return {"DataFrame": "a table", "ExperimentResult": "the result of a run"}.get(
        type(value).__name__, "this"
    )


def _rows_with_columns(value: object) -> Any:
    """Return the rows of a value; a DataFrame without any as a table, so that the file still
    has its columns.
    """
    frame = shapes.table_of(value)
    if frame is None or len(frame):
        return shapes.plain_rows(value)
    import pyarrow as pa

    return pa.Table.from_pandas(frame, preserve_index=False)


def _deliver_export(export: Export, session: Session) -> Any:
    """Send an export where it was asked to go."""
    output = session.output
    _refuse_two_places(export, output)
    if export.folder.stdout and output is None:
        _print_export(export, "json")
    elif output is not None and output.path is None:
        _print_export(export, output.format, spreadsheet=session.spreadsheet)
    elif output is not None and output.path is not None:
        _write_export(export, output.format, output.path, spreadsheet=session.spreadsheet)
        return _said(output.path, session, f"{export.noun} to ")
    elif session.in_notebook:
        return _frame_and_folder(export, session)
    else:
        _to_folder(export, export.records(), session)
    return None


def _refuse_two_places(export: Export, output: Output | None) -> None:
    """Refuse a line that sends an export to two places, before anything is read.

    Raises
    ------
    CommandError
        `--output-dir` with `-o` or `--stdout`, or `--stdout` with `-o FILE`.
    """
    given = ["--output-dir"] if export.folder.output_dir is not None else []
    given += ["--stdout"] if export.folder.stdout else []
    given += ["-o"] if output is not None and (given == ["--output-dir"] or output.path is not None) else []
    if len(given) > 1:
        raise CommandError(f"{' and '.join(given)} name two places for one export", hint="Keep one of them.")


def _print_export(export: Export, form: str, *, spreadsheet: bool = False) -> None:
    """Print all rows: JSON nested (runs) or flat (examples), CSV and tables flat."""
    from arize_nb import files

    if form in ("json", "csv"):
        files.write(_rows(export, form), sys.stdout, form, kind=export.row_kind, for_spreadsheets=spreadsheet)
        return
    _show(export.frame(), form)


def _frame_and_folder(export: Export, session: Session) -> Any:
    """Return the DataFrame; with `--output-dir` the folder is written too, from the same rows."""
    frame = export.frame()
    given = frame
    if export.folder.types == "numpy":
        from arize_nb import frames

        given = frames.numpy_types(frame)
    if frame.empty and export.folder.output_dir is None:
        session.notify(
            f"There are no {export.noun} in"
            f" {export.label!r}{', or none that the filter keeps' if export.is_filtered else ''}."
        )
    if export.folder.output_dir is not None:
        from arize_nb import frames

        if export.kind == "experiment":
            _to_folder(export, frames.to_records(frame), session)
        else:
            _to_folder(export, frames.nested_records(frames.from_input(frame, "example"), "example"), session)
    return given


def _write_export(export: Export, form: str, path: Path, *, spreadsheet: bool = False) -> None:
    """Write an export into one file."""
    if form in ("html", "md"):
        raise FileError(
            f"{export.noun} cannot be written as {form}",
            path=str(path),
            hint="Use .json, .jsonl, .csv or .parquet.",
        )
    if form == "parquet" and export.parquet is not None:
        export.parquet(path)
        return
    from arize_nb import files

    files.write(_rows(export, form), path, form, kind=export.row_kind, for_spreadsheets=spreadsheet)


def _rows(export: Export, form: str) -> Any:
    """Read an export as its format wants it: the flat ones as a table, which spares a dict a row."""
    return export.table() if form in ("csv", "tsv", "parquet") else export.records()


def _to_folder(export: Export, records: Iterable[dict[str, Any]], session: Session) -> None:
    """Write `experiment_<name>_<time>/runs.json`; an export that breaks off leaves no folder."""
    from arize_nb import files

    path = export.file_path()
    rows = iter(records)
    read = list(itertools.islice(rows, 1))  # reading may fail, and then no folder shall have been made
    counted = _Counted(itertools.chain(read, rows))
    try:
        path.parent.mkdir(parents=True)
    except OSError as error:
        raise FileError(f"{str(path.parent)!r} cannot be made: {error.strerror}", path=str(path)) from error
    try:
        files.write(counted, path, "json", kind=export.row_kind)
    except BaseException:
        with contextlib.suppress(OSError):
            path.parent.rmdir()
        raise
    shown = visible_line(str(path))
    session.notify(
        f"Wrote {counted.count:,} {export.noun} to {shown}"
        if counted.count
        else f"There are no {export.noun}: {shown} is empty."
    )


class _Counted:
    """Records, counted on their way."""

    def __init__(self, records: Iterable[dict[str, Any]]) -> None:
        self._records = records
        self.count = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for record in self._records:
            self.count += 1
            yield record
