"""Wheels put together member by member, and their audit with the memory it takes."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.audit.audit_input import audit_wheel
from workbench.forged_zips import Member, zip_file

if TYPE_CHECKING:
    from abi3build.audit.report import Report

__all__ = [
    "ABOUT_ITSELF",
    "ELF",
    "GOOD",
    "METADATA",
    "MODULE",
    "NAME",
    "PE",
    "RECORD",
    "WORDS",
    "audited",
    "wheel",
]

BINARIES = Path(__file__).parent.parent / "binaries"
ELF = (BINARIES / "linux" / "library-x86_64.elf").read_bytes()
PE = (BINARIES / "windows" / "stable-x86_64.dll").read_bytes()
NAME = "demo-1.0-cp313-abi3-manylinux_2_28_x86_64.whl"
MODULE = "demo/sample.abi3.so"
WORDS = b"Wheel-Version: 1.0\nTag: cp313-abi3-manylinux_2_28_x86_64\n"
METADATA = b"Metadata-Version: 2.1\nRequires-Python: >=3.13\n\nA demo.\n"


def _record_of(*members: Member) -> Member:
    names = dict.fromkeys(member.name for member in members)
    lines = "".join(f"{name},,\n" for name in names)
    return Member("demo-1.0.dist-info/RECORD", lines.encode())


RECORD = _record_of(Member(MODULE, ELF))
ABOUT_ITSELF = (
    Member("demo-1.0.dist-info/WHEEL", WORDS),
    Member("demo-1.0.dist-info/METADATA", METADATA),
    RECORD,
)
GOOD = Member(MODULE, ELF)


def wheel(folder: Path, *members: Member) -> Path:
    """Write a wheel; its RECORD is true if none is among the members."""
    path = folder / NAME
    has_record = any(member.name == RECORD.name for member in members)
    record = () if has_record else (_record_of(*members),)
    path.write_bytes(zip_file(*ABOUT_ITSELF[:2], *record, *members))
    return path


def audited(path: Path) -> tuple[Report, int]:
    """Audit a wheel and measure the memory that Python takes for it, in bytes."""
    tracemalloc.start()
    try:
        report = audit_wheel(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return report, peak
