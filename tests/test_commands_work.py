"""`experiments run`, `evaluate`, `compare` and the widgets: from a line to the value."""

from __future__ import annotations

import json
import sys

import pandas as pd
import pytest

from arize_nb.cli import status_of
from arize_nb.commands.line.function_type import BUILT_IN, CallableType, load_function
from arize_nb.commands.line.session import Session
from arize_nb.commands.output.deliver import deliver
from arize_nb.commands.root import run
from arize_nb.errors import CommandError, ConflictError, InputError

TASK = '''
import neighbour

def task(dataset_row):
    """Shout."""
    return neighbour.shout(dataset_row["q"])

def whisper(dataset_row):
    return dataset_row["q"].lower()

def evaluator(output):
    return output.isupper()
'''


@pytest.fixture
def line(client):
    """Run a line as a notebook does, with variables by keyword."""

    def ran(text, **variables):
        import shlex

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


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder with a task file and a module beside it."""
    (tmp_path / "task.py").write_text(TASK)
    (tmp_path / "neighbour.py").write_text("def shout(text):\n    return text.upper() + '!'\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def dataset(client):
    """A dataset of three examples."""
    return client.datasets.create(name="qa", examples=[{"q": "Ab"}, {"q": "cd"}, {"q": "EF"}])


class TestRun:
    """`experiments run`."""

    def test_variables(self, line, client, dataset):
        """A task and evaluators of the notebook run, and the result is an experiment."""

        def echo(dataset_row):
            return dataset_row["q"]

        def upper(output):
            return output.isupper()

        result = line(
            "experiments run -n v1 --dataset qa --task $echo --evaluator $upper", echo=echo, upper=upper
        )

        assert len(result.frame) == 3
        stored = client.experiments.runs("v1", dataset="qa")
        assert sorted(stored["output"]) == ["Ab", "EF", "cd"]
        assert sorted(stored["eval.upper.score"]) == [0.0, 0.0, 1.0]

    def test_list_of_evaluators(self, line, dataset):
        """A list in one variable stands for its members."""

        def a(output):
            return 1.0

        def b(output):
            return 0.0

        result = line("experiments run -n v1 --dataset qa --task task.py --evaluator $both", both=[a, b])

        assert {"eval.a.score", "eval.b.score"} <= set(result.frame.columns)

    def test_file(self, line, client, dataset):
        """A file gives its `task`, or the function that is named, and can import its neighbours."""
        line("experiments run -n shout --dataset qa --task task.py --evaluator task.py")
        line("experiments run -n whisper --dataset qa --task task.py:whisper")

        assert sorted(client.experiments.runs("shout", dataset="qa")["output"]) == ["AB!", "CD!", "EF!"]
        assert sorted(client.experiments.runs("whisper", dataset="qa")["output"]) == ["ab", "cd", "ef"]

    @pytest.mark.parametrize(
        ("words", "outputs"),
        [
            ("--examples \"q = 'cd'\"", ["CD!"]),
            ("--examples \"q!='cd'\"", ["AB!", "EF!"]),
            ("--examples $rows", ["EF!"]),
            ("--examples $ids", ["AB!", "EF!"]),
            ("--examples $ids --limit 1", ["EF!"]),
            ("--examples ids.csv", ["CD!"]),
            ("--limit 2", ["AB!", "CD!"]),
        ],
    )
    def test_a_part_of_the_dataset(self, line, client, dataset, words, outputs):
        """A filter, a variable, ids, a file that names them, and the first ones."""
        ids = [row["id"] for row in client.datasets.iter_records(dataset)]
        pd.DataFrame({"example_id": ids[1:2]}).to_csv("ids.csv", index=False)
        rows = pd.DataFrame({"example_id": ids[2:], "metric": ["m"]})
        result = line(
            f"experiments run -n v1 --dataset qa --task task.py {words}", ids=[ids[2], ids[0]], rows=rows
        )

        assert outputs == result.frame["output"].tolist()
        assert (
            f"{len(outputs)} of 3 examples" in client.experiments.runs("v1", dataset="qa")["dataset_part"][0]
        )

    def test_ids_on_the_line_and_a_sample(self, line, client, dataset):
        """Ids have commas between them; base64's `=` at their ends makes no filter of them."""
        ids = [row["id"] for row in client.datasets.iter_records(dataset)]
        named = line(f"experiments run -n v1 --dataset qa --task task.py --examples {ids[0]},{ids[2]}")
        drawn = line("experiments run -n v2 --dataset qa --task task.py --sample 2 --seed 4")
        with pytest.raises(
            InputError, match="2 of 2 examples to run over are not in dataset 'qa': 'RXg=', 'RXh5Cg=='"
        ):
            line("experiments run -n v3 --dataset qa --task task.py --examples RXg=,RXh5Cg==")

        assert (["AB!", "EF!"], 2) == (named.frame["output"].tolist(), len(drawn.frame))

    def test_examples_themselves_in_place_of_a_dataset(self, line, client):
        """A frame, a list or a file becomes a dataset, found again by its content."""
        rows = [{"q": "Gh"}, {"q": "ij"}]
        pd.DataFrame(rows).to_csv("inline.csv", index=False)
        made = [
            line(
                f"experiments run -n {name} --dataset {given} --task task.py",
                rows=rows,
                frame=pd.DataFrame(rows),
            )
            for name, given in (("a", "$rows"), ("b", "$frame"), ("c", "inline.csv"))
        ]

        assert [["GH!", "IJ!"]] * 3 == [result.frame["output"].tolist() for result in made]
        assert made[0].dataset == made[1].dataset
        assert made[2].dataset.startswith("inline-")

    def test_dry_run(self, line, client, dataset):
        """A dry run writes nothing."""
        result = line("experiments run -n dry --dataset qa --task task.py --dry-run 2")

        assert len(result.frame) == 2
        assert len(client.experiments.list(dataset="qa")) == 0

    def test_console(self, client, dataset, capsys):
        """In the console the outcome is printed."""
        assert status_of(["experiments", "run", "-n", "v1", "--dataset", "qa", "--task", "task.py"]) == 0
        assert "3" in capsys.readouterr().out

    def test_taken_name(self, line, dataset):
        """A name that is taken is answered with what to type on a line, beside the Python."""
        line("experiments run -n v1 --dataset qa --task task.py")

        with pytest.raises(
            ConflictError,
            match="it is yours, --rerun failed runs its failures again, or start anew: --rerun all",
        ):
            line("experiments run -n v1 --dataset qa --task task.py")

    def test_console_csv(self, client, dataset, capsys):
        """`-o csv` prints the runs."""
        assert (
            status_of(
                ["experiments", "run", "-n", "v1", "--dataset", "qa", "--task", "task.py", "-o", "csv", "-q"]
            )
            == 0
        )
        assert "AB!" in capsys.readouterr().out


