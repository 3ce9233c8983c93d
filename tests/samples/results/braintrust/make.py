"""Write base.json and candidate.json: what Braintrust's `Eval` returns with no_send_logs."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from functools import partial

from autoevals import ExactMatch, Levenshtein
from braintrust import Eval
from questions import QUESTIONS, answer

for name in ("base", "candidate"):
    result = Eval(
        "facts",
        experiment_name=name,
        data=lambda: [
            {
                "input": one["question"],
                "expected": one["expected"],
                "metadata": {"id": one["id"], "topic": "facts"},
            }
            for one in QUESTIONS
        ],
        task=partial(answer, name),
        scores=[ExactMatch, Levenshtein],
        no_send_logs=True,
    )
    rows = [vars(row) for row in result.results]
    text = json.dumps({"summary": result.summary.as_dict(), "results": rows}, default=str, indent=1)
    text = text.replace(sys.base_prefix, "/usr")
    (Path(__file__).parent / f"{name}.json").write_text(text)
    (Path(__file__).parent / f"{name}.jsonl").write_text(
        "".join(json.dumps(row, default=str) + "\n" for row in rows).replace(sys.base_prefix, "/usr")
    )
