"""What to use instead of names outside the Limited API, or too new for a floor.

The data beside this module, ``replacements.txt``, is written by hand from CPython's
documentation and headers; the comment at its top describes the format.  It names
functions of the stable ABI but no versions: those come from the symbol table.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from abi3build.stable_abi.known_names import read_table
from abi3build.stable_abi.stable_symbols import stable_symbols
from abi3build.versions import FIRST_STABLE_ABI

if TYPE_CHECKING:
    from abi3build.versions import PythonVersion

__all__ = [
    "Replacement",
    "all_replacements",
    "replacement",
    "replacement_at",
    "since",
]

_DOCUMENTATION = "https://docs.python.org/3/"
_FIELD = "\n    "
_CONTINUED = "\n        "
_FAMILY = "*"


class Replacement(NamedTuple):
    """Tell how to do without one name, or without a family of them."""

    name: str
    """A function, macro, variable or type such as ``PyList_GET_SIZE``, a field such as
    ``PyTypeObject.tp_name``, a concept such as ``static type``, or a family such as
    ``PyUnstable_*``."""

    instead: str
    """The function or the C expression to use; empty if nothing replaces the name,
    and then the note tells the way out."""

    functions: tuple[str, ...]
    """The symbols of the stable ABI that it takes; none if it is plain C."""

    note: str
    """How the behavior differs; empty if it does not."""

    documentation: str
    """The address of the section to read."""


def replacement(name: str) -> Replacement | None:
    """Return what replaces a name at any floor; None if nothing is known about it.

    Of the families that a name belongs to, the one with the longest name counts.
    """
    entries = _entries()
    if name not in entries:
        families = (
            entry
            for entry in entries
            if entry.endswith(_FAMILY) and name.startswith(entry[: -len(_FAMILY)])
        )
        name = max(families, key=len, default="")
    return _parse(name, entries[name]) if name else None


def replacement_at(name: str, floor: PythonVersion) -> Replacement | None:
    """Return what replaces a name at a floor; None if nothing is known about it.

    If a replacement is too new for the floor, what replaces that in turn is returned;
    if there is no such thing, the oldest replacement that there is.
    """
    found = replacement(name)
    while found is not None and since(found) > floor:
        symbols = stable_symbols()
        newer = (each for each in found.functions if symbols[each].added > floor)
        older = next(filter(None, map(replacement, newer)), None)
        if older is None:
            break
        found = older
    return found


def since(found: Replacement) -> PythonVersion:
    """Return the lowest floor at which a replacement works, from the symbol table.

    Plain C works at every floor, and so does doing without.
    """
    symbols = stable_symbols()
    added = (symbols[each].added for each in found.functions)
    return max(added, default=FIRST_STABLE_ABI)


def all_replacements() -> tuple[Replacement, ...]:
    """Return every entry, sorted by name."""
    return tuple(_parse(name, fields) for name, fields in sorted(_entries().items()))


@cache
def _entries() -> dict[str, str]:
    # Fields stay text until they are needed: most runs need only a few.
    entries = {}
    for block in read_table("replacements.txt").split("\n\n"):
        if not block.startswith("#"):
            names, _, fields = block.partition(_FIELD)
            entries.update(dict.fromkeys(names.split("\n"), fields))
    return entries


def _parse(name: str, fields: str) -> Replacement:
    lines = fields.rstrip("\n").replace(_CONTINUED, " ").split(_FIELD)
    values = dict(line.split(": ", 1) for line in lines)
    return Replacement(
        name=name,
        instead=values.get("use", ""),
        functions=tuple(values.get("needs", "").split()),
        note=values.get("note", ""),
        documentation=_DOCUMENTATION + values["docs"],
    )
