"""The one reader of scores and labels: numbers as people write them, words for nothing, and the cell that is
neither.
"""

import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import arize_nb as ax
from arize_nb.errors import ColumnError
from arize_nb.files import read_file
from arize_nb.frames import (
    NOWHERE,
    Origin,
    annotation_records,
    from_input,
    read_labels,
    read_score,
    read_scores,
)


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


def said_of(tmp_path, header, last):
    """Compare two files whose last rating differs; return all that is said of `N/A`."""
    for name, cell in (("a", "0.7"), ("b", last)):
        rows = "".join(f"q{n},x,{value}\n" for n, value in enumerate(("0.5", "0.6", cell)))
        (tmp_path / f"{name}.csv").write_text(f"{header}\n{rows}")
    comparison = ax.compare(tmp_path / "a.csv", tmp_path / "b.csv")
    notes = [note for side in comparison.study.alignment.sides for note in side.source.notes]
    lines = (*comparison.reading_line.split("; "), *(one.message for one in comparison.concerns), *notes)
    return {line.removesuffix(".") for line in lines if "N/A" in line}


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("question,topic,rating", "rating: 1 is unscored ('N/A')"),
        ("example_id,output,eval.c.score", "eval.c.score: 1 is unscored ('N/A')"),
    ],
)
def test_one_note_says_that_a_rating_is_unscored(tmp_path, header, said):
    """A word for nothing among ratings is told once, as unscored, and not as what makes a column text."""
    assert {said} == said_of(tmp_path, header, "N/A")


def test_other_columns_that_a_word_made_text_are_still_told(tmp_path):
    """Of a column that is not compared as scores, the word that made it text is named."""
    for name in ("a", "b"):
        rows = "".join(f"{n},x,0.{n},{'N/A' if n == 2 else n}\n" for n in range(4))
        (tmp_path / f"{name}.csv").write_text(f"example_id,output,eval.c.score,size\n{rows}")

    comparison = ax.compare(tmp_path / "a.csv", tmp_path / "b.csv")
    assert any("'size' is text because of 'N/A'" in one.message for one in comparison.concerns)


def test_an_upload_tells_it_once(tmp_path):
    """The file's line is silent of a column of scores: the reading of scores counts the word."""
    (tmp_path / "a.csv").write_text("output,eval.c.score\nx,0.5\ny,N/A\n")
    read, notes = read_file(tmp_path / "a.csv", "run"), []
    from_input(read.rows, "run", origin=read.facts.origin, notes=notes)

    assert ("", ["eval.c.score: 1 is unscored ('N/A')."]) == (read.facts.line, notes)


ENDLESS = ("inf", "-Infinity", "1e400")
"""Numbers that no double holds, as text."""


def csv_of(path, column, cells):
    """Write runs whose ids are not in order, with one cell of a column each."""
    rows = (f"r{99 - number},{number},x,{cell}\n" for number, cell in enumerate(cells))
    path.write_text(f"id,example_id,output,{column}\n" + "".join(rows))
    return path


@pytest.mark.parametrize("cell", ENDLESS)
@pytest.mark.parametrize("column", ["eval.c.score", "annotation.c.score"])
def test_no_endless_score_comes_in(tmp_path, column, cell):
    """`inf` is refused in a file and a frame, as text and as a double, by an upload and a comparison."""
    fine = csv_of(tmp_path / "a.csv", column, ["0.5", "0.6", "0.7"])
    endless = csv_of(tmp_path / "b.csv", column, ["0.5", cell, "0.7"])
    texts = pd.read_csv(endless, dtype=str)
    doubles = texts.astype({column: float})
    dicts = doubles.to_dict("records")

    where = rf"b\.csv: column '{column}' must hold a number: '{cell}' in line 3 \(1 of 3 cells is none\)"
    with pytest.raises(ColumnError, match=where):
        ax.compare(fine, endless)
    for runs in (texts, doubles, dicts, pa.Table.from_pandas(doubles)):
        with pytest.raises(ColumnError, match=rf"'{column}' must hold a number: '.*' in record 1 \(1 of 3"):
            ax.compare(fine, runs)
        if column.startswith("eval."):
            with pytest.raises(ColumnError, match=rf"'{column}' must hold a number: '.*' in record 1 \(1 of"):
                from_input(runs, "run")


