"""`--pass-when`, `--direction`, `--margin`: what is said of one metric, or of all of them."""

from __future__ import annotations

import pandas as pd
import pytest

from arize_nb.cli import status_of
from arize_nb.commands.line.session import Session
from arize_nb.commands.root import run
from arize_nb.errors import CommandError, ComparisonError

BASE = pd.DataFrame(
    {
        "example_id": [f"e{i}" for i in range(40)],
        "eval.tone.label": ["friendly", "flat", "ok", "rude"] * 10,
        "eval.a=b.score": [0.2, 0.4, 0.6, 0.8] * 10,
        "error": [None] * 39 + ["outage"],
    }
)
OTHER = BASE.assign(**{"eval.tone.label": ["flat", "flat", "ok", "friendly"] * 10})


@pytest.fixture
def compare(monkeypatch):
    """Run `experiments compare $base $other` with options as words; returns the comparison and what `compare`
    was asked.
    """
    from arize_nb.comparison import comparison as result

    compare_frames = result.compare
    asked = {}

    def kept(*things, **settings):
        asked.clear()
        asked.update(settings)
        return compare_frames(*things, **settings)

    monkeypatch.setattr(result, "compare", kept)

    def go(*words, **variables):
        names = {"base": BASE, "other": OTHER, **variables}
        session = Session(program="%ax", in_notebook=True, lookup=names.__getitem__)
        return run(["experiments", "compare", "$base", "$other", *words], session), dict(asked)

    return go


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            [],
            {
                "pass_when": None,
                "direction": None,
                "margin": None,
                "seed": 0,
                "confidence": 0.95,
                "errors_as_fails": False,
            },
        ),
        (["--pass-when", "friendly"], {"pass_when": {"friendly"}}),
        (["--pass-when", "friendly,ok"], {"pass_when": {"friendly", "ok"}}),
        (["--pass-when", "friendly", "--pass-when", "ok"], {"pass_when": {"friendly", "ok"}}),
        (
            ["--pass-when", "tone=friendly, ok", "--pass-when", "a=b=0.5"],
            {"pass_when": {"tone": {"friendly", "ok"}, "a=b": 0.5}},
        ),
        (["--pass-when", "0.5"], {"pass_when": 0.5}),
        (
            ["--pass-when", "tone=friendly", "--pass-when", "tone=ok"],
            {"pass_when": {"tone": {"friendly", "ok"}}},
        ),
        (["--direction", "neutral"], {"direction": "neutral"}),
        (
            ["--direction", "a=b=Lower", "--direction", "tone=neutral"],
            {"direction": {"a=b": "lower", "tone": "neutral"}},
        ),
        (["--margin", "0.02"], {"margin": 0.02}),
        (["--margin", "a=b=0.05"], {"margin": {"a=b": 0.05}}),
        (
            ["--seed", "7", "--confidence", "0.9", "--errors-as-fails"],
            {"seed": 7, "confidence": 0.9, "errors_as_fails": True},
        ),
    ],
)
def test_what_is_said_reaches_compare(compare, words, expected):
    """Of all metrics, of one, several times, with a name that holds an equals sign: each arrives as `compare`
    takes it.
    """
    _, asked = compare(*words)

    assert expected == {name: asked[name] for name in expected}


def test_the_line_and_python_agree(compare):
    """A line with rules gives the rows that Python gives with the same rules."""
    import arize_nb

    words = [
        "--pass-when",
        "tone=friendly,ok",
        "--pass-when",
        "a=b=0.5",
        "--direction",
        "a=b=higher",
        "--margin",
        "tone=0.3",
        "--seed",
        "3",
    ]
    found, _ = compare(*words)
    expected = arize_nb.compare(
        BASE,
        OTHER,
        names=["base", "other"],
        pass_when={"tone": {"friendly", "ok"}, "a=b": 0.5},
        direction={"a=b": "higher"},
        margin={"tone": 0.3},
        seed=3,
    )

    assert expected.summary.equals(found.summary)
    assert {"pass/fail"} == {row["kind"] for row in found.rows}