class TestBuiltInEvaluators:
    """Evaluators by their name."""

    def test_score_with_a_built_in_one(self, line, client, dataset):
        """A shell needs no file for what is built in."""
        result = line("experiments run -n v1 --dataset qa --task task.py --evaluator json_valid -q")

        assert [0.0] * len(result.frame) == result.frame["eval.json_valid.score"].tolist()

    @pytest.mark.parametrize("name", BUILT_IN)
    def test_every_name_stands_for_an_evaluator(self, name):
        """What the help lists can be had."""
        assert CallableType("evaluator").read(name).name == name

    def test_other_names(self):
        """A name that is no evaluator is answered with those that are; a task has none."""
        with pytest.raises(
            CommandError,
            match=r"evaluator\.py:name\), or a built-in one \(contains, edit_similarity, exact_match",
        ):
            CallableType("evaluator").read("exact")
        with pytest.raises(CommandError, match=r"a file \(task\.py, task\.py:name\)\."):
            CallableType("task").read("exact_match")


class TestFunctions:
    """Functions out of files."""

    def test_missing_file(self, tmp_path):
        """A file that is not there is named."""
        with pytest.raises(CommandError, match="no file"):
            load_function(tmp_path / "nope.py", "task")

    def test_missing_name(self, folder):
        """A file without the function lists what it has."""
        with pytest.raises(CommandError, match="whisper"):
            load_function(folder / "task.py", "nope")

    def test_broken_file(self, tmp_path):
        """A file that cannot be imported says why."""
        (tmp_path / "broken.py").write_text("import nothing_of_that_name\n")

        with pytest.raises(CommandError, match="ModuleNotFoundError"):
            load_function(tmp_path / "broken.py", "task")

    def test_read_again(self, tmp_path):
        """A file that has changed is read again."""
        (tmp_path / "changing.py").write_text("def task(x):\n    return 1\n")
        first = load_function(tmp_path / "changing.py", "task")
        (tmp_path / "changing.py").write_text("def task(x):\n    return 2222\n")

        assert (first(0), load_function(tmp_path / "changing.py", "task")(0)) == (1, 2222)

    def test_a_function_imports_its_neighbours_when_called(self, tmp_path, monkeypatch):
        """As with `python task.py`, a module beside the file is found inside the task too, whatever the
        folder of work is.
        """
        monkeypatch.setattr(sys, "path", list(sys.path))
        (tmp_path / "prompts_beside.py").write_text("PROMPT = 'hello'")
        (tmp_path / "lazy_task.py").write_text(
            "def task(row):\n    import prompts_beside\n    return prompts_beside.PROMPT\n"
        )

        assert load_function(tmp_path / "lazy_task.py", "task")({}) == "hello"

    def test_the_last_state_of_a_file_is_the_module(self, tmp_path, monkeypatch):
        """A file imported again takes the place of its earlier state, also after an import that failed;
        `random.py` that of nothing.
        """
        monkeypatch.setattr(sys, "path", list(sys.path))
        (tmp_path / "stateful.py").write_text("raise ValueError('early')")
        with pytest.raises(CommandError):
            load_function(tmp_path / "stateful.py", "task")
        (tmp_path / "stateful.py").write_text("def task(row):\n    return 12345\n")
        task = load_function(tmp_path / "stateful.py", "task")
        (tmp_path / "random.py").write_text("def task(row):\n    return 4\n")
        load_function(tmp_path / "random.py", "task")

        assert sys.modules["stateful"].task is task
        assert not hasattr(sys.modules["random"], "task")

    def test_no_function(self, line, dataset):
        """A word that is neither a variable nor a file says what to give."""
        with pytest.raises(CommandError, match=r"task\.py"):
            line("experiments run -n v --dataset qa --task echo")


