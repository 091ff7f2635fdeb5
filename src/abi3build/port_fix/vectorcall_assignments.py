"""Keep assignments of ``tp_vectorcall`` only in builds without the limit.

A type's vectorcall has to do what ``tp_new`` and ``tp_init`` do, only faster, so under
the limit the type is called through these:
https://docs.python.org/3/c-api/typeobj.html#c.PyTypeObject.tp_vectorcall
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.port_fix.code_style import read_style
from abi3build.port_fix.edits import Edit, with_whole_line
from abi3build.port_fix.rewrites import Rewrite, found_of
from abi3build.port_fix.source_files import Proposal
from abi3build.porting.syntax import nodes_below

if TYPE_CHECKING:
    from abi3build.port_fix.rewrites import Found, View

__all__ = ["VECTORCALL_ASSIGNMENTS"]

_REMARK = "under the limit, calls of the type use tp_new and tp_init, which is slower"


def _find(view: View) -> Found:
    proposals = []
    for file, parsed in sorted(view.sources.files.items()):
        newline = read_style(parsed).newline
        for node in nodes_below(parsed.root, "expression_statement"):
            inner = next(iter(node.named_children), None)
            if inner is None or inner.type != "assignment_expression":
                continue
            left = inner.child_by_field_name("left")
            field = None if left is None else left.child_by_field_name("field")
            if field is None or parsed.text(field) != "tp_vectorcall":
                continue
            start, end = with_whole_line(parsed.source, node.start_byte, node.end_byte)
            is_alone = (start, end) != (node.start_byte, node.end_byte)
            if not is_alone or view.sources.is_only_without_limit(file, start):
                continue
            edits = (
                Edit(start, start, f"#ifndef Py_LIMITED_API{newline}".encode()),
                Edit(end, end, f"#endif{newline}".encode()),
            )
            proposals.append(
                Proposal(f"{file}: tp_vectorcall", {file: edits}, (_REMARK,))
            )
    return found_of(proposals)


VECTORCALL_ASSIGNMENTS = Rewrite("vectorcall of types only without the limit", _find)
