"""Examples given where a dataset is asked for: they become a dataset that is found again by its content."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from arize_nb.errors import NotFoundError
from arize_nb.models import Dataset

if TYPE_CHECKING:
    import pyarrow as pa

    from arize_nb.client.service import ExperimentService
    from arize_nb.resources.runs import SpaceLike

_DIGITS = 12


def is_inline(dataset: object) -> bool:
    """Whether something is examples (a frame, a list, a table, a file) rather than the name or the object of
    a dataset.
    """
    if isinstance(dataset, Dataset):
        return False
    if isinstance(dataset, os.PathLike):
        return True
    if isinstance(dataset, str):
        from arize_nb.files.formats import form_of

        return form_of(Path(dataset)) is not None and Path(dataset).expanduser().is_file()
    return True


def stored_examples(client: ExperimentService, examples: object, space: SpaceLike | None) -> Dataset:
    """Return the dataset that holds examples; it is made when there is none yet.

    Parameters
    ----------
    client : Client
        Where.
    examples : DataFrame, list of dicts, pyarrow.Table or path
        At least one.
    space : str or Space, optional
        Where the dataset is looked for and made; the default space when not given.

    Returns
    -------
    Dataset
        Named after the file (else `inline`) and the first digits of the SHA-256 of its content: the same
        examples are the same dataset.
    """
    from arize_nb.resources.writing.input_rows import rows_from

    table = rows_from(client, examples, "example")
    stem = Path(os.fspath(examples)).stem if isinstance(examples, (str, os.PathLike)) else "inline"
    name = f"{stem}-{_digest(table)}"
    try:
        return client.datasets.get(name, space=space)
    except NotFoundError as error:
        if error.kind != "dataset":
            raise
    made = client.datasets.create(name=name, examples=table, space=space)
    client.notice(f"Made dataset {name!r} of {table.num_rows:,} examples.")
    return made


def _digest(table: pa.Table) -> str:
    """Return the first digits of the SHA-256 of a table's names and values, in their order."""
    import orjson

    content = orjson.dumps(
        [table.column_names, table.to_pylist()], default=str, option=orjson.OPT_NON_STR_KEYS
    )
    return hashlib.sha256(content).hexdigest()[:_DIGITS]
