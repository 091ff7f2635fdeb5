"""Static types become types from a specification, as the limit asks.

https://docs.python.org/3/howto/isolating-extensions.html#heap-types
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from abi3build.port_fix.added_helpers import include_edit
from abi3build.port_fix.code_style import read_style
from abi3build.port_fix.deallocation import release_type, visit_type
from abi3build.port_fix.edits import Edit, with_whole_line
from abi3build.port_fix.heap_type_text import TypeNames, write_heap_type
from abi3build.port_fix.initializers import NotUnderstoodError, is_null, without_casts
from abi3build.port_fix.rewrites import Found, Rewrite, Written
from abi3build.port_fix.slot_names import (
    OFFSET_MEMBERS,
    SPEC_FIELDS,
    TABLE_FIELDS,
    is_slot,
)
from abi3build.port_fix.static_types import find_static_types, find_tables
from abi3build.port_fix.type_creation import (
    creating_edits,
    refuse_early_uses,
)
from abi3build.port_fix.type_definitions import declaration_edits, definition_edits

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from abi3build.port_fix.heap_type_text import HeapTypeText
    from abi3build.port_fix.rewrites import View
    from abi3build.port_fix.source_files import LeftToDo, SourceFiles
    from abi3build.port_fix.static_types import FunctionTable, StaticType

__all__ = ["HEAP_TYPES", "types_to_rewrite", "write_heap_types"]

_MODULE_NAME = re.compile(
    rb'PyModuleDef_HEAD_INIT\s*,\s*(?:\.m_name\s*=\s*)?(?P<name>"[^"]+")'
)
_NAMED_MODULE = re.compile(rb'\.\s*m_name\s*=\s*(?P<name>"[^"]+")')
_SET_TYPE = re.compile(
    rb"(?<![^\n])[ \t]*(?:Py_SET_TYPE\s*\(\s*(?:\(\s*PyObject\s*\*\s*\)\s*)?"
    rb"&\s*(?P<a>\w+)\s*,[^;]*|"
    rb"Py_TYPE\s*\(\s*&\s*(?P<b>\w+)\s*\)\s*=[^;=]*);[ \t]*\r?\n"
)


@dataclass
class _Work:
    """Collect edits by file."""

    edits: dict[str, list[Edit]] = field(default_factory=dict)

    def add(self, file: str, edit: Edit) -> None:
        self.edits.setdefault(file, []).append(edit)

    def add_all(self, edits: Iterable[tuple[str, Edit]]) -> None:
        for file, edit in edits:
            self.add(file, edit)


def types_to_rewrite(
    sources: SourceFiles,
) -> tuple[dict[str, StaticType], list[LeftToDo]]:
    """Return the types that can be rewritten each for itself, and the other ones."""
    found, left = find_static_types(sources)
    counts: dict[str, int] = {}
    for each in found:
        counts[each.name] = counts.get(each.name, 0) + 1
    types: dict[str, StaticType] = {}
    tables = find_tables(sources)
    for static in found:
        try:
            _refuse(sources, static, counts)
            write_heap_types(sources, {static.name: static}, tables)
        except NotUnderstoodError as fault:
            reason = str(fault).removeprefix(f"{static.name}: ")
            left.append(sources.left(static.file, static.start, static.name, reason))
            continue
        types[static.name] = static
    return types, left


def _refuse(sources: SourceFiles, static: StaticType, counts: dict[str, int]) -> None:
    # The macro that keeps the name of one would stand for the other as well.
    if counts[static.name] > 1:
        message = "more than one type has this name"
        raise NotUnderstoodError(message)
    if not sources.is_free(TypeNames(static.name).all):
        message = (
            f"a name that it would need, such as {static.name}_spec, is already used"
        )
        raise NotUnderstoodError(message)
    refuse_early_uses(sources, static)
    changed = re.compile(
        rb"\b%b\s*\.\s*tp_\w+\s*(?:[|&+^-]|<<|>>)=" % re.escape(static.name.encode())
    )
    for file in sources.files:
        if changed.search(sources.code_of(file)):
            message = "its fields change at run time"
            raise NotUnderstoodError(message)
    for each in static.assignments:
        parent = each.node.parent
        outer = None if parent is None else parent.parent
        if outer is None or outer.type != "function_definition":
            message = f"{each.field} is set under a condition"
            raise NotUnderstoodError(message)
        if not is_null(each.value) and not _is_constant(each.field, each.value):
            message = (
                f"{each.field} = {each.value} is not known before the program runs"
            )
            raise NotUnderstoodError(message)


def _is_constant(named: str, value: str) -> bool:
    if named == "ob_type":
        return True
    bare = without_casts(value)
    if named == "tp_base":
        return re.fullmatch(r"&?\s*\w+|\w+->\w+|&\s*\w+\.\w+", bare) is not None
    if is_slot(named) or named in TABLE_FIELDS:
        return re.fullmatch(r'&?\s*\w+|"[^"]*"|\w+\s*\("[^"]*"\)', bare) is not None
    return named in {*SPEC_FIELDS, *OFFSET_MEMBERS, "tp_print", "tp_vectorcall"}


def write_heap_types(
    sources: SourceFiles,
    types: dict[str, StaticType],
    tables: list[FunctionTable] | None = None,
) -> Written:
    """Return the edits for some types together.

    ``tables`` is what ``find_tables`` gives, if that was asked before.

    Raise ``NotUnderstoodError``, with a type's name first if one is the cause.
    """
    tables = find_tables(sources) if tables is None else tables
    work = _Work()
    texts: dict[str, HeapTypeText] = {}
    for name, static in types.items():
        source = sources.files[static.file].source
        usable = {
            each.name: (each, sources.files[each.file].source)
            for each in tables
            if sources.are_together(each.file, static.file)
        }
        style = read_style(sources.files[static.file])
        texts[name] = write_heap_type(
            source, static, usable, style, _module_name(sources, static.file)
        )
        _functions(sources, static, types, work)
        _members(sources, static, texts[name], work)
        for each in static.assignments:
            span = each.node.start_byte, each.node.end_byte
            start, end = with_whole_line(sources.files[each.file].source, *span)
            work.add(each.file, Edit(start, end, b""))
    work.add_all(definition_edits(sources, types, texts))
    work.add_all(declaration_edits(sources, types))
    work.add_all(creating_edits(sources, types))
    _unneeded(sources, types, tables, work)
    _needed_includes(sources, work)
    return Written(
        {file: tuple(sorted(set(edits))) for file, edits in sorted(work.edits.items())},
        {name: text.remarks for name, text in texts.items()},
    )


def _module_name(sources: SourceFiles, file: str) -> str:
    source = sources.files[file].source
    found = _NAMED_MODULE.search(source) or _MODULE_NAME.search(source)
    return found["name"].decode().strip('"') if found else ""


def _field(static: StaticType, name: str) -> str:
    """Return the value of a field as the program will see it; empty for none."""
    for each in static.assignments:
        if each.field == name:
            return "" if is_null(each.value) else without_casts(each.value)
    for entry in static.initializer.of(name):
        if not is_null(entry.value):
            return without_casts(entry.value)
    return ""


def _functions(
    sources: SourceFiles, static: StaticType, types: dict[str, StaticType], work: _Work
) -> None:
    """Have the type's functions let go of it and visit it."""
    freeing = _field(static, "tp_dealloc")
    if freeing == "PyObject_GC_Del":
        message = (
            f"{static.name}: tp_dealloc = PyObject_GC_Del does not release the type"
        )
        raise NotUnderstoodError(message)
    # These free the instance themselves; the slot for tp_dealloc is then left out, and
    # subtype_dealloc of Objects/typeobject.c releases the type.
    if freeing and freeing not in {
        "PyObject_Del",
        "PyObject_DEL",
        "PyObject_Free",
        "PyObject_FREE",
    }:
        function = sources.function(freeing, static.file)
        if function is None:
            message = f"{static.name}: tp_dealloc = {freeing} is defined elsewhere"
            raise NotUnderstoodError(message)
        work.add_all(release_type(sources, function))
    traversing = _field(static, "tp_traverse")
    # Since 3.9, tp_traverse of a heap type must visit the type:
    # https://docs.python.org/3/c-api/typeobj.html#c.PyTypeObject.tp_traverse
    if traversing and "HAVE_GC" in _flags(static):
        function = sources.function(traversing, static.file)
        if function is None:
            message = f"{static.name}: tp_traverse = {traversing} is defined elsewhere"
            raise NotUnderstoodError(message)
        others = {_field(each, "tp_traverse") for each in types.values()}
        work.add_all(visit_type(sources, function, others))


