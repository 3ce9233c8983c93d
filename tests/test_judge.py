"""The judge: an OpenAI-compatible endpoint, or any callable; keys only where they belong."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from arize_nb.errors import ConfigError, InputError
from arize_nb.harness import llm_judge
from arize_nb.harness.engine.call import Call, call_to_end
from arize_nb.harness.evaluators.evaluator import normalise
from arize_nb.harness.evaluators.llm_judge import OPENAI_URL, fill, json_object, verdict

LABELS = {"correct": 1.0, "incorrect": 0.0}


@pytest.fixture
def endpoint():
    """Serve chat completions from a list of (status, headers, text); requests are kept."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.requests.append((self.path, dict(self.headers), body))
            status, headers, text = server.replies.pop(0)
            content = {
                "model": "m-1",
                "choices": [{"message": {"content": text}}],
                "usage": {"total_tokens": 12},
            }
            payload = json.dumps(content if status == 200 else {"error": text}).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.requests, server.replies = [], []
    server.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def ask(judge, **values):
    """Call a judge with an example."""
    values = {"output": "4", "expected": "4", "input": "2+2", "dataset_row": {"id": "e"}, **values}
    return call_to_end(Call(judge.function, (), values, output=False))


class TestEndpoint:
    def test_it_asks_and_reads_the_verdict(self, endpoint):
        """The prompt holds question, reference and answer; label, score, reason, model and
        tokens come back.
        """
        endpoint.replies = [(200, {}, '{"explanation": "same", "label": "correct"}')]
        made = normalise(
            ask(llm_judge(model="m", base_url=endpoint.url, options={"temperature": 0})).value, "judge"
        )["judge"]
        path, _, body = endpoint.requests[0]

        assert (made.score, made.label, made.explanation, made.metadata) == (
            1.0,
            "correct",
            "same",
            {"model": "m-1", "tokens": 12},
        )
        assert (path, body["model"], body["temperature"]) == ("/v1/chat/completions", "m", 0)
        assert "<question>\n2+2\n</question>" in body["messages"][0]["content"]

    def test_a_rate_limit_is_passed_on_with_its_wait(self, endpoint):
        """429 with Retry-After is a transient failure of the judge that says how long to wait."""
        endpoint.replies = [(429, {"Retry-After": "7"}, "slow down")]
        result = ask(llm_judge(model="m", base_url=endpoint.url))

        assert (result.rate_limited, result.transient, result.retry_after_s) == (True, True, 7.0)

    def test_a_refusal_says_why(self, endpoint, monkeypatch):
        """What the service says of a wrong model or key is in the error; a key that it quotes is not."""
        monkeypatch.setenv("JUDGE_API_KEY", "sk-very-secret")
        endpoint.replies = [
            (404, {}, {"message": "no model 'm' for sk-very-secret"}),
            (500, {}, ""),
            (400, {}, "bad"),
        ]
        judge = llm_judge(model="m", base_url=endpoint.url)
        said = [
            (result.failure.error_type, result.failure.message, result.transient)
            for result in (ask(judge) for _ in range(3))
        ]

        assert said == [
            ("HTTPError", "404 Not Found: no model 'm' for ***", False),
            ("HTTPError", "500 Internal Server Error: without a word", True),
            ("HTTPError", "400 Bad Request: bad", False),
        ]

    @pytest.mark.parametrize("content", [None, "", {"refusal": "I cannot"}])
    def test_an_answer_without_text_is_an_error_that_says_so(self, endpoint, content):
        """A refusal or an empty answer is no verdict."""
        endpoint.replies = [(200, {}, content)]
        result = ask(llm_judge(model="m", base_url=endpoint.url))

        assert (result.failure.error_type, "no text" in result.failure.message) == ("ValueError", True)

    def test_the_openai_key_never_goes_elsewhere(self, endpoint, monkeypatch):
        """Another address gets JUDGE_API_KEY, or none; never the key of OpenAI."""
        monkeypatch.setenv("OPENAI_API_KEY", "sk-openai-secret")
        monkeypatch.delenv("JUDGE_API_KEY", raising=False)
        endpoint.replies = [(200, {}, "correct"), (200, {}, "correct")]
        ask(llm_judge(model="m", base_url=endpoint.url))
        monkeypatch.setenv("JUDGE_API_KEY", "sk-judge-secret")
        ask(llm_judge(model="m", base_url=endpoint.url))

        assert [headers.get("Authorization") for _, headers, _ in endpoint.requests] == [
            None,
            "Bearer sk-judge-secret",
        ]

    def test_a_missing_key_says_which_variable(self, monkeypatch):
        """Without its key the official endpoint is not even asked: making the judge fails, and so does a call
        when the key goes away.
        """
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        with pytest.raises(ConfigError, match="OPENAI_API_KEY is empty"):
            llm_judge(model="m")
        monkeypatch.setenv("OPENAI_API_KEY", "sk-openai-secret")
        judge = llm_judge(model="m", base_url=OPENAI_URL)
        monkeypatch.delenv("OPENAI_API_KEY")
        result = ask(judge)

        assert (result.failure.error_type, result.transient) == ("ConfigError", False)

    def test_the_key_is_in_no_error(self, endpoint, monkeypatch):
        """A refusal names the address, not the key."""
        monkeypatch.setenv("JUDGE_API_KEY", "sk-judge-secret")
        endpoint.replies = [(401, {}, "bad key")]
        failure = ask(llm_judge(model="m", base_url=endpoint.url)).failure

        assert failure.error_type == requests.HTTPError.__name__
        assert "sk-judge-secret" not in failure.message + failure.text + failure.traceback


