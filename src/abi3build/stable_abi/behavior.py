"""What changed under the names of the stable ABI, from version to version.

The data beside this module, ``behavior.txt``, is written by hand from CPython's
references, headers and runs; the comment at its top describes the format.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from abi3build.stable_abi.known_names import read_table
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = [
    "BehaviorChange",
    "ChangeKind",
    "all_changes",
    "changes_after",
    "changes_of",
    "counted",
    "is_counted",
    "parse_behavior",
]

_DOCUMENTATION = "https://docs.python.org/3/"
_FIELD = "\n    "
_CONTINUED = "\n        "
_DOCS = "docs: "


class ChangeKind(Enum):
    """Say what a change means to a binary that was compiled once, the worst first.

    The values are the words of the table and of JSON.
    """

    ACCEPTS = "accepts"
    REFUSES = "refuses"
    DIFFERS = "differs"
    WIDENS = "widens"
    DEPRECATED = "deprecated"
    GONE = "gone"


_FACT = (
    rf"(?P<version>\d\.\d+) (?P<kind>{'|'.join(each.value for each in ChangeKind)})"
    r"(?P<rarely> rarely)?(?: (?P<link>\S+))?: +(?P<text>.+)"
)
_WORDS = {
    ChangeKind.ACCEPTS: "fails below",
    ChangeKind.REFUSES: "fails from",
    ChangeKind.DIFFERS: "differs from",
    ChangeKind.WIDENS: "takes more from",
    ChangeKind.DEPRECATED: "deprecated from",
    ChangeKind.GONE: "no longer compiles from",
}
_NOTICED = frozenset({ChangeKind.ACCEPTS, ChangeKind.REFUSES, ChangeKind.DIFFERS})


class BehaviorChange(NamedTuple):
    """Say what changed under one name in one version."""

    name: str
    version: PythonVersion
    """The first version that does so."""

    kind: ChangeKind
    rarely: bool
    """True if only a program that does something unusual notices."""

    text: str
    """What changed, as a clause without a full stop."""

    documentation: str
    """The address of what says so."""

    @property
    def when(self) -> str:
        """Say on which Pythons: ``fails below 3.10``, ``differs from 3.11 on``."""
        end = "" if self.kind is ChangeKind.ACCEPTS else " on"
        rarely = ", rarely" if self.rarely else ""
        return f"{_WORDS[self.kind]} {self.version}{end}{rarely}"


def changes_of(name: str) -> tuple[BehaviorChange, ...]:
    """Return what is known to have changed under a name, the oldest first."""
    return _changes(name)


def changes_after(
    names: Iterable[str], floor: PythonVersion
) -> tuple[BehaviorChange, ...]:
    """Return every change of some names in versions after a floor, in their order."""
    return tuple(
        change for name in names for change in _changes(name) if change.version > floor
    )


def all_changes() -> tuple[BehaviorChange, ...]:
    """Return every change of every name, sorted by name, then by version."""
    return tuple(change for name in sorted(_blocks()) for change in _changes(name))


def counted(names: Iterable[str], floor: PythonVersion) -> tuple[BehaviorChange, ...]:
    """Return the changes after a floor that a usual program may notice.

    They are those that a report counts, in the order of the names.
    """
    return tuple(filter(is_counted, changes_after(names, floor)))


def is_counted(change: BehaviorChange) -> bool:
    """Tell whether a usual program may notice a change."""
    return change.kind in _NOTICED and not change.rarely


def parse_behavior(text: str) -> Iterator[BehaviorChange]:
    """Yield what a text in the format of the table says, in its order.

    Raise ``ValueError`` for a block that is not in the format.
    """
    for name, blocks in _blocks_of(text).items():
        for fields in blocks:
            yield from _parse(name, fields)


@cache
def _changes(name: str) -> tuple[BehaviorChange, ...]:
    found = (
        each for fields in _blocks().get(name, ()) for each in _parse(name, fields)
    )
    return tuple(sorted(found, key=lambda each: each.version))


@cache
def _blocks() -> Mapping[str, list[str]]:
    return _blocks_of(read_table("behavior.txt"))


def _blocks_of(text: str) -> dict[str, list[str]]:
    # Facts stay text until they are needed: an audit needs only a few.
    blocks: dict[str, list[str]] = {}
    for block in text.split("\n\n"):
        if not block.startswith("#"):
            names, _, fields = block.partition(_FIELD)
            for name in names.split():
                blocks.setdefault(name, []).append(fields)
    return blocks


def _parse(name: str, fields: str) -> Iterator[BehaviorChange]:
    docs, *facts = fields.rstrip("\n").replace(_CONTINUED, " ").split(_FIELD)
    page = docs[len(_DOCS) :]
    for fact in facts:
        found = re.fullmatch(_FACT, fact)
        if found is None or not docs.startswith(_DOCS):
            message = f"not a fact of the table, under {name}: {fact!r}"
            raise ValueError(message)
        link = found["link"] or (page if "#" in page else f"{page}#c.{name}")
        yield BehaviorChange(
            name,
            PythonVersion.parse(found["version"]),
            ChangeKind(found["kind"]),
            found["rarely"] is not None,
            found["text"],
            _DOCUMENTATION + link,
        )
