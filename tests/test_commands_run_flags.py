"""`experiments run --retry-on … --metadata …`: names become exception classes, facts columns of the runs."""

from __future__ import annotations

import builtins
import json
import shlex
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arize_nb.commands.line.exception_names import exceptions
from arize_nb.commands.line.metadata_option import FactsType
from arize_nb.commands.line.session import Session
from arize_nb.commands.output.deliver import deliver
from arize_nb.commands.root import run
from arize_nb.errors import CommandError

FLAKY = '''
class Unlucky(Exception):
    """Raised by the first call of each example."""

CALLS = {}

def task(dataset_row):
    CALLS[dataset_row["q"]] = CALLS.get(dataset_row["q"], 0) + 1
    if CALLS[dataset_row["q"]] == 1:
        raise Unlucky("once more")
    return dataset_row["q"].upper()
'''


@pytest.fixture
def line(client):
    """Run a line as a notebook does, with variables by keyword."""

    def ran(text, **variables):
        session = Session(
            program="%ax",
            in_notebook=True,
            quiet=True,
            notify=lambda _text: None,
            lookup=variables.__getitem__,
            connect=lambda _profile, _notice: client,
        )
        return deliver(run(shlex.split(text), session), session)

    return ran


@pytest.fixture
def dataset(client):
    """A dataset of two questions."""
    return client.datasets.create(name="faq", examples=[{"q": "what"}, {"q": "why"}])


@pytest.fixture
def flaky(tmp_path, monkeypatch):
    """A file whose task fails once on every example, with an exception of its own."""
    (tmp_path / "flaky_once.py").write_text(FLAKY)
    monkeypatch.chdir(tmp_path)
    yield "flaky_once"
    sys.modules.pop("flaky_once", None)


class TestRetryOn:
    """Which failures are tried again."""

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ("ValueError", (ValueError,)),
            ("json.JSONDecodeError", (json.JSONDecodeError,)),
            ("json.decoder.JSONDecodeError", (json.JSONDecodeError,)),
            ("builtins.KeyError", (KeyError,)),
            (OSError, (OSError,)),
            ((OSError, "KeyError"), (OSError, KeyError)),
        ],
    )
    def test_what_names_an_exception(self, given, expected):
        """A built-in name, a dotted path, a class of a variable, or several."""
        assert expected == exceptions([given, given])

    @pytest.mark.parametrize(
        ("given", "what", "hint"),
        [
            ("TimeoutEror", "no built-in exception has that name", "Did you mean TimeoutError?"),
            (
                "JSONDecodeError",
                "no built-in exception has that name",
                "a dotted path (json.JSONDecodeError)",
            ),
            ("nowhere.Error", "there is no module 'nowhere' here", "Give the name"),
            ("json.JSONDecodeEror", "json has no 'JSONDecodeEror'", "Did you mean json.JSONDecodeError?"),
            ("int", "that is no exception", "Give the name"),
            ("json.loads", "that is no exception", "Give the name"),
            ("KeyboardInterrupt", "ends the program", "Give the name"),
            (7, "that is no exception", "Give the name"),
            ("", "no built-in exception has that name", "Give the name"),
            ("missing.py:Error", "there is no file", ""),
        ],
    )
    def test_what_names_none_is_refused_with_a_way(self, given, what, hint):
        """A name that stands for no exception is refused; the hint says what may be given."""
        with pytest.raises(CommandError) as caught:
            exceptions([given])

        assert what in str(caught.value)
        assert hint in str(caught.value.hint or "")

    def test_a_module_that_cannot_be_imported_says_why(self, tmp_path, monkeypatch):
        """An import that fails within the module is told as it is, and not taken for a wrong name."""
        (tmp_path / "half_broken.py").write_text("import nothing_of_that_name\n")
        monkeypatch.syspath_prepend(tmp_path)

        with pytest.raises(CommandError, match="importing half_broken failed: No module named 'nothing_of"):
            exceptions(["half_broken.Error"])

    @given(st.text(max_size=12))
    def test_any_text_gives_a_class_or_a_command_error(self, text):
        """No text ends in a foreign exception."""
        try:
            (kind,) = exceptions([text])
        except CommandError:
            return
        assert issubclass(kind, Exception)

    def test_every_built_in_exception_has_its_name(self):
        """All subclasses of Exception among the built-in names are known by them."""
        known = {
            name: kind
            for name, kind in vars(builtins).items()
            if isinstance(kind, type) and issubclass(kind, Exception)
        }

        assert tuple(dict.fromkeys(known.values())) == exceptions(known)

    @pytest.mark.parametrize("named", ["flaky_once.py:Unlucky", "flaky_once.Unlucky"])
    def test_an_exception_of_the_task_s_own_file_is_tried_again(self, line, client, dataset, flaky, named):
        """The class is the one that the task raises, wherever the flag stands on the line."""
        line(f"experiments run -n a --dataset faq --retry-on {named} --task {flaky}.py --retries 1")

        runs = client.experiments.runs("a", dataset="faq")
        assert (["WHAT", "WHY"], [2, 2]) == (sorted(runs["output"]), list(runs["attempts"]))
        assert {"Unlucky"} == set(runs["retry_on"])

    def test_without_the_flag_it_is_a_failure(self, line, dataset, flaky):
        """What nobody named is not tried again."""
        result = line(f"experiments run -n a --dataset faq --task {flaky}.py --dry-run")

        assert {"Unlucky('once more')"} == set(result.frame["error"])

    def test_evaluators_are_asked_again_too(self, line, client, dataset):
        """`experiments evaluate` takes the flag as well."""
        client.experiments.run(
            name="a", dataset="faq", task=lambda dataset_row: dataset_row["q"], progress=False
        )
        calls = []

        def scored(output):
            calls.append(output)
            if calls.count(output) == 1:
                raise LookupError("once more")
            return 1.0

        result = line(
            "experiments evaluate a --dataset faq --evaluator $scored --retry-on LookupError", scored=scored
        )

        assert [1.0, 1.0] == list(result.frame["eval.scored.score"])


