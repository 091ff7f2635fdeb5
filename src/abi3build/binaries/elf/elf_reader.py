"""Read an ELF image as the dynamic loader sees it.

Specification: https://gabi.xinuos.com/ (System V ABI).
"""

from __future__ import annotations

import struct
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from abi3build.binaries.dwarf.debug_sections import inflated, part_of
from abi3build.binaries.elf.elf_bindings import (
    interposable_names,
    symbol_slots,
    unprovided_names,
)
from abi3build.binaries.elf.elf_dynamic import dynamic_section, elf_memory, elf_pointers
from abi3build.binaries.elf.elf_headers import open_elf
from abi3build.binaries.image import (
    BinaryFormat,
    Image,
    Import,
    MobileSystem,
    places_of_cpython_names,
)
from abi3build.binaries.image_layout import ImageLayout, ReadImage
from abi3build.binaries.memory import MappedPart
from abi3build.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from abi3build.binaries.bytes_window import BytesWindow
    from abi3build.binaries.code_places import CodePlaces
    from abi3build.binaries.elf.elf_dynamic import DynamicSection
    from abi3build.binaries.elf.elf_headers import ElfSection, ElfSymbol, ElfTables
    from abi3build.binaries.memory import Memory

__all__ = ["find_debug_section", "read_elf"]


_COMPRESSED = 0x800
"""SHF_COMPRESSED."""

_ZLIB = 1
"""ELFCOMPRESS_ZLIB."""

_HEADERS = {32: "3I", 64: "I4x2Q"}
"""By the class of the file: the method, the size and the alignment."""

_GNU_MAGIC = b"ZLIB"
_NO_BITS = 8


def find_debug_section(tables: ElfTables, name: str) -> BytesWindow | None:
    """Return a section such as ``info``; None if the file has none.

    Raise ``MalformedError`` if it is compressed in a way that is not read.
    """
    what = "debug information"
    found = tables.find_section(f".debug_{name}", f".zdebug_{name}")
    if found is None or found.type == _NO_BITS:
        return None
    section = part_of(tables.window, found.offset, found.size)
    if found.flags & _COMPRESSED:
        layout = _HEADERS[tables.bits]
        method, size, _ = section.row(what, layout, 0)
        if method != _ZLIB:
            message = f"{what}: compressed with an unsupported method ({method})"
            raise MalformedError(message)
        start = struct.calcsize(f"={layout}")
    elif section.data.startswith(_GNU_MAGIC, section.start):
        start = len(_GNU_MAGIC) + 8
        head = section.part(what, 0, start)
        size = int.from_bytes(head.data[head.start + 4 : head.start + start], "big")
    else:
        return section
    return inflated(section.part(what, start, section.size - start), size)


_MACHINES = {
    (3, 32, "<"): "i686",
    (21, 64, "<"): "ppc64le",
    (21, 64, ">"): "ppc64",
    (22, 64, ">"): "s390x",
    (40, 32, "<"): "armv7l",
    (62, 64, "<"): "x86_64",
    (183, 64, "<"): "aarch64",
    (243, 64, "<"): "riscv64",
    (258, 64, "<"): "loongarch64",
}
"""By the header's machine, its class and its byte order."""

_ET_REL, _ET_DYN = 1, 3
"""The types of object files and of libraries."""

_STB_GLOBAL, _STB_WEAK, _STB_GNU_UNIQUE = 1, 2, 10
"""The last one GCC gives to the static data of C++ templates."""

_BINDINGS = (_STB_GLOBAL, _STB_WEAK, _STB_GNU_UNIQUE)

_STV_DEFAULT, _STV_PROTECTED = 0, 3
"""The visibilities, in the low two bits of ``st_other``, that others can bind to."""

_SHN_UNDEF = 0
"""The section number of a symbol that is defined elsewhere."""

_SHT_PROGBITS, _SHT_SYMTAB = 1, 2
_SHF_ALLOC, _SHF_RIGHTS = 2, 7
"""Of the rights, to be written, to be in memory and to be run, one alone."""
_DF_1_PIE = 0x08000000


