"""Which objects are their value, which have no state that matters, and what a value is made of."""

from __future__ import annotations

import copyreg
import dataclasses
import enum
import functools
import logging
import os
import threading
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_SILENT = (
    type(threading.Lock()),
    type(threading.RLock()),
    threading.Event,
    threading.Condition,
    threading.Semaphore,
)
WITHOUT_STATE = (*_SILENT, logging.Logger)
"""Objects that shape no answer."""
_BY_VALUE = frozenset(
    (
        *(
            "re",
            "datetime",
            "decimal",
            "fractions",
            "uuid",
            "pathlib",
            "zoneinfo",
            "ipaddress",
            "collections",
            "operator",
            "_operator",
        ),
        *("functools", "string", "types", "array", "numpy", "pandas", "pyarrow", "builtins", "enum"),
    )
)
"""Modules whose objects are their value, as `__reduce_ex__` gives it."""
_MOVES = ("numpy.random", "numpy.nditer")
DERIVED_MEMBERS = frozenset(
    (
        *(
            "__dict__",
            "__weakref__",
            "__module__",
            "__qualname__",
            "__annotations__",
            "__annotate__",
            "__annotate_func__",
        ),
        *(
            "__annotations_cache__",
            "__firstlineno__",
            "__static_attributes__",
            "__slots__",
            "__match_args__",
            "__parameters__",
        ),
        *(
            "__orig_bases__",
            "__abstractmethods__",
            "_abc_impl",
            "__dataclass_fields__",
            "__dataclass_params__",
            "__signature__",
        ),
        *(
            "_value2member_map_",
            "_member_map_",
            "_member_names_",
            "_member_type_",
            "_new_member_",
            "_unhashable_values_",
        ),
        *("_hashable_values_", "_use_args_", "_value_repr_", "_generate_next_value_"),
    )
)
"""Members of a class that Python or a library derives from the others."""


_BASES: tuple[type, ...] = (dict, list, tuple, set, frozenset, str, bytes, int, float)
_SLOT = (types.MemberDescriptorType, types.GetSetDescriptorType)


def is_derived(base: type, name: str, value: object) -> bool:
    """Tell a member of a class that says nothing more than the others do."""
    if name in DERIVED_MEMBERS or name.startswith(("__pydantic", "_abc_")) or isinstance(value, _SLOT):
        return True
    return issubclass(base, enum.Enum) and (isinstance(value, base) or name in base.__members__)


def plain_part(value: object) -> Any:
    """Return what an object of a class of the user has from a type of Python that the class derives from;
    None for nothing.
    """
    if isinstance(value, BaseException):
        return value.args
    base = next((base for base in _BASES if isinstance(value, base)), None)
    if base is None:
        return None
    plain: Callable[[Any], Any] = str.__str__ if base is str else base
    return plain(value)


def is_value(value: object) -> bool:
    """Tell an object that is its value: of a module of values, and no iterator or generator of chance, which
    changes by being used.
    """
    module = type(value).__module__
    return (
        module.partition(".")[0] in _BY_VALUE
        and not hasattr(value, "__next__")
        and not module.startswith(_MOVES)
    )


def parts_of(value: Any) -> list[Any]:
    """Return what a value is made of: what pickle would keep; of frames and Arrow data the data, whose
    buffers hold more.
    """
    if type(value).__module__.startswith("pyarrow") and hasattr(value, "validate"):
        return [_arrow_bytes(value)]
    if type(value).__name__ == "DataFrame" and hasattr(value, "iloc"):  # its blocks are in memory's order
        return [value.columns, value.index, *(value.iloc[:, place].array for place in range(value.shape[1]))]
    registered = copyreg.dispatch_table.get(type(value))
    parts = registered(value) if registered is not None else value.__reduce_ex__(4)
    if isinstance(parts, str):
        return [parts]
    return [[*part] if isinstance(part, Iterator) else part for part in parts]  # items come as iterators


def _arrow_bytes(value: object) -> bytes:
    """Write Arrow data as it would be sent."""
    import pyarrow as pa

    table = value if isinstance(value, pa.Table | pa.RecordBatch) else pa.table({"": value})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write(table)
    return bytes(sink.getvalue().to_pybytes())


def reads_environment(effects: Any, space: Mapping[str, Any]) -> bool:
    """Tell whether code with these effects, in this namespace, looks up environment variables."""
    if any(space.get(name) is os.environ or space.get(name) is os.getenv for name in effects.names):
        return True
    return any(
        space.get(path[0]) is os and len(path) > 1 and path[1][1] in ("environ", "getenv")
        for path in effects.reads
    )


def is_cached(kind: type, name: str) -> bool:
    """Tell what a cached property left in the object."""
    return any(isinstance(vars(base).get(name), functools.cached_property) for base in kind.__mro__)


def has_fields(value: object) -> bool:
    """Tell dataclasses, attrs and pydantic objects and named tuples: they are their fields."""
    kind = type(value)
    return (
        dataclasses.is_dataclass(kind)
        or any(hasattr(kind, name) for name in ("__attrs_attrs__", "__pydantic_fields__", "model_fields"))
        or (isinstance(value, tuple) and hasattr(kind, "_fields"))
    )
