"""Datasets and their examples: what arrives, versions, changes, annotations; annotation configs."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest

from arize_nb.errors import ColumnError, ConflictError, FlightUnavailableError, InputError, NotFoundError
from arize_nb.models import AnnotationValue


@pytest.fixture
def dataset(client):
    """A dataset with three examples."""
    return client.datasets.create(
        name="qa", examples=[{"question": f"q{index}", "n": index} for index in range(3)]
    )


class TestCreate:
    """A new dataset."""

    def test_types(self, client):
        """Values come back with their types over REST."""
        client.datasets.create(
            name="d", examples=[{"text": "007", "n": 7, "x": 1.0, "flag": True, "none": None}]
        )
        frame = client.datasets.examples("d")
        dtypes = {name: str(frame[name].dtype) for name in ("text", "n", "x", "flag")}

        assert {
            "text": "string[pyarrow]",
            "n": "int64[pyarrow]",
            "x": "double[pyarrow]",
            "flag": "bool[pyarrow]",
        } == dtypes
        assert ["id", "created_at", "updated_at"] == [
            name for name in frame.columns if name in ("id", "created_at", "updated_at")
        ]
        assert "datetime" in str(frame["created_at"].dtype.type) or "timestamp" in str(
            frame["created_at"].dtype
        )

    def test_own_ids(self, client):
        """Examples with an id keep it: they go over Flight."""
        client.datasets.create(name="d", examples=pd.DataFrame({"id": ["b", "a"], "q": [1, 2]}))

        assert {"a": 2, "b": 1} == dict(
            zip(*(client.datasets.examples("d")[name] for name in ("id", "q")), strict=True)
        )

    def test_many(self, client):
        """More than 1000 examples go over Flight."""
        client.datasets.create(name="d", examples=pa.table({"q": range(1500)}))

        assert list(range(1500)) == sorted(client.datasets.examples("d")["q"])

    def test_blocked_flight(self, client, monkeypatch):
        """Where Flight is blocked, REST takes any number of examples, but none with ids of their own."""
        blocked = FlightUnavailableError("Flight does not answer", address="x")

        def refuse(*args, **settings):
            raise blocked

        monkeypatch.setattr(client.flight, "put", refuse)
        made = client.datasets.create(name="d", examples=pa.table({"q": range(2300)}))

        assert 2300 == len(list(client.datasets.iter_records(made, transport="rest")))
        assert ["Flight does not answer: sending over REST instead, which is slower."] == client.notices
        with pytest.raises(FlightUnavailableError):
            client.datasets.create(name="e", examples=[{"id": "a", "q": 1}])

    @pytest.mark.parametrize("examples", [[], [{}], [{"id": "a"}], pd.DataFrame(), pd.DataFrame({"q": []})])
    def test_empty(self, client, examples):
        """No examples, or examples without a column of their own, are refused and nothing is made."""
        with pytest.raises((InputError, ColumnError)):
            client.datasets.create(name="d", examples=examples)

        assert 0 == len(client.datasets.list())

    @pytest.mark.parametrize("count", [1, 1500])
    def test_taken_name(self, client, dataset, count):
        """A name that is taken is a conflict over either transport."""
        with pytest.raises(ConflictError):
            client.datasets.create(name="qa", examples=[{"q": index} for index in range(count)])

        assert 3 == len(client.datasets.examples("qa"))

    def test_from_a_file(self, client, tmp_path):
        """A file will do."""
        path = tmp_path / "examples.csv"
        path.write_text("question,n\nwhy,1\n")
        client.datasets.create(name="d", examples=path)

        assert [("why", 1)] == list(
            zip(*(client.datasets.examples("d")[name] for name in ("question", "n")), strict=True)
        )


class TestExamples:
    """Reading examples."""

    def test_page(self, client, dataset):
        """Pages hold flat records and lead on."""
        first = client.datasets.examples_page(dataset, limit=2)
        second = client.datasets.examples_page(dataset, limit=2, cursor=first.next_cursor)

        assert ["q0", "q1", "q2"] == [record["question"] for record in (*first, *second)]
        assert second.next_cursor is None

    def test_records(self, client, dataset):
        """Records are flat, as the document's scripts read them."""
        assert ["q0", "q1", "q2"] == [record["question"] for record in client.datasets.iter_records("qa")]

    def test_filter(self, client, dataset):
        """A filter keeps what it says."""
        assert ["q2"] == list(client.datasets.examples(dataset, filter="n >= 2")["question"])

    def test_attributes(self, client, dataset):
        """A frame remembers its dataset."""
        attributes = client.datasets.examples(dataset).attrs["arize"]

        assert (dataset.id, "qa") == (attributes["dataset_id"], attributes["dataset"])


