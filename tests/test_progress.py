"""One bar, in place: what it says, where it shows, what it leaves behind."""

from __future__ import annotations

import io
import sys
import time

import pytest

from arize_nb import progress


class Recorder:
    """A face that keeps what was drawn."""

    def __init__(self):
        self.drawn = []

    def draw(self, bar, *, final):
        self.drawn.append((repr(bar), final))


@pytest.fixture
def recorded():
    """Make a bar that draws into a list."""

    def make(label="Running qa", total=None, *, unit="runs", delay_s=0.0):
        face = Recorder()
        return progress.Bar(label, total, unit=unit, delay_s=delay_s, face=face), face

    return make


class TestWhatItSays:
    def test_last_line_has_counts_failures_and_time(self, recorded):
        """The final state says how many ended, how many failed and how long it took."""
        bar, face = recorded(total=1200)
        with bar:
            bar.advance(1000, failed=3)
            bar.advance(200)
        text, final = face.drawn[-1]

        assert final
        assert text.startswith("Running qa: 1,200 of 1,200 runs, 3 failed, took ")

    def test_interrupt_and_error_are_told_apart(self, recorded):
        """An interrupt and an error leave different last words."""
        words = []
        for error in (KeyboardInterrupt, ValueError):
            bar, _ = recorded(total=10)
            with pytest.raises(error), bar:
                raise error
            words.append(bar.state)

        assert words == ["interrupted", "stopped"]

    def test_rate_and_time_left_come_from_what_is_done(self, recorded):
        """Time left is what remains at the rate so far; unknown before anything is done."""
        bar, _ = recorded(total=100)
        with bar:
            assert bar.left_s is None
            bar._started = time.monotonic() - 10
            bar.advance(50)

            assert bar.left_s == pytest.approx(10, rel=0.05)

    @pytest.mark.parametrize(
        ("seconds", "text"), [(0.42, "0.4 s"), (12.3, "12 s"), (185, "3 min 5 s"), (7440, "2 h 4 min")]
    )
    def test_duration(self, seconds, text):
        """Time spans are written for people."""
        assert text == progress.duration(seconds)

    def test_another_part_starts_from_nothing(self, recorded):
        """The next part of the same work has its own label, count and rate; the time is that of the whole."""
        bar, face = recorded("Reading qa")
        with bar:
            bar._started = time.monotonic() - 10
            bar.advance(100)
            bar.restart("Writing qa", total=100)
            assert bar.rate is None
            bar.advance(100)
        text, _ = face.drawn[-1]

        assert text.startswith("Writing qa: 100 of 100 runs, took 10 s")

    def test_html_escapes_the_label(self, recorded):
        """A label with markup in it stays text."""
        bar, _ = recorded('<img src=x onerror="alert(1)">', total=3)

        assert "<img" not in bar._repr_html_()


class TestWhereItShows:
    def test_quick_work_shows_nothing(self, recorded):
        """Work that ends before the delay draws nothing at all."""
        bar, face = recorded(total=3, delay_s=5)
        with bar:
            bar.advance(3)

        assert face.drawn == []

    def test_drawings_are_throttled(self, recorded):
        """A thousand quick steps are a handful of drawings."""
        bar, face = recorded(total=1000)
        with bar:
            for _ in range(1000):
                bar.advance()

        assert len(face.drawn) <= 3

    def test_a_bar_inside_a_bar_is_silent(self, recorded):
        """Only the outer of two nested bars is shown, and the next one shows again."""
        outer, outer_face = recorded("outer")
        inner, inner_face = recorded("inner")
        after, after_face = recorded("after")
        with outer, inner:
            inner.advance()
        with after:
            pass

        assert (bool(outer_face.drawn), bool(inner_face.drawn), bool(after_face.drawn)) == (True, False, True)

    def test_quiet_and_no_terminal_have_no_face(self, monkeypatch):
        """With quiet, and where output cannot be updated in place, nothing is written."""
        stream = io.StringIO()
        monkeypatch.setattr(sys, "stderr", stream)
        for quiet in (True, False):
            with progress.bar("x", 3, quiet=quiet, delay_s=0) as bar:
                bar.advance(3)

        assert stream.getvalue() == ""

    def test_terminal_gets_one_tqdm_line(self, monkeypatch):
        """In a terminal tqdm draws on standard error, with the failures behind."""

        class Terminal(io.StringIO):
            def isatty(self):
                return True

        stream = Terminal()
        monkeypatch.setattr(sys, "stderr", stream)
        with progress.bar("Running qa", 4, delay_s=0) as bar:
            bar.advance(4, failed=1)
        last = stream.getvalue().rstrip("\n").split("\r")[-1]

        assert "Running qa: 100%" in last
        assert "1 failed" in last

    def test_terminal_shows_the_next_part(self, monkeypatch):
        """Another part of the work replaces the label and the count in the same line."""

        class Terminal(io.StringIO):
            def isatty(self):
                return True

        stream = Terminal()
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setattr(progress, "REDRAW_S", 0)
        with progress.bar("Reading qa", delay_s=0) as bar:
            bar.advance(4)
            bar.restart("Writing qa", total=4)
            bar.advance(1)
        drawn = [line.partition(":")[0] for line in stream.getvalue().rstrip("\n").split("\r") if line]

        assert ["Reading qa", "Writing qa"] == list(dict.fromkeys(drawn))
        assert "1/4" in stream.getvalue().split("\r")[-1]
        assert 1 == stream.getvalue().count("\n")


@pytest.mark.kernel
def test_notebook_keeps_the_last_state_only():
    """Executed by a real kernel, the cell has one output: the final state, as HTML and as text."""
    import nbformat
    from nbclient import NotebookClient

    code = """
import time
from arize_nb import progress
with progress.bar("Running qa", 3, delay_s=0) as bar:
    for _ in range(3):
        time.sleep(0.25)
        bar.advance()
"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    notebook = NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
    outputs = notebook.cells[0].outputs

    assert len(outputs) == 1
    assert {"text/html", "text/plain"} == set(outputs[0]["data"])
    assert outputs[0]["data"]["text/plain"].startswith("Running qa: 3 of 3 runs, took ")
