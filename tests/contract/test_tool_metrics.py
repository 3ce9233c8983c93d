"""Metrics of other tools, in environments of their own: adapted, they give what the tool's own
runner gives.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

TOOLS = Path(os.environ.get("ARIZE_NB_TOOLS", "build/tools"))
HERE = Path(__file__).parent
ENVIRONMENTS = {
    "autoevals": "braintrust",
    "deepeval": "deepeval",
    "ragas": "ragas",
    "pydantic_evals": "pydantic_evals",
    "phoenix": "phoenix",
    "mlflow": "mlflow",
    "langsmith": "langsmith",
    "inspect_ai": "inspect",
    "openevals": "openevals",
}


@pytest.mark.parametrize("tool", ENVIRONMENTS)
def test_scores(tool, tmp_path):
    """Every metric that needs no model scores five runs as its own library does."""
    program = TOOLS / ENVIRONMENTS[tool] / "bin" / "python"
    if not program.exists():
        pytest.skip(f"{tool} is not installed in {TOOLS / ENVIRONMENTS[tool]}: make tools")
    environ = {
        **os.environ,
        "PYTHONPATH": str(HERE.parent.parent),
        "DEEPEVAL_TELEMETRY_OPT_OUT": "YES",
        "RAGAS_DO_NOT_TRACK": "true",
    }
    command = [program.absolute(), HERE / "tool_metrics.py", tool]
    ended = subprocess.run(
        command, env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False
    )
    line = next((line for line in ended.stdout.splitlines() if line.startswith("RESULT ")), None)

    assert line is not None, ended.stderr[-2000:]
    for name, scores in json.loads(line.removeprefix("RESULT ")).items():
        assert scores["theirs"] == pytest.approx(scores["ours"]), name
        assert len(set(scores["ours"])) > 1, name
