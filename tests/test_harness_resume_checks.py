"""What resuming looks at: examples, repetitions, settings, names; what cannot be compared is named in the
line; format 1 goes on.
"""

from __future__ import annotations

import importlib
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest
from harness_service import ALL, Task, run, stored, thirty_questions

from arize_nb.errors import InputError, TaskChangedError, TooManyFailuresError
from arize_nb.harness import exact_match
from arize_nb.harness.journal.run_journal import journal_path

FORMAT_1 = Path(__file__).parent / "samples" / "journal_format_1"


@pytest.fixture
def dataset(client, unique_name):
    return thirty_questions(client, unique_name("d"))


def cut_short(client, dataset, task=None, **options):
    """Run until q9 fails: ten runs are kept, none is uploaded."""
    with pytest.raises(TooManyFailuresError):
        run(client, dataset, task or Task(broken=["q9"]), max_failures=0, concurrency=1, **options)


class TestExamples:
    def test_examples_that_were_changed_or_deleted_are_told(self, client, dataset):
        """An example changed in place and one deleted since the beginning: refused with their ids, and
        nothing was called.
        """
        cut_short(client, dataset)
        rows = list(client.datasets.iter_records(dataset))
        client.datasets.update_examples(
            dataset, [{"id": rows[0]["id"], "question": "CHANGED", "answer": "x"}]
        )
        client.datasets.delete_examples(dataset, [rows[1]["id"]])
        task = Task()
        with pytest.raises(
            TaskChangedError,
            match=rf"1 changed \({rows[0]['id']}\), 1 deleted \({rows[1]['id']}\).*rerun=\"all\"",
        ):
            run(client, dataset, task, resume=True)

        assert task.calls == []

    def test_earlier_results_are_kept_when_wished(self, client, dataset):
        """With allow_changed_task=True the line says what differs; a deleted example leaves no run behind."""
        cut_short(client, dataset)
        gone = next(row for row in client.datasets.iter_records(dataset) if row["question"] == "q1")
        client.datasets.delete_examples(dataset, [gone["id"]])
        result = run(client, dataset, Task(), resume=True, rerun="failed", allow_changed_task=True)

        assert [row for row in ALL if row[0] != "q1"] == stored(client, dataset)
        assert f"Differs: examples 1 deleted ({gone['id']}) since it began" in "\n".join(client.notices)
        assert any("1 deleted" in note for note in result.notes)

    def test_new_examples_in_the_same_version_are_told(self, client, dataset):
        """Examples added since are a difference too: the experiment would not be of one dataset."""
        cut_short(client, dataset)
        client.datasets.append(dataset, [{"question": "q30", "answer": "a30"}])
        with pytest.raises(TaskChangedError, match="1 added"):
            run(client, dataset, Task(), resume=True)


class TestSettings:
    def test_fewer_repetitions_are_refused(self, client, dataset):
        """An experiment has all of its repetitions; fewer can only be had under another name."""
        run(client, dataset, Task(), repetitions=3)
        with pytest.raises(
            InputError, match=r"has runs of 3 repetitions, and 2 are asked for.*repetitions=3"
        ):
            run(client, dataset, Task(), repetitions=2, resume=True)

    def test_other_settings_are_said(self, client, dataset):
        """More repetitions and another number of retries go on; the line says what it was."""
        cut_short(client, dataset)
        result = run(client, dataset, Task(), rerun="failed", retries=2, repetitions=2)

        assert len(result.records) == 60
        assert "repetitions=2 now, 1 when it began; retries=2 now, 0 when it began" in "\n".join(
            client.notices
        )

    def test_nothing_is_deleted_before_all_is_checked(self, client, dataset):
        """With rerun="failed" and an evaluator that cannot be bound, the experiment of before
        is still there.
        """
        run(client, dataset, Task(broken=["q9"]), max_failures=0.5)
        with pytest.raises(InputError, match="asks for 'nothing'"):
            run(client, dataset, Task(), rerun="failed", evaluators={"e": lambda output, nothing: 1})

        assert len(stored(client, dataset)) == 30


class TestTheLine:
    def test_what_is_not_compared_is_named(self, client, dataset):
        """A client that a task uses is named when it goes on; nothing is printed where all
        could be compared.
        """
        import httpx

        asking = Task(broken=["q9"])
        asking.http = httpx.Client()
        cut_short(client, dataset, asking)
        asking.broken.clear()
        run(client, dataset, asking, rerun="failed")
        said, before = "\n".join(client.notices), len(client.notices)
        run(client, dataset, Task(), name="other")
        run(client, dataset, Task(), name="other", resume=True)

        assert (
            "Going on with 'exp', 10 of 30 runs kept" not in said or "not compared: Task.http (httpx" in said
        )
        assert "not compared: Task.http (httpx" in said
        assert "Task.broken was changed" in said
        assert client.notices[before:] == []

    @pytest.mark.parametrize("change", ["method", "base", "settings"])
    def test_two_tasks_are_not_mixed(self, client, dataset, change):
        """A method, a base class or a dict of settings of an agent changed between stop and
        resume: refused.
        """
        code = (
            "class Base:\n    tone = 'a'\nclass Agent(Base):\n    def __init__(self, task): self.task,"
            " self.set = task, {'model': 'a'}\n"
        )
        code += (
            "    def prompt(self, q): return 'a'\n    def __call__(self, input): return self.task(input) +"
            " self.prompt(input)[:0]\n"
        )
        olds = {"method": "return 'a'", "base": "tone = 'a'", "settings": "{'model': 'a'}"}

        def agent(source):
            space = {"__name__": "__main__"}
            exec(source, space)
            return space["Agent"]

        cut_short(client, dataset, agent(code)(Task(broken=["q9"])))
        changed = agent(code.replace(olds[change], olds[change].replace("'a'", "'b'")))
        with pytest.raises(TaskChangedError, match="task 'Agent' was changed"):
            run(client, dataset, changed(Task(broken=["q9"])), resume=True)


