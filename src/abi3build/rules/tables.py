"""What the tables and texts in the data require of Python: ABI501 and ABI403.

These are slots, flags and members newer than the floor, and formats whose meaning
changed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.inspection.format_strings import BUILDERS, PARSERS, is_format_of
from abi3build.rules.finding import Severity, described, image_finding
from abi3build.stable_abi.table_entries import table_entries
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.cpython_contents import (
        DataTables,
        Method,
        ModuleTable,
        TypeTable,
    )
    from abi3build.binaries.image import Image
    from abi3build.rules.audited_files import AuditedFiles
    from abi3build.rules.finding import Finding
    from abi3build.stable_abi.table_entries import Behavior, TableEntry

__all__ = ["are_late", "newer_slot", "oldest_headers", "size_t_hazard"]


_FIRST_LATE = PythonVersion(3, 13)
"""Those without the names that end in ``_SizeT``, and the first that know ``%T``."""

_BY_REFERENCE_COUNT = {
    0xFFFFFFFF: PythonVersion(3, 13),
    0x0005_0000_C000_0000: PythonVersion(3, 14),
}
"""What ``PyModuleDef_HEAD_INIT`` puts into a module's definition, on 64 bits; it is 1
with headers up to 3.12 (``Include/object.h``, ``Include/refcount.h``)."""


def oldest_headers(image: Image) -> PythonVersion | None:
    """Return the lowest possible version of the headers; None if nothing shows it.

    The notes of abi3build's own builds contain it; otherwise the definitions of modules
    show it.
    """
    if image.unit_notes:
        return min(PythonVersion.from_hex(note.headers) for note in image.unit_notes)
    counts = {table.reference_count for table in image.tables.modules}
    if counts and counts <= set(_BY_REFERENCE_COUNT):
        return min(_BY_REFERENCE_COUNT[count] for count in counts)
    return None


def are_late(headers: PythonVersion | None) -> bool:
    """Tell whether headers are known to be those of 3.13 or later."""
    return headers is not None and headers >= _FIRST_LATE


_UNMISTAKABLE = (
    r"(?:(?:[szyuUZ]|e[st])#)+|.*#.*[#|$*!&()\[\]{}:;].*|.*[|$*!&()\[\]{}].*#.*"
)
"""No word of a language looks so; ``bus#`` could be one."""

_HINT = (
    "define PY_SSIZE_T_CLEAN before Python.h and compile with headers of 3.12 or older,"
    ' or build with abi3build, which repairs the call; min-python = "3.13" also settles'
    " it"
)


def size_t_hazard(audited: AuditedFiles) -> Iterator[Finding]:
    """Find formats with sizes in calls that expect another size before 3.13 (ABI403).

    If a source defines ``PY_SSIZE_T_CLEAN``, headers up to 3.12 choose functions that
    end in ``_SizeT``; those of 3.13 and later do not.
    """
    entry = table_entries()["size-format", "#"]
    behaviors = entry.behaviors_from(audited.promise.floor)
    if not behaviors:
        return
    for file, image in audited.images():
        functions = {each.symbol for each in audited.cpython_imports(image)}
        functions &= PARSERS | BUILDERS
        for text in image.formats:
            takers = sorted(each for each in functions if is_format_of(text, {each}))
            if takers:
                what = f"for {' or '.join(takers)}{_compiled(image)}"
                yield image_finding(
                    "ABI403",
                    file,
                    image,
                    severity=_format_severity(image, text),
                    what=f'"{text}"',
                    message=f"{what}; {described(behaviors)}",
                    hint=_HINT,
                    settled_by=entry.since,
                )


def _format_severity(image: Image, text: str) -> Severity:
    is_certain = are_late(oldest_headers(image)) and re.fullmatch(_UNMISTAKABLE, text)
    return Severity.ERROR if is_certain else Severity.WARNING


def _compiled(image: Image) -> str:
    headers = oldest_headers(image)
    return f", compiled with headers of {headers} or later" if are_late(headers) else ""


_FIRST_LATE_SLOT = 84
"""From there on types and modules share their numbers."""

