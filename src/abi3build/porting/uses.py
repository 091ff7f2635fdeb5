"""Find where a source uses CPython's C interface, whatever the floor.

What a use means for a floor is judged elsewhere, so that one reading serves them all.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from abi3build.porting.c_interface import (
    fields_of_one_structure,
    interface_name,
    structures,
)
from abi3build.porting.expression_types import expression_type
from abi3build.porting.standard_headers import OWN_TYPE_MACROS
from abi3build.porting.syntax import Dialect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tree_sitter import Node

    from abi3build.porting.expression_types import Declarations
    from abi3build.porting.syntax import ParsedSource

__all__ = [
    "Use",
    "UseKind",
    "defined_functions",
    "field_uses",
    "forwarding_macros",
    "module_uses",
    "name_uses",
    "needs_tree",
    "object_macro_uses",
    "value_uses",
]


class UseKind(Enum):
    """Name the ways of using the interface; the values are for people."""

    NAME = "name"
    FIELD = "field of an object"
    STATIC_TYPE = "static type"
    VALUE = "structure by value"
    OBJECT_MACRO = "macro of an object's own pointer"
    MODULE_INIT = "function that makes a module"


class Use(NamedTuple):
    """Name one use in a file."""

    kind: UseKind
    name: str
    """A name, ``Structure.field``, or the variable of a static type."""

    offset: int
    """In bytes, in the file."""

    structure: str = ""
    """For a field or a value, the structure of CPython."""


Forwarding = tuple[int, str]
"""Which argument of a macro goes on to which macro of CPython."""

_NAME = re.compile(
    rb"\b(?:_?Py(?:_|[A-Z])\w*|METH_[A-Z]\w*|PYGEN_\w+|PY_[A-Z]\w*|CO_[A-Z]\w+"
    rb"|T_[A-Z]+|READONLY|RESTRICTED|(?:getbuffer|releasebuffer|vectorcall|print|send"
    rb"|wrapper|charbuffer|readbuffer|writebuffer|segcount)(?:proc|func))\b"
)
_DEFINED = re.compile(
    rb"^(?:[A-Za-z_][\w \t*]*?\b)??(_?Py\w+)\s*\((?:[^;{}()]|\([^()]*\))*\)\s*\{",
    re.MULTILINE,
)
_DECLARED = re.compile(rb"\bPyAPI_(?:FUNC|DATA)\s*\([^()]*\)\s*(_?Py\w+)")
_MODULE_INIT = re.compile(rb"\b(PyInit_\w+)\s*\([^;{}()]*\)\s*\{")
_ACCESS = re.compile(rb"(?:->|\.)\s*([a-z_]\w*)")
_OBJECT_MACRO = re.compile(rb"\b(%s)\s*\(" % "|".join(OWN_TYPE_MACROS).encode())


def name_uses(code: bytes) -> list[Use]:
    """Return every use of a name that is CPython's, in the order of the file."""
    return [
        Use(UseKind.NAME, name, match.start())
        for match in _NAME.finditer(code)
        if interface_name(name := match[0].decode()) is not None
    ]


def module_uses(code: bytes) -> Iterator[Use]:
    """Yield the functions by which Python finds a module, until 3.14 alone."""
    for match in _MODULE_INIT.finditer(code):
        yield Use(UseKind.MODULE_INIT, match[1].decode(), match.start(1))


def defined_functions(code: bytes) -> set[str]:
    """Return the functions of CPython's form that a source defines or declares.

    The tree knows them too, but not those in a part that it cannot read.
    """
    return {
        match[1].decode()
        for pattern in (_DEFINED, _DECLARED)
        for match in pattern.finditer(code)
    }


def needs_tree(code: bytes) -> bool:
    """Tell whether a source may hold uses that only a tree can show."""
    return (
        _by_value_pattern().search(code) is not None
        or _OBJECT_MACRO.search(code) is not None
        or any(match[1] in _all_fields() for match in _ACCESS.finditer(code))
    )


def field_uses(parsed: ParsedSource, code: bytes, known: Declarations) -> Iterator[Use]:
    """Yield every access to a field that some limit hides."""
    for match in _ACCESS.finditer(code):
        if match[1] not in _all_fields():
            continue
        field = match[1].decode()
        node = parsed.node_at(*match.span(1))
        owner = _owner(parsed, node, known)
        if not owner and not known.has_field(field):
            owner = fields_of_one_structure().get(field, "")
            if owner and _is_member_of_initializer(node):
                continue
        structure = structures().get(owner)
        if structure is None or owner in known.fields or field not in structure.fields:
            continue
        yield Use(UseKind.FIELD, f"{owner}.{field}", match.start(1), owner)


def value_uses(parsed: ParsedSource, code: bytes) -> Iterator[Use]:
    """Yield static types and other structures of CPython's that stand by value."""
    if not any(each in code for each in _parts_of_structures()):
        return  # sooner told than by the pattern
    for match in _by_value_pattern().finditer(code):
        node = parsed.node_at(*match.span())
        name = match[0].decode()
        for variable in _values(parsed, node):
            is_type = name in {"PyTypeObject", "_typeobject"} and variable != "sizeof"
            if is_type and not _is_inside(node, "field_declaration"):
                yield Use(UseKind.STATIC_TYPE, variable, match.start(), name)
            else:
                yield Use(UseKind.VALUE, name, match.start(), name)


