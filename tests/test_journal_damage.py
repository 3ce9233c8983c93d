"""Damaged journals: one line and a way that works; what can be read is saved, and nothing that was not
written is taken for a result.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import threading

import pytest
from harness_service import ALL, Task, run, stored, thirty_questions
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from arize_nb.errors import RunError, TooManyFailuresError, UnreadableJournalError
from arize_nb.harness.journal.run_journal import Journal, journal_path
from arize_nb.harness.journal.salvage import salvage
from arize_nb.harness.records.run_record import Evaluation, EvaluatorRecord, RunRecord
from arize_nb.persistence.data_directory import data_directory


def torn_record(path):
    """Cut one record, as a lost page would."""
    connection = sqlite3.connect(path)
    connection.execute("UPDATE runs SET record = substr(record, 1, 10) WHERE rowid = 3")
    connection.commit()
    connection.close()


def overwrite(start, data):
    def damage(path):
        with path.open("r+b") as file:
            file.seek(start if start >= 0 else path.stat().st_size // 2)
            file.write(data)

    return damage


def changed_byte(path):
    data = path.read_bytes()
    place = data.index(b'"output"')
    path.write_bytes(data[: place + 1] + b"O" + data[place + 2 :])


DAMAGES = {
    "head": overwrite(0, bytes(range(256)) * 12),
    "middle": overwrite(-1, os.urandom(3000)),
    "cut": lambda path: os.truncate(path, path.stat().st_size - 5000),
    "half": lambda path: os.truncate(path, path.stat().st_size // 2),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "garbage": lambda path: path.write_bytes(b"no journal at all" * 999),
    "torn record": torn_record,
    "one byte": changed_byte,
}


@pytest.fixture
def dataset(client, unique_name):
    return thirty_questions(client, unique_name("d"))


@pytest.fixture
def cut_short(client, dataset):
    """Return the file of a journal with twenty runs, none of them uploaded."""
    with pytest.raises(TooManyFailuresError):
        run(client, dataset, Task(broken=["q19"], suffix="!" * 400), max_failures=0, concurrency=1)
    return journal_path(dataset.space_id or "", dataset.id, "exp")


@pytest.mark.parametrize("damage", DAMAGES)
def test_resuming_goes_on_with_what_can_be_read(client, dataset, cut_short, damage):
    """Whatever happened to the file: the run becomes whole, the line says how many could be read, and the
    damaged file is kept.
    """
    DAMAGES[damage](cut_short)
    result = run(client, dataset, Task(suffix="!" * 400), rerun="failed")
    said = "\n".join(client.notices)

    assert [(q, repetition, a + "!" * 400) for q, repetition, a in ALL] == stored(client, dataset)
    assert "The journal was damaged" in said
    assert len(list(cut_short.parent.glob("*.damaged-1.sqlite"))) == 1
    assert result.counts["completed"] == 30


@pytest.mark.parametrize("damage", DAMAGES)
def test_beginning_anew_always_works(client, dataset, cut_short, damage):
    """rerun="all" sets the file aside; without a word from the user, the error names both ways."""
    DAMAGES[damage](cut_short)
    if damage in ("head", "zeros", "garbage"):
        with pytest.raises(UnreadableJournalError, match=r'resume=True; or start anew: rerun="all"'):
            run(client, dataset, Task())
    result = run(client, dataset, Task(), rerun="all")

    assert (0, ALL) == (result.resumed, stored(client, dataset))


def test_runs_that_only_the_service_has_come_back(client, dataset):
    """A finished experiment whose journal lost runs is whole again: none is called twice, none is deleted."""
    run(client, dataset, Task(suffix="!" * 400), evaluators={"long": lambda output: len(output) > 3})
    path = journal_path(dataset.space_id or "", dataset.id, "exp")
    torn_record(path)
    task = Task(suffix="!" * 400)
    result = run(client, dataset, task, evaluators={"long": lambda output: len(output) > 3}, resume=True)

    assert ([], 30) == (task.calls, len(result.records))
    assert "1 more came back from the service" in "\n".join(client.notices)
    assert [1.0] * 30 == list(result.frame["eval.long.score"])


def test_a_newer_format_is_left_alone_unless_told(client, dataset, cut_short):
    """A journal of a later version is not read; rerun="all" sets it aside."""
    connection = sqlite3.connect(cut_short)
    connection.execute("UPDATE meta SET value = '99' WHERE key = 'format'")
    connection.commit()
    connection.close()
    with pytest.raises(UnreadableJournalError, match=r"of format 99, this version reads 2\. Upgrade"):
        run(client, dataset, Task(), resume=True)

    assert run(client, dataset, Task(), rerun="all").counts["completed"] == 30


@pytest.mark.parametrize("kind", ["file", "journal is a folder", "folder to nowhere"])
def test_a_place_that_cannot_be_written_says_so(client, dataset, kind):
    """Where there is no room for a journal, the error names the variable, before anything is called."""
    path = journal_path(dataset.space_id or "", dataset.id, "exp")
    if kind == "file":
        path.parent.parent.mkdir(exist_ok=True)
        path.parent.write_text("not a folder")
    elif kind == "journal is a folder":
        path.mkdir(parents=True)
    else:
        path.parent.parent.mkdir(exist_ok=True)
        path.parent.symlink_to("/proc/nothing/here")
    task = Task()
    for options in ({}, {"resume": True}, {"rerun": "all"}):
        with pytest.raises(RunError, match=r"cannot be written.*ARIZE_NB_DATA_DIR"):
            run(client, dataset, task, **options)

    assert task.calls == []


def test_pages_damaged_while_it_is_open_end_in_one_line(tmp_path):
    """What is read from an open journal that breaks is our error, in whichever thread."""
    journal = Journal(tmp_path / "j.sqlite")
    journal.keep("f", [RunRecord("e", 1, output="x")])
    journal.ask(lambda connection: connection.execute("UPDATE runs SET record = x'ff00'"))
    caught = []

    def read():
        try:
            journal.records("f")
        except Exception as error:
            caught.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    journal.close()

    assert [UnreadableJournalError] == [type(error) for error in caught]


class Whole:
    """A journal of forty runs, some of several pages, and what it holds."""

    def __init__(self, path):
        self.path = path
        runs = [RunRecord(f"e{i}", 1, output={"text": "é" * (i * 150), "n": i}) for i in range(40)]
        for record in runs:
            record.evaluations["acc"] = EvaluatorRecord({"acc": Evaluation(float(len(record.example_id)))})
        journal = Journal(path)
        journal.note(fingerprint="f", name="x")
        journal.keep("f", runs, evaluations=True)
        journal.close()
        self.outputs = {record.key: record.output for record in runs}

    def __repr__(self):
        return "Whole"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return Whole(tmp_path_factory.mktemp("journal") / "whole.sqlite")


@settings(max_examples=60, phases=[Phase.generate])
@given(seed=st.integers(0, 2**32))
def test_no_damage_makes_a_result(whole, tmp_path_factory, seed):
    """Bytes changed anywhere: what is read is what was written, or an error of ours; what is saved is a part
    of it.
    """
    copy = tmp_path_factory.mktemp("copy") / "copy.sqlite"
    content, draw = bytearray(whole.path.read_bytes()), random.Random(seed)
    for _ in range(draw.randint(1, 20)):
        content[draw.randrange(len(content))] = draw.randrange(256)
    copy.write_bytes(content)
    try:
        journal = Journal(copy)
        try:
            journal.check()
            read = {record.key: record for record in journal.records("f")}
        finally:
            journal.close()
    except RunError:
        salvage(copy)
        journal = Journal(copy)
        read = {record.key: record for record in journal.records("f")}
        journal.close()

    assert all(whole.outputs[key] == record.output for key, record in read.items())
    shutil.rmtree(copy.parent)


class TestDataDirectory:
    def test_a_relative_path_stays_where_it_was_first_seen(self, tmp_path, monkeypatch):
        """A change of folder does not lose what was kept."""
        monkeypatch.setenv("ARIZE_NB_DATA_DIR", f" kept-{tmp_path.name} ")
        monkeypatch.chdir(tmp_path)
        first = data_directory()
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")

        assert tmp_path / f"kept-{tmp_path.name}" == first == data_directory()

    @pytest.mark.parametrize("blank", ["", "   "])
    def test_a_blank_one_is_none(self, monkeypatch, blank):
        """It is the user's data folder then."""
        monkeypatch.setenv("ARIZE_NB_DATA_DIR", blank)

        assert (data_directory().is_absolute(), "arize_nb") == (True, data_directory().name)

    def test_the_home_folder_is_understood(self, monkeypatch, tmp_path):
        """``~`` is the user's home."""
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("ARIZE_NB_DATA_DIR", "~/kept")

        assert tmp_path / "kept" == data_directory()
