"""The tables of a run journal: made, brought to the format of this version, and checked row by row."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from arize_nb.errors import UnreadableJournalError
from arize_nb.harness.next_steps import START_ANEW
from arize_nb.persistence.journal_file import GO_ON, checksum, open_file
from arize_nb.text.command_line import Hint

FORMAT = 2
"""Version of the file's layout; format 1 had no checksums and no examples, and is brought up when it is
opened.
"""
_TABLES = (
    "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT, checksum INTEGER)",
    """CREATE TABLE IF NOT EXISTS runs (
    example_id TEXT, repetition INTEGER, fingerprint TEXT, failed INTEGER, uploaded INTEGER DEFAULT 0, record BLOB, checksum INTEGER,
    PRIMARY KEY (example_id, repetition, fingerprint))""",
    """CREATE TABLE IF NOT EXISTS evaluations (
    example_id TEXT, repetition INTEGER, fingerprint TEXT, evaluator TEXT, failed INTEGER, record BLOB, checksum INTEGER,
    PRIMARY KEY (example_id, repetition, fingerprint, evaluator))""",
    "CREATE TABLE IF NOT EXISTS examples (example_id TEXT PRIMARY KEY, digest TEXT)",
)
CHECKED = {
    "meta": ("key", "value"),
    "runs": ("example_id", "repetition", "failed", "record"),
    "evaluations": ("example_id", "repetition", "evaluator", "failed", "record"),
}
"""Table -> the columns that its checksum is of; the others are changed later on."""
RULES_OF_FORMAT_1 = "fingerprints_of_format"
"""Fact that a journal of format 1 keeps: its fingerprints were made by other rules."""


def open_journal(path: Path) -> sqlite3.Connection:
    """Open a run journal, made when missing, and lock it.

    Raises
    ------
    UnreadableJournalError
        It is damaged, or of a newer format.
    RunError
        Another kernel has it open, or the folder cannot be written.
    """
    return open_file(
        path,
        lambda connection: _prepare(connection, path),
        in_use="this experiment is being run by another kernel",
    )


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables, and check that this version reads them."""
    for table in _TABLES:
        connection.execute(table)
    found = dict(connection.execute("SELECT key, value FROM meta WHERE key = 'format'")).get("format")
    if found == "1":
        _bring_up(connection)
    elif found is None:
        put_fact(connection, "format", str(FORMAT))
    elif found != str(FORMAT):
        what = f"the journal {path} is of format {found}, this version reads {FORMAT}"
        hint = Hint.of("Upgrade: pip install -U arize-nb; or set it aside and {}.", START_ANEW)
        raise UnreadableJournalError(what, path=str(path), damaged=False, hint=hint)


def _bring_up(connection: sqlite3.Connection) -> None:
    """Give a journal of format 1 its checksums."""
    for table, columns in CHECKED.items():
        connection.execute(f"ALTER TABLE {table} ADD COLUMN checksum INTEGER")
        connection.execute(f"UPDATE {table} SET checksum = checksum({', '.join(columns)})")
    put_fact(connection, "format", str(FORMAT))
    put_fact(connection, RULES_OF_FORMAT_1, "1")


def put_fact(connection: sqlite3.Connection, key: str, value: str | None) -> None:
    """Write a fact; None removes it."""
    connection.execute("DELETE FROM meta WHERE key = ?", (key,))
    if value is not None:
        connection.execute("INSERT INTO meta VALUES (?, ?, ?)", (key, value, checksum(key, value)))


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Read all of a journal once.

    Raises
    ------
    UnreadableJournalError
        A row, or a page of the file, is not what was written.
    sqlite3.Error
        It cannot even be read.
    """
    said = [row[0] for row in connection.execute("PRAGMA quick_check(1)")]
    bad = 0
    for table, columns in CHECKED.items():
        cells = ", ".join(columns)
        rows: Any = connection.execute(
            f"SELECT count(*) FROM {table} WHERE checksum IS NOT checksum({cells})"
        )
        bad += rows.fetchone()[0]
    if said != ["ok"] or bad:
        what = f"{bad:,} rows are not what was written" if bad else said[0].splitlines()[-1]
        raise UnreadableJournalError(f"the journal {path} is damaged: {what}", path=str(path), hint=GO_ON)
