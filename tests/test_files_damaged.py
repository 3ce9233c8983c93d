"""Damaged and hostile files: an error of ours or rows, never a foreign exception, never more memory or time
than a file may cost.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arize_nb import files, frames
from arize_nb.errors import AxError, FileError

ROOT = Path(__file__).parent.parent
ROWS = [
    {
        "example_id": "007",
        "output": 'a "quoted", text\nof two lines',
        "eval.c.score": 0.5,
        "n": 3,
        "tags": ["a", {"k": 1.5}],
    },
    {"example_id": "8", "output": "größe 🙂", "eval.c.score": 1.0, "n": -1, "tags": "text"},
    {"example_id": "9", "output": "plain", "eval.c.score": None, "n": None, "tags": None},
] * 3


def seeds_of_formats():
    """Return a good file of every format that is read, by ending."""
    table = frames.from_input(ROWS, "run").select(["example_id", "output", "eval.c.score", "n", "tags"])
    made = {}
    for ending in ("csv", "tsv", "json", "jsonl", "parquet"):
        stream = io.BytesIO()
        files.write(table, stream, ending, kind="run")
        made[ending] = stream.getvalue()
    for ending, codec in (("arrow", None), ("lz4.arrow", "lz4"), ("zstd.arrow", "zstd")):
        stream = io.BytesIO()
        with pa.ipc.new_file(
            stream, table.schema, options=pa.ipc.IpcWriteOptions(compression=codec)
        ) as writer:
            writer.write_table(table)
        made[ending] = stream.getvalue()
    nested = pa.table(
        {"output": pa.array(["x", "y", "x"] * 9).dictionary_encode(), "l": [[{"a": "b"}], [], None] * 9}
    )
    for ending, codec in (("nested.parquet", "none"), ("zstd.parquet", "zstd")):
        stream = io.BytesIO()
        pq.write_table(nested, stream, compression=codec)
        made[ending] = stream.getvalue()
    made["csv.gz"] = gzip.compress(made["csv"])
    made["json.zst"] = pa.compress(made["json"], "zstd", asbytes=True)
    made["semicolons.csv"] = made["csv"].replace(b",", b";")
    made["utf16.csv"] = made["csv"].decode().encode("utf-16")
    made["split.json"] = json.dumps(
        {"columns": ["output", "n"], "index": [0, 1], "data": [["x", 1], ["y", 2]]}
    ).encode()
    return made


def mutated(data, chance):
    """Change a file a little: bytes, a slice taken out, doubled or moved, an end cut off, marks and long
    digits put in.
    """
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5))):
        place = chance.randrange(max(len(changed), 1))
        length = chance.choice((1, 2, 4, 16, 64))
        kind = chance.randrange(7)
        if kind == 0:
            changed[place : place + 1] = bytes([chance.randrange(256)])
        elif kind == 1:
            del changed[place : place + length]
        elif kind == 2:
            changed[place:place] = changed[place : place + length] * chance.choice((1, 3, 50))
        elif kind == 3:
            del changed[place:]
        elif kind == 4:
            changed[place:place] = chance.choice(MARKS)
        elif kind == 5:
            changed[place : place + 4] = chance.choice(
                (b"\xff" * 4, b"\0" * 4, b"\xff\xff\xff\x7f", b"\0\0\0\x80")
            )
        else:
            other = chance.randrange(max(len(changed), 1))
            changed[place : place + length] = changed[other : other + length]
    return bytes(changed)


MARKS = (
    *(
        b'"',
        b'""',
        b",",
        b";",
        b"\n",
        b"\r",
        b"\r\n",
        b"\t",
        b"|",
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b"\\",
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf",
    ),
    *(
        b"nan",
        b"NaN",
        b"Infinity",
        b"1e999",
        b"9" * 5000,
        b"null",
        b"\\ud800",
        b"\xed\xa0\x80",
        b"sep=;\n",
        b"=1+1",
        b"-",
        b"[" * 2000,
    ),
)


def refused_or_read(path, data):
    """Read a file as an upload would; return what went wrong when it is neither rows nor an error of ours."""
    path.write_bytes(data)
    try:
        read = files.read_file(path, "run")
        frames.from_input(read.rows, "run", origin=read.facts.origin)
    except AxError as error:
        return None if "\n" not in str(error) else f"an error of several lines: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


@pytest.mark.parametrize("ending", sorted(seeds_of_formats()))
def test_mutated_files(tmp_path, ending):
    """150 changed files of each format: rows or an error of ours in one line, no exception of a library."""
    data = seeds_of_formats()[ending]
    chance = random.Random(f"seed of {ending}")
    path = tmp_path / f"runs.{ending}"

    assert refused_or_read(path, data) is None
    assert [] == [wrong for _ in range(150) if (wrong := refused_or_read(path, mutated(data, chance)))]


def test_good_files_are_read(tmp_path):
    """Every file that is changed in these tests is read when it is not."""
    for ending, data in seeds_of_formats().items():
        (tmp_path / f"runs.{ending}").write_bytes(data)
        rows = files.read(tmp_path / f"runs.{ending}")
        assert len(rows) >= 2, ending


def parquet_of_one_text():
    """20,000 times one text of a million letters: a dictionary of one entry."""
    text = pa.DictionaryArray.from_arrays(pa.array(np.zeros(20_000, np.int32)), pa.array(["x" * 1_000_000]))
    stream = io.BytesIO()
    pq.write_table(pa.table({"output": text}), stream, compression="zstd")
    return stream.getvalue()


def arrow_of_views():
    """300,000 views of one text of a million letters."""
    views = np.tile(np.array([1_000_000, 0x78787878, 0, 0], np.int32), 300_000)
    array = pa.Array.from_buffers(
        pa.string_view(), 300_000, [None, pa.py_buffer(views), pa.py_buffer(b"x" * 1_000_000)]
    )
    stream = io.BytesIO()
    with pa.ipc.new_file(stream, pa.schema([("output", pa.string_view())])) as writer:
        writer.write_table(pa.table({"output": array}))
    return stream.getvalue()


def arrow_of_zeros():
    """A gigabyte of zeros, compressed."""
    table = pa.table({"v": pa.array(np.zeros(1 << 27, np.int64))})
    stream = io.BytesIO()
    with pa.ipc.new_file(stream, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    return stream.getvalue()


BOMBS = {
    "text.parquet": parquet_of_one_text,
    "views.arrow": arrow_of_views,
    "zeros.arrow": arrow_of_zeros,
    "long.csv.gz": lambda: gzip.compress(b"a,b\n" + b"x" * 600_000_000, 1),
    "deep.json": lambda: b"[" * 5_000_000,
    "keys.json": lambda: b"[" + b",".join(b'{"k%d":0}' % number for number in range(700_000)) + b"]",
    "wide.csv": lambda: (
        b",".join(b"c%d" % number for number in range(20_000)) + b"\n" + b"," * 19_999 + b"\n"
    ),
    "open.csv": lambda: b'a,b\n"' + b"x,\n" * 3_300_000,
    "quotes.csv": lambda: b'a,b\n5" x,' + b'"' * 9_999_999,
    "header.csv": lambda: b'"a\n' * 3_000_000,
}

READ = """
import resource, sys
from arize_nb import files
from arize_nb.errors import AxError
import pyarrow.parquet, pyarrow.csv
before = resource.getrusage(resource.RUSAGE_SELF)
try:
    files.read(sys.argv[1], "example")
    print("read")
