"""The html report in a real browser: whole, harmless, light, dark and on paper."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

import pytest

from make_pictures import BAD, PICTURES, audit, chromium, draw_all, screenshot
from workbench.kits import ROOT
from workbench.planted_wheels import write_wheel

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.lab("chromium")

LIGHT, DARK = (255, 255, 255), (13, 17, 23)


def pixels(picture: Path) -> tuple[tuple[int, int], tuple[int, int, int]]:
    """Return a picture's size and its first pixel, which no filter of PNG changes."""
    data = picture.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, depth, color = struct.unpack_from(">2I2B", data, 16)
    assert (depth, color) in {(8, 2), (8, 6)}
    packed, at = b"", 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        if data[at + 4 : at + 8] == b"IDAT":
            packed += data[at + 8 : at + 8 + length]
        at += 12 + length
    row = zlib.decompress(packed)
    return (width, height), (row[1], row[2], row[3])


def test_pictures_of_the_documentation_are_made(tmp_path: Path) -> None:
    drawn = draw_all(tmp_path)
    assert [path.name for path in drawn] == list(PICTURES)
    for path in drawn:
        size, corner = pixels(path)
        assert (size, corner) == pixels(ROOT / "docs" / "images" / path.name)
        assert corner == (DARK if PICTURES[path.name].dark else LIGHT)
        assert 10_000 < path.stat().st_size < 200_000


def test_names_in_a_wheel_stay_text(tmp_path: Path) -> None:
    wheel = write_wheel(BAD, tmp_path)
    with zipfile.ZipFile(wheel, "a") as archive:
        script = "<script>document.title='taken'</script><img src=x onerror=alert(1)>"
        archive.writestr(f"{script}.abi3.so", b"no image")
    page = tmp_path / "page.html"
    page.write_text(audit(wheel, "html"), encoding="utf-8")
    document = chromium("--dump-dom", page.as_uri())
    assert "<title>abi3build: 0 of 1 keep their promise</title>" in document
    tags = set(re.findall(r"<([a-z0-9]+)", document))
    assert not tags & {"script", "img"}
    assert "&lt;img src=x onerror=alert(1)&gt;" in document
    # What the browser made of the page is what was written: nothing had to be mended.
    for tag in ("section", "table", "tr", "td", "th", "li", "article", "code"):
        assert document.count(f"<{tag}") == page.read_text("utf-8").count(f"<{tag}")


def test_no_script_and_no_request_is_allowed_even_where_an_escape_is_missing(
    tmp_path: Path,
) -> None:
    text = audit(write_wheel(BAD, tmp_path), "html")
    secret = tmp_path / "secret.css"
    secret.write_text("body { background: #f00; }", encoding="utf-8")
    planted = (
        "<script>document.title = 'taken'</script>"
        f'<link rel="stylesheet" href="{secret.as_uri()}">'
    )
    page = tmp_path / "page.html"
    page.write_text(text.replace("<main>", f"<main>{planted}"), encoding="utf-8")
    document = chromium("--dump-dom", page.as_uri())
    assert "<title>abi3build: 0 of 1 keep their promise</title>" in document
    screenshot(page, tmp_path / "page.png", (600, 400))
    assert pixels(tmp_path / "page.png")[1] == LIGHT


def test_page_can_be_printed(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(audit(write_wheel(BAD, tmp_path), "html"), encoding="utf-8")
    chromium(f"--print-to-pdf={tmp_path / 'page.pdf'}", page.as_uri())
    printed = (tmp_path / "page.pdf").read_bytes()
    assert printed.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) in range(1, 5)
