"""Read a wheel or a loose file and audit it: where reading and judging meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.audit import audit
from abi3build.binaries.loading import read_file
from abi3build.errors import UnreadableError
from abi3build.floors import lowest_floor
from abi3build.promises import Promise
from abi3build.rules.subject import Subject
from abi3build.wheels.reading import read_wheel
from abi3build.wheels.wheel import promise_of

if TYPE_CHECKING:
    from pathlib import Path

    from abi3build.audit import Report
    from abi3build.versions import PythonVersion

__all__ = ["audit_file", "audit_wheel"]


def audit_wheel(path: Path, floor: PythonVersion | None = None) -> Report:
    """Audit a wheel against its tags, or against a floor given instead.

    Raise ``UnreadableError`` where it cannot be read or promises nothing.
    """
    wheel, files = read_wheel(path)
    promise = Promise(floor) if floor is not None else promise_of(wheel.tags)
    if promise is None:
        message = (
            f"{wheel.filename}: its tag, {wheel.tags}, promises no stable ABI:"
            " give --min-python to audit it all the same"
        )
        raise UnreadableError(message)
    if floor is not None and not files:
        message = (
            f"{wheel.filename}: no machine code in it, so there is nothing to audit:"
            " name a wheel with extension modules"
        )
        raise UnreadableError(message)
    return audit(Subject(wheel.filename, promise, files, wheel))


def audit_file(path: Path, floor: PythonVersion | None = None) -> Report:
    """Audit one loose file against a floor, or against the lowest that it allows.

    Raise ``UnreadableError`` where there is no such file.
    """
    file = read_file(path)
    if floor is not None:
        return audit(Subject(path.name, Promise(floor), (file,)))
    taken = (each for image in file.images for each in image.imports)
    promise = Promise(lowest_floor(taken))
    return audit(Subject(path.name, promise, (file,)), promise_is_computed=True)
