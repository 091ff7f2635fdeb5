"""Runs of the audit made by hand, and the wheels that show each kind of report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from calling import elf_taking, write_wheel

from abi3build.audit.audit_result import Audited
from abi3build.audit.report import ImageSummary, Report
from abi3build.reports.forms import AuditRun
from abi3build.rules.finding import Finding, Severity
from abi3build.versions import Promise, PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "BAD",
    "GOOD",
    "HOSTILE",
    "error",
    "image",
    "made_report",
    "run_over",
    "write_wheels",
]

GOOD = "good-1.0-cp39-abi3-linux_x86_64.whl"
BAD = "bad-1.0-cp37-abi3-linux_x86_64.whl"

HOSTILE = (
    "::error file=a::b",
    "##[error]c",
    "%0A::warning::d",
    "\n::warning::e",
    "`|<script>alert(1)</script>",
    "](https://example.org) **f** & <b>g</b>",
    "\N{RIGHT-TO-LEFT OVERRIDE}\x1b[31m{0}",
)
"""Names that would be commands, markup or escape sequences if reports let them."""


def write_wheels(folder: Path) -> tuple[Path, Path]:
    """Write a wheel that keeps its promise and one that does not."""
    good = write_wheel(folder / GOOD, metadata="Requires-Python: >=3.9\n")
    members = {
        "demo/new/sample.abi3.so": elf_taking("PyFrame_GetCode"),
        "demo/private/sample.abi3.so": elf_taking("_PyLong_NumBits"),
    }
    bad = write_wheel(folder / BAD, members, metadata="Requires-Python: >=3.7\n")
    return good, bad


def error(what: str, *, code: str = "ABI102", origin: str = "") -> Finding:
    """Make an error about a symbol of ``demo/core.abi3.so``."""
    return Finding(
        code,
        Severity.ERROR,
        "demo/core.abi3.so",
        what,
        "stable since 3.10",
        'min-python = "3.10" settles it',
        origin=origin,
    )


def image(file: str, floor: str, machine: str = "x86_64") -> ImageSummary:
    """Make what a report says of one image."""
    return ImageSummary(
        file,
        "ELF",
        machine,
        stable_symbols=1,
        floor=PythonVersion.parse(floor),
        python_libraries=(),
        symbol_table_stripped=False,
        has_debug_information=False,
    )


def made_report(
    findings: Iterable[Finding] = (),
    images: Iterable[ImageSummary] = (),
    *,
    floor: str = "3.9",
    name: str = BAD,
) -> Report:
    """Make the report of one wheel."""
    promise = Promise(PythonVersion.parse(floor))
    return Report(name, promise, tuple(findings), (), tuple(images))


def run_over(report: Report, known: Iterable[Finding] = ()) -> AuditRun:
    """Make a run over one wheel in the folder ``dist``."""
    path = str(Path("dist", report.name))
    return AuditRun((Audited(path, report, known=frozenset(known)),))
