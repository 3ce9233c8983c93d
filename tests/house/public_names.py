"""Every public name with its parameters and defaults, a line each; without annotations, which may improve."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from types import ModuleType

MODULES = (
    "arize_nb",
    "arize_nb.client",
    "arize_nb.errors",
    "arize_nb.files",
    "arize_nb.frames",
    "arize_nb.harness",
    "arize_nb.progress",
    "arize_nb.workspace",
)


def text(before: str) -> str:
    """Return the lines of all public modules; `before` is the text as committed."""
    return "\n".join(line for module in MODULES for line in _module(import_module(module), before)) + "\n"


def _module(module: ModuleType, before: str) -> list[str]:
    """Return a module's lines."""
    lines = []
    for name in _names(module, before):
        value = getattr(module, name)
        shown = _class(name, value) if inspect.isclass(value) else [_one(name, value)]
        lines += [f"{module.__name__}.{line}" for line in shown]
    return lines


def _names(module: ModuleType, before: str) -> list[str]:
    """Return what `__all__` says; else what is defined here, or was once and can still be had."""
    said = getattr(module, "__all__", None)
    if said is not None:
        return sorted(said)
    was = set(re.findall(rf"^{re.escape(module.__name__)}\.(\w+)", before, flags=re.MULTILINE))
    values = vars(module).items()
    here = {name for name, value in values if getattr(value, "__module__", "") == module.__name__}
    return sorted(name for name in was | here if not name.startswith("_") and hasattr(module, name))


def _one(name: str, value: object) -> str:
    """Return the line of a function, a property or a value."""
    if isinstance(value, (classmethod, staticmethod)):
        return f"{name}{signature(value.__func__)}  [{type(value).__name__}]"
    if inspect.isfunction(value):
        return f"{name}{signature(value)}"
    if isinstance(value, property) or hasattr(value, "__get__"):
        return f"{name}  [attribute]"
    return f"{name}  [{type(value).__name__}]"


def _class(name: str, cls: type) -> list[str]:
    """Return a class's line and those of its public members; those of a library's class are left out."""
    ours = [one for one in cls.__mro__ if one.__module__.split(".")[0] == "arize_nb"]
    makes = any("__init__" in vars(one) for one in ours)
    members = {member for one in ours for member in vars(one) if not member.startswith("_")}
    shown = [_one(f"{name}.{member}", inspect.getattr_static(cls, member)) for member in sorted(members)]
    return [f"{name}{signature(cls) if makes else ''}  [class]", *shown]


def signature(function: object) -> str:
    """Return parameters with kinds and defaults; an address in a default's text is left out."""
    whole = inspect.signature(function)
    bare = [one.replace(annotation=inspect.Parameter.empty) for one in whole.parameters.values()]
    plain = str(whole.replace(parameters=bare, return_annotation=inspect.Signature.empty))
    return re.sub(r" at 0x[0-9a-f]+", "", plain)
