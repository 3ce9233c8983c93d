"""One Jupyter server (JupyterLab, Notebook 7 and Voila) and one Chromium for all browser tests; nothing may
leave the machine.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHOTS = ROOT / "build" / "screenshots"
TOKEN = "browser-tests"
READY = """() => { const c = window.jupyterapp?.shell.currentWidget?.sessionContext;
  return c && c.isReady && c.session?.kernel?.connectionStatus === 'connected' && c.session.kernel.status === 'idle'; }"""
VOILA_ICONS = "https://cdn.jsdelivr.net/npm/@fortawesome/fontawesome-free"
"""Voila's own page template asks a CDN for its icon font; nothing of ours does. It is aborted like everything
else.
"""
NOTEBOOK_ERRORS = ("reading 'schema'", "'filebrowser:open-path' not registered")
"""What Notebook 7 itself throws on a page of its own."""


def chromium_path():
    """Return a Chromium of this machine, or None."""
    wanted = os.environ.get("AX_CHROMIUM")
    return (
        wanted
        or shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def chromium():
    """Start the browser once."""
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium found: `make browser` installs one, or set AX_CHROMIUM to its path")
    from playwright.sync_api import sync_playwright

    switches = [
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
    ]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=switches)
        yield browser
        browser.close()


class Jupyter:
    """The server: write a notebook, get its address in each front end."""

    def __init__(self, folder, port, environ):
        self.folder = folder
        self.environ = environ
        self.base = f"http://127.0.0.1:{port}"

    def write(self, name, *cells):
        made = [
            {
                "cell_type": "code",
                "id": f"c{place}",
                "metadata": {},
                "execution_count": None,
                "outputs": [],
                "source": source,
            }
            for place, source in enumerate(cells)
        ]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        path = self.folder / f"{name}.ipynb"
        path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": made}))
        return path

    def address(self, front_end, name):
        where = {"lab": f"/doc/tree/{name}.ipynb", "notebook": f"/notebooks/{name}.ipynb"}
        return f"{self.base}{where[front_end]}?token={TOKEN}"


def kernel_environ(folder, **more):
    """Return an environment in which nothing of the user's own is read or written."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ARIZE_", "AX_", "JUPYTER", "IPYTHON"))
    }
    own = {
        "HOME": folder / "home",
        "JUPYTER_CONFIG_DIR": folder / "config",
        "JUPYTER_DATA_DIR": folder / "data",
        "JUPYTER_RUNTIME_DIR": folder / "runtime",
        "IPYTHONDIR": folder / "ipython",
        "MPLCONFIGDIR": folder / "matplotlib",
        "ARIZE_NB_DATA_DIR": folder / "arize_nb",
    }
    for path in own.values():
        path.mkdir(parents=True, exist_ok=True)
    return {**kept, **{name: str(path) for name, path in own.items()}, "PYTHONPATH": str(ROOT), **more}


def start_jupyter(folder, **environ):
    """Start a server and wait until it answers; returns the process and its Jupyter."""
    notebooks = folder / "notebooks"
    notebooks.mkdir(parents=True, exist_ok=True)
    env = kernel_environ(folder, **environ)
    settings = folder / "config" / "labconfig"
    settings.mkdir(exist_ok=True)
    (settings / "page_config.json").write_text(
        json.dumps({"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}})
    )
    keep_state = {"@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": True}}
    (settings / "default_setting_overrides.json").write_text(json.dumps(keep_state))
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
    ]
    command += [
        f"--IdentityProvider.token={TOKEN}",
        f"--ServerApp.root_dir={notebooks}",
        "--LabApp.expose_app_in_browser=True",
    ]
    command += ["--JupyterNotebookApp.expose_app_in_browser=True"]
    with (folder / "jupyter.log").open("w") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=subprocess.STDOUT)
    made = Jupyter(notebooks, port, env)
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"{made.base}/api/status?token={TOKEN}", timeout=2):
                return process, made
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.2)
    process.terminate()
    raise RuntimeError(f"the Jupyter server did not start: {(folder / 'jupyter.log').read_text()[-2000:]}")


def start_voila(jupyter, path):
    """Serve one notebook as an application; returns the process and its address."""
    port = free_port()
    command = [str(Path(sys.executable).parent / "voila"), str(path), "--no-browser", f"--port={port}"]
    process = subprocess.Popen(
        command, env=jupyter.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process, f"http://127.0.0.1:{port}/"
        time.sleep(0.1)
    stop(process)
    raise RuntimeError("Voila did not start")


def stop(process):
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory, chromium, local_server):
    """Serve notebooks to all three front ends; their kernels reach the session's local server."""
    process, made = start_jupyter(tmp_path_factory.mktemp("jupyter"), **local_server.env())
    yield made
    stop(process)


