"""Requests, tickets, replies and errors, with no network at all."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from arize_nb import wire
from arize_nb.errors import (
    AccessError,
    AuthenticationError,
    ConflictError,
    InputError,
    NotFoundError,
    RateLimitError,
    RequestRefusedError,
    ServerFailureError,
    ServiceError,
)
from arize_nb.wire.replies import experiment_from, space_from

SAMPLES = Path(__file__).parent / "samples"
ABOUT = wire.About(kind="experiment", name="qa-v9", dataset="qa", space="demo")
WHO = wire.Answerer(address="https://api.example", source="profile 'work'", profile_name="work")


def refusal(status, body=b"", headers=None, about=ABOUT):
    """Build the error for a reply."""
    return wire.problem_error(status, headers or {}, body, about=about, answerer=WHO)


class TestIds:
    """Id or name?"""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("RXhwZXJpbWVudDoxOmFCY0Q=", True),
            ("gpt-4o-baseline", False),
            ("25e253b0-f79f-4e53-a3a7-3c92fd3e4905", False),
            ("", False),
            ("abcd", False),
            (base64.b64encode(b"no colon").decode(), False),
            (base64.b64encode(b"\xff\xfe:x").decode(), False),
            ("RXhwZXJpbWVudDoxOmFCY0Q", False),
            ("é=", False),
        ],
    )
    def test_is_resource_id(self, text, expected):
        """An id is strict, padded base64 of text with a colon; all else is a name."""
        assert expected == wire.is_resource_id(text)


class TestRequests:
    """What goes out."""

    def test_listing(self):
        """Filters travel encoded, what is not given does not travel."""
        request = wire.list_request("experiment", name="a b&c", dataset_id="RGF0=", space_id=None, cursor="")

        assert "/v2/experiments?name=a%20b%26c&dataset_id=RGF0%3D&limit=15" == request.target
        assert (200, True) == (request.ok, request.repeatable)

    @pytest.mark.parametrize("identity", ["RXhw+/==", "a/b", "ü?#"])
    def test_ids_in_paths(self, identity):
        """No character of an id is left as it is where it would mean something in a path."""
        path = wire.get_request("dataset", identity).path

        assert path.startswith("/v2/datasets/")
        assert not set("/?#+= ").intersection(path.removeprefix("/v2/datasets/"))

    @pytest.mark.parametrize("limit", [0, 101, -1, True, "5", 2.0])
    def test_limits(self, limit):
        """A page size out of range never reaches the service."""
        with pytest.raises(InputError, match="1 to 100"):
            wire.list_request("space", limit=limit)

    def test_search(self):
        """A search is a POST that may be repeated; without a filter its body is the limit alone."""
        request = wire.search_request("experiment", "RXhw", limit=500)

        assert ("POST", "/v2/experiments/RXhw/runs/search", b'{"limit":500}') == (
            request.method,
            request.path,
            request.body,
        )
        assert request.repeatable

    def test_blank_filter(self):
        """A blank filter is refused before it is sent."""
        with pytest.raises(InputError, match="filter is empty"):
            wire.search_request("experiment", "RXhw", limit=5, filter_text="  ")

    def test_create_experiment(self):
        """A creation is sent once only and expects 201."""
        request = wire.create_experiment_request(
            "c1", [{"example_id": "e", "output": "o", "x": float("nan")}], dataset_id="D", space_id=None
        )

        assert (201, False) == (request.ok, request.repeatable)
        assert {
            "name": "c1",
            "dataset_id": "D",
            "experiment_runs": [{"example_id": "e", "output": "o", "x": None}],
        } == orjson.loads(request.body)

    @pytest.mark.parametrize(("dataset_id", "space_id"), [(None, None), ("D", "S")])
    def test_one_scope(self, dataset_id, space_id):
        """An experiment has exactly one home."""
        with pytest.raises(InputError, match="exactly one"):
            wire.create_experiment_request("c1", [{"output": "o"}], dataset_id=dataset_id, space_id=space_id)

    @pytest.mark.parametrize("count", [0, 1001])
    def test_batch_size(self, count):
        """A request holds 1 to 1000 runs."""
        with pytest.raises(InputError, match="1 to 1000 runs"):
            wire.append_runs_request("E", [{"output": "o"}] * count)

    @pytest.mark.parametrize("name", ["", "  ", None, 'a"b', "a\\b", "x" * 256])
    def test_experiment_names(self, name):
        """Names that the service refuses are refused at once."""
        with pytest.raises(InputError, match="name"):
            wire.check_name(name, "experiment")

    def test_annotations_are_upserts(self):
        """Annotations may be sent again and expect 202."""
        request = wire.annotate_request("experiment", "E", [{"record_id": "r", "values": []}])

        assert ("/v2/experiments/E/runs/annotate", 202, True) == (
            request.path,
            request.ok,
            request.repeatable,
        )

    def test_new_version_is_sent_once(self):
        """An update in place may be repeated, one that makes a version may not."""
        records = [{"id": "1"}]

        assert wire.update_examples_request("D", records).repeatable
        assert not wire.update_examples_request("D", records, new_version="v2").repeatable

    def test_delete_examples(self):
        """A delete of examples carries its ids in the body."""
        request = wire.delete_examples_request("D", ["1"], version="V")

        assert ("DELETE", {"dataset_version_id": "V", "example_ids": ["1"]}) == (
            request.method,
            orjson.loads(request.body),
        )

    def test_unsendable(self):
        """A value without a JSON form is an error before anything is sent."""
        with pytest.raises(InputError, match="JSON"):
            wire.append_runs_request("E", [{"output": object()}])


class TestBulk:
    """Flight payloads."""

    def test_ticket(self):
        """Tickets are the JSON renderings that the official client sends, to the byte."""
        expected = (SAMPLES / "get_experiment_ticket.json").read_bytes().rstrip()

        assert expected == wire.get_experiment_ticket(
            space_id="U3BhY2U6MTphQmNE", experiment_id="RXhwZXJpbWVudDoxOmFCY0Q="
        )

    def test_default_fields_are_left_out(self):
        """A version that is not given is not in the ticket."""
        assert {"getDataset": {"spaceId": "S", "datasetId": "D"}} == orjson.loads(
            wire.get_dataset_ticket(space_id="S", dataset_id="D")
        )

    def test_commands(self):
        """Commands have the casing of the protocol."""
        body = orjson.loads(wire.init_experiment_action(space_id="S", dataset_id="D", name="n"))

        assert {"createExperimentDbEntry": {"spaceId": "S", "datasetId": "D", "experimentName": "n"}} == body
        assert ["createDataset"] == list(orjson.loads(wire.create_dataset_command(space_id="S", name="n")))
        assert ["postExperimentData"] == list(
            orjson.loads(wire.post_runs_command(space_id="S", dataset_id="D", name="n"))
        )

    @pytest.mark.parametrize(
        ("data", "expected"),
        [
            ("0a02453112024431 1a0154", {1: "E1", 2: "D1", 3: "T"}),
            ("0a024431", {1: "D1"}),
            ("", {}),
            ("2001 0a024431", {1: "D1"}),  # an unknown number before it
            ("2100000000000000000a024431", {1: "D1"}),  # an unknown double
            ("2d000000000a024431", {1: "D1"}),  # an unknown float
            ("0a8101" + "41" * 129, {1: "A" * 129}),
        ],
    )
    def test_replies(self, data, expected):
        """Text fields are read by number, fields of other kinds passed over."""
        assert expected == wire.read_reply(bytes.fromhex(data))

    @pytest.mark.parametrize("data", [b"\x0a\x05ab", b"\x0a", b"\x0b", b"\xff\xff"])
    def test_broken_replies(self, data):
        """Bytes that are no message are the service's failure."""
        with pytest.raises(ServerFailureError):
            wire.read_reply(data)


