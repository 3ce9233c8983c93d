"""Tasks: what their parameters receive, and which are refused before anything is called."""

from __future__ import annotations

import functools

import pytest

from arize_nb.errors import InputError
from arize_nb.harness.evaluators.evaluator import evaluator
from arize_nb.harness.functions.example_view import ExampleView, check_columns, example_ids
from arize_nb.harness.functions.task import as_task

EXAMPLE = {"id": "e1", "question": "2+2", "answer": "4", "metadata": {"lang": "en"}, "tags": ["a"]}


def called(function, example=EXAMPLE):
    """Call a function as the harness does."""
    binding = as_task(function).fitted(example).binding
    args, kwargs = binding.arguments(ExampleView(example).values)
    return function(*args, **kwargs)


class TestBinding:
    def test_one_parameter_of_any_name_is_the_example(self):
        """A single free parameter receives the whole example as a dict."""
        assert called(lambda row: row) == EXAMPLE

    def test_known_names_receive_their_part(self):
        """input, output (the example's own), metadata and dataset_row are bound by name."""

        def task(dataset_row, metadata, output, input):
            return dataset_row["id"], metadata, output, input

        assert called(task) == ("e1", {"lang": "en"}, "4", "2+2")

    @pytest.mark.parametrize(
        "task",
        [
            lambda input: input,
            functools.partial(lambda prefix, input: input, "p"),
            type("Bot", (), {"__call__": lambda self, input: input})(),
        ],
        ids=["lambda", "partial", "object"],
    )
    def test_any_callable_will_do(self, task):
        """Lambdas, partials and objects with __call__ are bound alike."""
        assert called(task) == "2+2"

    def test_defaults_are_left_alone(self):
        """A parameter with a default that nothing provides keeps it."""
        assert called(lambda row, temperature=0.5: (row["id"], temperature)) == ("e1", 0.5)

    def test_columns_are_received_by_name(self):
        """A parameter named like a column receives its value, alone, with others, by position only and by
        keyword only.
        """

        def by_kind(tags, /, question, *, answer):
            return tags, question, answer

        assert called(lambda question: question) == "2+2"
        assert called(by_kind) == (["a"], "2+2", "4")
        assert called(lambda question, dataset_row, id: (question, dataset_row["id"], id)) == (
            "2+2",
            "e1",
            "e1",
        )

    def test_reserved_names_outweigh_columns(self):
        """`metadata`, `output` and `repetition` mean what they always mean, also where a column has that
        name.
        """
        example = {"id": "e1", "question": "q", "expected": "first", "output": "last", "repetition": "column"}

        assert called(lambda output, repetition: (output, repetition), example) == ("first", 1)

    def test_defaults_outweigh_columns(self):
        """A setting with a default is not replaced by a column that happens to have its name."""
        assert called(lambda question, answer="mine": (question, answer)) == ("2+2", "mine")

    def test_a_column_that_an_example_lacks_is_none(self):
        """Where an example has no value in a column that others have, the parameter is None."""
        binding = (
            as_task(lambda question, context: (question, context))
            .fitted({"id", "question", "context"})
            .binding
        )
        args, kwargs = binding.arguments(ExampleView({"id": "e2", "question": "q"}).values)

        assert binding.function(*args, **kwargs) == ("q", None)

    def test_what_a_task_changes_in_a_column_stays_its_own(self):
        """Each call receives its own copy of a column too."""

        def spoil(tags):
            tags.append("b")
            return tags

        assert [called(spoil), called(spoil)] == [["a", "b"], ["a", "b"]]

    @pytest.mark.parametrize(
        ("task", "words"),
        [
            (
                lambda question, model: None,
                r"asks for 'model', which nothing.*Columns are answer, id, metadata, question, tags\. ",
            ),
            (lambda qestion, id: None, r"asks for 'qestion'.*Did you mean 'question'\?"),
            (lambda row, input: None, r"asks for 'row'.*input, output, metadata, dataset_row, repetition"),
        ],
        ids=["unknown", "near", "row and another"],
    )
    def test_unknown_required_parameters_are_refused_by_name(self, task, words):
        """Several parameters of which one is unknown are an error that names it, the columns there are, and
        what is near.
        """
        with pytest.raises(InputError, match=words):
            as_task(task).fitted(EXAMPLE)

    def test_no_parameter_and_no_function_are_refused(self):
        """A function without parameters, and something that is no function, are errors."""
        with pytest.raises(InputError, match="takes no argument"):
            as_task(lambda: 1)
        with pytest.raises(InputError, match="cannot be called"):
            as_task("answer")

    def test_what_a_task_changes_does_not_reach_the_next_call(self):
        """Each call receives its own copy of the example, nested values too."""

        def spoil(row):
            row["tags"].append("b")
            return row["tags"]

        assert [called(spoil), called(spoil)] == [["a", "b"], ["a", "b"]]

    def test_input_that_no_example_has_is_refused(self):
        """Asking for `input` where no column holds one names the columns there are."""
        with pytest.raises(InputError, match=r"asks for `input`.*Columns are id, text"):
            check_columns({"input"}, {"id", "text"}, "task 'f'")

    @pytest.mark.parametrize(
        ("examples", "word"),
        [([], "no examples"), ([{"a": 1}], "has no `id`"), ([{"id": "1"}, {"id": "1"}], "appear twice")],
    )
    def test_examples_without_distinct_ids_are_refused(self, examples, word):
        """Ids are what resuming hangs on."""
        with pytest.raises(InputError, match=word):
            example_ids(examples, "faq")


