"""Writing experiments: what arrives, what is refused, and that nothing is left half-done."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest

from arize_nb.errors import (
    ColumnError,
    ConflictError,
    FileError,
    FlightUnavailableError,
    InputError,
    NotFoundError,
    PartialWriteError,
    ServerFailureError,
    UnknownExamplesError,
)


@pytest.fixture
def dataset(client):
    """A dataset with five examples."""
    return client.datasets.create(name="qa", examples=[{"question": f"q{index}"} for index in range(5)])


@pytest.fixture
def example_ids(client, dataset):
    """Their ids."""
    return list(client.datasets.examples(dataset)["id"])


def runs_for(example_ids, **more):
    """Make a run for each example."""
    return [{"example_id": value, "output": f"o-{value}", **more} for value in example_ids]


def many(example_ids, count):
    """Make many runs over few examples."""
    return pa.table(
        {
            "example_id": [example_ids[index % len(example_ids)] for index in range(count)],
            "output": ["o"] * count,
            "n": range(count),
        }
    )


class TestCreate:
    """A new experiment with its runs."""

    def test_records(self, client, dataset, example_ids):
        """Evaluations attach, nested or flat; metadata and any other field come back."""
        runs = runs_for(
            example_ids,
            evaluations={"c": {"label": "ok", "score": 1}},
            metadata={"model": "m"},
            flag=True,
            **{"eval.d.score": 0.5},
        )
        made = client.experiments.create(name="a", dataset="qa", runs=runs)
        frame = client.experiments.runs(made)

        assert sorted(example_ids) == sorted(frame["example_id"])
        assert ({"ok"}, {1.0}, {0.5}) == tuple(
            set(frame[f"eval.{name}"]) for name in ("c.label", "c.score", "d.score")
        )
        assert ({"m"}, {True}) == (set(frame["metadata.model"]), set(frame["flag"]))
        assert dataset.versions[0].id == made.dataset_version_id

    @pytest.mark.parametrize("form", ["frame", "table", "csv", "json", "jsonl", "parquet"])
    def test_forms(self, client, example_ids, tmp_path, form):
        """A frame, a table and a file of any format make the same experiment."""
        from arize_nb import files

        frame = pd.DataFrame(runs_for(example_ids, score=0.25))
        source = {"frame": frame, "table": pa.Table.from_pandas(frame)}.get(form)
        if source is None:
            source = files.write(pa.Table.from_pandas(frame), tmp_path / f"runs.{form}", kind="run")
        client.experiments.create(name=form, dataset="qa", runs=source)
        back = client.experiments.runs(form, dataset="qa")

        assert sorted(frame["output"]) == sorted(back["output"])
        assert {0.25} == set(back["score"])

    def test_failed_runs(self, client, example_ids):
        """A run with an error and no output comes back without output."""
        runs = [{"example_id": example_ids[0], "output": None, "error": "boom"}, *runs_for(example_ids[1:])]
        frame = client.experiments.runs(client.experiments.create(name="a", dataset="qa", runs=runs))
        failed = frame[frame["error"].notna()]

        assert (["boom"], 1) == (list(failed["error"]), int(failed["output"].isna().sum()))

    def test_ids_given_twice_are_told(self, client, dataset, example_ids):
        """Runs that carry one id twice are sent as runs of their own, which is said: in a file they would
        count as copies.
        """
        runs = [{"id": f"r{place % 2}", "example_id": example_ids[0], "output": "o"} for place in range(3)]
        made = client.experiments.create(name="copies", runs=runs, dataset=dataset)
        client.experiments.append(made, runs[:2])

        assert 5 == len(client.experiments.runs(made))
        assert ["1 of 3 runs carry the id of another run ('r0')"] == [
            text.partition(":")[0] for text in client.notices if "carry" in text
        ]

    def test_alone(self, client):
        """Without a dataset it stands by itself in the space."""
        made = client.experiments.create(name="alone", runs=[{"output": "x"}, {"output": "y"}])

        assert (None, None) == (made.dataset_id, made.dataset_version_id)
        assert ["x", "y"] == sorted(client.experiments.runs("alone")["output"])

    def test_alone_and_large(self, client):
        """More than a request holds goes in several."""
        client.experiments.create(name="alone", runs=[{"output": str(index)} for index in range(2300)])

        assert 2300 == len(client.experiments.runs("alone", transport="rest"))

    def test_over_flight(self, client, example_ids):
        """More than 1000 runs go over Flight, all of them and with their types."""
        made = client.experiments.create(name="big", dataset="qa", runs=many(example_ids, 2500))
        frame = client.experiments.runs(made)

        assert list(range(2500)) == sorted(frame["n"])
        assert "int64[pyarrow]" == str(frame["n"].dtype)

    def test_large_bodies_go_over_flight(self, client, example_ids):
        """Few runs that are large go over Flight as well."""
        client.max_payload_bytes = 10_000
        made = client.experiments.create(
            name="long", dataset="qa", runs=runs_for(example_ids, text="x" * 5000)
        )

        assert {5000} == set(client.experiments.runs(made)["text"].str.len())

    def test_blocked_flight(self, client, example_ids, monkeypatch):
        """Where Flight is blocked, REST takes any number of runs, and one line says so."""
        blocked = FlightUnavailableError("Flight does not answer", address="x")
        monkeypatch.setattr(client.flight, "action", lambda *args, **settings: raise_(blocked))
        client.experiments.create(name="big", dataset="qa", runs=many(example_ids, 2500), read_back=False)

        assert ["Flight does not answer: sending over REST instead, which is slower."] == client.notices
        assert 2500 == len(client.experiments.runs("big", dataset="qa", transport="rest"))


def raise_(error):
    """Raise, in an expression."""
    raise error


class TestRefused:
    """Bad input: one clear error, nothing sent."""

    def count(self, client):
        """Count what the dataset has."""
        return len(client.experiments.list(dataset="qa"))

    @pytest.mark.parametrize(
        ("runs", "kind", "says"),
        [
            ([], InputError, "no runs"),
            ([{"example_id": "x"}], ColumnError, "output"),
            ([{"output": "x"}], ColumnError, "example_id"),
            ([{"output": "x", "example_id": "y", "evaluations": {"c": {}}}], ColumnError, "none of"),
            ([{"output": "x", "example_id": None}], ColumnError, "example_id"),
            (7, InputError, "int"),
            ("missing.csv", FileError, "missing.csv"),
            ("runs.txt", FileError, "txt"),
        ],
    )
    def test_unusable(self, client, dataset, runs, kind, says):
        """Each kind of bad input is named."""
        with pytest.raises(kind, match=says):
            client.experiments.create(name="a", dataset="qa", runs=runs)

        assert 0 == self.count(client)

    def test_unknown_examples(self, client, example_ids):
        """Ids that the dataset does not have are counted and the first ones named."""
        with pytest.raises(UnknownExamplesError) as caught:
            client.experiments.create(
                name="a", dataset="qa", runs=runs_for([*example_ids, "nope-1", "nope-2", "nope-1"])
            )

        assert ("nope-1", "nope-2") == caught.value.example_ids
        assert "2 of 7 example_ids are not in dataset 'qa': 'nope-1', 'nope-2'" in str(caught.value)
        assert 0 == self.count(client)

    def test_unchecked_examples(self, client, dataset):
        """The check can be left out."""
        assert client.experiments.create(
            name="a", dataset="qa", runs=runs_for(["nope"]), check_examples=False
        ).id

    def test_checks_large_datasets(self, client):
        """The check sees all examples of a dataset of more than a page."""
        big = client.datasets.create(
            name="big", examples=[{"id": f"e{index}", "q": index} for index in range(1200)]
        )

        assert client.experiments.create(name="a", dataset=big, runs=runs_for(["e0", "e1199"])).id
        with pytest.raises(UnknownExamplesError):
            client.experiments.create(name="b", dataset=big, runs=runs_for(["e1200"]))

    @pytest.mark.parametrize("count", [1, 1500])
    def test_taken_name(self, client, example_ids, count):
        """A name that is taken is a conflict over either transport, and the runs of the other stay as they
        were.
        """
        client.experiments.create(name="a", dataset="qa", runs=runs_for(example_ids))
        with pytest.raises(
            ConflictError, match=r"client\.experiments\.delete\('a', dataset='qa', space='space-"
        ):
            client.experiments.create(name="a", dataset="qa", runs=many(example_ids, count))

        assert 5 == len(client.experiments.runs("a", dataset="qa"))

    def test_examples_without_a_dataset(self, client):
        """Runs of an experiment without a dataset name no examples."""
        with pytest.raises(InputError, match="Drop the example_id column"):
            client.experiments.create(name="a", runs=[{"output": "x", "example_id": "e"}])

    @pytest.mark.parametrize("name", ["", 'a"b', "x" * 256])
    def test_names(self, client, dataset, name):
        """Names that the service refuses are refused at once."""
        with pytest.raises(InputError, match="name"):
            client.experiments.create(name=name, dataset="qa", runs=[{"output": "x", "example_id": "y"}])


class TestNothingHalfDone:
    """A write that fails leaves nothing, or says what it leaves."""

    def test_failed_upload(self, client, example_ids, monkeypatch):
        """The empty experiment of a failed upload is removed, and its name is free again."""
        monkeypatch.setattr(
            client.flight, "put", lambda *args, **settings: raise_(ServerFailureError("500: broke"))
        )
        with pytest.raises(ServerFailureError):
            client.experiments.create(name="big", dataset="qa", runs=many(example_ids, 1500))
        monkeypatch.undo()

        assert 0 == len(client.experiments.list(dataset="qa"))
        assert client.experiments.create(name="big", dataset="qa", runs=many(example_ids, 1500)).id

    def test_interrupted_upload(self, client, example_ids, monkeypatch):
        """Ctrl-C in the middle of an upload leaves nothing either."""
        from arize_nb.transports import flight as flight_transport

        def interrupted(table, rows):
            yield table.slice(0, 10).to_batches()[0]
            raise KeyboardInterrupt

        monkeypatch.setattr(flight_transport, "_cut", interrupted)
        with pytest.raises(KeyboardInterrupt):
            client.experiments.create(name="big", dataset="qa", runs=many(example_ids, 1500))

        assert 0 == len(client.experiments.list(dataset="qa"))

    def test_interrupted_dataset(self, client, monkeypatch):
        """The same for a dataset."""
        from arize_nb.transports import flight as flight_transport

        def interrupted(table, rows):
            yield table.slice(0, 10).to_batches()[0]
            raise KeyboardInterrupt

        monkeypatch.setattr(flight_transport, "_cut", interrupted)
        with pytest.raises(KeyboardInterrupt):
            client.datasets.create(name="big", examples=[{"q": index} for index in range(1500)])

        assert 0 == len(client.datasets.list())

    def fail_third_request(self, client, monkeypatch):
        """Let the third write over REST fail."""
        sent, send = [], client.rest.send

        def failing(request):
            if request.method == "POST" and not request.path.endswith("/search"):
                sent.append(request)
                if len(sent) == 3:
                    raise ServerFailureError("503: busy")
            return send(request)

        monkeypatch.setattr(client.rest, "send", failing)

    def test_created_in_parts(self, client, monkeypatch):
        """A creation of several requests is undone when one fails."""
        self.fail_third_request(client, monkeypatch)
        with pytest.raises(PartialWriteError) as caught:
            client.experiments.create(name="alone", runs=[{"output": str(index)} for index in range(2300)])

        assert (0, 2300) == (caught.value.written, caught.value.total)
        assert "removed again after 2,000 of 2,300 rows" in str(caught.value)
        assert 0 == len(client.experiments.list())

    def test_appended_in_parts(self, client, monkeypatch):
        """An append of several requests says how many runs were taken."""
        made = client.experiments.create(name="alone", runs=[{"output": "0"}])
        self.fail_third_request(client, monkeypatch)
        with pytest.raises(PartialWriteError) as caught:
            client.experiments.append(made, [{"output": str(index)} for index in range(2300)])

        assert (2000, 2300) == (caught.value.written, caught.value.total)
        assert "rows 2,000 to 2,299" in str(caught.value)
        assert 2001 == len(client.experiments.runs(made, transport="rest"))

    def test_lost_runs(self, client, dataset, example_ids, monkeypatch):
        """A service that keeps fewer runs than were sent is found out."""
        from arize_nb.resources.writing import creation

        monkeypatch.setattr(creation, "_LATE_S", (0.0,))
        wanted = client.rest.send

        def forgetful(request):
            if request.path.endswith("/runs/search"):
                return b'{"experiment_runs": [], "pagination": {"has_more": false}}'
            return wanted(request)

        monkeypatch.setattr(client.rest, "send", forgetful)
        with pytest.raises(PartialWriteError, match="has 0 runs, 5 were sent"):
            client.experiments.create(name="a", dataset="qa", runs=runs_for(example_ids))


class TestAppend:
    """More runs."""

    def test_ids(self, client, example_ids):
        """The receipt has the new runs' ids in the order they were given."""
        made = client.experiments.create(name="a", dataset="qa", runs=runs_for(example_ids[:1]))
        receipt = client.experiments.append("a", runs_for(example_ids[1:]), dataset="qa")
        frame = client.experiments.runs(made).set_index("id")

        assert [f"o-{value}" for value in example_ids[1:]] == [
            frame["output"][run_id] for run_id in receipt.run_ids
        ]
        assert made.id == receipt.experiment.id

    def test_many(self, client):
        """More than a request holds goes in several."""
        made = client.experiments.create(name="a", runs=[{"output": "x"}])

        assert 2300 == len(
            set(client.experiments.append(made, [{"output": str(index)} for index in range(2300)]).run_ids)
        )

    def test_unknown_examples(self, client, example_ids):
        """Appended runs are checked as new ones are."""
        made = client.experiments.create(name="a", dataset="qa", runs=runs_for(example_ids))
        with pytest.raises(UnknownExamplesError):
            client.experiments.append(made, runs_for(["nope"]))


