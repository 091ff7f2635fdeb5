"""What a module gets to keep types in its state: names, structure and functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from abi3build.port_fix.heap_type_text import TypeNames

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi3build.port_fix.code_style import CodeStyle

__all__ = [
    "KeptType",
    "StateNames",
    "declared_state",
    "functions_text",
    "place_text",
    "state_of_module",
    "structure_text",
]


@dataclass(frozen=True)
class StateNames:
    """Contain the names that belong to the state of one module."""

    definition: str
    """The variable that holds its ``PyModuleDef``."""

    knows_types: bool = False
    """The floor has ``PyType_FromModuleAndSpec``."""

    holder: str = ""
    """The type of the state that the module has already; empty if it has none."""

    member: str = ""
    """The member of that state which holds the types."""

    @property
    def structure(self) -> str:
        """Return the name of the structure, with which the others begin."""
        return f"{self.definition}_types"

    @property
    def of_module(self) -> str:
        """Return the name of the function from a module to its state."""
        return f"{self.structure}_of"

    @property
    def module(self) -> str:
        """Return the name of the function that finds this interpreter's module."""
        return f"{self.structure}_module"

    @property
    def here(self) -> str:
        """Return the name of the function that finds this interpreter's state."""
        return f"{self.structure}_here"

    @property
    def traverse(self) -> str:
        """Return the name of the function for ``m_traverse``."""
        return f"{self.structure}_traverse"

    @property
    def clear(self) -> str:
        """Return the name of the function for ``m_clear``."""
        return f"{self.structure}_clear"

    @property
    def free(self) -> str:
        """Return the name of the function for ``m_free``."""
        return f"{self.structure}_free"

    @property
    def fields(self) -> dict[str, str]:
        """Return what the fields of the definition hold, in their order."""
        return {
            "m_size": f"sizeof({self.structure})",
            "m_traverse": self.traverse,
            "m_clear": self.clear,
            "m_free": self.free,
        }

    @property
    def all(self) -> tuple[str, ...]:
        """Return every new name."""
        return (
            *(self.structure, self.of_module, self.module, self.here),
            *(self.traverse, self.clear, self.free),
        )


@dataclass(frozen=True)
class KeptType:
    """Say how a type is reached in the state of its module."""

    state: StateNames
    is_spread: bool
    """Another file than that of the module defines or names it."""


def structure_text(names: StateNames, types: Sequence[str], style: CodeStyle) -> str:
    """Return the structure for types."""
    pointers = [TypeNames(each).pointer for each in types]
    lines = [
        "/* The types of the module: each interpreter that imports it has its own. */",
        "typedef struct {",
        *style.indented([f"\tPyTypeObject *{each};" for each in pointers], 0),
        f"}} {names.structure};",
    ]
    return style.lines(lines)


def functions_text(names: StateNames, types: Sequence[str], style: CodeStyle) -> str:
    """Return the functions of a module's state but the first, in C and C++."""
    pointers = [TypeNames(each).pointer for each in types]
    parts = [
        _module(names, pointers, style),
        _here(names, style),
        *_functions_for_python(names, pointers, style),
    ]
    return style.newline.join(parts)


def declared_state(names: StateNames, style: CodeStyle) -> str:
    """Return the declaration of the function from a module to its types."""
    separator = style.newline if style.type_on_own_line else ""
    return f"static {names.structure} *{separator}{names.of_module}(PyObject *module);"


def state_of_module(names: StateNames, style: CodeStyle) -> str:
    """Return the function from a module to its types."""
    found = f"({names.structure} *)PyModule_GetState(module)"
    if names.holder:
        found = f"&(({names.holder} *)PyModule_GetState(module))->{names.member}"
    return style.function(
        f"static {names.structure} *",
        f"{names.of_module}(PyObject *module)",
        [f"\treturn {found};"],
    )


def place_text(names: StateNames, name: str, linkage: str, style: CodeStyle) -> str:
    """Return the function by which other files reach a type."""
    named = TypeNames(name)
    body = [f"\treturn &{names.here}()->{named.pointer};"]
    return style.function(f"{linkage}PyTypeObject **", f"{named.place}(void)", body)


def _module(names: StateNames, pointers: Sequence[str], style: CodeStyle) -> str:
    """Return the function that finds a module, and lets one enter.

    What PyPy lacks: https://github.com/pypy/pypy/issues/3855
    """
    comment = [
        "/* Return the module of this interpreter, borrowed: it stays as long as the",
        "   interpreter.  One that enters takes over the types that are there. */",
    ]
    body = [
        "\tstatic char key;",
        "#if defined(PYPY_VERSION) /* one interpreter, which has no such dictionary */",
        "\tstatic PyObject *modules = NULL;",
        "\tmodules = modules == NULL ? PyDict_New() : modules;",
        "#else",
        "\tPyObject *modules = PyInterpreterState_GetDict(PyInterpreterState_Get());",
        "#endif",
        "\tPyObject *number = modules == NULL ? NULL : PyLong_FromVoidPtr(&key);",
        "\tPyObject *module =",
        "\t\tnumber == NULL ? NULL : PyDict_GetItemWithError(modules, number);",
        "\tif (entering != NULL && number != NULL) {",
        "\t\tif (module != NULL) {",
        f"\t\t\t{names.structure} *types = {names.of_module}(entering);",
        f"\t\t\t*types = *{names.of_module}(module);",
        *(f"\t\t\tPy_XINCREF((PyObject *)types->{each});" for each in pointers),
        "\t\t}",
        "\t\tmodule = PyDict_SetItem(modules, number, entering) < 0 ? NULL : entering;",
        "\t}",
        "\tPy_XDECREF(number);",
        "\treturn module;",
    ]
    head = f"{names.module}(PyObject *entering)"
    return style.lines(comment) + style.function("static PyObject *", head, body)


def _here(names: StateNames, style: CodeStyle) -> str:
    body = [
        f"\tstatic {names.structure} none; /* for what still runs when Python ends */",
        f"\tPyObject *module = {names.module}(NULL);",
        f"\treturn module == NULL ? &none : {names.of_module}(module);",
    ]
    head = f"{names.here}(void)"
    return style.function(f"static {names.structure} *", head, body)


def _functions_for_python(
    names: StateNames, pointers: Sequence[str], style: CodeStyle
) -> list[str]:
    types = f"\t{names.structure} *types = {names.of_module}(module);"
    return [
        style.function(
            "static int",
            f"{names.traverse}(PyObject *module, visitproc visit, void *arg)",
            [
                types,
                *(f"\tPy_VISIT(types->{each});" for each in pointers),
                "\treturn 0;",
            ],
        ),
        style.function(
            "static int",
            f"{names.clear}(PyObject *module)",
            [
                types,
                *(f"\tPy_CLEAR(types->{each});" for each in pointers),
                "\treturn 0;",
            ],
        ),
        style.function(
            "static void",
            f"{names.free}(void *module)",
            [f"\t{names.clear}((PyObject *)module);"],
        ),
    ]