class TestState:
    CODE = """
import heapq
SEEN, SETTINGS = [], {"model": "a", "log": []}
def remember(where, what):
    where.append(what)
def task(input):
    remember(SEEN, input)
    heapq.heappush(SETTINGS["log"], input)
    if input == BROKEN:
        raise LookupError(input)
    return input.replace("q", "a")
"""

    def begun(self, client, dataset):
        """Run a task that changes what is around it by way of helpers, until it fails."""
        space = {"__name__": "__main__", "BROKEN": "q9"}
        exec(self.CODE, space)
        cut_short(client, dataset, space["task"])
        return space

    def test_what_calls_have_left_is_no_change(self, client, dataset):
        """The very same task goes on in the kernel in which it was cut short, and in a fresh one."""
        space = self.begun(client, dataset)
        again = run(client, dataset, space["task"], resume=True, max_failures=0.9)
        fresh = {"__name__": "__main__", "BROKEN": "q9"}
        exec(self.CODE, fresh)
        finished = run(client, dataset, fresh["task"], resume=True, max_failures=0.9)

        assert (10, 30) == (again.resumed, finished.resumed)

    def test_settings_beside_such_state_are_compared(self, client, dataset):
        """Another model in the dict that holds the log is another task."""
        space = self.begun(client, dataset)
        space["SETTINGS"]["model"] = "b"
        with pytest.raises(TaskChangedError, match="task 'task' was changed"):
            run(client, dataset, space["task"], resume=True)


class TestNames:
    @pytest.mark.parametrize(
        ("name", "says"),
        [
            ("a\ud83db", "characters that no name can be stored with"),
            ("a\0b", "no name"),
            ("x" * 10_000, "10,000 characters"),
            (" ", "cannot name"),
        ],
    )
    def test_a_name_that_cannot_be_one_is_refused_at_the_start(self, client, dataset, name, says):
        """Before anything is called or made."""
        task = Task()
        with pytest.raises(InputError, match=says):
            run(client, dataset, task, name=name)

        assert task.calls == []

    def test_names_made_of_a_models_text_reach_the_service(self, client, dataset):
        """Metrics, evaluators and reported columns named with half a character are stored under
        a clean name.
        """
        from arize_nb.harness import report

        def task(input):
            report(**{"m\ud83d": 1})
            return "x"

        judges = {"judge \ud83d": lambda output: {"tone \ud83d": 1.0}, "plain\ud83d": lambda output: 1.0}
        result = run(client, dataset, task, evaluators=judges)

        assert {"m?", "eval.tone ?.score", "eval.plain?.score"} <= set(
            client.experiments.runs(result.experiment).columns
        )


class TestFormat1:
    @pytest.fixture
    def begun(self, client, unique_name, monkeypatch):
        """A journal of six runs that the version before wrote, for a dataset of the same ten examples."""
        examples = [{"id": f"example-{i}", "question": f"q{i}", "expected": f"a{i}"} for i in range(10)]
        dataset = client.datasets.create(name=unique_name("d"), examples=examples)
        path = journal_path(dataset.space_id or "", dataset.id, "kept")
        path.parent.mkdir(parents=True)
        shutil.copyfile(FORMAT_1 / "kept.sqlite", path)
        connection = sqlite3.connect(path)
        connection.execute("UPDATE meta SET value = ? WHERE key = 'version_id'", (dataset.versions[0].id,))
        connection.commit()
        connection.close()
        monkeypatch.syspath_prepend(FORMAT_1)
        sys.modules.pop("asked", None)
        return dataset, importlib.import_module("asked")

    def test_it_goes_on(self, client, begun):
        """Six runs and their evaluations are kept, four are made, and the line says what the journal cannot
        tell.
        """
        dataset, asked = begun
        result = run(
            client,
            dataset,
            asked.answer,
            name="kept",
            resume=True,
            evaluators=[asked.long_enough, exact_match()],
        )

        assert (6, 4, 10) == (result.resumed, asked.CALLS, len(result.records))
        assert [1.0] * 10 == list(result.frame["eval.exact_match.score"])
        assert "not compared: evaluator 'exact_match', begun under an earlier arize_nb" in "\n".join(
            client.notices
        )
        before = len(client.notices)
        again = run(
            client,
            dataset,
            asked.answer,
            name="kept",
            resume=True,
            evaluators=[asked.long_enough, exact_match()],
        )
        assert (10, "") == (again.resumed, "".join(client.notices[before:]))

    def test_another_task_is_refused(self, client, begun):
        """By the rules under which it began."""
        dataset, _ = begun
        with pytest.raises(TaskChangedError, match="task 'lambda' was changed"):
            run(client, dataset, lambda question: question, name="kept", resume=True)
