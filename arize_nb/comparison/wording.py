"""How counts and examples are called in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from arize_nb.comparison.study import Study

OWN_ID = frozenset({"id", "example_id", "created_at", "updated_at"})
"""Columns of an example that are not its content."""
_ASKED = frozenset({"input", "inputs", "question", "prompt", "query"})
_LONGEST = 60


def counted(n: int, one: str, many: str = "") -> str:
    """Return a count with its noun, and a verb where there is one: `1 example has`, `2,000 examples have`."""
    return f"{n:,} {one if n == 1 else many or f'{one}s'}"


def named(study: Study, examples: Sequence[int], most: int) -> str:
    """Name the first examples by id and how their input begins, where the examples are known, and count the others."""
    from arize_nb.views.tables import clipped, visible

    first = np.asarray(examples[:most], dtype=np.int64)
    names = [visible(str(known_id)) for known_id in study.alignment.ids(first).to_pylist()]
    texts = [clipped(" ".join(visible(text).split()), _LONGEST).replace(" …", "…") if text else "" for text in _inputs(study, first)]
    said = ", ".join(f'{name} "{text}"' if text else name for name, text in zip(names, texts, strict=True))
    return said + (f" and {len(examples) - most:,} more" if len(examples) > most else "")


def _inputs(study: Study, examples: NDArray[np.int64]) -> list[str | None]:
    """Return what was asked in some examples: a column called so, else the first one that holds text."""
    import pyarrow as pa

    known = study.examples
    if known is not None:
        own = [name for name in known.columns if name not in OWN_ID]
        for column in sorted(own, key=lambda name: name.lower() not in _ASKED):
            values = known.take(column, study.rows_in(known)[examples])
            kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
            if pa.types.is_string(kind) or pa.types.is_large_string(kind):
                return list(values.to_pylist())
    return [None] * len(examples)
