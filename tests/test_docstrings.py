"""Every public class, function and method explains itself, and its docstring names the parameters that it
has.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import textwrap
from importlib import import_module

import pytest

import arize_nb

RESOURCES = {
    "resources.spaces": "Spaces",
    "resources.projects": "Projects",
    "resources.datasets": "Datasets",
    "resources.annotation_configs": "AnnotationConfigs",
    "client.experiments": "JoinedExperiments",
}
PUBLIC = {name: getattr(arize_nb, name) for name in arize_nb.__all__}
PUBLIC |= {name: getattr(import_module(f"arize_nb.{home}"), name) for home, name in RESOURCES.items()}
CLASSES = {name: value for name, value in PUBLIC.items() if inspect.isclass(value)}
FUNCTIONS = {name: value for name, value in PUBLIC.items() if inspect.isfunction(value)}


def own(member):
    """Whether a function is this package's (and not ipywidgets' or a dataclass's)."""
    return (getattr(member, "__module__", None) or "").startswith("arize_nb")


def methods():
    """Yield the public methods and properties of the public classes, inherited ones of this package too."""
    for class_name, value in CLASSES.items():
        for name in dir(value):
            member = inspect.getattr_static(value, name)
            function = (
                member.__func__
                if isinstance(member, (classmethod, staticmethod))
                else getattr(member, "fget", None) or getattr(member, "func", member)
            )
            if not name.startswith("_") and inspect.isfunction(function) and own(function):
                yield f"{class_name}.{name}", function


METHODS = dict(methods())


def documented(doc):
    """Return the names in the Parameters section of a numpydoc docstring, None when there is no
    such section.
    """
    found = re.search(
        r"^Parameters\n-{10}\n(.*?)(?=^\S[^\n]*\n-{3,}\n|\Z)",
        inspect.cleandoc(doc or ""),
        re.DOTALL | re.MULTILINE,
    )
    if found is None:
        return None
    heads = [
        line.partition(" : ")[0] for line in found.group(1).splitlines() if line and not line.startswith(" ")
    ]
    return [name.strip().lstrip("*") for head in heads for name in head.split(",")]


def parameters(function):
    """Return the names of a function's parameters."""
    return [name for name in inspect.signature(function).parameters if name not in ("self", "cls")]


def class_docs(value):
    """Return the docstrings of a class and its bases in this package: a base may explain what all have in
    common.
    """
    return " ".join(base.__doc__ or "" for base in value.__mro__ if own(base))


@pytest.mark.parametrize("name", [*CLASSES, *FUNCTIONS, *METHODS])
def test_there_is_one(name):
    """A public thing has a docstring whose first line is a sentence."""
    value = PUBLIC.get(name) or METHODS[name]
    summary = inspect.cleandoc(value.__doc__ or "").partition("\n\n")[0]

    assert re.search(r"[.:]$", summary.replace("\n", " ")), f"{name}: {summary!r}"


@pytest.mark.parametrize("name", [*FUNCTIONS, *METHODS])
def test_parameters_match_the_signature(name):
    """A Parameters section names exactly the parameters that there are; without one, its class or the text
    explains each.
    """
    function = FUNCTIONS.get(name) or METHODS[name]
    described, real = documented(function.__doc__), parameters(function)

    if described is not None:
        assert real == described
    else:
        explained = f"{function.__doc__} {class_docs(CLASSES.get(name.partition('.')[0], object))}"
        assert [] == [one for one in real if not re.search(rf"\b{one}\b", explained)], "explained nowhere"


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, value in CLASSES.items()
        if name in arize_nb.__all__ and not dataclasses.is_dataclass(value) and own(value.__init__)
    ],
)
def test_constructors_match_too(name):
    """A class that users make says what its constructor takes."""
    value = CLASSES[name]
    described, real = documented(value.__doc__), parameters(value.__init__)

    if described is not None:
        assert real == described
    else:
        assert [] == [one for one in real if not re.search(rf"\b{one}\b", class_docs(value))], (
            "explained nowhere"
        )


@pytest.mark.parametrize("name", [name for name, value in CLASSES.items() if dataclasses.is_dataclass(value)])
def test_every_field_is_described(name):
    """A field of a frozen value has a line under it that says what it is, or is named among the
    parameters.
    """
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(CLASSES[name]))).body
    fields = [
        index
        for index, node in enumerate(tree.body)
        if isinstance(node, ast.AnnAssign) and not node.target.id.startswith("_")
    ]
    bare = []
    for index in fields:
        after = tree.body[index + 1] if index + 1 < len(tree.body) else None
        if not (
            isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
            and isinstance(after.value.value, str)
        ):
            bare.append(tree.body[index].target.id)

    assert set() == set(bare) - set(documented(CLASSES[name].__doc__) or ())
