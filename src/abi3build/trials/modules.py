"""What to import of a wheel: its extension modules, or its packages without any."""

from __future__ import annotations

import posixpath
import re

from abi3build.light_typing import TYPE_CHECKING
from abi3build.promises import Promise
from abi3build.rules.subject import Subject
from abi3build.versions import FIRST_STABLE_ABI

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from abi3build.binaries.image import BinaryFile
    from abi3build.wheels.naming import ModuleFile
    from abi3build.wheels.wheel import Wheel

__all__ = ["modules_to_import"]

_INIT_PREFIXES = ("PyInit", "PyModExport")

_INSTALLED_FROM = re.compile(r"[^/]+\.data/(?:platlib|purelib)/")
"""Folders of a wheel whose contents installers put among the modules."""


def modules_to_import(wheel: Wheel, files: tuple[BinaryFile, ...]) -> tuple[str, ...]:
    """Give dotted names, sorted.

    Files that only look like modules, as those which ctypes and cffi open, are none.
    """
    subject = Subject(wheel.filename, Promise(FIRST_STABLE_ABI), files)
    names = {
        _dotted(module.folder, module.name)
        for module, file in subject.modules
        if _is_module(subject, module, file)
    }
    found = names or set(_packages(wheel.members))
    return tuple(sorted(name for name in found if _can_be_imported(name)))


def _is_module(subject: Subject, module: ModuleFile, file: BinaryFile) -> bool:
    # A file that cannot be read is tried: the loader says what is wrong with it.
    return bool(file.fault) or any(
        any(name.startswith(_INIT_PREFIXES) for name in image.exports)
        or (module.claims_to_be_module and subject.uses_cpython(image))
        for image in file.images
    )


def _packages(members: Iterable[str]) -> Iterator[str]:
    """Give the outermost packages and the modules that are in none."""
    paths = {_INSTALLED_FROM.sub("", member, count=1) for member in members}
    packages = {posixpath.dirname(path) for path in paths if _is_package(path)}
    for path in paths:
        folder, name = posixpath.split(path)
        if _is_package(path) and not _inside(posixpath.dirname(folder), packages):
            yield _dotted(folder)
        elif not folder and name.endswith(".py"):
            yield name[: -len(".py")]


def _is_package(path: str) -> bool:
    return posixpath.basename(path) == "__init__.py" and "/" in path


def _inside(folder: str, packages: set[str]) -> bool:
    parts = folder.split("/")
    return any("/".join(parts[:end]) in packages for end in range(1, len(parts) + 1))


def _dotted(*parts: str) -> str:
    path = posixpath.join(*parts)
    return _INSTALLED_FROM.sub("", path + "/", count=1).strip("/").replace("/", ".")


def _can_be_imported(name: str) -> bool:
    return all(part.isidentifier() for part in name.split("."))
