"""The one reader of scores and labels: numbers as people write them, words for nothing, and the cell that is
neither.
"""

import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import arize_nb as ax
from arize_nb.errors import ColumnError
from arize_nb.frames import NOWHERE, Origin, read_labels, read_score, read_scores


def scores(*cells):
    """Read cells as a column and return the scores, refusing what is none."""
    return read_scores(pa.array(cells)).checked("eval.c.score").to_pylist()


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("0.9", "1", " 2 ", "1e-3", "+1", ".5", "-2.", "007"), [0.9, 1, 2, 0.001, 1, 0.5, -2, 7]),
        (("95%", "5 %", "100%", "0.5%"), [0.95, 0.05, 1, 0.005]),
        (("0,5", "0,75", "1"), [0.5, 0.75, 1]),
        (("0,125", "1,5"), [0.125, 1.5]),
        (("9,5%", "12%"), [0.095, 0.12]),
        (("True", "false", "TRUE"), [1, 0, 1]),
        (('"0.7"', "0.8"), [0.7, 0.8]),
        (("0.5", "N/A", "", None, "nan", "NA", "null", "None", "-", " "), [0.5, *[None] * 9]),
        ((1, 2, None), [1, 2, None]),
        ((0.5, math.nan), [0.5, None]),
        ((True, False), [1, 0]),
        ((None, None), [None, None]),
        (("nan", "N/A"), [None, None]),
    ],
)
def test_what_is_a_score(cells, expected):
    """Numbers as text, in percent, with a decimal comma, booleans and words for nothing are read as a person
    would.
    """
    assert expected == scores(*cells)


@pytest.mark.parametrize(
    ("cells", "cell", "record", "count"),
    [
        (("0.9", "0.8", "0.7", "0,1"), "0,1", 3, "1 of 4 cells is none"),
        (("0.9", "95%", "0.7"), "95%", 1, "1 of 3 cells is none"),
        (("95%", "100", "7%"), "95%", 0, "2 of 3 cells are none"),
        (("0.9", "4/5", "err"), "4/5", 1, "2 of 3 cells are none"),
        (("high", "low"), "high", 0, "2 of 2 cells are none"),
        (("0.5", "inf"), "inf", 1, "1 of 2 cells is none"),
        (("0.5", "1e400"), "1e400", 1, "1 of 2 cells is none"),
        (("0.5", "true"), "true", 1, "1 of 2 cells is none"),
        (("1_000", "2"), "1_000", 0, "1 of 2 cells is none"),
        ((0.5, math.inf), "inf", 1, "1 of 2 cells is none"),
        (("1,000", "2,500"), "1,000", 0, "decimal one, or does it part thousands"),
        (("0x10", "1"), "0x10", 0, "1 of 2 cells is none"),
    ],
)
def test_what_is_no_score(cells, cell, record, count):
    """Anything else is an error that names column, row, cell and how many there are."""
    with pytest.raises(ColumnError) as caught:
        scores(*cells)

    assert (record, "eval.c.score") == (caught.value.record, caught.value.column)
    assert repr(cell) in str(caught.value)
    assert count in str(caught.value)


def test_a_list_is_no_score():
    """A column of lists is refused, the first cell named."""
    with pytest.raises(ColumnError, match=r"'\[1\]' in record 0"):
        scores([1], [2])


def test_the_error_names_file_and_line():
    """With a file's lines known, the error names the physical line in place of the record."""
    origin = Origin(shown="runs.csv", lines=lambda: [2, 3, 7])

    with pytest.raises(
        ColumnError,
        match=r"^runs\.csv: column 'score' must hold a number: 'x' in line 7 \(1 of 3 cells is none\)",
    ):
        read_scores(pa.array(["1", "2", "x"])).checked("score", origin)


def test_what_is_said():
    """A form that is not the plain one, and words for nothing, are said in a line each."""
    assert ("q is read in percent: 95% is 0.95.",) == read_scores(pa.array(["95%"])).notes("q")
    assert ("q is read with a decimal comma: 0,5 is 0.5.",) == read_scores(pa.array(["0,5"])).notes("q")
    assert ("q: 3 are unscored ('N/A', '-').",) == read_scores(
        pa.array(["1", "N/A", "-", "N/A", "", None])
    ).notes("q")
    assert () == read_scores(pa.array(["1", "", None])).notes("q")


@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))))
def test_numbers_and_their_text_are_the_same_scores(values):
    """A column of doubles and the same column written as text are the same scores."""
    expected = read_scores(pa.array(values, pa.float64())).checked("s").to_pylist()

    texts = pa.array([None if value is None else repr(value) for value in values], pa.string())
    assert expected == read_scores(texts).checked("s").to_pylist()


