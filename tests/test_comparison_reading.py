"""How any two tables are read: what pairs their rows, what each column is, and what is asked when that cannot
be told.
"""

from __future__ import annotations

import pytest
from reading_tables import ASK, READ, A, B

from arize_nb.comparison.inputs.column_roles.profile import named_alike, table_profile
from arize_nb.comparison.inputs.column_roles.told import told
from arize_nb.comparison.inputs.reading import Reading, read_tables
from arize_nb.errors import AxError
from arize_nb.text.typed_language import typed_on_a_line


def read(tables, said) -> Reading:
    """Read tables named a, b, c …"""
    profiles = [table_profile(table, name) for table, name in zip(tables, "abcdefgh", strict=False)]
    return read_tables(named_alike(profiles), told(**said))


@pytest.mark.parametrize("case", READ, ids=lambda case: case.name)
def test_tables_are_read_as_a_person_would(case):
    """Key, output, metrics and all else are what a person would read in the two tables."""
    reading = read(case.tables, case.told)

    assert case.key == reading.key
    assert case.output == (reading.output[0] if reading.output else None)
    assert case.metrics == tuple(metric.name for metric in reading.metrics if metric.usable)
    assert {case.paired} == set(reading.paired)
    assert case.expected in (None, reading.expected)
    assert case.inputs in (None, reading.inputs)
    assert [] == [name for name in case.ignored if name not in reading.ignored]
    assert case.doubt is None or any(case.doubt in doubt.message for doubt in reading.doubts)
    assert case.more is None or case.more(reading)


@pytest.mark.parametrize("case", ASK, ids=lambda case: case.name)
def test_what_cannot_be_told_is_asked(case):
    """Where two readings are as good, or none holds, the error shows what was seen and the option that
    answers it.
    """
    with pytest.raises(AxError) as caught:
        read(case.tables, case.told)

    assert case.says in str(caught.value)
    assert case.option in str(caught.value.hint)
    assert "\n" not in str(caught.value)


def test_there_are_enough_cases():
    """At least 60 tables in all, at least 15 of them ambiguous, each under a name of its own."""
    names = [case.name for case in (*READ, *ASK)]

    assert len(names) >= 60
    assert len(ASK) >= 15
    assert len(set(names)) == len(names)


def test_an_error_speaks_the_language_that_was_typed():
    """A command is told of flags, Python of arguments."""
    with typed_on_a_line(), pytest.raises(AxError, match="--key qid"):
        read(
            (
                {"qid": ["a", "b"], **{k: v[:2] for k, v in A.items()}},
                {"qid": ["a", "b"], **{k: v[:2] for k, v in B.items()}},
            ),
            {"key": "quid"},
        )
