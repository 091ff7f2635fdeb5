"""Servers that fail, lie or are hostile, and the credentials that none may get."""

from __future__ import annotations

import io
import ssl
import threading
import time
from typing import TYPE_CHECKING, Callable

import pytest
from index_server import serving

from abi3build.index import transfer
from abi3build.index.access import Access, read_access
from abi3build.index.project_page import read_project
from abi3build.index.transfer import TransferError, Transfers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from index_server import Handler, Index

DATA = bytes(range(256)) * 8


@pytest.fixture
def index() -> Iterator[Index]:
    """Serve an index."""
    with serving() as started:
        yield started


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let no test wait; return how long each pause would have been."""
    waited: list[float] = []
    here, really_sleep = threading.get_ident(), time.sleep

    def sleep(seconds: float) -> None:
        # An index of another test may still be sending in a thread of its own.
        if threading.get_ident() == here:
            waited.append(seconds)
        else:
            really_sleep(seconds)

    monkeypatch.setattr(time, "sleep", sleep)
    return waited


def transfers(index: Index, timeout: float = 5.0) -> Transfers:
    """Make transfers that know this index alone."""
    return Transfers(Access((f"{index.address}/simple",), timeout=timeout))


def saved(index: Index, answer: Callable[[Handler], None], limit: int = 4096) -> bytes:
    """Fetch one file to the end, with a timeout that tests can wait for."""
    index.pages["/file"] = answer
    stream = io.BytesIO()
    transfers(index, 0.5).save(f"{index.address}/file", stream, limit)
    return stream.getvalue()


def test_failures_that_pass_are_tried_again(index: Index, pauses: list[float]) -> None:
    def sometimes(request: Handler) -> None:
        tries = len(index.asked)
        if tries == 1:
            request.send(b"", status=503, Retry_After="7")
        elif tries == 2:
            request.send(DATA[:100], Content_Length=str(len(DATA)))
        elif tries == 3:
            request.connection.close()
        else:
            request.send(DATA)

    assert saved(index, sometimes) == DATA
    assert pauses == [7.0, 1.0, 2.0]


def drip(request: Handler) -> None:
    """Send a byte now and then, for ever."""
    request.send_response(200)
    request.end_headers()
    try:
        while True:
            request.wfile.write(b"x" * 65536)
    except OSError:
        pass


FAULTS = [
    pytest.param(
        lambda request: request.send(b"", status=500),
        "HTTP 500 Internal Server Error, 4 times: try again later",
        id="broken",
    ),
    pytest.param(
        lambda request: request.send(DATA[:9], Content_Length="10"),
        "the response ended after 9 of 10 bytes, 4 times: try again later",
        id="truncated",
    ),
    pytest.param(
        lambda request: request.connection.close(),
        "no connection (Remote end closed connection without response), 4 times: check"
        " the network and the proxy (HTTPS_PROXY), or try again later",
        id="closed",
    ),
    pytest.param(
        lambda request: time.monotonic() and request.rfile.read(1),
        "no response in time, 4 times: try again later",
        id="silent",
    ),
    pytest.param(
        lambda request: request.send(b"", status=401),
        "HTTP 401 Unauthorized: check the credentials in pip's configuration or in"
        " netrc",
        id="unauthorized",
    ),
    pytest.param(
        lambda request: request.send(DATA * 3),
        "6144 bytes, but at most 4096 are expected",
        id="larger-than-expected",
    ),
    pytest.param(drip, "more than 4096 bytes, the most that is expected", id="endless"),
    pytest.param(
        lambda request: request.send(b"", status=302, Location="file:///etc/passwd"),
        "HTTP 302 Found - Redirection to url 'file:///etc/passwd' is not allowed: check"
        " the URL of the index",
        id="redirected-to-a-file",
    ),
    pytest.param(
        lambda request: request.send(b"", status=302, Location="/file"),
        "HTTP 302 The HTTP server returned a redirect error that would lead to an"
        " infinite loop.: check the URL of the index",
        id="redirected-for-ever",
    ),
]


@pytest.mark.usefixtures("pauses")
@pytest.mark.parametrize(("answer", "text"), FAULTS)
def test_faults_are_said(
    index: Index, answer: Callable[[Handler], None], text: str
) -> None:
    with pytest.raises(TransferError) as raised:
        saved(index, answer)
    assert str(raised.value) == f"{index.address}/file: {text}"


def test_a_server_that_is_too_slow_is_left(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "_LONGEST_TRANSFER", 0.0)
    with pytest.raises(TransferError, match="within 0 seconds, the server is too slow"):
        saved(index, lambda request: request.send(DATA))


def test_a_stop_from_another_thread_ends_what_is_on_its_way(index: Index) -> None:
    known = transfers(index)

    def answer(request: Handler) -> None:
        known.stop()
        request.send(DATA)

    index.pages["/file"] = answer
    with pytest.raises(TransferError, match="the audit was stopped"):
        known.save(f"{index.address}/file", io.BytesIO(), len(DATA))


def test_a_full_disk_is_no_fault_of_the_server(index: Index) -> None:
    class Full(io.BytesIO):
        def write(self, _: object) -> int:
            raise OSError(28, "No space left on device")

    index.pages["/file"] = lambda request: request.send(DATA)
    with pytest.raises(TransferError) as raised:
        transfers(index).save(f"{index.address}/file", Full(), len(DATA))
    assert str(raised.value) == (
        "a wheel cannot be stored while it is read: No space left on device: name"
        " another directory with --cache-dir"
    )


def test_secrets_in_addresses_are_not_shown(index: Index) -> None:
    address = f"{index.address}/file?token=secret#secret"
    with pytest.raises(TransferError) as raised:
        transfers(index).get(address, "*/*", 1)
    assert (
        str(raised.value) == f"{index.address}/file: HTTP 404 Not Found: check the name"
    )


def test_anchors_that_are_no_addresses_are_passed_by(index: Index) -> None:
    body = b'<base href="http://[x"><a href="http://[y">a</a><a href="b.whl">b</a>'
    index.pages["/simple/x/"] = lambda request: request.send(body, "text/html")
    (file,) = read_project(transfers(index), f"{index.address}/simple", "x")
    assert file.address == f"{index.address}/simple/x/b.whl"


@pytest.mark.usefixtures("pauses")
def test_a_server_that_is_not_there_is_said() -> None:
    with serving() as index:
        pass
    address = f"{index.address}/file"
    with pytest.raises(TransferError) as raised:
        transfers(index).save(address, io.BytesIO(), 1)
    assert str(raised.value) == (
        f"{address}: no connection (Connection refused), 4 times: check the network"
        " and the proxy (HTTPS_PROXY), or try again later"
    )


PAGES = [
    pytest.param(b"{", "application/json", id="no-json"),
    pytest.param(b"[1]", "application/json", id="a-list"),
    pytest.param(b'{"files": [{}]}', "application/json", id="no-names"),
    pytest.param(b'{"files": 1}', "application/json", id="a-number"),
    pytest.param(b"[" * 100_000, "application/json", id="too-deep"),
    pytest.param(b"\xff", "application/json", id="no-text"),
]


@pytest.mark.parametrize(("body", "kind"), PAGES)
def test_pages_that_are_not_as_described_are_said(
    index: Index, body: bytes, kind: str
) -> None:
    index.pages["/simple/x/"] = lambda request: request.send(body, kind)
    with pytest.raises(TransferError) as raised:
        read_project(transfers(index), f"{index.address}/simple", "x")
    assert str(raised.value) == (
        f"{index.address}/simple/x/: not the JSON that PEP 691 describes: check the URL"
        " of the index"
    )


def test_credentials_reach_their_own_index_and_no_other(
    index: Index, tmp_path: Path
) -> None:
    with serving() as other:
        other.pages["/file"] = lambda request: request.send(DATA)
        index.pages["/near"] = lambda request: request.send(
            b"", status=302, Location="/own"
        )
        index.pages["/own"] = lambda request: request.send(DATA)
        index.pages["/far"] = lambda request: request.send(
            b"", status=302, Location=f"{other.address}/file"
        )
        secret = index.address.replace("://", "://user:p%40ss@")
        access = read_access(
            {
                "PIP_INDEX_URL": f"{secret}/simple",
                "PIP_CONFIG_FILE": "/dev/null",
                "NETRC": str(tmp_path / "none"),
            }
        )
        assert access.indexes == (f"{index.address}/simple",)
        known = Transfers(access)
        for path in ("near", "far"):
            known.get(f"{index.address}/{path}", "*/*", len(DATA))
        known.get(f"{other.address}/file", "*/*", len(DATA))
    assert index.authorizations == ["Basic dXNlcjpwQHNz"] * 3
    assert other.authorizations == ["", ""]


def test_certificates_are_verified_and_may_be_chosen(tmp_path: Path) -> None:
    trustme = pytest.importorskip("trustme")
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusted = tmp_path / "trusted.pem"
    authority.cert_pem.write_to_path(str(trusted))
    with serving(context) as index:
        index.pages["/file"] = lambda request: request.send(DATA)
        address = f"{index.address}/file"
        with pytest.raises(TransferError) as raised:
            transfers(index).get(address, "*/*", len(DATA))
        assert str(raised.value) == (
            f"{address}: unable to get local issuer certificate: set cert in pip's"
            " configuration to the certificates to trust"
        )
        chosen = Transfers(Access((), certificates=str(trusted)))
        assert chosen.get(address, "*/*", len(DATA)).body == DATA
        with serving() as plain:
            index.pages["/down"] = lambda request: request.send(
                b"", status=302, Location=f"{plain.address}/file"
            )
            with pytest.raises(TransferError, match=", which is not safe"):
                chosen.get(f"{index.address}/down", "*/*", len(DATA))
