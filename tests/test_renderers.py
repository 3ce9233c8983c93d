"""The table of what draws a value: every entry is there, and a value nobody draws says so."""

from __future__ import annotations

import pytest

from arize_nb.renderers import RENDERERS, renderer, resolved


@pytest.mark.parametrize(("form", "kind", "place"), [(*key, place) for key, place in RENDERERS.items()])
def test_every_entry_names_a_class_and_a_function_that_draws_it(form, kind, place):
    """Both names of an entry lead somewhere, and the class finds the function."""
    assert renderer(form, resolved(kind)) is resolved(place)


def test_a_value_that_nothing_draws_is_named():
    """A class without a renderer is an error with its name, not an empty picture."""
    with pytest.raises(TypeError, match="nothing draws complex as html"):
        renderer("html", complex)
