"""Where the conditions hold under which CPython has some of its stable symbols."""

from __future__ import annotations

from enum import Enum

from abi3build.versions import FIRST_STABLE_ABI, PythonVersion

__all__ = ["Platform", "condition_holds"]


class Platform(Enum):
    """Name the systems for which CPython is released."""

    LINUX = "Linux"
    MACOS = "macOS"
    WINDOWS = "Windows"


_HOLDS_SINCE: dict[str, dict[Platform, PythonVersion]] = {
    "": dict.fromkeys(Platform, FIRST_STABLE_ABI),
    "HAVE_FORK": {
        Platform.LINUX: FIRST_STABLE_ABI,
        Platform.MACOS: FIRST_STABLE_ABI,
    },
    "MS_WINDOWS": {Platform.WINDOWS: FIRST_STABLE_ABI},
    # Include/pythread.h defines the function and the macro together, first in 3.8.
    "PY_HAVE_THREAD_NATIVE_ID": dict.fromkeys(Platform, PythonVersion(3, 8)),
    # Only debug builds define it.
    "Py_REF_DEBUG": {},
    # Include/pythonrun.h: 32-bit Windows alone before 3.14, all of Windows since
    # (https://github.com/python/cpython/issues/91815).
    "USE_STACKCHECK": {Platform.WINDOWS: PythonVersion(3, 14)},
}


def condition_holds(condition: str, platform: Platform, floor: PythonVersion) -> bool:
    """Tell whether every release of a platform, from the floor up, meets a condition.

    The condition is a ``StableSymbol.condition``; the empty one always holds.  Debug
    builds are no releases.  Raise ``KeyError`` for an unknown condition.

    Sources: ``feature_macro`` in ``Misc/stable_abi.toml`` and the headers named above.
    """
    since = _HOLDS_SINCE[condition].get(platform)
    return since is not None and since <= floor
