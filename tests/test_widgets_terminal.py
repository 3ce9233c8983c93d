"""Where no widget can be drawn: a plain terminal prints the table and says what to use instead."""

from __future__ import annotations

import subprocess
import sys

import pytest

from arize_nb.widgets.pickers.experiment_scores import scores_line

SCRIPT = """
import arize_nb as ax
from IPython.display import display
client = ax.connect(space={space!r})
display(ax.Grid([{{"id": f"r{{i}}", "output": "an answer", "score": i / 7}} for i in range(30)], caption="rows"))
display(ax.RunReviewer(client, "ran", dataset="qa"))
display(ax.ExperimentPicker(client, dataset="qa"))
display(ax.ComparisonExplorer(client, "ran", "again", dataset="qa"))
"""


@pytest.fixture
def experiments(client):
    dataset = client.datasets.create(
        name="qa", examples=[{"question": f"what is {place}?"} for place in range(12)]
    )
    ids = client.datasets.examples(dataset)["id"].tolist()
    for name, shift in (("ran", 0), ("again", 1)):
        runs = [
            {
                "example_id": one,
                "output": f"o{place}",
                "eval.ok.label": "yes" if (place + shift) % 3 else "no",
                "eval.ok.score": (place + shift) % 3 / 2,
            }
            for place, one in enumerate(ids)
        ]
        client.experiments.create(name=name, dataset=dataset, runs=runs)
    client.annotation_configs.create(name="quality", type="categorical", values=["good", "bad"])
    return dataset


def test_ipython_prints_rows_and_what_to_use(client, experiments, local_server, tmp_path):
    """`ipython -c`: ten rows, the review's next runs, the experiments with their scores, the summary; and a
    way on from each.
    """
    command = [
        sys.executable,
        "-m",
        "IPython",
        "--no-banner",
        "--colors=NoColor",
        "-c",
        SCRIPT.format(space=client.space),
    ]
    environ = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "IPYTHONDIR": str(tmp_path),
        "ARIZE_NB_DATA_DIR": str(tmp_path),
        **local_server.env(),
    }
    ran = subprocess.run(
        command,
        env={**environ, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    told = ran.stdout

    assert (0, "") == (ran.returncode, ran.stderr)
    wanted = [
        "r9  an answer  1.2857", "10 of 30 rows", ".frame(all_pages=True) has the rows",
        "0 of 12 runs answered", "what is 4?", "%ax experiments annotate",
        "12 runs · ok 0.5", "name what you want, as in %ax experiments list --dataset qa",
        "against ran", "regressed examples",
    ]  # fmt: skip
    assert [] == [one for one in wanted if one not in told], told
    assert "Grid:" not in told


def test_a_line_of_scores_says_the_mean_or_the_commonest_label():
    """Missing values do not count; a share that is not all of them never reads as 100 %."""
    import pyarrow as pa

    labels = ["yes"] * 99_999 + ["no"]
    runs = pa.table(
        {
            "eval.a.score": pa.array([1.0, None, 0.5] + [None] * 99_997),
            "eval.b.label": labels,
            "eval.c.label": pa.nulls(100_000, pa.string()),
        }
    )

    assert "100,000 runs · a 0.75 · b 99.999 % yes" == scores_line(runs)


@pytest.mark.kernel
def test_a_console_of_a_kernel_is_told_too_and_a_program_is_not(tmp_path, monkeypatch):
    """`jupyter console` can be asked for input and shows text; nbclient and papermill cannot, and keep rows
    without the remark.
    """
    from jupyter_client.manager import start_new_kernel

    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    manager, kernel = start_new_kernel()
    try:
        told = {}
        for person in (True, False):
            bundles = []

            def hear(message, bundles=bundles):
                bundles += [message["content"]["data"]] if message["msg_type"] == "execute_result" else []

            code = "import arize_nb as ax\nax.Grid([{'id': f'r{i}', 'score': i / 7} for i in range(30)])"
            kernel.execute_interactive(code, allow_stdin=person, output_hook=hear, timeout=60)
            told[person] = bundles[0]
    finally:
        kernel.stop_channels()
        manager.shutdown_kernel(now=True)

    assert "10 of 30 rows\nNo widgets here: .frame(all_pages=True)" in told[True]["text/plain"]
    assert told[False]["text/plain"].endswith("10 of 30 rows")
    assert [["text/html", "text/plain"]] * 2 == [sorted(one) for one in told.values()]
