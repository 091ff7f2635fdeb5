"""Read characters of a string with a function, because the limit hides its memory.

If only ``PyUnicode_READ`` uses a pointer from ``PyUnicode_DATA``, the pointer can be
the string itself, from which ``PyUnicode_ReadChar`` reads a character:
https://docs.python.org/3/c-api/unicode.html#c.PyUnicode_ReadChar
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from abi3build.port_fix.added_helpers import with_helpers
from abi3build.port_fix.edits import Edit
from abi3build.port_fix.initializers import is_null, without_casts
from abi3build.port_fix.rewrites import Rewrite, found_of
from abi3build.port_fix.source_files import Proposal, function_name
from abi3build.porting.syntax import nodes_below

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from abi3build.port_fix.rewrites import Found, View
    from abi3build.port_fix.source_files import SourceFiles
    from abi3build.porting.syntax import ParsedSource

__all__ = ["CHARACTER_READS"]

_REMARK = "under the limit, each character is read by calls, which takes longer"
_MACRO = re.compile(
    rb"(?m)^[ \t]*#[ \t]*define[ \t]+\w+(?:\((?P<parameters>[^()]*)\))?"
    rb"(?P<body>(?:\\\r?\n|[^\n])*)"
)
_DATA, _READ, _KIND = "PyUnicode_DATA", "PyUnicode_READ", "PyUnicode_KIND"
_READ_SIZE = 3
"""How many arguments it takes."""

_NUMBERS = frozenset({"int", "unsigned int", "unsigned", "enum PyUnicode_Kind"})
_NEW_NAMES = {_DATA: b"abi3_text_data", _READ: b"abi3_text_read"}


def _find(view: View) -> Found:
    proposals = []
    for file, parsed in sorted(view.sources.files.items()):
        if _READ.encode() not in parsed.source:
            continue
        taken = _names_in_macros(view.sources, file)
        for function in nodes_below(parsed.root, "function_definition"):
            start = function.start_byte
            if view.sources.is_dropped(file, start):
                continue
            if view.sources.is_only_without_limit(file, start):
                continue
            for name, edits in _variables(parsed, function, taken):
                subject = f"{file}: {name} of {function_name(parsed, function)}"
                proposals.append(Proposal(subject, {file: edits}, (_REMARK,)))
    return with_helpers(view.sources, found_of(proposals))


CHARACTER_READS = Rewrite("characters of strings read by a function", _find)


def _names_in_macros(sources: SourceFiles, file: str) -> frozenset[str]:
    """Return what macros of a unit use without getting it: a variable may be it."""
    found: set[bytes] = set()
    for other in sources.files:
        if sources.are_together(file, other):
            for macro in _MACRO.finditer(sources.code_of(other)):
                given = set(re.findall(rb"\w+", macro["parameters"] or b""))
                found |= set(re.findall(rb"[A-Za-z_]\w*", macro["body"])) - given
    return frozenset(each.decode("utf-8", "replace") for each in found)


def _variables(
    parsed: ParsedSource, function: Node, taken: frozenset[str]
) -> Iterator[tuple[str, tuple[Edit, ...]]]:
    """Yield each variable that a string can stand in for, and the edits of its uses."""
    names: dict[str, list[Node]] = {}
    for node in nodes_below(function, "identifier"):
        names.setdefault(parsed.text(node), []).append(node)
    for name, nodes in names.items():
        if name in taken:
            continue
        uses = [_use(parsed, node, _DATA) or _read(parsed, node) for node in nodes]
        calls = [each.call for each in uses if each and each.call is not None]
        if None in uses or {each.name for each in uses if each} < {_DATA, _READ}:
            continue
        data = {
            _argument(parsed, each, 0) for each in calls if _is(parsed, each, _DATA)
        }
        kinds = {
            _argument(parsed, each, 0) for each in calls if _is(parsed, each, _READ)
        }
        if all(_is_kind(parsed, names.get(each, []), data) for each in kinds):
            callees = [each.children[0] for each in calls]
            yield (
                name,
                tuple(
                    Edit(each.start_byte, each.end_byte, _NEW_NAMES[parsed.text(each)])
                    for each in callees
                ),
            )


class _Use(NamedTuple):
    """Say what a variable is used for: a call, or nothing."""

    name: str
    call: Node | None = None


def _read(parsed: ParsedSource, node: Node) -> _Use | None:
    """Return the call that reads a character of what a variable points to."""
    arguments = node.parent
    call = None if arguments is None else arguments.parent
    if call is None or not _is(parsed, call, _READ):
        return None
    is_data = _arguments(call)[1:2] == [node]
    return (
        _Use(_READ, call) if is_data and len(_arguments(call)) == _READ_SIZE else None
    )


def _use(parsed: ParsedSource, node: Node, function: str) -> _Use | None:
    """Return what a variable gets, if that is NULL or comes from a function."""
    parent = node.parent
    while parent is not None and parent.type == "pointer_declarator":
        node, parent = parent, parent.parent
    outer = None if parent is None else parent.parent
    if parent is None or outer is None:
        return None
    if parent.type == "declaration":
        return _Use("") if _is_plain(parsed, parent, function) else None
    if parent.type == "init_declarator":
        is_known = _is_plain(parsed, outer, function)
        target = parent.child_by_field_name("declarator")
        value = parent.child_by_field_name("value")
    else:
        is_known = outer.type == "expression_statement"
        target = parent.child_by_field_name("left")
        value = _assigned(parsed, parent)
    if not is_known or target is None or value is None or target.id != node.id:
        return None
    if is_null(parsed.text(value)):
        return _Use("")
    value = value.child_by_field_name("value") or value
    return _Use(function, value) if _is(parsed, value, function) else None


def _assigned(parsed: ParsedSource, node: Node) -> Node | None:
    """Return what a plain assignment assigns."""
    operator = node.child_by_field_name("operator")
    if node.type != "assignment_expression" or operator is None:
        return None
    is_plain = parsed.text(operator) == "="
    return node.child_by_field_name("right") if is_plain else None


def _is_plain(parsed: ParsedSource, declaration: Node, function: str) -> bool:
    """Tell whether a declaration is one of memory, or of a number, and nothing more."""
    kind = declaration.child_by_field_name("type")
    text = "" if kind is None else parsed.text(kind)
    return text == "void" if function == _DATA else text in _NUMBERS


def _is_kind(parsed: ParsedSource, nodes: list[Node], texts: set[str]) -> bool:
    """Tell whether a variable is only ever the kind of the strings that are read."""
    given = [
        use
        for node in nodes
        if (use := _use(parsed, node, _KIND)) is not None and use.call is not None
    ]
    others = [
        node
        for node in nodes
        if _use(parsed, node, _KIND) is None and _is_changed(node)
    ]
    from_texts = {_argument(parsed, each.call, 0) for each in given if each.call}
    return bool(given) and not others and from_texts <= texts and len(texts) == 1


def _is_changed(node: Node) -> bool:
    """Tell whether a variable could get another value, or is no variable."""
    parent = node.parent
    if parent is None:
        return True
    if parent.type == "assignment_expression":
        left = parent.child_by_field_name("left")
        return left is not None and left.id == node.id
    changing = {"update_expression", "declaration", "init_declarator"}
    is_address = parent.type == "pointer_expression"
    return parent.type in changing or is_address or "declarator" in parent.type


def _is(parsed: ParsedSource, call: Node, function: str) -> bool:
    callee = call.child_by_field_name("function")
    is_call = call.type == "call_expression" and callee is not None
    return is_call and callee is not None and parsed.text(callee) == function


def _arguments(call: Node) -> list[Node]:
    listed = call.child_by_field_name("arguments")
    children = [] if listed is None else listed.named_children
    return [each for each in children if each.type != "comment"]


def _argument(parsed: ParsedSource, call: Node, index: int) -> str:
    arguments = _arguments(call)
    return without_casts(parsed.text(arguments[index])) if arguments else ""
