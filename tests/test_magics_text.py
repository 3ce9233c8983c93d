"""`%ax` and the user's text: bodies and names that are no Python, variables in every place, the `;` at the
end.
"""

from __future__ import annotations

import contextlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arize_nb.commands.completion.live_columns import filter_words, grouping_columns, metrics_of
from arize_nb.commands.line.references import references, unescaped, whole_reference
from arize_nb.errors import AxError, CommandError
from arize_nb.ipython.magic_line import command_in_body, without_semicolon

NO_PYTHON = [
    "I am sad :(",
    "it's fine",
    '"""',
    "see (fig. 1",
    "0b2 0x 1e",
    "a\n   b\n  c",
    "l'été = {",
    "\\",
    "d0c3-4e5f-0o9",
]


@pytest.fixture
def dataset(client):
    """A dataset of four examples in the client's space."""
    return client.datasets.create(name="qa", examples=[{"question": f"q{n}", "topic": "t"} for n in range(4)])


@pytest.fixture
def base(client, dataset):
    """An experiment over it: three labels are bad, one holds a quote."""
    ids = client.datasets.examples(dataset)["id"]
    labels = ["bad", "bad", "bad", "it's"]
    runs = [
        {"example_id": one, "output": "o", "eval.acc.label": label, "latency_ms": 2.0}
        for one, label in zip(ids, labels, strict=True)
    ]
    return client.experiments.create(name="base", runs=runs, dataset=dataset)


class TestText:
    """A line and a body are the user's text: nothing reads them as Python."""

    @pytest.mark.parametrize("text", NO_PYTHON)
    def test_bodies(self, cell, client, text):
        """The body of a cell may hold anything; the cell ends well and what was sent is what was typed."""
        body = pd.DataFrame({"question": [text], "n": [1]}).to_csv(index=False)

        made = cell(f"%%ax datasets create -n body -f -\n{body}")

        assert "body" == made.name
        assert [text] == list(client.datasets.examples(made)["question"])

    @pytest.mark.parametrize(
        "name", ["run(1", "0x", "d-0b2", "it's", "5f0b12e4-0e1c-4b2a-9e00-0d2bb0c30b19", '"""', "a;b"]
    )
    def test_names(self, cell, ipython, dataset, name):
        """A name may hold anything as well, on a line and in an assignment."""
        ipython.user_ns.update(name=name, runs=[])

        cell("made = %ax datasets create -n $name --json '[{\"q\": 1}]'")

        assert name == ipython.user_ns["made"].name

    def test_command_in_the_body(self, cell, base):
        """`%%ax` alone takes its command from the first line of the body, and the rest as the body."""
        assert ["base"] == list(cell("%%ax\nexperiments list \\\n  --dataset qa\n")["name"])
        assert "more" == cell("%%ax\ndatasets create -n more -f -\nq\nit's\n").name

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        line=st.text(st.sampled_from("ab -'\"\\$;#{}()[]=%é\u2028\t0x"), max_size=30),
        body=st.text(min_size=1, max_size=30),
    )
    def test_any_line(self, ipython, line, body):
        """Whatever is typed, a line and a cell end with a value or with an error of ours, never with one of
        Python's own.
        """
        for call in (
            lambda: ipython.run_line_magic("ax", f"experiments get {line}"),
            lambda: ipython.run_cell_magic("ax", f"datasets create {line}", body),
        ):
            with contextlib.suppress(AxError):
                call()


class TestSemicolon:
    """A `;` at the end of a line shows nothing and loses nothing."""

    def test_shown(self, cell, base):
        """The value of a cell is not shown."""
        assert cell("%ax experiments list --dataset qa ;") is None
        assert cell("x = 1\n%ax experiments list --dataset qa;  # quiet") is None
        assert cell("%%ax experiments list --dataset qa;\n\n") is None

    @pytest.mark.parametrize(
        "line",
        [
            "df = %ax experiments export base --dataset qa -q ;",
            "if True:\n    df = %ax experiments export base --dataset qa -q;",
        ],
    )
    def test_assigned(self, cell, ipython, base, line):
        """A variable gets the value all the same."""
        cell(line)

        assert 4 == len(ipython.user_ns["df"])

    def test_function(self, cell, ipython, base):
        """So does the result of a function."""
        cell(
            "def read():\n    found = %ax experiments list --dataset qa;\n    return found\nnames ="
            " list(read()['name'])"
        )

        assert ["base"] == ipython.user_ns["names"]

    @pytest.mark.parametrize(
        ("line", "read"),
        [
            ("a;", ("a", True)),
            ("a ; # c", ("a", True)),
            ("-n 'a;'", ("-n 'a;'", False)),
            (r"a\;", (r"a\;", False)),
            ("", ("", False)),
        ],
    )
    def test_where_it_counts(self, line, read):
        """In quotes, or behind a backslash, it is text."""
        assert read == without_semicolon(line)

    def test_body_is_not_looked_at(self):
        """The command of a body is its first line, continued by backslashes."""
        assert ("a  b", "x;\ny") == command_in_body("\na \\\nb\nx;\ny")