class Visit:
    """A page that runs a notebook, with a record of what it asked for outside and of its script errors."""

    def __init__(self, page, jupyter):
        self.page = page
        self.jupyter = jupyter
        self.outside = []
        self.started = []
        self.errors = []

    def open(self, name, *cells, front_end="lab", run=True):
        """Write a notebook of these cells, open it and run it."""
        path = self.jupyter.write(name, *cells)
        if front_end == "voila":
            process, address = start_voila(self.jupyter, path)
            self.started.append(process)
            self.page.goto(address, wait_until="domcontentloaded")
        else:
            self.page.goto(self.jupyter.address(front_end, name), wait_until="domcontentloaded")
            self.page.wait_for_function(READY, timeout=60000)
            self.light()
            if run:
                self.run_all()
        return self.page

    def run_all(self):
        """Run every cell; the promise is not returned, since evaluate has no time limit."""
        self.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")

    def output(self, cell):
        """Return the output area of a cell."""
        return self.page.locator(".jp-Cell").nth(cell).locator(".jp-Cell-outputArea")

    def save(self, name):
        """Save the notebook with its widgets' state; returns it as text."""
        self.page.evaluate("() => { window.jupyterapp.commands.execute('docmanager:save'); }")
        path = self.jupyter.folder / f"{name}.ipynb"
        for _ in range(100):
            if '"execution_count": 1' in path.read_text():
                break
            self.page.wait_for_timeout(100)
        return path.read_text()

    def shot(self, name, locator=None):
        SHOTS.mkdir(parents=True, exist_ok=True)
        (locator or self.page).screenshot(path=str(SHOTS / f"{name}.png"))

    def light(self):
        """Start in the light theme: JupyterLab remembers that another test chose the dark one."""
        if self.page.evaluate("() => document.body.dataset.jpThemeLight") == "false":
            self.page.evaluate(
                "() => { window.jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab"
                " Light' }); }"
            )
            self.page.wait_for_selector('body[data-jp-theme-light="true"]', state="attached", timeout=15000)
            self.page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=15000)

    def dark(self):
        """Change JupyterLab to its dark theme."""
        self.page.evaluate(
            "() => { window.jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark'"
            " }); }"
        )
        self.page.wait_for_selector('body[data-jp-theme-light="false"]', state="attached", timeout=15000)
        self.page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=15000)


@pytest.fixture
def visit(chromium, jupyter):
    """Open notebooks in a fresh context; at the end nothing may have been asked for outside, and no script
    may have failed.
    """
    context = chromium.new_context(viewport={"width": 1280, "height": 1500}, reduced_motion="reduce")
    made = Visit(context.new_page(), jupyter)

    def guard(route):
        url = route.request.url
        if url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")):
            route.continue_()
        else:
            made.outside.append(url)
            route.abort()

    context.route("**/*", guard)
    made.page.on("pageerror", lambda error: made.errors.append(str(error)))
    made.page.on("dialog", lambda dialog: (made.errors.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    yield made
    errors = list(made.errors)  # what a page throws while it is closed concerns nobody
    context.close()
    for process in made.started:
        stop(process)
    allowed = VOILA_ICONS if made.started else "nothing"
    assert [] == [url for url in made.outside if not url.startswith(allowed)]
    assert [] == [error for error in errors if not any(known in error for known in NOTEBOOK_ERRORS)]


@pytest.fixture(scope="session")
def axe_source():
    """Return axe-core's source, from npm and kept in build/ for the next time; None where it
    cannot be had.
    """
    folder = ROOT / "build" / "axe"
    script = folder / "package" / "axe.min.js"
    npm = shutil.which("npm")
    if not script.exists() and npm is not None:
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(subprocess.CalledProcessError, subprocess.TimeoutExpired):
            subprocess.run(
                [npm, "pack", "axe-core@4", "--silent"],
                cwd=folder,
                check=True,
                capture_output=True,
                timeout=90,
            )
            shutil.unpack_archive(next(folder.glob("axe-core-*.tgz")), folder, filter="data")
    return script.read_text(encoding="utf-8") if script.exists() else None


@pytest.fixture
def axe(axe_source):
    """Check the accessibility of what a selector names: returns the violations, each as a line.

    Without axe-core it finds nothing, and `test_axe_core_is_there` is skipped with the reason.
    """

    def check(page, selector):
        if axe_source is None:
            return []
        page.evaluate(axe_source)
        found = page.evaluate(
            "(selector) => axe.run(document.querySelectorAll(selector), { resultTypes: ['violations'] })",
            selector,
        )
        lines = [
            (one["id"], one["impact"], node["html"][:200], node["failureSummary"][:300])
            for one in found["violations"]
            for node in one["nodes"]
        ]
        return [" ".join(map(str, line)) for line in lines]

    return check


SAID = "It lies on the river"
"""Words of every output that the fixture makes; no widget may leave them in a saved notebook."""


@pytest.fixture
def experiments(client):
    """Make a dataset, two experiments over it and something to say about runs."""
    dataset = client.datasets.create(
        name="capitals",
        examples=[{"question": f"Capital of country {i}?", "topic": "geo"} for i in range(30)],
    )
    ids = client.datasets.examples(dataset)["id"].tolist()
    for name, shift in (("baseline-v1", 0), ("candidate-v2", 3)):
        right = [(i * 7 + shift) % 10 < 7 for i in range(30)]
        runs = [
            {
                "example_id": example,
                "output": f"The capital is {'Paris' if ok else 'Lyon'}.\n{SAID} {name}.",
                "eval.correctness.label": "correct" if ok else "incorrect",
                "eval.correctness.explanation": f"It {'names' if ok else 'misses'} the capital.",
                "model": name,
            }
            for example, ok in zip(ids, right, strict=True)
        ]
        client.experiments.create(name=name, dataset=dataset, runs=runs)
    client.annotation_configs.create(name="quality", type="categorical", values=["correct", "incorrect"])
    return dataset
