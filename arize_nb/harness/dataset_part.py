"""Which examples of a dataset a run goes over: ids, a filter, the first ones, some by chance; and that they
are a part is marked.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from arize_nb.errors import InputError
from arize_nb.filters import parse
from arize_nb.frames.columns import PART_COLUMN
from arize_nb.harness.next_steps import START_ANEW
from arize_nb.text.command_line import Choice, Hint

Examples = Sequence[Mapping[str, Any]]
NAMED = 3
"""Most ids that an error names."""
ID_COLUMNS = ("example_id", "id")
"""Where a table names examples, first one wins: in a table of runs `id` is the run's own."""
LONGEST_FILTER = 200
"""Most characters of a filter in the mark of a run."""
_EXAMPLES = Choice("examples=", "--examples")
_LIMIT_OR_SAMPLE = Hint(
    "Give limit=N (the first ones) or sample=N (some by chance).",
    "Give --limit N (the first ones) or --sample N.",
)


@dataclass(frozen=True, kw_only=True)
class PartWish:
    """What was asked for; the whole dataset when nothing was."""

    ids: tuple[str, ...] | None = None
    """Ids of examples, each once, in the order given."""
    condition: str | None = None
    """A filter over the columns of the examples."""
    limit: int | None = None
    """Only the first so many of them."""
    sample: int | None = None
    """Only so many of them, by chance."""
    seed: int = 0
    """Seed of the sample."""

    @property
    def asked(self) -> str | None:
        """The wish as text that is the same for the same wish; None for the whole dataset."""
        found: dict[str, Any] = {"filter": self.condition, "limit": self.limit, "sample": self.sample}
        found["ids"] = None if self.ids is None else hashlib.sha256(json.dumps(self.ids).encode()).hexdigest()
        found["seed"] = self.seed if self.sample is not None else None
        found = {name: value for name, value in found.items() if value is not None}
        return json.dumps(found, sort_keys=True) if found else None

    @property
    def words(self) -> str:
        """How the examples were chosen, for people."""
        how = ["named by id"] if self.ids is not None else []
        if self.condition is not None:
            shown = (
                self.condition
                if len(self.condition) <= LONGEST_FILTER
                else f"{self.condition[: LONGEST_FILTER - 1]}…"
            )
            how.append(shown)
        how += [f"the first {self.limit:,}"] if self.limit is not None else []
        how += [f"{self.sample:,} by chance (seed {self.seed})"] if self.sample is not None else []
        return ", ".join(how)


