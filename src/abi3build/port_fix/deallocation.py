"""Functions that free or traverse instances, once their type is on the heap.

An instance of such a type holds a reference to it: a function that frees the instance
must release the type (since 3.8), and one that traverses it must visit the type (since
3.9). https://docs.python.org/3/howto/isolating-extensions.html#heap-types
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.port_fix.code_style import read_style
from abi3build.port_fix.edits import Edit, indentation_at
from abi3build.port_fix.initializers import NotUnderstoodError, without_casts
from abi3build.port_fix.source_files import declared_name, parameters_of
from abi3build.porting.masking import conditional_directives
from abi3build.porting.syntax import Dialect, nodes_below
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tree_sitter import Node

    from abi3build.port_fix.source_files import Function, SourceFiles
    from abi3build.porting.syntax import ParsedSource

__all__ = ["release_type", "visit_type"]

_FREEING = frozenset(
    [
        "PyObject_Del",
        "PyObject_DEL",
        "PyObject_Free",
        "PyObject_FREE",
        "PyMem_Del",
        "PyMem_DEL",
        "PyMem_Free",
        "PyMem_FREE",
        "PyObject_GC_Del",
    ]
)
_RELEASES = re.compile(
    rb"\bPy_(?:X?DECREF|CLEAR)\s*\(\s*(?:\(\s*PyObject\s*\*\s*\)\s*)?"
    rb"(?:Py_TYPE\s*\([^)]*\)|(?P<variable>\w+))\s*\)"
)
_NAMES_OF_TYPES = frozenset([b"tp", b"type", b"cls", b"heap_type"])
_TYPE_OF = (
    rb"\bPyTypeObject\s*\*\s*%(name)b\b|\b%(name)b\s*=[^;]*\b(?:Py_TYPE|ob_type)\b"
)
_VISITS = re.compile(rb"\bPy_VISIT\s*\(\s*(?:\(\s*PyObject\s*\*\s*\)\s*)?Py_TYPE\b")
_OF_PYTHON = re.compile(r"^Py\w+_Type\s*\.|\bPyExc_\w+\W*->")
"""Static types of Python itself, whose ``tp_traverse`` leaves the type to others."""

_VISITED_SINCE = PythonVersion(3, 9)
"""Before, Python itself accounted for the type:
https://docs.python.org/3/whatsnew/3.9.html#changes-in-the-c-api"""


def release_type(sources: SourceFiles, function: Function) -> list[tuple[str, Edit]]:
    """Return the edits that make a ``tp_dealloc`` release the type.

    The functions that it passes the instance to count too.  Raise
    ``NotUnderstoodError`` if no place is found that frees the instance.
    """
    edits = _release(sources, function, set())
    if edits is None:
        message = (
            f"{function.name}() frees the instance in a way that is not understood"
        )
        raise NotUnderstoodError(message)
    return edits


def _release(
    sources: SourceFiles, function: Function, seen: set[str]
) -> list[tuple[str, Edit]] | None:
    """Return the edits of one function; None if the instance is not freed in it."""
    seen.add(function.name)
    parsed = sources.files[function.file]
    code = parsed.source[function.body.start_byte : function.body.end_byte]
    # Written for heap types already: a second release would free the type too early.
    if any(_is_type(code, each["variable"]) for each in _RELEASES.finditer(code)):
        return []
    parameters = parameters_of(parsed, function.node)
    if not parameters:
        return None
    aliases = _aliases(parsed, function.body, parameters[0][1])
    edits: list[tuple[str, Edit]] = []
    is_freed = False
    for call in nodes_below(function.body, "call_expression"):
        callee = call.child_by_field_name("function")
        arguments = _arguments(parsed, call)
        if callee is None or not arguments or arguments[0] not in aliases:
            continue
        if _frees(parsed, callee) or _is_freeing_macro(sources, parsed.text(callee)):
            edits.append(
                (function.file, _released(sources, function, call, parameters[0]))
            )
            is_freed = True
            continue
        called = sources.function(parsed.text(callee), function.file)
        if called and called.name not in seen and len(arguments) == 1:
            inner = _release(sources, called, seen)
            if inner is not None:
                edits += inner
                is_freed = True
        elif called and called.name in seen and called.name != function.name:
            is_freed = True
    return edits if is_freed else None


def _is_type(code: bytes, variable: bytes | None) -> bool:
    """Tell whether what is released is the type of an instance."""
    if variable is None or variable in _NAMES_OF_TYPES:
        return True
    known = _TYPE_OF % {b"name": re.escape(variable)}
    return re.search(known, code) is not None


