"""A report as JUnit XML, for the pages of test results that most services have.

There is no standard.  The elements are those of the schema that Jenkins, GitLab and
Azure DevOps agree on: https://github.com/testmoapp/junitxml
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from abi3build.audit.audit_result import Audited, Skipped
from abi3build.rules.finding import Severity
from abi3build.wording import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi3build.releases.release_view import ReleaseView
    from abi3build.reports.forms import AuditRun
    from abi3build.rules.finding import Finding

__all__ = ["render_junit"]

_COUNTED = {"errors": "error", "failures": "failure", "skipped": "skipped"}


def render_junit(run: AuditRun) -> str:
    """Render each input as a suite, with a case for itself and one for each image.

    Services show only the first failure of a case, so that a case has one, which lists
    all of its errors.  What does not fail is in the case's output.
    """
    root = Element("testsuites", {"name": "abi3build"})
    for result in run.results:
        if isinstance(result, Audited):
            _suite(root, result)
        elif isinstance(result, Skipped):
            suite = SubElement(root, "testsuite", {"name": printable(result.path)})
            case = _case(suite, result.path, result.path)
            SubElement(case, "skipped", {"message": printable(result.reason)})
    for number, fault in enumerate(run.faults, 1):
        suite = SubElement(root, "testsuite", {"name": f"not audited, {number}"})
        case = _case(suite, "abi3build", "can be audited")
        SubElement(case, "error", {"type": "unreadable", "message": printable(fault)})
    for view in run.releases:
        if view.grid is not None:
            _release_suite(root, view)
    for element in [root, *root]:
        _count(element)
    indent(root)
    text = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _release_suite(root: Element, view: ReleaseView) -> None:
    from abi3build.reports.release_tables import gap_messages

    suite = SubElement(root, "testsuite", {"name": printable(view.name)})
    case = _case(suite, view.name, "each promised Python gets a wheel")
    said = list(gap_messages(view))
    errors = [message for severity, message in said if severity == "error"]
    if errors:
        text = printable("\n".join(errors))
        failure = {"type": "error", "message": printable(errors[0])}
        SubElement(case, "failure", failure).text = text
    elif said:
        SubElement(case, "system-out").text = printable(said[0][1])


def _suite(root: Element, result: Audited) -> None:
    report = result.report
    suite = SubElement(root, "testsuite", {"name": printable(report.name)})
    found = {
        place: list(findings)
        for place, findings in groupby(report.findings, key=_place)
    }
    places = {
        ("", ""),
        *found,
        *((image.file, "") for image in report.images),
    }
    sliced = {file for file, architecture in places if architecture}
    for file, architecture in sorted(places):
        if file in sliced and not architecture and (file, "") not in found:
            # Its slices are cases of their own.
            continue
        name = f"{file} ({architecture})" if architecture else file
        case = _case(suite, report.name, name or "the wheel as a whole")
        _judge(case, found.get((file, architecture), []), result)


def _judge(case: Element, findings: Sequence[Finding], result: Audited) -> None:
    new = [each for each in findings if each not in result.known]
    errors = [each for each in new if each.severity is Severity.ERROR]
    others = [each for each in findings if each not in errors]
    if errors:
        more = f" and {len(errors) - 1} more" if len(errors) > 1 else ""
        first = printable(f"{errors[0].what}: {errors[0].message}{more}")
        failure = SubElement(
            case, "failure", {"type": errors[0].code, "message": first}
        )
        failure.text = _lines(errors, result)
    if others:
        SubElement(case, "system-out").text = _lines(others, result)


def _lines(findings: Sequence[Finding], result: Audited) -> str:
    lines = []
    for finding in findings:
        known = "known " if finding in result.known else ""
        origin = f" {finding.origin}" if finding.origin else ""
        lines.append(
            f"{finding.code} {known}{finding.severity.value}: {finding.what}:"
            f" {finding.message}{origin}"
        )
        if finding.hint:
            lines.append(f"  hint: {finding.hint}")
    return printable("\n".join(lines))


def _place(finding: Finding) -> tuple[str, str]:
    return finding.file, finding.architecture


def _case(suite: Element, of: str, name: str) -> Element:
    return SubElement(
        suite, "testcase", {"classname": printable(of), "name": printable(name)}
    )


def _count(element: Element) -> None:
    cases = list(element.iter("testcase"))
    element.set("tests", str(len(cases)))
    for attribute, tag in _COUNTED.items():
        count = sum(case.find(tag) is not None for case in cases)
        element.set(attribute, str(count))
