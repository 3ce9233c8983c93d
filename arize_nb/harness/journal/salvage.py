"""Save what can be read of a damaged journal into a new one, and keep the damaged file beside it."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arize_nb.errors import RunError
from arize_nb.harness.journal.tables import CHECKED, open_journal, put_fact
from arize_nb.harness.records.serialization import load_evaluation, load_run
from arize_nb.persistence.journal_file import checksum, insert, set_aside, transaction

_FRUITLESS = 5_000
"""So many row numbers without a row end the search: the file may not say, or say wrongly, how many it has."""
_HEADER = 100
"""Bytes of the file's header; the rest of its first page is the schema."""
_PAGE = 4096


@dataclass(frozen=True, kw_only=True)
class Salvaged:
    """What came of a damaged journal."""

    aside: Path
    """Where the damaged file is now."""
    runs: int
    """Runs that could be read."""
    evaluations: int
    """Evaluations that could be read."""


def salvage(path: Path) -> Salvaged:
    """Set a damaged journal aside, and begin a new one at its place with every row of it that can be read and
    is what was written.

    Raises
    ------
    RunError
        The folder cannot be written.
    """
    try:
        aside = set_aside(path)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".salvage-") as folder:
            copy = Path(folder) / "copy.sqlite"
            for companion in ("", "-wal"):
                with contextlib.suppress(FileNotFoundError):
                    shutil.copyfile(f"{aside}{companion}", f"{copy}{companion}")
            tables = _readable(copy)
            if not any(tables.values()):
                _mend_first_page(copy, Path(folder) / "pattern.sqlite")
                tables = _readable(copy)
    except OSError as error:
        raise RunError(
            f"the damaged journal {path} cannot be set aside: {error}", hint="Move it away by hand."
        ) from error
    connection = open_journal(path)
    try:
        with transaction(connection):
            _write(connection, tables)
    finally:
        connection.close()
    return Salvaged(aside=aside, runs=len(tables["runs"]), evaluations=len(tables["evaluations"]))


def _readable(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Read the rows of each table that are whole."""
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=0.5, isolation_level=None)) as connection:
            connection.row_factory = sqlite3.Row
            return {
                table: [row for row in _rows(connection, table) if _is_whole(table, row)] for table in CHECKED
            }
    except (sqlite3.Error, ValueError, TypeError):
        return {table: [] for table in CHECKED}


def _rows(connection: sqlite3.Connection, table: str) -> Iterator[dict[str, Any]]:
    """Read a table row number by row number, stepping over those that cannot be read."""
    row_number, fruitless = 0, 0
    last = _last_row(connection, table)
    while fruitless < _FRUITLESS and (last is None or row_number < last):
        row_number += 1
        fruitless += 1
        with contextlib.suppress(sqlite3.Error, ValueError, TypeError, OverflowError):
            for row in connection.execute(f"SELECT * FROM {table} WHERE rowid = ?", (row_number,)):
                fruitless = 0
                yield dict(row)


def _last_row(connection: sqlite3.Connection, table: str) -> int | None:
    try:
        found = connection.execute(f"SELECT max(rowid) FROM {table}").fetchone()[0]
    except (sqlite3.Error, ValueError, TypeError):
        return None
    return int(found) if isinstance(found, int) else None if found is not None else 0


def _is_whole(table: str, row: dict[str, Any]) -> bool:
    """Tell whether a row is what was written; a row of format 1, which has no checksum, whether it can be
    read.
    """
    try:
        cells = [row[column] for column in CHECKED[table]]
        if row.get("checksum") is not None:
            return bool(row["checksum"] == checksum(*cells))
        if table == "runs":
            load_run(row["example_id"], row["repetition"], row["record"])
        elif table == "evaluations":
            load_evaluation(row["record"])
        return isinstance(cells[0], str)
    except Exception:  # noqa: BLE001 - bytes of any kind
        return False


def _mend_first_page(path: Path, pattern: Path) -> None:
    """Put the first page of a new journal in place of a damaged one: it says where the tables begin, which is
    the same in all of them.
    """
    open_journal(pattern).close()
    page = bytearray(pattern.read_bytes()[:_PAGE])
    pages = max(path.stat().st_size // _PAGE, 1)
    page[28:32] = pages.to_bytes(4, "big")  # size of the file
    page[32:40] = bytes(8)  # no free pages that must not be read
    page[92:96] = page[24:28]  # the size above is to be believed
    with path.open("r+b") as file:
        file.write(page)


def _write(connection: sqlite3.Connection, tables: dict[str, list[dict[str, Any]]]) -> None:
    facts = {row["key"]: row["value"] for row in tables["meta"]}
    marks = Counter(row["fingerprint"] for row in tables["runs"])
    owners = {(row["example_id"], row["repetition"], row["fingerprint"]) for row in tables["runs"]}
    tables["evaluations"] = [
        row
        for row in tables["evaluations"]
        if (row["example_id"], row["repetition"], row["fingerprint"]) in owners
    ]
    if "fingerprint" not in facts and marks:
        facts["fingerprint"] = marks.most_common(1)[0][0]
    for key, value in facts.items():
        if key != "format":
            put_fact(connection, key, value)
    for table in ("runs", "evaluations"):
        columns = [
            name
            for name in (*CHECKED[table], "fingerprint", "uploaded")
            if name != "uploaded" or table == "runs"
        ]
        rows = [
            (*(row[name] for name in columns), checksum(*(row[name] for name in CHECKED[table])))
            for row in tables[table]
        ]
        insert(connection, f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}, checksum) VALUES ", rows)
