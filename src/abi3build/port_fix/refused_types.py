"""Static types that are left to a person, and why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.port_fix.heap_type_text import TypeNames
from abi3build.port_fix.initializers import NotUnderstoodError, is_null, without_casts
from abi3build.port_fix.instance_references import refuse_unreferenced_instances
from abi3build.port_fix.slot_names import (
    OFFSET_MEMBERS,
    SPEC_FIELDS,
    TABLE_FIELDS,
    is_slot,
)
from abi3build.port_fix.static_types import field_value, flags_of
from abi3build.port_fix.type_creation import refuse_early_uses
from abi3build.porting.masking import code_only

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tree_sitter import Node

    from abi3build.port_fix.source_files import SourceFiles
    from abi3build.port_fix.static_types import StaticType

__all__ = ["refuse_type"]

_COPIED = (
    rb"(?<![=!<>])=\s*(?:\*\s*&\s*)?%(name)b\s*[;,]"
    rb"|\bmem(?:cpy|move)\s*\([^;]*,\s*(?:\([^()]*\)\s*)?&\s*%(name)b\b"
)


def refuse_type(
    sources: SourceFiles, static: StaticType, all_types: Sequence[StaticType]
) -> None:
    """Raise ``NotUnderstoodError`` if a type cannot be rewritten, with the reason."""
    # The macro that keeps the name of one would stand for the other as well.
    if sum(each.name == static.name for each in all_types) > 1:
        message = "more than one type has this name"
        raise NotUnderstoodError(message)
    if not sources.is_free(TypeNames(static.name).all):
        message = (
            f"a name that it would need, such as {static.name}_spec, is already used"
        )
        raise NotUnderstoodError(message)
    refuse_early_uses(sources, static)
    if not static.is_local:
        _refuse_unread_declaration(sources, static)
    _refuse_other_uses(sources, static)
    _refuse_other_meaning(sources, static)
    refuse_unreferenced_instances(sources, static.name)
    for each in static.assignments:
        parent = each.place.parent
        outer = None if parent is None else parent.parent
        if outer is None or outer.type != "function_definition":
            macro = (
                ", or by a macro in a way that is not clear" if each.together else ""
            )
            message = f"{each.field} is set under a condition{macro}"
            raise NotUnderstoodError(message)
        if not is_null(each.value) and not _is_constant(each.field, each.value):
            message = (
                f"{each.field} = {each.value} is not known before the program runs"
            )
            raise NotUnderstoodError(message)
    _refuse_final_base(static, all_types)


def _refuse_other_uses(sources: SourceFiles, static: StaticType) -> None:
    """Raise ``NotUnderstoodError`` if the structure is changed or copied as a whole."""
    changed = re.compile(
        rb"\b%b\s*\.\s*tp_\w+\s*(?:[|&+^-]|<<|>>)=" % re.escape(static.name.encode())
    )
    copied = re.compile(_COPIED % {b"name": re.escape(static.name.encode())})
    for file in sorted(sources.files):
        code = sources.code_of(file)
        if static.name.encode() not in code:
            continue
        if changed.search(code):
            message = "its fields change at run time"
            raise NotUnderstoodError(message)
        for found in copied.finditer(code):
            if not sources.is_dropped(file, found.start()):
                line = sources.line(file, found.start())
                message = f"{file}:{line} copies it, and the copy would not be a type"
                raise NotUnderstoodError(message)


def _refuse_other_meaning(sources: SourceFiles, static: StaticType) -> None:
    """Raise ``NotUnderstoodError`` if a function has a variable of that name.

    The macro for the type would turn ``void *Point`` into a pointer to a pointer, which
    compiles.
    """
    own = {(static.file, static.start, static.end)}
    own |= {(each.file, each.start, each.end) for each in static.declarations}
    seen = {file for file, _, _ in own}
    for file, offset in sources.mentions(static.name):
        if any(name == file and first <= offset < last for name, first, last in own):
            continue
        node = sources.files[file].node_at(offset, offset + len(static.name))
        is_near = any(sources.are_together(file, each) for each in seen)
        if is_near and node is not None and _is_declared_by(node):
            message = (
                f"{file}:{sources.line(file, offset)} uses its name for something else"
            )
            raise NotUnderstoodError(message)


def _is_declared_by(node: Node) -> bool:
    """Tell whether a name is that of a parameter or variable of a function's body."""
    while node.parent is not None and node.type.endswith(("identifier", "declarator")):
        parent = node.parent
        if node.id not in {
            each.id for each in parent.children_by_field_name("declarator")
        }:
            return False
        if parent.type in {"declaration", "parameter_declaration"}:
            return _is_in_function(parent)
        node = parent
    return False


def _is_in_function(node: Node | None) -> bool:
    while node is not None and node.type != "function_definition":
        node = node.parent
    return node is not None


def _refuse_unread_declaration(sources: SourceFiles, static: StaticType) -> None:
    """Raise ``NotUnderstoodError`` if another file would still name the old symbol.

    Every file compiles then, and the module cannot be imported.
    """
    name = re.escape(static.name.encode())
    own = re.compile(
        rb"\b(?:extern|PyTypeObject|_typeobject)\b[^;{}=]*\b%b\s*[;,]" % name
    )
    for file, text in sorted(sources.fixed.items()):
        if static.name.encode() in text and own.search(code_only(text)):
            message = f"{file} declares it too, and stays as it is"
            raise NotUnderstoodError(message)
    if not sources.units:
        return
    seen = [static.file, *(each.file for each in static.declarations)]
    address = re.compile(rb"(?<!&)&\s*\(*\s*%b\b" % name)
    for file in sorted(sources.files):
        code = sources.code_of(file)
        found = address.search(code) if static.name.encode() in code else None
        if found and not any(sources.are_together(file, each) for each in seen):
            message = (
                f"{file}:{sources.line(file, found.start())} uses it, but its"
                " declaration there could not be read"
            )
            raise NotUnderstoodError(message)


def _refuse_final_base(static: StaticType, all_types: Sequence[StaticType]) -> None:
    """Raise ``NotUnderstoodError`` if a base would be refused when the program runs.

    ``PyType_Ready`` takes any base, ``PyType_FromSpec`` (Objects/typeobject.c) only one
    with ``Py_TPFLAGS_BASETYPE``.
    """
    base = field_value(static, "tp_base").lstrip("& ")
    for each in all_types:
        words = re.findall(r"\w+", flags_of(each) or "0")
        is_final = "Py_TPFLAGS_BASETYPE" not in words and all(
            word.startswith("Py_TPFLAGS_") or word.isdigit() for word in words
        )
        if each.name == base and is_final:
            message = (
                f"its base {base} lacks Py_TPFLAGS_BASETYPE, without which a type from"
                " a specification cannot have it as a base"
            )
            raise NotUnderstoodError(message)


def _is_constant(named: str, value: str) -> bool:
    if named == "ob_type":
        return True
    bare = without_casts(value)
    if named == "tp_base":
        return re.fullmatch(r"&?\s*\w+|\w+->\w+|&\s*\w+\.\w+", bare) is not None
    if is_slot(named) or named in TABLE_FIELDS:
        return re.fullmatch(r'&?\s*\w+|"[^"]*"|\w+\s*\("[^"]*"\)', bare) is not None
    return named in {*SPEC_FIELDS, *OFFSET_MEMBERS, "tp_print", "tp_vectorcall"}
