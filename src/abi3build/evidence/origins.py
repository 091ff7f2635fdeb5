"""Find where in the sources a symbol of a finished binary comes from.

The objects of the build still tell it: their relocations say where each symbol is used,
their symbol tables in which function, and the debug information in which line.  What
they do not tell, the text of the sources does.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from abi3build.binaries.image import BinaryFormat
from abi3build.binaries.magic_number import HEAD_SIZE, image_format
from abi3build.binaries.pe.coff import is_coff_object
from abi3build.evidence.coff_code import read_coff_code
from abi3build.evidence.elf_code import read_elf_code
from abi3build.evidence.macho_code import read_macho_code
from abi3build.evidence.source_lines import lines_that_lead_to
from abi3build.inspection.object_files import read_objects

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from abi3build.evidence.compiled_units import TranslationUnit
    from abi3build.evidence.object_code import ObjectCode

__all__ = ["Origin", "find_origins", "uses_in"]


@dataclass(frozen=True, order=True)
class Origin:
    """Name one place that uses a symbol."""

    file: str
    """The source as the compiler was given it; empty without debug information."""

    line: int
    function: str
    """The function, or the variable whose initial value it is; empty if unknown."""

    def __str__(self) -> str:
        """Say the place as people do, such as ``core.c:41 in encode()``."""
        place = f"{self.file}:{self.line}" if self.file else ""
        inside = f"in {self.function}" if self.function else ""
        return f"{place} {inside}".strip()


_NOWHERE = Origin("", 0, "")


def find_origins(
    objects: Iterable[Path],
    symbols: Collection[str],
    units: Iterable[TranslationUnit] = (),
) -> dict[str, list[Origin]]:
    """Find every place that uses one of the symbols, sorted.

    If the objects know a function and no line, or if none of them tells of a symbol,
    the units' own files are searched for it.
    """
    origins: dict[str, set[Origin]] = defaultdict(set)
    by_object = {unit.object_file: unit for unit in units}
    for path in sorted(objects):
        unit = by_object.get(str(path))
        for data in _read(path):
            for symbol, origin in uses_in(data, symbols):
                origins[symbol].update(_with_lines(symbol, origin, unit))
    for symbol in set(symbols) - set(origins):
        for unit in by_object.values():
            origins[symbol].update(_with_lines(symbol, _NOWHERE, unit))
    return {symbol: sorted(found - {_NOWHERE}) for symbol, found in origins.items()}


def _with_lines(
    symbol: str, origin: Origin, unit: TranslationUnit | None
) -> list[Origin]:
    if origin.file or unit is None:
        return [origin]
    places = lines_that_lead_to(symbol, unit, origin.function)
    return [Origin(*place, origin.function) for place in places] or [origin]


def _read(path: Path) -> list[bytes]:
    try:
        return [each.data for each in read_objects(path)]
    except OSError:
        return []


def uses_in(data: bytes, symbols: Collection[str]) -> list[tuple[str, Origin]]:
    """Return what one object tells, in its order; nothing if it cannot be read.

    An explanation is not worth failing a build that fails already.
    """
    try:
        codes = _read_code(data, symbols)
        return [found for code in codes for found in _origins(code)]
    except Exception:  # noqa: BLE001 - os._exit would not show it
        return []


def _read_code(data: bytes, symbols: Collection[str]) -> list[ObjectCode]:
    kind = image_format(data[:HEAD_SIZE])
    if kind is BinaryFormat.ELF:
        return [read_elf_code(data, symbols)]
    if kind is BinaryFormat.MACH_O:
        return read_macho_code(data, symbols)
    return [read_coff_code(data, symbols)] if is_coff_object(data) else []


def _origins(code: ObjectCode) -> Iterator[tuple[str, Origin]]:
    for use in code.uses:
        file, line = code.line_at(use)
        function = code.name_at(use)
        if file or function:
            yield use.symbol, Origin(file, line, function)
