"""Results of evaluators: every shape of the common libraries gives all its metrics; nothing is made of what
says nothing.
"""

from __future__ import annotations

import dataclasses
import enum
import math
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from harness_runs import run
from hypothesis import given
from hypothesis import strategies as st

from arize_nb.harness import Evaluation
from arize_nb.harness.evaluators.evaluator_results import normalise, note_result
from arize_nb.harness.records.run_record import EvaluatorRecord
from arize_nb.harness.records.run_rows import evaluator_cells


@dataclasses.dataclass
class AutoevalsScore:
    """As autoevals and Braintrust have it."""

    name: str
    score: float | None = None
    metadata: dict[str, Any] = dataclasses.field(default_factory=dict)
    error: Exception | None = None


@dataclasses.dataclass(frozen=True)
class PhoenixScore:
    """As arize-phoenix-evals has it."""

    name: str | None = None
    score: float | None = None
    label: str | None = None
    explanation: str | None = None
    metadata: dict[str, Any] = dataclasses.field(default_factory=dict)
    kind: str = "code"
    direction: str = "maximize"


@dataclasses.dataclass
class Feedback:
    """As MLflow has it."""

    name: str = "feedback"
    value: Any = None
    rationale: str | None = None
    error: Any = None
    metadata: dict[str, str] | None = None


@dataclasses.dataclass
class EvaluationReason:
    """As pydantic-evals has it."""

    value: bool | float | str
    reason: str | None = None


class MetricResult:
    """As ragas has it: properties, and a text of its own."""

    def __init__(self, value, reason=None):
        self._value, self.reason, self.traces = value, reason, None

    @property
    def value(self):
        return self._value

    def __repr__(self):
        return str(self._value)


class Verdict(enum.Enum):
    GOOD = "good"


def said(value, name="e"):
    """Read a result as (score, label, explanation) by metric."""
    return {
        metric: (made.score, made.label, made.explanation) for metric, made in normalise(value, name).items()
    }


SHAPES = {
    "a list of mappings": (
        [{"name": "precision", "score": 1}, {"name": "recall", "score": 0}],
        {"precision": (1, None, None), "recall": (0, None, None)},
    ),
    "a list of one mapping": ([{"name": "precision", "score": 1}], {"precision": (1, None, None)}),
    "a list of three, with labels": (
        [
            {"name": "a", "score": 1},
            {"name": "b", "label": "x", "explanation": "why"},
            {"name": "c", "score": 0.5},
        ],
        {"a": (1, None, None), "b": (None, "x", "why"), "c": (0.5, None, None)},
    ),
    "a tuple of evaluations": (
        (Evaluation(name="a", score=1), Evaluation(name="b", score=0)),
        {"a": (1, None, None), "b": (0, None, None)},
    ),
    "autoevals": (AutoevalsScore("Levenshtein", 0.5), {"Levenshtein": (0.5, None, None)}),
    "autoevals with a rationale": (
        AutoevalsScore("Factuality", 1, {"rationale": "same facts", "choice": "C"}),
        {"Factuality": (1, None, "same facts")},
    ),
    "Phoenix": (
        [PhoenixScore("p", 1.0), PhoenixScore("r", 0.0, "low", "why")],
        {"p": (1, None, None), "r": (0, "low", "why")},
    ),
    "a dict of openevals": (
        {"key": "correctness", "score": True, "comment": "right", "metadata": None},
        {"correctness": (1, None, "right")},
    ),
    "dicts of openevals": (
        [{"key": "a", "score": 0.5, "comment": None}, {"key": "b", "score": False}],
        {"a": (0.5, None, None), "b": (0, None, None)},
    ),
    "a dict of LangSmith": (
        {"key": "tone", "value": "polite", "comment": "kind"},
        {"tone": (None, "polite", "kind")},
    ),
    "results of LangSmith": (
        {"results": [{"key": "a", "score": 1}, {"key": "b", "score": 0}]},
        {"a": (1, None, None), "b": (0, None, None)},
    ),
    "a result object of LangSmith": (
        SimpleNamespace(key="k", score=0.5, value=None, comment="c", correction=None, evaluator_info={}),
        {"k": (0.5, None, "c")},
    ),
    "MLflow, yes or no": (Feedback("safe", "yes", "no harm"), {"safe": (None, "yes", "no harm")}),
    "MLflow, a boolean": (Feedback("safe", True), {"safe": (1, "True", None)}),
    "MLflow, a list": (
        [Feedback("a", 0.5), Feedback("b", 3)],
        {"a": (0.5, None, None), "b": (3, None, None)},
    ),
    "pydantic-evals": (EvaluationReason(True, "ok"), {"e": (1, "True", "ok")}),
    "a mapping of pydantic-evals": (
        {"a": EvaluationReason(0.5, "half"), "b": "x", "c": True},
        {"a": (0.5, None, "half"), "b": (None, "x", None), "c": (1, "True", None)},
    ),
    "ragas, a number": (MetricResult(0.25, "few"), {"e": (0.25, None, "few")}),
    "ragas, a text": (MetricResult("pass"), {"e": (None, "pass", None)}),
    "a mapping with a reason": ({"score": 0.5, "reason": "half"}, {"e": (0.5, None, "half")}),
    "a mapping of metrics": (
        {"fluent": 0.5, "correct": (True, "why")},
        {"fluent": (0.5, None, None), "correct": (1, "True", "why")},
    ),
    "a mapping of mappings": (
        {"a": {"score": 1, "label": "x"}, "b": {"score": 0}},
        {"a": (1, "x", None), "b": (0, None, None)},
    ),
    "metrics called by usual words": (
        {"score": 1, "confidence": 0.5},
        {"score": (1, None, None), "confidence": (0.5, None, None)},
    ),
    "(score, label, explanation)": ((0.5, "half", "why"), {"e": (0.5, "half", "why")}),
    "a score as text": ({"score": "0.5"}, {"e": (0.5, None, None)}),
    "a decimal": (Decimal("0.5"), {"e": (0.5, None, None)}),
    "an enum member": (Verdict.GOOD, {"e": (None, "good", None)}),
    "a label that is an enum member": ({"label": Verdict.GOOD}, {"e": (None, "good", None)}),
    "a label that is a whole number": ({"label": 3}, {"e": (None, "3", None)}),
    "a metric named by a model": ({"tone \ud83d\0": 1.0}, {"tone ?": (1, None, None)}),
}


