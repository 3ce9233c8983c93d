"""Firefox and WebKit, driven by what they bring themselves: WebDriver BiDi, and WebKitGTK's WebDriver.

Playwright drives builds of its own only, and those cannot be had everywhere; the browsers of a Linux
distribution can. Both engines are asked the same: open an address, run a script in the page, press keys.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import requests

from .conftest import free_port, stop

KEYS = {"Enter": "\ue007", "ArrowUp": "\ue013", "ArrowDown": "\ue015", "Escape": "\ue00c", "Tab": "\ue004"}
"""Keys as WebDriver writes them."""


def until(ask, what, timeout_s=60.0):
    """Ask again until the answer is true; returns it."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        found = ask()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"never seen: {what}")


class Engine:
    """What both engines can be asked."""

    def press(self, *keys):
        """Press keys one after the other: names of `KEYS`, or text that is typed."""
        for key in keys:
            self.type(KEYS.get(key, key))

    def wait(self, script, what):
        """Wait until a script's value is true; returns it."""
        try:
            return until(lambda: self.run(script), what)
        except AssertionError:
            seen = self.run("document.body.innerText.slice(0, 2000)")
            raise AssertionError(f"never seen in {self.name}: {what}; the page says {seen!r}") from None


class WebKit(Engine):
    """WebKitGTK's MiniBrowser through its own driver, which speaks W3C WebDriver over HTTP."""

    name = "WebKitGTK"

    def __init__(self, folder):
        port = free_port()
        browser = next(Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser"))
        environ = {
            **os.environ,
            "HOME": str(folder),
            "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
            "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
        }
        command = ["xvfb-run", "-a", "WebKitWebDriver", f"--port={port}"]
        with (folder / "webkit.log").open("w") as log:
            self._process = subprocess.Popen(command, env=environ, stdout=log, stderr=subprocess.STDOUT)
        self._base = f"http://127.0.0.1:{port}"
        until(self._is_up, "WebKitWebDriver")
        options = {"binary": str(browser), "args": ["--automation"]}
        wanted = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
        self._session = self._post("/session", wanted)["sessionId"]
        self._at = f"/session/{self._session}"
        self._post(f"{self._at}/timeouts", {"script": 30_000, "pageLoad": 60_000})

    def _is_up(self):
        try:
            return requests.get(f"{self._base}/status", timeout=2).ok
        except requests.ConnectionError:
            return False

    def _post(self, path, body):
        reply = requests.post(self._base + path, json=body, timeout=120).json()["value"]
        if isinstance(reply, dict) and "error" in reply:
            raise RuntimeError(f"{reply['error']}: {reply.get('message')}")
        return reply

    def open(self, address):
        """Open an address, and wait until it is loaded."""
        self._post(f"{self._at}/url", {"url": address})

    def run(self, script):
        """Return the value of an expression in the page."""
        return self._post(f"{self._at}/execute/sync", {"script": f"return {script}", "args": []})

    def type(self, text):
        """Press the keys of a text."""
        actions = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        self._post(f"{self._at}/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def close(self):
        """End the session, the browser and its screen."""
        requests.delete(self._base + self._at, timeout=30)
        stop(self._process)


class Firefox(Engine):
    """Firefox through WebDriver BiDi, which it speaks by itself."""

    name = "Firefox"

    def __init__(self, folder):
        import websocket

        port = free_port()
        profile = folder / "profile"
        profile.mkdir()
        command = [firefox_path(), "--headless", "--no-remote", "--profile", str(profile)]
        command.append(f"--remote-debugging-port={port}")
        environ = {**os.environ, "HOME": str(folder)}
        with (folder / "firefox.log").open("w") as log:
            self._process = subprocess.Popen(command, env=environ, stdout=log, stderr=subprocess.STDOUT)
        until(lambda: "BiDi listening" in (folder / "firefox.log").read_text(), "Firefox")
        self._socket = websocket.create_connection(
            f"ws://127.0.0.1:{port}/session", timeout=120, suppress_origin=True
        )
        self._numbers = itertools.count(1)
        self._ask("session.new", capabilities={})
        self._context = self._ask("browsingContext.create", type="tab")["context"]

    def _ask(self, method, **params):
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            reply = json.loads(self._socket.recv())
            if reply.get("id") == number:
                if reply["type"] == "error":
                    raise RuntimeError(f"{reply['error']}: {reply['message']}")
                return reply["result"]

    def open(self, address):
        """Open an address, and wait until it is loaded."""
        self._ask("browsingContext.navigate", context=self._context, url=address, wait="complete")

    def run(self, script):
        """Return the value of an expression in the page, which JSON can hold."""
        found = self._ask(
            "script.evaluate",
            expression=f"JSON.stringify({script})",
            target={"context": self._context},
            awaitPromise=True,
        )
        if found["type"] != "success":
            raise RuntimeError(found["exceptionDetails"]["text"])
        value = found["result"].get("value")
        return None if value is None else json.loads(value)

    def type(self, text):
        """Press the keys of a text."""
        actions = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        keys = [{"type": "key", "id": "keys", "actions": actions}]
        self._ask("input.performActions", context=self._context, actions=keys)

    def close(self):
        """End the browser."""
        self._socket.close()
        stop(self._process)


def firefox_path():
    """Return a Firefox of this machine, or None."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


def missing(engine):
    """Say why an engine cannot be had here; None where it can."""
    if engine is Firefox:
        return None if firefox_path() else "no Firefox here: install firefox-esr"
    needed = [name for name in ("WebKitWebDriver", "xvfb-run") if shutil.which(name) is None]
    if needed or not list(Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser")):
        return "no WebKitGTK with its driver here: install webkit2gtk-driver and xvfb"
    return None
