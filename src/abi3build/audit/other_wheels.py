"""How the other wheels of a release, if they are known, change a report."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.audit.audit_result import Audited
from abi3build.errors import UnreadableError
from abi3build.settings.requires_python import first_python_3
from abi3build.versions import PythonVersion
from abi3build.wheels.wheel import parse_wheel_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from abi3build.audit.audit_result import AuditResult
    from abi3build.audit.report import Report
    from abi3build.rules.finding import Finding
    from abi3build.wheels.wheel import TagSet

__all__ = ["without_served_pythons"]

_RULE = "ABI602"
_FAMILY = re.compile(r"(manylinux|musllinux|macosx|android|ios|[a-z]+)")
_NUMBERS = re.compile(r"^[a-z]+(?:1|2010|2014)?(?:_\d+)*_?")
_UNIVERSAL = {
    "universal2": frozenset({"x86_64", "arm64"}),
    "intel": frozenset({"x86_64", "i386"}),
}


def without_served_pythons(
    results: Sequence[AuditResult], names: Iterable[str]
) -> list[AuditResult]:
    """Remove the finding about older Pythons if other wheels support all of them.

    The names are those of all known files, such as those of a folder or a release;
    files that are not wheels are ignored. pip never chooses the wheel for those Pythons
    then.
    """
    wheels = [wheel for name in set(names) if (wheel := _parse(name)) is not None]
    return [
        result._replace(report=_without(result.report, wheels))
        if isinstance(result, Audited)
        else result
        for result in results
    ]


def _parse(name: str) -> tuple[tuple[str, str], TagSet] | None:
    """Return release and tags of a wheel; None if it is not a wheel."""
    if not name.endswith(".whl"):
        return None
    try:
        distribution, version, tags = parse_wheel_name(name)
    except UnreadableError:
        # What cannot be read is reported when it is audited.
        return None
    return (distribution.lower(), version), tags


def _without(
    report: Report, wheels: Sequence[tuple[tuple[str, str], TagSet]]
) -> Report:
    own = _parse(report.name)
    if own is None or all(each.code != _RULE for each in report.findings):
        return report
    release, tags = own
    others = [each for of, each in wheels if of == release and each != tags]
    kept = tuple(
        each
        for each in report.findings
        if each.code != _RULE or not _is_served(each, report, tags, others)
    )
    return report._replace(findings=kept)


def _is_served(
    finding: Finding, report: Report, own: TagSet, others: Sequence[TagSet]
) -> bool:
    """Tell whether others support each admitted Python below the floor."""
    try:
        lowest = first_python_3(finding.what)
    except ValueError:
        return False
    floor = report.promise.floor
    if lowest is None or lowest >= floor:
        return False
    missing = [PythonVersion(3, minor) for minor in range(lowest.minor, floor.minor)]
    return all(
        any(_serves(each, version, own.platforms[0]) for each in others)
        for version in missing
    )


def _serves(tags: TagSet, version: PythonVersion, platform: str) -> bool:
    if not any(_covers(each, platform) for each in tags.platforms):
        return False
    if "py3" in tags.pythons and "none" in tags.abis:
        return True
    if "abi3" in tags.abis:
        return any(_is_at_most(python, version) for python in tags.pythons)
    # Of a free-threaded build alone, cp313-cp313t, most users have nothing.
    return version.tag in tags.pythons and set(tags.abis) != {f"{version.tag}t"}


def _is_at_most(python: str, version: PythonVersion) -> bool:
    try:
        return PythonVersion.from_tag(python) <= version
    except ValueError:
        return False


def _covers(platform: str, wanted: str) -> bool:
    """Tell whether a platform tag is for the system and processor of another one."""
    if platform == "any":
        return True
    if _family(platform) != _family(wanted):
        return False
    machine, other = _machine(platform), _machine(wanted)
    return other == machine or _UNIVERSAL.get(other, {other}) <= _UNIVERSAL.get(
        machine, {machine}
    )


def _family(platform: str) -> str:
    match = _FAMILY.match(platform)
    family = match[1] if match else platform
    return "manylinux" if family == "linux" else family


def _machine(platform: str) -> str:
    return _NUMBERS.sub("", platform)
