"""Tell what a source does with the name of a type: shows it, or decides by it.

``tp_name`` begins with the module if C code made the type; ``__name__``, which is
available under the limit, never does:
https://docs.python.org/3/c-api/typeobj.html#c.PyTypeObject.tp_name
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.porting.syntax import nodes_below

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from abi3build.porting.syntax import ParsedSource

__all__ = ["decides_by_name"]

_DECIDING = re.compile(
    r"(?:std::)?(?:_?(?:str|mem|wcs)n?i?(?:case)?cmp|str(?:r?chr|chrnul|(?:case)?str|"
    r"pbrk|c?spn|tok(?:_r)?|sep)|mem(?:r?chr|mem)|fnmatch)|\w*(?:str|mem)n?(?:case)?_?eq\w*",
    re.IGNORECASE,
)
"""Functions that compare texts or look for a part of one."""

_COMPARISONS = frozenset({"==", "!=", "<", ">", "<=", ">="})
_NULL = frozenset({"NULL", "0", "nullptr"})


def decides_by_name(parsed: ParsedSource, read: Node) -> bool:
    """Tell whether the text of ``read`` is compared, searched or split.

    ``read`` is an expression such as ``type->tp_name``; a variable that it is assigned
    to is followed through its function.
    """
    if _is_decided(parsed, read):
        return True
    variable = _variable(parsed, read)
    function: Node | None = read
    while function is not None and function.type != "function_definition":
        function = function.parent
    if not variable or function is None:
        return False
    return any(
        _is_decided(parsed, each)
        for each in nodes_below(function, "identifier")
        if parsed.text(each) == variable
    )


def _outwards(read: Node) -> Iterator[tuple[Node, Node]]:
    """Yield an expression and its parent, from the innermost on, without wrappers."""
    node, parent = read, read.parent
    while parent is not None:
        yield node, parent
        if parent.type not in {
            "parenthesized_expression",
            "cast_expression",
            "conditional_expression",
        }:
            return
        node, parent = parent, parent.parent


def _is_decided(parsed: ParsedSource, read: Node) -> bool:
    for node, parent in _outwards(read):
        if parent.type in {"subscript_expression", "update_expression"}:
            return True
        if parent.type == "pointer_expression":
            return parsed.text(parent).startswith("*")
        if parent.type == "binary_expression":
            return _is_computed(parsed, parent)
        if parent.type == "argument_list":
            call = parent.parent
            callee = None if call is None else call.child_by_field_name("function")
            name = "" if callee is None else parsed.text(callee)
            return _DECIDING.fullmatch(name) is not None
        if parent.type == "assignment_expression":
            left = parent.child_by_field_name("left")
            operator = parent.child_by_field_name("operator")
            is_left = left is not None and left.id == node.id
            return is_left and operator is not None and parsed.text(operator) != "="
    return False


def _is_computed(parsed: ParsedSource, expression: Node) -> bool:
    """Tell whether an operator moves along the text or compares texts, not NULL."""
    operator = expression.child_by_field_name("operator")
    text = "" if operator is None else parsed.text(operator)
    if text in {"+", "-"}:
        return True
    if text not in _COMPARISONS:
        return False
    sides = (
        expression.child_by_field_name("left"),
        expression.child_by_field_name("right"),
    )
    return not any(side is not None and parsed.text(side) in _NULL for side in sides)


def _variable(parsed: ParsedSource, read: Node) -> str:
    """Return the variable that a read is assigned to; empty if there is none."""
    for node, parent in _outwards(read):
        if parent.type == "init_declarator":
            declarator = parent.child_by_field_name("declarator")
            found = None if declarator is None else parsed.text(declarator)
            names = re.findall(r"\w+", found or "")
            return names[-1] if names else ""
        if parent.type == "assignment_expression":
            left = parent.child_by_field_name("left")
            if left is not None and left.id != node.id and left.type == "identifier":
                return parsed.text(left)
    return ""
