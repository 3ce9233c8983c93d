"""Where a widget is being displayed: which cell runs, and which form of it that front end takes."""

from __future__ import annotations

import os
import sys
from typing import Any, Literal

Host = Literal["jupyter", "view", "executor", "console", "terminal", "none"]
"""`jupyter`: JupyterLab or Notebook, whose page finds the static form and puts the live view in its place.
`view`: front ends that take a widget by its view type only. `executor`: nbclient, papermill, Voila: nobody
may be looking. `console`: a person at a kernel's console (`jupyter console`), which shows text; `terminal`:
IPython without a kernel.
"""


def host() -> Host:
    """Say where the running cell is displayed."""
    shell = _shell()
    if shell is None:
        return "none"
    if getattr(shell, "kernel", None) is None:
        return "terminal"
    request = _request()
    cell = request.get("metadata", {}).get("cellId")
    foreign = "google.colab" in sys.modules or any(
        name in os.environ for name in ("VSCODE_PID", "PYCHARM_HOSTED", "DATABRICKS_RUNTIME_VERSION")
    )
    if foreign or str(cell).startswith("vscode-"):
        return "view"
    if cell:
        return "jupyter"
    return "console" if request.get("content", {}).get("allow_stdin") else "executor"


def executing_cell() -> tuple[str, str] | None:
    """Return the id of the cell that is being executed and of its execution; None where the front end does
    not say.
    """
    request = _request()
    cell = request.get("metadata", {}).get("cellId")
    return (
        (str(cell), str(request["header"]["msg_id"]))
        if cell and request["header"]["msg_type"] == "execute_request"
        else None
    )


def _request() -> dict[str, Any]:
    kernel = getattr(_shell(), "kernel", None)
    return dict(kernel.get_parent("shell") or {}) if kernel is not None else {}


def _shell() -> Any:
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    return get_ipython()
