"""Files and standard input: types preserved, clear refusals, whole files or none."""

from __future__ import annotations

import io
import json
import os
import threading

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arize_nb import files, frames
from arize_nb.errors import AxError, ColumnError, FileError, InputError

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=10)
RUNS = [
    {
        "example_id": "007",
        "output": 'a "quoted", text\nof two lines',
        "eval.c.score": 1.0,
        "eval.c.label": "true",
        "ok": True,
        "n": 3,
        "metadata.m": "x",
    },
    {
        "example_id": "8",
        "output": "",
        "eval.c.score": 0.5,
        "eval.c.label": "",
        "ok": None,
        "n": None,
        "metadata.m": None,
    },
    {
        "example_id": "9",
        "output": None,
        "error": "boom",
        "eval.c.score": None,
        "eval.c.label": None,
        "ok": False,
        "n": -(2**63),
        "metadata.m": "é🙂",
    },
]


@pytest.fixture
def write(tmp_path):
    """Write bytes or text into a file and return its path."""

    def _write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return _write


def checked(source, **options):
    """Read runs as an upload would."""
    return frames.from_input(files.read(source, "run", **options), "run")


class TestRoundTrip:
    @pytest.mark.parametrize("ending", ["csv", "json", "jsonl", "parquet", "pq"])
    def test_every_format_keeps_values_and_types(self, tmp_path, ending):
        """Runs written and read again are the same table: ids, scores, booleans, gaps and empty text."""
        table = frames.from_input(RUNS, "run")
        path = files.write(table, tmp_path / f"runs.{ending}", kind="run")

        assert table.to_pylist() == checked(path).select(table.column_names).to_pylist()
        assert table.schema == checked(path).select(table.column_names).schema

    @pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
    def test_text_streams_and_standard_input(self, form):
        """What is written to a text stream is recognised on standard input without a name."""
        table = frames.from_input(RUNS, "run")
        stream = io.StringIO()

        assert files.write(table, stream, form, kind="run") is None
        assert (
            table.to_pylist() == checked("-", stdin=stream.getvalue()).select(table.column_names).to_pylist()
        )

    def test_parquet_on_standard_input(self, tmp_path):
        """Parquet is recognised by its magic bytes, from a byte stream."""
        path = files.write(frames.from_input(RUNS, "run"), tmp_path / "runs.parquet", kind="run")

        with path.open("rb") as stream:
            assert checked(path).equals(checked("-", stdin=stream))

    @given(
        texts=st.lists(TEXT, min_size=1, max_size=4),
        numbers=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=4, max_size=4),
    )
    @settings(max_examples=60, deadline=None)
    def test_any_text_survives_csv(self, texts, numbers):
        """Any text in any cell, and every digit of a score, survives CSV."""
        rows = [
            {"output": text, "eval.c.explanation": text, "eval.c.score": number}
            for text, number in zip(texts, numbers, strict=False)
        ]
        table = frames.from_input(rows, "run")
        stream = io.StringIO()
        files.write(table, stream, "csv")

        assert (
            table.to_pylist()
            == checked("-", stdin=f"{stream.getvalue()}").select(table.column_names).to_pylist()
        )

    def test_a_file_of_the_official_program(self, write):
        """Extras under additional_properties are read, and our JSON of them is the document's shape."""
        path = write(
            "runs.json",
            json.dumps(
                [
                    {
                        "id": "run_0000",
                        "example_id": "25e253b0",
                        "output": "a0",
                        "annotations": [
                            {
                                "name": "quality",
                                "score": 0.5,
                                "annotator": {"id": "VXNlcg==", "email": "a@b.c"},
                            }
                        ],
                        "additional_properties": {
                            "model": "m1",
                            "latency_ms": 12.5,
                            "eval.correctness.score": 1.0,
                        },
                    },
                    {
                        "id": "run_0001",
                        "example_id": "25e253b1",
                        "error": "boom",
                        "additional_properties": {"model": None},
                    },
                ]
            ),
        )
        table = checked(path)

        assert [1.0, None] == table.column("eval.correctness.score").to_pylist()
        assert [0.5, None] == table.column("annotation.quality.score").to_pylist()
        assert ["m1", None] == table.column("model").to_pylist()
        assert [None, "boom"] == table.column("error").to_pylist()


