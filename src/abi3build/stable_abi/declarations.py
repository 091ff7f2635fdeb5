"""What the C API has besides symbols: macros, constants, types and inline functions.

None of them is in a binary, so a name that the floor lacks shows when it is compiled.
``declarations.txt`` beside this module, which the generator writes, has one line a
name.  It comes from ``Misc/stable_abi.toml`` and from the headers of 3.6 to 3.15, each
preprocessed once for every floor.
"""

from __future__ import annotations

from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from abi3build.stable_abi.known_names import (
    format_minors,
    lines_by_name,
    parse_minors,
    read_table,
)
from abi3build.stable_abi.stable_symbols import stable_symbols
from abi3build.versions import FIRST_STABLE_ABI, NEWEST_KNOWN, PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = [
    "Declaration",
    "DeclarationKind",
    "Shown",
    "all_declared_names",
    "find_declaration",
    "format_declarations",
    "format_shown",
    "is_declared_at",
    "limited_since",
    "parse_declarations",
    "parse_shown",
]

_NOTHING = "-"


class DeclarationKind(Enum):
    """Name the kinds of declarations; the values are for people."""

    MACRO = "macro"
    """Takes arguments, or stands for something else than a number."""

    CONSTANT = "constant"
    """A macro that is a number, or a name in an enumeration."""

    STRUCTURE = "structure"
    TYPE = "type"
    INLINE = "inline"
    """A function in the header itself, so that no Python needs to export it."""

    SETTING = "setting"
    """A macro that the headers ask for and that users or ``./configure`` define."""

    INTERNAL = "internal"
    """Anything that only the headers below ``internal/`` have."""


class Shown(NamedTuple):
    """Say for which floors the headers of one version show a name."""

    headers: PythonVersion
    lowest: PythonVersion
    highest: PythonVersion
    """The version of the headers itself, unless an old way ends earlier."""


class Declaration(NamedTuple):
    """Describe one name."""

    name: str
    kind: DeclarationKind
    promised: PythonVersion | None = None
    """Since when CPython's manifest counts it to the Limited API; None if it does not
    list it, as most macros."""

    layout: tuple[str, ...] = ()
    """Of a structure of the Limited API, what binaries may rely on: ``full``,
    ``opaque``, or ``members`` and their names, as in the manifest."""

    headers: tuple[PythonVersion, ...] = ()
    """The versions whose headers have it without ``Py_LIMITED_API``, sorted."""

    shown: tuple[Shown, ...] = ()
    """The versions whose headers have it with ``Py_LIMITED_API``, sorted."""

    @property
    def since(self) -> PythonVersion | None:
        """Return the lowest floor at which every builder's headers show the name.

        None if there is none.  Headers may hide longer what the manifest promises:
        ``METH_METHOD`` is listed since 3.7 and needs 3.9.
        """
        if not self.headers and not self.shown:
            # ``struct symtable`` is only ever named, as what a pointer leads to.
            return self.promised
        first = self.promised or FIRST_STABLE_ABI
        for minor in range(first.minor, NEWEST_KNOWN.minor + 1):
            floor = PythonVersion(3, minor)
            if self.is_shown_at(floor):
                return floor
        return None

    def is_shown_at(self, floor: PythonVersion) -> bool:
        """Tell whether all headers with which a floor can be built show the name."""
        shown = {each.headers: each for each in self.shown}
        last = max(self.headers + tuple(shown), default=None)
        return last == NEWEST_KNOWN and all(
            version in shown
            and shown[version].lowest <= floor <= shown[version].highest
            for version in _examined()
            if version >= floor
        )


@cache
def find_declaration(name: str) -> Declaration | None:
    """Return what the headers make of a name; None if none of them declares it.

    Functions and data that CPython exports are not declarations, except those that some
    headers replace with a macro or an inline function.
    """
    line = _lines().get(name)
    return None if line is None else _parse(name, line)


def all_declared_names() -> Iterable[str]:
    """Return every name that ``find_declaration`` knows, sorted."""
    return _lines()


def limited_since(name: str) -> PythonVersion | None:
    """Return the lowest floor whose Limited API has a name of any kind, else None.

    What binaries may use but the headers no longer declare does not count.
    """
    symbol = stable_symbols().get(name)
    if symbol is not None:
        return None if symbol.abi_only else symbol.added
    declaration = find_declaration(name)
    return declaration.since if declaration else None


def is_declared_at(name: str, floor: PythonVersion) -> bool:
    """Tell whether a source may use a name of any kind at a floor.

    A function newer than the floor may be one of the few that the headers define
    inline or as a macro for older floors, such as ``Py_TYPE``.
    """
    since = limited_since(name)
    if since is not None and since <= floor:
        return True
    declaration = find_declaration(name)
    return declaration is not None and declaration.is_shown_at(floor)


def parse_declarations(text: str) -> Iterator[Declaration]:
    """Read lines such as ``Py_buffer structure 3.11 full 6-15 11-15:11-``.

    After name and kind come what the manifest says, the minor versions whose headers
    have the name, and for runs of those from which to which floor they show it.
    """
    for name, rest in lines_by_name(text).items():
        yield _parse(name, rest)


def format_declarations(declarations: Iterable[Declaration]) -> str:
    """Write the lines that ``parse_declarations`` reads, sorted by name."""
    lines = []
    for each in sorted(declarations):
        words = [
            each.name,
            each.kind.value,
            str(each.promised or _NOTHING),
            ",".join(each.layout) or _NOTHING,
            format_minors(each.headers) or _NOTHING,
            format_shown(each.shown) or _NOTHING,
        ]
        lines.append(f"{' '.join(words)}\n")
    return "".join(lines)


def format_shown(shown: Iterable[Shown]) -> str:
    """Write runs such as ``9-14:2-;15:11-``: headers, and from which floor on."""
    by_floors: dict[str, list[PythonVersion]] = {}
    for headers, lowest, highest in sorted(shown):
        end = "" if highest == headers else str(highest.minor)
        by_floors.setdefault(f"{lowest.minor}-{end}", []).append(headers)
    return ";".join(
        f"{format_minors(versions)}:{floors}" for floors, versions in by_floors.items()
    )


def _parse(name: str, line: str) -> Declaration:
    kind, promised, layout, headers, shown = line.split(" ")
    return Declaration(
        name,
        DeclarationKind(kind),
        None if promised == _NOTHING else PythonVersion.parse(promised),
        () if layout == _NOTHING else tuple(layout.split(",")),
        () if headers == _NOTHING else parse_minors(headers),
        () if shown == _NOTHING else tuple(sorted(parse_shown(shown))),
    )


def parse_shown(text: str) -> Iterator[Shown]:
    """Read the runs that ``format_shown`` writes."""
    for run in text.split(";"):
        minors, _, floors = run.partition(":")
        lowest, _, highest = floors.partition("-")
        for headers in parse_minors(minors):
            last = PythonVersion(3, int(highest)) if highest else headers
            yield Shown(headers, PythonVersion(3, int(lowest)), last)


@cache
def _lines() -> Mapping[str, str]:
    return lines_by_name(read_table("declarations.txt"))


@cache
def _examined() -> tuple[PythonVersion, ...]:
    """Return the versions whose headers are in the table: one name is in all."""
    always = _parse("Py_ssize_t", _lines()["Py_ssize_t"])
    return always.headers
