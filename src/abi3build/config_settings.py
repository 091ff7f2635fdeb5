"""The ``-C`` settings of one build, handed from the backend to the plugin.

setuptools runs ``setup.py`` between the two and passes no such settings on.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["OF_SETUPTOOLS", "config_settings_in_force", "current_config_settings"]

OF_SETUPTOOLS = frozenset(
    {
        "--build-option",
        "--global-option",
        "--quiet",
        "--verbose",
        "editable-mode",
        "editable_mode",
        "quiet",
        "verbose",
    }
)
"""The ``-C`` settings that setuptools reads: ``_ConfigSettingsTranslator`` in
https://github.com/pypa/setuptools/blob/main/setuptools/build_meta.py."""

_IN_FORCE: ContextVar[Mapping[str, Any] | None] = ContextVar(
    "abi3build_config_settings", default=None
)


def current_config_settings() -> Mapping[str, Any]:
    """Give the settings of the running build that are not setuptools' own."""
    return _IN_FORCE.get() or {}


@contextmanager
def config_settings_in_force(
    config_settings: Mapping[str, Any] | None,
) -> Iterator[dict[str, Any]]:
    """Put a build's settings in force; give those that setuptools shall see."""
    given = config_settings or {}
    ours = {key: value for key, value in given.items() if key not in OF_SETUPTOOLS}
    token = _IN_FORCE.set(ours)
    try:
        yield {key: value for key, value in given.items() if key in OF_SETUPTOOLS}
    finally:
        _IN_FORCE.reset(token)
