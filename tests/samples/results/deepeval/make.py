"""Write base.json and candidate.json: DeepEval's test runs."""

import json
import os
import sys
from pathlib import Path

os.environ["DEEPEVAL_TELEMETRY_OPT_OUT"] = "YES"
sys.path.insert(0, str(Path(__file__).parent.parent))
from deepeval import evaluate
from deepeval.evaluate import AsyncConfig, CacheConfig, DisplayConfig, ErrorConfig
from deepeval.metrics import BaseMetric, ExactMatchMetric
from deepeval.test_case import LLMTestCase
from deepeval.test_run import global_test_run_manager
from questions import QUESTIONS, answer


class Length(BaseMetric):
    threshold = 6
    async_mode = False

    def measure(self, test_case, *args, **kwargs):
        if test_case.actual_output == "blue":
            raise ValueError("no length for blue")
        self.score = float(len(test_case.actual_output))
        self.reason = "characters"
        self.success = self.score >= self.threshold
        return self.score

    async def a_measure(self, test_case, *args, **kwargs):
        return self.measure(test_case)

    def is_successful(self):
        return self.success

    @property
    def __name__(self):
        return "Length"


for name in ("base", "candidate"):
    cases = []
    for one in QUESTIONS:
        try:
            output = answer(name, one["question"])
        except RuntimeError:
            continue
        cases.append(
            LLMTestCase(
                name=one["id"], input=one["question"], actual_output=output, expected_output=one["expected"]
            )
        )
    evaluate(
        cases,
        [ExactMatchMetric(), Length()],
        identifier=name,
        hyperparameters={"prompt": name},
        async_config=AsyncConfig(run_async=False),
        display_config=DisplayConfig(show_indicator=False, print_results=False),
        error_config=ErrorConfig(ignore_errors=True),
        cache_config=CacheConfig(write_cache=False),
    )
    run = global_test_run_manager.get_test_run()
    dump = run.model_dump(by_alias=True, exclude_none=True, mode="json")
    (Path(__file__).parent / f"{name}.json").write_text(json.dumps(dump, indent=1))
