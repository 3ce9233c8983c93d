"""The forms in which tables come: delimiters, encodings, compressions, binary formats, JSON of other tools;
each read and named.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from arize_nb import files, frames
from arize_nb.errors import AxError, ColumnError, FileError

ROWS = [
    {"question": "What?", "expected": "Paris", "score": 0.5},
    {"question": "Who?", "expected": "Bob", "score": 0.75},
]
COMMAS = "question,expected,score\nWhat?,Paris,0.5\nWho?,Bob,0.75\n"


@pytest.fixture
def write(tmp_path):
    """Write bytes or text into a file and return its path."""

    def _write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return _write


def rows_of(read):
    """Return rows as dicts."""
    return read.rows if isinstance(read.rows, list) else read.rows.to_pylist()


def said(read):
    """Return the line for the user without the file's name."""
    return read.facts.line.partition(": ")[2]


class TestText:
    @pytest.mark.parametrize(
        ("name", "text", "line"),
        [
            ("a.csv", COMMAS, ""),
            ("a.tsv", COMMAS.replace(",", "\t"), ""),
            (
                "a.csv",
                COMMAS.replace(",", ";").replace(".", ","),
                "read as semicolon-separated, decimal comma in 'score'.",
            ),
            ("a.csv", COMMAS.replace(",", "\t"), "read as tab-separated."),
            ("a.csv", COMMAS.replace(",", "|"), "read as pipe-separated."),
            ("a.tsv", COMMAS, "read as comma-separated."),
            ("a.csv", "sep=;\n" + COMMAS.replace(",", ";"), "read as semicolon-separated."),
            ("a.csv", "sep=,\r\n" + COMMAS.replace("\n", "\r\n"), ""),
            ("a.csv", "\n\n question , expected ,score\nWhat?,Paris,0.5\nWho?,Bob,0.75\n", ""),
            ("a.csv", COMMAS.replace("\n", "\r"), ""),
            ("a.csv", COMMAS + ",,\n,,\n", "2 empty rows at the end left out."),
            (
                "a.csv",
                "question,expected,score,,\nWhat?,Paris,0.5,,\nWho?,Bob,0.75,,\n",
                "2 empty columns without a name left out.",
            ),
            ("a.csv", b"\xef\xbb\xbf" + COMMAS.encode(), "read as UTF-8 with a byte order mark."),
            ("a.csv", COMMAS.encode("utf-16"), "read as UTF-16."),
            ("a.csv", COMMAS.encode("utf-16-be"), "read as UTF-16."),
            ("a.csv", COMMAS.encode("utf-16-le"), "read as UTF-16."),
            ("a.csv", b"\xff\xfe\0\0" + COMMAS.encode("utf-32-le"), "read as UTF-32."),
            ("a.csv.gz", gzip.compress(COMMAS.encode(), mtime=0), ""),
            ("a.csv.zst", pa.compress(COMMAS.encode(), "zstd", asbytes=True), ""),
            ("a.json", json.dumps(ROWS), ""),
            ("a.jsonl", "\n".join(map(json.dumps, ROWS)), ""),
            ("a.ndjson.gz", gzip.compress("\n".join(map(json.dumps, ROWS)).encode(), mtime=0), ""),
            ("a.json", json.dumps(ROWS).encode("utf-16"), "read as UTF-16."),
        ],
    )
    def test_is_read_and_named(self, write, name, text, line):
        """Every usual form gives the same rows, and a guess or an omission is said in one line."""
        read = files.read_file(write(name, text), "example")

        assert (ROWS, line) == (rows_of(read), said(read))

    def test_windows_1252(self, write):
        """Text that is no UTF-8 is Windows-1252, and named."""
        read = files.read_file(write("a.csv", "frage;antwort\nGröße?;5 €\n".encode("cp1252")), "example")

        assert [{"frage": "Größe?", "antwort": "5 €"}] == rows_of(read)
        assert "read as Windows-1252, semicolon-separated." == said(read)

    def test_semicolons_beside_commas_in_the_header(self, write):
        """The delimiter is the one under which header and rows have as many cells, not the
        first that is met.
        """
        read = files.read_file(
            write("a.csv", "question;expected, short;score\nWhat?;Paris;0,5\nWho?;Bob;0,75\n"), "example"
        )

        assert [
            {"question": "What?", "expected, short": "Paris", "score": 0.5},
            {"question": "Who?", "expected, short": "Bob", "score": 0.75},
        ] == rows_of(read)

    def test_thousands_are_no_decimal_comma(self, write):
        """A column whose commas all part thousands stays text."""
        read = files.read_file(write("a.csv", "name;n\nx;1,000\ny;2,500\n"), "example")

        assert ["1,000", "2,500"] == read.rows.column("n").to_pylist()

    @pytest.mark.parametrize(
        "cells", [["1", "nan", "3"], ["1", "1e400"], ["1.5", "inf"], ["1234e567"], ["NA", "2"]]
    )
    def test_words_and_endless_numbers_stay(self, cells):
        """`nan`, `NA`, `inf` and numbers beyond a double do not vanish: their column is text."""
        text = "q,v\n" + "".join(f"x,{cell}\n" for cell in cells)

        assert cells == files.read("-", "example", stdin=text).column("v").to_pylist()

    def test_what_made_a_column_text_is_said(self):
        """A word among numbers is named, with the way to say a missing number."""
        read = files.read_file("-", "example", stdin="q,v\na,1\nb,nan\nc,3\n")

        assert "'v' is text because of 'nan' (leave a cell empty for a missing number)." == said(read)

    def test_quoted_cells_are_text(self):
        """A quoted cell is text, and so is its column; scores are numbers however they are quoted."""
        text = 'output,n,m,eval.c.score\nx,"1.10",1,"0.5"\ny,2,2,"1"\n'
        table = frames.from_input(files.read("-", "run", stdin=text), "run")

        assert (["1.10", "2"], [1, 2], [0.5, 1.0]) == tuple(
            table.column(name).to_pylist() for name in ("n", "m", "eval.c.score")
        )

    def test_a_quote_inside_an_unquoted_cell(self):
        """A quote that does not begin a cell is a character like any other, and quoted cells beside it are
        still known.
        """
        table = files.read("-", "example", stdin='size,n\n5" disk,"1"\n3" disk,"a ""b"", c"\n')

        assert {"size": ['5" disk', '3" disk'], "n": ["1", 'a "b", c']} == table.to_pydict()

    def test_lines_are_physical(self, write):
        """The origin of a row is its line in the file: quoted line breaks, empty lines and a `sep=` line
        count.
        """
        path = write("a.csv", 'sep=,\n\noutput,b\n"one\ntwo",1\n\nx,2\r\ny,"3"\n')
        origin = files.read_file(path).facts.origin

        assert ["line 4", "line 7", "line 8"] == [origin.row(row) for row in range(3)]
        assert "line 3" == files.read_file(
            write("a.jsonl", '{"output": "x"}\n\n{"output": "y"}\n')
        ).facts.origin.row(1)

    def test_an_error_word_is_no_error(self):
        """A missing mark of another tool in `error` is no error, and an output beside it may be empty."""
        table = frames.from_input(files.read("-", stdin="output,error\n,nan\nx,None\n,boom\n"), "run")

        assert (["", "x", None], [None, None, "boom"]) == (
            table.column("output").to_pylist(),
            table.column("error").to_pylist(),
        )


