"""The filter language: what parses, what it means, what bad text gets."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.flight as flight
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from arize_nb import filters
from arize_nb.errors import FilterError
from arize_nb.filters import And, Comparison, Contains, InList, IsNull, Like, Not, Or


def matching(text: str, table: pa.Table) -> list[int]:
    """Return the row numbers that a filter keeps."""
    return [row for row, kept in enumerate(filters.mask(filters.parse(text), table).to_pylist()) if kept]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("output = '4'", Comparison("output", "=", "4")),
        ("output == 'it''s'", Comparison("output", "=", "it's")),
        ("a <> -2.5e-1", Comparison("a", "!=", -0.25)),
        ("a >= .5", Comparison("a", ">=", 0.5)),
        ("flag = TRUE", Comparison("flag", "=", True)),
        ("big = 9223372036854775808", Comparison("big", "=", 9223372036854775808.0)),
        ("eval.my-judge.score >= 0.8", Comparison("eval.my-judge.score", ">=", 0.8)),
        ("eval.judge v1.2 - strict.label = 'ok'", Comparison("eval.judge v1.2 - strict.label", "=", "ok")),
        ("eval.not-in.score > 2", Comparison("eval.not-in.score", ">", 2)),
        ('eval."a AND ""b""".score > 2', Comparison('eval.a AND "b".score', ">", 2)),
        ("größe = 'ü'", Comparison("größe", "=", "ü")),
        ("comment = 'x'", Comparison("comment", "=", "x")),
        ("topic in ('math', 2, false)", InList("topic", ("math", 2, False))),
        ("topic NOT IN ('math')", InList("topic", ("math",), negated=True)),
        ("output LIKE '%x\\%'", Like("output", "%x\\%")),
        ("output not like 'x'", Like("output", "x", negated=True)),
        ("contains contains 'x'", Contains("contains", "x")),
        ("error IS NULL", IsNull("error")),
        ("error is not null", IsNull("error", negated=True)),
        ("error = NULL", IsNull("error")),
        ("error != null", IsNull("error", negated=True)),
        (
            "a=1 OR b=2 AND c=3",
            Or((Comparison("a", "=", 1), And((Comparison("b", "=", 2), Comparison("c", "=", 3))))),
        ),
        (
            "(a=1 OR b=2) AND NOT c=3",
            And((Or((Comparison("a", "=", 1), Comparison("b", "=", 2))), Not(Comparison("c", "=", 3)))),
        ),
    ],
)
def test_reads(text, expected):
    """Each form of the language gives its expression, and its text form reads back equal."""
    expression = filters.parse(text)

    assert expected == expression
    assert expected == filters.parse(str(expression))


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("", 0, "empty"),
        ("  \n", 0, "empty"),
        ("bad", 3, "an operator was expected after 'bad'"),
        ("a = ", 4, "a value was expected"),
        ("(a = 1", 6, "closing parenthesis"),
        ("a = 1)", 5, "AND, OR or the end"),
        ("a = 'x' b = 1", 8, "AND, OR or the end"),
        ('label = "correct"', 8, "single quotes"),
        ("'a' = 1", 0, "a column name was expected"),
        ("1 = 1", 0, "a column name was expected"),
        ("a = 5L", 5, "a number goes on strangely"),
        ("a = 1e", 4, "no number"),
        ("a = 'x", None, "quote is not closed"),
        ("flag < TRUE", 7, "truth values are compared with = and !="),
        ("a < NULL", 4, "nothing is smaller"),
        ("a IN ()", 6, "a value was expected"),
        ("a IN ('x', NULL)", 11, "NULL cannot be in a list"),
        ("a IN 'x'", 5, "a list was expected"),
        ("a LIKE 5", 7, "text in single quotes"),
        ("a LIKE 'x\\'", 7, "cannot end in a backslash"),
        ("a IS 3", 5, "NULL was expected after IS"),
        ("a = 1 AND", 9, "a column name was expected"),
        ("a = 1; DROP TABLE runs", 5, "a number goes on strangely"),
        ("a = 'x'; DROP TABLE runs", 7, "AND, OR or the end"),
        ("a = read_csv('/etc/passwd')", 4, "a value was expected"),
    ],
)
def test_refuses(text, position, says):
    """Text that is not in the language is refused with the place and what was expected there."""
    with pytest.raises(FilterError) as raised:
        filters.parse(text)

    assert says in str(raised.value)
    assert position == raised.value.position
    assert "\n" not in str(raised.value)