def test_commas_make_labels_of_numbers():
    """A number is a score; with a comma it is a label, as judges have that say 1 to 5."""
    from arize_nb.commands.line.metric_options import PASSING

    assert [("q", 4.0)] == PASSING.read("q=4")
    assert [("q", {"4"})] == PASSING.read("q=4,")
    assert [("q", {"4", "5"})] == PASSING.read("q=4,5")
    assert [(None, {"nan"})] == PASSING.read("nan")


@pytest.mark.parametrize("rule", [{"tone": {"friendly"}}, {"a=b": 0.5}])
def test_a_rule_may_be_a_variable(compare, rule):
    """What Python takes as a mapping by metric, a variable brings to the line."""
    assert rule == compare("--pass-when", "$rule", rule=rule)[1]["pass_when"]
    assert {"friendly"} == compare("--pass-when", "$labels", labels={"friendly"})[1]["pass_when"]
    assert 0.3 == compare("--margin", "$least", least=0.3)[1]["margin"]


@pytest.mark.parametrize(
    ("words", "error", "match"),
    [
        (["--direction", "up"], CommandError, "'up' is no direction.*higher, lower or neutral"),
        (["--direction", "tone=up"], CommandError, "'up' is no direction"),
        (
            ["--direction", "lower", "--direction", "higher"],
            CommandError,
            "--direction says both lower and higher of all metrics",
        ),
        (
            ["--direction", "a=b=lower", "--direction", "a=b=higher"],
            CommandError,
            "says both lower and higher of 'a=b'",
        ),
        (
            ["--pass-when", "friendly", "--pass-when", "a=b=0.5"],
            CommandError,
            "--pass-when speaks of all metrics and of 'a=b'",
        ),
        (
            ["--pass-when", "b,a", "--pass-when", "0.5"],
            CommandError,
            "--pass-when says both a,b and 0.5 of all metrics",
        ),
        (["--pass-when", "tone="], CommandError, "'tone=' lacks the value"),
        (["--pass-when", "=ok"], CommandError, "'=ok' lacks the metric"),
        (["--margin", "none"], CommandError, "'none' is no margin"),
        (["--margin", "tone=-1"], CommandError, "'-1' is no margin"),
        (
            ["--pass-when", "ton=ok"],
            ComparisonError,
            "pass_when names 'ton', which no experiment has.*'tone'",
        ),
    ],
)
def test_what_cannot_be_meant_is_an_error(compare, words, error, match):
    """Two rules for one metric, a word that is none, a name that nothing has: one line says what to type."""
    with pytest.raises(error, match=match):
        compare(*words)


def test_directions_are_completed():
    """The words for a direction are offered, behind the name of a metric too."""
    from arize_nb.commands.line.metric_options import DIRECTION

    assert ["higher", "lower", "neutral"] == [item.value for item in DIRECTION.shell_complete(None, None, "")]
    assert ["latency_ms=lower"] == [
        item.value for item in DIRECTION.shell_complete(None, None, "latency_ms=l")
    ]


def test_two_files_need_no_service(tmp_path, monkeypatch, capsys):
    """Comparing files, and printing what comes out, starts no local workspace."""
    from arize_nb import workspace

    for name, frame in (("base.csv", BASE), ("cand.csv", OTHER)):
        frame.to_csv(tmp_path / name, index=False)
    for name in ("HOME", "ARIZE_NB_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.delenv("ARIZE_API_KEY", raising=False)
    monkeypatch.setattr(workspace, "ensure", lambda *_, **__: pytest.fail("a workspace was started"))
    monkeypatch.chdir(tmp_path)

    assert 0 == status_of(["experiments", "compare", "base.csv", "cand.csv", "--pass-when", "tone=friendly"])
    assert "tone, cand: no clear change" in capsys.readouterr().out
