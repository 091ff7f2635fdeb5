"""What a project can say to abi3build, and where each value came from.

The string under each field is its documentation: ``docs/settings.md`` and
``schema.json`` are written from it by ``tools/generate_settings_pages.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from abi3build.platforms import Platform
    from abi3build.versions import PythonVersion

__all__ = [
    "KEYS",
    "ONLY_AT_BUILD",
    "ONLY_IN_FILE",
    "FreeThreaded",
    "Native",
    "OptionalExtensions",
    "Parallel",
    "PlatformSettings",
    "Settings",
    "Verify",
    "Waiver",
]


class Verify(Enum):
    """Say what a finding does to the build."""

    ERROR = "error"
    """The build stops and no wheel reaches ``dist/``."""

    WARN = "warn"
    """The findings are printed and the wheel is kept."""

    STRICT = "strict"
    """Like ``error``, but the build also stops if something is not proven (ABI407)."""

    OFF = "off"
    """The finished binaries are not read back, and the build says so."""


class FreeThreaded(Enum):
    """Say what a build promises to free-threaded Pythons."""

    AUTO = "auto"
    """A free-threaded Python builds an ``abi3t`` wheel if it and ``min-python`` are
    3.15 or later, else a version-specific one; other Pythons build ``abi3``."""

    ABI3T = "abi3t"
    """Every Python from 3.15 on builds one wheel for both kinds, tagged ``abi3.abi3t``;
    ``min-python`` must be 3.15 or later."""

    VERSION_SPECIFIC = "version-specific"
    """A free-threaded Python always builds a version-specific wheel."""

    ERROR = "error"
    """A free-threaded Python refuses to build, with an error that says so."""


class OptionalExtensions(Enum):
    """Say what happens to an optional extension that does not compile."""

    ERROR = "error"
    """The build stops with the compiler's reason."""

    ALLOW = "allow"
    """The wheel is built without it, as setuptools does by default; the output and the
    wheel's ``abi3build.json`` name it."""


@dataclass(frozen=True)
class Waiver:
    """Accept the findings about some symbols, for a stated reason."""

    symbol: str
    """The name of the symbol, library or field, or a pattern such as ``PyFoo*``, in
    which ``?`` and ``[abc]`` work too; case matters."""

    reason: str
    """Why it is safe; every report shows it beside the allowed finding."""


@dataclass(frozen=True)
class Parallel:
    """Say how many translation units are compiled at once."""

    units: int | None = None
    """None: as many as there are processors."""

    def resolve(self, processors: int) -> int:
        """Return the number for a machine with this many processors."""
        return self.units or max(processors, 1)

    def __str__(self) -> str:
        """Return the value as people write it."""
        return "auto" if self.units is None else str(self.units)


@dataclass(frozen=True)
class Native:
    """Say which builders make a version-specific wheel."""

    versions: tuple[PythonVersion, ...] = ()
    builder: bool = False
    """True for any builder, whatever its version."""

    def takes_in(self, version: PythonVersion) -> bool:
        """Tell whether a builder of a version makes a native wheel."""
        return self.builder or version in self.versions

    def __str__(self) -> str:
        """Return the value as people write it after ``-C``."""
        return "builder" if self.builder else ",".join(map(str, self.versions))


@dataclass(frozen=True)
class PlatformSettings:
    """Say what building for one platform needs beyond the project itself."""

    platform: str
    """The platform's tag, which is the name of the table."""

    include_dirs: tuple[str, ...] = ()
    """Folders of headers for that platform, relative to the project's folder."""

    library_dirs: tuple[str, ...] = ()
    """Folders of libraries for that platform, relative to the project's folder."""

    compiler: str = ""
    """A C compiler for that platform to use instead of zig, with its options."""

    cxx_compiler: str = ""
    """The C++ compiler to use; without this key, ``compiler`` compiles C++ too."""