class TestCsv:
    def test_types_of_cells(self):
        """A column has the one type that fits all its cells; ids, outputs and labels are always text."""
        text = (
            "example_id,output,eval.c.label,score,count,flag,zip,long,when,word,gaps,science\n"
            "1,2,1.0,1.0,1,true,007,12345678901234567890,2026-01-01,nan,,1e3\n"
            "2,3,0.0,0.5,2,False,008,1,2026-01-02,x,5,-2.5E-1\n"
        )
        expected = {
            "example_id": ["1", "2"],
            "output": ["2", "3"],
            "eval.c.label": ["1.0", "0.0"],
            "score": [1.0, 0.5],
            "count": [1, 2],
            "flag": [True, False],
            "zip": ["007", "008"],
            "long": ["12345678901234567890", "1"],
            "when": ["2026-01-01", "2026-01-02"],
            "word": ["nan", "x"],
            "gaps": [None, 5],
            "science": [1000.0, -0.25],
        }

        assert expected == files.read("-", stdin=text).to_pydict()

    def test_integral_scores_stay_scores(self):
        """A column of 1.0 and 0.0 is a double, not an integer."""
        assert (
            pa.float64()
            == files.read("-", stdin="output,eval.c.score\nx,1.0\ny,0.0\n").schema.field("eval.c.score").type
        )

    def test_nested_cells(self):
        """JSON in an evaluations or metadata cell attaches like nested JSON."""
        frame = pd.DataFrame(
            {"output": ["x"], "evaluations": ['{"c": {"label": "ok"}}'], "metadata": ['{"model": "m"}']}
        )
        table = checked("-", stdin=frame.to_csv(index=False))

        assert ["ok"] == table.column("eval.c.label").to_pylist()
        assert ["m"] == table.column("metadata.model").to_pylist()

    def test_the_index_of_pandas_is_left_out(self):
        """The nameless first column that DataFrame.to_csv writes is no field of a run."""
        assert ["output"] == files.read("-", stdin=pd.DataFrame({"output": ["x"]}).to_csv()).column_names

    def test_an_empty_output(self):
        """An empty output cell is an empty output, beside an error it is none."""
        table = checked("-", stdin="example_id,output,error\n1,,\n2,,boom\n")

        assert ["", None] == table.column("output").to_pylist()

    def test_byte_order_mark_and_windows_line_ends(self):
        """Files saved by Excel are read."""
        assert [{"example_id": "1", "output": "é"}] == files.read(
            "-", stdin="\ufeffexample_id,output\r\n1,é\r\n".encode()
        ).to_pylist()

    def test_cells_beyond_a_block(self, write):
        """A cell may be larger than the block in which CSV is read."""
        path = write("runs.csv", f"example_id,output\n1,{'x' * 3_000_000}\n2,y\n")

        assert [3_000_000, 1] == [len(text) for text in files.read(path).column("output").to_pylist()]