@dataclass(frozen=True, kw_only=True)
class KeptPart:
    """What a journal says of the examples that its experiment began with."""

    name: str
    """Name of the experiment."""
    ids: frozenset[str]
    """The examples; empty where the journal is older than that."""
    asked: str | None = None
    """How they were asked for; None for the whole dataset."""
    words: str = ""
    """The mark of the runs; "" for the whole dataset."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """The examples to run over."""

    examples: Examples
    """In the order of the dataset."""
    asked: str | None = None
    """How they were asked for; None for the whole dataset."""
    words: str = ""
    """The mark of the runs (`12 of 300 examples: topic = 'billing'`); "" when no example is left out."""

    @property
    def fact(self) -> str | None:
        """What a journal remembers of it, beside the examples themselves."""
        return None if self.asked is None else json.dumps({"asked": self.asked, "words": self.words})


def kept_part(name: str, fact: str | None, ids: Iterable[str]) -> KeptPart:
    """Read what a journal says."""
    return KeptPart(name=name, ids=frozenset(ids), **(json.loads(fact) if fact else {}))


def wished_part(examples: object, limit: int | None, sample: int | None, seed: int) -> PartWish:
    """Read what a user asked for.

    Parameters
    ----------
    examples
        Ids, anything with a column `example_id` or `id`, or the text of a filter; None for all.
    limit, sample : int, optional
        Counts of 1 or more, not both.
    seed : int
        Seed of the sample.

    Raises
    ------
    InputError
        It names no examples, or the two counts contradict each other.
    FilterError
        The filter does not parse.
    """
    if limit is not None and sample is not None:
        raise InputError(
            f"a part takes limit or sample, and both were given ({limit} and {sample})", hint=_LIMIT_OR_SAMPLE
        )
    counts: dict[str, Any] = {"limit": limit, "sample": sample, "seed": seed}
    if examples is None:
        return PartWish(**counts)
    if isinstance(examples, str):
        parse(examples)
        return PartWish(condition=examples, **counts)
    return PartWish(ids=named_examples(examples), **counts)


def named_examples(examples: object) -> tuple[str, ...]:
    """Return the ids that a list, a series or a table names, each once, in their order.

    Raises
    ------
    InputError
        A table without ids of examples, something that is no id, or nothing at all.
    """
    found = list(dict.fromkeys(_ids_in(examples)))
    wrong = next((one for one in found if not isinstance(one, str) or not one), None)
    if wrong is not None:
        raise InputError(
            f"the examples to run over hold {wrong!r:.80}, which is no id of an example",
            hint=Hint.of(
                'Give ids as texts, a table with a column `example_id`, or a filter: {}"topic ='
                " 'billing'\".",
                _EXAMPLES,
            ),
        )
    if not found:
        raise InputError(
            "the examples to run over are none: the list or table is empty",
            hint="Leave it out to run over all of them.",
        )
    return tuple(found)


def _ids_in(examples: Any) -> list[Any]:
    """Return what stands where ids stand."""
    columns = _columns_of(examples)
    if columns is not None:
        name = next((name for name in ID_COLUMNS if name in columns), None)
        if name is None:
            there = ", ".join(map(str, columns[:12])) or "none"
            raise InputError(
                "the table of examples to run over has no column 'example_id' or 'id' (its columns:"
                f" {there})",
                hint="Give the frame of a comparison, of runs or of examples, or the ids themselves.",
            )
        if isinstance(examples, list | tuple):
            return [row.get(name) for row in examples]
        values = (
            examples[name]
            if name in list(getattr(examples, "columns", columns)) or not hasattr(examples, "index")
            else examples.index
        )
        return _listed(values)
    if isinstance(examples, Mapping) or not isinstance(examples, Iterable) or isinstance(examples, bytes):
        raise InputError(
            f"a {type(examples).__name__} names no examples",
            hint=Hint.of(
                "Give ids, a table with a column `example_id`, or a filter: {}\"topic = 'billing'\".",
                _EXAMPLES,
            ),
        )
    return _listed(examples)


def _columns_of(examples: object) -> list[Any] | None:
    """Return the names of the columns of a table; None for what is none."""
    if isinstance(examples, list | tuple):
        return (
            list(dict.fromkeys(name for row in examples for name in row))
            if examples and isinstance(examples[0], Mapping)
            else None
        )
    if hasattr(examples, "column_names"):  # pyarrow
        return list(examples.column_names)
    if not hasattr(examples, "columns") or isinstance(examples, Mapping):
        return None
    index = getattr(getattr(examples, "index", None), "name", None)
    return [*examples.columns, *([index] if index is not None else [])]


def _listed(values: Any) -> list[Any]:
    """Return the members of a list, a series or an array of any library as Python values."""
    for name in ("to_pylist", "tolist", "to_list"):
        if hasattr(values, name):
            return list(getattr(values, name)())
    return list(values)


def choose_part(examples: Examples, wish: PartWish, kept: KeptPart | None = None, dataset: str = "") -> Part:
    """Choose the examples to run over.

    Parameters
    ----------
    examples : sequence of mappings
        All of the dataset, with an `id` each.
    wish : PartWish
        What was asked for.
    kept : KeptPart, optional
        What the experiment began with: the same wish means the same examples, whatever a filter or chance
        would choose now.
    dataset : str
        How errors call the dataset.

    Raises
    ------
    InputError
        The dataset lacks an example that is named, no example is left, or the experiment began with another
        part.
    FilterError
        The filter names a column that no example has.
    """
    if kept is not None and kept.asked == wish.asked and (wish.asked is None or kept.ids):
        if wish.asked is None:
            return Part(examples=examples)
        there = [example for example in examples if example["id"] in kept.ids]
        return Part(examples=there, asked=wish.asked, words=kept.words)
    wanted = _chosen(examples, wish, dataset)
    if kept is not None and (not kept.ids or kept.ids != set(wanted)):
        raise _another_part(kept, wish, len(wanted))
    there = [example for example in examples if example["id"] in wanted]
    if kept is not None:
        return Part(examples=there, asked=kept.asked, words=kept.words)
    words = (
        f"{len(there):,} of {len(examples):,} examples: {wish.words}" if len(there) < len(examples) else ""
    )
    return Part(examples=there, asked=wish.asked, words=words)


def _chosen(examples: Examples, wish: PartWish, dataset: str) -> dict[str, None]:
    """Return the ids of the examples that a wish means."""
    found = [example["id"] for example in examples]
    if wish.ids is not None:
        known = set(found)
        missing = [one for one in wish.ids if one not in known]
        if missing:
            named = ", ".join(map(repr, missing[:NAMED])) + (", …" if len(missing) > NAMED else "")
            raise InputError(
                f"{len(missing):,} of {len(wish.ids):,} examples to run over are not in dataset {dataset!r}:"
                f" {named}",
                hint=(
                    "Take ids of this dataset and its latest version, such as those that a comparison of its"
                    " experiments lists."
                ),
            )
        found = list(wish.ids)
    elif wish.condition is not None:
        found = _filtered(examples, wish.condition)
        if not found:
            raise InputError(
                f"no example of dataset {dataset!r} matches {wish.condition!r}", hint="Widen the filter."
            )
    if wish.limit is not None:
        found = found[: wish.limit]
    if wish.sample is not None and wish.sample < len(found):
        draw = random.Random(wish.seed)  # noqa: S311 - chance, not a secret
        found = [found[index] for index in sorted(draw.sample(range(len(found)), wish.sample))]
    return dict.fromkeys(found)


def _filtered(examples: Examples, condition: str) -> list[str]:
    """Return the ids of the examples for which a filter holds, as filters hold over exported examples."""
    from arize_nb.filters import column_kinds, mask
    from arize_nb.frames import table_from_records

    table = table_from_records(examples, "example")
    chosen = mask(parse(condition).resolve(column_kinds(table.schema)), table)
    ids: list[str] = table.column("id").filter(chosen).to_pylist()
    return ids


def _another_part(kept: KeptPart, wish: PartWish, count: int) -> InputError:
    """Say that an experiment holds one part and no other."""
    began = kept.words or "the whole dataset"
    now = "the whole dataset" if wish.asked is None else f"{count:,} examples: {wish.words}"
    return InputError(
        f"experiment {kept.name!r} runs over {began}, and now {now} is asked for",
        hint=Hint.of("Ask for the same examples, run under another name, or {}.", START_ANEW),
    )


def is_part(fields: Mapping[str, Any]) -> bool:
    """Say whether a run carries the mark of a part."""
    return bool(fields.get(PART_COLUMN))