def _set_fields(static: StaticType) -> list[tuple[str, str]]:
    """Return each field and value, those of statements too."""
    return [
        *((each.field, each.value) for each in static.initializer.entries),
        *((each.field, each.value) for each in static.assignments),
    ]


def _flags(static: StaticType) -> str:
    later = [each.value for each in static.assignments if each.field == "tp_flags"]
    return " ".join(
        [*later, *(each.value for each in static.initializer.of("tp_flags"))]
    )


def _members(
    sources: SourceFiles, static: StaticType, text: HeapTypeText, work: _Work
) -> None:
    """Have offsets join the members that the type has already."""
    if not text.offsets:
        return
    name = _field(static, "tp_members")
    source = sources.files[static.file].source
    found = re.search(
        rb"\bPyMemberDef\s+%b\s*\[[^\]]*\]\s*=\s*\{(?:[ \t]*\r?\n(?P<indent>[ \t]*))?"
        % re.escape(name.encode()),
        source,
    )
    if found is None or found["indent"] is None:
        message = (
            f"{static.name}: tp_members = {name} is not an array that could be read"
        )
        raise NotUnderstoodError(message)
    rows = "".join(
        f'{{"{member}", T_PYSSIZET, {offset}, READONLY, NULL}},\n'
        f"{found['indent'].decode()}"
        for member, offset in text.offsets
    )
    work.add(static.file, Edit(found.end(), found.end(), rows.encode()))


