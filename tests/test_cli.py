"""`arize-nb` in a terminal: text out, exit statuses, nothing heavy for a list."""

from __future__ import annotations

import io
import json
import sys

import pytest

from arize_nb.cli import status_of

KEY = "ak-0123456789abcdef-SECRET"


@pytest.fixture
def ran(capsys):
    """Run a line; returns its status, `ran.out` and `ran.err` are what it said."""

    def run(*words, stdin=None):
        before = sys.stdin
        sys.stdin = io.StringIO(stdin if stdin is not None else "")
        try:
            status = status_of([str(word) for word in words])
        finally:
            sys.stdin = before
        run.out, run.err = capsys.readouterr()
        return status

    return run


@pytest.fixture
def dataset(client):
    """A dataset of two examples in the client's space."""
    return client.datasets.create(name="qa", examples=[{"question": "2+2"}, {"question": "3+3"}])


@pytest.fixture
def base(client, dataset):
    """An experiment over it."""
    ids = client.datasets.examples(dataset)["id"]
    runs = [
        {"example_id": one, "output": f"o{index}", "eval.acc.label": "correct", "model": "m"}
        for index, one in enumerate(ids)
    ]
    return client.experiments.create(name="base/1", runs=runs, dataset=dataset)


class TestOutput:
    """Data on standard output, everything else on standard error."""

    def test_table(self, ran, base):
        """A list is a table."""
        assert ran("experiments", "list", "--dataset", "qa") == 0

        assert "base/1" in ran.out
        assert base.id in ran.out
        assert ran.err == ""

    def test_json_shape(self, ran, base):
        """`-o json` has the official program's shape: the key of the reply, pagination, no nulls."""
        assert ran("experiments", "list", "--dataset", "qa", "-o", "json") == 0

        shown = json.loads(ran.out)
        assert set(shown) == {"experiments", "pagination"}
        assert shown["experiments"][0]["dataset_id"] == base.dataset_id
        assert None not in shown["experiments"][0].values()

    def test_runs_json_shape(self, ran, base):
        """`list-runs -o json` nests what is not reserved, as the official program does."""
        assert ran("experiments", "list-runs", base.id, "-o", "json", "-l", "1") == 0

        shown = json.loads(ran.out)
        run = shown["experiment_runs"][0]
        assert {"id", "example_id", "output", "additional_properties"} == set(run)
        assert run["additional_properties"] == {"eval.acc.label": "correct", "model": "m"}
        assert shown["pagination"]["has_more"] is True

    def test_csv(self, ran, base):
        """`-o csv` has a header and a row each."""
        assert ran("experiments", "list-runs", base.id, "-o", "csv") == 0

        head, *rows = ran.out.splitlines()
        assert {"id", "example_id", "output", "eval.acc.label", "model"} <= set(head.split(","))
        assert len(rows) == 2

    def test_cursor_is_said(self, ran, base):
        """A table that goes on says the cursor."""
        ran("experiments", "list-runs", base.id, "-l", "1")

        assert "--cursor" in ran.out

    def test_parquet_is_not_printed(self, ran, base):
        """Parquet on standard output is refused, status 5."""
        assert ran("experiments", "list", "-o", "parquet") == 5
        assert "-o FILE.parquet" in ran.err

    @pytest.mark.parametrize("ending", ["json", "csv", "parquet"])
    def test_file(self, ran, base, tmp_path, ending):
        """`-o FILE` writes and says so on standard error."""
        path = tmp_path / f"list.{ending}"

        assert ran("experiments", "list", "--dataset", "qa", "-o", path) == 0

        assert path.stat().st_size > 0
        assert str(path) in ran.err
        assert ran.out == ""

    def test_unknown_ending(self, ran):
        """An ending that says nothing is status 5."""
        assert ran("spaces", "list", "-o", "list.xlsx") == 5

    def test_profile_format(self, ran, client, monkeypatch):
        """The profile's output format is the default."""
        from arize_nb import config
        from arize_nb.commands.official import official_profile

        stored = official_profile(client.connection, name="mine") | {"output": {"format": "json"}}
        config.write_profile("mine", stored)
        monkeypatch.setenv("ARIZE_PROFILE", "mine")

        assert ran("spaces", "list") == 0
        assert "spaces" in json.loads(ran.out)
        assert ran("spaces", "list", "-o", "csv") == 0
        assert ran.out.startswith("name,id") or ran.out.startswith("id,name")


