"""Any two tables, one answer: files, folders, frames and single tables that hold several experiments,
compared end to end.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest
from reading_tables import QIDS, QUESTIONS, A, B, N, answers, doubled, faq, labels, scores, without

import arize_nb as ax
from arize_nb.cli import status_of
from arize_nb.commands.line.session import Session
from arize_nb.commands.root import run
from arize_nb.errors import AxError, CommandError, ComparisonError

LINE = (
    f"paired {N} of {N} by question; output answer; metrics correct (yes passes), score (higher is better),"
    " latency (lower is better); change with "
)


def write_csv(path: Path, table) -> Path:
    """Write a table of lists as CSV."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        out = csv.writer(stream)
        out.writerow(table)
        out.writerows(
            ["" if cell is None else cell for cell in row] for row in zip(*table.values(), strict=True)
        )
    return path


def records(table):
    """Return a table of lists as a list of dicts."""
    return [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]


@pytest.fixture
def files(tmp_path):
    """Two CSV files of results."""
    return write_csv(tmp_path / "a.csv", A), write_csv(tmp_path / "b.csv", B)


@pytest.fixture
def expected():
    """The summary of the two tables as frames, whose columns are named as the contract does."""
    frames = [
        pd.DataFrame(
            {
                "example_id": table["question"],
                "eval.correct.label": table["correct"],
                "eval.score.score": table["score"],
                "latency": table["latency"],
            }
        )
        for table in (A, B)
    ]
    return ax.compare(*frames, metrics=["correct", "score", "latency"]).summary.drop(
        columns=["baseline", "candidate"]
    )


def same_summary(comparison, expected):
    """Whether a comparison says what is expected, the names of its experiments aside."""
    found = comparison.summary.drop(columns=["baseline", "candidate"])
    pd.testing.assert_frame_equal(expected.drop(columns=["n_baseline"]), found.drop(columns=["n_baseline"]))


def test_two_files_are_two_experiments(files, expected):
    """Files of questions, answers and verdicts give the numbers that the same columns give under the
    contract's names.
    """
    comparison = ax.compare(*files)

    assert ("a", ("b",)) == (comparison.baseline, comparison.candidates)
    same_summary(comparison, expected)
    assert LINE + "key=, metrics=, output=" == comparison.reading_line


FORMS = {
    "records": records,
    "pandas": pd.DataFrame,
    "pandas index": lambda table: pd.DataFrame(table).set_index("question"),
    "arrow": pa.table,
    "reader": lambda table: pa.table(table).to_reader(),
    "dataset": lambda table: pyarrow.dataset.dataset(pa.table(table)),
    "duckdb": lambda table: duckdb.from_arrow(pa.table(table)),
    "dictionary": lambda table: pa.table(
        {**table, "correct": pa.array(table["correct"]).dictionary_encode()}
    ),
    "protocol": lambda table: Stream(pa.table(table)),
    "interchange": lambda table: Interchange(pd.DataFrame(table)),
}


class Stream:
    """A frame of some library, known by `__arrow_c_stream__` alone."""

    def __init__(self, table):
        self._table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self._table.__arrow_c_stream__(requested_schema)


class Interchange:
    """A frame of some library, known by `__dataframe__` alone."""

    def __init__(self, frame):
        self._frame = frame

    def __dataframe__(self, **options):
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self._frame.__dataframe__(**options)


@pytest.mark.parametrize("form", FORMS)
def test_frames_of_any_library_read_alike(form, expected):
    """Records, frames, tables, readers, datasets and relations of two tables give the same answer."""
    comparison = ax.compare(FORMS[form](A), FORMS[form](B))

    same_summary(comparison, expected)
    assert ("answer",) == comparison.reading.output


