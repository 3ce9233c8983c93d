"""What a command returned, as JSON, as rows, as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from arize_nb.models import AnnotationReceipt, AppendReceipt, DeleteReceipt, ExampleReceipt, Page

_RUN_KEYS = ("id", "example_id", "output", "error", "annotations")


def document(value: object) -> Any:
    """Return what the JSON of a value is: the shapes of the official program, members that are
    null left out.
    """
    if isinstance(value, Page):
        pagination: dict[str, Any] = {"has_more": value.next_cursor is not None}
        if value.next_cursor is not None:
            pagination["next_cursor"] = value.next_cursor
        items = [run_object(item) if value.kind == "experiment_runs" else document(item) for item in value]
        return {value.kind: items, "pagination": pagination}
    if isinstance(value, AppendReceipt):
        return {**document(value.experiment), "run_ids": list(value.run_ids)}
    if isinstance(value, ExampleReceipt):
        rest = {"dataset_version_id": value.dataset_version_id, "example_ids": list(value.example_ids)}
        return {
            **document(value.dataset),
            **rest,
            **({"unmatched": list(value.unmatched)} if value.unmatched else {}),
        }
    if hasattr(value, "to_record"):
        return _without_nulls(value.to_record())
    if hasattr(value, "counts") and hasattr(value, "experiment"):
        return {"experiment": value.experiment and document(value.experiment), "counts": dict(value.counts)}
    if (frame := table_of(value)) is not None:
        return _frame_rows(frame)
    if is_dataclass(value) and not isinstance(value, type):
        return _without_nulls({item.name: getattr(value, item.name) for item in fields(value)})
    return value


def run_object(record: Mapping[str, Any]) -> dict[str, Any]:
    """Nest everything that is not a reserved member under `additional_properties`, as the official program
    prints runs.
    """
    run = {key: record[key] for key in _RUN_KEYS if record.get(key) is not None}
    extra = {key: item for key, item in record.items() if key not in _RUN_KEYS}
    return {**run, "additional_properties": extra} if extra else run


def json_text(value: object) -> str:
    """Write a value as JSON, two spaces deep."""
    return json.dumps(document(value), indent=2, ensure_ascii=False, default=_plain_value)


def _plain_value(value: object) -> Any:
    """Write what JSON has no form for."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "item"):
        return value.item()
    return list(value) if isinstance(value, (set, frozenset, tuple)) else str(value)


def _without_nulls(value: object) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, (list, tuple)) else value


def rows(value: Any) -> list[dict[str, Any]]:
    """Return a value as flat rows: a list's items, or one row for one thing; lists of objects become their
    count (`num_versions`).
    """
    if isinstance(value, Page) and value.kind in ("experiment_runs", "examples"):
        from arize_nb import frames

        return list(
            frames.table_from_records(
                list(value), kind="run" if value.kind == "experiment_runs" else "example"
            ).to_pylist()
        )
    if isinstance(value, Page) or (isinstance(value, list) and all(isinstance(item, dict) for item in value)):
        return [_flat(item) for item in value]
    frame = table_of(value)
    return _frame_rows(frame) if frame is not None else [_flat(value)]


def table_of(value: object) -> Any:
    """Return the DataFrame behind a result: a comparison's summary, an experiment result's runs; None when
    there is none.
    """
    if _is_frame(value):
        return value
    for name in ("summary", "frame"):
        found = getattr(value, name, None)
        if _is_frame(found):
            return found
    return None


def plain_rows(value: object) -> list[dict[str, Any]]:
    """Return the rows with times as ISO text, for files that have no type for them."""
    return [
        {key: _plain_value(item) if isinstance(item, (datetime, Path)) else item for key, item in row.items()}
        for row in rows(value)
    ]


def _is_frame(value: object) -> bool:
    """Tell a DataFrame without importing pandas."""
    return hasattr(value, "to_dict") and hasattr(value, "columns")


def _frame_rows(frame: Any) -> list[dict[str, Any]]:
    """Return a DataFrame's rows, missing values as None."""
    return [
        {
            key: None if item != item or item is None or str(item) == "<NA>" else item
            for key, item in row.items()
        }
        for row in frame.to_dict("records")
    ]


def _flat(item: object) -> dict[str, Any]:
    record = (
        item if isinstance(item, dict) else item.to_record() if hasattr(item, "to_record") else document(item)
    )
    flat: dict[str, Any] = {}
    for key, value in record.items():
        many = isinstance(value, (list, tuple))
        if many and value and isinstance(value[0], dict):
            flat[f"num_{key}"] = len(value)
        else:
            flat[key] = ", ".join(map(str, value)) if many else value
    return flat


def csv_table(value: object) -> Any:
    """Return a value as the Arrow table that CSV shows; without rows the columns of its DataFrame, else none
    at all.
    """
    import pyarrow as pa

    from arize_nb import frames

    content = plain_rows(value)
    if content:
        columns = frames.RecordColumns("example")
        columns.add([{str(name): item for name, item in row.items()} for row in content])
        return columns.flat_table()
    frame = table_of(value)
    return pa.table(
        {str(name): pa.nulls(0, pa.string()) for name in frame.columns} if frame is not None else {}
    )


def markdown_text(value: Any) -> str:
    """Write a value as Markdown: a comparison with all that it says, anything else as one table of its rows;
    text is in code spans.
    """
    if not _is_frame(value) and callable(getattr(value, "to_markdown", None)):
        return str(value.to_markdown())
    from arize_nb.display.comparison_text import markdown_table

    return markdown_table(rows(value))


def text(value: Any) -> str:
    """Write a value for people to read in a terminal; control characters in it are made visible."""
    from arize_nb.display.resources import value_text
    from arize_nb.display.tables import members_text, text_table
    from arize_nb.text.visible import visible

    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Page) and value.kind in ("experiment_runs", "examples"):
        more = f"\n\nMore: --cursor {value.next_cursor}" if value.next_cursor else ""
        return text_table(rows(value)) + more
    if _is_frame(value) or (isinstance(value, list) and value and isinstance(value[0], dict)):
        return text_table(rows(value))
    if isinstance(value, dict):
        return members_text("", value).lstrip("\n")
    if isinstance(value, (Page, AnnotationReceipt, AppendReceipt, DeleteReceipt, ExampleReceipt)) or hasattr(
        value, "to_record"
    ):
        return str(value_text(value))
    return str(value)
