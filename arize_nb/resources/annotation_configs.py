"""Annotation configs: list, get, create, delete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from arize_nb import wire
from arize_nb.errors import InputError
from arize_nb.models import AnnotationConfig, AnnotationValue, Page, Space
from arize_nb.resources.lookup import (
    Link,
    every,
    given_id,
    in_space,
    label_of,
    needed_space_id,
    page_of,
    space_id,
    space_label,
)
from arize_nb.text.command_line import Hint

ConfigType = Literal["categorical", "continuous", "freeform"]
Value = str | Mapping[str, Any] | AnnotationValue


class AnnotationConfigs:
    """`client.annotation_configs`: what people may say about runs and examples of a space.

    `x` is a name, an id or the object itself; `space` (name, id or object) is where to look, the default
    space when not given; `name` a substring of names, in any case.
    """

    def __init__(self, link: Link) -> None:
        self._link = link

    def list(
        self,
        *,
        space: str | Space | None = None,
        name: str | None = None,
        limit: int = 15,
        cursor: str | None = None,
    ) -> Page[AnnotationConfig]:
        """Return one page of annotation configs, newest first.

        Parameters
        ----------
        space : str or Space, optional
            Only those of this space.
        name : str, optional
            Substring of the name, any case.
        limit : int
            1-100.
        cursor : str, optional
            `next_cursor` of the page before.
        """
        scope = space_id(self._link, space)
        return page_of(
            self._link,
            "annotation config",
            limit=limit,
            cursor=cursor,
            about=self._scope(space),
            name=name,
            space_id=scope,
        )

    def iter(
        self, *, space: str | Space | None = None, name: str | None = None
    ) -> Iterator[AnnotationConfig]:
        """Iterate over all pages."""
        return every(
            self._link,
            "annotation config",
            about=self._scope(space),
            name=name,
            space_id=space_id(self._link, space),
        )

    def get(self, x: str | AnnotationConfig, *, space: str | Space | None = None) -> AnnotationConfig:
        """Return an annotation config by name (in its space), id or object.

        Raises
        ------
        NotFoundError
            There is none; close names are in the message.
        """
        found: AnnotationConfig = in_space(self._link, "annotation config", x, space)
        return found

    def create(
        self,
        *,
        name: str,
        type: ConfigType,  # noqa: A002 - the contract's name
        space: str | Space | None = None,
        values: Sequence[Value] | None = None,
        minimum_score: float | None = None,
        maximum_score: float | None = None,
        optimization_direction: str | None = None,
    ) -> AnnotationConfig:
        """Create an annotation config.

        Parameters
        ----------
        name : str
            Unique in its space.
        type : "categorical", "continuous" or "freeform"
            Labels, a scale, or free text.
        space : str or Space, optional
            Where; the default space when not given.
        values : sequence, optional
            categorical: the labels, each a text or ``{"label": …, "score": …}``; at least one.
        minimum_score, maximum_score : float, optional
            continuous: both ends of the scale.
        optimization_direction : "maximize", "minimize" or "none", optional
            Which way is better; not for freeform.

        Raises
        ------
        ConflictError
            The name is taken.
        InputError
            The settings do not fit the type; nothing was sent.
        """
        kind = str(type).lower()
        settings = _settings(kind, values, minimum_score, maximum_score, optimization_direction)
        scope = needed_space_id(self._link, space, "a new annotation config")
        return wire.decode_config(
            self._link.send(wire.create_config_request(name, kind.upper(), space_id=scope, **settings))
        )

    def delete(self, x: str | AnnotationConfig, *, space: str | Space | None = None) -> None:
        """Delete an annotation config.

        Raises
        ------
        ConflictError
            An annotation queue uses it.
        """
        known = given_id(x)
        identity = known if known is not None else in_space(self._link, "annotation config", x, space).id
        about = wire.About(kind="annotation config", name=label_of(x), space=space_label(self._link, space))
        self._link.send(wire.delete_request("annotation config", identity, about=about))

    def _scope(self, space: str | Space | None) -> wire.About:
        """Say what a listing is scoped to."""
        return wire.About(kind="space", name=space_label(self._link, space))


def _settings(
    kind: str, values: Sequence[Value] | None, low: float | None, high: float | None, direction: str | None
) -> dict[str, Any]:
    """Check the settings of a type and bring them to the form that is sent."""
    if kind not in ("categorical", "continuous", "freeform"):
        raise InputError(f"an annotation config is categorical, continuous or freeform, not {kind!r}")
    better = direction.upper() if direction else None
    if better not in (None, "MAXIMIZE", "MINIMIZE", "NONE"):
        raise InputError(f"optimization_direction is maximize, minimize or none, not {direction!r}")
    if kind != "categorical" and values:
        raise InputError(f"a {kind} annotation config has no values")
    if kind != "continuous" and (low is not None or high is not None):
        raise InputError(f"a {kind} annotation config has no scores")
    if kind == "categorical":
        if not values:
            raise InputError(
                "a categorical annotation config needs its labels",
                hint=Hint("Give values=[…], a label each.", "Give --value LABEL once for each."),
            )
        return {"values": [_value(value) for value in values], "optimization_direction": better}
    if kind == "continuous":
        if low is None or high is None or not low < high:
            raise InputError("a continuous annotation config needs a minimum score below its maximum score")
        return {"minimum_score": low, "maximum_score": high, "optimization_direction": better}
    if better not in (None, "NONE"):
        raise InputError("a freeform annotation config has no optimization_direction")
    return {}


def _value(value: Value) -> dict[str, Any]:
    """Bring one label to the form that is sent."""
    if isinstance(value, AnnotationValue):
        value = {"label": value.label, "score": value.score}
    if isinstance(value, str):
        return {"label": value}
    if not isinstance(value.get("label"), str):
        raise InputError(f"a value of an annotation config needs a label: {dict(value)!r:.80}")
    return {key: value[key] for key in ("label", "score") if value.get(key) is not None}