@pytest.mark.parametrize("ending", [".csv", ".json", ".jsonl", ".parquet"])
def test_files_of_any_format_read_alike(ending, tmp_path, expected):
    """CSV, JSON, JSON lines and Parquet of the same tables give the same answer."""
    paths = []
    for name, table in (("a", A), ("b", B)):
        path = tmp_path / f"{name}{ending}"
        if ending == ".csv":
            write_csv(path, table)
        elif ending == ".parquet":
            pq.write_table(pa.table(table), path)
        else:
            lines = [json.dumps(row) for row in records(table)]
            path.write_text(
                "\n".join(lines) if ending == ".jsonl" else f"[{','.join(lines)}]", encoding="utf-8"
            )
        paths.append(path)

    same_summary(ax.compare(*paths), expected)


def test_objects_in_records_are_taken_apart(expected):
    """Nested inputs, outputs and scores of records become dotted columns with roles of their own."""
    tables = [
        [
            {
                "inputs": {"question": row["question"]},
                "outputs": {"answer": row["answer"]},
                "scores": {"correct": row["correct"], "score": row["score"]},
                "latency": row["latency"],
            }
            for row in records(table)
        ]
        for table in (A, B)
    ]
    comparison = ax.compare(*tables)

    assert (("inputs.question",), ("outputs.answer",)) == (comparison.reading.key, comparison.reading.output)
    assert [-0.0, *expected["delta"]][1:] == pytest.approx(
        comparison.summary.set_index("metric").loc[["correct", "score", "latency"], "delta"].tolist()
    )


def test_a_folder_and_a_glob_are_their_files(files, expected):
    """One path is enough when it holds several experiments; the first is the baseline unless one is named."""
    folder = files[0].parent
    (folder / "notes.md").write_text("no results")

    same_summary(ax.compare(folder), expected)
    same_summary(ax.compare(str(folder / "*.csv")), expected)
    assert ("b", ("a",)) == ((turned := ax.compare(folder, baseline="b")).baseline, turned.candidates)


def test_files_of_one_name_are_called_by_their_folders(tmp_path):
    """`run1/results.csv` and `run2/results.csv` are run1 and run2."""
    paths = []
    for name, table in (("run1", A), ("run2", B)):
        (tmp_path / name).mkdir()
        paths.append(write_csv(tmp_path / name / "results.csv", table))

    assert ("run1", ("run2",)) == ((compared := ax.compare(*paths)).baseline, compared.candidates)


def test_one_long_table_is_split_by_a_column(expected):
    """A column that names the experiment divides one table; the baseline is the first, or as named."""
    long = {name: A[name] + B[name] for name in A} | {"model": ["gpt"] * N + ["claude"] * N}

    same_summary(ax.compare(pd.DataFrame(long), split="model"), expected)
    turned = ax.compare(long_frame := pd.DataFrame(long), split="model", baseline="claude")
    assert ("claude", ("gpt",)) == (turned.baseline, turned.candidates)
    with pytest.raises(ComparisonError, match=r"split it by a column: split='model' \(claude, gpt\)"):
        ax.compare(long_frame)
    with pytest.raises(ComparisonError, match=r"no experiment has that name\. There are: 'gpt', 'claude'"):
        ax.compare(long_frame, split="model", baseline="llama")
    with pytest.raises(ComparisonError, match="the column has 48 values in 48 rows"):
        ax.compare(long_frame, split="answer")
    with pytest.raises(ComparisonError, match="the column has one value, 'gpt'"):
        ax.compare(long_frame[:N], split="model")


WIDE = {
    "suffix": (
        "answer_a",
        "answer_b",
        "correct_a",
        "correct_b",
        "score_a",
        "score_b",
        "latency_a",
        "latency_b",
    ),
    "dotted": (
        "answer.new",
        "answer.base",
        "correct.new",
        "correct.base",
        "score.new",
        "score.base",
        "latency.new",
        "latency.base",
    ),
    "prefix": (
        "gpt4 answer",
        "claude answer",
        "gpt4 correct",
        "claude correct",
        "gpt4 score",
        "claude score",
        "gpt4 latency",
        "claude latency",
    ),
    "brackets": (
        "Answer (A)",
        "Answer (B)",
        "Correct (A)",
        "Correct (B)",
        "Score (A)",
        "Score (B)",
        "Latency (A)",
        "Latency (B)",
    ),
    "capitals": ("answerA", "answerB", "correctA", "correctB", "scoreA", "scoreB", "latencyA", "latencyB"),
    "numbers": (
        "answer_1",
        "answer_2",
        "correct_1",
        "correct_2",
        "score_1",
        "score_2",
        "latency_1",
        "latency_2",
    ),
}


