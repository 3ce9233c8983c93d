"""Write base.csv and candidate.csv: LangSmith's `to_pandas` of an evaluation that uploads nothing."""

import sys
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from langsmith import Client, evaluate
from langsmith.schemas import Example
from questions import QUESTIONS, answer

examples = [
    Example(
        id=uuid.uuid5(uuid.NAMESPACE_URL, one["id"]),
        inputs={"question": one["question"]},
        outputs={"answer": one["expected"]},
        dataset_id=uuid.UUID(int=1),
    )
    for one in QUESTIONS
]


def correct(inputs, outputs, reference_outputs):
    return {
        "key": "correct",
        "score": outputs.get("answer") == reference_outputs["answer"],
        "comment": "exact",
    }


def length(inputs, outputs, reference_outputs):
    return {"key": "length", "score": len(outputs.get("answer") or "")}


def task_of(name):
    def task(inputs):
        return {"answer": answer(name, inputs["question"])}

    return task


for name in ("base", "candidate"):
    client = Client(api_url="http://127.0.0.1:9", api_key="none", auto_batch_tracing=False)
    result = evaluate(
        task_of(name),
        data=examples,
        evaluators=[correct, length],
        experiment_prefix=name,
        upload_results=False,
        client=client,
    )
    result.to_pandas().to_csv(Path(__file__).parent / f"{name}.csv")
    result.to_pandas().to_json(Path(__file__).parent / f"{name}.json", orient="records", default_handler=str)