except AxError as error:
    print(type(error).__name__)
after = resource.getrusage(resource.RUSAGE_SELF)
print(after.ru_maxrss - before.ru_maxrss, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted in other units elsewhere")
@pytest.mark.parametrize("name", BOMBS)
def test_what_a_file_may_cost(tmp_path, name):
    """A file of at most 10 MB that would decode to gigabytes is refused, for less than 10 s of work and 1 GB
    of memory.
    """
    path = tmp_path / name
    path.write_bytes(BOMBS[name]())
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=True,
    )
    error, costs = done.stdout.splitlines()
    kilobytes, seconds = map(float, costs.split())

    assert path.stat().st_size < 11e6
    assert "FileError" == error
    assert (kilobytes < 2**20, seconds < 10) == (True, True), (kilobytes, seconds)


def test_large_files_have_room(tmp_path):
    """What a file may take grows with it: text that compresses well is read."""
    rows = b"question,expected\n" + b"What is the capital of France?,Paris\n" * 300_000
    (tmp_path / "rows.csv.gz").write_bytes(gzip.compress(rows))

    assert 300_000 == files.read(tmp_path / "rows.csv.gz", "example").num_rows


def test_the_limit_is_named(tmp_path):
    """The refusal of a file that is too large names both sizes and the way round."""
    (tmp_path / "bomb.parquet").write_bytes(parquet_of_one_text())

    with pytest.raises(
        FileError, match=r"decodes to 19,074 MB, more than the 400 MB .*Read it with pandas or pyarrow"
    ):
        files.read(tmp_path / "bomb.parquet")


def test_the_footer_is_read_as_pyarrow_reads_it():
    """What our reader finds in a footer is what pyarrow finds in it."""
    from arize_nb.files.parquet_footer import column_chunks

    table = pa.table(
        {"s": ["a", "b", "a"] * 50, "n": range(150), "l": [[1.5], None, []] * 50, "d": [{"k": "x"}] * 150}
    )
    stream = io.BytesIO()
    pq.write_table(table, stream, row_group_size=60)
    metadata = pq.ParquetFile(stream).metadata
    theirs = [metadata.row_group(group).column(number) for group in range(3) for number in range(4)]
    expected = [
        (one.path_in_schema, one.num_values, one.total_uncompressed_size, one.has_dictionary_page)
        for one in theirs
    ]

    assert expected == [
        (one.path, one.values, one.encoded_size, one.has_dictionary)
        for one in column_chunks(stream.getvalue())
    ]


def test_damaged_parquet_in_a_comparison(tmp_path):
    """A comparison reads Parquet a column at a time; 150 changed files give a comparison or an
    error of ours.
    """
    import arize_nb

    ids = [str(number) for number in range(40)]
    table = pa.table({"id": ids, "example_id": ids, "output": ["x"] * 40, "eval.c.score": [0.5] * 40})
    pq.write_table(table, tmp_path / "base.parquet")
    data = (tmp_path / "base.parquet").read_bytes()
    chance = random.Random("seed of a comparison")
    wrong = []
    for _ in range(150):
        (tmp_path / "other.parquet").write_bytes(mutated(data, chance))
        try:
            arize_nb.compare(tmp_path / "base.parquet", tmp_path / "other.parquet")
        except AxError:
            pass
        except Exception as error:
            wrong.append(f"{type(error).__name__}: {error}")

    assert [] == wrong