def _aliases(parsed: ParsedSource, body: Node, parameter: str) -> set[str]:
    """Return the names that stand for the parameter: it and its casts in variables."""
    aliases = {parameter}
    for node in nodes_below(body, "init_declarator", "assignment_expression"):
        left = node.child_by_field_name(
            "declarator" if node.type == "init_declarator" else "left"
        )
        right = node.child_by_field_name(
            "value" if node.type == "init_declarator" else "right"
        )
        if left is None or right is None:
            continue
        if without_casts(_plain_cast(parsed.text(right))) in aliases:
            aliases.add(declared_name(parsed, left) or parsed.text(left))
    return aliases


def _plain_cast(text: str) -> str:
    """Return a C++ cast in the form of C."""
    found = re.fullmatch(
        r"(?:static|reinterpret)_cast\s*<([^>]*)>\s*\((.*)\)", text, re.DOTALL
    )
    return f"({found[1]})({found[2]})" if found else text


def _arguments(parsed: ParsedSource, call: Node) -> list[str]:
    listed = call.child_by_field_name("arguments")
    if listed is None:
        return []
    return [
        without_casts(_plain_cast(parsed.text(each)))
        for each in listed.named_children
        if each.type != "comment"
    ]


def _frees(parsed: ParsedSource, callee: Node) -> bool:
    if callee.type == "parenthesized_expression":
        return b"Py_tp_free" in parsed.source[callee.start_byte : callee.end_byte]
    if callee.type == "field_expression":
        field = callee.child_by_field_name("field")
        if field is None:
            return False
        name = parsed.text(field)
        argument = parsed.text(callee).split(name)[0]
        return name == "tp_free" or (
            name == "tp_dealloc" and re.match(r"Py\w+_Type\b", argument) is not None
        )
    return parsed.text(callee) in _FREEING


def _is_freeing_macro(sources: SourceFiles, name: str) -> bool:
    """Tell whether a macro of the project frees, and does not let go of the type."""
    if not name.isidentifier():
        return False
    body = re.compile(
        rb"(?m)^[ \t]*#[ \t]*define[ \t]+%b\((?:\\\r?\n|[^\n])*" % name.encode()
    )
    for file in sources.files:
        found = body.search(sources.code_of(file))
        if found is not None:
            words = set(re.findall(r"\w+", found[0].decode("latin-1")))
            return bool(words & {"tp_free", *_FREEING}) and not words & {"Py_DECREF"}
    return False


def _released(
    sources: SourceFiles, function: Function, call: Node, parameter: tuple[str, str]
) -> Edit:
    """Return the edit that lets go of the type after the call."""
    parsed = sources.files[function.file]
    statement = call.parent
    if statement is None or statement.type != "expression_statement":
        message = f"{function.name}() frees the instance inside an expression"
        raise NotUnderstoodError(message)
    style = read_style(parsed)
    variable = _unused(parsed, function)
    instance = parameter[1]
    cast = "" if parameter[0] == "PyObject *" else "(PyObject *)"
    callee = call.child_by_field_name("function")
    listed = call.child_by_field_name("arguments")
    freeing = parsed.text(statement)
    if callee is not None and listed is not None and callee.type == "field_expression":
        field = callee.child_by_field_name("field")
        if field is not None and parsed.text(field) == "tp_free":
            slot = f"((freefunc)PyType_GetSlot({variable}, Py_tp_free))"
            freeing = f"{slot}{parsed.text(listed)};"
    lines = [
        f"PyTypeObject *{variable} = Py_TYPE({cast}{instance});",
        freeing,
        f"Py_DECREF((PyObject *){variable});",
    ]
    indent = indentation_at(parsed.source, statement.start_byte).decode()
    parent = statement.parent
    # In C, the declaration can stand in the function's own block only if no goto jumps
    # over it and no second call needs the same name.
    is_flat = (
        parsed.dialect is Dialect.C
        and parent is not None
        and parent.id == function.body.id
        and len(list(nodes_below(function.body, "goto_statement"))) == 0
        and sum(
            1
            for each in nodes_below(function.body, "call_expression")
            if _is_freeing_call(parsed, each)
        )
        == 1
    )
    if is_flat:
        text = f"{style.newline}{indent}".join(lines)
    else:
        inner = [f"{style.indent}{line}" for line in lines]
        text = f"{style.newline}{indent}".join(["{", *inner, "}"])
    return Edit(statement.start_byte, statement.end_byte, text.encode())


