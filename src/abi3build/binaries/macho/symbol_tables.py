"""Read what a Mach-O image takes and gives: symbol table, fixups, export trie.

Specifications: Apple's headers ``<mach-o/nlist.h>``, ``<mach-o/loader.h>`` and
``<mach-o/fixup-chains.h>``; the export trie is described nowhere but in dyld,
https://github.com/apple-oss-distributions/dyld/blob/main/mach_o/ExportsTrie.cpp
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from abi3build.binaries.image import (
    MODULE_STARTS,
    PREFIXES,
    Import,
    places_of_cpython_names,
)
from abi3build.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from abi3build.binaries.bytes_window import BytesWindow
    from abi3build.binaries.macho.load_commands import MachoImage

__all__ = ["Symbols", "read_symbols", "unprovided_names"]


_DECORATION = "_"
"""What C compilers put before every name."""

_LC_SYMTAB = 0x2
_LC_DYLD_INFO = (0x22, 0x80000022)
_LC_DYLD_EXPORTS_TRIE = 0x80000033
_LC_DYLD_CHAINED_FIXUPS = 0x80000034

_MH_TWOLEVEL = 0x80
"""The flag of images that name a library for each symbol that they take."""

_PREFIXES = tuple(_DECORATION.encode() + prefix for prefix in PREFIXES)

_NLIST_LAYOUTS = {False: "IBxHI", True: "IBxHQ"}
"""By whether the image is of 64 bits."""

_KIND_PLACE = 4
"""The place of ``n_type``, a byte, in each entry."""

_N_STAB = 0xE0
_N_PEXT = 0x10
_N_TYPE = 0x0E
_N_EXT = 0x01
_MARK = b"\1"
_EXTERNAL_MARKS = bytes(kind & (_N_STAB | _N_EXT) == _N_EXT for kind in range(256))
"""What ``bytes.translate`` makes of ``n_type``: a mark for a symbol that others see."""

_SHARE = 12
"""Where such symbols are one in so many, as in Rust's modules with their thousands of
local ones, they are looked at one by one; else it is faster to begin with the names."""

_NOT_LOCAL = bytes(kind for kind in range(256) if kind & (_N_STAB | _N_EXT))
_UNDEFINED = (0x0, 0xC)
"""N_UNDF and N_PBUD."""

_N_WEAK_REF = 0x40

_LAST_LIBRARY = 0xFD
"""MAX_LIBRARY_ORDINAL; 0xFE and 0xFF stand for any image and for the program."""

_ANY_IMAGE = 0xFE
"""DYNAMIC_LOOKUP_ORDINAL: ``-undefined dynamic_lookup`` gives it to each symbol that no
library had."""

_SYSTEM_LIBRARY = "/usr/lib/libSystem."
_LANGUAGE_LIBRARIES = (_SYSTEM_LIBRARY, "/usr/lib/libc++", "/usr/lib/libobjc.")
_IN_EVERY_PYTHON = rb"_(?:k?CF[A-Z]|__CF|objc_|OBJC_)\w*(?:\$\w+)?"
"""Names of CoreFoundation, which CPython's ``configure.ac`` links, and of Objective-C's
library, which it brings: a module finds them in the process."""

_PLAINLY_UNDEFINED = bytes(kind == _N_EXT for kind in range(256))

_SPECIAL_NUMBERS = 16
"""How many numbers at the end of those for libraries name none."""

_WEAK_LOOKUP = 3
"""BIND_SPECIAL_DYLIB_WEAK_LOOKUP, from the end: one of several equal definitions of
C++, mostly the image's own; those from elsewhere are in the symbol table."""


class _FixupFormat(NamedTuple):
    """Say how an entry of the chained fixups' imports is packed into one number."""

    layout: str
    weak_bit: int
    """The bits below it are the library's number."""

    name_bit: int


_FIXUP_FORMATS = {
    1: _FixupFormat("I", 8, 9),
    2: _FixupFormat("I4x", 8, 9),
    3: _FixupFormat("Q8x", 16, 32),
}
"""By ``imports_format``; the last two have an addend."""


