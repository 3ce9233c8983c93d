"""Serve the pages of one experiment from memory, so that only the client's work is measured: prints its
address, then serves.
"""

from __future__ import annotations

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

base, experiment = sys.argv[1:3]
session = requests.Session()
session.headers["Authorization"] = f"Bearer {os.environ['ARIZE_API_KEY']}"
path = f"/v2/experiments/{requests.utils.quote(experiment, safe='')}"
single = session.get(base + path, timeout=60).content
pages: dict[str | None, bytes] = {}
cursor = None
while True:
    reply = session.post(
        f"{base}{path}/runs/search", json={"limit": 500, **({"cursor": cursor} if cursor else {})}, timeout=60
    )
    pages[cursor] = reply.content
    cursor = reply.json()["pagination"].get("next_cursor")
    if not cursor:
        break


class Rendered(BaseHTTPRequestHandler):
    """Answer the experiment, and its pages by cursor."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.answer(single)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer(pages[body.get("cursor")])

    def answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


server = ThreadingHTTPServer(("127.0.0.1", 0), Rendered)
print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
server.serve_forever()
