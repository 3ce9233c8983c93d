"""What examples are called where people read: not by an id of a machine, if anything else tells them."""

from __future__ import annotations

import uuid

import numpy as np
import pandas as pd
import pytest

import arize_nb as ax
from arize_nb.comparison.words.short_names import is_machine_id, short_names
from arize_nb.errors import RegressionError

IDS = [str(uuid.UUID(int=place * 7919 + 2**100)) for place in range(60)]


@pytest.mark.parametrize(
    "text",
    [
        IDS[3],
        IDS[3].replace("-", ""),
        "RXhhbXBsZToxMjM0NTY3ODk=",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "d41d8cd98f00b204e9800998ecf8427e",
    ],
)
def test_ids_of_machines(text):
    """UUIDs, digests, base64 and ULIDs were made by machines."""
    assert is_machine_id(text)


@pytest.mark.parametrize(
    "text", ["e19", "12", "customer-42-refund", "How do I get a refund?", "q_0001_billing_question"]
)
def test_ids_of_people(text):
    """Words and small numbers were given by people."""
    assert not is_machine_id(text)


def compared(examples=None, ids=IDS, **columns):
    """Return a comparison in which everything got worse."""
    base = pd.DataFrame({"example_id": ids, "output": "was", "eval.q.label": "pass", **columns})
    other = base.assign(**{"output": "is", "eval.q.label": "fail"})
    return ax.compare(base, other, examples=examples)


def test_ids_that_people_gave_stay():
    """An id that can be read is the name."""
    found = compared(ids=[f"case {place}" for place in range(60)])

    assert {"case 3": "case 3"} == short_names(found.study, ["case 3"])


def test_the_place_in_the_dataset():
    """Where the dataset is known, an example is its row there, counted from 1."""
    order = np.random.default_rng(0).permutation(60)
    examples = pd.DataFrame({"id": [IDS[place] for place in order], "kind": ["a", "b"] * 30})
    found = compared(examples)

    assert {one: f"#{list(order).index(place) + 1}" for place, one in enumerate(IDS)} == short_names(
        found.study, IDS
    )


def test_its_own_name_if_it_tells_all_apart():
    """A column called name or key is what an example is called, unless two have the same."""
    named = pd.DataFrame({"id": IDS, "name": [f"case {place}" for place in range(60)]})
    twice = named.assign(name=["one", "other"] * 30)

    assert {IDS[4]: "case 4"} == short_names(compared(named).study, [IDS[4]])
    assert {IDS[4]: "#5"} == short_names(compared(twice).study, [IDS[4]])


def test_the_end_of_an_id_where_nothing_else_is_known():
    """Without a dataset an id is cut to an end that tells the examples at hand apart."""
    names = short_names(compared().study, IDS)

    assert 60 == len(set(names.values()))
    assert all(name[0] == "…" and one.endswith(name[1:]) for one, name in names.items())


def test_they_stand_on_every_surface_and_the_whole_id_where_it_is_needed():
    """Text, Markdown, HTML and a gate name examples shortly; the error and the detail hold the whole id."""
    examples = pd.DataFrame({"id": IDS, "question": [f"What about {place}?" for place in range(60)]})
    found = compared(examples)
    worst = found.regressions()["example_id"].iloc[0]
    short = short_names(found.study, [worst])[worst]
    with pytest.raises(RegressionError) as error:
        found.check(max_regressions=0)

    assert short[0] == "#"
    assert f"\n{short}  What about " in str(found)
    assert worst not in str(found)
    assert f"| `{short}` |" in found.to_markdown()
    assert f'<span class="id">{short}</span>' in found.to_html()
    assert worst in found.to_html()
    assert worst in error.value.example_ids
    assert IDS[0] not in error.value.hint


def test_concerns_name_examples_shortly():
    """Examples that one side lacks are named by their place too."""
    base = pd.DataFrame({"example_id": IDS, "output": "was", "eval.q.label": "pass"})
    found = ax.compare(base, base.iloc[2:], examples=pd.DataFrame({"id": IDS, "kind": ["a", "b"] * 30}))

    assert any(": #1, #2" in concern.message for concern in found.concerns)
