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
    reasons = "; ".join(sorted({each.unread for each in codes if each.unread}))
    if all(each.unread and not each.functions for each in codes):
        return f"machine code: not looked at: {reasons}"
    objects = sum(each.with_objects for each in codes)
    reading = sum(len({read.function for read in each.reads}) for each in codes)
    seen = (
        f"{reading} {'reaches' if reading == 1 else 'reach'} for hidden fields"
        if reading
        else "no hidden field seen, which is not proof"
    )
    borrowing = len({each.function for code in codes for each in code.borrowed})
    if borrowing:
        seen += (
            f", {borrowing} {'returns' if borrowing == 1 else 'return'} None or a"
            " similar object without a reference"
        )
    unread = f" (not all: {reasons})" if reasons else ""
    return (
        f"machine code: {_functions(codes)} looked at, {objects} seen to work on"
        f" objects, {seen}{unread}"
    )


def _functions(codes: Sequence[MachineCode]) -> str:
    """Say how many functions were looked at, of how many, and how many in part."""
    functions = sum(each.functions for each in codes)
    known = sum(each.known_functions for each in codes)
    cut = sum(each.cut_functions for each in codes)
    of_all = f"{functions} of " if functions < known else ""
    in_part = f" ({cut} in part)" if cut else ""
    return f"{of_all}{counted(max(functions, known), 'function')}{in_part}"


def machine_code_fields(code: MachineCode) -> dict[str, object]:
    """Return what was seen in one image as JSON's fields."""
    return {
        "functions": code.functions,
        "known_functions": code.known_functions,
        "cut_functions": code.cut_functions,
        "with_objects": code.with_objects,
        "reads": [read._asdict() for read in code.reads],
        "borrowed": [each._asdict() for each in code.borrowed],
        "unread": code.unread or None,
    }