@pytest.fixture
def pair(client, dataset):
    """A baseline, and a candidate that is worse on one of three examples."""
    ids = list(client.datasets.examples(dataset)["id"])
    for name, scores in (("base", (1, 1, 0)), ("cand", (1, 0, 0))):
        runs = [
            {"example_id": one, "output": name, "eval.acc.score": score}
            for one, score in zip(ids, scores, strict=True)
        ]
        client.experiments.create(name=name, runs=runs, dataset=dataset)
    return ids


class TestEvaluate:
    """`experiments evaluate`."""

    def test_new_experiment(self, line, client, pair):
        """Scores become a new experiment, named as asked."""

        def long(output):
            return len(output) > 3

        line("experiments evaluate base --dataset qa --evaluator $long -n scored", long=long)

        assert set(client.experiments.runs("scored", dataset="qa")["eval.long.score"]) == {1.0}

    def test_annotations(self, line, client, pair):
        """With --as-annotations they go onto the experiment itself."""

        def long(output):
            return 1.0

        client.annotation_configs.create(name="long", type="continuous", minimum_score=0, maximum_score=1)
        line("experiments evaluate base --dataset qa --evaluator $long --as-annotations", long=long)

        assert set(
            client.experiments.runs("base", dataset="qa", annotations=True)["annotation.long.score"]
        ) == {1.0}