_WITHOUT_DYNAMIC_SECTION = (1, 2, 4)
"""ET_REL, ET_EXEC and ET_CORE: object files, static programs and core dumps."""

_ANDROID_NOTE = ".note.android.ident"
_API_LEVEL = "8x4x8sI"
"""The note's owner and the API level; the sizes of both and its kind stand before."""


class _Linkage(NamedTuple):
    """Join what an object file and a linked file have in common."""

    symbols: Iterable[ElfSymbol]
    strings: BytesWindow
    dynamic: DynamicSection | None
    names: frozenset[int] = frozenset()
    """Where names like CPython's begin among the strings."""

    def name(self, offset: int) -> str:
        return self.strings.name("string table", offset)


def read_elf(data: bytes) -> ReadImage:
    """Read one ELF file of either class and byte order.

    Shared libraries and programs are read by their program headers, so those
    without section headers are read as well; object files by their symbol table.
    A header that names no machine gives the machine ``unknown-0x0``.

    Raise ``MalformedError`` if the file is not what its headers say.
    """
    tables = open_elf(data)
    is_object_file = tables.header.e_type == _ET_REL
    read_linkage = _object_linkage if is_object_file else _dynamic_linkage
    linkage = read_linkage(tables)
    imports, exports = _imports_and_exports(linkage)
    libraries = _libraries(linkage)
    dynamic = linkage.dynamic
    api_level = _api_level(tables)
    image = Image(
        format=BinaryFormat.ELF,
        machine=_machine(tables),
        imports=imports,
        exports=exports,
        libraries=libraries,
        install_name=_install_name(linkage),
        is_shared_library=_is_shared_library(linkage),
        symbol_table_stripped=_symbol_table(tables) is None,
        has_debug_information=(
            tables.find_section(".debug_info", ".zdebug_info") is not None
        ),
        minimum_os=None if api_level is None else (api_level, 0),
        mobile_system=None if api_level is None else MobileSystem.ANDROID,
        interposable=(
            interposable_names(dynamic, linkage.names, exports) if dynamic else ()
        ),
        unprovided=unprovided_names(dynamic, libraries, exports) if dynamic else (),
        version_needs=_version_needs(linkage),
    )
    return ReadImage(
        image,
        _layout(tables, dynamic, linkage.names) if dynamic else None,
        partial(_find_section, tables),
        partial(find_debug_section, tables),
        little_endian=tables.window.byte_order == "<",
    )


def _machine(tables: ElfTables) -> str:
    number = tables.header.e_machine
    known = _MACHINES.get((number, tables.bits, tables.window.byte_order))
    return known or f"unknown-{number:#x}"


def _object_linkage(tables: ElfTables) -> _Linkage:
    table = _symbol_table(tables)
    if table is None:
        return _Linkage((), tables.window.part("string table", 0, 0), None)
    section = tables.section(table.link)
    strings = tables.window.part("string table", section.offset, section.size)
    names = places_of_cpython_names(strings)
    count = table.size // tables.symbol_size
    symbols = tables.symbols("symbols", table.offset, count, names)
    return _Linkage(symbols, strings, None)


def _dynamic_linkage(tables: ElfTables) -> _Linkage:
    dynamic = dynamic_section(tables)
    # A separate file of debug information has the headers of its library alone.
    debug = tables.find_section(".debug_info", ".zdebug_info")
    is_linked = tables.header.e_type not in _WITHOUT_DYNAMIC_SECTION
    if not dynamic.tags and debug is None and is_linked:
        message = "no dynamic section, so no loader can open it"
        raise MalformedError(message)
    strings = dynamic.strings()
    names = places_of_cpython_names(strings)
    return _Linkage(dynamic.symbols(names), strings, dynamic, names)


