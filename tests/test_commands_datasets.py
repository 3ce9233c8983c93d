"""`datasets`, `annotation-configs`, `spaces` and `projects` on a real service."""

from __future__ import annotations

import json

import pytest

from arize_nb.commands.line.session import Session
from arize_nb.commands.output.deliver import deliver
from arize_nb.commands.root import run
from arize_nb.errors import AxError, CommandError, NotFoundError


@pytest.fixture
def said():
    """What the user was told."""
    return []


@pytest.fixture
def line(client, said):
    """Run a line as a notebook does, with variables by keyword."""

    def ran(*words, **variables):
        session = Session(
            program="%ax",
            in_notebook=True,
            notify=said.append,
            lookup=variables.__getitem__,
            connect=lambda _profile, _notice: client,
        )
        return deliver(run([str(word) for word in words], session), session)

    return ran


@pytest.fixture
def dataset(line):
    """A dataset of two examples."""
    return line("datasets", "create", "-n", "qa", "--json", '[{"q": "a", "n": 1}, {"q": "b", "n": 2}]')


def ids_of(client, which="qa"):
    """Return the ids of a dataset's examples."""
    return list(client.datasets.examples(which)["id"])


class TestDatasets:
    """The commands of a dataset."""

    def test_create_from_a_file(self, line, client, tmp_path):
        """Examples come from a file too."""
        path = tmp_path / "examples.csv"
        path.write_text("q,n\nx,1\n")

        made = line("datasets", "create", "-n", "file", "-f", path, "-s", client.space)

        assert list(client.datasets.examples(made)["q"]) == ["x"]

    def test_list(self, line, dataset):
        """The list filters by a part of the name."""
        assert [one.name for one in line("datasets", "list", "-n", "Q")] == ["qa"]
        assert len(line("datasets", "list", "-n", "zzz")) == 0

    def test_get(self, line, dataset):
        """A dataset has its versions."""
        assert line("datasets", "get", "qa").versions == dataset.versions
        assert line("datasets", "get", dataset.id) == line("datasets", "get", "qa")

    def test_export(self, line, dataset):
        """All examples are a frame; --limit and --cursor read a page; --filter keeps some."""
        assert list(line("datasets", "export", "qa")["q"]) == ["a", "b"]
        assert list(line("datasets", "export", "qa", "--filter", "n > 1")["q"]) == ["b"]

    def test_export_to_a_folder(self, line, client, tmp_path, capsys):
        """With --output-dir the folder has what --stdout prints: flat, lists and objects too."""
        examples = [
            {"q": "a", "tags": ["x", "y"], "deep": {"k": [1]}},
            {"q": None, "tags": [], "deep": {"k": []}},
        ]
        client.datasets.create(name="deep", examples=examples)

        frame = line("datasets", "export", "deep", "--output-dir", tmp_path)

        (path,) = tmp_path.glob("dataset_deep_*/examples.json")
        capsys.readouterr()
        line("datasets", "export", "deep", "--stdout")
        assert json.loads(path.read_text()) == json.loads(capsys.readouterr().out)
        assert len(frame) == 2

    def test_export_a_page(self, line, dataset, said):
        """A page says the cursor of the next one."""
        first = line("datasets", "export", "qa", "--limit", 1)
        cursor = said[-1].rpartition(" ")[2]
        second = line("datasets", "export", "qa", "--limit", 1, "--cursor", cursor)

        assert [*first["q"], *second["q"]] == ["a", "b"]
        assert "--cursor" in said[-1]

    def test_export_a_version(self, line, client, dataset):
        """--version-id reads an older version."""
        first = ids_of(client)[0]
        line(
            "datasets",
            "update-examples",
            "qa",
            "--json",
            json.dumps([{"id": first, "q": "new"}]),
            "--new-version",
            "v2",
        )

        assert list(line("datasets", "export", "qa", "--version-id", dataset.versions[0].id)["q"]) == [
            "a",
            "b",
        ]
        assert set(line("datasets", "export", "qa")["q"]) == {"new", "b"}

    def test_rename(self, line, client, dataset):
        """`update` renames."""
        assert line("datasets", "update", "qa", "--name", "renamed").name == "renamed"
        with pytest.raises(NotFoundError):
            line("datasets", "get", "qa")

    def test_append(self, line, client, dataset):
        """`append` adds examples, from JSON or a variable."""
        receipt = line("datasets", "append", "qa", "--json", '{"q": "c"}')
        line("datasets", "append", "qa", "-f", "$more", more=[{"q": "d"}, {"q": "e"}])

        assert len(receipt.example_ids) == 1
        assert set(client.datasets.examples("qa")["q"]) == {"a", "b", "c", "d", "e"}

    def test_update_examples(self, line, client, dataset):
        """`update-examples` changes by id, keeps what is left out, and names ids that are not there."""
        first = ids_of(client)[0]

        receipt = line(
            "datasets",
            "update-examples",
            "qa",
            "--json",
            json.dumps([{"id": first, "q": "new"}, {"id": "nope", "q": "x"}]),
        )

        assert receipt.example_ids == (first,)
        assert receipt.unmatched == ("nope",)
        frame = client.datasets.examples("qa").set_index("id")
        assert (frame.loc[first, "q"], frame.loc[first, "n"]) == ("new", 1)

    def test_delete_examples(self, line, client, dataset):
        """`delete-examples` deletes from a version."""
        first, second = ids_of(client)

        receipt = line(
            "datasets",
            "delete-examples",
            "qa",
            "--version-id",
            dataset.versions[0].id,
            "--example-ids",
            json.dumps([first]),
            "--force",
        )

        assert receipt.deleted == (first,)
        assert ids_of(client) == [second]

    def test_annotate_examples(self, line, client, dataset):
        """`annotate-examples` writes, makes a config when told to, and names what it did not find."""
        first = ids_of(client)[0]
        rows = [
            {"record_id": first, "name": "quality", "label": "good"},
            {"record_id": "nope", "name": "quality", "label": "good"},
        ]

        with pytest.raises(AxError, match="quality"):
            line("datasets", "annotate-examples", "qa", "-f", "$rows", rows=rows)
        receipt = line("datasets", "annotate-examples", "qa", "-f", "$rows", "--create-configs", rows=rows)

        assert (receipt.written, receipt.unmatched, receipt.created_configs) == (1, ("nope",), ("quality",))

    def test_delete(self, line, client, dataset):
        """`delete` takes the dataset away."""
        line("datasets", "delete", "qa", "-f")

        assert len(client.datasets.list()) == 0


