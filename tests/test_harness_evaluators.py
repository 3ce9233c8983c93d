"""Evaluators: what they receive, what their return values become, and the built-in ones."""

from __future__ import annotations

import random

import pytest

from arize_nb.errors import InputError
from arize_nb.harness import (
    Evaluation,
    contains,
    edit_similarity,
    evaluator,
    exact_match,
    json_schema,
    json_valid,
    numeric_close,
    regex_match,
)
from arize_nb.harness.evaluators.builtin import edit_distance, number_in
from arize_nb.harness.evaluators.evaluator import as_evaluators, normalise
from arize_nb.harness.functions.example_view import ExampleView


def judged(judge, output, **example):
    """Call an evaluator as the harness does, and return its evaluation."""
    values = {**ExampleView({"id": "e", **example}).values, "output": lambda: output}
    args, kwargs = judge.fitted({*example, "answer"}).binding.arguments(values)
    return normalise(judge(*args, **kwargs), judge.name)[judge.name]


class Foreign:
    """A result of another library."""

    score, label, explanation = 0.5, "half", None


class TestReturnValues:
    @pytest.mark.parametrize(
        ("value", "score", "label", "explanation"),
        [
            (True, 1.0, "True", None),
            (False, 0.0, "False", None),
            (0.25, 0.25, None, None),
            (3, 3.0, None, None),
            ("good", None, "good", None),
            ((0.5, "why"), 0.5, None, "why"),
            (("good", 1), 1.0, "good", None),
            (("good", "why"), None, "good", "why"),
            ((True, "why"), 1.0, "True", "why"),
            (("good", 0.5, "why"), 0.5, "good", "why"),
            ({"score": 1, "label": "good", "explanation": "why"}, 1.0, "good", "why"),
            (Evaluation(score=1, explanation="why"), 1.0, None, "why"),
            (Foreign(), 0.5, "half", None),
        ],
    )
    def test_one_evaluation(self, value, score, label, explanation):
        """Booleans, numbers, labels, tuples, mappings and objects become one evaluation of the evaluator's
        name.
        """
        made = normalise(value, "e")["e"]

        assert (score, label, explanation) == (made.score, made.label, made.explanation)

    def test_numpy_values_are_numbers_and_booleans(self):
        """A NumPy bool is a pass, a NumPy float a score."""
        import numpy as np

        assert (normalise(np.bool_(True), "e")["e"].label, normalise(np.float64(0.5), "e")["e"].score) == (
            "True",
            0.5,
        )

    def test_several_values_of_one_evaluator(self):
        """A mapping with other keys, or a list of named evaluations, gives several metrics."""
        mapping = normalise({"fluent": 0.5, "correct": (True, "why")}, "e")
        listed = normalise([Evaluation(name="a", score=1), Evaluation(name="b", label="x")], "e")

        assert [*mapping, *listed] == ["fluent", "correct", "a", "b"]

    @pytest.mark.parametrize(
        "value", [None, {}, Evaluation(), {"score": None}, float("nan"), float("inf"), (1, 2, 3, 4), object()]
    )
    def test_what_says_nothing_is_an_error(self, value):
        """None, empty evaluations, scores that are not finite and unknown forms are failures,
        never scores.
        """
        with pytest.raises((ValueError, TypeError)):
            normalise(value, "e")


class TestDeclaring:
    def test_a_decorated_function_stays_callable(self):
        """The decorator, with or without parentheses, keeps the function callable and takes its name."""

        @evaluator
        def short(output):
            return len(output) < 3

        @evaluator(name="long one")
        def long(output):
            return not short(output)

        assert (short.name, short("ab"), long.name, long("ab")) == ("short", True, "long one", False)

    def test_parameters_by_name_and_one_of_any_name(self):
        """Any of output, expected, input, metadata and dataset_row; one parameter of another name is the
        output.
        """
        everything = evaluator(
            lambda output, expected, input, metadata, dataset_row: (
                f"{output}{expected}{input}{metadata}{dataset_row['n']}"
            )
        )
        example = {"question": "q", "answer": "a", "metadata": {"m": 1}, "n": 7}

        assert judged(everything, "o", **example).label == "oaq{'m': 1}7"
        assert judged(evaluator(lambda text: text), "o").label == "o"
        assert (
            judged(
                evaluator(lambda experiment_output, dataset_output: experiment_output == dataset_output),
                "a",
                answer="a",
            ).label
            == "True"
        )

    def test_columns_by_name(self):
        """A parameter named like a column receives its value, beside the output."""

        @evaluator
        def grounded(output, context, language):
            return f"{output} {context} {language}"

        assert judged(grounded, "o", context="c", language="en").label == "o c en"

    @pytest.mark.parametrize(
        ("judge", "words"),
        [(lambda answer: 1, "column 'answer'"), (lambda text, answer: 1, "columns 'answer', 'text'")],
    )
    def test_columns_without_the_output_are_refused(self, judge, words):
        """A judge that would see the dataset and not the output (a parameter `answer` meant as the output) is
        refused, not scored.
        """
        with pytest.raises(InputError, match=rf"takes the {words} of the dataset, not the output.*`output`"):
            evaluator(judge).fitted({"id", "answer", "text"})

    def test_unknown_parameters_are_refused(self):
        """A parameter that is no column, beside others, is an error that lists the columns."""
        with pytest.raises(
            InputError,
            match=r"evaluator 'lambda' asks for 'contxt'.*Did you mean 'context'\? Columns are context, id",
        ):
            evaluator(lambda output, contxt: 1).fitted({"id", "context"})

    def test_mapping_names_and_equal_names_are_refused(self):
        """A mapping names its evaluators; two of one name are an error."""
        assert [item.name for item in as_evaluators({"a": len, "b": exact_match()})] == ["a", "b"]
        with pytest.raises(InputError, match="two evaluators are named 'exact_match'"):
            as_evaluators([exact_match(), exact_match()])

    def test_one_evaluator_without_a_list(self):
        """A single evaluator needs no list, and an object with `evaluate` is one."""

        class Theirs:
            name = "theirs"

            def evaluate(self, output):
                return 1.0

        assert [item.name for item in (*as_evaluators(exact_match()), *as_evaluators([Theirs()]))] == [
            "exact_match",
            "theirs",
        ]

    @pytest.mark.parametrize("bad", ["", ' "x"', "a\\b", " x"])
    def test_names_the_service_refuses(self, bad):
        """A name with quotes, backslashes or outer spaces cannot be a column."""
        with pytest.raises(InputError):
            as_evaluators({bad or " ": len})


