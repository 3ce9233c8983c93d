"""Write base.csv and candidate.csv (and JSON): MLflow's `genai.evaluate` result_df."""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
import mlflow
from mlflow.entities import Feedback
from mlflow.genai.scorers import scorer
from questions import QUESTIONS, answer

mlflow.set_tracking_uri(f"sqlite:///{tempfile.mkdtemp()}/mlflow.db")
mlflow.set_experiment("facts")


@scorer
def correct(outputs, expectations):
    return Feedback(value=outputs == expectations["expected_response"], rationale="exact")


@scorer
def length(outputs):
    return float(len(outputs or ""))


def predict_of(name):
    def predict(question):
        return answer(name, question)

    return predict


for name in ("base", "candidate"):
    data = [
        {"inputs": {"question": one["question"]}, "expectations": {"expected_response": one["expected"]}}
        for one in QUESTIONS
    ]
    frame = mlflow.genai.evaluate(data=data, predict_fn=predict_of(name), scorers=[correct, length]).result_df
    frame.to_csv(Path(__file__).parent / f"{name}.csv", index=False)
    frame.to_json(Path(__file__).parent / f"{name}.json", orient="records", default_handler=str)
