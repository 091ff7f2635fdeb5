"""Edits that give a module its state, and pass its types to what has the module."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.port_fix.added_helpers import place_after_includes
from abi3build.port_fix.c_linkage import linkage_of
from abi3build.port_fix.code_style import read_style
from abi3build.port_fix.edits import Edit, indentation_at
from abi3build.port_fix.heap_type_text import TypeNames
from abi3build.port_fix.initializers import NotUnderstoodError, without_casts
from abi3build.port_fix.module_exports import DEFINITION_FIELDS, module_definitions
from abi3build.port_fix.module_state_text import (
    declared_state,
    functions_text,
    place_text,
    state_of_module,
    structure_text,
)
from abi3build.port_fix.source_files import parameters_of
from abi3build.porting.syntax import nodes_below

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tree_sitter import Node

    from abi3build.port_fix.existing_module_states import ExistingState
    from abi3build.port_fix.module_state import ModuleState
    from abi3build.port_fix.module_state_text import StateNames
    from abi3build.port_fix.source_files import Function, SourceFiles

__all__ = ["one_interpreter_edits", "state_edits", "with_entering"]

_SLOT = b"Py_mod_multiple_interpreters"
_SAID = re.compile(
    rb"\bPy_mod_multiple_interpreters\s*,\s*(?:\([^()]*\)\s*)*"
    rb"(?P<value>Py_MOD_PER_INTERPRETER_GIL_SUPPORTED"
    rb"|Py_MOD_MULTIPLE_INTERPRETERS_SUPPORTED)\b"
)


def state_edits(
    sources: SourceFiles,
    state: ModuleState,
    types: Sequence[str],
    spread: Sequence[str],
    others: Sequence[Edit],
) -> list[tuple[str, Edit]]:
    """Return the edits for types that the state of a module will keep.

    ``spread`` are those that other files define or name.  ``others`` are edits of the
    module's file: what they replace is left to them.
    """
    uses = _uses_with_module(sources, state, types, others)
    edits = [(state.file, each) for each in uses]
    if state.is_there:
        return [*edits, *_more_types(sources, state, types, spread)]
    source = sources.files[state.file].source
    style = read_style(sources.files[state.file])
    edits += _new_text(sources, state, types, spread)
    edits += [(state.file, each) for each in _fields(source, state, style.newline)]
    existing = state.existing
    if existing is not None:
        edits.append((existing.file, _member(sources, state.names, existing)))
        for field, caring in existing.functions.items():
            lines = _call(state.names, field, caring.parameters)
            text = style.newline + style.newline.join(style.indented(lines, 1))
            at = caring.function.body.start_byte + 1
            edits.append((state.file, Edit(at, at, text.encode())))
    return edits


def _new_text(
    sources: SourceFiles,
    state: ModuleState,
    types: Sequence[str],
    spread: Sequence[str],
) -> Iterator[tuple[str, Edit]]:
    """Yield the edits that insert structure and functions."""
    style = read_style(sources.files[state.file])
    names, existing = state.names, state.existing
    at = place_after_includes(sources.files[state.file].source)
    structure = structure_text(names, types, style)
    reaching = state_of_module(names, style)
    texts = [functions_text(names, types, style), *_places(sources, state, spread)]
    if existing is None:
        texts = [structure, reaching, *texts]
    elif existing.file == state.file and existing.start >= at:
        # What uses the types may come before the structure that will hold them.
        texts = [structure, style.lines([declared_state(names, style)]), *texts]
        text = style.newline * 2 + reaching.rstrip()
        yield state.file, Edit(existing.end, existing.end, text.encode())
    else:
        own = structure_text(names, types, read_style(sources.files[existing.file]))
        place = Edit(existing.start, existing.start, (own + style.newline).encode())
        yield existing.file, place
        texts = [reaching, *texts]
    text = style.newline + style.newline.join(texts)
    yield state.file, Edit(at, at, text.encode())


def _places(
    sources: SourceFiles, state: ModuleState, spread: Sequence[str]
) -> list[str]:
    """Return the functions by which other files reach types."""
    style = read_style(sources.files[state.file])
    linkage = linkage_of(sources, state.file)
    return [place_text(state.names, each, linkage, style) for each in spread]


def _member(sources: SourceFiles, names: StateNames, existing: ExistingState) -> Edit:
    """Return the edit that gives a structure the member that holds the types."""
    parsed = sources.files[existing.file]
    style = read_style(parsed)
    member = f"{names.structure} {names.member};"
    start = parsed.source.rfind(b"\n", 0, existing.brace) + 1
    if parsed.source[start : existing.brace].strip():
        return Edit(existing.brace, existing.brace, f"{member} ".encode())
    text = style.lines(style.indented([member], 1))
    return Edit(start, start, text.encode())


def _call(names: StateNames, field: str, parameters: Sequence[str]) -> list[str]:
    """Return what has a function of the project care for the types too."""
    if field == "m_traverse":
        given = ", ".join(parameters)
        return [
            "{",
            f"\tint stopped = {names.traverse}({given});",
            *("\tif (stopped) {", "\t\treturn stopped;", "\t}"),
            "}",
        ]
    function = names.clear if field == "m_clear" else names.free
    return [f"{function}({parameters[0]});"]


def with_entering(
    sources: SourceFiles, state: ModuleState, creating: Sequence[tuple[str, Edit]]
) -> list[tuple[str, Edit]]:
    """Return the edits that create types, after one that has the module enter."""
    if state.is_there:
        return list(creating)
    style = read_style(sources.files[state.file])
    at = state.execute.body.start_byte + 1
    lines = style.indented(
        [
            f"if ({state.names.module}({state.parameter}) == NULL) {{",
            "\treturn -1;",
            "}",
        ],
        1,
    )
    text = (style.newline + style.newline.join(lines)).encode()
    kept = []
    for file, edit in creating:
        if (file, edit.start, edit.end) == (state.file, at, at):
            text += edit.text
        else:
            kept.append((file, edit))
    return [*kept, (state.file, Edit(at, at, text))]


def one_interpreter_edits(
    sources: SourceFiles, types: Sequence[str]
) -> list[tuple[str, Edit]]:
    """Return the edits that withdraw what a module says of several interpreters.

    That is a module whose file names a type that the whole process shares.  If no file
    with a module does, any module may have it.
    """
    said = {
        file: [*_SAID.finditer(sources.code_of(file))]
        for file in sorted(sources.files)
        if _SLOT in sources.files[file].source
    }
    files: set[str] = set()
    for name in types if any(said.values()) else ():
        naming = {file for file, _ in sources.mentions(name)}
        has_module = any(
            next(module_definitions(sources, file), None) is not None for file in naming
        )
        files |= naming if has_module else said.keys()
    return [
        (
            file,
            Edit(*found.span("value"), b"Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED"),
        )
        for file in sorted(files & said.keys())
        for found in said[file]
    ]


def _more_types(
    sources: SourceFiles,
    state: ModuleState,
    types: Sequence[str],
    spread: Sequence[str],
) -> Iterator[tuple[str, Edit]]:
    """Yield the edits that add types to a state that an earlier step has made."""
    last = sources.function(state.names.free, state.file)
    places = _places(sources, state, spread)
    if last is not None and places:
        newline = read_style(sources.files[state.file]).newline
        added = newline * 2 + newline.join(places).rstrip()
        at = last.node.end_byte
        yield state.file, Edit(at, at, added.encode())
    existing = state.existing
    owner = state.file if existing is None else existing.file
    structure = state.names.structure.encode()
    for file, pattern in (
        # The last of the lines that module_state_text writes for each type.
        (owner, rb"PyTypeObject \*(\w+_ptr);[ \t\r\n]*(?=\} %b;)" % structure),
        (
            state.file,
            rb"Py_XINCREF\(\(PyObject \*\)types->(\w+_ptr)\);[ \t\r\n]*(?=\})",
        ),
        (state.file, rb"Py_VISIT\(types->(\w+_ptr)\);[ \t\r\n]*(?=return)"),
        (state.file, rb"Py_CLEAR\(types->(\w+_ptr)\);[ \t\r\n]*(?=return)"),
    ):
        source = sources.files[file].source
        found = re.search(pattern, source)
        if found is None:
            message = "the state of the module could not be read again"
            raise NotUnderstoodError(message)
        start = source.rfind(b"\n", 0, found.start()) + 1
        end = source.index(b"\n", found.start()) + 1
        line = source[start:end]
        pointers = [TypeNames(each).pointer.encode() for each in types]
        text = b"".join(line.replace(found[1], pointer) for pointer in pointers)
        yield file, Edit(end, end, text)


def _fields(source: bytes, state: ModuleState, newline: str) -> Iterator[Edit]:
    """Yield the edits that set the fields of the definition."""
    entries = state.initializer.entries
    is_named = source[entries[0].start : entries[0].start + 1] == b"."
    appended: dict[int, list[str]] = {}
    for place, field in enumerate(DEFINITION_FIELDS):
        value = _wanted(state, field)
        entry = next(iter(state.initializer.of(field)), None)
        before = [
            number
            for number, each in enumerate(entries, 1)
            if DEFINITION_FIELDS.index(each.field) < place
        ]
        written = f".{field} = {value}" if is_named else value or "NULL"
        if entry is not None and value:
            comma = "," if source[: entry.end].endswith(b",") else ""
            yield Edit(entry.start, entry.end, f"{written}{comma}".encode())
        elif entry is None and (value or not is_named):
            appended.setdefault(max(before, default=1), []).append(written)
    for count, texts in appended.items():
        entry = entries[count - 1]
        indent = indentation_at(source, entry.start).decode()
        comma = "" if source[: entry.end].endswith(b",") else ","
        rows = "".join(f"{newline}{indent}{each}," for each in texts)
        yield Edit(entry.end, entry.end, f"{comma}{rows}".encode())


def _wanted(state: ModuleState, field: str) -> str:
    """Return what a field of the definition will hold; empty if it stays."""
    existing = state.existing
    if existing is not None and (field == "m_size" or field in existing.functions):
        return ""
    return state.names.fields.get(field, "")


def _uses_with_module(
    sources: SourceFiles,
    state: ModuleState,
    types: Sequence[str],
    others: Sequence[Edit],
) -> list[Edit]:
    """Return the edits of uses in functions that Python calls with the module."""
    code = sources.code_of(state.file)
    names = "|".join(map(re.escape, types))
    use = re.compile(
        rf"(?<!&)&\s*(?:\(\s*({names})\s*\)|({names})\b)(?!\s*[.\[(])".encode()
    )
    edits = []
    for function, parameter in _called_with_module(sources, state):
        body = function.body
        for found in use.finditer(code, body.start_byte, body.end_byte):
            if any(e.start < found.end() and found.start() < e.end for e in others):
                continue
            pointer = TypeNames((found[1] or found[2]).decode()).pointer
            text = f"{state.names.of_module}({parameter})->{pointer}"
            edits.append(Edit(*found.span(), text.encode()))
    return edits


def _called_with_module(
    sources: SourceFiles, state: ModuleState
) -> Iterator[tuple[Function, str]]:
    """Yield the functions whose first parameter is the module for certain."""
    yield state.execute, state.parameter
    named = next(iter(state.initializer.of("m_methods")), None)
    table = without_casts(named.value).lstrip("& ") if named is not None else ""
    for name in _methods(sources, state.file, table):
        function = sources.function(name, state.file)
        # Called from elsewhere, it may be given anything.
        if function is None or len(list(sources.mentions(name))) != 2:  # noqa: PLR2004 - its definition, the table
            continue
        parameters = parameters_of(sources.files[function.file], function.node)
        if function.file == state.file and parameters and parameters[0][1]:
            kind, parameter = parameters[0]
            if kind == "PyObject *":
                yield function, parameter


def _methods(sources: SourceFiles, file: str, table: str) -> Iterator[str]:
    """Yield the functions of a module's table of methods."""
    parsed = sources.files[file]
    for node in nodes_below(parsed.root, "init_declarator"):
        declarator = node.child_by_field_name("declarator")
        value = node.child_by_field_name("value")
        if declarator is None or value is None or not table:
            continue
        if not re.fullmatch(rf"{re.escape(table)}\s*\[\s*\]", parsed.text(declarator)):
            continue
        for row in value.named_children:
            yield from _function_of(row, parsed.text(row))


def _function_of(row: Node, text: str) -> Iterator[str]:
    if row.type == "initializer_list":
        parts = text.strip("{} \n").split(",")
        if len(parts) > 1:
            name = without_casts(parts[1])
            if name.isidentifier():
                yield name
