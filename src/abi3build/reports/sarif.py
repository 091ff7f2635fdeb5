"""A report in SARIF 2.1.0, with what GitHub's code scanning makes of it in mind.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from abi3build import __version__
from abi3build.audit.report import Proof
from abi3build.reports.baseline import lasting_name
from abi3build.reports.github import place_of, relative_path
from abi3build.reports.rule_pages import HOME, pages
from abi3build.reports.verdicts import headline, not_proven_lines
from abi3build.rules.finding import Severity
from abi3build.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.audit.audit_result import Audited
    from abi3build.reports.forms import AuditRun
    from abi3build.reports.rule_pages import RulePage
    from abi3build.rules.finding import Finding

__all__ = ["render_sarif"]

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

_LEVELS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "note",
}
_MOST_RESULTS = 25_000
"""Code scanning refuses a file with more."""

_ROOT = "%SRCROOT%"


def render_sarif(run: AuditRun) -> str:
    """Render one run of one tool: all rules, and a result for each finding.

    Findings that a project allows are not results: code scanning would raise an alert
    for each.
    """
    found = list(_findings(run))
    kept = sorted(found, key=lambda pair: list(_LEVELS).index(pair[1].severity))
    shown = found if len(found) <= _MOST_RESULTS else kept[:_MOST_RESULTS]
    compared = any(result.known for result in run.audited)
    document = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver()},
                "columnKind": "unicodeCodePoints",
                "invocations": [_invocation(run, len(found) - len(shown))],
                "results": [
                    _result(result, finding, run.root, compared=compared)
                    for result, finding in shown
                ],
            }
        ],
    }
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


_TOLD = (Proof.SEEN, Proof.SYMBOLS)
"""What a result in words has to say beside findings."""


def _findings(run: AuditRun) -> Iterator[tuple[Audited, Finding]]:
    for result in run.audited:
        for finding in result.report.findings:
            yield result, finding


def _driver() -> dict[str, object]:
    return {
        "name": "abi3build",
        "semanticVersion": __version__,
        "informationUri": HOME,
        "rules": [_rule(page) for page in pages()],
    }


def _rule(page: RulePage) -> dict[str, object]:
    return {
        "id": page.code,
        "name": page.name.title().replace("-", ""),
        "shortDescription": {"text": page.name.replace("-", " ").capitalize()},
        "fullDescription": {"text": page.summary},
        "help": {"text": page.text, "markdown": page.text},
        "helpUri": page.address,
        "defaultConfiguration": {"level": _LEVELS[Severity(page.severity)]},
        "properties": {"precision": "very-high", "tags": ["abi3", "stable-abi"]},
    }


def _invocation(run: AuditRun, left: int) -> dict[str, object]:
    notes = [_notification(fault, "error") for fault in run.faults]
    for view in run.releases:
        from abi3build.reports.release_tables import gap_messages

        notes += [_notification(text, level) for level, text in gap_messages(view)]
    for report in run.reports:
        if report.keeps_promise and report.proof in _TOLD:
            said = [headline(report), *map(str.strip, not_proven_lines(report))]
            notes.append(_notification("; ".join(said), "note"))
    if left:
        text = f"{left} results are left out: code scanning accepts {_MOST_RESULTS}"
        notes.append(_notification(text, "warning"))
    return {
        "executionSuccessful": not run.faults,
        "toolExecutionNotifications": notes,
    }


def _notification(text: str, level: str) -> dict[str, object]:
    return {"level": level, "message": {"text": printable(text)}}


def _result(
    result: Audited, finding: Finding, root: str, *, compared: bool
) -> dict[str, object]:
    place = place_of(finding, result.path, root)
    where = finding.file or relative_path(result.path, root)
    made: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": [page.code for page in pages()].index(finding.code),
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding, where)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(place.path), "uriBaseId": _ROOT},
                    "region": {"startLine": place.line or 1},
                },
                "logicalLocations": [
                    {
                        "name": printable(finding.what),
                        "fullyQualifiedName": printable(f"{where}::{finding.what}"),
                    }
                ],
            }
        ],
        "partialFingerprints": _fingerprints(result, finding, source=bool(place.line)),
    }
    if compared:
        known = finding in result.known
        made["baselineState"] = "unchanged" if known else "new"
    return made


def _message(finding: Finding, where: str) -> str:
    slice_ = f" ({finding.architecture})" if finding.architecture else ""
    text = f"{finding.what}: {finding.message} (in {where}{slice_})"
    # If space is short, code scanning shows only the first sentence.
    said = printable(f"{text}.\nNext: {finding.hint}." if finding.hint else f"{text}.")
    # Braces stand for arguments (3.11.5), and [text](target) is a link (3.11.6).
    return said.replace("{", "{{").replace("}", "}}").replace("](", "] (")


def _fingerprints(
    result: Audited, finding: Finding, *, source: bool
) -> dict[str, object]:
    """Return what stays the same from one release to the next, and between machines.

    GitHub knows the second key alone.  It computes that from the source's line, if
    there is one; all findings of a wheel would have the same.
    """
    name = result.report.name
    lasting = "\0".join((*lasting_name(finding, name), finding.architecture))
    value = hashlib.sha256(lasting.encode("utf-8", "backslashreplace")).hexdigest()
    prints: dict[str, object] = {"abi3build/v1": value}
    if not source:
        prints["primaryLocationLineHash"] = f"{value[:16]}:1"
    return prints


def _uri(path: str) -> str:
    return quote(path.encode("utf-8", "surrogateescape"), safe="/")