class TestChanges:
    """Append, update, delete: receipts that say what was done."""

    def test_append(self, client, dataset):
        """The receipt has the new ids in the order given; the version stays."""
        receipt = client.datasets.append("qa", [{"question": "a"}, {"question": "b"}])
        frame = client.datasets.examples("qa").set_index("id")

        assert ["a", "b"] == [frame["question"][value] for value in receipt.example_ids]
        assert dataset.versions[0].id == receipt.dataset_version_id

    def test_append_many(self, client, dataset):
        """More than a request holds goes in several."""
        assert 1200 == len(
            set(
                client.datasets.append(
                    dataset, [{"question": str(index)} for index in range(1200)]
                ).example_ids
            )
        )

    def test_append_with_ids(self, client, dataset):
        """Ids are not given to an append."""
        with pytest.raises(InputError, match="ids from the service"):
            client.datasets.append(dataset, [{"id": "a", "question": "b"}])

    def test_update(self, client, dataset):
        """Fields that are left out stay, new ones are added, an explicit null clears."""
        ids = list(client.datasets.examples(dataset)["id"])
        client.datasets.update_examples(
            dataset, [{"id": ids[0], "question": "new"}, {"id": ids[1], "n": None, "extra": "x"}]
        )
        rows = client.datasets.examples(dataset).set_index("id")

        assert ("new", 0) == (rows["question"][ids[0]], rows["n"][ids[0]])
        assert ("q1", True, "x") == (
            rows["question"][ids[1]],
            bool(pd.isna(rows["n"][ids[1]])),
            rows["extra"][ids[1]],
        )

    def test_update_names_the_unmatched(self, client, dataset):
        """Ids that the dataset does not have are named."""
        ids = list(client.datasets.examples(dataset)["id"])
        receipt = client.datasets.update_examples(dataset, [{"id": "nope", "n": 1}, {"id": ids[0], "n": 1}])

        assert (("nope",), (ids[0],)) == (receipt.unmatched, receipt.example_ids)
        assert "1 of 2 ids are not in dataset 'qa'" in client.notices[-1]

    @pytest.mark.parametrize(
        ("records", "says"), [([{"n": 1}], "no id"), ([{"id": "a", "n": 1}, {"id": "a", "n": 2}], "twice")]
    )
    def test_update_needs_ids(self, client, dataset, records, says):
        """Each change names one example."""
        with pytest.raises(InputError, match=says):
            client.datasets.update_examples(dataset, records)

    def test_versions(self, client, dataset):
        """A change into a new version leaves the old one as it was; both are found by name and by id."""
        first = dataset.versions[0]
        ids = list(client.datasets.examples(dataset)["id"])
        receipt = client.datasets.update_examples(
            dataset, [{"id": ids[0], "question": "new"}], new_version="v-two"
        )
        versions = client.datasets.get(dataset).versions

        assert [receipt.dataset_version_id, first.id] == [version.id for version in versions]
        for version in ("v-two", receipt.dataset_version_id, None):
            assert "new" in set(client.datasets.examples(dataset, version=version)["question"])
        for version in (first.id, first.name):
            assert "q0" in set(client.datasets.examples(dataset, version=version)["question"])

    def test_a_version_in_which_nothing_changed_is_told(self, client, dataset):
        """No id matches: the service makes the version all the same, and this is said."""
        receipt = client.datasets.update_examples(
            dataset, [{"id": "nowhere", "question": "new"}], new_version="v-empty"
        )

        assert ("nowhere",) == receipt.unmatched
        assert "Version 'v-empty' was made all the same" in client.notices[-1]

    def test_unknown_version(self, client, dataset):
        """An unknown version comes with those that there are."""
        with pytest.raises(NotFoundError, match=f"newest first: {dataset.versions[0].name}"):
            client.datasets.examples(dataset, version="nope")

    def test_delete_examples(self, client, dataset):
        """What is gone, and what never was, is said."""
        ids = list(client.datasets.examples(dataset)["id"])
        receipt = client.datasets.delete_examples("qa", [ids[0], ids[0], "nope"])

        assert (ids[0],) == receipt.deleted
        assert 2 == len(client.datasets.examples("qa"))

    @pytest.mark.parametrize("ids", [[], [""], [1], [None]])
    def test_delete_needs_ids(self, client, dataset, ids):
        """Ids are texts."""
        with pytest.raises(InputError):
            client.datasets.delete_examples(dataset, ids)

    def test_rename(self, client, dataset):
        """A dataset takes a new name, unless it is taken."""
        client.datasets.create(name="other", examples=[{"q": 1}])

        assert "new" == client.datasets.rename("qa", "new").name
        with pytest.raises(ConflictError):
            client.datasets.rename("new", "other")

    def test_delete(self, client, dataset):
        """A deleted dataset is gone."""
        client.datasets.delete("qa")

        assert [] == list(client.datasets.iter())

    def test_annotate(self, client, dataset):
        """Examples are annotated by their ids."""
        ids = list(client.datasets.examples(dataset)["id"])
        annotations = [
            {"record_id": ids[0], "name": "tone", "label": "kind"},
            {"record_id": "nope", "name": "tone", "label": "kind"},
        ]
        receipt = client.datasets.annotate("qa", annotations, create_configs=True)

        assert (1, ("nope",), ("tone",)) == (receipt.written, receipt.unmatched, receipt.created_configs)


