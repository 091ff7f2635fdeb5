"""Rule ABI606: whether a wheel's RECORD lists the machine code that is in it."""

from __future__ import annotations

from abi3build.light_typing import TYPE_CHECKING
from abi3build.rules.finding import Finding, Severity
from abi3build.wheels.naming import parse_module_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.rules.subject import Subject
    from abi3build.wheels.record import Record
    from abi3build.wheels.wheel import Wheel

__all__ = ["record_mismatch"]

_SHOWN = 20
"""How many digits of a size are repeated; the largest of any file has as many."""

_BUILD_AGAIN = "build the wheel again: whoever changes members has to rewrite RECORD"


def record_mismatch(subject: Subject) -> Iterator[Finding]:
    """Find what a RECORD says wrongly of files with machine code (ABI606).

    A warning where it leaves a file out or has another size: pip installs it all the
    same.
    """
    wheel = subject.wheel
    if wheel is None or wheel.record is None:
        return
    if wheel.record.fault:
        message = f"{wheel.record.fault}: pip refuses the wheel"
        yield _finding("", "RECORD", message, Severity.ERROR)
        return
    listed = wheel.record.names
    for file in subject.files:
        if file.path not in listed:
            message = "not in RECORD: PyPI refuses the wheel, pip cannot uninstall it"
            yield _finding(file.path, _base(file.path), message, Severity.WARNING)
    yield from _other_sizes(subject, wheel, wheel.record)
    for name in sorted(listed.difference(wheel.members)):
        module = parse_module_file(name)
        if module is not None and module.claims_to_be_module:
            message = "in RECORD, but not in the wheel"
            yield _finding(name, _base(name), message, Severity.ERROR)


def _other_sizes(subject: Subject, wheel: Wheel, record: Record) -> Iterator[Finding]:
    sizes = dict(zip(wheel.members, wheel.sizes))
    paths = {file.path for file in subject.files}
    for name, size in record.entries:
        if size and name in paths and size != str(sizes.get(name, size)):
            said = size if size.isascii() and size.isdigit() else "no number of"
            message = (
                f"{sizes[name]} bytes, where RECORD says {said[:_SHOWN]} bytes: it was"
                " changed after the build"
            )
            yield _finding(name, _base(name), message, Severity.WARNING)


def _finding(file: str, subject: str, message: str, severity: Severity) -> Finding:
    return Finding("ABI606", severity, file, subject, message, _BUILD_AGAIN)


def _base(path: str) -> str:
    return path.rpartition("/")[2]
