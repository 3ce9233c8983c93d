"""Nested records -> flat records: evaluations, metadata, annotations and additional_properties become
columns.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from arize_nb.errors import ColumnError
from arize_nb.frames.columns import ANNOTATION_MEMBERS, EVALUATION_MEMBERS, Kind

NESTED = {
    "run": frozenset(("additional_properties", "annotations", "evaluations", "metadata")),
    "example": frozenset(("additional_properties",)),
}
"""Members of a record that are taken apart; in an example, `metadata` and the like are the user's own
columns.
"""

ANNOTATION_AS_EVALUATION = {"score": "score", "label": "label", "text": "explanation"}
"""How the members of an annotation are called when it is shown among the evaluations of an exported run."""

_SCORING = tuple(member.name for member in EVALUATION_MEMBERS)


class _Who(NamedTuple):
    """Which record is at fault; its words are made when there is something to say about it."""

    kind: Kind
    position: int
    record: Mapping[str, Any]

    def text(self) -> str:
        """Say which record it is."""
        named = self.record.get("id") or self.record.get("example_id")
        return f"{self.kind} {self.position}, {named}" if named else f"{self.kind} {self.position}"


def flat_record(
    record: Mapping[str, Any], kind: Kind, *, strict: bool = False, index: int = 0
) -> dict[str, Any]:
    """Return the record with its nested members as columns of their own.

    Parameters
    ----------
    record : Mapping
        A record of the service, of a file or of the official program.
    kind : "run" or "example"
        What the record is.
    strict : bool
        Refuse what cannot be meant (an upload); otherwise such a member stays as it is (a reading).
    index : int
        Position of the record from 0, for the error.

    Raises
    ------
    ColumnError
        When strict: an evaluation with none of score, label, explanation, or a member of the wrong shape.
    """
    nested = NESTED[kind]
    flat: dict[str, Any] = {}
    waiting: list[tuple[str, Any]] = []
    for key, value in record.items():
        if key in nested:
            waiting.append((key, value))
        else:
            flat[key] = value
    annotated = (
        _annotated(record.get("annotations")) if "evaluations" in record and "annotations" in record else {}
    )
    who = _Who(kind, index, record)
    for key, value in waiting:
        if key == "evaluations" and annotated:
            value = _without_copies(parsed(value), annotated)
        for name, item in _members(key, value, strict, who):
            if flat.get(name) is None:
                flat[name] = item
    return flat


def _is_object(value: object) -> bool:
    """Say whether a value is an object; a plain dict, as nearly all are, without the detour over the abstract
    class.
    """
    return type(value) is dict or isinstance(value, Mapping)


def _members(key: str, value: Any, strict: bool, who: _Who) -> Iterator[tuple[str, Any]]:
    """Yield the columns of one nested member."""
    value = parsed(value)
    if value is None:
        return
    if key == "annotations" and isinstance(value, (list, tuple)):
        yield from _annotations(value, strict, who)
    elif not _is_object(value):
        if strict and key in ("evaluations", "annotations"):
            raise _wrong(f"{key} must be {'a list' if key == 'annotations' else 'an object'}", key, who)
        yield key, value
    elif key == "additional_properties":
        yield from flat_record(value, who.kind, strict=strict, index=who.position).items()
    elif key == "metadata":
        yield from leaves("metadata", value)
    elif key == "evaluations":
        for name, evaluation in value.items():
            yield from _evaluation(name, evaluation, strict, who)
    else:
        yield key, value


def _annotated(annotations: object) -> dict[str, Any]:
    """Return the annotations of a record by name, as an export shows them among the evaluations."""
    listed = parsed(annotations)
    found = (
        [item for item in listed if _is_object(item) and item.get("name")]
        if isinstance(listed, (list, tuple))
        else []
    )
    return {
        item["name"]: {
            shown: item[member]
            for member, shown in ANNOTATION_AS_EVALUATION.items()
            if item.get(member) is not None
        }
        for item in found
    }


def _without_copies(evaluations: Any, annotated: Mapping[str, Any]) -> Any:
    """Leave out evaluations that only repeat the annotation of their name: an export wrote them there for
    readers.
    """
    if not _is_object(evaluations):
        return evaluations
    return {
        name: value
        for name, value in evaluations.items()
        if name not in annotated or value != annotated[name]
    }


def parsed(value: object) -> Any:
    """Read JSON text of an object or list (CSV cells, JSON columns of the service); other values stay."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def leaves(path: str, value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield every leaf of an object under its dotted path; empty objects and lists are leaves."""
    if not value:
        yield path, {}
    for key, item in value.items():
        if _is_object(item) and item:
            yield from leaves(f"{path}.{key}", item)
        else:
            yield f"{path}.{key}", item


def _evaluation(name: str, evaluation: Any, strict: bool, who: _Who) -> Iterator[tuple[str, Any]]:
    """Yield the columns of one evaluation."""
    if not _is_object(evaluation):
        if strict:
            raise _wrong(
                f"evaluation {name!r} must be an object with score, label or explanation",
                f"evaluations.{name}",
                who,
            )
        if evaluation is not None:
            yield f"evaluations.{name}", evaluation
        return
    if strict and all(evaluation.get(member) is None for member in (*_SCORING, "error")):
        raise _wrong(f"evaluation {name!r} has none of score, label, explanation", f"evaluations.{name}", who)
    for member, value in evaluation.items():
        if member in ("metadata", "trace") and _is_object(value) and value:
            yield from leaves(f"eval.{name}.{member}", value)
        else:
            yield f"eval.{name}.{member}", value


def _annotations(annotations: Any, strict: bool, who: _Who) -> Iterator[tuple[str, Any]]:
    """Yield the columns of the annotations of one record; who wrote them, and when, is left out."""
    for annotation in annotations:
        name = annotation.get("name") if _is_object(annotation) else None
        if not name:
            if strict:
                raise _wrong("an annotation has no name", "annotations", who)
            continue
        for member in ANNOTATION_MEMBERS:
            yield f"annotation.{name}.{member.name}", annotation.get(member.name)


def _wrong(what: str, path: str, who: _Who) -> ColumnError:
    """Make the error that names column, path and record."""
    return ColumnError(
        f"{what} ({who.text()})", column=path.partition(".")[0], path=path, record=who.position
    )
