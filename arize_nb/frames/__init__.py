"""Records, Arrow tables and DataFrames of runs and examples, driven by one column table; loaded on use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arize_nb.frames.annotations import annotation_records
    from arize_nb.frames.canonical_table import canonical
    from arize_nb.frames.cells.arrow_types import contract_type
    from arize_nb.frames.cells.json_cells import decoded, decoded_columns, decoded_records, json_names
    from arize_nb.frames.cells.numpy_types import numpy_types
    from arize_nb.frames.cells.scores import (
        LabelReading,
        ScoreReading,
        is_no_label,
        read_labels,
        read_score,
        read_scores,
    )
    from arize_nb.frames.columns import (
        EXAMPLE_COLUMNS,
        RUN_COLUMNS,
        Column,
        EvalColumn,
        eval_column,
        evaluator_names,
    )
    from arize_nb.frames.input_checks import from_input
    from arize_nb.frames.nested import nested_records, to_records
    from arize_nb.frames.origin import NOWHERE, Origin
    from arize_nb.frames.outgoing import page_frame, to_pandas, wire_records, wire_table
    from arize_nb.frames.record_columns import RecordColumns, table_from_records

_HOMES = {
    "EXAMPLE_COLUMNS": "columns",
    "RUN_COLUMNS": "columns",
    "Column": "columns",
    "EvalColumn": "columns",
    "eval_column": "columns",
    "evaluator_names": "columns",
    "annotation_records": "annotations",
    "RecordColumns": "record_columns",
    "table_from_records": "record_columns",
    "canonical": "canonical_table",
    "contract_type": "cells.arrow_types",
    "from_input": "input_checks",
    "decoded": "cells.json_cells",
    "decoded_columns": "cells.json_cells",
    "decoded_records": "cells.json_cells",
    "json_names": "cells.json_cells",
    "nested_records": "nested",
    "to_records": "nested",
    "numpy_types": "cells.numpy_types",
    "NOWHERE": "origin",
    "Origin": "origin",
    "page_frame": "outgoing",
    "to_pandas": "outgoing",
    "LabelReading": "cells.scores",
    "ScoreReading": "cells.scores",
    "is_no_label": "cells.scores",
    "read_labels": "cells.scores",
    "read_score": "cells.scores",
    "read_scores": "cells.scores",
    "wire_records": "outgoing",
    "wire_table": "outgoing",
}

__all__ = [
    "EXAMPLE_COLUMNS",
    "NOWHERE",
    "RUN_COLUMNS",
    "Column",
    "EvalColumn",
    "LabelReading",
    "Origin",
    "RecordColumns",
    "ScoreReading",
    "annotation_records",
    "canonical",
    "contract_type",
    "decoded",
    "decoded_columns",
    "decoded_records",
    "eval_column",
    "evaluator_names",
    "from_input",
    "is_no_label",
    "json_names",
    "nested_records",
    "numpy_types",
    "page_frame",
    "read_labels",
    "read_score",
    "read_scores",
    "table_from_records",
    "to_pandas",
    "to_records",
    "wire_records",
    "wire_table",
]


def __getattr__(name: str) -> Any:
    """Import a name on first use, so that listing commands never load pyarrow (PEP 562)."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'arize_nb.frames' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"arize_nb.frames.{home}"), name)
    globals()[name] = value
    return value
