"""What one run of setuptools shall do: settings and target, decided once."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from abi3build.config_settings import current_config_settings
from abi3build.errors import BuilderError
from abi3build.light_typing import TYPE_CHECKING
from abi3build.settings.loading import load_settings
from abi3build.settings.pyproject import load_pyproject
from abi3build.setuptools_plugin.build_report import requested_report
from abi3build.targets.builder import running_builder
from abi3build.targets.target import decide_target

if TYPE_CHECKING:
    from pathlib import Path

    from abi3build.cross.platforms import Platform
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
    platform: Platform | None = None
    """The platform that is built for; None for the builder's own."""

    report: tuple[str, str] = ("", "")
    """The form in which the audit is also reported, and the file for it."""

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
    platform = settings.target[0] if len(settings.target) == 1 else None
    if platform is None:
        target = decide_target(settings, builder)
    else:
        target = _cross_target(settings, builder, platform)
    report = requested_report(os.environ)
    return Plan(settings, builder, target, platform, report)


def _cross_target(settings: Settings, builder: Builder, platform: Platform) -> Target:
    """Decide what is built for another platform, whose Python is not at hand.

    Its headers are the builder's without what ./configure found, so a debug build's
    are like any other.
    """
    there = replace(builder, windows=platform.is_windows, debug=False)
    target = decide_target(settings, there)
    if not target.is_stable:
        message = (
            f"a wheel for {platform.tag} can only be built for the stable ABI here, and"
            f" {target.reason}: leave out -C target, or build on that platform"
        )
        raise BuilderError(message)
    return target
