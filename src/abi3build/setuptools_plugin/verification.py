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
from abi3build.wheels.reading import read_wheel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from abi3build.audit import Report
    from abi3build.setuptools_plugin.plan import Plan

__all__ = ["verify_files", "verify_wheel"]


def verify_wheel(plan: Plan, path: Path, declared_modules: Sequence[str]) -> None:
    """Audit a finished wheel as ``verify`` asks.

    Raise ``BrokenPromiseError`` where it does not keep its promise.
    """
    promise = plan.target.promise
    if promise is None or plan.settings.verify is Verify.OFF:
        return
    wheel, files = read_wheel(path)
    subject = Subject(wheel.filename, promise, files, wheel, tuple(declared_modules))
    _judge(plan, audit(subject, plan.settings.allow))


def verify_files(plan: Plan, paths: Sequence[Path]) -> None:
    """Audit extension files that stay where they are: editable and in-place builds.

    Raise ``BrokenPromiseError`` where they do not keep the promise.
    """
    promise = plan.target.promise
    if promise is None or plan.settings.verify is Verify.OFF or not paths:
        return
    files = tuple(read_file(path) for path in sorted(paths))
    name = ", ".join(path.name for path in sorted(paths))
    subject = Subject(name, promise, files)
    _judge(plan, audit(subject, plan.settings.allow))


def _judge(plan: Plan, report: Report) -> None:
    text = "\n".join([headline(report), *render_details(report)])
    if report.keeps_promise:
        (warn if report.findings else note)(text)
    elif plan.settings.verify is Verify.WARN:
        warn(text)
    else:
        raise BrokenPromiseError(text)