class TestConfigs:
    """`annotation-configs`."""

    @pytest.mark.parametrize(
        "words", [("create", "categorical"), ("create", "--type", "categorical"), ("create", "CATEGORICAL")]
    )
    def test_categorical(self, line, words):
        """The type is an argument, as in the official program, or an option; labels may carry scores."""
        made = line(
            "annotation-configs",
            *words,
            "-n",
            "q",
            "--value",
            "good=1",
            "--value",
            "bad",
            "--optimization-direction",
            "MAXIMIZE",
        )

        assert made.type == "CATEGORICAL"
        assert [(one.label, one.score) for one in made.values] == [("good", 1.0), ("bad", None)]
        assert made.optimization_direction == "MAXIMIZE"

    def test_continuous(self, line):
        """A scale has its ends."""
        made = line(
            "annotation-configs", "create", "continuous", "-n", "s", "--min-score", "0", "--max-score", "1"
        )

        assert (made.type, made.minimum_score, made.maximum_score) == ("CONTINUOUS", 0.0, 1.0)

    def test_freeform(self, line):
        """Free text needs nothing more."""
        assert line("annotation-configs", "create", "freeform", "-n", "t").type == "FREEFORM"

    def test_without_a_type(self, line):
        """A type that is missing is named."""
        with pytest.raises(CommandError, match="categorical"):
            line("annotation-configs", "create", "-n", "t")

    def test_life(self, line):
        """List, get, delete."""
        line("annotation-configs", "create", "freeform", "-n", "t")

        assert [one.name for one in line("annotation-configs", "list")] == ["t"]
        assert line("annotation-configs", "get", "t").name == "t"
        line("annotation-configs", "delete", "t", "-f")
        assert len(line("annotation-configs", "list")) == 0


def test_spaces(line, client):
    """Spaces are listed and shown by name."""
    assert client.space in [one.name for one in line("spaces", "list", "-n", client.space)]
    assert line("spaces", "get", client.space).name == client.space


def test_projects(line):
    """Projects are listed; one that is not there is not found."""
    assert len(line("projects", "list")) == 0
    with pytest.raises(NotFoundError):
        line("projects", "get", "nope")
