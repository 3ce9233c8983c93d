"""What users' functions return, raise and change that nobody expects: a row of the run, never a hang, never
junk for an output.
"""

from __future__ import annotations

import contextvars
import enum
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from arize_nb import progress
from arize_nb.harness import Evaluation
from arize_nb.harness.engine.execute import MemoryStore, execute, plan
from arize_nb.harness.engine.retry_policy import is_transient, retry_after_s
from arize_nb.harness.engine.settings import checked
from arize_nb.harness.evaluators.builtin import exact_match, json_valid
from arize_nb.harness.evaluators.evaluator import as_evaluators, normalise
from arize_nb.harness.functions.task import as_task


def run(task, count, *, evaluators=(), **settings):
    """Run a task over numbered examples; return records by key, and what happened."""
    store, examples = MemoryStore(), [{"id": str(index)} for index in range(count)]
    with progress.bar("x", count, quiet=True) as bar:
        items = plan(examples, as_evaluators(evaluators), 1)
        happened = execute(
            items, count, task=as_task(task), settings=checked(**settings), store=store, bar=bar
        )
    return {record.key: record for record in store.records()}, happened


def errors(records):
    """Return the types of failures, None for runs that worked, in order of ids."""
    return [record.failure and record.failure.error_type for _, record in sorted(records.items())]


def numbers():
    """Count, as a model's stream does."""
    yield 1


async def tokens():
    """Count, as an asynchronous stream does."""
    yield "a"


