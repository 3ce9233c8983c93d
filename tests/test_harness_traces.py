"""Traces: off costs nothing, on there is a span for each call, named in the run."""

from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from arize_nb import progress
from arize_nb.harness.engine.execute import MemoryStore, execute, plan
from arize_nb.harness.engine.settings import checked
from arize_nb.harness.evaluators.evaluator import as_evaluators
from arize_nb.harness.functions.task import as_task
from arize_nb.harness.tracing.spans import NoSpans, Spans, spans_for

FACTS = {"experiment_name": "exp", "dataset_id": "d", "space_id": "s"}


def connection(**facts):
    """A client that is connected somewhere."""
    made = {
        "is_local": False,
        "otlp_url": "https://otlp.arize.com/v1",
        "flight_url": "grpc+tls://flight.arize.com:443",
        "api_key": "k",
        **facts,
    }
    return SimpleNamespace(connection=SimpleNamespace(**made))


class TestOnAndOff:
    @pytest.mark.parametrize(
        ("environ", "facts"),
        [
            ({}, {}),
            ({"ARIZE_OTLP_HOST": "x"}, {"is_local": True}),
            (
                {"ARIZE_OTLP_HOST": "x"},
                {"otlp_url": "http://127.0.0.1:5/v1", "flight_url": "grpc://127.0.0.1:5"},
            ),
        ],
        ids=["nothing configured", "local workspace", "pointed at the Flight port"],
    )
    def test_off(self, environ, facts):
        """Without an endpoint that takes traces there are none."""
        assert isinstance(spans_for(connection(**facts), FACTS, environ), NoSpans)

    @pytest.mark.parametrize(
        "environ",
        [{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}, {"ARIZE_OTLP_HOST": "otlp.arize.com"}],
    )
    def test_on(self, environ, monkeypatch):
        """A standard variable, or one of Arize's, turns them on."""
        pytest.importorskip(
            "opentelemetry.exporter.otlp.proto.grpc", reason="the extra otel is not installed"
        )
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        spans = spans_for(connection(), FACTS, environ)
        spans.close()

        assert isinstance(spans, Spans)

    def test_off_imports_nothing(self):
        """A run without traces does not load OpenTelemetry."""
        code = """
import sys
sys.path.insert(0, "tests")
from harness_runs import run
run(lambda row: "x", 3)
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""
        told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

        assert told.stdout == "[]\n", told.stderr


@pytest.fixture
def traced():
    """Run a task with spans kept in memory; gives the records and the finished spans."""
    pytest.importorskip("opentelemetry.sdk", reason="the extra otel is not installed")
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    def run(task, evaluators=()):
        exporter = InMemorySpanExporter()
        spans = Spans(exporter, "project", FACTS)
        examples = [{"id": str(index), "question": f"q{index}"} for index in range(4)]
        store = MemoryStore()
        with progress.bar("x", quiet=True) as bar:
            execute(
                plan(examples, as_evaluators(evaluators), 1),
                4,
                task=as_task(task),
                settings=checked(retries=0),
                store=store,
                bar=bar,
                spans=spans.make,
            )
        spans.close()
        return {record.example_id: record for record in store.records()}, exporter.get_finished_spans()

    return run


class TestSpans:
    @pytest.mark.parametrize("kind", ["def", "async def"])
    def test_a_trace_for_each_call(self, traced, kind):
        """Each task and each evaluator has a trace of its own, whose id is in the run; input, output and kind
        are there.
        """
        namespace = {}
        exec(f"{kind} answer(input):\n    return {{'text': input}}", namespace)
        records, spans = traced(namespace["answer"], {"judge": lambda output: 1.0})
        by_trace = {format(span.context.trace_id, "032x"): span for span in spans}
        task_span = by_trace[records["2"].trace_id]

        assert (8, 8) == (len(spans), len(by_trace))
        assert ("Task: answer", "CHAIN", '"q2"', '{"text": "q2"}', "application/json") == (
            task_span.name,
            task_span.attributes["openinference.span.kind"],
            json.dumps(json.loads(task_span.attributes["input.value"])["input"]),
            task_span.attributes["output.value"],
            task_span.attributes["output.mime_type"],
        )
        assert by_trace[records["2"].evaluations["judge"].trace_id].name == "Evaluation: judge"
        assert json.loads(task_span.attributes["metadata"]) == {**FACTS, "example_id": "2"}
        assert task_span.resource.attributes["openinference.project.name"] == "project"

    def test_what_the_task_traces_is_inside(self, traced):
        """Spans that a task makes, as an instrumented model client does, are children of its span."""
        from opentelemetry import trace

        def answer(input):
            return format(trace.get_current_span().get_span_context().trace_id, "032x")

        records, _ = traced(answer)

        assert all(record.output == record.trace_id for record in records.values())

    def test_a_function_that_returns_a_coroutine_has_one_trace(self, traced):
        """A lambda around an `async def` is traced once, with the output that came of it."""

        async def answer(text):
            return text.upper()

        records, spans = traced(lambda input: answer(input))

        assert {record.trace_id for record in records.values()} == {
            format(span.context.trace_id, "032x") for span in spans
        }
        assert ["Q0", "Q1", "Q2", "Q3"] == sorted(span.attributes["output.value"] for span in spans)

    def test_a_failure_marks_its_span(self, traced, monkeypatch):
        """A task that raises has a span with status ERROR and the exception, secrets masked; the run has its
        trace id.
        """
        monkeypatch.setenv("MODEL_API_KEY", "sk-very-secret")

        def answer(input):
            raise KeyError("no sk-very-secret")

        records, spans = traced(answer)

        assert {"ERROR"} == {span.status.status_code.name for span in spans}
        assert "KeyError: 'no ***MODEL_API_KEY***'" == spans[0].status.description
        assert "sk-very-secret" not in "".join(span.to_json() for span in spans)
        assert all(record.trace_id for record in records.values())


INSTRUMENTED = """
import asyncio, sys
sys.path.insert(0, "tests")
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from arize_nb.harness import report
from harness_runs import run


