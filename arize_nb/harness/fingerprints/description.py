"""Write what a value is as bytes for a digest: the same for equal values, in every process."""

from __future__ import annotations

import contextlib
import contextvars
import enum
import functools
import hashlib
import operator
import os
import types
from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping
from typing import Any

from arize_nb.harness.fingerprints.callable_graph import (
    CallableGraph,
    content,
    holds_own_code,
    resolved,
    underlying,
)
from arize_nb.harness.fingerprints.code_effects import Effects, effects_of
from arize_nb.harness.fingerprints.code_origin import PLAIN, attributes_of, is_own, written_module
from arize_nb.harness.fingerprints.hidden_inputs import modules_imported, unnamed_inputs
from arize_nb.harness.values.kinds import (
    WITHOUT_STATE,
    has_fields,
    is_cached,
    is_derived,
    is_value,
    parts_of,
    plain_part,
    reads_environment,
)

_IN_C = (
    types.BuiltinFunctionType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.ClassMethodDescriptorType,
)
DEEPEST = 80
"""Nesting that is described; what is deeper is named as not compared."""
LARGEST = 100_000
"""Values that are looked at one by one; a larger one is named as not compared beyond that."""
LIST_DIGITS = 16
_SECRET = ("KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL")


class Describer:
    """Describes values, once each.

    Parameters
    ----------
    graph : CallableGraph
        What the callable reaches, and what it changes.
    """

    def __init__(self, graph: CallableGraph) -> None:
        self._graph = graph
        self._changes = graph.changes
        self._hash = hashlib.sha256()
        self._seen: dict[int, Any] = {}
        self._imported: set[types.CodeType] = set()
        self._depth = self._count = 0
        self.unknown: list[str] = []
        """What could not be described: "client (openai.OpenAI)"."""
        self.lists: dict[str, str] = {}
        """Digests of lists and sets that objects hold: settings or state, which nobody can tell."""

    def digest(self) -> str:
        """Return the digest of all that was described."""
        return self._hash.hexdigest()

    def describe(self, value: object, path: str) -> None:
        """Describe a value; `path` says to people where it stands."""
        self._count += 1
        if isinstance(value, PLAIN) and type(value) in PLAIN:
            self._put(type(value).__name__, value if isinstance(value, bytes) else repr(value))
            return
        if id(value) in self._seen:
            self._put("seen", type(value).__qualname__)
            return
        if self._depth > DEEPEST or self._count > LARGEST:
            self._name(value, path, "too large to compare")
            return
        self._seen[id(value)] = value
        self._depth += 1
        try:
            self._any(value, path)
        except Exception as error:  # noqa: BLE001 - an object of whatever library, looked at
            self._name(value, path, f"cannot be looked at: {type(error).__name__}")
        finally:
            self._depth -= 1

    def _put(self, *parts: str | bytes) -> None:
        for part in parts:
            data = part if isinstance(part, bytes) else str(part).encode("utf-8", errors="backslashreplace")
            self._hash.update(len(data).to_bytes(8, "little") + data)

    def _name(self, value: Any, path: str, why: str = "") -> None:
        """Say that a value is not described, beyond its type."""
        kind = type(value)
        self._put("unknown", kind.__module__, kind.__qualname__)
        self.unknown.append(
            f"{path or 'the callable'}"
            f" ({why or f'{kind.__module__}.{kind.__qualname__}'.removeprefix('builtins.')})"
        )

    def _any(self, value: object, path: str) -> None:
        if isinstance(value, types.FunctionType):
            self._function(value, path)
        elif isinstance(value, type):
            self._class(value)
        elif isinstance(value, types.ModuleType):
            self._put("module", value.__name__)
        elif isinstance(value, types.CodeType):
            self._code(value, path)
        elif isinstance(value, _IN_C):
            self._builtin(value, path)
        elif isinstance(value, enum.Enum):
            self._put("member", value.name)
            self._class(type(value))
            self.describe(value._value_, path)
        elif type(value) in (list, dict, tuple, set, frozenset, deque, OrderedDict, types.MappingProxyType):
            self._container(value, path)
        elif behind := underlying(value):
            self._wrapper(value, behind, path)
        else:
            self._object(value, path)

    def _wrapper(self, value: object, behind: list[Any], path: str) -> None:
        """Describe partials, methods, properties, caches and the like by what stands behind them."""
        self._put("wrapper", type(value).__qualname__)
        if isinstance(value, functools.partial):
            self.describe(value.func, f"{path}.func".lstrip("."))
            self.describe(value.args, f"{path}.args".lstrip("."))
            self.describe(value.keywords, f"{path}.keywords".lstrip("."))
            return
        for part in behind:
            self.describe(part, path)
        if isinstance(value, types.BuiltinMethodType | types.MethodWrapperType):
            self._put(value.__name__)

    def _builtin(self, value: Any, path: str) -> None:
        """Describe a function in C: by its name, and by the object it belongs to (`TEMPLATE.format`)."""
        owner = getattr(value, "__self__", None) or getattr(value, "__objclass__", None)
        self._put("builtin", written_module(getattr(value, "__module__", None)), value.__qualname__)
        if owner is not None and not isinstance(owner, types.ModuleType):
            self.describe(owner, path)

    def _code(self, code: types.CodeType, path: str) -> None:
        self._put(code.co_code, *code.co_names, *code.co_varnames)
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                self._code(constant, path)
            else:
                self.describe(constant, path)

    def _function(self, function: types.FunctionType, path: str) -> None:
        self._put("def", function.__qualname__.rpartition(".")[2])
        cells = tuple(zip(function.__code__.co_freevars, function.__closure__ or (), strict=False))
        if not is_own(function):
            self._put(written_module(function.__module__), function.__qualname__)
            for name, cell in cells:
                if holds_own_code(content(cell)):
                    self.describe(content(cell), name)
            return
        self._code(function.__code__, path)
        self.describe(function.__defaults__ or (), f"default of {function.__name__}")
        self.describe(function.__kwdefaults__ or {}, f"default of {function.__name__}")
        for name, cell in cells:
            if id(cell) not in self._changes.cells:
                self._put(name)
                self.describe(content(cell), name)
        self._globals(function)
        for name, value in sorted(function.__dict__.items()):
            if not self._changes.touches(function, name):
                self._put(name)
                self.describe(value, f"{function.__name__}.{name}")

    def _globals(self, function: types.FunctionType) -> None:
        """Describe the globals that a function looks up, and what it looks up in modules of the user."""
        effects = self._graph.effects(function)
        space = function.__globals__
        for name in sorted(effects.names - set(function.__code__.co_freevars)):
            if name not in space or (id(space), name) in self._changes.names:
                continue
            value = space[name]
            self._put(name)
            if not isinstance(value, types.ModuleType):
                self.describe(value, name)
        for path in sorted((path for path in effects.reads if len(path) > 1), key=repr):
            owners = resolved(function, path[:-1])
            if (
                len(owners) == len(path) - 1
                and isinstance(owners[-1], types.ModuleType)
                and is_own(owners[-1])
            ):
                found = resolved(function, path)
                if len(found) == len(path) and not self._changes.touches(owners[-1], path[-1][1]):
                    self._put(str(path[-1][1]))
                    self.describe(found[-1], f"{path[0]}.{path[-1][1]}")
        if reads_environment(effects, space):
            self._environment(effects.texts)
        self._hidden(effects, space)

    def _hidden(self, effects: Effects, space: Mapping[str, Any]) -> None:
        """Describe modules of the user that are imported inside a function; name what no look at the code can
        find.
        """
        for name, code in modules_imported(effects, space):
            if code is None:
                self.unknown.append(f"module {name}")
            elif code not in self._imported:
                self._imported.add(code)
                self._put("import", name)
                self._code(code, name)
                self._hidden(effects_of(code), {"__package__": name.rpartition(".")[0], "__name__": name})
        self.unknown += unnamed_inputs(effects, space)

    def _environment(self, texts: Iterable[str]) -> None:
        """Describe the environment variables that the code names; which keys are used is
        nobody's business.
        """
        names = sorted(text for text in texts if text.isupper() and text.replace("_", "A").isalnum())
        for name in names:
            if any(word in name for word in _SECRET):
                self.unknown.append(f"${name}")
            else:
                self._put(name, repr(os.environ.get(name)))
        if not names:
            self.unknown.append("os.environ")

    def _class(self, kind: type) -> None:
        """Describe a class: by its name when it is a library's, else with what it and its own
        bases define.
        """
        self._put("class", kind.__qualname__)
        if not is_own(kind):
            self._put(written_module(kind.__module__))
            return
        self._seen[id(kind)] = kind
        if is_own(type(kind)):
            self.describe(type(kind), f"{kind.__name__}'s metaclass")
        for base in kind.__mro__:
            self._put(base.__qualname__)
            if not is_own(base) or (base is not kind and id(base) in self._seen):
                continue
            self._seen[id(base)] = base
            for name, value in sorted(vars(base).items()):
                if (
                    not is_derived(base, name, value)
                    and not self._changes.touches(base, name)
                    and name not in self._changes.attributes
                ):
                    self._put(name)
                    self.describe(value, f"{base.__name__}.{name}")
        fields = kind.__dict__.get("__pydantic_fields__") or {}
        self._put(
            *(text for name, item in fields.items() for text in (name, repr(item)) if " at 0x" not in text)
        )
        if issubclass(kind, enum.Enum):
            for name, item in kind.__members__.items():
                self._put(name)
                self.describe(item._value_, f"{kind.__name__}.{name}")

    def _container(self, value: Any, path: str) -> None:
        """Describe a container by its members; the order of keys and of sets does not matter."""
        self._put(type(value).__name__)
        if self._changes.fills(value):
            self._settings_in(value, path)
            return
        if isinstance(value, Mapping):
            pairs = sorted(((self._alone(key), key) for key in value), key=operator.itemgetter(0))
            for mark, key in pairs:
                if self._changes.touches(value, key):
                    continue
                self._put(mark)
                self.describe(value[key], f"{path}[{key!r}]"[:100])
            return
        if isinstance(value, set | frozenset):
            self._put(*sorted(self._alone(item) for item in value))
            return
        for index, item in enumerate(value):
            if not self._changes.touches(value, index):
                self.describe(item, f"{path}[{index}]"[:100])

    def _settings_in(self, value: object, path: str) -> None:
        """Describe what the code names in a container that it fills otherwise: `CACHE["model"]` beside
        `CACHE[question] = …`.
        """
        self._put("filled")
        if isinstance(value, dict):
            for key in sorted(key for key in value if isinstance(key, str) and key in self._graph.texts):
                if not self._changes.assigns(value, key):
                    self._put(key)
                    self.describe(value[key], f"{path}[{key!r}]"[:100])

    def _alone(self, value: object) -> bytes:
        """Return the digest of one value, to sort by."""
        before, self._hash = self._hash, hashlib.sha256()
        try:
            self.describe(value, "")
            return self._hash.digest()
        finally:
            self._hash = before

    def _object(self, value: object, path: str) -> None:
        """Describe an object: by class and attributes when the user's, by its value when it is one; else name
        it.
        """
        kind = type(value)
        if isinstance(value, WITHOUT_STATE):
            self._put(kind.__qualname__)
        elif isinstance(value, contextvars.ContextVar):
            self._put("variable", value.name)
            with contextlib.suppress(LookupError):  # never set
                self.describe(value.get(), path)
        elif is_own(kind) or has_fields(value):
            self._class(kind)
            self._content(value, path)
            self._attributes(value, path)
        elif is_value(value):
            self._reduced(value, path)
        else:
            self._name(value, path)
            for name, item in sorted(attributes_of(value).items()):
                if holds_own_code(item):
                    self.describe(item, f"{path}.{name}")

    def _content(self, value: object, path: str) -> None:
        """Describe what an object of the user has from a type of Python that it derives from."""
        plain = plain_part(value)
        if plain is not None and self._changes.fills(value):
            self._put("filled")
        elif plain is not None:
            self.describe(plain, path)

    def _attributes(self, value: object, path: str) -> None:
        label = path or type(value).__name__
        for name, item in sorted(attributes_of(value).items()):
            if (
                name in self._changes.attributes
                or self._changes.touches(value, name)
                or is_cached(type(value), name)
            ):
                continue
            self._put(name)
            if isinstance(item, list | set | deque) and not holds_own_code(item):
                self.lists[f"{label}.{name}"] = self._alone(item).hex()[:LIST_DIGITS]
            else:
                self.describe(item, f"{label}.{name}")

    def _reduced(self, value: object, path: str) -> None:
        """Describe a value by what pickle would keep of it."""
        if self._changes.fills(value):
            self._put(type(value).__qualname__, "filled")
            return
        try:
            parts = parts_of(value)
        except Exception:  # noqa: BLE001 - a library's code
            self._name(value, path)
            return
        self._put("value", written_module(type(value).__module__), type(value).__qualname__)
        for part in parts:
            self.describe(part, path)
