"""`%ax` in an IPython shell: values, variables, errors, questions."""

from __future__ import annotations

import subprocess
import sys
import traceback

import pandas as pd
import pyarrow as pa
import pytest

from arize_nb.errors import AxError, CommandError, NotFoundError

RUNS = 'example_id,output,eval.acc.label\n{},"a, b",correct\n{},=1+1,incorrect\n'


@pytest.fixture
def dataset(client):
    """A dataset of two examples in the client's space."""
    return client.datasets.create(
        name="qa", examples=[{"question": "2+2", "n": 1}, {"question": "3+3", "n": 2}]
    )


@pytest.fixture
def base(client, dataset):
    """An experiment over it."""
    ids = client.datasets.examples(dataset)["id"]
    runs = [
        {"example_id": one, "output": f"o{index}", "eval.acc.score": float(index)}
        for index, one in enumerate(ids)
    ]
    return client.experiments.create(name="base", runs=runs, dataset=dataset)


class TestLoading:
    """%load_ext."""

    def test_light(self):
        """Loading takes nothing heavy along and prints nothing."""
        code = (
            "import sys, time\nfrom IPython.core.interactiveshell import InteractiveShell\nip ="
            " InteractiveShell.instance()\nbefore = set(sys.modules); start ="
            " time.perf_counter()\nip.run_line_magic('load_ext', 'arize_nb')\ntook = time.perf_counter() -"
            " start\nnew = set(sys.modules) - before\nheavy = {'pandas', 'matplotlib', 'ipywidgets',"
            " 'pyarrow', 'requests', 'click', 'anywidget', 'duckdb'} & new\nassert not heavy, heavy\nassert"
            " took < 0.5, took\n"
        )
        ended = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
        )

        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")

    def test_twice(self, ipython):
        """Loading again leaves one magic and one matcher."""
        ipython.extension_manager.reload_extension("arize_nb")

        matchers = [
            one for one in ipython.Completer.custom_matchers if getattr(one, "matcher_identifier", "") == "ax"
        ]
        assert len(matchers) == 1

    def test_unload(self, ipython):
        """Unloading takes everything away again."""
        ipython.extension_manager.unload_extension("arize_nb")

        assert ipython.find_line_magic("ax") is None
        assert ipython.find_cell_magic("ax") is None
        assert not [
            one for one in ipython.Completer.custom_matchers if getattr(one, "matcher_identifier", "") == "ax"
        ]
        assert not [one for one in ipython.configurables if type(one).__name__ == "AxMagics"]


