"""How far a person and the judges agree on the same runs."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("annotation", "evaluator", "measure", "n", "agreement", "kappa", "correlation")


def agreement_rows(
    said: Sequence[Mapping[str, Any]],
    judged: Mapping[str, Mapping[str, Any]],
    *,
    labels: Mapping[str, Collection[str]] | None = None,
) -> list[dict[str, Any]]:
    """Compare what was said with what every evaluator gave to the same runs.

    Parameters
    ----------
    said : sequence of mappings
        `record_id, name, label, score`, a row per run and annotation.
    judged : mapping of run id to mapping
        The runs' own `eval.<name>.label` and `eval.<name>.score`.
    labels : mapping of annotation to labels, optional
        What could have been said: an evaluator that gives one of these is compared, also when no two answers
        were the same so far.

    Returns
    -------
    list of dict
        `annotation, evaluator, measure, n, agreement, kappa, correlation`. For labels, compared without
        regard to case where the two share a label: `agreement` is the share of equal labels, `kappa` Cohen's
        kappa (1960), None when one side never varies. For scores: Pearson's `correlation`. Rows with nothing
        in common are left out.
    """
    names = list(dict.fromkeys(row["name"] for row in said))
    evaluators = list(
        dict.fromkeys(column.split(".", 1)[1].rsplit(".", 1)[0] for run in judged.values() for column in run)
    )
    found = []
    for name in names:
        mine = [row for row in said if row["name"] == name]
        for evaluator in evaluators:
            pairs = _both(mine, judged, "label", f"eval.{evaluator}.label")
            possible = {label.casefold() for label in (labels or {}).get(name, ())}
            if ({a for a, _ in pairs} | (possible if pairs else set())) & {b for _, b in pairs}:
                found.append(
                    {
                        "annotation": name,
                        "evaluator": evaluator,
                        "measure": "label",
                        **_label_agreement(pairs),
                    }
                )
            scores = _both(mine, judged, "score", f"eval.{evaluator}.score")
            if len(scores) > 2:
                found.append(
                    {
                        "annotation": name,
                        "evaluator": evaluator,
                        "measure": "score",
                        **_score_agreement(scores),
                    }
                )
    return found


def agreement_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return agreement rows as a DataFrame, with all columns also when there is no row."""
    import pandas as pd

    return pd.DataFrame(list(rows), columns=list(COLUMNS))


def _both(
    mine: Sequence[Mapping[str, Any]], judged: Mapping[str, Mapping[str, Any]], member: str, column: str
) -> list[tuple[Any, Any]]:
    pairs = ((row.get(member), judged.get(row["record_id"], {}).get(column)) for row in mine)
    kept = [(a, b) for a, b in pairs if a is not None and b is not None]
    return [(str(a).casefold(), str(b).casefold()) for a, b in kept] if member == "label" else kept


def _label_agreement(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    n = len(pairs)
    equal = sum(a == b for a, b in pairs) / n
    labels = {label for pair in pairs for label in pair}
    chance = (
        sum(sum(a == label for a, _ in pairs) * sum(b == label for _, b in pairs) for label in labels) / n**2
    )
    return {
        "n": n,
        "agreement": equal,
        "kappa": (equal - chance) / (1 - chance) if chance < 1 else None,
        "correlation": None,
    }


def _score_agreement(pairs: Sequence[tuple[float, float]]) -> dict[str, Any]:
    from statistics import StatisticsError, correlation

    try:
        found: float | None = correlation([float(a) for a, _ in pairs], [float(b) for _, b in pairs])
    except StatisticsError:
        found = None
    return {
        "n": len(pairs),
        "agreement": None,
        "kappa": None,
        "correlation": None if found is None or math.isnan(found) else found,
    }
