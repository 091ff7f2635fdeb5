"""The tables of CPython's C API in an image's data, as plain data.

What a module offers stands in arrays of structures that CPython reads at run time:
``PyModuleDef`` with its slots, ``PyType_Spec`` with its slots, ``PyMethodDef`` and
``PyMemberDef``.  No symbol shows which numbers and flags are in them.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DataTables", "Member", "Method", "ModuleTable", "TypeTable"]


@dataclass(frozen=True, order=True)
class Method:
    """Describe one ``PyMethodDef``."""

    name: str
    flags: int


@dataclass(frozen=True, order=True)
class Member:
    """Describe one ``PyMemberDef``."""

    name: str
    flags: int


@dataclass(frozen=True, order=True)
class ModuleTable:
    """Describe one static ``PyModuleDef``."""

    name: str
    reference_count: int
    """What the headers put there: each kind of them its own number."""

    slots: tuple[int, ...] = ()
    methods: tuple[Method, ...] = ()


@dataclass(frozen=True, order=True)
class TypeTable:
    """Describe one static ``PyType_Spec``."""

    name: str
    basic_size: int
    flags: int
    slots: tuple[int, ...]
    empty_slots: tuple[int, ...] = ()
    """Those of the slots whose value is a null pointer."""

    methods: tuple[Method, ...] = ()
    members: tuple[Member, ...] = ()


@dataclass(frozen=True)
class DataTables:
    """Hold what was found in one image; every sequence is sorted."""

    modules: tuple[ModuleTable, ...] = ()
    types: tuple[TypeTable, ...] = ()
