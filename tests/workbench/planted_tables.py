"""Modules to order whose tables in the data are the interesting part."""

from __future__ import annotations

from workbench.planted_images import Recipe, Taken

__all__ = ["tables"]

_TAKES = (
    "PyLong_FromLong",
    "PyModuleDef_Init",
    "PyModule_AddObject",
    "PyType_FromSpec",
)


def tables(
    system: str, *macros: str, takes: tuple[str, ...] = (), include: str = ""
) -> Recipe:
    """Describe a stripped module; see ``tests/planted/tables.c`` for the macros.

    ``include`` is the folder of Python's headers, where they are to be read.
    """
    return Recipe(
        system,
        (Taken(tuple(sorted({*_TAKES, *takes}))),),
        source="tables.c",
        macros=macros,
        include=include,
        stripped=True,
    )
