"""How counts and examples are called in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.metrics.run_columns import OWN_ID

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from arize_nb.comparison.analysis.data import Study

_ASKED = frozenset({"input", "inputs", "question", "prompt", "query"})
_LONGEST = 60


def counted(n: int, one: str, many: str = "") -> str:
    """Return a count with its noun, and a verb where there is one: `1 example has`, `2,000 examples have`."""
    return f"{n:,} {one if n == 1 else many or f'{one}s'}"


def named(study: Study, examples: Sequence[int], most: int) -> str:
    """Name the first examples and count the others.

    An id that a person gave stands before how the input begins, where that is known. What stands for an id
    that a machine made says little to a person: the input stands first, and the short name behind it.
    """
    from arize_nb.comparison.words.short_names import short_names
    from arize_nb.text.visible import visible

    first = np.asarray(examples[:most], dtype=np.int64)
    ids = study.alignment.ids(first).to_pylist()
    short = short_names(study, ids)
    said = ", ".join(
        _called(visible(str(one)), visible(short[one]), text)
        for one, text in zip(ids, _inputs(study, first), strict=True)
    )
    return said + (f" and {len(examples) - most:,} more" if len(examples) > most else "")


def _called(known_id: str, short: str, text: str | None) -> str:
    """Return how an example is called."""
    if not text or text == known_id:
        return short
    return f'{short} "{_begun(text)}"' if short == known_id else f'"{_begun(text)}" ({short})'


def beginning(own: Mapping[str, Any]) -> str | None:
    """Return how the input of an example begins, by the same rule, from its own columns; None when none of
    them holds text.
    """
    texts = [name for name in _asked_first(own) if isinstance(own[name], str) and own[name]]
    return _begun(own[texts[0]]) if texts else None


def _asked_first(names: Iterable[str]) -> list[str]:
    """Order columns of an example: those called like an input first."""
    return sorted((name for name in names if name not in OWN_ID), key=lambda name: name.lower() not in _ASKED)


def _begun(text: str) -> str:
    from arize_nb.text.terminal import clipped
    from arize_nb.text.visible import visible

    return clipped(" ".join(visible(text).split()), _LONGEST).replace(" …", "…")


def _inputs(study: Study, examples: NDArray[np.int64]) -> list[str | None]:
    """Return what was asked in some examples."""
    from arize_nb.comparison.words.example_columns import own_columns

    own = own_columns(study, examples)
    column = input_column(own)
    return [None] * len(examples) if column is None else list(own[column].to_pylist())


def input_column(own: Mapping[str, Any]) -> str | None:
    """Return the column of what was asked, of the examples' own (name -> Arrow array): one called so, else
    the first that holds text; None without any.
    """
    import pyarrow as pa

    for column in _asked_first(own):
        kind = own[column].type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            return column
    return None
