"""A file is written whole or not at all, for its owner alone where asked, and nobody's link is followed."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from arize_nb.errors import FileError
from arize_nb.persistence.atomic_write import replacing, write_whole


def test_whole_or_not_at_all(tmp_path):
    """An error while writing leaves what was there, and no other file."""
    path = tmp_path / "runs.json"
    write_whole(path, "before")

    def broken():
        with replacing(path) as stream:
            stream.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    assert ([path], "before") == (list(tmp_path.iterdir()), path.read_text())


def test_threads_that_write_one_file(tmp_path):
    """Eight threads write one file 160 times: no write fails, and the file is one of theirs, whole."""
    path = tmp_path / "runs.json"
    texts = [f"{number:05d}" * 2000 for number in range(160)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: write_whole(path, text), texts))

    assert path.read_text() in texts
    assert [path] == list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="symbolic links need a right on Windows")
def test_links_are_not_followed(tmp_path):
    """A link under the file's name is replaced, what it points to stays; a link under the old foreseeable
    name is not touched.
    """
    victim = tmp_path / "victim"
    victim.write_text("mine")
    path = tmp_path / "runs.json"
    path.symlink_to(victim)
    planted = tmp_path / f".runs.json.{os.getpid()}.partial"
    planted.symlink_to(victim)
    write_whole(path, "export")

    assert ("mine", "export", False, True) == (
        victim.read_text(),
        path.read_text(),
        path.is_symlink(),
        planted.is_symlink(),
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_permissions(tmp_path):
    """A private file is its owner's from the first byte on; another keeps the permissions it had."""
    path, shared = tmp_path / "secret", tmp_path / "shared"
    with replacing(path, private=True) as stream:
        assert {0o600} == {stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()}
        stream.write(b"key")
    shared.write_text("x")
    shared.chmod(0o640)
    write_whole(shared, "y")

    assert [0o600, 0o640] == [stat.S_IMODE(one.stat().st_mode) for one in (path, shared)]


@pytest.mark.parametrize("name", ["missing/runs.json", "a" * 300, "nul\0"])
def test_what_cannot_be_written(tmp_path, name):
    """A folder that is missing and a name that no file can have are one error that names the file."""
    with pytest.raises(FileError, match="cannot be written"):
        write_whole(tmp_path / name, "x")


def test_long_names(tmp_path):
    """A name as long as the file system takes can be written: the partial file's is shorter."""
    path = tmp_path / ("ä" * 120 + ".json")
    write_whole(path, "x")

    assert "x" == path.read_text()
