"""Initializers of types and of tables of functions, field by field."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from abi3build.porting.masking import Directive, code_only, conditional_directives

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tree_sitter import Node

    from abi3build.porting.syntax import ParsedSource

__all__ = [
    "Entry",
    "Initializer",
    "NotUnderstoodError",
    "is_null",
    "read_initializer",
    "without_casts",
]

_NULL = re.compile(r"(?:\(\s*\w[\w\s*]*\)\s*)*(?:0|NULL|nullptr|\(\s*0\s*\)|0[lL])")
_CAST = re.compile(r"\(\s*(?:const\s+)?[A-Za-z_][\w\s]*\**\s*\)\s*(?=[&\w(])")
_HEAD = re.compile(
    rb"\w*(?:Object|OBJECT|ModuleDef)_HEAD_INIT\b(?:\s*\((?:[^()]|\([^()]*\))*\))?"
)
_LEFT_OVER = re.compile(
    rb"(?<![^\n])[ \t]*\#(?:\\\r?\n|[^\n])*"
    rb"|\b\w*(?:Object|OBJECT|ModuleDef)_HEAD_INIT\b(?:\s*\((?:[^()]|\([^()]*\))*\))?\s*,?"
    rb"(?:\s*0\s*,)?"
    rb"|[\s,]+"
)


_code_of = lru_cache(maxsize=64)(code_only)


class NotUnderstoodError(Exception):
    """Say why a construct is left to a person; the text goes into the report."""


@dataclass(frozen=True)
class Entry:
    """Describe one field of an initializer; offsets are those of the file."""

    field: str
    start: int
    end: int
    """After the comma, if there is one."""

    value: str
    """As written; the text of a value that several lines hold keeps its newlines."""

    branches: tuple[tuple[int, int], ...]
    """The open ``#if`` around it: offset of the ``#if`` and of the branch's start."""


@dataclass(frozen=True)
class Initializer:
    """Describe what is between the braces."""

    start: int
    """After the opening brace."""

    end: int
    """Before the closing brace."""

    entries: tuple[Entry, ...]
    directives: tuple[Directive, ...]

    def of(self, field: str) -> tuple[Entry, ...]:
        """Return the entries of one field: several if branches differ."""
        return tuple(each for each in self.entries if each.field == field)


def is_null(value: str) -> bool:
    """Tell whether a value is that of an unset field: 0 or NULL, perhaps cast."""
    return _NULL.fullmatch(value.strip()) is not None


def without_casts(value: str) -> str:
    """Return a value without the casts, parentheses and blanks around it."""
    value = value.strip()
    while True:
        found = _CAST.match(value)
        if found:
            value = value[found.end() :].strip()
        elif value.startswith("(") and value.endswith(")") and _closes_at_end(value):
            value = value[1:-1].strip()
        else:
            return value


def _closes_at_end(value: str) -> bool:
    depth = 0
    for place, character in enumerate(value):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return place == len(value) - 1
    return False


def read_initializer(
    parsed: ParsedSource,
    braces: Node,
    fields: Sequence[str],
    is_dropped: Callable[[int], bool],
    *,
    has_head: bool,
) -> Initializer:
    """Return the fields of an initializer list, in the order of the file.

    ``fields`` is the order of the structure; with ``has_head`` it begins with an
    object's head.  ``is_dropped`` tells for an offset whether no build reads it, so
    that it counts as null.  Raise ``NotUnderstoodError`` if it cannot be read with
    certainty.
    """
    if braces.has_error:
        message = "its initializer could not be parsed"
        raise NotUnderstoodError(message)
    start, end = braces.start_byte + 1, braces.end_byte - 1
    code = _code_of(parsed.source)
    directives = tuple(
        each for each in conditional_directives(code) if start <= each.start < end
    )
    entries = tuple(
        replace(each, value="0") if is_dropped(each.start) else each
        for each in _entries(parsed, braces, list(fields), directives, has_head)
    )
    initializer = Initializer(start, end, entries, directives)
    left = bytearray(code[start:end])
    for each in entries:
        # A newline, so that a directive after it still begins a line.
        left[each.start - start : each.end - start] = b"\n" * (each.end - each.start)
    rest = _LEFT_OVER.sub(b"", bytes(left)).decode("utf-8", "replace")
    if rest:
        message = f"its initializer has alternatives that cannot be split: {rest[:40]}"
        raise NotUnderstoodError(message)
    return initializer