class TestRefusals:
    @pytest.mark.parametrize(
        ("name", "content", "error", "message"),
        [
            (
                "runs.txt",
                "x",
                FileError,
                r"has the ending '\.txt'\. Use one of \.csv, \.tsv, .*each also with \.gz or \.zst\.",
            ),
            ("runs", "x", FileError, "has no ending"),
            ("runs.csv", "", FileError, "is empty"),
            ("runs.json", " \n", FileError, "is empty"),
            ("runs.json", "[]", FileError, "is an empty array"),
            ("runs.csv", "output\n", FileError, "has a header and no rows"),
            (
                "runs.csv",
                b"output,b\nok,1\n\xc3\xa9t\xe9,1\n",
                FileError,
                r"is not UTF-8: byte 0xe9 at offset 17, line 3",
            ),
            ("runs.json", b'[{"output": "\x81"}]', FileError, "is not UTF-8"),
            ("runs.csv", "output\nx\n".encode("utf-16")[:-1], FileError, "is not UTF-16"),
            ("runs.csv", "output,b\nx,1\ny\n", FileError, r"line 3 has 1 cell, the header 2"),
            ("runs.csv", 'output,b\n"x\ny",1\n\nz\n', FileError, r"line 5 has 1 cell, the header 2"),
            ("runs.csv", 'output,b\na,"one\nb,two\n', FileError, r"a quote opened in line 2 is not closed"),
            (
                "runs.csv",
                'output,b\na,"say \\"hi\\""\n',
                FileError,
                r"text after the closing quote of a cell in line 2",
            ),
            ("runs.csv", '"output,b\na,1\n', FileError, r"a quote opened in line 1 is not closed"),
            ("runs.csv", "output,output\nx,1\n", ColumnError, "two columns are named 'output'"),
            (
                "runs.csv",
                "<!DOCTYPE html>\n<html><body>log in, please</body></html>\n",
                FileError,
                "is an HTML page, no CSV",
            ),
            (
                "runs.csv",
                "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n",
                FileError,
                "a pointer of git-lfs",
            ),
            *(
                (
                    name,
                    "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n",
                    FileError,
                    "git-lfs",
                )
                for name in ("runs.parquet", "runs.json", "runs.jsonl", "runs.arrow", "runs.xlsx")
            ),
            *(
                (name, "\n <!doctype html><p>log in", FileError, f"is an HTML page, no {what}")
                for name, what in [
                    ("runs.json", "JSON"),
                    ("runs.parquet", "Parquet file"),
                    ("r.xlsx", "spread"),
                ]
            ),
            ("runs.csv", "| a | b |\n|---|:-:|\n| 1 | 2 |\n", FileError, "a table in Markdown"),
            ("runs.csv", b"PK\x03\x04rest", FileError, "is a ZIP archive, not csv"),
            ("runs.csv", "output,\nx,1\n", ColumnError, "column 2 has no name"),
            (
                "runs.json",
                '[{"output": "x"},\n {"output" "y"}]',
                FileError,
                "is not JSON: expecting ':' delimiter at line 2, column 12",
            ),
            ("runs.json", "[" * 100_000, FileError, "is nested too deeply"),
            ("runs.jsonl", '{"output": "x"}\n\n{"output"\n', FileError, "at line 3, column 10"),
            ("runs.json", "3", InputError, "holds a number, not an array of objects"),
            ("runs.json", '[{"output": "x"}, null]', InputError, "record 1 is null, not an object"),
            ("runs.jsonl", '{"output": "x"}\n["y"]\n', InputError, "line 2 is an array, not an object"),
            (
                "runs.json",
                '{"output": "x"}\n{"output": "y"}',
                FileError,
                r"extra data at line 2.*call it \.jsonl",
            ),
            (
                "runs.json",
                '[\n{"output": "x", "output": "y"}]',
                FileError,
                "the key 'output' comes twice in one object in line 2",
            ),
            (
                "runs.jsonl",
                '{"output": "x"}\n{"output": 1e400}',
                FileError,
                "the number 1e400 is beyond a double in line 2",
            ),
            (
                "runs.json",
                '[{"output": "x",\n"n": Infinity}]',
                FileError,
                "Infinity is no number of JSON in line 2",
            ),
            (
                "runs.json",
                '[{"output": "x",\n"n": ' + "7" * 5000 + "}]",
                FileError,
                "of more than 4,300 digits in line 2",
            ),
            (
                "runs.json",
                '{"experiment_runs": [{"output": "x"}], "pagination": {"has_more": true}}',
                FileError,
                "is one page of more",
            ),
            (
                "runs.json",
                '{"data": [{"output": "x"}]}',
                FileError,
                "an object whose member 'data' is a list of 1 objects",
            ),
            ("runs.json", '{"output": ["x", "y"]}', FileError, r'an object of columns.*orient="records"'),
            (
                "runs.json",
                '[["output"], ["x"]]',
                InputError,
                r'record 0 is an array, not an object.*orient="records"',
            ),
            ("runs.parquet", "no parquet", FileError, "is not a Parquet file"),
            ("runs.arrow", "no arrow", FileError, "is not an Arrow file"),
            ("runs.xlsx", "no workbook", FileError, "is not a workbook"),
            ("runs.csv.gz", "no gzip", FileError, "cannot be decompressed"),
        ],
    )
    def test_one_line_that_says_where(self, write, name, content, error, message):
        """A file that cannot be used is refused in one line with the place of the fault."""
        with pytest.raises(AxError, match=message) as caught:
            files.read(write(name, content))
        assert error is type(caught.value)
        assert "\n" not in str(caught.value)
        assert (5 if error is FileError else 4) == caught.value.exit_status

    def test_a_missing_file(self, write, tmp_path):
        """A missing file is named, with one of a similar name."""
        write("runs_v1.csv", "x")

        with pytest.raises(
            FileError, match=r"there is no file '.*runs_v2\.csv'\. Did you mean 'runs_v1\.csv'\?"
        ):
            files.read(tmp_path / "runs_v2.csv")

    def test_a_folder(self, tmp_path):
        """A folder with a fitting name is no file."""
        (tmp_path / "runs.csv").mkdir()

        with pytest.raises(FileError, match="cannot be read: Is a directory"):
            files.read(tmp_path / "runs.csv")

    def test_an_empty_parquet_file(self, tmp_path):
        """A Parquet file without rows is refused."""
        pq.write_table(pa.table({"output": pa.array([], pa.string())}), tmp_path / "runs.parquet")

        with pytest.raises(FileError, match="has no rows"):
            files.read(tmp_path / "runs.parquet")


