"""What was seen in machine code, in words and as JSON's fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.reports.verdicts import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi3build.machine_code.machine_code_reading import MachineCode

__all__ = ["code_line", "machine_code_fields"]


def code_line(codes: Sequence[MachineCode]) -> str:
    """Say how much was looked at, and that nothing seen is no proof."""
    functions = sum(each.functions for each in codes)
    objects = sum(each.with_objects for each in codes)
    reading = sum(len({read.function for read in each.reads}) for each in codes)
    reasons = sorted({each.unread for each in codes if each.unread})
    seen = (
        f"{reading} {'reaches' if reading == 1 else 'reach'} for hidden fields"
        if reading
        else "no hidden field seen, which is no proof"
    )
    unread = f" (not all: {'; '.join(reasons)})" if reasons else ""
    return (
        f"machine code: {counted(functions, 'function')} looked at,"
        f" {objects} seen to work on objects, {seen}{unread}"
    )


def machine_code_fields(code: MachineCode) -> dict[str, object]:
    """Return what was seen in one image as JSON's fields."""
    return {
        "functions": code.functions,
        "with_objects": code.with_objects,
        "reads": [read._asdict() for read in code.reads],
        "unread": code.unread or None,
    }