class TestExport:
    """`experiments export` and `datasets export` as the official program does them."""

    def test_folder(self, ran, base, tmp_path, monkeypatch):
        """The folder is named after what was asked for, slashes replaced; the JSON is nested."""
        monkeypatch.chdir(tmp_path)

        assert ran("experiments", "export", "base/1", "--dataset", "qa") == 0

        (path,) = tmp_path.glob("experiment_base_1_*/runs.json")
        runs = json.loads(path.read_text())
        assert {run["evaluations"]["acc"]["label"] for run in runs} == {"correct"}
        assert ran.out == ""
        assert str(path.name) in ran.err

    def test_stdout(self, ran, base):
        """`--stdout` prints the array and writes nothing."""
        assert ran("experiments", "export", base.id, "--stdout") == 0

        assert len(json.loads(ran.out)) == 2

    def test_dataset(self, ran, dataset, tmp_path):
        """Examples are flat, as the document's infer.py reads them."""
        assert ran("datasets", "export", "qa", "--output-dir", tmp_path) == 0

        (path,) = tmp_path.glob("dataset_qa_*/examples.json")
        assert [example["question"] for example in json.loads(path.read_text())] == ["2+2", "3+3"]

    def test_flat_formats_make_no_records(self, ran, base, monkeypatch):
        """CSV goes from the table into the file."""
        monkeypatch.setattr("arize_nb.frames.nested_records", None)

        assert ran("experiments", "export", base.id, "-o", "csv") == 0
        assert ran.out.startswith("id,example_id,output,error,")

    def test_page_of_a_dataset(self, ran, dataset):
        """A page of examples has the very records of the whole export."""
        assert ran("datasets", "export", "qa", "--stdout") == 0
        whole = ran.out
        assert ran("datasets", "export", "qa", "--stdout", "--limit", "500") == 0

        assert whole == ran.out

    def test_nothing_is_left_of_a_failure(self, ran, dataset, tmp_path):
        """An export that fails leaves no folder."""
        assert ran("experiments", "export", "nope", "--dataset", "qa", "--output-dir", tmp_path / "new") == 4

        assert list(tmp_path.iterdir()) == []

    def test_unwritable(self, ran, base, tmp_path):
        """A folder that cannot be made is status 5."""
        (tmp_path / "file").write_text("")

        assert ran("experiments", "export", base.id, "--output-dir", tmp_path / "file") in (2, 5)

    def test_round_trip(self, ran, client, base, tmp_path):
        """What was exported creates an equal experiment, in every format."""
        import pandas as pd

        before = client.experiments.runs(base).drop(columns="id").sort_values("example_id", ignore_index=True)
        for ending in ("json", "jsonl", "csv", "parquet"):
            path = tmp_path / f"runs.{ending}"
            assert ran("experiments", "export", base.id, "-o", path) == 0
            assert ran("experiments", "create", "-n", ending, "--dataset", "qa", "-f", path) == 0
            after = (
                client.experiments.runs(ending, dataset="qa")
                .drop(columns="id")
                .sort_values("example_id", ignore_index=True)
            )
            pd.testing.assert_frame_equal(after[before.columns], before)


