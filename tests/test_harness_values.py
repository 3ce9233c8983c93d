"""Outputs: the table of what a value becomes, row by row; what is no value yet is an error with its place,
never text.
"""

from __future__ import annotations

import array
import collections
import concurrent.futures
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import functools
import json
import subprocess
import sys
import threading
import types
import uuid
from pathlib import Path, PurePosixPath

import attr
import numpy as np
import pandas as pd
import pyarrow as pa
import pydantic
import pytest
from harness_runs import run
from hypothesis import given
from hypothesis import strategies as st

from arize_nb.harness.functions.task import report
from arize_nb.harness.values.json_values import jsonable, output_of, to_text


@attr.s(auto_attribs=True)
class Attrs:
    a: int = 1


@dataclasses.dataclass
class Data:
    x: int
    when: dt.date


class Model(pydantic.BaseModel):
    name: str
    at: dt.date


class Level(enum.IntEnum):
    HIGH = 3


class Color(enum.Enum):
    RED = "red"


Point = collections.namedtuple("Point", "x y")


class Text(str):
    def __str__(self):
        return "not this"


class Html:
    def __str__(self):
        return "<b>hi</b>"


class Spoken:
    def __repr__(self):
        return "Spoken(1)"


DAY = "2024-01-02"
BECOMES = [
    ("text", "a", "a"),
    ("text with a lone surrogate", "a\ud800b", "a?b"),
    ("a subclass of str", Text("x"), "x"),
    ("a boolean", True, True),
    ("a whole number", 2**70, 2**70),
    ("a number", 0.5, 0.5),
    ("an enum member", Color.RED, "red"),
    ("a member of an IntEnum", Level.HIGH, 3),
    ("nested nan", [float("nan"), float("inf"), None], [None, None, None]),
    ("a decimal", decimal.Decimal("1.10"), "1.10"),
    ("a decimal nan inside", [decimal.Decimal("NaN")], [None]),
    ("a fraction", fractions.Fraction(1, 3), "1/3"),
    ("a tuple", (1, (2,)), [1, [2]]),
    ("a named tuple", Point(1, [2]), {"x": 1, "y": [2]}),
    ("a deque", collections.deque([1, 2]), [1, 2]),
    ("a range", range(3), [0, 1, 2]),
    ("values of a dict", {"a": 1}.values(), [1]),
    ("keys of a dict", {"b": 1, "a": 2}.keys(), ["a", "b"]),
    ("items of a dict", {"a": 1}.items(), [["a", 1]]),
    ("a set", {"b", "a"}, ["a", "b"]),
    ("a set of several kinds", {2, "b", 1, None}, [None, 1, 2, "b"]),
    ("a frozen set of tuples", frozenset({(2, 1), (1, 2)}), [[1, 2], [2, 1]]),
    ("an ordered dict", collections.OrderedDict(a=1), {"a": 1}),
    ("a counter", collections.Counter("aab"), {"a": 2, "b": 1}),
    ("a default dict", collections.defaultdict(list, a=[1]), {"a": [1]}),
    ("a chain of dicts", collections.ChainMap({"a": 1}, {"b": 2}), {"b": 2, "a": 1}),
    ("a read-only view", types.MappingProxyType({"a": 1}), {"a": 1}),
    (
        "keys that are no text",
        {1: "b", None: 0, 1.5: 1, (1, 2): 2},
        {"1": "b", "None": 0, "1.5": 1, "(1, 2)": 2},
    ),
    ("keys that are dates and enums", {dt.date(2024, 1, 2): 1, Color.RED: 2}, {DAY: 1, "red": 2}),
    ("a simple namespace", types.SimpleNamespace(a=(1,)), {"a": [1]}),
    ("a dataclass", Data(1, dt.date(2024, 1, 2)), {"x": 1, "when": DAY}),
    ("an attrs object", Attrs(2), {"a": 2}),
    ("a pydantic model", Model(name="n", at=dt.date(2024, 1, 2)), {"name": "n", "at": DAY}),
    ("a date", dt.date(2024, 1, 2), DAY),
    ("a time with a zone", dt.datetime(2024, 1, 2, 3, tzinfo=dt.UTC), "2024-01-02T03:00:00+00:00"),
    ("a duration", dt.timedelta(minutes=1), 60.0),
    ("a uuid", uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ("a path", PurePosixPath("a/b"), "a/b"),
    ("bytes that are text", b"caf\xc3\xa9", "café"),
    ("a picture", b"\x89PNG\r\n\x1a\n\x00\xff", "data:image/png;base64,iVBORw0KGgoA/w=="),
    ("other bytes", memoryview(b"\x00\xff"), "data:application/octet-stream;base64,AP8="),
    ("an array of numbers", array.array("i", [1, 2]), [1, 2]),
    ("a NumPy number", np.float32(0.5), 0.5),
    ("a NumPy boolean", np.bool_(True), True),
    ("a NumPy text", np.str_("a"), "a"),
    ("a NumPy array", np.array([[1, 2]]), [[1, 2]]),
    ("an array with nan", np.array([1.0, np.nan]), [1.0, None]),
    ("an array of objects", np.array([{"a": (1,)}, None], dtype=object), [{"a": [1]}, None]),
    ("an array of no dimension", np.array(3), 3),
    ("a NumPy date", np.datetime64("2024-01-02T00:00:00", "ns"), "2024-01-02T00:00:00"),
    ("a NumPy date of a day", np.datetime64("2024-01-02"), DAY),
    ("an array of dates", np.array(["2024-01-02", "NaT"], "datetime64[ns]"), ["2024-01-02T00:00:00", None]),
    ("a NumPy duration", np.timedelta64(1500, "ms"), 1.5),
    ("an array of durations", np.array([60], "timedelta64[s]"), [60.0]),
    ("a record of NumPy", np.array([(1, "x")], [("a", int), ("b", "U1")]), [{"a": 1, "b": "x"}]),
    ("a frame", pd.DataFrame({"a": [1, 2]}), [{"a": 1}, {"a": 2}]),
    (
        "a frame with a repeated index",
        pd.DataFrame({"a": [1, 2]}, index=[0, 0]),
        [{"index": 0, "a": 1}, {"index": 0, "a": 2}],
    ),
    (
        "a frame with a named index",
        pd.DataFrame({"a": [1]}, index=pd.Index(["k"], name="key")),
        [{"key": "k", "a": 1}],
    ),
    (
        "a frame with missing cells",
        pd.DataFrame({"a": [1.5, None], "t": pd.to_datetime(["2024-01-02", None])}),
        [{"a": 1.5, "t": f"{DAY}T00:00:00"}, {"a": None, "t": None}],
    ),
    ("a series", pd.Series([1, 2]), [1, 2]),
    ("a series with an index", pd.Series({"answer": "x", "n": 1}), {"answer": "x", "n": 1}),
    ("a timestamp", pd.Timestamp("2024-01-02", tz="UTC"), "2024-01-02T00:00:00+00:00"),
    ("a duration of pandas", pd.Timedelta("90s"), 90.0),
    ("pandas' missing values", [pd.NA, pd.NaT], [None, None]),
    ("a categorical", pd.Categorical(["a", "b", "a"]), ["a", "b", "a"]),
    ("an Arrow table", pa.table({"a": [1, 2]}), [{"a": 1}, {"a": 2}]),
    ("an Arrow array", pa.array([1, None]), [1, None]),
    ("an object with a text of its own", Html(), "<b>hi</b>"),
    ("an object with a repr of its own", Spoken(), "Spoken(1)"),
]


@pytest.mark.parametrize(("value", "plain"), [row[1:] for row in BECOMES], ids=[row[0] for row in BECOMES])
def test_what_a_value_becomes(value, plain):
    """Each row of the table: nothing is lost, alone and inside another value; JSON holds it."""
    assert (plain, type(plain)) == (output_of(value), type(output_of(value)))
    assert {"in": [plain]} == jsonable({"in": [value]})
    assert plain == json.loads(json.dumps(plain))


class Plain:
    pass


class Response:
    def __repr__(self):
        return "<Response [200]>"


async def chat():
    return "x"


async def stream():
    yield 1


REFUSED = {
    "a coroutine": (lambda: chat(), "a coroutine (chat) that nobody awaited"),
    "a future": (concurrent.futures.Future, "an awaitable (Future) that nobody awaited"),
    "a generator": (lambda: (i for i in "ab"), "an iterator (generator)"),
    "a map": (lambda: map(str, "ab"), "an iterator (map)"),
    "an asynchronous generator": (stream, "an iterator (async_generator)"),
    "a function": (lambda: len, "a function or class (len)"),
    "a lambda": (lambda: lambda: 1, "a function or class (<lambda>)"),
    "a method": (lambda: "".join, "a function or class (join)"),
    "a class": (lambda: Plain, "a function or class (Plain)"),
    "a partial": (lambda: functools.partial(len), "a function or class (partial)"),
    "a lock": (threading.Lock, "'lock', which has no JSON form"),
    "a thread": (threading.Thread, "'Thread', which has no JSON form"),
    "a module": (lambda: json, "'module', which has no JSON form"),
    "an ellipsis": (lambda: ..., "'ellipsis', which has no JSON form"),
    "an exception": (lambda: ValueError("bad"), "an exception (ValueError('bad'))"),
    "an object": (Plain, "'Plain', which has no JSON form"),
    "an object in angle brackets": (Response, "'Response', whose text (<Response [200]>) says nothing"),
    "a complex number": (lambda: 1j, "a complex number"),
    "a series with a repeated index": (
        lambda: pd.Series([1, 2], index=["a", "a"]),
        "a Series with a repeated index",
    ),
    "a frame with a column twice": (
        lambda: pd.DataFrame([[1, 2]], columns=["a", "a"]),
        "a DataFrame with two columns 'a'",
    ),
    "keys that become one": (
        lambda: {1: "one", "1": "uno"},
        "a mapping with several keys that are '1' as text",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.filterwarnings("error")
def test_what_is_no_value_is_an_error_with_its_place(what):
    """An awaitable, an iterator, a function, an object without a text of its own: refused at any depth, and
    found.
    """
    make, says = REFUSED[what]
    messages = []
    for wrap in (lambda value: value, lambda value: {"a": [1, (value,)]}, lambda value: [Data(1, value)]):
        with pytest.raises(TypeError) as caught:
            output_of(wrap(make()))
        messages.append(str(caught.value))

    assert messages[0].startswith(f"the task returned {says}")
    assert messages[1].startswith(f"output['a'][1][0] is {says}")
    assert messages[2].startswith(f"output[0]['when'] is {says}")


@pytest.mark.parametrize(
    "value", [None, float("nan"), decimal.Decimal("NaN"), np.float64("inf"), pd.NA, pd.NaT], ids=repr
)
def test_nothing_is_no_output(value):
    """None, and numbers that are none, are no output."""
    with pytest.raises(TypeError, match="the task returned"):
        output_of(value)


async def forgets_to_await(question):
    return chat()


async def forgets_in_a_dict(question):
    return {"answer": chat()}


@pytest.mark.filterwarnings("error")
def test_a_forgotten_await_is_no_output():
    """Where an `async def` returns a coroutine, nothing is kept as its text: it is awaited, or
    the run fails.
    """
    outputs = [
        record.output
        for task in (forgets_to_await, forgets_in_a_dict)
        for record in run(task, 2, max_failures=0.9)[0].values()
    ]

    assert [output for output in outputs if output not in ("x", None)] == []
    assert outputs[2:] == [None, None]


def test_a_reported_value_is_one_too():
    """What `report` is given has a form, or the call says which has none."""
    records, _ = run(lambda question: report(model=object()) or "x", 1)

    assert records[("0", 1)].failure.error_type == "NoPlainForm"


def test_a_set_has_one_order_in_every_process():
    """Two processes write the same set in the same order."""
    code = (
        "from arize_nb.harness.values.json_values import output_of; "
        "print(output_of({'paris', 'rome', 'oslo', (1, 'a'), 3, frozenset('xyz')}))"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path.cwd())},
            capture_output=True,
            check=True,
        ).stdout
        for seed in "123"
    }

    assert len(texts) == 1


