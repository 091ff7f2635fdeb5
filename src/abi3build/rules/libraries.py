"""Rules ABI201 to ABI203: the Python library that an image needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.binaries.image import BinaryFormat
from abi3build.rules.audited_files import parse_python_library
from abi3build.rules.finding import image_finding
from abi3build.stable_abi.stable_symbols import stable_symbols
from abi3build.versions import FIRST_ABI3T

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.image import BinaryFile, Image
    from abi3build.rules.audited_files import AuditedFiles, PythonLibrary
    from abi3build.rules.finding import Finding

__all__ = ["debug_python_library", "versioned_python_library", "wrong_provider"]

_HINTS = {
    BinaryFormat.ELF: "link without -lpython3.x: the interpreter provides the symbols",
    BinaryFormat.MACH_O: (
        "link with -undefined dynamic_lookup and without a Python library"
    ),
    BinaryFormat.PE: (
        "link python3.lib (-lpython3 with MinGW) instead; `abi3build import-library`"
        " writes one"
    ),
    BinaryFormat.WEB_ASSEMBLY: "link a side module (-sSIDE_MODULE) without libpython",
}
_ANDROID_HINT = "link with -lpython3, Android's library for the stable ABI"
_IOS_HINT = "link with -F and -framework Python, with the framework of the iOS Python"
_DEBUG_HINT = "build with a release build of Python, without --debug and _DEBUG"


def versioned_python_library(audited: AuditedFiles) -> Iterator[Finding]:
    """Find images that are linked to the library of one Python version (ABI201)."""
    for file, image, library in _python_libraries(audited):
        if library.debug:
            continue
        if library.minor is not None:
            message = f"exists only in Python 3.{library.minor}"
        elif image.format is BinaryFormat.PE or _is_right(audited, image, library):
            continue
        else:
            message = "missing if Python is built without a shared library"
        finding = _finding("ABI201", file, image, library, message)
        yield finding._replace(hint=_hint(audited, image))


def debug_python_library(audited: AuditedFiles) -> Iterator[Finding]:
    """Find images that are linked to the library of a debug build (ABI202)."""
    for file, image, library in _python_libraries(audited):
        if library.debug:
            message = "exists only in debug builds"
            finding = _finding("ABI202", file, image, library, message)
            yield finding._replace(hint=_DEBUG_HINT)


def wrong_provider(audited: AuditedFiles) -> Iterator[Finding]:
    """Find stable symbols that an image imports from another library (ABI203)."""
    yield from _library_of_other_pythons(audited)
    yield from _library_of_other_tag(audited)
    yield from _no_library_on_android(audited)
    for file, image in audited.images():
        for symbol in image.imports:
            provider = symbol.library
            if (
                symbol.symbol not in stable_symbols()
                or not provider
                or parse_python_library(provider) is not None
                or audited.has_library(provider)
            ):
                continue
            yield image_finding(
                "ABI203",
                file,
                image,
                what=symbol.symbol,
                message=f"imported from {provider}, which is not a CPython library",
                hint=_hint(audited, image),
            )


def _is_right(audited: AuditedFiles, image: Image, library: PythonLibrary) -> bool:
    """Tell whether a library without a version is the system's own for the stable ABI.

    Android: https://github.com/python/cpython/issues/148544, iOS: the framework of
    https://peps.python.org/pep-0730/.
    """
    if audited.is_for_android(image):
        return library.name == "libpython3.so"
    return audited.is_for_ios(image) and library.name == "Python"


def _hint(audited: AuditedFiles, image: Image) -> str:
    if audited.is_for_android(image):
        return _ANDROID_HINT
    return _IOS_HINT if audited.is_for_ios(image) else _HINTS[image.format]


def _no_library_on_android(audited: AuditedFiles) -> Iterator[Finding]:
    """Yield modules without a Python library on systems whose process offers none.

    Android's loader searches a library, those that it needs, and the program, which is
    not Python: https://peps.python.org/pep-0738/
    """
    # A module may get CPython's symbols through a library of the wheel that links to
    # Python itself.
    with_python = {
        name
        for _, image in audited.images()
        if any(map(parse_python_library, image.libraries))
        for name in (image.install_name,)
        if name
    }
    for module, file in audited.modules:
        for image in file.images:
            if (
                image.format is BinaryFormat.ELF
                and audited.is_for_android(image)
                and image.is_shared_library
                and audited.cpython_imports(image)
                and not any(map(parse_python_library, image.libraries))
                and not with_python.intersection(image.libraries)
            ):
                yield image_finding(
                    "ABI203",
                    file,
                    image,
                    what=module.path.rpartition("/")[2],
                    message=(
                        "is not linked to a Python library, but Android finds CPython's"
                        " symbols nowhere else"
                    ),
                    hint=_ANDROID_HINT,
                )


def _library_of_other_pythons(audited: AuditedFiles) -> Iterator[Finding]:
    """Find the stable library of the kind of Python that is not promised.

    GIL-enabled Pythons have ``python3.dll``, and from 3.15 on ``python3t.dll`` too;
    free-threaded ones have the latter: https://github.com/python/cpython/issues/148690
    """
    promise = audited.promise
    for file, image, library in _python_libraries(audited):
        if image.format is not BinaryFormat.PE or library.debug or library.minor:
            continue
        if promise.free_threaded and not library.free_threaded:
            message = "free-threaded Pythons have python3t.dll instead"
            hint = "define Py_TARGET_ABI3T before Python.h, which then requests it"
        elif (
            library.free_threaded
            and promise.gil_enabled
            and promise.floor < FIRST_ABI3T
        ):
            message = f"GIL-enabled Pythons before {FIRST_ABI3T} do not have it"
            hint = "define Py_LIMITED_API without Py_TARGET_ABI3T and Py_GIL_DISABLED"
        else:
            continue
        finding = _finding("ABI203", file, image, library, message)
        yield finding._replace(hint=hint)


def _library_of_other_tag(audited: AuditedFiles) -> Iterator[Finding]:
    """Find the stable library under a name that the tag's Pythons do not have.

    The Pythons of MSYS2, whose tags begin with ``mingw``, have ``libpython3.dll``:
    https://github.com/msys2-contrib/cpython-mingw/pull/148
    """
    if audited.wheel is None:
        return
    systems = {tag.partition("_")[0] for tag in audited.wheel.tags.platforms}
    for file, image, library in _python_libraries(audited):
        if image.format is not BinaryFormat.PE or library.debug or library.minor:
            continue
        for_msys2 = library.name.lower().startswith("lib")
        if for_msys2 and systems <= {"win", "win32"}:
            message = "only MSYS2's Pythons have it, python.org's do not"
            hint = _HINTS[BinaryFormat.PE]
        elif systems == {"mingw"} and not for_msys2:
            message = "MSYS2's Pythons have libpython3.dll instead"
            hint = "link the libpython3.dll.a that comes with such a Python"
        else:
            continue
        finding = _finding("ABI203", file, image, library, message)
        yield finding._replace(hint=hint)


def _python_libraries(
    audited: AuditedFiles,
) -> Iterator[tuple[BinaryFile, Image, PythonLibrary]]:
    for file, image in audited.images():
        # Delayed imports of Windows are not among the libraries that an image loads.
        names = {symbol.library for symbol in image.imports if symbol.library}
        for name in sorted(names | set(image.libraries)):
            library = parse_python_library(name)
            if library is not None:
                yield file, image, library


def _finding(
    code: str, file: BinaryFile, image: Image, library: PythonLibrary, message: str
) -> Finding:
    return image_finding(
        code,
        file,
        image,
        what=library.name,
        message=message,
        hint=_HINTS[image.format],
    )
