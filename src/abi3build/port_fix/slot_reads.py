"""Reads of a type's fields become calls of functions that the limit has.

``PyType_GetSlot`` takes static types, those of Python itself among them, since 3.10:
https://docs.python.org/3/c-api/type.html#c.PyType_GetSlot
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.port_fix.added_helpers import (
    SLOT,
    TABLE_SLOT,
    TYPE_DICTIONARY,
    TYPE_NAME,
    TYPE_ORDER,
    with_helpers,
)
from abi3build.port_fix.edits import Edit, apply_edits
from abi3build.port_fix.guarded_tables import slot_behind_guard
from abi3build.port_fix.initializers import without_casts
from abi3build.port_fix.rewrites import Rewrite, found_of
from abi3build.port_fix.slot_names import FUNCTION_TYPES, TABLE_FIELDS, TABLES
from abi3build.port_fix.source_files import Proposal, parameters_of
from abi3build.port_fix.type_name_uses import decides_by_name
from abi3build.porting.syntax import nodes_below, parse_macro_bodies
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from abi3build.port_fix.rewrites import Found, View
    from abi3build.port_fix.source_files import LeftToDo, SourceFiles
    from abi3build.porting.syntax import ParsedSource

__all__ = ["SLOT_READS"]

_FIRST_WITH_STATIC_TYPES = PythonVersion(3, 10)
_REMARKS = {
    "tp_name": (
        "under the limit, messages name types from C modules without their module"
    ),
    "tp_dict": "under the limit, it is found behind type.__dict__, which takes longer",
    "tp_mro": "under the limit, an attribute is read, which takes longer",
}
_FUNCTIONS = {
    "tp_flags": "PyType_GetFlags",
    "tp_name": TYPE_NAME,
    "tp_dict": TYPE_DICTIONARY,
    "tp_mro": TYPE_ORDER,
}
_OBJECT_SLOTS = {"tp_base": "PyTypeObject *", "tp_bases": "PyObject *"}


def _find(view: View) -> Found:
    proposals: list[Proposal] = []
    left: list[LeftToDo] = []
    for file, parsed in sorted(view.sources.files.items()):
        macros = parse_macro_bodies(parsed.source, parsed.dialect)
        for tree in (parsed, macros):
            reader = _Reader(view.sources, file, tree)
            for field, edit in reader.rewritten():
                remark = (_REMARKS[field],) if field in _REMARKS else ()
                proposals.append(Proposal(f"{file}: {field}", {file: (edit,)}, remark))
            left += reader.left
    return with_helpers(view.sources, found_of(proposals, left))


SLOT_READS = Rewrite("fields of types read by functions", _find)


class _Reader:
    """Rewrite the reads in one tree; the state is what is left to a person."""

    def __init__(self, sources: SourceFiles, file: str, parsed: ParsedSource) -> None:
        self.sources = sources
        self.file = file
        self.parsed = parsed
        self.left: list[LeftToDo] = []

    def rewritten(self) -> Iterator[tuple[str, Edit]]:
        """Yield the field and the edit of each outermost read."""
        end = 0
        for node in nodes_below(
            self.parsed.root, "field_expression", "binary_expression", "call_expression"
        ):
            start = node.start_byte
            if start < end or self._is_elsewhere(start):
                continue
            found = self._rewrite(node)
            if found is not None:
                end = node.end_byte
                field, text = found
                yield field, Edit(start, end, text.encode("utf-8", "surrogateescape"))

    def _is_elsewhere(self, offset: int) -> bool:
        return self.sources.is_dropped(
            self.file, offset
        ) or self.sources.is_only_without_limit(self.file, offset)

    def _rewrite(self, node: Node) -> tuple[str, str] | None:
        """Return field and new text of a node that is a read, else None."""
        if node.type == "call_expression":
            return self._class_attribute(node)
        if node.type == "binary_expression":
            return self._guarded_table(node)
        field = self._field(node)
        table = self._table_of(node)
        if _is_written(node) or (field == "tp_name" and self._decides_by_name(node)):
            return None
        if field in TABLE_FIELDS:
            slot = slot_behind_guard(self.parsed, node)
            if slot in TABLES[TABLE_FIELDS[field]]:
                table, field = node, slot
        if table is not None:
            return self._slot(table, field)
        if field in FUNCTION_TYPES and field.startswith("tp_"):
            return self._slot(node, field)
        text = ""
        if field in _FUNCTIONS:
            text = f"{_FUNCTIONS[field]}({self._owner(node)})"
        elif field in _OBJECT_SLOTS and self._is_usable(node):
            kind = _OBJECT_SLOTS[field]
            text = f"(({kind})PyType_GetSlot({self._owner(node)}, Py_{field}))"
        return (field, text) if text else None

    def _decides_by_name(self, node: Node) -> bool:
        """Tell, and note, whether more depends on the name than what a message says."""
        if not decides_by_name(self.parsed, node):
            return False
        self.left.append(
            self.sources.left(
                self.file,
                node.start_byte,
                f"tp_name of {self._owner(node)}",
                "its text is compared or split here, and under the limit it is the name"
                " without the module: compare types or attributes instead",
            )
        )
        return True

    def _slot(self, owner: Node, field: str) -> tuple[str, str] | None:
        """Return the read of a slot that holds a function."""
        kind = FUNCTION_TYPES.get(field)
        if kind is None:
            return None
        type_ = self._owner(owner)
        if not self._is_usable(owner):
            if self.sources.floor >= _FIRST_WITH_STATIC_TYPES:
                if field.startswith("tp_"):
                    return field, f"{SLOT}({type_}, {field}, {kind})"
                table = self._field(owner)
                return field, f"{TABLE_SLOT}({type_}, {table}, {field}, {kind})"
            self.left.append(
                self.sources.left(
                    self.file,
                    owner.start_byte,
                    f"{field} of {type_}",
                    "PyType_GetSlot accepts static types only since 3.10: raise the"
                    " floor to 3.10, or call a function on the object",
                )
            )
            return None
        return field, f"(({kind})PyType_GetSlot({type_}, Py_{field}))"

    def _field(self, node: Node) -> str:
        field = node.child_by_field_name("field")
        return "" if field is None else self.parsed.text(field)

    def _table_of(self, node: Node) -> Node | None:
        """Return ``T->tp_as_number`` of ``T->tp_as_number->nb_add``."""
        inner = node.child_by_field_name("argument")
        if inner is None or inner.type != "field_expression":
            return None
        table = TABLE_FIELDS.get(self._field(inner))
        known = table is not None and self._field(node) in TABLES[table]
        return inner if known else None

    def _owner(self, node: Node) -> str:
        """Return the expression of the type whose field a node reads, rewritten."""
        argument = node.child_by_field_name("argument")
        field = node.child_by_field_name("field")
        if argument is None or field is None:
            return self.parsed.text(node)
        inner = [
            Edit(
                each.start_byte - argument.start_byte,
                each.end_byte - argument.start_byte,
                found[1].encode("utf-8", "surrogateescape"),
            )
            for each in _outermost(argument)
            if (found := self._rewrite(each)) is not None
        ]
        source = self.parsed.source[argument.start_byte : argument.end_byte]
        text = apply_edits(source, inner).decode("utf-8", "surrogateescape")
        between = self.parsed.source[argument.end_byte : field.start_byte]
        if b"->" not in between:
            return f"&{text}"
        bare = text.strip()
        if bare.startswith("(") and bare.endswith(")") and "->" in without_casts(bare):
            return bare
        return bare

    def _guarded_table(self, node: Node) -> tuple[str, str] | None:
        """Return ``T->tp_as_x && T->tp_as_x->y`` without its first half."""
        left = node.child_by_field_name("left")
        right = node.child_by_field_name("right")
        operator = node.child_by_field_name("operator")
        if left is None or right is None or operator is None:
            return None
        if self.parsed.text(operator) != "&&":
            return None
        bare = re.sub(r"\s*!=\s*(?:NULL|0|nullptr)$", "", self.parsed.text(left))
        found = re.fullmatch(r".*->\s*(tp_as_\w+)", without_casts(bare), re.DOTALL)
        reads = [
            each
            for each in nodes_below(right, "field_expression")
            if (table := self._table_of(each)) is not None
            and self.parsed.text(table) == without_casts(bare)
        ]
        if found is None or not reads:
            return None
        edits = []
        end = 0
        for each in nodes_below(right, "field_expression"):
            if each.start_byte < end:
                continue
            rewritten = self._rewrite(each)
            if rewritten is not None:
                end = each.end_byte
                edits.append(
                    Edit(
                        each.start_byte - right.start_byte,
                        end - right.start_byte,
                        rewritten[1].encode(),
                    )
                )
        if not edits:
            return None
        source = self.parsed.source[right.start_byte : right.end_byte]
        return found[1], apply_edits(source, edits).decode("utf-8", "surrogateescape")

    def _class_attribute(self, node: Node) -> tuple[str, str] | None:
        """Return the setting of an attribute in place of one in ``tp_dict``.

        Only for types made from a specification here: static ones refuse it.
        """
        callee = node.child_by_field_name("function")
        listed = node.child_by_field_name("arguments")
        if callee is None or listed is None:
            return None
        function = self.parsed.text(callee)
        setters = {
            "PyDict_SetItemString": "PyObject_SetAttrString",
            "PyDict_SetItem": "PyObject_SetAttr",
        }
        arguments = [each for each in listed.named_children if each.type != "comment"]
        if function not in setters or not arguments:
            return None
        first = arguments[0]
        if first.type != "field_expression" or self._field(first) != "tp_dict":
            return None
        name = self._owner(first).lstrip("&")
        if next(self.sources.mentions(f"{name}_spec"), None) is None:
            return None
        rest = self.parsed.source[first.end_byte : node.end_byte].decode()
        return "tp_dict", f"{setters[function]}((PyObject *){self._owner(first)}{rest}"

    def _is_usable(self, node: Node) -> bool:
        """Tell whether ``PyType_GetSlot`` can be asked wherever the project runs."""
        oldest = min(self.sources.floor, self.sources.oldest_python)
        return oldest >= _FIRST_WITH_STATIC_TYPES or self._is_own_type(node)

    def _is_own_type(self, node: Node) -> bool:
        """Tell whether the type is certainly one that the project makes from a spec."""
        owner = self._owner(node)
        name = owner.lstrip("&")
        if next(self.sources.mentions(f"{name}_spec"), None) is not None:
            return True
        function: Node | None = node
        while function is not None and function.type != "function_definition":
            function = function.parent
        if function is None:
            return False
        parameters = parameters_of(self.parsed, function)
        if not parameters:
            return False
        kind, first = parameters[0]
        is_new = [each for each, _ in parameters[:3]] == [
            "PyTypeObject *",
            "PyObject *",
            "PyObject *",
        ]
        if is_new and owner == first:
            return True
        own = re.fullmatch(r"Py_TYPE\s*\((.*)\)", owner)
        is_instance = kind.endswith("*") and not kind.startswith(
            ("Py", "const", "void")
        )
        return own is not None and is_instance and without_casts(own[1]) == first


def _outermost(node: Node) -> Iterator[Node]:
    """Yield the field expressions in a node that are in no other one."""
    if node.type == "field_expression":
        yield node
        return
    for child in node.children:
        yield from _outermost(child)


def _is_written(node: Node) -> bool:
    """Tell whether an expression is assigned to, or its address or size is taken."""
    parent = node.parent
    while parent is not None and parent.type in {
        "field_expression",
        "parenthesized_expression",
    }:
        node, parent = parent, parent.parent
    if parent is None:
        return False
    if parent.type == "assignment_expression":
        left = parent.child_by_field_name("left")
        return left is not None and left.id == node.id
    if parent.type == "pointer_expression":
        return parent.text is not None and parent.text.startswith(b"&")
    return parent.type in {"update_expression", "sizeof_expression"}