@pytest.mark.parametrize("form", WIDE)
def test_one_wide_table_is_split_by_its_paired_columns(form, expected):
    """Paired columns of one table are two experiments, the base of them first whatever their order."""
    names = WIDE[form]
    sides = (B, A) if names[0].endswith("new") else (A, B)
    pairs = {
        names[2 * place + side]: sides[side][column]
        for place, column in enumerate(("answer", "correct", "score", "latency"))
        for side in (0, 1)
    }
    comparison = ax.compare(pd.DataFrame({"question": QUESTIONS, **pairs}))

    assert expected["delta"].tolist() == pytest.approx(comparison.summary["delta"].tolist())


def test_columns_of_a_wide_table_as_told(expected):
    """`columns=` names the columns of each experiment, in any naming."""
    table = pd.DataFrame(
        {
            "question": QUESTIONS,
            **{f"x {name}": A[name] for name in ("answer", "score")},
            "y_out": B["answer"],
            "zz": B["score"],
        }
    )
    comparison = ax.compare(table, columns={"base": ["x answer", "x score"], "new": ["y_out", "zz"]})

    assert ("base", ("new",)) == (comparison.baseline, comparison.candidates)
    assert expected.set_index("metric").loc["score", "delta"] == pytest.approx(comparison.rows[0]["delta"])
    with pytest.raises(AxError, match="has no column 'nope'"):
        ax.compare(table, columns={"base": ["x score"], "new": ["nope"]})
    with pytest.raises(ComparisonError, match="as many columns for each of two"):
        ax.compare(table, columns={"base": ["x score", "x answer"], "new": ["zz"]})


def test_a_wide_table_that_pairs_in_two_ways_is_asked():
    """Columns that could be paired by either of two endings are an error that shows both."""
    table = pd.DataFrame(
        {
            "question": QUESTIONS,
            "answer_a": answers(1),
            "answer_b": answers(2),
            "score_1": scores(1),
            "score_2": scores(2),
        }
    )

    with pytest.raises(ComparisonError, match=r"pair in several ways: .* or .*columns="):
        ax.compare(table)


def test_changes_show_what_was_asked(files):
    """Columns that say the same on both sides stand beside the changes, and slice them."""
    comparison = ax.compare(*files, by="topic")
    regressed = comparison.regressions("correct")

    assert {"question", "topic", "reference"} <= set(regressed.columns)
    wanted = dict(zip(QUESTIONS, A["reference"], strict=True))
    assert [wanted[question] for question in regressed["question"]] == regressed["reference"].tolist()
    assert {"billing", "refunds", "account"} == set(comparison.slices()["slice"])


def test_repetitions_are_averaged_within_their_key():
    """Rows of one key that a column numbers are repetitions: the unit stays the question."""
    one = doubled(A, epoch=[1] * N + [2] * N)
    other = {**doubled(B, epoch=[1] * N + [2] * N), "score": scores(5) + scores(6)}
    row = next(
        row for row in ax.compare(pd.DataFrame(one), pd.DataFrame(other)).rows if row["metric"] == "score"
    )

    assert N == row["n_paired"]
    assert np.mean(scores(5) + scores(6)) == pytest.approx(row["candidate_mean"])


