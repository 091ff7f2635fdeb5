"""Read back what a build made and hold it against the promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.audit import audit
from abi3build.binaries.loading import read_file
from abi3build.errors import BrokenPromiseError
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
    from abi3build.evidence.units import TranslationUnit
    from abi3build.setuptools_plugin.plan import Plan

__all__ = ["verify_files", "verify_wheel"]

_VERSION_SPECIFIC_NAME = "ABI301"
_TWIN_MODULES = "ABI304"


def verify_wheel(
    plan: Plan,
    path: Path,
    declared_modules: Sequence[str],
    units: tuple[TranslationUnit, ...],
) -> None:
    """Audit a finished wheel as ``verify`` asks.

    Raise ``BrokenPromiseError`` where it does not keep its promise.
    """
    promise = plan.target.promise
    if promise is None or plan.settings.verify is Verify.OFF:
        return
    wheel, files = read_wheel(path)
    modules = tuple(declared_modules)
    _judge(plan, Subject(wheel.filename, promise, files, wheel, modules, units))


def verify_files(
    plan: Plan, paths: Sequence[Path], units: tuple[TranslationUnit, ...]
) -> None:
    """Audit extension files that stay where they are: editable and in-place builds.

    Raise ``BrokenPromiseError`` where they do not keep the promise.
    """
    promise = plan.target.promise
    if promise is None or plan.settings.verify is Verify.OFF or not paths:
        return
    files = tuple(read_file(path) for path in sorted(paths))
    name = ", ".join(path.name for path in sorted(paths))
    _judge(plan, Subject(name, promise, files, units=units))


def _judge(plan: Plan, subject: Subject) -> None:
    report = audit(subject, plan.settings.allow)
    hints = [f"  {line}" for line in _choices(subject, report)]
    text = "\n".join([headline(report), *render_details(report), *hints])
    if report.keeps_promise:
        (warn if report.findings else note)(text)
    elif plan.settings.verify is Verify.WARN:
        warn(text)
    else:
        raise BrokenPromiseError(text)


def _choices(subject: Subject, report: Report) -> list[str]:
    """Give the choices where some modules are for one Python and others are not."""
    codes = {(finding.file, finding.code) for finding in report.findings}
    unable = {file for file, code in codes if code == _VERSION_SPECIFIC_NAME}
    if any((file, _TWIN_MODULES) in codes for file in unable):
        return []
    return choices(unable, {module.path for module, _ in subject.modules} - unable)
