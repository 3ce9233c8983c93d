"""Options: `$variables`, outputs, hints for what was mistyped; no service needed."""

from __future__ import annotations

import inspect
import shlex

import pytest

from arize_nb.client import Client
from arize_nb.client.experiments import JoinedExperiments
from arize_nb.commands.line.output import Output
from arize_nb.commands.line.session import Session
from arize_nb.commands.line.value_types import IdsType, OutputType
from arize_nb.commands.line.variables import UndefinedVariableError
from arize_nb.commands.root import run
from arize_nb.errors import CommandError, ConfirmationError, FileError
from arize_nb.models import Dataset
from arize_nb.resources.annotation_configs import AnnotationConfigs
from arize_nb.resources.datasets import Datasets
from arize_nb.resources.projects import Projects
from arize_nb.resources.spaces import Spaces

RESOURCES = {
    "spaces": Spaces,
    "projects": Projects,
    "datasets": Datasets,
    "experiments": JoinedExperiments,
    "annotation_configs": AnnotationConfigs,
}


class Recorder:
    """Takes the place of a client to show what a line means: a call must fit the signature of the real
    method.
    """

    def __init__(self):
        self.calls = []

    def __getattr__(self, name):
        return Noun(self, name) if name in RESOURCES else Call(self, name, getattr(Client, name))


class Noun:
    """One of the client's resources."""

    def __init__(self, recorder, name):
        self.recorder, self.name = recorder, name

    def __getattr__(self, method):
        return Call(self.recorder, f"{self.name}.{method}", getattr(RESOURCES[self.name], method))


class Call:
    """A method: writes down its call."""

    def __init__(self, recorder, name, method):
        self.recorder, self.path, self.method = recorder, name, method

    def __call__(self, *args, **kwargs):
        inspect.signature(self.method).bind(None, *args, **kwargs)
        self.recorder.calls.append((self.path, args, kwargs))
        return Dataset(id="RGF0YXNldDoxOmE=", name="found")


@pytest.fixture
def recorder():
    """A client that records calls."""
    return Recorder()


def line(recorder, text, *, variables=None, **settings):
    """Run a line as a notebook would and return the last call it made."""

    def lookup(name):
        if variables is None or name not in variables:
            raise UndefinedVariableError(f"{name} is not defined")
        return variables[name]

    session = Session(
        program="%ax", in_notebook=True, lookup=lookup, connect=lambda _profile, _notice: recorder, **settings
    )
    run(shlex.split(text), session)
    return recorder.calls[-1] if recorder.calls else None


class TestVariables:
    """`$name` on a line."""

    def test_text_and_number(self, recorder):
        """A text or a number stands for itself wherever text is asked for."""
        _, _, sent = line(recorder, "experiments list --dataset $ds -l $n", variables={"ds": "qa", "n": 3})

        assert (sent["dataset"], sent["limit"]) == ("qa", 3)

    def test_frame(self, recorder):
        """A list of dicts given to -f reaches the client as it is."""
        runs = [{"example_id": "1", "output": "x"}]

        _, _, sent = line(
            recorder, "experiments create -n v1 --dataset qa -f $runs", variables={"runs": runs}
        )

        assert sent["runs"] is runs

    def test_list_counts_as_its_members(self, recorder):
        """A list given to an option that may be repeated stands for its members."""
        _, _, sent = line(
            recorder, "experiments compare a b --metric $metrics", variables={"metrics": ["acc", "f1"]}
        )

        assert sent["metrics"] == ["acc", "f1"]

    def test_object_for_a_name(self, recorder):
        """An experiment object stands where its name is asked for."""
        from arize_nb.models import Experiment

        experiment = Experiment(id="RXhwOjE6YQ==", name="base")

        _, args, _ = line(recorder, "experiments get $e", variables={"e": experiment})

        assert (experiment,) == args

    def test_dollar_inside_text_is_text(self, recorder):
        """Braces and dollars that name no variable stay: prices, templates."""
        _, _, sent = line(recorder, """experiments list-runs base -f "output = '$5 {x}'" """)

        assert "output = '$5 {x}'" == sent["filter"]

    def test_doubled_dollar_is_a_dollar(self, recorder):
        """`$$name` is the text `$name`."""
        _, _, sent = line(recorder, "experiments list -n '$$name'")

        assert sent["name"] == "$name"

    def test_undefined(self, recorder):
        """A variable that is not there is an error, and nothing is called."""
        with pytest.raises(CommandError, match="nope is not defined"):
            line(recorder, "experiments export $nope")

        assert recorder.calls == []

    def test_wrong_kind(self, recorder):
        """A frame where text is asked for is an error that names both."""
        with pytest.raises(CommandError, match=r"\$runs is a list; .*--name.* takes text"):
            line(recorder, "experiments list -n $runs", variables={"runs": [1]})

    def test_console_leaves_dollars_alone(self):
        """In the console the shell expands variables, so that `$x` there is text."""
        recorder = Recorder()
        run(["experiments", "list", "-n", "$x"], Session(connect=lambda _profile, _notice: recorder))

        assert recorder.calls[-1][2]["name"] == "$x"


