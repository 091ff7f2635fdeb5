"""Leave out shortcuts to the characters of a string if a copy works as well.

Nothing limited shows how a string is stored, and ``PyUnicode_AsUCS4Copy`` accepts every
string: https://docs.python.org/3/c-api/unicode.html#c.PyUnicode_AsUCS4Copy
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.port_fix.edits import Edit, indentation_at
from abi3build.port_fix.rewrites import Rewrite, found_of
from abi3build.port_fix.source_files import Proposal
from abi3build.porting.syntax import nodes_below

if TYPE_CHECKING:
    from tree_sitter import Node

    from abi3build.port_fix.rewrites import Found, View
    from abi3build.porting.syntax import ParsedSource

__all__ = ["UNCOPIED_TEXTS"]

_IS_WIDE = re.compile(
    r"\(\s*PyUnicode_KIND\s*\(\s*(?P<name>\w+)\s*\)\s*==\s*PyUnicode_4BYTE_KIND\s*\)"
)
_REMARK = "under the Limited API a string of wide characters is copied like every other"


def _find(view: View) -> Found:
    proposals = []
    for file, parsed in sorted(view.sources.files.items()):
        if b"PyUnicode_4BYTE_DATA" not in parsed.source:
            continue
        for node in nodes_below(parsed.root, "if_statement"):
            start = node.start_byte
            if view.sources.is_dropped(file, start):
                continue
            if view.sources.is_only_without_limit(file, start):
                continue
            edits = _edits(parsed, node)
            if edits:
                subject = f"{file}:{parsed.line(start)}"
                proposals.append(Proposal(subject, {file: edits}, (_REMARK,)))
    return found_of(proposals)


UNCOPIED_TEXTS = Rewrite("shortcuts that avoid copying a string left out", _find)


def _edits(parsed: ParsedSource, node: Node) -> tuple[Edit, ...]:
    """Return the edits that leave the copying branch alone, or none."""
    condition = node.child_by_field_name("condition")
    shortcut = node.child_by_field_name("consequence")
    otherwise = node.child_by_field_name("alternative")
    parent = node.parent
    if condition is None or shortcut is None or otherwise is None or parent is None:
        return ()
    is_wide = _IS_WIDE.fullmatch(parsed.text(condition))
    copying = otherwise.named_children[0] if otherwise.named_children else None
    if is_wide is None or copying is None or copying.type != "compound_statement":
        return ()
    name = re.escape(is_wide["name"])
    line = parsed.source.rfind(b"\n", 0, node.start_byte) + 1
    if (
        parent.type != "compound_statement"
        or parsed.source[line : node.start_byte].strip()
        or not re.search(
            rf"\bPyUnicode_4BYTE_DATA\s*\(\s*{name}\b", parsed.text(shortcut)
        )
        or not re.search(
            rf"\bPyUnicode_AsUCS4Copy\s*\(\s*{name}\b", parsed.text(copying)
        )
    ):
        return ()
    newline = b"\r\n" if b"\r\n" in parsed.source else b"\n"
    indent = indentation_at(parsed.source, node.start_byte)
    between = otherwise.start_byte + len(b"else")
    return (
        Edit(line, line, b"#ifndef Py_LIMITED_API" + newline),
        Edit(between, copying.start_byte, newline + b"#endif" + newline + indent),
    )
