"""One progress bar that updates in place: a display handle in a kernel, tqdm in a terminal, nothing
elsewhere.

A saved notebook keeps only the last state, as HTML and as text (tqdm in a notebook leaves widget models and a
frozen 0%).
"""

from __future__ import annotations

import sys
import threading
import time
from html import escape
from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    from types import TracebackType

REDRAW_S = 0.2
"""Shortest time between two drawings in a kernel: more only floods the browser."""
DELAY_S = 0.5
"""Work that ends sooner than this never shows a bar."""

_on_screen: list[Bar] = []
"""The bar being shown; bars opened inside it stay silent, since two bars at once cannot be read."""


class _Face(Protocol):
    """Where a bar is drawn."""

    def draw(self, bar: Bar, *, final: bool) -> None:
        """Show the state of the bar; `final` is the last call."""


def bar(
    label: str, total: int | None = None, *, quiet: bool = False, unit: str = "runs", delay_s: float = DELAY_S
) -> Bar:
    """Make a progress bar for a with-statement.

    Parameters
    ----------
    label : str
        What is being done ("Running qa-v2").
    total : int, optional
        How many units there are; None when that is unknown.
    quiet : bool
        Show nothing at all.
    unit : str
        What is counted, in the plural.
    delay_s : float
        Seconds before the bar first shows; work that ends sooner shows nothing. 0 shows it at once.

    Returns
    -------
    Bar
        Call `advance` as units end. Safe to call from several threads.
    """
    return Bar(label, total, unit=unit, delay_s=delay_s, face=None if quiet else _face())


class Bar:
    """Counts what is done and shows it in place; made by `bar`."""

    def __init__(
        self, label: str, total: int | None, *, unit: str, delay_s: float, face: _Face | None
    ) -> None:
        self.label = label
        self.total = total
        self.unit = unit
        self.done = 0
        """Units that ended, failed ones included."""
        self.failed = 0
        """Units that ended in a failure."""
        self.note = ""
        """Free text behind the numbers."""
        self.is_waiting = False
        """Whether nothing is under way just now: the time left is then not to be told from the rate."""
        self.state = "running"
        """running, done, interrupted or stopped."""
        self._face = face
        self._delay_s = delay_s
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self._part_started: float | None = None
        self._ended: float | None = None
        self._drawn_at: float | None = None

    def __enter__(self) -> Self:
        self._started = time.monotonic()
        if self._face is not None and _on_screen:
            self._face = None
        if self._face is not None:
            _on_screen.append(self)
            self._draw_if_due()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended = time.monotonic()
        if kind is None:
            self.state = "done"
        else:
            self.state = "interrupted" if issubclass(kind, KeyboardInterrupt) else "stopped"
        if self in _on_screen:
            _on_screen.remove(self)
        with self._lock:
            if self._face is not None and (self._drawn_at is not None or self.elapsed_s >= self._delay_s):
                self._face.draw(self, final=True)

    def advance(self, n: int = 1, failed: int = 0) -> None:
        """Count `n` more units as ended, `failed` of them in a failure."""
        with self._lock:
            self.done += n
            self.failed += failed
        self._draw_if_due()

    def restart(self, label: str, total: int | None = None) -> None:
        """Go on with the next part of the same work: another label, counted from nothing."""
        with self._lock:
            self.label, self.total, self.done, self.failed = label, total, 0, 0
            self._part_started = time.monotonic()
        self._draw_if_due()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start, up to the end."""
        return (self._ended or time.monotonic()) - self._started

    @property
    def rate(self) -> float | None:
        """Units a second in this part so far; None before the first one."""
        spent_s = (self._ended or time.monotonic()) - (self._part_started or self._started)
        return self.done / spent_s if self.done and spent_s > 0 else None

    @property
    def left_s(self) -> float | None:
        """Seconds left at the rate so far; None when the total is unknown, nothing is done yet, or the work
        waits.
        """
        if self.total is None or self.rate is None or self.is_waiting:
            return None
        return max(self.total - self.done, 0) / self.rate

    def _draw_if_due(self) -> None:
        if self._face is None:
            return
        now = time.monotonic()
        due = (
            now - self._started >= self._delay_s
            if self._drawn_at is None
            else now - self._drawn_at >= REDRAW_S
        )
        if not due or not self._lock.acquire(blocking=False):
            return
        try:
            self._drawn_at = now
            self._face.draw(self, final=False)
        finally:
            self._lock.release()

    def __repr__(self) -> str:
        """One line: label, counts, failures, rate, time left or taken."""
        return f"{self.label}: {', '.join(self._facts())}"

    def _repr_html_(self) -> str:
        """Return a <progress> element and the same line, escaped."""
        value = (
            f' max="{self.total}" value="{min(self.done, self.total)}"'
            if self.total
            else (' value="1"' if self._ended else "")
        )
        label = escape(self.label)
        return (
            f'<div style="display:flex;gap:.6em;align-items:center;font-family:sans-serif;font-size:13px">'
            f'<span>{label}</span><progress aria-label="{label}"{value} style="width:16em"></progress>'
            f"<span>{escape(', '.join(self._facts()))}</span></div>"
        )

    def _facts(self) -> list[str]:
        counted = (
            f"{self.done:,} of {self.total:,} {self.unit}"
            if self.total is not None
            else f"{self.done:,} {self.unit}"
        )
        facts = [counted]
        if self.failed:
            facts.append(f"{self.failed:,} failed")
        if self._ended is not None:
            facts.append(
                f"{self.state if self.state != 'done' else 'took'} {'after ' if self.state != 'done' else ''}{duration(self.elapsed_s)}"
            )
        else:
            if self.rate is not None:
                facts.append(f"{self.rate:,.1f}/s")
            if self.left_s is not None:
                facts.append(f"{duration(self.left_s)} left")
        if self.note:
            facts.append(self.note)
        return facts


def duration(seconds: float) -> str:
    """Write a time span for people: 0.4 s, 12 s, 3 min 5 s, 2 h 4 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes} min"


