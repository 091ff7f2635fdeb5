"""Build for other platforms with the zig of this environment."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from workbench.building import Build
    from workbench.fixture_types import BuildWheel

__all__ = ["NEEDS_ZIG", "build_for", "declare", "zig"]

NEEDS_ZIG = pytest.mark.skipif(
    find_spec("ziglang") is None, reason="the dependency group cross is not installed"
)


def build_for(build_wheel: BuildWheel, project: Path, target: str) -> Build:
    """Build a project for one or more targets, by ``-C`` of abi3build's own backend."""
    file = project / "pyproject.toml"
    text = file.read_text(encoding="utf-8")
    ours = text.replace("setuptools.build_meta", "abi3build.build_meta")
    file.write_text(ours, encoding="utf-8")
    option = f"-Ctarget={target}"
    environ = {"ABI3BUILD_ZIG": str(zig())}
    return build_wheel(project, option, isolated=False, env=environ)


def declare(project: Path, change: str) -> None:
    """Declare one more thing of the extension of ``c-minimal``."""
    file = project / "pyproject.toml"
    declared = file.read_text(encoding="utf-8")
    changed = declared.replace('["c_minimal.c"]', f'["c_minimal.c"], {change}')
    assert changed != declared
    file.write_text(changed, encoding="utf-8")


def zig() -> Path:
    """Return this environment's zig, which the one that builds does not have."""
    spec = find_spec("ziglang")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).with_name("zig")
