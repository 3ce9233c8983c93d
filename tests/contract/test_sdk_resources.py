"""The official SDK on spaces, configs, tags and names among many; and the official program's commands for
them.
"""

from __future__ import annotations

import pytest
import requests

from .conftest import FIELDS, OfficialError

pytestmark = pytest.mark.contract

MANY = 103


@pytest.fixture
def rest(local_server):
    """Post to the server as nobody in particular, to make many resources quickly."""
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {local_server.api_key}"

        def post(kind, **body):
            reply = session.post(f"{local_server.api_url}/v2/{kind}", json=body, timeout=30)
            assert reply.status_code == 201, reply.text
            return reply.json()["id"]

        yield post


class TestNamesAmongMany:
    """Names are looked for page by page; a hundred is a page."""

    def test_a_dataset_on_the_second_page(self, sdk, rest, fresh_space):
        """The exact name is found behind a hundred that contain it."""
        first = rest("datasets", name="qa", space_id=fresh_space.id, examples=[{"a": 1}])
        for number in range(MANY):
            rest("datasets", name=f"qa {number}", space_id=fresh_space.id, examples=[{"a": 1}])

        assert first == sdk("datasets.get", dataset="qa", space=fresh_space.name)["id"]
        with pytest.raises(OfficialError, match="QA"):
            sdk("datasets.get", dataset="QA", space=fresh_space.name)

    def test_an_experiment_on_the_second_page(self, sdk, rest, dataset, fresh_space):
        """By its dataset and by its space; one of the same name without a dataset makes the space's
        ambiguous.
        """
        runs = [{"example_id": "x", "output": "o"}]
        first = rest("experiments", name="base", dataset_id=dataset["id"], experiment_runs=runs)
        for number in range(MANY):
            rest("experiments", name=f"e{number}", dataset_id=dataset["id"], experiment_runs=runs)

        assert first == sdk("experiments.get", experiment="base", dataset="qa", space=fresh_space.name)["id"]
        assert first == sdk("experiments.get", experiment="base", space=fresh_space.name)["id"]
        alone = rest("experiments", name="base", space_id=fresh_space.id, experiment_runs=[{"output": "o"}])
        with pytest.raises(OfficialError, match=f"{alone}.*{first}"):
            sdk("experiments.get", experiment="base", space=fresh_space.name)
        assert first == sdk("experiments.get", experiment="base", dataset=dataset["id"])["id"]


class TestSpaces:
    """Spaces are made, changed and deleted with all that is in them."""

    def test_life_of_a_space(self, sdk, fresh_space, unique_name):
        """A description is cleared, a name is taken once, what was in it is gone."""
        organization = sdk("spaces.get", space=fresh_space.id)["organization_id"]
        name = unique_name("life")
        made = sdk("spaces.create", name=name, organization_id=organization, description="first")
        assert ("first", False) == (made["description"], made["is_private"])
        with pytest.raises(OfficialError) as raised:
            sdk("spaces.create", name=name, organization_id=organization)
        assert 409 == raised.value.status

        changed = sdk("spaces.update", space=name, name=f"{name}-2", description="second")
        assert (f"{name}-2", "second") == (changed["name"], changed["description"])
        held = sdk("datasets.create", name="held", space=made["id"], examples=[{"a": 1}])["id"]
        sdk("spaces.delete", space=made["id"])
        for call, arguments in (("spaces.get", {"space": made["id"]}), ("datasets.get", {"dataset": held})):
            with pytest.raises(OfficialError) as raised:
                sdk(call, **arguments)
            assert 404 == raised.value.status


class TestConfigs:
    """Annotation configs are changed."""

    def test_each_type(self, sdk, fresh_space):
        """Values are replaced, scores moved, names changed; a config of another type is refused."""
        where = {"space": fresh_space.name}
        values = {"$values": [{"label": "a", "score": 1.0}, {"label": "b"}]}
        sdk("annotation_configs.create_categorical", name="cat", values=values, **where)
        sdk("annotation_configs.create_continuous", name="con", minimum_score=0, maximum_score=1, **where)
        sdk("annotation_configs.create_freeform", name="free", **where)

        other = {"$values": [{"label": "c"}, {"label": "d", "score": 0.5}]}
        cat = sdk(
            "annotation_configs.update_categorical",
            annotation_config="cat",
            name="cat2",
            values=other,
            **where,
        )
        assert ("cat2", [("c", None), ("d", 0.5)]) == (
            cat["name"],
            [(item["label"], item.get("score")) for item in cat["values"]],
        )
        con = sdk("annotation_configs.update_continuous", annotation_config="con", maximum_score=5, **where)
        assert (0, 5) == (con["minimum_score"], con["maximum_score"])
        assert (
            "free2"
            == sdk("annotation_configs.update_freeform", annotation_config="free", name="free2", **where)[
                "name"
            ]
        )
        with pytest.raises(OfficialError) as raised:
            sdk("annotation_configs.update_freeform", annotation_config="con", name="x", **where)
        assert 422 == raised.value.status