@pytest.mark.parametrize("what", SHAPES)
def test_every_shape_gives_all_its_metrics(what):
    """Named mappings, lists of them, and the results of the common libraries: each metric with what was said
    of it.
    """
    value, expected = SHAPES[what]

    assert expected == said(value)


NOTHING = {
    "a list of booleans": ([True, False], TypeError),
    "a list of numbers": ([0.1, 0.9], TypeError),
    "a list of texts": (["good", "why"], TypeError),
    "a tuple of numbers": ((0.1, 0.9), TypeError),
    "a tuple of three numbers": ((0.1, 0.9, 0.5), TypeError),
    "a tuple of booleans": ((True, False), TypeError),
    "a tuple of four": ((1, 2, 3, 4), TypeError),
    "a score with a dict": ((0.5, {"why": 1}), TypeError),
    "evaluations without names": ([{"score": 1}, {"score": 0}], ValueError),
    "one name twice": ([{"name": "a", "score": 1}, {"name": "a", "score": 0}], ValueError),
    "an explanation that is no text": ({"score": 1, "explanation": {"a": 1}}, TypeError),
    "a label that is no text": ({"label": ["a"]}, TypeError),
    "a frame": (pd.DataFrame([{"label": "correct", "score": 1}]), TypeError),
    "a series": (pd.Series({"label": "correct"}), TypeError),
    "an array": (np.array([0.1, 0.9]), TypeError),
    "an object": (object(), TypeError),
    "a function": (len, TypeError),
    "bytes": (b"good", TypeError),
    "an empty list": ([], ValueError),
    "an empty mapping": ({}, ValueError),
    "nothing": (None, ValueError),
    "nan": (math.nan, ValueError),
    "an infinite score": (math.inf, ValueError),
    "an empty label": ("", ValueError),
    "a label NA": ("N/A", ValueError),
    "pandas' NA": (pd.NA, ValueError),
    "a label nan alone": ({"label": math.nan}, ValueError),
    "a score that is a word": ({"score": "high"}, ValueError),
    "autoevals without a score": (AutoevalsScore("a", None), ValueError),
    "autoevals that failed": (AutoevalsScore("a", None, {}, RuntimeError("no key")), ValueError),
    "MLflow that failed": (Feedback("a", None, None, SimpleNamespace(error_message="no key")), ValueError),
}


@pytest.mark.parametrize("what", NOTHING)
def test_what_says_nothing_is_no_score_and_no_label(what):
    """Numbers without names, text of unknown things, NaN and empty labels: an error, never a score, a label
    or an explanation.
    """
    value, error = NOTHING[what]
    with pytest.raises(error):
        normalise(value, "e")


