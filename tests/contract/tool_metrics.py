"""Run in the environment of one tool: its metrics adapted, called on five runs, beside what its own runner
gives. Prints JSON.

Usage: python tool_metrics.py TOOL
"""

import asyncio
import inspect
import json
import sys

RUNS = [
    {"question": "Capital of France?", "expected": "Paris", "output": "Paris"},
    {"question": "2 + 2?", "expected": "4", "output": "5"},
    {"question": "Largest ocean?", "expected": "Pacific", "output": "The Pacific"},
    {"question": "Hamlet?", "expected": "Shakespeare", "output": "shakespeare"},
    {"question": "Sky?", "expected": "blue", "output": "grey"},
]


def called(metric, run):
    """Call an adapted metric as the harness does: by the parameters of its signature."""
    columns = [name for name in run if name != "output"]
    function = metric.fitted(columns)
    row = {name: run[name] for name in columns}
    given = {"output": run["output"], "dataset_row": row}
    values = {name: given[name] for name in inspect.signature(function).parameters}
    result = function(**values)
    return asyncio.run(result) if inspect.isawaitable(result) else result


def score(result):
    return None if result is None else result.get("score")


def compare(metrics):
    """Return for each metric (object, own function of a run) our scores and the tool's own."""
    from arize_nb.interop.metrics.adapting import adapted

    table = {}
    for metric, own in metrics:
        found = adapted(metric)
        assert found is not None, f"{metric!r} is not recognised"
        table[found.name] = {
            "tool": found.tool,
            "ours": [score(called(found, run)) for run in RUNS],
            "theirs": [own(run) for run in RUNS],
        }
    return table


def autoevals():
    from autoevals import ExactMatch, Levenshtein, NumericDiff

    metrics = [Levenshtein(), ExactMatch()]
    own = [
        (metric, lambda run, metric=metric: metric(run["output"], expected=run["expected"]).score)
        for metric in metrics
    ]
    assert NumericDiff().eval(output=1, expected=2).score is not None
    return compare(own)


def deepeval():
    from deepeval.metrics import BaseMetric, ExactMatchMetric
    from deepeval.test_case import LLMTestCase

    class Length(BaseMetric):
        threshold = 3
        _required_params = ()

        def measure(self, test_case, *args, **kwargs):
            self.score, self.success, self.reason = (
                len(test_case.actual_output) / 20,
                len(test_case.actual_output) >= 3,
                "characters",
            )
            return self.score

        async def a_measure(self, test_case, *args, **kwargs):
            return self.measure(test_case)

        def is_successful(self):
            return self.success

        @property
        def __name__(self):
            return "Length"

    def own(metric):
        def measured(run):
            case = LLMTestCase(
                input=run["question"], actual_output=run["output"], expected_output=run["expected"]
            )
            metric.measure(case)
            return metric.score

        return metric, measured

    return compare([own(ExactMatchMetric()), own(Length())])


def ragas():
    from ragas import SingleTurnSample
    from ragas.metrics import ExactMatch, StringPresence, discrete_metric, numeric_metric
    from ragas.metrics.collections import ExactMatch as NewExactMatch

    def old(metric):
        return metric, lambda run: float(
            metric.single_turn_score(SingleTurnSample(response=run["output"], reference=run["expected"]))
        )

    def new(metric):
        metric.name = f"new_{metric.name}"
        return metric, lambda run: metric.score(reference=run["expected"], response=run["output"]).value

    @numeric_metric(name="longer", allowed_values=(0, 100))
    def longer(response, reference):
        return float(len(response) - len(reference)) % 100

    @discrete_metric(name="word", allowed_values=["same", "other"])
    def word(response, reference):
        return "same" if response == reference else "other"

    from arize_nb.interop.metrics.adapting import adapted

    assert {"label": "same"} == called(adapted(word), RUNS[0])
    return compare(
        [
            old(ExactMatch()),
            old(StringPresence()),
            new(NewExactMatch()),
            (longer, lambda run: float(len(run["output"]) - len(run["expected"])) % 100),
        ]
    )


def pydantic_evals():
    from pydantic_evals import Case, Dataset
    from pydantic_evals.evaluators import EqualsExpected, EvaluationReason, Evaluator

    class Length(Evaluator):
        def evaluate(self, ctx):
            return EvaluationReason(value=len(ctx.output) / 20, reason="characters")

    class Several(Evaluator):
        async def evaluate(self, ctx):
            return {"short": len(ctx.output) < 6, "size": "small"}

    from arize_nb.interop.metrics.adapting import adapted

    assert {"short": {"score": 1.0, "label": "pass"}, "size": {"label": "small"}} == called(
        adapted(Several()), RUNS[0]
    )

    def theirs(metric, kind):
        cases = [
            Case(name=str(place), inputs=run["question"], expected_output=run["expected"])
            for place, run in enumerate(RUNS)
        ]
        outputs = {run["question"]: run["output"] for run in RUNS}
        report = Dataset(name="d", cases=cases, evaluators=[metric]).evaluate_sync(
            lambda question: outputs[question], progress=False
        )
        found = {case.name: float(next(iter(getattr(case, kind).values())).value) for case in report.cases}
        return lambda run: found[str(RUNS.index(run))]

    return compare(
        [(EqualsExpected(), theirs(EqualsExpected(), "assertions")), (Length(), theirs(Length(), "scores"))]
    )


