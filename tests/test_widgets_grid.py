"""The grid without a browser: messages in, messages out, nothing of a cell in a trait."""

from __future__ import annotations

import csv
import io
import json
import logging

import pandas as pd
import pyarrow as pa
import pytest

import arize_nb as ax
from arize_nb.errors import ColumnError
from arize_nb.widgets.parts.channel import Front

SECRET = "the model said something private"


@pytest.fixture
def sent(monkeypatch):
    """Collect what Python sends to browsers."""
    box = []
    monkeypatch.setattr(Front, "send", lambda _self, content, buffers=None: box.append(content))
    return box


@pytest.fixture
def runs():
    return pa.table(
        {
            "id": [f"r{place}" for place in range(120)],
            "output": [f"{SECRET} {place}" for place in range(120)],
            "score": [place / 120 for place in range(120)],
        }
    )


def ask(grid, sent, kind, **message):
    """Send a message as the browser does; returns the answer."""
    grid._front._hear(grid._front, {"kind": kind, "view": "v", "seq": 1, **message}, [])
    return sent[-1]


def turn(grid, sent, **state):
    return ask(
        grid, sent, "page", state={"query": "", "sort": None, "filters": {}, "page": 0, "size": 25, **state}
    )


def test_one_page_travels_and_no_cell_is_ever_a_trait(runs, sent):
    """25 rows of 120 are sent; what a notebook would save has none of their text."""
    grid = ax.Grid(runs, caption="runs")
    page = ask(grid, sent, "hello")
    grid.selected_ids = ("r3",)
    turn(grid, sent, query="private", sort=["score", "descending"], page=2)
    ask(grid, sent, "detail", key="r3")
    saved = json.dumps([grid.get_state(), grid._front.get_state()], default=str)

    assert ("page", 25, 120, "1–25 of 120 runs") == (
        page["kind"],
        len(page["rows"]),
        page["matched"],
        page["status"],
    )
    assert SECRET not in saved
    assert len(grid._front.get_state()["_esm"]) < 40_000


def test_gestures_change_what_python_hands_back(runs, sent):
    """Sort, filter and page from the browser are what `.frame()` and `.command` show."""
    grid = ax.Grid(runs, command="%ax experiments export base")
    page = turn(grid, sent, sort=["score", "descending"], filters={"score": ">0.5"}, size=10, page=1)

    assert [f"r{place}" for place in range(109, 99, -1)] == grid.frame()["id"].tolist()
    assert 59 == len(grid.frame(all_pages=True))
    assert (
        "%ax experiments export base  # then: grid.sort = ('score', 'descending'); grid.filters = {'score':"
        " '>0.5'}" == grid.command
    )
    assert "11–20 of 59 rows · 120 in all · sorted by score, descending" == page["status"]
    assert isinstance(grid.frame()["score"].dtype, pd.ArrowDtype)


def test_a_page_beyond_the_end_is_the_last_one_and_a_huge_page_is_capped(runs, sent):
    """Whatever the browser asks for, at most a hundred rows travel."""
    assert (4, "r119") == (turn(ax.Grid(runs), sent, page=99)["state"]["page"], sent[-1]["rows"][-1]["key"])
    assert 100 == len(turn(ax.Grid(runs), sent, size=10**6)["rows"])


def test_selection_is_by_id_and_outlives_pages_sorts_and_other_rows(runs, sent):
    """What was ticked stays ticked, whatever is shown in between."""
    grid = ax.Grid(runs)
    ask(grid, sent, "select", keys=["r1", "r2"], on=True)
    turn(grid, sent, sort=["score", "descending"], page=3)
    ask(grid, sent, "select", keys=["r40"], on=True)
    ask(grid, sent, "select", keys=["r1"], on=False)
    grid.show_rows(runs.slice(30))
    ask(grid, sent, "select", keys=["r50"], on=True)

    assert ("r2", "r40", "r50") == grid.selected_ids
    assert ["r40", "r50"] == grid.selected["id"].tolist()
    assert sent[-1]["status"].endswith("3 selected")


