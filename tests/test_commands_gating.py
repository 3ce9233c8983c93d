"""`--fail-on`, `--examples`, and Markdown to a terminal or behind what a file holds: over files, in the
console and in a notebook.
"""

from __future__ import annotations

import json

import pandas as pd
import pytest

from arize_nb.cli import status_of
from arize_nb.commands.comparing.gating import FailOnType
from arize_nb.commands.line.output import Output
from arize_nb.commands.line.value_types import OutputType
from arize_nb.errors import CommandError, FileError

BASE = pd.DataFrame(
    {"example_id": [f"e{i}" for i in range(60)], "output": "x", "eval.correct.score": [1] * 40 + [0] * 20}
)
WORSE = BASE.assign(**{"eval.correct.score": [0] * 20 + [1] * 20 + [0] * 20})
CRASHED = BASE.assign(
    **{"eval.correct.score": [None] * 40 + [1] + [0] * 19}, error=["boom"] * 40 + [None] * 20
)
EXAMPLES = pd.DataFrame(
    {"id": BASE["example_id"], "question": [f"Why {i}?" for i in range(60)], "topic": ["law", "art"] * 30}
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the files, in which lines are run without any service."""
    for name, frame in {"base": BASE, "worse": WORSE, "crashed": CRASHED, "examples": EXAMPLES}.items():
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    for name in ("HOME", "ARIZE_NB_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.delenv("ARIZE_API_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def compare(*words):
    """Run a comparison of the base with another file; return its status."""
    return status_of(["experiments", "compare", "base.csv", *words])


@pytest.mark.parametrize(
    ("candidate", "rules", "status"),
    [
        ("worse", ["worse"], 10), ("base", ["worse"], 0), ("crashed", ["worse"], 10), ("worse", ["regressions=20"], 0),
        ("worse", ["regressions=19"], 10), ("worse", ["min-delta=-0.9", "lost=0"], 0), ("crashed", ["lost=10%"], 10),
        ("base", ["unsure"], 10),
    ],
)  # fmt: skip
def test_rules_end_with_status_ten(folder, capsys, candidate, rules, status):
    """The comparison is shown first; then the error has the reason, what stands behind it, and the worst
    examples.
    """
    assert status == compare(f"{candidate}.csv", *(word for rule in rules for word in ("--fail-on", rule)))

    printed = capsys.readouterr()
    assert f"{candidate if candidate != 'base' else 'base (2)'} against base" in printed.out
    assert (status == 10) == printed.err.startswith("✗ Error: correct, ")
    assert (status == 10) == ("pairs; lost:" in printed.err)


@pytest.mark.parametrize(
    "rule", ["wors", "regressions", "regressions=-1", "lost=", "min-delta=much", "slices=2"]
)
def test_a_rule_that_is_none_is_refused_before_anything_is_read(rule):
    """The line is answered with the rules that there are."""
    with pytest.raises(CommandError, match="worse, regressions=N, min-delta"):
        FailOnType().read(rule)

    assert 2 == compare("nowhere.csv", "--fail-on", rule)


def test_rules_are_completed():
    """Tab offers what a rule begins with."""
    assert ["slices"] == [item.value for item in FailOnType().shell_complete(None, None, "sl")]


def test_examples_give_columns_to_lists_and_slices(folder, capsys):
    """Questions of a file stand beside the changes and are what is sliced by."""
    assert 0 == compare(
        "worse.csv", "--examples", "examples.csv", "--by", "topic", "--list", "regressions", "-o", "json"
    )

    printed = capsys.readouterr()
    assert [f"Why {row['example_id'][1:]}?" for row in json.loads(printed.out)] == [
        row["question"] for row in json.loads(printed.out)
    ]
    assert "chance alone gives about 0" in printed.err
    assert "ordered by size of the change" in printed.err


def test_markdown_is_printed_or_added_to_a_file(folder, capsys):
    """`-o md` prints it; a path without ending, as a CI gives for a summary, keeps what it holds."""
    summary = folder / "step_summary"
    summary.write_text("before\n")

    assert 10 == compare("worse.csv", "--fail-on", "worse", "-o", str(summary))
    assert 0 == compare("worse.csv", "-o", "md")

    text = summary.read_text()
    assert text.startswith("before\n### `worse` against `base`")
    assert text.removeprefix("before\n").strip() in capsys.readouterr().out


def test_a_list_as_markdown_has_every_cell_in_a_code_span(folder, capsys):
    """The list that is printed as a table is the same as Markdown."""
    assert 0 == compare("worse.csv", "--examples", "examples.csv", "--list", "regressions", "-o", "md")

    lines = capsys.readouterr().out.splitlines()
    assert 22 == len(lines)
    assert "| `Why 0?` | `law` |" in lines[2]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("md", Output(format="md")),
        ("a.md", "md"),
        ("./summary", "append"),
        ("run/summary", "append"),
        ("summary", None),
        ("a.txt", None),
    ],
)
def test_where_markdown_goes(name, expected):
    """A bare word that is no format and no file is a slip; a path without ending is a place to add to."""
    if expected is None:
        with pytest.raises(FileError, match="cannot tell a format"):
            OutputType().read(name)
        return
    found = OutputType().read(name)

    assert found == (
        expected
        if isinstance(expected, Output)
        else Output(format="md", path=found.path, append=expected == "append")
    )


def test_a_summary_that_cannot_be_written_is_an_error(folder, capsys):
    """A folder that is not there is said."""
    assert 5 == compare("worse.csv", "-o", "nowhere/summary")
    assert "cannot write 'nowhere/summary': No such file or directory" in capsys.readouterr().err
