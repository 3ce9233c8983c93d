"""The drills of `make proof` against the local workspace, in short: the same attacks, few of each."""

from __future__ import annotations

import os

import pytest
from fault_proxy import FAULTS
from server_drills import FaultDrill, RestFuzz, flight_fuzz, load
from server_probe import Probe

from arize_nb.workspace.local_server import LocalServer


@pytest.fixture(scope="module")
def probe():
    """A server process of this file's own."""
    with LocalServer() as server:
        probe = Probe(server)
        yield probe
        probe.close()


def test_nonsense_over_rest(probe):
    """Requests made from the schema, with nonsense in places, are answered by 2xx or by a problem document of
    4xx.
    """
    tally = RestFuzz(probe, 5).run(300)
    assert [] == tally.failures
    assert tally.answers[200] + tally.answers[201] > 20
    assert "Traceback" not in probe.log()


def test_changed_bytes_over_flight(probe):
    """Uploads with changed bytes are taken or refused."""
    assert [] == flight_fuzz(probe, 5, 150).failures
    assert probe.is_alive()


def test_broken_exchanges(probe, tmp_path):
    """Through a proxy that breaks exchanges in every way once, operations succeed whole or end in one clear
    line.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name, value in probe.server.env().items():
            patch.setenv(name, value)
        drill = FaultDrill(probe, 5, tmp_path, os.environ)
        tally = drill.run(len(FAULTS))
        drill.close()
    assert [] == tally.failures
    assert tally.answers["success"] + tally.answers["clear error"] > len(FAULTS) // 2


def test_many_clients_at_once(probe):
    """Sixteen clients that read, search, write and delete get no error."""
    tally = load(probe, 5, clients=16, seconds=3)
    assert [] == tally.failures
    assert tally.tried > 20