class TestOutputs:
    @pytest.mark.parametrize(
        "value",
        [
            numbers(),
            tokens(),
            iter("ab"),
            map(str, [1]),
            object(),
            len,
            numbers,
            int,
            float("nan"),
            np.float64("nan"),
            pd.NA,
            pd.NaT,
            None,
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_what_is_no_output_is_an_error(self, value):
        """An iterator nobody read, an object whose text is an address, a function, and nothing at all are
        errors, not text.
        """
        records, happened = run(lambda row: value, count=1)

        assert errors(records) == ["TypeError"]
        assert (records["0", 1].output, happened.tally.retries) == (None, 0)

    def test_a_number_too_long_to_write_down_is_an_error(self, client, unique_name):
        """A number of five thousand digits is an error of its run, and the run ends, is kept and uploaded."""
        dataset = client.datasets.create(
            name=unique_name("long"), examples=[{"question": str(index)} for index in range(3)]
        )

        result = client.experiments.run(
            name="long",
            dataset=dataset,
            task=lambda input: 10**5000 if input == "1" else 2**70,
            progress=False,
        )

        assert result.counts == {"planned": 3, "completed": 2, "failed": 1, "left": 0, "unscored": 0}
        assert sorted(client.experiments.runs(result.experiment)["output"].dropna()) == [str(2**70)] * 2

    def test_a_form_that_fails_is_not_tried_again(self):
        """The call worked and may have been paid for: an output that cannot be written down is an error at
        once.
        """
        calls = []

        class Broken:
            def model_dump(self):
                raise ConnectionError("lazy loading failed")

        records, happened = run(lambda row: calls.append(row) or Broken(), count=1, retries=3)

        assert (errors(records), len(calls), happened.tally.retries) == (["ConnectionError"], 1, 0)

    def test_evaluators_cannot_change_the_output(self):
        """What one evaluator does to the output reaches neither the next evaluator nor what is kept."""

        def spoil(output):
            output.pop("why")
            return True

        def look(output):
            return sorted(output)[-1]

        records, _ = run(lambda row: {"answer": 1, "why": []}, count=1, evaluators=[spoil, look])

        assert records["0", 1].output == {"answer": 1, "why": []}
        assert records["0", 1].evaluations["look"].evaluations["look"].label == "why"


class SilentError(Exception):
    """An exception whose text cannot be made."""

    def __str__(self):
        raise KeyboardInterrupt("in __str__")

    __repr__ = __str__


class LazyError(Exception):
    """An exception whose properties raise, as those of clients do that were closed."""

    @property
    def status_code(self):
        raise RuntimeError("closed")

    response = headers = retry_after = status_code


class AnswerError(Exception):
    """An exception with headers."""

    def __init__(self, **headers):
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class TestErrors:
    @pytest.mark.parametrize(
        "error",
        [
            SilentError(),
            LazyError(),
            AnswerError(Retry_After="Wed, 99 Oct 2026 99:99:99 GMT"),
            GeneratorExit(),
            KeyboardInterrupt(),
        ],
    )
    @pytest.mark.parametrize("asynchronous", [False, True], ids=["def", "async"])
    def test_odd_exceptions_are_rows(self, error, asynchronous):
        """An exception that cannot be read is the error of its run, at once, under its own name; a thread or
        the run never dies of it.
        """

        def fail(row):
            raise error

        async def fail_async(row):
            raise error

        records, happened = run(fail_async if asynchronous else fail, count=3, retries=0, timeout_s=None)

        assert errors(records) == [type(error).__name__] * 3
        assert happened.tally.abandoned == 0

    @pytest.mark.parametrize("text", ["Wed, 99 Oct 2026 99:99:99 GMT", "nan", b"\xff", ["3"], object()])
    def test_a_retry_after_that_cannot_be_read_is_none(self, text):
        """A broken header asks for nothing, and is no reason to fail otherwise."""
        error = AnswerError(Retry_After=text)

        assert (retry_after_s(error), is_transient(error, (AnswerError,))) == (None, True)


class TestBound:
    def test_positional_only_parameters_receive_their_part(self):
        """`def f(input, /)` gets the input, not the row, and `def f(input, metadata, /)` both."""
        one = as_task(eval("lambda input, /: input")).binding
        two = as_task(eval("lambda input, metadata, /, output=None: input")).binding

        assert (one.positional, one.named) == (("input",), ())
        assert (two.positional, two.named) == (("input", "metadata"), (("output", "expected"),))

    def test_a_def_sees_the_context_of_the_cell(self):
        """A context variable set before the run is seen by a `def` as by an `async def`, and what a task sets
        stays its own.
        """
        variable = contextvars.ContextVar("variable", default="unset")
        token = variable.set("of the cell")

        def look(row):
            found = variable.get()
            variable.set("of a task")
            return found

        async def look_async(row):
            return look(row)

        try:
            found = [
                {record.output for record in run(task, count=4, concurrency=1)[0].values()}
                for task in (look, look_async)
            ]
        finally:
            variable.reset(token)

        assert found == [{"of the cell"}, {"of the cell"}]


class Verdict(enum.StrEnum):
    """Labels as models' structured outputs have them."""

    GOOD = "good"


class Level(enum.Enum):
    """Scores by name."""

    HIGH = 3


class TestVerdicts:
    @pytest.mark.parametrize(
        ("value", "score", "label"),
        [
            (Decimal("0.5"), 0.5, None),
            (Fraction(1, 4), 0.25, None),
            (np.array(0.5), 0.5, None),
            (np.bool_(True), 1.0, "True"),
            (Level.HIGH, 3.0, None),
            (Verdict.GOOD, None, "good"),
            ((Verdict.GOOD, 1), 1.0, "good"),
            ({"label": Level.HIGH}, None, "3"),
        ],
    )
    def test_numbers_and_members_of_other_kinds(self, value, score, label):
        """Decimals, fractions, 0-d arrays and enum members count by their value, and labels are
        plain text.
        """
        made = normalise(value, "e")["e"]

        assert (score, label) == (made.score, made.label)
        assert made.label is None or type(made.label) is str

    def test_a_tuple_of_evaluations_is_several_metrics(self):
        """Named evaluations may come as a list or a tuple."""
        first, second = Evaluation(score=1, name="a"), Evaluation(label="x", name="b")

        assert set(normalise((first, second), "e")) == {"a", "b"}

    @pytest.mark.parametrize("name", ['a"b', "a\\b", " a", ""])
    def test_names_of_metrics_are_checked(self, name):
        """A metric that the service would refuse is an error of its evaluator, not of the whole upload."""
        with pytest.raises(ValueError, match="cannot name a metric"):
            normalise({name: 1, "other": 1}, "e")

    def test_metadata_that_is_no_mapping_is_named(self):
        """The error says what is wrong with the metadata."""
        with pytest.raises(TypeError, match="metadata of an evaluation is a str"):
            normalise({"score": 1, "metadata": "text"}, "e")

    @pytest.mark.parametrize(
        ("output", "expected", "label"),
        [
            ({"b": 1, "a": [2]}, '{"a": [2], "b": 1}', "True"),
            ('{"b":1,"a":[2]}', '{"a": [2], "b": 1}', "True"),
            ({"a": 1}, '{"a": 2}', "False"),
            ("[1, 2]", [1, 2], "True"),
            ("[2, 1]", [1, 2], "False"),
            ("{not json", "{not JSON", "True"),
        ],
    )
    def test_json_matches_by_value(self, output, expected, label):
        """An exact match of JSON does not depend on the order of keys, whether it comes as text or as a
        structure.
        """
        assert label == exact_match().function(output, expected).label

    @pytest.mark.parametrize("text", ["NaN", "[Infinity]"])
    def test_nan_is_not_json(self, text):
        """Python reads NaN, JSON does not have it."""
        assert json_valid().function(text).label == "False"
