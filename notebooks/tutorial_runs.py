"""Execute a tutorial in a real kernel against an empty workspace of its own."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
_LIVE = "application/vnd.jupyter.widget-view+json"
_MARK = re.compile(r'<div class="axn-live-[0-9a-f]+" hidden></div>')


def fresh_workspace(build: Path) -> None:
    """Point this process and its kernels at an empty workspace under `build`; no account, no profile."""
    for name in [name for name in os.environ if name.startswith("ARIZE_")]:
        del os.environ[name]
    os.environ["ARIZE_NB_DATA_DIR"] = str(build / "workspace")
    os.environ["HOME"] = str(build / "home")
    stop_server()
    shutil.rmtree(build, ignore_errors=True)
    (build / "home").mkdir(parents=True)


def stop_server() -> None:
    """Stop the workspace's server if one runs."""
    from arize_nb import workspace

    workspace.stop()


def executed(notebook: Path) -> Any:
    """Run every cell and return the notebook with its outputs; no timings and no widget state are kept."""
    import nbformat
    from nbclient import NotebookClient

    made = nbformat.read(notebook, as_version=4)
    NotebookClient(
        made,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(HERE)}},
        store_widget_state=False,
        record_timing=False,
    ).execute()
    return made


def without_live_views(notebook: Any) -> Any:
    """Drop the references to live widgets that have a static form, and the marks by which a page finds them: their kernel is gone."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "text/html" in output.get("data", {}):
                output["data"].pop(_LIVE, None)
                output["data"]["text/html"] = _MARK.sub("", "".join(output["data"]["text/html"]))
    return notebook
