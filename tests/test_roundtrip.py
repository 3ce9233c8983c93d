"""Any frame of JSON-able values -> create -> export, over REST and over Flight: the same values, ids and
dtypes.
"""

from __future__ import annotations

import itertools
import json
import math

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from arize_nb import files, frames

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
INTEGERS = st.integers(-(2**63), 2**63 - 1)
FLOATS = st.floats()
SCALARS = st.none() | st.booleans() | INTEGERS | FLOATS | TEXT
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
KINDS = (TEXT, INTEGERS, FLOATS, st.booleans(), VALUES, st.none())
OWN_COLUMNS = {
    "id",
    "example_id",
    "output",
    "error",
    "created_at",
    "updated_at",
    "annotations",
    "evaluations",
    "metadata",
    "additional_properties",
}
NAMES = (
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
    .filter(
        lambda name: (
            name not in OWN_COLUMNS | {"latency"}
            and not name.startswith(("eval.", "annotation.", "metadata.", "source_record_"))
        )
    )
    .filter(lambda name: name not in {"time", "count"})
)
EXAMPLES = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
TRANSPORTS = ("rest", "flight")
_counter = itertools.count(1)


@st.composite
def columns(draw, rows, fixed=()):
    """Draw columns of any names, each of one kind of values or of all kinds, with gaps."""
    names = draw(st.lists(NAMES, min_size=0 if fixed else 1, max_size=3, unique=True))
    kinds = {name: st.none() | draw(st.sampled_from(KINDS)) for name in names} | dict(fixed)
    return {name: draw(st.lists(kind, min_size=rows, max_size=rows)) for name, kind in kinds.items()}


@st.composite
def run_records(draw):
    """Draw runs: outputs, failed ones too, evaluations and any other columns."""
    rows = draw(st.integers(1, 5))
    evaluator = f"eval.{draw(TEXT.filter(lambda name: name and not name.startswith('.') and '.metadata.' not in name))}"
    fixed = {
        "output": TEXT,
        f"{evaluator}.score": st.none() | FLOATS.filter(lambda score: not math.isinf(score)),
        f"{evaluator}.label": st.none() | TEXT,
        f"{evaluator}.metadata.k": st.none() | INTEGERS,
    }
    drawn = draw(columns(rows, fixed))
    records = [dict(zip(drawn, row, strict=True)) for row in zip(*drawn.values(), strict=True)]
    for record in records:
        if draw(st.integers(0, 4)) == 0:
            said = TEXT.filter(lambda text: not frames.is_no_label(text.strip()))
            record |= {"output": None, "error": draw(said)}
    return records


@st.composite
def example_records(draw):
    """Draw examples of any columns."""
    drawn = draw(columns(draw(st.integers(1, 5))))
    return [dict(zip(drawn, row, strict=True)) for row in zip(*drawn.values(), strict=True)]


def new_name(stem):
    """Make a name that this session has not used."""
    return f"{stem}-{next(_counter)}"


@pytest.fixture
def dataset(client):
    """Make a dataset of one example."""
    return client.datasets.create(name=new_name("qa"), examples=[{"q": "2+2"}])


def assert_same(expected, frame, kind):
    """Compare a table that was sent with a frame that came back: names, dtypes and values, own ids and times
    aside.
    """
    names = [name for name in expected.column_names if name not in ("id", "created_at", "updated_at")]
    back = (
        frames.canonical(frames.from_input(frame, kind), kind)
        if kind == "example"
        else frames.from_input(frame, kind)
    )

    assert set(names) == set(frame.columns) - {"id", "created_at", "updated_at"}
    assert {name: str(expected.schema.field(name).type) for name in names} == {
        name: str(frame[name].dtype.pyarrow_dtype) for name in names
    }
    assert expected.select(names).to_pylist() == back.select(names).to_pylist()


@given(records=run_records(), data=st.data())
@EXAMPLES
@example(
    records=[
        {"output": "", "big": 2**63 - 1, "mixed": [{}, "é\0\n", 1.0, None]},
        {"output": "\U0001f600", "big": -(2**63), "mixed": {}},
    ],
    data=None,
)
@example(records=[{"output": "x", "v": 1}, {"output": "y", "v": "1"}], data=None)
@example(records=[{"output": "x", "v": 1.0, "n": None}, {"output": "y", "v": math.inf, "n": None}], data=None)
def test_runs(client, dataset, records, data):
    """Runs come back with the values, names and dtypes that they were sent with, whatever the transport."""
    (example_id,) = client.datasets.examples(dataset)["id"]
    records = [{"example_id": example_id, **record} for record in records]
    expected = frames.from_input(records, "run", needs_example_id=True)
    source = pd.DataFrame(records, dtype=object) if data and data.draw(st.booleans()) else records
    made = client.experiments.create(name=new_name("exp"), runs=source, dataset=dataset)

    by_transport = {transport: client.experiments.runs(made, transport=transport) for transport in TRANSPORTS}
    for frame in by_transport.values():
        assert_same(expected, frame, "run")
    pd.testing.assert_frame_equal(by_transport["rest"], by_transport["flight"])
    client.experiments.delete(made)


