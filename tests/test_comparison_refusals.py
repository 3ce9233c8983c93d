"""Every refusal holds for every form in which runs may be given: frame, Arrow table, records, and each kind
of file.
"""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import arize_nb as ax
from arize_nb.errors import AxError


def _parquet(frame, path):
    path = path.with_suffix(".parquet")
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)
    return path


def _text(frame, path, ending):
    path = path.with_suffix(f".{ending}")
    if ending == "csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_json(path, orient="records", lines=ending == "jsonl")
    return path


FORMS = {
    "frame": lambda frame, _: frame,
    "Arrow frame": lambda frame, _: frame.convert_dtypes(dtype_backend="pyarrow"),
    "indexed frame": lambda frame, _: frame.set_index("example_id") if "example_id" in frame else frame,
    "table": lambda frame, _: pa.Table.from_pandas(frame, preserve_index=False),
    "records": lambda frame, _: frame.to_dict("records"),
    "csv": lambda frame, path: _text(frame, path, "csv"),
    "json": lambda frame, path: _text(frame, path, "json"),
    "jsonl": lambda frame, path: _text(frame, path, "jsonl"),
    "parquet": lambda frame, path: _parquet(frame, path),
    "path as text": lambda frame, path: str(_text(frame, path, "csv")),
}
GOOD = pd.DataFrame(
    {
        "example_id": [f"e{i}" for i in range(12)],
        "output": [f"answer {i}" for i in range(12)],
        "eval.correct.label": ["pass", "fail"] * 6,
        "eval.tone.label": ["formal", "rude", "warm"] * 4,
        "eval.depth.score": [0.1 * i for i in range(12)],
        "topic": ["a", "b", "c"] * 4,
    }
)
WITHOUT_ID = GOOD.drop(columns="example_id").assign(output="the same", topic="a")
REFUSALS = {
    "no example id": (WITHOUT_ID, {}, "pair"),
    "unknown metric": (GOOD, {"metrics": "corect"}, r"no metric 'corect'.*Did you mean 'correct'"),
    "no metric named": (GOOD, {"metrics": []}, "names no metric"),
    "nothing in common": (GOOD[["example_id", "output"]], {}, "share no evaluator|no metric to compare"),
    "unknown slice column": (GOOD, {"by": "topics"}, "no column 'topics'"),
    "unknown cluster column": (GOOD, {"cluster": "topics"}, "no column 'topics'"),
    "misspelt label": (GOOD, {"pass_when": {"tone": "formel"}}, "no label 'formel'"),
    "threshold on labels": (GOOD, {"pass_when": {"tone": 0.5}}, "no scores to set against 0.5"),
    "fits nothing": (GOOD[["example_id", "eval.tone.label"]], {"pass_when": "formel"}, "fits no metric"),
    "misspelt metric in direction": (GOOD, {"direction": {"dept": "lower"}}, "direction names 'dept'"),
    "unknown direction": (GOOD, {"direction": {"depth": "up"}}, "Use higher, lower or neutral"),
    "margin of nothing": (GOOD, {"margin": 0.0}, "margin is 0"),
    "confidence": (GOOD, {"confidence": 95}, "confidence is 95"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_holds_for_every_form(form, refusal, tmp_path):
    """What is refused of a frame is refused of records and files, in the same words."""
    frame, options, match = REFUSALS[refusal]
    sides = [FORMS[form](frame, tmp_path / name) for name in ("base", "cand")]

    with pytest.raises(AxError, match=match):
        ax.compare(*sides, **options)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("rule", "match"),
    [
        ({}, r"'depth': it is not known which way is better.*direction=\{'depth': 'higher'\}"),
        ({"fail_on": "worse"}, "'depth': it is not known"),
        ({"fail_on": "regressions=0", "metric": "tone"}, "'tone': no way is better"),
        ({"fail_on": "min-delta=-0.1", "metric": "depth"}, "'depth': it is not known"),
        ({"fail_on": "never"}, "no rule 'never' to fail on. There are: worse,"),
        ({"fail_on": "regressions=few"}, "'regressions=few' has no count"),
        ({"fail_on": "lost=120%"}, "'lost=120%' is no share"),
        ({"fail_on": "min-delta=depht=-1"}, "no metric 'depht'"),
        ({"candidate": "x"}, "no candidate 'x'"),
    ],
)
def test_a_gate_that_cannot_be_asked_refuses_for_every_form(form, rule, match, tmp_path):
    """A rule that a metric cannot break stands open for good: it is refused for that metric, whatever the
    others are.
    """
    sides = [FORMS[form](GOOD, tmp_path / name) for name in ("base", "cand")]

    with pytest.raises(AxError, match=match):
        ax.compare(*sides).check(**rule)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_not_refused_has_the_same_answer_in_every_form(form, tmp_path):
    """Each form gives the summary of the frame."""
    other = GOOD.assign(**{"eval.correct.label": ["pass"] * 12})
    expected = ax.compare(GOOD, other).summary
    found = ax.compare(
        *(FORMS[form](frame, tmp_path / name) for frame, name in ((GOOD, "base"), (other, "cand")))
    ).summary
    named = ["baseline", "candidate"]

    pd.testing.assert_frame_equal(expected.drop(columns=named), found.drop(columns=named), check_dtype=False)
