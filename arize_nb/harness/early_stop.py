"""Decide when failures are too many to go on: a missing package or a wrong key must not burn a dataset."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from arize_nb.errors import TooManyFailuresError
from arize_nb.harness.settings import ALIKE

if TYPE_CHECKING:
    from arize_nb.harness.outcomes import EvaluatorRecord, RunRecord


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
