"""REST side of the local workspace: spaces, projects, datasets, experiments, annotation configs, tags."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

PROBLEM = "application/problem+json"
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def refused(reply):
    """Return the status of a refusal after a look at its document."""
    assert reply.headers["content-type"] == PROBLEM, reply.text
    document = reply.json()
    assert reply.status_code == document["status"]
    assert document["title"]
    assert document["detail"]
    assert document["type"].startswith("https://arize.com/docs/ax/rest-reference/errors#")
    return reply.status_code


@pytest.fixture
def dataset(api):
    """Make a dataset of two examples."""
    return api.made(
        "/v2/datasets", name="qa", space_id=api.space, examples=[{"question": "a"}, {"question": "b"}]
    )


@pytest.fixture
def experiment(api, dataset):
    """Make an experiment of one run in that dataset."""
    return api.made(
        "/v2/experiments",
        name="e",
        dataset_id=dataset["id"],
        experiment_runs=[{"example_id": "x", "output": "o"}],
    )


def test_a_name_can_be_taken_once_in_its_scope(api, dataset):
    """409 for datasets and projects in their space; experiments of a dataset and of a space do not meet."""
    run = {"output": "o"}
    api.made("/v2/projects", name="p", space_id=api.space)
    assert 409 == refused(api.post("/v2/projects", json={"name": "p", "space_id": api.space}))
    assert 201 == api.post("/v2/projects", json={"name": "P", "space_id": api.space}).status_code
    assert 409 == refused(
        api.post("/v2/datasets", json={"name": "qa", "space_id": api.space, "examples": [{"a": 1}]})
    )
    in_dataset = {"name": "e", "dataset_id": dataset["id"], "experiment_runs": [run | {"example_id": "x"}]}
    in_space = {"name": "e", "space_id": api.space, "experiment_runs": [run]}
    assert [201, 201] == [
        api.post("/v2/experiments", json=body).status_code for body in (in_dataset, in_space)
    ]
    assert [409, 409] == [refused(api.post("/v2/experiments", json=body)) for body in (in_dataset, in_space)]


def test_of_many_who_want_one_name_at_once_one_gets_it(api, dataset):
    """Eight requests for one name at the same time: one 201, seven 409."""
    body = {
        "name": "race",
        "dataset_id": dataset["id"],
        "experiment_runs": [{"example_id": "x", "output": "o"}],
    }
    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(lambda _: api.post("/v2/experiments", json=body).status_code, range(8)))
    assert [201] + [409] * 7 == statuses


def test_an_experiment_name_has_its_rules(api):
    """1 to 255 characters, neither double quote nor backslash."""
    for name in ("", "x" * 256, 'a"b', "a\\b"):
        assert 422 == refused(
            api.post(
                "/v2/experiments",
                json={"name": name, "space_id": api.space, "experiment_runs": [{"output": "o"}]},
            )
        )


def test_an_experiment_has_exactly_one_scope(api, dataset):
    """Both or none is a 422 on create, both is a 400 on list."""
    runs = [{"output": "o", "example_id": "x"}]
    both = {"dataset_id": dataset["id"], "space_id": api.space}
    assert 422 == refused(api.post("/v2/experiments", json={"name": "e", "experiment_runs": runs}))
    assert 422 == refused(api.post("/v2/experiments", json={"name": "e", "experiment_runs": runs} | both))
    assert 400 == refused(api.get("/v2/experiments", params=both))


def test_an_experiment_is_pinned_to_the_latest_version_and_never_shows_runs(api, dataset, experiment):
    """Create, get and list show the same fields."""
    version = api.get(f"/v2/datasets/{dataset['id']}").json()["versions"][0]
    assert version["id"] == experiment["dataset_version_id"]
    assert RFC_3339.fullmatch(experiment["created_at"])
    assert experiment == api.get(f"/v2/experiments/{experiment['id']}").json()
    assert [experiment] == api.get("/v2/experiments", params={"dataset_id": dataset["id"]}).json()[
        "experiments"
    ]
    assert [experiment] == api.get("/v2/experiments", params={"space_id": api.space, "name": "E"}).json()[
        "experiments"
    ]
    alone = api.made("/v2/experiments", name="alone", space_id=api.space, experiment_runs=[{"output": "o"}])
    assert (None, None) == (alone["dataset_id"], alone["dataset_version_id"])


def test_updated_at_advances_by_a_second_whatever_the_clock(api, dataset, experiment):
    """The official client keys its cache on the second: each of many quick changes shows another one."""
    config = api.made(
        "/v2/annotation-configs", name="c", space_id=api.space, annotation_config_type="FREEFORM"
    )

    def seconds(kind, identifier):
        return api.get(f"/v2/{kind}/{identifier}").json()["updated_at"][:19]

    run_id = api.get(f"/v2/experiments/{experiment['id']}/runs").json()["experiment_runs"][0]["id"]
    annotation = {"annotations": [{"record_id": run_id, "values": [{"name": config["name"], "text": "t"}]}]}
    seen = [seconds("experiments", experiment["id"])]
    for path, body in [
        ("runs", {"experiment_runs": [{"example_id": "x", "output": "o"}]}),
        ("runs/annotate", annotation),
    ] * 2:
        assert api.post(f"/v2/experiments/{experiment['id']}/{path}", json=body).ok
        seen.append(seconds("experiments", experiment["id"]))
    assert sorted(set(seen)) == seen

    example_id = api.get(f"/v2/datasets/{dataset['id']}/examples").json()["examples"][0]["id"]
    annotation["annotations"][0]["record_id"] = example_id
    seen = [seconds("datasets", dataset["id"])]
    for send, path, body in [
        (api.post, "examples", {"examples": [{"question": "c"}]}),
        (api.patch, "examples", {"examples": [{"id": example_id, "question": "d"}]}),
        (api.post, "examples/annotate", annotation),
        (
            api.delete,
            "examples",
            {"dataset_version_id": experiment["dataset_version_id"], "example_ids": [example_id]},
        ),
    ]:
        assert send(f"/v2/datasets/{dataset['id']}/{path}", json=body).ok
        seen.append(seconds("datasets", dataset["id"]))
    assert sorted(set(seen)) == seen


def test_deleting_a_dataset_takes_its_experiments(api, dataset, experiment):
    """204 without a body; the names are free again."""
    reply = api.delete(f"/v2/datasets/{dataset['id']}")
    assert (204, b"") == (reply.status_code, reply.content)
    assert 404 == refused(api.get(f"/v2/experiments/{experiment['id']}"))
    assert 404 == refused(api.get(f"/v2/experiments/{experiment['id']}/runs"))
    api.made("/v2/datasets", name="qa", space_id=api.space, examples=[{"question": "a"}])


def test_deleting_a_space_takes_everything_in_it(api):
    """Its datasets, experiments, projects and configs go too; other spaces keep theirs."""
    organization = api.get("/v2/spaces").json()["spaces"][0]["organization_id"]
    space = api.made("/v2/spaces", name="s", organization_id=organization)["id"]
    made = {}
    for home in (space, api.space):
        made[home] = [
            ("datasets", api.made("/v2/datasets", name="d", space_id=home, examples=[{"a": 1}])["id"]),
            (
                "experiments",
                api.made("/v2/experiments", name="e", space_id=home, experiment_runs=[{"output": "o"}])["id"],
            ),
            ("projects", api.made("/v2/projects", name="p", space_id=home)["id"]),
            (
                "annotation-configs",
                api.made(
                    "/v2/annotation-configs", name="c", space_id=home, annotation_config_type="FREEFORM"
                )["id"],
            ),
        ]
    assert 204 == api.delete(f"/v2/spaces/{space}").status_code
    assert [404] * 4 == [refused(api.get(f"/v2/{kind}/{identifier}")) for kind, identifier in made[space]]
    assert [200] * 4 == [
        api.get(f"/v2/{kind}/{identifier}").status_code for kind, identifier in made[api.space]
    ]


def test_spaces_are_made_and_changed(api):
    """Omitted members stay, a null description clears, an empty one and an empty change are refused, as are
    system members.
    """
    organization = api.get("/v2/spaces").json()["spaces"][0]["organization_id"]
    space = api.made("/v2/spaces", name="s", organization_id=organization, description="text")
    path = f"/v2/spaces/{space['id']}"
    changed = api.patch(path, json={"is_private": True, "gradient_start_color": "#fff"}).json()
    assert ("s", "text", True, "#fff") == tuple(
        changed[key] for key in ("name", "description", "is_private", "gradient_start_color")
    )
    assert "" == api.patch(path, json={"description": None}).json()["description"]
    assert [422, 422, 409] == [
        refused(api.patch(path, json=body)) for body in ({}, {"description": ""}, {"name": "local"})
    ]
    assert 404 == refused(api.post("/v2/spaces", json={"name": "t", "organization_id": space["id"]}))
    assert 422 == refused(
        api.post("/v2/spaces", json={"name": "t", "organization_id": organization, "id": "x"})
    )
    assert 403 == refused(api.post(f"{path}/users", json={"user_id": "u", "role": "admin"}))
    assert 404 == refused(api.delete(f"{path}/users/u"))


def test_the_last_space_stays(api):
    """Without one nobody could learn the organization that a new one needs."""
    organization = api.get("/v2/spaces").json()["spaces"][0]["organization_id"]
    other = api.made("/v2/spaces", name="other", organization_id=organization)["id"]
    assert 204 == api.delete(f"/v2/spaces/{api.space}").status_code
    assert 403 == refused(api.delete(f"/v2/spaces/{other}"))
    assert ["other"] == [space["name"] for space in api.get("/v2/spaces").json()["spaces"]]


def test_datasets_and_projects_are_renamed(api, dataset):
    """Not to a name that is taken or blank; to their own they may."""
    api.made("/v2/datasets", name="other", space_id=api.space, examples=[{"a": 1}])
    path = f"/v2/datasets/{dataset['id']}"
    renamed = api.patch(path, json={"name": "new"}).json()
    assert ("new", dataset["id"]) == (renamed["name"], renamed["id"])
    assert [409, 422, 200] == [
        api.patch(path, json={"name": name}).status_code for name in ("other", "  ", "new")
    ]
    project = api.made("/v2/projects", name="p", space_id=api.space)
    assert "APPLICATION" == project["project_type"]
    assert "q" == api.patch(f"/v2/projects/{project['id']}", json={"name": "q"}).json()["name"]
    found = {
        kind: api.get("/v2/projects", params={"project_type": kind}).json()["projects"]
        for kind in ("APPLICATION", "EXPERIMENT")
    }
    assert {"APPLICATION": 1, "EXPERIMENT": 0} == {kind: len(projects) for kind, projects in found.items()}


def test_annotation_configs_come_in_three_types(api):
    """Requests say `annotation_config_type`, replies `type`; the type never changes."""
    values = [{"label": "good", "score": 1}, {"label": "bad"}]
    owns = {
        "CONTINUOUS": {"minimum_score": 0, "maximum_score": 5, "optimization_direction": "MAXIMIZE"},
        "CATEGORICAL": {"values": values},
        "FREEFORM": {},
    }
    made = {
        kind: api.made(
            "/v2/annotation-configs", name=kind, annotation_config_type=kind, space_id=api.space, **own
        )
        for kind, own in owns.items()
    }
    assert {kind: kind for kind in made} == {kind: config["type"] for kind, config in made.items()}
    assert (0, 5, "MAXIMIZE") == tuple(
        made["CONTINUOUS"][key] for key in ("minimum_score", "maximum_score", "optimization_direction")
    )
    assert (values, "NONE") == (made["CATEGORICAL"]["values"], made["CATEGORICAL"]["optimization_direction"])
    assert {"id", "name", "space_id", "created_at", "type"} == set(made["FREEFORM"])

    path = f"/v2/annotation-configs/{made['CATEGORICAL']['id']}"
    change = {
        "annotation_config_type": "CATEGORICAL",
        "values": [{"label": "yes"}, {"label": "no"}],
        "name": "new",
    }
    changed = api.patch(path, json=change).json()
    assert ("new", [{"label": "yes"}, {"label": "no"}]) == (changed["name"], changed["values"])
    assert changed == api.get(path).json()
    for body in (
        {"annotation_config_type": "FREEFORM"},
        change | {"values": [{"label": "one"}]},
        {"name": "x"},
    ):
        assert 422 == refused(api.patch(path, json=body))
    assert 409 == refused(api.patch(path, json={"annotation_config_type": "CATEGORICAL", "name": "FREEFORM"}))


def test_annotation_configs_that_are_not_whole_are_refused(api):
    """Each type wants its own members; a name is taken once."""
    config = {"name": "n", "space_id": api.space}
    api.made("/v2/annotation-configs", name="taken", space_id=api.space, annotation_config_type="FREEFORM")
    twice = {"annotation_config_type": "CATEGORICAL", "values": [{"label": "a"}, {"label": "a"}]}
    reversed_scale = {"annotation_config_type": "CONTINUOUS", "minimum_score": 1, "maximum_score": 0}
    kinds = [
        {},
        *({"annotation_config_type": kind} for kind in ("CONTINUOUS", "CATEGORICAL", "X")),
        twice,
        reversed_scale,
    ]
    assert [422] * 6 == [refused(api.post("/v2/annotation-configs", json=config | own)) for own in kinds]
    assert 409 == refused(
        api.post(
            "/v2/annotation-configs", json=config | {"annotation_config_type": "FREEFORM", "name": "taken"}
        )
    )
    (left,) = api.get("/v2/annotation-configs").json()["annotation_configs"]
    assert 204 == api.delete(f"/v2/annotation-configs/{left['id']}").status_code
    assert [] == api.get("/v2/annotation-configs").json()["annotation_configs"]


@pytest.mark.parametrize("kind", ["experiments", "datasets", "projects", "annotation-configs"])
def test_tags_are_attached_and_detached(api, dataset, experiment, kind):
    """Attaching twice is one attachment; the most recently changed tag comes first; bodies
    travel on DELETE.
    """
    owner = {"experiments": experiment, "datasets": dataset}.get(kind)
    if owner is None:
        own = {"annotation_config_type": "FREEFORM"} if kind == "annotation-configs" else {}
        owner = api.made(f"/v2/{kind}", name="owner", space_id=api.space, **own)
    path = f"/v2/{kind}/{owner['id']}/tags"
    one, two = (api.made("/v2/tags", name=name, space_id=api.space)["id"] for name in ("one", "two"))
    assert {"tags": [], "pagination": {"has_more": False}} == api.get(path).json()
    api.post(path, json={"tag_ids": [one]})
    assert ["two", "one"] == [
        tag["name"] for tag in api.post(path, json={"tag_ids": [one, two, one]}).json()["tags"]
    ]
    api.patch(f"/v2/tags/{one}", json={"color": "RED"})
    assert ["one", "two"] == [tag["name"] for tag in api.get(path).json()["tags"]]
    if kind in ("datasets", "projects"):
        assert {"completed": True, "deleted": [two], "not_deleted": []} == api.delete(
            path, json={"tag_ids": [two]}
        ).json()
        assert {"completed": False, "deleted": [], "not_deleted": [two]} == api.delete(
            path, json={"tag_ids": [two]}
        ).json()
        assert 400 == refused(api.delete(path, json={"tag_ids": [two], "extra": 1}))
    else:
        assert 405 == refused(api.delete(path, json={"tag_ids": [two]}))
    assert 422 == refused(api.post(path, json={"tag_ids": [two], "extra": 1}))
    assert 422 == refused(api.post(path, json={"tag_ids": []}))
    assert 404 == refused(api.post(path, json={"tag_ids": ["x"]}))
    assert 204 == api.delete(f"/v2/tags/{one}").status_code
    assert one not in [tag["id"] for tag in api.get(path).json()["tags"]]


def test_tags_have_their_rules(api, dataset):
    """Names are trimmed, unique in any case; null clears; an empty change is 400; a tag of another space does
    not attach.
    """
    tag = api.made("/v2/tags", name="  Prod ", space_id=api.space, description="d", color="TEAL")
    assert "Prod" == tag["name"]
    for name, status in {"prod": 409, " ": 422, "x" * 101: 422}.items():
        assert status == refused(api.post("/v2/tags", json={"name": name, "space_id": api.space}))
    assert 422 == refused(api.post("/v2/tags", json={"name": "n", "space_id": api.space, "color": "MAUVE"}))
    path = f"/v2/tags/{tag['id']}"
    cleared = api.patch(path, json={"description": None, "color": None, "name": "PROD"}).json()
    assert ("PROD", None, None) == (cleared["name"], cleared["description"], cleared["color"])
    assert 400 == refused(api.patch(path, json={}))
    assert 400 == refused(api.patch(path, json={"colour": "RED"}))
    assert 400 == refused(api.post("/v2/tags", json={"name": "n", "space_id": api.space, "id": "x"}))
    organization = api.get("/v2/spaces").json()["spaces"][0]["organization_id"]
    elsewhere = api.made("/v2/spaces", name="s", organization_id=organization)["id"]
    stranger = api.made("/v2/tags", name="t", space_id=elsewhere)["id"]
    assert 422 == refused(api.post(f"/v2/datasets/{dataset['id']}/tags", json={"tag_ids": [stranger]}))