class TestBuiltIns:
    @pytest.mark.parametrize(
        ("judge", "output", "example", "label"),
        [
            (exact_match(), "  Paris\n", {"answer": "PARIS"}, "True"),
            (exact_match(), "ﬁne", {"answer": "fine"}, "True"),
            (exact_match(folded=False), "paris", {"answer": "Paris"}, "False"),
            (exact_match("yes"), "Yes", {}, "True"),
            (exact_match(), 4, {"answer": "4"}, "True"),
            (contains(), "It is Paris.", {"answer": "paris"}, "True"),
            (contains(["a", "z"]), "abc", {}, "False"),
            (contains(["a", "z"], every=False), "abc", {}, "True"),
            (regex_match(r"\d{3}"), "abc 123", {}, "True"),
            (regex_match(r"\d{3}", full=True), "abc 123", {}, "False"),
            (json_valid(), '{"a": 1}', {}, "True"),
            (json_valid(), {"a": 1}, {}, "True"),
            (json_valid(), "{a: 1}", {}, "False"),
            (json_schema({"type": "object", "required": ["a"]}), '{"a": 1}', {}, "True"),
            (json_schema({"type": "object", "required": ["a"]}), "{}", {}, "False"),
            (numeric_close(), "about 1,234.5 km", {"answer": 1234.5}, "True"),
            (numeric_close(absolute=0.1), "3.05", {"answer": "3"}, "True"),
            (numeric_close(), "12 or 13", {"answer": 12}, "False"),
        ],
    )
    def test_verdicts(self, judge, output, example, label):
        """Each built-in judges as its docstring says."""
        made = judged(judge, output, **example)

        assert (label, float(label == "True")) == (made.label, made.score)
        assert (made.explanation is None) == (label == "True")

    @pytest.mark.parametrize("judge", [exact_match(), contains(), numeric_close(), edit_similarity()])
    def test_a_missing_reference_is_an_error_not_a_zero(self, judge):
        """Without an expected output there is nothing to judge by."""
        with pytest.raises(ValueError, match="expected output"):
            judged(judge, "x")

    def test_wrong_patterns_and_schemas_are_refused_at_once(self):
        """A pattern or schema that is none is an error before anything runs."""
        with pytest.raises(InputError):
            regex_match("(")
        with pytest.raises(InputError):
            json_schema({"type": "nonsense"})

    def test_edit_similarity_is_one_minus_distance_over_length(self):
        """One substitution in four characters is 0.75; equal texts and two empty ones are 1."""
        scores = [judged(edit_similarity(), text, answer="abcd").score for text in ("abcx", "abcd", "")]

        assert scores == [0.75, 1.0, 0.0]

    def test_edit_distance_equals_the_textbook_table(self):
        """The bit-parallel distance equals dynamic programming on random texts, also longer than a machine
        word.
        """

        def textbook(first, second):
            row = list(range(len(second) + 1))
            for i, a in enumerate(first, 1):
                above, row = row, [i]
                for j, b in enumerate(second, 1):
                    row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (a != b)))
            return row[-1]

        draw = random.Random(1)
        pairs = [["".join(draw.choices("abcd", k=draw.randrange(90))) for _ in range(2)] for _ in range(60)]

        assert [textbook(*pair) for pair in pairs] == [edit_distance(*pair) for pair in pairs]

    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("3.", 3.0),
            (".5", 0.5),
            ("1e-3", 0.001),
            ("−7 °C", -7.0),
            ("none", None),
            (True, None),
            (2, 2.0),
            ("1 000", 1000.0),
        ],
    )
    def test_number_in_text(self, text, number):
        """The only number of a text is found, whatever its separators."""
        assert number == number_in(text)