def phoenix():
    from phoenix.evals import create_evaluator
    from phoenix.evals.metrics import PrecisionRecallFScore, exact_match

    from arize_nb.interop.metrics.adapting import adapted

    @create_evaluator(name="length", kind="code", direction="minimize")
    def length(output: str) -> float:
        return len(output) / 20

    several = called(adapted(PrecisionRecallFScore()), RUNS[0])
    assert 3 == len(several), several
    assert {"maximize"} == {one["metadata"]["direction"] for one in several.values()}
    own = lambda metric, names: lambda run: metric.evaluate({name: run[name] for name in names})[0].score  # noqa: E731
    return compare(
        [(exact_match, own(exact_match, ("output", "expected"))), (length, own(length, ("output",)))]
    )


def mlflow():
    from mlflow.entities import Feedback
    from mlflow.genai.scorers import scorer

    @scorer
    def correct(outputs, expectations):
        same = outputs == expectations["expected_response"]
        return Feedback(value=same, rationale="exact", metadata={"judge": "rule"})

    @scorer
    def length(outputs):
        return len(outputs) / 20

    @scorer
    def traced(trace):
        return 1.0

    from arize_nb.errors import InputError
    from arize_nb.interop.metrics.adapting import adapted

    refused = ""
    try:
        adapted(traced)
    except InputError as error:
        refused = str(error)
    assert "wants a trace" in refused
    assert {"judge": "rule"} == called(adapted(correct), RUNS[0])["metadata"]
    given = lambda run: {  # noqa: E731
        "outputs": run["output"],
        "expectations": {"expected_response": run["expected"]},
        "inputs": {},
        "trace": None,
    }
    own = [
        (correct, lambda run: float(correct.run(**given(run)).value)),
        (length, lambda run: length.run(**given(run))),
    ]
    return compare(own)


def langsmith():
    from types import SimpleNamespace

    from langsmith.evaluation import EvaluationResult, RunEvaluator, run_evaluator

    class Exact(RunEvaluator):
        def evaluate_run(self, run, example=None, evaluator_run_id=None):
            return EvaluationResult(
                key="exact", score=run.outputs["output"] == example.outputs["expected"], comment="equal"
            )

    @run_evaluator
    def length(run, example):
        return {"key": "length", "score": len(run.outputs["output"]) / 20}

    def own(metric):
        def result(run):
            made = SimpleNamespace(
                inputs={"input": run["question"]}, outputs={"output": run["output"]}, id=None, error=None
            )
            return float(
                metric.evaluate_run(
                    made, SimpleNamespace(outputs={"expected": run["expected"]}, inputs={}, id=None)
                ).score
            )

        return result

    return compare([(Exact(), own(Exact())), (length, lambda run: len(run["output"]) / 20)])


def inspect_ai():
    from inspect_ai import Task, eval
    from inspect_ai.dataset import MemoryDataset, Sample
    from inspect_ai.model import ModelOutput
    from inspect_ai.scorer import f1, includes, match
    from inspect_ai.solver import solver

    @solver
    def answering():
        async def solve(state, generate):
            state.output = ModelOutput.from_content(
                "mockllm/model", next(run["output"] for run in RUNS if run["question"] == state.input_text)
            )
            return state

        return solve

    def theirs(scorer):
        samples = [Sample(input=run["question"], target=run["expected"]) for run in RUNS]
        import tempfile

        log = eval(
            Task(dataset=MemoryDataset(samples), solver=answering(), scorer=scorer),
            model="mockllm/model",
            display="none",
            log_dir=tempfile.mkdtemp(),
        )[0]
        letters = {"C": 1.0, "I": 0.0}
        values = {sample.input: next(iter(sample.scores.values())).value for sample in log.samples}
        return lambda run: letters.get(values[run["question"]], values[run["question"]])

    return compare([(match(), theirs(match())), (includes(), theirs(includes())), (f1(), theirs(f1()))])


def openevals():
    from openevals.exact import exact_match, exact_match_async
    from openevals.string.levenshtein import levenshtein_distance

    from arize_nb.interop.metrics.adapting import adapted

    assert 1.0 == called(adapted(exact_match_async), RUNS[0])["score"]
    own = lambda metric: (  # noqa: E731
        lambda run: float(metric(outputs=run["output"], reference_outputs=run["expected"])["score"])
    )
    return compare([(metric, own(metric)) for metric in (exact_match, levenshtein_distance)])


if __name__ == "__main__":
    print("RESULT " + json.dumps(globals()[sys.argv[1]]()))