class TestCallable:
    def test_any_callable_judges(self):
        """A function of one's own, plain or async, takes the prompt and answers."""

        async def model(prompt):
            return {"label": "incorrect", "explanation": prompt[:3]}

        first = ask(
            llm_judge("Is {output} {adjective}?", ask=lambda prompt: f"It is {prompt[3:4]}: correct")
        ).value
        second = ask(llm_judge("Q: {output}", ask=model)).value

        assert [(made.label, made.explanation) for made in (first, second)] == [
            ("correct", None),
            ("incorrect", "Q: "),
        ]

    def test_scale_gives_scores_within_it(self):
        """On a scale the judge gives a number; one outside the scale is an error."""
        inside = ask(llm_judge("{output}", ask=lambda _: '{"score": 4}', scale=(1, 5)))
        outside = ask(llm_judge("{output}", ask=lambda _: '{"score": 9}', scale=(1, 5)))

        assert (inside.value.score, outside.failure.error_type) == (4.0, "ValueError")

    @pytest.mark.parametrize("wrong", [{}, {"model": "m", "labels": {"a": 1}, "scale": (0, 1)}])
    def test_wrong_settings_are_refused(self, wrong):
        """A judge needs a model or a callable, and labels or a scale."""
        with pytest.raises(InputError):
            llm_judge(**wrong)


class TestReadingAnswers:
    @pytest.mark.parametrize(
        ("answer", "label"),
        [
            ('{"label": "Correct"}', "correct"),
            ('Let me see {x}.\n```json\n{"label": "incorrect"}\n```', "incorrect"),
            ("The answer is CORRECT.", "correct"),
            ({"label": "incorrect"}, "incorrect"),
        ],
    )
    def test_labels_are_found(self, answer, label):
        """JSON anywhere in the text, or a single label as a word."""
        made = verdict(answer, LABELS, None)

        assert (label, LABELS[label]) == (made.label, made.score)

    @pytest.mark.parametrize(
        "answer", ["", "perhaps", "correct or incorrect", '{"label": "maybe"}', '{"verdict": 1}']
    )
    def test_anything_else_is_an_error(self, answer):
        """A judge that does not answer gives no score."""
        with pytest.raises(ValueError, match="judge"):
            verdict(answer, LABELS, None)

    def test_values_cannot_add_placeholders(self):
        """What is put into the template is text: braces in it are not filled again."""
        assert (
            fill("{output} {expected} {nobody}", {"output": "{expected}", "expected": "x"})
            == "{expected} x {nobody}"
        )

    def test_the_last_object_counts(self):
        """Models think aloud before they answer."""
        assert json_object('{"a": 1} then {"b": 2}') == {"b": 2}
        assert json_object("no object") is None