KEYS = st.text(st.characters(exclude_categories=["Cs"])) | st.integers() | st.booleans() | st.dates()
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.decimals()
    | st.dates()
    | st.timedeltas()
    | st.uuids()
    | st.sampled_from(
        [Color.RED, Level.HIGH, pd.NA, np.int8(3), np.datetime64("2024-01-02"), b"\xff", Plain(), len, 1j]
    ),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.builds(Data, inner, inner)
        | st.builds(lambda items: collections.deque(items), st.lists(inner, max_size=3))
    ),
    max_leaves=20,
)


@given(value=VALUES)
def test_every_output_is_json_or_an_error(value):
    """Whatever is returned: plain JSON that comes back as it was, with as many members; or a TypeError that
    names a place.
    """
    try:
        plain = output_of(value)
    except TypeError:
        plain = None
    if plain is None:
        with pytest.raises(TypeError, match=r"^(the task returned |output\[)"):
            output_of(value)
        return

    assert plain == json.loads(json.dumps(plain, allow_nan=False))
    assert plain == output_of(plain)
    assert isinstance(to_text(plain).encode(), bytes)
    assert _members(value) == _members(plain)


def _members(value):
    """Count the members of containers, all the way down."""
    if isinstance(value, Data):
        value = {"x": value.x, "when": value.when}
    if isinstance(value, dict):
        return [len(value), *sorted(map(repr, map(_members, value.values())))]
    if isinstance(value, list | tuple | collections.deque):
        return [len(value), *map(_members, value)]
    return 0
