"""Runs and examples over REST: any value in any column, pages, filters, annotations, versions."""

from __future__ import annotations

import json

import pytest

BIG = 2**63 - 1
HOSTILE = "' OR 1=1; DROP TABLE spaces; --"


@pytest.fixture
def experiment(api):
    """Make a stand-alone experiment of one run and return its path."""
    made = api.made("/v2/experiments", name="e", space_id=api.space, experiment_runs=[{"output": "first"}])
    return f"/v2/experiments/{made['id']}"


@pytest.fixture
def dataset(api):
    """Make a dataset of three examples and return its path."""
    examples = [{"question": text, "n": number} for number, text in enumerate("abc")]
    return f"/v2/datasets/{api.made('/v2/datasets', name='qa', space_id=api.space, examples=examples)['id']}"


def runs(api, path, **search):
    """Return all runs that a search finds, page by page."""
    found = []
    while True:
        reply = api.post(f"{path}/runs/search", json=search)
        assert reply.status_code == 200, reply.text
        found += reply.json()["experiment_runs"]
        if "next_cursor" not in reply.json()["pagination"]:
            return found
        search["cursor"] = reply.json()["pagination"]["next_cursor"]


def append(api, path, *items):
    """Append runs and return the reply."""
    return api.post(f"{path}/runs", json={"experiment_runs": list(items)})


@pytest.mark.parametrize(
    "values",
    [
        [1, 2, None, BIG, -(2**63)],
        [0.1, 1.0, -0.0, 1e300, 5e-324, None],
        [1, 2.5, 3],
        [True, False, None],
        ["", "x", "\x00", "é\U0001f600\u2028", "<script>", HOSTILE, None],
        [[], {}, [1, [2, {"a": None}]], {"": {"deep": [True, 1.5, "t"]}}],
        ["text", 1, 1.5, True, None, [1], {"a": BIG}],
        [BIG, 0.5],
        [None, None],
    ],
    ids=["integers", "floats", "both", "booleans", "text", "nested", "mixed", "inexact", "nulls"],
)
def test_any_json_value_comes_back_as_it_was_sent(api, experiment, values):
    """Together in one request, and one by one so that the column has to grow to the kind of each."""
    together = append(api, experiment, *({"output": "o", "together": value} for value in values))
    assert 201 == together.status_code
    for value in values:
        assert 201 == append(api, experiment, {"output": "o", "alone": value}).status_code
    found = runs(api, experiment)[1:]
    expected = json.dumps(values)
    assert json.loads(expected) == [run["together"] for run in found[: len(values)]]
    assert json.loads(expected) == [run["alone"] for run in found[len(values) :]]
    assert [None] * len(values) == [run["alone"] for run in found[: len(values)]]


def test_any_text_names_a_column(api, experiment):
    """Names that differ by case only, names of SQL and of the store's own tables, dots, quotes, controls."""
    names = [
        "A",
        "a",
        "seq",
        "c0",
        "u0",
        "i",
        "t",
        "select",
        'x"y',
        "eval.q.score",
        "é",
        "",
        " ",
        "\x00",
        HOSTILE,
        "created_at",
        "x" * 500,
    ]
    item = {"output": "o"} | {name: index for index, name in enumerate(names)}
    assert 201 == append(api, experiment, item).status_code
    found = runs(api, experiment)
    assert item == {name: found[1][name] for name in item}
    assert [None] * len(names) == [found[0][name] for name in names]


def test_integers_beyond_64_bits_are_refused_wherever_they_stand(api, experiment):
    """422 names the run and the column; nothing of the request is kept."""
    for value in (2**63, -(2**63) - 1, 10**400, [2**65]):
        reply = append(api, experiment, {"output": "o"}, {"output": "o", "n": value})
        assert (422, True) == (reply.status_code, "experiment_runs[1].n" in reply.json()["detail"])
    assert (
        400
        == api.post(
            f"{experiment}/runs", data=b'{"experiment_runs": [{"output": "o", "n": 1e999}]}'
        ).status_code
    )
    assert 1 == len(runs(api, experiment))


@pytest.mark.parametrize(
    ("item", "status"),
    [
        ({}, 422),
        ({"output": None}, 400),
        ({"output": 4}, 400),
        ({"output": {"a": 1}}, 400),
        ({"output": "o", "error": 1}, 400),
        ({"output": "o", "example_id": 1}, 400),
        ({"output": "o", "example_id": "e"}, 422),
        ({"output": "o", "annotations": [{"name": "a"}]}, 422),
        ("text", 400),
    ],
)
def test_a_run_has_rules_and_one_that_breaks_them_stops_all(api, experiment, item, status):
    """An output that is text; an example id only with a dataset."""
    reply = append(api, experiment, {"output": "good"}, item)
    assert (status, "application/problem+json") == (reply.status_code, reply.headers["content-type"])
    assert 1 == len(runs(api, experiment))