def object_macro_uses(
    parsed: ParsedSource,
    code: bytes,
    known: Declarations,
    forwarding: Mapping[str, Forwarding],
) -> Iterator[Use]:
    """Yield macros that cast their argument until 3.10 and get another pointer.

    ``forwarding`` are the macros of the project that hand an argument on to one.
    """
    names = "|".join(sorted({*OWN_TYPE_MACROS, *forwarding})).encode()
    for match in re.finditer(rb"\b(%s)\s*\(" % names, code):
        node = parsed.node_at(*match.span(1))
        call = node.parent if node is not None else None
        if call is None or call.type != "call_expression":
            continue
        name = match[1].decode()
        index, macro = forwarding.get(name, (0, name))
        arguments = call.child_by_field_name("arguments")
        given = [
            each
            for each in (arguments.named_children if arguments else ())
            if each.type != "comment"
        ]
        if index >= len(given):
            continue
        target = expression_type(parsed, given[index], known)
        is_void = target == "void" and parsed.dialect is Dialect.CPP
        if target != "PyObject" and (is_void or _is_object(target, known)):
            yield Use(
                UseKind.OBJECT_MACRO, f"{macro}({target} *)", match.start(), macro
            )


def forwarding_macros(
    macros: Iterable[tuple[str, tuple[str, ...], str]],
) -> dict[str, Forwarding]:
    """Return which macros hand an argument on to one that casts, with its number.

    Takes the name, parameters and body of each macro that is used.
    """
    known: dict[str, Forwarding] = {name: (0, name) for name in OWN_TYPE_MACROS}
    given = list(macros)
    for _ in range(3):  # macros of macros of macros
        names = "|".join(sorted(known))
        for name, parameters, body in given:
            for match in re.finditer(
                rf"\b({names})\s*\(([^()]*\(?[^()]*\)?[^()]*)\)", body
            ):
                index, macro = known[match[1]]
                arguments = [each.strip(" ()") for each in match[2].split(",")]
                if index < len(arguments) and arguments[index] in parameters:
                    known.setdefault(name, (parameters.index(arguments[index]), macro))
    return {name: found for name, found in known.items() if name not in OWN_TYPE_MACROS}


def _is_object(target: str, known: Declarations) -> bool:
    return target in structures() or target in known.fields or target == "PyVarObject"


def _owner(parsed: ParsedSource, node: Node | None, known: Declarations) -> str:
    if node is None or node.parent is None:
        return ""
    access = node.parent
    if access.type != "field_expression":
        return ""
    return expression_type(parsed, access.child_by_field_name("argument"), known)


def _is_member_of_initializer(node: Node | None) -> bool:
    """Tell whether ``.tp_name = ...`` stands in a list, which is no access."""
    return node is not None and _is_inside(node, "field_designator")


def _is_inside(node: Node | None, kind: str) -> bool:
    for _ in range(8):
        if node is None:
            return False
        if node.type == kind:
            return True
        node = node.parent
    return False


def _values(parsed: ParsedSource, node: Node | None) -> Iterator[str]:
    """Yield the variables that a type in a declaration makes, or ``sizeof``."""
    if node is None or node.type != "type_identifier" or node.parent is None:
        return
    if node.parent.type == "struct_specifier":
        if node.parent.child_by_field_name("body") is not None:
            return
        node = node.parent
    parent = node.parent
    if parent is None or parent.child_by_field_name("type") != node:
        return
    if parent.type == "type_descriptor":
        is_plain = parent.child_by_field_name("declarator") is None
        if is_plain and parent.parent and parent.parent.type == "sizeof_expression":
            yield "sizeof"
    elif parent.type in {"declaration", "field_declaration"} and not _is_extern(
        parsed, parent
    ):
        yield from _variables(parsed, parent)


def _variables(parsed: ParsedSource, declaration: Node) -> Iterator[str]:
    """Yield what a declaration makes that is not a pointer."""
    for declarator in declaration.children_by_field_name("declarator"):
        inner = declarator
        if inner.type == "init_declarator":
            inner = inner.child_by_field_name("declarator") or inner
        while inner.type == "array_declarator":
            inner = inner.child_by_field_name("declarator") or inner.named_children[0]
        if inner.type in {"identifier", "field_identifier"}:
            yield parsed.text(inner)


def _is_extern(parsed: ParsedSource, declaration: Node) -> bool:
    return any(
        each.type == "storage_class_specifier" and parsed.text(each) == "extern"
        for each in declaration.children
    ) and not any(each.type == "init_declarator" for each in declaration.children)


@cache
def _all_fields() -> frozenset[bytes]:
    return frozenset(
        field.encode()
        for structure in structures().values()
        if structure.name != "PyMethodDef"
        for field in structure.fields
    )


@cache
def _parts_of_structures() -> tuple[bytes, ...]:
    """Return texts of which each name of a structure has one."""
    others = {name.encode() for name in structures() if "Py" not in name}
    return (b"Py", b"_typeobject", *sorted(others))


@cache
def _by_value_pattern() -> re.Pattern[bytes]:
    names = sorted(name for name in structures() if name != "PyMethodDef")
    return re.compile(rb"\b(?:%s|_typeobject)\b" % "|".join(names).encode())
