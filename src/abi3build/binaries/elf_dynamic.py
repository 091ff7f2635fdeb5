"""Follow the dynamic section of an ELF file to what the loader finds through it.

Specifications: https://gabi.xinuos.com/ (System V ABI) and, for symbol versions,
https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html

Section headers have no part in this: the loader does not read them, and the file may
be without them.  What they would tell, the number of symbols, hash tables tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from abi3build.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.elf_tables import ElfTables, Segment, Symbol
    from abi3build.binaries.window import Window

__all__ = ["DynamicSection", "dynamic_section"]

_HASHES_OF_EITHER_WIDTH = ("EM_ALPHA", "EM_S390")
"""Where the words of DT_HASH have 64 bits by GNU ld and 32 bits by lld."""

_TABLE_TAGS = (
    "DT_FINI_ARRAY",
    "DT_GNU_HASH",
    "DT_HASH",
    "DT_INIT_ARRAY",
    "DT_JMPREL",
    "DT_PLTGOT",
    "DT_REL",
    "DT_RELA",
    "DT_RELR",
    "DT_STRTAB",
    "DT_VERDEF",
    "DT_VERNEED",
    "DT_VERSYM",
)
"""The tags whose values are addresses of tables."""


@dataclass(frozen=True)
class DynamicSection:
    """Hold the dynamic tags with what is needed to follow them."""

    tables: ElfTables
    segments: tuple[Segment, ...]
    tags: dict[str, list[int]]
    """By tag, the values in the order of the file."""

    def value(self, tag: str) -> int:
        """Give the last value of a tag, which is the loader's, or 0 without one."""
        return self.tags.get(tag, [0])[-1]

    def offset(self, tag: str) -> int:
        """Give the place in the file of the table that a tag points to."""
        address = self.value(tag)
        for segment in self.segments:
            if segment.is_loaded and 0 <= address - segment.address < segment.size:
                return segment.offset + address - segment.address
        message = f"dynamic section: {tag} points outside the file"
        raise MalformedError(message)

    def strings(self) -> Window:
        """Give the table that holds every name of the dynamic section."""
        what = "string table"
        if "DT_STRTAB" not in self.tags:
            return self.tables.window.part(what, 0, 0)
        start, size = self.offset("DT_STRTAB"), self.value("DT_STRSZ")
        return self.tables.window.part(what, start, size)

    def symbols(self) -> Iterator[Symbol]:
        """Give the dynamic symbols."""
        if "DT_SYMTAB" not in self.tags:
            return iter(())
        count = self._hashed_symbols() or self._symbols_before_next_table()
        return self.tables.symbols("dynamic symbols", self.offset("DT_SYMTAB"), count)

    def version_needs(self) -> Iterator[tuple[int, int]]:
        """Give pairs of library and symbol version, as offsets of their names."""
        if "DT_VERNEED" not in self.tags:
            return
        what = "version needs"
        structs = self.tables.structs
        start = self.offset("DT_VERNEED")
        libraries = self.tables.chain(what, structs.Elf_Verneed, start, "vn_next")
        for place, library in libraries:
            start = place + library["vn_aux"]
            versions = self.tables.chain(what, structs.Elf_Vernaux, start, "vna_next")
            for _, version in versions:
                yield library["vn_file"], version["vna_name"]

    def _hashed_symbols(self) -> int:
        count = self._gnu_hashed_symbols() if "DT_GNU_HASH" in self.tags else 0
        is_known = self.tables.header["e_machine"] not in _HASHES_OF_EITHER_WIDTH
        if not count and is_known and "DT_HASH" in self.tags:
            start = self.offset("DT_HASH")
            _, count = self.tables.window.row("hash table", "2I", start)
        return count

    def _gnu_hashed_symbols(self) -> int:
        """Give the end of the last chain, which is the end of the symbols.

        GNU ld writes an empty table where nothing is exported; it says nothing about
        the imports, which come first, and 0 is given.  The only description is
        https://sourceware.org/legacy-ml/binutils/2006-10/msg00377.html
        """
        what = "hash table"
        window = self.tables.window
        start = self.offset("DT_GNU_HASH")
        bucket_count, first, bloom_size, _ = window.row(what, "4I", start)
        start += 16 + bloom_size * self.tables.structs.elfclass // 8
        buckets = window.rows(what, "I", start, bucket_count)
        last = max((bucket for (bucket,) in buckets), default=0)
        if last < max(first, 1):
            return 0
        chain = window.rows_from(what, "I", start + (bucket_count + last - first) * 4)
        return next(end for end, (value,) in enumerate(chain, last + 1) if value & 1)

    def _symbols_before_next_table(self) -> int:
        start = self.value("DT_SYMTAB")
        tables = [self.value(tag) for tag in _TABLE_TAGS if tag in self.tags]
        ends = [segment.address + segment.size for segment in self.segments]
        end = min((end for end in tables + ends if end > start), default=start)
        return (end - start) // self.tables.symbol_size


def dynamic_section(tables: ElfTables) -> DynamicSection:
    """Read the program headers and the dynamic section, which may be empty."""
    segments = tables.segments()
    for segment in segments:
        if segment.is_loaded:
            tables.window.part("segments", segment.offset, segment.size)
    found = [segment for segment in segments if segment.type == "PT_DYNAMIC"]
    layout = tables.structs.Elf_Dyn
    tags: dict[str, list[int]] = {}
    # Where a file has several, the loader takes the last, too.
    for segment in found[-1:]:
        count = segment.size // layout.sizeof()
        for entry in tables.entries("dynamic section", layout, segment.offset, count):
            if entry["d_tag"] == "DT_NULL":
                break
            tags.setdefault(entry["d_tag"], []).append(entry["d_val"])
    return DynamicSection(tables, segments, tags)
