"""Retries are honest: what may pass by itself is tried again, a bad answer is a result; attempts and what was
spent are told.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
import threading
from email.message import Message

import grpc
import httpx
import pytest
import requests
from harness_runs import errors, run

from arize_nb import compare, progress
from arize_nb.harness import evaluator, report
from arize_nb.harness.engine.execute import MemoryStore, execute, plan
from arize_nb.harness.engine.retry_policy import is_rate_limit, is_transient, retry_after_s
from arize_nb.harness.engine.settings import checked
from arize_nb.harness.functions.task import as_task


def status(code):
    """Make an httpx error as a client raises it for a reply."""
    reply = httpx.Response(code, request=httpx.Request("GET", "http://x"))
    return httpx.HTTPStatusError("no", request=reply.request, response=reply)


class APIStatusError(Exception):
    """As openai and anthropic have it."""

    def __init__(self, code, kind=None):
        super().__init__(f"Error code: {code}")
        self.status_code, self.code = code, kind


class APIConnectionError(Exception):
    """As openai and anthropic have it."""


class APITimeoutError(APIConnectionError):
    """As openai and anthropic have it."""


class RpcError(grpc.RpcError):
    """As a gRPC call raises it."""

    def __init__(self, code):
        self._code = code

    def code(self):
        return self._code

    def details(self):
        return "no"


class ClientError(Exception):
    """As botocore has it."""

    def __init__(self, code, name):
        super().__init__(name)
        self.response = {
            "Error": {"Code": name},
            "ResponseMetadata": {"HTTPStatusCode": code, "HTTPHeaders": {"retry-after": "2"}},
        }


def caused(error, cause):
    error.__cause__ = cause
    return error


PASSES = [
    ConnectionResetError(),
    BrokenPipeError(),
    TimeoutError("read timed out"),
    OSError(113, "No route to host"),
    socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"),
    ssl.SSLEOFError("EOF occurred in violation of protocol"),
    requests.ConnectionError("refused"),
    requests.ReadTimeout("slow"),
    requests.exceptions.ChunkedEncodingError("cut"),
    httpx.ConnectError("refused"),
    httpx.ReadTimeout("slow"),
    httpx.RemoteProtocolError("Server disconnected without sending a response."),
    *(status(code) for code in (408, 409, 425, 429, 500, 501, 502, 503, 504, 529, 599)),
    APIStatusError(529),
    APIConnectionError("Connection error."),
    APITimeoutError("Request timed out."),
    RpcError(grpc.StatusCode.UNAVAILABLE),
    RpcError(grpc.StatusCode.DEADLINE_EXCEEDED),
    RpcError(grpc.StatusCode.RESOURCE_EXHAUSTED),
    ClientError(400, "ThrottlingException"),
    ClientError(503, "ServiceUnavailable"),
    caused(RuntimeError("the model failed"), httpx.ReadError("cut")),
    ExceptionGroup("tasks", [ConnectionError(), TimeoutError()]),
]
STAYS = [
    ValueError("not JSON"),
    json.JSONDecodeError("Expecting value", "x", 0),
    UnicodeDecodeError("utf-8", b"x", 0, 1, "bad"),
    RuntimeError("no answer"),
    type("MyError", (Exception,), {})("mine"),
    KeyError("choices"),
    OSError(28, "No space left on device"),
    FileNotFoundError("prompt.txt"),
    socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
    ssl.SSLCertVerificationError("certificate verify failed"),
    requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"),
    caused(httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED]"), ssl.SSLCertVerificationError("no")),
    requests.exceptions.InvalidURL("x"),
    httpx.UnsupportedProtocol("ftp"),
    *(status(code) for code in (400, 401, 403, 404, 410, 413, 422)),
    APIStatusError(400),
    APIStatusError(429, "insufficient_quota"),
    RpcError(grpc.StatusCode.INVALID_ARGUMENT),
    RpcError(grpc.StatusCode.UNAUTHENTICATED),
    ClientError(400, "ValidationException"),
    ExceptionGroup("tasks", [ConnectionError(), ValueError("not JSON")]),
    KeyboardInterrupt(),
]


@pytest.mark.parametrize("error", PASSES, ids=repr)
def test_what_may_pass_is_tried_again(error):
    """Connections, time limits and busy services, as each client tells them, also as the cause of another
    error.
    """
    assert is_transient(error)


@pytest.mark.parametrize("error", STAYS, ids=repr)
def test_what_stays_is_a_result(error):
    """Bad answers, bugs, refusals, a quota that is used up, a certificate that is not trusted: the same call
    would fail again.
    """
    assert not is_transient(error)


@pytest.mark.parametrize(
    ("error", "limit"),
    [
        (status(429), True),
        (RpcError(grpc.StatusCode.RESOURCE_EXHAUSTED), True),
        (ClientError(400, "ThrottlingException"), True),
        (APIStatusError(429, "insufficient_quota"), False),
        (status(503), False),
    ],
)
def test_what_slows_the_run(error, limit):
    """A rate limit is known by each client's words; a quota that is used up is none."""
    assert limit == is_rate_limit(error)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("inf", None), ("nan", None), ("", None), ("soon", None), ("-1e400", None), ("7", 7.0)],
)
def test_a_retry_after_that_cannot_be_read_counts_as_none(text, seconds):
    """Nothing but a number of seconds or a date is obeyed."""
    headers = Message()
    headers["Retry-After"] = text
    error = RuntimeError("429")
    error.headers = headers

    assert seconds == retry_after_s(error)
    assert retry_after_s(ClientError(429, "Throttling")) == 2.0