class TestMissingVariables:
    """A variable that holds nothing never drops the option it was given to."""

    @pytest.mark.parametrize("nothing", [None, float("nan"), pd.NA, pd.NaT, np.float64("nan")], ids=str)
    @pytest.mark.parametrize(
        "line",
        [
            "experiments list --dataset $x",
            "experiments list --space $x",
            "experiments list --limit $x",
            "experiments list -n $x",
            "experiments export base --dataset qa --filter $x",
            "experiments export base --dataset $x",
            "experiments list-runs base --dataset qa --cursor $x",
            "experiments compare base $x --dataset qa",
            "experiments compare base base --dataset qa --metric $x",
            "experiments delete $x --dataset qa --force",
            "experiments list -n name-$x",
            "experiments export base --dataset qa --filter 'a = $x'",
        ],
    )
    def test_refused(self, cell, ipython, base, line, nothing):
        """It is an error that names the variable and the option."""
        ipython.user_ns["x"] = nothing

        with pytest.raises(CommandError, match=r"^\$x is (None|nan|<NA>|NaT): .+ would be left out"):
            cell(f"%ax {line}")


class TestVariables:
    """Where a variable may stand, and what it may be."""

    @pytest.mark.parametrize(
        "number",
        [2, 2.0, np.int64(2), np.float64(2), pd.Series([2]).max()],
        ids=lambda one: type(one).__name__,
    )
    def test_numbers(self, cell, ipython, base, number):
        """A whole number is one whatever its type: what comes out of pandas and NumPy too."""
        ipython.user_ns["n"] = number

        assert 2 == len(cell("%ax experiments list-runs base --dataset qa --limit $n -q"))

    def test_no_whole_number(self, cell, ipython, base):
        """2.5 is none."""
        ipython.user_ns["n"] = 2.5

        with pytest.raises(CommandError, match=r"2\.5"):
            cell("%ax experiments list --limit $n")

    @pytest.mark.parametrize(
        "written", ["$name", "${name}", "{name}", "$d.name", "${d.name}", "$deep.d.name"]
    )
    def test_spellings(self, cell, ipython, base, written):
        """`$name`, `${name}`, IPython's `{name}`, a key of a mapping."""
        ipython.user_ns.update(name="base", d={"name": "base"}, deep={"d": {"name": "base"}})

        assert "base" == cell(f"%ax experiments get {written} --dataset qa").name

    def test_inside_a_text(self, cell, ipython, dataset):
        """A variable stands inside a text; a doubled dollar sign, and a word that is no variable, stay."""
        ipython.user_ns.update(i=3, stem="run")

        assert "run-3" == cell("%ax datasets create -n $stem-{i} --json '[{\"q\": 1}]'").name
        assert "pay-$i" == cell("%ax datasets create -n 'pay-$$i' --json '[{\"q\": 1}]'").name
        assert "{x} $HOMES" == cell("%ax datasets create -n '{x} $HOMES' --json '[{\"q\": 1}]'").name
        assert "$HOMES stays in" in cell.shown

    @pytest.mark.parametrize(
        ("condition", "rows"),
        [
            ("eval.acc.label = '$label'", 3),
            ("eval.acc.label = $label", 3),
            ("eval.acc.label = {label}", 3),
            ("eval.acc.label = '{label}'", 3),
            ("eval.acc.label = '$quoted'", 1),
            ("eval.acc.label = $quoted", 1),
            ("latency_ms >= $n", 4),
            ("latency_ms > $n", 0),
            ("eval.acc.label IN ($both)", 4),
            ("eval.acc.label IN $both", 4),
            ("eval.acc.label = '$$label'", 0),
        ],
    )
    def test_filter(self, cell, ipython, base, condition, rows):
        """In a filter a variable is the literal that its place wants, quotes doubled."""
        ipython.user_ns.update(label="bad", quoted="it's", n=np.float32(2), both=["bad", "it's"])

        assert rows == len(cell(f'%ax experiments export base --dataset qa --filter "{condition}" -q'))

    def test_filter_cannot_be_broken_out_of(self, cell, ipython, base):
        """A text that looks like a condition stays a text."""
        ipython.user_ns["label"] = "x' OR eval.acc.label != 'y"

        assert 0 == len(
            cell("%ax experiments export base --dataset qa --filter \"eval.acc.label = '$label'\" -q")
        )

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("experiments export base --dataset qa --filter \"a = '$nope'\"", "'nope' is not defined"),
            ("experiments get $d['name']", r"not looked up. A member is written with a dot: \$d.name"),
            ("experiments get $d.nope", r"has no 'nope'. It has: name"),
            ("experiments get ${nope}", "'nope' is not defined"),
            ("experiments get $(made)", r"\$\(made\) is not looked up. A variable is written \$made"),
            ("experiments list -n a-$frame", "is a DataFrame and cannot stand inside a text"),
        ],
    )
    def test_errors(self, cell, ipython, base, line, said):
        """What cannot be looked up is named, with how it is written."""
        ipython.user_ns.update(d={"name": "base"}, frame=pd.DataFrame({"a": [1]}), made="base")

        with pytest.raises(CommandError, match=said):
            cell(f"%ax {line}")

    def test_braces_without_variable(self, cell, dataset):
        """`{name}` without such a variable is text, which is said."""
        with pytest.raises(AxError, match="not found"):
            cell("%ax experiments get {nope} --dataset qa")

        assert "{nope} is taken as it stands: there is no variable 'nope'. A variable is $name." in cell.shown

    def test_outer_function(self, cell, ipython, base):
        """An inner function sees the variables of the one that it is written in, as Python's own code there
        does.
        """
        inner = (
            "def inner():\n        found = %ax experiments get $which --dataset qa\n        return found.name"
        )
        cell(f"def outer():\n    which = 'base'\n    {inner}\n    return inner()\nname = outer()")

        assert "base" == ipython.user_ns["name"]

    def test_no_private_names_offered(self, cell, ipython):
        """A mistyped name is never answered with a name of Python's own."""
        with pytest.raises(CommandError) as caught:
            cell("%ax experiments get $name")

        assert "$__name__" not in str(caught.value)

    def test_into_a_name_of_python(self, cell, ipython, base):
        """`--into print` is done, and said."""
        cell("%ax experiments get base --dataset qa --into print")

        assert "print was a name of Python" in cell.shown
        assert "base" == ipython.user_ns.pop("print").name