def test_python_changes_reach_the_browser(runs, sent):
    """Setting a trait sends the page it asks for, from its start."""
    grid = ax.Grid(runs)
    ask(grid, sent, "hello")
    grid.page = 3
    grid.query = "private 11"

    assert (0, 11) == (sent[-1]["state"]["page"], sent[-1]["matched"])
    assert 0 == grid.page


def test_an_error_in_a_handler_is_one_line_in_the_widget_and_a_log_record(runs, sent, caplog):
    """What the browser asked for wrongly is told there, logged, and changes nothing."""
    grid = ax.Grid(runs)
    with caplog.at_level(logging.WARNING, "arize_nb.widgets"):
        answer = turn(grid, sent, filters={"score": "> many"})

    assert {
        "kind": "problem",
        "text": (
            "'many' is no number, and column 'score' holds numbers. Write 0.5, >0.5, <=3, 0..1, is:missing or"
            " is:present."
        ),
    } == answer
    assert caplog.records[0].exc_info is not None
    assert {} == grid.filters
    assert "problem" == ask(grid, sent, "detail", key="nobody")["kind"]
    assert "problem" == ask(grid, sent, "page", state="nonsense")["kind"]


def test_trouble_that_came_before_anybody_looked_is_told_to_the_first_view(runs, sent):
    """A line of trouble is not lost between Python and a browser that is still drawing."""
    grid = ax.Grid(runs)
    grid._front.problem("the service is away")
    ask(grid, sent, "hello")

    assert {"kind": "problem", "text": "the service is away"} == sent[-1]
    turn(grid, sent, page=1)
    assert "page" == ask(grid, sent, "hello")["kind"]


def test_unknown_messages_are_ignored(runs, sent):
    """A newer or older browser side does no harm."""
    grid = ax.Grid(runs)
    before = len(sent)
    grid._front._hear(grid._front, {"kind": "dance"}, [])
    grid._front._hear(grid._front, "nonsense", [])

    assert before == len(sent)


def test_wide_pages_of_long_texts_stay_small(sent):
    """A hundred rows of thirty long columns are clipped harder than a narrow page."""
    wide = pa.table({f"c{place}": ["x" * 5000] * 100 for place in range(30)})
    page = turn(ax.Grid(wide), sent, size=100)
    narrow = turn(ax.Grid(wide.select(["c0"])), sent)

    assert 40 == len(page["rows"][0]["cells"][0])
    assert 300 == len(narrow["rows"][0]["cells"][0])
    assert len(json.dumps(page)) < 200_000


def test_no_more_than_forty_columns_are_drawn_and_the_rest_is_counted(sent):
    """The status says how many more a row has."""
    page = ask(ax.Grid([{f"c{place}": place for place in range(45)}], pinned=["c44"]), sent, "hello")

    assert 40 == len(page["columns"])
    assert ("c44", "number", True, True, True) == tuple(
        page["columns"][0][key] for key in ("name", "kind", "numeric", "sortable", "pinned")
    )
    assert page["status"].endswith("5 more columns in the detail")


def test_a_row_opens_with_all_its_columns_in_full(runs, sent):
    """Short values stand together, long texts in full."""
    answer = ask(ax.Grid([{"id": "a", "output": "long " * 100, "n": None}]), sent, "detail", key="a")

    assert "id a" == answer["title"]
    assert {"type": "facts", "title": "", "rows": [["id", "a"], ["n", None]]} == answer["sections"][0]
    assert {"type": "text", "title": "output", "text": "long " * 100} == answer["sections"][1]


def test_without_a_kernel_there_is_a_static_table_that_counts(runs):
    """Every form of the bundle is there, and text/plain holds no cell."""
    bundle = ax.Grid(runs, caption="runs")._repr_mimebundle_()

    assert bundle["text/plain"] == "<Grid: 120 runs × 3 columns>"
    assert "20 of 120 runs" in bundle["text/html"]
    assert 21 == bundle["text/html"].count("<tr>")
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_columns_that_are_not_there_are_named(runs):
    """A wrong name is an error at once, with the names there are."""
    with pytest.raises(ColumnError, match=r"no column 'outptu'\. Columns: id, output, score"):
        ax.Grid(runs, columns=["outptu"])
    with pytest.raises(ColumnError, match="to identify rows by"):
        ax.Grid(runs, id_column="key")


