"""A frame of Arrow types -> the same frame of NumPy types, JSON cells as the Python values they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arize_nb.frames.cells.json_cells import JSON_COLUMNS, decoded, json_names

if TYPE_CHECKING:
    import pandas as pd


def numpy_types(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with NumPy's types in place of Arrow's.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `client.experiments.runs` or `client.datasets.examples` give it; columns of other types stay as
        they are.

    Returns
    -------
    pandas.DataFrame
        Whole numbers int64, or float64 where some are missing; numbers float64; booleans bool, or object
        where some are missing; times datetime64 (UTC); text object; lists, objects and mixed columns object,
        each cell the Python value. Missing text is None, a missing number NaN.
    """
    import pandas as pd

    cells_of_json = json_names(frame)
    columns = {
        name: _converted(frame.iloc[:, place], is_json=name in cells_of_json)
        for place, name in enumerate(frame.columns)
    }
    made = pd.DataFrame(columns, index=frame.index, columns=frame.columns)
    made.attrs.update(frame.attrs)
    if cells_of_json:
        facts = made.attrs["arize"]
        made.attrs["arize"] = {name: value for name, value in facts.items() if name != JSON_COLUMNS}
    return made


def _converted(series: Any, *, is_json: bool) -> Any:
    """Convert one column."""
    import pandas as pd
    import pyarrow as pa

    if not isinstance(series.dtype, pd.ArrowDtype):
        return series
    kind = series.dtype.pyarrow_dtype
    if pa.types.is_timestamp(kind):
        return series.astype(
            pd.DatetimeTZDtype(kind.unit, kind.tz) if kind.tz else f"datetime64[{kind.unit}]"
        )
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        whole = pa.types.is_integer(kind) and not series.isna().any()
        return (
            series.astype("int64")
            if whole
            else pd.Series(series.to_numpy("float64", na_value=float("nan")), series.index)
        )
    if pa.types.is_boolean(kind) and not series.isna().any():
        return series.astype("bool")
    return pd.Series(decoded(series, is_json=is_json), series.index, dtype="object")
