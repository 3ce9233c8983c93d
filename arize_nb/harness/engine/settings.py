"""How a run is to be done, checked once and passed as one value."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from arize_nb.errors import InputError
from arize_nb.harness.dataset_part import PartWish, wished_part
from arize_nb.harness.values.json_values import clean_text, scalar

ALIKE = 10
"""So many first results that all fail alike stop a run, unless `max_failures` says otherwise."""


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """Settings of one run; `checked` makes them from what a user gave."""

    concurrency: int = 8
    """Calls of the task and of evaluators at once, 1 or more."""
    repetitions: int = 1
    """Runs of each example, 1 or more; numbered from 1."""
    timeout_s: float = 120.0
    """Seconds one call may take; infinite for no limit."""
    retries: int = 3
    """Calls after the first that a transient failure is worth."""
    rate_limit_errors: tuple[type[BaseException], ...] = ()
    """Exceptions that mean "slow down", besides those recognised by themselves (HTTP 429)."""
    retry_on: tuple[type[BaseException], ...] = ()
    """Exceptions that are tried again, besides those that may pass by themselves."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """Facts about the experiment, by name: a column `metadata.<name>` of every run."""
    max_failures: int | float | None = None
    """An int: failures tolerated; a float below 1: share of the finished runs; None: stop when the first ten
    fail alike.
    """
    wish: PartWish = field(default_factory=PartWish)
    """Which examples of the dataset to run over."""
    part: str = ""
    """Mark of the runs of a part of the dataset; "" for the whole, and before the examples are read."""
    first: int | None = None
    """Dry run on the first so many examples."""
    sample: int | None = None
    """Dry run on so many examples drawn at random."""
    rerun: Literal["failed", "all"] | None = None
    """What to do again of what the journal has."""
    seed: int = 0
    """Seed of the random draw and of the jitter."""

    @property
    def dry(self) -> bool:
        """Whether nothing is to be journalled or uploaded."""
        return self.first is not None or self.sample is not None


def checked(
    *,
    concurrency: int = 8,
    repetitions: int = 1,
    timeout_s: float | None = 120,
    retries: int = 3,
    rate_limit_errors: object = (),
    retry_on: object = (),
    metadata: object = None,
    max_failures: int | float | None = None,
    examples: object = None,
    limit: int | None = None,
    sample: int | None = None,
    dry_run: object = None,
    rerun: str | None = None,
    seed: int = 0,
) -> RunSettings:
    """Make settings of what a user gave.

    Raises
    ------
    InputError
        A value is out of range; the message names the parameter and what it takes.
    """
    first, drawn = _dry_run(dry_run)
    counts = {
        name: None if value is None else _count(name, value, least=1)
        for name, value in (("limit", limit), ("sample", sample))
    }
    if rerun not in (None, "failed", "all"):
        raise InputError(
            f"rerun={rerun!r} is not known",
            hint='Give rerun="failed" (failed runs only) or rerun="all" (start anew).',
        )
    return RunSettings(
        concurrency=_count("concurrency", concurrency, least=1),
        repetitions=_count("repetitions", repetitions, least=1),
        timeout_s=_timeout(timeout_s),
        retries=_count("retries", retries, least=0),
        rate_limit_errors=_exceptions("rate_limit_errors", rate_limit_errors, "openai.RateLimitError"),
        retry_on=_exceptions("retry_on", retry_on, "json.JSONDecodeError"),
        metadata=_metadata(metadata),
        max_failures=_max_failures(max_failures),
        wish=wished_part(examples, counts["limit"], counts["sample"], seed),
        first=first,
        sample=drawn,
        rerun=rerun,  # type: ignore[arg-type]
        seed=seed,
    )


def _count(name: str, value: object, *, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InputError(f"{name}={value!r} is not a whole number of {least} or more")
    return value


def _timeout(value: object) -> float:
    if value is None:
        return math.inf
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise InputError(
            f"timeout_s={value!r} is not a number of seconds above 0",
            hint="Give timeout_s=None for no limit.",
        )
    return float(value)


def _max_failures(value: object) -> int | float | None:
    if value is None:
        return None
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or value < 0
        or (isinstance(value, float) and value >= 1)
    ):
        raise InputError(f"max_failures={value!r} is neither a count (3) nor a share below 1 (0.1)")
    return value


def _dry_run(value: object) -> tuple[int | None, int | None]:
    """Read `dry_run`: None or False, N, True (ten) or ("random", N)."""
    if value is None or value is False:
        return None, None
    if value is True:
        return 10, None
    if isinstance(value, tuple | list) and len(value) == 2 and value[0] == "random":
        return None, _count("dry_run", value[1], least=1)
    if isinstance(value, int):
        return _count("dry_run", value, least=1), None
    raise InputError(
        f"dry_run={value!r} is not known",
        hint='Give dry_run=5 (first five examples) or dry_run=("random", 5).',
    )


def _metadata(value: object) -> dict[str, Any]:
    """Take facts about an experiment: names that can head a column, and values that a cell can hold."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InputError(
            f"metadata={value!r:.80} is no mapping", hint='Give metadata={"model": "gpt-4o", "prompt": "v3"}.'
        )
    for name in value:
        if (
            not isinstance(name, str)
            or not name.strip()
            or name != clean_text(name)
            or any(sign in name for sign in '"\\')
        ):
            raise InputError(
                f"metadata has the name {name!r:.80}: take a text without quotes and backslashes"
            )
    return {name: scalar(item) for name, item in value.items()}


def _exceptions(name: str, value: object, example: str) -> tuple[type[BaseException], ...]:
    """Take one exception class or several."""
    kinds = (
        (value,)
        if isinstance(value, type)
        else tuple(value)
        if isinstance(value, Sequence | set | frozenset)
        else (value,)
    )
    for kind in kinds:
        if not (isinstance(kind, type) and issubclass(kind, Exception)):
            raise InputError(
                f"{name} holds {kind!r}, which is no exception class",
                hint=f"Give classes: {name}=({example},).",
            )
    return kinds