async def unawaited():
    return 1.0


@pytest.mark.filterwarnings("error")
def test_a_coroutine_is_no_result():
    """A forgotten `await` in an evaluator says so."""
    with pytest.raises(TypeError, match=r"a coroutine \(unawaited\) that nobody awaited"):
        normalise(unawaited(), "e")


@pytest.mark.parametrize(
    ("value", "good", "bad"),
    [
        ({"a": math.nan, "b": 1.0}, {"b"}, {"a": "unscored"}),
        (
            {"a": None, "b": pd.NA, "c": "", "d": True},
            {"d"},
            {"a": "unscored", "b": "unscored", "c": "unscored"},
        ),
        ({"a": object(), "b": 1.0}, {"b"}, {"a": "returned object"}),
        ({'a"b': 1.0, "b": 1.0}, {"b"}, {"ab": "cannot name a metric"}),
        ({"x" * 10_000: 1.0, "b": 1.0}, {"b"}, {"x" * 255: "10,000 characters"}),
        ([AutoevalsScore("a", None), AutoevalsScore("b", 1)], {"b"}, {"a": "unscored"}),
        ({"label": math.nan, "explanation": "no verdict found"}, {"e"}, {"e": "unscored: its label is nan"}),
        ({"score": math.nan, "reason": "no verdict found"}, {"e"}, {"e": "unscored: its score is nan"}),
    ],
)
def test_one_bad_metric_does_not_lose_the_others(value, good, bad):
    """The others are kept; the bad one has an error under its own name, and the run counts as unscored."""
    made = EvaluatorRecord()
    note_result(made, value, "e")
    cells = evaluator_cells("e", made)

    assert (good, set(bad)) == (set(made.evaluations), set(made.failures))
    assert all(text in made.failures[metric].message for metric, text in bad.items())
    assert set(bad) == {column[5:-6] for column in cells if column.endswith(".error")}
    assert made.failure is not None


def test_a_run_shows_both():
    """In a run: the good metric is scored, the bad one has its error, and the counts say so once."""
    records, _ = run(lambda question: "x", 2, evaluators={"e": lambda output: {"a": math.nan, "b": 1.0}})
    made = records[("0", 1)].evaluations["e"]

    assert ({"b"}, {"a"}) == (set(made.evaluations), set(made.failures))
    assert made.failure.message == "metric 'a': unscored: the evaluator returned nan"


def test_a_metric_that_always_fails_beside_one_that_works_stops_nothing():
    """The evaluator does give something: it is no wrong key."""
    records, _ = run(lambda question: "x", 12, evaluators={"e": lambda output: {"a": math.nan, "b": 1.0}})

    assert [1.0] * 12 == [record.evaluations["e"].evaluations["b"].score for record in records.values()]


WORDS = st.text(max_size=6) | st.sampled_from(
    ["name", "score", "label", "explanation", "value", "key", "comment", "metadata", "results"]
)
SIMPLE = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=4)
    | st.sampled_from(
        [
            pd.NA,
            pd.NaT,
            np.float32("nan"),
            Verdict.GOOD,
            object(),
            len,
            Evaluation(score=1),
            Evaluation(name="n", label="l"),
            PhoenixScore("p", 1),
        ]
    )
)
RESULTS = st.recursive(
    SIMPLE,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(WORDS, inner, max_size=4)
        | st.tuples(inner, inner)
        | st.tuples(inner, inner, inner)
    ),
    max_leaves=8,
)


@given(value=RESULTS)
def test_any_result_is_evaluations_or_a_failure(value):
    """Whatever is returned: finite scores, labels that say something, explanations that are text; else a
    failure, never an exception.
    """
    made = EvaluatorRecord()
    note_result(made, value, "e")

    assert made.evaluations or made.failure is not None
    for metric, evaluation in made.evaluations.items():
        assert metric.encode()
        assert evaluation.score is None or math.isfinite(evaluation.score)
        assert evaluation.label is None or evaluation.label.strip() not in ("", "nan", "<NA>", "None")
        assert {evaluation.score, evaluation.label, evaluation.explanation} != {None}
        assert _is_told(evaluation.explanation, value)


def _is_told(text, value):
    """Whether a text is one that the evaluator gave."""
    if text is None or isinstance(value, str):
        return text is None or text == value.encode(errors="replace").decode()
    if isinstance(value, dict):
        return any(_is_told(text, item) for item in value.values())
    return isinstance(value, list | tuple) and any(_is_told(text, item) for item in value)
