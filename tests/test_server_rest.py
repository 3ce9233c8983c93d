"""REST side of the local workspace: keys, ids, bodies, problem documents, pages."""

from __future__ import annotations

import base64
import re
from urllib.parse import quote

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


def test_one_space_named_local_exists_from_the_start(api):
    """A new store has the space `local` and nothing else."""
    reply = api.get("/v2/spaces")
    assert (200, "application/json") == (reply.status_code, reply.headers["content-type"])
    (space,) = reply.json()["spaces"]
    assert space["name"] == "local"
    assert {"organization_id", "description", "is_private", "created_at"} <= set(space)
    assert reply.json()["pagination"] == {"has_more": False}
    for kind in ("projects", "datasets", "experiments", "annotation_configs"):
        empty = api.get(f"/v2/{kind.replace('_', '-')}").json()
        assert empty == {kind: [], "pagination": {"has_more": False}}


def test_a_wrong_key_is_a_401_problem_that_does_not_show_it(api, fresh_server):
    """Only `Bearer <key>` is let in, whatever the body; the connection stays usable."""
    key = fresh_server.api_key
    for authorization in (None, "", "Bearer", "Bearer wrong", f"Basic {key}", key, f"Bearer {key}x"):
        reply = api.post("/v2/datasets", data=b"x" * 100_000, headers={"Authorization": authorization})
        assert 401 == refused(reply)
        assert key not in reply.text
        assert api.get("/v2/spaces").status_code == 200


def test_the_scheme_of_the_key_may_be_in_any_case(api, fresh_server):
    """`bearer` is as good as `Bearer`."""
    assert (
        200 == api.get("/v2/spaces", headers={"Authorization": f"bearer {fresh_server.api_key}"}).status_code
    )


def test_ids_are_base64_of_type_number_suffix_without_characters_that_urls_mind(api, experiment, dataset):
    """Clients tell an id from a name by decoding it."""
    config = api.made(
        "/v2/annotation-configs", name="c", space_id=api.space, annotation_config_type="FREEFORM"
    )
    tag = api.made("/v2/tags", name="t", space_id=api.space)
    project = api.made("/v2/projects", name="p", space_id=api.space)
    version = api.get(f"/v2/datasets/{dataset['id']}").json()["versions"][0]
    for kind, resource in {
        "Dataset": dataset, "DatasetVersion": version, "Experiment": experiment, "AnnotationConfig": config, "Tag": tag, "Project": project,
    }.items():  # fmt: skip
        word, number, suffix = base64.b64decode(resource["id"], validate=True).decode().split(":")
        assert (kind, True, 4) == (word, number.isdigit(), len(suffix))
        assert not {"/", "+"} & set(resource["id"])


def test_ids_arrive_percent_encoded_and_an_encoded_slash_starts_no_segment(api, experiment):
    """`=` comes as `%3D`; `%2F` inside a segment is not a path separator."""
    assert 200 == api.get(f"/v2/experiments/{quote(experiment['id'], safe='')}").status_code
    assert 404 == refused(api.get(f"/v2/experiments/{quote(experiment['id'], safe='')}%2Fruns"))


def test_unknown_ids_in_a_path_are_404(api):
    """Also when they are no ids at all: the official harness asks for such a placeholder."""
    for path in ("spaces", "projects", "datasets", "experiments", "annotation-configs"):
        for identifier in ("experiment_id_for_http_run", "RXhwZXJpbWVudDo5OTphQmNE"):
            assert 404 == refused(api.get(f"/v2/{path}/{identifier}"))
            assert 404 == refused(api.delete(f"/v2/{path}/{identifier}"))


def test_a_malformed_id_elsewhere_is_400_and_an_unknown_one_404(api):
    """A scoping resource that is absent is a 404, what is no id a 400."""
    unknown = base64.b64encode(b"Space:99:aBcD").decode()
    for path in ("projects", "datasets", "experiments", "annotation-configs"):
        assert 404 == refused(api.get(f"/v2/{path}", params={"space_id": unknown}))
        assert 400 == refused(api.get(f"/v2/{path}", params={"space_id": "local"}))
    assert 400 == refused(api.post("/v2/projects", json={"name": "p", "space_id": "local"}))
    assert 404 == refused(api.post("/v2/projects", json={"name": "p", "space_id": unknown}))


