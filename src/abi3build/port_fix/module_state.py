"""Find modules that can keep their types in their state, and what that changes.

With multi-phase initialization, each interpreter makes a module of its own, so that one
type for the whole process would be shared:
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

__all__ = ["ModuleState", "find_module_states", "has_phases"]

_OLDEST = PythonVersion(3, 9)
"""``PyInterpreterState_Get`` is newer than 3.8."""

_WITH_MODULE = PythonVersion(3, 10)
"""https://docs.python.org/3/c-api/type.html#c.PyType_FromModuleAndSpec"""


@dataclass(frozen=True)
class ModuleState:
    """Hold one module whose state can keep types."""

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


def has_phases(sources: SourceFiles, file: str) -> bool:
    """Tell whether a file defines a module with multi-phase initialization."""
    return EXEC_SLOT.search(sources.code_of(file)) is not None


def find_module_states(
    sources: SourceFiles, types: Iterable[StaticType]
) -> dict[str, ModuleState]:
    """Return the module whose state can keep a type, by the name of the type.

    A type counts only if no other file names it and no table holds its address.
    """
    states: dict[str, ModuleState | None] = {}
    found = {}
    for static in types:
        if static.file not in states:
            states[static.file] = _state_of(sources, static.file)
        state = states[static.file]
        if state is None or refuse_early_uses(sources, static):
            continue
        if all(file == static.file for file, _ in sources.mentions(static.name)):
            found[static.name] = state
    return found


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
