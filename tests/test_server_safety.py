"""What the local workspace does with requests that mean no good, or go wrong inside."""

from __future__ import annotations

import http.client
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from arize_nb.server.rest import gate as rest_gate
from arize_nb.workspace.control_paths import STATUS_PATH, STOP_PATH

PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Host", "evil.example"), ("Host", "evil.example:80"), ("Host", "127.0.0.1.evil.example"), ("Host", "127.0.0.1@evil.example"),
        ("Host", "[::1"), ("Host", ""), ("Origin", "http://evil.example"), ("Origin", "null"), ("Origin", "http://localhost.evil.example"),
    ],
)  # fmt: skip
def test_a_web_page_does_not_reach_it(api, fresh_server, name, value):
    """A page whose name points here (DNS rebinding) names itself in Host, a page of another site in Origin:
    403, key or no key.
    """
    for call in (
        "GET /v2/spaces",
        "OPTIONS /v2/spaces",
        "GET /openapi.json",
        f"GET {STATUS_PATH}",
        f"POST {STOP_PATH}",
    ):
        method, path = call.split()
        reply = api.request(method, path, headers={name: value})
        assert (403, 403) == (reply.status_code, reply.json()["status"]), call
        assert "access-control-allow-origin" not in reply.headers
    assert not fresh_server.host.stopping.is_set()


def test_programs_of_this_machine_are_served_by_any_of_its_names(api):
    """Through a tunnel the port is another one; a page of this machine, such as a notebook's,
    is no stranger.
    """
    for headers in (
        {"Host": "localhost:9999"},
        {"Host": "LOCALHOST"},
        {"Host": "[::1]:80"},
        {"Origin": "http://127.0.0.1:8888"},
    ):
        assert 200 == api.get("/v2/spaces", headers=headers).status_code, headers


def test_a_body_that_is_too_long_is_413_and_one_without_a_key_is_not_even_kept(api, monkeypatch):
    """The connection stays usable; a body of the longest length is taken."""
    monkeypatch.setattr(rest_gate, "MOST_BYTES", 2000)
    body = {"name": "p", "space_id": api.space}
    reply = api.post("/v2/projects", json=body | {"name": "x" * 2000})
    assert (413, PROBLEM, 413) == (reply.status_code, reply.headers["content-type"], reply.json()["status"])
    assert (
        401
        == api.post(
            "/v2/projects", data=b"x" * 5_000_000, headers={"Authorization": "Bearer wrong"}
        ).status_code
    )
    assert 422 == api.post("/v2/projects", json=body | {"name": "x" * 1900}).status_code
    assert 201 == api.post("/v2/projects", json=body).status_code


def test_a_body_that_nobody_calls_json_is_told_so(api):
    """Not a word on dictionaries: the header is what is missing."""
    for content_type in (None, "text/plain", "application/x-www-form-urlencoded"):
        reply = api.post("/v2/projects", data=b'{"name": "p"}', headers={"Content-Type": content_type})
        assert (400, "the body must be sent as Content-Type: application/json") == (
            reply.status_code,
            reply.json()["detail"],
        )
    assert (
        422
        == api.post(
            "/v2/projects", data=b'{"name": "p"}', headers={"Content-Type": "application/json; charset=utf-8"}
        ).status_code
    )


def test_a_failure_inside_is_one_line_and_does_not_cut_the_connection(api, fresh_server, monkeypatch):
    """500 with nothing of the inside; the next request goes over the same connection."""

    def broken(*_args, **_settings):
        raise RuntimeError(f"SELECT secret FROM '{fresh_server.data_dir}'")

    host, port = fresh_server.api_url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    headers = {"Authorization": f"Bearer {fresh_server.api_key}"}
    with monkeypatch.context() as patch:
        patch.setattr("arize_nb.server.catalog.spaces.list_spaces", broken)
        connection.request("GET", "/v2/spaces", headers=headers)
        reply = connection.getresponse()
        text = reply.read().decode()
    assert (500, PROBLEM) == (reply.status, reply.headers["content-type"])
    assert "its log says more" in text
    for inside in ("SELECT", "secret", str(fresh_server.data_dir), ".py"):
        assert inside not in text
    same = connection.sock
    assert same is not None
    connection.request("GET", "/v2/spaces", headers=headers)
    assert (200, same) == (connection.getresponse().status, connection.sock)
    connection.close()


def test_slow_and_many_connections_stop_nobody(api, fresh_server):
    """Three hundred callers that say half a request and wait, and forty that read, at the same time as
    somebody writes.
    """
    host, port = fresh_server.api_url.removeprefix("http://").split(":")
    halves = [
        b"GET /v2/spaces HTTP/1.1\r\nHost: 127.0.0.1\r\n",
        b"POST /v2/projects HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{",
    ]
    slow = [socket.create_connection((host, int(port)), timeout=10) for _ in range(300)]
    for place, connection in enumerate(slow):
        connection.sendall(halves[place % 2])
    headers = {"Authorization": f"Bearer {fresh_server.api_key}"}

    def read(_):
        return requests.get(f"{fresh_server.api_url}/v2/spaces", headers=headers, timeout=30).status_code

    with ThreadPoolExecutor(40) as pool:
        reads = pool.map(read, range(80))
        assert 201 == api.post("/v2/projects", json={"name": "p", "space_id": api.space}).status_code
        assert {200} == set(reads)
    for connection in slow:
        connection.close()
    deadline = time.monotonic() + 20
    while fresh_server.host.activity.open and time.monotonic() < deadline:
        time.sleep(0.05)
    assert 0 == fresh_server.host.activity.open


def test_writers_that_wait_leave_room_for_readers(api, fresh_server):
    """While one writes, sixty others wait for their turn, and reads are answered; then all of
    them are done.
    """
    body = {"space_id": api.space}
    with ThreadPoolExecutor(60) as pool:
        with fresh_server.host.store.writing():
            waiting = [
                pool.submit(api.post, "/v2/projects", json=body | {"name": f"p{number}"})
                for number in range(60)
            ]
            while fresh_server.host.activity.open < 60:
                time.sleep(0.01)
            assert 200 == api.get("/v2/projects").status_code
            assert 404 == api.post("/v2/experiments/x/runs/search", json={}).status_code
            assert not any(write.done() for write in waiting)
        assert {201} == {write.result(30).status_code for write in waiting}


def test_json_that_is_nested_deeply_is_kept_or_refused_never_a_failure(api):
    """As deep as it can be read again; beyond that it is refused."""
    statuses = []
    for depth in (1, 50, 120, 190, 250, 300, 1000, 100_000):
        body = b'{"name": "e%d", "space_id": "%s", "experiment_runs": [{"output": "o", "deep": %s}]}' % (
            depth, api.space.encode(), b"[" * depth + b"]" * depth,
        )  # fmt: skip
        reply = api.post("/v2/experiments", data=body, headers={"Content-Type": "application/json"})
        statuses.append(reply.status_code)
        if reply.status_code == 201:
            page = api.get(f"/v2/experiments/{reply.json()['id']}/runs")
            assert 200 == page.status_code
            assert (b"[" * depth + b"]" * depth) in page.content
    assert set(statuses) == {201, 400}
    assert sorted(statuses) == statuses
