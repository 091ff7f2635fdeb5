"""The facts about an interpreter that decide what a build with it can make."""

from __future__ import annotations

import platform
import sys
import sysconfig
from dataclasses import dataclass

from abi3build.versions import PythonVersion

__all__ = ["Builder", "running_builder"]

_NAMES = {"cpython": "CPython", "graalpy": "GraalPy", "pypy": "PyPy"}


@dataclass(frozen=True)
class Builder:
    """Describe the interpreter that runs a build, and so its headers."""

    implementation: str
    """``sys.implementation.name``: ``cpython``, ``pypy``, ``graalpy``."""

    version: PythonVersion
    """The version of the language, which is also that of the headers."""

    free_threaded: bool
    """True where the interpreter was built without the GIL (``Py_GIL_DISABLED``)."""

    debug: bool
    """True where the interpreter was built with ``Py_DEBUG``."""

    windows: bool
    """True for the native Windows builds, whose extensions end in ``.pyd``."""

    extension_suffix: str
    """``EXT_SUFFIX``: how this interpreter ends version-specific extensions."""

    @property
    def flags(self) -> str:
        """Give CPython's own letters for the kind of build: ``t``, ``d`` or both."""
        return ("t" if self.free_threaded else "") + ("d" if self.debug else "")

    @property
    def cygwin(self) -> bool:
        """Tell whether it is a build for Cygwin, whose extensions end in ``.dll``."""
        return self.extension_suffix.endswith(".dll")

    @property
    def label(self) -> str:
        """Name the builder as people do, such as ``CPython 3.13t``."""
        name = _NAMES.get(self.implementation, self.implementation)
        return f"{name} {self.version}{self.flags}"


def running_builder() -> Builder:
    """Describe the interpreter that runs this code."""
    return Builder(
        implementation=sys.implementation.name,
        version=PythonVersion(*sys.version_info[:2]),
        free_threaded=bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        # Windows builds have no Py_DEBUG variable; the function is there in both.
        debug=hasattr(sys, "gettotalrefcount"),
        windows=platform.system() == "Windows",
        extension_suffix=sysconfig.get_config_var("EXT_SUFFIX") or "",
    )
