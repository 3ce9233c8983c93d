"""The local workspace answers anything that its schema allows, or forbids, with a status and a shape that the
schema names.
"""

from __future__ import annotations

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from arize_nb.server.rest.app import make_app

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


OPERATIONS = [
    found.ok()
    for found in schemathesis.openapi.from_dict(make_app(None, "no key").openapi()).get_all_operations()
]


class Furnished(requests.Session):
    """A server with one resource of every kind, so that generated requests also reach what exists."""

    def __init__(self, server) -> None:
        super().__init__()
        self.url = server.api_url
        self.headers["Authorization"] = f"Bearer {server.api_key}"
        space = self.get("/v2/spaces").json()["spaces"][0]
        self.ids = {
            "space_id": space["id"],
            "organization_id": space["organization_id"],
            "org_id": space["organization_id"],
        }
        self.ids["project_id"] = self.made("projects", name="p", space_id=space["id"])
        self.ids["dataset_id"] = self.made(
            "datasets", name="d", space_id=space["id"], examples=[{"question": "q", "n": 1}]
        )
        self.ids["dataset_version_id"] = self.get(f"/v2/datasets/{self.ids['dataset_id']}").json()[
            "versions"
        ][0]["id"]
        runs = [{"output": "o", "score": 1.5, "tags": ["a"]}]
        self.ids["experiment_id"] = self.made(
            "experiments", name="e", space_id=space["id"], experiment_runs=runs
        )
        self.ids["config_id"] = self.made(
            "annotation-configs", name="c", space_id=space["id"], annotation_config_type="FREEFORM"
        )
        self.ids["tag_id"] = self.made("tags", name="t", space_id=space["id"])
        self.ids["tag_ids"] = [self.ids["tag_id"]]

    def request(self, method, url, *args, **kwargs):
        """Send to this server."""
        return super().request(method, url if "://" in url else self.url + url, *args, **kwargs)

    def made(self, kind, **body):
        """Make a resource and return its id."""
        reply = self.post(f"/v2/{kind}", json=body)
        assert reply.status_code == 201, reply.text
        return reply.json()["id"]


@pytest.fixture(scope="module")
def furnished(tmp_path_factory):
    """Serve a store of this module's own."""
    from arize_nb.server.host import Host

    host = Host(tmp_path_factory.mktemp("schemathesis"))
    session = Furnished(host.start())
    yield session
    session.close()
    host.stop()


@pytest.mark.parametrize("operation", OPERATIONS, ids=[operation.label for operation in OPERATIONS])
def test_every_reply_is_one_that_the_schema_names(operation, furnished):
    """No request, well formed or not, gets a 5xx, an undocumented status, or a body of another shape."""

    @settings(
        max_examples=8,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))
    def check(case):
        for part in (case.path_parameters, case.query, case.body):
            if isinstance(part, dict):
                part.update({name: furnished.ids[name] for name in part if name in furnished.ids})
        if case.method == "DELETE" and not operation.path.endswith(("/tags", "/examples")):
            case.path_parameters = {name: f"{value}x" for name, value in case.path_parameters.items()}
        case.call_and_validate(
            base_url=furnished.url, session=furnished, headers=furnished.headers, checks=CHECKS, timeout=30
        )

    check()


def test_the_schema_wants_the_key_everywhere(furnished):
    """A request without the key is refused on every operation, and the schema says so."""
    for operation in OPERATIONS:
        path = operation.path.replace("{", "").replace("}", "")
        reply = requests.request(operation.method, furnished.url + path, timeout=30)
        assert (401, "application/problem+json") == (reply.status_code, reply.headers["content-type"])
        assert "401" in operation.definition.raw["responses"]
