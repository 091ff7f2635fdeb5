"""The mixin in front of setuptools-rust's ``build_rust``: the file name.

setuptools-rust follows ``bdist_wheel.py_limited_api``, which abi3build sets, and takes
the suffix from setuptools, whose choice on 3.15 no older Python looks for.
https://github.com/PyO3/setuptools-rust/blob/main/setuptools_rust/build.py
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from abi3build.setuptools_plugin.plan import Plan

__all__ = ["BuildRustMixin"]


class BuildRustMixin:
    """Name the files of Rust extensions so that every promised Python loads them."""

    plan: ClassVar[Plan]

    def get_dylib_ext_path(self, ext: object, target_fname: str) -> str:
        """Keep the path but for a stable-ABI suffix, which becomes the target's."""
        given: str = super().get_dylib_ext_path(ext, target_fname)  # type: ignore[misc]
        path, target = Path(given), self.plan.target
        stem, _, infix = path.name.partition(".")
        if not target.is_stable or not infix.startswith("abi3"):
            return given
        return str(path.with_name(stem + target.suffix))
