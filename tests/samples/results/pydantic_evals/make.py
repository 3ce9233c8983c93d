"""Write base.json and candidate.json: the reports of pydantic-evals."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from pydantic_evals import Case, Dataset
from pydantic_evals.evaluators import EqualsExpected, EvaluationReason, Evaluator
from pydantic_evals.reporting import EvaluationReportAdapter
from questions import QUESTIONS, answer


class Length(Evaluator):
    def evaluate(self, ctx):
        return {
            "length": EvaluationReason(value=float(len(ctx.output)), reason="characters"),
            "size": "short" if len(ctx.output) < 6 else "long",
        }


cases = [
    Case(name=one["id"], inputs=one["question"], expected_output=one["expected"], metadata={"topic": "facts"})
    for one in QUESTIONS
]
for name in ("base", "candidate"):
    dataset = Dataset(name="facts", cases=cases, evaluators=[EqualsExpected(), Length()])
    repeat = {"repeat": 2} if name == "candidate" else {}
    report = dataset.evaluate_sync(
        lambda question, name=name: answer(name, question),
        name=name,
        progress=False,
        metadata={"prompt": name},
        **repeat,
    )
    (Path(__file__).parent / f"{name}.json").write_bytes(EvaluationReportAdapter.dump_json(report, indent=1))