class TestReferences:
    """How a variable is written."""

    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("$a.b", ["a.b"]),
            ("x-${a}", ["a"]),
            ("{a}", ["a"]),
            ("{{a}}", []),
            ("$$a", []),
            ("$5", []),
            ("a$", []),
            ("{a}{b}", ["a", "b"]),
            ("é$ä", ["ä"]),
            ("{1+1}", []),
            ('{"a": 1}', []),
        ],
    )
    def test_found(self, text, names):
        """Names behind a dollar sign or in braces; prices, JSON and doubled signs are text."""
        assert names == [one.dotted for one in references(text)]

    def test_whole(self):
        """A reference is the whole value only when nothing stands beside it."""
        assert whole_reference("$a") is not None
        assert whole_reference("$a ") is None
        assert "$a" == unescaped("$$a")


class TestCompletion:
    """Tab behind `--metric`, `--by`, `--cluster` and inside a filter."""

    COLUMNS = (
        "id",
        "example_id",
        "output",
        "eval.acc.label",
        "eval.acc.score",
        "annotation.quality.score",
        "latency_ms",
        "topic",
        "my column",
    )

    def test_metrics(self):
        """Evaluators by their names, annotations in full, then what else could be compared."""
        assert ["acc", "annotation.quality", "latency_ms", "topic", "my column"] == metrics_of(self.COLUMNS)

    def test_groups(self):
        """What examples can be grouped by."""
        assert ["latency_ms", "topic", "my column"] == grouping_columns(self.COLUMNS)

    @pytest.mark.parametrize(
        ("text", "completed"),
        [
            ("ev", ["eval.acc.label", "eval.acc.score"]),
            ("topic = 'a' AND (lat", ["topic = 'a' AND (latency_ms"]),
            ('"my', ['"my column"']),
            ("my", ['"my column"']),
            ("topic = 'ev", []),
        ],
    )
    def test_filters(self, text, completed):
        """The word being typed becomes a column, quoted where it must be; inside a text nothing
        is offered.
        """
        assert completed == filter_words(text, self.COLUMNS)

    @pytest.mark.parametrize(
        ("line", "found"),
        [
            ("%ax experiments compare base base --dataset qa --metric a", ["acc"]),
            ("%ax experiments compare $frame $frame --by to", ["topic"]),
            ("%ax experiments compare base base --dataset qa --by que", ["question"]),
            ("%ax experiments compare base base --dataset qa --cluster que", ["question"]),
            ("%ax experiments compare runs.csv runs.csv --cluster to", ["topic"]),
            ("%ax experiments export base --dataset qa --filter eval.acc.l", ["eval.acc.label"]),
            ("%ax datasets export qa --filter que", ["question"]),
        ],
    )
    def test_on_a_line(self, ipython, base, tmp_path, monkeypatch, line, found):
        """Names come from the experiments, frames and files that the line names."""
        from arize_nb.commands.completion.words import split_unfinished
        from arize_nb.ipython.completion import candidates
        from arize_nb.ipython.magics import AxMagics

        monkeypatch.chdir(tmp_path)
        (tmp_path / "runs.csv").write_text("example_id,output,topic\n1,a,b\n")
        ipython.user_ns["frame"] = pd.DataFrame({"example_id": ["1"], "topic": ["a"]})
        magics = next(one for one in ipython.configurables if isinstance(one, AxMagics))
        words, last = split_unfinished(line.removeprefix("%ax "))
        for _again in range(20):  # the first Tab may come before the service's answer
            offered = [text for text, _kind in candidates(words, last.value, magics)]
            if offered == found:
                break

        assert found == offered
