"""What must be the same for a run to go on from its journal: task, evaluators, examples, repetitions; what
differs is said.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from arize_nb.errors import InputError, RunError, TaskChangedError
from arize_nb.harness.fingerprints.fingerprint import fingerprint
from arize_nb.harness.fingerprints.fingerprint_format1 import fingerprint as fingerprint_of_format_1
from arize_nb.harness.journal.tables import RULES_OF_FORMAT_1
from arize_nb.harness.next_steps import KEEP_EARLIER, SCORE_STORED, START_ANEW
from arize_nb.text.command_line import Choice, Hint

if TYPE_CHECKING:
    from arize_nb.harness.engine.settings import RunSettings
    from arize_nb.harness.evaluators.evaluator import Evaluator
    from arize_nb.harness.functions.task import Task

SHOWN = 3
"""Most names that a line lists."""
_TIMES = ("created_at", "updated_at")
_PARAMETERS = ("timeout_s", "retries", "retry_on", "metadata")
"""Settings that shape what comes out, beside the repetitions."""


def example_digests(examples: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return a digest of the content of each example, by its id; when it was changed does not count."""
    import orjson

    options = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    found = {}
    for example in examples:
        content = {name: value for name, value in example.items() if name not in _TIMES}
        try:
            data = orjson.dumps(content, default=str, option=options)
        except (TypeError, ValueError):  # integers beyond 64 bits, lone surrogates
            data = json.dumps(content, default=str, sort_keys=True).encode()
        found[str(example["id"])] = hashlib.blake2b(data, digest_size=8).hexdigest()
    return found


def check_examples(
    known: Mapping[str, str], examples: Sequence[Mapping[str, Any]], name: str, *, allowed: bool
) -> list[str]:
    """Compare the examples with those that the experiment began with; return what to say of it.

    Raises
    ------
    TaskChangedError
        They differ, and that is not `allowed`.
    """
    if not known:
        return []
    now = example_digests(examples)
    parts = [
        _counted([key for key in known if key in now and now[key] != known[key]], "changed"),
        _counted([key for key in known if key not in now], "deleted"),
        _counted([key for key in now if key not in known], "added"),
    ]
    differs = ", ".join(part for part in parts if part)
    if not differs:
        return []
    if not allowed:
        raise TaskChangedError(
            f"the examples of experiment {name!r} are not those that it began with: {differs}",
            hint=Hint.of(
                "One experiment would mix two: {}, or keep the earlier results: {}.", START_ANEW, KEEP_EARLIER
            ),
        )
    return [f"examples {differs} since it began"]


def check_settings(facts: Mapping[str, str], settings: RunSettings, most_kept: int, name: str) -> list[str]:
    """Compare the settings with those of the beginning; return what to say of it.

    Raises
    ------
    InputError
        Fewer repetitions are asked for than there are runs of.
    """
    if settings.repetitions < most_kept:
        raise InputError(
            f"experiment {name!r} has runs of {most_kept} repetitions, and {settings.repetitions} are"
            " asked for",
            hint=Hint.of(
                "Go on with {}, or {}.",
                Choice(f"repetitions={most_kept}", f"--repetitions {most_kept}"),
                START_ANEW,
            ),
        )
    before = json.loads(facts.get("parameters", "{}"))
    return [
        f"{key}={now} now, {before[key]} when it began"
        for key, now in parameters_of(settings).items()
        if key in before and before[key] != now
    ]


def parameters_of(settings: RunSettings) -> dict[str, Any]:
    """Return the settings that a journal remembers."""
    return {
        "repetitions": settings.repetitions,
        **{name: _plain(getattr(settings, name)) for name in _PARAMETERS},
    }


def _plain(value: object) -> Any:
    if isinstance(value, tuple):
        return [item.__name__ for item in value]
    return None if value == float("inf") else value


@dataclass(frozen=True, kw_only=True)
class Sameness:
    """What is the same as in the beginning, as far as that can be told."""

    differs: list[str]
    """What is not the same, though nothing is refused for it."""
    not_compared: list[str]
    """What could not be compared."""


def descriptions_of(task: Task | None, evaluators: Sequence[Evaluator]) -> dict[str, str]:
    """Return what a journal remembers of task and evaluators beside their fingerprints."""
    known = {item.name: item.description for item in evaluators}
    known |= {} if task is None else {"": task.description}
    return {
        "cores": json.dumps({name: item.core for name, item in known.items()}),
        "lists": json.dumps({name: dict(item.lists) for name, item in known.items()}),
    }


MOST_MARKS = 16
"""Fingerprints that one callable is remembered by."""