class TestRuns:
    def test_a_bad_answer_is_not_drawn_again(self):
        """A model whose answers are unusable half of the time has half of its runs failed, whatever `retries`
        is.
        """
        calls = []

        def task(row):
            calls.append(row["id"])
            if calls.count(row["id"]) < 2 and int(row["id"]) % 2:
                raise json.JSONDecodeError("Expecting value", "x", 0)
            return "x"

        records, happened = run(task, 20, concurrency=1)

        assert (errors(records).count("JSONDecodeError"), happened.tally.retries, len(calls)) == (10, 0, 20)

    def test_what_the_user_names_is(self):
        """`retry_on` adds classes; attempts and the rule are columns of the run."""
        calls = []

        def task(row):
            calls.append(row)
            if len(calls) < 3:
                raise ValueError("bad")
            return "x"

        records, _ = run(task, 1, retry_on=ValueError, metadata={"model": "m", "settings": {"t": 0}})
        record = records[("0", 1)]

        assert (record.attempts, record.fields) == (
            3,
            {"metadata.model": "m", "metadata.settings": '{"t": 0}', "retry_on": "ValueError"},
        )

    def test_what_was_spent_adds_up(self):
        """Failed attempts, a late call and evaluators have cost something too; of fields the last word
        counts.
        """
        calls, release = [], threading.Event()

        def task(row):
            calls.append(row["id"])
            report(token_count=10, total_cost=1.0, attempt=calls.count(row["id"]))
            if row["id"] == "0" and calls.count("0") < 3:
                raise ConnectionError
            if row["id"] == "1":
                release.wait(30)
            return "x"

        def judge(output):
            report(token_count=5, judged_by="j")
            return 1.0

        records, _ = run(task, 2, evaluators=[judge], timeout_s=1, concurrency=2)
        release.set()
        from arize_nb.harness.records.run_rows import run_rows

        rows = {row["example_id"]: row for row in run_rows(records.values())}
        kept = {
            name: (row["token_count"], row["total_cost"], row["attempts"], row["attempt"])
            for name, row in rows.items()
        }

        assert kept == {"0": (35, 3.0, 3, 3), "1": (10, 1.0, 1, 1)}
        assert rows["0"]["judged_by"] == "j"

    def test_they_are_on_the_service(self, client, unique_name):
        """The service has attempts and metadata; the result shows its metadata, and so does what is read back
        and scored again.
        """
        dataset = client.datasets.create(
            name=unique_name("faq"), examples=[{"question": f"q{i}"} for i in range(3)]
        )
        calls = []

        def task(question):
            calls.append(question)
            if question == "q1" and calls.count("q1") < 2:
                raise ConnectionError
            return question

        result = client.experiments.run(
            name="m", dataset=dataset, task=task, metadata={"model": "gpt"}, progress=False
        )
        stored = client.experiments.runs(result.experiment).sort_values("output")
        scored = client.experiments.evaluate(
            result.experiment, evaluators={"ok": lambda output: 1.0}, progress=False
        )

        assert (list(stored["attempts"]), list(stored["metadata.model"])) == ([1, 2, 1], ["gpt"] * 3)
        assert sorted(scored.frame["attempts"]) == [1, 1, 2]
        assert re.search(r"metadata\.model +gpt", str(result))

    def test_a_pause_is_said(self):
        """While a rate limit holds everything, the bar says how long and until when, and no time left that
        grows.
        """
        seen, bar = [], progress.bar("x", 6, quiet=True)

        class RateLimitError(Exception):
            retry_after = 2.5

        def task(row):
            if not seen:
                seen.append(None)
                raise RateLimitError
            return "x"

        def look():
            while not bar.is_waiting:
                threading.Event().wait(0.01)
            seen.append((bar.note, bar.left_s))

        looking = threading.Thread(target=look, daemon=True)
        looking.start()
        examples = [{"id": str(index)} for index in range(6)]
        with bar:
            execute(
                plan(examples, (), 1),
                6,
                task=as_task(task),
                settings=checked(concurrency=1),
                store=MemoryStore(),
                bar=bar,
            )
        looking.join(5)

        assert re.match(r"waits [12]\.\d s for a rate limit, until \d\d:\d\d:\d\d", seen[1][0])
        assert (seen[1][1], bar.is_waiting) == (None, False)


class TestCompared:
    RUNS = tuple(
        {"example_id": str(index), "output": "x", "eval.ok.score": index % 2, "attempts": 1 + (index < 3)}
        for index in range(8)
    )

    @pytest.mark.parametrize(
        ("change", "count"),
        [
            ({"attempts": 1}, 3),
            ({"attempts": None}, 3),
            ({}, 0),
            ({"retry_on": "ValueError"}, 3),
        ],
        ids=["others once", "others unknown", "the same", "another rule"],
    )
    def test_other_rules_of_retrying_are_a_concern(self, change, count):
        """Outputs that were drawn again on one side only, or by another rule, are named with their number."""
        others = [
            {key: value for key, value in {**row, **change}.items() if value is not None} for row in self.RUNS
        ]
        found = compare(others, list(self.RUNS)).comparability
        concerns = found[found["kind"] == "attempts"]

        assert count == max(concerns["count"], default=0)
        assert all("second or later call (up to 2)" in message for message in concerns["message"])


def test_summary_evaluators_keep_what_they_report(client, unique_name):
    """What judges all runs belongs to no run: what it reports stays with it."""
    dataset = client.datasets.create(name=unique_name("faq"), examples=[{"question": "q"}])

    def share(outputs):
        report(token_count=7)
        return 1.0

    result = client.experiments.run(
        name="s",
        dataset=dataset,
        task=lambda row: "x",
        evaluators=[evaluator(share, summary=True)],
        progress=False,
    )

    assert (result.summary_records["share"].token_count, list(result.frame["token_count"].isna())) == (
        7,
        [True],
    )