class TestJson:
    FRAME = pd.DataFrame({"question": ["a", "b"], "expected": ["x", "y"]})

    @pytest.mark.parametrize("orient", ["records", "columns", "index", "split", "table"])
    def test_orients_of_pandas(self, write, orient):
        """JSON of pandas is read whatever its orient, and the orient is named."""
        read = files.read_file(write("a.json", self.FRAME.to_json(orient=orient)), "example")

        assert [{"question": "a", "expected": "x"}, {"question": "b", "expected": "y"}] == rows_of(read)
        assert ("" if orient == "records" else f"read as pandas' JSON orient {orient!r}.") == said(read)

    @pytest.mark.parametrize("orient", ["values"])
    def test_an_orient_without_names(self, write, orient):
        """The orient that drops the names is refused, with the one to use."""
        with pytest.raises(AxError, match=r'orient="records"'):
            files.read(write("a.json", self.FRAME.to_json(orient=orient)))

    def test_a_record_with_a_list(self, write):
        """One record keeps its column of lists: a wrapper has nothing beside its list but `pagination`."""
        record = {"q": "third", "examples": [{"x": 1}, {"x": 2}]}

        assert [record] == files.read(write("one.jsonl", json.dumps(record)), "example")
        assert [{"contexts": ["a", "b"]}] == files.read(
            write("two.jsonl", '{"contexts": ["a", "b"]}'), "example"
        )

    def test_a_page_names_the_command(self, write):
        """A page that says has_more is refused, and the command that exports all is named."""
        page = {"examples": [{"q": "a"}], "pagination": {"has_more": True, "next_cursor": "x"}}

        with pytest.raises(
            FileError, match=r"Export all of them: client\.datasets\.examples\('NAME'\)"
        ) as caught:
            files.read(write("page.json", json.dumps(page)), "example")
        caught.value.spell("arize-nb")
        assert "Export all of them: arize-nb datasets export NAME -o FILE.json" in str(caught.value)

    def test_nan_is_missing_and_said(self, write):
        """NaN, as Python's json writes missing numbers, is missing and counted."""
        read = files.read_file(write("a.json", '[{"q": "a", "v": NaN}, {"q": "b", "v": 1.5}]'), "example")

        assert "1 NaN read as missing." == said(read)
        assert [None, 1.5] == frames.from_input(read.rows, "example").column("v").to_pylist()

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ('[{"output": "x", "\\ud800": 1}]', "not valid Unicode"),
            ('[{"output": "x", "v": {"\\ud800": 1}}]', "not valid Unicode"),
            ('[{"output": "x", "v": ' + "[" * 300 + "]" * 300 + "}]", "nested"),
        ],
    )
    def test_values_that_no_column_holds(self, write, text, message):
        """Lone surrogates, in names too, and values nested too deeply are refused in our own words."""
        with pytest.raises(AxError, match=message):
            frames.from_input(files.read(write("a.json", text)), "run")


