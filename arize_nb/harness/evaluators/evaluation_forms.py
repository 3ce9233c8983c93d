"""One evaluation out of one returned value: exact shapes only, nothing is guessed from the text of unknown
things.
"""

from __future__ import annotations

import enum
import numbers
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from arize_nb.frames.cells.scores import is_no_label, read_score
from arize_nb.harness.records.run_record import Evaluation
from arize_nb.harness.values.forms import NoPlainForm, refuse_unfinished
from arize_nb.harness.values.json_values import clean_text, scalar

_NAMES = ("name", "key")
_EXPLANATIONS = ("explanation", "comment", "reason", "rationale")
VERDICTS = ("score", "label", "value")
_FURTHER = frozenset(
    (
        *(
            "metadata",
            "error",
            "kind",
            "direction",
            "traces",
            "answer",
            "data_type",
            "source",
            "correction",
            "source_run_id",
        ),
        *(
            "target_run_id",
            "evaluator_info",
            "feedback_config",
            "extra",
            "id",
            "run_id",
            "trace_id",
            "span_id",
            "threshold",
            "success",
        ),
    )
)
"""Other members of the results of common libraries; they are no metrics."""
_KNOWN = frozenset({*_NAMES, *_EXPLANATIONS, *VERDICTS}) | _FURTHER
_TABLES = ("DataFrame", "Series", "Index", "ndarray", "Table", "Tensor", "LazyFrame")
_SHAPES = (
    "a bool, number, text, (score, explanation), (label, score, explanation), mapping, Evaluation, or a list"
    " of named ones"
)


class Unscored(ValueError):  # noqa: N818 - what a failure shows as its type
    """The evaluator said nothing: NaN, NA, None, or an empty label."""


class EvaluatorError(ValueError):
    """The result of a library says that it failed."""


def one_evaluation(value: Any) -> Evaluation:
    """Make one evaluation of a returned value."""
    if isinstance(value, Evaluation):
        return _checked(value)
    if isinstance(value, enum.Enum):
        return one_evaluation(value.value)
    if _is_scalar(value):
        return one_evaluation(value.item())
    if isinstance(value, bool):
        return Evaluation(score=float(value), label=str(value))
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        raise Unscored(f"unscored: the evaluator returned {value}")
    if isinstance(value, numbers.Real | Decimal):
        return Evaluation(score=_score(value, needed=True))
    if isinstance(value, str):
        label = _label(value)
        if label is None:
            raise Unscored(f"unscored: the evaluator returned {str(value)!r}")
        return Evaluation(label=label)
    if isinstance(value, tuple):
        return _tuple(value)
    if isinstance(value, Mapping):
        return _members(value)
    return _object(value)


def _object(value: object) -> Evaluation:
    """Read the result object of a library by its members; never by its text."""
    kind = type(value)
    try:
        refuse_unfinished(value)
    except NoPlainForm as error:
        raise TypeError(f"the evaluator returned {error.what}") from None
    if kind.__name__ in _TABLES or getattr(value, "ndim", None):
        raise TypeError(
            f"the evaluator returned a {kind.__name__}: return one row of it as a dict, or one number"
        )
    present = {
        key: getattr(value, key)
        for key in (*_NAMES, *_EXPLANATIONS, *VERDICTS, "metadata", "error")
        if hasattr(value, key)
    }
    if not any(key in present for key in VERDICTS):
        raise TypeError(f"the evaluator returned {kind.__name__}, not {_SHAPES}")
    return _members(present)


def _tuple(value: tuple[Any, ...]) -> Evaluation:
    """Read (score, explanation), (label, score), (label, explanation), (label, score, explanation) or (score,
    label, explanation).
    """
    kinds = tuple("text" if isinstance(item, str) else "none" if item is None else "number" for item in value)
    names = {
        ("number", "text"): ("score", "explanation"),
        ("number", "none"): ("score", "explanation"),
        ("text", "number"): ("label", "score"),
        ("text", "none"): ("label", "score"),
        ("text", "text"): ("label", "explanation"),
        ("text", "number", "text"): ("label", "score", "explanation"),
        ("text", "number", "none"): ("label", "score", "explanation"),
        ("none", "number", "text"): ("label", "score", "explanation"),
        ("number", "text", "text"): ("score", "label", "explanation"),
        ("number", "text", "none"): ("score", "label", "explanation"),
    }.get(kinds)
    if names is None:
        raise TypeError(
            f"the evaluator returned the tuple {value!r:.60}, not (score, explanation) or (label, score,"
            " explanation)"
        )
    found = dict(zip(names, value, strict=True))
    if names[0] == "score" and len(names) == 2:
        first = one_evaluation(found["score"])  # a boolean is a label as well
        return replace(first, explanation=_text(found["explanation"], "explanation"))
    return _members(found)