def test_nesting_is_bounded():
    """Text nested twenty thousand deep is refused, and does not exhaust the stack."""
    for text in ("(" * 20_000 + "a = 1" + ")" * 20_000, "NOT " * 20_000 + "a = 1"):
        with pytest.raises(FilterError, match="nested more than 50 deep"):
            filters.parse(text)


def test_long_chains_are_flat_and_bounded():
    """Five hundred conditions in a row are one flat expression; one more is refused."""
    assert len(filters.parse(" AND ".join(["a = 1"] * 500)).parts) == 500

    with pytest.raises(FilterError, match="more than 500 conditions"):
        filters.parse(" OR ".join(["a = 1"] * 501))


def test_a_long_list_is_one_condition():
    """IN takes thousands of ids."""
    ids = [f"id{number}" for number in range(5000)]

    assert tuple(ids) == filters.parse(f"id IN ({', '.join(map(repr, ids))})").items


def test_unknown_column_names_close_ones():
    """A column that no row has is refused with those that resemble it."""
    with pytest.raises(
        FilterError, match=r"column 'eval.corectness.score'. Did you mean 'eval.correctness.score'"
    ) as raised:
        filters.parse("eval.corectness.score > 1").resolve(["output", "eval.correctness.score"])

    assert raised.value.column == "eval.corectness.score"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("text = 4", "holds text, 4 is a number. Write it as text: '4'"),
        ("number IN ('4')", "holds numbers, '4' is text"),
        ("number = TRUE", "holds numbers, TRUE is a truth value"),
        ("flag = 'True'", "holds truth values, 'True' is text. Give TRUE or FALSE."),
        ("number CONTAINS 'x'", "holds numbers, 'x' is text"),
        ("at > 'yesterday'", "holds times"),
    ],
)
def test_values_of_another_kind_are_refused(text, says):
    """With the kinds of the columns known, a value that nothing can match is an error, not an
    empty result.
    """
    schema = pa.schema(
        {
            "text": pa.string(),
            "number": pa.int64(),
            "flag": pa.bool_(),
            "at": pa.timestamp("us", "UTC"),
            "none": pa.null(),
        }
    )

    with pytest.raises(FilterError) as raised:
        filters.parse(text).resolve(filters.column_kinds(schema))

    assert says in str(raised.value)
    assert filters.parse("none = 4").resolve(filters.column_kinds(schema))


def test_fields_and_rename():
    """An expression lists its columns once each, and can be moved to other names."""
    expression = filters.parse("latency > 3 AND (model = 'm' OR NOT latency < 1) AND id IS NULL")

    assert expression.fields == ("latency", "model", "id")
    assert expression.rename(lambda name: {"latency": "latency_ms"}.get(name, name)).fields == (
        "latency_ms",
        "model",
        "id",
    )


TABLE = pa.table(
    {
        "n": pa.array([1, 2, None, 4], pa.int64()),
        "f": pa.array([1.0, math.nan, None, 2.5]),
        "s": pa.array(["100%", "a\nb", None, "Sorry"]),
        "b": pa.array([True, False, None, True]),
        "t": pa.array(
            [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3)] + [None], pa.timestamp("us", "UTC")
        ),
        "d": pa.array(["x", "y", None, "x"]).dictionary_encode(),
        "v": pa.array(["x", "y", None, "x"], pa.string_view()),
        "u": pa.array([2**64 - 1, 1, None, 2], pa.uint64()),
        "l": pa.array([["x"], [], None, ["y"]]),
        "none": pa.nulls(4),
    }
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n = 1", [0]),
        ("n != 1", [1, 3]),
        ("NOT (n = 1)", [1, 2, 3]),
        ("n < 2.5", [0, 1]),
        ("n IN (1, 4.0, 'x')", [0, 3]),
        ("n NOT IN (1, 4)", [1]),
        ("n IS NULL", [2]),
        ("n IS NOT NULL", [0, 1, 3]),
        ("n = 1 OR n = 4", [0, 3]),
        ("n > 1 AND n < 4", [1]),
        ("f > 0", [0, 3]),
        ("f != 1", [3]),
        ("f IS NULL", [1, 2]),
        ("f IN (1)", [0]),
        ("s = '100%'", [0]),
        ("s < 'a'", [0, 3]),
        ("s LIKE '%'", [0, 1, 3]),
        ("s LIKE 'a_b'", [1]),
        ("s LIKE '%\\%'", [0]),
        ("s LIKE 'sorry'", []),
        ("s NOT LIKE '%r%'", [0, 1]),
        ("s CONTAINS 'orr'", [3]),
        ("s CONTAINS '%'", [0]),
        ("s = 1", []),
        ("s IN (1)", []),
        ("b = TRUE", [0, 3]),
        ("b != true", [1]),
        ("b IN (FALSE)", [1]),
        ("b = 1", []),
        ("n = TRUE", []),
        ("t > '2026-01-01'", [1, 2]),
        ("t = '2026-01-02T01:00:00+01:00'", [1]),
        ("t IN ('2026-01-03')", [2]),
        ("t > 'tomorrow'", []),
        ("d = 'x'", [0, 3]),
        ("v LIKE 'x%'", [0, 3]),
        ("u > 5", [0]),
        ("u IN (2)", [3]),
        ("n IN (1.5, 4)", [3]),
        ("l CONTAINS 'x'", []),
        ("l IS NULL", [2]),
        ("none = 1", []),
        ("none IS NULL", [0, 1, 2, 3]),
        ("absent = 1", []),
        ("absent != 1", []),
        ("absent IS NULL", [0, 1, 2, 3]),
        ("absent IS NOT NULL", []),
    ],
)
def test_meaning(text, expected):
    """A filter keeps the rows that its documented meaning says, and the mask has no nulls."""
    assert expected == matching(text, TABLE)
    assert filters.mask(filters.parse(text), TABLE).null_count == 0