class TestCompare:
    """`experiments compare`."""

    def test_names(self, line, pair):
        """Two names give the comparison of their runs."""
        compared = line("experiments compare base cand --dataset qa --metric acc")

        assert list(compared.regressions("acc")["example_id"]) == [pair[1]]

    def test_files_and_frames(self, line, client, pair, tmp_path):
        """Files and frames compare too, each side its own way."""
        frame = client.experiments.runs("base", dataset="qa")
        client.experiments.to_parquet("cand", tmp_path / "cand.parquet", dataset="qa")

        compared = line("experiments compare $frame cand.parquet", frame=frame)

        assert len(compared.regressions("acc")) == 1

    @pytest.mark.parametrize("ending", ["html", "md", "json", "csv", "parquet"])
    def test_report(self, line, pair, tmp_path, ending):
        """`-o report.html` and the like write a file."""
        path = line(f"experiments compare base cand --dataset qa -o report.{ending}")

        assert path.stat().st_size > 50
        if ending == "parquet":
            assert "regressions" in pd.read_parquet(path).columns

    def test_console_json(self, client, pair, capsys):
        """`-o json` prints the summary's rows."""
        assert status_of(["experiments", "compare", "base", "cand", "--dataset", "qa", "-o", "json"]) == 0

        rows = json.loads(capsys.readouterr().out)
        assert [row["regressions"] for row in rows if row["metric"] == "acc"] == [1]

    @pytest.mark.parametrize(
        ("which", "places"), [("regressions", [1]), ("improvements", []), ("changes", [1])]
    )
    def test_examples_instead_of_the_summary(self, line, pair, capsys, which, places):
        """`--list` gives the examples behind the counts: a frame in a notebook, rows in the
        console, a file.
        """
        expected = [pair[place] for place in places]
        words = f"experiments compare base cand --dataset qa --list {which}"

        assert expected == line(words)["example_id"].tolist()
        assert expected == pd.read_parquet(line(f"{words} -o listed.parquet"))["example_id"].tolist()
        assert expected == pd.read_csv(line(f"{words} -o listed.csv"))["example_id"].tolist()
        assert 0 == status_of([*words.split(), "-o", "json"])
        assert [(one, "cd") for one in expected] == [
            (row["example_id"], row["q"]) for row in json.loads(capsys.readouterr().out)
        ]

    def test_gate_allows_what_is_asked(self, client, pair):
        """The gate is about the number of examples that got worse, nothing else."""
        line = ["experiments", "compare", "base", "cand", "--dataset", "qa", "--fail-on-regression"]

        assert [status_of([*line, limit]) for limit in ("0", "1")] == [10, 0]


class TestWidgets:
    """The widgets are returned, by their public names."""

    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("experiments pick --dataset qa", "ExperimentPicker"),
            ("experiments explore base cand --dataset qa", "ComparisonExplorer"),
            ("experiments explore --dataset qa", "ComparisonExplorer"),
            ("experiments browse base --dataset qa", "RunBrowser"),
            ("experiments review base --dataset qa --random 1 --blind", "RunReviewer"),
            ("experiments review cand --dataset qa --regressions base", "RunReviewer"),
        ],
    )
    def test_kind(self, line, pair, text, kind):
        """Each command gives its widget."""
        import arize_nb

        widget = line(text)

        assert type(widget) is getattr(arize_nb, kind)
        getattr(widget, "wait", lambda: None)()
        widget.close()

    def test_explore_a_comparison(self, line, pair, client):
        """A comparison in a variable is explored as it is."""
        widget = line("experiments explore $compared", compared=client.compare("base", "cand", dataset="qa"))

        assert widget.comparison is not None
        widget.close()

    def test_console(self, pair, capsys):
        """A console has no place for widgets and says so."""
        assert status_of(["experiments", "browse", "base", "--dataset", "qa"]) == 2
        assert "need a notebook" in capsys.readouterr().err


@pytest.mark.parametrize("column", ["record_id", "example_id"])
def test_people_who_labelled_examples_can_annotate_the_runs_by_example_id(line, client, dataset, column):
    """`--by-example-id` annotates every run of each example: the flag that the refusal of such ids names."""
    examples = client.datasets.examples("qa")["id"].tolist()
    line("experiments run -n shouted --dataset qa --task task.py --repetitions 2")
    said = [{column: example, "name": "quality", "label": "good"} for example in examples]

    with pytest.raises(InputError, match="--by-example-id"):
        line("experiments annotate-runs shouted --dataset qa -f $said --create-configs", said=said)
    receipt = line(
        "experiments annotate-runs shouted --dataset qa -f $said --create-configs --by-example-id", said=said
    )

    assert (2 * len(examples), ()) == (receipt.written, receipt.unmatched)
