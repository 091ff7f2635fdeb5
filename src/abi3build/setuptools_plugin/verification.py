"""Read back what a build made, and compare it with the promise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from abi3build.audit.confirming import confirm_files, confirm_wheel
from abi3build.audit.report import audit
from abi3build.errors import BrokenPromiseError
from abi3build.evidence.compiled_units import kept_unit
from abi3build.evidence.link_inputs import is_still_its_output, kept_links
from abi3build.evidence.literal_calls import calls_refused_somewhere
from abi3build.evidence.microsoft_units import read_microsoft_units
from abi3build.evidence.outdated_names import find_outdated_names
from abi3build.inspection.image_files import read_file
from abi3build.reports.text import render_details
from abi3build.reports.verdicts import headline
from abi3build.rules.audited_files import AuditedFiles
from abi3build.rules.not_proven import made_by
from abi3build.settings.model import Verify
from abi3build.setuptools_plugin.console import choices, note, warn
from abi3build.setuptools_plugin.kept_readings import kept_readings
from abi3build.setuptools_plugin.plan import write_report
from abi3build.wheels.wheel_reading import read_wheel
from abi3build.wording import spelled_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from abi3build.audit.report import Report
    from abi3build.evidence.compiled_units import TranslationUnit
    from abi3build.evidence.link_inputs import Link
    from abi3build.rules.finding import Finding
    from abi3build.setuptools_plugin.plan import Plan

__all__ = ["BuiltModules", "seen_in", "verify_files", "verify_packed", "verify_wheel"]

_VERSION_SPECIFIC_NAME = "ABI301"
_TWIN_MODULES = "ABI304"
_ABOUT_SYMBOLS = "ABI1"
_OBJECTS = {".a", ".lib", ".o", ".obj"}
_MACRO_NOT_IN_EFFECT = "ABI401"


class BuiltModules(NamedTuple):
    """Describe what a build made before it was packed."""

    declared: tuple[str, ...]
    """The modules that the project declares."""

    build_temp: Path
    outputs: Sequence[Path]
    """The extension files."""


def verify_wheel(plan: Plan, path: Path, built: BuiltModules) -> None:
    """Audit a finished wheel as ``verify`` requires.

    Raise ``BrokenPromiseError`` if it does not keep its promise.
    """
    promise = plan.target.promise
    # A version-specific wheel makes no promise that could be checked.
    if promise is None or _is_off(plan, path.name):
        return
    wheel, files = read_wheel(path)
    build_temp, declared = built.build_temp, built.declared
    units, links = seen_in(build_temp, built.outputs, [file.path for file in files])
    library = kept_readings(build_temp)
    audited = AuditedFiles(
        wheel.filename, promise, files, wheel, declared, units, links
    )._replace(second_readings=confirm_wheel(path, files, library=library))
    _judge(plan, audited, build_temp)


def verify_packed(plan: Plan, path: Path) -> None:
    """Audit a wheel that another backend made, with the record of its build.

    Raise ``BrokenPromiseError`` if it does not keep its promise.
    """
    promise = plan.target.promise
    if promise is None or _is_off(plan, path.name):
        return
    wheel, files = read_wheel(path)
    audited = AuditedFiles(wheel.filename, promise, files, wheel)
    audited = audited._replace(second_readings=confirm_wheel(path, files))
    _judge(plan, audited, path.parent)


def verify_files(plan: Plan, paths: Sequence[Path], build_temp: Path) -> None:
    """Audit extension files that stay where they are: editable and in-place builds.

    Raise ``BrokenPromiseError`` if they do not keep the promise.
    """
    promise = plan.target.promise
    names = ", ".join(path.name for path in sorted(paths))
    name = names if len(paths) == 1 else f"the build of {names}"
    if promise is None or not paths or _is_off(plan, name):
        return
    files = tuple(read_file(path) for path in sorted(paths))
    units, links = seen_in(build_temp, paths)
    audited = AuditedFiles(name, promise, files, units=units, links=links)
    library = kept_readings(build_temp)
    audited = audited._replace(second_readings=confirm_files(files, library=library))
    _judge(plan, audited, build_temp)


def _is_off(plan: Plan, name: str) -> bool:
    """Tell whether nothing is to be checked, and tell the user, who may not know."""
    if plan.settings.verify is not Verify.OFF:
        return False
    source = plan.settings.source_of("verify")
    note(f'{name} was not checked: {source} says "off"')
    return True


def seen_in(
    build_temp: Path, outputs: Sequence[Path], files: Iterable[str] = ()
) -> tuple[tuple[TranslationUnit, ...], tuple[Link, ...] | None]:
    """Return the units and links of some outputs that builds in a folder saw.

    ``files`` are members of the wheel, which a project may have linked under other
    names.  The links of Microsoft's compilers are not watched: None then.
    """
    wanted = {path.absolute() for path in outputs}
    links = tuple(
        link
        for link in kept_links(build_temp)
        if Path(link.output).absolute() in wanted
        or (any(made_by(link, file) for file in files) and is_still_its_output(link))
    )
    microsofts = read_microsoft_units(build_temp)
    if microsofts and not links:
        return microsofts, None
    digests = sorted({digest for link in links for digest in link.units})
    found = (kept_unit(build_temp, digest) for digest in digests)
    units = [unit for unit in found if unit is not None]
    return tuple(sorted(units, key=lambda unit: (unit.source, unit.object_file))), links


def _judge(plan: Plan, audited: AuditedFiles, build_temp: Path) -> None:
    strict = plan.settings.verify is Verify.STRICT
    calls = calls_refused_somewhere(audited.units, audited.promise.floor)
    outdated = find_outdated_names(
        audited.units, _taken(audited), audited.promise.floor
    )
    audited = audited._replace(literal_calls=calls, outdated_names=outdated)
    report = audit(audited, plan.settings.allow, strict=strict)
    report = _with_origins(report, audited, build_temp)
    write_report(report, plan.report)
    report = spelled_out(report)
    hints = [f"  {line}" for line in _choices(audited, report)]
    text = "\n".join([headline(report), *render_details(report), *hints])
    if report.keeps_promise:
        (warn if report.has_warnings else note)(text)
    elif plan.settings.verify is Verify.WARN:
        warn(text)
    else:
        raise BrokenPromiseError(text)


def _taken(audited: AuditedFiles) -> frozenset[str]:
    """Return all symbols that images use from CPython."""
    images = (image for _, image in audited.images())
    return frozenset(
        each.symbol for image in images for each in audited.cpython_imports(image)
    )


def _objects(build_temp: Path) -> list[Path]:
    """Return what the build compiled: objects, and the libraries of build_clib."""
    return [path for path in build_temp.rglob("*") if path.suffix in _OBJECTS]


def _with_origins(report: Report, audited: AuditedFiles, build_temp: Path) -> Report:
    """Add to each finding the source line that causes it, as far as it is known."""
    symbols = {
        finding.what
        for finding in report.findings
        if finding.code.startswith(_ABOUT_SYMBOLS)
    }
    places: dict[str, list[str]] = {}
    if symbols:
        from abi3build.evidence.origins import find_origins

        found = find_origins(_objects(build_temp), symbols, audited.units)
        places = {symbol: list(map(str, origins)) for symbol, origins in found.items()}
    if any(finding.code == _MACRO_NOT_IN_EFFECT for finding in report.findings):
        from abi3build.evidence.source_lines import lines_that_change_the_limit

        for unit in audited.units:
            lines = lines_that_change_the_limit(unit)
            if lines:
                places[unit.source] = lines
    findings = tuple(
        finding._replace(origin=_first(places.get(_key(finding), (finding.origin,))))
        for finding in report.findings
    )
    return report._replace(findings=findings)


def _key(finding: Finding) -> str:
    is_unit = finding.code == _MACRO_NOT_IN_EFFECT
    return finding.file if is_unit else finding.what


def _first(places: Sequence[str]) -> str:
    if not places:
        return ""
    others = len(places) - 1
    return f"{places[0]} and {others} more" if others else places[0]


def _choices(audited: AuditedFiles, report: Report) -> list[str]:
    """Return the choices if some modules are for one Python and others are not."""
    codes = {(finding.file, finding.code) for finding in report.findings}
    unable = {file for file, code in codes if code == _VERSION_SPECIFIC_NAME}
    # A module that exists in both forms is a leftover of another build, not a choice.
    if any((file, _TWIN_MODULES) in codes for file in unable):
        return []
    return choices(unable, {module.path for module, _ in audited.modules} - unable)
