"""One wheel before the judge: its evidence, and what CPython has."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wheel_judge.evidence import Evidence
    from wheel_judge.known import Known
    from wheel_judge.wheel_evidence import WheelEvidence

__all__ = ["Case", "Row", "base_name", "python_library"]

_PYTHON_DLL = re.compile(
    r"(lib)?python3(\.?(?P<minor>\d+))?t?(?P<debug>_d)?\.dll", re.IGNORECASE
)
_PYTHON_SO = re.compile(r"libpython3(\.(?P<minor>\d+))?[mtd]*\.(so[\d.]*|dylib)")
_FRAMEWORK = re.compile(r".*Python3?T?\.framework/(Versions/3\.(?P<minor>\d+)/)?.*")
_SYSTEM = re.compile(
    r"(lib(c|m|dl|rt|pthread|util|stdc\+\+|gcc_s)|ld-linux.*|ld64|libc\.musl.*)\.so.*"
)


@dataclass(frozen=True, order=True)
class Row:
    """Hold one finding as the corpus records it, and why."""

    file: str
    architecture: str
    code: str
    subject: str
    severity: str
    why: str = field(default="", compare=False)


@dataclass
class Case:
    """Answer the rules' questions about one wheel."""

    wheel: WheelEvidence
    known: Known

    @cached_property
    def tags(self) -> str:
        """Return the three tags of the file name as they stand there."""
        return "-".join(self.wheel.filename[: -len(".whl")].split("-")[-3:])

    @cached_property
    def floor(self) -> tuple[int, int]:
        """Return the lowest version that a Python tag names."""
        return min((3, int(tag[3:])) for tag in self.tags.split("-")[0].split("."))

    def images(self) -> Iterator[tuple[str, Evidence, str]]:
        """Return each image with its file and, in a fat file, its architecture."""
        for path, images in self.wheel.images.items():
            for image in images:
                yield path, image, image.machine if len(images) > 1 else ""

    def from_python(self, image: Evidence) -> set[str]:
        """Return the names that only CPython can be meant to provide."""
        return {
            taken.symbol
            for taken in image.taken
            if (
                python_library(taken.library)
                if taken.library
                else taken.symbol not in self._provided
            )
        }

    def shadowed(self, image: Evidence) -> set[str]:
        """Return the names that an ELF image or its wheel defines and CPython exports.

        The dynamic loader finds the interpreter's first: with LD_DEBUG=bindings
        libshiboken6 is seen to bind its own PyMethod_Self to CPython's.
        """
        if image.format != "ELF":
            return set()
        taken = {taken.symbol for taken in image.taken} & self._provided
        return {name for name in taken | image.reached if name in self.known.exported}

    def promised(self, name: str) -> list[int]:
        """Return the minor versions from the floor up that export a name on Linux."""
        return [
            minor
            for minor in self.known.exported.get(name, [])
            if minor >= self.floor[1]
        ]

    def is_everywhere(self, name: str) -> bool:
        """Tell whether every version that was examined exports a name."""
        examined = {each for minors in self.known.exported.values() for each in minors}
        return examined == set(self.known.exported.get(name, []))

    def outside_libraries(self, image: Evidence) -> list[str]:
        """Return needed libraries that are neither in the wheel nor the system's."""
        return [
            name
            for name in sorted(image.libraries)
            if image.format == "ELF"
            and not _SYSTEM.fullmatch(name)
            and not python_library(name)
            and not self.has_file(name)
        ]

    def has_file(self, library: str) -> bool:
        """Tell whether a library is a member of the wheel."""
        return base_name(library).lower() in self._files

    @cached_property
    def _provided(self) -> set[str]:
        return {name for _, image, _ in self.images() for name in image.given}

    @cached_property
    def _files(self) -> set[str]:
        names = {base_name(path).lower() for path in self.wheel.images}
        return names | {base_name(i.own_name).lower() for _, i, _ in self.images()}


def base_name(path: str) -> str:
    """Return the last part of a path."""
    return path.replace("\\", "/").rpartition("/")[2]


def python_library(name: str) -> re.Match[str] | None:
    """Recognize a library of CPython's."""
    base = base_name(name)
    return (
        _PYTHON_DLL.fullmatch(base)
        or _PYTHON_SO.fullmatch(base)
        or _FRAMEWORK.match(name)
    )
