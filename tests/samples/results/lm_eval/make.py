"""Write samples_NAME.jsonl and results_NAME.json with lm-eval: a model of canned answers over a task of our
own with two filters.
"""

import glob
import json
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from lm_eval.__main__ import cli_evaluate
from lm_eval.api.model import LM
from lm_eval.api.registry import register_model
from questions import ANSWERS, QUESTIONS


@register_model("canned")
class Canned(LM):
    """Answers as one of the two models would; a failed call is an empty answer, as with lm-eval's own API
    models.
    """

    def __init__(self, who):
        super().__init__()
        self.who = who

    @classmethod
    def create_from_arg_string(cls, text, additional_config=None):
        return cls(text.partition("=")[2])

    @classmethod
    def create_from_arg_obj(cls, given, additional_config=None):
        return cls(given["who"])

    def generate_until(self, requests, disable_tqdm=False):
        ids = {one["question"]: one["id"] for one in QUESTIONS}
        # a space inside, so that the strict filter and the loose one differ
        return [
            (" " if "sky" in one.args[0] else "") + (ANSWERS[self.who][ids[one.args[0]]] or "")
            for one in requests
        ]

    def loglikelihood(self, requests, disable_tqdm=False):
        raise NotImplementedError

    def loglikelihood_rolling(self, requests, disable_tqdm=False):
        raise NotImplementedError


here = Path(__file__).parent
for name in ("base", "candidate"):
    folder = Path(tempfile.mkdtemp())
    docs = [{"question": one["question"], "answer": one["expected"]} for one in QUESTIONS]
    # lm-eval shuffles nothing, but a model of another run may see the documents in another order: doc_id is a
    # row number
    (folder / "docs.jsonl").write_text(
        "".join(json.dumps(doc) + "\n" for doc in (docs if name == "base" else docs[::-1]))
    )
    (folder / "facts.yaml").write_text(
        f"""task: facts
dataset_path: json
dataset_kwargs:
  data_files: {{test: {folder}/docs.jsonl}}
test_split: test
output_type: generate_until
doc_to_text: "{{{{question}}}}"
doc_to_target: "{{{{answer}}}}"
generation_kwargs: {{until: ["\\n"]}}
filter_list:
  - name: strict
    filter:
      - function: take_first
  - name: loose
    filter:
      - function: remove_whitespace
      - function: take_first
metric_list:
  - metric: exact_match
    aggregation: mean
    higher_is_better: true
"""
    )
    sys.argv = [
        "lm_eval",
        "--model",
        "canned",
        "--model_args",
        f"who={name}",
        "--include_path",
        str(folder),
        "--tasks",
        "facts",
    ]
    sys.argv += ["--log_samples", "--output_path", str(folder / "out")]
    cli_evaluate()
    shutil.copy(
        glob.glob(f"{folder}/out/**/samples_facts*.jsonl", recursive=True)[0], here / f"samples_{name}.jsonl"
    )
    text = Path(glob.glob(f"{folder}/out/**/results*.json", recursive=True)[0]).read_text()
    (here / f"results_{name}.json").write_text(text.replace(str(folder), "/tmp/facts"))
