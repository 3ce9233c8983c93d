"""Names, ids and objects: the same resource by each, and errors that say what to do next."""

from __future__ import annotations

import pytest

from arize_nb import wire
from arize_nb.errors import AmbiguousNameError, CommandError, InputError, NotFoundError
from arize_nb.resources import lookup as _base


@pytest.fixture
def dataset(client):
    """A dataset with three examples."""
    return client.datasets.create(name="qa", examples=[{"question": f"q{index}"} for index in range(3)])


@pytest.fixture
def experiment(client, dataset):
    """An experiment of it."""
    runs = [{"example_id": value, "output": "o"} for value in client.datasets.examples(dataset)["id"]]
    return client.experiments.create(name="baseline", dataset=dataset, runs=runs)


class TestSpaces:
    """Spaces by name and id."""

    def test_by_name_id_and_object(self, client, fresh_space):
        """A name, an id and the object find the same space."""
        found = client.spaces.get(fresh_space.name)

        assert fresh_space.id == found.id
        assert found == client.spaces.get(fresh_space.id)
        assert found == client.spaces.get(found)

    def test_unknown(self, client, fresh_space):
        """An unknown name comes with close ones."""
        with pytest.raises(NotFoundError) as caught:
            client.spaces.get(fresh_space.name[:-1] + "x")

        assert fresh_space.name in caught.value.matches
        assert "client.spaces.list()" in str(caught.value)

    def test_case_matters(self, client, fresh_space):
        """Names are matched case-sensitively, though the service searches in any case."""
        with pytest.raises(NotFoundError) as caught:
            client.spaces.get(fresh_space.name.upper())

        assert fresh_space.name == caught.value.matches[0]

    def test_substring_is_no_match(self, client, fresh_space):
        """A part of a name is not the name."""
        with pytest.raises(NotFoundError):
            client.spaces.get(fresh_space.name[:5])

    def test_listing(self, client, fresh_space):
        """A listing filters by substring; iterating goes through all pages."""
        assert [fresh_space.name] == [space.name for space in client.spaces.list(name=fresh_space.name)]
        assert fresh_space.id in {space.id for space in client.spaces.iter()}


class TestDatasets:
    """Datasets in their space."""

    def test_by_name_id_and_object(self, client, dataset):
        """A name in the default space, an id and the object find the same dataset, versions and all."""
        found = client.datasets.get("qa")

        assert dataset.id == found.id == client.datasets.get(dataset.id).id == client.datasets.get(dataset).id
        assert 1 == len(found.versions)

    @pytest.mark.parametrize("how", ["name", "id", "object"])
    def test_space(self, client, dataset, fresh_space, how):
        """The space too is found by name, id or object, over the default one."""
        client.space = "elsewhere"
        space = {"name": fresh_space.name, "id": fresh_space.id, "object": client.spaces.get(fresh_space.id)}[
            how
        ]

        assert dataset.id == client.datasets.get("qa", space=space).id

    def test_unknown(self, client, dataset, fresh_space):
        """An unknown name says where it was looked for, and what is close."""
        with pytest.raises(NotFoundError) as caught:
            client.datasets.get("qaa")

        assert (("qa",), fresh_space.name) == (caught.value.matches, caught.value.space)
        assert f"dataset 'qaa' not found in space '{fresh_space.name}'. Did you mean 'qa'?" in str(
            caught.value
        )

    def test_unknown_space(self, client):
        """An unknown space is the thing that is not found."""
        with pytest.raises(NotFoundError) as caught:
            client.datasets.get("qa", space="nowhere")

        assert "space" == caught.value.kind

    def test_no_space(self, client):
        """A name without any space is refused before anything is sent."""
        client.space = None
        with pytest.raises(CommandError, match="ARIZE_SPACE"):
            client.datasets.get("qa")

    def test_gone(self, client, dataset):
        """An id that is gone is not found, by the name it was given."""
        client.datasets.delete(dataset)
        with pytest.raises(NotFoundError, match="dataset 'qa' not found"):
            client.datasets.get(dataset)