def workbook(rows):
    """Write the smallest workbook with these rows: numbers, booleans, text in the sheet."""

    def cell(value):
        if isinstance(value, bool):
            return f'<c t="b"><v>{int(value)}</v></c>'
        if isinstance(value, (int, float)):
            return f"<c><v>{value}</v></c>"
        return "<c/>" if value is None else f'<c t="inlineStr"><is><t>{value}</t></is></c>'

    sheet = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    packages = "http://schemas.openxmlformats.org/package/2006"
    default = '<Default Extension="xml" ContentType="application/xml"/>'

    def related(kind, target):
        link = f'<Relationship Id="r1" Type="{relations}/{kind}" Target="{target}"/>'
        return f'<Relationships xmlns="{packages}/relationships">{link}</Relationships>'

    sheets = '<sheets><sheet name="Runs" sheetId="1" r:id="r1"/></sheets>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{packages}/content-types">{default}</Types>',
        "_rels/.rels": related("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": f'<workbook {space} xmlns:r="{relations}">{sheets}</workbook>',
        "xl/_rels/workbook.xml.rels": related("worksheet", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": f"<worksheet {space}><sheetData>{sheet}</sheetData></worksheet>",
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return stream.getvalue()


class TestBinary:
    TABLE = pa.Table.from_pylist(ROWS)

    @pytest.mark.parametrize(
        "ending",
        ["parquet", "arrow", "stream.arrow", "feather", "parquet.gz", "arrow.zst", "compressed.arrow"],
    )
    def test_tables(self, tmp_path, ending):
        """Parquet, Arrow files and streams, and Feather give the same rows, compressed or not."""
        stream = io.BytesIO()
        if "parquet" in ending:
            pq.write_table(self.TABLE, stream)
        elif ending == "feather":
            feather.write_feather(self.TABLE, stream)
        elif ending == "stream.arrow":
            with pa.ipc.new_stream(stream, self.TABLE.schema) as writer:
                writer.write_table(self.TABLE)
        else:
            options = pa.ipc.IpcWriteOptions(compression="zstd" if "compressed" in ending else None)
            with pa.ipc.new_file(stream, self.TABLE.schema, options=options) as writer:
                writer.write_table(self.TABLE)
        data = stream.getvalue()
        for suffix, codec in ((".gz", "gzip"), (".zst", "zstd")):
            data = pa.compress(data, codec, asbytes=True) if ending.endswith(suffix) else data
        path = tmp_path / f"rows.{ending}"
        path.write_bytes(data)

        assert ROWS == files.read(path, "example").to_pylist()
        assert ROWS == files.read("-", "example", stdin=data).to_pylist()

    def test_dictionaries_and_views(self, tmp_path):
        """Columns of dictionaries, views, and lists of dictionaries are read as their values."""
        table = pa.table(
            {
                "d": pa.array(["a", "b", "a"]).dictionary_encode(),
                "v": pa.array(["x", None, "a text that is longer than a view holds"], pa.string_view()),
                "l": pa.array([["k"], None, ["k", "m"]]),
            }
        )
        feather.write_feather(table, tmp_path / "t.feather")
        read = frames.from_input(files.read(tmp_path / "t.feather", "example"), "example")

        assert table.to_pydict() == {
            name: values for name, values in frames.decoded_columns(read).items() if name in "dvl"
        }

    def test_two_columns_of_one_name(self, tmp_path):
        """A Parquet file with two columns of a name is one, and says so."""
        table = pa.Table.from_arrays([pa.array(["x"]), pa.array(["y"])], names=["output", "output"])
        pq.write_table(table, tmp_path / "twice.parquet")

        with pytest.raises(ColumnError, match=r"twice\.parquet: two columns are named 'output'"):
            files.read(tmp_path / "twice.parquet")

    def test_text_that_is_no_text(self, tmp_path):
        """A column of text whose bytes are none is refused by name."""
        broken = pa.StringArray.from_buffers(
            1, pa.py_buffer(np.array([0, 2], np.int32)), pa.py_buffer(b"\xff\xfe")
        )
        pq.write_table(pa.table({"output": broken}), tmp_path / "bad.parquet")

        with pytest.raises(ColumnError, match=r"bad\.parquet: column 'output' is damaged"):
            files.read(tmp_path / "bad.parquet")

    def test_workbooks(self, tmp_path):
        """A workbook's first sheet is read: whole numbers are integers, empty cells missing, empty rows at
        the end left out.
        """
        pytest.importorskip("python_calamine", reason="workbooks need the extra `excel`")
        rows = [
            ["question", "n", "score", "ok", "mixed"],
            ["a", 1, 0.5, True, 7],
            ["b", None, 1, False, "x"],
            [None] * 5,
        ]
        (tmp_path / "runs.xlsx").write_bytes(workbook(rows))
        read = files.read_file(tmp_path / "runs.xlsx", "example")

        expected = [
            {"question": "a", "n": 1, "score": 0.5, "ok": True, "mixed": "7"},
            {"question": "b", "n": None, "score": 1.0, "ok": False, "mixed": "x"},
        ]
        assert expected == rows_of(read)


class TestWritingCsv:
    CELLS = (
        st.none()
        | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
        | st.sampled_from(
            [
                "1",
                "1.10",
                "007",
                "True",
                "false",
                "",
                " ",
                "nan",
                "1e5",
                "-",
                "=1+1",
                'a "b"',
                "x,y",
                "line\nbreak",
                "cr\rhere",
                "0,5",
                "'",
            ]
        )
    )

    @given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6), st.sampled_from(["csv", "tsv"]))
    @settings(max_examples=150, deadline=None)
    @example([("1.10", None), ("2", "")], "csv")
    @example([("", "x")], "tsv")
    def test_text_comes_back_as_text(self, rows, form):
        """Any text, missing or empty or like a number, comes back from CSV and TSV as it was."""
        table = pa.table(
            {
                "a": pa.array([a for a, _ in rows], pa.string()),
                "b": pa.array([b for _, b in rows], pa.string()),
            }
        )
        table = table.append_column("n", pa.array(range(len(rows))))
        stream = io.BytesIO()
        files.write(table, stream, form, kind="record")
        read = files.read("-", "example", stdin=stream.getvalue())

        assert table.to_pydict() == read.to_pydict()

    def test_formulas(self):
        """For spreadsheets, text that would be carried out gets an apostrophe, in names too; numbers and
        other text stay.
        """
        cells = ["=cmd|'/c calc'!A1", "+1+1", "@SUM(A1)", "\t=1", "-2", "-x", "plain", "-1.5"]
        table = pa.table({"=a": cells, "n": pa.array([-1.0] * len(cells))})
        stream, faithful = io.BytesIO(), io.BytesIO()
        files.write(table, stream, "csv", for_spreadsheets=True)
        files.write(table, faithful, "csv")
        read = files.read("-", "example", stdin=stream.getvalue())

        assert [
            "'=cmd|'/c calc'!A1",
            "'+1+1",
            "'@SUM(A1)",
            "'\t=1",
            "-2",
            "'-x",
            "plain",
            "-1.5",
        ] == read.column("'=a").to_pylist()
        assert table.to_pydict() == files.read("-", "example", stdin=faithful.getvalue()).to_pydict()
        assert stream.getvalue().startswith(b"\xef\xbb\xbf")

    def test_cells_of_several_kinds(self):
        """In a column of several kinds text is written as text, and all else as JSON, missing as an empty
        cell.
        """
        table = frames.table_from_records(
            [{"v": "What?"}, {"v": 42}, {"v": "42"}, {"v": ["a"]}, {"v": None}, {"v": ""}], "example"
        )
        stream = io.StringIO()
        files.write(table.select(["v"]), stream, "csv")

        assert ["v", "What?", "42", '"42"', '"[""a""]"', "", '""'] == stream.getvalue().splitlines()
