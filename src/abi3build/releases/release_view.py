"""What a run says of one release as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from abi3build.releases.release_grid import ReleaseGrid
    from abi3build.releases.savings import Savings

__all__ = ["ReleaseView"]


class ReleaseView(NamedTuple):
    """Contain what was requested about a release; None for the rest."""

    name: str
    grid: ReleaseGrid | None = None
    savings: Savings | None = None

    @property
    def severities(self) -> frozenset[str]:
        """Return the severities of its gaps, as those of findings are written."""
        gaps = self.grid.gaps if self.grid else ()
        return frozenset(
            "warning" if gap.builds_from_source else "error" for gap in gaps
        )
