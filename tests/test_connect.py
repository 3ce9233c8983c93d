"""Connecting by key and address, to a server of one's own, and the words by which methods are found."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

import arize_nb
from arize_nb import config
from arize_nb.errors import ConfigError, NotFoundError
from arize_nb.server.store.store import FIRST_SPACE
from arize_nb.workspace.local_server import SPACE

KEY = "ak-0123456789abcdef-LAST"


class TestGiven:
    def test_a_key_and_the_usual_address(self):
        """A key alone goes where the official SDK goes."""
        connection = arize_nb.connect(api_key=KEY).connection

        assert (connection.api_url, connection.flight_url, connection.api_key) == (
            "https://api.arize.com",
            "grpc+tls://flight.arize.com:443",
            KEY,
        )

    @pytest.mark.parametrize(
        ("told", "addresses"),
        [
            ({"host": "http://127.0.0.1:8080"}, ("http://127.0.0.1:8080", "grpc://127.0.0.1:8080")),
            ({"host": "arize.example"}, ("https://arize.example", "grpc+tls://arize.example:443")),
            (
                {"region": "EU"},
                ("https://api.eu-west-1a.arize.com", "grpc+tls://flight.eu-west-1a.arize.com:443"),
            ),
            (
                {"api_host": "a.example", "flight_host": "f.example", "flight_port": 8443},
                ("https://a.example", "grpc+tls://f.example:8443"),
            ),
        ],
    )
    def test_addresses(self, told, addresses, monkeypatch):
        """One host for all, a region, or the SDK's own names; the environment's addresses then
        say nothing.
        """
        monkeypatch.setenv("ARIZE_BASE_DOMAIN", "elsewhere.example")
        connection = config.given(api_key=KEY, **told)

        assert addresses == (connection.api_url, connection.flight_url)

    def test_the_environment_fills_in(self, monkeypatch):
        """Without addresses those of the environment hold, and its key without a key."""
        monkeypatch.setenv("ARIZE_API_KEY", "from-the-environment")
        monkeypatch.setenv("ARIZE_API_HOST", "env.example")

        assert config.given(api_key=KEY).api_url == "https://env.example"
        assert config.given(host="other.example").api_key == "from-the-environment"

    @pytest.mark.parametrize(
        ("told", "words"),
        [
            ({"profile": "x", "api_key": KEY}, "given together"),
            ({"host": "h.example"}, "no key"),
            ({"api_key": KEY, "api_hots": "h"}, "takes no 'api_hots'"),
            ({"api_key": KEY, "region": "EU", "host": "h"}, "set together"),
            ({"api_key": KEY, "host": "ftp://h"}, "begins with ftp"),
        ],
    )
    def test_refusals(self, told, words):
        """What excludes one another, or is not known, is named."""
        with pytest.raises(ConfigError, match=words):
            arize_nb.connect(**told)

    def test_keys_are_held_as_secrets(self):
        """A key can be sent, compared and copied; nothing that shows it shows it."""
        connection = arize_nb.connect(api_key=KEY).connection
        shown = [
            repr(connection),
            repr(connection.api_key),
            repr(vars(connection)),
            f"{[connection.api_key]}",
            str((connection.api_key,)),
        ]

        assert [KEY in text for text in shown] == [False] * 5
        assert (
            f"Bearer {connection.api_key}",
            copy.copy(connection.api_key),
            pickle.loads(pickle.dumps(connection.api_key)),
        ) == (
            f"Bearer {KEY}",
            KEY,
            KEY,
        )
        assert json.loads(json.dumps(connection.api_key)) == KEY


class TestLocalServer:
    def test_a_client_of_its_own(self, local_server):
        """`connect()` of a server goes there, whatever else is set; its space is known."""
        server = arize_nb.LocalServer.__new__(arize_nb.LocalServer)
        server.__dict__.update(local_server.__dict__)
        with server.connect() as client:
            made = client.datasets.create(name="made by connect", examples=[{"a": 1}])
            client.datasets.delete(made)

        assert client.connection.api_url == local_server.api_url

    def test_the_environment_is_whole(self, local_server):
        """The variables name the space that every workspace has."""
        assert (local_server.env()["ARIZE_SPACE"], SPACE) == (FIRST_SPACE, FIRST_SPACE)


class TestWords:
    def test_one_vocabulary(self, client, unique_name):
        """The words of the commands and of the SDK are methods as well."""
        dataset = client.datasets.create(name=unique_name("faq"), examples=[{"question": "q"}])
        example = client.datasets.export(dataset)["id"][0]
        made = client.experiments.create(
            name="e", runs=[{"example_id": example, "output": "x"}], dataset=dataset
        )

        assert list(client.experiments.export(made)["output"]) == ["x"]
        assert [run["output"] for run in client.experiments.list_runs("e", dataset=dataset, limit=1)] == ["x"]
        assert [row["id"] for row in client.datasets.list_examples(dataset)] == [example]
        assert (
            client.experiments.append_runs(made, [{"example_id": example, "output": "y"}]).experiment.id
            == made.id
        )

    @pytest.mark.parametrize(
        "typed", ["zebra-modle-v2", "zebra-model-v", "zbra-model-v2", "Zebra-Model-V2", "zebra-model-v2 "]
    )
    def test_typos_are_proposed_from_what_exists(self, client, unique_name, typed):
        """Names beyond the first hundred are found by the service's own search."""
        dataset = client.datasets.create(name=unique_name("faq"), examples=[{"question": "q"}])
        example = client.datasets.export(dataset)["id"][0]
        for name in ("zebra-model-v2", *(f"filler-{index}" for index in range(101))):
            client.experiments.create(
                name=name,
                runs=[{"example_id": example, "output": "x"}],
                dataset=dataset,
                check_examples=False,
                read_back=False,
            )
        with pytest.raises(NotFoundError) as caught:
            client.experiments.get(typed, dataset=dataset)

        assert caught.value.matches[:1] == ("zebra-model-v2",)
