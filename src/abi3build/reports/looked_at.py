"""What a verbose report says beside findings: what was looked at, and what was not.

So nobody takes silence for proof.
"""

from __future__ import annotations

from abi3build.light_typing import TYPE_CHECKING
from abi3build.reports.build_record import build_record_lines
from abi3build.reports.steps import step_lines
from abi3build.reports.units import units_lines

if TYPE_CHECKING:
    from abi3build.audit import Report

__all__ = ["looked_at_lines"]


def looked_at_lines(report: Report) -> list[str]:
    """Say of each image what was seen and what was not, and what forces the floor."""
    lines = build_record_lines(report)
    for image in report.images:
        unseen = []
        if image.symbol_table_stripped:
            unseen.append("symbol table stripped")
        if not image.has_debug_information:
            unseen.append("no debug information")
        if image.unread_debug_information:
            unseen.append(image.unread_debug_information)
        if not image.units:
            unseen.append("no notes of units")
        count = image.stable_symbols
        note = f" ({', '.join(unseen)})" if unseen else ""
        lines.append(
            f"  looked at {image.file}: {image.format} {image.machine},"
            f" {count} stable {'symbol' if count == 1 else 'symbols'},"
            f" lowest floor by symbols {image.floor}{note}"
        )
        lines += units_lines(image)
    return lines + step_lines(report.floor_steps or (), verbose=True)
