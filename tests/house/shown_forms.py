"""How a small comparison, result of a run and page of experiments are shown: HTML, Markdown, text."""

from __future__ import annotations

import datetime as dt
import hashlib
import re

from IPython.core.formatters import DisplayFormatter

import arize_nb
from arize_nb.errors import AxError
from arize_nb.harness.records.run_record import EvaluatorRecord, Failure, RunRecord

HOSTILE = "<b>bold</b> & | `code`\n$x$"
"""A model's text that is markup in HTML, in Markdown and in a table."""


def text() -> str:
    """Return all shown forms, a heading each."""
    forms = [*_comparison().items(), *_result().items(), *_page().items()]
    return "\n".join(f"# {name}\n{form}\n" for name, form in forms)


def _comparison() -> dict[str, str]:
    """Return the forms of a comparison: two metrics, a lost run, labels, something to worry about."""
    base = [
        {
            "example_id": f"e{row:02}",
            "output": f"answer {row}" if row else HOSTILE,
            "eval.right.score": float(row % 2),
            "eval.tone.score": row / 20,
            "eval.tone.label": "kind" if row % 3 else "rude",
            "latency_ms": 100.0 + row,
        }
        for row in range(20)
    ]
    rights = [float(row % 4 != 0) for row in range(19)]
    better = [{**one, "eval.right.score": right} for one, right in zip(base, rights, strict=False)]
    shown = arize_nb.compare(base, better, names=["base", "better"])
    return {
        "comparison, HTML": html(displayed(shown)),
        "comparison, page": html(str(shown.to_html())),
        "comparison, Markdown": shown.to_markdown(),
        "comparison, text": repr(shown),
    }


def _result() -> dict[str, str]:
    """Return the forms of a result: a run that worked, one that failed, an evaluator that failed."""
    good = arize_nb.Evaluation(score=1.0, label="good")
    failed = Failure("LookupError", HOSTILE, f"LookupError({HOSTILE!r})")
    records = (
        RunRecord("e0", 1, "a0", latency_ms=10.0, evaluations={"right": EvaluatorRecord({"right": good})}),
        RunRecord("e1", 1, failure=failed, latency_ms=20.0, attempts=2),
        RunRecord("e2", 1, "a2", latency_ms=30.0, evaluations={"right": EvaluatorRecord(failure=failed)}),
    )
    counts = {"planned": 4, "retries": 1, "elapsed_s": 12.0}
    shown = arize_nb.ExperimentResult(name="exp", experiment=None, records=records, dataset="qa", **counts)
    return {
        "result, HTML": html(displayed(shown)),
        "result, text": str(shown),
        "result, line": repr(shown),
    }


def _page() -> dict[str, str]:
    """Return the forms of a page of experiments, of which there are more."""
    day = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    items = tuple(
        arize_nb.Experiment(id=item_id, name=name, dataset_id="ds", created_at=day)
        for item_id, name in {"id0": "base", "id1": HOSTILE}.items()
    )
    shown = arize_nb.Page(items=items, next_cursor="more", kind="experiments")
    error = AxError("what failed", hint="What to type.")
    return {
        "page, HTML": html(displayed(shown)),
        "page, text": displayed(shown, "text/plain"),
        "experiment, HTML": html(displayed(items[1])),
        "experiment, text": displayed(items[1], "text/plain"),
        "error, text": str(error),
    }


def displayed(value: object, kind: str = "text/html") -> str:
    """Return what a notebook is given of a value."""
    forms, _ = DisplayFormatter().format(value)
    return str(forms[kind])


def html(page: str) -> str:
    """Return a page with a line a tag; without pictures and its sheet; each style once, at the end, by a
    mark."""
    styles: dict[str, str] = {}

    def mark(found: re.Match[str]) -> str:
        key = hashlib.sha256(found[1].encode()).hexdigest()[:6]
        styles[key] = found[1]
        return f"style={key}"

    page = re.sub(r"<svg.*?</svg>", "<svg/>", page, flags=re.DOTALL)
    page = re.sub(r"data:image/[^\"')]*", "data:image", page)
    page = re.sub(r"<style>(.*?)</style>", "<style>", page, flags=re.S)
    lines = re.sub(r'style="([^"]*)"', mark, page).replace("<", "\n<").splitlines()
    plain = [" ".join(line.split()) for line in lines if line.strip()]
    return "\n".join([*plain, *(f"{key}: {styles[key]}" for key in sorted(styles))])
