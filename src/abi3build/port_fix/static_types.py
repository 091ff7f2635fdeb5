"""Find the static types of a project: definitions, declarations, what is set later."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from abi3build.port_fix.initializers import (
    Initializer,
    NotUnderstoodError,
    is_null,
    read_initializer,
    without_casts,
)
from abi3build.port_fix.slot_names import TABLES
from abi3build.port_fix.type_assignments import assignments_by_type
from abi3build.porting.syntax import nodes_below
from abi3build.stable_abi.type_fields import TYPE_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from abi3build.port_fix.source_files import LeftToDo, SourceFiles
    from abi3build.port_fix.type_assignments import Assignment
    from abi3build.porting.syntax import ParsedSource

__all__ = [
    "FunctionTable",
    "StaticDeclaration",
    "StaticType",
    "field_value",
    "find_static_types",
    "find_tables",
    "flags_of",
]

_DECLARED = re.compile(
    rb"(?<![^\n;}])[ \t]*(?P<all>(?P<before>(?:(?:extern|static|const)[ \t]+|"
    rb"(?!typedef\b)[A-Z][A-Z0-9_]*[ \t]+)*)"
    rb"(?P<type>PyTypeObject|struct _typeobject|PyAPI_DATA\([ \t]*PyTypeObject[ \t]*\))"
    rb"[ \t\n]+(?P<names>\w+(?:[ \t]*,[ \t]*\w+)*)[ \t]*;)"
)


_DECLARED_TABLE = re.compile(
    rb"(?<![^\n])[ \t]*(?:static\s+)?"
    rb"Py(?:Number|Sequence|Mapping|Async)Methods\s+(?P<name>\w+)[ \t]*;"
)


@dataclass(frozen=True)
class StaticDeclaration:
    """Say where types are declared without being defined."""

    file: str
    start: int
    end: int
    """After the semicolon."""

    before: str
    """``extern``, ``static`` and the project's own words, as written."""

    type: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class StaticType:
    """Describe one type that a project defines as a structure."""

    name: str
    file: str
    start: int
    end: int
    """After the semicolon."""

    before: str
    """What stands before ``PyTypeObject``, such as ``static``."""

    initializer: Initializer
    declarations: tuple[StaticDeclaration, ...]
    assignments: tuple[Assignment, ...]

    @property
    def is_local(self) -> bool:
        """Tell whether no other unit can see it."""
        return "static" in self.before.split()


@dataclass(frozen=True)
class FunctionTable:
    """Describe one ``PyNumberMethods`` or another table of functions."""

    name: str
    file: str
    start: int
    end: int
    initializer: Initializer
    """Empty if the table is only declared and filled later."""

    assignments: tuple[Assignment, ...] = ()


def find_static_types(
    sources: SourceFiles,
) -> tuple[list[StaticType], list[LeftToDo]]:
    """Return the types that can be read, and those that a person must look at."""
    declarations = [
        each for file in sorted(sources.files) for each in _declared(sources, file)
    ]
    assignments = assignments_by_type(sources)
    types: list[StaticType] = []
    left: list[LeftToDo] = []
    for file, parsed in sorted(sources.files.items()):
        for node, name, braces in _definitions(parsed, {"PyTypeObject"}):
            start = node.start_byte
            dropped = partial(sources.is_dropped, file)
            if dropped(start) or sources.is_only_without_limit(file, start):
                continue
            try:
                initializer = read_initializer(
                    parsed, braces, TYPE_FIELDS, dropped, has_head=True
                )
            except NotUnderstoodError as fault:
                left.append(sources.left(file, start, name, str(fault)))
                continue
            before = parsed.source[start : _type_start(node)].decode().strip()
            meant = partial(_is_meant, sources, file, before)
            named = [each for each in declarations if name in each.names]
            types.append(
                StaticType(
                    name,
                    file,
                    start,
                    node.end_byte,
                    before,
                    initializer,
                    tuple(filter(meant, named)),
                    tuple(filter(meant, assignments.get(name, ()))),
                )
            )
    return types, left


def _is_meant(
    sources: SourceFiles, file: str, before: str, each: StaticDeclaration | Assignment
) -> bool:
    """Tell whether a name elsewhere is this type's: a static one is its file's own."""
    return "static" not in before.split() or sources.are_together(each.file, file)


def find_tables(sources: SourceFiles) -> list[FunctionTable]:
    """Return the tables of functions that can be read, those filled later included."""
    tables: dict[tuple[str, str], FunctionTable] = {}
    assignments = assignments_by_type(sources)
    for file, parsed in sorted(sources.files.items()):
        for node, name, braces in _definitions(parsed, set(TABLES)):
            kind = node.child_by_field_name("type")
            fields = TABLES[parsed.text(kind)] if kind is not None else []
            dropped = partial(sources.is_dropped, file)
            try:
                initializer = read_initializer(
                    parsed, braces, fields, dropped, has_head=False
                )
            except NotUnderstoodError:
                continue
            tables[file, name] = FunctionTable(
                name, file, node.start_byte, node.end_byte, initializer
            )
        for match in _DECLARED_TABLE.finditer(sources.code_of(file)):
            start, end = match.span()
            empty = Initializer(end, end, (), ())
            name = match["name"].decode()
            tables.setdefault(
                (file, name), FunctionTable(name, file, start, end, empty)
            )
    return [
        replace(
            table,
            assignments=tuple(
                each
                for each in assignments.get(name, ())
                if sources.are_together(file, each.file)
            ),
        )
        for (file, name), table in sorted(tables.items())
    ]


def _type_start(declaration: Node) -> int:
    kind = declaration.child_by_field_name("type")
    return declaration.start_byte if kind is None else kind.start_byte


def _definitions(
    parsed: ParsedSource, types: set[str]
) -> Iterator[tuple[Node, str, Node]]:
    """Yield declaration, name and braces of each variable with an initializer list."""
    for node in nodes_below(parsed.root, "declaration"):
        kind = node.child_by_field_name("type")
        if kind is None or parsed.text(kind).removeprefix("struct ") not in types | {
            "_typeobject" if "PyTypeObject" in types else ""
        }:
            continue
        declarator = node.child_by_field_name("declarator")
        if declarator is None or declarator.type != "init_declarator":
            continue
        name = declarator.child_by_field_name("declarator")
        value = declarator.child_by_field_name("value")
        if name is None or value is None or value.type != "initializer_list":
            continue
        if name.type == "identifier":
            yield node, parsed.text(name), value


def _declared(sources: SourceFiles, file: str) -> Iterator[StaticDeclaration]:
    for match in _DECLARED.finditer(sources.code_of(file)):
        start, end = match.span("all")
        names = re.findall(r"\w+", match["names"].decode())
        yield StaticDeclaration(
            file,
            start,
            end,
            match["before"].decode().strip(),
            match["type"].decode(),
            tuple(names),
        )


def field_value(static: StaticType, name: str) -> str:
    """Return the value of a field as the program will see it; empty for none."""
    for each in static.assignments:
        if each.field == name:
            return "" if is_null(each.value) else without_casts(each.value)
    for entry in static.initializer.of(name):
        if not is_null(entry.value):
            return without_casts(entry.value)
    return ""


def flags_of(static: StaticType) -> str:
    """Return ``tp_flags`` as written, of every branch."""
    later = [each.value for each in static.assignments if each.field == "tp_flags"]
    return " ".join(
        [*later, *(each.value for each in static.initializer.of("tp_flags"))]
    )
