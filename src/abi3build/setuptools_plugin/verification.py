"""Read back what a build made and hold it against the promise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from abi3build.audit import audit
from abi3build.binaries.loading import read_file
from abi3build.errors import BrokenPromiseError
from abi3build.evidence.origins import find_origins
from abi3build.evidence.units import read_units
from abi3build.reports.text import headline, render_details
from abi3build.rules.subject import Subject
from abi3build.settings.model import Verify
from abi3build.setuptools_plugin.edge import note, warn
from abi3build.setuptools_plugin.mixed import choices
from abi3build.wheels.reading import read_wheel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from abi3build.audit import Report
    from abi3build.evidence.origins import Origin
    from abi3build.setuptools_plugin.plan import Plan

__all__ = ["verify_files", "verify_wheel"]

_VERSION_SPECIFIC_NAME = "ABI301"
_TWIN_MODULES = "ABI304"
_ABOUT_SYMBOLS = "ABI1"


def verify_wheel(
    plan: Plan,
    path: Path,
    declared_modules: Sequence[str],
    build_temp: Path,
) -> None:
    """Audit a finished wheel as ``verify`` asks.

    Raise ``BrokenPromiseError`` where it does not keep its promise.
    """
    promise = plan.target.promise
    if promise is None or plan.settings.verify is Verify.OFF:
        return
    wheel, files = read_wheel(path)
    modules = tuple(declared_modules)
    units = read_units(build_temp)
    subject = Subject(wheel.filename, promise, files, wheel, modules, units)
    _judge(plan, subject, build_temp)


def verify_files(plan: Plan, paths: Sequence[Path], build_temp: Path) -> None:
    """Audit extension files that stay where they are: editable and in-place builds.

    Raise ``BrokenPromiseError`` where they do not keep the promise.
    """
    promise = plan.target.promise
    if promise is None or plan.settings.verify is Verify.OFF or not paths:
        return
    files = tuple(read_file(path) for path in sorted(paths))
    name = ", ".join(path.name for path in sorted(paths))
    subject = Subject(name, promise, files, units=read_units(build_temp))
    _judge(plan, subject, build_temp)


def _judge(plan: Plan, subject: Subject, build_temp: Path) -> None:
    report = _with_origins(audit(subject, plan.settings.allow), build_temp)
    hints = [f"  {line}" for line in _choices(subject, report)]
    text = "\n".join([headline(report), *render_details(report), *hints])
    if report.keeps_promise:
        (warn if report.findings else note)(text)
    elif plan.settings.verify is Verify.WARN:
        warn(text)
    else:
        raise BrokenPromiseError(text)


def _with_origins(report: Report, build_temp: Path) -> Report:
    """Say of each symbol where the sources use it, as far as the objects tell."""
    symbols = {
        finding.subject
        for finding in report.findings
        if finding.code.startswith(_ABOUT_SYMBOLS)
    }
    if not symbols:
        return report
    origins = find_origins(build_temp.rglob("*.o"), symbols)
    findings = tuple(
        replace(finding, origin=_first(origins.get(finding.subject, ())))
        for finding in report.findings
    )
    return replace(report, findings=findings)


def _first(origins: Sequence[Origin]) -> str:
    if not origins:
        return ""
    others = len(origins) - 1
    return f"{origins[0]} and {others} more" if others else str(origins[0])


def _choices(subject: Subject, report: Report) -> list[str]:
    """Give the choices where some modules are for one Python and others are not."""
    codes = {(finding.file, finding.code) for finding in report.findings}
    unable = {file for file, code in codes if code == _VERSION_SPECIFIC_NAME}
    if any((file, _TWIN_MODULES) in codes for file in unable):
        return []
    return choices(unable, {module.path for module, _ in subject.modules} - unable)
