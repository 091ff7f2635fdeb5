"""Casts for functions that take an object but get a pointer to another structure.

Macros that cast, such as ``Py_SIZE``, are plain functions under the limit from 3.11 on;
C++ and recent C compilers then reject the argument.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.port_fix.edits import Edit, offset_of
from abi3build.port_fix.rewrites import Rewrite, found_of
from abi3build.port_fix.source_files import Proposal
from abi3build.porting.syntax import parse_macro_bodies

if TYPE_CHECKING:
    from tree_sitter import Node

    from abi3build.port_fix.rewrites import Found, View
    from abi3build.porting.syntax import ParsedSource

__all__ = ["OBJECT_CASTS"]

_REFUSED_BY_C = re.compile(
    r"(?:passing argument \d+ of '_?Py\w+' from incompatible pointer type"
    r"|incompatible (?:function )?pointer types? passing '.*' to parameter)"
)
_REFUSED_BY_CPP = re.compile(
    r"(?:cannot convert '[^']*'(?: \{aka '[^']*'\})? to 'PyObject\*'"
    r"|no matching function for call to 'Py)"
)


def _find(view: View) -> Found:
    proposals: dict[tuple[str, int], Proposal] = {}
    macros: dict[str, ParsedSource] = {}
    for error in view.errors:
        if not (_REFUSED_BY_C.search(error.text) or _REFUSED_BY_CPP.search(error.text)):
            continue
        name = error.file.removeprefix(f"{view.folder}/")
        parsed = view.sources.files.get(name)
        if parsed is None:
            continue
        start = offset_of(parsed.source, error.line, error.column)
        if name not in macros:
            macros[name] = parse_macro_bodies(parsed.source, parsed.dialect)
        plain = _plain_argument(parsed.source, start, _kind(error.text))
        if plain is not None:
            subject = f"{name}: arguments of {plain[0]}"
            place = plain[1].start
            proposals[name, place] = Proposal(subject, {name: (plain[1],)})
            continue
        for tree in (parsed, macros[name]):
            callee, argument = _argument(tree, start)
            if argument is None:
                continue
            edit = (
                _cast(tree, argument, _kind(error.text), in_macro=tree is not parsed)
                if callee.startswith(("Py", "_Py"))
                else _cast_in_macro(parsed.source, callee, error.text)
            )
            if edit:
                subject = f"{name}: arguments of {callee}"
                proposals[name, edit.start] = Proposal(subject, {name: (edit,)})
            break
    return found_of([proposals[key] for key in sorted(proposals)])


OBJECT_CASTS = Rewrite("casts to PyObject * that macros used to make", _find)


def _plain_argument(source: bytes, offset: int, kind: str) -> tuple[str, Edit] | None:
    """Return call and cast of a first argument that is a name or a field.

    No tree is needed, so what a grammar cannot read does not matter.  Compilers name
    the arrow of a field, or the begin of its expression.
    """
    begin = source.rfind(b"\n", 0, offset) + 1
    lines = re.sub(rb"\\\r?\n", b"  ", source[:offset]).rsplit(b"\n", 1)[-1]
    if lines.lstrip().startswith(b"#"):
        return None
    callee = re.search(
        rb"\b(?P<name>_?Py_\w+)\s*\(\s*(?P<owner>(?:\w+(?:->|\.))*\w*)\Z",
        source[begin:offset],
    )
    if callee is None:
        return None
    start = begin + callee.start("owner")
    argument = re.compile(rb"(?:&\s*)?\w+(?:(?:->|\.)\w+)*(?=\s*[,)])").match(
        source, start
    )
    if argument is None or argument.end() < offset:
        return None
    text = b"(%b *)%b" % (kind.encode(), argument[0])
    return callee["name"].decode(), Edit(start, argument.end(), text)


def _argument(parsed: ParsedSource, offset: int) -> tuple[str, Node | None]:
    """Return the call and its argument that an offset stands in.

    The call is one of Python's or of a macro of the file.
    """
    node = parsed.node_at(offset, offset + 1)
    while node is not None and node.parent is not None:
        parent = node.parent
        if parent.type == "argument_list":
            call = parent.parent
            callee = None if call is None else call.child_by_field_name("function")
            name = "" if callee is None else parsed.text(callee)
            macro = rb"(?m)^[ \t]*#[ \t]*define[ \t]+%b\(" % re.escape(name.encode())
            is_known = re.fullmatch(r"_?Py\w+", name) or re.search(macro, parsed.source)
            return (name, node) if is_known else (name, None)
        if parent.type in {"expression_statement", "compound_statement"}:
            return "", None
        node = parent
    return "", None


def _cast_in_macro(source: bytes, macro: str, message: str) -> Edit | None:
    """Return the edit that casts inside a macro of the project.

    Not where it is used: the parameter can stand there for more than that argument.
    """
    define = re.search(
        rb"(?m)^[ \t]*#[ \t]*define[ \t]+%b\((?P<parameters>[^()]*)\)"
        rb"(?P<body>(?:\\\r?\n|[^\n])*)" % re.escape(macro.encode()),
        source,
    )
    if define is None:
        return None
    named = re.search(r"of '(_?Py\w+)'", message)
    function = named[1].encode() if named else rb"_?Py_\w+"
    parameters = re.findall(rb"\w+", define["parameters"])
    call = re.compile(rb"\b%b\s*\(\s*(?P<argument>\w+)\s*(?=[,)])" % function)
    for match in call.finditer(source, *define.span("body")):
        if match["argument"] in parameters:
            text = b"(%b *)(%b)" % (_kind(message).encode(), match["argument"])
            return Edit(*match.span("argument"), text)
    return None


def _kind(message: str) -> str:
    """Return what the function takes."""
    return "PyVarObject" if re.search(r"\bPy_SET_SIZE\b", message) else "PyObject"


def _cast(
    parsed: ParsedSource, argument: Node, kind: str, *, in_macro: bool
) -> Edit | None:
    """Return the edit that casts an argument; None if it is cast already."""
    text = parsed.text(argument)
    if re.match(rf"\(\s*{kind}\s*\*\s*\)", text) or "\n" in text:
        return None
    if argument.type == "cast_expression":
        text = f"({text})"
    simple = re.fullmatch(r"&?\w+(?:(?:->|\.)\w+)*|\w+\([^()]*\)", text)
    # A parameter of a macro can stand for any expression.
    text = text if simple and not in_macro else f"({text})"
    return Edit(argument.start_byte, argument.end_byte, f"({kind} *){text}".encode())
