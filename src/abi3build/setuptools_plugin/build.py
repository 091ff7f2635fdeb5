"""The mixin in front of a project's ``build``: a folder of its own for each target.

setuptools keeps objects and extensions in ``build/`` and looks only at the age of the
sources: after a change of the floor it would ship the old objects under the new tag,
and files of both flavors side by side.
"""

from __future__ import annotations

from typing import ClassVar

from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from setuptools.command.build import build

    from abi3build.setuptools_plugin.plan import Plan

    _Base = build
else:
    _Base = object

__all__ = ["BuildMixin"]


class BuildMixin(_Base):
    """Keep what is built for one target apart from what is built for another."""

    plan: ClassVar[Plan]

    def finalize_options(self) -> None:
        """Add the target to the folders that setuptools chose by itself."""
        own_platlib = self.build_platlib is None
        own_lib = self.build_lib is None
        own_temp = self.build_temp is None
        super().finalize_options()
        target = self.plan.target
        name = f"-{target.floor.tag}-{target.kind.value}"
        if self.plan.platform is not None:
            name += f"-{self.plan.platform.tag}"
        if own_lib and self.build_lib == self.build_platlib:
            self.build_lib += name
        if own_platlib:
            self.build_platlib += name
        if own_temp:
            self.build_temp += name
