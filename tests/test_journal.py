"""The journal: what it keeps through a kill, whom it refuses, how it is read again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from arize_nb import progress
from arize_nb.errors import RunError
from arize_nb.harness.engine import worker_pool as crew
from arize_nb.harness.engine.execute import JournalStore, execute, plan
from arize_nb.harness.engine.settings import checked
from arize_nb.harness.engine.worker_pool import BEHIND
from arize_nb.harness.functions.task import as_task
from arize_nb.harness.journal.run_journal import Journal, journal_path
from arize_nb.harness.records.run_record import Evaluation, EvaluatorRecord, Failure, RunRecord


class Heard:
    """A listener that keeps what it is told."""

    def __init__(self):
        self.runs, self.finished, self.commits = [], [], 0

    def kept(self, runs, finished):
        self.commits += 1
        self.runs += [run.key for run in runs]
        self.finished += [run.key for run in finished]


@pytest.fixture
def journal(tmp_path):
    opened = Journal(tmp_path / "j.sqlite")
    yield opened
    opened.close()


RUN = RunRecord(
    "e1",
    2,
    output={"a": ["é", 2**70, None]},
    latency_ms=1.5,
    started_at_ms=12,
    token_count=3,
    total_cost=0.5,
    fields={"model": "m"},
    trace_id="t",
    attempts=2,
)
FAILED = RunRecord(
    "e2", 1, failure=Failure("ValueError", "bad", "ValueError('bad')", "Traceback"), attempts=1
)
SCORED = EvaluatorRecord({"acc": Evaluation(1.0, "yes", "why", {"k": 1})}, started_at_ms=5)
UNSCORED = EvaluatorRecord(failure=Failure("KeyError", "x", "KeyError('x')"))


class TestKeeping:
    def test_everything_comes_back_as_it_was(self, journal):
        """Runs, failures, evaluations and their failures survive being written and read."""
        journal.start(Heard())
        journal.put("f", RUN, {}, RUN, finished=False)
        journal.put("f", None, {"acc": SCORED, "bad": UNSCORED}, RUN, finished=True)
        journal.put("f", FAILED, {}, FAILED, finished=True)
        run, failed = journal.records("f")

        assert run.evaluations == {"acc": SCORED, "bad": UNSCORED}
        run.evaluations = {}
        assert (run, failed) == (RUN, FAILED)

    def test_the_listener_hears_after_the_commit_only(self, journal):
        """What the listener hears of is on disk: another connection could read it."""
        seen = []

        class Reader(Heard):
            def kept(self, runs, finished):
                seen.append(
                    {row[0] for row in journal._connection.execute("SELECT example_id FROM runs")}
                    >= {run.example_id for run in runs}
                )

        journal.start(Reader())
        for index in range(50):
            journal.put(
                "f", RunRecord(str(index), 1, output="x"), {}, RunRecord(str(index), 1), finished=True
            )
        journal.ask(lambda _: None)

        assert seen
        assert all(seen)

    def test_one_commit_serves_many(self, journal):
        """Workers do not wait for a commit each: what comes in meanwhile goes into the next one."""
        heard = Heard()
        journal.start(heard)
        for index in range(2000):
            run = RunRecord(str(index), 1, output="x")
            journal.put("f", run, {}, run, finished=True)
        journal.ask(lambda _: None)

        assert (len(heard.runs), len(heard.finished)) == (2000, 2000)
        assert heard.commits < 400

    @pytest.mark.parametrize(
        ("slow_s", "least", "most"), [(60, 20, BEHIND + 4), (0, 0, 3)], ids=["quick", "slow"]
    )
    def test_a_kill_loses_a_bounded_number_of_results(self, journal, monkeypatch, slow_s, least, most):
        """While results wait for the disk, quick calls go on up to a number; slow ones wait, so that at most
        `concurrency` are repeated.
        """
        monkeypatch.setattr(crew, "SLOW_S", slow_s)
        behind, writing = [], journal._write_results
        monkeypatch.setattr(journal, "_write_results", lambda results: time.sleep(0.1) or writing(results))
        store, count = JournalStore(journal, "f"), 800 if most > BEHIND else 24

        def task(row):
            behind.append(store.taken - store.kept)
            return "x"

        with progress.bar("x", count, quiet=True) as bar:
            items = plan([{"id": str(index)} for index in range(count)], (), 1)
            execute(items, count, task=as_task(task), settings=checked(concurrency=4), store=store, bar=bar)

        assert (count, count, count) == (len(journal.records("f")), store.taken, store.kept)
        assert least <= max(behind) <= most

    def test_what_comes_while_it_closes(self, journal):
        """A late result does not keep the file from closing, and is written; a late question is refused, not
        left without an answer.
        """
        journal.start(Heard())
        busy, release = threading.Event(), threading.Event()

        def hold(connection):
            busy.set()
            release.wait(20)

        asking = threading.Thread(target=journal.ask, args=(hold,), daemon=True)
        asking.start()
        busy.wait(20)
        closing = threading.Thread(target=journal.close, daemon=True)
        closing.start()
        while journal._queue.empty():
            time.sleep(0.001)
        late = RunRecord("late", 1, output="x")
        journal.put("f", late, {}, late, finished=True)
        with pytest.raises(RunError, match="is closed"):
            journal.ask(lambda connection: None)
        release.set()
        closing.join(20)
        assert not closing.is_alive()
        again = Journal(journal.path)
        kept = again.left("f").runs
        again.close()

        assert kept == {("late", 1): False}

    def test_state_without_outputs(self, journal):
        """What is left is known from keys alone: done, failed, uploaded, evaluated."""
        journal.start(Heard())
        journal.put("f", RUN, {"acc": SCORED, "bad": UNSCORED}, RUN, finished=True)
        journal.put("f", FAILED, {}, FAILED, finished=True)
        journal.mark_uploaded([RUN.key], "f")
        left = journal.left("f")

        assert left.runs == {("e1", 2): False, ("e2", 1): True}
        assert ({("e1", 2)}, {("e1", 2): {"acc": False, "bad": True}}) == (left.uploaded, left.evaluated)
        assert journal.left("another task").runs == {}

    def test_forgetting_and_adopting(self, journal):
        """Failed runs can be dropped; a changed task can take over what there is."""
        journal.keep("old", [RUN, FAILED])
        journal.forget([FAILED.key], "old")
        journal.adopt("old", "new")

        assert (journal.records("old"), journal.records("new")) == ([], [RUN])

    def test_facts(self, journal):
        """Facts about the experiment are kept, replaced and removed."""
        journal.note(name="x", total="3")
        journal.note(total="4", name=None)

        assert journal.meta() == {"format": "2", "total": "4"}


class TestSafety:
    def test_only_the_owner_may_read_it(self, monkeypatch, tmp_path):
        """The file and its folder are for their owner only."""
        monkeypatch.setenv("ARIZE_NB_DATA_DIR", str(tmp_path / "data"))
        path = journal_path("space", "dataset", "qa v2/../x")
        Journal(path).close()

        assert path.parent.parent == tmp_path / "data"
        assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)

    def test_a_second_kernel_is_refused(self, journal):
        """While one kernel runs an experiment, another cannot open its journal."""
        code = (
            "from pathlib import Path; from arize_nb.harness.journal.run_journal import Journal;"
            f" Journal(Path({str(journal.path)!r}))"
        )
        told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

        assert "being run by another kernel" in told.stderr

    def test_what_is_no_journal_is_left_alone(self, tmp_path):
        """A file of another kind is an error, and stays as it is."""
        path = tmp_path / "j.sqlite"
        path.write_bytes(b"not a database, but long enough to be looked at" * 50)
        with pytest.raises(RunError, match="no journal"):
            Journal(path)

        assert path.read_bytes().startswith(b"not a database")

    def test_a_full_disk_is_told(self, journal):
        """When nothing can be written any more, the journal says so and goes on answering."""
        journal.start(Heard())
        journal.ask(lambda connection: connection.execute("PRAGMA max_page_count = 20").fetchall())
        for index in range(50):
            run = RunRecord(str(index), 1, output="x" * 5000)
            journal.put("f", run, {}, run, finished=True)
        journal.ask(lambda _: None)

        assert "full" in str(journal.failed)

    @pytest.mark.parametrize("after_s", [0.15, 0.4])
    def test_a_kill_loses_nothing_that_was_acknowledged(self, tmp_path, after_s):
        """After SIGKILL in the middle of writing, every run that the listener heard of is there, and the lock
        is gone.
        """
        code = """
import sys
from pathlib import Path
from arize_nb.harness.journal.run_journal import Journal
from arize_nb.harness.records.run_record import RunRecord

class Say:
    def kept(self, runs, finished):
        sys.stdout.write("".join(run.example_id + "\\n" for run in runs)); sys.stdout.flush()

journal = Journal(Path(sys.argv[1]))
journal.start(Say())
print("go", flush=True)
index = 0
while True:
    run = RunRecord(str(index), 1, output="x" * 200)
    journal.put("f", run, {}, run, finished=True)
    index += 1
    if index % 50 == 0:
        journal.ask(lambda _: None)
"""
        path = tmp_path / "j.sqlite"
        child = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)
        heard = []
        reader = threading.Thread(target=lambda: heard.extend(child.stdout), daemon=True)
        reader.start()
        deadline = time.monotonic() + 30
        while not heard and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(after_s)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        reader.join(10)
        child.stdout.close()
        told = {line.strip() for line in heard[1:] if line.endswith("\n")}
        again = Journal(path)
        kept = {key for key, _ in again.left("f").runs}
        again.close()

        assert told
        assert told <= kept
