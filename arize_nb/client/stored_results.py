"""Store tables of results: make the dataset when it is not there, find the example of every row, create the
experiments.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from arize_nb.comparison.inputs.column_roles.profile import TableProfile
from arize_nb.comparison.inputs.column_roles.told import Told, told
from arize_nb.comparison.inputs.stored_runs import (
    Matched,
    examples_table,
    match_examples,
    read_results,
    runs_table,
    stored_words,
)
from arize_nb.errors import InputError, NotFoundError
from arize_nb.text.typed_language import option_words

if TYPE_CHECKING:
    from arize_nb.client.service import ExperimentService
    from arize_nb.comparison.inputs.opened import Shape
    from arize_nb.models import Dataset, Experiment
    from arize_nb.resources.runs import DatasetLike, SpaceLike

_NAMED = 3


def store_results(
    client: ExperimentService,
    results: Sequence[Any],
    *,
    dataset: DatasetLike,
    space: SpaceLike | None,
    shape: Shape,
    said: Told,
    notice: Callable[[str], object],
    pick: str | Sequence[str] | None = None,
) -> tuple[Experiment, ...]:
    """Store tables as experiments of a dataset; see `client.experiments.import_results`."""
    read = read_results(_picked(results, pick), shape, said)
    home = _existing(client, dataset, space)
    key: Sequence[str] | None = None
    if home is None:
        table = examples_table(read)
        home = client.datasets.create(name=str(dataset), examples=table, space=space)
        key = read.reading.key
        notice(f"Made dataset {home.name!r} of {table.num_rows:,} examples: {', '.join(table.column_names)}.")
    examples = client.datasets.examples(home)
    matched = [match_examples(profile, examples, said, key) for profile in read.profiles]
    for profile, match in zip(read.profiles, matched, strict=True):
        _refuse_strangers(profile, match, home)
    made = []
    for number, (profile, match) in enumerate(zip(read.profiles, matched, strict=True)):
        experiment = client.experiments.create(
            name=profile.name, runs=runs_table(read, number, match.ids), dataset=home, check_examples=False
        )
        notice(
            f"{profile.name}: matched {match.rows:,} of {match.rows:,} rows by {match.by};"
            f" {stored_words(read.reading, profile.source)}."
        )
        made.append(experiment)
    return tuple(made)


def _picked(results: Sequence[Any], pick: str | Sequence[str] | None) -> list[Any]:
    """Return what is to be stored: each result holds one experiment, or those of it that were picked.

    Raises
    ------
    InputError
        A file of another tool holds several and none was picked, or nothing has a name that was.
    """
    from arize_nb.comparison.inputs.accepted_inputs import of_a_tool

    wanted = [pick] if isinstance(pick, str) else list(pick or ())
    found: list[Any] = []
    seen: list[str] = []
    for result in results:
        several = of_a_tool(result) or [result]
        names = [one.name for one in several] if len(several) > 1 else []
        seen += names
        if names and not wanted:
            what = (
                f"{getattr(result, 'name', result)!s} holds {len(names)} experiments:"
                f" {', '.join(map(repr, names))}"
            )
            raise InputError(what, hint=f"Say which, or * for all: {option_words('pick', names[0])}.")
        found += (
            [result]
            if len(several) == 1
            else several
            if "*" in wanted
            else [one for one in several if one.name in wanted]
        )
    strange = [name for name in wanted if name != "*" and name not in seen]
    if strange:
        raise InputError(
            f"{option_words('pick', strange[0])}: no experiment has that name",
            hint=f"There are: {', '.join(seen) or 'none'}.",
        )
    return found


def _existing(client: ExperimentService, dataset: DatasetLike, space: SpaceLike | None) -> Dataset | None:
    """Return the dataset, or None when none has that name."""
    try:
        return client.datasets.get(dataset, space=space)
    except NotFoundError as error:
        if error.kind != "dataset" or not isinstance(dataset, str):
            raise
        return None


def _refuse_strangers(profile: TableProfile, match: Matched, dataset: Dataset) -> None:
    """Refuse rows that are of no example.

    Raises
    ------
    InputError
        Counts them, and shows the first ones.
    """
    if not match.missing:
        return
    import numpy as np

    column = match.by.partition(", ")[0]
    lost = np.flatnonzero(match.ids.is_null().to_numpy(zero_copy_only=False))[:_NAMED]
    first = (
        ", ".join(map(repr, profile.text_of(column, lost).to_pylist()))
        if column in profile
        else ", ".join(map(str, lost))
    )
    raise InputError(
        f"{match.missing:,} of {match.rows:,} rows of {profile.name!r} have no example in dataset"
        f" {dataset.name!r} by {match.by}: {first}",
        hint=(
            "Add the examples first, leave those rows out, or match by another column:"
            f" {option_words('key', 'COLUMN')}."
        ),
    )


def with_example_ids(
    client: ExperimentService,
    runs: object,
    key: str | Sequence[str],
    dataset: DatasetLike,
    space: SpaceLike | None,
) -> Any:
    """Return runs with the `example_id` that a key of theirs gives them in a dataset.

    Raises
    ------
    InputError
        Some rows are of no example.
    """
    import pyarrow as pa

    from arize_nb.comparison.inputs.accepted_inputs import source_of

    home = client.datasets.get(dataset, space=space)
    source = source_of(runs, "the runs")
    profile = TableProfile(source)
    match = match_examples(profile, client.datasets.examples(home), told(key=key))
    _refuse_strangers(profile, match, home)
    columns = {name: source.arrow(name) for name in source.columns if name != "example_id"}
    return pa.table({"example_id": match.ids, **columns})
