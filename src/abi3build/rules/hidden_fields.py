"""Fields of the full API that machine code reads: a part of ABI401."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.rules.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.machine_code.machine_code_reading import HiddenRead, MachineCode
    from abi3build.rules.audited_files import AuditedFiles

__all__ = ["hidden_fields"]


def hidden_fields(audited: AuditedFiles, hint: str) -> Iterator[Finding]:
    """Find the fields of CPython's structures that machine code reads.

    Each finding is for one field in one image and names the first function; the hint is
    the same as for every unit without the limit.
    """
    slices = {file.path: len(file.images) for file in audited.files}
    for path, code in audited.machine_code:
        architecture = code.architecture if slices.get(path, 1) > 1 else ""
        for what in sorted({_name(each) for each in code.reads}):
            yield Finding(
                code="ABI401",
                severity=Severity.ERROR,
                file=path,
                what=what,
                message=_message(what, code),
                hint=hint,
                architecture=architecture,
            )


def _name(read: HiddenRead) -> str:
    return f"{read.structure}.{read.field}" if read.field else read.structure


def _message(what: str, code: MachineCode) -> str:
    reads = sorted(
        (each for each in code.reads if _name(each) == what),
        key=lambda read: (read.address, read.function),
    )
    first = reads[0]
    count = len({each.function for each in reads}) - 1
    functions = "function" if count == 1 else "functions"
    others = f" and {count} other {functions}" if count else ""
    if not first.field:
        return (
            f"at {first.address:#x}, given to PyType_Ready by {first.function}{others}:"
            f" {first.layout}"
        )
    return (
        f"reached for at {first.address:#x} in {first.function}{others}: {first.layout}"
    )
