"""Tables larger than memory, and longer than what is looked at: read by the same rules, through DuckDB."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from reading_tables import QUESTIONS, A, B, doubled, shuffled

import arize_nb as ax
from arize_nb.comparison.inputs.column_roles import profile
from arize_nb.comparison.sources import parquet_source as parquet


@pytest.fixture
def files(tmp_path):
    """Two Parquet files of results, one of them in another order and with its own spelling of names."""
    other = {name.title(): values for name, values in shuffled(B).items()}
    paths = tmp_path / "a.parquet", tmp_path / "b.parquet"
    for path, table in zip(paths, (A, other), strict=True):
        pq.write_table(pa.table(table), path, row_group_size=7)
    return paths


@pytest.mark.parametrize("key", [None, "question", ["question", "topic"]])
def test_the_join_outside_memory_gives_the_same(files, monkeypatch, key):
    """DuckDB numbers rows by any key, and by several columns, as memory does."""
    expected = ax.compare(*files, key=key)
    monkeypatch.setattr(parquet, "MANY_ROWS", 1)
    found = ax.compare(*files, key=key)

    pd.testing.assert_frame_equal(expected.summary, found.summary)
    assert expected.reading_line == found.reading_line
    pd.testing.assert_frame_equal(expected.regressions(), found.regressions())


def test_case_and_blanks_are_left_aside_outside_memory(tmp_path, monkeypatch):
    """Questions that differ in case and blanks alone pair outside memory, too."""
    loud = {**B, "question": [one.upper().replace(" ", "  ") for one in QUESTIONS]}
    paths = tmp_path / "a.parquet", tmp_path / "b.parquet"
    for path, table in zip(paths, (A, loud), strict=True):
        pq.write_table(pa.table(table), path)
    monkeypatch.setattr(parquet, "MANY_ROWS", 1)
    comparison = ax.compare(*paths)

    assert (True, (len(QUESTIONS),)) == (comparison.reading.folded, comparison.reading.paired)


def test_long_tables_are_read_from_their_first_rows(files, monkeypatch):
    """Of a long table the first rows say what the columns are, all rows what pairs; and the line says so."""
    expected = ax.compare(*files)
    monkeypatch.setattr(profile, "SAMPLED", 12)
    found = ax.compare(*files)

    pd.testing.assert_frame_equal(expected.summary, found.summary)
    assert "roles from the first" in found.reading_line
    assert "roles from" not in expected.reading_line


def test_a_key_that_repeats_far_down_is_found(tmp_path, monkeypatch):
    """A question that repeats only behind the rows that are looked at is no key all the same."""
    monkeypatch.setattr(profile, "SAMPLED", 12)
    paths = tmp_path / "a.parquet", tmp_path / "b.parquet"
    for path, table in zip(paths, (A, shuffled(B)), strict=True):
        pq.write_table(pa.table(doubled({"question": table["question"], "score": table["score"]})), path)

    with pytest.raises(ax.AxError, match="rows repeat question"):
        ax.compare(*paths)
