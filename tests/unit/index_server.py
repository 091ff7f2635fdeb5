"""A package index of one's own on this machine: real requests, planted faults."""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Handler", "Index", "page_of", "serving"]

JSON = "application/vnd.pypi.simple.v1+json"


class Handler(BaseHTTPRequestHandler):
    """Hand each request to the page of its path."""

    index: Index

    def do_GET(self) -> None:
        """Answer, and remember what was asked for."""
        wanted = self.headers.get("Range", "")
        self.index.asked.append((self.path, wanted))
        self.index.authorizations.append(self.headers.get("Authorization", ""))
        answer = self.index.pages.get(self.path)
        if answer is None:
            self.send(b"", status=404)
        else:
            answer(self)

    def send(
        self,
        body: bytes,
        kind: str = "application/octet-stream",
        status: int = 200,
        **headers: str,
    ) -> None:
        """Send an answer; headers may be set to what is not true."""
        given = {"Content_Type": kind, "Content_Length": str(len(body)), **headers}
        self.send_response(status)
        for name, value in given.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
        """Say nothing on standard error."""


class Index:
    """Hold the pages by their paths, and what was asked for."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.pages: dict[str, Callable[[Handler], None]] = {}
        self.asked: list[tuple[str, str]] = []
        self.authorizations: list[str] = []

    def publish(self, project: str, *wheels: Path, **extra: object) -> None:
        """Put wheels on a project's page, as PEP 691 and PEP 700 describe."""
        files = []
        for wheel in wheels:
            data = wheel.read_bytes()
            self.pages[f"/files/{wheel.name}"] = partial(Handler.send, body=data)
            entry = {
                "filename": wheel.name,
                "url": f"../../files/{wheel.name}",
                "hashes": {"sha256": hashlib.sha256(data).hexdigest()},
                "size": len(data),
                **extra,
            }
            files.append(entry)
        self.pages[f"/simple/{project}/"] = page_of(files)


def page_of(files: object) -> Callable[[Handler], None]:
    """Make the page of a project."""
    document = {"meta": {"api-version": "1.1"}, "name": "x", "files": files}
    body = json.dumps(document).encode()
    return lambda request: request.send(body, JSON)


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[Index]:
    """Serve an index that is empty at first."""
    handler = type("OwnHandler", (Handler,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        scheme = "http"
        if context is not None:
            scheme = "https"
            server.socket = context.wrap_socket(server.socket, server_side=True)
        index = Index(f"{scheme}://127.0.0.1:{server.server_port}")
        handler.index = index  # type: ignore[attr-defined] # made above
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield index
        finally:
            server.shutdown()
            thread.join()
