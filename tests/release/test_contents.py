"""What `make build` says against an archive: made-up archives with one fault each (building is on demand)."""

from __future__ import annotations

import io
import tarfile
import zipfile

import pytest

from release.build import differences
from release.contents import complaints, members

FILES = {"arize_nb/__init__.py": "__version__ = '1.0'\n", "arize_nb/widgets/grid.js": "export default {}\n"}
NAMES = ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
METADATA = {f"arize_nb-1.0.dist-info/{name}": "" for name in NAMES}
TOP = (".gitignore", "CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "pyproject.toml")
BESIDE = dict.fromkeys(TOP, "")

PRIVATE = ["-----BEGIN PRIVATE KEY-----", "/home/ann/x", "/Users/kim/x", "/root/x", r"C:\Users\kim"]


def wheel(folder, files):
    """A wheel of these files."""
    file = folder / "arize_nb-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return file


def sdist(folder, files):
    """A source archive of these files."""
    file = folder / "arize_nb-1.0.tar.gz"
    with tarfile.open(file, "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"arize_nb-1.0/{name}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return file


@pytest.mark.parametrize(("archive", "beside"), [(wheel, METADATA), (sdist, BESIDE)])
class TestComplaints:
    """Both kinds of archive."""

    def test_reviewed_contents_pass(self, tmp_path, archive, beside):
        """An archive of what git has and the reviewed list names has nothing against it."""
        assert [] == complaints(archive(tmp_path, FILES | beside), FILES)

    def test_unexpected_top_level(self, tmp_path, archive, beside):
        """A folder or file that nobody reviewed is named."""
        file = archive(tmp_path, FILES | beside | {"tests/conftest.py": ""})

        assert ["unexpected: tests/conftest.py"] == complaints(file, FILES)

    def test_file_that_git_does_not_have(self, tmp_path, archive, beside):
        """A left-over inside the package is named, too."""
        file = archive(tmp_path, FILES | beside | {"arize_nb/scratch.py": ""})

        assert ["unexpected: arize_nb/scratch.py"] == complaints(file, FILES)

    def test_missing_file(self, tmp_path, archive, beside):
        """A file of the package that did not come along is named."""
        files = {name: text for name, text in FILES.items() if not name.endswith(".js")}

        assert ["missing: arize_nb/widgets/grid.js"] == complaints(archive(tmp_path, files | beside), FILES)

    def test_kind_that_nobody_reviewed(self, tmp_path, archive, beside):
        """A file that git has is still refused when it is of another kind than code and style."""
        files = FILES | {"arize_nb/answers.csv": ""}

        found = complaints(archive(tmp_path, files | beside), files)

        assert ["of no reviewed kind: arize_nb/answers.csv"] == found

    @pytest.mark.parametrize("text", [*PRIVATE, "/srv/build7/a"])
    def test_private_text(self, tmp_path, archive, beside, text):
        """A path of one machine, a key, and the folder it was built in are found with their line."""
        files = FILES | {"arize_nb/__init__.py": f"\n# {text}\n"}

        found = complaints(archive(tmp_path, files | beside), FILES, private=["/srv/build7"])

        assert ["private: arize_nb/__init__.py, line 2"] == [line.split(" has ")[0] for line in found]


def test_a_link_is_refused(tmp_path):
    """A source archive with a link is refused: it could point to anything."""
    file = tmp_path / "arize_nb-1.0.tar.gz"
    with tarfile.open(file, "w:gz") as archive:
        link = tarfile.TarInfo("arize_nb-1.0/arize_nb/passwords.py")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)

    with pytest.raises(ValueError, match=r"passwords\.py is no plain file"):
        members(file)


def test_two_builds_that_differ(tmp_path):
    """Builds that differ in a byte or in their files are named; the same bytes are not."""
    (first := tmp_path / "a").write_bytes(b"1")
    (second := tmp_path / "b").write_bytes(b"2")

    assert [] == differences({"x.whl": first}, {"x.whl": first})
    assert ["two builds differ: x.whl"] == differences({"x.whl": first}, {"x.whl": second})
    assert ["only one build made y.whl"] == differences({"x.whl": first}, {"x.whl": first, "y.whl": second})
