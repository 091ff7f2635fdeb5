"""Keep what a source decides by the name of a type whose name gets a module.

A static type without a dot in ``tp_name`` must name its module in a specification, so
what compares that text, or publishes types by it, has to leave the module out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.port_fix.added_helpers import PLAIN_NAME
from abi3build.port_fix.edits import Edit
from abi3build.port_fix.initializers import NotUnderstoodError, is_null
from abi3build.port_fix.static_types import field_value
from abi3build.porting.syntax import nodes_below

if TYPE_CHECKING:
    from collections.abc import Collection

    from tree_sitter import Node

    from abi3build.port_fix.source_files import NameDecision, SourceFiles
    from abi3build.port_fix.static_types import StaticType
    from abi3build.porting.syntax import ParsedSource

__all__ = ["has_no_module", "plain_name_edits"]


def has_no_module(static: StaticType) -> bool:
    """Tell whether the name of a static type is written without its module."""
    return re.fullmatch(r'"[^".]+"', field_value(static, "tp_name").strip()) is not None


def plain_name_edits(
    sources: SourceFiles, renamed: Collection[str], plain: Collection[str]
) -> list[tuple[str, Edit]]:
    """Return the edits that keep the text that is read of types that get a module.

    ``renamed`` are the types whose name gets one now, ``plain`` all static types
    without a module.  Raise ``NotUnderstoodError`` if a text could become another.
    """
    if not renamed:
        return []
    edits = []
    for read in sources.name_decisions:
        argument = read.node.child_by_field_name("argument")
        named = set() if argument is None else _types_of(read, argument)
        if argument is None or not named or not named <= set(plain):
            line = read.parsed.line(read.node.start_byte)
            message = (
                f"{min(renamed)}: its name gets a module, and {read.file}:{line}"
                " decides by the text of tp_name"
            )
            raise NotUnderstoodError(message)
        text = f"{PLAIN_NAME}({read.parsed.text(argument)})".encode()
        span = read.node.start_byte, read.node.end_byte
        edits.append((read.file, Edit(*span, text)))
    return edits


def _types_of(read: NameDecision, owner: Node) -> set[str]:
    """Return the types that an expression can mean; empty if that is not certain.

    ``owner`` is an element of an array of types, or a variable that only such elements
    are assigned to.
    """
    parsed = read.parsed
    function: Node | None = owner
    while function is not None and function.type != "function_definition":
        function = function.parent
    if function is None or b"->" not in parsed.source[owner.end_byte :][:8]:
        return set()
    values = [parsed.text(owner)]
    if owner.type == "identifier":
        name = re.escape(values[0])
        body = parsed.text(function)
        values = re.findall(rf"\b{name}\s*=(?!=)\s*([^;,]*)", body)
        if re.search(rf"&\s*{name}\b|\b{name}\s*(?:\+\+|\+=)", body):
            return set()
    found: set[str] = set()
    for value in values:
        element = re.fullmatch(r"(\w+)\s*\[[^\]]*\]", value.strip())
        types = _array(parsed, element[1]) if element else set()
        if not types:
            return set()
        found |= types
    return found


def _array(parsed: ParsedSource, name: str) -> set[str]:
    """Return the types whose addresses an array of the file holds, which stays so."""
    found: set[str] = set()
    for node in nodes_below(parsed.root, "init_declarator"):
        declarator = node.child_by_field_name("declarator")
        value = node.child_by_field_name("value")
        if declarator is None or value is None or value.type != "initializer_list":
            continue
        if not re.fullmatch(
            rf"\*\s*{re.escape(name)}\s*\[\w*\]", parsed.text(declarator)
        ):
            continue
        for each in value.named_children:
            text = parsed.text(each)
            address = re.fullmatch(r"&\s*(\w+)", text)
            if address:
                found.add(address[1])
            elif each.type != "comment" and not is_null(text):
                return set()
    is_set = re.search(
        rf"\b{re.escape(name)}\s*\[[^\]]*\]\s*=(?!=|\s*\{{)",
        parsed.source.decode("utf-8", "replace"),
    )
    return set() if is_set else found
