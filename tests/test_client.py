"""The client: where it goes, what it says, what it loads, how it joins the parts."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

import arize_nb as ax
from arize_nb import client as client_module
from arize_nb import workspace
from arize_nb.config import Connection, profile_path
from arize_nb.errors import AuthenticationError, ConnectionFailedError
from arize_nb.wire import get_request

KEY = "ak-secret-0123456789"


class TestConnect:
    """The front door."""

    def test_nothing_is_sent(self, monkeypatch):
        """Connecting asks nobody; only use does."""
        monkeypatch.setenv("ARIZE_API_KEY", KEY)
        monkeypatch.setenv("ARIZE_SINGLE_HOST", "arize.invalid")
        with ax.connect() as client:
            assert "https://arize.invalid" == client.connection.api_url

    def test_text_masks_the_key(self, monkeypatch):
        """No text of a client, its connection or its transports holds the key."""
        monkeypatch.setenv("ARIZE_API_KEY", KEY)
        with ax.connect() as client:
            texts = [
                repr(client),
                repr(client.connection),
                repr(client.rest),
                repr(client.flight),
                repr(client.experiments),
            ]

        assert not [text for text in texts if KEY in text]

    def test_space(self, monkeypatch):
        """The space given beats ARIZE_SPACE."""
        monkeypatch.setenv("ARIZE_API_KEY", KEY)
        monkeypatch.setenv("ARIZE_SPACE", "from-environment")

        assert ("from-environment", "given") == (ax.connect().space, ax.connect(space="given").space)

    def test_wrong_key(self, local_server, monkeypatch):
        """A wrong key says which variable it came from and where keys are made; the key itself is nowhere."""
        for name, value in (local_server.env() | {"ARIZE_API_KEY": KEY}).items():
            monkeypatch.setenv(name, value)
        with ax.connect() as client, pytest.raises(AuthenticationError) as caught:
            client.spaces.list()

        assert "the key of ARIZE_API_KEY was refused" in str(caught.value)
        assert "https://app.arize.com/admin > API Keys" in str(caught.value)
        assert KEY not in str(caught.value)

    def test_closed_client_opens_again(self, client):
        """A client that was closed can be used again."""
        before = client.spaces.list()
        client.close()

        assert before == client.spaces.list()

    def test_notices(self):
        """Lines are kept and handed on."""
        said = []
        client = ax.Client(Connection(source="x"), notice=said.append)
        client.notice("one")

        assert (["one"], ["one"]) == (client.notices, said)

    def test_notices_of_python(self, caplog):
        """Without a function of one's own they are warnings of the logger `arize_nb`, percent
        signs and all.
        """
        ax.Client(Connection(source="x")).notice("100 %s: %ax server stop")

        said = [(one.name, one.levelname, one.getMessage()) for one in caplog.records]
        assert [("arize_nb", "WARNING", "100 %s: %ax server stop")] == said


class TestLocal:
    """The built-in profile."""

    def test_starts_itself(self, workspace_env, monkeypatch):
        """The first use starts the workspace and says so in one line; the second client says nothing."""
        monkeypatch.setattr(client_module, "_told_of_local", threading.Event())
        with ax.connect("local") as first:
            names = [space.name for space in first.spaces.list()]
        with ax.connect("local") as second:
            second.spaces.list()

        assert (["local"], "local") == (names, first.space)
        assert ["Using the local workspace"] == [text[:25] for text in first.notices]
        assert "connect(api_key=…)" in first.notices[0]
        assert [] == second.notices

    def test_starts_again(self, workspace_env):
        """A workspace that has stopped in between is started again, for reads and for writes."""
        with ax.connect("local") as client:
            client.datasets.create(name="qa", examples=[{"q": 1}])
            workspace.stop(workspace_env)
            names = [dataset.name for dataset in client.datasets.list()]
            workspace.stop(workspace_env)
            client.datasets.create(name="qb", examples=[{"q": 1}])

        assert ["qa"] == names

    @pytest.mark.parametrize("by", ["profile", "variables"])
    def test_what_was_made_for_the_official_programs(self, workspace_env, monkeypatch, by):
        """A profile or variables that point at the workspace are the workspace: it starts by itself, and its
        space is the default.
        """
        running = workspace.ensure()
        if by == "profile":
            workspace.write_ax_profile(profile_path("local"), running)
        else:
            for name, value in workspace.env(running).items():
                monkeypatch.setenv(name, value)
        workspace.stop(workspace_env)
        with ax.connect("local" if by == "profile" else None) as client:
            client.datasets.create(name="qa", examples=[{"q": 1}])
            workspace.stop(workspace_env)

            assert ["qa"] == [dataset.name for dataset in client.datasets.list()]
            assert [] == [text for text in client.notices if "profile file" in text]

    def test_another_key_is_another_service(self, workspace_env):
        """The address of the workspace with a key that is not its own is not taken for it: the refusal names
        the source of the key.
        """
        address = workspace.ensure().api_url
        connection = Connection(source="profile 'mine'", profile_name="mine", api_key=KEY, api_url=address)

        with (
            ax.Client(connection) as client,
            pytest.raises(AuthenticationError, match="the key of profile 'mine' was refused"),
        ):
            client.send(get_request("space", "x"))

    def test_other_services_are_not_started(self):
        """A remote service that is not there is an error, not a reason to start anything."""
        connection = Connection(source="ARIZE_API_KEY", api_key=KEY, api_url="http://127.0.0.1:9")
        with ax.Client(connection) as client, pytest.raises(ConnectionFailedError, match="nothing answers"):
            client.send(get_request("space", "x"))


class TestImports:
    """What a console listing loads."""

    def test_listing_is_light(self, client, monkeypatch):
        """Listing experiments loads neither pandas nor pyarrow nor matplotlib."""
        code = (
            "import sys, arize_nb\nprint([e.name for e in"
            " arize_nb.connect().experiments.list()])\nprint([name for name in ('pandas', 'numpy', 'pyarrow',"
            " 'matplotlib', 'IPython', 'sqlglot', 'duckdb') if name in sys.modules])"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
        )

        assert "[]\n[]\n" == done.stdout


class TestCompare:
    """Experiments by name."""

    @pytest.fixture
    def experiments(self, client):
        """A dataset with two experiments whose first example regressed."""
        client.datasets.create(name="qa", examples=[{"question": f"q{index}"} for index in range(6)])
        ids = list(client.datasets.examples("qa")["id"])
        for name, wrong in (("base", ids[5]), ("next", ids[0])):
            runs = [
                {
                    "example_id": value,
                    "output": name,
                    "evaluations": {"correct": {"label": "incorrect" if value == wrong else "correct"}},
                }
                for value in ids
            ]
            client.experiments.create(name=name, dataset="qa", runs=runs)
        return ids

    def test_names(self, client, experiments):
        """Names become runs, and the examples' own columns stand beside the regressions."""
        found = client.compare("base", "next", dataset="qa")
        regressions = found.regressions("correct")

        assert [experiments[0]] == list(regressions["example_id"])
        assert ["q0"] == list(regressions["question"])
        assert ("base", ("next",)) == (found.baseline, found.candidates)

    def test_frames_and_objects(self, client, experiments):
        """Frames and objects stand beside names."""
        frame = client.experiments.runs("base", dataset="qa")
        found = client.compare(frame, client.experiments.get("next", dataset="qa"))

        assert 1 == len(found.regressions("correct"))

    def test_edited_examples(self, client, experiments):
        """An experiment over a later version, in which an example was edited, is told apart; each version is
        read once.
        """
        changed = [{"id": experiments[1], "question": "edited"}]
        client.datasets.update_examples("qa", changed, new_version="v2")
        for name in ("later", "last"):
            runs = client.experiments.runs("next", dataset="qa")[
                ["example_id", "output", "eval.correct.label"]
            ]
            client.experiments.create(name=name, dataset="qa", runs=runs)
        asked, examples = [], client.datasets.examples
        client.datasets.examples = lambda *args, **kwargs: (
            asked.append(kwargs["version"]) or examples(*args, **kwargs)
        )
        found = client.compare("base", "next", "later", "last", dataset="qa")
        concerns = found.comparability[found.comparability["kind"] == "content"]

        assert ["later", "last"] == list(concerns["experiment"])
        assert [1, 1] == list(concerns["count"])
        assert concerns["message"].iloc[0].endswith(": #2")
        assert 2 == len(asked) == len(set(asked))
        assert ["q0"] == list(found.regressions("correct", candidate="next")["question"])

    def test_directions(self, client, experiments):
        """The direction of an annotation comes from its config."""
        client.annotation_configs.create(
            name="effort",
            type="continuous",
            minimum_score=0,
            maximum_score=10,
            optimization_direction="minimize",
        )
        for name in ("base", "next"):
            ids = client.experiments.runs(name, dataset="qa")["id"]
            client.experiments.annotate(
                name, [{"record_id": value, "name": "effort", "score": 3} for value in ids], dataset="qa"
            )
        summary = client.compare("base", "next", dataset="qa").summary.set_index("metric")

        assert "lower" == summary["direction"]["annotation.effort"]