def _needed_includes(sources: SourceFiles, work: _Work) -> None:
    """Include what members need: Python.h has them only since 3.12."""
    for file, edits in work.edits.items():
        if any(b"T_PYSSIZET" in each.text for each in edits):
            edit = include_edit(sources, file, "structmember.h")
            if edit:
                edits.append(edit)


def _unneeded(
    sources: SourceFiles,
    types: dict[str, StaticType],
    tables: list[FunctionTable],
    work: _Work,
) -> None:
    """Drop tables that moved into slots, and lines that give a static type its type."""
    used = {
        without_casts(value).lstrip("& ")
        for static in types.values()
        for named, value in _set_fields(static)
        if named in TABLE_FIELDS
    }
    gone = [(static.file, static.start, static.end) for static in types.values()]
    gone += [
        (each.file, each.node.start_byte, each.node.end_byte)
        for static in types.values()
        for each in static.assignments
    ]
    for table in tables:
        if table.name not in used:
            continue
        own = [(table.file, table.start, table.end)]
        own += [
            (each.file, each.node.start_byte, each.node.end_byte)
            for each in table.assignments
        ]
        spans = [*gone, *own]
        elsewhere = [
            offset
            for file, offset in sources.mentions(table.name)
            if sources.are_together(file, table.file)
            and not any(
                file == other and first <= offset < last for other, first, last in spans
            )
        ]
        if elsewhere:
            continue
        for file, first, last in own:
            source = sources.files[file].source
            start, end = with_whole_line(source, first, last)
            blank = re.compile(rb"[ \t]*\r?\n").match(source, end)
            if (first, last) == (table.start, table.end) and blank:
                end = blank.end()
            work.add(file, Edit(start, end, b""))
    for file in sources.files:
        for match in _SET_TYPE.finditer(sources.code_of(file)):
            name = (match["a"] or match["b"]).decode()
            if name in types:
                work.add(file, Edit(match.start(), match.end(), b""))


def _find(view: View) -> Found:
    types, left = types_to_rewrite(view.sources)
    tables = find_tables(view.sources)

    def write(subjects: Sequence[str]) -> Written:
        return write_heap_types(
            view.sources, {each: types[each] for each in subjects}, tables
        )

    return Found(tuple(types), write, tuple(left))


HEAP_TYPES = Rewrite("static types become types from a specification", _find)
