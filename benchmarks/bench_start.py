"""What starting costs: %load_ext in a kernel, a listing in a fresh console process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rows import Row, limit_row, missing_row, official_python, process_time, ratio_row

LOAD = """
import sys, time
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
started = time.perf_counter()
shell.run_line_magic("load_ext", "arize_nb")
took_ms = (time.perf_counter() - started) * 1000
heavy = [name for name in ("pandas", "matplotlib", "ipywidgets", "pyarrow") if name in sys.modules]
assert not heavy, heavy
print(took_ms)
"""


def rows() -> Iterator[Row]:
    """Measure the start of a notebook and of the console."""
    times = sorted(
        float(
            subprocess.run(
                [sys.executable, "-c", LOAD], check=True, capture_output=True, text=True
            ).stdout.split()[-1]
        )
        for _ in range(5)
    )
    yield limit_row(
        "`%load_ext arize_nb`, fresh kernel (no pandas, matplotlib, ipywidgets, pyarrow loaded)",
        times[2],
        "ms",
        50,
    )
    yield console_row()


def console_row() -> Row:
    """Compare `experiments list` of both console programs in fresh processes on one server."""
    what = "console `experiments list`, fresh process"
    python = official_python()
    if python is None:
        return missing_row(what, "official clients not installed", "≤ 1/8")
    from arize_nb import LocalServer

    with tempfile.TemporaryDirectory() as folder, LocalServer(data_dir=Path(folder) / "workspace") as server:
        home = Path(folder) / "home"
        home.mkdir()
        env = {**os.environ, **server.env(), "HOME": str(home)}
        ours = [str(Path(sys.executable).parent / "arize-nb"), "experiments", "list", "--space", "local"]
        profile = home / "local.toml"
        subprocess.run(
            [sys.executable, "-m", "arize_nb", "server", "env", "--ax-profile", str(profile)],
            check=True,
            capture_output=True,
            env={**env, "ARIZE_NB_DATA_DIR": str(Path(folder) / "workspace")},
        )
        ax = str(python.parent / "ax")
        subprocess.run(
            [ax, "profiles", "create", "local", "--from-file", str(profile)],
            check=True,
            capture_output=True,
            env=env,
        )
        theirs = [ax, "experiments", "list", "--space", "local"]
        return ratio_row(
            what,
            process_time(ours, env=env),
            "official `ax experiments list`",
            process_time(theirs, rounds=3, env=env),
            1 / 8,
        )
