"""How the headers of several CPythons and the manifest become one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from abi3build.stable_abi.declarations import Declaration, DeclarationKind, Shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from abi3build.versions import PythonVersion
    from stable_abi_facts.declared_names import HeaderDeclaration

__all__ = ["Promised", "merge_declarations"]


class Promised(NamedTuple):
    """Hold what the manifest says of one name that is not a symbol."""

    name: str
    kind: DeclarationKind
    """What the manifest knows; it tells no constants from macros."""

    added: PythonVersion
    layout: tuple[str, ...] = ()


def merge_declarations(
    before: Iterable[Declaration],
    promised: Iterable[Promised],
    headers: Mapping[PythonVersion, Mapping[str, HeaderDeclaration]],
) -> list[Declaration]:
    """Return the declarations of all headers, those of versions at hand read again.

    Versions that are not at hand keep what was known before, so that the result does
    not depend on the order in which CPythons come to hand.
    """
    known = {each.name: each for each in before}
    listed = {each.name: each for each in promised}
    names = known.keys() | listed.keys()
    names |= {name for each in headers.values() for name in each}
    merged = (
        _merge(name, known.get(name), listed.get(name), headers) for name in names
    )
    return [each for each in merged if each.headers or each.shown or each.promised]


def _merge(
    name: str,
    known: Declaration | None,
    promised: Promised | None,
    headers: Mapping[PythonVersion, Mapping[str, HeaderDeclaration]],
) -> Declaration:
    kept = known or Declaration(name, promised.kind if promised else _UNSEEN)
    opened = {version for version in kept.headers if version not in headers}
    shown = {each for each in kept.shown if each.headers not in headers}
    kind = kept.kind
    newest = max([*opened, *(each.headers for each in shown)], default=None)
    for version, declarations in sorted(headers.items()):
        found = declarations.get(name)
        if found is None:
            continue
        if newest is None or version > newest:
            kind = found.kind
        if found.is_open:
            opened.add(version)
        if found.floors:
            shown.add(Shown(version, found.floors[0], found.floors[-1]))
    return Declaration(
        name,
        kind,
        promised.added if promised else None,
        promised.layout if promised else (),
        tuple(sorted(opened)),
        tuple(sorted(shown)),
    )


_UNSEEN = DeclarationKind.INTERNAL
"""Of a name that nothing declares yet; the headers that brought it say better."""
