"""What one run of setuptools shall do: settings and target, decided once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from abi3build.config_settings import current_config_settings
from abi3build.settings.loading import load_settings
from abi3build.settings.pyproject import load_pyproject
from abi3build.targets.builder import running_builder
from abi3build.targets.target import decide_target

if TYPE_CHECKING:
    from pathlib import Path

    from abi3build.settings.model import Settings
    from abi3build.targets.builder import Builder
    from abi3build.targets.target import Target

__all__ = ["Plan", "make_plan"]


@dataclass(frozen=True)
class Plan:
    """Hold what the commands of one distribution follow."""

    settings: Settings
    builder: Builder
    target: Target

    @property
    def floor_source(self) -> str:
        """Say where the floor was declared, for messages that name both places."""
        return self.settings.source_of("min-python")


def make_plan(pyproject: Path) -> Plan | None:
    """Read the settings of a project and decide its target.

    Give None where the project does not ask for abi3build.  Raise
    ``SettingsError`` or ``BuilderError`` for what cannot be done.
    """
    table = load_pyproject(pyproject) if pyproject.exists() else {}
    settings = load_settings(table, current_config_settings(), os.environ)
    if settings is None:
        return None
    builder = running_builder()
    return Plan(settings, builder, decide_target(settings, builder))