def test_an_empty_table_is_no_error(sent):
    """Nothing to show is said."""
    page = ask(ax.Grid([], caption="runs"), sent, "hello")

    assert ([], "no runs") == (page["rows"], page["status"])


def test_the_plain_grid_does_the_same_without_a_custom_widget(runs, monkeypatch):
    """Core controls page, search, sort, select and open; text goes through display handles only."""
    monkeypatch.setenv("ARIZE_NB_GRID", "plain")
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda *args, **kwargs: shown.append(args[0]))
    grid = ax.Grid(runs, caption="runs")
    front = grid._front
    front.search.value = "private 11"
    front.column.value = "score"
    front.direction.value = "descending"
    front.rows.value = ("r119", "r118")
    front.opened.value = "r119"
    grid._ipython_display_()
    states = json.dumps(
        [grid.get_state(), *(one.get_state() for one in (front, *front.children))], default=str
    )

    assert ["r119", "r118"] == grid.selected["id"].tolist()
    assert f"{SECRET} 119" in front.page_drawing._html
    assert f"{SECRET} 119" in front.detail_drawing._html
    assert 3 == len(shown)
    assert SECRET not in states
    assert 3 == front.page_drawing._html.count("<th scope")
    front.search.value = ""
    front.filter.value = "> many"
    assert "is no number" in front.status.value
    front.filter.value = "<0.5"
    front.column.value = "output"
    assert ("", {"score": "<0.5"}, ("output", "descending")) == (front.filter.value, grid.filters, grid.sort)
    front.column.value = "score"
    assert "<0.5" == front.filter.value
    front.column.index = 0
    assert (None, True) == (grid.sort, front.filter.disabled)


def test_a_range_goes_over_pages_in_the_order_shown(runs, sent):
    """From a row to another, as sorted and filtered now, whichever comes first."""
    grid = ax.Grid(runs)
    turn(grid, sent, sort=[["score", "descending"]], filters={"score": ">0.5"})
    ask(grid, sent, "range", **{"from": "r80", "to": "r110"})

    assert tuple(f"r{place}" for place in range(110, 79, -1)) == grid.selected_ids
    ask(grid, sent, "range", **{"from": "r3", "to": "r110"})
    assert 31 == len(grid.selected_ids)


def test_a_row_is_found_by_number_or_id_wherever_it_is(runs, sent):
    """The page comes with the row's place on it; what is not shown is said."""
    grid = ax.Grid(runs)
    turn(grid, sent, sort=["score", "descending"], size=10)

    assert (2, 7, "r92") == (
        *((page := ask(grid, sent, "jump", to="28"))["state"]["page"], page["focus"]),
        page["rows"][7]["key"],
    )
    assert (11, 9, "r0") == (
        *((page := ask(grid, sent, "jump", to=" r0 "))["state"]["page"], page["focus"]),
        page["rows"][9]["key"],
    )
    assert (
        "no row '999' is shown. Give a number from 1 to 120, or an id."
        == ask(grid, sent, "jump", to="999")["text"]
    )
    numbered = ax.Grid(pa.table({"id": [50, 1, 2], "x": ["a", "b", "c"]}))
    assert (0, 1, 2) == tuple(ask(numbered, sent, "jump", to=wanted)["focus"] for wanted in ("50", "1", "3"))


