"""A cell that is run again ends what it showed before; what was closed can be shown again; results that fail
are said.
"""

from __future__ import annotations

import logging
import threading

import pytest
from ipywidgets.widgets.widget import _instances
from jupyter_client.manager import start_new_kernel

import arize_nb as ax
from arize_nb.widgets.parts.background import Background
from arize_nb.widgets.parts.lifetime import shown_in

SETUP = """
import comm, gc, threading, types, arize_nb as ax
from arize_nb.models import Page
rows = [{"id": f"r{place}", "example_id": f"e{place}", "output": "a", "eval.ok.label": "correct"} for place in range(3)]
comparison = ax.compare(rows, rows)
nothing = types.SimpleNamespace(list=lambda **_asked: Page(items=()))
client = types.SimpleNamespace(space=None, spaces=nothing, datasets=nothing, experiments=nothing)
def count():
    gc.collect()
    return len(comm.get_comm_manager().comms), sum(thread.name.startswith("arize_nb") for thread in threading.enumerate())
"""
SHOWN = {
    "grid": "ax.Grid(rows)",
    "explorer": "explorer = ax.ComparisonExplorer(comparison)\nexplorer",
    "picking": "ax.ComparisonExplorer(client)",
    "picker": "picker = ax.ExperimentPicker(client)\npicker.wait()\npicker",
    "browser": "ax.RunBrowser(rows)",
}


class Kernel:
    """A real kernel, run cell by cell as a front end does."""

    def __init__(self, client):
        self.client = client

    def run(self, code, cell):
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {"count": "count()"},
            "allow_stdin": False,
        }
        message = self.client.session.msg("execute_request", content, metadata={"cellId": cell})
        self.client.shell_channel.send(message)
        while True:
            reply = self.client.get_shell_msg(timeout=60)
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                break
        assert "ok" == reply["content"]["status"], reply["content"]
        return reply["content"]["user_expressions"]["count"]["data"]["text/plain"]


@pytest.fixture
def kernel():
    manager, client = start_new_kernel(kernel_name="python3")
    yield Kernel(client)
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_running_a_cell_again_leaves_nothing_behind(kernel):
    """After five runs of each widget's cell there are as many comms and threads as after one; another cell's
    widget stays.
    """
    kernel.run(SETUP, "setup")
    kernel.run("kept = ax.Grid(rows)\nkept", "first")
    for name, code in SHOWN.items():
        once = kernel.run(code, name)
        for _ in range(4):
            again = kernel.run(code, name)
        assert (name, once) == (name, again)
    kernel.run("assert kept.comm is not None and kept._front.comm is not None", "check")


def test_what_was_closed_opens_again_when_it_is_shown():
    """Closing ends every model of a widget, hidden ones too, and keeps its state; showing it brings all of
    them back.
    """
    before = set(_instances)
    grid = ax.Grid([{"id": "r1", "output": "a"}, {"id": "r2", "output": "b"}])
    explorer = ax.ComparisonExplorer(
        ax.compare(
            [{"example_id": "e1", "eval.ok.label": "yes"}], [{"example_id": "e1", "eval.ok.label": "no"}]
        )
    )
    made = set(_instances) - before
    grid.query = "b"
    grid.close()
    explorer.close()
    assert before == set(_instances)

    assert "r2" == grid.frame()["id"].item()
    for widget in (grid, explorer):
        assert "application/vnd.jupyter.widget-view+json" in widget._repr_mimebundle_()
    assert made == set(_instances) - before
    grid.close()
    explorer.close()


def test_a_widget_shown_in_two_cells_or_twice_in_one_is_not_ended():
    """Only what an earlier run of the same cell showed, and no other cell, is ended."""
    only, both, same = (ax.Grid([{"id": "r1"}]) for _ in range(3))
    for widget, cell, execution in (
        (only, "a", "1"),
        (both, "a", "1"),
        (both, "b", "2"),
        (same, "a", "1"),
        (same, "a", "3"),
    ):
        shown_in(widget, cell, execution)

    assert [True, False, False] == [widget.comm is None for widget in (only, both, same)]
    both.close()
    same.close()


def test_what_goes_wrong_while_a_result_is_shown_is_said(caplog):
    """An error in `done` reaches `failed`, one in `failed` the log; the results after it are delivered."""
    background, said = Background(), []

    def broken(_result):
        raise ValueError("cannot show it")

    background.submit("a", lambda: 1, broken, said.append)
    assert background.wait()
    assert ["cannot show it"] == [str(error) for error in said]

    with caplog.at_level(logging.WARNING, "arize_nb.widgets"):
        background.submit("b", lambda: 1, broken, broken)
        background.submit("c", lambda: 2, said.append, said.append)
        assert background.wait()
    assert 2 == said[-1]
    assert "a result could not be shown" in caplog.text


def test_a_request_that_only_waits_ends_when_nobody_wants_it():
    """A pause in typing, or between two tries, holds no thread once it is forgotten."""
    background = Background()
    background.submit("pause", lambda: None, print, print, delay_s=600)
    background.tick("pause", print, every_s=600)
    waiting = [thread for thread in threading.enumerate() if thread.name.startswith("arize_nb pause")]
    background.close()
    for thread in waiting:
        thread.join(10)

    assert 2 == len(waiting)
    assert [False, False] == [thread.is_alive() for thread in waiting]
    assert background.wait()
