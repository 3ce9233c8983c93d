"""Tasks: how they are bound, what they report, when their fingerprint changes, what their outputs become."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import functools

import numpy as np
import pytest

from arize_nb.errors import InputError
from arize_nb.harness.examples import ExampleView, check_columns, example_ids
from arize_nb.harness.fingerprint import fingerprint
from arize_nb.harness.judge import llm_judge
from arize_nb.harness.outcomes import Failure
from arize_nb.harness.task import as_task, listen, report
from arize_nb.harness.values import jsonable, to_text

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
        """A parameter named like a column receives its value, alone, with others, by position only and by keyword only."""

        def by_kind(tags, /, question, *, answer):
            return tags, question, answer

        assert called(lambda question: question) == "2+2"
        assert called(by_kind) == (["a"], "2+2", "4")
        assert called(lambda question, dataset_row, id: (question, dataset_row["id"], id)) == ("2+2", "e1", "e1")

    def test_reserved_names_outweigh_columns(self):
        """`metadata`, `output` and `repetition` mean what they always mean, also where a column has that name."""
        example = {"id": "e1", "question": "q", "expected": "first", "output": "last", "repetition": "column"}

        assert called(lambda output, repetition: (output, repetition), example) == ("first", 1)

    def test_defaults_outweigh_columns(self):
        """A setting with a default is not replaced by a column that happens to have its name."""
        assert called(lambda question, answer="mine": (question, answer)) == ("2+2", "mine")

    def test_a_column_that_an_example_lacks_is_none(self):
        """Where an example has no value in a column that others have, the parameter is None."""
        binding = as_task(lambda question, context: (question, context)).fitted({"id", "question", "context"}).binding
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
            (lambda question, model: None, r"asks for 'model', which nothing.*Columns are answer, id, metadata, question, tags\. "),
            (lambda qestion, id: None, r"asks for 'qestion'.*Did you mean 'question'\?"),
            (lambda row, input: None, r"asks for 'row'.*input, output, metadata, dataset_row, repetition"),
        ],
        ids=["unknown", "near", "row and another"],
    )
    def test_unknown_required_parameters_are_refused_by_name(self, task, words):
        """Several parameters of which one is unknown are an error that names it, the columns there are, and what is near."""
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


PROMPT = "Answer: {q}"
CALLS = 0


def _helper(text):
    return text.upper()


def _task(row):
    global CALLS
    CALLS += 1
    return _helper(PROMPT.format(q=row["question"]))


class TestFingerprint:
    def test_comments_and_places_do_not_matter(self):
        """The same code on other lines, with other comments and another file name, has the same fingerprint."""
        first, second = {}, {}
        exec(compile("def f(x):\n    return x + 1\n", "a.py", "exec"), first)
        exec(compile("\n\n# why\ndef f(x):\n    # how\n    return x + 1\n", "b.py", "exec"), second)

        assert fingerprint(first["f"]) == fingerprint(second["f"])

    def test_code_and_constants_matter(self):
        """Other code, another constant, another default, another closed-over value: another fingerprint."""

        def closed(prompt):
            return lambda row: prompt + row

        variants = [lambda r: r + 1, lambda r: r + 2, lambda r: r - 1, lambda r, k=1: r + 1, lambda r, k=2: r + 1, closed("a"), closed("b")]

        assert len({fingerprint(item) for item in variants}) == len(variants)

    def test_a_global_prompt_and_a_called_function_matter(self, monkeypatch):
        """A prompt kept in a global, or a function of the same module, changes the fingerprint of the task that uses it."""
        before = fingerprint(_task)
        monkeypatch.setitem(_task.__globals__, "PROMPT", "Say: {q}")
        other_prompt = fingerprint(_task)
        monkeypatch.undo()
        monkeypatch.setitem(_task.__globals__, "_helper", lambda text: text.lower())

        assert len({before, other_prompt, fingerprint(_task)}) == 3

    def test_a_counter_that_the_task_writes_does_not(self):
        """Calling a task does not change its fingerprint, even when it counts in a global."""
        before = fingerprint(_task)
        _task({"question": "x"})

        assert before == fingerprint(_task)

    @pytest.mark.parametrize(
        "change",
        [
            lambda settings: settings["model"].update(name="b"),
            lambda settings: settings["shots"].append("two"),
            lambda settings: settings.pop("shots"),
            lambda settings: settings["tools"].add("search"),
        ],
    )
    @pytest.mark.parametrize("where", ["global", "closure"])
    def test_settings_in_a_dict_matter(self, change, where):
        """A model, a few-shot list or a tool changed in a dict of settings is another task; the order of keys is none."""

        def settings():
            return {"model": {"name": "a", "temperature": 0}, "shots": ["one"], "tools": {"x", "y"}}

        def reading(found):
            if where == "closure":
                return lambda row: found["model"]
            namespace = {"SETTINGS": found}
            exec("def ask(row):\n    return SETTINGS['model']", namespace)
            return namespace["ask"]

        changed = settings()
        change(changed)
        prints = [fingerprint(reading(found)) for found in (settings(), dict(reversed(settings().items())), changed)]

        assert (prints[0] == prints[1], prints[0] == prints[2]) == (True, False)

    def test_what_a_task_fills_does_not_matter(self):
        """A cache or a log in a global or a closure that the task fills leaves its fingerprint as it is; its prompt counts all the same."""
        namespace = {"CACHE": {}, "LOG": [], "SEEN": set(), "PROMPT": "a"}
        exec("def keep(row):\n    CACHE[row] = PROMPT\n    note(row)\n    SEEN.add(row)\n    return PROMPT, len(LOG)", namespace)
        exec("def note(row):\n    LOG.append(row)", namespace)
        calls = []
        closing = lambda row: calls.append(row)  # noqa: E731
        before = fingerprint(namespace["keep"]), fingerprint(closing)
        namespace["keep"]("x")
        closing("x")
        after = fingerprint(namespace["keep"]), fingerprint(closing)
        namespace["PROMPT"] = "b"

        assert (before == after, before[0] == fingerprint(namespace["keep"])) == (True, False)

    def test_judges_count_by_their_labels_and_options(self):
        """Another score of a label, or another temperature, is another judge."""
        variants = [
            llm_judge(ask=str, labels={"good": 1, "bad": 0}),
            llm_judge(ask=str, labels={"good": 1, "bad": 0.5}),
            llm_judge(model="m", base_url="http://127.0.0.1:1/v1", options={"temperature": 0}),
            llm_judge(model="m", base_url="http://127.0.0.1:1/v1", options={"temperature": 1}),
        ]

        assert len({judge.fingerprint for judge in variants}) == 4

    def test_objects_count_by_code_and_constant_attributes(self):
        """A callable object's settings matter, its own counters do not."""

        class Bot:
            def __init__(self, model):
                self.model = model
                self.calls = 0

            def __call__(self, row):
                self.calls += 1
                return self.model

        bot = Bot("a")
        before = fingerprint(bot)
        bot({})

        assert (before == fingerprint(bot), before == fingerprint(Bot("b"))) == (True, False)

    def test_recursion_ends(self):
        """Functions that call one another can be fingerprinted."""
        namespace = {}
        exec("def f(n): return g(n)\ndef g(n): return f(n)", namespace)

        assert len(fingerprint(namespace["f"])) == 16


