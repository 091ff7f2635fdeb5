"""One broken promise as plain data, and the wording of ranges of versions."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from abi3build.binaries.image import BinaryFile, Image
    from abi3build.stable_abi.table_entries import Behavior
    from abi3build.versions import PythonVersion

__all__ = [
    "Finding",
    "Severity",
    "architecture_of",
    "described",
    "image_finding",
    "span",
    "wheel_finding",
]


def described(behaviors: Iterable[Behavior]) -> str:
    """Say which versions do what: ``on 3.9 to 3.11 it is ignored; on 3.12 ...``."""
    return "; ".join(
        f"on {span(each.first, each.last)} {each.text}" for each in behaviors
    )


def span(first: PythonVersion, last: PythonVersion) -> str:
    """Return versions as ``3.9``, ``3.9 and 3.10`` or ``3.9 to 3.12``."""
    if first == last:
        return str(first)
    joint = "and" if first.minor + 1 == last.minor else "to"
    return f"{first} {joint} {last}"


class Severity(Enum):
    """Say what effect a finding has on a build and on the exit status."""

    ERROR = "error"
    """The promise is broken: a build stops, the command ends with status 1."""

    WARNING = "warning"
    """The wheel works, but says something it should not."""

    INFO = "info"
    """Worth knowing; nothing to do."""


class Finding(NamedTuple):
    """Say which promise is broken, where, why it matters and what to do."""

    code: str
    """The rule's code, such as ``ABI102``."""

    severity: Severity
    file: str
    """The member of the wheel or the path; empty if the whole wheel is meant."""

    what: str
    """What is wrong by its name: a symbol, a library, a tag."""

    message: str
    """Why it is wrong, as a clause that stands beside the subject."""

    hint: str = ""
    """The next step as a whole clause; equal hints are shown once."""

    architecture: str = ""
    """The slice of a Mach-O file that is meant; empty if there is but one."""

    origin: str = ""
    """Where it comes from: ``src/core.c:41 in encode()``; empty if unknown."""

    settled_by: PythonVersion | None = None
    """The floor from which on nothing is wrong; None if no floor helps."""

    @property
    def place(self) -> str:
        """Return the file, and the slice if one is meant: ``x.abi3.so (arm64)``."""
        return f"{self.file} ({self.architecture})" if self.architecture else self.file

    @property
    def order(self) -> tuple[str, str, str, str, str, str]:
        """Return the key by which reports are sorted."""
        return (
            self.file,
            self.architecture,
            self.code,
            self.what,
            self.message,
            self.origin,
        )


def image_finding(  # noqa: PLR0913 - the fields of a finding that differ
    code: str,
    file: BinaryFile,
    image: Image,
    *,
    what: str,
    message: str,
    hint: str = "",
    severity: Severity = Severity.ERROR,
    settled_by: PythonVersion | None = None,
) -> Finding:
    """Return a finding about one image of a file, an error unless told otherwise."""
    return Finding(
        code=code,
        severity=severity,
        file=file.path,
        what=what,
        message=message,
        hint=hint,
        architecture=architecture_of(file, image),
        settled_by=settled_by,
    )


def wheel_finding(
    code: str,
    what: str,
    message: str,
    hint: str,
    severity: Severity = Severity.ERROR,
) -> Finding:
    """Return a finding about the whole wheel, an error unless told otherwise."""
    return Finding(code, severity, "", what, message, hint)


def architecture_of(file: BinaryFile, image: Image) -> str:
    """Name the image within its file; empty if the file has only one."""
    return image.machine if len(file.images) > 1 else ""