class TestAnnotate:
    """What people say about runs."""

    @pytest.fixture
    def made(self, client, example_ids):
        """An experiment to annotate."""
        return client.experiments.create(name="a", dataset="qa", runs=runs_for(example_ids))

    @pytest.fixture
    def run_ids(self, client, made):
        """The ids of its runs."""
        return list(client.experiments.runs(made)["id"])

    @pytest.fixture
    def quality(self, client):
        """An annotation config."""
        return client.annotation_configs.create(name="quality", type="categorical", values=["good", "bad"])

    def test_upsert(self, client, made, run_ids, quality):
        """A second write of the same name replaces what it names and keeps the rest."""
        client.experiments.annotate(
            made, [{"record_id": run_ids[0], "name": "quality", "label": "good", "text": "why"}]
        )
        receipt = client.experiments.annotate(
            made, [{"record_id": run_ids[0], "values": [{"name": "quality", "label": "bad"}]}]
        )
        row = client.experiments.runs(made).set_index("id").loc[run_ids[0]]

        assert (1, 1, ()) == (receipt.written, receipt.values, receipt.unmatched)
        assert ("bad", "why") == (row["annotation.quality.label"], row["annotation.quality.text"])

    def test_unmatched(self, client, made, run_ids, quality):
        """Ids that no run has are named, the others written."""
        annotations = [
            {"record_id": value, "name": "quality", "label": "good"} for value in ("nope", run_ids[0])
        ]
        receipt = client.experiments.annotate(made, annotations)

        assert (1, ("nope",)) == (receipt.written, receipt.unmatched)
        assert "1 of 2 record ids match nothing" in client.notices[-1]

    def test_nothing_matches(self, client, made, quality):
        """Ids of which none is a run's are an error."""
        with pytest.raises(InputError, match="none of the 1 record ids is a run"):
            client.experiments.annotate(made, [{"record_id": "nope", "name": "quality", "label": "good"}])

    def test_example_ids(self, client, made, example_ids, quality):
        """Ids of examples are recognised, and annotate their runs when asked to."""
        annotations = [{"record_id": value, "name": "quality", "label": "good"} for value in example_ids[:2]]
        with pytest.raises(InputError, match="2 of them are example ids: give by_example_id=True"):
            client.experiments.annotate(made, annotations)
        receipt = client.experiments.annotate(made, annotations, by_example_id=True)
        frame = client.experiments.runs(made)

        assert 2 == receipt.written
        assert set(example_ids[:2]) == set(frame[frame["annotation.quality.label"].notna()]["example_id"])

    def test_unchecked(self, client, made, run_ids, quality, monkeypatch):
        """A label for a run that is known to be there costs no read of the runs."""
        asked, send = [], client.rest.send
        monkeypatch.setattr(client.rest, "send", lambda request: asked.append(request.path) or send(request))
        receipt = client.experiments.annotate(
            made, [{"record_id": run_ids[0], "name": "quality", "label": "good"}], check_ids=False
        )

        assert 1 == receipt.written
        assert not [path for path in asked if path.endswith("/search")]

    def test_missing_config(self, client, made, run_ids):
        """A name without annotation config is an error with the line that makes it."""
        with pytest.raises(
            NotFoundError,
            match=r"create\(name='short', type='categorical', values=\['False', 'True'\], space='space-",
        ):
            client.experiments.annotate(made, [{"record_id": run_ids[0], "name": "short", "label": "False"}])
        with pytest.raises(
            NotFoundError, match=r"create\(name='tone', type='categorical', values=\['kind'\], space='space-"
        ):
            client.experiments.annotate(made, [{"record_id": run_ids[0], "name": "tone", "label": "kind"}])

    @pytest.mark.parametrize(
        ("value", "kind"),
        [
            ({"label": "kind", "score": 1}, "CATEGORICAL"),
            ({"score": 0.25}, "CONTINUOUS"),
            ({"score": 7}, "CONTINUOUS"),
            ({"text": "hm"}, "FREEFORM"),
        ],
    )
    def test_create_configs(self, client, made, run_ids, value, kind):
        """Missing configs are made to fit the values when asked to."""
        other = {"label": "rude"} if "label" in value else value
        annotations = [
            {"record_id": run_ids[0], "name": "tone", **value},
            {"record_id": run_ids[1], "name": "tone", **other},
        ]
        receipt = client.experiments.annotate(made, annotations, create_configs=True)

        assert ("tone",) == receipt.created_configs
        assert kind == client.annotation_configs.get("tone").type
        assert 2 == client.experiments.runs(made).filter(like="annotation.tone").notna().any(axis=1).sum()

    def test_many(self, client, quality):
        """More than a request holds goes in several."""
        made = client.experiments.create(name="big", runs=[{"output": str(index)} for index in range(2300)])
        ids = client.experiments.runs(made, transport="rest")["id"]
        annotations = pd.DataFrame({"record_id": list(ids), "name": "quality", "label": "good"})

        assert 2300 == client.experiments.annotate(made, annotations).written


def test_delete(client, dataset, example_ids):
    """A deleted experiment is gone, its dataset is not."""
    client.experiments.create(name="a", dataset="qa", runs=runs_for(example_ids))
    client.experiments.delete("a", dataset="qa")
    with pytest.raises(NotFoundError):
        client.experiments.get("a", dataset="qa")

    assert 5 == len(client.datasets.examples(dataset))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\x00",
        "\u2028",
        "🙂" * 3,
        "<img src=x onerror=alert(1)>",
        '"\\\n\t',
        "NaN",
        "null",
        "[1]",
        "1.0",
        "x" * 100_000,
    ],
)
@pytest.mark.parametrize("transport", ["rest", "flight"])
def test_any_text(client, text, transport):
    """Any text comes back as it was sent, over either transport."""
    made = client.experiments.create(name="a", runs=[{"output": text or "-", "note": text}])

    assert [text] == list(client.experiments.runs(made, transport=transport)["note"])
