"""PEP 517 and PEP 660 hooks: those of setuptools, and abi3build's ``-C`` settings.

https://peps.python.org/pep-0517/ and https://peps.python.org/pep-0660/
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

from abi3build.config_settings import config_settings_in_force
from abi3build.setuptools_plugin.console import told_if_not_written
from abi3build.setuptools_plugin.cross.cross_wheels import (
    building_for,
    requested_platforms,
    requirements,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

ConfigSettings = Optional["Mapping[str, Any]"]
"""What a front end hands over: text, or a list of texts for a repeated key."""

_SETUPTOOLS = "setuptools.build_meta"
"""Loaded only if it is called: that takes longer than to find what is required."""


def get_requires_for_build_wheel(config_settings: ConfigSettings = None) -> list[str]:
    """Return what the project needs for a wheel beyond ``build-system.requires``."""
    with config_settings_in_force(config_settings) as rest:
        return [*_asked("wheel", rest), *requirements()]


def get_requires_for_build_sdist(config_settings: ConfigSettings = None) -> list[str]:
    """Return what the project needs for an sdist beyond ``build-system.requires``."""
    with config_settings_in_force(config_settings) as rest:
        return _asked("sdist", rest)


def get_requires_for_build_editable(
    config_settings: ConfigSettings = None,
) -> list[str]:
    """Return what an editable install needs beyond ``build-system.requires``."""
    with config_settings_in_force(config_settings) as rest:
        return _asked("editable", rest)


def prepare_metadata_for_build_wheel(
    metadata_directory: str, config_settings: ConfigSettings = None
) -> str:
    """Write the wheel's metadata; return the name of its folder."""
    with config_settings_in_force(config_settings) as rest:
        return _by_setuptools(
            "prepare_metadata_for_build_wheel", metadata_directory, rest
        )


def prepare_metadata_for_build_editable(
    metadata_directory: str, config_settings: ConfigSettings = None
) -> str:
    """Write an editable install's metadata; return the name of its folder."""
    with config_settings_in_force(config_settings) as rest:
        hook = "prepare_metadata_for_build_editable"
        return _by_setuptools(hook, metadata_directory, rest)


def build_wheel(
    wheel_directory: str,
    config_settings: ConfigSettings = None,
    metadata_directory: str | None = None,
) -> str:
    """Build and check a wheel, or one for each target; return a wheel's file name."""
    unwritten = told_if_not_written(Path(wheel_directory))
    with config_settings_in_force(config_settings) as rest, unwritten:
        platforms = requested_platforms()
        if len(platforms) > 1:
            from abi3build.setuptools_plugin.cross.wheel_set import build_set

            given = (wheel_directory, config_settings, metadata_directory)
            return build_set(platforms, given)
        with building_for(platforms):
            return _by_setuptools(
                "build_wheel", wheel_directory, rest, metadata_directory
            )


def build_sdist(sdist_directory: str, config_settings: ConfigSettings = None) -> str:
    """Build an sdist; return its file name."""
    with config_settings_in_force(config_settings) as rest:
        return _by_setuptools("build_sdist", sdist_directory, rest)


def build_editable(
    wheel_directory: str,
    config_settings: ConfigSettings = None,
    metadata_directory: str | None = None,
) -> str:
    """Build and check the extensions in place; return the editable wheel's name."""
    with config_settings_in_force(config_settings) as rest:
        return _by_setuptools(
            "build_editable", wheel_directory, rest, metadata_directory
        )


def _by_setuptools(hook: str, *arguments: object) -> str:
    """Call a hook of setuptools; return the name that it returns."""
    return str(getattr(import_module(_SETUPTOOLS), hook)(*arguments))


def _asked(what: str, config_settings: Mapping[str, Any]) -> list[str]:
    """Return what setuptools requires, without running setup.py if that is known."""
    from abi3build.setuptools_plugin.setup_requirements import may_ask_for_more

    if not may_ask_for_more(Path(), os.environ):
        return []
    backend = import_module(_SETUPTOOLS)
    return list(getattr(backend, f"get_requires_for_build_{what}")(config_settings))
