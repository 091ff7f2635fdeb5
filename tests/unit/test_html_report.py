"""``--format html``: one page, read back with the standard library's parser."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

from calling import run, write_wheel
from reporting import BAD, GOOD, HOSTILE, error, image, made_report, run_over
from reporting import write_wheels as write_both

from abi3build.reports.html import Cell, grid_of, render_html
from abi3build.versions import Promise, PythonVersion

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


_VOID = {"meta", "br"}


class Page(HTMLParser):
    """Hold the tags of a page, what it points to, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: set[str] = set()
        self.ids: set[str] = set()
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a tag in; one that could act is a failure."""
        self.tags.add(tag)
        for name, value in attrs:
            assert not name.startswith("on"), name
            assert name not in {"src", "style"}, name
            if name == "href":
                self.links.add(value or "")
            if name == "id":
                self.ids.add(value or "")
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Every tag that is opened is closed, in turn."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Take words in."""
        self.words.append(data)


def test_page_holds_all_and_asks_for_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    good, bad = write_both(tmp_path)
    status, out, err = run(capsys, "audit", "--format", "html", good, bad, "gone")
    assert status == 3
    page = Page(out)
    assert not page.tags & {"script", "link", "img", "iframe", "object", "form"}
    assert "default-src 'none'" in out
    assert "url(" not in out
    assert "@import" not in out
    inside = {link[1:] for link in page.links if link.startswith("#")}
    assert inside == {"ABI101", "ABI102"} == page.ids
    assert {link for link in page.links if not link.startswith("#")} == {
        f"https://github.com/abi3build/abi3build/blob/main/docs/rules.md#{rule}"
        for rule in ("abi101-unstable-symbol", "abi102-newer-symbol")
    }
    for text in ("1 of 2 keep their promise", GOOD, BAD, "PyFrame_GetCode", err[18:-1]):
        assert text in page.words or any(text in words for words in page.words), text


def test_hostile_names_are_text(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    members = {f"{name}/x.abi3.so": b"no image" for name in HOSTILE}
    path = write_wheel(tmp_path / BAD, members)
    _, out, _ = run(capsys, "audit", "--format", "html", path)
    page = Page(out)
    assert "script" not in page.tags
    assert "b" not in page.tags
    assert "`|<script>alert(1)</script>/x.abi3.so" in page.words


def test_grid_says_what_each_python_would_do() -> None:
    images = [
        image("a.abi3.so", "3.2"),
        image("b.abi3.so", "3.12", "x86_64"),
        image("b.abi3.so", "3.11", "arm64"),
        image("demo/core.abi3.so", "3.2"),
    ]
    never = error("_PyFoo", code="ABI101")
    until_3_14 = error("Py_tp_token", code="ABI501")._replace(
        file="b.abi3.so", architecture="arm64", settled_by=PythonVersion(3, 14)
    )
    report = made_report([never, until_3_14], images, floor="3.11")
    grid = grid_of(report)
    assert grid.pythons == ("3.11", "3.12", "3.13", "3.14", "3.15")
    kept, later, broken = Cell.KEPT, Cell.LATER, Cell.BROKEN
    assert [(row.file, row.kind, row.cells) for row in grid.rows] == [
        ("a.abi3.so", "ELF x86_64", (kept,) * 5),
        ("b.abi3.so", "ELF x86_64", (later, *[kept] * 4)),
        ("b.abi3.so", "ELF arm64", (*[later] * 3, kept, kept)),
        ("demo/core.abi3.so", "ELF x86_64", (broken,) * 5),
    ]


def test_images_without_cpython_are_counted_behind_the_findings() -> None:
    library = image("demo/libz.so", "3.2")._replace(
        stable_symbols=0, python_libraries=()
    )
    bad = library._replace(file="demo/libbad.so")
    finding = error("x")._replace(file=bad.file)
    report = made_report([finding], [image("a.abi3.so", "3.2"), library, bad])
    assert [row.file for row in grid_of(report).rows] == ["a.abi3.so", bad.file]
    text = render_html(run_over(report))
    assert "1 further image uses nothing of CPython." in Page(text).words
    assert text.index(">what</th>") < text.index('class="grid"')


def test_grid_has_the_free_threaded_builds_that_are_promised() -> None:
    report = made_report(images=[image("a.abi3t.so", "3.15")], floor="3.15")
    for gil_enabled, pythons in ((True, ("3.15", "3.15t")), (False, ("3.15t",))):
        promise = Promise(PythonVersion(3, 15), True, gil_enabled)  # noqa: FBT003
        assert grid_of(report._replace(promise=promise)).pythons == pythons


def test_origin_and_slice_are_named() -> None:
    finding = error("PyFoo", origin="src/a.c:41 in encode()")
    page = Page(render_html(run_over(made_report([finding]))))
    assert "src/a.c:41 in encode()" in page.words


def test_the_python_that_a_name_serves_has_no_cross() -> None:
    """ABI301 is about the others; with a second fault no Python is served."""
    file = "demo/core.cpython-313-x86_64-linux-gnu.so"
    named = error("core")._replace(code="ABI301", file=file)
    images = [image(file, "3.2")]
    report = made_report([named], images, floor="3.12")
    assert grid_of(report).rows[0].cells == (
        Cell.BROKEN,
        Cell.KEPT,
        Cell.BROKEN,
        Cell.BROKEN,
    )
    worse = made_report([named, error("x")._replace(file=file)], images, floor="3.12")
    assert set(grid_of(worse).rows[0].cells) == {Cell.BROKEN}
