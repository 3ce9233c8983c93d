"""Runs over a part of a dataset, on a real local workspace: what is chosen, marked, compared, refused, and
gone on with.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import textwrap
import time

import pandas as pd
import pyarrow as pa
import pytest
from harness_service import Task, run, stored, thirty_questions

import arize_nb as ax
from arize_nb.display.experiment_result import result_text
from arize_nb.errors import ExperimentUnfinishedError, FilterError, InputError, TooManyFailuresError
from arize_nb.harness import exact_match


@pytest.fixture
def dataset(client, unique_name):
    return thirty_questions(client, unique_name("faq"))


@pytest.fixture
def ids(client, dataset):
    """Ids of the thirty examples, in the order of the dataset."""
    return [row["id"] for row in client.datasets.iter_records(dataset)]


class TestWhatIsChosen:
    def test_ids_are_run_once_each_in_the_order_of_the_dataset(self, client, dataset, ids):
        """An id that is named twice (a regression in two metrics) is one run."""
        result = run(client, dataset, Task(), examples=[ids[7], ids[2], ids[7]])

        assert [ids[2], ids[7]] == result.frame["example_id"].tolist()

    @pytest.mark.parametrize(
        "made",
        [
            lambda ids: pd.DataFrame({"example_id": ids, "id": ["r1", "r2"]}),
            lambda ids: pd.DataFrame({"score": [1, 2]}, index=pd.Index(ids, name="example_id")),
            lambda ids: pa.table({"id": ids}),
            lambda ids: [{"example_id": one} for one in ids],
            pd.Series,
            tuple,
        ],
        ids=["frame of runs", "index", "arrow", "records", "series", "tuple"],
    )
    def test_whatever_names_examples_chooses_them(self, client, dataset, ids, made):
        """A table's `example_id` counts before its `id`, which may be a run's."""
        result = run(client, dataset, Task(), examples=made([ids[1], ids[4]]), dry_run=True)

        assert [ids[1], ids[4]] == result.frame["example_id"].tolist()

    def test_a_filter_chooses_as_it_does_over_examples(self, client, dataset):
        """The language of filters, over the columns of the dataset."""
        result = run(client, dataset, Task(), examples="question IN ('q3', 'q11') OR answer = 'a5'")

        assert {"a3", "a11", "a5"} == set(result.frame["output"])

    def test_a_limit_takes_the_first_of_a_list_as_it_stands(self, client, dataset, ids):
        """The worst ten of a list of regressions are its first ten, whatever their place in the dataset."""
        result = run(client, dataset, Task(), examples=[ids[9], ids[1], ids[5]], limit=2)

        assert {ids[9], ids[1]} == set(result.frame["example_id"])

    def test_a_sample_is_that_of_its_seed(self, client, dataset, ids):
        """The choice is Python's own of that seed; another seed chooses others."""
        drawn = sorted(random.Random(7).sample(range(30), 6))
        found = run(client, dataset, Task(), sample=6, seed=7, dry_run=30).frame["example_id"].tolist()
        other = run(client, dataset, Task(), sample=6, seed=8, dry_run=30).frame["example_id"].tolist()

        assert ([ids[index] for index in drawn], True) == (found, found != other)

    def test_repetitions_and_a_dry_run_are_of_the_part(self, client, dataset):
        """Each example of the part so often; a dry run takes the first of the part."""
        twice = run(client, dataset, Task(), limit=3, repetitions=2, name="twice")
        dry = run(client, dataset, Task(), examples="question = 'q8' OR question = 'q9'", dry_run=1)

        assert (["a0", "a0", "a1", "a1", "a2", "a2"], ["a8"]) == (
            twice.frame["output"].tolist(),
            dry.frame["output"].tolist(),
        )

    @pytest.mark.parametrize(
        ("options", "error", "says"),
        [
            (
                {"examples": ["x1", "x2", "x3", "x4"]},
                InputError,
                "4 of 4 examples .* are not in dataset .*: 'x1', 'x2', 'x3', …",
            ),
            (
                {"examples": pd.DataFrame({"score": [1.0]})},
                InputError,
                r"no column 'example_id' or 'id' \(its columns: score\)",
            ),
            ({"examples": []}, InputError, "none"),
            ({"examples": [3]}, InputError, "3, which is no id"),
            ({"examples": 5}, InputError, "a int names no examples"),
            ({"examples": "question ="}, FilterError, "value"),
            ({"examples": "topic = 'x'"}, FilterError, "no run or example has a column 'topic'"),
            ({"examples": "question = 'none'"}, InputError, "no example of dataset .* matches"),
            ({"limit": 2, "sample": 2}, InputError, "limit or sample"),
            ({"limit": 0}, InputError, "limit=0"),
            ({"sample": True}, InputError, "sample=True"),
        ],
    )
    def test_what_cannot_be_a_part_costs_no_call(self, client, dataset, options, error, says):
        """One line says what was asked for and what is there."""
        task = Task()
        with pytest.raises(error, match=says):
            run(client, dataset, task, **options)

        assert [] == task.calls


