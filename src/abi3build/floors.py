"""The lowest floor that an image's symbols allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.stable_abi.table import stable_symbols
from abi3build.versions import FIRST_STABLE_ABI

if TYPE_CHECKING:
    from collections.abc import Iterable

    from abi3build.binaries.image import Import
    from abi3build.versions import PythonVersion

__all__ = ["lowest_floor"]


def lowest_floor(imports: Iterable[Import]) -> PythonVersion:
    """Give the newest version in which one of the symbols became stable.

    Symbols outside the stable ABI have no floor, and weak ones ask for none.
    """
    table = stable_symbols()
    return max(
        (
            table[each.symbol].added
            for each in imports
            if each.symbol in table and not each.weak
        ),
        default=FIRST_STABLE_ABI,
    )
