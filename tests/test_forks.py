"""A client in a process that was forked off: it never reads its parent's replies, and never hangs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked on POSIX systems only")

FORKING = """
import multiprocessing, sys, warnings
import arize_nb

warnings.simplefilter("ignore")
client = arize_nb.connect()
counts = {}
for number in (3, 5, 7):
    runs = [{"output": f"{number}-{row}"} for row in range(number)]
    counts[client.experiments.create(name=f"e{number}", runs=runs).id] = number
transport = sys.argv[1]


def read(replies):
    "Read all experiments again and again, and say whether each had its own runs."
    wrong = []
    for _ in range(15):
        for identifier, number in counts.items():
            outputs = client.experiments.runs(identifier, transport=transport)["output"].tolist()
            if outputs != [f"{number}-{row}" for row in range(number)]:
                wrong.append(outputs)
    if replies is not None:
        replies.put(wrong)
    return wrong


assert read(None) == []
context = multiprocessing.get_context("fork")
replies = context.Queue()
children = [context.Process(target=read, args=(replies,)) for _ in range(3)]
for child in children:
    child.start()
assert read(None) == [], "the parent"
assert [replies.get(timeout=60) for _ in children] == [[]] * 3
for child in children:
    child.join(60)
    assert child.exitcode == 0
assert read(None) == [], "the parent, afterwards"
"""

REFUSED = """
import os
import arize_nb
from arize_nb.errors import FlightUnavailableError

client = arize_nb.connect()
made = client.experiments.create(name="e", runs=[{"output": "o"}])
assert len(client.experiments.runs(made, transport="flight")) == 1
pid = os.fork()
if pid == 0:
    try:
        client.experiments.runs(made, transport="flight")
    except FlightUnavailableError as error:
        os._exit(0 if "forked" in str(error) and "spawn" in str(error) and client.close() is None else 2)
    os._exit(3)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
assert len(client.experiments.runs(made, transport="flight")) == 1
"""


def failure(code, server, space, *arguments):
    """Run a program on a server, in a process without any thread of this one's, and return what it died of;
    "" when it ended well.
    """
    env = os.environ | server.env() | {"ARIZE_SPACE": space.name}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    return f"{done.returncode}: {done.stderr}" if done.returncode else ""


@pytest.mark.parametrize("transport", ["rest", "auto"])
def test_parent_and_children_read_their_own_replies(local_server, fresh_space, transport):
    """They share no connection: every reply is that to the request of its own process."""
    assert "" == failure(FORKING, local_server, fresh_space, transport)


def test_flight_is_refused_where_it_would_hang(local_server, fresh_space):
    """One line says what to do instead; the parent's connection goes on."""
    assert "" == failure(REFUSED, local_server, fresh_space)
