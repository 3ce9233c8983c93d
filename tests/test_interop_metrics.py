"""Metrics of other tools as evaluators: recognised by shape, fields bound to columns, refused before the
first call.
"""

from __future__ import annotations

import asyncio
import inspect

import pytest

import arize_nb as ax
from arize_nb.errors import InputError
from arize_nb.harness.evaluators.evaluator import as_evaluators
from arize_nb.interop.metrics.adapted_metric import AdaptedMetric
from arize_nb.interop.metrics.adapting import adapted

EXAMPLES = [
    {"question": "2+2", "answer_key": "4", "topic": "sums"},
    {"question": "3+3", "answer_key": "7", "topic": "sums"},
]


def accuracy(y_true, y_pred):
    """A metric of scikit-learn's shape: arrays, what was expected first."""
    return sum(one == other for one, other in zip(y_true, y_pred, strict=True)) / len(y_true)


def exact(*, outputs, reference_outputs, **kwargs):
    """A metric of openevals' shape."""
    return {"key": "exact", "score": outputs == reference_outputs, "comment": "compared"}


async def exact_async(*, outputs, reference_outputs, inputs=None):
    """One of openevals' shape that is awaited."""
    return [
        {"key": "a", "score": outputs == reference_outputs},
        {"key": "b", "score": 0.5, "comment": str(inputs)},
    ]


class Score:
    """What autoevals returns."""

    def __init__(self, score, error=None, **metadata):
        self.score, self.error, self.metadata = score, error, metadata


Scorer = type("Scorer", (), {"__module__": "autoevals.score"})


class Factuality(Scorer):
    """A scorer of autoevals' shape, which says why, or fails."""

    def _name(self):
        return "Factuality"

    def _run_eval_sync(self, output, expected=None, **kwargs):
        return Score(None)

    async def eval_async(self, output, expected=None, **kwargs):
        if output == "boom":
            return Score(None, error=RuntimeError("no key"))
        score = None if output == "unsure" else float(output == expected)
        return Score(score, rationale="as told", choice="A")

    def __call__(self, output, expected=None, **kwargs):
        raise AssertionError("the asynchronous form goes first")


def judged(metric, output, row, **change):
    """Fit a metric to a row's columns and judge one output."""
    found = adapted(metric, **change)
    function = found.fitted(list(row))
    values = {"output": output, "dataset_row": row}
    result = function(**{name: values[name] for name in inspect.signature(function).parameters})
    return asyncio.run(result) if inspect.isawaitable(result) else result


class TestShapes:
    """Whose a metric is, and what it says of a run."""

    def test_sklearn(self):
        """What was expected comes first, as arrays of one."""
        assert {"score": 1.0} == judged(accuracy, "4", {"expected": "4"})
        assert {"score": 0.0} == judged(accuracy, "5", {"expected": "4"})

    def test_openevals(self):
        """A truth value is a verdict; the comment is the explanation."""
        assert {"score": 1.0, "label": "pass", "explanation": "compared"} == judged(
            exact, "4", {"reference": "4"}
        )

    def test_metadata(self):
        """What a library says besides is kept, but for what JSON cannot hold; alone it is no evaluation."""

        def half(*, outputs, reference_outputs):
            facts = {"model": "m", "parts": [1, 2], "client": object(), "nan": float("nan"), "none": None}
            score = 0.5 if outputs == reference_outputs else None
            return {"key": "half", "score": score, "metadata": facts}

        expected = {"score": 0.5, "metadata": {"model": "m", "parts": [1, 2]}}
        assert expected == judged(half, "4", {"expected": "4"})
        assert {} == judged(half, "5", {"expected": "4"})

    def test_several(self):
        """A list is several metrics by their keys."""
        result = judged(exact_async, "4", {"expected": "5", "question": "2+2"})

        assert {"a": {"score": 0.0, "label": "fail"}, "b": {"score": 0.5, "explanation": "2+2"}} == result

    def test_autoevals(self):
        """The rationale is the explanation, other facts metadata; no score is unscored; an error is one."""
        row = {"expected": "4"}

        expected = {"score": 1.0, "explanation": "as told", "metadata": {"choice": "A"}}
        assert expected == judged(Factuality(), "4", row)
        assert judged(Factuality(), "unsure", row) is None
        with pytest.raises(RuntimeError, match="no key"):
            judged(Factuality(), "boom", row)

    def test_class(self):
        """A class in place of an object of it is refused."""
        with pytest.raises(InputError, match=r"Factuality is a class of autoevals.*Make one: Factuality\(\)"):
            adapted(Factuality)

    @pytest.mark.parametrize(
        "function", [lambda output: 1, lambda output, expected: 1, len, str.upper, print, 5, "exact", None]
    )
    def test_our_own(self, function):
        """Functions of our own shape, and what is no metric, are nobody's."""
        assert adapted(function) is None


