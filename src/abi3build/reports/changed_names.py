"""What changed under names, as lines for people and as JSON's fields."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from abi3build.stable_abi.behavior import ChangeKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from abi3build.evidence.outdated_names import OutdatedName
    from abi3build.stable_abi.behavior import BehaviorChange
    from abi3build.versions import PythonVersion

__all__ = ["change_fields", "change_lines", "outdated_fields"]


def change_lines(changes: Iterable[BehaviorChange]) -> list[str]:
    """Return a line for each group of names that changed alike, most noticeable first.

    Objects that only a newer Python accepts are left out, because no program has them.
    """
    order = list(ChangeKind)

    def key(change: BehaviorChange) -> tuple[bool, int, PythonVersion, str]:
        return change.rarely, order.index(change.kind), change.version, change.text

    said = [each for each in changes if each.kind is not ChangeKind.WIDENS]
    lines = []
    for _, group in groupby(sorted(said, key=lambda each: (key(each), each.name)), key):
        alike = list(group)
        names = ", ".join(each.name for each in alike)
        lines.append(f"{names} {alike[0].when}: {alike[0].text}")
    return lines


def change_fields(changes: Iterable[BehaviorChange]) -> list[dict[str, object]]:
    """Return all of them in their order as JSON's fields."""
    return [
        {
            "name": each.name,
            "version": str(each.version),
            "kind": each.kind.value,
            "rarely": each.rarely,
            "text": each.text,
            "documentation": each.documentation,
        }
        for each in changes
    ]


def outdated_fields(names: Iterable[OutdatedName]) -> list[dict[str, object]]:
    """Return what headers deprecate or will drop as JSON's fields."""
    return [
        {
            "name": each.name,
            "deprecated_since": str(each.since) if each.since else None,
            "removed_in": str(each.removal) if each.removal else None,
            "instead": each.instead or None,
            "compiler_warned": each.compiler_warned,
            "places": list(each.places),
        }
        for each in names
    ]