class TestValues:
    """What a line gives."""

    def test_list_is_a_plain_frame(self, cell, base):
        """A list is a DataFrame, whose attrs carry the next cursor."""
        frame = cell("%ax experiments list --dataset qa")

        assert type(frame) is pd.DataFrame
        assert list(frame["name"]) == ["base"]
        assert frame.attrs.get("next_cursor") is None

    def test_profiles_are_a_plain_frame(self, cell):
        """What is no page of the service, but a list all the same, is a DataFrame too."""
        frame = cell("%ax profiles list")

        assert ["name", "active"] == frame.columns.tolist()
        assert ["local"] == frame["name"].tolist()

    def test_assignment(self, cell, base, ipython):
        """`df = %ax …` holds the value, in a function too."""
        cell("df = %ax experiments export base --dataset qa")
        cell(
            "def read(which):\n    found = %ax experiments get $which --dataset qa\n    return found\nexp ="
            " read('base')"
        )

        assert len(ipython.user_ns["df"]) == 2
        assert ipython.user_ns["exp"].id == base.id

    def test_next_page(self, cell, ipython, client, base):
        """When there is more, one line says the cursor, which gives the rest."""
        cell("first = %ax experiments list-runs base --dataset qa -l 1")
        first = ipython.user_ns["first"]
        cursor = first.attrs["next_cursor"]

        assert cell.shown == f"There is more: --cursor {cursor}\n"
        cell(f"second = %ax experiments list-runs base --dataset qa -l 1 --cursor {cursor}")
        second = ipython.user_ns["second"]
        assert {*first["id"], *second["id"]} == set(client.experiments.runs(base)["id"])
        assert second.attrs.get("next_cursor") is None
        assert cell.shown == ""

    @pytest.mark.parametrize("noun", ["experiments", "datasets", "projects", "annotation-configs"])
    def test_empty_list(self, cell, client, noun):
        """A listing without items has the columns, and the types of times, of one with items."""
        frame = cell(f"%ax {noun} list")

        assert len(frame) == 0
        assert {"name", "id", "created_at"} <= set(frame.columns)
        assert frame["created_at"].dtype.pyarrow_dtype == pa.timestamp("us", "UTC")

    def test_semicolon(self, cell, base):
        """A semicolon at the end shows nothing."""
        assert cell("%ax experiments list --dataset qa;") is None

    @pytest.mark.parametrize("comment", ["# it's what - or $frame means", "#x"])
    def test_comment(self, cell, ipython, base, comment):
        """What follows an unquoted `#` that begins a word is a comment, as in Python and in a shell."""
        cell(f"frame = %ax experiments list -n base {comment}")

        assert "" == cell.shown
        assert ["base"] == ipython.user_ns["frame"]["name"].tolist()

    def test_into(self, cell, ipython, base):
        """`--into` assigns and prints one line, in a loop too."""
        assert cell("for name in ['base']:\n    %ax experiments export $name --dataset qa --into df") is None

        assert cell.shown == f"df: 2 rows × {ipython.user_ns['df'].shape[1]} columns\n"
        assert cell("%ax experiments get base --dataset qa --into exp") is None
        assert cell.shown == "exp: Experiment 'base'\n"

    def test_into_on_failure(self, cell, ipython, base):
        """A line that fails leaves the variable as it was."""
        ipython.user_ns["df"] = "before"

        with pytest.raises(NotFoundError):
            cell("%ax experiments export nope --dataset qa --into df")

        assert ipython.user_ns["df"] == "before"

    def test_json_is_printed(self, cell, base):
        """`-o json` prints the official program's shape and returns nothing."""
        import json

        assert cell("%ax experiments list --dataset qa -o json") is None

        shown = json.loads(cell.shown)
        assert [one["name"] for one in shown["experiments"]] == ["base"]
        assert shown["pagination"] == {"has_more": False}

    def test_path_is_returned(self, cell, base, tmp_path):
        """`-o PATH` writes and returns the path."""
        path = cell(f"%ax experiments export base --dataset qa -o {tmp_path}/runs.parquet")

        assert path == tmp_path / "runs.parquet"
        assert len(pd.read_parquet(path)) == 2

    def test_export_writes_nothing(self, cell, base, tmp_path, monkeypatch):
        """In a notebook an export returns the frame and leaves no file; `--output-dir` writes the folder as
        well.
        """
        monkeypatch.chdir(tmp_path)

        frame = cell("%ax experiments export base --dataset qa")
        assert list(tmp_path.iterdir()) == []

        again = cell("%ax experiments export base --dataset qa --output-dir out")
        assert again.equals(frame)
        assert [path.name for path in (tmp_path / "out").glob("experiment_base_*/*")] == ["runs.json"]

    @pytest.mark.parametrize(
        "places",
        [
            "--stdout -o x.csv",
            "--output-dir out -o x.csv",
            "--output-dir out -o json",
            "--output-dir out --stdout",
        ],
    )
    def test_two_places(self, cell, base, tmp_path, monkeypatch, places):
        """An export that is sent to two places is refused before it is read, instead of one of them being
        forgotten.
        """
        monkeypatch.chdir(tmp_path)
        with pytest.raises(CommandError, match="name two places"):
            cell(f"%ax experiments export base --dataset qa {places}")

        assert list(tmp_path.iterdir()) == []

    def test_stdout_in_a_format(self, cell, base):
        """`--stdout -o csv` prints CSV."""
        cell("%ax experiments export base --dataset qa --stdout -o csv")

        assert cell.shown.startswith("id,example_id,output,")

    def test_nothing_to_assign(self, cell, ipython, base):
        """`--into` on a line that prints its result says that nothing was assigned."""
        cell("%ax experiments list --dataset qa -o json --into listed")

        assert "listed was not assigned" in cell.shown
        assert "listed" not in ipython.user_ns

    def test_body_that_nobody_reads(self, cell, client, base):
        """The rest of a cell that no `-f -` reads is refused before anything is done; a blank one is not."""
        with pytest.raises(CommandError, match="the rest of this cell would not be read"):
            cell("%%ax experiments delete base --dataset qa -f\nbase, and the other one")
        assert ["base"] == [one.name for one in client.experiments.list(dataset="qa")]

        cell("%%ax experiments list --dataset qa\n\n")
        assert "not read" not in cell.shown

    def test_quiet(self, cell, base):
        """`--quiet` keeps notices away; so does the setting for all lines."""
        cell("page = %ax experiments list-runs base --dataset qa -l 1 --quiet")
        assert cell.shown == ""

        cell("%config AxMagics.quiet = True")
        cell("page = %ax experiments list-runs base --dataset qa -l 1")
        assert cell.shown == ""