class Symbols(NamedTuple):
    """List the symbols that an image imports and exports."""

    imports: frozenset[Import]
    exports: frozenset[str]
    has_local: bool
    """Whether the symbol table has more than those."""


def read_symbols(image: MachoImage, libraries: tuple[str, ...]) -> Symbols:
    """Read the symbols of an image that loads the libraries in this order.

    The loader uses the export trie if there is one, so the trie decides; ``strip`` may
    leave no more than it and the fixups.

    Raise ``MalformedError`` if a table is not what the load commands say.
    """
    table = _symbol_table(image, libraries)
    trie = _export_trie(image)
    return Symbols(
        imports=table.imports.union(_chained_imports(image, libraries)),
        exports=table.exports if trie is None else frozenset(_exports(trie)),
        has_local=table.has_local,
    )


def _symbol_table(image: MachoImage, libraries: tuple[str, ...]) -> Symbols:
    imports: set[Import] = set()
    exports: set[str] = set()
    what = "symbol table"
    table = image.fields(what, "4I", _LC_SYMTAB) or (0, 0, 0, 0)
    start, count, names_start, names_size = table
    window = image.window
    names = window.part("string table", names_start, names_size)
    layout = _NLIST_LAYOUTS[image.is_64_bit]
    kinds = window.column(what, layout, start, count, _KIND_PLACE)
    external = kinds.translate(_EXTERNAL_MARKS)
    if external.count(_MARK) * _SHARE <= count:
        rows = _named_like_cpython(
            window.marked_rows(what, layout, start, external), names
        )
    else:
        wanted = places_of_cpython_names(names, _DECORATION.encode())
        rows = window.rows_beginning(what, layout, start, count, wanted)
    for name, kind, description, value in rows:
        if not _EXTERNAL_MARKS[kind]:
            continue
        symbol = names.name("string table", name).removeprefix(_DECORATION)
        # An undefined symbol with a value is a common block, which is defined here.
        if kind & _N_TYPE in _UNDEFINED and not value:
            library = _library(image, libraries, description >> 8, _LAST_LIBRARY)
            weak = bool(description & _N_WEAK_REF)
            imports.add(Import(symbol, library, weak))
        elif not kind & _N_PEXT:
            exports.add(symbol)
    has_local = bool(kinds.translate(None, _NOT_LOCAL))
    return Symbols(frozenset(imports), frozenset(exports), has_local)


def unprovided_names(
    image: MachoImage, libraries: tuple[str, ...], exports: frozenset[str]
) -> tuple[str, ...]:
    """Return the names unlike CPython's that a module takes from any image at all.

    The linker found them in none of the libraries.  Modules that were linked without
    the system's own, or need others, which bring more, are not judged.
    """
    if (
        not image.flags & _MH_TWOLEVEL
        or not any(name.startswith(MODULE_STARTS) for name in exports)
        or not any(name.startswith(_SYSTEM_LIBRARY) for name in libraries)
        or not all(name.startswith(_LANGUAGE_LIBRARIES) for name in libraries)
    ):
        return ()
    what = "symbol table"
    table = image.fields(what, "4I", _LC_SYMTAB) or (0, 0, 0, 0)
    start, count, names_start, names_size = table
    names = image.window.part("string table", names_start, names_size)
    layout = _NLIST_LAYOUTS[image.is_64_bit]
    kinds = image.window.column(what, layout, start, count, _KIND_PLACE)
    undefined = kinds.translate(_PLAINLY_UNDEFINED)
    found = {
        names.text("string table", name)
        for name, _, description, value in image.window.marked_rows(
            what, layout, start, undefined
        )
        if description >> 8 == _ANY_IMAGE
        and not value
        and not description & _N_WEAK_REF
    }
    return tuple(
        sorted(
            name.decode("utf-8", "backslashreplace").removeprefix(_DECORATION)
            for name in found
            if not name.startswith(_PREFIXES)
            and re.fullmatch(_IN_EVERY_PYTHON, name) is None
        )
    )


