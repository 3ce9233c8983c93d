"""Write results.json, results.jsonl and results.csv with promptfoo (npm install promptfoo, in the folder
named by PROMPTFOO).
"""

import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from questions import ANSWERS, QUESTIONS

here = Path(__file__).parent
answers = {name: {one["question"]: said[one["id"]] for one in QUESTIONS} for name, said in ANSWERS.items()}
(here / "answers.json").write_text(json.dumps(answers))
tests = [
    {
        "vars": {"question": one["question"]},
        "metadata": {"topic": "facts", "id": one["id"]},
        "assert": [
            {"type": "equals", "value": one["expected"], "metric": "exact"},
            {"type": "javascript", "value": "output.length / 20", "metric": "length"},
        ],
    }
    for one in QUESTIONS
]
(here / "tests.json").write_text(json.dumps(tests))
environ = {
    **os.environ,
    "PROMPTFOO_DISABLE_TELEMETRY": "1",
    "PROMPTFOO_DISABLE_UPDATE": "1",
    "PROMPTFOO_CONFIG_DIR": str(here / ".promptfoo"),
}
outputs = [flag for ending in ("json", "jsonl", "csv") for flag in ("-o", f"results.{ending}")]
program = [str(Path(os.environ["PROMPTFOO"]) / "node_modules/.bin/promptfoo"), "eval", "--no-cache", *outputs]
subprocess.run(program, cwd=here, env=environ, check=False)