class TestReplies:
    """What comes back."""

    def test_captured_listing(self):
        """The official service's own listing decodes, times with their zone."""
        page = wire.decode_page("experiment", (SAMPLES / "experiments_list.json").read_bytes())

        assert ("experiments", 1, None) == (page.kind, len(page), page.next_cursor)
        assert ("base", "RGF0YXNldDoxOmFCY0Q=") == (page[0].name, page[0].dataset_id)
        assert datetime(2026, 1, 2, 3, 4, 5, 678901, UTC) == page[0].created_at

    @pytest.mark.parametrize(
        "value",
        [
            1767323045678,
            "2026-01-02T03:04:05.678",
            "2026-01-02T04:04:05.678+01:00",
            "2026-01-02T03:04:05.678Z",
        ],
    )
    def test_times(self, value):
        """Epoch milliseconds and texts with or without a zone all become the same aware time."""
        assert (
            datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)
            == experiment_from({"id": "x", "created_at": value}).created_at
        )

    def test_unknown_members(self):
        """Members that are not known are passed over, missing ones are None."""
        assert (None, None) == (space_from({"id": "x", "colour": 1}).name, space_from({"id": "x"}).created_at)

    def test_missing_id(self):
        """A resource without an id is the service's failure."""
        with pytest.raises(ServerFailureError, match="omits the id of the experiment"):
            wire.decode_experiment(b'{"name": "x"}')

    @pytest.mark.parametrize(
        "body", [b"<html>portal</html>", b"", b"[]", b'{"runs": []}', b'{"experiment_runs": null}']
    )
    def test_not_this_protocol(self, body):
        """A body that is not the listing is the service's failure, never an empty page."""
        with pytest.raises(ServerFailureError):
            wire.decode_page("run", body)

    @pytest.mark.parametrize(
        ("pagination", "cursor"),
        [
            ({"has_more": True, "next_cursor": "c"}, "c"),
            ({"has_more": False, "next_cursor": ""}, None),
            ({"next_cursor": "c"}, "c"),
            (None, None),
        ],
    )
    def test_cursor(self, pagination, cursor):
        """The next cursor alone decides whether there is more."""
        assert (
            cursor
            == wire.decode_records("run", orjson.dumps({"experiment_runs": [], "pagination": pagination}))[1]
        )

    def test_more_without_a_cursor(self):
        """A page that has a successor but no cursor to it is an error, not the end."""
        with pytest.raises(ServerFailureError, match="not where"):
            wire.decode_records("run", b'{"experiment_runs": [], "pagination": {"has_more": true}}')

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            (
                b'{"experiment_runs": [{"id": "a"}], "pagination": {"has_more": true, "next_cursor": "c"}}',
                "c",
            ),
            (b'{"pagination": {"next_cursor": "c"}, "experiment_runs": [{"id": "a"}]}', None),
            (
                (
                    b'{"experiment_runs": [{"pagination": {"next_cursor": "x"}}], "pagination": {"has_more":'
                    b" false}}"
                ),
                None,
            ),
            (b'{"experiment_runs": [{"pagination": {"next_cursor": "x"}}]}', None),
            (b"", None),
        ],
    )
    def test_peek(self, body, expected):
        """The cursor is guessed only from a pagination at the very end."""
        assert expected == wire.peek_cursor(body)

    def test_config(self):
        """An annotation config's values keep their scores."""
        config = wire.decode_config(
            b'{"id": "x", "type": "CATEGORICAL", "values": [{"label": "good", "score": 1}, {"label": "bad"}]}'
        )

        assert [("good", 1), ("bad", None)] == [(value.label, value.score) for value in config.values]

    def test_deleted_examples(self):
        """A partial delete says what is gone and what is not."""
        receipt = wire.decode_deleted_examples(
            b'{"completed": false, "deleted_example_ids": ["a"], "not_deleted_example_ids": ["b"]}'
        )

        assert (False, ("a",), ("b",)) == (receipt.completed, receipt.deleted, receipt.not_deleted)


