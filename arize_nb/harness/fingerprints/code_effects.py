"""What a function's bytecode looks up, and what it changes: names, attributes and items, each as a path from
a name.

The code is followed along its lines with a stack of symbolic values: enough to tell `CACHE[key] = value` from
`SETTINGS["model"]` beside it. What cannot be followed is no path, and then counts as not changed: a
difference too many is told, one too few would not be.
"""

from __future__ import annotations

import dis
import types
from dataclasses import dataclass, field
from typing import Any

Path = tuple[Any, ...]
"""A name, then steps: `("attr", name)` or `("item", key)`; an item whose key is not known has the key ANY."""
ANY = object()
"""Key of an item that only the run knows."""

_FILLS = frozenset(
    (
        *(
            "append",
            "add",
            "update",
            "extend",
            "insert",
            "pop",
            "popitem",
            "clear",
            "remove",
            "discard",
            "setdefault",
            "sort",
        ),
        *(
            "reverse",
            "appendleft",
            "popleft",
            "extendleft",
            "rotate",
            "subtract",
            "move_to_end",
            "put",
            "put_nowait",
            "write",
        ),
        *(
            "writelines",
            "__setitem__",
            "__delitem__",
            "difference_update",
            "intersection_update",
            "symmetric_difference_update",
        ),
    )
)
"""Methods that change an object in place."""
_LOADS = (
    "LOAD_GLOBAL",
    "LOAD_NAME",
    "LOAD_DEREF",
    "LOAD_CLASSDEREF",
    "LOAD_FROM_DICT_OR_DEREF",
    "LOAD_FROM_DICT_OR_GLOBALS",
)
_LOCALS = ("LOAD_FAST", "LOAD_FAST_BORROW", "LOAD_FAST_CHECK")
_ITEMS = ("BINARY_SUBSCR", "STORE_SUBSCR", "DELETE_SUBSCR", "STORE_SLICE")
_STORES_NAME = ("STORE_GLOBAL", "DELETE_GLOBAL", "STORE_DEREF", "DELETE_DEREF")
_CALLS = ("PRECALL", "CALL")
"""Calls without keywords; Python 3.11 takes the arguments of the first off the stack."""
_SETTERS = ("setattr", "delattr", "__setattr__", "__delattr__")


@dataclass
class Effects:
    """What the code of one function, and code inside it, does to what is around it."""

    names: set[str] = field(default_factory=set)
    """Global and closed-over names that it looks up."""
    attributes: set[str] = field(default_factory=set)
    """Attributes that it looks up, of whatever object."""
    reads: set[Path] = field(default_factory=set)
    """Paths that it looks up, each beginning with a name of `names`."""
    writes: set[Path] = field(default_factory=set)
    """Paths that it assigns, deletes, or changes in place."""
    written: set[str] = field(default_factory=set)
    """Attributes that it assigns or changes in place of objects that have no path: `self.calls += 1`."""
    texts: set[str] = field(default_factory=set)
    """Text constants."""
    computes_attributes: bool = False
    """Whether it looks up an attribute whose name only the run knows: `getattr(prompts, style)`."""
    imports: set[tuple[str, int]] = field(default_factory=set)
    """Modules that it imports while it runs, each with its level (0 for an absolute name)."""


def effects_of(code: types.CodeType) -> Effects:
    """Follow a function's code, and the code of functions and comprehensions inside it."""
    found = Effects()
    _follow(code, found)
    return found


def _follow(code: types.CodeType, found: Effects) -> None:
    _Tracer(code, found).run()
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            _follow(constant, found)
        elif isinstance(constant, str):
            found.texts.add(constant)


