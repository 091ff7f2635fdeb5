"""Where types are defined and declared, and what replaces that for a heap type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.port_fix.c_linkage import is_mixed, linkage_of, with_c_linkage
from abi3build.port_fix.code_style import read_style
from abi3build.port_fix.edits import Edit
from abi3build.port_fix.heap_type_text import TypeNames
from abi3build.port_fix.type_creation import create_function

if TYPE_CHECKING:
    from collections.abc import Mapping

    from abi3build.port_fix.heap_type_text import HeapTypeText
    from abi3build.port_fix.module_state_text import KeptType
    from abi3build.port_fix.source_files import SourceFiles
    from abi3build.port_fix.static_types import StaticDeclaration, StaticType

__all__ = ["declaration_edits", "definition_edits"]

_KEEPS = rb"\bPy_(?:X?INCREF|NewRef)\s*\(\s*(?:\([^()]*\)\s*)?&\s*%b\b"
_TAKEN = rb"\bPyModule_AddObject\s*\([^;]*&\s*%b\b"


def definition_edits(
    sources: SourceFiles,
    types: dict[str, StaticType],
    texts: dict[str, HeapTypeText],
    states: Mapping[str, KeptType],
) -> list[tuple[str, Edit]]:
    """Return the edits that replace each type.

    What creates the types of a file follows the last one.  ``states`` are those of the
    modules that keep types.
    """
    edits: list[tuple[str, Edit]] = []
    by_file: dict[str, list[StaticType]] = {}
    for static in types.values():
        by_file.setdefault(static.file, []).append(static)
    for file, statics in by_file.items():
        parsed = sources.files[file]
        style = read_style(parsed)
        statics.sort(key=lambda each: each.start)
        order = _bases_first(statics, texts)
        for static in statics:
            lines = _standing_in(sources, static, states)
            head = style.lines([*lines, ""]) if lines else ""
            text = head + texts[static.name].text.rstrip("\r\n")
            if static is statics[-1]:
                functions = [
                    create_function(
                        each,
                        texts[each.name].base,
                        types.keys(),
                        style,
                        own=_needs_own_reference(sources, each.name),
                        kept=states.get(each.name),
                        linkage=linkage_of(sources, file) if is_mixed(sources) else "",
                    )
                    for each in order
                ]
                text += style.newline * 2 + style.newline.join(functions).rstrip()
            data = text.encode("utf-8", "surrogateescape")
            if style.newline != "\n":
                data = re.sub(rb"\r?\n", style.newline.encode(), data)
            edits.append((file, Edit(static.start, static.end, data)))
    return edits


def _standing_in(
    sources: SourceFiles, static: StaticType, states: Mapping[str, KeptType]
) -> list[str]:
    """Return the lines with the pointer and the macro, as far as no other has them."""
    lines = []
    file, name = static.file, static.name
    declared_here = any(each.file == file for each in static.declarations)
    if name not in states and not (declared_here and static.is_local):
        before = f"{static.before} " if static.before else ""
        before = before.replace("extern ", "")
        lines.append(f"{before}PyTypeObject *{TypeNames(name).pointer} = NULL;")
    if not _is_declared(sources, static):
        lines += _stands_for(sources, file, name, states)
    return lines


def _is_declared(sources: SourceFiles, static: StaticType) -> bool:
    """Tell whether the file of a type sees a declaration of it."""
    if not sources.units:
        return bool(static.declarations)
    return any(
        sources.are_together(each.file, static.file) for each in static.declarations
    )


def _stands_for(
    sources: SourceFiles, file: str, name: str, states: Mapping[str, KeptType]
) -> list[str]:
    """Return the lines that keep the name of a type, as a macro, in a file."""
    names = TypeNames(name)
    if name not in states:
        return [f"#define {name} (*{names.pointer})"]
    if states[name].is_spread:
        declaration = f"PyTypeObject **{names.place}(void);"
        return [
            *with_c_linkage(sources, file, declaration),
            f"#define {name} (**{names.place}())",
        ]
    return [f"#define {name} (*{states[name].state.here}()->{names.pointer})"]


def _bases_first(
    statics: list[StaticType], texts: dict[str, HeapTypeText]
) -> list[StaticType]:
    by_name = {each.name: each for each in statics}
    ordered: list[StaticType] = []

    def add(static: StaticType, depth: int) -> None:
        base = re.search(r"&\s*\(?(\w+)", texts[static.name].base)
        if base and base[1] in by_name and depth < len(statics):
            add(by_name[base[1]], depth + 1)
        if static not in ordered:
            ordered.append(static)

    for each in statics:
        add(each, 0)
    return ordered


def _needs_own_reference(sources: SourceFiles, name: str) -> bool:
    """Tell whether a module takes the only reference to the type."""
    escaped = re.escape(name.encode())
    codes = [sources.code_of(file) for file in sources.files]
    taken = any(re.search(_TAKEN % escaped, code) for code in codes)
    return taken and not any(re.search(_KEEPS % escaped, code) for code in codes)


def declaration_edits(
    sources: SourceFiles,
    types: dict[str, StaticType],
    states: Mapping[str, KeptType],
) -> list[tuple[str, Edit]]:
    """Return the edits that have a type's declarations declare pointer and function."""
    edits: list[tuple[str, Edit]] = []
    seen: dict[tuple[str, int], StaticDeclaration] = {}
    for static in types.values():
        for each in static.declarations:
            seen[each.file, each.start] = each
    for (file, start), each in seen.items():
        parsed = sources.files[file]
        newline = read_style(parsed).newline
        kept = [name for name in each.names if name not in types]
        before = f"{each.before} " if each.before else ""
        lines = []
        if kept:
            lines.append(f"{before}{each.type} {', '.join(kept)};")
        storage = before if each.type != "PyAPI_DATA(PyTypeObject)" else "extern "
        for name in each.names:
            if name not in types:
                continue
            names = TypeNames(name)
            of_function = storage.replace("extern ", "")
            if name not in states:
                lines.append(f"{storage}PyTypeObject *{names.pointer};")
            lines += _stands_for(sources, file, name, states)
            create = f"{of_function}int {names.create}(void);"
            is_shared = "static" not in storage.split() and is_mixed(sources)
            lines += with_c_linkage(sources, file, create) if is_shared else [create]
        edits.append((file, Edit(start, each.end, newline.join(lines).encode())))
    return edits
