"""An earlier JSON report, taken as the list of what is already known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from abi3build.audit.audit_result import Audited, Unreadable
from abi3build.errors import UsageError
from abi3build.reports.json_document import FORMAT_VERSION
from abi3build.wheels.wheel import normalized_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from abi3build.audit.audit_result import AuditResult
    from abi3build.rules.finding import Finding

__all__ = ["Baseline", "KnownFinding", "as_known", "lasting_name", "read_baseline"]

_MAKE_ONE = "make one with abi3build audit --format json --output FILE"


class KnownFinding(NamedTuple):
    """Name a finding so that the next release of a distribution can have it too."""

    distribution: str
    """Normalized; the file's name if there is no wheel."""

    code: str
    file: str
    """The wheel's member without the version that may begin it; empty for the whole
    wheel and for a loose file."""

    what: str


class Baseline(NamedTuple):
    """List the findings of an earlier run."""

    findings: frozenset[KnownFinding]
    faults: frozenset[str]
    """Why files could not be read, by names that outlast releases and folders."""


def read_baseline(path: Path) -> Baseline:
    """Read every finding of an earlier report, of whatever severity, and its errors.

    Raise ``UsageError`` if the file is not one that ``render_json`` wrote.
    """
    try:
        document = json.loads(path.read_bytes())
    except OSError as fault:
        message = f"--baseline {path}: {fault.strerror}: {_MAKE_ONE}"
        raise UsageError(message) from None
    except (ValueError, RecursionError):
        message = f"--baseline {path}: not JSON: {_MAKE_ONE}"
        raise UsageError(message) from None
    try:
        findings = frozenset(_findings(document))
        faults = [*document["errors"], *document.get("known_errors", ())]
        return Baseline(findings, frozenset(map(_lasting_fault, faults)))
    except (AttributeError, KeyError, TypeError):
        message = f"--baseline {path}: not a report of abi3build audit: {_MAKE_ONE}"
        raise UsageError(message) from None
    except NewerFormatError as error:
        message = (
            f"--baseline {path}: format {error}, but this abi3build reads"
            f" {FORMAT_VERSION}: {_MAKE_ONE}"
        )
        raise UsageError(message) from None


class NewerFormatError(Exception):
    """Report the format version of a document that this release cannot read."""


def as_known(result: AuditResult, baseline: Baseline) -> AuditResult:
    """Return a result with what a baseline holds marked as known, versions aside."""
    if isinstance(result, Audited):
        return result._replace(known=_known_findings(result, baseline.findings))
    if isinstance(result, Unreadable):
        known = [_lasting_fault(fault) in baseline.faults for fault in result.faults]
        pairs = list(zip(result.faults, known))
        return result._replace(
            faults=tuple(fault for fault, is_known in pairs if not is_known),
            known_faults=tuple(fault for fault, is_known in pairs if is_known),
        )
    return result


def _known_findings(
    result: Audited, baseline: frozenset[KnownFinding]
) -> frozenset[Finding]:
    if not baseline:
        return frozenset()
    name = result.report.name
    return frozenset(
        finding
        for finding in result.report.findings
        if lasting_name(finding, name) in baseline
    )


def _lasting_fault(fault: str) -> str:
    """Return why a file cannot be read, after its distribution or the file's name."""
    path, separator, reason = _text(fault).partition(": ")
    distribution, _ = _release(path.replace("\\", "/").rpartition("/")[2])
    return f"{normalized_name(distribution)}{separator}{reason}"


def lasting_name(finding: Finding, report_name: str) -> KnownFinding:
    """Name a finding of a report in a way that outlasts releases."""
    name, version = _release(report_name)
    return _known(name, version, finding.code, finding.file, finding.what)


def _findings(document: dict[str, object]) -> Iterator[KnownFinding]:
    """Walk a document; whatever is not as it should be raises.

    ``AttributeError``, ``KeyError`` and ``TypeError`` come from foreign documents.
    """
    version = document["format"]
    reports = document["reports"]
    if version != FORMAT_VERSION:
        raise NewerFormatError(version)
    for report in _list(reports):
        distribution, release = _release(_text(report["name"]))
        for finding in _list(report["findings"]):
            yield _known(
                distribution,
                release,
                _text(finding["code"]),
                _text(finding["file"] or ""),
                _text(finding["subject"]),
            )


def _release(name: str) -> tuple[str, str]:
    """Split a wheel's name; a loose file is a release by itself."""
    if name.endswith(".whl") and name.count("-") > 1:
        distribution, version = name.split("-")[:2]
        return distribution, version
    return name, ""


def _known(
    distribution: str, version: str, code: str, file: str, what: str
) -> KnownFinding:
    normalized = normalized_name(distribution)
    prefix = f"{distribution}-{version}."
    if not version:
        # A loose file lies elsewhere on every machine; its name is the distribution.
        file = ""
    elif file.startswith(prefix):
        file = f"{normalized}.{file[len(prefix) :]}"
    return KnownFinding(normalized, code, file, what)


def _list(value: object) -> list[dict[str, object]]:
    if not isinstance(value, list):
        raise TypeError(value)
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
