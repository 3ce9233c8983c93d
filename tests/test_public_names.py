"""The front door: what `arize_nb` offers is what the contract names, and what those names return."""

from __future__ import annotations

import inspect
import re

import pytest

import arize_nb
from arize_nb import models

CONTRACT = {
    "AxError",
    "Client",
    "Comparison",
    "ComparisonExplorer",
    "DatasetPicker",
    "Evaluation",
    "ExperimentPicker",
    "Grid",
    "LocalServer",
    "RegressionError",
    "RunBrowser",
    "RunReviewer",
    "SpacePicker",
    "compare",
    "connect",
    "evaluator",
    "load_ipython_extension",
    "read",
    "to_records",
    "unload_ipython_extension",
}
RESULTS = {
    name
    for name, value in vars(models).items()
    if inspect.isclass(value) and value.__module__ == models.__name__ and name[0] != "_"
}
RESOURCES = (
    "spaces.Spaces",
    "projects.Projects",
    "datasets.Datasets",
    "annotation_configs.AnnotationConfigs",
)


def test_the_contract_is_offered():
    """Every name of the contract is public."""
    assert set() == CONTRACT - set(arize_nb.__all__)


def test_nothing_else_is_offered():
    """What is public beyond the contract is what its names return."""
    assert set(arize_nb.__all__) - CONTRACT <= RESULTS | {
        "ExperimentResult",
        "ToolExperiment",
        "ToolExperiments",
    }


def test_names_are_listed_once_and_in_order():
    """`__all__`, `dir` and the lazy table name the same things."""
    names = list(arize_nb.__all__)

    assert sorted(set(names)) == sorted(names) == dir(arize_nb)
    assert set(names) == set(arize_nb._HOMES) | {"load_ipython_extension", "unload_ipython_extension"}


@pytest.mark.parametrize("name", arize_nb.__all__)
def test_every_name_can_be_had(name):
    """A public name is a class or function of this package, from the part that the lazy table names."""
    value = getattr(arize_nb, name)
    part = arize_nb._HOMES.get(name, "").partition(".")[0]

    assert name == value.__name__
    assert ["arize_nb", *([part] if part else [])] == value.__module__.split(".")[: 2 if part else 1]


def test_what_is_returned_is_public():
    """A class that a method of the client or of a public class returns can be named by the user."""
    missing = set()
    for owner in _owners():
        for name in dir(owner):
            member = inspect.getattr_static(owner, name)
            if not name.startswith("_") and inspect.isfunction(member):
                returned = str(inspect.signature(member).return_annotation)
                missing |= {
                    word
                    for word in re.findall(r"[A-Z]\w+", returned)
                    if word in RESULTS and word not in arize_nb.__all__
                }

    assert set() == missing


def test_an_unknown_name_is_an_attribute_error():
    """A wrong name fails as any module's does."""
    with pytest.raises(AttributeError, match="module 'arize_nb' has no attribute 'nothing'"):
        _ = arize_nb.nothing


def _owners():
    """Return the public classes and the resource classes of a client."""
    from importlib import import_module

    for place in RESOURCES:
        module, _, name = place.partition(".")
        yield getattr(import_module(f"arize_nb.resources.{module}"), name)
    from arize_nb.client.experiments import JoinedExperiments

    yield JoinedExperiments
    yield from (value for value in map(arize_nb.__getattr__, arize_nb._HOMES) if inspect.isclass(value))