def test_a_joined_key_keeps_different_rows_apart():
    """Two columns make one id in which a separator inside a value cannot make two keys one."""
    first, second = ["a", "a · b"], ["b · c", "c"]
    tables = [
        pd.DataFrame({"question": first * 2, "topic": [*second, "x", "y"], "score": [0.1, 0.2, 0.3, value]})
        for value in (0.4, 0.9)
    ]
    comparison = ax.compare(*tables, key=["question", "topic"])

    assert 4 == comparison.rows[0]["n_paired"]
    assert 4 == len(set(comparison.study.alignment.ids(np.arange(4)).to_pylist()))


def test_words_for_no_error_are_none():
    """A column of errors that holds "None" or "false" where nothing failed errs nowhere."""
    tables = [pd.DataFrame({**table, "error": ["None"] * (N - 1) + ["timeout"]}) for table in (A, B)]

    assert {1} == set(ax.compare(*tables).summary["n_error"])


def test_canonical_runs_read_as_before():
    """Runs as a service gives them are not guessed about: nothing is said, and only evaluators and
    annotations are compared.
    """
    frames = [
        pd.DataFrame(
            {
                "id": [f"{seed}{one}" for one in QIDS],
                "example_id": QIDS,
                "output": answers(seed),
                "eval.ok.label": labels(seed),
                "latency_ms": scores(seed),
            }
        )
        for seed in (1, 2)
    ]
    comparison = ax.compare(*frames)

    assert (None, "") == (comparison.reading, comparison.reading_line)
    assert ["ok"] == [metric.name for metric in comparison.metrics]
    assert "paired" not in repr(comparison)


