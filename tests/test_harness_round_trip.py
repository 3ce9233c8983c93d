"""Random nested outputs through a run, the service and an export: what comes back is what was returned, or
the run says why not.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arize_nb.harness.run_experiment import run_experiment
from arize_nb.harness.values.json_values import output_of

ROWS = 8
OUTPUTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.sampled_from(
        ["", " ", "null", "[1", "=1+1", "001", "1.10", "\x00", "\u2028", b"\xff", len, object()]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        | st.sets(st.text(max_size=3))
    ),
    max_leaves=10,
)


@pytest.fixture
def dataset(client, unique_name):
    return client.datasets.create(
        name=unique_name("d"),
        examples=[{"question": str(number), "same": {"n": [number]}} for number in range(ROWS)],
    )


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(outputs=st.lists(OUTPUTS, min_size=ROWS, max_size=ROWS))
def test_outputs_come_back_as_they_were(client, dataset, unique_name, outputs):
    """Text as itself, all else as JSON of the same value; evaluators have seen the value; a refused one is an
    error of its run.
    """
    expected = []
    for output in outputs:
        try:
            expected.append(output_of(output))
        except (TypeError, ValueError):
            expected.append(None)
    seen = {}

    def judge(output, dataset_row):
        seen[int(dataset_row["question"])] = (output, dataset_row["same"])
        return True

    result = run_experiment(
        client,
        name=unique_name("x"),
        dataset=dataset,
        task=lambda question: outputs[int(question)],
        evaluators=[judge],
        max_failures=0.99,
        retries=0,
        progress=False,
    )
    questions = {row["id"]: int(row["question"]) for row in client.datasets.iter_records(dataset)}
    stored = {
        questions[row["example_id"]]: row
        for row in client.experiments.iter_records(result.experiment or result.name, dataset=dataset)
    }

    assert {
        number: (value, {"n": [number]}) for number, value in enumerate(expected) if value is not None
    } == seen
    for number, value in enumerate(expected):
        row = stored[number]
        assert bool(row.get("error")) == (value is None)
        if isinstance(value, str):
            assert value == (row["output"] or "")
        elif isinstance(value, bool):
            assert str(value) == row["output"]
        elif value is not None:
            assert value == json.loads(row["output"])
