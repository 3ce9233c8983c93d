"""Read all rows of an experiment or dataset: REST or Flight by size, whole or an error."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from arize_nb.errors import FilterError, FlightUnavailableError, IncompleteExportError
from arize_nb.resources.reading.paging import FirstPage, Records, each_page, first_page

if TYPE_CHECKING:
    import pyarrow as pa

    from arize_nb.filters import Expression
    from arize_nb.resources.lookup import Link, Stream
    from arize_nb.resources.reading.rows import Kind, Rows


def read_table(link: Link, rows: Rows) -> pa.Table:
    """Return all rows as a canonical table; runs in id order.

    Raises
    ------
    IncompleteExportError
        The service stopped before the last row: nothing is returned.
    """
    if rows.transport == "rest":
        return _over_rest(link, rows, None)
    if rows.transport == "flight":
        return _over_flight(link, rows, expected=0)
    first = first_page(link, rows)
    if first[1] is None:
        return _over_rest(link, rows, first)
    return _bulk(link, rows, first)


def _bulk(link: Link, rows: Rows, first: FirstPage) -> pa.Table:
    """Read by Flight what is more than a page; by pages after all where Flight is blocked."""
    try:
        return _over_flight(link, rows, expected=len(first[0]) + 1)
    except FlightUnavailableError as error:
        link.notice(f"{error.what}: reading over REST instead, which is slower.")
    except FilterError:
        pass  # the service understands this filter and we do not: it filters better
    return _over_rest(link, rows, first)


def _over_rest(link: Link, rows: Rows, first: FirstPage | None) -> pa.Table:
    """Read every page."""
    from arize_nb.frames import RecordColumns

    columns = RecordColumns(rows.kind)
    each_page(link, rows, first, columns.add)
    return without_annotations(columns.table(), rows)


def _over_flight(link: Link, rows: Rows, *, expected: int) -> pa.Table:
    """Read one stream, which must have at least `expected` rows; filter after the read."""
    import pyarrow as pa

    from arize_nb import filters
    from arize_nb.frames import canonical

    expression = filters.parse(rows.filter_text) if rows.filter_text is not None else None
    with link.flight.stream(rows.ticket(), about=rows.about) as stream:
        if needs_rest_for_annotations(link, rows, stream):
            return _over_rest(link, rows, None)
        raw = without_empty_annotations(
            pa.Table.from_batches(list(watched(stream, rows)), schema=stream.schema)
        )
    check_complete(raw.num_rows, expected, rows)
    if expression is None:
        return without_annotations(canonical(raw, rows.kind), rows)
    return without_annotations(filtered(raw, expression, rows.kind), rows)


def watched(stream: Stream, rows: Rows) -> Iterator[pa.RecordBatch]:
    """Pass batches on and tell of them."""
    for batch in stream:
        rows.on_rows(batch.num_rows)
        yield batch


def check_complete(received: int, expected: int, rows: Rows) -> None:
    """Refuse a stream that is known to lack rows.

    Raises
    ------
    IncompleteExportError
        Fewer rows came than REST has shown already.
    """
    if received < expected:
        raise IncompleteExportError(
            f"the export of {rows.about} over Flight has {received:,} rows, and there are more over REST",
            received=received,
            hint="Read it over REST: transport='rest'.",
        )


def over_rest(rows: Rows) -> Rows:
    """Return the same rows, to be read over REST."""
    return replace(rows, transport="rest")


def needs_rest_for_annotations(link: Link, rows: Rows, stream: Stream) -> bool:
    """Say whether annotations are wanted at any price and this stream has none; where they merely go missing,
    say so.
    """
    if rows.kind != "run" or rows.annotations is False:
        return False
    if any(name == "annotations" or name.startswith("annotation.") for name in stream.schema.names):
        return False
    if rows.annotations is True:
        return True
    link.notice(
        "Annotations were left out: this service does not send them over Flight. annotations=True reads them"
        " over REST."
    )
    return False


def filtered(raw: pa.Table, expression: Expression, kind: Kind) -> pa.Table:
    """Return the canonical table of the rows that match, with the meaning that the filter has on the service.

    Raises
    ------
    FilterError
        The filter names a column that no row has.
    """
    from arize_nb.filters import column_kinds, mask
    from arize_nb.frames import canonical

    if {predicate.field for predicate in expression.predicates()} <= set(raw.column_names):
        checked = expression.resolve(column_kinds(raw.schema))
        return canonical(raw.filter(mask(checked, raw)), kind)
    # annotations are columns only once they are flattened; the service's own names stay valid beside the
    # contract's
    table = canonical(raw, kind)
    shown = table
    for name in raw.column_names:
        if name not in table.column_names and f"{name}_ms" in table.column_names:
            shown = shown.append_column(name, table.column(f"{name}_ms"))
    return table.filter(mask(expression.resolve(column_kinds(shown.schema)), shown))


def without_empty_annotations(raw: pa.Table) -> pa.Table:
    """Drop a column of annotations in which there are none, which would cost a look at every row."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if "annotations" not in raw.column_names:
        return raw
    column = raw.column("annotations")
    empty = column.null_count == len(column) or (
        pa.types.is_list(column.type) and not pc.sum(pc.list_value_length(column)).as_py()
    )
    return raw.drop_columns("annotations") if empty else raw


def without_annotations(table: pa.Table, rows: Rows) -> pa.Table:
    """Drop the annotations of runs where they are not wanted."""
    if rows.annotations is not False:
        return table
    return table.select([name for name in table.column_names if not name.startswith("annotation.")])


def read_columns(link: Link, rows: Rows, names: Sequence[str] = ("id",)) -> pa.Table:
    """Return some text columns of all rows, in the order of the service, without keeping the rest."""
    import pyarrow as pa

    schema = pa.schema([(name, pa.string()) for name in names])
    first = first_page(link, rows)
    if first[1] is not None and rows.transport != "rest":
        try:
            with link.flight.stream(rows.ticket(), about=rows.about) as stream:
                wanted = [
                    batch.select([name for name in names if name in batch.schema.names]) for batch in stream
                ]
                return pa.concat_tables(
                    [pa.Table.from_batches(wanted), schema.empty_table()], promote_options="permissive"
                ).cast(schema)
        except FlightUnavailableError:
            pass  # pages do as well, only slower
    columns: dict[str, list[Any]] = {name: [] for name in names}

    def take(page: Records) -> None:
        for name, values in columns.items():
            values += [record.get(name) for record in page]

    each_page(link, rows, first, take)
    return pa.table(columns, schema=schema)