class TestTheMark:
    def test_it_survives_the_service_and_a_comparison_says_so(self, client, dataset, tmp_path):
        """Read back, exported to a file or scored anew, runs of a part are compared as such: nothing outside
        is lost.
        """
        run(client, dataset, Task(), name="whole", evaluators=[exact_match()])
        result = run(
            client,
            dataset,
            Task(suffix="!"),
            name="some",
            examples="question LIKE 'q1%'",
            evaluators=[exact_match()],
        )
        again = client.experiments.evaluate(
            "some", dataset=dataset, evaluators=[exact_match()], name="again", progress=False
        )
        path = client.experiments.to_parquet("some", tmp_path / "some.parquet", dataset=dataset)
        whole, back = (client.experiments.runs(name, dataset=dataset) for name in ("whole", "some"))
        kinds = [
            [
                (one.kind, one.count)
                for one in ax.compare(whole, some, metrics="exact_match").concerns
                if one.kind != "reading"
            ]
            for some in (result, back, path, again)
        ]

        assert [[("part", 11)]] * 4 == kinds
        assert (True, True, True) == (result.attrs["part"], back.attrs["arize"]["part"], again.attrs["part"])
        assert {"11 of 30 examples: question LIKE 'q1%'"} == set(back["dataset_part"])
        assert "11 of 30 examples: question LIKE 'q1%'" in result_text(result)
        assert 0 == ax.compare(whole, back).rows[0]["n_lost_runs"]

    def test_the_regressions_of_a_comparison_are_run_again(self, client, dataset):
        """What got worse, worst first, is what the next attempt runs over."""
        run(client, dataset, Task(), name="base", evaluators=[exact_match()])
        run(
            client,
            dataset,
            Task(broken=["q4", "q20"]),
            name="new",
            evaluators=[lambda output: output.startswith("a")],
        )

        def bad(question):
            return "wrong" if question in ("q4", "q20") else question.replace("q", "a")

        run(client, dataset, bad, name="bad", evaluators=[exact_match()])
        comparison = client.compare("base", "bad", dataset=dataset)
        mended = run(
            client,
            dataset,
            Task(),
            name="mended",
            examples=comparison.regressions(),
            evaluators=[exact_match()],
        )

        assert ["a4", "a20"] == mended.frame["output"].tolist()

    def test_all_of_the_dataset_is_no_part(self, client, dataset):
        """A limit or a sample that leaves nothing out marks nothing."""
        result = run(client, dataset, Task(), limit=500)

        assert (30, False, False) == (
            len(result.frame),
            "part" in result.attrs,
            "dataset_part" in result.frame,
        )

    def test_a_dry_run_is_marked_too(self, client, dataset):
        """Its five runs were never meant to be all."""
        whole = run(client, dataset, Task(), evaluators=[exact_match()])
        dry = run(client, dataset, Task(), name="dry", dry_run=5, evaluators=[exact_match()])

        assert ["part"] == [one.kind for one in ax.compare(whole, dry).concerns]


