"""What a wheel's ``abi3build.json`` says, as a line of text and as JSON."""

from __future__ import annotations

from abi3build.light_typing import TYPE_CHECKING
from abi3build.wheels.build_record import fields_of

if TYPE_CHECKING:
    from abi3build.audit import Report
    from abi3build.wheels.build_record import BuildRecord

__all__ = ["build_record_fields", "build_record_lines"]


def build_record_lines(report: Report) -> list[str]:
    """Say by what the wheel was built, and what its project accepts."""
    record = _readable(report)
    if record is None:
        return []
    compiler = record.compiler or "a compiler that gave no version"
    built = (
        f"  built by abi3build {record.abi3build} for {record.unit_target} with"
        f" {record.builder}, headers of {record.headers}, {compiler},"
        f' verify = "{record.verify}"'
    )
    return [
        built,
        *(f"    allowed: {symbol} ({reason})" for symbol, reason in record.allowed),
    ]


def build_record_fields(report: Report) -> dict[str, object] | None:
    """Give the document itself, without the fields that this release does not know."""
    record = _readable(report)
    return None if record is None else fields_of(record)


def _readable(report: Report) -> BuildRecord | None:
    record = report.build_record
    if record is None or record.fault or record.later_format is not None:
        return None
    return record
