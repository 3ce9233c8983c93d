"""A stranger's first minutes with the wheel alone: an empty environment, an empty home, no clone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
QUESTIONS = [f"What is {number} + {number}?" for number in range(12)]


@dataclass(frozen=True)
class Environment:
    """A virtual environment with the wheel in it, and the folder its user works in."""

    folder: Path
    work: Path

    def run(self, program: str, *words: str) -> str:
        """Run a program of the environment and return what it prints; a failure ends the trial."""
        scripts = self.folder / ("Scripts" if os.name == "nt" else "bin")
        system = ("PATH", "SYSTEMROOT", "TEMP", "LANG")
        kept = {name: text for name, text in os.environ.items() if name in system or name.startswith("PIP_")}
        home = str(self.work / "home")
        places = {"HOME": home, "USERPROFILE": home, "ARIZE_NB_DATA_DIR": str(self.work / "data")}
        command = [str(scripts / program), *words]
        settings = {"env": kept | places, "cwd": self.work, "timeout": 600}
        ended = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, **settings)
        if ended.returncode:
            sys.exit(f"make test-wheel: {program} {' '.join(words)} failed\n{ended.stdout}{ended.stderr}")
        return ended.stdout


def main() -> None:
    """Install the one wheel of `dist/` and try it; say in one line what did not do what it should."""
    wheels = list((ROOT / "dist").glob("*.whl"))
    if len(wheels) != 1:
        sys.exit(f"make test-wheel: dist/ has {len(wheels)} wheels; make build writes one")
    with tempfile.TemporaryDirectory() as place:
        environment = Environment(Path(place, "environment"), Path(place, "work"))
        (environment.work / "home").mkdir(parents=True)
        venv.create(environment.folder, with_pip=True)
        install = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        environment.run("python", *install, str(wheels[0]))
        for trial in (version, files_compared, notebook, workspace):
            trial(environment)
            print(f"{wheels[0].name}: {(trial.__doc__ or '').splitlines()[0]}")


def version(environment: Environment) -> None:
    """`arize-nb --version` says the wheel's version, and the package comes from the environment."""
    wheel = next((ROOT / "dist").glob("*.whl"))
    expect(wheel.name.split("-")[1], environment.run("arize-nb", "--version"))
    where = environment.run("python", "-c", "import arize_nb; print(arize_nb.__file__)")
    expect(str(environment.folder), where)


def files_compared(environment: Environment) -> None:
    """Two files are compared in one line, and the counts are right."""
    for name, wrong in (("a", {0, 1, 2, 3}), ("b", {3, 4})):
        marks = [number not in wrong for number in range(len(QUESTIONS))]
        rows = ({"question": q, "answer": "x", "correct": ok} for q, ok in zip(QUESTIONS, marks, strict=True))
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (environment.work / f"{name}.jsonl").write_text(text, encoding="utf-8")
    said = environment.run("arize-nb", "compare", "a.jsonl", "b.jsonl")
    expect("paired 12 of 12 by question", said)
    expect("66.7% → 83.3%", said)
    expect("1 worse, 3 better, 8 same", said)


def notebook(environment: Environment) -> None:
    """`%load_ext arize_nb` gives `%ax`, which compares the same files to a value."""
    load = "%load_ext arize_nb\nresult = %ax compare a.jsonl b.jsonl\n"
    cell = load + "print(type(result).__name__, result.changes().shape)"
    (environment.work / "cells.ipy").write_text(cell, encoding="utf-8")
    expect("Comparison", environment.run("ipython", "--no-banner", "--colors=NoColor", "cells.ipy"))


def workspace(environment: Environment) -> None:
    """The local workspace starts, keeps a dataset, lists it, and stops."""
    try:
        environment.run("arize-nb", "datasets", "create", "-n", "sums", "-f", "a.jsonl")
        listed = json.loads(environment.run("arize-nb", "datasets", "list", "-o", "json"))
        expect("sums", json.dumps(listed))
        environment.run("arize-nb", "datasets", "export", "sums", "-o", "sums.csv")
        expect(QUESTIONS[11], (environment.work / "sums.csv").read_text("utf-8"))
    finally:
        environment.run("arize-nb", "server", "stop")


def expect(text: str, said: str) -> None:
    """End the trial when `text` is not in what was printed."""
    if text not in said:
        sys.exit(f"make test-wheel: {text!r} is not in\n{said}")


if __name__ == "__main__":
    main()
