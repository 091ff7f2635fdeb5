"""Say which choices a project has where one of its modules cannot be abi3."""

from __future__ import annotations

from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["choices"]


def choices(names: Iterable[str], others: Iterable[str]) -> list[str]:
    """Give one line for a wheel that has further modules, and none for any other."""
    unable, able = ", ".join(sorted(names)), ", ".join(sorted(others))
    if not unable or not able:
        return []
    hint = (
        f"hint: a wheel is abi3 as a whole: where {unable} cannot be, set abi3 = false"
        f" for all, or leave it out and keep {able}"
    )
    return [hint]