class TestErrors:
    """Status and problem document -> error class."""

    @pytest.mark.parametrize(
        ("status", "kind"),
        [
            (400, RequestRefusedError),
            (401, AuthenticationError),
            (403, AccessError),
            (404, NotFoundError),
            (409, ConflictError),
            (413, RequestRefusedError),
            (418, ServiceError),
            (422, RequestRefusedError),
            (429, RateLimitError),
            (500, ServerFailureError),
            (503, ServerFailureError),
            (200, ServiceError),
            (302, ServiceError),
        ],
    )
    @pytest.mark.parametrize(
        "body",
        [b"", b"<html>no</html>", b'{"status": 1, "title": "T", "detail": "D", "request_id": "r-1"}', b"[1]"],
    )
    def test_class(self, status, kind, body):
        """Every status has one class, whatever the body."""
        error = refusal(status, body)

        assert kind is type(error)
        assert status == error.status
        assert 4 == error.exit_status
        assert "\n" not in str(error)

    def test_facts(self):
        """The facts of a problem document are attributes."""
        body = (
            b'{"title": "Access forbidden", "detail": "limit reached", "request_id": "r-1", "limit": 5,'
            b' "required_plan": "PRO"}'
        )
        error = refusal(403, body)

        assert ("Access forbidden", "limit reached", "r-1") == (error.title, error.detail, error.request_id)
        assert {"limit": 5, "required_plan": "PRO"} == error.facts
        assert "r-1" in str(error)

    def test_wrong_key(self):
        """A 401 names the profile and where keys are made."""
        error = refusal(401)
        text = str(error)
        error.spell("%ax")

        assert "profile 'work'" in text
        assert "https://app.arize.com/admin > API Keys; then change profile 'work'" in text
        assert "https://app.arize.com/admin > API Keys; then %ax profiles update work" in str(error)

    def test_wrong_key_of_the_environment(self):
        """Without a profile the variable is named."""
        who = wire.Answerer(address="https://api.example", source="ARIZE_API_KEY")

        assert "set ARIZE_API_KEY" in str(wire.problem_error(401, {}, b"", about=ABOUT, answerer=who))

    def test_not_found(self):
        """A 404 says what was looked for, where, and how to list what there is."""
        error = refusal(404, b'{"detail": "no such row"}')

        where = "experiment 'qa-v9' not found in dataset 'qa' in space 'demo'. List them: "
        assert f"{where}client.experiments.list(dataset='qa', space='demo')" == str(error)
        error.spell("arize-nb")
        assert f"{where}arize-nb experiments list --dataset qa --space demo" == str(error)
        assert "no such row" == error.detail

    def test_listing_not_found(self):
        """A 404 of a listing is about the address."""
        assert "https://api.example does not know spaces" in str(refusal(404, about=wire.About(kind="space")))

    def test_conflict(self):
        """A taken name comes with what to do."""
        about = wire.About(kind="experiment", name="a", action="create")

        assert "client.experiments.delete('a')" in str(refusal(409, b'{"detail": "taken"}', about=about))

    def test_rate_limit(self):
        """Retry-After is kept in seconds."""
        assert 7.0 == refusal(429, headers={"retry-after": "7"}).retry_after_s
        assert refusal(429, headers={"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}).retry_after_s is None

    def test_filter(self):
        """A refused filter is shown."""
        about = wire.About(kind="experiment", name="a", filter_text="x = ")

        assert "the filter 'x = ' was refused for experiment 'a': bad" in str(
            refusal(422, b'{"detail": "bad"}', about=about)
        )

    def test_redirect(self):
        """A redirect is refused and its target shown without its query."""
        text = str(refusal(302, headers={"location": "https://elsewhere/?token=1"}))

        assert "https://elsewhere/" in text
        assert "token" not in text

    @pytest.mark.parametrize(
        ("reason", "message", "kind"),
        [
            ("not_found", "'no experiment x'. Detail: Failed", NotFoundError),
            ("unauthenticated", "bad key", AuthenticationError),
            ("unauthorized", "no", AccessError),
            ("invalid", "bad column", RequestRefusedError),
            ("failed", "boom. Detail: Python exception: Traceback", ServerFailureError),
        ],
    )
    def test_flight(self, reason, message, kind):
        """A Flight failure is the same class as its REST twin, without the server's traceback."""
        error = wire.flight_error(reason, message, about=ABOUT, answerer=WHO)

        assert kind is type(error)
        assert "Detail" not in str(error)
        assert "Traceback" not in str(error)

    def test_flight_duplicate(self):
        """A name that exists is a conflict over Flight too."""
        about = wire.About(kind="experiment", name="a", action="create")

        assert ConflictError is type(
            wire.flight_error("invalid", "experiment 'a' already exists", about=about, answerer=WHO)
        )
