"""Tables in many Parquet files, here and in an object store: one experiment, read by column, with the same
figures.
"""

from __future__ import annotations

import os

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
import requests
from reading_tables import A, B, N

import arize_nb as ax
from arize_nb.commands.line.session import Session
from arize_nb.commands.root import run
from arize_nb.comparison.sources import parquet_source as parquet
from arize_nb.errors import FileError

DAYS = [f"2026-01-0{1 + place % 3}" for place in range(N)]


@pytest.fixture
def tables():
    """Two tables of results with a column that partitions them."""
    return [pa.table({**table, "day": DAYS}) for table in (A, B)]


@pytest.fixture
def expected(tables):
    """Return the summary over the same tables in memory."""
    return ax.compare(*tables, key="question", names=["base", "new"]).summary


def written(folder, table, layout):
    """Write a table as a folder of one layout; return what names it."""
    folder.mkdir()
    if layout == "hive":
        ds.write_dataset(
            table,
            folder,
            format="parquet",
            partitioning=ds.partitioning(pa.schema([("day", pa.string())]), flavor="hive"),
        )
        return folder
    for place in range(0, N, 5):
        pq.write_table(table.slice(place, 5), folder / f"part-{place:05d}.parquet")
    return folder / "part-*.parquet" if layout == "glob" else folder


def same(expected, found):
    """Compare two summaries."""
    pd.testing.assert_frame_equal(expected, found, check_exact=False, rtol=1e-12)


@pytest.mark.parametrize("many", [False, True], ids=["in memory", "through DuckDB"])
@pytest.mark.parametrize("layout", ["folder", "glob", "hive"])
def test_files_of_one_table(tmp_path, monkeypatch, tables, expected, layout, many):
    """A folder of parts, a glob of them and partitions are one experiment each, with the figures of the whole
    table.
    """
    if many:
        monkeypatch.setattr(parquet, "MANY_ROWS", 1)
    paths = [
        written(tmp_path / name, table, layout) for name, table in zip(("base", "new"), tables, strict=True)
    ]
    found = ax.compare(*paths, key="question")

    same(expected, found.summary)
    assert len(ax.compare(*tables, key="question").changes()) == len(found.changes())


def test_partitions_are_columns(tmp_path, tables):
    """What folders are named by can be sliced by."""
    paths = [
        written(tmp_path / name, table, "hive") for name, table in zip(("base", "new"), tables, strict=True)
    ]

    assert set(DAYS) == {
        str(value)[:10] for value in ax.compare(*paths, key="question").slices("day")["slice"]
    }


def test_experiments_of_a_folder_stay_apart(tmp_path, tables):
    """Files that are called as experiments are (`v1`, `v2`) are not taken for parts."""
    for name, table in zip(("v1", "v2"), tables, strict=True):
        pq.write_table(table, tmp_path / f"{name}.parquet")

    assert "v1" == ax.compare(tmp_path, key="question").baseline


@pytest.fixture
def bucket(monkeypatch, tmp_path):
    """An S3 server of this process, on loopback, with an empty bucket."""
    from moto.server import ThreadedMotoServer
    from s3fs import S3FileSystem

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    requests.post(
        f"http://{host}:{port}/moto-api/reset", timeout=10
    )  # the buckets are the process's, not the server's
    S3FileSystem.clear_instance_cache()
    store = S3FileSystem()
    store.mkdir("runs")
    yield store
    S3FileSystem.clear_instance_cache()
    server.stop()


@pytest.mark.parametrize("many", [False, True], ids=["in memory", "through DuckDB"])
@pytest.mark.parametrize("form", ["folder", "glob", "hive", "file"])
def test_object_store(tmp_path, monkeypatch, bucket, tables, expected, form, many):
    """Folders, globs, partitions and single files of a bucket compare as those of a disk do."""
    if many:
        monkeypatch.setattr(parquet, "MANY_ROWS", 1)
    addresses = []
    for name, table in zip(("base", "new"), tables, strict=True):
        if form == "file":
            pq.write_table(table, tmp_path / f"{name}.parquet")
            bucket.put(str(tmp_path / f"{name}.parquet"), f"runs/{name}.parquet")
            addresses.append(f"s3://runs/{name}.parquet")
            continue
        written(tmp_path / name, table, form)
        for path in (tmp_path / name).rglob("*.parquet"):
            bucket.put(str(path), f"runs/{path.relative_to(tmp_path)}")
        addresses.append(f"s3://runs/{name}/*.parquet" if form == "glob" else f"s3://runs/{name}")

    same(expected, ax.compare(*addresses, key="question").summary)


def test_command_and_other_files(tmp_path, bucket, tables):
    """The command takes addresses; a CSV is fetched."""
    for name, table in zip(("base", "new"), tables, strict=True):
        table.to_pandas().to_csv(tmp_path / f"{name}.csv", index=False)
        bucket.put(str(tmp_path / f"{name}.csv"), f"runs/{name}.csv")

    found = run(
        ["experiments", "compare", "s3://runs/base.csv", "s3://runs/new.csv", "--key", "question"], Session()
    )

    assert ("base", ("new",)) == (found.baseline, found.candidates)


def test_nothing_there(bucket):
    """An address of nothing is an error that names it."""
    with pytest.raises(FileError, match="there is nothing at s3://runs/none"):
        ax.compare("s3://runs/none.parquet", "s3://runs/none2.parquet")


def test_nothing_is_imported_that_was_not_asked_for(tmp_path, tables):
    """Comparing files of this machine loads no client of an object store."""
    import subprocess
    import sys

    paths = [
        written(tmp_path / name, table, "folder") for name, table in zip(("base", "new"), tables, strict=True)
    ]
    code = (
        f"import sys, arize_nb as ax; ax.compare({str(paths[0])!r}, {str(paths[1])!r},"
        " key='question').summary\nprint({'fsspec', 's3fs', 'gcsfs', 'aiohttp', 'botocore'} &"
        " set(sys.modules))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ},
    )

    assert "set()" == ended.stdout.strip()


@pytest.fixture
def site(tmp_path):
    """A web server of this process, on loopback, that serves a folder with ranges."""
    import threading
    import time

    import uvicorn
    from starlette.applications import Starlette
    from starlette.staticfiles import StaticFiles

    folder = tmp_path / "site"
    folder.mkdir()
    app = Starlette()
    app.mount("/", StaticFiles(directory=folder))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield folder, f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_files_on_the_web(site, tables, expected, ending):
    """Addresses of the web are read as files are: Parquet by column, a CSV fetched whole."""
    folder, address = site
    for name, table in zip(("base", "new"), tables, strict=True):
        if ending == "csv":
            table.to_pandas().to_csv(folder / f"{name}.csv", index=False)
        else:
            pq.write_table(table, folder / f"{name}.parquet")

    found = ax.compare(f"{address}/base.{ending}", f"{address}/new.{ending}", key="question")

    assert (found.baseline, found.candidates) == ("base", ("new",))
    columns = ["metric", "n_paired", "delta", "verdict"]
    pd.testing.assert_frame_equal(expected[columns], found.summary[columns], rtol=1e-12)


def test_nothing_on_the_web(site):
    """A page that is not there is an error with its address."""
    _folder, address = site
    with pytest.raises(FileError, match=f"there is nothing at {address}/none"):
        ax.compare(f"{address}/none.parquet", f"{address}/none2.parquet")
