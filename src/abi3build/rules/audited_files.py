"""The facts of one audit: everything that a rule may use.

Libraries of Python and of the system are told from a project's own by their names.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from abi3build.binaries.image import BinaryFormat, Import, MobileSystem
from abi3build.stable_abi.known_names import looks_like_cpython
from abi3build.stable_abi.stable_symbols import linux_exports
from abi3build.wheels.wheel import parse_module_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.image import BinaryFile, Image
    from abi3build.evidence.compiled_units import TranslationUnit
    from abi3build.evidence.link_inputs import Link, LinkedObject
    from abi3build.evidence.literal_calls import LiteralCall
    from abi3build.evidence.outdated_names import OutdatedName
    from abi3build.inspection.second_reading import SecondReading
    from abi3build.machine_code.machine_code_reading import MachineCode
    from abi3build.versions import Promise
    from abi3build.wheels.wheel import ModuleFile, Wheel

__all__ = [
    "AuditedFiles",
    "PythonLibrary",
    "is_python_library",
    "parse_python_library",
]


_WINDOWS = (
    r"(?i)(?:lib)?python3(?:\.?(?P<minor>[0-9]{1,2}))?(?P<threads>t?)(?P<debug>_d|d)?"
    r"\.dll"
)
_UNIX = (
    r"libpython3(?:\.(?P<minor>[0-9]{1,2}))?m?(?P<threads>t?)(?P<debug>d?)m?"
    r"\.(?:so(?:\.[0-9.]+)?|dylib)"
)
_FRAMEWORK = (
    r"Python3?(?P<threads>T?)\.framework/(?:Versions/3\.(?P<minor>[0-9]{1,2})/)?"
    r"Python3?T?$"
)


class PythonLibrary(NamedTuple):
    """Say which Pythons a library belongs to."""

    name: str
    """The last part of the name in the image, as the image spells it."""

    minor: int | None
    """The minor version of the one Python that has it; None for the stable ABI's."""

    debug: bool
    free_threaded: bool


@lru_cache(maxsize=1024)
def parse_python_library(name: str) -> PythonLibrary | None:
    """Recognize a library of CPython; return None for any other."""
    if "python" not in name.lower():
        return None
    base = name.replace("\\", "/").rpartition("/")[2]
    match = (
        re.fullmatch(_WINDOWS, base)
        or re.fullmatch(_UNIX, base)
        or re.search(_FRAMEWORK, name)
    )
    if match is None:
        return None
    words = match.groupdict()
    return PythonLibrary(
        name=base,
        minor=int(words["minor"]) if words["minor"] else None,
        debug=bool(words.get("debug")),
        free_threaded=bool(words["threads"]),
    )


def is_python_library(name: str) -> bool:
    """Tell whether a library belongs to CPython."""
    return parse_python_library(name) is not None


_SYSTEM = (
    r"(?:ld-\w+|lib(?:c|m|dl|rt|util|pthread|gcc_s|stdc\+\+|system|objc|c\+\+|log))"
    r"[-.\w]*\.(?:so|dylib)"
)
"""The libraries of the C and C++ implementation, which define nothing of Python's."""


class _Facts(NamedTuple):
    """Hold the facts of one wheel or of some loose extension files."""

    name: str
    promise: Promise
    files: tuple[BinaryFile, ...] = ()
    wheel: Wheel | None = None
    declared_modules: tuple[str, ...] = ()
    """The dotted names of the extensions that the build was to make; empty if no
    build was watched."""

    units: tuple[TranslationUnit, ...] = ()
    """The translation units that the build compiled; empty if none was watched."""

    links: tuple[Link, ...] | None = None
    """How the build linked its files; None if no build was watched."""

    second_readings: tuple[tuple[str, SecondReading], ...] = ()
    """What another library read of each image, by its file; empty if none was asked."""

    machine_code: tuple[tuple[str, MachineCode], ...] = ()
    """What was seen in the machine code of each image, by its file; empty if not
    asked for."""

    promises_no_abi: bool = False
    """True if the wheel is compared with a tag that says ``none``."""

    literal_calls: tuple[LiteralCall, ...] = ()
    """The calls in the build's sources that some Python refuses as they are written."""

    outdated_names: tuple[OutdatedName, ...] = ()
    """What the build's sources use that headers deprecate or will drop."""


