"""`%ax` from start to end: the local workspace, questions, comparisons, a real kernel."""

from __future__ import annotations

import pytest

from arize_nb.errors import ConfirmationError


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


class TestLocal:
    """The local workspace, where nothing else is configured."""

    def test_first_use_is_said_once(self, cell, workspace_env, monkeypatch):
        """The first use says that the local workspace answers and how to connect to Arize; the second says
        nothing.
        """
        import threading

        monkeypatch.setattr("arize_nb.client._told_of_local", threading.Event())

        cell("spaces = %ax spaces list")
        assert cell.shown.count("\n") == 1
        assert "local workspace" in cell.shown
        assert "%ax profiles create" in cell.shown
        cell("spaces = %ax spaces list")
        assert cell.shown == ""

    def test_another_folder_is_another_workspace(self, cell, ipython, workspace_env, monkeypatch, tmp_path):
        """A folder chosen between two lines is noticed."""
        from arize_nb import workspace

        cell("first = %ax server start --quiet")
        monkeypatch.setenv("ARIZE_NB_DATA_DIR", str(tmp_path / "other"))
        cell("%ax datasets create -n here --json '[{\"a\": 1}]';")
        try:
            assert [path.name for path in tmp_path.iterdir()] == ["other"]
        finally:
            workspace.stop()

    def test_server_commands_mask(self, cell, ipython, workspace_env):
        """No key appears in what the server commands show or return in a notebook."""
        from arize_nb import workspace

        seen = ""
        for line in ("server start", "server status", "server status --json", "profiles show", "server env"):
            seen += repr(cell(f"%ax {line}")) + cell.shown

        assert workspace.status().api_key not in seen


class TestQuestions:
    """Deleting asks with input()."""

    def test_answered(self, cell, client, base, monkeypatch):
        """A yes deletes, anything else does not."""
        monkeypatch.setattr("builtins.input", lambda _prompt: "n")
        cell("%ax experiments delete base --dataset qa")
        assert cell.shown == "Nothing was changed.\n"

        monkeypatch.setattr("builtins.input", lambda _prompt: "y")
        cell("%ax experiments delete base --dataset qa")
        assert len(client.experiments.list(dataset="qa")) == 0

    def test_nobody_there(self, cell, client, base):
        """Without anybody to answer it is an error that names the flag."""
        with pytest.raises(ConfirmationError, match="--force"):
            cell("%ax experiments delete base --dataset qa")

        assert len(client.experiments.list(dataset="qa")) == 1


class TestCompare:
    """`%ax experiments compare`."""

    @pytest.fixture
    def worse(self, client, dataset, base):
        """A candidate that got one example wrong."""
        ids = client.datasets.examples(dataset)["id"]
        runs = [{"example_id": one, "output": "w", "eval.acc.score": 0.0} for one in ids]
        return client.experiments.create(name="worse", runs=runs, dataset=dataset)

    def test_value(self, cell, worse):
        """It returns a Comparison."""
        compared = cell("%ax experiments compare base worse --dataset qa")

        assert list(compared.summary["regressions"]) == [1]

    def test_gate(self, cell, worse):
        """`--fail-on-regression` is a kernel error that names the examples, after the
        comparison was shown.
        """
        from arize_nb import RegressionError

        with pytest.raises(RegressionError):
            cell("%ax experiments compare base worse --dataset qa --fail-on-regression 0")
        assert cell("%ax experiments compare base worse --dataset qa --fail-on-regression 1") is not None


KERNEL_CELLS = [
    ("%load_ext arize_nb", None),
    ("%ax experiments get nope --dataset nothing", "NotFoundError"),
    ("%ax datasets delete qa", "ConfirmationError"),
    ("%ax experiments frobnicate", "CommandError"),
]


@pytest.mark.kernel
def test_kernel_errors(client, dataset):
    """In a real kernel that allows no input, errors are error messages with one or two lines, and a question
    never waits.
    """
    from jupyter_client.manager import start_new_kernel

    manager, kernel = start_new_kernel(startup_timeout=60)
    try:
        for source, expected in KERNEL_CELLS:
            messages = []
            reply = kernel.execute_interactive(
                source, allow_stdin=False, timeout=60, output_hook=messages.append
            )
            errors = [message["content"] for message in messages if message["msg_type"] == "error"]

            assert [one["ename"] for one in errors] == ([expected] if expected else [])
            assert reply["content"]["status"] == ("error" if expected else "ok")
            assert all(1 <= len(one["traceback"]) <= 2 for one in errors)
    finally:
        kernel.stop_channels()
        manager.shutdown_kernel(now=True)


class TestBar:
    """The progress bar of an export."""

    @pytest.fixture
    def drawn(self, monkeypatch):
        """What bars show, from the start of the work."""
        import functools

        from arize_nb import progress

        lines = []

        class Face:
            def draw(self, bar, *, final):
                lines.append(repr(bar).partition(", took")[0] if final else bar.label)

        monkeypatch.setattr(progress, "_face", Face)
        monkeypatch.setattr(progress, "bar", functools.partial(progress.bar, delay_s=0))
        return lines

    @pytest.mark.parametrize(
        ("words", "labels", "last"),
        [
            ("", ["Reading base"], "Reading base: 2 runs"),
            ("--all", ["Reading base"], "Reading base: 2 runs"),
            ("-o x.parquet", ["Reading base"], "Reading base: 2 runs"),
            ("-o csv", ["Reading base"], "Reading base: 2 runs"),
            ("--stdout", ["Reading base"], "Writing base: 2 of 2 runs"),
            ("-o x.json", ["Reading base"], "Writing base: 2 of 2 runs"),
            ("--quiet", [], None),
        ],
    )
    def test_export(self, cell, base, drawn, tmp_path, monkeypatch, words, labels, last):
        """One bar counts what is read, then what is written; none with --quiet."""
        monkeypatch.chdir(tmp_path)
        cell(f"%ax experiments export base --dataset qa {words};")

        assert drawn[:-1][:1] == labels  # a slow machine draws more often
        assert drawn[-1:] == ([last] if last else [])

    def test_compare(self, cell, base, drawn):
        """A comparison counts the runs of all sides in one bar."""
        cell("%ax experiments compare base base --dataset qa;")

        assert drawn[-1] == "Reading runs to compare: 4 runs"

    def test_dataset(self, cell, base, drawn):
        """Examples have one too."""
        cell("%ax datasets export qa;")

        assert drawn[-1] == "Reading qa: 2 examples"
