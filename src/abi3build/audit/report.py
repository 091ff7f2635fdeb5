"""Turn facts into a report, without reading or printing anything."""

from __future__ import annotations

from collections import Counter
from enum import Enum
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from abi3build.rules.audited_files import is_python_library
from abi3build.rules.finding import Finding, Severity
from abi3build.rules.floors import exports_floor, lowest_floor
from abi3build.rules.registry import findings_of, stale_waivers, waiver_for
from abi3build.stable_abi.behavior import changes_after
from abi3build.stable_abi.stable_symbols import stable_symbols

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from abi3build.audit.floor_steps import FloorStep
    from abi3build.binaries.cpython_contents import UnitNote
    from abi3build.evidence.outdated_names import OutdatedName
    from abi3build.machine_code.machine_code_reading import MachineCode
    from abi3build.rules.audited_files import AuditedFiles
    from abi3build.settings.model import Waiver
    from abi3build.stable_abi.behavior import BehaviorChange
    from abi3build.versions import Promise, PythonVersion
    from abi3build.wheels.build_record import BuildRecord

__all__ = [
    "ImageSummary",
    "Proof",
    "Report",
    "WaivedFinding",
    "audit",
    "set_waived_aside",
]


_NOT_PROVEN, _UNRECORDED = "ABI407", "ABI404"
_ORDER = attrgetter("order")


class Proof(Enum):
    """Say how much is known about a wheel that keeps its promise."""

    PROVEN = "proven"
    """A build saw each unit and each input of its links."""

    SEEN = "seen"
    """A build saw part of that; what it did not see is named."""

    SYMBOLS = "symbols"
    """No build watched it, so the finished files alone tell."""


class ImageSummary(NamedTuple):
    """Summarize what was checked in one image."""

    file: str
    format: str
    machine: str
    stable_symbols: int
    """How many symbols of the stable ABI the image takes."""

    floor: PythonVersion
    """The lowest floor that its symbols allow."""

    python_libraries: tuple[str, ...]
    symbol_table_stripped: bool
    has_debug_information: bool
    unread_debug_information: str = ""
    """Why not all of it was searched for the types of CPython; empty if it was."""

    units: tuple[tuple[UnitNote, int], ...] = ()
    """Each kind of note that its translation units left, and how many of it; sorted."""

    confirmed_by: str = ""
    """The library that read the same of it, such as ``pyelftools 0.33``."""

    not_confirmed: str = ""
    """Why a second reading told nothing; empty as well if none was asked for."""

    machine_code: MachineCode | None = None
    """What was seen in its machine code; None if it was not asked for."""

    changed: tuple[BehaviorChange, ...] = ()
    """What changed after the promised floor under the names that it takes, by name."""


class WaivedFinding(NamedTuple):
    """Hold a finding that the project accepts, with the project's reason."""

    finding: Finding
    reason: str


