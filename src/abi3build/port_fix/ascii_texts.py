"""ASCII strings that a function fills in place are made of bytes under the limit.

Nothing limited writes into a string: https://docs.python.org/3/c-api/unicode.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.port_fix.added_helpers import ASCII, with_helpers
from abi3build.port_fix.edits import Edit
from abi3build.port_fix.rewrites import Rewrite, found_of
from abi3build.port_fix.source_files import Proposal, declared_name
from abi3build.porting.syntax import nodes_below

if TYPE_CHECKING:
    from tree_sitter import Node

    from abi3build.port_fix.rewrites import Found, View
    from abi3build.porting.syntax import ParsedSource

__all__ = ["ASCII_TEXTS"]

_NEW = re.compile(r"PyUnicode_New\s*\((?P<size>.*),\s*(?:127|0x7[fF])\s*\)", re.DOTALL)
_DATA = re.compile(r"PyUnicode_1BYTE_DATA\s*\(\s*(?P<name>\w+)\s*\)")

_COMPARED = re.compile(r"[=!]=\s*(?:NULL|nullptr|0)$|^(?:NULL|nullptr|0)\s*[=!]=")


def _find(view: View) -> Found:
    proposals = []
    for name, functions in sorted(view.sources.functions.items()):
        for function in functions:
            parsed = view.sources.files[function.file]
            if b"PyUnicode_1BYTE_DATA" not in parsed.source:
                continue
            edits = _edits(parsed, function.body)
            if edits and not view.sources.is_only_without_limit(
                function.file, function.body.start_byte
            ):
                proposals.append(Proposal(name, {function.file: edits}))
    return with_helpers(view.sources, found_of(proposals))


ASCII_TEXTS = Rewrite("ASCII strings written as bytes", _find)


def _edits(parsed: ParsedSource, body: Node) -> tuple[Edit, ...]:
    """Return the edits for the one string that a function writes, else none."""
    made = [
        (declared_name(parsed, each.child_by_field_name("declarator")), value, found)
        for each in nodes_below(body, "init_declarator")
        if (value := each.child_by_field_name("value")) is not None
        and (found := _NEW.fullmatch(parsed.text(value))) is not None
    ]
    if len(made) != 1:
        return ()
    name, value, found = made[0]
    data = [
        each
        for each in nodes_below(body, "call_expression")
        if (read := _DATA.fullmatch(parsed.text(each))) and read["name"] == name
    ]
    if len(data) != 1:
        return ()
    size = f"{ASCII}_new({found['size'].strip()})"
    edits = [
        Edit(value.start_byte, value.end_byte, size.encode()),
        Edit(data[0].start_byte, data[0].end_byte, f"{ASCII}_data({name})".encode()),
    ]
    for each in nodes_below(body, "identifier"):
        if parsed.text(each) != name:
            continue
        parent = each.parent
        if parent is None:
            return ()
        if parent.type == "return_statement":
            if each.start_byte > data[0].end_byte:
                done = f"{ASCII}_done({name})".encode()
                edits.append(Edit(each.start_byte, each.end_byte, done))
        elif not _is_harmless(parsed, each, data[0]):
            return ()
    return tuple(edits) if len(edits) > 2 else ()  # noqa: PLR2004 - a return too


def _is_harmless(parsed: ParsedSource, use: Node, data: Node) -> bool:
    """Tell whether a use of the string is one of those that stay true for bytes."""
    if data.start_byte <= use.start_byte < data.end_byte:
        return True
    parent = use.parent
    if parent is None:
        return False
    if parent.type == "pointer_declarator":
        return True
    text = parsed.text(parent)
    if parent.type == "binary_expression":
        return _COMPARED.search(text) is not None
    if parent.type == "unary_expression":
        return text.startswith("!")
    call = parent.parent
    return (
        call is not None
        and re.fullmatch(
            rf"Py_X?DECREF\s*\(\s*{parsed.text(use)}\s*\)", parsed.text(call)
        )
        is not None
    )
