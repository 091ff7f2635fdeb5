"""Turn the Markdown of rules' pages into HTML: the few forms that they use.

Headings, paragraphs, lists, tables, indented code, and in a line code, strong and
emphasized words and addresses in angle brackets.  Tests hold the result against that
of a complete Markdown library for every page.
"""

from __future__ import annotations

import html
import re

from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["page_html"]

_INLINE = re.compile(
    r"(?P<ticks>`+)(?P<code>.+?)(?P=ticks)(?!`)"
    r"|\*\*(?P<strong>.+?)\*\*"
    r"|\*(?P<em>[^*]+?)\*"
    r"|<(?P<address>https://[^<>\s]+)>",
    re.DOTALL,
)
_HEADING = re.compile(r"(#{1,4}) (.+)")
_CODE = "    "


def page_html(text: str, first_level: int) -> str:
    """Render a page whose own heading becomes one of the given level."""
    return "".join(
        f"{_block(block, first_level - 1)}\n"
        for block in text.strip("\n").split("\n\n")
    )


def _block(block: str, shift: int) -> str:
    heading = _HEADING.fullmatch(block)
    if heading:
        level = len(heading[1]) + shift
        return f"<h{level}>{_inline(heading[2])}</h{level}>"
    lines = block.split("\n")
    if all(line.startswith(_CODE) for line in lines):
        code = html.escape("\n".join(line[len(_CODE) :] for line in lines), quote=False)
        return f"<pre><code>{code}\n</code></pre>"
    if block.startswith("- "):
        items = "".join(f"<li>{_inline(item)}</li>\n" for item in _items(lines))
        return f"<ul>\n{items}</ul>"
    if block.startswith("|"):
        return _table(lines)
    return f"<p>{_inline(block)}</p>"


def _items(lines: list[str]) -> Iterator[str]:
    item: list[str] = []
    for line in lines:
        if line.startswith("- ") and item:
            yield "\n".join(item)
            item = []
        item.append(line.removeprefix("- ").strip())
    yield "\n".join(item)


def _table(lines: list[str]) -> str:
    head, _, *body = (
        [cell.strip() for cell in line.split("|")[1:-1]] for line in lines
    )
    rows = "".join(_row(cells, "td") for cells in body)
    titles = f"<thead>\n{_row(head, 'th')}</thead>"
    return f"<table>\n{titles}\n<tbody>\n{rows}</tbody>\n</table>"


def _row(cells: list[str], tag: str) -> str:
    made = "".join(f"<{tag}>{_inline(cell)}</{tag}>\n" for cell in cells)
    return f"<tr>\n{made}</tr>\n"


def _inline(text: str) -> str:
    made = []
    end = 0
    for match in _INLINE.finditer(text):
        made += [html.escape(text[end : match.start()], quote=False), _marked(match)]
        end = match.end()
    return "".join([*made, html.escape(text[end:], quote=False)])


def _marked(match: re.Match[str]) -> str:
    if match["code"]:
        return f"<code>{html.escape(match['code'], quote=False)}</code>"
    if match["strong"]:
        return f"<strong>{_inline(match['strong'])}</strong>"
    if match["em"]:
        return f"<em>{_inline(match['em'])}</em>"
    address = html.escape(match["address"])
    return f'<a href="{address}">{address}</a>'