class Report(NamedTuple):
    """Say whether one wheel, or some loose files, keep their promise."""

    name: str
    promise: Promise
    findings: tuple[Finding, ...]
    """Sorted by file, architecture, code and subject."""

    waived: tuple[WaivedFinding, ...]
    images: tuple[ImageSummary, ...]
    build_record: BuildRecord | None = None
    """What the wheel says of its build; None if it says nothing."""

    floor_steps: tuple[FloorStep, ...] | None = None
    """What prevents a lower floor; None if that was not asked for."""

    promise_is_computed: bool = False
    """True if nothing states a floor and the lowest possible one was taken."""

    outdated_names: tuple[OutdatedName, ...] = ()
    """What a watched build uses that headers deprecate or will drop, sorted."""

    proof: Proof = Proof.SYMBOLS
    not_proven: tuple[tuple[str, str, int], ...] = ()
    """Of what nothing shows that it keeps the promise: the kind of thing, why, and how
    many there are; sorted."""

    @property
    def keeps_promise(self) -> bool:
        """Tell whether no finding is an error."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)

    @property
    def has_warnings(self) -> bool:
        """Tell whether a finding requires something to be done."""
        return any(finding.severity is not Severity.INFO for finding in self.findings)

    @property
    def floor(self) -> PythonVersion | None:
        """Return the lowest floor that all images allow; None without any image."""
        return max((image.floor for image in self.images), default=None)


def audit(
    audited: AuditedFiles,
    waivers: Sequence[Waiver] = (),
    *,
    promise_is_computed: bool = False,
    strict: bool = False,
) -> Report:
    """Apply every rule to a subject and separate the waived findings.

    With ``strict``, what is not proven is an error.
    """
    proof, not_proven = _proof(audited)
    found = set(findings_of(audited))
    if strict:
        found = {_stricter(finding) for finding in found}
        found.update(_unwatched(audited, proof))
    kept, waived, used = set_waived_aside(sorted(found, key=_ORDER), waivers)
    was_read = bool(audited.machine_code)
    kept += stale_waivers(waivers, used, code_was_read=was_read)
    return Report(
        name=audited.name,
        promise=audited.promise,
        findings=tuple(sorted(kept, key=_ORDER)),
        waived=tuple(waived),
        images=tuple(_summaries(audited)),
        build_record=audited.wheel.build_record if audited.wheel else None,
        promise_is_computed=promise_is_computed,
        proof=proof,
        not_proven=not_proven,
        outdated_names=audited.outdated_names,
    )


def set_waived_aside(
    findings: Iterable[Finding], waivers: Sequence[Waiver]
) -> tuple[list[Finding], list[WaivedFinding], list[Waiver]]:
    """Return findings that no waiver covers, those that one does, and these waivers."""
    kept, waived, used = [], [], []
    for finding in findings:
        waiver = waiver_for(finding, waivers)
        if waiver is None:
            kept.append(finding)
        else:
            waived.append(WaivedFinding(finding, waiver.reason))
            used.append(waiver)
    return kept, waived, used


def _proof(audited: AuditedFiles) -> tuple[Proof, tuple[tuple[str, str, int], ...]]:
    """Say how much is known, and count what is not."""
    record = audited.wheel.build_record if audited.wheel is not None else None
    unread = Counter(("file", each.fault) for each in audited.files if each.fault)
    if audited.links is None and record is None:
        if unread:
            return Proof.SEEN, _counted(unread)
        uses = any(audited.uses_cpython(image) for _, image in audited.images())
        return (Proof.SYMBOLS if uses else Proof.PROVEN), ()
    # Wheels of other tools do without it.
    from abi3build.rules.not_proven import doubts_of

    doubts = Counter((doubt.kind, doubt.why) for doubt in doubts_of(audited))
    counted = _counted(doubts + unread)
    if counted:
        return Proof.SEEN, counted
    is_told = audited.links is not None or (
        record is not None and not record.fault and record.verify != "off"
    )
    return (Proof.PROVEN if is_told else Proof.SYMBOLS), ()


def _counted(
    counts: Counter[tuple[str, str]],
) -> tuple[tuple[str, str, int], ...]:
    return tuple((kind, why, count) for (kind, why), count in sorted(counts.items()))


def _stricter(finding: Finding) -> Finding:
    if finding.code not in {_NOT_PROVEN, _UNRECORDED}:
        return finding
    return finding._replace(severity=Severity.ERROR)


def _unwatched(audited: AuditedFiles, proof: Proof) -> list[Finding]:
    """Report that only the finished files are known (ABI407)."""
    if proof is not Proof.SYMBOLS:
        return []
    message = "its build was not watched, so only its symbols are known"
    hint = "build it with abi3build, which records in the wheel what was proven"
    return [Finding(_NOT_PROVEN, Severity.ERROR, "", audited.name, message, hint)]


def _summaries(audited: AuditedFiles) -> list[ImageSummary]:
    table = stable_symbols()
    summaries = []
    codes = {(path, each.architecture): each for path, each in audited.machine_code}
    again = {(path, each.architecture): each for path, each in audited.second_readings}
    for file, image in audited.images():
        second = again.get((file.path, image.machine))
        taken = list(audited.cpython_imports(image))
        summaries.append(
            ImageSummary(
                file=file.path,
                format=image.format.value,
                machine=image.machine,
                stable_symbols=sum(each.symbol in table for each in taken),
                floor=max(lowest_floor(taken), exports_floor(image.exports)),
                python_libraries=tuple(filter(is_python_library, image.libraries)),
                symbol_table_stripped=image.symbol_table_stripped,
                has_debug_information=image.has_debug_information,
                unread_debug_information=image.unread_debug_information,
                units=tuple(sorted(Counter(image.unit_notes).items())),
                confirmed_by=second.reader if second and second.agrees else "",
                not_confirmed=second.not_confirmed if second else "",
                machine_code=codes.get((file.path, image.machine)),
                changed=changes_after(
                    sorted(each.symbol for each in taken), audited.promise.floor
                ),
            )
        )
    return summaries
