"""`link`: addresses of the Arize UI, and honesty where there is none."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from arize_nb.commands.line.session import Session
from arize_nb.commands.nouns import link
from arize_nb.commands.root import run
from arize_nb.errors import CommandError, ConfigError, NotFoundError


@pytest.fixture
def experiment(client):
    """An experiment over a dataset."""
    dataset = client.datasets.create(name="qa", examples=[{"q": "a"}])
    ids = list(client.datasets.examples(dataset)["id"])
    return client.experiments.create(
        name="base", runs=[{"example_id": ids[0], "output": "x"}], dataset=dataset
    )


@pytest.fixture
def linked(client, monkeypatch):
    """Run `link` as if the service were not on this machine."""
    monkeypatch.setattr(link, "is_loopback", lambda _url: False)
    return lambda *words: run(["link", *words], Session(connect=lambda _profile, _notice: client))


def test_experiment(client, experiment, linked):
    """An experiment is shown under its dataset, by name, id or object."""
    space = client.spaces.get(experiment.space_id)
    found = linked("base", "--dataset", "qa")

    parts = urlsplit(found.url)
    assert parts.netloc == "app.arize.com"
    assert parts.path.split("/")[1:5:2] == ["organizations", "spaces"]
    assert space.organization_id.replace("=", "%3D") in found.url
    assert parse_qs(parts.query) == {"selectedTab": ["experiments"]}
    assert linked(experiment.id).url == found.url


def test_dataset(experiment, linked):
    """A dataset is found by its name alone, or by its id."""
    found = linked("qa")

    assert found.url.endswith("?selectedTab=examples")
    assert linked(experiment.dataset_id).url == found.url


def test_html(experiment, linked):
    """In a notebook it is an anchor that tells the page nothing of the notebook."""
    html = linked("qa")._repr_html_()

    assert html.startswith('<a href="https://app.arize.com/')
    assert 'rel="noopener noreferrer"' in html


def test_hostile_name():
    """A name cannot break out of the anchor."""
    html = link.Link(url='https://x/"><script>', title="<img onerror=x>")._repr_html_()

    assert "<script>" not in html
    assert "<img" not in html


def test_nothing_of_that_name(experiment, linked):
    """What is neither dataset nor experiment is said to be neither."""
    with pytest.raises(NotFoundError, match="dataset or experiment 'nope' not found"):
        linked("nope")


def test_trace_without_project(experiment, linked):
    """A trace needs the project that the experiment's traces are in."""
    with pytest.raises(CommandError, match="no project of traces"):
        linked("base", "--dataset", "qa", "--trace", "abc")


def test_local(client, experiment):
    """The local workspace has no web pages, and that is said."""
    with pytest.raises(ConfigError, match=r"no web pages.*browse"):
        run(["link", "qa"], Session(connect=lambda _profile, _notice: client))