class TestMetadata:
    """Facts about the experiment."""

    def test_facts_become_columns_of_the_runs(self, line, client, dataset):
        """Each fact is a column, as text: a version 1.10 stays 1.10; the value may hold `=`."""
        line(
            "experiments run -n a --dataset faq --task $task"
            " --metadata model=gpt-4o --metadata prompt=1.10 --metadata 'rule=a=b'",
            task=lambda dataset_row: dataset_row["q"],
        )

        runs = client.experiments.runs("a", dataset="faq")
        assert [{"gpt-4o"}, {"1.10"}, {"a=b"}] == [
            set(runs[f"metadata.{name}"]) for name in ("model", "prompt", "rule")
        ]

    def test_a_mapping_in_a_variable_keeps_its_types(self, line, client, dataset):
        """`$facts` may hold all of them, beside others; a name in a value is filled in."""
        line(
            "experiments run -n a --dataset faq --task $task --metadata $facts --metadata model=$model",
            task=lambda dataset_row: dataset_row["q"],
            facts={"temperature": 0.5},
            model="gpt-4o",
        )

        runs = client.experiments.runs("a", dataset="faq")
        assert ({0.5}, {"gpt-4o"}) == (set(runs["metadata.temperature"]), set(runs["metadata.model"]))

    @pytest.mark.parametrize(
        ("flags", "what"),
        [
            ("--metadata model", "lacks the value"),
            ("--metadata =x", "lacks the name"),
            ("--metadata $number", "7 is no fact"),
            ("--metadata a=1 --metadata a=2", "says both '1' and '2' of 'a'"),
        ],
    )
    def test_what_is_no_fact_is_refused(self, line, dataset, flags, what):
        """A fact without value or name, or told twice, is an error before anything runs."""
        with pytest.raises(CommandError) as caught:
            line(f"experiments run -n a --dataset faq --task $task {flags}", task=str, number=7)

        assert what in str(caught.value)

    @given(st.text(min_size=1).filter(lambda text: "=" not in text and text.strip()), st.text())
    def test_any_name_and_value(self, key, value):
        """Whatever stands before the first `=` is the name, and all behind it the value."""
        assert {key.strip(): value} == FactsType().read(f"{key}={value}")
