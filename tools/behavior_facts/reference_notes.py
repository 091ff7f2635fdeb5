"""The notes of change in the HTML of a C API reference, by the names they stand under.

Sphinx writes ``versionchanged``, ``deprecated`` and ``versionremoved`` as a ``div`` of
that class, whose first ``span`` has the class ``versionmodified``:
https://www.sphinx-doc.org/en/master/usage/restructuredtext/directives.html#directive-versionchanged
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["ReferenceNote", "anchors_of", "reference_notes"]

_KINDS = {
    "versionchanged": "changed",
    "deprecated": "deprecated",
    "deprecated-removed": "deprecated",
    "versionremoved": "removed",
}
_VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "source", "wbr"})
_VERSION = re.compile(r"version\s+([0-9]+\.[0-9]+)")
_NAME = re.compile(r"c\.(\w+(?:\.\w+)*)")


class ReferenceNote(NamedTuple):
    """Quote one note of a reference."""

    page: str
    """Below the folder of the C API, such as ``type.html``."""

    names: tuple[str, ...]
    """The names of C under which it stands; none if it is about a section."""

    section: str
    """The anchor of the section."""

    kind: str
    """``changed``, ``deprecated`` or ``removed``."""

    version: str
    """Such as ``3.10``; empty if the note says ``next``."""

    text: str


def reference_notes(folder: Path) -> Iterator[ReferenceNote]:
    """Yield the notes of each page of a folder ``html/c-api``, sorted by page."""
    for page in sorted(folder.glob("*.html")):
        reader = _PageReader(page.name)
        reader.feed(page.read_text(encoding="utf-8"))
        yield from reader.notes


def anchors_of(page: Path) -> frozenset[str]:
    """Return the anchors that links can lead to in a page."""
    return frozenset(re.findall(r'\bid="([^"]+)"', page.read_text(encoding="utf-8")))


class _PageReader(HTMLParser):
    """Keep a stack of open elements, and the names that each list of names explains."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.notes: list[ReferenceNote] = []
        self._page = page
        self._open: list[str] = []
        self._names: list[tuple[int, list[str]]] = []
        self._sections: list[tuple[int, str]] = []
        self._note: tuple[int, str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        self._open.append(tag)
        values = {key: value or "" for key, value in attrs}
        depth, classes = len(self._open), values.get("class", "").split()
        if tag == "dl" and "c" in classes:
            self._names.append((depth, []))
        elif tag == "dt" and self._names:
            found = _NAME.fullmatch(values.get("id", ""))
            if found and depth == self._names[-1][0] + 1:
                self._names[-1][1].append(found[1])
        elif tag == "section" or "section" in classes:
            # Sphinx before 4 wrote a div of that class: the reference of 3.9.
            self._sections.append((depth, values.get("id", "")))
        elif tag == "div" and self._note is None:
            kind = next((_KINDS[each] for each in classes if each in _KINDS), "")
            if kind:
                self._note = (depth, kind, [])

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID or tag not in self._open:
            return
        while self._open.pop() != tag:
            pass
        depth = len(self._open)
        if self._note and depth < self._note[0]:
            self._finish(*self._note[1:])
            self._note = None
        while self._names and depth < self._names[-1][0]:
            self._names.pop()
        while self._sections and depth < self._sections[-1][0]:
            self._sections.pop()

    def handle_data(self, data: str) -> None:
        if self._note:
            self._note[2].append(data)

    def _finish(self, kind: str, pieces: list[str]) -> None:
        text = " ".join("".join(pieces).split())
        version = _VERSION.search(text)
        self.notes.append(
            ReferenceNote(
                self._page,
                tuple(self._names[-1][1]) if self._names else (),
                self._sections[-1][1] if self._sections else "",
                kind,
                version[1] if version else "",
                text,
            )
        )