_METHOD_FLAGS = (0x200, 0x80)
"""METH_METHOD and METH_FASTCALL; the first does not come without the second."""

_TYPE_NAMES = ("%T", "%N")
"""The formats for the names of types; ``%#T`` and ``%#N`` are forms of them."""

_HARMS = ("error", "warning", "info")


def newer_slot(audited: AuditedFiles) -> Iterator[Finding]:
    """Find slots, flags and members that were added after the floor (ABI501).

    They are numbers in the data: no symbol shows them, and CPython's headers offer some
    of them under any limit.
    """
    floor = audited.promise.floor
    for file, image in audited.images():
        for entry, places in _entries(image):
            behaviors = entry.behaviors_from(floor)
            if not behaviors:
                continue
            severity = _severity(behaviors)
            is_harmless = severity is Severity.INFO
            yield image_finding(
                "ABI501",
                file,
                image,
                severity=severity,
                what=entry.name,
                message=_message(entry, behaviors, places),
                hint=(
                    ""
                    if is_harmless
                    else f'min-python = "{entry.since}" settles {entry.name}'
                ),
                settled_by=entry.since,
            )


def _entries(
    image: Image,
) -> list[tuple[TableEntry, list[str]]]:
    """Return the table entries that not every Python knows, with their places."""
    found: dict[tuple[str, str], set[str]] = {}
    for kind, key, place in _used(image):
        if (kind, key) in table_entries():
            found.setdefault((kind, key), set()).add(place)
    return [(table_entries()[each], sorted(found[each])) for each in sorted(found)]


def _used(image: Image) -> Iterator[tuple[str, str, str]]:
    """Return the kinds and keys of entries with their places."""
    yield from _of_types(image.tables)
    yield from _of_modules(image.tables)
    if are_late(oldest_headers(image)):
        # Other libraries know the same letters; who writes Python's has its headers.
        for text in image.formats:
            for code in _TYPE_NAMES:
                if code in text.replace("#", ""):
                    yield "text-format", code, f'text "{text}"'


def _of_types(tables: DataTables) -> Iterator[tuple[str, str, str]]:
    for table in tables.types:
        place = f"type {table.name}"
        for number in table.slots:
            yield _slot_kind("type", number), str(number), place
        for number in table.empty_slots:
            yield "type-empty", str(number), place
        for flag in _bits(table.flags):
            yield "type-flag", f"{flag:#x}", place
        if table.basic_size < 0:
            yield "type-size", "negative", place
        for member in table.members:
            place_of_member = f"member {member.name} of {place}"
            yield "member-name", member.name, place
            for flag in _bits(member.flags):
                yield "member-flag", f"{flag:#x}", place_of_member
        yield from _of_methods(table, f"of {place}")


def _of_modules(tables: DataTables) -> Iterator[tuple[str, str, str]]:
    for table in tables.modules:
        for number in table.slots:
            yield _slot_kind("module", number), str(number), f"module {table.name}"
        yield from _of_methods(table, f"of module {table.name}")


def _of_methods(
    table: ModuleTable | TypeTable, owner: str
) -> Iterator[tuple[str, str, str]]:
    for method in table.methods:
        flag = _newest_flag(method)
        yield "method-flag", f"{flag:#x}", f"method {method.name} {owner}"


def _newest_flag(method: Method) -> int:
    return next((flag for flag in _METHOD_FLAGS if method.flags & flag), 0)


def _slot_kind(table: str, number: int) -> str:
    return "late-slot" if number >= _FIRST_LATE_SLOT else f"{table}-slot"


def _bits(flags: int) -> Iterator[int]:
    return (1 << bit for bit in range(flags.bit_length()) if flags >> bit & 1)


def _severity(behaviors: tuple[Behavior, ...]) -> Severity:
    harms = {each.harm for each in behaviors}
    return Severity(next(harm for harm in _HARMS if harm in harms))


def _message(
    entry: TableEntry, behaviors: tuple[Behavior, ...], places: list[str]
) -> str:
    more = f" and {len(places) - 1} more" if len(places) > 1 else ""
    return (
        f"in {places[0]}{more}, guaranteed since {entry.since}; {described(behaviors)}"
    )