@given(st.lists(st.text(max_size=6), max_size=8))
def test_every_cell_is_a_score_or_nothing_or_refused(cells):
    """Whatever text a column holds, no cell is lost: each is a number, a word for nothing, or the column is
    refused.
    """
    reading = read_scores(pa.array(cells, pa.string()))

    empty = sum(not cell.strip() or cell.strip() == '""' for cell in cells)
    words = sum(count for _, count in reading.words)
    numbers = len(cells) - reading.scores.null_count
    assert len(cells) == numbers + words + empty + reading.unreadable


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1.0),
        ("0.5", 0.5),
        (" 7 ", 7.0),
        (True, 1.0),
        (None, None),
        ("N/A", None),
        ("", None),
        (math.nan, None),
        ("-", None),
    ],
)
def test_one_value_alone(value, expected):
    """A score that stands alone is read by the same rules."""
    assert expected == read_score(value)


@pytest.mark.parametrize("value", ["95%", "0,5", "high", math.inf, "1e400", [1], "true", object()])
def test_one_value_that_is_no_score(value):
    """What could only be read from a whole column, or not at all, is refused when it stands alone."""
    with pytest.raises(ValueError, match=r"not a number|infinite"):
        read_score(value)


def test_labels():
    """Labels are text without the blanks around it; the words for nothing are none and counted, class names
    stay.
    """
    reading = read_labels(pa.array([" good ", "none", "NA", None, "", "N/A", "NA", "-"]))

    assert ["good", "none", *[None] * 6] == reading.labels.to_pylist()
    assert (("NA", 2), ("-", 1), ("N/A", 1)) == reading.words
    assert ("c.label: 4 are without a label ('NA', '-', 'N/A').",) == reading.notes("c.label")
    assert [("1", "2")] == [tuple(read_labels(pa.array([1, 2])).labels.to_pylist())]


def test_nowhere_tells_rows_by_number():
    """Without a file a row is told by its number."""
    assert ("", "record 3") == (NOWHERE.prefix(), NOWHERE.row(3))


def runs_table(scores, **columns):
    """Make a table of runs with scores as text."""
    return pa.table(
        {
            "example_id": list("1234")[: len(scores)],
            "output": ["x"] * len(scores),
            "eval.c.score": scores,
            **columns,
        }
    )


def test_compare_reads_what_create_reads():
    """A comparison refuses the score that an upload refuses, and names it; the example that got worse is not
    left out.
    """
    base, one_bad = runs_table(["0.9", "0.8", "0.7", "0.6"]), runs_table(["0.9", "0.8", "0.7", "0,1"])

    with pytest.raises(
        ColumnError,
        match=r"experiment 'candidate': column 'eval.c.score' must hold a number: '0,1' in record 3",
    ):
        ax.compare(base, one_bad)
    for cell in ("4/5", "err", "high", "yes", "inf", "95%"):
        with pytest.raises(ColumnError, match="must hold a number"):
            ax.compare(base, runs_table(["0.9", "0.8", "0.7", cell]))


def test_compare_reads_percent_and_words():
    """Scores in percent compare with plain ones, and words for nothing are unscored."""
    comparison = ax.compare(runs_table(["0.5", "0.5", "1"]), runs_table(["50%", "75%", "N/A"]))

    (row,) = comparison.rows
    assert (2, 0.125, 1) == (row["n_paired"], row["delta"], row["n_unscored"])
    assert ["eval.c.score is read in percent: 95% is 0.95.", "eval.c.score: 1 is unscored ('N/A')."] == [
        note for side in comparison.study.alignment.sides for note in side.source.notes
    ]


def test_labels_that_say_nothing_are_no_class():
    """In a label column `N/A` is no label; as a slice, a country that is called NA stays one."""
    table = runs_table(["1", "1", "1", "1"], **{"eval.c.label": ["good", "N/A", "bad", "None"]})

    comparison = ax.compare(table, table)
    assert ("good", "bad") == comparison.study.alignment.sides[0].source.labels("eval.c.label").vocabulary


def test_compare_of_files_names_the_line(tmp_path):
    """A comparison of files names the file and the line of a cell that is no score."""
    (tmp_path / "a.csv").write_text('example_id,output,eval.c.score\n1,"two\nlines",0.9\n2,x,0.8\n')
    (tmp_path / "b.csv").write_text('example_id,output,eval.c.score\n1,"two\nlines",0.9\n2,x,err\n')

    with pytest.raises(
        ColumnError, match=r"b\.csv: column 'eval.c.score' must hold a number: 'err' in line 4"
    ):
        ax.compare(tmp_path / "a.csv", tmp_path / "b.csv")