def _members(value: Mapping[str, Any]) -> Evaluation:
    """Read the members of one evaluation, under the names that common libraries have for them."""
    if value.get("error") not in (None, ""):
        raise EvaluatorError(_error_text(value["error"]))
    metadata = value.get("metadata") or {}
    if not isinstance(metadata, Mapping):
        raise TypeError(f"the metadata of an evaluation is a {type(metadata).__name__}, not a mapping")
    score, label = value.get("score"), value.get("label")
    verdict = value.get("value")
    if isinstance(verdict, enum.Enum):
        verdict = verdict.value
    if verdict is not None and isinstance(verdict, bool):
        score, label = (
            (float(verdict) if score is None else score),
            (str(verdict) if label is None else label),
        )
    elif isinstance(verdict, str):
        label = verdict if label is None else label
    elif verdict is not None:
        score = verdict if score is None else score
    explanation = next(
        (value[key] for key in _EXPLANATIONS if value.get(key) is not None), metadata.get("rationale")
    )
    if all(item is None for item in (score, label, explanation)):
        raise Unscored(f"unscored: {nothing_in(value)}")
    made = Evaluation(
        score=score, label=label, explanation=explanation, metadata=dict(metadata), name=own_name(value)
    )
    return _checked(made)


def _error_text(error: object) -> str:
    return (
        f"{type(error).__name__}: {error}"
        if isinstance(error, BaseException)
        else str(getattr(error, "error_message", error))[:500]
    )


def _checked(value: Evaluation) -> Evaluation:
    """Make the members plain, and refuse an evaluation that says nothing."""
    score, label = _score(value.score), _label(value.label)
    explanation = _text(value.explanation, "explanation")
    if score is None and label is None and explanation is None:
        if value.score is None and value.label is None and value.explanation is None:
            raise ValueError("an evaluation needs a score, a label or an explanation")
        raise Unscored(f"unscored: {nothing_in({'score': value.score, 'label': value.label})}")
    return Evaluation(
        score=score,
        label=label,
        explanation=explanation,
        metadata={clean_text(str(key)): scalar(item) for key, item in value.metadata.items()},
        name=value.name,
    )


def _score(value: Any, *, needed: bool = False) -> float | None:
    """Read a score: a number, also as text; None for NaN and the words for nothing."""
    if _is_scalar(value):
        value = value.item()
    if isinstance(value, enum.Enum):
        value = value.value
    try:
        score = read_score(value)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"the score {value!r:.60} is no finite number") from error
    if score is None and needed:
        raise Unscored(f"unscored: the evaluator returned {value}")
    return score


def _label(value: Any) -> str | None:
    """Read a label: text, a boolean or a whole number; None for NaN and the words for nothing."""
    if isinstance(value, enum.Enum):
        value = value.value
    if _is_scalar(value):
        value = value.item()
    if (
        value is None
        or type(value).__name__ in ("NAType", "NaTType")
        or (isinstance(value, float) and value != value)
    ):
        return None
    if not isinstance(value, str | bool | int):
        raise TypeError(f"the label {value!r:.60} is a {type(value).__name__}, not text")
    text = clean_text(str(value))
    return None if is_no_label(text) else text


def _text(value: object, what: str) -> str | None:
    """Read a text; NaN and NA, as frames have them, are none."""
    if (
        value is None
        or type(value).__name__ in ("NAType", "NaTType")
        or (isinstance(value, float) and value != value)
    ):
        return None
    if not isinstance(value, str):
        raise TypeError(f"the {what} {value!r:.60} is a {type(value).__name__}, not text")
    return clean_text(str(value))


def has_verdict(value: object) -> bool:
    """Tell whether a result has a place for a score or a label, though there is nothing in it."""
    if isinstance(value, Mapping):
        return any(key in value and value[key] is not None for key in VERDICTS)
    return any(hasattr(value, key) for key in VERDICTS)


def nothing_in(value: object) -> str:
    """Say what stands where a score or a label should."""
    has = {
        key: value.get(key) if isinstance(value, Mapping) else getattr(value, key, None) for key in VERDICTS
    }
    told = [f"its {key} is {item!r:.40}" for key, item in has.items() if item is not None]
    return " and ".join(told) or "it has neither score nor label"


def is_one(value: Mapping[Any, Any]) -> bool:
    """Tell a mapping that is one evaluation from one of several metrics by name."""
    keys = value.keys()
    if not keys or not keys <= _KNOWN:
        return False
    if "score" in keys or "label" in keys:
        return True
    return (
        "explanation" in keys or ("value" in keys and len(keys) > 1) or not keys.isdisjoint({"name", "key"})
    )


def is_plain(value: object) -> bool:
    """Tell a value that is a score or a label by itself."""
    return (
        isinstance(value, str | bytes | numbers.Number | Decimal | enum.Enum)
        or _is_scalar(value)
        or type(value).__name__ in ("NAType", "NaTType")
    )


def _is_scalar(value: object) -> bool:
    """Tell a number of NumPy, torch and others."""
    return getattr(value, "ndim", None) == 0 and callable(getattr(value, "item", None))


def own_name(value: object) -> str | None:
    """Return the name that an evaluation gives itself."""
    for key in _NAMES:
        found = value.get(key) if isinstance(value, Mapping) else getattr(value, key, None)
        if isinstance(found, str) and found:
            return found
    return None
