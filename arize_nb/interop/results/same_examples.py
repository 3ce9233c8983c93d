"""Results over the same examples under other ids: paired by equal inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from arize_nb.interop.results.tool_experiment import ToolExperiment


def paired(experiments: Sequence[ToolExperiment]) -> list[ToolExperiment]:
    """Give the examples of later experiments the ids that the first one has for them.

    Ids pair where experiments share them and agree on what stands behind them. Ids that are shared by none,
    or that are row numbers (the inputs under an id are, in the baseline, those of another id), pair by equal
    inputs: the one input, or all of them by name.

    Parameters
    ----------
    experiments : sequence of ToolExperiment
        The first is the baseline.

    Returns
    -------
    list of ToolExperiment
        The same, or copies whose notes say that their ids were replaced.
    """
    if len(experiments) < 2 or not experiments[0].input_columns:
        return list(experiments)
    base = _texts(experiments[0])
    return [experiments[0], *(_renamed(one, base) for one in experiments[1:])]


def _renamed(experiment: ToolExperiment, base: dict[str, str]) -> ToolExperiment:
    """Return an experiment under the baseline's ids, where its own do not pair."""
    mine = _texts(experiment) if experiment.input_columns else {}
    if not mine or all(base.get(key) == text for key, text in mine.items()):
        return experiment
    places = _unique(base)
    shared = [key for key in mine if key in base]
    moved = [key for key in shared if base[key] != mine[key] and mine[key] in places]
    if shared and not moved:
        return experiment
    own = _unique(mine)
    new = {key: places[text] for text, key in own.items() if text in places}
    if not new:
        return experiment
    taken = set(base) | set(new.values())
    ids = {key: new.get(key) or (key if key not in taken else f"{key} ({experiment.name})") for key in mine}
    return experiment.with_ids(
        ids, f"{len(new):,} of {len(mine):,} examples are paired by equal inputs, since {_why(shared)}"
    )


def _why(shared: Sequence[str]) -> str:
    return "the same ids stand for other inputs" if shared else "the ids share nothing"


def _unique(texts: dict[str, str]) -> dict[str, str]:
    """Return the id of every text that one id alone has."""
    found: dict[str, str] = {}
    twice = set()
    for key, text in texts.items():
        if text in found:
            twice.add(text)
        found[text] = key
    return {text: key for text, key in found.items() if text not in twice}


def _texts(experiment: ToolExperiment) -> dict[str, str]:
    """Return the inputs of every example as one text."""
    import orjson

    table, names = (
        experiment.table,
        [name for name in experiment.input_columns if name in experiment.table.column_names],
    )
    columns = [table.column(name).to_pylist() for name in sorted(names)]
    found: dict[str, str] = {}
    for key, *values in zip(table.column("example_id").to_pylist(), *columns, strict=True):
        if key is not None and key not in found and any(value is not None for value in values):
            found[key] = (
                _text(values[0])
                if len(values) == 1
                else orjson.dumps([_text(one) for one in values]).decode()
            )
    return found


def _text(value: object) -> str:
    return " ".join(str(value).split())


def apart(experiments: Sequence[tuple[ToolExperiment, str | None]]) -> list[ToolExperiment]:
    """Name experiments of several files by their file where the tools call them the same.

    Parameters
    ----------
    experiments : sequence of (ToolExperiment, str or None)
        Each with the name of its file, None for an object.
    """
    names = [one.name for one, _ in experiments]
    files: dict[str, set[str | None]] = {}
    for one, file in experiments:
        files.setdefault(one.name, set()).add(file)
    return [
        replace(
            one, name=file if names.count(file) == 0 and _alone(experiments, file) else f"{file} · {one.name}"
        )
        if file is not None and names.count(one.name) > 1 and len(files[one.name]) == names.count(one.name)
        else one
        for one, file in experiments
    ]


def _alone(experiments: Sequence[tuple[ToolExperiment, str | None]], file: str) -> bool:
    return sum(other == file for _, other in experiments) == 1
