"""Resources, pages and receipts as text and as static, escaped HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from arize_nb.display.tables import cell_text, frame_html, members_html, members_text, text_table
from arize_nb.models import AnnotationReceipt, AppendReceipt, DeleteReceipt, ExampleReceipt, Page
from arize_nb.text.command_line import Hint

_NAMED = 5


def resource_html(resource: object) -> str:
    """Return a resource (space, project, dataset, experiment, annotation config) as a static HTML table.

    Parameters
    ----------
    resource : frozen resource of `arize_nb.models`
        Members without a value are left out; lists show what they hold.
    """
    return members_html(_title(resource), _members(resource))


def resource_text(resource: Any) -> str:
    """Return a resource as lines of `name  value`, and a table for each list of objects
    (versions, values).
    """
    record = resource.to_record()
    lists = {name: value for name, value in record.items() if _is_list_of_objects(value)}
    single = {
        name: ", ".join(map(str, value)) if isinstance(value, list) else value
        for name, value in record.items()
        if name not in lists
    }
    return "\n\n".join(
        [
            members_text(_title(resource), single),
            *(f"{name}\n{text_table(value)}" for name, value in lists.items()),
        ]
    )


def page_text(page: Page[Any]) -> str:
    """Return a page as an aligned table, `name` before `id`, with the `--cursor` for the next page when there
    is one.
    """
    records = [record_of(item) for item in page.items]
    if not records:
        return f"No {page.kind.replace('_', ' ')}."
    names = [
        name
        for name in dict.fromkeys(name for record in records for name in record)
        if any(r.get(name) is not None for r in records)
    ]
    if "name" in names:
        names = ["name", *(name for name in names if name != "name")]
    table = text_table(records, names)
    return f"{table}\n\nMore: {_next_page(page).shown}" if page.next_cursor else table


def _next_page(page: Page[Any]) -> Hint:
    """Say how to get the next page."""
    return Hint(f"cursor={page.next_cursor!r}", f"--cursor {page.next_cursor}")


def record_of(item: Any) -> dict[str, Any]:
    """Return an item of a page as a flat record; a list of objects becomes how many there are."""
    record = dict(item) if isinstance(item, Mapping) else item.to_record()
    return {
        f"num_{name}" if _is_list_of_objects(value) else name: (
            len(value) if _is_list_of_objects(value) else value
        )
        for name, value in record.items()
    }


def _is_list_of_objects(value: object) -> bool:
    """Whether a member is a list of objects (versions of a dataset, values of a config)."""
    return isinstance(value, (list, tuple)) and bool(value) and isinstance(value[0], Mapping)


def receipt_text(receipt: object) -> str:
    """Say in a line or two what a write did; ids that matched nothing are named."""
    return _RECEIPTS[type(receipt)](receipt)


def receipt_html(receipt: object) -> str:
    """Return what a write did as a static HTML table."""
    title, *more = receipt_text(receipt).split("\n")
    members: dict[str, Any] = {"": "\n".join(more) or None}
    if isinstance(receipt, AppendReceipt):
        members |= {"experiment": receipt.experiment.name, "run ids": _first(receipt.run_ids)}
    elif isinstance(receipt, ExampleReceipt):
        members |= {
            "dataset": receipt.dataset.name,
            "version": receipt.dataset_version_id,
            "example ids": _first(receipt.example_ids),
        }
    return members_html(title, members)


def _append_text(receipt: AppendReceipt) -> str:
    """Say what an append of runs wrote."""
    return f"{_count(len(receipt.run_ids), 'run')} added to experiment {receipt.experiment.name!r}."


def _annotation_text(receipt: AnnotationReceipt) -> str:
    """Say what a write of annotations did."""
    lines = [f"{_count(receipt.values, 'annotation')} written on {_count(receipt.written, 'record')}."]
    if receipt.created_configs:
        lines.append(f"Annotation configs made: {_first(receipt.created_configs)}.")
    if receipt.unmatched:
        lines.append(
            f"{_count(len(receipt.unmatched), 'record id')} matched nothing: {_first(receipt.unmatched)}."
        )
    return "\n".join(lines)


def _example_text(receipt: ExampleReceipt) -> str:
    """Say what a write of examples did."""
    lines = [
        f"{_count(len(receipt.example_ids), 'example')} written to dataset {receipt.dataset.name!r}, version"
        f" {receipt.dataset_version_id}."
    ]
    if receipt.unmatched:
        lines.append(f"{_count(len(receipt.unmatched), 'id')} matched nothing: {_first(receipt.unmatched)}.")
    return "\n".join(lines)


def _delete_text(receipt: DeleteReceipt) -> str:
    """Say what a delete of examples did."""
    lines = [f"{_count(len(receipt.deleted), 'example')} deleted."]
    if receipt.not_deleted:
        lines.append(
            f"{_count(len(receipt.not_deleted), 'example')} not deleted: {_first(receipt.not_deleted)}."
        )
    if not receipt.completed:
        lines.append("The service did not finish: run the command again, deleting twice is harmless.")
    return "\n".join(lines)


_RECEIPTS: dict[type, Callable[[Any], str]] = {
    AppendReceipt: _append_text,
    AnnotationReceipt: _annotation_text,
    ExampleReceipt: _example_text,
    DeleteReceipt: _delete_text,
}


def _count(number: int, noun: str) -> str:
    """Return "1 run" or "2 runs"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _first(values: tuple[str, ...]) -> str:
    """Name the first few values."""
    more = f" and {len(values) - _NAMED:,} more" if len(values) > _NAMED else ""
    return ", ".join(values[:_NAMED]) + more


def _title(resource: Any) -> str:
    """Return "Experiment 'name'"."""
    kind = (
        "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in type(resource).__name__)
        .strip()
        .capitalize()
    )
    return f"{kind} {resource.name!r}" if resource.name else kind


def _members(resource: Any) -> dict[str, Any]:
    """Return the members of a resource, lists of objects as a short line each."""
    members = {}
    for name, value in resource.to_record().items():
        if _is_list_of_objects(value):
            value = "\n".join(
                ", ".join(f"{key} {cell_text(item)}" for key, item in entry.items() if item is not None)
                for entry in value
            )
        elif isinstance(value, list):
            value = ", ".join(map(str, value))
        members[name] = value
    return members


def page_html(page: Page[Any]) -> str:
    """Return a page as a static HTML table, and how to get the next one."""
    more = f", more with {_next_page(page).shown}" if page.next_cursor else ""
    return frame_html(page.to_frame(), noun=f"{page.kind.replace('_', ' ')}{more}", max_rows=len(page))


def value_text(value: object) -> str:
    """Return a resource, page or receipt as text."""
    return _shown(value, page_text, receipt_text, resource_text)


def value_html(value: object) -> str:
    """Return a resource, page or receipt as static, escaped HTML."""
    return _shown(value, page_html, receipt_html, resource_html)


def _shown(
    value: object, page: Callable[[Any], str], receipt: Callable[[Any], str], resource: Callable[[Any], str]
) -> str:
    """Choose how to show a value by what it is."""
    if isinstance(value, Page):
        return page(value)
    return receipt(value) if type(value) in _RECEIPTS else resource(value)