def _is_head(parsed: ParsedSource, node: Node) -> bool:
    return _HEAD.match(parsed.source, node.start_byte) is not None


def _entries(
    parsed: ParsedSource,
    braces: Node,
    fields: list[str],
    directives: tuple[Directive, ...],
    has_head: bool,  # noqa: FBT001 - private
) -> Iterator[Entry]:
    position = 0
    groups: list[_Branch] = []
    events: list[tuple[int, Node | Directive]] = [
        *((each.start_byte, each) for each in braces.named_children),
        *((each.start, each) for each in directives),
    ]
    old_head = False
    for offset, event in sorted(events, key=lambda each: each[0]):
        if isinstance(event, Directive):
            position = _branched(groups, event, position)
            continue
        if event.type == "comment":
            continue
        if _is_head(parsed, event):
            head = parsed.source[offset : offset + 24]
            old_head = head.startswith(b"PyObject_HEAD_INIT")
            continue
        branches = tuple((each.start, each.branch) for each in groups)
        if event.type == "initializer_pair":
            old_head = False
            entry = _designated(parsed, event, branches)
            if entry.field in fields:
                position = fields.index(entry.field) + 1
            yield entry
            continue
        text = parsed.text(event)
        if old_head and position == 0 and has_head and text == "0":
            # The size of a variable object, after the head of a plain one.
            old_head = False
            yield _entry(parsed, event, event, "ob_base", branches)
            continue
        old_head = False
        if event.type == "initializer_list" and position == 0 and has_head:
            yield _entry(parsed, event, event, "ob_base", branches)
            continue
        if position >= len(fields):
            message = "its initializer has more values than the structure has fields"
            raise NotUnderstoodError(message)
        yield _entry(parsed, event, event, fields[position], branches)
        position += 1


def _designated(
    parsed: ParsedSource, pair: Node, branches: tuple[tuple[int, int], ...]
) -> Entry:
    designator = pair.child_by_field_name("designator")
    value = pair.child_by_field_name("value")
    if designator is None or value is None:
        message = "its initializer has a field without a value"
        raise NotUnderstoodError(message)
    field = parsed.text(designator).lstrip(". \t")
    if not field.isidentifier():
        message = f"its initializer sets {field}"
        raise NotUnderstoodError(message)
    return _entry(parsed, pair, value, field, branches)


def _entry(
    parsed: ParsedSource,
    whole: Node,
    value: Node,
    field: str,
    branches: tuple[tuple[int, int], ...],
) -> Entry:
    head = _HEAD.match(parsed.source, value.start_byte)
    end = head.end() if head else value.end_byte
    return Entry(
        field,
        whole.start_byte,
        _after_comma(parsed, max(whole.end_byte, end)),
        parsed.source[value.start_byte : end].decode("utf-8", "replace"),
        branches,
    )


def _after_comma(parsed: ParsedSource, end: int) -> int:
    found = re.compile(rb"(?:\s|/\*.*?\*/)*,", re.DOTALL).match(parsed.source, end)
    return found.end() if found else end


@dataclass
class _Branch:
    """Hold one ``#if`` while it is read: where positions stand in its branches."""

    start: int
    branch: int
    before: int
    after: list[int]


def _branched(groups: list[_Branch], directive: Directive, position: int) -> int:
    """Return the position after a directive: each branch begins where the first did."""
    if directive.what.startswith("if"):
        groups.append(_Branch(directive.start, directive.start, position, []))
        return position
    if not groups:
        message = "its initializer starts inside an #if and ends outside"
        raise NotUnderstoodError(message)
    group = groups[-1]
    group.after.append(position)
    if directive.what != "endif":
        group.branch = directive.start
        return group.before
    groups.pop()
    moved = {each for each in group.after if each != group.before}
    if len(moved) > 1:
        message = "the branches of an #if in its initializer contain different fields"
        raise NotUnderstoodError(message)
    return moved.pop() if moved else group.before
