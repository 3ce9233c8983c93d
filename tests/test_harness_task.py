"""Tasks: what they report, when their fingerprint changes, what their outputs become."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum

import numpy as np
import pytest

from arize_nb.errors import InputError
from arize_nb.harness.evaluators.llm_judge import llm_judge
from arize_nb.harness.fingerprints.fingerprint import fingerprint
from arize_nb.harness.functions.task import Reported, listen, report
from arize_nb.harness.records.run_record import Failure
from arize_nb.harness.values.json_values import jsonable, to_text

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
        """The same code on other lines, with other comments and another file name, has the same
        fingerprint.
        """
        first, second = {}, {}
        exec(compile("def f(x):\n    return x + 1\n", "a.py", "exec"), first)
        exec(compile("\n\n# why\ndef f(x):\n    # how\n    return x + 1\n", "b.py", "exec"), second)

        assert fingerprint(first["f"]) == fingerprint(second["f"])

    def test_code_and_constants_matter(self):
        """Other code, another constant, another default, another closed-over value: another fingerprint."""

        def closed(prompt):
            return lambda row: prompt + row

        variants = [
            lambda r: r + 1,
            lambda r: r + 2,
            lambda r: r - 1,
            lambda r, k=1: r + 1,
            lambda r, k=2: r + 1,
            closed("a"),
            closed("b"),
        ]

        assert len({fingerprint(item) for item in variants}) == len(variants)

    def test_a_global_prompt_and_a_called_function_matter(self, monkeypatch):
        """A prompt kept in a global, or a function of the same module, changes the fingerprint of the task
        that uses it.
        """
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
        """A model, a few-shot list or a tool changed in a dict of settings is another task; the order of keys
        is none.
        """

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
        prints = [
            fingerprint(reading(found)) for found in (settings(), dict(reversed(settings().items())), changed)
        ]

        assert (prints[0] == prints[1], prints[0] == prints[2]) == (True, False)

    def test_what_a_task_fills_does_not_matter(self):
        """A cache or a log in a global or a closure that the task fills leaves its fingerprint as it is; its
        prompt counts all the same.
        """
        namespace = {"CACHE": {}, "LOG": [], "SEEN": set(), "PROMPT": "a"}
        exec(
            "def keep(row):\n    CACHE[row] = PROMPT\n    note(row)\n    SEEN.add(row)\n    return PROMPT,"
            " len(LOG)",
            namespace,
        )
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

        reported = Reported()
        context = listen(reported)
        context.run(task)

        assert (reported.token_count, reported.total_cost, reported.fields) == (
            7,
            0.1,
            {"model": "m", "settings": '{"t": 0}'},
        )

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
        ("value", "text"),
        [("a", "a"), (None, None), (True, "True"), (3, "3"), (0.5, "0.5"), ({"é": [1]}, '{"é": [1]}')],
    )
    def test_the_service_gets_text(self, value, text):
        """Outputs go up as strings: JSON for structures, Python's words for booleans as the official runner
        has them.
        """
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
