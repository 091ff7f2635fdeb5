"""Turn a project's structures into the data of a class, as abi3t requires.

Their size is negative, which means that much more than ``object``, and their address
comes from ``PyObject_GetTypeData``; both exist since 3.12:
https://docs.python.org/3/c-api/object.html#c.PyObject_GetTypeData
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from abi3build.port_fix.code_style import read_style
from abi3build.port_fix.edits import Edit, with_whole_line
from abi3build.port_fix.initializers import NotUnderstoodError
from abi3build.port_fix.rewrites import Rewrite, found_of
from abi3build.port_fix.source_files import Proposal, declared_name
from abi3build.porting.syntax import nodes_below
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from abi3build.port_fix.code_style import CodeStyle
    from abi3build.port_fix.rewrites import Found, View
    from abi3build.port_fix.source_files import LeftToDo, SourceFiles

__all__ = ["OPAQUE_STRUCTURES"]

_SINCE = PythonVersion(3, 12)
_STRUCTURE = re.compile(
    rb"\btypedef\s+struct\s*\w*\s*\{(?P<head>\s*PyObject_HEAD\b[ \t]*;?)[^{}]*\}"
    rb"\s*(?P<name>\w+)\s*;"
)
_HEADS = re.compile(rb"\bPyObject_(?:VAR_)?HEAD\b")
_REMARK = (
    "its fields are found with PyObject_GetTypeData, which takes some calls for each"
    " use"
)


@dataclass(frozen=True)
class _Structure:
    """Hold where a structure is defined."""

    file: str
    name: str
    head: tuple[int, int]
    start: int
    end: int
    """After the semicolon."""

    @property
    def data(self) -> str:
        """Return the name of the function from an object to its data."""
        return f"{self.name}_data"


def _find(view: View) -> Found:
    proposals: list[Proposal] = []
    left: list[LeftToDo] = []
    sources = view.sources
    for file in sorted(sources.files):
        code = sources.code_of(file)
        seen = set()
        for match in _STRUCTURE.finditer(code):
            name = match["name"].decode()
            seen.add(match.start("head") + code[match.start("head") :].index(b"PyO"))
            structure = _Structure(file, name, match.span("head"), *match.span())
            try:
                edits = tuple(_edits(sources, structure))
            except NotUnderstoodError as fault:
                left.append(sources.left(file, match.start(), name, str(fault)))
                continue
            proposals.append(Proposal(name, {file: edits}, (_REMARK,)))
        left += [
            sources.left(
                file,
                match.start(),
                match[0].decode(),
                "in a form that is not understood",
            )
            for match in _HEADS.finditer(code)
            if match.start() not in seen
        ]
    return found_of(proposals, left)


OPAQUE_STRUCTURES = Rewrite("structures become the data of their class", _find)


def _edits(sources: SourceFiles, structure: _Structure) -> Iterator[Edit]:
    """Yield the edits for one structure.

    Raise ``NotUnderstoodError`` if it is used in a way that has no counterpart.
    """
    if sources.oldest_python < _SINCE:
        message = (
            "PyObject_GetTypeData needs Python 3.12, and the project supports"
            f" {sources.oldest_python}"
        )
        raise NotUnderstoodError(message)
    if not sources.is_free([structure.data]):
        message = f"the name {structure.data} is already used"
        raise NotUnderstoodError(message)
    code = sources.code_of(structure.file)
    size = _size_in_spec(structure, code)
    source = sources.files[structure.file].source
    yield Edit(*with_whole_line(source, *structure.head), b"")
    yield Edit(*size, f"-(int)sizeof({structure.name})".encode())
    style = read_style(sources.files[structure.file])
    yield Edit(structure.end, structure.end, _function(structure, style).encode())
    fields = list(_fields(sources, structure))
    yield from fields
    taken = [(structure.start, structure.end), size]
    taken += [(each.start, each.end) for each in fields]
    for file, offset in sources.mentions(structure.name):
        if file != structure.file:
            message = f"{file} uses it too"
            raise NotUnderstoodError(message)
        if not any(start <= offset < end for start, end in taken):
            yield _use(sources, structure, code, offset)


def _size_in_spec(structure: _Structure, code: bytes) -> tuple[int, int]:
    """Return where the one specification has the size of the structure."""
    pattern = re.compile(
        rb"\bPyType_Spec\s+(?P<spec>\w+)\s*=\s*\{[^{}]*?(?P<size>\bsizeof\s*\(\s*%b\s*\))"
        % re.escape(structure.name.encode())
    )
    found = list(pattern.finditer(code))
    if len(found) != 1:
        message = "it does not belong to exactly one type from a specification"
        raise NotUnderstoodError(message)
    spec = re.escape(found[0]["spec"])
    based = re.compile(
        rb"\bPyType_FromSpecWithBases\s*\(\s*&\s*%b\b"
        rb"|\bPyType_FromModuleAndSpec\s*\([^;]*&\s*%b\s*,(?!\s*NULL\s*\))"
        % (spec, spec)
    )
    if based.search(code) or b"Py_tp_base" in code:
        message = "its type has a base other than object"
        raise NotUnderstoodError(message)
    return found[0].span("size")


def _function(structure: _Structure, style: CodeStyle) -> str:
    comment = ["", "", "/* The class below object is the one that has the data. */"]
    function = style.function(
        f"static {structure.name} *",
        f"{structure.data}(PyObject *self)",
        [
            "\tPyTypeObject *type = Py_TYPE(self), *base = type;",
            "\twhile (base != &PyBaseObject_Type) {",
            "\t\ttype = base;",
            "\t\tbase = (PyTypeObject *)PyType_GetSlot(type, Py_tp_base);",
            "\t}",
            f"\treturn ({structure.name} *)PyObject_GetTypeData(self, type);",
        ],
    )
    return style.lines(comment) + function.rstrip()


def _use(sources: SourceFiles, structure: _Structure, code: bytes, offset: int) -> Edit:
    """Return the edit of one mention: a pointer is that of an object."""
    end = offset + len(structure.name)
    if re.compile(rb"\s*\*").match(code, end) or re.search(
        rb"\bPyObject_(?:GC_)?New\s*\(\s*\Z", code[:offset]
    ):
        return Edit(offset, end, b"PyObject")
    member = re.compile(rb"\s*,\s*\w+(?:\.\w+)*\s*\)\s*,\s*").match(code, end)
    if member and re.search(rb"\boffsetof\s*\(\s*\Z", code[:offset]):
        return Edit(member.end(), member.end(), b"Py_RELATIVE_OFFSET | ")
    line = sources.files[structure.file].line(offset)
    message = f"its use in line {line} is not understood"
    raise NotUnderstoodError(message)


def _fields(sources: SourceFiles, structure: _Structure) -> Iterator[Edit]:
    """Yield the edits of what stands before ``->`` and a field of the structure."""
    parsed = sources.files[structure.file]
    returning = set(_named(parsed.root, "function_definition", sources, structure))
    for function in nodes_below(parsed.root, "function_definition"):
        names = set(_named(function, "parameter_declaration", sources, structure))
        names.update(_named(function, "declaration", sources, structure))
        for node in nodes_below(function, "field_expression"):
            argument = node.child_by_field_name("argument")
            if argument is None:
                continue
            text = _object(sources, structure, argument, names, returning)
            if text:
                span = argument.start_byte, argument.end_byte
                yield Edit(*span, f"{structure.data}({text})".encode())


def _named(
    root: Node, kind: str, sources: SourceFiles, structure: _Structure
) -> Iterator[str]:
    """Yield what is declared as a pointer to the structure, in some kind of node."""
    parsed = sources.files[structure.file]
    for node in nodes_below(root, kind):
        named = node.child_by_field_name("type")
        if named is None or parsed.text(named) != structure.name:
            continue
        for declarator in node.children_by_field_name("declarator"):
            yield declared_name(parsed, declarator)


def _object(
    sources: SourceFiles,
    structure: _Structure,
    argument: Node,
    names: set[str],
    returning: set[str],
) -> str:
    """Return the object whose fields an expression has; empty if it is another's."""
    parsed = sources.files[structure.file]
    text = parsed.text(argument)
    if argument.type == "identifier":
        return text if text in names else ""
    if argument.type == "call_expression":
        return text if text.split("(")[0].strip() in returning else ""
    inner = next(iter(argument.named_children), None)
    if argument.type == "parenthesized_expression" and inner is not None:
        kind = inner.child_by_field_name("type")
        value = inner.child_by_field_name("value")
        if inner.type == "cast_expression" and kind is not None and value is not None:
            cast = "".join(parsed.text(kind).split())
            return parsed.text(value) if cast == f"{structure.name}*" else ""
    return ""