class TestReport:
    def test_counts_add_up_and_fields_are_columns(self):
        """Tokens and cost of several calls add up; other fields become columns."""

        def task():
            report(token_count=3, total_cost=0.1, model="m")
            report(token_count=4, settings={"t": 0})

        context, reported = listen()
        context.run(task)

        assert (reported.token_count, reported.total_cost, reported.fields) == (7, 0.1, {"model": "m", "settings": '{"t": 0}'})

    def test_outside_a_run_it_does_nothing(self):
        """A task can be tried by hand."""
        assert report(token_count=1) is None

    @pytest.mark.parametrize("name", ["output", "error", "eval.x.score", "latency_ms"])
    def test_columns_of_the_runner_cannot_be_reported(self, name):
        """A task cannot overwrite what the runner measures."""
        with pytest.raises(InputError, match="cannot report"):
            report(**{name: 1})


class Color(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Point:
    x: int
    when: dt.date


class TestValues:
    @pytest.mark.parametrize(
        ("value", "plain"),
        [
            (Point(1, dt.date(2026, 1, 2)), {"x": 1, "when": "2026-01-02"}),
            (Color.RED, "red"),
            ({1: (2, {3})}, {"1": [2, [3]]}),
            (np.float32(0.5), 0.5),
            (np.array([1, 2]), [1, 2]),
            (float("nan"), None),
            (b"abc", "abc"),
            ("a\ud800b", "a?b"),
            (dt.timedelta(seconds=2), 2.0),
        ],
    )
    def test_outputs_become_json(self, value, plain):
        """Whatever a task returns is turned into plain JSON values once."""
        assert plain == jsonable(value)

    def test_a_cycle_is_refused(self):
        """A value that contains itself is an error of the task, not of the run."""
        loop = []
        loop.append(loop)
        with pytest.raises(ValueError, match="levels deep"):
            jsonable(loop)

    @pytest.mark.parametrize(
        ("value", "text"), [("a", "a"), (None, None), (True, "True"), (3, "3"), (0.5, "0.5"), ({"é": [1]}, '{"é": [1]}')]
    )
    def test_the_service_gets_text(self, value, text):
        """Outputs go up as strings: JSON for structures, Python's words for booleans as the official runner has them."""
        assert text == to_text(value)


class TestFailure:
    def test_secrets_of_the_environment_are_masked(self, monkeypatch):
        """An error text that quotes a key does not keep it."""
        monkeypatch.setenv("MODEL_API_KEY", "sk-very-secret-1")
        failure = Failure.of(RuntimeError("401 for Bearer sk-very-secret-1"))

        assert "sk-very-secret-1" not in failure.message + failure.text + failure.traceback
        assert "***MODEL_API_KEY***" in failure.message

    def test_a_broken_exception_is_still_described(self):
        """An exception whose __str__ raises does not end the run."""

        class BrokenError(Exception):
            def __str__(self):
                raise ValueError("no")

        assert Failure.of(BrokenError()).error_type == "BrokenError"