ERRORS = {
    "no rows": (
        lambda: (pd.DataFrame(A), pd.DataFrame(A).iloc[:0]),
        {},
        r"'candidate' has no rows \(columns: question, topic",
    ),
    "no records": (lambda: (records(A), []), {}, "'candidate' has no rows"),
    "records that are none": (
        lambda: (records(A), [1, 2]),
        {},
        "record 0 of 'candidate' is a int, not a dict",
    ),
    "no metric": (
        lambda: [pd.DataFrame({"question": QUESTIONS, "answer": answers(s)}) for s in (1, 2)],
        {},
        r"no metric to compare baseline and candidate by.*output answer.*metrics='COLUMN'",
    ),
    "a metric of one": (
        lambda: (
            pd.DataFrame(without(A, "score", "correct", "latency")),
            pd.DataFrame(without(B, "correct", "latency")),
        ),
        {},
        "'score' is not compared: it is in one table only",
    ),
    "asked, and in one": (
        lambda: (pd.DataFrame(without(A, "score")), pd.DataFrame(B)),
        {"metrics": "score"},
        "'score' is not compared: it is in one table only.*both have: correct, latency",
    ),
    "asked, and empty": (
        lambda: (pd.DataFrame({**A, "score": None}), pd.DataFrame(B)),
        {"metrics": "score"},
        "'score' is not compared: it is empty in one table",
    ),
    "asked, and unknown": (
        lambda: (pd.DataFrame(A), pd.DataFrame(B)),
        {"metrics": "scroe"},
        "Did you mean 'score'",
    ),
    "odd cell": (
        lambda: (pd.DataFrame(A), pd.DataFrame({**B, "score": [*map(str, B["score"][:-1]), "very good"]})),
        {},
        "'very good'",
    ),
    "names": (
        lambda: (pd.DataFrame(A), pd.DataFrame(B)),
        {"names": ["x"]},
        r"1 names for 2 experiments \(baseline, candidate\)",
    ),
    "two columns of one name": (
        lambda: (pd.DataFrame(A), pd.DataFrame(np.zeros((2, 2)), columns=["x", "x"])),
        {},
        "two columns named 'x'",
    ),
    "split of two": (
        lambda: (pd.DataFrame(A), pd.DataFrame(B)),
        {"split": "topic"},
        "divides one table, and 2 were given",
    ),
    "split of nothing": (lambda: (pd.DataFrame(A),), {"split": "modle"}, "no column 'modle'"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_what_cannot_be_compared_is_one_line(case):
    """Every refusal says what was seen and which option answers it, in one line."""
    make, options, says = ERRORS[case]

    with pytest.raises(AxError, match=says) as caught:
        ax.compare(*make(), **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is empty"),
        ("question,score\n", "has a header and no rows"),
        ('question,score\n"half a', "is not a table"),
        ("[{", "is not JSON"),
    ],
)
def test_half_a_file_is_named(content, says, files, tmp_path):
    """A file that is empty or breaks off is an error that names it."""
    broken = tmp_path / ("broken.json" if content.startswith("[") else "broken.csv")
    broken.write_text(content)

    with pytest.raises(AxError, match=says) as caught:
        ax.compare(files[0], broken)
    assert broken.name in str(caught.value)


def test_a_metric_of_one_side_is_said_and_the_others_compared(files, tmp_path):
    """What one table lacks is a concern, and no error while something is left."""
    other = write_csv(tmp_path / "more.csv", {**B, "toxicity": scores(9)})
    comparison = ax.compare(files[0], other)

    assert ["correct", "score", "latency"] == [metric.name for metric in comparison.metrics]
    assert "'toxicity' is not compared: it is in one table only" in [
        concern.message for concern in comparison.concerns
    ]


def line(words, **variables):
    """Run a line as `%ax` does."""
    return run(words, Session(program="%ax", in_notebook=True, lookup=variables.__getitem__))


def test_the_short_commands(files, capsys, expected):
    """`compare A B` at the top level needs no service and says how the tables were read, in flags."""
    same_summary(line(["compare", *map(str, files)]), expected)

    assert 0 == status_of(["compare", *map(str, files)])
    printed = capsys.readouterr().out.splitlines()
    assert "b against a" == printed[0]
    assert LINE + "--key, --metric, --output" in printed


def test_a_variable_names_its_experiment():
    """`$a3` is called a3, and a list of dicts is one table."""
    comparison = line(["compare", "$a3", "$b3"], a3=records(A), b3=pd.DataFrame(B))

    assert ("a3", ("b3",)) == (comparison.baseline, comparison.candidates)


def test_options_say_what_the_columns_are(files):
    """`--key`, `--output`, `--metric`, `--ignore`, `--expected`, `--names` and `--baseline` reach the
    reading.
    """
    comparison = line(
        [
            "compare",
            *map(str, files),
            "--key",
            "question,topic",
            "--output",
            "answer",
            "--ignore",
            "latency",
            "--names",
            "x,y",
            "--baseline",
            "y",
        ]
    )

    assert ("question", "topic") == comparison.reading.key
    assert ["correct", "score"] == [metric.name for metric in comparison.metrics]
    assert ("y", ("x",)) == (comparison.baseline, comparison.candidates)
    with pytest.raises(AxError, match="has no column 'nope'"):
        line(["compare", *map(str, files), "--key", "nope"])


def test_one_wide_file_on_a_line(tmp_path, capsys):
    """`--columns base=… new=…` reads one wide file as two experiments."""
    path = write_csv(
        tmp_path / "wide.csv",
        {"question": QUESTIONS, "out1": A["answer"], "s1": A["score"], "out2": B["answer"], "s2": B["score"]},
    )

    assert 0 == status_of(["compare", str(path), "--columns", "base=out1,s1", "new=out2,s2"])
    assert "new against base" == capsys.readouterr().out.splitlines()[0]
    assert 2 == status_of(["compare", str(path), "--columns", "base"])
    assert "--columns base=answer_1,score_1" in capsys.readouterr().err


def test_output_is_a_place_or_a_column(files, tmp_path):
    """`-o page.html` and `--output json` are where the result goes, as before; `--output
    answer` is a column.
    """
    page = tmp_path / "page.html"

    assert 0 == status_of(["report", *map(str, files), "-o", str(page), "--output", "answer"])
    assert LINE.partition(";")[0] in page.read_text(encoding="utf-8")
    with pytest.raises(AxError, match="cannot tell a format"):
        line(["compare", *map(str, files), "-o", "x.xlsx"])


def test_standard_input_is_a_table(files):
    """`-` is standard input, in a cell its body."""
    session = Session(
        program="%ax", in_notebook=True, lookup={}.__getitem__, body=files[0].read_text(encoding="utf-8")
    )

    assert "stdin" == run(["compare", "-", str(files[1])], session).baseline


def test_a_file_that_is_not_there(files):
    """A path is never asked of a service as a name."""
    with pytest.raises(AxError, match=r"there is no file.*Did you mean 'a\.csv'"):
        line(["compare", str(files[0].with_name("aa.csv")), str(files[1])])


def test_an_error_speaks_of_flags_on_a_line():
    """What a command cannot read names flags; the same in Python names arguments."""
    plain = [pd.DataFrame({"answer": answers(seed), "score": scores(seed)}) for seed in (1, 2)]

    with pytest.raises(ComparisonError, match="--key COLUMN, or --key row-order"):
        line(["compare", "$a", "$b"], a=plain[0], b=plain[1])
    with pytest.raises(ComparisonError, match="key='COLUMN', or key='row-order'"):
        ax.compare(*plain)


def test_explore_needs_a_notebook(files):
    """The explorer of files is a widget: a console has no place for it."""
    with pytest.raises(CommandError, match="widgets need a notebook"):
        run(["explore", *map(str, files)], Session())


def test_explore_files(files):
    """`%ax explore A B` opens the explorer on files, told how to read them."""
    explorer = line(["explore", *map(str, files), "--key", "question", "--metric", "score"])

    assert ["score"] == [metric.name for metric in explorer.comparison.metrics]
    assert ("question",) == explorer.comparison.reading.key


def test_names_of_a_service_win_over_variables():
    """A frame that carries its experiment's name keeps it."""
    frame = pd.DataFrame(faq(1))
    frame.attrs["arize"] = {"experiment": "gpt-4o"}

    assert "gpt-4o" == line(["compare", "$a", "$b"], a=frame, b=pd.DataFrame(B)).baseline


RESULTS = Path(__file__).parent / "samples" / "results"


@pytest.mark.parametrize(
    "files",
    ["inspect/{}.eval", "braintrust/{}.jsonl", "langsmith/{}.csv", "mlflow/{}.json", "phoenix/{}.csv"],
)
def test_results_of_other_tools_are_experiments(files):
    """Two files of a tool that is known are compared under its own metrics, and nothing is guessed."""
    comparison = ax.compare(RESULTS / files.format("base"), RESULTS / files.format("candidate"))

    assert comparison.reading is None
    assert all(row["n_paired"] for row in comparison.rows)


def test_one_file_of_a_tool_may_hold_several_experiments():
    """promptfoo writes all providers into one file: one path is a comparison."""
    assert 1 == len(ax.compare(RESULTS / "promptfoo" / "results.json").candidates)


def test_the_line_names_what_is_unusual_about_a_file(tmp_path):
    """Semicolons, a decimal comma, an encoding and percent are read, and named in the line; blanks around
    headers are dropped.
    """
    one, other = tmp_path / "a.csv", tmp_path / "b.tsv"
    table = [
        (question, f"{number}%", f"0,{number}5", word)
        for number, (question, word) in enumerate(zip(QUESTIONS, A["correct"], strict=True))
    ]
    one.write_text(
        "\n".join(" ; ".join(row) for row in [("question", "quality", "score", "correct"), *table]),
        encoding="cp1252",
    )
    lines = [
        "\t".join((question, quality, score.replace(",", "."), word))
        for question, quality, score, word in table
    ]
    other.write_text("\n".join(["question\tquality\tscore\tcorrect", *lines]), encoding="utf-16")
    comparison = ax.compare(one, other)

    assert comparison.summary["n_paired"].tolist() == [N] * 3
    for words in (
        "a.csv read as semicolon-separated",
        "score is read with a decimal comma",
        "b.tsv read as UTF-16",
        "in percent: 95% is 0.95",
    ):
        assert words in comparison.reading_line