def accepted_marks(
    facts: Mapping[str, str], task: Task | None, evaluators: Sequence[Evaluator]
) -> dict[str, str]:
    """Return what a journal is to remember when calls have ended: the fingerprints that task and evaluators
    have now, besides earlier ones.

    What code changes in ways that cannot be read off it (a log that is handed to a helper) is state as it was
    left, and no other task.
    """
    known = json.loads(facts.get("accepted", "{}"))
    before = {"": facts.get("fingerprint"), **json.loads(facts.get("evaluators", "{}"))}
    functions = {item.name: item.binding.function for item in evaluators} | (
        {} if task is None else {"": task.binding.function}
    )
    for name, function in functions.items():
        marks = [*known.get(name, ()), *([before[name]] if before.get(name) else ()), fingerprint(function)]
        known[name] = list(dict.fromkeys(marks))[-MOST_MARKS:]
    return {"accepted": json.dumps(known)}


def check_unchanged(
    facts: Mapping[str, str],
    *,
    mark: str,
    what: str,
    task: Task | None,
    evaluators: Sequence[Evaluator],
    allowed: bool,
) -> Sameness:
    """Refuse to mix results of two tasks, or of two rulers, unless told to.

    Parameters
    ----------
    facts : mapping
        What the journal says of itself.
    mark : str
        Fingerprint of the task of now.
    what : str
        How errors call it.
    task : Task, optional
        The task itself; None when stored outputs are scored.
    evaluators : sequence of Evaluator
        Those of single runs.
    allowed : bool
        Whether a change is as it should be.

    Raises
    ------
    TaskChangedError
        The task or an evaluator was changed.
    """
    known = json.loads(facts.get("evaluators", "{}"))
    found = Sameness(differs=[], not_compared=[])
    if facts["fingerprint"] != mark:
        _check_one(facts, found, what, "", facts["fingerprint"], task, allowed=allowed)
    elif task is not None:
        found.not_compared.extend(task.description.not_compared)
    for item in evaluators:
        if known.get(item.name, item.fingerprint) != item.fingerprint:
            _check_one(
                facts, found, f"evaluator {item.name!r}", item.name, known[item.name], item, allowed=allowed
            )
        else:
            found.not_compared.extend(f"{name} of {item.name!r}" for name in item.description.not_compared)
    if RULES_OF_FORMAT_1 in facts:
        found.not_compared.append(
            "what an earlier arize_nb did not look at when this journal began (objects, methods, other"
            " modules)"
        )
    return found


def _check_one(
    facts: Mapping[str, str],
    found: Sameness,
    what: str,
    name: str,
    before: str,
    now: Task | Evaluator | None,
    *,
    allowed: bool,
) -> None:
    """Look closer at a task or an evaluator whose fingerprint is another."""
    if now is not None and now.description.mark in json.loads(facts.get("accepted", "{}")).get(name, ()):
        found.not_compared.extend(now.description.not_compared)
        return
    lists = json.loads(facts.get("lists", "{}")).get(name, {})
    if now is not None and RULES_OF_FORMAT_1 in facts:
        if _old_mark(now) == before or (name and _is_ours(now)):
            found.not_compared.extend(
                [f"{what}, begun under an earlier arize_nb"]
                if name and _is_ours(now)
                else now.description.not_compared
            )
            return
    elif now is not None and json.loads(facts.get("cores", "{}")).get(name) == now.description.core:
        changed = [place for place, digest in now.description.lists.items() if lists.get(place) != digest]
        found.differs.extend(f"{place} was changed" for place in changed)
        found.not_compared.extend(now.description.not_compared)
        return
    if not allowed:
        hint = Hint.of("Undo the change, {}, or keep the earlier results: {}.", START_ANEW, KEEP_EARLIER)
        raise TaskChangedError(f"{what} was changed since this experiment began", hint=hint)
    found.differs.append(f"{what} was changed")


def _function_of(item: Task | Evaluator) -> Any:
    return item.binding.function


def _old_mark(item: Task | Evaluator) -> str | None:
    """Return the fingerprint by the rules of format 1; None where those fail."""
    try:
        return fingerprint_of_format_1(_function_of(item))
    except Exception:  # noqa: BLE001 - some callables were too much for them
        return None


def _is_ours(item: Task | Evaluator) -> bool:
    """Tell a function of this package: another version has another code."""
    return str(getattr(_function_of(item), "__module__", "")).startswith("arize_nb.")


def most_repetitions(keys: Iterable[tuple[str, int]]) -> int:
    """Return the highest repetition among runs; 0 without any."""
    return max((repetition for _, repetition in keys), default=0)


def _counted(ids: Sequence[str], how: str) -> str:
    if not ids:
        return ""
    shown = ", ".join(ids[:SHOWN]) + (", …" if len(ids) > SHOWN else "")
    return f"{len(ids):,} {how} ({shown})"


def refuse_new_evaluators(facts: Mapping[str, str], evaluators: Sequence[Evaluator], uploaded: int) -> None:
    """Refuse an evaluator that some uploaded runs would lack.

    Raises
    ------
    RunError
        The service cannot change a run.
    """
    known = json.loads(facts.get("evaluators", "{}"))
    new = [item.name for item in evaluators if item.name not in known]
    if new and uploaded:
        raise RunError(
            f"evaluator {new[0]!r} is new, but {uploaded:,} runs are uploaded without it",
            hint=Hint.of("Go on without it, then score what is stored: {}.", SCORE_STORED),
        )
