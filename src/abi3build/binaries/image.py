"""One machine-code image as plain data: what it takes, gives and needs.

An image is an ELF file, a PE file, or one slice of a Mach-O file.  The readers
beside this module make images; nothing here knows a file format or a rule.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from abi3build.binaries.cpython_contents import DataTables

if TYPE_CHECKING:
    from abi3build.binaries.bytes_window import BytesWindow
    from abi3build.binaries.cpython_contents import AbiInformation, UnitNote

__all__ = [
    "MODULE_STARTS",
    "PREFIXES",
    "BinaryFile",
    "BinaryFormat",
    "Image",
    "Import",
    "MobileSystem",
    "places_of_cpython_names",
]


PREFIXES = (b"Py", b"_Py")
"""How every symbol of CPython and every function that starts a module begins."""

MODULE_STARTS = ("PyInit", "PyModExport")
"""How the names of the functions begin by which Python starts a module."""

_UNDERSCORE = ord("_")


def places_of_cpython_names(
    names: BytesWindow, decoration: bytes = b""
) -> frozenset[int]:
    """Return the offsets in a table at which such a name can begin.

    Linkers let a name begin within another one that ends in the same way, so all places
    count.  The decoration is what the platform puts before each name.

    Raise ``MalformedError`` if there are more than a file of this size can use.
    """
    found = set()
    data, start = names.data, names.start
    end = start + names.size
    mark = decoration + PREFIXES[0]
    place = data.find(mark, start, end)
    while place >= 0:
        names.allowance.keep("string table", 0)
        found.add(place - start)
        if place > start and data[place - 1] == _UNDERSCORE:
            found.add(place - start - 1)
        place = data.find(mark, place + 1, end)
    return frozenset(found)


class BinaryFormat(Enum):
    """Name the formats of extension modules."""

    ELF = "ELF"
    PE = "PE"
    MACH_O = "Mach-O"
    WEB_ASSEMBLY = "WebAssembly"


class MobileSystem(Enum):
    """Name the systems of telephones, which share a format with Linux or macOS."""

    ANDROID = "Android"
    IOS = "iOS"
    IOS_SIMULATOR = "iOS simulator"


class Import(NamedTuple):
    """Say that an image takes one symbol from outside itself."""

    symbol: str
    """The linker's name without the platform's decoration, such as ``PyList_Size``;
    empty if the import goes by ordinal."""

    library: str = ""
    """The library that the image itself names for it: always on PE, on Mach-O with
    two-level namespace, never on ELF.  Empty if the loader searches."""

    weak: bool = False
    """True if the image loads even if nothing provides the symbol."""

    delayed: bool = False
    """True if the library is loaded at the first call (PE delay-load)."""

    ordinal: int | None = None
    """The number by which a PE image asks for the symbol instead of the name."""


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
    DLL name; empty if the image has none."""

    is_shared_library: bool = True
    """False for an object file, a program or a core dump."""

    symbol_table_stripped: bool = False
    """True if only the dynamic symbols are left."""

    has_debug_information: bool = False
    """True if DWARF or CodeView is in the file itself."""

    minimum_os: tuple[int, int] | None = None
    """The lowest version, major and minor, of macOS or iOS that a Mach-O image asks
    for, or the lowest API level of Android that an ELF image was compiled for."""

    mobile_system: MobileSystem | None = None
    """The one that the image says it is for; None if it says none."""

    interposable: tuple[str, ...] = ()
    """Those of the exported names that the image itself reaches through the loader of
    ELF, which may find another definition first."""

    unprovided: tuple[str, ...] = ()
    """Names unlike CPython's that a module takes and that none of the libraries it was
    linked with has, as far as the format tells."""

    version_needs: tuple[tuple[str, str], ...] = ()
    """Pairs of library and symbol version that an ELF image asks for, such as
    ``("libc.so.6", "GLIBC_2.17")``."""

    unit_notes: tuple[UnitNote, ...] = ()
    """One note for each translation unit that abi3build watched."""

    unlimited_units: tuple[str, ...] = ()
    """The units that saw CPython's structures, by debug information; the names of their
    sources as the compiler was given them."""

    unread_debug_information: str = ""
    """Why not all of the debug information was searched; empty if it was."""

    abi_information: tuple[AbiInformation, ...] = ()
    """What the image says about its own ABI, if it is a module made from slots."""

    tables: DataTables = _NO_TABLES
    """The tables of CPython's C API in its data."""

    types_given: tuple[str, ...] = ()
    """CPython's own types that calls in the code give to ``PyType_GetSlot``."""

    has_rust: bool = False
    """True if Rust's standard library is in it."""

    formats: tuple[str, ...] = ()
    """The texts that look like formats of CPython's functions, and whose meaning
    depends on the version of Python."""


class BinaryFile(NamedTuple):
    """Describe one file with machine code: several images if it is a fat Mach-O."""

    path: str
    """The member's name in a wheel, or the path of a loose file."""

    images: tuple[Image, ...] = ()
    fault: str = ""
    """Why the file could not be read; empty if it could."""
