"""Decide when failures are too many to go on: a missing package or a wrong key must not burn a dataset."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from textwrap import shorten
from typing import TYPE_CHECKING

from arize_nb.errors import TooManyFailuresError
from arize_nb.harness.settings import ALIKE

if TYPE_CHECKING:
    from arize_nb.harness.outcomes import EvaluatorRecord, Failure, RunRecord

SHOWN_CHARACTERS = 160
"""Most characters that a bar says of an evaluator."""


@dataclass
class EarlyStop:
    """Decides when failures are too many; called with every new result, on the loop's thread."""

    max_failures: int | float | None
    total: int
    what: str = "results"
    """What is counted, in words."""
    finished: int = 0
    failures: int = 0
    kinds: set[str] = field(default_factory=set)
    """Types of the failures among the first results; "" for one that worked."""
    decided: threading.Event = field(default_factory=threading.Event)
    """Set once the first results are no reason to stop."""

    def note(self, record: RunRecord | EvaluatorRecord) -> TooManyFailuresError | None:
        """Count a result; return why to stop, or None."""
        self.finished += 1
        self.failures += record.failure is not None
        if self.max_failures is not None:
            self.decided.set()
            return self._over_limit(record)
        if self.finished <= ALIKE:
            self.kinds.add(record.failure.error_type if record.failure else "")
        if "" in self.kinds or len(self.kinds) > 1 or self.total < ALIKE:
            self.decided.set()
        elif self.finished == ALIKE:
            return self._stop(f"the first {ALIKE} {self.what} all failed with {next(iter(self.kinds))}", record)
        return None

    def _over_limit(self, record: RunRecord | EvaluatorRecord) -> TooManyFailuresError | None:
        limit = self.max_failures
        assert limit is not None
        if isinstance(limit, float):
            over = self.finished >= ALIKE and self.failures > limit * self.finished
            return self._stop(f"{self.failures:,} of {self.finished:,} runs failed, more than {limit:.0%}", record) if over else None
        return self._stop(f"{self.failures:,} runs failed, more than max_failures={limit}", record) if self.failures > limit else None

    def _stop(self, why: str, record: RunRecord | EvaluatorRecord) -> TooManyFailuresError:
        last = f"{record.failure.error_type}: {record.failure.message}" if record.failure else ""
        return TooManyFailuresError(f"stopped early: {why}; the last one was {last!r}", failures=self.failures, finished=self.finished)


@dataclass
class JudgesStop:
    """Decides when an evaluator fails too often to go on, where nothing else is done than scoring: a wrong key must not burn all runs.

    A ValueError says that one output or example cannot be judged (no expected output), so it is never a reason.
    """

    total: int
    stops: dict[str, EarlyStop] = field(default_factory=dict)
    """By evaluator."""

    def note(self, name: str, made: EvaluatorRecord) -> TooManyFailuresError | None:
        """Count what an evaluator made; return why to stop, or None."""
        stop = self.stops.setdefault(name, EarlyStop(None, self.total, f"results of evaluator {name!r}"))
        reason = stop.note(made)
        return None if made.failure is not None and made.failure.error_type == "ValueError" else reason


@dataclass
class JudgesWatch:
    """Notices evaluators that fail alike from their first result on, where the run goes on all the same: outputs are kept.

    Noted on the loop's thread, read on another.
    """

    alike: dict[str, tuple[int, Failure]] = field(default_factory=dict)
    """By evaluator that has only ever failed with one type of error: how often, and the last one."""
    others: set[str] = field(default_factory=set)
    """Evaluators that worked once, or failed in several ways."""

    def note(self, name: str, made: EvaluatorRecord) -> None:
        """Count what an evaluator made."""
        if name in self.others:
            return
        count, last = self.alike.get(name, (0, made.failure))
        if made.failure is None or last is None or made.failure.error_type != last.error_type:
            self.others.add(name)
            self.alike.pop(name, None)
        else:
            self.alike[name] = (count + 1, made.failure)

    def says(self) -> list[str]:
        """Say in a line each which evaluators have failed alike ten times and never worked."""
        return [
            _line(f"evaluator {name!r} has failed {count:,} of {count:,} times: {last.error_type}: {last.message}")
            for name, (count, last) in list(self.alike.items())
            if count >= ALIKE
        ]


def _line(text: str) -> str:
    """Make a line of a text that may hold a model's words: no line ends, no terminal commands, not too long."""
    return shorten("".join(sign if sign.isprintable() else " " for sign in text), SHOWN_CHARACTERS, placeholder=" …")
