"""References that instances hold to a type, once it is on the heap.

``PyObject_New`` and ``PyObject_Init`` each take one since 3.8, and ``Py_SET_TYPE``
takes none: https://docs.python.org/3/whatsnew/3.8.html#changes-in-the-c-api.  For a
static type none of it counts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.port_fix.edits import Edit, with_whole_line
from abi3build.port_fix.initializers import NotUnderstoodError, without_casts
from abi3build.port_fix.source_files import declared_name
from abi3build.porting.syntax import nodes_below

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from abi3build.port_fix.source_files import SourceFiles
    from abi3build.porting.syntax import ParsedSource

__all__ = ["once_referenced", "refuse_unreferenced_instances"]

_INITIALIZES = re.compile(r"PyObject_(?:Init|INIT)(?P<var>Var|_VAR)?")
_CREATES = re.compile(
    r"\b(?:_?PyObject_(?:GC_)?New(?P<var>Var)?|PyObject_NEW(?P<old_var>_VAR)?"
    r"|PyType_GenericAlloc|tp_alloc)\b"
)
_SET = (
    rb"\bPy_SET_TYPE\s*\((?!\s*(?:\([^()]*\)\s*)?&)[^,;]*,\s*(?:\([^()]*\)\s*)?&\s*%b\b"
    rb"|(?:->|\bob_base\s*\.)\s*ob_type\s*=(?!=)[^;]*&\s*%b\b"
    rb"|\bPy_TYPE\s*\([^()&]*\)\s*=(?!=)[^;]*&\s*%b\b"
)
_DEPENDS = frozenset(
    [
        *("while_statement", "for_statement", "do_statement", "else_clause"),
        *("case_statement", "conditional_expression", "binary_expression"),
    ]
)


def refuse_unreferenced_instances(sources: SourceFiles, name: str) -> None:
    """Raise ``NotUnderstoodError`` if an instance gets the type without a reference."""
    escaped = re.escape(name.encode())
    pattern = re.compile(_SET % (escaped, escaped, escaped))
    for file in sorted(sources.files):
        for found in pattern.finditer(sources.code_of(file)):
            if not sources.is_dropped(file, found.start()):
                message = (
                    f"{file}:{sources.line(file, found.start())} makes it the type of"
                    " an instance, which then holds no reference to it"
                )
                raise NotUnderstoodError(message)


def once_referenced(sources: SourceFiles, name: str) -> Iterator[tuple[str, Edit]]:
    """Yield the edits that drop ``PyObject_Init`` where the instance has its type.

    Raise ``NotUnderstoodError`` if it is not certain whether it has.
    """
    for file, parsed in sorted(sources.files.items()):
        code = sources.code_of(file)
        if name.encode() not in code or b"PyObject_I" not in code:
            continue
        for call in nodes_below(parsed.root, "call_expression"):
            match = _INITIALIZES.fullmatch(_field(parsed, call, "function"))
            listed = call.child_by_field_name("arguments")
            arguments = [] if listed is None else listed.named_children
            given = [without_casts(parsed.text(each)) for each in arguments]
            if match is None or given[1:2] not in ([f"&{name}"], [f"& {name}"]):
                continue
            if _has_its_type(parsed, call, given[0], sized=bool(match["var"])):
                yield file, _without(parsed, call, arguments[0])


def _has_its_type(
    parsed: ParsedSource, call: Node, variable: str, *, sized: bool
) -> bool:
    """Tell whether a variable holds an instance of the type when it is initialized."""
    function = call.parent
    while function is not None and function.type != "function_definition":
        function = function.parent
    body = None if function is None else function.child_by_field_name("body")
    if body is None or _CREATES.search(variable):
        raise NotUnderstoodError(_uncertain(parsed, call))
    assigned = [
        (node, value)
        for node in nodes_below(body, "assignment_expression", "init_declarator")
        if variable in (_field(parsed, node, "left"), _declared(parsed, node))
        and not _contains(node, call)
        and (value := _field(parsed, node, "right") or _field(parsed, node, "value"))
    ]
    created = [
        (node, match)
        for node, value in assigned
        if (match := _CREATES.search(value)) and not _are_exclusive(node, call)
    ]
    if not created:
        return False
    node, match = created[-1]
    in_between = any(
        node.end_byte <= each.start_byte < call.start_byte for each, _ in assigned
    )
    is_sized = not sized or bool(match["var"] or match["old_var"])
    if len(created) > 1 or in_between or not is_sized or not _is_before(node, call):
        raise NotUnderstoodError(_uncertain(parsed, call))
    return True


def _uncertain(parsed: ParsedSource, call: Node) -> str:
    return (
        f"whether {_field(parsed, call, 'function')}() in line"
        f" {parsed.line(call.start_byte)} takes a second reference to it is not certain"
    )


def _field(parsed: ParsedSource, node: Node, name: str) -> str:
    found = node.child_by_field_name(name)
    return "" if found is None else parsed.text(found)


def _declared(parsed: ParsedSource, node: Node) -> str:
    return declared_name(parsed, node.child_by_field_name("declarator"))


def _contains(node: Node, other: Node) -> bool:
    return node.start_byte <= other.start_byte and other.end_byte <= node.end_byte


def _is_before(node: Node, later: Node) -> bool:
    """Tell whether a node is evaluated each time before a later one is."""
    scope = node
    while scope.parent is not None and scope.parent.type != "compound_statement":
        parent = scope.parent
        condition = parent.child_by_field_name("condition")
        left = parent.child_by_field_name("left")
        is_first = scope in (condition, left) and parent.type != "for_statement"
        if not is_first and parent.type in {"if_statement", *_DEPENDS}:
            break
        scope = parent
    scope = scope.parent or scope
    return _contains(scope, later) and node.end_byte <= later.start_byte


def _are_exclusive(node: Node, other: Node) -> bool:
    """Tell whether at most one of two nodes runs: they are in two branches."""
    outer = node
    while outer.parent is not None and not _contains(outer.parent, other):
        outer = outer.parent
    parent = outer.parent
    if parent is None or parent.type != "if_statement":
        return False
    condition = parent.child_by_field_name("condition")
    return condition is None or not (
        _contains(condition, node) or _contains(condition, other)
    )


def _without(parsed: ParsedSource, call: Node, instance: Node) -> Edit:
    """Return the edit that leaves the instance of a call, or nothing of a statement."""
    statement = call.parent
    if (
        statement is not None
        and statement.type == "expression_statement"
        and statement.parent is not None
        and statement.parent.type == "compound_statement"
    ):
        start, end = with_whole_line(
            parsed.source, statement.start_byte, statement.end_byte
        )
        return Edit(start, end, b"")
    text = f"({parsed.text(instance)})"
    return Edit(call.start_byte, call.end_byte, text.encode("utf-8", "replace"))