@given(records=example_records())
@EXAMPLES
def test_examples(client, records):
    """Examples come back with the values, names and dtypes that they were sent with, whatever
    the transport.
    """
    expected = frames.from_input(records, "example")
    made = client.datasets.create(name=new_name("qa"), examples=records)

    by_transport = {
        transport: client.datasets.examples(made, transport=transport) for transport in TRANSPORTS
    }
    for frame in by_transport.values():
        assert_same(expected, frame, "example")
    pd.testing.assert_frame_equal(by_transport["rest"], by_transport["flight"])
    client.datasets.delete(made)


@given(ids=st.lists(TEXT.filter(str.strip), min_size=1, max_size=4, unique=True))
@EXAMPLES
@example(ids=["007", "1e3", "true", "null", " x ", "a/b%20c", "漢字"])
def test_ids_of_examples(client, ids):
    """A frame with an id column keeps its ids, and runs that name them attach."""
    made = client.datasets.create(
        name=new_name("qa"), examples=[{"id": one, "n": position} for position, one in enumerate(ids)]
    )

    for transport in TRANSPORTS:
        frame = client.datasets.examples(made, transport=transport)
        assert dict(zip(ids, range(len(ids)), strict=True)) == dict(zip(frame["id"], frame["n"], strict=True))
    experiment = client.experiments.create(
        name="base", runs=[{"example_id": one, "output": "x"} for one in ids], dataset=made
    )
    assert ids == list(client.experiments.runs(experiment)["example_id"])
    client.datasets.delete(made)


def test_many_runs_keep_their_order(client, dataset):
    """1,201 runs, more than a request takes, come back in the order in which they were sent."""
    (example_id,) = client.datasets.examples(dataset)["id"]
    source = pd.DataFrame({"example_id": example_id, "output": [f"out {index}" for index in range(1201)]})
    made = client.experiments.create(name="many", runs=source, dataset=dataset)

    for transport in TRANSPORTS:
        frame = client.experiments.runs(made, transport=transport)
        assert list(source["output"]) == list(frame["output"])
        assert sorted(frame["id"]) == list(frame["id"])


@pytest.mark.parametrize("ending", ["csv", "json", "jsonl", "parquet"])
def test_through_files(client, dataset, tmp_path, ending):
    """An export written to a file, created from that file and exported again is the same, in every format."""
    (example_id,) = client.datasets.examples(dataset)["id"]
    runs = [
        {
            "output": 'a "b",\nc',
            "evaluations": {"c": {"label": "correct", "score": 1.0}},
            "metadata": {"model": "m", "usage": {"in": 3}},
            "ok": True,
        },
        {"output": None, "error": "boom", "metadata": {"model": "007é"}, "ok": False},
    ]
    first = client.experiments.create(
        name="first", runs=[{"example_id": example_id, **run} for run in runs], dataset=dataset
    )
    path = tmp_path / f"runs.{ending}"
    files.write(frames.from_input(client.experiments.runs(first), "run"), path, kind="run")
    second = client.experiments.create(name="second", runs=path, dataset=dataset)

    before, after = client.experiments.runs(first), client.experiments.runs(second)
    pd.testing.assert_frame_equal(before.drop(columns="id"), after[before.columns].drop(columns="id"))


def test_nested_records_attach(client, dataset):
    """The document's runs file attaches its evaluations, and the nested export is the file again."""
    (example_id,) = client.datasets.examples(dataset)["id"]
    run = {
        "example_id": example_id,
        "output": "The answer is 4.",
        "evaluations": {
            "correctness": {"score": 1.0, "label": "correct"},
            "relevance": {"score": 0.95, "explanation": "Directly answers"},
        },
        "metadata": {"model": "gpt-4o", "latency_ms": 1234},
    }
    made = client.experiments.create(name="doc", runs=[run], dataset=dataset)
    (back,) = client.experiments.iter_records(made)

    assert {"id": back["id"], **run} == json.loads(json.dumps(back))


def test_annotations_over_either_transport(client, dataset):
    """Labels of people come back the same over REST and Flight, and through the nested form."""
    (example_id,) = client.datasets.examples(dataset)["id"]
    made = client.experiments.create(
        name="labelled", runs=[{"example_id": example_id, "output": text} for text in "abc"], dataset=dataset
    )
    first, second, _ = client.experiments.runs(made)["id"]
    values = [
        {
            "record_id": first,
            "values": [
                {"name": "note", "text": "größe\n🙂"},
                {"name": "quality", "label": "good", "score": 1.0},
            ],
        },
        {"record_id": second, "values": [{"name": "quality", "label": "bad", "score": 0.0}]},
    ]
    client.experiments.annotate(made, values, create_configs=True)
    by_transport = {
        transport: client.experiments.runs(made, transport=transport, annotations=True)
        for transport in TRANSPORTS
    }

    labels = pd.Series(
        ["good", "bad", None], dtype=by_transport["rest"]["output"].dtype, name="annotation.quality.label"
    )

    pd.testing.assert_series_equal(labels, by_transport["rest"]["annotation.quality.label"])
    pd.testing.assert_frame_equal(by_transport["rest"], by_transport["flight"][by_transport["rest"].columns])
    assert values == frames.annotation_records(frames.to_records(by_transport["flight"]))