class AuditedFiles(_Facts):
    """Answer what rules ask about the facts, and cache what takes time."""

    @property
    def linked(self) -> tuple[LinkedObject, ...]:
        """Return linked inputs that are not units of the build, sorted."""
        objects = (each for link in self.links or () for each in link.objects)
        return tuple(sorted(set(objects)))

    def images(self) -> Iterator[tuple[BinaryFile, Image]]:
        """Return each image with its file, in the files' order."""
        for file in self.files:
            for image in file.images:
                yield file, image

    @cached_property
    def modules(self) -> tuple[tuple[ModuleFile, BinaryFile], ...]:
        """Return the files whose names may be those of extension modules."""
        named = ((parse_module_file(file.path), file) for file in self.files)
        return tuple((module, file) for module, file in named if module is not None)

    def cpython_imports(self, image: Image) -> tuple[Import, ...]:
        """Return the symbols that an image uses from CPython, in their order.

        A name that looks like CPython's but is defined by the image itself or by
        another file of the subject is not CPython's.
        """
        return self._cpython_imports[id(image)]

    @cached_property
    def _cpython_imports(self) -> dict[int, tuple[Import, ...]]:
        # Every rule about symbols asks, and Qt's modules take thousands of them.
        return {
            id(image): tuple(filter(self._is_cpythons, image.imports))
            for _, image in self.images()
        }

    def _is_cpythons(self, symbol: Import) -> bool:
        if not looks_like_cpython(symbol.symbol):
            return False
        if symbol.library:
            return is_python_library(symbol.library)
        return symbol.symbol not in self._definitions

    def shadowed_imports(self, image: Image) -> Iterator[Import]:
        """Yield symbols that the files define but that the loader looks for elsewhere.

        The loader of ELF searches the program before the libraries of an extension,
        whatever the extension was linked with (ld.so(8), "global scope").  So does that
        of macOS for a name without a library (dyld(1), "flat namespace").  That of
        Android begins with the extension itself:
        https://android.googlesource.com/platform/bionic/+/main/android-changes-for-ndk-developers.md
        """
        taken = {each.symbol: each for each in image.imports if not each.library}
        names = set(taken)
        if image.format is BinaryFormat.ELF and not self.is_for_android(image):
            names.update(image.interposable)
        elif image.format is not BinaryFormat.MACH_O:
            return
        for name in sorted(self._definitions & names):
            if linux_exports(name):
                yield taken.get(name, Import(name))

    @property
    def has_definitions(self) -> bool:
        """Tell whether a file defines a name that looks like CPython's."""
        return bool(self._definitions)

    def is_for_android(self, image: Image) -> bool:
        """Tell whether an image, or the wheel that it is in, says it is for Android."""
        return image.mobile_system is MobileSystem.ANDROID or self._has_tag("android_")

    def is_for_ios(self, image: Image) -> bool:
        """Tell whether an image, or the wheel that it is in, says it is for iOS."""
        mobile = (MobileSystem.IOS, MobileSystem.IOS_SIMULATOR)
        return image.mobile_system in mobile or self._has_tag("ios_")

    def _has_tag(self, beginning: str) -> bool:
        wheel = self.wheel
        return wheel is not None and any(
            platform.startswith(beginning) for platform in wheel.tags.platforms
        )

    def uses_cpython(self, image: Image) -> bool:
        """Tell whether an image uses anything of CPython, by name or by number."""
        return bool(self.cpython_imports(image)) or any(
            symbol.ordinal is not None and is_python_library(symbol.library)
            for symbol in image.imports
        )

    def has_library(self, name: str) -> bool:
        """Tell whether a library that an image needs is one of the subject's."""
        return _base(name) in self._library_names

    @cached_property
    def _library_names(self) -> frozenset[str]:
        names = {file.path for file in self.files}
        names.update(image.install_name for _, image in self.images())
        return frozenset(_base(name) for name in names if name)

    def foreign_libraries(self, image: Image) -> list[str]:
        """Return the unknown libraries that an image needs, sorted.

        Those of the subject, of CPython and of the system's C and C++ are known.
        """
        return sorted(
            library
            for library in image.libraries
            if not self.has_library(library)
            and not is_python_library(library)
            and re.match(_SYSTEM, _base(library)) is None
        )

    @cached_property
    def _definitions(self) -> frozenset[str]:
        return frozenset(
            symbol
            for _, image in self.images()
            for symbol in image.exports
            if looks_like_cpython(symbol)
        )


def _base(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2].lower()