def _is_freeing_call(parsed: ParsedSource, call: Node) -> bool:
    callee = call.child_by_field_name("function")
    return callee is not None and _frees(parsed, callee)


def _unused(parsed: ParsedSource, function: Function) -> str:
    text = parsed.text(function.node)
    for name in ("type", "tp", "heap_type", "own_type"):
        if not re.search(rf"\b{name}\b", text):
            return name
    message = f"{function.name}() already uses every name for a new variable"
    raise NotUnderstoodError(message)


def visit_type(
    sources: SourceFiles, function: Function, types: Mapping[str, str]
) -> list[tuple[str, Edit]]:
    """Return the edit that makes a ``tp_traverse`` visit the type.

    ``types`` are the functions that the static types of the project have for it, by
    type; empty for those that stay static.  A call of one visits the type already.
    """
    parsed = sources.files[function.file]
    code = parsed.source[function.body.start_byte : function.body.end_byte]
    if _VISITS.search(code) or _is_visited(sources, function, types):
        return []
    parameters = parameters_of(parsed, function.node)
    if len(parameters) != 3 or not all(name for _, name in parameters):  # noqa: PLR2004 - as the message says
        message = f"{function.name}() does not have three named parameters"
        raise NotUnderstoodError(message)
    (kind, instance), (_, visit), (_, argument) = parameters
    cast = "" if kind == "PyObject *" else "(PyObject *)"
    style = read_style(parsed)
    first = _first_statement(function.body)
    if first is None:
        message = f"{function.name}() is empty"
        raise NotUnderstoodError(message)
    indent = indentation_at(parsed.source, first.start_byte).decode()
    if (visit, argument) == ("visit", "arg"):
        lines = [f"Py_VISIT(Py_TYPE({cast}{instance}));"]
    else:
        lines = [
            "{",
            f"{style.indent}PyObject *type = (PyObject *)Py_TYPE({cast}{instance});",
            f"{style.indent}int visited = {visit}(type, {argument});",
            f"{style.indent}if (visited) return visited;",
            "}",
        ]
    at = _before_conditions(sources, function, first.start_byte)
    text = "".join(f"{indent}{line}{style.newline}" for line in lines)
    if parsed.source[at : first.start_byte].split(b"\n")[-1].strip():
        at = first.start_byte
        text = " ".join(lines) + " "
    elif sources.oldest_python < _VISITED_SINCE:
        guard = "#if PY_VERSION_HEX >= 0x03090000"
        text = f"{guard}{style.newline}{text}#endif{style.newline}"
    return [(function.file, Edit(at, at, text.encode()))]


def _is_visited(
    sources: SourceFiles, function: Function, types: Mapping[str, str]
) -> bool:
    """Tell whether a function that a ``tp_traverse`` calls visits the type."""
    parsed = sources.files[function.file]
    called = {
        parsed.text(callee)
        for call in nodes_below(function.body, "call_expression")
        if (callee := call.child_by_field_name("function")) is not None
    }
    others = set(types.values()) - {"", function.name}
    for name in sorted(called):
        chained = re.fullmatch(r"(?P<type>\w+)\s*\.\s*tp_traverse", name)
        if chained is not None and chained["type"] in types:
            others |= {name} if types[chained["type"]] else set()
        elif "tp_traverse" in name and not _OF_PYTHON.search(name):
            message = f"{function.name}() calls {name}(), which may visit the type"
            raise NotUnderstoodError(message)
        known = sources.function(name, function.file)
        if known is not None and known.name != function.name:
            inner = sources.files[known.file].source
            if _VISITS.search(inner, known.body.start_byte, known.body.end_byte):
                return True
    return bool(called & others)


def _before_conditions(sources: SourceFiles, function: Function, offset: int) -> int:
    """Return the start of the line of an offset, or of the ``#if`` that it is in."""
    is_open: list[int] = []
    for each in conditional_directives(sources.code_of(function.file)):
        if not function.body.start_byte < each.start < offset:
            continue
        if each.what.startswith("if"):
            is_open.append(each.start)
        elif each.what == "endif" and is_open:
            is_open.pop()
    source = sources.files[function.file].source
    return source.rfind(b"\n", 0, is_open[0] if is_open else offset) + 1


def _first_statement(body: Node) -> Node | None:
    for node in body.named_children:
        if node.type not in {"declaration", "comment"}:
            return node
    return None
