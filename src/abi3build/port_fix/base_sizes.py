"""Sizes of Python's own structures in a specification become the size of the base.

A ``basicsize`` of 0 takes that of the base, which is the same structure in the Python
that runs: https://docs.python.org/3/c-api/type.html#c.PyType_Spec.basicsize
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.port_fix.edits import Edit
from abi3build.port_fix.rewrites import Rewrite, found_of
from abi3build.port_fix.source_files import Proposal
from abi3build.porting.syntax import nodes_below

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from abi3build.port_fix.rewrites import Found, View
    from abi3build.port_fix.source_files import LeftToDo, SourceFiles
    from abi3build.porting.syntax import ParsedSource

__all__ = ["BASE_SIZES", "has_only_base"]

_TYPES = {
    "PyByteArrayObject": "PyByteArray_Type",
    "PyBytesObject": "PyBytes_Type",
    "PyDictObject": "PyDict_Type",
    "PyFloatObject": "PyFloat_Type",
    "PyListObject": "PyList_Type",
    "PyLongObject": "PyLong_Type",
    "PySetObject": "PySet_Type",
    "PyTupleObject": "PyTuple_Type",
    "PyUnicodeObject": "PyUnicode_Type",
}
_REMARK = "its instances take the size of the base, which can be a few bytes less"
_MAKERS = re.compile(r"PyType_From(?:SpecWithBases|ModuleAndSpec|Metaclass)", re.ASCII)
_FIELD = 1
"""The place of ``basicsize`` among the fields of a specification."""


def _find(view: View) -> Found:
    proposals = []
    left: list[LeftToDo] = []
    sources = view.sources
    for file, parsed in sorted(sources.files.items()):
        for name, value in _hidden_sizes(parsed):
            if sources.is_dropped(file, value.start_byte):
                continue
            structure = _structure(parsed, value)
            if not has_only_base(sources, file, name, _TYPES[structure]):
                reason = f"&{_TYPES[structure]} is not its base everywhere"
                left.append(sources.left(file, value.start_byte, name, reason))
                continue
            edit = Edit(value.start_byte, value.end_byte, b"0")
            proposals.append(Proposal(name, {file: (edit,)}, (_REMARK,)))
    return found_of(proposals, left)


BASE_SIZES = Rewrite("sizes of Python's own structures taken from the base", _find)


def _hidden_sizes(parsed: ParsedSource) -> Iterator[tuple[str, Node]]:
    """Yield the name of a specification, and its size of a hidden structure."""
    for node in nodes_below(parsed.root, "init_declarator"):
        name = node.child_by_field_name("declarator")
        value = node.child_by_field_name("value")
        kind = None if node.parent is None else node.parent.child_by_field_name("type")
        if name is None or value is None or kind is None:
            continue
        if parsed.text(kind) != "PyType_Spec" or value.type != "initializer_list":
            continue
        entries = [each for each in value.named_children if each.type != "comment"]
        for place, entry in enumerate(entries):
            size = entry
            if entry.type == "initializer_pair":
                named = entry.child_by_field_name("designator")
                inner = entry.child_by_field_name("value")
                if named is None or inner is None:
                    continue
                if parsed.text(named).lstrip(". ") != "basicsize":
                    continue
                size = inner
            elif place != _FIELD:
                continue
            if name.type == "identifier" and _structure(parsed, size) in _TYPES:
                yield parsed.text(name), size


def _structure(parsed: ParsedSource, size: Node) -> str:
    """Return the structure of which an expression is the size."""
    text = re.sub(r"^\(\s*(?:int|Py_ssize_t)\s*\)\s*", "", parsed.text(size))
    found = re.fullmatch(r"sizeof\s*\(\s*(\w+)\s*\)", text)
    return found[1] if found else ""


def has_only_base(sources: SourceFiles, file: str, name: str, base: str) -> bool:
    """Tell whether a specification in a file makes types, all of them with one base."""
    used = False
    for other, offset in sources.mentions(name):
        if not sources.are_together(file, other) and _is_static(sources, file, name):
            continue
        parsed = sources.files[other]
        node = parsed.node_at(offset, offset + 1)
        call = node
        while call is not None and call.type not in {
            "call_expression",
            "declaration",
        }:
            call = call.parent
        if call is None:
            return False
        if call.type == "declaration":
            if re.search(rf"\bPyType_Spec\s+{name}\b", parsed.text(call)):
                continue  # its definition, or a declaration
            return False
        if not _passes_base(parsed, call, base):
            return False
        used = True
    return used


def _is_static(sources: SourceFiles, file: str, name: str) -> bool:
    pattern = rb"\bstatic\b[^;{}=]*\bPyType_Spec\s+%b\b" % re.escape(name.encode())
    return re.search(pattern, sources.code_of(file)) is not None


def _passes_base(parsed: ParsedSource, call: Node, base: str) -> bool:
    """Tell whether a call makes a type of one base, a type or a tuple of one."""
    function = call.child_by_field_name("function")
    listed = call.child_by_field_name("arguments")
    if function is None or listed is None:
        return False
    arguments = [each for each in listed.named_children if each.type != "comment"]
    if not _MAKERS.fullmatch(parsed.text(function)) or not arguments:
        return False
    bases = parsed.text(arguments[-1])
    one = rf"(?:\(\s*PyObject\s*\*\s*\)\s*)?&\s*{base}"
    pack = rf"PyTuple_Pack\s*\(\s*1\s*,\s*{one}\s*\)"
    if re.fullmatch(f"{one}|{pack}", bases):
        return True
    body = call
    while body.parent is not None and body.type != "function_definition":
        body = body.parent
    text = parsed.source[body.start_byte : call.start_byte].decode("utf-8", "replace")
    set_to = re.findall(rf"\b{re.escape(bases)}\s*=(?!=)\s*([^;]*);", text)
    return bool(
        re.fullmatch(r"\w+", bases)
        and set_to
        and all(re.fullmatch(pack, each.strip()) for each in set_to)
    )
