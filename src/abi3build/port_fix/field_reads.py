"""Reads of fields that the limit hides, for which there is a function or a macro."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.port_fix.added_helpers import ATTRIBUTE, FIELD, NUMBER, with_helpers
from abi3build.port_fix.edits import Edit, offset_of
from abi3build.port_fix.rewrites import Rewrite, found_of
from abi3build.port_fix.source_files import LeftToDo, Proposal
from abi3build.porting.syntax import parse_macro_bodies
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from tree_sitter import Node

    from abi3build.port_fix.rewrites import Found, View
    from abi3build.porting.syntax import ParsedSource

__all__ = ["FIELD_READS"]

_ACCESSORS = {
    ("PyThreadState", "interp"): ("PyThreadState_GetInterpreter({})", "3.10"),
    ("PyFrameObject", "f_lineno"): ("PyFrame_GetLineNumber({})", "3.10"),
    ("PyFloatObject", "ob_fval"): ("PyFloat_AsDouble((PyObject *){})", "3.2"),
    ("PyCFunctionObject", "m_self"): ("PyCFunction_GetSelf((PyObject *){})", "3.2"),
    ("PyDateTime_DateTime", "hastzinfo"): (
        "(PyDateTime_DATE_GET_TZINFO({}) != Py_None)",
        "3.10",
    ),
    ("PyDateTime_DateTime", "tzinfo"): ("PyDateTime_DATE_GET_TZINFO({})", "3.10"),
    ("PyDateTime_Time", "hastzinfo"): (
        "(PyDateTime_TIME_GET_TZINFO({}) != Py_None)",
        "3.10",
    ),
    ("PyDateTime_Time", "tzinfo"): ("PyDateTime_TIME_GET_TZINFO({})", "3.10"),
}
"""What stands for a field, borrowed references as before, and the first Python."""

_ATTRIBUTES = {
    "PyCodeObject": {
        NUMBER: (
            *("co_argcount", "co_posonlyargcount", "co_kwonlyargcount"),
            *("co_flags", "co_firstlineno", "co_nlocals", "co_stacksize"),
        ),
        ATTRIBUTE: ("co_consts", "co_names", "co_filename", "co_name", "co_qualname"),
    },
}
"""Fields that attributes of the same names show on every Python; objects are kept."""

_HIDDEN = re.compile(
    r"(?:invalid use of incomplete (?:typedef|type)|incomplete definition of type)"
    r" '(?:abi3build_)?(?:struct )?(?P<type>\w+)"
)
_STRUCTS = {"_ts": "PyThreadState", "_frame": "PyFrameObject"}


def _find(view: View) -> Found:
    proposals = []
    left = []
    macros: dict[str, ParsedSource] = {}
    for error in view.errors:
        hidden = _HIDDEN.search(error.text)
        name = error.file.removeprefix(f"{view.folder}/")
        parsed = view.sources.files.get(name)
        if hidden is None or parsed is None:
            continue
        kind = _STRUCTS.get(hidden["type"], hidden["type"])
        offset = offset_of(parsed.source, error.line, error.column)
        if name not in macros:
            macros[name] = parse_macro_bodies(parsed.source, parsed.dialect)
        for tree in (parsed, macros[name]):
            node = _read_at(tree, offset)
            if node is None:
                continue
            edit = _edit(view, tree, node, kind)
            if isinstance(edit, str):
                what = f"{tree.text(node)}, a field of {kind}"
                left.append(LeftToDo(name, error.line, what, edit))
            elif edit is not None:
                subject = f"{name}: fields of {kind}"
                proposals.append(Proposal(subject, {name: (edit,)}))
                break
    return with_helpers(view.sources, found_of(proposals, left))


FIELD_READS = Rewrite("hidden fields read by accessors", _find)


def _read_at(parsed: ParsedSource, offset: int) -> Node | None:
    """Return the read of a field whose arrow or whose name stands at an offset."""
    node = parsed.node_at(offset, offset + 1)
    while node is not None and node.type != "field_expression":
        node = node.parent
    return node


def _edit(view: View, parsed: ParsedSource, node: Node, kind: str) -> Edit | str | None:
    """Return the edit for a read, why there is none, or None if none is known."""
    field = node.child_by_field_name("field")
    argument = node.child_by_field_name("argument")
    parent = node.parent
    if field is None or argument is None or parent is None:
        return None
    if _is_written(parsed, node, parent):
        return None
    for helper, names in _ATTRIBUTES.get(kind, {}).items():
        name = parsed.text(field)
        if name in names:
            text = f'{helper}((PyObject *){_operand(parsed, argument)}, "{name}")'
            text = f"{FIELD}({text}, {parsed.text(node)})"
            return Edit(node.start_byte, node.end_byte, text.encode())
    known = _ACCESSORS.get((kind, parsed.text(field)))
    if known is None:
        return None
    accessor, since = known
    first = PythonVersion.parse(since)
    if view.sources.floor < first:
        function = accessor.lstrip("(").partition("(")[0]
        return f"{function} exists only since {first}: raise the floor to {first}"
    text = accessor.format(parsed.text(argument))
    if view.sources.oldest_python < first:
        text = f"{FIELD}({text}, {parsed.text(node)})"
    return Edit(node.start_byte, node.end_byte, text.encode())


def _is_written(parsed: ParsedSource, node: Node, parent: Node) -> bool:
    """Tell whether a field is set, or its address taken."""
    if parent.type == "assignment_expression":
        left = parent.child_by_field_name("left")
        return left is not None and left.id == node.id
    return parent.type == "update_expression" or parsed.text(parent).startswith("&")


def _operand(parsed: ParsedSource, node: Node) -> str:
    """Return an expression that a cast can stand in front of."""
    text = parsed.text(node)
    is_whole = node.type in {
        "identifier",
        "call_expression",
        "field_expression",
        "parenthesized_expression",
    }
    return text if is_whole else f"({text})"