class Replacing(TracerProvider):
    def add_span_processor(self, processor):
        raise AssertionError("this would take the place of the exporter")


exporter, provider = InMemorySpanExporter(), Replacing()
TracerProvider.add_span_processor(provider, SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)
tracer = trace.get_tracer("a model client")


def model(kind="LLM", **counts):
    with tracer.start_as_current_span("call") as span:
        span.set_attribute("openinference.span.kind", kind)
        for name, value in counts.items():
            span.set_attribute("llm." + name.replace("__", "."), value)


async def agent(row):
    await asyncio.gather(*(asyncio.to_thread(model, token_count__total=10, cost__total=0.5) for _ in range(3)))
    model(token_count__prompt=3, token_count__completion=4)
    model(kind="CHAIN", token_count__total=1000)
    await asyncio.sleep(0.01)
    return "x"


def reporting(row):
    model(token_count__total=10)
    report(token_count=7)
    return "x"


def judge(output):
    model(token_count__total=5000)
    return True


def plain(row):
    return "x"


for task in (agent, reporting, plain, agent):
    records, _ = run(task, 5, evaluators=[judge])
    print(task.__name__, {(record.token_count, record.total_cost) for record in records.values()})
print(len(exporter.get_finished_spans()))
"""


def test_tokens_of_traced_model_calls_are_summed():
    """Spans of kind LLM inside a task give its tokens and cost, also from threads; what the task reports
    itself takes their place.

    The user's own exporter stays, judges' calls are not the task's, and a second run counts nothing twice.
    """
    pytest.importorskip("opentelemetry.sdk", reason="the extra otel is not installed")
    told = subprocess.run([sys.executable, "-c", INSTRUMENTED], capture_output=True, text=True, timeout=60)

    assert told.stdout.splitlines() == [
        "agent {(37, 1.5)}",
        "reporting {(7, None)}",
        "plain {(None, None)}",
        "agent {(37, 1.5)}",
        str(5 * (6 + 2 + 1 + 6)),
    ], told.stderr


class TestProject:
    @pytest.fixture
    def spans(self):
        """Spans whose exporter keeps what arrives; its tracer is that of a run."""
        pytest.importorskip("opentelemetry.sdk", reason="the extra otel is not installed")
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

        exporter = InMemorySpanExporter()
        made = Spans(exporter, "exp", FACTS)
        made.arrived = lambda: [
            (span.name, span.resource.attributes["openinference.project.name"])
            for span in exporter.get_finished_spans()
        ]
        return made

    def call(self, spans, name):
        with spans.make("task", name, "e", (), {"a": 1}) as span:
            span.ended("x")

    def test_it_is_the_services(self, spans):
        """Spans wait until the experiment is there, and go to the project that the service names; later ones
        at once.
        """
        self.call(spans, "before")
        spans.file_under(lambda: "traces of exp")
        self.call(spans, "after")
        spans.file_under(lambda: "another")
        spans.close()

        assert spans.arrived() == [("Task: before", "traces of exp"), ("Task: after", "traces of exp")]

    def test_without_one_it_is_the_experiments_name(self, spans):
        """A run that never makes an experiment still sends its spans."""
        self.call(spans, "only")
        spans.close()

        assert spans.arrived() == [("Task: only", "exp")]

    @pytest.mark.parametrize(("project", "name"), [("P1", "traces of exp"), (None, None), ("gone", None)])
    def test_the_service_is_asked(self, project, name):
        """The experiment names the project by its id; a service that does not, or has it no
        more, names none.
        """
        from arize_nb.errors import NotFoundError
        from arize_nb.harness.tracing.span_project import project_of

        def get(found):
            if found == "gone":
                raise NotFoundError("project", found)
            return SimpleNamespace(name="traces of exp")

        client = SimpleNamespace(projects=SimpleNamespace(get=get))

        assert name == project_of(client, SimpleNamespace(experiment_traces_project_id=project))

    def test_a_run_files_its_spans(self, client, unique_name, monkeypatch, spans):
        """A whole run asks for the project once its experiment is made, and sends its spans there."""
        monkeypatch.setattr("arize_nb.harness.resumable_run.spans_for", lambda *_: spans)
        monkeypatch.setattr(
            "arize_nb.harness.resumable_run.project_of", lambda _client, made: f"traces of {made.name}"
        )
        dataset = client.datasets.create(
            name=unique_name("faq"), examples=[{"question": f"q{index}"} for index in range(3)]
        )
        result = client.experiments.run(
            name="filed", dataset=dataset, task=lambda question: question, progress=False
        )

        assert {project for _, project in spans.arrived()} == {"traces of filed"}
        assert len(set(result.frame["result.trace.id"])) == 3
