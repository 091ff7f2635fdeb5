"""Types that move to the heap together, or not at all.

What frees an instance of a type on the heap releases the type.  An instance of a type
that stays static holds no reference, so that the same line would release too much.
``PyType_Ready`` refuses a static type whose base is on the heap (Objects/typeobject.c).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from abi3build.port_fix.deallocation import release_type
from abi3build.port_fix.initializers import NotUnderstoodError, without_casts
from abi3build.port_fix.static_types import field_value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from abi3build.port_fix.edits import Edit
    from abi3build.port_fix.source_files import LeftToDo, SourceFiles
    from abi3build.port_fix.static_types import StaticType

__all__ = ["inseparable_types", "kept_static_by_others"]


class _Bond(NamedTuple):
    """Say that a type cannot move while another one stays static."""

    type: str
    other: str
    reason: str


def inseparable_types(
    sources: SourceFiles, types: Sequence[StaticType]
) -> tuple[tuple[str, ...], ...]:
    """Return the names of all types, those that need each other together."""
    group_of = {each.name: [each.name] for each in types}
    for bond in _bonds(sources, types):
        one, other = group_of[bond.type], group_of[bond.other]
        if one is not other:
            one += other
            group_of.update((name, one) for name in other)
    return tuple({id(group): tuple(group) for group in group_of.values()}.values())


def kept_static_by_others(
    sources: SourceFiles, types: Sequence[StaticType], moving: Collection[str]
) -> list[LeftToDo]:
    """Return those of ``moving`` that cannot, because of types that stay static."""
    left: dict[str, LeftToDo] = {}
    bonds = list(_bonds(sources, types))
    by_name = {each.name: each for each in types}
    before = -1
    while len(left) > before:
        before = len(left)
        for bond in bonds:
            stays = bond.other not in moving or bond.other in left
            if stays and bond.type in moving and bond.type not in left:
                static = by_name[bond.type]
                left[bond.type] = sources.left(
                    static.file, static.start, bond.type, bond.reason
                )
    return list(left.values())


def _bonds(sources: SourceFiles, types: Sequence[StaticType]) -> Iterator[_Bond]:
    places = {each.name: _freeing_places(sources, each) for each in types}
    for each in types:
        base = without_casts(field_value(each, "tp_base")).lstrip("& ")
        for other in types:
            if other.name == each.name:
                continue
            if other.name == base:
                reason = f"{each.name} has it as a base and stays a static type"
                yield _Bond(base, each.name, reason)
            if places[each.name] & places[other.name]:
                reason = (
                    "its instances are freed by lines that also free those of"
                    f" {other.name}, which stays a static type"
                )
                yield _Bond(each.name, other.name, reason)


def _freeing_places(sources: SourceFiles, static: StaticType) -> set[tuple[str, Edit]]:
    function = sources.function(field_value(static, "tp_dealloc"), static.file)
    try:
        return set() if function is None else set(release_type(sources, function))
    except NotUnderstoodError:
        return set()