class TestExperiments:
    """Experiments in their dataset, or by themselves in a space."""

    def test_by_name_id_and_object(self, client, dataset, experiment):
        """Every way leads to the same experiment."""
        ways = [
            client.experiments.get("baseline", dataset="qa"),
            client.experiments.get("baseline", dataset=dataset),
            client.experiments.get("baseline", dataset=dataset.id),
            client.experiments.get("baseline"),
            client.experiments.get(experiment.id),
            client.experiments.get(experiment),
        ]

        assert {experiment.id} == {found.id for found in ways}
        assert {dataset.versions[0].id} == {found.dataset_version_id for found in ways}

    def test_result_of_a_run(self, client, experiment):
        """A result of a run stands for its experiment."""

        class Result:
            pass

        result = Result()
        result.experiment = experiment

        assert experiment.id == client.experiments.get(result).id

    def test_unknown(self, client, experiment, fresh_space):
        """An unknown name says where it was looked for, what is close and how to list what there is."""
        with pytest.raises(NotFoundError) as caught:
            client.experiments.get("basline", dataset="qa")

        assert ("baseline",) == caught.value.matches
        assert f"List them: client.experiments.list(dataset='qa', space={fresh_space.name!r})" in str(
            caught.value
        )

    def test_nothing_is_close(self, client, experiment):
        """Where no name is close, some that exist are named."""
        with pytest.raises(NotFoundError, match=r"There are 'baseline'\. List them") as caught:
            client.experiments.get("nothere", dataset="qa")

        assert ((), ("baseline",)) == (caught.value.matches, caught.value.others)

    def test_there_is_none(self, client, dataset):
        """Where there are no names at all, none is proposed."""
        with pytest.raises(NotFoundError) as caught:
            client.experiments.get("nothere", dataset="qa")

        assert ((), ()) == (caught.value.matches, caught.value.others)
        assert str(caught.value.hint).startswith("List them: ")

    def test_unknown_dataset(self, client):
        """A dataset that is not there is the thing that is not found."""
        with pytest.raises(NotFoundError) as caught:
            client.experiments.get("baseline", dataset="qa")

        assert "dataset" == caught.value.kind

    def test_ambiguous(self, client, experiment):
        """A name that a space holds twice is refused with both ids; the dataset tells them apart."""
        alone = client.experiments.create(name="baseline", runs=[{"output": "o"}])
        with pytest.raises(AmbiguousNameError) as caught:
            client.experiments.get("baseline")

        assert {experiment.id, alone.id} == set(caught.value.candidates)
        assert alone.id in str(caught.value)
        assert experiment.id == client.experiments.get("baseline", dataset="qa").id

    def test_nowhere_to_look(self, client):
        """A name with neither dataset nor space is refused before anything is sent."""
        client.space = None
        with pytest.raises(CommandError, match="dataset or space"):
            client.experiments.get("baseline")

    def test_listing(self, client, dataset):
        """Listings filter by name, are scoped, and hand out a cursor while there is more."""
        for index in range(4):
            client.experiments.create(
                name=f"run-{index}",
                dataset="qa",
                runs=[{"example_id": "x", "output": "o"}],
                check_examples=False,
            )
        page = client.experiments.list(dataset="qa", limit=3)
        rest = client.experiments.list(dataset="qa", limit=3, cursor=page.next_cursor)

        assert (3, 1, None) == (len(page), len(rest), rest.next_cursor)
        assert ["run-2"] == [found.name for found in client.experiments.list(name="RUN-2")]
        assert 4 == len(list(client.experiments.iter(dataset="qa")))
        assert 4 == len(page.to_frame()) + len(rest.to_frame())

    @pytest.mark.parametrize("thing", [None, "", 3, ["a"]])
    def test_nonsense(self, client, thing):
        """What is neither name, id nor object is refused."""
        with pytest.raises(InputError, match="name, an id or the object"):
            client.experiments.get(thing)


def test_projects(client):
    """Projects are listed and found in their space."""
    names = [project.name for project in client.projects.iter()]
    with pytest.raises(NotFoundError):
        client.projects.get("no-such-project")

    assert names == [client.projects.get(name).name for name in names]


class TestPages:
    """What a good service does not do."""

    class Link:
        """A service that repeats its cursor."""

        def send(self, request):
            return b'{"spaces": [{"id": "x"}], "pagination": {"has_more": true, "next_cursor": "c"}}'

    def test_circle(self):
        """A listing that goes round in a circle is an error."""
        with pytest.raises(InputError, match="repeats a cursor"):
            list(_base.every(self.Link(), "space"))


@pytest.mark.parametrize("name", ["café", "a/b", "a b", "50%", "a+b", "日本", "a&b=c#d"])
def test_any_name(client, name):
    """Names of any characters are found again."""
    made = client.datasets.create(name=name, examples=[{"q": 1}])

    assert made.id == client.datasets.get(name).id
    assert not wire.is_resource_id(name)
