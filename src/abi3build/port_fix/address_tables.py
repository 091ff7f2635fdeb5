"""Tables that contain the address of a type before the program runs, such as a C API.

A type made at run time has no constant address.  A table of a file is therefore filled
in once the type exists, and a table of a function becomes a plain variable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from abi3build.port_fix.edits import Edit
from abi3build.port_fix.initializers import NotUnderstoodError
from abi3build.port_fix.source_files import declared_name
from abi3build.porting.masking import conditional_directives
from abi3build.porting.syntax import nodes_below

if TYPE_CHECKING:
    from tree_sitter import Node

    from abi3build.port_fix.source_files import SourceFiles
    from abi3build.porting.syntax import ParsedSource

__all__ = ["TableAddress", "address_in_table"]

_ADDRESS = r"(?:\(\s*[A-Za-z_]\w*\s*\*\s*\)\s*)?&\s*{name}"
_STATIC = re.compile(rb"\bstatic\s+")


@dataclass(frozen=True)
class TableAddress:
    """Describe what becomes of one address in an initializer."""

    file: str
    edit: Edit
    """Where the initializer stands: no address, or no ``static``."""

    statement: str
    """What sets it; empty for a table of a function, which takes it as it is."""

    end: int
    """After the table."""


def address_in_table(
    sources: SourceFiles, file: str, offset: int, name: str
) -> TableAddress:
    """Return what becomes of the address of the type ``name`` at an offset.

    Raise ``NotUnderstoodError``, with the place, if that is not certain.
    """
    parsed = sources.files[file]
    try:
        return _understood(sources, file, offset, name)
    except NotUnderstoodError as fault:
        place = f"its address is in the initializer at {file}:{parsed.line(offset)}"
        message = f"{place}, {fault}" if str(fault) else place
        raise NotUnderstoodError(message) from None


def _understood(
    sources: SourceFiles, file: str, offset: int, name: str
) -> TableAddress:
    parsed = sources.files[file]
    value = _value_at(parsed, offset, name)
    declaration = value
    while declaration.type != "declaration" and declaration.parent is not None:
        declaration = declaration.parent
    head = parsed.source[declaration.start_byte : value.start_byte]
    if re.search(rb"\bconst\b", head.split(b"{")[0]):
        message = "which is constant"
        raise NotUnderstoodError(message)
    span = declaration.start_byte, declaration.end_byte
    code = sources.code_of(file)
    if any(span[0] <= each.start < span[1] for each in conditional_directives(code)):
        message = "which an #if divides"
        raise NotUnderstoodError(message)
    if _function_of(declaration) is not None:
        edit = _without_static(parsed, declaration)
        return TableAddress(file, edit, "", declaration.end_byte)
    target = _path(sources, file, value)
    text = parsed.text(value)
    return TableAddress(
        file,
        Edit(value.start_byte, value.end_byte, b"NULL"),
        f"{target} = {text};",
        declaration.end_byte,
    )


def _value_at(parsed: ParsedSource, offset: int, name: str) -> Node:
    """Return the whole expression that is the address of the type, cast or not."""
    node = parsed.node_at(offset, offset + 1)
    pattern = re.compile(_ADDRESS.format(name=re.escape(name)))
    while node is not None and node.type in {
        "identifier",
        "pointer_expression",
        "cast_expression",
    }:
        parent = node.parent
        if parent is not None and parent.type in {
            "initializer_list",
            "initializer_pair",
            "init_declarator",
        }:
            if pattern.fullmatch(parsed.text(node)):
                return node
            break
        node = parent
    raise NotUnderstoodError


def _function_of(node: Node | None) -> Node | None:
    while node is not None and node.type != "function_definition":
        node = node.parent
    return node


def _without_static(parsed: ParsedSource, declaration: Node) -> Edit:
    """Return the edit that makes a table of a function a plain variable.

    Only if the function does no more than read its items: then it does not matter that
    they are set at each call.
    """
    declarators = [
        each for each in declaration.named_children if each.type == "init_declarator"
    ]
    name = declared_name(parsed, declarators[0]) if len(declarators) == 1 else ""
    function = _function_of(declaration)
    found = _STATIC.match(parsed.source, declaration.start_byte)
    if not name or function is None or found is None:
        raise NotUnderstoodError
    for each in nodes_below(function, "identifier"):
        inside = declaration.start_byte <= each.start_byte < declaration.end_byte
        if inside or parsed.text(each) != name:
            continue
        if not _is_item_read(parsed, each):
            message = f"and {name} is more than read"
            raise NotUnderstoodError(message)
    return Edit(*found.span(), b"")


def _is_item_read(parsed: ParsedSource, use: Node) -> bool:
    """Tell whether a use of an array reads an item of it, or its size."""
    item = use.parent
    if item is None:
        return False
    if item.type in {"sizeof_expression", "parenthesized_expression"}:
        outer = item if item.type == "sizeof_expression" else item.parent
        return outer is not None and outer.type == "sizeof_expression"
    if item.type != "subscript_expression" or item.children[0].id != use.id:
        return False
    parent = item.parent
    while parent is not None and parent.type == "field_expression":
        item, parent = parent, parent.parent
    if parent is None or parent.type == "update_expression":
        return False
    if parent.type == "pointer_expression":
        return not parsed.text(parent).startswith("&")
    left = parent.child_by_field_name("left")
    return not (
        parent.type == "assignment_expression"
        and left is not None
        and left.id == item.id
    )


def _path(sources: SourceFiles, file: str, value: Node) -> str:
    """Return how a statement names the place of a value in a variable of a file."""
    parsed = sources.files[file]
    steps, initialized = _steps(parsed, value)
    declaration = initialized.parent
    declarator = initialized.child_by_field_name("declarator")
    path = declared_name(parsed, declarator)
    while declarator is not None and declarator.type == "pointer_declarator":
        # Of the items: a pointer to an array has parentheses.
        declarator = declarator.child_by_field_name("declarator")
    while declarator is not None and declarator.type == "array_declarator":
        if not steps or steps[0][0]:
            raise NotUnderstoodError
        path += f"[{steps.pop(0)[1]}]"
        declarator = declarator.child_by_field_name("declarator")
    if len(steps) > 1:
        raise NotUnderstoodError
    for named, number in steps:
        kind = None if declaration is None else declaration.child_by_field_name("type")
        path += named or f".{_field(sources, file, kind, number)}"
    return path


def _steps(parsed: ParsedSource, value: Node) -> tuple[list[tuple[str, int]], Node]:
    """Return the way to a value, from outside, and what is initialized.

    A step is the field that is named there, or else the number of the value.
    """
    steps: list[tuple[str, int]] = []
    node, parent = value, value.parent
    while parent is not None and parent.type != "init_declarator":
        if parent.type == "initializer_pair":
            designator = parent.child_by_field_name("designator")
            named = "" if designator is None else parsed.text(designator)
            if not re.fullmatch(r"\.\w+", named):
                raise NotUnderstoodError
            steps.append((named, 0))
            # The list around the pair is the same step.
            parent = parent.parent
        else:
            steps.append(("", _number(parent, node)))
        if parent is None:
            raise NotUnderstoodError
        node, parent = parent, parent.parent
    if parent is None:
        raise NotUnderstoodError
    return steps[::-1], parent


def _number(listed: Node, value: Node) -> int:
    """Return how many values a list has before one; none of them is designated."""
    values = [each for each in listed.named_children if each.type != "comment"]
    if any(each.type == "initializer_pair" for each in values):
        raise NotUnderstoodError
    return next(place for place, each in enumerate(values) if each.id == value.id)


def _field(sources: SourceFiles, file: str, kind: Node | None, number: int) -> str:
    """Return the name of a field of a structure by its number."""
    message = "in a structure whose fields are not certain"
    if kind is None:
        raise NotUnderstoodError(message)
    parsed = sources.files[file]
    body = kind.child_by_field_name("body")
    found = (
        _structures(sources, file, parsed.text(kind))
        if body is None
        else [(parsed, body)]
    )
    if len(found) != 1:
        raise NotUnderstoodError(message)
    owner, body = found[0]
    names: list[str] = []
    for each in body.named_children:
        if each.type == "comment":
            continue
        declared = [
            declared_name(owner, declarator)
            for declarator in each.children_by_field_name("declarator")
        ]
        if each.type != "field_declaration" or not all(declared) or not declared:
            raise NotUnderstoodError(message)
        names += declared
    if number >= len(names):
        raise NotUnderstoodError(message)
    return names[number]


def _structures(
    sources: SourceFiles, file: str, kind: str
) -> list[tuple[ParsedSource, Node]]:
    """Return the bodies of the structures that a type can mean in a file."""
    name = kind.removeprefix("struct ").strip()
    found: list[tuple[ParsedSource, Node]] = []
    for other, parsed in sorted(sources.files.items()):
        if not sources.are_together(other, file):
            continue
        for each in nodes_below(parsed.root, "struct_specifier"):
            body = each.child_by_field_name("body")
            tag = each.child_by_field_name("name")
            typedef = each.parent
            names = [] if tag is None else [parsed.text(tag)]
            if typedef is not None and typedef.type == "type_definition":
                names += map(parsed.text, typedef.children_by_field_name("declarator"))
            if body is not None and name in names:
                found.append((parsed, body))
    return found
