"""Write base.eval, candidate.eval (two epochs) and base.json with Inspect's mock model."""

import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from inspect_ai import Epochs, Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import read_eval_log, write_eval_log
from inspect_ai.model import ModelOutput
from inspect_ai.scorer import includes, match
from inspect_ai.solver import solver
from questions import QUESTIONS, answer


@solver
def answering(name):
    async def solve(state, generate):
        state.output = ModelOutput.from_content("mockllm/model", answer(name, state.input_text))
        return state

    return solve


for name in ("base", "candidate"):
    samples = [
        Sample(id=one["id"], input=one["question"], target=one["expected"], metadata={"topic": "facts"})
        for one in QUESTIONS
    ]
    task = Task(
        name="facts",
        dataset=MemoryDataset(samples, name="facts"),
        solver=answering(name),
        scorer=[match(), includes()],
    )
    folder = tempfile.mkdtemp()
    epochs = Epochs(2, "mean") if name == "candidate" else None
    logs = eval(
        task,
        model="mockllm/model",
        log_dir=folder,
        fail_on_error=False,
        display="none",
        epochs=epochs,
        metadata={"prompt": name},
    )
    shutil.copy(Path(logs[0].location.removeprefix("file://")), Path(__file__).parent / f"{name}.eval")
    if name == "base":
        write_eval_log(read_eval_log(logs[0].location), str(Path(__file__).parent / "base.json"))
