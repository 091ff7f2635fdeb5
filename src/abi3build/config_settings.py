"""The ``-C`` settings of one build, passed from the backend to the plugin.

setuptools runs ``setup.py`` in between, and does not pass such settings on.  With
setuptools' own backend, they are looked up where it keeps them.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import FrameType

__all__ = [
    "OF_SETUPTOOLS",
    "config_settings_in_force",
    "current_config_settings",
    "settings_given_to_setuptools",
]

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


def current_config_settings() -> Mapping[str, Any] | None:
    """Return the settings of the running build that are not setuptools' own.

    Return None if the build does not run under ``abi3build.build_meta``.
    """
    return _IN_FORCE.get()


def settings_given_to_setuptools() -> dict[str, Any]:
    """Return the ``-C`` settings that setuptools' own backend was called with.

    It does not pass them on, but its frame contains them for as long as it runs
    ``setup.py``: https://github.com/pypa/setuptools/blob/main/setuptools/build_meta.py
    """
    # The one way to a caller, on PyPy as well.
    frame: FrameType | None = sys._getframe()  # noqa: SLF001 - see above
    while frame is not None:
        if frame.f_globals.get("__name__") == "setuptools.build_meta":
            given = frame.f_locals.get("config_settings")
            if isinstance(given, dict):
                return {str(key): value for key, value in given.items()}
        frame = frame.f_back
    return {}


@contextmanager
def config_settings_in_force(
    config_settings: Mapping[str, Any] | None,
) -> Iterator[dict[str, Any]]:
    """Apply a build's settings in the block, and yield those meant for setuptools."""
    given = config_settings or {}
    ours = {key: value for key, value in given.items() if key not in OF_SETUPTOOLS}
    token = _IN_FORCE.set(ours)
    try:
        yield {key: value for key, value in given.items() if key in OF_SETUPTOOLS}
    finally:
        _IN_FORCE.reset(token)