def test_chunked_and_empty_tables():
    """Chunks and zero rows give a mask of as many rows."""
    assert matching("b = TRUE", pa.concat_tables([TABLE, TABLE])) == [0, 3, 4, 7]
    assert matching("n = 1 OR absent IS NULL", TABLE.slice(0, 0)) == []


names = st.text(min_size=1, max_size=12).filter(lambda name: "\0" not in name)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.one_of(
    texts, st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False), st.booleans()
)
patterns = texts.filter(lambda text: not text.endswith("\\"))
ordered = st.one_of(texts, st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False))
predicates = st.one_of(
    st.builds(Comparison, names, st.sampled_from(["=", "!="]), values),
    st.builds(Comparison, names, st.sampled_from(["<", "<=", ">", ">="]), ordered),
    st.builds(InList, names, st.lists(values, min_size=1, max_size=4).map(tuple), st.booleans()),
    st.builds(Like, names, patterns, st.booleans()),
    st.builds(Contains, names, texts),
    st.builds(IsNull, names, st.booleans()),
)
expressions = st.recursive(
    predicates,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("name", ["<", "<=", "=", "!=", ".", "-", "IN", "CONTAINS"])
def test_a_quoted_name_is_a_name(name):
    """A column whose name looks like an operator is a column when it is quoted."""
    expression = Not(Comparison(name, "<", ""))

    assert expression == filters.parse(str(expression))
    assert Comparison(name, "=", 1) == filters.parse(f'"{name}" = 1')


@given(expressions)
def test_text_form_reads_back(expression):
    """The text form of any expression, with any characters in names and texts, parses to the
    same expression.
    """
    assert expression == filters.parse(str(expression))


@given(st.text(max_size=60))
def test_any_text_parses_or_is_refused(text):
    """Whatever is typed gives an expression or a FilterError, never another exception."""
    try:
        fields = filters.parse(text).fields
    except FilterError:
        return

    assert fields


@given(st.lists(st.one_of(st.none(), texts), max_size=6), patterns)
def test_like_agrees_with_a_plain_matcher(cells, pattern):
    """LIKE agrees with a matcher that goes character by character."""
    table = pa.table({"s": pa.array(cells, pa.string())})

    expected = [row for row, cell in enumerate(cells) if cell is not None and _like(cell, pattern)]

    assert expected == [
        row for row, kept in enumerate(filters.mask(Like("s", pattern), table).to_pylist()) if kept
    ]


def _like(text: str, pattern: str) -> bool:
    """Match slowly, by the definition."""
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(_like(text[skip:], pattern[1:]) for skip in range(len(text) + 1))
    if pattern[0] == "_":
        return bool(text) and _like(text[1:], pattern[1:])
    wanted, rest = (pattern[1], pattern[2:]) if pattern[0] == "\\" else (pattern[0], pattern[1:])
    return text[:1] == wanted and _like(text[1:], rest)


@given(st.lists(st.one_of(st.none(), st.integers(-3, 3)), max_size=8), st.integers(-3, 3))
def test_two_valued_logic(cells, value):
    """NOT always inverts: every row is kept by a filter or by its NOT, never by both."""
    table = pa.table({"n": pa.array(cells, pa.int64())})

    for text in (
        f"n = {value}",
        f"n != {value}",
        f"n NOT IN ({value})",
        "n IS NULL",
        f"n < {value} OR n IS NULL",
    ):
        assert set(range(len(cells))) - set(matching(text, table)) == set(matching(f"NOT ({text})", table))


CELLS = {
    "s": ["x", "100%", "a\nb", "", "X_y", None, "back\\slash", "é"],
    "n": [1, 2, None, -3, 2**53 + 1, 0, 7, 7],
    "f": [0.5, None, 2.0, -1.5, 1e300, 0.1, 7.0, 0.0],
    "b": [True, False, None, True, False, None, True, True],
    "eval.my-judge v1.2.score": [1.0, 0.0, 0.5, None, None, None, 1.0, 0.25],
    "mixed": [1, "1", True, None, 2.5, ["x"], {"a": 1}, "x"],
}

comparable = st.one_of(
    st.sampled_from(
        [cell for cells in CELLS.values() for cell in cells if isinstance(cell, str | int | float)]
    ),
    st.sampled_from(["a", "10", 3, 0.3]),
)
numeric_or_text = comparable.filter(lambda value: not isinstance(value, bool))
known = st.sampled_from(list(CELLS))
wild = st.text(st.sampled_from("xX1%_\\ab\n0é"), max_size=4).filter(
    lambda text: not (len(text) - len(text.rstrip("\\"))) % 2
)
asked = st.recursive(
    st.one_of(
        st.builds(Comparison, known, st.sampled_from(["=", "!="]), comparable),
        st.builds(Comparison, known, st.sampled_from(["<", "<=", ">", ">="]), numeric_or_text),
        st.builds(InList, known, st.lists(comparable, min_size=1, max_size=3).map(tuple), st.booleans()),
        st.builds(Like, known, wild, st.booleans()),
        st.builds(Contains, known, wild),
        st.builds(IsNull, known, st.booleans()),
    ),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=4,
)


class Stored:
    """The cells above as runs of a stand-alone experiment on a server, and the table that Flight gives of
    them.
    """

    def __init__(self, server) -> None:
        self.server = server
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {server.api_key}"
        space = self.session.get(f"{server.api_url}/v2/spaces?limit=1", timeout=30).json()["spaces"][0]["id"]
        runs = [
            {"output": f"o{row}"} | {name: cells[row] for name, cells in CELLS.items()} for row in range(8)
        ]
        body = {"name": f"filters-{id(self)}", "space_id": space, "experiment_runs": runs}
        created = self.session.post(f"{server.api_url}/v2/experiments", json=body, timeout=30).json()
        self.search_url = f"{server.api_url}/v2/experiments/{created['id']}/runs/search"
        ticket = flight.Ticket(
            json.dumps({"getExperiment": {"spaceId": space, "experimentId": created["id"]}}).encode()
        )
        options = flight.FlightCallOptions(headers=[(b"auth-token-bin", server.api_key.encode())])
        with flight.connect(server.flight_url.replace("grpc://", "grpc+tcp://")) as client:
            self.table = client.do_get(ticket, options).read_all()

    def search(self, text: str) -> list[str] | None:
        """Ids that the server finds; None when it refuses the filter."""
        reply = self.session.post(self.search_url, json={"filter": text}, timeout=30)
        assert reply.status_code in (200, 422), reply.text
        return [run["id"] for run in reply.json()["experiment_runs"]] if reply.status_code == 200 else None

    def select(self, text: str) -> list[str] | None:
        """Ids that the mask keeps; None when the filter is refused."""
        try:
            expression = filters.parse(text).resolve(filters.column_kinds(self.table.schema))
        except FilterError:
            return None
        return self.table.filter(filters.mask(expression, self.table)).column("id").to_pylist()


@pytest.fixture(scope="module")
def stored(local_server):
    """Store the cells once."""
    kept = Stored(local_server)
    yield kept
    kept.session.close()


@settings(max_examples=300, deadline=None)
@given(asked)
def test_server_and_mask_agree(stored, expression):
    """The embedded server and the mask over what Flight gives keep the same runs, and refuse the same
    filters.
    """
    assert stored.search(str(expression)) == stored.select(str(expression))