@pytest.mark.parametrize(
    "score", [math.inf, -math.inf, np.float32("inf"), Decimal("Infinity"), "inf", "1e400"]
)
def test_no_endless_annotation_is_written(score):
    """`annotate` refuses what `create` refuses, in every form of an annotation."""
    nested = [{"record_id": "r", "values": [{"name": "q", "score": score}]}]
    flat = [{"record_id": "r", "name": "q", "score": score, "label": "good"}]
    columns = pd.DataFrame({"id": ["r"], "annotation.q.score": pd.Series([score], dtype=object)})

    for annotations in (nested, flat, columns):
        with pytest.raises(
            ColumnError, match=r"column 'annotation\.q\.score' must hold a number: '.*' in record 0"
        ):
            annotation_records(annotations)


def test_results_of_tools_keep_what_cannot_be_compared(tmp_path):
    """`ax.read` loses no infinite score: the comparison of what it read refuses it."""
    runs = [{"example_id": str(n), "output": "x", "eval.c.score": 0.5} for n in range(3)]
    endless = [{**run, "eval.c.score": math.inf} if run["example_id"] == "1" else run for run in runs]

    with pytest.raises(ColumnError, match="must hold a number: 'inf' in record 1"):
        ax.compare(*ax.read(runs), *ax.read(endless))


def test_a_column_of_nothing_but_infinity_is_refused(tmp_path):
    """A column all of whose scores are infinite is no column without scores."""
    fine = csv_of(tmp_path / "a.csv", "eval.c.score", ["0.5", "0.6"])
    endless = csv_of(tmp_path / "b.csv", "eval.c.score", ["inf", "inf"])

    with pytest.raises(ColumnError, match=r"'inf' in line 2 \(2 of 2 cells are none\)"):
        ax.compare(fine, endless)


@pytest.mark.parametrize("cell", [*ENDLESS, "high"])
def test_a_plain_column_keeps_its_name_in_the_error(tmp_path, cell):
    """A rating that cannot be read is called as its file calls it, not as the comparison does."""
    fine, wrong = (tmp_path / name for name in ("a.csv", "b.csv"))
    for path, last in ((fine, "0.7"), (wrong, cell)):
        path.write_text(f"question,rating\na,0.5\nb,0.6\nc,{last}\n")

    with pytest.raises(ColumnError, match=rf"b\.csv: column 'rating' .* '{cell}' in line 4") as caught:
        ax.compare(fine, wrong)
    assert "rating" == caught.value.column


def test_a_table_that_was_split_keeps_its_lines_and_names(tmp_path):
    """In one table of several experiments the error names the line and the column of that table."""
    wide, long = tmp_path / "wide.csv", tmp_path / "long.csv"
    wide.write_text("question,score_a,score_b\nx,0.5,0.5\ny,0.6,high\nz,0.7,0.7\n")
    long.write_text("question,model,score\nx,a,0.5\nx,b,0.5\ny,a,0.6\ny,b,inf\nz,a,0.7\nz,b,0.7\n")

    with pytest.raises(ColumnError, match=r"wide\.csv: column 'score_b' must .* 'high' in line 3"):
        ax.compare(wide)
    with pytest.raises(ColumnError, match=r"long\.csv: column 'score' must .* 'inf' in line 5"):
        ax.compare(long, split="model")


def test_records_of_ratings_keep_what_cannot_be_compared():
    """A list of dicts loses no infinite number on the way to a comparison: a score is refused, a latency is
    left out with a word.
    """
    base = [{"question": str(n), "rating": 0.5, "latency_ms": 3.0} for n in range(4)]
    rated, slow = (
        [{**row, name: math.inf} if row["question"] == "2" else row for row in base]
        for name in ("rating", "latency_ms")
    )

    with pytest.raises(ColumnError, match="column 'rating' must hold a number: 'inf' in record 2"):
        ax.compare(base, rated)
    base, slow = ([{"example_id": row["question"], **row} for row in rows] for rows in (base, slow))
    assert ["latency_ms: 1 infinite, which is no number to compare: left out."] == [
        note for side in ax.compare(base, slow).study.alignment.sides for note in side.source.notes
    ]


@given(
    cells=st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=6),
    as_text=st.booleans(),
)
def test_create_and_compare_refuse_the_same_scores(cells, as_text):
    """Whatever the doubles, as such or as text: what an upload takes, a comparison takes, and the reverse."""
    given = [str(cell) for cell in cells] if as_text else cells
    runs = [
        {"example_id": str(number), "output": "x", "eval.c.score": cell} for number, cell in enumerate(given)
    ]
    fine = [{**run, "eval.c.score": 0.5} for run in runs]

    assert any(map(math.isinf, cells)) == refused(lambda: from_input(runs, "run"))
    assert any(map(math.isinf, cells)) == refused(lambda: ax.compare(fine, runs))


def refused(read):
    """Say whether a reading ends in an error of a column."""
    try:
        read()
    except ColumnError:
        return True
    return False