def _imports_and_exports(
    linkage: _Linkage,
) -> tuple[tuple[Import, ...], tuple[str, ...]]:
    # A name can come twice, with different versions; one strong import decides.
    all_weak: dict[str, bool] = {}
    exports = set()
    for name, info, other, section in linkage.symbols:
        binding = info >> 4
        if binding not in _BINDINGS:
            continue
        symbol = linkage.name(name)
        if section == _SHN_UNDEF:
            all_weak[symbol] = all_weak.get(symbol, True) and binding == _STB_WEAK
        elif other & 3 in {_STV_DEFAULT, _STV_PROTECTED}:
            exports.add(symbol)
    imports = (Import(symbol, weak=all_weak[symbol]) for symbol in sorted(all_weak))
    return tuple(imports), tuple(sorted(exports))


def _libraries(linkage: _Linkage) -> tuple[str, ...]:
    if linkage.dynamic is None:
        return ()
    names = {linkage.name(at) for at in linkage.dynamic.tags.get("DT_NEEDED", [])}
    return tuple(sorted(names))


def _install_name(linkage: _Linkage) -> str:
    if linkage.dynamic is None or "DT_SONAME" not in linkage.dynamic.tags:
        return ""
    return linkage.name(linkage.dynamic.value("DT_SONAME"))


def _version_needs(linkage: _Linkage) -> tuple[tuple[str, str], ...]:
    if linkage.dynamic is None:
        return ()
    needs = {
        (linkage.name(library), linkage.name(version))
        for library, version in linkage.dynamic.version_needs()
    }
    return tuple(sorted(needs))


def _is_shared_library(linkage: _Linkage) -> bool:
    """Tell a library from a position-independent program, which has the same type.

    Linkers older than binutils 2.26 do not mark programs with DF_1_PIE, but only
    programs have the tag DT_DEBUG.
    """
    dynamic = linkage.dynamic
    if dynamic is None or not dynamic.tags or dynamic.tables.header.e_type != _ET_DYN:
        return False
    is_marked = dynamic.value("DT_FLAGS_1") & _DF_1_PIE
    return not is_marked and "DT_DEBUG" not in dynamic.tags


def _api_level(tables: ElfTables) -> int | None:
    """Return the API level in the note that Android's NDK puts into every file.

    https://android.googlesource.com/platform/bionic/+/main/libc/arch-common/bionic/crtbrand.S
    """
    section = tables.find_section(_ANDROID_NOTE)
    if section is None or section.size < struct.calcsize(f"={_API_LEVEL}"):
        return None
    owner, level = tables.window.row("note of android", _API_LEVEL, section.offset)
    return int(level) if owner == b"Android\0" else None


def _find_section(tables: ElfTables, *names: str) -> bytes:
    section = tables.find_section(*names)
    if section is None:
        return b""
    part = tables.window.part("sections", section.offset, section.size)
    return part.data[part.start : part.start + part.size]


def _layout(
    tables: ElfTables, dynamic: DynamicSection, names: Collection[int]
) -> ImageLayout:
    memory = elf_memory(dynamic)
    # Older linkers put constants into the segment of the code; sections part them.
    constants = tuple(
        MappedPart(section.address, section.offset, section.size, is_constant=True)
        for section in tables.sections()
        if section.type == _SHT_PROGBITS and section.flags & _SHF_RIGHTS == _SHF_ALLOC
    )
    return ImageLayout(
        memory,
        partial(elf_pointers, dynamic, memory),
        constants,
        partial(symbol_slots, dynamic, names),
        code_places=partial(_code_places, tables, dynamic, memory),
    )


def _code_places(
    tables: ElfTables, dynamic: DynamicSection, memory: Memory
) -> CodePlaces:
    """Load what only the reading of machine code needs, and use it."""
    from abi3build.binaries.elf.elf_code_places import elf_code_places

    return elf_code_places(tables, dynamic, memory)


def _symbol_table(tables: ElfTables) -> ElfSection | None:
    return next((one for one in tables.sections() if one.type == _SHT_SYMTAB), None)