class TestExports:
    """Whole tables to files."""

    def test_parquet(self, sdk, dataset, experiment, tmp_path):
        """`export_to_parquet` of an experiment and of a dataset, over Flight."""
        import pyarrow.parquet as pq

        sdk("experiments.export_to_parquet", experiment=experiment["id"], path=str(tmp_path / "runs.parquet"))
        sdk("datasets.export_to_parquet", dataset=dataset["id"], path=str(tmp_path / "examples.parquet"))

        assert ["a0", "a1", "a2"] == pq.read_table(tmp_path / "runs.parquet")["output"].to_pylist()
        assert ["q0", "q1", "q2"] == pq.read_table(tmp_path / "examples.parquet")["question"].to_pylist()

    def test_times_are_written(self, sdk, dataset):
        """A frame with a column of times is uploaded in bulk, and is ISO 8601 text."""
        rows = [
            {"example_id": f"e{number}", "output": "o", "at": {"$time": 1_767_323_045 + number}}
            for number in range(1001)
        ]
        made = sdk(
            "experiments.create",
            name="times",
            dataset=dataset["id"],
            experiment_runs={"$frame": rows},
            task_fields=FIELDS,
        )

        run = sdk("experiments.list_runs", experiment=made["id"], limit=1)["experiment_runs"][0]

        assert "2026-01-02T03:04:05" == run["at"][:19]


class TestTags:
    """The generated client has tags; neither the SDK nor the program shows them."""

    def test_life_of_a_tag(self, sdk, dataset, experiment, fresh_space):
        """Made, attached, listed, changed, detached, deleted; a name is taken in any case."""
        tag = sdk(
            "$generated.TagsApi.create_tag",
            create_tag_request={"name": " Prod ", "space_id": fresh_space.id, "color": "TEAL"},
        )
        assert ("Prod", "TEAL") == (tag["name"], tag["color"])
        with pytest.raises(OfficialError) as raised:
            sdk(
                "$generated.TagsApi.create_tag",
                create_tag_request={"name": "PROD", "space_id": fresh_space.id},
            )
        assert 409 == raised.value.status

        chosen = {"tag_ids": [tag["id"]]}
        attached = sdk(
            "$generated.DatasetsApi.add_dataset_tags", dataset_id=dataset["id"], add_tags_request=chosen
        )
        assert [tag["id"]] == [item["id"] for item in attached["tags"]]
        sdk(
            "$generated.ExperimentsApi.add_experiment_tags",
            experiment_id=experiment["id"],
            add_tags_request=chosen,
        )
        changed = sdk(
            "$generated.TagsApi.update_tag", tag_id=tag["id"], update_tag_request={"description": "in use"}
        )
        listed = sdk("$generated.ExperimentsApi.list_experiment_tags", experiment_id=experiment["id"])["tags"]
        assert ["in use"] == [item["description"] for item in listed] == [changed["description"]]
        gone = sdk(
            "$generated.DatasetsApi.remove_dataset_tags", dataset_id=dataset["id"], remove_tags_request=chosen
        )
        assert (True, [tag["id"]], []) == (gone["completed"], gone["deleted"], gone["not_deleted"])
        sdk("$generated.TagsApi.delete_tag", tag_id=tag["id"])
        assert (
            []
            == sdk("$generated.ExperimentsApi.list_experiment_tags", experiment_id=experiment["id"])["tags"]
        )


class TestProgram:
    """Commands of `ax` for the same."""

    def test_spaces(self, ax, ax_json, fresh_space, unique_name):
        """Made, changed, deleted."""
        organization = ax_json("spaces", "get", fresh_space.id)["organization_id"]
        name = unique_name("ax")
        made = ax_json(
            "spaces", "create", "--name", name, "--organization-id", organization, "--description", "d"
        )
        assert "e" == ax_json("spaces", "update", name, "--description", "e")["description"]
        ax("spaces", "delete", made["id"], "--force")
        ax("spaces", "get", made["id"], status=4)

    def test_projects_and_configs_are_changed(self, ax, ax_json, fresh_space):
        """Renamed and deleted, changed by type."""
        where = ("--space", fresh_space.name)
        ax("projects", "create", "--name", "p", *where)
        assert "q" == ax_json("projects", "update", "p", "--name", "q", *where)["name"]
        ax("projects", "delete", "q", *where, "--force")
        assert [] == ax_json("projects", "list", *where)["projects"]
        ax(
            "annotation-configs",
            "create",
            "continuous",
            "--name",
            "c",
            *where,
            "--min-score",
            "0",
            "--max-score",
            "1",
        )
        changed = ax_json(
            "annotation-configs", "update", "continuous", "c", *where, "--new-name", "d", "--max-score", "5"
        )
        assert ("d", 5) == (changed["name"], changed["maximum_score"])

    def test_a_page_of_examples(self, ax, dataset, examples):
        """`datasets export` takes a limit and a cursor, and a version."""
        import json

        two = json.loads(ax("datasets", "export", dataset["id"], "--limit", "2", "--stdout")["stdout"])
        version = dataset["versions"][0]["id"]
        every = json.loads(
            ax("datasets", "export", dataset["id"], "--version-id", version, "--stdout")["stdout"]
        )
        assert ([row["id"] for row in examples][:2], 3) == ([row["id"] for row in two], len(every))

    def test_what_is_not_served_says_so(self, ax, fresh_space):
        """Prompts: exit status 4 with the server's own words."""
        assert (
            "prompts are not served by the local workspace"
            in ax("prompts", "list", "--space", fresh_space.id, status=4)["stderr"]
        )
