"""The lowest floor that an image's symbols allow: those it imports and exports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.inspection.table_search import is_made_from_slots
from abi3build.stable_abi.stable_symbols import stable_symbols
from abi3build.versions import FIRST_STABLE_ABI, PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from abi3build.binaries.image import Import

__all__ = ["FIRST_MODULE_EXPORT", "exports_floor", "lowest_floor"]


FIRST_MODULE_EXPORT = PythonVersion(3, 15)
"""The first version that calls ``PyModExport_`` (PEP 793)."""

_INIT_PREFIXES = ("PyInit_", "PyInitU_")


def lowest_floor(imports: Iterable[Import]) -> PythonVersion:
    """Return the newest version in which one of the symbols became stable.

    Symbols outside the stable ABI have no floor, and weak ones require none.
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


def exports_floor(exports: Sequence[str]) -> PythonVersion:
    """Return the first version that can start a module with these exports."""
    has_init = any(name.startswith(_INIT_PREFIXES) for name in exports)
    if is_made_from_slots(exports) and not has_init:
        return FIRST_MODULE_EXPORT
    return FIRST_STABLE_ABI