def test_with_a_dataset_every_run_names_an_example(api, dataset):
    """The id is a correlation key: whether the dataset has it is not checked."""
    body = {"name": "e", "dataset_id": dataset.rsplit("/", 1)[1]}
    assert 422 == api.post("/v2/experiments", json=body | {"experiment_runs": [{"output": "o"}]}).status_code
    assert (
        201
        == api.post(
            "/v2/experiments", json=body | {"experiment_runs": [{"output": "o", "example_id": "nowhere"}]}
        ).status_code
    )


def test_one_to_a_thousand_runs_a_request(api, experiment):
    """0 and 1001 are refused; run ids come back in the order of the request, which is the order
    of the runs.
    """
    assert [422, 422] == [
        append(api, experiment, *({"output": "o"} for _ in range(n))).status_code for n in (0, 1001)
    ]
    ids = append(api, experiment, *({"output": str(n)} for n in range(1000))).json()["run_ids"]
    found = runs(api, experiment, limit=500)[1:]
    assert sorted(set(ids)) == ids == [run["id"] for run in found]
    assert [str(n) for n in range(1000)] == [run["output"] for run in found]


def test_both_forms_of_reading_runs_give_the_same_pages(api, experiment):
    """GET and POST search: default 50, 1 to 500, no cursor on the last page, stable while runs
    are appended.
    """
    append(api, experiment, *({"output": str(n)} for n in range(119)))
    get, search = api.get(f"{experiment}/runs"), api.post(f"{experiment}/runs/search", json={})
    assert get.json() == search.json()
    assert 50 == len(get.json()["experiment_runs"])
    seen, cursor = [], None
    while True:
        page = api.get(f"{experiment}/runs", params={"limit": 7, "cursor": cursor}).json()
        seen += [run["id"] for run in page["experiment_runs"]]
        if len(seen) == 14:
            append(api, experiment, {"output": "late"})
        cursor = page["pagination"].get("next_cursor")
        assert page["pagination"]["has_more"] == (cursor is not None)
        if cursor is None:
            break
    assert sorted(set(seen)) == seen
    assert 121 == len(seen)
    for limit in (0, 501):
        assert 400 == api.get(f"{experiment}/runs", params={"limit": limit}).status_code
        assert 422 == api.post(f"{experiment}/runs/search", json={"limit": limit}).status_code
    assert 400 == api.post(f"{experiment}/runs/search", json={"limit": "5"}).status_code
    assert 422 == api.post(f"{experiment}/runs/search", json={"order": "id"}).status_code


def test_filters_choose_rows_and_never_reach_further(api, experiment):
    """Each filter against what it must find; a cell that a run lacks matches nothing but IS NULL."""
    append(
        api,
        experiment,
        {
            "output": "4",
            "eval.q.v1.score": 0.9,
            "eval.q.v1.label": "good",
            "topic": "math",
            "n": 1,
            "ok": True,
            "any": [1],
        },
        {"output": HOSTILE, "eval.q.v1.score": 0.2, "topic": "geo%", "n": BIG, "ok": False, "any": 2},
        {"output": "line\nbreak_%", "topic": "Geo", "any": "t"},
    )
    for text, expected in {
        "output = '4'": ["4"],
        "output != '4' AND n > 1": [HOSTILE],
        f"output = '{HOSTILE.replace(chr(39), chr(39) * 2)}'": [HOSTILE],
        "eval.q.v1.score >= 0.9 OR eval.q.v1.label = 'good'": ["4"],
        "eval.q.v1.score < 1e999": ["4", HOSTILE],
        "NOT (eval.q.v1.score < 1)": ["first", "line\nbreak_%"],
        "n != 1": [HOSTILE],
        f"n = {BIG}": [HOSTILE],
        f"n < {2**70}": ["4", HOSTILE],
        "ok = TRUE": ["4"],
        "topic IN ('math', 'geo%')": ["4", HOSTILE],
        "topic NOT IN ('math')": [HOSTILE, "line\nbreak_%"],
        "topic LIKE 'ge%'": [HOSTILE],
        r"topic LIKE '%\%'": [HOSTILE],
        "output LIKE 'line%k____'": [],
        "output LIKE 'line%k__'": ["line\nbreak_%"],
        "output CONTAINS '_%'": ["line\nbreak_%"],
        "topic IS NULL": ["first"],
        "topic IS NOT NULL AND any CONTAINS '['": ["4"],
        "id > ''": ["first", "4", HOSTILE, "line\nbreak_%"],
    }.items():
        assert expected == [run["output"] for run in runs(api, experiment, filter=text, limit=1)], text


