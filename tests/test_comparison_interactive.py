"""The interactive report: all examples, as data that cannot act; what is too much is refused."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import numpy as np
import pandas as pd
import pytest

import arize_nb as ax
from arize_nb.errors import ComparisonError

HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=alert(1)><!--"


def frames(count=120, text="answer"):
    """Return the runs of two experiments; every tenth of the second errored."""
    random = np.random.default_rng(4)
    ids = [f"e{place:03}" for place in range(count)]
    base = pd.DataFrame(
        {
            "example_id": ids,
            "question": [f"{text} question {place}" for place in range(count)],
            "topic": random.choice(["billing", "shipping", "account"], count),
            "output": [f"{text} {place} as it was" for place in range(count)],
            "eval.quality.label": random.choice(["good", "bad"], count, p=[0.8, 0.2]),
            "eval.quality.explanation": [f"since {place} {text}" for place in range(count)],
            "eval.accuracy.score": np.round(random.random(count), 3),
        }
    )
    errored = np.arange(count) % 10 == 0
    other = base.assign(
        **{
            "output": [
                None if gone else f"{text} {place} as it is"
                for place, gone in zip(range(count), errored, strict=True)
            ],
            "error": [f"TimeoutError: {text}" if gone else None for gone in errored],
            "eval.quality.label": np.where(errored, None, random.choice(["good", "bad"], count)),
            "eval.accuracy.score": np.where(errored, np.nan, base["eval.accuracy.score"] * 0.9),
        }
    )
    return base, other


def compared(**options):
    """Return the comparison of both."""
    said = {"pass_when": {"quality": ["good"]}, "names": ["old", "new"], "metrics": ["quality", "accuracy"]}
    return ax.compare(*frames(**options), **said)


def data_of(page):
    """Return what the page hands to its script."""
    (found,) = re.findall(r'<script type="application/json" id="ax-examples">(.*?)</script>', page, re.S)
    return json.loads(found)


@pytest.fixture(scope="module")
def comparison():
    """120 examples, two metrics, 12 errors."""
    return compared()


@pytest.fixture(scope="module")
def page(comparison):
    """The interactive page of it."""
    return comparison.to_html(interactive=True)


def test_every_example_is_there_with_what_both_sides_said(page):
    """Ids, columns, outputs, errors and explanations, in the order of the baseline."""
    data = data_of(page)

    assert [f"e{place:03}" for place in range(120)] == data["ids"]
    assert "answer 7 as it was" == data["sides"][0]["output"][7]
    assert "answer 7 as it is" == data["sides"][1]["output"][7]
    assert (None, "TimeoutError: answer") == (data["sides"][1]["output"][10], data["sides"][1]["error"][10])
    why = data["metrics"][0]["why"][0]
    assert "since 7 answer" == why["of"][why["at"][7]]
    assert "question" == data["own"][data["asked"]]["name"]
    assert "answer question 7" == data["own"][data["asked"]]["values"][7]


@pytest.mark.parametrize("metric", ["quality", "accuracy"])
def test_its_counts_are_those_of_the_card(comparison, page, metric):
    """Worse (with what passed before and errored now), same and better, as the summary counts them."""
    row = next(one for one in comparison.rows if one["metric"] == metric)
    at = [one.name for one in comparison.metrics].index(metric)
    codes = np.array(data_of(page)["metrics"][at]["became"][0])

    worse = row["regressions"] + (row["errored_passes"] or 0)
    assert (worse, row["unchanged"], row["improvements"]) == (
        int(np.isin(codes, (0, 8)).sum()),
        int((codes == 3).sum()),
        int((codes == 1).sum()),
    )


def test_its_panels_count_what_the_card_draws(comparison, page):
    """Label against label, as `.transitions` counts."""
    (labels,) = [one for one in data_of(page)["panels"] if one["kind"] == "labels"]
    theirs = comparison.transitions("quality")

    ours = pd.crosstab(np.array(labels["before"]), np.array(labels["after"]))
    places = range(len(labels["names"]))
    assert (
        theirs.to_numpy().tolist()
        == ours.reindex(index=places, columns=places, fill_value=0).to_numpy().tolist()
    )
    assert list(theirs.index) == labels["names"]


def test_columns_of_few_values_are_facets(page):
    """Each value with its examples."""
    (topic,) = [one for one in data_of(page)["facets"] if one["column"] == "topic"]

    assert ["account", "billing", "shipping"] == topic["values"]
    expected = frames()[0]["topic"].map(topic["values"].index).tolist()
    assert expected == topic["codes"]


def test_no_text_of_an_example_can_end_the_data_or_run():
    """A script element inside of an output stays text, in the card and in the data."""
    page = compared(text=HOSTILE).to_html(interactive=True)

    assert f"{HOSTILE} 7 as it was" == data_of(page)["sides"][0]["output"][7]
    assert 2 == page.count("</script>")
    assert "<img" not in page


def test_the_policy_lets_only_the_pages_own_script_run(page):
    """Its digest stands in the policy; nothing is fetched."""
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    script = re.search(r"<script>(.*?)</script>", page, re.S)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

    assert (
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
        == policy
    )


def test_the_static_page_has_no_script(comparison):
    """Without `interactive` nothing changes."""
    assert "<script" not in comparison.to_html()


def test_too_many_examples_are_refused_in_the_language_of_the_caller():
    """The limit, the number, and what to leave out."""
    base, other = frames(20_001)
    comparison = ax.compare(base, other, metrics=["accuracy"], names=["old", "new"])

    with pytest.raises(
        ComparisonError, match="at most 20,000, and this comparison has 20,001 examples"
    ) as refused:
        comparison.to_html(interactive=True)
    assert "Leave out interactive=True" in refused.value.hint


def test_too_much_text_is_refused():
    """What a browser would open slowly is not written."""
    base, other = frames(2_100, text="x" * 11_000)
    comparison = ax.compare(base, other, metrics=["accuracy"], names=["old", "new"])

    with pytest.raises(ComparisonError, match=r"at most 40 MB, and this comparison has \d+ MB of text"):
        comparison.to_html(interactive=True)


def test_the_command_writes_it(tmp_path, monkeypatch, capsys):
    """`report --interactive`; a format that has no script is refused."""
    from arize_nb.cli import main

    monkeypatch.chdir(tmp_path)
    for name, frame in zip(("old", "new"), frames(), strict=True):
        frame.to_csv(f"{name}.csv", index=False)

    with pytest.raises(SystemExit) as ended:
        main(["report", "old.csv", "new.csv", "--interactive", "--metric", "quality"])
    assert not ended.value.code
    assert 120 == len(data_of((tmp_path / "report.html").read_text())["ids"])

    with pytest.raises(SystemExit) as ended:
        main(["report", "old.csv", "new.csv", "--interactive", "-o", "report.md"])
    assert ended.value.code
    assert "--interactive makes an HTML page, not md. Name one: -o FILE.html" in capsys.readouterr().err
