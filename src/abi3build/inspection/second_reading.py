"""Read an image once more with the field's own library, and compare.

No wheel is released or refused on the word of one parser.  pyelftools reads ELF and
pefile reads PE; no library for Mach-O is at once fast, safe with hostile files and kept
up, so its images are never confirmed.  A second reading never clears a finding.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from abi3build.binaries.image import PREFIXES, BinaryFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from elftools.elf.dynamic import DynamicSegment
    from elftools.elf.elffile import ELFFile
    from elftools.elf.sections import Symbol as LibrarySymbol

    from abi3build.binaries.image import Image

    LibraryReader = Callable[[bytes, BinaryFormat], "LibraryReading"]

__all__ = [
    "LibraryReading",
    "SecondReading",
    "library_for",
    "read_again",
    "read_with_library",
]

_MOST_SYMBOLS = 20_000
"""pyelftools takes some 20 microseconds for each: more would be felt in a build."""

_LEAST_SYMBOLS = 2
"""The first symbol of every table is none."""

_NAMES = tuple(prefix.decode() for prefix in PREFIXES)
_INIT = ("PyInit_", "PyInitU_", "PyModExport_")
_PYTHON_LIBRARY = re.compile(r"python|pypy", re.IGNORECASE)
_BINDINGS = {"STB_GLOBAL", "STB_WEAK", "STB_LOOS"}
"""The last is STB_GNU_UNIQUE, which pyelftools knows by its number alone."""

_VISIBLE = {"STV_DEFAULT", "STV_PROTECTED"}


class SecondReading(NamedTuple):
    """Say whether a library read the same of one image as abi3build did."""

    architecture: str
    reader: str = ""
    """The library and its version, such as ``pyelftools 0.33``; empty if none read."""

    not_confirmed: str = ""
    """Why nothing was compared; empty if the two readings were."""

    only_first: tuple[str, ...] = ()
    """What abi3build alone saw; sorted, as is the next."""

    only_second: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Tell whether both readings are the same."""
        return not (self.not_confirmed or self.only_first or self.only_second)


class _NotComparableError(Exception):
    """Stop a library that would take too long, or that leaves something out."""


class LibraryReading(NamedTuple):
    """Describe what a library saw of one image, to compare with what abi3build saw."""

    reader: str
    """The library and its version; empty if there is none for the format."""

    facts: tuple[str, ...] = ()
    """Sorted."""

    fault: str = ""
    """Why it cannot be compared; empty if it can."""


def read_with_library(data: bytes, file_format: BinaryFormat) -> LibraryReading:
    """Read the one image of a file with the library for its format.

    Nothing that the library raises gets out: it is the reason why the image is not
    confirmed.
    """
    read = {BinaryFormat.ELF: _read_elf, BinaryFormat.PE: _read_pe}.get(file_format)
    if read is None:
        reason = f"no suitable library reads {file_format.value}"
        return LibraryReading("", fault=reason)
    reader = library_for(file_format)
    try:
        return LibraryReading(reader, tuple(sorted(set(read(data)))))
    except _NotComparableError as fault:
        return LibraryReading(reader, fault=str(fault))
    except Exception as fault:  # noqa: BLE001 - libraries raise whatever they meet
        reason = f"{reader} gave up: {str(fault) or type(fault).__name__}"
        return LibraryReading(reader, fault=reason)


def read_again(
    data: bytes, image: Image, read: LibraryReader = read_with_library
) -> SecondReading:
    """Compare what a library sees in the one image of a file with what abi3build saw.

    Compared are the names that begin like CPython's, the libraries of Python and the
    functions that start a module.  ``read`` may know of an earlier reading.
    """
    seen = read(data, image.format)
    if seen.fault:
        return SecondReading(image.machine, seen.reader, not_confirmed=seen.fault)
    first, second = frozenset(_facts_of(image)), frozenset(seen.facts)
    return SecondReading(
        image.machine,
        seen.reader,
        only_first=tuple(sorted(first - second)),
        only_second=tuple(sorted(second - first)),
    )


def library_for(file_format: BinaryFormat) -> str:
    """Return the library that reads a format, and its version; empty for none."""
    if file_format is BinaryFormat.ELF:
        import elftools

        return f"pyelftools {elftools.__version__}"
    if file_format is BinaryFormat.PE:
        import pefile

        return f"pefile {pefile.__version__}"
    return ""


def _facts_of(image: Image) -> Iterator[str]:
    for each in image.imports:
        yield _by_number(each.ordinal) if each.ordinal is not None else each.symbol
    for name in image.exports:
        if name.startswith(_INIT):
            yield f"{name} (defined)"
    for library in image.libraries:
        if _PYTHON_LIBRARY.search(library):
            yield f"{library} (library)"


def _by_number(ordinal: int) -> str:
    return f"number {ordinal}"


