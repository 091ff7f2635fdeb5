"""Tell which platforms a build is for, from the settings for ``target``.

Front ends ask that of each project, so the code that builds for several platforms is
loaded only if needed: see ``wheel_set.py``.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.config_settings import current_config_settings
from abi3build.errors import UsageError
from abi3build.settings.loading import load_settings
from abi3build.settings.pyproject import load_pyproject
from abi3build.setuptools_plugin.console import user_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from abi3build.platforms import Platform
    from abi3build.settings.model import Settings

__all__ = [
    "building_for",
    "refuse_several",
    "requested_platforms",
    "requirements",
    "variables_for",
]


_ZIG = "ziglang>=0.13"


def requested_platforms() -> tuple[Platform, ...]:
    """Return the platforms that the running build is for; none for its own."""
    settings = _settings()
    return settings.target if settings is not None else ()


def requirements() -> list[str]:
    """Return what the targets need from the package index: zig, or nothing.

    The front end installs it for this build only, if no other zig is found.
    """
    settings = _settings()
    if settings is None or not settings.target:
        return []
    from abi3build.cross.toolchain import lacks_zig

    with user_errors():
        return [_ZIG] if lacks_zig(settings, os.environ) else []


def refuse_several(settings: Settings) -> None:
    """Refuse a list of platforms in a build that ``build_set`` does not control.

    These are editable builds, and every build of ``setuptools.build_meta``.
    """
    if len(settings.target) > 1:
        message = (
            f"{settings.source_of('target')} names {len(settings.target)} platforms,"
            " but this backend builds for one: name one, or build wheels with"
            ' build-backend = "abi3build.build_meta"'
        )
        raise UsageError(message)


@contextmanager
def building_for(platforms: Sequence[Platform]) -> Iterator[None]:
    """Tell this process, and a ``setup.py`` that asks, which target is being built."""
    given = variables_for(platforms[0]) if len(platforms) == 1 else {}
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def variables_for(platform: Platform) -> Mapping[str, str]:
    """Return the environment variables of a build for one platform.

    The second is what ``sysconfig.get_platform()`` says on POSIX:
    https://github.com/python/cpython/blob/main/Lib/sysconfig/__init__.py
    """
    return {
        "ABI3BUILD_TARGET": platform.tag,
        "_PYTHON_HOST_PLATFORM": platform.host_platform,
    }


def _settings() -> Settings | None:
    path = Path("pyproject.toml")
    with user_errors():
        table = load_pyproject(path) if path.exists() else {}
        return load_settings(table, current_config_settings() or {}, os.environ)