@pytest.mark.parametrize("text", ["", "  "])
def test_a_blank_filter_is_400(api, experiment, text):
    """It is not the same as none."""
    assert 400 == api.post(f"{experiment}/runs/search", json={"filter": text}).status_code


@pytest.mark.parametrize(
    "text",
    [
        "nowhere = 1", "output", "output = ", "output = '4", "output = 4", "(output = '4'", "1 = 1", "output = output",
        "output = (SELECT name FROM spaces)", "read_text('/etc/passwd') = 'x'", "output = '4'; DROP TABLE spaces",
        "output = '4' UNION SELECT 1", "output = '4' -- x", "seq > 0", "t.seq > 0", "(" * 2000 + "output = '4'", "sheet_1.id = 'x'",
    ],
)  # fmt: skip
def test_what_is_no_filter_or_names_no_column_is_422(api, experiment, text):
    """Functions, sub-queries and the store's own columns are no part of the language; the column is named."""
    reply = api.post(f"{experiment}/runs/search", json={"filter": text})
    assert 422 == reply.status_code
    if text == "nowhere = 1":
        assert "'nowhere'" in reply.json()["detail"]


def test_a_cursor_belongs_to_its_filter(api, experiment):
    """Going on with another filter is a 400."""
    append(api, experiment, {"output": "a"}, {"output": "b"})
    cursor = api.post(f"{experiment}/runs/search", json={"limit": 1, "filter": "output != 'x'"}).json()[
        "pagination"
    ]["next_cursor"]
    assert 400 == api.post(f"{experiment}/runs/search", json={"cursor": cursor}).status_code


def test_annotations_are_written_member_by_member(api, experiment):
    """What is not given stays; unknown records are passed over; names must be configs of the space."""
    api.made("/v2/annotation-configs", name="q.v1", space_id=api.space, annotation_config_type="FREEFORM")
    (run,) = runs(api, experiment)
    assert "annotations" not in run

    def annotate(**value):
        records = [
            {"record_id": identifier, "values": [{"name": "q.v1"} | value]}
            for identifier in (run["id"], "unknown")
        ]
        return api.post(f"{experiment}/runs/annotate", json={"annotations": records})

    reply = annotate(score=0.5, label="ok")
    assert (202, b"") == (reply.status_code, reply.content)
    annotate(text="why", label=None)
    annotate(score=1)
    (annotation,) = runs(api, experiment)[0]["annotations"]
    assert ("q.v1", 1.0, "ok", "why") == tuple(
        annotation[name] for name in ("name", "score", "label", "text")
    )
    assert {"id", "email"} == set(annotation["annotator"])
    append(api, experiment, {"output": "second"})
    for text, expected in {
        "annotation.q.v1.label = 'ok'": ["first"],
        "annotation.q.v1.score IN (1, 2) AND output = 'first'": ["first"],
        "annotation.q.v1.text IS NULL": ["second"],
        "NOT (annotation.q.v1.text LIKE 'w%')": ["second"],
    }.items():
        assert expected == [found["output"] for found in runs(api, experiment, filter=text)], text
    assert 422 == annotate(score="high").status_code or 400
    body = {"annotations": [{"record_id": run["id"], "values": [{"name": "unknown", "score": 1}]}]}
    assert 422 == api.post(f"{experiment}/runs/annotate", json=body).status_code
    assert 422 == api.post(f"{experiment}/runs/annotate", json={"annotations": []}).status_code


def examples(api, dataset, **search):
    """Return the examples of a version."""
    reply = api.post(f"{dataset}/examples/search", json={"limit": 500} | search)
    assert reply.status_code == 200, reply.text
    return reply.json()["examples"]


def test_examples_have_what_the_server_gives_and_their_own_columns(api, dataset):
    """Both forms of reading agree; rows come in the order in which they were added."""
    found = examples(api, dataset)
    assert {"id", "created_at", "updated_at", "question", "n"} == set(found[0])
    assert ["a", "b", "c"] == [example["question"] for example in found]
    assert found == api.get(f"{dataset}/examples").json()["examples"]
    pages = [api.get(f"{dataset}/examples", params={"limit": 2}).json()]
    pages.append(
        api.get(
            f"{dataset}/examples", params={"limit": 2, "cursor": pages[0]["pagination"]["next_cursor"]}
        ).json()
    )
    assert found == pages[0]["examples"] + pages[1]["examples"]
    assert ["b"] == [
        example["question"]
        for example in examples(api, dataset, filter="n = 1 AND created_at > '2020-01-01'")
    ]


def test_new_examples_may_not_bring_what_the_server_gives(api, dataset):
    """Not the system fields, and something at all."""
    for item in ({}, {"a": 1, "id": "x"}, {"a": 1, "created_at": "x"}, {"a": 1, "updated_at": 1}):
        assert 422 == api.post(f"{dataset}/examples", json={"examples": [{"a": 1}, item]}).status_code
        assert (
            422
            == api.post(
                "/v2/datasets", json={"name": "n", "space_id": api.space, "examples": [item]}
            ).status_code
        )
    assert 3 == len(examples(api, dataset))


