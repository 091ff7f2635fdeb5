"""Draw a rule's page for a terminal: wrapped lines, no marks of Markdown."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["draw_page"]

_WIDEST = 100
_BOLD, _CODE, _END = "\033[1m", "\033[36m", "\033[0m"
_BLOCK = re.compile(r"^```.*?^```$|^    .*?(?=\n\S|\Z)", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(
    r"`(?P<code>[^`]+)`|\*\*(?P<bold>[^*]+)\*\*|<(?P<address>https?://[^>]+)>"
    r"|\[(?P<text>[^]]+)\]\((?P<link>[^)]+)\)"
)
_ITEM = re.compile(r"(?:[-*]|\d+\.) ")


def draw_page(page: str, width: int) -> str:
    """Return a page for a terminal of so many columns, with bold and colored words.

    Blocks of code and tables keep their lines.
    """
    drawn = "\n".join(_drawn(page, min(width, _WIDEST)))
    return re.sub(r"\n{3,}", "\n\n", drawn).strip() + "\n"


def _drawn(page: str, width: int) -> Iterator[str]:
    position = 0
    for block in _BLOCK.finditer(page):
        yield from _paragraphs(page[position : block.start()], width)
        lines = [line for line in block[0].splitlines() if not line.startswith("```")]
        yield from textwrap.indent(textwrap.dedent("\n".join(lines)), "    ").split(
            "\n"
        )
        position = block.end()
    yield from _paragraphs(page[position:], width)


def _paragraphs(text: str, width: int) -> Iterator[str]:
    for paragraph in re.split(r"\n(?:[ \t]*\n)+", text):
        lines = paragraph.strip("\n").splitlines()
        if not lines:
            yield ""
        elif lines[0].startswith("#"):
            yield from ("", f"{_BOLD}{lines[0].lstrip('# ')}{_END}", "")
        elif lines[0].startswith("|"):
            yield from map(_inline, lines)
        else:
            for item in _items(lines):
                indent = "  " if _ITEM.match(item) else ""
                yield from _wrapped(item, width, indent)
            yield ""


def _items(lines: list[str]) -> Iterator[str]:
    """Yield each item of a list, or the one text of a paragraph, on one line."""
    begun: list[str] = []
    for line in lines:
        if _ITEM.match(line) and begun:
            yield " ".join(begun)
            begun = []
        begun.append(line.strip())
    yield " ".join(begun)


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    """Break a text by what will be seen of it, then color its words."""
    joined = _INLINE.sub(lambda match: match[0].replace(" ", "\0"), text)
    lines = textwrap.wrap(
        joined,
        width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [_inline(line.replace("\0", " ")) for line in lines]


def _inline(text: str) -> str:
    return _INLINE.sub(_painted, text)


def _painted(match: re.Match[str]) -> str:
    if match["code"]:
        return f"{_CODE}{match['code']}{_END}"
    if match["bold"]:
        return f"{_BOLD}{match['bold']}{_END}"
    if match["address"]:
        return match["address"]
    return f"{match['text']} ({match['link']})"
