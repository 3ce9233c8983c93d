"""A reader at work: a page's blocks run in order, in a fresh HOME with a workspace of its own, one kernel and
one terminal.
"""

from __future__ import annotations

import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from blocks import CONSOLE, DATA, PYTHON, ROOT, SHELL, Block, Page, same

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT_S = 120
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass
class Outcome:
    """What a block came to: what each of its commands printed, and what is wrong with it (empty: nothing)."""

    printed: list[list[str]] = field(default_factory=list)
    wrong: str = ""
    raised: bool = False
    """Whether it broke off: what it printed is no output to show."""


class Reader:
    """Runs the blocks of one page, each once; a block asked for runs all before it first."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.outcomes: list[Outcome] = []
        self._place = Path(tempfile.mkdtemp(prefix="arize-nb-docs-"))
        self._kernel: _Kernel | None = None
        self._status = 0
        self.folder = self._place / "work"
        if page.folder:
            shutil.copytree(page.folder, self.folder)
        self.folder.mkdir(exist_ok=True)
        home = self._place / "home"
        home.mkdir()
        strange = ("ARIZE_", "AX_", "XDG_", "OTEL_", "JUPYTER_", "OPENAI_", "COLUMNS")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(strange)}
        programs = str(Path(sys.executable).parent)
        self.env = kept | {
            "HOME": str(home),
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "NO_COLOR": "1",
            "PYTHONWARNINGS": "default",
        }

    def __enter__(self) -> Reader:
        """Give the reader to a `with` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the kernel and the workspace, and leave nothing behind."""
        if self._kernel:
            self._kernel.close()
        if any((self._place / "home").rglob("server.json")):
            self._terminal("arize-nb server stop --quiet")
        shutil.rmtree(self._place, ignore_errors=True)

    def outcome(self, block: Block) -> Outcome:
        """Return what a block came to."""
        index = self.page.blocks.index(block)
        while len(self.outcomes) <= index:
            self.outcomes.append(self._run(self.page.blocks[len(self.outcomes)]))
        return self.outcomes[index]

    def _run(self, block: Block) -> Outcome:
        if block.reason:
            return Outcome()
        if block.language in PYTHON:
            return self._python(block)
        if block.language in CONSOLE:
            return self._console(block)
        if block.language in SHELL:
            printed, status = self._terminal(f"set -e\n{block.text}")
            return Outcome([printed], f"ended with status {status}:\n" + "\n".join(printed) if status else "")
        if block.language == "yaml":
            return self._steps(block)
        if block.language in DATA and "title" in block.options:
            return self._file(block)
        return Outcome()

    def _file(self, block: Block) -> Outcome:
        """Write a file that the page shows; of one that lies there already the page shows the beginning."""
        path = self.folder / block.options["title"]
        if self.page.folder and path.exists():
            begins = path.read_text(encoding="utf-8").startswith(block.text)
            return Outcome(
                wrong="" if begins else f"{path.name} begins otherwise:\n{path.read_text(encoding='utf-8')}"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
        return Outcome()

    def _console(self, block: Block) -> Outcome:
        outcome = Outcome()
        for command, shown in block.commands():
            printed, self._status = self._terminal(f"(exit {self._status})\n{command}")
            outcome.printed.append(printed)
            if not same(shown, printed):
                outcome.wrong += _differs(command, shown, printed)
            elif self._status and "\n".join(shown).strip() in {"", "…"}:
                outcome.wrong += (
                    f"$ {command}\nended with status {self._status}, and the page shows nothing of it\n"
                )
        return outcome

    def _steps(self, block: Block) -> Outcome:
        """Run the `run:` lines of steps of GitHub Actions, with a file for the summary of the step."""
        steps = yaml.safe_load(block.text)
        scripts = [step["run"] for step in steps if "run" in step] if isinstance(steps, list) else []
        outcome = Outcome()
        for script in scripts:
            printed, status = self._terminal(
                f"set -e\nexport GITHUB_STEP_SUMMARY={self._place}/summary\n{script}"
            )
            outcome.wrong += f"{script}\nended with status {status}:\n" + "\n".join(printed) if status else ""
        return outcome

    def _terminal(self, script: str) -> tuple[list[str], int]:
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=LIMIT_S, check=False,
        )  # fmt: skip
        return _COLOURS.sub("", done.stdout).splitlines(), done.returncode

    def _python(self, block: Block) -> Outcome:
        self._kernel = self._kernel or _Kernel(self.folder, self.env)
        printed, error = self._kernel.run(block.text)
        if error:
            return Outcome([printed], error, raised=True)
        if block.shown and not same(block.shown.text.splitlines(), printed):
            return Outcome([printed], _differs(block.text, block.shown.text.splitlines(), printed))
        return Outcome([printed])


class _Kernel:
    """A real IPython kernel in the reader's folder."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        from jupyter_client.manager import KernelManager

        self._manager = KernelManager()
        self._manager.start_kernel(
            env=env, cwd=str(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._client = self._manager.blocking_client()
        self._client.start_channels()
        try:
            self._client.wait_for_ready(timeout=60)
        except RuntimeError:
            self.close()
            raise

    def run(self, text: str) -> tuple[list[str], str]:
        """Run a cell; returns the lines a reader sees of it as text, and the traceback if it failed."""
        asked = self._client.execute(text, stop_on_error=False)
        printed, error = "", ""
        for kind, content in self._replies(asked):
            if kind == "stream":
                printed += content["text"]
            elif kind in {"execute_result", "display_data"}:
                printed += content["data"].get("text/plain", "") + "\n"
            elif kind == "error":
                error = "\n".join(content["traceback"])
        return _COLOURS.sub("", printed).splitlines(), _COLOURS.sub("", error)

    def _replies(self, asked: str) -> Iterator[tuple[str, dict]]:
        ends = time.monotonic() + LIMIT_S
        while True:
            try:
                message = self._client.get_iopub_msg(timeout=max(0.0, ends - time.monotonic()))
            except queue.Empty:
                yield "error", {"traceback": [f"nothing came for {LIMIT_S} s"]}
                return
            if message["parent_header"].get("msg_id") != asked:
                continue
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return
            yield message["msg_type"], message["content"]

    def close(self) -> None:
        """End it."""
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


def _differs(command: str, shown: list[str], printed: list[str]) -> str:
    return "\n".join(["$ " + command, "the page shows:", *shown, "it prints:", *printed, ""])