class TestStatuses:
    """wire.md 5.1."""

    @pytest.mark.parametrize(
        ("words", "status"),
        [
            ((), 0),
            (("--version",), 0),
            (("experiments", "export", "--help"), 0),
            (("experiments", "frobnicate"), 2),
            (("experiments", "list", "--nope"), 2),
            (("experiments", "create", "-n", "x"), 2),
            (("experiments", "pick"), 2),
            (("spaces", "list", "--into", "x"), 2),
            (("spaces", "list", "--profile", "nope"), 1),
            (("experiments", "create", "-n", "x", "--dataset", "qa", "-f", "missing.json"), 5),
            (("experiments", "get", "nope", "--dataset", "qa"), 4),
            (("experiments", "list", "--dataset", "nope"), 4),
            (("datasets", "delete", "qa"), 1),
        ],
    )
    def test_status(self, ran, dataset, words, status):
        """Each kind of failure has the official program's status and one line on standard error."""
        assert ran(*words) == status

        if status:
            assert "✗ Error: " in ran.err
            assert ran.err.count("\n") <= 2
            assert ran.out == ""

    def test_hints_are_for_here(self, ran, dataset):
        """A hint names arize-nb, not the magic."""
        ran("experiments", "get", "nope", "--dataset", "qa")

        assert "arize-nb experiments list" in ran.err
        assert "%ax" not in ran.err

    def test_wrong_key(self, ran, dataset, monkeypatch):
        """A 401 is status 4, says which variable and where keys are made, and shows no key."""
        monkeypatch.setenv("ARIZE_API_KEY", KEY)

        assert ran("experiments", "list") == 4

        assert "ARIZE_API_KEY" in ran.err
        assert "https://app.arize.com/admin" in ran.err
        assert KEY not in ran.err

    def test_no_service(self, ran, monkeypatch):
        """Nothing at the address is status 4."""
        for name, value in {
            "API_KEY": "k",
            "API_HOST": "127.0.0.1",
            "API_PORT": "9",
            "API_SCHEME": "http",
        }.items():
            monkeypatch.setenv(f"ARIZE_{name}", value)

        assert ran("spaces", "list") == 4

    def test_declined(self, ran, client, dataset):
        """Declining is status 0 and changes nothing; agreeing deletes."""
        assert ran("datasets", "delete", "qa", stdin="n\n") == 0
        assert len(client.datasets.list()) == 1
        assert ran("datasets", "delete", "qa", stdin="y\n") == 0
        assert len(client.datasets.list()) == 0

    def test_unanswered(self, ran, client, dataset):
        """A question that nobody answers is an error on a line of its own that names the flag; nothing is
        changed.
        """
        assert ran("datasets", "delete", "qa", stdin="") == 1

        question, error = ran.err.rstrip().split("\n")
        assert question.endswith("[y/N] ")
        assert error.startswith("✗ Error: ")
        assert "--force" in error
        assert len(client.datasets.list()) == 1

    def test_gate(self, ran, client, base, dataset):
        """`--fail-on-regression` shows the comparison and ends with 10."""
        ids = client.datasets.examples(dataset)["id"]
        runs = [{"example_id": one, "output": "w", "eval.acc.label": "incorrect"} for one in ids]
        client.experiments.create(name="worse", runs=runs, dataset=dataset)

        assert (
            ran("experiments", "compare", "base/1", "worse", "--dataset", "qa", "--fail-on-regression", "0")
            == 10
        )
        assert "acc" in ran.out
        assert ran.err.startswith("✗ Error: ")
        assert (
            ran("experiments", "compare", "base/1", "worse", "--dataset", "qa", "--fail-on-regression", "2")
            == 0
        )

    def test_interrupt(self, ran, monkeypatch):
        """Ctrl-C is 130."""
        import arize_nb.cli

        def interrupted(*_args):
            raise KeyboardInterrupt

        monkeypatch.setattr(arize_nb.cli, "run", interrupted)

        assert ran("spaces", "list") == 130

    def test_an_interrupted_run_says_how_to_go_on(self, ran, dataset, tmp_path):
        """What is kept, and the option to type here; the finished run is shown with its metrics
        and failures.
        """
        (tmp_path / "work.py").write_text(
            "import pathlib, _thread, time\n"
            f"mark = pathlib.Path({str(tmp_path / 'mark')!r})\n"
            "def task(input):\n"
            "    if input == '3+3' and not mark.exists():\n"
            "        mark.touch(); _thread.interrupt_main(); time.sleep(10)\n"
            "    return eval(input)\n"
            "def big(output):\n"
            "    return output > 4\n"
        )
        line = [
            "experiments",
            "run",
            "-n",
            "sums",
            "--dataset",
            dataset.id,
            "--task",
            tmp_path / "work.py",
            "-c",
            1,
        ]
        line += ["--evaluator", f"{tmp_path / 'work.py'}:big"]
        status = ran(*line)
        said = ran.err

        assert (130, True) == (status, "Interrupted. 1 of 2 runs are kept on disk" in said)
        assert said.rstrip().endswith("Go on where it stopped: --resume")
        assert ran(*line, "--resume") == 0
        assert "2 of 2 completed" in ran.out
        assert "big          2   0.5  False: 1, True: 1       0" in ran.out

    def test_unexpected(self, ran, monkeypatch):
        """A bug is one line and status 1; --verbose has the traceback."""
        import arize_nb.commands.nouns.spaces

        monkeypatch.setattr(
            arize_nb.commands.nouns.spaces.command.commands["list"], "callback", lambda **_: 1 / 0
        )

        assert ran("spaces", "list") == 1
        assert "Traceback" not in ran.err
        ran("spaces", "list", "--verbose")
        assert "ZeroDivisionError" in ran.err


