"""Decide when failures are too many to go on: a missing package or a wrong key must not burn a dataset."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from textwrap import shorten
from typing import TYPE_CHECKING

from arize_nb.errors import TooManyFailuresError
from arize_nb.harness.engine.settings import ALIKE
from arize_nb.text.visible import visible_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arize_nb.harness.records.run_record import EvaluatorRecord, Failure, RunRecord

SHOWN_CHARACTERS = 160
"""Most characters that a bar says of an evaluator."""
_UNJUDGED = ("the example has no expected output", "the expected output ")


@dataclass
class EarlyStop:
    """Decides when failed runs are too many; called with every new run, on the loop's thread."""

    max_failures: int | float | None
    total: int
    """Runs that are to be made now."""
    proven: bool = False
    """Whether the task has worked before: a few runs that are left may then all fail."""
    finished: int = 0
    failures: int = 0
    kinds: set[str] = field(default_factory=set)
    """Types of the failures among the first results; "" for one that worked."""
    decided: threading.Event = field(default_factory=threading.Event)
    """Set once the first results are no reason to stop."""

    @property
    def looked_at(self) -> int:
        """So many first results decide: ten, or all of fewer."""
        return ALIKE if self.proven else min(ALIKE, self.total)

    def note(self, record: RunRecord) -> TooManyFailuresError | None:
        """Count a run; return why to stop, or None."""
        self.finished += 1
        self.failures += record.failure is not None
        if self.max_failures is not None:
            self.decided.set()
            return self._over_limit(record)
        if self.finished <= self.looked_at:
            self.kinds.add(record.failure.error_type if record.failure else "")
        if "" in self.kinds or len(self.kinds) > 1 or self.total < self.looked_at:
            self.decided.set()
        elif self.finished == self.looked_at:
            return _alike(self.finished, "", self.total, record.failure)
        return None

    def _over_limit(self, record: RunRecord) -> TooManyFailuresError | None:
        limit = self.max_failures
        assert limit is not None
        if isinstance(limit, float):
            over = self.finished >= ALIKE and self.failures > limit * self.finished
            why = f"{self.failures:,} of {self.finished:,} runs failed, more than {limit:.0%}"
        else:
            over = self.failures > limit
            why = f"{self.failures:,} runs failed, more than {limit:,}"
        return _stop(why, record.failure, self.failures, self.finished) if over else None


@dataclass
class _Results:
    """What one evaluator has made so far."""

    count: int = 0
    """Failures, as long as all of them are alike."""
    last: Failure | None = None
    unjudged: int = 0
    """Examples that could not be judged."""
    undecided: bool = True
    """Whether it has only ever failed, and with one type of error."""


@dataclass
class EvaluatorsStop:
    """Decides when an evaluator fails too often to go on; called with all that evaluators make, on the loop's
    thread, read on another.

    That an example has nothing to be judged by is no failure of the evaluator.
    """

    stops: bool = True
    """Whether ten failures alike stop the run; otherwise they are only told."""
    proven: frozenset[str] = frozenset()
    """Evaluators that have worked before."""
    results: dict[str, _Results] = field(default_factory=dict)

    def note(self, name: str, made: EvaluatorRecord) -> TooManyFailuresError | None:
        """Count what an evaluator made; return why to stop, or None."""
        found = self.results.get(name)
        if found is None:
            found = self.results[name] = _Results(undecided=name not in self.proven)
        if not found.undecided:
            return None
        if (
            made.failure is None
            or made.evaluations
            or (found.last is not None and made.failure.error_type != found.last.error_type)
        ):
            found.undecided = False
        elif is_unjudged(made.failure):
            found.unjudged += 1
            found.undecided = found.unjudged < ALIKE
        else:
            found.count, found.last = found.count + 1, made.failure
            if found.count == ALIKE and self.stops:
                return _alike(ALIKE, f" of evaluator {name!r}", ALIKE, made.failure)
        return None

    def at_end(self) -> TooManyFailuresError | None:
        """Return why nothing is to be uploaded when all is done: an evaluator of which all results, fewer
        than ten, failed alike.
        """
        for name, found in self.results.items():
            if self.stops and found.undecided and found.last is not None and not found.unjudged:
                return _alike(found.count, f" of evaluator {name!r}", found.count, found.last)
        return None

    def are_decided(self, names: Iterable[str]) -> bool:
        """Tell whether each of these has shown that it is no reason to stop."""
        return not self.stops or all(
            name in self.proven or (name in self.results and not self.results[name].undecided)
            for name in names
        )

    def says(self) -> list[str]:
        """Say in a line each which evaluators have failed alike ten times and never worked."""
        return [
            _line(
                f"evaluator {name!r} has failed {found.count:,} of {found.count:,} times:"
                f" {found.last.error_type}: {found.last.message}"
            )
            for name, found in list(self.results.items())
            if found.undecided and found.last is not None and found.count >= ALIKE
        ]


def is_unjudged(failure: Failure) -> bool:
    """Tell a built-in evaluator's word for an example that has nothing to be judged by."""
    return failure.error_type == "ValueError" and failure.message.startswith(_UNJUDGED)


def _alike(count: int, of: str, total: int, last: Failure | None) -> TooManyFailuresError:
    """Say that the first results, or all there are, failed with one type of error."""
    which = f"all {count} results{of}" if count == total < ALIKE else f"the first {count} results{of} all"
    which = f"the only result{of}" if count == total == 1 else which
    return _stop(f"{which} failed with {last.error_type if last else 'an error'}", last, count, count)


def _stop(why: str, last: Failure | None, failures: int, finished: int) -> TooManyFailuresError:
    what = f"stopped early: {why}; the last one was {f'{last.error_type}: {last.message}' if last else ''!r}"
    return TooManyFailuresError(what, failures=failures, finished=finished)


def _line(text: str) -> str:
    """Make a line of a text that may hold a model's words: no line ends, no terminal commands,
    not too long.
    """
    return shorten(visible_line(text), SHOWN_CHARACTERS, placeholder=" …")
