"""Tables of results become a dataset and its experiments, row by row, by the rule that pairs tables."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from reading_tables import QIDS, QUESTIONS, A, B, N, answers, rows, scores, without

import arize_nb as ax
from arize_nb.commands.line.session import Session
from arize_nb.commands.root import run
from arize_nb.errors import ColumnError, InputError


def frame(table):
    """Return a table of lists as a DataFrame."""
    return pd.DataFrame(table)


def test_two_tables_make_the_dataset_and_two_experiments(client):
    """What the tables share becomes the examples; outputs, verdicts, explanations and measures become the
    runs.
    """
    tables = [
        {**table, "correct_reason": answers(seed), "model": [f"m{seed}"] * N}
        for seed, table in ((1, A), (2, B))
    ]
    made = client.experiments.import_results(*map(frame, tables), dataset="faq", names=["a", "b"])
    examples = client.datasets.examples("faq")
    runs = client.experiments.runs(made[0]).set_index("example_id").loc[examples["id"]]

    assert ["a", "b"] == [one.name for one in made]
    assert (QUESTIONS, A["topic"], A["reference"]) == tuple(
        examples[name].tolist() for name in ("question", "topic", "reference")
    )
    assert (A["answer"], A["correct"]) == (runs["output"].tolist(), runs["eval.correct.label"].tolist())
    assert A["score"] == runs["eval.score.score"].tolist()
    assert answers(1) == runs["eval.correct.explanation"].tolist()
    assert {"m1"} == set(runs["model"])
    expected = ax.compare(*map(frame, tables), metrics=["correct", "score"]).summary["delta"].tolist()
    assert expected == pytest.approx(client.compare("a", "b", dataset="faq").summary["delta"].tolist())


def test_rows_are_matched_with_a_dataset_that_is_there(client):
    """Rows in another order, without any id, find their examples by the question; each match is said."""
    client.datasets.create(name="faq", examples=[{"question": one, "topic": "x"} for one in QUESTIONS])
    made = client.experiments.import_results(frame(without(B, "topic"))[::-1], dataset="faq", names=["late"])
    runs = client.experiments.runs(made[0])
    asked = client.datasets.examples("faq").set_index("id")["question"]

    wanted = dict(zip(B["question"], B["answer"], strict=True))
    assert [wanted[asked[example]] for example in runs["example_id"]] == runs["output"].tolist()
    assert (
        f"late: matched {N} of {N} rows by question; output answer; evaluations correct, score."
        in client.notices
    )


def test_an_id_becomes_the_examples_id(client):
    """The values of a column named like an id are the ids of the examples."""
    client.experiments.import_results(frame({"qid": QIDS, **A}), dataset="faq", names=["a"])

    assert QIDS == client.datasets.examples("faq")["id"].tolist()


def test_rows_of_no_example_are_refused(client):
    """A row whose example the dataset lacks is an error that counts such rows and shows the first; nothing is
    stored.
    """
    client.experiments.import_results(frame(rows(A, 0, 20)), dataset="faq", names=["a"])

    with pytest.raises(
        InputError,
        match=rf"4 of {N} rows of 'b' have no example in dataset 'faq' by question: 'How do I do thing 20",
    ):
        client.experiments.import_results(frame(B), dataset="faq", names=["b"])
    assert ["a"] == [one.name for one in client.experiments.list(dataset="faq")]


def test_a_key_instead_of_example_ids(client):
    """`create(key=)` finds the examples of runs by a column that both have."""
    client.datasets.create(name="faq", examples=frame({"qid": QIDS, "question": QUESTIONS}), key="qid")
    runs = frame({"qid": QIDS, "output": answers(1), "eval.score.score": scores(1)})[::-1]
    made = client.experiments.create(name="keyed", runs=runs, dataset="faq", key="qid")
    found = client.experiments.runs(made).set_index("example_id").loc[QIDS]

    assert QIDS == client.datasets.examples("faq")["id"].tolist()
    assert answers(1) == found["output"].tolist()


@pytest.mark.parametrize(("key", "says"), [("nope", "no column 'nope'"), ("topic", "it repeats 'billing'")])
def test_a_key_that_is_none(client, key, says):
    """A key that is not there or repeats cannot be the ids of examples."""
    with pytest.raises(ColumnError, match=says):
        client.datasets.create(name="faq", examples=frame(A), key=key)


def test_import_on_a_line(client, tmp_path):
    """`experiments import FILE… --dataset D` returns the experiments, and its help shows a file."""
    paths = []
    for name, table in (("a", A), ("b", B)):
        paths.append(tmp_path / f"{name}.csv")
        frame(table).to_csv(paths[-1], index=False)
    session = Session(program="%ax", in_notebook=True, lookup={}.__getitem__, connect=lambda *_: client)
    made = run(["experiments", "import", *map(str, paths), "--dataset", "faq"], session)

    assert ["a", "b"] == [one.name for one in made]


class TestInline:
    """Examples themselves in the place of a dataset."""

    def test_run_over_a_frame(self, client):
        """A frame becomes a dataset; the same examples again are the same dataset, others another."""
        examples = [{"question": f"{number} + 1?", "expected": str(number + 1)} for number in range(4)]

        def task(question):
            return str(int(question.split()[0]) + 1)

        first = client.experiments.run(name="one", dataset=pd.DataFrame(examples), task=task, progress=False)
        again = client.experiments.run(name="two", dataset=examples, task=task, progress=False)
        other = client.experiments.run(name="three", dataset=examples[:3], task=task, progress=False)

        assert ["1", "2", "3", "4"] == first.frame["output"].tolist()
        assert first.experiment.dataset_id == again.experiment.dataset_id != other.experiment.dataset_id

    def test_run_over_a_file(self, client, tmp_path):
        """A path, also as text, is read; the dataset is named after it."""
        path = tmp_path / "sums.csv"
        frame({"question": QUESTIONS}).to_csv(path, index=False)
        result = client.experiments.run(
            name="one", dataset=str(path), task=lambda question: question.upper(), progress=False
        )

        assert N == len(result.frame)
        assert client.datasets.get(result.experiment.dataset_id).name.startswith("sums-")


@pytest.mark.parametrize(
    "command", [["datasets", "create"], ["experiments", "create"], ["experiments", "import"]]
)
def test_help_shows_what_a_file_may_look_like(command, capsys):
    """The help of the commands that take a file shows a header and a row of one."""
    run([*command, "--help"], Session())

    assert "By card." in capsys.readouterr().out


def test_an_experiment_against_itself_is_said(client):
    """The same stored experiment on both sides is a concern."""
    client.experiments.import_results(frame(A), dataset="faq", names=["a"])
    messages = [concern.message for concern in client.compare("a", "a", dataset="faq").concerns]

    assert "is the baseline itself: the same experiment twice" in messages


SAMPLES = Path(__file__).parent / "samples" / "results"


def test_results_of_a_tool_become_experiments(client):
    """Ids, evaluations and repetitions of another tool's log are stored; a second tool's results find the
    examples by their inputs.
    """
    made = client.experiments.import_results(SAMPLES / "inspect" / "candidate.eval", dataset="facts")
    runs = client.experiments.runs(made[0])
    later = client.experiments.import_results(
        SAMPLES / "pydantic_evals" / "base.json", dataset="facts", names=["later"]
    )

    assert (
        {"q1", "q2", "q3", "q4", "q5", "q6"}
        == set(runs["example_id"])
        == set(client.experiments.runs(later[0])["example_id"])
    )
    assert (12, {1, 2}) == (len(runs), set(runs["repetition"]))
    assert {"eval.match.score", "eval.includes.label"} <= set(runs.columns)


def test_a_file_of_several_experiments_is_picked_from(client):
    """A file that holds several experiments is refused until one, or all, are named."""
    several = SAMPLES / "promptfoo" / "results.json"
    with pytest.raises(InputError, match="holds 2 experiments: 'base', 'candidate'"):
        client.experiments.import_results(several, dataset="facts")
    with pytest.raises(InputError, match="no experiment has that name"):
        client.experiments.import_results(several, dataset="facts", pick="other")

    assert ["candidate"] == [
        one.name for one in client.experiments.import_results(several, dataset="facts", pick="candidate")
    ]
    assert ["base", "candidate"] == [
        one.name for one in client.experiments.import_results(several, dataset="facts2", pick="*")
    ]
