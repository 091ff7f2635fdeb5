"""What one build makes: a pure function from settings and a builder to a target."""

from __future__ import annotations

import platform
import sys
import sysconfig
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from abi3build.errors import BuilderError
from abi3build.settings.model import FreeThreaded
from abi3build.versions import FIRST_ABI3T, Promise, PythonVersion

if TYPE_CHECKING:
    from abi3build.settings.model import Settings

__all__ = ["Builder", "Target", "TargetKind", "decide_target", "running_builder"]


_NAMES = {"cpython": "CPython", "graalpy": "GraalPy", "pypy": "PyPy"}


@dataclass(frozen=True)
class Builder:
    """Describe the interpreter that runs a build, and so its headers."""

    implementation: str
    """``sys.implementation.name``: ``cpython``, ``pypy``, ``graalpy``."""

    version: PythonVersion
    """The version of the language, which is also that of the headers."""

    free_threaded: bool
    """True if the interpreter was built without the GIL (``Py_GIL_DISABLED``)."""

    debug: bool
    """True if the interpreter was built with ``Py_DEBUG``."""

    windows: bool
    """True for the native Windows builds, whose extensions end in ``.pyd``."""

    extension_suffix: str
    """``EXT_SUFFIX``: how this interpreter ends version-specific extensions."""

    @property
    def flags(self) -> str:
        """Return CPython's own letters for the kind of build: ``t``, ``d`` or both."""
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


_FIRST_LIMITED_DEBUG = PythonVersion(3, 10)
"""The first version whose debug headers take ``Py_LIMITED_API``.

https://docs.python.org/3/whatsnew/3.10.html#build-changes
"""


class TargetKind(Enum):
    """Name the three things that a build can make."""

    ABI3 = "abi3"
    ABI3T = "abi3t"
    VERSION_SPECIFIC = "version-specific"


@dataclass(frozen=True)
class Target:
    """Say what one build makes; every part of the build follows it."""

    kind: TargetKind
    floor: PythonVersion
    """The lowest Python promised; the builder's own for version-specific targets."""

    suffix: str
    """The end of an extension's file name, such as ``.abi3.so``."""

    macros: tuple[tuple[str, str], ...] = ()
    """The macros that every translation unit gets, with their values."""

    reason: str = ""
    """Why the target is version-specific, as a clause; else empty."""

    @property
    def is_stable(self) -> bool:
        """Tell whether the target promises a stable ABI at all."""
        return self.kind is not TargetKind.VERSION_SPECIFIC

    @property
    def abi_tag(self) -> str:
        """Return the ABI tag of the wheel; empty if the builder decides it.

        GIL-enabled interpreters refuse ``abi3t`` alone (packaging.tags), and an
        abi3t extension loads on them too: the compressed set says both.
        """
        if self.kind is TargetKind.VERSION_SPECIFIC:
            return ""
        return "abi3" if self.kind is TargetKind.ABI3 else "abi3.abi3t"

    @property
    def promise(self) -> Promise | None:
        """Return the promise that the wheel makes; None for version-specific ones."""
        if not self.is_stable:
            return None
        return Promise(self.floor, free_threaded=self.kind is TargetKind.ABI3T)

    @property
    def label(self) -> str:
        """Name the target in one phrase for people."""
        if self.is_stable:
            return f"{self.floor.tag}-{self.abi_tag}"
        return f"version-specific for Python {self.floor}"


def decide_target(settings: Settings, builder: Builder) -> Target:
    """Decide what this builder makes under these settings.

    Raise ``BuilderError`` if the settings promise what it cannot make.
    """
    _refuse_impossible(settings, builder)
    reason = _why_version_specific(settings, builder)
    if reason:
        return Target(
            TargetKind.VERSION_SPECIFIC,
            builder.version,
            builder.extension_suffix,
            reason=reason,
        )
    kind = _stable_kind(settings, builder)
    macro = "Py_LIMITED_API" if kind is TargetKind.ABI3 else "Py_TARGET_ABI3T"
    # Never the platform-tagged forms of 3.15 (.abi3-x86_64-linux-gnu.so): no upstream
    # Python below 3.15 loads them. https://github.com/python/cpython/issues/122931
    suffix = ".pyd" if builder.windows else f".{kind.value}.so"
    floor = settings.min_python
    return Target(kind, floor, suffix, ((macro, floor.hex),))


def _refuse_impossible(settings: Settings, builder: Builder) -> None:
    floor = settings.min_python
    if not settings.abi3 or builder.implementation != "cpython":
        return
    if settings.native.takes_in(builder.version):
        return
    if settings.free_threaded is FreeThreaded.ABI3T and floor < FIRST_ABI3T:
        message = (
            f'free-threaded = "abi3t" needs min-python = "{FIRST_ABI3T}" or later,'
            f' but it is "{floor}": one file cannot work for both. Build two wheels'
            f' instead: set free-threaded = "auto", build {floor.tag}-abi3 with a'
            " GIL-enabled Python and a version-specific wheel with each"
            " free-threaded one"
        )
        raise BuilderError(message)
    if builder.version < floor:
        message = (
            f'min-python = "{floor}" is newer than the Python that runs the build,'
            f" {builder.label}: build with Python {floor} or later, or lower"
            " min-python"
        )
        raise BuilderError(message)
    if builder.free_threaded and settings.free_threaded is FreeThreaded.ERROR:
        message = (
            'free-threaded = "error", and the Python that runs the build is'
            f" {builder.label}: build with a GIL-enabled Python, or set"
            ' free-threaded = "auto"'
        )
        raise BuilderError(message)


def _why_version_specific(settings: Settings, builder: Builder) -> str:
    if not settings.abi3:
        return "abi3 = false requests it"
    if builder.implementation != "cpython":
        return f"{builder.label} does not load CPython's stable ABI"
    if builder.cygwin:
        # configure.ac of CPython has no library of the stable ABI for it.
        return f"{builder.label} on Cygwin has no library of the stable ABI"
    if settings.native.takes_in(builder.version):
        return (
            f'native = "{settings.native}" includes {builder.label}; other Pythons'
            " build the abi3 wheel"
        )
    reason = _why_not_abi3t(settings, builder) if builder.free_threaded else ""
    if builder.debug and not reason:
        reason = _why_not_debug(builder)
    return reason


def _why_not_debug(builder: Builder) -> str:
    if builder.windows:
        # PC/pyconfig.h links python3XX_d.lib whatever the macro says:
        # https://github.com/python/cpython/issues/107585
        return f"{builder.label} on Windows links its own debug library"
    if builder.version < _FIRST_LIMITED_DEBUG:
        return f"the headers of {builder.label} refuse Py_LIMITED_API"
    return ""


def _why_not_abi3t(settings: Settings, builder: Builder) -> str:
    if builder.version < FIRST_ABI3T:
        return f"{builder.label} is free-threaded and has no stable ABI before 3.15"
    if settings.free_threaded is FreeThreaded.VERSION_SPECIFIC:
        return (
            f'free-threaded = "version-specific" and {builder.label} is free-threaded'
        )
    if settings.min_python < FIRST_ABI3T:
        return (
            f"{builder.label} is free-threaded and its stable ABI, abi3t, starts"
            f' with {FIRST_ABI3T}, later than min-python = "{settings.min_python}"'
        )
    return ""


def _stable_kind(settings: Settings, builder: Builder) -> TargetKind:
    if builder.free_threaded or settings.free_threaded is FreeThreaded.ABI3T:
        return TargetKind.ABI3T
    return TargetKind.ABI3
