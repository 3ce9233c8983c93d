"""The store's format: its steps in order, and how an older file is brought up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from arize_nb.server.store.database import maybe, one, run

if TYPE_CHECKING:
    import duckdb

# Times are microseconds since 1970 (UTC). `number` is the running number of the store: newest first means
# highest number first. There are no indexes: DuckDB turns updates of indexed tables into delete and insert,
# and one writer at a time checks uniqueness itself.
_FIRST_FORMAT: Final = """
CREATE TABLE workspace (name VARCHAR NOT NULL, value VARCHAR NOT NULL);
CREATE SEQUENCE numbers START 1;
CREATE SEQUENCE sheet_numbers START 1;
CREATE TABLE spaces (
    number BIGINT NOT NULL, id VARCHAR NOT NULL, organization_id VARCHAR NOT NULL, name VARCHAR NOT NULL, description VARCHAR NOT NULL,
    is_private BOOLEAN NOT NULL, settings VARCHAR NOT NULL, created_at BIGINT NOT NULL);
CREATE TABLE projects (
    number BIGINT NOT NULL, id VARCHAR NOT NULL, space_id VARCHAR NOT NULL, name VARCHAR NOT NULL, project_type VARCHAR,
    created_at BIGINT NOT NULL);
CREATE TABLE datasets (
    number BIGINT NOT NULL, id VARCHAR NOT NULL, space_id VARCHAR NOT NULL, name VARCHAR NOT NULL,
    created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL);
CREATE TABLE dataset_versions (
    number BIGINT NOT NULL, id VARCHAR NOT NULL, dataset_id VARCHAR NOT NULL, name VARCHAR NOT NULL, sheet BIGINT NOT NULL,
    created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL);
CREATE TABLE experiments (
    number BIGINT NOT NULL, id VARCHAR NOT NULL, space_id VARCHAR NOT NULL, dataset_id VARCHAR, dataset_version_id VARCHAR,
    name VARCHAR NOT NULL, sheet BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL);
CREATE TABLE sheet_columns (sheet BIGINT NOT NULL, position BIGINT NOT NULL, name VARCHAR NOT NULL, kind VARCHAR NOT NULL);
CREATE TABLE annotations (
    owner VARCHAR NOT NULL, record_id VARCHAR NOT NULL, name VARCHAR NOT NULL, score DOUBLE, label VARCHAR, text VARCHAR,
    updated_at BIGINT NOT NULL);
CREATE TABLE annotation_configs (
    number BIGINT NOT NULL, id VARCHAR NOT NULL, space_id VARCHAR NOT NULL, name VARCHAR NOT NULL, type VARCHAR NOT NULL,
    minimum_score DOUBLE, maximum_score DOUBLE, "values" VARCHAR, optimization_direction VARCHAR, created_at BIGINT NOT NULL);
CREATE TABLE tags (
    number BIGINT NOT NULL, id VARCHAR NOT NULL, space_id VARCHAR NOT NULL, name VARCHAR NOT NULL, description VARCHAR, color VARCHAR,
    created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL);
CREATE TABLE tag_links (tag_id VARCHAR NOT NULL, resource_id VARCHAR NOT NULL);
"""

# A sheet's columns may be in several tables.
_SECOND_FORMAT: Final = """
ALTER TABLE sheet_columns ADD COLUMN part BIGINT DEFAULT 0;
"""

_STEPS: Final[tuple[str, ...]] = (_FIRST_FORMAT, _SECOND_FORMAT)

FORMAT_VERSION: Final = len(_STEPS)
"""The format this code writes; a file of a higher one was written by a newer program."""


class NewerFormatError(Exception):
    """The file was written by a newer program: its `found` format version, and the one `supported`."""

    def __init__(self, found: int, supported: int) -> None:
        self.found = found
        self.supported = supported
        super().__init__(
            f"the store has format {found}, this program reads up to {supported}: upgrade arize-nb"
        )


def upgrade(db: duckdb.DuckDBPyConnection) -> int:
    """Bring the store up to `FORMAT_VERSION`, inside the caller's transaction.

    Returns
    -------
    int
        The version that was found; 0 for a new file.

    Raises
    ------
    NewerFormatError
        The file is from a newer program; nothing was changed.
    """
    found = _stored_version(db)
    if found > FORMAT_VERSION:
        raise NewerFormatError(found, FORMAT_VERSION)
    for step in _STEPS[found:]:
        for statement in step.split(";\n"):
            if statement.strip():
                run(db, statement)
    if found == 0:
        run(db, "INSERT INTO workspace VALUES ('format', ?)", [str(FORMAT_VERSION)])
    elif found < FORMAT_VERSION:
        run(db, "UPDATE workspace SET value = ? WHERE name = 'format'", [str(FORMAT_VERSION)])
    return found


def _stored_version(db: duckdb.DuckDBPyConnection) -> int:
    """Read the file's format version; 0 when it has no tables yet."""
    if one(db, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'workspace'")[0] == 0:
        return 0
    row = maybe(db, "SELECT value FROM workspace WHERE name = 'format'")
    return int(row[0]) if row else 0