class TestAnnotationConfigs:
    """Scales, labels, free text."""

    def test_categorical(self, client):
        """Labels may have scores."""
        made = client.annotation_configs.create(
            name="q",
            type="categorical",
            values=["bad", {"label": "good", "score": 1}, AnnotationValue(label="odd")],
            optimization_direction="maximize",
        )
        expected = [("bad", None), ("good", 1), ("odd", None)]

        assert expected == [(value.label, value.score) for value in made.values]
        assert ("CATEGORICAL", "MAXIMIZE") == (made.type, made.optimization_direction)
        assert made == client.annotation_configs.get("q")

    def test_continuous(self, client):
        """A scale has two ends."""
        made = client.annotation_configs.create(
            name="q", type="continuous", minimum_score=0, maximum_score=10
        )

        assert (0, 10) == (made.minimum_score, made.maximum_score)

    def test_freeform(self, client):
        """Free text needs nothing."""
        assert "FREEFORM" == client.annotation_configs.create(name="q", type="freeform").type

    @pytest.mark.parametrize(
        "settings",
        [
            {"type": "stars"},
            {"type": "categorical"},
            {"type": "categorical", "values": [{"score": 1}]},
            {"type": "categorical", "values": ["a"], "minimum_score": 0},
            {"type": "continuous"},
            {"type": "continuous", "minimum_score": 1, "maximum_score": 1},
            {"type": "continuous", "minimum_score": 0, "maximum_score": 1, "values": ["a"]},
            {"type": "continuous", "minimum_score": 0, "maximum_score": 1, "optimization_direction": "up"},
            {"type": "freeform", "optimization_direction": "maximize"},
        ],
    )
    def test_settings_that_do_not_fit(self, client, settings):
        """What does not fit its type is refused before anything is sent."""
        with pytest.raises(InputError):
            client.annotation_configs.create(name="q", **settings)

    def test_delete(self, client):
        """A deleted config is gone; listings say so."""
        client.annotation_configs.create(name="q", type="freeform")
        page = client.annotation_configs.list(name="Q")
        client.annotation_configs.delete("q")

        assert (["q"], []) == ([config.name for config in page], list(client.annotation_configs.iter()))
