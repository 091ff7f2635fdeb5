"""Pages of an index that would take hours or gigabytes, and servers that only drip."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Callable

import pytest
from index_server import JSON, serving

from abi3build.errors import UsageError
from abi3build.index import project_page, transfer
from abi3build.index.access import Access, read_access
from abi3build.index.page_links import read_link_tags
from abi3build.index.project_page import (
    parse_wanted,
    read_project,
    wheels_of_releases,
)
from abi3build.index.published_wheels import default_folder
from abi3build.index.transfer import TransferError, Transfers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from index_server import Handler, Index

WHEEL = "demo-1.0-cp39-abi3-linux_x86_64.whl"


@pytest.fixture
def index() -> Iterator[Index]:
    """Serve an index."""
    with serving() as started:
        yield started


def read(index: Index, body: bytes, kind: str) -> list[str]:
    """Read a page of the project x; return the addresses of its files."""
    index.pages["/simple/x/"] = lambda request: request.send(body, kind)
    transfers = Transfers(Access((), timeout=5.0))
    files = read_project(transfers, f"{index.address}/simple", "x")
    return [file.address for file in files]


def drip_body(request: Handler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "60000")
    request.end_headers()
    drip_slowly(request)


def drip_slowly(request: Handler) -> None:
    """Send a byte now and then, each long before any silence is too long."""
    try:
        for _ in range(600):
            request.wfile.write(b" ")
            request.wfile.flush()
            time.sleep(0.05)
    except OSError:
        pass


def drip_headers(request: Handler) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    drip_slowly(request)


@pytest.mark.parametrize("answer", [drip_body, drip_headers])
def test_a_server_that_drips_is_left_after_the_limit(
    index: Index, monkeypatch: pytest.MonkeyPatch, answer: Callable[[Handler], None]
) -> None:
    monkeypatch.setattr(transfer, "_LONGEST_TRANSFER", 0.5)
    index.pages["/x/"] = answer
    with pytest.raises(TransferError) as raised:
        Transfers(Access((), timeout=3.0)).get(f"{index.address}/x/", "*/*", 1 << 20)
    assert str(raised.value) == (
        f"{index.address}/x/: no complete response within 0 seconds, the server is too"
        " slow: try again later"
    )


def test_links_are_read_as_browsers_read_them() -> None:
    page = (
        "<!doctype html><base href='../'><!-- <a href=comment> --><A\nHREF=one data-x>"
        '<script><a href="script"></SCRIPT><a data-yanked="a > b" href="t&amp;o" href>'
        "<abbr href=no><a><a/href=three/><a href='open"
    )
    assert [(tag.name, tag.attributes) for tag in read_link_tags(page)] == [
        ("base", {"href": "../"}),
        ("a", {"href": "one"}),
        ("a", {"data-yanked": "a > b", "href": "t&o"}),
        ("a", {}),
        ("a", {"href": "three/"}),
    ]


@pytest.mark.parametrize(
    "repeated",
    ["<a ", "<a x=", '<a x="', "<a x='", "<!--", "<script>", "<a href=&#1", "<"],
)
def test_no_place_of_a_page_is_looked_at_again(repeated: str) -> None:
    # Seconds with one pass; hours if each beginning looks to the end of the page.
    assert not list(read_link_tags(repeated * 200_000))


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        pytest.param(
            b'{"files":[' + b"{}," * 600_000 + b"{}]}",
            JSON,
            "more than 1000000 values: check the URL of the index",
            id="json-values",
        ),
        pytest.param(
            json.dumps({"files": [{"filename": "a", "url": "b", "hashes": {}}] * 101}),
            JSON,
            "more than 100 files: check the URL of the index",
            id="json-files",
        ),
        pytest.param(
            "<a href=x>" * 101,
            "text/html",
            "more than 100 files: check the URL of the index",
            id="html-files",
        ),
        pytest.param(
            '{"files":[],"x":' + "1" * 4_000 + "}",
            JSON,
            "not the JSON that PEP 691 describes: check the URL of the index",
            id="long-integer",
        ),
    ],
)
def test_pages_that_would_fill_the_memory_are_refused(
    index: Index,
    monkeypatch: pytest.MonkeyPatch,
    body: bytes | str,
    kind: str,
    text: str,
) -> None:
    monkeypatch.setattr(project_page, "_MOST_FILES", 100)
    with pytest.raises(TransferError) as raised:
        read(index, body if isinstance(body, bytes) else body.encode(), kind)
    assert str(raised.value) == f"{index.address}/simple/x/: {text}"


def test_a_page_larger_than_any_is_not_fetched(index: Index) -> None:
    index.pages["/simple/x/"] = lambda request: request.send(
        b"", JSON, Content_Length=str(60_000_000)
    )
    with pytest.raises(TransferError, match="60000000 bytes, but at most 33554432 are"):
        read_project(Transfers(Access(())), f"{index.address}/simple", "x")


def test_names_longer_than_files_have_are_no_wheels() -> None:
    long = project_page.PublishedFile(WHEEL.replace("1.0", "1" * 5_000), "http://x/")
    short = project_page.PublishedFile(WHEEL, "http://x/")
    assert wheels_of_releases(parse_wanted("demo"), [long, short]) == [short]


def test_nothing_of_the_current_folder_is_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "pip.py").write_text('open("ran", "w")', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    read_access({"PATH": os.environ["PATH"], "NETRC": str(tmp_path / "none")})
    assert not (tmp_path / "ran").exists()


def test_python_m_loads_nothing_of_the_current_folder(tmp_path: Path) -> None:
    for name in ("json", "difflib", "zlib", "packaging"):
        (tmp_path / f"{name}.py").write_text('open("ran", "w")', encoding="utf-8")
    command = [sys.executable, "-m", "abi3build", "symbol", "PyList_New"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "ran").exists()


def test_without_a_home_directory_the_next_step_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nowhere() -> Path:
        message = "Could not determine home directory."
        raise RuntimeError(message)

    monkeypatch.setattr("pathlib.Path.home", nowhere)
    with pytest.raises(UsageError) as raised:
        default_folder({})
    assert str(raised.value) == (
        "--pypi keeps wheels in the home directory, but there is none: name another"
        " directory with --cache-dir, or use --no-cache"
    )
