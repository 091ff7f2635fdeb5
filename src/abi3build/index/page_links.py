"""The links of an HTML page, read in one pass however the page is written.

Before 3.13.6, ``html.parser`` goes back to where a tag began, so some kilobytes of tags
without an end take minutes: https://github.com/python/cpython/issues/135462.  Here the
position only ever moves forward.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LinkTag", "read_link_tags"]

_TAG = re.compile(r"<(?P<name>!--|(?:a|base|script|style)(?=[\s/>]))", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s/]*")
_NAME = re.compile(r"=?[^\s/>=]*")
_EQUALS = re.compile(r"\s*=\s*")
_UNQUOTED = re.compile(r"[^\s>]*")
_ENDS = {
    "!--": re.compile("-->"),
    "script": re.compile("</script", re.IGNORECASE),
    "style": re.compile("</style", re.IGNORECASE),
}
_KEPT = {"href", "data-requires-python", "data-yanked"}

_LONGEST = 4096
"""In characters; a value that is longer counts as empty."""


class LinkTag(NamedTuple):
    """Contain the name of a start tag, in lower case, and the attributes in use."""

    name: str
    attributes: dict[str, str]
    """``href`` and ``data-yanked``, as far as the tag has them."""


def read_link_tags(text: str) -> Iterator[LinkTag]:
    """Yield the ``a`` and ``base`` tags of a page outside comments.

    A tag, a comment or a script without an end ends the page, as in browsers:
    https://html.spec.whatwg.org/multipage/parsing.html#parse-errors
    """
    position: int | None = 0
    while position is not None and (found := _TAG.search(text, position)):
        name = found["name"].lower()
        attributes: dict[str, str] = {}
        position = found.end()
        if name != "!--":
            position = _read_attributes(text, position, attributes)
        if position is None:
            return
        if name in _ENDS:
            end = _ENDS[name].search(text, position)
            position = end.end() if end else None
        else:
            yield LinkTag(name, attributes)


def _read_attributes(text: str, position: int, kept: dict[str, str]) -> int | None:
    """Keep the attributes of a tag; return the position behind it, if it has an end."""
    while (position := _end(_BETWEEN, text, position)) < len(text):
        if text[position] == ">":
            return position + 1
        name_end = _end(_NAME, text, position)
        name = text[position:name_end].lower()
        position, value = name_end, ""
        equals = _EQUALS.match(text, position)
        if equals:
            start, end, position = _value(text, equals.end())
            if position < 0:
                return None
            value = text[start:end] if end - start <= _LONGEST else ""
        if name in _KEPT:
            # Of two the first one counts, as in browsers.
            kept.setdefault(name, html.unescape(value))
    return None


def _value(text: str, start: int) -> tuple[int, int, int]:
    """Return where a value begins and ends, and what is behind it; -1 if nothing."""
    quote = text[start : start + 1]
    if quote and quote in "\"'":
        end = text.find(quote, start + 1)
        return start + 1, end, end + 1 if end >= 0 else -1
    end = _end(_UNQUOTED, text, start)
    return start, end, end


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return found.end() if found else position
