"""The settings and the target of one run of setuptools, decided once."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.audit.audit_result import Audited
from abi3build.config_settings import (
    current_config_settings,
    settings_given_to_setuptools,
)
from abi3build.errors import BuilderError, SettingsError, UsageError
from abi3build.outputs import check_destination, write_whole
from abi3build.reports.forms import FORMATS, AuditRun, parse_document, render
from abi3build.reports.workflow import add_summary, report_root
from abi3build.settings.loading import (
    REPORT_VARIABLE,
    concerns_abi3build,
    load_settings,
)
from abi3build.settings.missing_table import find_missing_table
from abi3build.settings.model import Verify
from abi3build.settings.pyproject import load_pyproject, read_setup_cfg
from abi3build.setuptools_plugin.console import note, show, warn
from abi3build.targets.target import decide_target, running_builder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from abi3build.audit.report import Report
    from abi3build.platforms import Platform
    from abi3build.settings.model import Settings
    from abi3build.targets.target import Builder, Target

__all__ = ["Plan", "check_report", "make_plan", "requested_report", "write_report"]


_SUFFIXES = {"junit": "xml", "markdown": "md", "text": "txt"}
"""Of files in a directory; other forms are suffixes themselves."""


def requested_report(environ: Mapping[str, str]) -> tuple[str, str]:
    """Read the form and the place of a requested report; two empty texts for none.

    Raise ``UsageError`` if the value is not understood.
    """
    text = environ.get(REPORT_VARIABLE, "")
    if not text:
        return "", ""
    if text in FORMATS:
        return text, ""
    document = parse_document(text)
    if document is None:
        message = (
            f"environment variable {REPORT_VARIABLE}: expected a form, or FORMAT=FILE,"
            f' such as github or sarif=abi3build.sarif, got "{text}"; the forms are'
            f" {', '.join(FORMATS)}"
        )
        raise UsageError(message)
    return document


def check_report(plan: Plan) -> None:
    """Raise ``UsageError`` if there is no place for the report that a build will write.

    Called when the folders of the build itself are there: it may lie in them.
    """
    place = plan.report[1]
    is_written = plan.target.promise is not None
    if place and is_written and plan.settings.verify is not Verify.OFF:
        # Build tools change the working directory.
        path = Path(place).absolute()
        check_destination(path, REPORT_VARIABLE, may_be_folder=True)


def write_report(report: Report, request: tuple[str, str]) -> None:
    """Write a report to its file, or to standard output if there is none.

    In a directory, each wheel gets a file.  Raise ``UsageError`` if nothing can be
    written.
    """
    form, place = request
    if not form:
        return
    run = AuditRun((Audited(report.name, report),), root=report_root(os.environ))
    text = render(form, run)
    if not place:
        show(text)
        if form == "github":
            add_summary(run, os.environ)
        return
    path = Path(place)
    if path.is_dir():
        path /= f"{report.name}.{_SUFFIXES.get(form, form)}"
    write_whole(path, text, REPORT_VARIABLE)
    if not path.is_absolute():
        note(f"{REPORT_VARIABLE}: the report is in {path.absolute()}")


@dataclass(frozen=True)
class Plan:
    """Hold the decisions that the commands of one distribution follow."""

    settings: Settings
    builder: Builder
    target: Target
    platform: Platform | None = None
    """The platform that is built for; None for the builder's own."""

    report: tuple[str, str] = ("", "")
    """The form in which the audit is also reported, and the file for it."""

    @property
    def floor_source(self) -> str:
        """Say where the floor was declared, for messages that name both places."""
        return self.settings.source_of("min-python")

    @property
    def folder_suffix(self) -> str:
        """Return the suffix that separates the build folders of different targets."""
        suffix = f"-{self.target.floor.tag}-{self.target.kind.value}"
        return suffix if self.platform is None else f"{suffix}-{self.platform.tag}"


def make_plan(folder: Path, *, warned: bool = False) -> Plan | None:
    """Read the settings of a project and decide its target.

    ``warned`` suppresses warnings.  Return None if the project does not use abi3build.
    Raise ``SettingsError`` or ``BuilderError`` for what cannot be done.
    """
    pyproject = folder / "pyproject.toml"
    table = load_pyproject(pyproject) if pyproject.exists() else {}
    missing = find_missing_table(table, read_setup_cfg(folder))
    # A table that is misspelt would otherwise silently build a version-specific wheel.
    if missing is not None and missing.is_misspelt and missing.is_asked_for:
        raise SettingsError([missing.text])
    if missing is not None and not warned:
        warn(missing.text)
    settings = load_settings(table, _config_settings(), os.environ)
    if settings is None:
        return None
    builder = running_builder()
    platform = settings.target[0] if len(settings.target) == 1 else None
    if platform is None:
        target = decide_target(settings, builder)
    else:
        target = _cross_target(settings, builder, platform)
    report = requested_report(os.environ)
    return Plan(settings, builder, target, platform, report)


def _config_settings() -> Mapping[str, object]:
    """Return the ``-C`` settings for abi3build, under any backend.

    Under that of setuptools, other plugins may have their own keys, which are ignored
    unless they resemble a key of abi3build.
    """
    ours = current_config_settings()
    if ours is not None:
        return ours
    given = settings_given_to_setuptools()
    return {key: value for key, value in given.items() if concerns_abi3build([key])}


def _cross_target(settings: Settings, builder: Builder, platform: Platform) -> Target:
    """Decide the target for another platform, whose Python is not available.

    Its headers are those of the builder without what ./configure found, so a debug
    build's are like any other.
    """
    there = replace(builder, windows=platform.is_windows, debug=False)
    target = decide_target(settings, there)
    if not target.is_stable:
        message = (
            f"a wheel for {platform.tag} can only be built for the stable ABI here, but"
            f" {target.reason}: leave out -C target, or build on that platform"
        )
        raise BuilderError(message)
    return target