class TestFields:
    """Where the fields come from."""

    def test_missing(self):
        """A field that no column holds is named, with the way to say it."""
        with pytest.raises(
            InputError,
            match=r"'accuracy' needs 'y_true', which no column holds.*map=\{'y_true': \"COLUMN\"\}",
        ):
            adapted(accuracy).fitted(["question", "answer_key"])

    def test_map(self):
        """`map=` says the column."""
        assert {"score": 1.0} == judged(accuracy, "4", {"answer_key": "4"}, map={"y_true": "answer_key"})

    def test_map_to_nothing(self):
        """A column of `map=` that is not there is named."""
        with pytest.raises(InputError, match="names no column"):
            adapted(accuracy, map={"y_true": "key"}).fitted(["question"])

    def test_own_name_first(self):
        """A column of the field's own name goes before its likes."""
        assert {"score": 1.0} == judged(accuracy, "4", {"expected": "5", "y_true": "4"})

    def test_context(self):
        """A field of a context takes the column of any name that tools give to one."""
        metric = AdaptedMetric(
            name="n", tool="t", required=("retrieval_context", "actual_output"), call=lambda fields: fields
        )

        function = metric.fitted(["contexts", "question"])

        assert {"retrieval_context": ["a"], "actual_output": "x"} == function(
            output="x", dataset_row={"contexts": ["a"], "question": "q"}
        )


class TestRuns:
    """`evaluators=[…]` of a run."""

    def test_run(self, client):
        """Metrics of several tools judge a run beside a function of one's own; several metrics of one keep
        its names.
        """
        dataset = client.datasets.create(name="metrics", examples=EXAMPLES)
        evaluators = [
            ax.evaluator(accuracy, map={"y_true": "answer_key"}),
            ax.evaluator(Factuality(), map={"expected": "answer_key"}),
            ax.evaluator(exact, name="same", map={"reference_outputs": "answer_key"}),
            lambda output, answer_key: output == answer_key,
        ]
        task = {"2+2": "4", "3+3": "6"}

        result = client.experiments.run(
            name="r",
            dataset=dataset,
            task=lambda question: task[question],
            evaluators=evaluators,
            progress=False,
        )

        frame = result.frame
        assert [1.0, 0.0] == frame["eval.accuracy.score"].tolist()
        assert [1.0, 0.0] == frame["eval.Factuality.score"].tolist()
        assert ["as told", "as told"] == frame["eval.Factuality.explanation"].tolist()
        assert ["A", "A"] == frame["eval.Factuality.metadata.choice"].tolist()
        assert ["pass", "fail"] == frame["eval.same.label"].tolist()
        assert [1.0, 0.0] == frame["eval.lambda.score"].tolist()

    def test_refused_before_the_first_call(self, client):
        """A metric whose field no column holds costs no call."""
        dataset = client.datasets.create(name="none", examples=EXAMPLES)
        called = []

        with pytest.raises(InputError, match="needs 'reference_outputs'"):
            client.experiments.run(
                name="r",
                dataset=dataset,
                task=lambda question: called.append(question),
                evaluators=[exact],
                progress=False,
            )

        assert [] == called

    def test_named(self):
        """A mapping names them; two of one name are refused."""
        assert ["first", "exact"] == [
            one.name for one in (*as_evaluators({"first": accuracy}), *as_evaluators(exact))
        ]
        with pytest.raises(InputError, match="two evaluators are named"):
            as_evaluators([exact, exact])

    def test_map_of_a_function(self):
        """`map=` for a function of one's own is refused: its parameters are named like the columns."""
        with pytest.raises(InputError, match="map= is for metrics of other tools"):
            ax.evaluator(lambda output: 1, map={"a": "b"})
