"""Find modules that can keep their types in their state, and what that changes.

With multi-phase initialization, each interpreter creates its own module, so one type
for the whole process would be shared:
https://docs.python.org/3/howto/isolating-extensions.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from abi3build.port_fix.existing_module_states import find_existing_state
from abi3build.port_fix.initializers import (
    NotUnderstoodError,
    is_null,
    read_initializer,
    without_casts,
)
from abi3build.port_fix.module_exports import DEFINITION_FIELDS, module_definitions
from abi3build.port_fix.module_state_text import StateNames
from abi3build.port_fix.source_files import parameters_of
from abi3build.port_fix.type_creation import EXEC_SLOT, refuse_early_uses
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterable

    from abi3build.port_fix.existing_module_states import ExistingState
    from abi3build.port_fix.initializers import Initializer
    from abi3build.port_fix.source_files import Function, SourceFiles
    from abi3build.port_fix.static_types import StaticType

__all__ = ["ModuleState", "find_module_states", "is_spread"]

_OLDEST = PythonVersion(3, 9)
"""``PyInterpreterState_Get`` is newer than 3.8."""

_HEADERS = (".h", ".hh", ".hpp", ".hxx", ".inc")
_MAKES_MODULES = re.compile(rb"\b(?:PyModuleDef_Init|PyModule_Create2?)\b")
_IMPORTED = re.compile(rb"\bPyInit_\w|\bPyMODINIT_FUNC\b|\b[A-Z0-9]+_MODULE\s*\(")
"""How a source says that it is one of a module; those of pybind11 are such macros."""

_WITH_MODULE = PythonVersion(3, 10)
"""https://docs.python.org/3/c-api/type.html#c.PyType_FromModuleAndSpec"""


@dataclass(frozen=True)
class ModuleState:
    """Describe one module whose state can keep types."""

    file: str
    names: StateNames
    initializer: Initializer
    execute: Function
    parameter: str
    """What the function of ``Py_mod_exec`` calls the module."""

    is_there: bool
    """An earlier step has made it."""

    existing: ExistingState | None = None
    """What the module had for itself."""


def find_module_states(
    sources: SourceFiles, types: Iterable[StaticType]
) -> dict[str, ModuleState]:
    """Return the module whose state can keep a type, by the name of the type.

    A type counts only if no table holds its address, and if it is certain to which
    module it belongs: its file defines the module and is the only one that names it, or
    the project has no other module.
    """
    states: dict[str, ModuleState | None] = {}
    found = {}
    only = ""
    for static in types:
        file = static.file
        if _files_of(sources, static) != {file} or not _defines(sources, file):
            only = only or _only_module(sources)
            file = only if _is_compiled_once(sources, static.file) else ""
        if file and file not in states:
            states[file] = _state_of(sources, file)
        state = states[file] if file else None
        if (
            state is not None
            and not refuse_early_uses(sources, static)
            and not _is_made_by_import(sources, state, static)
        ):
            found[static.name] = state
    return found


def is_spread(sources: SourceFiles, static: StaticType, state: ModuleState) -> bool:
    """Tell whether another file than that of the module defines or names a type."""
    return _files_of(sources, static) != {state.file}


def _files_of(sources: SourceFiles, static: StaticType) -> set[str]:
    """Return the files that define or name a type."""
    return {
        file
        for file, _ in sources.mentions(static.name)
        if not static.is_local or sources.are_together(file, static.file)
    }


def _defines(sources: SourceFiles, file: str) -> bool:
    return next(module_definitions(sources, file), None) is not None


def _only_module(sources: SourceFiles) -> str:
    """Return the file of the one module that a project has; empty if not certain."""
    if not any(EXEC_SLOT.search(sources.code_of(file)) for file in sources.files):
        return ""
    files = [file for file in sorted(sources.files) if _defines(sources, file)]
    if len(files) != 1 or not _is_compiled_once(sources, files[0]):
        return ""
    others = {
        **sources.fixed,
        **{file: sources.code_of(file) for file in sources.files if file != files[0]},
    }
    for name, text in others.items():
        is_header = name.endswith(_HEADERS)
        if _MAKES_MODULES.search(text) or (not is_header and _IMPORTED.search(text)):
            return ""
    return files[0]


