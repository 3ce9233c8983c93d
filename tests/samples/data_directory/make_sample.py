"""Write workspace and journal of a run stopped after six of ten; ARIZE_NB_DATA_DIR is an empty folder."""

import contextlib
import gzip
import os
import signal
import threading
from pathlib import Path

from asked import answer, long_enough

import arize_nb
from arize_nb import workspace
from arize_nb.harness import exact_match

HERE, DATA = Path(__file__).parent, Path(os.environ["ARIZE_NB_DATA_DIR"])

client = arize_nb.connect("local")
rows = [{"id": f"example-{i}", "question": f"q{i}", "expected": f"a{i}"} for i in range(10)]
dataset = client.datasets.create(name="questions", examples=rows)
settings = {"evaluators": [long_enough, exact_match()], "concurrency": 1, "retries": 0, "progress": False}
client.experiments.run(name="whole", dataset=dataset, task=lambda question: question, **settings)
threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT)).start()
with contextlib.suppress(KeyboardInterrupt):
    client.experiments.run(name="kept", dataset=dataset, task=answer, **settings)
client.close()
workspace.stop(DATA)
(journal,) = (DATA / "journals").glob("kept-*.sqlite")
for file in (DATA / "workspace.duckdb", journal):
    (HERE / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes(), 9, mtime=0))
