"""Write base.json, base.csv (as the Phoenix app downloads them), ran_base.json (what the client returns),
from a server on this machine.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parent.parent))
from phoenix.client import Client
from questions import QUESTIONS, answer

here = Path(__file__).parent
PORT = "6886"
environ = {
    **os.environ,
    "PHOENIX_WORKING_DIR": tempfile.mkdtemp(),
    "PHOENIX_PORT": PORT,
    "PHOENIX_GRPC_PORT": "6887",
    "PHOENIX_HOST": "127.0.0.1",
    "PHOENIX_TELEMETRY_ENABLED": "false",
}
url = f"http://127.0.0.1:{PORT}"
server = subprocess.Popen([sys.executable, "-m", "phoenix.server.main", "serve"], env=environ)


def exact(output, expected):
    return {
        "score": float(output == expected["answer"]),
        "label": "right" if output == expected["answer"] else "wrong",
        "explanation": "exact",
    }


def length(output):
    return len(output or "") / 20


try:
    for _ in range(120):
        try:
            if httpx.get(url, timeout=2).status_code < 500:
                break
        except httpx.HTTPError:
            time.sleep(0.5)
    client = Client(base_url=url)
    dataset = client.datasets.create_dataset(
        name="facts",
        inputs=[{"question": one["question"]} for one in QUESTIONS],
        outputs=[{"answer": one["expected"]} for one in QUESTIONS],
        metadata=[{"topic": "facts"}] * 6,
    )
    for name in ("base", "candidate"):

        def task(input, name=name):
            return answer(name, input["question"])

        ran = client.experiments.run_experiment(
            dataset=dataset,
            task=task,
            evaluators={"exact": exact, "text_length": length},
            experiment_name=name,
            experiment_metadata={"prompt": name},
            repetitions=2 if name == "candidate" else 1,
            retries=0,
            print_summary=False,
        )
        (here / f"ran_{name}.json").write_text(
            json.dumps(
                ran,
                default=lambda one: (
                    one.model_dump(mode="json")
                    if hasattr(one, "model_dump")
                    else (vars(one) if hasattr(one, "__dict__") else str(one))
                ),
                indent=1,
            )
        )
        for ending in ("json", "csv"):
            (here / f"{name}.{ending}").write_bytes(
                httpx.get(f"{url}/v1/experiments/{ran['experiment_id']}/{ending}", timeout=30).content
            )
finally:
    server.terminate()
    server.wait()
