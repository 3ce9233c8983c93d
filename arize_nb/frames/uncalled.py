"""Values that are attributes: whoever calls one is told so, instead of reading pandas' or Python's words."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    import pandas as pd


def _refuse(name: str) -> NoReturn:
    """Say that what was called is no method."""
    raise TypeError(f".{name} is an attribute: write it without ()")


class UncalledList(list[dict[str, Any]]):
    """A list that is an attribute of something.

    Parameters
    ----------
    items : iterable of dict
        What it holds.
    name : str
        Name of the attribute.
    """

    def __init__(self, items: Iterable[dict[str, Any]], name: str) -> None:
        super().__init__(items)
        self._name = name

    def __call__(self, *_: object, **__: object) -> NoReturn:
        """Refuse to be called."""
        _refuse(self._name)

    def __reduce__(self) -> tuple[Any, ...]:
        """Be a plain list in a copy or another process."""
        return list, (list(self),)


@cache
def _frame_class() -> type[pd.DataFrame]:
    """Make the class of such frames, when pandas is there anyway."""
    import pandas as pd

    class UncalledFrame(pd.DataFrame):  # type: ignore[misc]
        """A DataFrame that is an attribute of something; what is made of it is a plain one."""

        _metadata = ("_attribute",)
        _attribute = ""

        @property
        def _constructor(self) -> type[pd.DataFrame]:
            plain: type[pd.DataFrame] = pd.DataFrame
            return plain

        def __call__(self, *_: object, **__: object) -> NoReturn:
            _refuse(self._attribute)

        def __reduce__(self) -> tuple[Any, ...]:
            reduced: tuple[Any, ...] = pd.DataFrame(self).__reduce__()
            return reduced

    # Who looks at the name of a class, as many libraries do to import nothing, sees a DataFrame of pandas.
    UncalledFrame.__name__ = UncalledFrame.__qualname__ = "DataFrame"
    UncalledFrame.__module__ = "pandas"
    return UncalledFrame


def uncalled(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the same frame, which says when it is called that it is the attribute `name`."""
    made = _frame_class()(frame)
    made.attrs = frame.attrs
    object.__setattr__(made, "_attribute", name)
    return made