class TestStandardInput:
    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
    @pytest.mark.parametrize(
        ("text", "first"), [('[{"output": "x"}]', {"output": "x"}), ("output\ny\n", {"output": "y"})]
    )
    def test_pipe(self, tmp_path, text, first):
        """A pipe, such as `<(…)` in a shell, has no ending: its first characters tell the format, as on
        standard input.
        """
        pipe = tmp_path / "63"
        os.mkfifo(pipe)
        writer = threading.Thread(target=pipe.write_text, args=(text,))
        writer.start()
        rows = files.read(pipe)
        writer.join()

        assert first == (rows if isinstance(rows, list) else rows.to_pylist())[0]

    @pytest.mark.parametrize("name", ["-", "/dev/stdin", "/proc/self/fd/0", "stdin"])
    def test_names(self, name):
        """Standard input has the four names of the official program."""
        assert [{"example_id": "e", "output": "x"}] == files.read(
            name, stdin='[{"example_id": "e", "output": "x"}]'
        )

    @pytest.mark.parametrize(
        "text",
        [
            ' \n[{"output": "x"}, {"output": "y"}]',
            '{"output": "x"}\n\n{"output": "y"}\n',
            (
                '{\n "experiment_runs": [{"output": "x"}, {"output": "y"}],\n "pagination": {"has_more":'
                " false}\n}"
            ),
            '{"experiment_runs": [{"output": "x"}, {"output": "y"}]}',
        ],
        ids=["array", "lines", "reply", "reply on one line"],
    )
    def test_json_is_recognised(self, text):
        """Arrays, lines and the JSON that the official program prints are told apart by their first
        characters.
        """
        assert [{"output": "x"}, {"output": "y"}] == files.read("-", stdin=text)

    def test_a_single_object(self):
        """One object is one run."""
        assert [{"output": "x"}] == files.read("-", stdin='{"output": "x"}')


