"""Build the last commit twice, in different places; keep the same bytes, rightly filled."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

from release.contents import PACKAGE, complaints

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Write `dist/`, or say in one line each what is wrong and exit with 1."""
    if changed := _git("status", "--porcelain", "--untracked-files=no").decode():
        print(f"note: only the last commit is built; {len(changed.splitlines())} changed files are not in it")
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory(suffix=" ä second place") as two:
        first = build(Path(one), {"TZ": "UTC", "PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8"}, umask=0o022)
        second = build(Path(two), {"TZ": "Asia/Kolkata", "PYTHONHASHSEED": "2", "LC_ALL": "C"}, umask=0o077)
        places = (one, two, str(ROOT), f"{Path.home()}{os.sep}")
        wrong = differences(first, second) + _judged(first, private=places)
        if wrong:
            sys.exit("\n".join(["make build: nothing was written to dist/", *wrong]))
        _keep(first)


def build(place: Path, environment: Mapping[str, str], umask: int) -> dict[str, Path]:
    """Build a wheel and a source archive of the last commit under `place`; return them by name."""
    source, out = place / "source", place / "out"
    with tarfile.open(fileobj=io.BytesIO(_git("archive", "HEAD"))) as tree:
        tree.extractall(source, filter="data")
    for number, file in enumerate(sorted(source.rglob("*"))):
        os.utime(file, (umask + number, umask + number))  # times of the files must not matter
    epoch = _git("log", "-1", "--format=%ct").decode().strip()
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(source)]
    settings = {**os.environ, "SOURCE_DATE_EPOCH": epoch, **environment}
    ended = subprocess.run(command, env=settings, umask=umask, capture_output=True, text=True, check=False)
    if ended.returncode:
        sys.exit(f"make build: {' '.join(command[1:])} failed\n{ended.stdout}{ended.stderr}")
    return {file.name: file for file in sorted(out.iterdir())}


def differences(first: Mapping[str, Path], second: Mapping[str, Path]) -> list[str]:
    """Say which files two builds do not share, byte by byte."""
    names = sorted(set(first) | set(second))
    alone = [f"only one build made {name}" for name in names if name not in first or name not in second]
    both = (name for name in names if name in first and name in second)
    unlike = (name for name in both if _digest(first[name]) != _digest(second[name]))
    return alone + [f"two builds differ: {name}" for name in unlike]


def _judged(built: Mapping[str, Path], private: tuple[str, ...]) -> list[str]:
    """Return what the reviewed list, `twine check` and `check-wheel-contents` say against the files."""
    tracked = _git("ls-tree", "-r", "--name-only", "-z", "HEAD", f"{PACKAGE}/").decode().split("\0")
    package_files = [name for name in tracked if name]
    wrong = []
    for name, file in built.items():
        wrong += [f"{name}: {text}" for text in complaints(file, package_files, private)]
    wheels = [str(file) for name, file in built.items() if name.endswith(".whl")]
    files = [str(file) for file in built.values()]
    for command in (["twine", "check", "--strict", *files], ["check_wheel_contents", *wheels]):
        ended = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False)
        if ended.returncode:
            wrong.append(f"{command[0]}: {ended.stdout.strip()} {ended.stderr.strip()}")
    return wrong


def _keep(built: Mapping[str, Path]) -> None:
    """Replace `dist/` by what was built, and print names, sizes and digests."""
    place = ROOT / "dist"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for name, file in built.items():
        shutil.copyfile(file, place / name)
        print(f"dist/{name}  {file.stat().st_size / 1e3:,.0f} kB  sha256 {_digest(file)}")
    print("built twice with the same bytes; contents, twine and check-wheel-contents have nothing against it")


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _git(*words: str) -> bytes:
    """Return what git answers; a folder that is no clone is said in one line."""
    ended = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=False)
    if ended.returncode:
        why = ended.stderr.decode().strip()
        sys.exit(f"make build: git {words[0]} failed here ({why}); build from a clone")
    return ended.stdout


if __name__ == "__main__":
    main()
