"""Execute the first tutorial against a fresh local workspace and print what it found."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tutorial_runs import HERE, executed, fresh_workspace, stop_server, without_live_views

BUILD = HERE.parent / "build" / "demo"
NOTEBOOK = HERE / "01_compare_language_detectors.ipynb"


def execute() -> Path:
    """Run every cell, and write the executed notebook and its HTML."""
    import nbformat
    from nbconvert import HTMLExporter

    notebook = without_live_views(executed(NOTEBOOK))
    target = BUILD / NOTEBOOK.name
    nbformat.write(notebook, target)
    page, _ = HTMLExporter(embed_images=True).from_notebook_node(notebook)
    target.with_suffix(".html").write_text(page, encoding="utf-8")
    return target


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
    fresh_workspace(BUILD)
    print(f"Executing {NOTEBOOK.name} against a fresh local workspace…", flush=True)
    try:
        target = execute()
        report()
    finally:
        stop_server()
    shown = target.relative_to(HERE.parent)
    print(f"\nDone in {time.monotonic() - started:.0f} s.")
    print(f"Read it:    {shown.with_suffix('.html')}   (open in a browser)")
    print(f"Or run it:  make lab   (opens {shown} in JupyterLab)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
