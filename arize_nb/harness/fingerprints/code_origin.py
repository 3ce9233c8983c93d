"""Whose code it is: the user's own, which is looked into, or a library's, which counts by its name."""

from __future__ import annotations

import functools
import sys
import types
from typing import Any

_INSTALLED = ("site-packages", "dist-packages")
_OURS = frozenset(f"arize_nb.harness.evaluators.{name}" for name in ("builtin", "evaluator", "llm_judge"))
"""Modules of this package that shape what an evaluator says."""
PLAIN = (str, bytes, int, float, complex, bool, type(None), type(Ellipsis), type(NotImplemented))
"""Types whose repr is their value."""


@functools.cache
def is_installed(file: str) -> bool:
    """Tell the file of an installed package."""
    parts = file.replace("\\", "/").split("/")
    return any(part in _INSTALLED for part in parts)


def is_library(module: object) -> bool:
    """Tell whether a module belongs to Python or to an installed package; our evaluators are looked into as
    the user's own are.

    `module` is the `__module__` of something: classes made in C may hold a descriptor there, and no name.
    """
    if not isinstance(module, str):
        module = None
    root = (module or "builtins").partition(".")[0]
    if root == "arize_nb":
        return module not in _OURS
    if root == "__main__":
        return False
    if root in sys.stdlib_module_names or root in sys.builtin_module_names:
        return True
    known = sys.modules.get(module or "")
    file = getattr(known, "__file__", None)
    return isinstance(file, str) and is_installed(file)


def is_own(value: object) -> bool:
    """Tell a function, class or module that is the user's own."""
    if isinstance(value, types.ModuleType):
        return not is_library(value.__name__)
    if isinstance(value, types.FunctionType):
        return value.__module__ in (None, "builtins") or not is_library(
            value.__module__
        )  # "builtins": code run by exec()
    return isinstance(value, type) and not is_library(value.__module__)


def own_bases(kind: type) -> list[type]:
    """Return a class and those of its bases that are the user's own."""
    return [base for base in kind.__mro__ if is_own(base)]


def attributes_of(value: object) -> dict[str, Any]:
    """Return what an object holds, in its `__dict__` and its slots; no property is called."""
    found: dict[str, Any] = {}
    for base in type(value).__mro__:
        for name, member in vars(base).items():
            if isinstance(member, types.MemberDescriptorType) and not is_library(base.__module__):
                try:
                    found[name] = member.__get__(value)
                except AttributeError:  # never assigned
                    continue
    own = getattr(value, "__dict__", None)
    if isinstance(own, dict):
        found.update({name: item for name, item in own.items() if isinstance(name, str)})
    return found


def member(owner: object, step: tuple[str, Any]) -> Any:
    """Return an attribute or an item without calling the user's code.

    Raises
    ------
    LookupError
        It has none, or only a call would tell.
    """
    kind, key = step
    if kind == "item":
        if isinstance(owner, dict | list | tuple):
            try:
                return dict.__getitem__(owner, key) if isinstance(owner, dict) else owner[key]
            except TypeError as error:
                raise LookupError(key) from error
        raise LookupError(key)
    if isinstance(owner, types.ModuleType | type):
        for place in owner.__mro__ if isinstance(owner, type) else (owner,):
            if key in vars(place):
                return vars(place)[key]
        raise LookupError(key)
    found = attributes_of(owner)
    if key in found:
        return found[key]
    return member(type(owner), step)


_WRITTEN_AS = {
    "arize_nb.harness.evaluators.builtin": "arize_nb.harness.builtin_evaluators",
    "arize_nb.harness.evaluators.evaluator": "arize_nb.harness.evaluators",
    "arize_nb.harness.evaluators.evaluator_results": "arize_nb.harness.evaluator_results",
    "arize_nb.harness.evaluators.llm_judge": "arize_nb.harness.judge",
    "arize_nb.harness.fingerprints.fingerprint": "arize_nb.harness.fingerprint",
    "arize_nb.harness.functions.binding": "arize_nb.harness.binding",
    "arize_nb.harness.functions.example_view": "arize_nb.harness.examples",
    "arize_nb.harness.functions.task": "arize_nb.harness.task",
    "arize_nb.harness.records.run_record": "arize_nb.harness.outcomes",
    "arize_nb.harness.values.equality": "arize_nb.harness.value_equality",
    "arize_nb.harness.values.json_values": "arize_nb.harness.values",
}
"""Modules of ours -> the names under which they stand in journals: a file that moves is no other evaluator."""


def written_module(module: object) -> str:
    """Return the name of a module as fingerprints hold it; empty without one."""
    return _WRITTEN_AS.get(module, module) if isinstance(module, str) else ""
