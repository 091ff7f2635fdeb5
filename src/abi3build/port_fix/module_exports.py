"""Write ``PyModExport_`` beside ``PyInit_``, for Pythons without the GIL too.

Under abi3t a ``PyModuleDef`` is incomplete, because it begins with an object; modules
come from slots instead: https://peps.python.org/pep-0793/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.port_fix.code_style import read_style
from abi3build.port_fix.edits import Edit
from abi3build.port_fix.initializers import (
    NotUnderstoodError,
    is_null,
    read_initializer,
    without_casts,
)
from abi3build.port_fix.rewrites import Rewrite, found_of
from abi3build.port_fix.source_files import Proposal
from abi3build.porting.syntax import nodes_below

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from abi3build.port_fix.code_style import CodeStyle
    from abi3build.port_fix.rewrites import Found, View
    from abi3build.port_fix.source_files import LeftToDo, SourceFiles

__all__ = ["DEFINITION_FIELDS", "MODULE_EXPORTS", "module_definitions"]

DEFINITION_FIELDS = (
    *("m_name", "m_doc", "m_size", "m_methods", "m_slots"),
    *("m_traverse", "m_clear", "m_free"),
)
"""After the head.  https://docs.python.org/3/c-api/module.html#c.PyModuleDef"""

_DATA = {
    "m_name": "Py_mod_name",
    "m_doc": "Py_mod_doc",
    "m_methods": "Py_mod_methods",
    "m_slots": "Py_mod_slots",
}
_FUNCTIONS = {
    "m_traverse": "Py_mod_state_traverse",
    "m_clear": "Py_mod_state_clear",
    "m_free": "Py_mod_state_free",
}


def _find(view: View) -> Found:
    proposals: list[Proposal] = []
    left: list[LeftToDo] = []
    for file, parsed in sorted(view.sources.files.items()):
        if b"PyMODEXPORT_FUNC" in parsed.source:
            continue
        for node, name, braces in module_definitions(view.sources, file):
            try:
                edits = _export(view.sources, file, node, name, braces)
            except NotUnderstoodError as fault:
                left.append(view.sources.left(file, node.start_byte, name, str(fault)))
                continue
            proposals.append(Proposal(name, {file: edits}))
    return found_of(proposals, left)


MODULE_EXPORTS = Rewrite("PyModExport_ beside PyInit_ for abi3t", _find)


def module_definitions(
    sources: SourceFiles, file: str
) -> Iterator[tuple[Node, str, Node]]:
    """Yield declaration, name and braces of each ``PyModuleDef`` of a file."""
    parsed = sources.files[file]
    if b"PyModuleDef" not in parsed.source:
        return
    for node in nodes_below(parsed.root, "declaration"):
        kind = node.child_by_field_name("type")
        declarator = node.child_by_field_name("declarator")
        if kind is None or declarator is None:
            continue
        if parsed.text(kind) not in {"PyModuleDef", "struct PyModuleDef"}:
            continue
        name = declarator.child_by_field_name("declarator")
        value = declarator.child_by_field_name("value")
        if declarator.type == "init_declarator" and name is not None and value:
            yield node, parsed.text(name), value


def _export(
    sources: SourceFiles, file: str, node: Node, name: str, braces: Node
) -> tuple[Edit, ...]:
    """Return the edits for one module.

    Raise ``NotUnderstoodError`` if its definition is used for anything else.
    """
    parsed = sources.files[file]
    # The head is one entry; read_initializer leaves it out by itself.
    initializer = read_initializer(
        parsed, braces, DEFINITION_FIELDS, lambda _: False, has_head=False
    )
    values: dict[str, str] = {}
    for entry in initializer.entries:
        if entry.branches:
            message = f"{entry.field} differs by an #if"
            raise NotUnderstoodError(message)
        values[entry.field] = entry.value
    init = _init_function(sources, file, name)
    between = sources.code_of(file)[node.end_byte : init.start_byte]
    if between.strip() or init.start_byte < node.start_byte:
        message = "there is other code between it and its PyInit_ function"
        raise NotUnderstoodError(message)
    module = re.search(r"PyInit_(\w+)", parsed.text(init))
    if module is None:
        message = "no PyInit_ function returns it"
        raise NotUnderstoodError(message)
    style = read_style(parsed)
    head = _export_text(style, name, module[1], values)
    return (
        Edit(node.start_byte, node.start_byte, head.encode()),
        Edit(init.end_byte, init.end_byte, f"{style.newline}#endif".encode()),
    )


def _init_function(sources: SourceFiles, file: str, name: str) -> Node:
    """Return the function that returns a definition and is its only user."""
    parsed = sources.files[file]
    body = r"\{\s*return\s+PyModuleDef_Init\s*\(\s*&\s*%s\s*\)\s*;\s*\}"
    own = [
        each.node
        for functions in sources.functions.values()
        for each in functions
        if each.file == file
        and re.fullmatch(body % re.escape(name), parsed.text(each.body))
    ]
    if len(own) != 1:
        message = (
            "no PyInit_ function only returns PyModuleDef_Init of it: change the module"
            " to multi-phase initialization first"
        )
        raise NotUnderstoodError(message)
    uses = [
        offset
        for other, offset in sources.mentions(name)
        if other != file or not own[0].start_byte <= offset < own[0].end_byte
    ]
    if len(uses) > 1:
        message = "it is used elsewhere too, but does not exist under abi3t"
        raise NotUnderstoodError(message)
    return own[0]


def _export_text(
    style: CodeStyle, name: str, module: str, values: dict[str, str]
) -> str:
    abi, slots = f"{name}_abi", f"{name}_export"
    rows = [f"PySlot_STATIC_DATA(Py_mod_abi, &{abi}),"]
    for field, value in values.items():
        if field == "m_size" and value.strip() not in {"0", "-1"}:
            rows.append(f"PySlot_SIZE(Py_mod_state_size, {value}),")
        elif field in _DATA and not is_null(value):
            data = f"(void *){without_casts(value)}"
            rows.append(f"PySlot_STATIC_DATA({_DATA[field]}, {data}),")
        elif field in _FUNCTIONS and not is_null(value):
            rows.append(f"PySlot_FUNC({_FUNCTIONS[field]}, {without_casts(value)}),")
    rows.append("PySlot_END")
    lines = [
        "#ifdef Py_TARGET_ABI3T",
        f"PyABIInfo_VAR({abi});",
        "",
        f"static PySlot {slots}[] = {{",
        *style.indented(rows, 1),
        "};",
        "",
    ]
    function = style.function(
        "PyMODEXPORT_FUNC", f"PyModExport_{module}(void)", [f"\treturn {slots};"]
    )
    return style.lines(lines) + function + style.lines(["#else"])
