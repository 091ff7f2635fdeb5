"""What a wheel or an extension promises: on which Pythons it will run."""

from __future__ import annotations

from abi3build.light_typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from abi3build.versions import PythonVersion

__all__ = ["Promise"]


class Promise(NamedTuple):
    """Promise every CPython from the floor up."""

    floor: PythonVersion
    free_threaded: bool = False
    """True where free-threaded builds from 3.15 are promised too (abi3t)."""

    gil_enabled: bool = True
    """False only for wheels tagged ``abi3t`` alone."""

    def __str__(self) -> str:
        """Say the promise as the end of "keeps its promise to ..."."""
        if not self.gil_enabled:
            return f"free-threaded Python {self.floor}"
        if self.free_threaded:
            return f"Python {self.floor}, free-threaded builds included"
        return f"Python {self.floor}"
