"""The entry point that setuptools calls for every project in the environment.

A project without ``[tool.abi3build]`` must not notice it, so before the table is seen
nothing is imported and only two files are read.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.config_settings import current_config_settings

if TYPE_CHECKING:
    from setuptools import Distribution

__all__ = ["finalize_distribution_options", "may_have_table"]

_TABLE_NAME = re.compile(rb"abi[-_. ]?3?[-_. ]?build", re.IGNORECASE)
"""The table's name, or one that may be meant for it."""


def finalize_distribution_options(distribution: Distribution) -> None:
    """Put abi3build's commands in front of a project's own, if it has the table."""
    folder = Path(distribution.src_root or ".")
    if not current_config_settings() and not any(
        map(may_have_table, (folder / "pyproject.toml", folder / "setup.cfg"))
    ):
        return
    from abi3build.setuptools_plugin.command_classes import (
        METADATA_COMMANDS,
        extend_commands,
    )
    from abi3build.setuptools_plugin.console import user_errors, warn_if_forbidden
    from abi3build.setuptools_plugin.plan import make_plan

    with user_errors():
        # Front ends ask for metadata first: a warning there would be a second one.
        words = set(distribution.script_args or ())
        plan = make_plan(folder, warned=bool(words & METADATA_COMMANDS))
        if plan is not None and "egg_info" in words:
            warn_if_forbidden(folder / "dist")
    if plan is not None:
        extend_commands(distribution, plan)


def may_have_table(path: Path) -> bool:
    """Tell whether a file may name abi3build's table; False if it cannot be read."""
    try:
        return _TABLE_NAME.search(path.read_bytes()) is not None
    except OSError:
        return False
