"""Turn static types into types from a specification, as the limit requires.

https://docs.python.org/3/howto/isolating-extensions.html#heap-types
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from abi3build.port_fix.added_helpers import include_edit, with_helpers
from abi3build.port_fix.code_style import read_style
from abi3build.port_fix.deallocation import release_type, visit_type
from abi3build.port_fix.edits import Edit, with_whole_line
from abi3build.port_fix.heap_type_text import write_heap_type
from abi3build.port_fix.immutable_types import immutable_flag
from abi3build.port_fix.initializers import NotUnderstoodError, without_casts
from abi3build.port_fix.inseparable_types import (
    inseparable_types,
    kept_static_by_others,
)
from abi3build.port_fix.instance_references import once_referenced
from abi3build.port_fix.module_state import find_module_states, is_spread
from abi3build.port_fix.module_state_edits import (
    one_interpreter_edits,
    state_edits,
    with_entering,
)
from abi3build.port_fix.module_state_text import KeptType
from abi3build.port_fix.plain_type_names import has_no_module, plain_name_edits
from abi3build.port_fix.refused_types import refuse_type
from abi3build.port_fix.rewrites import Found, Rewrite, Written
from abi3build.port_fix.slot_names import (
    TABLE_FIELDS,
)
from abi3build.port_fix.static_types import (
    field_value,
    find_static_types,
    find_tables,
    flags_of,
)
from abi3build.port_fix.type_assignments import without_assignment
from abi3build.port_fix.type_creation import (
    creating_edits,
)
from abi3build.port_fix.type_definitions import declaration_edits, definition_edits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from abi3build.port_fix.heap_type_text import HeapTypeText
    from abi3build.port_fix.module_state import ModuleState
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


_SHARED = "it is created once per process, by the first interpreter that imports it"
_OWN = (
    "each interpreter that imports the module has its own, in the module's state; code"
    " that is not passed the module finds it through the interpreter's dictionary,"
    " which takes longer than reading a variable"
)
_WITHDRAWN = (
    "interpreters with a GIL of their own can no longer import the module, because"
    " they would share the type: Py_mod_multiple_interpreters says so until each has"
    " its own"
)
_PYTHON_2 = (
    "the sources no longer compile with Python 2, which has no types from a"
    " specification"
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
    types: dict[str, StaticType] = {}
    tables = find_tables(sources)
    for static in found:
        try:
            refuse_type(sources, static, found)
            write_heap_types(sources, {static.name: static}, tables)
        except NotUnderstoodError as fault:
            reason = str(fault).removeprefix(f"{static.name}: ")
            left.append(sources.left(static.file, static.start, static.name, reason))
            continue
        types[static.name] = static
    kept = kept_static_by_others(sources, found, types)
    for each in kept:
        del types[each.what]
    return types, [*left, *kept]


def write_heap_types(
    sources: SourceFiles,
    types: dict[str, StaticType],
    tables: list[FunctionTable] | None = None,
) -> Written:
    """Return the edits for some types together.

    ``tables`` is what ``find_tables`` gives, if that was asked before.  Raise
    ``NotUnderstoodError``, with a type's name first if one is the cause.
    """
    tables = find_tables(sources) if tables is None else tables
    work = _Work()
    immutable = immutable_flag(sources)
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
            source, static, usable, style, _module_name(sources, static.file), immutable
        )
        _functions(sources, static, types, work)
        _members(sources, static, texts[name], work)
        for each in static.assignments:
            if each.together <= types.keys():
                edit = without_assignment(sources.files[each.file].source, each)
                work.add(each.file, edit)
    work.add_all(_plain_names(sources, types))
    states = find_module_states(sources, types.values())
    _definitions(sources, types, texts, states, work)
    _unneeded(sources, types, tables, work)
    _states(sources, types, states, work)
    _needed_includes(sources, work)
    return Written(
        {file: tuple(sorted(set(edits))) for file, edits in sorted(work.edits.items())},
        {
            name: (*text.remarks, *_of_pythons(sources, name, states))
            for name, text in texts.items()
        },
    )


def _plain_names(
    sources: SourceFiles, types: Mapping[str, StaticType]
) -> Iterable[tuple[str, Edit]]:
    """Return the edits for what reads the names of types that get a module's."""
    renamed = [
        name
        for name, static in types.items()
        if has_no_module(static) and _module_name(sources, static.file)
    ]
    plain = {each.name for each in find_static_types(sources)[0] if has_no_module(each)}
    return plain_name_edits(sources, renamed, plain)


