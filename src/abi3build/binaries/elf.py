"""Read an ELF image as the dynamic loader sees it.

Specification: https://gabi.xinuos.com/ (System V ABI).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from elftools.elf.enums import (
    ENUM_DT_FLAGS_1,
    ENUM_E_MACHINE,
    ENUM_SH_TYPE_BASE,
    ENUM_ST_INFO_BIND,
    ENUM_ST_VISIBILITY,
)

from abi3build.binaries.elf_dynamic import dynamic_section
from abi3build.binaries.elf_relocations import elf_abi_information
from abi3build.binaries.elf_tables import open_elf
from abi3build.binaries.image import BinaryFormat, Image, Import
from abi3build.binaries.unit_notes import SECTION_NAMES, parse_unit_notes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from abi3build.binaries.elf_dynamic import DynamicSection
    from abi3build.binaries.elf_tables import ElfTables, Section, Symbol
    from abi3build.binaries.image import UnitNote
    from abi3build.binaries.window import Window

__all__ = ["read_elf"]

_MACHINES = {
    ("EM_386", 32, True): "i686",
    ("EM_AARCH64", 64, True): "aarch64",
    ("EM_ARM", 32, True): "armv7l",
    ("EM_LOONGARCH", 64, True): "loongarch64",
    ("EM_PPC64", 64, False): "ppc64",
    ("EM_PPC64", 64, True): "ppc64le",
    ("EM_RISCV", 64, True): "riscv64",
    ("EM_S390", 64, False): "s390x",
    ("EM_X86_64", 64, True): "x86_64",
}
"""By the header's machine, its class and whether it is little-endian."""

_GLOBAL = ENUM_ST_INFO_BIND["STB_GLOBAL"]
_WEAK = ENUM_ST_INFO_BIND["STB_WEAK"]
_UNIQUE = ENUM_ST_INFO_BIND["STB_LOOS"]
"""STB_GNU_UNIQUE, which GCC gives to the static data of C++ templates."""

_VISIBLE = {ENUM_ST_VISIBILITY["STV_DEFAULT"], ENUM_ST_VISIBILITY["STV_PROTECTED"]}
"""The visibilities, in the low two bits of ``st_other``, that others can bind to."""

_UNDEFINED = 0
"""SHN_UNDEF: the section number of a symbol that is defined elsewhere."""


class _Linkage(NamedTuple):
    """Join what an object file and a linked file have in common."""

    symbols: Iterable[Symbol]
    strings: Window
    dynamic: DynamicSection | None

    def name(self, offset: int) -> str:
        return self.strings.name("string table", offset)


def read_elf(data: bytes) -> Image:
    """Read one ELF file of either class and byte order.

    Shared libraries and programs are read by their program headers, so those
    without section headers are read as well; object files by their symbol table.
    A header that names no machine gives the machine ``unknown-0x0``.

    Raise ``MalformedError`` where the file is not what its headers say.
    """
    tables = open_elf(data)
    is_object_file = tables.header["e_type"] == "ET_REL"
    read_linkage = _object_linkage if is_object_file else _dynamic_linkage
    linkage = read_linkage(tables)
    imports, exports = _imports_and_exports(linkage)
    return Image(
        format=BinaryFormat.ELF,
        machine=_machine(tables),
        imports=imports,
        exports=exports,
        libraries=_libraries(linkage),
        install_name=_install_name(linkage),
        is_shared_library=_is_shared_library(linkage),
        symbol_table_stripped=_symbol_table(tables) is None,
        has_debug_information=(
            tables.find_section(".debug_info", ".zdebug_info") is not None
        ),
        version_needs=_version_needs(linkage),
        unit_notes=_unit_notes(tables),
        abi_information=elf_abi_information(linkage.dynamic, exports),
    )


def _machine(tables: ElfTables) -> str:
    name = tables.header["e_machine"]
    structs = tables.structs
    known = _MACHINES.get((name, structs.elfclass, structs.little_endian))
    return known or f"unknown-{ENUM_E_MACHINE.get(name, name):#x}"


def _object_linkage(tables: ElfTables) -> _Linkage:
    table = _symbol_table(tables)
    if table is None:
        return _Linkage((), tables.window.part("string table", 0, 0), None)
    names = tables.section(table.link)
    return _Linkage(
        tables.symbols("symbols", table.offset, table.size // tables.symbol_size),
        tables.window.part("string table", names.offset, names.size),
        None,
    )


def _dynamic_linkage(tables: ElfTables) -> _Linkage:
    dynamic = dynamic_section(tables)
    return _Linkage(dynamic.symbols(), dynamic.strings(), dynamic)


def _imports_and_exports(
    linkage: _Linkage,
) -> tuple[tuple[Import, ...], tuple[str, ...]]:
    # A name can come twice, with different versions; one strong import decides.
    all_weak: dict[str, bool] = {}
    exports = set()
    for name, info, other, section in linkage.symbols:
        binding = info >> 4
        if binding not in {_GLOBAL, _WEAK, _UNIQUE}:
            continue
        symbol = linkage.name(name)
        if not symbol:
            continue
        if section == _UNDEFINED:
            all_weak[symbol] = all_weak.get(symbol, True) and binding == _WEAK
        elif other & 3 in _VISIBLE:
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
    if (
        dynamic is None
        or not dynamic.tags
        or dynamic.tables.header["e_type"] != "ET_DYN"
    ):
        return False
    is_marked = dynamic.value("DT_FLAGS_1") & ENUM_DT_FLAGS_1["DF_1_PIE"]
    return not is_marked and "DT_DEBUG" not in dynamic.tags


def _unit_notes(tables: ElfTables) -> tuple[UnitNote, ...]:
    section = tables.find_section(*SECTION_NAMES)
    if section is None:
        return ()
    notes = tables.window.part("notes", section.offset, section.size)
    data = notes.data[notes.start : notes.start + notes.size]
    return parse_unit_notes(data, little_endian=tables.structs.little_endian)


def _symbol_table(tables: ElfTables) -> Section | None:
    wanted = ENUM_SH_TYPE_BASE["SHT_SYMTAB"]
    return next((one for one in tables.sections() if one.type == wanted), None)
