"""Rule ABI606: whether a wheel's RECORD lists the machine code that is in it."""

from __future__ import annotations

from abi3build.light_typing import TYPE_CHECKING
from abi3build.rules.finding import Finding, Severity
from abi3build.wheels.naming import parse_module_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.rules.subject import Subject

__all__ = ["record_mismatch"]

_BUILD_AGAIN = "build the wheel again: whoever changes members has to rewrite RECORD"


def record_mismatch(subject: Subject) -> Iterator[Finding]:
    """Find modules that a RECORD lists in vain and files that it leaves out (ABI606).

    A warning where a file is left out: pip installs it all the same.
    """
    wheel = subject.wheel
    if wheel is None or wheel.record is None:
        return
    if wheel.record.fault:
        message = f"{wheel.record.fault}: pip refuses the wheel"
        yield _finding("", "RECORD", message, Severity.ERROR)
        return
    listed = set(wheel.record.names)
    for file in subject.files:
        if file.path not in listed:
            message = "not in RECORD: PyPI refuses the wheel, pip cannot uninstall it"
            yield _finding(file.path, _base(file.path), message, Severity.WARNING)
    for name in sorted(listed.difference(wheel.members)):
        module = parse_module_file(name)
        if module is not None and module.claims_to_be_module:
            message = "in RECORD, but not in the wheel"
            yield _finding(name, _base(name), message, Severity.ERROR)


def _finding(file: str, subject: str, message: str, severity: Severity) -> Finding:
    return Finding("ABI606", severity, file, subject, message, _BUILD_AGAIN)


def _base(path: str) -> str:
    return path.rpartition("/")[2]
