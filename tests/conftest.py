"""Shared fixtures: nothing of the user's own reaches a test."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def clean_environ(monkeypatch, tmp_path_factory):
    """Give every test an empty HOME, its own data directory and no ARIZE_* variables."""
    for name in list(os.environ):
        if name.startswith(("ARIZE_", "AX_")):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("ARIZE_NB_DATA_DIR", str(home / "arize_nb"))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "share"))
    return home
