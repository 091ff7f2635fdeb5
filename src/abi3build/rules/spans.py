"""Say in words what the versions of Python between two others do."""

from __future__ import annotations

from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from abi3build.stable_abi.table_entries import Behavior
    from abi3build.versions import PythonVersion

__all__ = ["described"]


def described(behaviors: Iterable[Behavior]) -> str:
    """Say which versions do what: ``on 3.9 to 3.11 it is ignored; on 3.12 ...``."""
    return "; ".join(
        f"on {_span(each.first, each.last)} {each.text}" for each in behaviors
    )


def _span(first: PythonVersion, last: PythonVersion) -> str:
    if first == last:
        return str(first)
    joint = "and" if first.minor + 1 == last.minor else "to"
    return f"{first} {joint} {last}"
