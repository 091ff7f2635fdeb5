"""Rule ABI409: functions that return None or a similar object without a reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.rules.finding import Finding, Severity
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.machine_code.machine_code_reading import MachineCode
    from abi3build.rules.audited_files import AuditedFiles

__all__ = ["borrowed_return"]


_FIRST_IMMORTAL = PythonVersion(3, 12)
"""Since when these objects need no references, https://peps.python.org/pep-0683/."""

_HINT = (
    "compile with headers of 3.11, 3.13.10, 3.14.1 or later, whose Py_RETURN_ macros"
    ' add one; min-python = "3.12" also settles it'
)


def borrowed_return(audited: AuditedFiles) -> Iterator[Finding]:
    """Find functions that return such an object without adding a reference (ABI409).

    Each finding is for one object in one image, and names the first function.
    """
    if audited.promise.floor >= _FIRST_IMMORTAL:
        return
    slices = {file.path: len(file.images) for file in audited.files}
    for path, code in audited.machine_code:
        architecture = code.architecture if slices.get(path, 1) > 1 else ""
        for singleton in sorted({each.singleton for each in code.borrowed}):
            yield Finding(
                code="ABI409",
                severity=Severity.WARNING,
                file=path,
                what=singleton,
                message=_message(singleton, code, audited.promise.floor),
                hint=_HINT,
                architecture=architecture,
                settled_by=_FIRST_IMMORTAL,
            )


def _message(singleton: str, code: MachineCode, floor: PythonVersion) -> str:
    returns = sorted(
        (each for each in code.borrowed if each.singleton == singleton),
        key=lambda each: (each.address, each.function),
    )
    first, count = returns[0], len(returns) - 1
    functions = "function" if count == 1 else "functions"
    others = f" and {count} other {functions}" if count else ""
    pythons = "3.11" if floor == PythonVersion(3, 11) else f"{floor} to 3.11"
    return (
        f"returned without a new reference at {first.address:#x} by"
        f" {first.function}{others}; on {pythons}, each such call loses one, until"
        " Python aborts"
    )
