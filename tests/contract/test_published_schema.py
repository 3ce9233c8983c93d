"""The embedded server's schema against the published one, as it stands in the official SDK's generated
client.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

import pytest

from arize_nb.server.rest.app import make_app

from .conftest import OFFICIAL, official

pytestmark = pytest.mark.contract

SERVED = ("spaces", "projects", "datasets", "experiments", "annotation-configs", "tags")
OURS_TOO = {"403", "413"}
"""A request that is not from this machine, and a body that is too long: of no concern to the published
schema.
"""
KNOWN = {("POST", "/v2/projects"): {"404"}, ("PATCH", "/v2/projects/{}"): {"409"}}
"""Statuses that it leaves out where it names them for datasets: an unknown space, a name that is taken."""


@dataclass(frozen=True)
class Operation:
    """What a client may send and get."""

    statuses: frozenset[str]
    queries: frozenset[str]


def path_of(text: str) -> str:
    """Return a path without the names of its parameters."""
    return re.sub(r"\{[^}]*\}", "{}", text)


def published() -> dict[tuple[str, str], Operation]:
    """Read the operations out of the generated client's sources."""
    official("python")
    found = {}
    for source in OFFICIAL.glob("lib/python3*/site-packages/arize/_generated/api_client/api/*_api.py"):
        statuses = {}
        for function in (
            node for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.FunctionDef)
        ):
            for node in ast.walk(function):
                if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "_response_types_map":
                    statuses[function.name] = frozenset(ast.literal_eval(node.value))
            if not function.name.endswith("_serialize"):
                continue
            text = ast.unparse(function)
            method, path = re.search(r"method='(\w+)', resource_path='([^']+)'", text).groups()
            found[method, path_of(path)] = Operation(
                statuses[function.name.removeprefix("_").removesuffix("_serialize")],
                frozenset(re.findall(r"_query_params\.append\(\('([^']+)'", text)),
            )
    assert found, "the official SDK keeps its generated client somewhere else by now"
    return {place: operation for place, operation in found.items() if place[1].split("/")[2] in SERVED}


def ours() -> dict[tuple[str, str], Operation]:
    """Read the operations of the embedded server."""
    paths = make_app(None, "no key").openapi()["paths"]
    return {
        (method.upper(), path_of(path)): Operation(
            frozenset(operation["responses"]),
            frozenset(item["name"] for item in operation.get("parameters", ()) if item["in"] == "query"),
        )
        for path, operations in paths.items()
        for method, operation in operations.items()
        if path.split("/")[2] in SERVED
    }


def test_every_published_operation_is_served_and_no_other():
    """Of the resources that it has at all."""
    assert published().keys() == ours().keys()


def test_successes_are_the_published_ones():
    """The Python client returns None for a 2xx that its schema does not name."""
    theirs, mine = published(), ours()
    for place, operation in theirs.items():
        assert {status for status in operation.statuses if status < "3"} == {
            status for status in mine[place].statuses if status < "3"
        }, place


def test_refusals_are_the_published_ones():
    """No status that the published schema does not name for the operation, but for those listed above."""
    theirs, mine = published(), ours()
    beyond = {place: mine[place].statuses - theirs[place].statuses - OURS_TOO for place in theirs}
    assert KNOWN == {place: set(statuses) for place, statuses in beyond.items() if statuses}


def test_every_published_parameter_is_known():
    """No query parameter of a client is passed over."""
    theirs, mine = published(), ours()
    for place, operation in theirs.items():
        assert operation.queries <= mine[place].queries, place