class TestDefaults:
    """What a line means when it says little."""

    def test_list(self, recorder):
        """`experiments list` asks for the first 15, of everything."""
        name, _, sent = line(recorder, "experiments list")

        assert name == "experiments.list"
        assert sent == {"dataset": None, "space": None, "name": None, "limit": 15, "cursor": None}

    def test_run(self, recorder):
        """`experiments run` has the defaults of the Python function."""
        fn = len
        _, _, sent = line(recorder, "experiments run -n v --dataset qa --task $fn", variables={"fn": fn})

        assert fn is sent["task"]
        expected = {
            "concurrency": 8,
            "repetitions": 1,
            "timeout_s": 120.0,
            "retries": 3,
            "dry_run": None,
            "resume": False,
            "rerun": None,
        }
        assert expected == {key: sent[key] for key in expected}

    @pytest.mark.parametrize(("words", "expected"), [("--dry-run", 10), ("--dry-run 3", 3), ("", None)])
    def test_dry_run(self, recorder, words, expected):
        """`--dry-run` alone means ten examples, as in the official program; a number says otherwise."""
        _, _, sent = line(
            recorder, f"experiments run -n v --dataset qa {words} --task $fn", variables={"fn": len}
        )

        assert expected == sent["dry_run"]

    def test_export_transports(self, recorder):
        """`--all` reads over Flight from the start; without it the client chooses."""
        session = Session(program="%ax", in_notebook=True, connect=lambda _profile, _notice: recorder)
        run(["experiments", "export", "base", "--all"], session).frame()
        run(["experiments", "export", "base"], session).frame()

        assert [kwargs["transport"] for _, _, kwargs in recorder.calls] == ["flight", "auto"]

    @pytest.mark.parametrize(
        ("noun", "method"), [("experiments", "experiments.table"), ("datasets", "datasets.table")]
    )
    def test_csv_is_read_as_a_table(self, recorder, noun, method):
        """A flat format makes no dict of every row on its way, which took ten times as long and the memory of
        all dicts.
        """
        session = Session(program="%ax", in_notebook=True, connect=lambda _profile, _notice: recorder)
        run([noun, "export", "base"], session).table()

        assert recorder.calls[-1][0] == method

    def test_profile_reaches_the_client(self):
        """`--profile` is handed to whoever connects, before or after the command."""
        asked = []

        def connect(profile, _notice):
            asked.append(profile)
            return Recorder()

        run(["--profile", "eu", "spaces", "list"], Session(connect=connect))
        run(["spaces", "list", "--profile", "us"], Session(connect=connect))

        assert asked == ["eu", "us"]


