"""A reviewer's answers outlive kernels, cut lines, refusals and lost connections; two reviewers do not lose
each other's.
"""

from __future__ import annotations

import fcntl
import os
import random
import resource
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import arize_nb as ax
from arize_nb.errors import ConnectionFailedError, NotFoundError, UnreadableJournalError
from arize_nb.widgets.parts.background import Background
from arize_nb.widgets.parts.channel import Front
from arize_nb.widgets.reviewer.annotation_writer import ReviewWriter
from arize_nb.widgets.reviewer.answer_journal import ReviewJournal, merged

HEX = "0123456789abcdef"


def record(run, label="good"):
    return {"record_id": run, "values": [{"name": "quality", "label": label}]}


@pytest.fixture
def journal(tmp_path):
    """Open the journal of one experiment, again and again."""
    return lambda experiment="exp": ReviewJournal(tmp_path / "reviews", "https://api", experiment)


def test_answers_are_on_disk_before_they_are_sent_and_gone_after(journal):
    """The file is the owner's only, another kernel finds what a dead one left, what was sent is gone."""
    first = journal()
    kept, done = first.add(record("r1")), first.add(record("r2"))
    first.drop([done])
    assert 0o600 == stat.S_IMODE(first.path.stat().st_mode)
    first.close()

    second = journal()
    assert {kept: record("r1")} == second.waiting()
    assert {} == journal("other").waiting()
    second.add(record("r3"))
    second.close()

    third = journal()
    assert ["r1", "r3"] == [one["record_id"] for one in third.waiting().values()]
    third.drop(list(third.waiting()))
    third.close()
    assert b"record_id" not in third.path.read_bytes()
    assert [third.path.name] == sorted(one.name for one in third.path.parent.iterdir())


OLD = """{"key": "k1", "record": {"record_id": "r1", "values": [{"name": "quality", "label": "good"}]}}
{"key": "k2", "record": {"record_id": "r2", "values": [{"name": "quality", "label": "good"}]}}
{"sent": ["k2"]}
{"key": "cut sho"""


@pytest.mark.parametrize(
    "is_held", [False, True], ids=["left behind", "held by a kernel of the version before"]
)
def test_answers_of_the_version_before_move_in(journal, is_held):
    """Lines that were not sent are taken over and their file goes; where it is still locked they are noted."""
    made = journal()
    old = made.path.with_name(f"{made.path.stem}.17-abcd.jsonl")
    old.parent.mkdir(parents=True)
    old.write_text(OLD)
    with old.open("r+") as stream:
        if is_held:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        found = journal()

        answers = [record("r1")]
        expected = ([], answers, True) if is_held else (answers, [], False)
        assert expected == (list(found.waiting().values()), found.elsewhere, old.exists())


def test_a_damaged_answer_is_said_and_not_taken_for_another(journal):
    """A flipped bit in the file is an error that names it, never an answer that nobody gave."""
    first = journal()
    first.add(record("r1", "good"))
    first.close()
    first.path.write_bytes(first.path.read_bytes().replace(b"good", b"gold"))

    with pytest.raises(UnreadableJournalError, match=f"damaged.*{first.path.name}"):
        journal()


ANSWERING = """
import random, sys
from pathlib import Path
from arize_nb.widgets.reviewer.answer_journal import ReviewJournal
draw = random.Random(sys.argv[2])
journal = ReviewJournal(Path(sys.argv[1]), "https://api", "exp")
mine = []
for number in range(100_000):
    key = journal.add({"record_id": f"{sys.argv[2]}-{number}", "values": [{"name": "quality", "score": number}]})
    print("kept", key, flush=True)
    mine.append(key)
    if draw.random() < 0.4:
        key = mine.pop(draw.randrange(len(mine)))
        print("dropping", key, flush=True)
        journal.drop([key])
        print("dropped", key, flush=True)
"""