class _Tracer:
    """Follows one code object; each value on the stack is a path, a constant in a list of one, or None."""

    def __init__(self, code: types.CodeType, found: Effects) -> None:
        self._code = code
        self._found = found
        self._stack: list[Any] = []
        self._locals: dict[str, Any] = {}
        self._setter = False
        """Whether the next text names an attribute that is set."""

    def run(self) -> None:
        """Take one instruction after the other, as they stand."""
        for step in dis.get_instructions(self._code):
            self._step(step)

    def _top(self, depth: int = 1) -> Any:
        return self._stack[-depth] if len(self._stack) >= depth else None

    def _pop(self) -> Any:
        return self._stack.pop() if self._stack else None

    def _step(self, step: dis.Instruction) -> None:
        name = step.opname
        self._note_setter(step)
        if name in _LOADS:
            self._found.names.add(step.argval)
            self._found.reads.add((step.argval,))
            self._push(step, (step.argval,))
        elif name in ("LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR"):
            self._attribute(step)
        elif name.startswith("LOAD_FAST"):
            self._load_fast(step)
        elif name in ("LOAD_CONST", "LOAD_SMALL_INT", "RETURN_CONST"):
            self._push(step, [step.argval])
        elif name in _ITEMS or (name == "BINARY_OP" and step.argrepr == "[]"):
            self._item(name)
        elif name.startswith(("STORE_", "DELETE_")):
            self._store(step)
        elif name in ("COPY", "SWAP"):
            self._move(step)
        elif name in _CALLS and self._top((step.arg or 0) + 1) == ("getattr",):
            self._getattr(step)
        elif name == "IMPORT_NAME":
            level = self._top(2)
            self._found.imports.add((str(step.argval), level[0] if isinstance(level, list) else 0))
            self._other(step)
        else:
            self._other(step)

    def _note_setter(self, step: dis.Instruction) -> None:
        """Note the attribute that `setattr(self, "calls", …)` and its like name."""
        if step.opname in (*_LOADS, "LOAD_ATTR", "LOAD_METHOD") and step.argval in _SETTERS:
            self._setter = True
        elif self._setter and step.opname == "LOAD_CONST" and isinstance(step.argval, str):
            self._found.written.add(step.argval)
            self._setter = False
        elif step.opname.startswith("CALL"):
            self._setter = False

    def _store(self, step: dis.Instruction) -> None:
        """Assign to or delete a name or an attribute."""
        name = step.opname
        if name.startswith("STORE_FAST") and isinstance(step.argval, str):
            self._locals[step.argval] = self._pop()
        elif name in _STORES_NAME:
            self._found.writes.add((step.argval,))
            if name.startswith("STORE"):
                self._pop()
        elif name in ("STORE_ATTR", "DELETE_ATTR"):
            self._changed_attribute(self._pop(), step.argval)
            if name == "STORE_ATTR":
                self._pop()
        else:
            self._other(step)

    def _move(self, step: dis.Instruction) -> None:
        """Copy or swap within the stack."""
        stack, depth = self._stack, step.arg or 1
        if step.opname == "COPY":
            stack.append(self._top(depth))
        elif len(stack) >= depth > 1:
            stack[-1], stack[-depth] = stack[-depth], stack[-1]

    def _push(self, step: dis.Instruction, value: object) -> None:
        """Push a value, and whatever stands beside it for a call."""
        extra = _effect(step) - 1
        self._stack.extend([None] * max(extra, 0))
        self._stack.append(value)

    def _load_fast(self, step: dis.Instruction) -> None:
        names = step.argval if isinstance(step.argval, tuple) else (step.argval,)
        self._stack.extend(self._locals.get(name) for name in names)

    def _attribute(self, step: dis.Instruction) -> None:
        attribute = str(step.argval)
        if step.opname == "LOAD_SUPER_ATTR":
            del self._stack[-3:]
            self._stack.append(None)
        owner = self._pop()
        self._found.attributes.add(attribute)
        path = (*owner, ("attr", attribute)) if isinstance(owner, tuple) else (None, ("attr", attribute))
        if isinstance(owner, tuple) and owner[0] is not None:
            self._found.reads.add(path)
        if attribute in _FILLS and isinstance(owner, tuple):
            self._changed(owner)
        self._stack.append(path)
        self._stack.extend([None] * max(_effect(step), 0))
        if (
            _effect(step) > 0
        ):  # the method, then its object (or, later, NULL): only the first can be looked into further
            self._stack[-1], self._stack[-2] = self._stack[-2], self._stack[-1]

    def _getattr(self, step: dis.Instruction) -> None:
        """Look up the attribute that `getattr(settings, "model")` names; one of a computed name is noted."""
        arguments = self._stack[len(self._stack) - (step.arg or 0) :]
        self._other(step)
        owner, name = (*arguments, None, None)[:2]
        if not (isinstance(name, list) and isinstance(name[0], str)):
            self._found.computes_attributes = True
            return
        self._found.attributes.add(name[0])
        if isinstance(owner, tuple) and owner[0] is not None and self._stack:
            self._stack[-1] = (*owner, ("attr", name[0]))
            self._found.reads.add(self._stack[-1])

    def _changed(self, path: Path) -> None:
        """Note that the object at a path is changed in place."""
        if path[0] is not None:
            self._found.writes.add((*path, ("item", ANY)))
            return
        last = next((step[1] for step in reversed(path[1:]) if step[0] == "attr"), None)
        if last is not None:
            self._found.written.add(last)

    def _changed_attribute(self, owner: object, attribute: str) -> None:
        if isinstance(owner, tuple) and owner[0] is not None:
            self._found.writes.add((*owner, ("attr", attribute)))
        else:
            self._found.written.add(attribute)

    def _item(self, name: str) -> None:
        """Look up, store or delete an item."""
        if name == "STORE_SLICE":
            self._pop()
        key, owner = self._pop(), self._pop()
        step = ("item", key[0] if isinstance(key, list) and _hashable(key[0]) else ANY)
        if name in ("BINARY_SUBSCR", "BINARY_OP"):
            path = (*owner, step) if isinstance(owner, tuple) else None
            if path is not None and path[0] is not None and step[1] is not ANY:
                self._found.reads.add(path)
            self._stack.append(path)
            return
        if name != "DELETE_SUBSCR":
            self._pop()
        if isinstance(owner, tuple) and owner[0] is not None:
            self._found.writes.add((*owner, step))
        elif isinstance(owner, tuple) and owner[-1] == ("attr", "__dict__") and isinstance(step[1], str):
            self._found.written.add(step[1])
        elif isinstance(owner, tuple):
            self._changed(owner)

    def _other(self, step: dis.Instruction) -> None:
        """Keep the height of the stack; what such an instruction leaves has no path."""
        effect = _effect(step)
        if effect < 0:
            del self._stack[effect:]
        self._stack.extend([None] * max(effect, 0))
        if self._stack and step.opname.startswith(("CALL", "BINARY", "UNARY", "COMPARE", "BUILD", "FORMAT")):
            self._stack[-1] = None


def _effect(step: dis.Instruction) -> int:
    """Return by how much an instruction that does not jump changes the height of the stack."""
    try:
        return dis.stack_effect(step.opcode, step.arg, jump=False)
    except ValueError:
        return 0


def _hashable(value: object) -> bool:
    return isinstance(value, str | int | float | bytes | bool | type(None))
