"""Tests whether a type has a table of functions, before one function is read from it.

Under the limit there is no table, but a slot can be read: it is NULL if there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.port_fix.initializers import is_null, without_casts
from abi3build.port_fix.source_files import declared_name
from abi3build.porting.syntax import nodes_below

if TYPE_CHECKING:
    from tree_sitter import Node

    from abi3build.porting.syntax import ParsedSource

__all__ = ["slot_behind_guard"]

_LOOPS = frozenset({"for_statement", "while_statement", "do_statement"})


def slot_behind_guard(parsed: ParsedSource, table: Node) -> str:
    """Return the slot that can be tested in place of a table; empty if none can.

    ``table`` is ``T->tp_as_x`` in ``if (T->tp_as_x != NULL) v = T->tp_as_x->slot;``,
    with a variable that is NULL so far: it is NULL afterwards too if the slot is.
    """
    guard = _guard_of(parsed, table)
    if guard is None:
        return ""
    statement = guard.child_by_field_name("consequence")
    if statement is not None and statement.type == "compound_statement":
        inner = [each for each in statement.named_children if each.type != "comment"]
        statement = inner[0] if len(inner) == 1 else None
    if statement is None or statement.type != "expression_statement":
        return ""
    assignment = next(iter(statement.named_children), None)
    if assignment is None or assignment.type != "assignment_expression":
        return ""
    left = assignment.child_by_field_name("left")
    right = assignment.child_by_field_name("right")
    operator = assignment.child_by_field_name("operator")
    if left is None or right is None or operator is None:
        return ""
    owner, arrow, slot = without_casts(parsed.text(right)).rpartition("->")
    is_plain = left.type == "identifier" and parsed.text(operator) == "="
    is_same = bool(arrow) and owner == parsed.text(table) and slot.isidentifier()
    if is_plain and is_same and _is_null_so_far(parsed, guard, parsed.text(left)):
        return slot
    return ""


def _guard_of(parsed: ParsedSource, table: Node) -> Node | None:
    """Return the ``if`` without ``else`` that tests no more than the table."""
    condition, parent = table, table.parent
    if parent is not None and parent.type == "binary_expression":
        left = parent.child_by_field_name("left")
        right = parent.child_by_field_name("right")
        operator = parent.child_by_field_name("operator")
        if left is None or right is None or operator is None:
            return None
        compared = right if left.id == table.id else left
        if parsed.text(operator) != "!=" or not is_null(parsed.text(compared)):
            return None
        condition, parent = parent, parent.parent
    while parent is not None and parent.type in {
        "parenthesized_expression",
        "condition_clause",
    }:
        condition, parent = parent, parent.parent
    if parent is None or parent.type != "if_statement":
        return None
    tested = parent.child_by_field_name("condition")
    if tested is None or tested.id != condition.id:
        return None
    return None if parent.child_by_field_name("alternative") else parent


def _is_null_so_far(parsed: ParsedSource, guard: Node, name: str) -> bool:
    """Tell whether a variable is certainly NULL where a statement begins."""
    function: Node | None = guard
    while function is not None and function.type != "function_definition":
        if function.type in _LOOPS:
            return False
        function = function.parent
    if function is None:
        return False
    before = [
        each
        for each in nodes_below(
            function, "identifier", "labeled_statement", "init_declarator"
        )
        if each.start_byte < guard.start_byte
    ]
    if any(each.type == "labeled_statement" for each in before):
        return False
    set_to = [
        parsed.text(value)
        for each in before
        if each.type == "init_declarator"
        and declared_name(parsed, each) == name
        and (value := each.child_by_field_name("value")) is not None
    ]
    uses = [
        each
        for each in before
        if each.type == "identifier" and parsed.text(each) == name
    ]
    # The one use is the declaration itself.
    return len(set_to) == 1 and is_null(set_to[0]) and len(uses) == 1