def test_three_kernels_killed_while_they_write_lose_no_answer(tmp_path, journal):
    """Every answer that was kept and not sent is found after SIGKILL, once; none that was sent is back."""
    draw = random.Random(20261201)
    kept, begun, gone = set(), set(), set()
    for turn in range(4):
        kernels = [
            subprocess.Popen(
                [sys.executable, "-c", ANSWERING, str(tmp_path / "reviews"), f"{turn}-{number}"],
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": str(Path(ax.__file__).parents[1])},
                text=True,
            )
            for number in range(3)
        ]
        for kernel in kernels:
            assert kernel.stdout.readline().startswith("kept")
        time.sleep(draw.uniform(0.1, 0.6))
        for kernel in kernels:
            kernel.send_signal(signal.SIGKILL)
        for kernel in kernels:
            words = [
                line.split() for line in kernel.communicate()[0].splitlines() if line.endswith(tuple(HEX))
            ]
            for what, key in (word for word in words if len(word) == 2 and len(word[1]) == 16):
                {"kept": kept, "dropping": begun, "dropped": gone}[what].add(key)

    found = journal()
    assert len(kept) > 12
    assert set() == (kept - begun) - set(found.waiting())
    assert set() == gone & set(found.waiting())
    assert [] == found.elsewhere


def test_two_reviewers_at_once_leave_each_others_answers_alone(journal):
    """What one has sent does not end what the other has yet to send; each knows of the other's answers."""
    mine = journal()
    mine.add(record("r1"))
    other = journal()
    assert ({}, [record("r1")]) == (other.waiting(), other.elsewhere)

    other.drop([other.add(record("r2"))])
    mine.close()
    assert ["r1"] == [one["record_id"] for one in journal().waiting().values()]


def test_the_last_word_on_each_member_wins():
    """Several answers about one run make one record."""
    said = [
        ("r1", {"name": "q", "label": "good"}),
        ("r2", {"name": "q", "label": "bad"}),
        ("r1", {"name": "q", "label": "bad", "text": "sure"}),
    ]
    records = [{"record_id": run, "values": [value]} for run, value in said]

    assert [
        {"record_id": "r1", "values": [{"name": "q", "label": "bad", "text": "sure"}]},
        {"record_id": "r2", "values": [{"name": "q", "label": "bad"}]},
    ] == merged(records)


class Service:
    """Takes answers, refuses some runs, or cannot be reached."""

    def __init__(self):
        self.taken = []
        self.reachable = True
        self.refused = set()

    def send(self, records):
        if not self.reachable:
            raise ConnectionFailedError("nothing answers", address="http://127.0.0.1:1")
        if self.refused & {one["record_id"] for one in records}:
            raise NotFoundError("annotation config", "quality")
        self.taken += [one["record_id"] for one in records]


def test_a_refused_answer_does_not_hold_up_the_others(journal):
    """It is set aside and said; "Send again" tries it as well."""
    service, background = Service(), Background()
    service.refused = {"r2"}
    book = journal()
    for run in ("r1", "r2", "r3"):
        book.add(record(run))
    writer = ReviewWriter(service.send, book, background, "write", lambda: None, grace_s=0)
    writer.push()
    assert background.wait()
    writer.add(record("r4"))
    assert background.wait()

    assert (["r1", "r3", "r4"], 1) == (service.taken, writer.waiting)
    assert "annotation config 'quality' not found" in writer.trouble
    service.refused = set()
    writer.retry()
    assert background.wait()
    assert (["r1", "r3", "r4", "r2"], 0, "") == (service.taken, writer.waiting, writer.trouble)