class TestInput:
    """What a line takes."""

    def test_frame(self, cell, ipython, client, dataset):
        """A DataFrame of the notebook becomes an experiment."""
        ipython.user_ns["df"] = (
            client.datasets.examples(dataset)[["id"]].rename(columns={"id": "example_id"}).assign(output="x")
        )

        made = cell("%ax experiments create -n v2 --dataset qa -f $df")

        assert made.name == "v2"
        assert len(client.experiments.runs(made)) == 2

    def test_cell_body(self, cell, client, dataset):
        """The body of `%%ax` is standard input, untouched: CSV, JSON with braces, dollar signs."""
        first, second = client.datasets.examples(dataset)["id"]
        cell(f"%%ax experiments create -n csv --dataset qa -f -\n{RUNS.format(first, second)}")
        cell(
            f'%%ax experiments create -n json --dataset qa -f -\n[{{"example_id": "{first}", "output": "{{x}}'
            ' $y"}]'
        )

        assert set(client.experiments.runs("csv", dataset=dataset)["output"]) == {"a, b", "=1+1"}
        assert list(client.experiments.runs("json", dataset=dataset)["output"]) == ["{x} $y"]

    def test_json_on_the_line(self, cell, client):
        """A JSON body on the line is not disturbed by IPython's own expansion."""
        cell("""%ax datasets create -n braces --json '[{"q": "{1+1} $HOME", "n": 1}]'""")

        assert list(client.datasets.examples("braces")["q"]) == ["{1+1} $HOME"]

    def test_local_variable_goes_first(self, cell, ipython, base):
        """A variable of the function goes before one of the notebook."""
        ipython.user_ns["which"] = "nope"

        cell(
            "def read():\n    which = 'base'\n    found = %ax experiments get $which --dataset qa\n    return"
            " found.name\nname = read()"
        )

        assert ipython.user_ns["name"] == "base"

    def test_attribute(self, cell, ipython, base):
        """`$exp.id` is the attribute."""
        ipython.user_ns["exp"] = base

        assert cell("%ax experiments get $exp.id").name == "base"

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("$nope", "'nope' is not defined"),
            ("$exq", r"'exq' is not defined. Did you mean \$exp\?"),
            ("$exp.nope", "has no 'nope'"),
        ],
    )
    def test_undefined(self, cell, ipython, line, said):
        """What is not there is named."""
        ipython.user_ns["exp"] = object()

        with pytest.raises(CommandError, match=said):
            cell(f"%ax experiments get {line}")


class TestErrors:
    """Errors are real errors of the kernel, in a line or two."""

    def test_short(self, cell, base):
        """The traceback is the message, and says what to type next."""
        with pytest.raises(NotFoundError):
            cell("%ax experiments get nope --dataset qa")

        lines = cell.shown.strip().splitlines()
        assert 1 <= len(lines) <= 2
        assert lines[0].startswith("NotFoundError: experiment 'nope' not found")
        assert "Traceback" not in cell.shown

    def test_verbose(self, cell, base):
        """`--verbose` leaves the traceback; so does the setting."""
        with pytest.raises(NotFoundError):
            cell("%ax experiments get nope --dataset qa --verbose")
        assert "Traceback" in cell.shown

        cell("%config AxMagics.short_errors = False")
        with pytest.raises(NotFoundError):
            cell("%ax experiments get nope --dataset qa")
        assert "Traceback" in cell.shown

    def test_python_keeps_its_traceback(self, client, dataset):
        """The same error raised to a Python caller has all of its frames; only what a notebook shows is
        shorter.
        """
        with pytest.raises(NotFoundError) as caught:
            client.experiments.get("nope", dataset=dataset)

        assert "lookup.py" in "".join(traceback.format_exception(caught.value))

    @pytest.mark.parametrize(
        "line", ["experiments get 'x", "experiments frobnicate", "nonsense", "experiments list --limit x"]
    )
    def test_lines_that_cannot_be_read(self, cell, line):
        """A broken line is an error of one or two lines, not a traceback."""
        with pytest.raises(CommandError):
            cell(f"%ax {line}")

        assert "Traceback" not in cell.shown
        assert len(cell.shown.strip().splitlines()) <= 2

    def test_wrong_key(self, cell, base, monkeypatch):
        """A 401 says which variable was used and where keys are made; the key itself is nowhere."""
        monkeypatch.setenv("ARIZE_API_KEY", "ak-wrong-0123456789-SECRET")

        with pytest.raises(AxError) as caught:
            cell("%ax experiments list")

        assert "ARIZE_API_KEY" in str(caught.value)
        assert "app.arize.com/admin" in str(caught.value)
        assert "SECRET" not in cell.shown + str(caught.value)

    def test_changed_environment_is_noticed(self, cell, base, monkeypatch):
        """A key that changes between two lines gives a new client; changing it back works again."""
        import os

        right = os.environ["ARIZE_API_KEY"]
        cell("%ax spaces list")
        monkeypatch.setenv("ARIZE_API_KEY", "wrong")
        with pytest.raises(AxError):
            cell("%ax spaces list")
        monkeypatch.setenv("ARIZE_API_KEY", right)

        assert len(cell("%ax spaces list")) >= 1

    def test_interrupt(self, cell, base, monkeypatch):
        """An interrupted line is a KeyboardInterrupt in one line."""
        import arize_nb.commands.root

        def interrupted(*_args):
            raise KeyboardInterrupt

        monkeypatch.setattr(arize_nb.commands.root, "run", interrupted)
        with pytest.raises(KeyboardInterrupt):
            cell("%ax experiments list")

        assert cell.shown.strip() == "KeyboardInterrupt"
