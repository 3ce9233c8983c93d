"""The `%ax` line that opens an explorer again as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from arize_nb.models import Experiment
from arize_nb.text.command_words import options, word
from arize_nb.widgets.explorer.outcome_table import first_outcome

if TYPE_CHECKING:
    from arize_nb.comparison.comparison import Comparison


def explore_line(
    comparison: Comparison,
    scope: Mapping[str, Any],
    metrics: Sequence[str] | None,
    *,
    metric: str,
    candidate: str,
    outcome: str,
) -> str:
    """Return the line: of experiments by name, of files by path; of frames, with the comparison in a
    variable.

    Parameters
    ----------
    comparison : Comparison
        What is explored.
    scope : mapping
        `dataset` and `space` that the experiments were found by; without a dataset its id is taken from the
        runs.
    metrics : sequence of str, optional
        Metrics that were asked for.
    metric, candidate, outcome : str
        What is shown; said where it is not what an explorer opens with.
    """
    facts = [side.source.facts for side in comparison.study.alignment.sides]
    if all(one.get("experiment_id") for one in facts):
        where = dict(scope) if scope.get("dataset") is not None else {"dataset": facts[0].get("dataset_id")}
        names = [_experiment(one) for one in facts]
    elif comparison.given_paths is not None:
        given = comparison.given_paths
        where, names = dict(given.options), [word(path) for path in given.paths]
        metrics = where.pop("metric", None) or metrics
    else:
        where, names = {}, ["$comparison"]
    shown = {
        "show": metric if metric != comparison.metrics[0].name and metric.isprintable() else None,
        "candidate": _named(comparison, candidate) if candidate != comparison.candidates[0] else None,
        "outcome": outcome if outcome != first_outcome(comparison, metric, candidate) else None,
    }
    return " ".join(["%ax experiments explore", *names, *options({**where, "metric": metrics, **shown})])


def _named(comparison: Comparison, candidate: str) -> Any:
    """Return a candidate with its id, for when its name cannot be copied."""
    known_id = next(known_id for known_id, name in candidate_ids(comparison) if name == candidate)
    return Experiment(id=known_id, name=candidate) if known_id else candidate


def candidate_ids(comparison: Comparison) -> Iterator[tuple[str | None, str]]:
    """Return the experiment id, where there is one, and the name of every candidate."""
    sides = comparison.study.alignment.sides
    for number, name in enumerate(comparison.study.names):
        if number:
            yield sides[number].source.facts.get("experiment_id"), name


def _experiment(facts: Mapping[str, Any]) -> str:
    """Return an experiment as a word: its name, where the dataset to find it by is known and it reads as no
    file, else its id.
    """
    from arize_nb.comparison.inputs.accepted_inputs import reads_as_path

    if facts.get("experiment") and facts.get("dataset_id") and not reads_as_path(facts["experiment"]):
        return word(Experiment(id=facts["experiment_id"], name=facts["experiment"]))
    return word(facts["experiment_id"])
