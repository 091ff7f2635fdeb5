"""The tables of CPython's C API in an image's data, as plain data.

What a module offers stands in arrays of structures that CPython reads at run time:
``PyModuleDef`` with its slots, ``PyType_Spec`` with its slots, ``PyMethodDef`` and
``PyMemberDef``.  No symbol shows which numbers and flags are in them.
"""

from __future__ import annotations

from abi3build.light_typing import NamedTuple

__all__ = ["DataTables", "Member", "Method", "ModuleTable", "TypeTable"]


class Method(NamedTuple):
    """Describe one ``PyMethodDef``."""

    name: str
    flags: int


class Member(NamedTuple):
    """Describe one ``PyMemberDef``."""

    name: str
    flags: int


class ModuleTable(NamedTuple):
    """Describe one static ``PyModuleDef``."""

    name: str
    reference_count: int
    """What the headers put there: each kind of them its own number."""

    slots: tuple[int, ...] = ()
    methods: tuple[Method, ...] = ()


class TypeTable(NamedTuple):
    """Describe one static ``PyType_Spec``."""

    name: str
    basic_size: int
    flags: int
    slots: tuple[int, ...]
    empty_slots: tuple[int, ...] = ()
    """Those of the slots whose value is a null pointer."""

    methods: tuple[Method, ...] = ()
    members: tuple[Member, ...] = ()


class DataTables(NamedTuple):
    """Hold what was found in one image; every sequence is sorted."""

    modules: tuple[ModuleTable, ...] = ()
    types: tuple[TypeTable, ...] = ()
