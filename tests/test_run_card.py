"""The card of a run: intervals of scipy and statsmodels, failures by cause, nothing that acts."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from arize_nb.display.run_card.metric_means import metric_means
from arize_nb.frames.columns import PART_COLUMN
from arize_nb.harness.records.run_record import Evaluation, EvaluatorRecord, Failure, RunRecord
from arize_nb.harness.result import ExperimentResult
from arize_nb.renderers import render

HOSTILE = "<script>document.title='owned'</script><img src=x onerror=alert(1)>\x1b[2J\u202e"


def run(place, score=None, *, label=None, repetition=1, failure=None, name="m", example=None):
    """Return a run with one evaluation."""
    made = {} if score is None and label is None else {name: Evaluation(score=score, label=label)}
    return RunRecord(
        example or f"e{place}",
        repetition,
        output=None if failure else "x",
        failure=failure,
        evaluations={name: EvaluatorRecord(made)} if made else {},
    )


def result(records, **options):
    """Return the result of a run of them."""
    said = {"name": "exp", "experiment": None, "planned": len(records), "dataset": "faq", **options}
    return ExperimentResult(records=tuple(records), **said)


def shown(records, **options):
    """Return the card of a result, as a cell shows it."""
    return render("html", result(records, **options))


def test_a_share_has_wilsons_interval():
    """One run an example, scores 0 and 1: as statsmodels computes it."""
    (one,) = metric_means([run(place, float(place % 4 > 0)) for place in range(50)])

    low, high = proportion_confint(37, 50, method="wilson")
    assert (37 / 50, True) == (one.mean, one.is_rate)
    assert pytest.approx((low, high)) == (one.low, one.high)


def test_scores_have_students_interval():
    """As scipy computes it."""
    values = np.random.default_rng(1).random(31)
    (one,) = metric_means([run(place, float(value)) for place, value in enumerate(values)])

    low, high = stats.t.interval(0.95, 30, values.mean(), stats.sem(values))
    assert pytest.approx((values.mean(), low, high)) == (one.mean, one.low, one.high)
    assert not one.is_rate


def test_runs_of_one_example_count_as_one():
    """Three repetitions of ten examples have the interval of ten means, not of thirty runs."""
    random = np.random.default_rng(2)
    values = (random.random((10, 3)) < 0.6).astype(float)
    records = [
        run(place, float(values[place, repetition]), repetition=repetition + 1)
        for place in range(10)
        for repetition in range(3)
    ]
    (one,) = metric_means(records)

    means = values.mean(axis=1)
    low, high = stats.t.interval(0.95, 9, means.mean(), stats.sem(means))
    assert (30, True) == (one.scored, one.is_rate)
    assert pytest.approx((means.mean(), low, high)) == (one.mean, one.low, one.high)


@pytest.mark.parametrize(("records", "mean"), [([run(0, 0.5)], 0.5), ([run(0, label="good")], None)])
def test_what_has_no_interval_claims_none(records, mean):
    """One example, or labels without scores."""
    (one,) = metric_means(records)

    assert (mean, None, None) == (one.mean, one.low, one.high)


def test_failures_are_grouped_by_what_they_have_in_common():
    """Messages that differ by a number or a quoted word are one cause; the largest stands first, opened."""
    failures = [Failure("TimeoutError", f"no answer within {place} s", "") for place in range(7)]
    records = [run(place, failure=failure) for place, failure in enumerate(failures)]
    records += [run(place, failure=Failure("KeyError", "'rubric'", "")) for place in range(7, 9)]
    html = shown([*records, run(9, 1.0)])

    causes = re.findall(
        r'<details class="ex"( open)?>.*?<span class="chip e">(.*?)</span><span class="asked">(.*?)<', html
    )
    assert [
        (" open", "7 runs", "TimeoutError: no answer within … s"),
        ("", "2 runs", "KeyError: &#39;rubric&#39;"),
    ] == causes
    assert "and 2 more" in html
    assert "9 failed" in html


def test_model_text_is_shown_and_never_acts():
    """Names, labels, messages, inputs: escaped, control characters made visible."""
    records = [
        run(0, 1.0, label=HOSTILE, name=HOSTILE, example=HOSTILE),
        run(1, failure=Failure(HOSTILE, HOSTILE, HOSTILE)),
    ]
    html = shown(records, name=HOSTILE, dataset=HOSTILE, inputs={"e1": HOSTILE}, notes=(HOSTILE,))

    assert "<script" not in html
    assert "<img" not in html
    assert not re.search(r"[\x1b\u202e]", html)
    assert html.count("&lt;script&gt;") >= 6


def test_examples_are_called_shortly():
    """Ids of a machine by their place in the dataset; ids of people as they are."""
    ids = [f"0190a3f1-7d{place:02}-7abc-8def-0123456789ab" for place in range(3)]
    failed = Failure("ValueError", "no JSON", "")
    html = shown([run(place, failure=failed, example=one) for place, one in enumerate(ids)])
    assert ["#1", "#2", "#3"] == re.findall(r'<p class="facts"><b>(.*?)</b>', html)

    html = shown([run(place, failure=failed) for place in range(2)])
    assert ["e0", "e1"] == re.findall(r'<p class="facts"><b>(.*?)</b>', html)


def test_a_part_and_what_happened_on_the_way_are_told():
    """Only some examples were run; calls were tried again; metadata."""
    records = [run(0, 1.0)]
    records[0].fields[PART_COLUMN] = "11 of 30 examples"
    html = shown(records, retries=2, elapsed_s=75, attrs={"metadata": {"model": "gpt-x"}})

    assert "11 of 30 examples · took 1 min 15 s · 2 tried again · model gpt-x · not uploaded" in html