def _is_compiled_once(sources: SourceFiles, file: str) -> bool:
    """Tell whether one compiled source at most reads a file."""
    return sum(file in unit for unit in sources.units) <= 1


def _is_made_by_import(
    sources: SourceFiles, state: ModuleState, static: StaticType
) -> bool:
    """Tell whether a type may be used before there is a module.

    What returns the definition may do no more than that, as far as the project goes.
    """
    parsed = sources.files[state.file]
    code = sources.code_of(state.file)
    for found in re.finditer(rb"\bPyModuleDef_Init\b", code):
        node = parsed.node_at(found.start(), found.end())
        while node is not None and node.type != "function_definition":
            node = node.parent
        body = None if node is None else node.child_by_field_name("body")
        if body is None:
            return True
        words = re.findall(rb"\w+", code[body.start_byte : body.end_byte])
        names = {word.decode() for word in words}
        if static.name in names or not names.isdisjoint(sources.functions):
            return True
    return False


def _state_of(sources: SourceFiles, file: str) -> ModuleState | None:
    """Return the state of the one module that a file defines; None if it has none."""
    code = sources.code_of(file)
    definitions = list(module_definitions(sources, file))
    executed = EXEC_SLOT.findall(code)
    if (
        sources.oldest_python < _OLDEST
        or len(definitions) != 1
        or len(executed) != 1
        # What Py_mod_create makes need not be a module, with a state.
        or re.search(rb"\b(?:PyModule_Create2?|Py_mod_create)\b", code)
    ):
        return None
    _, definition, braces = definitions[0]
    names = StateNames(definition, sources.floor >= _WITH_MODULE)
    execute = sources.function(executed[0].decode(), file)
    try:
        initializer = read_initializer(
            sources.files[file],
            braces,
            DEFINITION_FIELDS,
            lambda _: False,
            has_head=False,
        )
    except NotUnderstoodError:
        return None
    if execute is None or execute.file != file:
        return None
    parameter = _module_parameter(sources, execute)
    existing = find_existing_state(sources, file, initializer)
    if existing is not None:
        member = existing.member(names.structure)
        names = replace(names, holder=existing.type, member=member)
    is_there = _is_there(names, initializer, existing)
    is_free = _is_free(sources, names, initializer, existing)
    if not parameter or not (is_there or is_free):
        return None
    return ModuleState(file, names, initializer, execute, parameter, is_there, existing)


def _is_there(
    names: StateNames, initializer: Initializer, existing: ExistingState | None
) -> bool:
    """Tell whether an earlier step has given the module its types."""
    if existing is not None:
        return f"{names.structure} {names.member};" in existing.body
    return any(
        without_casts(each.value) == names.fields["m_size"]
        for each in initializer.of("m_size")
    )


def _is_free(
    sources: SourceFiles,
    names: StateNames,
    initializer: Initializer,
    existing: ExistingState | None,
) -> bool:
    """Tell whether types can be added, and nothing depends on an ``#if``."""
    return (
        bool(initializer.entries)
        and not any(each.branches for each in initializer.entries)
        and (
            bool(names.member)
            if existing is not None
            else all(
                is_null(each.value)
                for field in names.fields
                for each in initializer.of(field)
            )
        )
        and sources.is_free(names.all)
    )


def _module_parameter(sources: SourceFiles, function: Function) -> str:
    """Return the name of the first parameter if that is an object; empty if not."""
    parameters = parameters_of(sources.files[function.file], function.node)
    if not parameters or parameters[0][0] != "PyObject *":
        return ""
    return parameters[0][1]
