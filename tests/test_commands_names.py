"""`experiments compare … --names a b`: names that stand apart, and the form that is meant."""

from __future__ import annotations

import shlex

import pytest

from arize_nb.commands.comparing.names_apart import refuse_apart
from arize_nb.commands.line.session import Session
from arize_nb.commands.root import run
from arize_nb.errors import CommandError


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    """Two tables, and one that holds both."""
    for name, score in (("x", 0.5), ("y", 0.6)):
        (tmp_path / f"{name}.csv").write_text(f"question,score\na,{score}\nb,{score}\n")
    (tmp_path / "wide.csv").write_text("question,score_a,score_b\na,0.5,0.6\nb,0.5,0.6\n")
    monkeypatch.chdir(tmp_path)


def compared(text):
    """Run a line of the console program."""
    session = Session(program="arize-nb", quiet=True, notify=lambda _text: None)
    return run(["experiments", *shlex.split(text)], session)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("compare x.csv y.csv --names old new", "--names old,new"),
        ("compare --names old new x.csv y.csv", "--names old,new"),
        ("compare x.csv y.csv --names old new --key question", "--names old,new"),
        ("compare x.csv y.csv --names 'my old' 'my new'", "--names 'my old,my new'"),
        ("compare x.csv y.csv x.csv --names a b c", "--names a,b,c"),
        ("compare wide.csv --names old new", "--names old,new"),
        ("report x.csv y.csv --names old new", "--names old,new"),
        ("compare --names old new first second", "--names old,new"),
    ],
)
def test_names_apart_are_refused_with_the_right_form(text, hint):
    """Two words behind one flag are an error that gives the line's flag as it must be."""
    with pytest.raises(CommandError, match="a flag takes one word") as caught:
        compared(text)

    assert f"With commas: {hint}" == caught.value.hint


@pytest.mark.parametrize(
    "text",
    ["x.csv y.csv --names old,new", "--names old,new x.csv y.csv", "x.csv --names old --names new y.csv"],
)
def test_the_right_forms_name_the_experiments(text):
    """What the hint says works, wherever the flag stands; a repeated flag does too."""
    comparison = compared(f"compare {text}")

    assert ["old", "new"] == [side.source.name for side in comparison.study.alignment.sides]


@pytest.mark.parametrize(
    ("words", "things", "names"),
    [
        (["--names", "a"], ["x", "y", "z"], ["a"]),
        (["--names", "a,b", "x"], ["x", "y"], ["a", "b"]),
        (["--names", "a", "--key", "b"], ["x", "y"], ["a"]),
        (["--names", "a", "$b"], ["x", "y", "b"], ["a"]),
        (["x", "y"], ["x", "y"], None),
    ],
)
def test_other_counts_are_left_to_the_comparison(words, things, names):
    """Where no words behind the flag can be names, nothing is refused here."""
    assert refuse_apart(words, things, names) is None