def _definitions(
    sources: SourceFiles,
    types: dict[str, StaticType],
    texts: dict[str, HeapTypeText],
    states: Mapping[str, ModuleState],
    work: _Work,
) -> None:
    """Replace the types, their declarations and what makes them ready."""
    names = {
        name: KeptType(state.names, is_spread(sources, types[name], state))
        for name, state in states.items()
    }
    work.add_all(definition_edits(sources, types, texts, names))
    work.add_all(declaration_edits(sources, types, names))
    creating = creating_edits(sources, types)
    for state in _each_once(states.values()):
        creating = with_entering(sources, state, creating)
    work.add_all(creating)


def _states(
    sources: SourceFiles,
    types: dict[str, StaticType],
    states: Mapping[str, ModuleState],
    work: _Work,
) -> None:
    """Have modules keep types, or say that they share some with other interpreters."""
    for state in _each_once(states.values()):
        kept = [name for name in types if states.get(name) == state]
        spread = [name for name in kept if is_spread(sources, types[name], state)]
        others = tuple(work.edits.get(state.file, ()))
        work.add_all(state_edits(sources, state, kept, spread, others))
    shared = [name for name in types if name not in states]
    work.add_all(one_interpreter_edits(sources, shared))


def _each_once(states: Iterable[ModuleState]) -> list[ModuleState]:
    return list({each.file: each for each in states}.values())


def _of_pythons(
    sources: SourceFiles, name: str, states: Mapping[str, ModuleState]
) -> tuple[str, ...]:
    """Return what is different for several interpreters, and for Python 2."""
    lost = (_PYTHON_2,) if _builds_for_python_2(sources) else ()
    if name in states:
        return (_OWN, *lost)
    is_withdrawn = bool(one_interpreter_edits(sources, [name]))
    return (_SHARED, _WITHDRAWN, *lost) if is_withdrawn else (_SHARED, *lost)


def _builds_for_python_2(sources: SourceFiles) -> bool:
    """Tell whether a module is set up in the way that only Python 2 has."""
    return any(b"Py_InitModule" in each.source for each in sources.files.values())


def _module_name(sources: SourceFiles, file: str) -> str:
    source = sources.files[file].source
    found = _NAMED_MODULE.search(source) or _MODULE_NAME.search(source)
    return found["name"].decode().strip('"') if found else ""


def _functions(
    sources: SourceFiles, static: StaticType, types: dict[str, StaticType], work: _Work
) -> None:
    """Make the type's functions release and visit it."""
    work.add_all(once_referenced(sources, static.name))
    freeing = field_value(static, "tp_dealloc")
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
    traversing = field_value(static, "tp_traverse")
    # Since 3.9, tp_traverse of a heap type must visit the type:
    # https://docs.python.org/3/c-api/typeobj.html#c.PyTypeObject.tp_traverse
    if traversing and "HAVE_GC" in flags_of(static):
        function = sources.function(traversing, static.file)
        if function is None:
            message = f"{static.name}: tp_traverse = {traversing} is defined elsewhere"
            raise NotUnderstoodError(message)
        known = dict.fromkeys((each.name for each in find_static_types(sources)[0]), "")
        rewritten = {each: field_value(types[each], "tp_traverse") for each in types}
        work.add_all(visit_type(sources, function, known | rewritten))


def _set_fields(static: StaticType) -> list[tuple[str, str]]:
    """Return each field and value, those of statements too."""
    return [
        *((each.field, each.value) for each in static.initializer.entries),
        *((each.field, each.value) for each in static.assignments),
    ]


def _members(
    sources: SourceFiles, static: StaticType, text: HeapTypeText, work: _Work
) -> None:
    """Add members for offsets to those that the type already has."""
    if not text.offsets:
        return
    name = field_value(static, "tp_members")
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

    groups = inseparable_types(view.sources, list(types.values()))
    return with_helpers(view.sources, Found(tuple(types), write, tuple(left), groups))


HEAP_TYPES = Rewrite("static types become types from a specification", _find)
