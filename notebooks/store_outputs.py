"""Execute the tutorials against a fresh workspace and store their outputs: all, or the files named (02_honest_comparisons.ipynb)."""

from __future__ import annotations

import sys

from tutorial_runs import HERE, executed, fresh_workspace, stop_server, without_live_views


def main(names: list[str]) -> int:
    """Execute the notebooks named, or all of them; their cells keep their ids and their code."""
    import nbformat

    fresh_workspace(HERE.parent / "build" / "store")
    try:
        for path in [HERE / name for name in names] or sorted(HERE.glob("*.ipynb")):
            print(f"Executing {path.name}…", flush=True)
            nbformat.write(without_live_views(executed(path)), path)
    finally:
        stop_server()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