def test_send_again_does_not_wait_for_the_pause_and_undo_works_during_it(journal, monkeypatch):
    """After a lost connection the writer rests; the person may take an answer back, or send at once."""
    monkeypatch.setattr("arize_nb.widgets.reviewer.annotation_writer._WAITS_S", (600.0,))
    service, background = Service(), Background()
    service.reachable = False
    failed = threading.Event()
    writer = ReviewWriter(service.send, journal(), background, "write", failed.set, grace_s=0)
    kept, mistake = writer.add(record("r1")), writer.add(record("r2"))
    assert failed.wait(10)
    assert "nothing answers" == writer.trouble

    assert writer.take_back(mistake)
    service.reachable = True
    writer.retry()
    assert background.wait()
    assert (["r1"], 0, "") == (service.taken, writer.waiting, writer.trouble)
    assert not writer.take_back(kept)


@pytest.fixture
def experiment(client):
    """Make an experiment of four runs and an annotation config on the real server."""
    dataset = client.datasets.create(name="qa", examples=[{"question": f"q{place}"} for place in range(4)])
    runs = [{"example_id": example, "output": "a"} for example in client.datasets.examples(dataset)["id"]]
    client.annotation_configs.create(name="quality", type="categorical", values=["good", "bad"])
    return client.experiments.create(name="reviewed", dataset=dataset, runs=runs)


KILLED = """
import os, signal, sys, time
import arize_nb as ax
client = ax.connect(space=sys.argv[1])
client.experiments.annotate = lambda *_given, **_options: time.sleep(600)  # the service is slow, for ever
reviewer = ax.RunReviewer(client, sys.argv[2], configs=["quality"])
reviewer.wait()
reviewer.say("quality", label="bad")
reviewer._go(+1)
reviewer.say("quality", label="good")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_kernel_loses_nothing(client, experiment, local_server, monkeypatch):
    """After SIGKILL before anything was sent, the next review counts the answers as given, and sends them."""
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, client.space, experiment.id],
        env={**os.environ, **local_server.env(), "PYTHONPATH": str(Path(ax.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (-signal.SIGKILL, "") == (ran.returncode, ran.stderr)
    monkeypatch.setattr(Front, "send", lambda _self, _content, buffers=None: None)
    reviewer = ax.RunReviewer(client, experiment, configs=["quality"])
    assert reviewer.wait()

    assert (2, 2, 0) == (reviewer.session.done, reviewer.session.place, reviewer.waiting)
    labels = client.experiments.runs(experiment, annotations=True)["annotation.quality.label"]
    assert ["bad", "good"] == labels.tolist()[:2]


def test_a_label_costs_no_read_of_all_runs(client, experiment, monkeypatch):
    """The runs were read when the review began; a hundred thousand ids are not read again for every label."""
    asked = []
    annotate = client.experiments.annotate
    monkeypatch.setattr(
        client.experiments,
        "annotate",
        lambda *given, **options: asked.append(options) or annotate(*given, **options),
    )
    reviewer = ax.RunReviewer(client, experiment, configs=["quality"])
    reviewer.wait()
    reviewer.say("quality", label="good")
    reviewer.wait()

    assert [{"check_ids": False}] == asked
    assert 0 == reviewer.waiting


def test_what_cannot_be_made_safe_was_not_said(client, experiment, monkeypatch):
    """With a full disk the person is told, the run stays open, and undo still takes back the right answer."""
    shown = []
    monkeypatch.setattr(Front, "send", lambda _self, content, buffers=None: shown.append(content))
    reviewer = ax.RunReviewer(client, experiment, configs=["quality"])
    reviewer.wait()
    reviewer.say("quality", label="good")
    reviewer.wait()

    _soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))  # no file may grow: as a full disk
    try:
        reviewer._go(+1)
        reviewer._front._hear(
            reviewer._front,
            {"kind": "say", "run": 1, "name": "quality", "member": "label", "value": "bad"},
            [],
        )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert ("problem", True) == (shown[-1]["kind"], "cannot be written" in shown[-1]["text"])
    assert (1, 1) == (reviewer.session.done, len(reviewer.session.changes))
    assert 0 == reviewer.waiting
    reviewer.undo()
    assert (0, 0) == (reviewer.session.done, reviewer.session.place)