def _read_elf(data: bytes) -> Iterator[str]:
    from elftools.elf.dynamic import DynamicSegment
    from elftools.elf.elffile import ELFFile

    file = ELFFile(BytesIO(data))
    if file["e_type"] == "ET_REL":
        message = "an object file has no dynamic symbols"
        raise _NotComparableError(message)
    segments = (one for one in file.iter_segments() if isinstance(one, DynamicSegment))
    dynamic = next(segments, None)
    if dynamic is None:
        return
    for symbol in _dynamic_symbols(file, dynamic):
        yield from _symbol_facts(symbol)
    for tag in dynamic.iter_tags("DT_NEEDED"):
        library: str = tag.needed  # type: ignore[attr-defined] # set when it is read
        if _PYTHON_LIBRARY.search(library):
            yield f"{library} (library)"


def _dynamic_symbols(file: ELFFile, dynamic: DynamicSegment) -> Iterator[LibrarySymbol]:
    """Yield the dynamic symbols, by the section if there is one: it tells their number.

    Without sections, pyelftools counts them by the hash tables, and the newer form of
    these holds no symbol that is only taken.
    """
    from elftools.elf.sections import SymbolTableSection

    section = file.get_section_by_name(".dynsym")
    # Files with debug information alone have the section's head without its contents.
    table = section if isinstance(section, SymbolTableSection) else dynamic
    count = table.num_symbols()
    if count < _LEAST_SYMBOLS and table is dynamic:
        message = (
            "without sections, pyelftools does not see symbols that are only imported"
        )
        raise _NotComparableError(message)
    if count > _MOST_SYMBOLS:
        message = f"{count} symbols are more than pyelftools reads in reasonable time"
        raise _NotComparableError(message)
    yield from table.iter_symbols()


def _symbol_facts(symbol: LibrarySymbol) -> Iterator[str]:
    if not symbol.name.startswith(_NAMES):
        return
    if symbol["st_info"]["bind"] not in _BINDINGS:
        return
    if symbol["st_shndx"] == "SHN_UNDEF":
        yield symbol.name
    elif symbol.name.startswith(_INIT) and symbol["st_other"]["visibility"] in _VISIBLE:
        yield f"{symbol.name} (defined)"


def _read_pe(data: bytes) -> Iterator[str]:
    import pefile

    directories = ("IMPORT", "DELAY_IMPORT", "EXPORT")
    numbers = [
        pefile.DIRECTORY_ENTRY[f"IMAGE_DIRECTORY_ENTRY_{name}"] for name in directories
    ]
    with pefile.PE(data=data, fast_load=True) as file:
        file.parse_data_directories(directories=numbers)
        _refuse_a_part(file, pefile.MAX_IMPORT_SYMBOLS, pefile.MAX_SYMBOL_EXPORT_COUNT)
        for kind in ("IMPORT", "DELAY_IMPORT"):
            for entry in getattr(file, f"DIRECTORY_ENTRY_{kind}", ()):
                yield from _import_facts(entry, delayed=kind != "IMPORT")
        exports = getattr(file, "DIRECTORY_ENTRY_EXPORT", None)
        for symbol in exports.symbols if exports else ():
            name = (symbol.name or b"").decode("latin-1")
            if name.startswith(_INIT):
                yield f"{name} (defined)"


def _refuse_a_part(file: object, most_imports: int, most_exports: int) -> None:
    """Refuse what pefile cut: it says so in a warning, or stops at its limits.

    Its names may hold a few kinds of characters only; a table with others is dropped.
    """
    for name in ("IMPORT", "DELAY_IMPORT"):
        for entry in getattr(file, f"DIRECTORY_ENTRY_{name}", ()):
            if len(entry.imports) >= most_imports:
                message = f"pefile reads at most {most_imports} names per library"
                raise _NotComparableError(message)
            if any(b"*invalid*" in (each.name or b"") for each in entry.imports):
                message = "pefile does not read all names of the import table"
                raise _NotComparableError(message)
    exports = getattr(file, "DIRECTORY_ENTRY_EXPORT", None)
    if exports and len(exports.symbols) >= most_exports:
        message = f"pefile reads at most {most_exports} exports"
        raise _NotComparableError(message)
    warnings = [text for text in file.get_warnings() if "mport" in text]  # type: ignore[attr-defined] # not in its stubs
    if warnings:
        message = f"pefile: {warnings[0]}"
        raise _NotComparableError(message)


def _import_facts(entry: object, *, delayed: bool) -> Iterator[str]:
    library = (entry.dll or b"").decode("latin-1")  # type: ignore[attr-defined] # the same
    if _PYTHON_LIBRARY.search(library) and not delayed:
        yield f"{library} (library)"
    for each in entry.imports:  # type: ignore[attr-defined] # the same
        # pefile gives the functions of a few system libraries names of its own.
        if each.import_by_ordinal or each.name is None:
            yield _by_number(each.ordinal)
        elif each.name.decode("latin-1").startswith(_NAMES):
            yield each.name.decode("latin-1")
