"""Whether every file with machine code was read, with one result: ABI801 and ABI802."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.binaries.image import BinaryFormat
from abi3build.rules.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.rules.audited_files import AuditedFiles

__all__ = ["readers_disagree", "unreadable"]

_SHOWN = 5
"""How many names of a difference a finding holds; the rest is counted."""


def unreadable(audited: AuditedFiles) -> Iterator[Finding]:
    """Yield files with machine code that could not be read completely (ABI801)."""
    for file in audited.files:
        name = file.path.rpartition("/")[2]
        if file.fault:
            yield Finding(
                code="ABI801",
                severity=Severity.ERROR,
                file=file.path,
                what=name,
                message=file.fault,
                hint="the file could not be checked: link it again",
            )
        if any(image.format is BinaryFormat.WEB_ASSEMBLY for image in file.images):
            yield Finding(
                code="ABI801",
                severity=Severity.INFO,
                file=file.path,
                what=name,
                message=(
                    "WebAssembly: only its names are read, not the tables and texts in"
                    " its data"
                ),
            )


def readers_disagree(audited: AuditedFiles) -> Iterator[Finding]:
    """Find images that another library read differently (ABI802)."""
    several = {file.path for file in audited.files if len(file.images) > 1}
    for path, reading in audited.second_readings:
        sides = [
            f"only {who} found {_some(names)}"
            for who, names in (
                ("abi3build", reading.only_first),
                (reading.reader, reading.only_second),
            )
            if names
        ]
        if sides:
            yield Finding(
                code="ABI802",
                severity=Severity.ERROR,
                file=path,
                what=path.rpartition("/")[2],
                message="; ".join(sides),
                hint=(
                    "one of the two readers is wrong: please report this file to"
                    ' abi3build; until it is fixed, verify = "warn" lets a build pass'
                ),
                architecture=reading.architecture if path in several else "",
            )


def _some(names: tuple[str, ...]) -> str:
    more = len(names) - _SHOWN
    text = ", ".join(names[:_SHOWN])
    return f"{text} and {more} more" if more > 0 else text