class _KernelFace:
    """A display handle of IPython: one output cell entry, replaced at every update."""

    def __init__(self) -> None:
        self._handle: Any = None

    def draw(self, bar: Bar, *, final: bool) -> None:  # noqa: ARG002 - the last state needs no other treatment
        """Show or replace the bar."""
        from IPython.display import display

        bundle = {"text/html": bar._repr_html_(), "text/plain": repr(bar)}
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)


class _TerminalFace:
    """A tqdm bar on standard error, so that piped output stays clean."""

    def __init__(self) -> None:
        self._bar: Any = None

    def draw(self, bar: Bar, *, final: bool) -> None:
        """Bring the tqdm bar to the state of the bar."""
        if self._bar is not None and bar.done < self._bar.n:  # another part of the work
            self._bar.set_description(bar.label, refresh=False)
            self._bar.reset(total=bar.total)
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(
                total=bar.total,
                desc=bar.label,
                unit=f" {bar.unit}",
                file=sys.stderr,
                dynamic_ncols=True,
                mininterval=REDRAW_S,
            )
            self._bar.start_t -= bar.elapsed_s
        notes = [f"{bar.failed:,} failed"] if bar.failed else []
        notes += [bar.note] if bar.note else []
        self._bar.set_postfix_str(", ".join(notes), refresh=False)
        self._bar.update(bar.done - self._bar.n)
        if final:
            self._bar.refresh()
            self._bar.close()


def _face() -> _Face | None:
    """Choose where to draw: only a kernel or a terminal can update in place."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is not None and hasattr(shell, "kernel"):
        return _KernelFace()
    if hasattr(sys.stderr, "isatty") and sys.stderr.isatty():
        return _TerminalFace()
    return None
