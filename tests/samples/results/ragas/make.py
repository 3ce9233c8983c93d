"""Write base.csv, candidate.csv and base.json: ragas' `to_pandas`, with metrics that need no model."""

import os
import sys
from pathlib import Path

os.environ["RAGAS_DO_NOT_TRACK"] = "true"
sys.path.insert(0, str(Path(__file__).parent.parent))
from questions import QUESTIONS, answer
from ragas import EvaluationDataset, SingleTurnSample, evaluate
from ragas.metrics import ExactMatch, StringPresence

for name in ("base", "candidate"):
    samples = []
    for one in QUESTIONS:
        try:
            output = answer(name, one["question"])
        except RuntimeError:
            output = ""
        samples.append(
            SingleTurnSample(
                user_input=one["question"],
                response=output,
                reference=one["expected"],
                retrieved_contexts=[f"About {one['id']}.", "More."],
            )
        )
    frame = evaluate(
        EvaluationDataset(samples=samples), metrics=[ExactMatch(), StringPresence()], show_progress=False
    ).to_pandas()
    frame.to_csv(Path(__file__).parent / f"{name}.csv", index=False)
    frame.to_json(Path(__file__).parent / f"{name}.json", orient="records")
