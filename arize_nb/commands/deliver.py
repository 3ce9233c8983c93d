"""Bring a command's value to where `-o`, `--stdout` and `--output-dir` send it; hand back what is left to show."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from arize_nb.commands import shapes
from arize_nb.commands.export import Export
from arize_nb.commands.output import Output
from arize_nb.commands.session import Session
from arize_nb.errors import AxError, CommandError, FileError


def deliver(value: Any, session: Session) -> Any:
    """Print or write a value as it was asked for.

    Returns
    -------
    object
        The value (an export: its DataFrame) when nothing was asked for in a notebook; the path when a file was written in a notebook; None when
        it was printed or written in the console.
    """
    if isinstance(value, Export):
        return _deliver_export(value, session)
    output = session.output
    if value is None or (session.in_notebook and output is None):
        return value
    output = output or Output(format=_default_format(value, session))
    if output.path is not None:
        _refuse_empty(value)
        return _written(output.path, lambda path: _write(value, output.format, path), session)
    _show(value, output.format)
    return None


def _default_format(value: Any, session: Session) -> str:
    """Take the profile's format for what the service returned."""
    wanted = session.client.connection.output_format if session.is_connected else "table"
    return wanted if wanted in ("json", "csv", "parquet") and not isinstance(value, str) else "table"


def _show(value: Any, form: str) -> None:
    """Print a value in one of the formats."""
    if form == "parquet":
        raise FileError("Parquet is not text and cannot be printed", hint="Name a file: -o FILE.parquet")
    if form == "json":
        text = shapes.json_text(value)
    elif form == "csv":
        text = shapes.csv_text(value).rstrip("\n")
    else:
        text = shapes.text(value)
    emit(text or "No items to display.", sys.stdout if text else sys.stderr)


def emit(text: str, stream: Any = None) -> None:
    """Write a line of text."""
    (stream or sys.stdout).write(f"{text}\n")


def _refuse_empty(value: Any) -> None:
    if isinstance(value, str):
        raise CommandError("this command returns a text, -o cannot write it")


def _write(value: Any, form: str, path: Path) -> None:
    """Write a value other than an export."""
    if form in ("html", "md"):
        method = getattr(value, "to_html" if form == "html" else "to_markdown", None)
        if method is None:
            raise FileError(f"a {type(value).__name__} cannot be written as {form}", path=str(path), hint="Use .json, .csv or .parquet.")
        path.write_text(method(), encoding="utf-8") if form == "md" else method(path)
    elif form == "parquet":
        _write_parquet(shapes.table_of(value), shapes.rows(value), path)
    elif form == "csv":
        path.write_text(shapes.csv_text(value), encoding="utf-8")
    else:
        path.write_text(shapes.json_text(value) + "\n", encoding="utf-8")


def _write_parquet(frame: Any, rows: list[dict[str, Any]], path: Path) -> None:
    """Write a result's frame, or rows."""
    if frame is not None:
        frame.to_parquet(path)
        return
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(rows), path)


def _written(path: Path, write: Any, session: Session, said: str = "") -> Path | None:
    """Write a file whole or not at all, and say where it is."""
    partial = path.with_name(f".{path.name}.partial{path.suffix}")
    try:
        write(partial)
        partial.replace(path)
    except OSError as error:
        raise FileError(f"cannot write {str(path)!r}: {error.strerror or error}", path=str(path)) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()
    if session.in_notebook:
        return path
    if not session.quiet:
        session.notify(f"Wrote {said}{path}")
    return None


def _deliver_export(export: Export, session: Session) -> Any:
    """Send an export where it was asked to go."""
    output = session.output
    if export.folder.stdout or (output is not None and output.path is None and output.format == "json"):
        from arize_nb import files

        files.write(export.records(), sys.stdout, "json")
        return None
    if output is not None and output.path is None:
        _show(export.frame(), output.format)
        return None
    if output is not None and output.path is not None:
        return _written(output.path, lambda path: _write_export(export, output.format, path), session)
    if not session.in_notebook:
        return _to_folder(export, export.records(), session)
    frame = export.frame()
    if export.folder.output_dir is not None:
        from arize_nb import frames

        _to_folder(export, frames.to_records(frame) if export.kind == "experiment" else shapes.rows(frame), session)
    return frame


def _write_export(export: Export, form: str, path: Path) -> None:
    """Write an export into one file."""
    if form in ("html", "md"):
        raise FileError(f"{export.noun} cannot be written as {form}", path=str(path), hint="Use .json, .jsonl, .csv or .parquet.")
    if form == "parquet" and export.parquet is not None:
        export.parquet(path)
        return
    from arize_nb import files

    files.write(export.records(), path, form)


def _to_folder(export: Export, records: Iterable[dict[str, Any]], session: Session) -> None:
    """Write `experiment_<name>_<time>/runs.json`; an export that breaks off leaves no folder."""
    from arize_nb import files

    path = export.file_path()
    counted = _Counted(records)
    try:
        path.parent.mkdir(parents=True, exist_ok=False)
        _written(path, lambda partial: files.write(counted, partial, "json"), session, said=f"{export.noun} to ")
    except OSError as error:
        raise FileError(f"cannot make {str(path.parent)!r}: {error.strerror or error}", path=str(path)) from error
    except (AxError, KeyboardInterrupt):
        with contextlib.suppress(OSError):
            path.parent.rmdir()
        raise
    if not counted.count:
        session.notify(f"There are no {export.noun}.")


class _Counted:
    """An iterable that counts what it gave."""

    def __init__(self, records: Iterable[dict[str, Any]]) -> None:
        self._records = records
        self.count = 0

    def __iter__(self) -> Any:
        for record in self._records:
            self.count += 1
            yield record
