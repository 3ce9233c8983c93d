"""A person's way through a list of runs: answers, undo, progress; pure, nothing is sent or shown here."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from arize_nb.errors import InputError

if TYPE_CHECKING:
    from arize_nb.models import AnnotationConfig

LABEL, SCORE, TEXT = "label", "score", "text"
Answer = dict[str, Any]
"""What was said under one config: any of `label`, `score`, `text`."""


@dataclass(frozen=True, kw_only=True)
class ReviewItem:
    """One run to look at."""

    run_id: str
    """Id of the run."""
    experiment: int
    """Number of its experiment among those reviewed."""
    position: int
    """Row of the run in its experiment's table."""
    example_id: str | None = None
    """Example it answered."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing said about one run: what undo takes back."""

    item: int
    """Place of the run in the list."""
    name: str
    """Annotation config."""
    before: Answer
    """Answer before; empty when there was none."""
    after: Answer
    """Answer after."""


@dataclass
class ReviewSession:
    """Where the person is, and what was said.

    Parameters
    ----------
    items : sequence of ReviewItem
        Runs in the order of the review.
    configs : sequence of AnnotationConfig
        What may be said.
    known : mapping of run id to config name to Answer
        Annotations that the runs already have.
    """

    items: Sequence[ReviewItem]
    configs: Sequence[AnnotationConfig]
    known: Mapping[str, Mapping[str, Answer]] = field(default_factory=dict)
    place: int = 0
    answers: dict[str, dict[str, Answer]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    answered: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.owed = [config for config in self.configs if config.type != "FREEFORM"] or list(self.configs)
        self.answers = {
            item.run_id: {name: dict(said) for name, said in self.known.get(item.run_id, {}).items()}
            for item in self.items
        }
        for place in range(len(self.items)):
            self._look_at(place)
        self.place = next((place for place in range(len(self.items)) if not self.is_answered(place)), 0)

    @property
    def current(self) -> ReviewItem | None:
        """Return the run being looked at; None when the list is empty."""
        return self.items[self.place] if self.items else None

    @property
    def done(self) -> int:
        """Count the runs that have an answer under every config that is not free text."""
        return len(self.answered)

    def is_answered(self, place: int) -> bool:
        """Say whether a run has an answer under every config; free text is never owed, unless there is
        nothing else.
        """
        return place in self.answered

    def next_question(self) -> int:
        """Return the place of the first config that the current run still owes an answer; -1 when there is
        none.
        """
        item = self.current
        said = self.answers[item.run_id] if item is not None else {}
        return next(
            (
                place
                for place, config in enumerate(self.configs)
                if config in self.owed and not _answers(config, said)
            ),
            -1,
        )

    def _look_at(self, place: int) -> None:
        """Note whether a run is answered: counting all of them for every answer would be slow."""
        said = self.answers[self.items[place].run_id]
        answered = bool(self.owed) and all(_answers(config, said) for config in self.owed)
        (self.answered.add if answered else self.answered.discard)(place)

    def config(self, name: str) -> AnnotationConfig:
        """Return an annotation config by its name."""
        for config in self.configs:
            if config.name == name:
                return config
        raise InputError(
            f"no annotation config {name!r} in this review",
            hint=f"There are: {', '.join(str(one.name) for one in self.configs)}",
        )

    def say(self, name: str, member: str, value: object, *, place: int | None = None) -> Change:
        """Answer for the current run, or the one at a place: `member` is label, score or text; an empty text
        takes back the note.

        Raises
        ------
        InputError
            No such config, a label it does not have, or a score outside its range.
        """
        if not self.items:
            raise InputError("there is no run to review")
        place = self.place if place is None else place
        item = self.items[place]
        before = dict(self.answers[item.run_id].get(name, {}))
        after = {**before, **_checked(self.config(name), member, value)}
        change = Change(item=place, name=name, before=before, after=after)
        self.answers[item.run_id][name] = after
        self.changes.append(change)
        self.touched.add(item.run_id)
        self._look_at(place)
        return change

    def undo(self) -> Change | None:
        """Take back the last thing said and go to its run; None when nothing was said."""
        if not self.changes:
            return None
        change = self.changes.pop()
        said = self.answers[self.items[change.item].run_id]
        if change.before:
            said[change.name] = dict(change.before)
        else:
            said.pop(change.name, None)
        self.place = change.item
        self._look_at(self.place)
        return change

    def move(self, step: int) -> None:
        """Go on (or back) by some runs, not past the ends."""
        self.place = max(0, min(self.place + step, len(self.items) - 1))

    def next_open(self) -> None:
        """Go to the next run without an answer, from here on and then from the start; stay when there is
        none.
        """
        order = [*range(self.place + 1, len(self.items)), *range(self.place)]
        self.place = next((place for place in order if not self.is_answered(place)), self.place)

    def given(self) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
        """Return what was said in this session and stands: answers (a label or score) and notes, each as run
        id and config.
        """
        before: dict[tuple[int, str], Answer] = {}
        for change in self.changes:
            before.setdefault((change.item, change.name), change.before)
        answers, notes = set(), set()
        for (place, name), old in before.items():
            run_id = self.items[place].run_id
            now = self.answers[run_id].get(name, {})
            if any(
                now.get(member) is not None and now.get(member) != old.get(member)
                for member in (LABEL, SCORE)
            ):
                answers.add((run_id, name))
            if now.get(TEXT) and now.get(TEXT) != old.get(TEXT):
                notes.add((run_id, name))
        return answers, notes

    def rows(self) -> list[dict[str, Any]]:
        """Return what was said in this session, a row per run and config: `record_id, example_id, name,
        label, score, text`.
        """
        found = []
        for item in self.items:
            if item.run_id not in self.touched:
                continue
            for name, said in self.answers[item.run_id].items():
                row = {"record_id": item.run_id, "example_id": item.example_id, "name": name}
                found.append({**row, **{member: said.get(member) for member in (LABEL, SCORE, TEXT)}})
        return found


def _answers(config: AnnotationConfig, said: Mapping[str, Answer]) -> bool:
    """Say whether there is an answer under a config; a note alone answers only a question for free text."""
    answer = said.get(str(config.name), {})
    return (
        bool(answer.get(TEXT))
        if config.type == "FREEFORM"
        else any(answer.get(member) is not None for member in (LABEL, SCORE))
    )


def _checked(config: AnnotationConfig, member: str, value: Any) -> Answer:
    """Return what an answer sets; a label brings the score that the config gives it."""
    if member == TEXT:
        return {TEXT: str(value)}
    if member == LABEL and config.type == "CATEGORICAL":
        for allowed in config.values or ():
            if allowed.label == value:
                return {LABEL: allowed.label} | ({SCORE: allowed.score} if allowed.score is not None else {})
        raise InputError(
            f"{config.name!r} has no label {value!r}",
            hint=f"Labels: {', '.join(one.label for one in config.values or ())}",
        )
    if member == SCORE and config.type == "CONTINUOUS":
        low, high = config.minimum_score, config.maximum_score
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise InputError(f"{value!r} is no score for {config.name!r}") from None
        if math.isnan(number) or (low is not None and number < low) or (high is not None and number > high):
            raise InputError(f"a score for {config.name!r} is between {low:g} and {high:g}, not {number:g}")
        return {SCORE: number}
    raise InputError(f"{config.name!r} ({config.type}) takes no {member}")


def chosen_items(
    items: Sequence[ReviewItem],
    which: object,
    *,
    regressed: Iterable[str] = (),
    shuffled: bool = False,
    seed: int = 0,
) -> list[ReviewItem]:
    """Choose the runs to review.

    Parameters
    ----------
    items : sequence of ReviewItem
        All runs.
    which : {"all", "regressions"}, ("random", n), or sequence of run ids
        Which of them; of `regressions` those whose example is in `regressed`, in that order (worst first).
    shuffled : bool
        Mix their order, so that it says nothing about the experiment.
    """
    draw = random.Random(seed)  # noqa: S311  a sample for review, not a secret
    if which == "all":
        found = list(items)
    elif which == "regressions":
        rank = {example: place for place, example in enumerate(regressed)}
        found = sorted(
            (item for item in items if item.example_id in rank), key=lambda item: rank[str(item.example_id)]
        )
    elif isinstance(which, tuple) and len(which) == 2 and which[0] == "random" and isinstance(which[1], int):
        picked = sorted(draw.sample(range(len(items)), min(which[1], len(items))))
        found = [items[place] for place in picked]
    elif isinstance(which, Sequence) and not isinstance(which, str):
        wanted = {str(run_id) for run_id in which}
        found = [item for item in items if item.run_id in wanted]
    else:
        raise InputError(
            f"cannot review {which!r}", hint='Say "all", "regressions", ("random", 20), or a list of run ids.'
        )
    if shuffled:
        draw.shuffle(found)
    return found