class TestGoingOn:
    def test_the_same_part_goes_on_and_another_is_refused(self, client, dataset):
        """A finished part comes back without a call; another part, or the whole, under its name
        is refused.
        """
        task = Task()
        run(client, dataset, task, sample=8, seed=3, resume=True)
        again = run(client, dataset, task, sample=8, seed=3, resume=True)
        refused = []
        for other in ({"sample": 8, "seed": 4}, {"limit": 8}, {"examples": "question = 'q1'"}, {}):
            with pytest.raises(
                InputError,
                match=r"runs over 8 of 30 examples: 8 by chance \(seed 3\), and now .* is asked for",
            ) as caught:
                run(client, dataset, task, resume=True, **other)
            refused.append('rerun="all"' in caught.value.hint)

        assert (8, 8, [True] * 4) == (len(task.calls), again.resumed, refused)

    def test_a_part_of_a_whole_is_refused_as_well(self, client, dataset):
        """An experiment of the whole dataset does not become one of a part."""
        run(client, dataset, Task())
        with pytest.raises(
            InputError, match="runs over the whole dataset, and now 2 examples: the first 2 is asked for"
        ):
            run(client, dataset, Task(), limit=2, resume=True)

    def test_the_same_examples_said_otherwise_are_the_same_part(self, client, dataset, ids):
        """A part is its examples, however they were named."""
        task = Task()
        run(client, dataset, task, limit=4)
        again = run(client, dataset, task, examples=ids[:4], resume=True)

        assert (4, {"4 of 30 examples: the first 4"}) == (again.resumed, set(again.frame["dataset_part"]))

    def test_failures_of_a_part_are_run_again(self, client, dataset):
        """rerun="failed" does those of the part, and nothing outside it."""
        task = Task(broken=["q1"])
        run(client, dataset, task, limit=3)
        task.broken.clear()
        run(client, dataset, task, limit=3, rerun="failed")

        assert ([("q0", 1, "a0"), ("q1", 1, "a1"), ("q2", 1, "a2")], 4) == (
            stored(client, dataset),
            len(task.calls),
        )

    def test_start_anew_with_another_part(self, client, dataset):
        """rerun="all" throws the old part away, marks included."""
        run(client, dataset, Task(), limit=3)
        result = run(client, dataset, Task(), sample=2, rerun="all")

        assert (2, 2) == (len(result.frame), len(stored(client, dataset)))

    def test_a_cut_short_part_says_how_much_is_left_of_it(self, client, dataset):
        """Counts are those of the part."""
        task = Task(broken=["q5"])
        with pytest.raises(TooManyFailuresError):
            run(client, dataset, task, limit=9, concurrency=1, max_failures=0)
        with pytest.raises(ExperimentUnfinishedError, match="of 9 runs are kept"):
            run(client, dataset, task, limit=9)


_KILLED = """
import time
import arize_nb as ax

def slow(question):
    with open({log!r}, "a") as stream:
        stream.write(question + "\\n")
    time.sleep(0.25)
    return question.replace("q", "a")

if __name__ == "__main__":
    client = ax.connect()
    client.experiments.run(
        name="killed", dataset={dataset!r}, task=slow, sample=12, seed=5, concurrency=2, progress=False, resume=True
    )
"""


def test_a_killed_part_goes_on_with_the_same_choice(client, dataset, tmp_path):
    """SIGKILL half-way through a sample: the next process runs the rest of the same twelve examples."""
    log = tmp_path / "calls.txt"
    log.touch()
    script = tmp_path / "part.py"
    script.write_text(textwrap.dedent(_KILLED.format(log=str(log), dataset=dataset.id)))
    first = subprocess.Popen([sys.executable, str(script)])
    until = time.monotonic() + 60
    while len(log.read_text().split()) < 5 and time.monotonic() < until:
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    first.wait()
    before = len(log.read_text().split())
    subprocess.run([sys.executable, str(script)], check=True)
    drawn = {f"q{index}" for index in random.Random(5).sample(range(30), 12)}
    calls = log.read_text().split()

    assert (12, drawn, drawn) == (
        len(stored(client, dataset, "killed")),
        {row[0] for row in stored(client, dataset, "killed")},
        set(calls),
    )
    assert 5 <= before < 12
    assert len(calls) <= 12 + 2