class TestStdin:
    """`-f -`."""

    @pytest.mark.parametrize("name", ["-", "/dev/stdin", "stdin"])
    def test_json(self, ran, client, dataset, name):
        """Runs come from standard input."""
        first = client.datasets.examples(dataset)["id"][0]

        assert (
            ran(
                "experiments",
                "create",
                "-n",
                "x",
                "--dataset",
                "qa",
                "-f",
                name,
                stdin=json.dumps([{"example_id": first, "output": "o"}]),
            )
            == 0
        )
        assert len(client.experiments.runs("x", dataset="qa")) == 1

    def test_empty(self, ran, dataset):
        """An empty standard input is a file error."""
        assert ran("experiments", "create", "-n", "x", "--dataset", "qa", "-f", "-", stdin="") == 5


def test_outputs_are_made_safe(ran, client, dataset):
    """Control characters of a model's output do not reach the terminal."""
    first = client.datasets.examples(dataset)["id"][0]
    client.experiments.create(
        name="hostile", runs=[{"example_id": first, "output": "\x1b[2J\x07 bye"}], dataset=dataset
    )

    assert ran("experiments", "list-runs", "hostile", "--dataset", "qa") == 0

    assert "\x1b" not in ran.out
    assert "bye" in ran.out


HOSTILE = "\x1b[31mRED\x1b]0;pwned\x07\x9b2J\u202e"
"""A name that would colour, rename and clear a terminal, and turn what follows around."""


def test_hostile_names_reach_neither_terminal_nor_file_system(ran, client, dataset, tmp_path, monkeypatch):
    """The default name of an export, and what is said of it, hold no character that acts."""
    monkeypatch.chdir(tmp_path)
    first = client.datasets.examples(dataset)["id"][0]
    client.experiments.create(name=HOSTILE, runs=[{"example_id": first, "output": "o"}], dataset=dataset)

    assert ran("experiments", "export", HOSTILE, "--dataset", "qa") == 0
    assert ran("experiments", "get", f"{HOSTILE}?", "--dataset", "qa") == 4

    (folder,) = (path.name for path in tmp_path.iterdir())
    assert folder.isprintable()
    assert folder.startswith("experiment__[31mRED_]0;pwned__2J__")
    assert all(character.isprintable() or character == "\n" for character in ran.err)


def test_deleting_examples_without_asking(ran, client, dataset):
    """`-f` means `--force`, as in the other commands that delete."""
    found = client.datasets.get(dataset)
    first = client.datasets.examples(dataset)["id"][0]

    assert (
        ran(
            "datasets",
            "delete-examples",
            "qa",
            "--version-id",
            found.versions[0].id,
            "--example-ids",
            json.dumps([first]),
            "-f",
        )
        == 0
    )
    assert first not in list(client.datasets.examples(dataset)["id"])
