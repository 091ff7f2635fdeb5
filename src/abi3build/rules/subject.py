"""What one audit looks at: everything that a rule may ask."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from abi3build.binaries.image import BinaryFormat
from abi3build.rules.python_libraries import is_python_library
from abi3build.stable_abi.tiers import looks_like_cpython
from abi3build.wheels.naming import parse_module_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.image import BinaryFile, Image, Import
    from abi3build.promises import Promise
    from abi3build.wheels.naming import ModuleFile
    from abi3build.wheels.wheel import Wheel

__all__ = ["Subject", "architecture_of"]


@dataclass(frozen=True)
class Subject:
    """Hold the facts of one wheel or of some loose extension files."""

    name: str
    promise: Promise
    files: tuple[BinaryFile, ...] = ()
    wheel: Wheel | None = None
    declared_modules: tuple[str, ...] = ()
    """The dotted names of the extensions that the build was to make; empty where no
    build was watched."""

    def images(self) -> Iterator[tuple[BinaryFile, Image]]:
        """Give each image with its file, in the files' order."""
        for file in self.files:
            for image in file.images:
                yield file, image

    @cached_property
    def modules(self) -> tuple[tuple[ModuleFile, BinaryFile], ...]:
        """Give the files whose names may be those of extension modules."""
        named = ((parse_module_file(file.path), file) for file in self.files)
        return tuple((module, file) for module, file in named if module is not None)

    def cpython_imports(self, image: Image) -> Iterator[Import]:
        """Give the symbols that an image takes from CPython, in their order.

        A name that looks like CPython's but is defined by the image itself or by
        another file of the subject is not CPython's.
        """
        for symbol in image.imports:
            if not looks_like_cpython(symbol.symbol):
                continue
            if symbol.library and not is_python_library(symbol.library):
                continue
            if not symbol.library and symbol.symbol in self._definitions(image):
                continue
            yield symbol

    def uses_cpython(self, image: Image) -> bool:
        """Tell whether an image takes anything from CPython."""
        return any(True for _ in self.cpython_imports(image))

    def _definitions(self, image: Image) -> frozenset[str]:
        if image.format is BinaryFormat.PE:
            return frozenset(image.exports)
        return self._all_definitions

    @cached_property
    def _all_definitions(self) -> frozenset[str]:
        return frozenset(
            symbol
            for _, image in self.images()
            for symbol in image.exports
            if looks_like_cpython(symbol)
        )


def architecture_of(file: BinaryFile, image: Image) -> str:
    """Name the image within its file; empty where the file has no other."""
    return image.machine if len(file.images) > 1 else ""