def test_copies_are_whole_exact_and_inert(sent):
    """Tab-separated text is what a spreadsheet reads back; Markdown holds nothing that Markdown or HTML would
    read.
    """
    rows = [
        {"id": "a", "text": 'x\ty "q"\nz', "n": 0.1234567, "list": [1, None], "none": None},
        {"id": "b", "text": "<b>|*a*|\n$x$ `c`" + "y" * 400, "n": 1e-9, "list": [], "none": None},
    ]
    grid = ax.Grid(rows)
    ask(grid, sent, "select", keys=["b", "a"], on=True)
    tsv = ask(grid, sent, "copy", form="tsv", keys=None)
    markdown = ask(grid, sent, "copy", form="markdown", keys=None)["text"].split("\n")
    read = list(csv.reader(io.StringIO(tsv["text"]), delimiter="\t"))

    assert ["id", "text", "n", "list", "none"] == read[0]
    assert [
        ["b", rows[1]["text"], "1e-09", "[]", ""],
        ["a", rows[0]["text"], "0.1234567", "[1, null]", ""],
    ] == read[1:]
    assert "copied 2 rows as tab-separated text" == tsv["said"]
    assert "| --- | --- | ---: | --- | --- |" == markdown[1]
    assert markdown[2].startswith(r"| b | \<b\>\|\*a\*\|<br>\$x\$ \`c\`yyy")
    assert rows[1]["text"] == ask(grid, sent, "copy", form="cell", key="b", column="text")["text"]
    assert "" == ask(grid, sent, "copy", form="cell", key="b", column="none")["text"]


def test_the_file_has_every_row_that_matches_and_tells_missing_from_empty(tmp_path, sent):
    """All columns, the order shown, exact numbers; the browser gets the same bytes."""
    rows = [
        {"id": str(place), "text": [None, "", 'a "b",\nc'][place % 3], "n": place / 3, "list": [place]}
        for place in range(200)
    ]
    grid = ax.Grid(rows, columns=["id"])
    turn(grid, sent, sort=["n", "descending"], filters={"n": ">=60"})
    path = grid.to_csv(tmp_path / "rows.csv")
    read = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))

    assert ["id", "text", "n", "list"] == read[0]
    assert [str(place) for place in range(199, 179, -1)] == [row[0] for row in read[1:]]
    assert ["198", "", "66", "[198]"] == read[2]
    assert '"198",,66,"[198]"' in path.read_text(encoding="utf-8")
    assert '"196","",' in path.read_text(encoding="utf-8")
    assert repr(199 / 3) == read[1][2]


def test_columns_are_arranged_from_the_browser_and_from_python(runs, sent):
    """Shown, order, pinned, width; what is hidden is offered; a name that is none changes nothing."""
    grid = ax.Grid(runs, pinned=["id"])
    page = ask(
        grid,
        sent,
        "columns",
        shown=["score", "id"],
        pinned=["score"],
        widths={"score": 300, "gone": 5, "id": 1},
    )

    assert [("score", True, 300), ("id", False, 40)] == [
        (head["name"], head["pinned"], head["width"]) for head in page["columns"]
    ]
    assert ["output"] == page["offered"]
    assert "problem" == ask(grid, sent, "columns", shown=["nobody"], pinned=[], widths={})["kind"]
    assert (("score", "id"), ("score",)) == (grid.columns, grid.pinned)
    grid.columns = ["output", "score"]
    grid.pinned = ["output"]
    assert (("output", "score"), ("output",)) == (grid.columns, grid.pinned)
    with pytest.raises(ColumnError):
        grid.columns = ["outptu"]
    assert ("output", "score") == grid.columns


def test_two_sorts_from_the_browser_are_two_sorts_in_python(sent):
    """The status names both; `.sort` hands them back as they can be set."""
    grid = ax.Grid([{"id": str(place), "a": place % 2, "b": place} for place in range(6)])
    page = turn(grid, sent, sort=[["a", "ascending"], ["b", "descending"]])

    assert ["4", "2", "0", "5", "3", "1"] == [row["key"] for row in page["rows"]]
    assert "sorted by a, ascending, then b, descending" in page["status"]
    assert (("a", "ascending"), ("b", "descending")) == grid.sort
    grid.sort = [("b", "descending")]
    assert (("b", "descending"), [["b", "descending"]]) == (grid.sort, sent[-1]["state"]["sort"])


def test_a_table_is_an_anywidget_of_its_own_kind(runs):
    """marimo takes it as it is; `type()` says what it is, and a box of the user's own takes it."""
    import anywidget
    import ipywidgets

    grid = ax.Grid(runs)

    assert type(grid) is ax.Grid
    assert isinstance(grid, anywidget.AnyWidget)
    assert (grid,) == ipywidgets.VBox([grid]).children