def logged(function):
    def inner(*args, **kwargs):
        return function(*args, **kwargs)

    return inner


def kept(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs)

    return inner


class Bot:
    def __call__(self, question):
        return question

    def answer(self, question):
        return question


class TestFoundBeforeTheFirstCall:
    def test_kwargs_receive_every_column(self):
        """`**kwargs` of a task receives each column; parameters beside it keep theirs."""
        assert called(lambda **row: row) == EXAMPLE
        assert called(lambda question, **row: (question, sorted(row))) == (
            "2+2",
            ["answer", "id", "metadata", "tags"],
        )
        assert called(
            lambda row, model="m", **more: (row["id"], model, len(more)), {**EXAMPLE, "model": "x"}
        ) == ("e1", "m", 5)

    def test_kwargs_of_an_evaluator_receive_the_output_too(self):
        """`**kwargs` of an evaluator receives each column, the output and what is expected."""
        judge = evaluator(lambda **given: given).fitted(EXAMPLE)
        args, kwargs = judge.binding.arguments({**ExampleView(EXAMPLE).values, "output": lambda: "o"})

        assert ((), {**EXAMPLE, "output": "o", "expected": "4"}) == (args, kwargs)

    def test_a_decorator_without_wraps_is_refused(self):
        """A wrapper that hides the parameters is refused with the way to keep them; one with
        `functools.wraps` is looked through.
        """

        def answer(question):
            return question

        with pytest.raises(
            InputError,
            match=r"task 'inner' takes \(\*args, \*\*kwargs\), which hides the parameters of 'answer'.*wraps",
        ):
            as_task(logged(answer))
        assert called(kept(answer)) == "2+2"

    @pytest.mark.parametrize(
        ("task", "columns", "says"),
        [
            (
                lambda question: 1,
                {"id", "Question"},
                r"asks for 'question', and the dataset has a column 'Question'.*receives the whole",
            ),
            (
                lambda user_question: 1,
                {"id", "User Question"},
                r"column 'User Question'\. Take `dataset_row`",
            ),
            (lambda qestion: 1, {"id", "question"}, "column 'question'"),
            (Bot, {"id", "question"}, r"is the class Bot, not an object of it\. Make one: Bot\(…\)"),
            (Bot.answer, {"id", "question"}, r"asks for 'self'.*Take it from an object"),
        ],
        ids=["case", "blanks", "slip", "class", "method"],
    )
    def test_near_misses_are_refused(self, task, columns, says):
        """A column of nearly that name, a class in place of an object, an argument that nothing gives: told
        before anything is called.
        """
        with pytest.raises(InputError, match=says):
            as_task(task).fitted(columns)

    @pytest.mark.parametrize("name", ["row", "x", "example", "data", "item", "text"])
    def test_a_parameter_of_any_other_name_is_still_the_example(self, name):
        """Names that are no column's stay free."""
        assert called(eval(f"lambda {name}: {name}['id']")) == "e1"