def test_examples_are_changed_in_place_or_in_a_new_version(api, dataset):
    """Members that are left out stay, null clears, new columns come in, unknown ids are passed over; the old
    version stays.
    """
    first = api.get(dataset).json()["versions"][0]["id"]
    ids = [example["id"] for example in examples(api, dataset)]
    body = {
        "examples": [
            {"id": ids[2], "question": None, "new": [1]},
            {"id": "unknown", "question": "x"},
            {"id": ids[0], "n": 0.5},
        ]
    }
    reply = api.patch(f"{dataset}/examples", json=body)
    assert (200, first, [ids[2], ids[0]]) == (
        reply.status_code,
        reply.json()["dataset_version_id"],
        reply.json()["example_ids"],
    )
    found = examples(api, dataset)
    assert [("a", 0.5, None), ("b", 1, None), (None, 2, [1])] == [
        tuple(example[name] for name in ("question", "n", "new")) for example in found
    ]
    assert found[2]["updated_at"] >= found[2]["created_at"]

    versioned = {"examples": [{"id": ids[1], "question": "B"}], "new_version": "second"}
    second = api.patch(f"{dataset}/examples", json=versioned).json()["dataset_version_id"]
    assert [second, first] == [version["id"] for version in api.get(dataset).json()["versions"]]
    assert ["a", "B", None] == [example["question"] for example in examples(api, dataset)]
    assert ["a", "b", None] == [
        example["question"] for example in examples(api, dataset, dataset_version_id=first)
    ]
    assert 409 == api.patch(f"{dataset}/examples", json=versioned).status_code
    appended = api.post(
        f"{dataset}/examples", params={"dataset_version_id": first}, json={"examples": [{"question": "d"}]}
    ).json()
    assert (first, 1) == (appended["dataset_version_id"], len(appended["example_ids"]))
    assert [4, 3] == [len(examples(api, dataset, dataset_version_id=version)) for version in (first, second)]
    for item, status in {"": 422, "id": 400}.items():
        assert status == api.patch(f"{dataset}/examples", json={"examples": [{item: 1}]}).status_code


def test_examples_are_deleted_as_often_as_one_likes(api, dataset):
    """Ids that are not there are named, not refused; pages go on over what is left."""
    version = api.get(dataset).json()["versions"][0]["id"]
    ids = [example["id"] for example in examples(api, dataset)]
    cursor = api.get(f"{dataset}/examples", params={"limit": 1}).json()["pagination"]["next_cursor"]
    body = {"dataset_version_id": version, "example_ids": [ids[0], "unknown"]}
    reply = api.delete(f"{dataset}/examples", json=body).json()
    assert {
        "completed": True,
        "deleted_example_ids": [ids[0]],
        "not_deleted_example_ids": ["unknown"],
    } == reply
    assert [] == api.delete(f"{dataset}/examples", json=body).json()["deleted_example_ids"]
    left = api.get(f"{dataset}/examples", params={"limit": 5, "cursor": cursor}).json()["examples"]
    assert ["b", "c"] == [example["question"] for example in left]
    assert 422 == api.delete(f"{dataset}/examples", json=body | {"example_ids": ["a", "a"]}).status_code
    assert (
        404
        == api.delete(
            f"{dataset}/examples", json=body | {"dataset_version_id": "RGF0YXNldFZlcnNpb246OTk6YUJjRA=="}
        ).status_code
    )
    api.delete(f"{dataset}/examples", json=body | {"example_ids": ids})
    assert [] == examples(api, dataset)
    assert 201 == api.post(f"{dataset}/examples", json={"examples": [{"question": "new"}]}).status_code


def test_examples_are_annotated_in_all_versions(api, dataset):
    """An annotation hangs on the example, not on a version of it."""
    api.made("/v2/annotation-configs", name="quality", space_id=api.space, annotation_config_type="FREEFORM")
    identifier = examples(api, dataset)[1]["id"]
    body = {"annotations": [{"record_id": identifier, "values": [{"name": "quality", "label": "fine"}]}]}
    assert 202 == api.post(f"{dataset}/examples/annotate", json=body).status_code
    api.patch(f"{dataset}/examples", json={"examples": [{"id": identifier, "n": 7}], "new_version": "v2"})
    for version in api.get(dataset).json()["versions"]:
        found = examples(
            api, dataset, dataset_version_id=version["id"], filter="annotation.quality.label = 'fine'"
        )
        assert [identifier] == [example["id"] for example in found]
        assert "fine" == found[0]["annotations"][0]["label"]
