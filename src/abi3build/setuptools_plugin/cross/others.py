"""The mixins of ``build_clib`` and ``build_rust`` in a build for another platform."""

from __future__ import annotations

import os
from typing import Any, ClassVar

from abi3build.cross.toolchain import find_toolchain
from abi3build.errors import UsageError
from abi3build.light_typing import TYPE_CHECKING
from abi3build.setuptools_plugin.cross.compiler import direct_compiler
from abi3build.setuptools_plugin.edge import user_errors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from setuptools.command.build_clib import build_clib

    from abi3build.cross.platforms import Platform
    from abi3build.setuptools_plugin.plan import Plan

    _Clib = build_clib
else:
    _Clib = object

__all__ = ["CrossBuildClibMixin", "CrossBuildRustMixin"]


class CrossBuildClibMixin(_Clib):
    """Compile the static libraries of a project for the platform of the plan."""

    plan: ClassVar[Plan]
    platform: ClassVar[Platform]

    def finalize_options(self) -> None:
        """Take the one kind of compiler whose commands can be replaced."""
        super().finalize_options()
        self.compiler = "unix"

    def build_libraries(self, libraries: list[Any]) -> None:
        """Build with the platform's compiler; one library cannot hold two slices.

        The compiler is ready before anything is held against what it was made of.
        """
        tag = self.platform.tag
        with user_errors():
            if len(self.platform.slices) > 1:
                message = (
                    f"the static library {libraries[0][0]} cannot be built for {tag} in"
                    " one piece: add its sources to the extension, or build one wheel"
                    " for each processor"
                )
                raise UsageError(message)
            settings = self.plan.settings
            toolchain = find_toolchain(self.platform, settings, os.environ)
            direct_compiler(self.compiler, toolchain, os.environ)
        folders = settings.settings_for(self.platform).include_dirs
        super().build_libraries(
            [(name, _with_headers(info, folders)) for name, info in libraries]
        )


def _with_headers(info: Mapping[str, Any], folders: Sequence[str]) -> dict[str, Any]:
    return {**info, "include_dirs": [*(info.get("include_dirs") or ()), *folders]}


class CrossBuildRustMixin:
    """Refuse Rust extensions: cargo and the target's linker are set up elsewhere."""

    plan: ClassVar[Plan]
    platform: ClassVar[Platform]

    def run(self) -> None:
        """End the build with what to do."""
        with user_errors():
            message = (
                f"Rust extensions are not built for {self.platform.tag} from here:"
                " build them on that platform, or leave -C target out"
            )
            raise UsageError(message)
