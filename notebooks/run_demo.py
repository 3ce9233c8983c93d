"""Execute the first tutorial against a fresh local workspace and print what it found."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent / "build" / "demo"
NOTEBOOK = HERE / "01_compare_language_detectors.ipynb"


def fresh_workspace() -> None:
    """Point this process and the kernel at an empty workspace of their own; no account, no profile."""
    for name in [name for name in os.environ if name.startswith("ARIZE_")]:
        del os.environ[name]
    os.environ["ARIZE_NB_DATA_DIR"] = str(BUILD / "workspace")
    os.environ["HOME"] = str(BUILD / "home")
    stop_server()
    shutil.rmtree(BUILD, ignore_errors=True)
    (BUILD / "home").mkdir(parents=True)


def stop_server() -> None:
    """Stop the workspace's server if one runs."""
    from arize_nb import workspace

    workspace.stop()


def execute() -> Path:
    """Run every cell in a real kernel, and write the executed notebook and its HTML."""
    import nbformat
    from nbclient import NotebookClient
    from nbconvert import HTMLExporter

    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(HERE)}}, store_widget_state=False
    ).execute()
    executed = BUILD / NOTEBOOK.name
    nbformat.write(notebook, executed)
    page, _ = HTMLExporter(embed_images=True).from_notebook_node(notebook)
    executed.with_suffix(".html").write_text(page, encoding="utf-8")
    return executed


def report() -> None:
    """Read the experiments back from the workspace and print how they compare."""
    import arize_nb as ax

    with ax.connect() as client:
        comparison = client.compare("fasttext-lite", "py3langid", "cld2", "eld", dataset="language-snippets")
    columns = [
        "candidate",
        "n_paired",
        "baseline_mean",
        "candidate_mean",
        "delta",
        "ci_low",
        "ci_high",
        "regressions",
        "improvements",
        "verdict",
    ]
    print("\nLanguage detectors on 600 short texts, against fasttext-lite (share correct):\n")
    print(comparison.summary[columns].to_string(index=False, float_format=lambda value: f"{value:.3f}"))
    print()
    for name in ("py3langid", "cld2", "eld"):
        print(f"{len(comparison.regressions(candidate=name)):4d} regressions from fasttext-lite to {name}")


def main() -> int:
    """Run the demo; the exit status is that of the notebook."""
    started = time.monotonic()
    fresh_workspace()
    print(f"Executing {NOTEBOOK.name} against a fresh local workspace…", flush=True)
    try:
        executed = execute()
        report()
    finally:
        stop_server()
    shown = executed.relative_to(HERE.parent)
    print(f"\nDone in {time.monotonic() - started:.0f} s.")
    print(f"Read it:    {shown.with_suffix('.html')}   (open in a browser)")
    print(f"Or run it:  make lab   (opens {shown} in JupyterLab)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
