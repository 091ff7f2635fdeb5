"""Turn the inside of an initializer into other entries; comments and #if lines stay."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.port_fix.initializers import NotUnderstoodError, is_null

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from abi3build.port_fix.initializers import Entry, Initializer

__all__ = ["conditional_value", "rewritten_entries"]

_GONE = b"\x00"
_HEAD = re.compile(
    rb"\b\w*(?:Object|OBJECT)_HEAD_INIT\b(?:\s*\((?:[^()]|\([^()]*\))*\))?[ \t]*,?"
    rb"(?:[ \t]*0[ \t]*,)?"
)
_NO_CODE = re.compile(rb"/\*(?:(?!\*/).)*\*/|//.*|[\x00\s]")
_EMPTY_IF = re.compile(
    rb"(?<![^\n])[ \t]*#[ \t]*if(?:\\\r?\n|[^\n])*\n"
    rb"(?:[ \t]*#[ \t]*(?:elif|else)\b[^\n]*\n|[ \t]*\r?\n)*"
    rb"[ \t]*#[ \t]*endif[^\n]*(?:\n|\Z)"
)
_EMPTY_ELSE = re.compile(
    rb"(?<![^\n])[ \t]*#[ \t]*else\b[^\n]*\n(?:[ \t]*\r?\n)*(?=[ \t]*#[ \t]*endif)"
)
_BEFORE_COMMENT = re.compile(rb"[ \t]+(?=/[*/])")
_BLANK_LINES = re.compile(rb"(?:[ \t]*\r?\n){3,}")


def rewritten_entries(
    source: bytes, initializer: Initializer, rewrite: Callable[[Entry], str | None]
) -> bytes:
    """Return the text between the braces with every entry rewritten.

    ``rewrite`` returns the replacement of an entry, including its comma, or None if it
    is removed; a line is removed with its last entry, and an ``#if`` with its last
    line.
    """
    pieces = []
    at = initializer.start
    for entry in initializer.entries:
        pieces.append(_HEAD.sub(_GONE, source[at : entry.start]))
        new = rewrite(entry)
        pieces.append(_GONE if new is None else new.encode())
        at = entry.end
        lined_up = _BEFORE_COMMENT.match(source, at)
        if lined_up:
            # It was lined up with others that are gone or have another length.
            pieces.append(b" ")
            at = lined_up.end()
    pieces.append(_HEAD.sub(_GONE, source[at : initializer.end]))
    lines = b"".join(pieces).splitlines(keepends=True)
    # What follows a lone 0 of an old head stands between two entries.
    kept = [_without_gaps(line) for line in lines]
    text = b"".join(kept)
    while True:
        shorter = _EMPTY_IF.sub(b"", text)
        if shorter == text:
            break
        text = shorter
    text = _EMPTY_ELSE.sub(b"", text)
    return _BLANK_LINES.sub(b"\n\n", text)


def _without_gaps(line: bytes) -> bytes:
    if _GONE not in line:
        return line
    if not _NO_CODE.sub(b"", line):
        # The comment named the field that is gone.
        return b""
    return re.sub(rb"\x00[ \t]*", b"", line)


def _on_one_line(entry: Entry) -> str:
    """Return the value of an entry; raise ``NotUnderstoodError`` if a comment ends it.

    Lines of a field tell branches from directives.
    """
    lines = entry.value.splitlines()
    if any("//" in line for line in lines[:-1]):
        message = f"{entry.field} has a comment in the middle"
        raise NotUnderstoodError(message)
    return " ".join(line.strip() for line in lines)


def conditional_value(
    source: bytes, initializer: Initializer, entries: Sequence[Entry], default: str
) -> str:
    """Return the value of a field, with its ``#if`` lines if branches differ.

    Raise ``NotUnderstoodError`` if branches are nested or do not exclude each other.
    """
    written = [each for each in entries if not is_null(each.value)]
    if not written:
        return default
    if len(entries) == 1 and not entries[0].branches:
        return entries[0].value
    depths = {len(each.branches) for each in entries}
    groups = {each.branches[:1] and each.branches[0][0] for each in entries}
    if depths != {1} or len(groups) != 1:
        message = f"{entries[0].field} differs in ways that are not one plain #if"
        raise NotUnderstoodError(message)
    by_branch = {each.branches[0][1]: _on_one_line(each) for each in entries}
    if len(by_branch) != len(entries):
        message = f"{entries[0].field} is set twice"
        raise NotUnderstoodError(message)
    lines = []
    depth = 0
    has_else = False
    start = entries[0].branches[0][0]
    for directive in initializer.directives:
        if directive.start < start:
            continue
        is_end = directive.what == "endif"
        depth += directive.what.startswith("if") - is_end
        if depth > 1 or (depth == 1 and is_end):
            continue
        if is_end and not has_else:
            lines += ["#else", default]
        has_else = has_else or directive.what == "else"
        lines.append(source[directive.start : directive.end].decode().strip())
        if is_end:
            break
        lines.append(by_branch.get(directive.start, default))
    return "\n".join(lines)
