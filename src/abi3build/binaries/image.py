"""One machine-code image as plain data: what it takes, gives and needs.

An image is an ELF file, a PE file, or one slice of a Mach-O file.  The readers
beside this module make images; nothing here knows a file format or a rule.
"""

from __future__ import annotations

from enum import Enum

from abi3build.binaries.tables.contents import DataTables
from abi3build.light_typing import NamedTuple
from abi3build.versions import PythonVersion, release_of

__all__ = [
    "WEB_ASSEMBLY",
    "AbiInformation",
    "BinaryFile",
    "BinaryFormat",
    "Image",
    "Import",
    "UnitNote",
]


class BinaryFormat(Enum):
    """Name the three formats of extension modules."""

    ELF = "ELF"
    PE = "PE"
    MACH_O = "Mach-O"


class Import(NamedTuple):
    """Say that an image takes one symbol from outside itself."""

    symbol: str
    """The linker's name without the platform's decoration, such as ``PyList_Size``;
    empty where the import goes by ordinal."""

    library: str = ""
    """The library that the image itself names for it: always on PE, on Mach-O with
    two-level namespace, never on ELF.  Empty where the loader searches."""

    weak: bool = False
    """True where the image loads even if nothing provides the symbol."""

    delayed: bool = False
    """True where the library is loaded at the first call (PE delay-load)."""

    ordinal: int | None = None
    """The number by which a PE image asks for the symbol instead of the name."""


class UnitNote(NamedTuple):
    """Say how one translation unit was compiled; abi3build's Python.h leaves it."""

    limited_api: int
    """The value of ``Py_LIMITED_API``, or of ``Py_TARGET_ABI3T``, that was checked."""

    headers: int
    """``PY_VERSION_HEX`` of the headers."""

    abi3t: bool = False

    @property
    def floor(self) -> PythonVersion:
        """Give the lowest Python for which the unit was compiled."""
        return PythonVersion.from_hex(self.limited_api)

    @property
    def target(self) -> str:
        """Name what it was compiled for, such as ``3.9`` or ``3.15 (abi3t)``."""
        return f"{self.floor} (abi3t)" if self.abi3t else str(self.floor)

    @property
    def release(self) -> str:
        """Give the release of the headers, such as ``3.11.7``."""
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
    """The floor of a stable ABI in the form of ``PY_VERSION_HEX``; 0 where unsaid."""

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


_NO_TABLES = DataTables()


class Image(NamedTuple):
    """Describe one image; every sequence is sorted, so equal images compare equal."""

    format: BinaryFormat
    machine: str
    """The processor in the spelling of wheel tags: ``x86_64``, ``aarch64``,
    ``arm64`` (Mach-O and PE), ``i686``, ...; ``unknown-0x..`` for others."""

    imports: tuple[Import, ...] = ()
    """What the image takes from outside itself: by number, or by a name that begins
    like CPython's, with ``Py`` or ``_Py``."""

    exports: tuple[str, ...] = ()
    """The dynamic symbols with such names that the image defines for others."""

    libraries: tuple[str, ...] = ()
    """The libraries that the loader opens with it, by the names in the image."""

    install_name: str = ""
    """The name by which other images ask for this one: DT_SONAME, LC_ID_DYLIB or the
    DLL name; empty where the image has none."""

    is_shared_library: bool = True
    """False for an object file, a program or a core dump."""

    symbol_table_stripped: bool = False
    """True where only the dynamic symbols are left."""

    has_debug_information: bool = False
    """True where DWARF or CodeView is in the file itself."""

    minimum_os: tuple[int, int] | None = None
    """The lowest macOS version, major and minor, that a Mach-O image asks for."""

    version_needs: tuple[tuple[str, str], ...] = ()
    """Pairs of library and symbol version that an ELF image asks for, such as
    ``("libc.so.6", "GLIBC_2.17")``."""

    unit_notes: tuple[UnitNote, ...] = ()
    """One note for each translation unit that abi3build watched."""

    unlimited_units: tuple[str, ...] = ()
    """The units that saw CPython's structures, by debug information; the names of their
    sources as the compiler was given them."""

    unread_debug_information: str = ""
    """Why not all of the debug information was searched; empty where it was."""

    abi_information: tuple[AbiInformation, ...] = ()
    """What the image says of its own ABI, where it is a module made from slots."""

    tables: DataTables = _NO_TABLES
    """The tables of CPython's C API in its data."""

    formats: tuple[str, ...] = ()
    """The texts that look like formats of CPython's functions, and whose meaning
    depends on the version of Python."""


WEB_ASSEMBLY = "WebAssembly, which this version does not read"
"""The fault of a file that is sound, but for a machine that is not looked at."""


class BinaryFile(NamedTuple):
    """Describe one file with machine code: several images where it is a fat Mach-O."""

    path: str
    """The member's name in a wheel, or the path of a loose file."""

    images: tuple[Image, ...] = ()
    fault: str = ""
    """Why the file could not be read; empty where it could."""