@dataclass(frozen=True)
class Settings:
    """Contain what a project decides; every layer reads it, none changes it."""

    min_python: PythonVersion
    """The oldest CPython on which the wheel promises to work, as a minor version.

    It determines the value of ``Py_LIMITED_API``, the wheel's tag and the symbols that
    the finished binaries may use. The build itself needs this Python or a later one.
    Without the key, it is the lower bound of ``project.requires-python``.

        min-python = "3.10"
    """

    abi3: bool = True
    """Whether to build for the stable ABI at all.

    With ``false``, the same source becomes a wheel for the Python that runs the build:
    without ``Py_LIMITED_API``, macros and inline functions are as fast as that Python
    allows. Distributors who build for one Python pass ``-C abi3=false``.

        abi3 = false
    """

    compat: bool = False
    """Whether names that the Limited API lacks are provided through functions it has.

    With ``true``, macros such as ``PyTuple_GET_ITEM`` and functions that are newer than
    the floor are available in every unit after ``Python.h``. The floor must be 3.9 or
    later. See [The compatibility header](compat.md).

        compat = true
    """

    native: Native = Native()
    """The Pythons that build a version-specific wheel instead of the abi3 wheel.

    Every other Python builds the wheel for the stable ABI. Installers prefer the
    version-specific wheel by its tag, so users of these Pythons get full speed, and
    users of any other Python, even a newer one, get a wheel that works. ``"builder"``
    stands for whichever Python runs the build. See [Measure what abi3
    costs](cost.md).

        native = ["3.13", "3.14"]
    """

    verify: Verify = Verify.ERROR
    """What happens if a finished binary does not keep the promise.

        verify = "warn"
    """

    allow: tuple[Waiver, ...] = ()
    """Findings that the project accepts, each with its reason.

    An entry covers findings about a symbol or a library, not those about names, tags
    and metadata. An entry that covers nothing is reported (ABI701), so that it can be
    removed. There is no ``-C`` form and no variable, because reasons belong in the
    file.

        [[tool.abi3build.allow]]
        symbol = "PyUnicode_AsUTF8AndSize"
        reason = "exported since 3.3 except by python3.dll; no wheel for Windows"
    """

    free_threaded: FreeThreaded = FreeThreaded.AUTO
    """What a build promises to free-threaded Pythons.

    They have a stable ABI of their own, ``abi3t``, from 3.15 on
    ([PEP 803](https://peps.python.org/pep-0803/)), and none before that.

        free-threaded = "version-specific"
    """

    optional: OptionalExtensions = OptionalExtensions.ERROR
    """What happens if an extension declared ``optional`` does not compile.

    Setuptools continues without it. Under the Limited API, an extension that merely
    uses too new an API would then be missing on every Python.

        optional = "allow"
    """

    parallel: Parallel | None = None
    """How many translation units of all extensions together are compiled at once.

    Without the key, and with ``"auto"``, it is the number of processors available to
    the build, which takes CPU affinity and the limits of a container into account.
    ``1`` compiles one unit after the other, as setuptools does by default. The
    variables ``MAX_JOBS`` and ``CMAKE_BUILD_PARALLEL_LEVEL``, and setuptools' own
    ``-j`` and ``[build_ext] parallel``, can lower the number. It never exceeds the
    number of processors. A build that ``make -j`` started shares make's jobs.

        parallel = 1
    """

    target: tuple[Platform, ...] = ()
    """The platforms to build for: tags separated by commas, or ``all``.

    Without it, the wheel is for the platform of the Python that runs the build. See
    [Cross building](cross-building.md). It cannot be set in the file, because a build
    is for another platform only on request.

        target = "win_amd64"
    """

    targets: tuple[PlatformSettings, ...] = ()
    """What building for a platform needs: third-party libraries, or a compiler.

    Paths are relative to the project's folder. There is no ``-C`` form and no variable.

        [tool.abi3build.targets.win_amd64]
        include-dirs = ["vendor/include"]
        library-dirs = ["vendor/win_amd64/lib"]
    """

    zig: str = ""
    """The zig that compiles for other platforms.

    Without the key, it is the one on ``PATH``, or else the one in the package
    ``ziglang``. A permanent installation links for Windows in a second; a new one takes
    minutes.

        zig = "/opt/zig/zig"
    """

    sources: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    """Where the value of each key came from, in words, in the order of the keys."""

    def source_of(self, key: str) -> str:
        """Return the words for where a key's value came from, such as ``default``."""
        return dict(self.sources).get(key, "default")

    def settings_for(self, platform: Platform) -> PlatformSettings:
        """Return what the project says of a platform; nothing special by default."""
        for each in self.targets:
            if each.platform == platform.tag:
                return each
        return PlatformSettings(platform.tag)


KEYS = tuple(
    each.name.replace("_", "-") for each in fields(Settings) if each.name != "sources"
)
"""The keys of ``[tool.abi3build]``, in the order of the documentation."""

ONLY_IN_FILE = frozenset({"allow", "targets"})
"""The keys without a ``-C`` form and a variable."""

ONLY_AT_BUILD = frozenset({"target"})
"""The keys without a form in the file."""