class TestAnnotations:
    EXPECTED = (
        {
            "record_id": "001",
            "values": [{"name": "q", "score": 1.0, "label": "1"}, {"name": "z", "text": "so, so"}],
        },
    )

    @pytest.mark.parametrize(
        "text",
        [
            'record_id,name,label,score,text\n001,q,1,1,\n001,z,,,"so, so"\n',
            (
                '[{"record_id": "001", "values": [{"name": "q", "score": 1, "label": "1"}, {"name": "z",'
                ' "text": "so, so"}]}]'
            ),
            (
                '{"record_id": "001", "name": "q", "score": 1, "label": "1"}\n{"record_id": "001", "name":'
                ' "z", "text": "so, so"}\n'
            ),
            (
                '{"annotations": [{"record_id": "001", "values": [{"name": "q", "score": 1, "label": "1"},'
                ' {"name": "z", "text": "so, so"}]}]}'
            ),
        ],
        ids=["csv", "json", "jsonl", "request"],
    )
    def test_nested_and_flat(self, text):
        """Both forms give the records of a request; ids and labels that look like numbers stay text."""
        assert list(self.EXPECTED) == files.read("-", "annotation", stdin=text)

    def test_twice_the_same(self):
        """A name twice for one record is refused."""
        with pytest.raises(ColumnError, match="record 'r' has two annotations named 'q'"):
            files.read("-", "annotation", stdin="record_id,name,score\nr,q,1\nr,q,2\n")


class TestWriting:
    def test_json_is_an_indented_array(self):
        """JSON is an array of objects, two spaces deep, characters as they are, times with a Z."""
        stream = io.BytesIO()
        files.write([{"name": "é", "n": None}], stream, "json")

        assert '[\n  {\n    "name": "é",\n    "n": null\n  }\n]\n' == stream.getvalue().decode()

    def test_one_object(self):
        """One dict is one JSON object, or one row."""
        text, row = io.StringIO(), io.StringIO()
        files.write({"id": "e", "versions": [{"id": "v"}]}, text, "json")
        files.write({"id": "e", "versions": [{"id": "v"}]}, row, "csv")

        assert {"id": "e", "versions": [{"id": "v"}]} == json.loads(text.getvalue())
        assert 'id,versions\ne,"[{""id"":""v""}]"\n' == row.getvalue()

    @pytest.mark.parametrize(("form", "expected"), [("json", "[]\n"), ("jsonl", "")])
    def test_nothing(self, form, expected):
        """No rows are an empty array, or an empty file."""
        stream = io.StringIO()
        files.write([], stream, form)

        assert expected == stream.getvalue()

    def test_whole_or_not_at_all(self, tmp_path):
        """A write that breaks off leaves the old file as it was and nothing beside it."""
        path = tmp_path / "runs.json"
        path.write_text("old")

        def rows():
            yield {"output": "x"}
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            files.write(rows(), path)
        assert "old" == path.read_text()
        assert [path] == list(tmp_path.iterdir())

    def test_parquet_to_a_terminal(self):
        """Parquet is refused on a text stream, with what to type."""
        with pytest.raises(FileError, match=r"Give a file: -o runs\.parquet"):
            files.write([{"a": 1}], io.StringIO(), "parquet")

    def test_a_missing_folder(self, tmp_path):
        """A folder that is not there is named."""
        with pytest.raises(FileError, match="cannot be written: No such file or directory"):
            files.write([{"a": 1}], tmp_path / "no" / "runs.json")

    def test_a_wrong_ending(self, tmp_path):
        """A file whose ending is not known is not written."""
        with pytest.raises(FileError, match=r"has the ending '\.xlsx'"):
            files.write([{"a": 1}], tmp_path / "runs.xlsx")
        assert [] == list(tmp_path.iterdir())
