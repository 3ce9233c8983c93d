"""What a refused analysis says to type next: flags to who typed a command, arguments to who calls Python."""

from __future__ import annotations

import shlex

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import arize_nb as ax
from arize_nb.commands.line.session import Session
from arize_nb.commands.root import run
from arize_nb.comparison.words import next_steps
from arize_nb.errors import ComparisonError, RegressionError
from arize_nb.text.command_line import Choice


def scored(scores, **columns):
    """Return runs with a score each, and further columns."""
    ids = [f"e{number}" for number in range(len(scores))]
    return pd.DataFrame({"example_id": ids, "eval.judge.score": scores, **columns})


GRADED = scored([0.1, 0.4, 0.9, 0.7], **{"annotation.people.label": ["good", "bad", "bad", "good"]})
LABELLED = (
    scored([1, 0, 1, 1])
    .rename(columns={"eval.judge.score": "x"})
    .assign(
        **{
            "eval.tone.label": ["warm", "cold", "warm", "cold"],
            "annotation.people.label": ["pass", "fail"] * 2,
        }
    )
)
CLUSTERED = scored([1, 0, 1, 1], topic=["a", "a", "b", "b"], **{"annotation.people.score": [1, 0, 0, 1]})
KEYED = pd.DataFrame({"question": list("abcd"), "rating": [0.1, 0.4, 0.9, 0.7]})


def compared(frame, **said):
    """Compare a frame with itself."""
    return ax.compare(frame, frame.copy(), **said)


REFUSED = {
    "a verdict against a grade": (
        lambda: compared(GRADED).agreement("judge", "people"),
        "Say what a pass is: compare(…, pass_when={'judge': …}).",
        "Say what a pass is: --pass-when judge=….",
    ),
    "labels have no mean to correct": (
        lambda: compared(LABELLED).corrected("tone", "people"),
        "Say which labels pass: compare(…, pass_when={'tone': …}).",
        "Say which labels pass: --pass-when tone=….",
    ),
    "a correction in clusters": (
        lambda: compared(CLUSTERED, cluster="topic").corrected("judge", "people"),
        "Compare without cluster=.",
        "Compare without --cluster.",
    ),
    "no pass to count": (
        lambda: compared(GRADED, metrics="judge").pass_at(2),
        "Say what a pass is: compare(…, pass_when=0.8).",
        "Say what a pass is: --pass-when METRIC=0.8.",
    ),
    "no such number of runs": (
        lambda: compared(CLUSTERED).pass_at(3),
        "Run more repetitions, client.experiments.run(…, repetitions=N), or ask for a smaller k.",
        "Run more repetitions, %ax experiments run … --repetitions N, or ask for a smaller k.",
    ),
    "no column to slice by": (
        lambda: compared(GRADED).slices(),
        'Say it: .slices(by="topic"), or compare(…, by="topic").',
        "Say it: --by topic; in Python .slices(by='topic').",
    ),
    "a rerun that cannot be paired": (
        lambda: compared(KEYED, key="row-order").noise_floor(KEYED.iloc[:2]),
        "Compare by a column that names the examples: compare(…, key='COLUMN').",
        "Compare by a column that names the examples: --key COLUMN.",
    ),
    "a rerun that repeats": (
        lambda: compared(KEYED, key="question").noise_floor(pd.concat([KEYED, KEYED])),
        "Give one row of each, or say that they are repetitions: compare(…, repetitions=True).",
        "Give one row of each, or say that they are repetitions: --repetitions.",
    ),
    "a gate over labels": (
        lambda: compared(LABELLED, direction="neutral", metrics="tone").check(max_regressions=0),
        "Say what a pass is: compare(…, pass_when={'tone': …}); or which way is better:"
        " direction={'tone': 'higher'}.",
        "Say what a pass is: --pass-when tone=…; or which way is better: --direction tone=higher.",
    ),
    "nothing": (
        lambda: ax.compare(),
        "Give a baseline and a candidate: compare(baseline, candidate).",
        "Give a baseline and a candidate: %ax experiments compare BASELINE CANDIDATE.",
    ),
    "a name in place of a file": (
        lambda: ax.compare("my run", "other"),
        "If it is the name of an experiment: client.experiments.runs('my run', dataset=…).",
        "If it is the name of an experiment: %ax experiments compare 'my run' … --dataset NAME.",
    ),
}
ONLY_PYTHON = {
    "a difference of nothing": (
        lambda: compared(GRADED).rows_needed(0),
        ".rows_needed(delta=0.05, power=0.8)",
    ),
    "no runs at all": (lambda: compared(CLUSTERED).pass_at(0), ".pass_at(3)"),
    "labels of a score": (lambda: compared(GRADED).transitions("judge"), ".plot('scatter')"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_hint_has_both_languages(case):
    """In Python the hint names the argument, on a command line the flag."""
    refuse, python, line = REFUSED[case]

    with pytest.raises(ComparisonError) as caught:
        refuse()
    assert (python, line) == (str(caught.value.hint), caught.value.hint.line)
    with pytest.raises(ComparisonError) as caught, Session(program="arize-nb").spelling():
        refuse()
    assert line.replace("%ax", "arize-nb") == caught.value.hint


@pytest.mark.parametrize("case", ONLY_PYTHON)
def test_what_no_command_has_names_the_call(case):
    """The hint of an analysis that only Python has gives the call."""
    refuse, call = ONLY_PYTHON[case]

    with pytest.raises(ComparisonError) as caught:
        refuse()
    assert call in caught.value.hint


@given(st.text(min_size=1))
def test_flags_survive_any_name(name):
    """A metric of any name is one word of the flag that says what passes, or which way is better."""
    for flag, choice in (
        ("--pass-when", next_steps.saying_passes(name)),
        ("--direction", next_steps.saying_direction(name)),
    ):
        assert isinstance(choice, Choice)
        given_flag, value = shlex.split(choice.line)
        assert (flag, name) == (given_flag, value.rpartition("=")[0])


def test_a_pass_that_was_hinted_at_makes_judge_and_people_comparable():
    """Saying what a pass of the judge is, as the hint asks, gives the agreement."""
    table = compared(GRADED, pass_when={"judge": 0.5}).agreement("judge", "people").table

    assert [0.5, 0.5, 0.5] == list(table["percent"])


def test_a_flag_that_was_hinted_at_works(tmp_path):
    """The flag of the gate's hint opens the gate."""
    for name in ("a", "b"):
        LABELLED.drop(columns=["x", "annotation.people.label"]).to_csv(tmp_path / f"{name}.csv", index=False)
    session = Session(program="arize-nb", quiet=True, notify=lambda _text: None)
    words = ["experiments", "compare", str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]

    comparison = run([*words, "--pass-when", "tone=warm"], session)
    try:
        comparison.check(max_regressions=0)
    except RegressionError as error:  # pragma: no cover - says what broke
        pytest.fail(str(error))