def _named_like_cpython(
    rows: Iterator[tuple[Any, ...]], names: BytesWindow
) -> Iterator[tuple[Any, ...]]:
    data, start, size = names.data, names.start, names.size
    for row in rows:
        if row[0] < size and data.startswith(_PREFIXES, start + row[0]):
            yield row


def _library(
    image: MachoImage, libraries: tuple[str, ...], number: int, last: int
) -> str:
    """Return the library that an image names for a symbol, empty if it names none.

    Numbers after the last stand for the program or for any image.  Apple's linker
    writes 0 for a symbol of the image itself, Zig's also for one of any image.
    """
    if not image.flags & _MH_TWOLEVEL or not 0 < number <= last:
        return ""
    if number > len(libraries):
        message = "symbols: from a library that the image does not load"
        raise MalformedError(message)
    return libraries[number - 1]


def _chained_imports(image: MachoImage, libraries: tuple[str, ...]) -> Iterator[Import]:
    """Return the imports by which the loader of macOS 12 and later goes."""
    what = "chained fixups"
    place = image.fields(what, "II", _LC_DYLD_CHAINED_FIXUPS)
    if place is None:
        return
    fixups = image.window.part(what, *place)
    imports, names, count, kind, names_kind = fixups.row(what, "8x5I", 0)
    if kind not in _FIXUP_FORMATS or names_kind:
        message = f"{what}: a format that macOS does not load"
        raise MalformedError(message)
    layout, weak_bit, name_bit = _FIXUP_FORMATS[kind]
    numbers = 1 << weak_bit
    pool = fixups.rest(what, names)
    wanted = places_of_cpython_names(pool, _DECORATION.encode())
    for (packed,) in fixups.rows(what, layout, imports, count):
        number = packed % numbers
        if packed >> name_bit not in wanted or number == numbers - _WEAK_LOOKUP:
            continue
        name = pool.name(what, packed >> name_bit)
        library = _library(image, libraries, number, numbers - _SPECIAL_NUMBERS)
        weak = bool(packed >> weak_bit & 1)
        yield Import(name.removeprefix(_DECORATION), library, weak)


def _export_trie(image: MachoImage) -> BytesWindow | None:
    """Return the tree of exported names, or nothing if the image has none."""
    what = "export trie"
    place = image.fields(what, "32xII", *_LC_DYLD_INFO)
    if place is None:
        place = image.fields(what, "II", _LC_DYLD_EXPORTS_TRIE)
    return image.window.part(what, *place) if place and place[1] else None


def _exports(trie: BytesWindow) -> Iterator[str]:
    """Walk the tree: each node has an optional symbol, then names and places below.

    Only the branches that lead to names like CPython's are followed.
    """
    what = "export trie"
    nodes = [(0, b"")]
    seen = {0}
    while nodes:
        offset, prefix = nodes.pop()
        symbol_size, offset = trie.uleb128(what, offset)
        if symbol_size and prefix.startswith(_PREFIXES):
            trie.allowance.keep(what, len(prefix))
            name = prefix.decode("utf-8", "backslashreplace")
            yield name.removeprefix(_DECORATION)
        offset += symbol_size
        (count,) = trie.row(what, "B", offset)
        offset += 1
        for _ in range(count):
            piece = trie.text(what, offset)
            node, offset = trie.uleb128(what, offset + len(piece) + 1)
            name_so_far = prefix + piece
            if not _leads_to_cpython_names(name_so_far):
                continue
            if node in seen:
                message = f"{what}: a node is reached twice"
                raise MalformedError(message)
            trie.allowance.keep(what, len(name_so_far))
            seen.add(node)
            nodes.append((node, name_so_far))


def _leads_to_cpython_names(beginning: bytes) -> bool:
    return any(
        beginning.startswith(prefix) or prefix.startswith(beginning)
        for prefix in _PREFIXES
    )