class TestHints:
    """What was mistyped is understood."""

    @pytest.mark.parametrize(
        ("text", "hint"),
        [
            ("experimets list", "Did you mean 'experiments'?"),
            ("experiments exprt a", "Did you mean 'export'?"),
            (
                "experiments list --datset qa",
                "no such option '--datset'. Did you mean '--dataset'? See %ax experiments list --help.",
            ),
            ("experiments list --zzz", "no such option '--zzz'. See %ax experiments list --help."),
            ("experiments export base --dataset", "See %ax experiments export --help."),
            ("export base", "Did you mean 'experiments export' or 'datasets export'?"),
            ("evaluate a", "Did you mean 'experiments evaluate'?"),
            ("trace list", "Did you mean 'traces'?"),
            ("experiments create --dataset qa -f x.json", "--name"),
            ("experiments get", "NAME_OR_ID"),
            ("experiments list --limit 101", "101"),
        ],
    )
    def test_close_match(self, recorder, text, hint):
        """An unknown word or flag, or a missing one, is an error of one line with what to type."""
        with pytest.raises(CommandError) as caught:
            line(recorder, text)

        assert hint in str(caught.value)
        assert "\n" not in str(caught.value)
        assert caught.value.exit_status == 2

    def test_pipe(self, recorder):
        """A pipe on a magic line is explained."""
        with pytest.raises(CommandError, match=r"'\|' belongs to a shell.*!arize-nb"):
            line(recorder, "experiments export base --dataset qa --stdout | jq length")

    def test_stdin_of_a_line(self, recorder):
        """`-f -` on a line magic has nothing to read, and never waits."""
        with pytest.raises(CommandError, match="%%ax"):
            line(recorder, "experiments create -n v --dataset qa -f -")

    @pytest.mark.parametrize("name", ["1x", "a b", "class", "a.b"])
    def test_into_names(self, recorder, name):
        """`--into` takes a name for a variable, checked before anything is called."""
        with pytest.raises(CommandError, match="not a name for a variable"):
            line(recorder, f"experiments list --into '{name}'")

        assert recorder.calls == []

    def test_examples_once(self, recorder):
        """`--file` and `--json` exclude one another, and one of them is needed."""
        with pytest.raises(CommandError, match="not both"):
            line(recorder, "datasets create -n d -s s --json '[{\"a\": 1}]' -f x.json")
        with pytest.raises(CommandError, match="by --file or by --json"):
            line(recorder, "datasets create -n d -s s")

    def test_json_on_the_line(self, recorder):
        """A JSON body on the line is read as it stands, braces and all."""
        _, _, sent = line(recorder, """datasets create -n d -s s --json '[{"q": "{x} $y", "n": 1}]'""")

        assert sent["examples"] == [{"q": "{x} $y", "n": 1}]

    def test_broken_json(self, recorder):
        """JSON that does not parse says where."""
        with pytest.raises(CommandError, match="column"):
            line(recorder, "datasets append d --json '[{]'")


class TestOutput:
    """`-o`."""

    @pytest.mark.parametrize("name", OutputType.formats)
    def test_formats(self, name):
        """The four formats print."""
        assert Output(format=name) == OutputType().read(name)

    @pytest.mark.parametrize(
        ("name", "form"),
        [("a.json", "json"), ("x/b.csv", "csv"), ("c.pq", "parquet"), ("D.PARQUET", "parquet")],
    )
    def test_files(self, name, form):
        """A path says its format by its ending."""
        found = OutputType().read(name)

        assert (form, name) == (found.format, str(found.path))

    @pytest.mark.parametrize("name", ["JSON", "xml", "a.txt", ""])
    def test_unknown(self, name):
        """Anything else ends with the status for files and formats."""
        with pytest.raises(FileError) as caught:
            OutputType().read(name)

        assert caught.value.exit_status == 5


@pytest.mark.parametrize(("given", "ids"), [('["a", "b"]', ["a", "b"]), ("a, b", ["a", "b"]), (["a"], ["a"])])
def test_ids(given, ids):
    """Example ids come as JSON, with commas, or from a variable."""
    assert ids == IdsType().read(given)


@pytest.mark.parametrize("given", ["[1]", "[", "", []])
def test_bad_ids(given):
    """Ids that are no texts are refused."""
    with pytest.raises(CommandError):
        IdsType().read(given)


class TestQuestions:
    """Deleting asks."""

    def test_yes(self, recorder):
        """A yes deletes."""
        name, _, _ = line(recorder, "experiments delete base --dataset qa", confirm=lambda _question: True)

        assert name == "experiments.delete"

    def test_no(self, recorder):
        """A no deletes nothing and is no error."""
        line(
            recorder,
            "datasets delete qa -s local",
            confirm=lambda _question: False,
            notify=lambda _text: None,
        )

        assert [name for name, _, _ in recorder.calls] == ["datasets.get"]

    def test_nobody_there(self, recorder):
        """Where nobody can answer the error names the flag; nothing waits, nothing is deleted."""
        with pytest.raises(ConfirmationError, match="--force"):
            line(recorder, "experiments delete base --dataset qa")

        assert [name for name, _, _ in recorder.calls] == ["experiments.get"]

    @pytest.mark.parametrize(
        "text", ["experiments delete base", "datasets delete qa", "annotation-configs delete q"]
    )
    def test_forced(self, recorder, text):
        """`-f` and `--force` ask nothing."""
        for flag in ("-f", "--force"):
            name, _, _ = line(recorder, f"{text} {flag}", notify=lambda _text: None)

            assert name.endswith(".delete")
