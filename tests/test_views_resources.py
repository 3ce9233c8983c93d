"""Resources, pages and receipts as text and HTML."""

from __future__ import annotations

import datetime as dt

import pytest

from arize_nb.display.resources import (
    page_text,
    receipt_html,
    receipt_text,
    resource_html,
    resource_text,
    value_html,
    value_text,
)
from arize_nb.models import (
    AnnotationConfig,
    AnnotationReceipt,
    AnnotationValue,
    AppendReceipt,
    Dataset,
    DatasetVersion,
    DeleteReceipt,
    ExampleReceipt,
    Experiment,
    Page,
)

EXPERIMENT = Experiment(
    id="RXhw",
    name="<b>base</b>",
    dataset_id="RGF0",
    created_at=dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC),
)
DATASET = Dataset(
    id="RGF0", name="qa", versions=(DatasetVersion(id="v2", name="two"), DatasetVersion(id="v1"))
)


class Printer:
    """Collects what IPython's pretty printer is told."""

    def __init__(self):
        self.said = ""

    def text(self, text):
        self.said += text


def test_a_resource_as_text():
    """A resource is its kind, name and the members that it has, a line each."""
    assert resource_text(EXPERIMENT).split("\n") == [
        "Experiment '<b>base</b>'",
        "  id          RXhw",
        "  name        <b>base</b>",
        "  dataset_id  RGF0",
        "  created_at  2026-01-02 03:04:05",
    ]


def test_a_resource_as_html_is_escaped():
    """Names are somebody's text: escaped."""
    html = EXPERIMENT._repr_html_()

    assert html == resource_html(EXPERIMENT)
    assert "<b>" not in html
    assert "&lt;b&gt;base&lt;/b&gt;" in html


def test_lists_of_a_resource_are_shown():
    """Versions of a dataset and values of a config are listed."""
    config = AnnotationConfig(
        id="c",
        name="quality",
        type="CATEGORICAL",
        values=(AnnotationValue(label="good", score=1.0), AnnotationValue(label="bad")),
    )

    assert "id v2, name two\nid v1" in resource_html(DATASET)
    assert resource_text(config).split("\n") == [
        "Annotation config 'quality'",
        "  id    c",
        "  name  quality",
        "  type  CATEGORICAL",
        "",
        "values",
        "label  score",
        "good       1",
        "bad",
    ]


def test_a_page_as_text():
    """A page shows the name first, lists counted, and the cursor of the next page."""
    page = Page(items=(EXPERIMENT, DATASET), next_cursor="abc", kind="experiments")

    assert page_text(page).split("\n") == [
        "name         id    dataset_id  created_at           num_versions",
        "<b>base</b>  RXhw  RGF0        2026-01-02 03:04:05",
        "qa           RGF0                                              2",
        "",
        "More: cursor='abc'",
    ]


def test_an_empty_page():
    """A page without items says so."""
    assert page_text(Page(items=(), kind="annotation_configs")) == "No annotation configs."


def test_a_page_as_html():
    """A page shows itself in a notebook: escaped, with the way to the next."""
    html = Page(items=(EXPERIMENT,), next_cursor="a<b", kind="experiments")._repr_html_()

    assert "1 experiments, more with cursor=&#x27;a&lt;b&#x27;" in html
    assert "&lt;b&gt;base&lt;/b&gt;" in html
    assert "<b>" not in html


@pytest.mark.parametrize(
    ("receipt", "expected"),
    [
        (AppendReceipt(experiment=EXPERIMENT, run_ids=("r1",)), "1 run added to experiment '<b>base</b>'."),
        (AnnotationReceipt(written=2, values=3), "3 annotations written on 2 records."),
        (
            AnnotationReceipt(written=1, values=1, unmatched=tuple("abcdefg"), created_configs=("quality",)),
            (
                "1 annotation written on 1 record.\nAnnotation configs made: quality.\n7 record ids matched"
                " nothing: a, b, c, d, e and 2 more."
            ),
        ),
        (
            ExampleReceipt(
                dataset=DATASET, dataset_version_id="v2", example_ids=("e1", "e2"), unmatched=("e3",)
            ),
            "2 examples written to dataset 'qa', version v2.\n1 id matched nothing: e3.",
        ),
        (DeleteReceipt(completed=True, deleted=("e1",)), "1 example deleted."),
        (
            DeleteReceipt(completed=False, not_deleted=("e1",)),
            (
                "0 examples deleted.\n1 example not deleted: e1.\n"
                "The service did not finish: run the command again, deleting twice is harmless."
            ),
        ),
    ],
)
def test_receipts(receipt, expected):
    """A receipt says what was written and names what was not."""
    assert expected == receipt_text(receipt)
    assert expected == value_text(receipt)
    assert value_html(receipt) == receipt_html(receipt)
    assert "<b>" not in receipt._repr_html_()


def test_text_in_a_terminal():
    """IPython without HTML shows the aligned text instead of a long repr."""
    printer = Printer()
    EXPERIMENT._repr_pretty_(printer, False)

    assert printer.said == resource_text(EXPERIMENT)


@pytest.mark.parametrize("value", [EXPERIMENT, Page(items=(EXPERIMENT,), kind="experiments")])
def test_a_terminal_of_ipython_shows_the_table(value):
    """IPython prints the aligned text of resources and pages, not the repr of a dataclass."""
    from IPython.lib.pretty import pretty

    assert value_text(value) == pretty(value)
