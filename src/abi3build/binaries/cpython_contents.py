"""What an image holds for CPython, as plain data: notes, ``PyABIInfo``, tables.

What a module offers stands in arrays of structures that CPython reads at run time:
``PyModuleDef`` with its slots, ``PyType_Spec`` with its slots, ``PyMethodDef`` and
``PyMemberDef``.  No symbol shows which numbers and flags are in them.
"""

from __future__ import annotations

from typing import NamedTuple

from abi3build.versions import PythonVersion, release_of

__all__ = [
    "AbiInformation",
    "DataTables",
    "Method",
    "ModuleTable",
    "TypeMember",
    "TypeTable",
    "UnitNote",
]


class UnitNote(NamedTuple):
    """Say how one translation unit was compiled; abi3build's Python.h leaves it."""

    limited_api: int
    """The value of ``Py_LIMITED_API``, or of ``Py_TARGET_ABI3T``, that was checked."""

    headers: int
    """``PY_VERSION_HEX`` of the headers."""

    abi3t: bool = False

    @property
    def floor(self) -> PythonVersion:
        """Return the lowest Python for which the unit was compiled."""
        return PythonVersion.from_hex(self.limited_api)

    @property
    def target(self) -> str:
        """Name what it was compiled for, such as ``3.9`` or ``3.15 (abi3t)``."""
        return f"{self.floor} (abi3t)" if self.abi3t else str(self.floor)

    @property
    def release(self) -> str:
        """Return the release of the headers, such as ``3.11.7``."""
        return release_of(self.headers)


class AbiInformation(NamedTuple):
    """Say what a module's ``PyABIInfo`` holds: for which ABI its code was compiled.

    The numbers are those of ``Include/modsupport.h``:
    https://docs.python.org/3.15/c-api/stable.html#c.PyABIInfo
    """

    flags: int
    build_version: int
    """``PY_VERSION_HEX`` of the headers."""

    abi_version: int
    """The floor of a stable ABI in the form of ``PY_VERSION_HEX``; 0 if it is not
    stated."""

    @property
    def is_stable(self) -> bool:
        """Tell whether the code keeps to a stable ABI, and to nothing internal."""
        return self.flags & 9 == 1

    @property
    def is_for_gil(self) -> bool:
        """Tell whether Pythons with the GIL load it; no mark at all leaves it open."""
        return bool(self.flags & 2) or not self.flags & 6

    @property
    def is_for_free_threading(self) -> bool:
        """Tell whether free-threaded Pythons load it, in the same way."""
        return bool(self.flags & 4) or not self.flags & 6


class Method(NamedTuple):
    """Describe one ``PyMethodDef``."""

    name: str
    flags: int


class TypeMember(NamedTuple):
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
    members: tuple[TypeMember, ...] = ()


class DataTables(NamedTuple):
    """List what was found in one image; every sequence is sorted."""

    modules: tuple[ModuleTable, ...] = ()
    types: tuple[TypeTable, ...] = ()