def test_what_is_not_served_says_so(api):
    """Prompts and unknown paths are 404 with a word on it, wrong methods 405."""
    for path in ("/v2/prompts", "/v2/prompts/x", "/v2/prompts/x/versions", "/v2/prompt-versions/x"):
        reply = api.get(path)
        assert 404 == refused(reply)
        assert "not served by the local workspace" in reply.json()["detail"]
    assert 404 == refused(api.get("/v2/traces"))
    assert 404 == refused(api.get("/v2/experiments/"))
    assert 405 == refused(api.put("/v2/experiments", json={}))
    assert 405 == refused(api.patch("/v2/experiments/x", json={}))


def test_an_empty_query_value_counts_as_absent(api, dataset):
    """The official client always sends `?dataset_version_id=`."""
    reply = api.post(
        f"/v2/datasets/{dataset['id']}/examples?dataset_version_id=", json={"examples": [{"question": "c"}]}
    )
    assert 201 == reply.status_code
    assert 200 == api.get("/v2/experiments?dataset_id=&space_id=&name=&cursor=&limit=").status_code


def test_a_body_that_is_no_json_object_is_400(api):
    """The body is read by the letter: no NaN, no half of a surrogate pair."""
    for body in (b"", b"{", b"[]", b"1", b'{"name": NaN}', b'{"name": "\\ud800"}', b"\xff", b"[" * 5000):
        assert 400 == refused(
            api.post("/v2/projects", data=body, headers={"Content-Type": "application/json"})
        )


def test_wrong_types_are_400_and_what_is_missing_unknown_or_out_of_range_422(api):
    """400 is for the form of a request and for its parameters, 422 for what a body says."""
    good = {"name": "p", "space_id": api.space}
    assert 400 == refused(api.post("/v2/projects", json=good | {"name": 1}))
    assert 422 == refused(api.post("/v2/projects", json={"name": "p"}))
    refusal = api.post("/v2/projects", json=good | {"extra": 1})
    assert (422, True) == (refused(refusal), refusal.json()["type"].endswith("#validation-error"))
    assert 422 == refused(api.post("/v2/projects", json=good | {"name": " "}))
    assert 422 == refused(api.post("/v2/projects", json=good | {"name": "x" * 256}))
    assert 400 == refused(api.get("/v2/projects", params={"name": "x" * 256}))
    for limit in (0, 101, -1, "many", 10**30):
        assert 400 == refused(api.get("/v2/projects", params={"limit": limit}))


def test_pages_are_newest_first_and_stand_still_while_others_insert(api):
    """A cursor goes on behind the last item shown, whatever was added or removed meanwhile."""
    for number in range(5):
        api.made("/v2/projects", name=f"p{number}", space_id=api.space)
    first = api.get("/v2/projects", params={"limit": 2}).json()
    assert ["p4", "p3"] == [item["name"] for item in first["projects"]]
    assert first["pagination"]["has_more"]
    api.made("/v2/projects", name="late", space_id=api.space)
    api.delete(f"/v2/projects/{first['projects'][1]['id']}")
    second = api.get("/v2/projects", params={"limit": 2, "cursor": first["pagination"]["next_cursor"]}).json()
    assert ["p2", "p1"] == [item["name"] for item in second["projects"]]
    last = api.get("/v2/projects", params={"limit": 2, "cursor": second["pagination"]["next_cursor"]}).json()
    assert (["p0"], {"has_more": False}) == ([item["name"] for item in last["projects"]], last["pagination"])


def test_a_cursor_of_another_listing_is_400(api):
    """A cursor is bound to the question it came from."""
    for number in range(2):
        api.made("/v2/projects", name=f"p{number}", space_id=api.space)
    cursor = api.get("/v2/projects", params={"limit": 1}).json()["pagination"]["next_cursor"]
    for path, params in {"/v2/datasets": {}, "/v2/projects": {"name": "p"}}.items():
        assert 400 == refused(api.get(path, params=params | {"cursor": cursor}))
    for broken in ("x", "é", cursor[:-2], cursor + "A" * 40):
        assert 400 == refused(api.get("/v2/projects", params={"cursor": broken}))


def test_names_are_found_by_part_in_any_case_also_by_the_space_name(api):
    """`name` and `space_name` are substrings; wildcards mean themselves."""
    for name in ("Alpha_1", "alphabet", "Ünï%", "other"):
        api.made("/v2/projects", name=name, space_id=api.space)

    def found(**params):
        return [item["name"] for item in api.get("/v2/projects", params=params).json()["projects"]]

    assert ["alphabet", "Alpha_1"] == found(name="ALPHA")
    assert ["Alpha_1"] == found(name="_")
    assert ["Ünï%"] == found(name="ünÏ%")
    assert 4 == len(found(space_name="OCA"))
    assert [] == found(space_name="elsewhere")
