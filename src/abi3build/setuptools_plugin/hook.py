"""The entry point that setuptools calls for every project in the environment.

A project without ``[tool.abi3build]`` must not notice it, so nothing is imported
and nothing but one file is read before the table is seen.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.config_settings import current_config_settings

if TYPE_CHECKING:
    from setuptools import Distribution

__all__ = ["finalize_distribution_options"]

_TABLE_NAME = b"abi3build"


def finalize_distribution_options(distribution: Distribution) -> None:
    """Put abi3build's commands in front of a project's own, if it asks for them."""
    pyproject = Path(distribution.src_root or ".", "pyproject.toml")
    if not current_config_settings() and not _may_have_table(pyproject):
        return
    from abi3build.setuptools_plugin.commands import extend_commands
    from abi3build.setuptools_plugin.console import user_errors
    from abi3build.setuptools_plugin.plan import make_plan

    with user_errors():
        plan = make_plan(pyproject)
    if plan is not None:
        extend_commands(distribution, plan)


def _may_have_table(pyproject: Path) -> bool:
    try:
        return _TABLE_NAME in pyproject.read_bytes()
    except OSError:
        return False
