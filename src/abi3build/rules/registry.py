"""All rules in one table, with the two that judge findings or files as a whole.

The module of a rule is loaded when the audited files have what the rule is about.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from abi3build.rules.finding import Finding, Severity
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from abi3build.rules.audited_files import AuditedFiles
    from abi3build.settings.model import Waiver

__all__ = [
    "RULES",
    "Rule",
    "find_rule",
    "findings_of",
    "rule_page",
    "stale_waivers",
    "waiver_for",
]


_WAIVABLE = ("ABI1", "ABI2", "ABI4", "ABI5")
"""The families of rules about symbols and libraries: what ``allow`` is for."""

_SEEN_IN_CODE = re.compile(r"Py[\w*?]+\.|static PyTypeObject")
"""How the subjects of ``hidden_fields.py`` begin, such as ``PyTypeObject.tp_name``."""


def waiver_for(finding: Finding, waivers: Sequence[Waiver]) -> Waiver | None:
    """Return the first waiver that covers a finding; None if none does."""
    if not finding.code.startswith(_WAIVABLE):
        return None
    for waiver in waivers:
        if fnmatchcase(finding.what, waiver.symbol):
            return waiver
    return None


def stale_waivers(
    waivers: Sequence[Waiver], used: Sequence[Waiver], *, code_was_read: bool
) -> list[Finding]:
    """Find waivers that cover no finding (ABI701).

    Those for fields of structures cover findings in machine code, which few audits of a
    project read, and builds never read.
    """
    return [
        Finding(
            code="ABI701",
            severity=Severity.WARNING,
            file="",
            what=waiver.symbol,
            message=f"allowed, but not found ({waiver.reason})",
            hint="remove the entry from tool.abi3build.allow",
        )
        for waiver in waivers
        if waiver not in used
        and (code_was_read or _SEEN_IN_CODE.match(waiver.symbol) is None)
    ]


def _anything(audited: AuditedFiles) -> bool:  # noqa: ARG001 - as the others take it
    return True


def _is_wheel(audited: AuditedFiles) -> bool:
    return audited.wheel is not None


def _has_definitions(audited: AuditedFiles) -> bool:
    return audited.has_definitions


def _has_unlinked(audited: AuditedFiles) -> bool:
    return any(not image.is_shared_library for _, image in audited.images())


def _is_purelib(audited: AuditedFiles) -> bool:
    return audited.wheel is not None and audited.wheel.is_purelib


def _is_renamed(audited: AuditedFiles) -> bool:
    """Tell whether names are spelled differently, which need not be another name."""
    wheel = audited.wheel
    return wheel is not None and (
        wheel.dist_info != f"{wheel.distribution}-{wheel.version}.dist-info"
        or (wheel.recorded_name, wheel.recorded_version)
        != (wheel.distribution, wheel.version)
    )


def _has_wheel(audited: AuditedFiles) -> bool:
    members = audited.wheel.members if audited.wheel is not None else ()
    return any(name.endswith(".whl") for name in members)


def _promises_no_abi(audited: AuditedFiles) -> bool:
    return audited.promises_no_abi


def _has_build_record(audited: AuditedFiles) -> bool:
    return audited.wheel is not None and audited.wheel.build_record is not None


def _has_unprovided(audited: AuditedFiles) -> bool:
    return any(image.unprovided for _, image in audited.images())


def _may_be_proven(audited: AuditedFiles) -> bool:
    return (
        audited.links is not None
        or _has_build_record(audited)
        or _has_machine_code(audited)
    )


def _has_machine_code(audited: AuditedFiles) -> bool:
    return bool(audited.machine_code)


def _has_formats(audited: AuditedFiles) -> bool:
    return any(image.formats for _, image in audited.images())


def _has_literal_calls(audited: AuditedFiles) -> bool:
    return bool(audited.literal_calls)


_FIRST_WITH_SLOTS_OF_BUILTIN_TYPES = PythonVersion(3, 10)


def _gives_types(audited: AuditedFiles) -> bool:
    """Tell whether a call needs a later Python; a build knows its sources better."""
    return (
        audited.promise.floor < _FIRST_WITH_SLOTS_OF_BUILTIN_TYPES
        and not audited.literal_calls
        and any(image.types_given for _, image in audited.images())
    )


def _has_outdated_names(audited: AuditedFiles) -> bool:
    return bool(audited.outdated_names)


def _has_tables(audited: AuditedFiles) -> bool:
    return _has_formats(audited) or any(
        image.tables.modules or image.tables.types for _, image in audited.images()
    )


def _shows_headers(audited: AuditedFiles) -> bool:
    return _has_tables(audited) or _has_build_record(audited)


def _has_notes(audited: AuditedFiles) -> bool:
    return any(image.unit_notes for _, image in audited.images())


def _has_evidence(audited: AuditedFiles) -> bool:
    return (
        bool(audited.units or audited.links or audited.machine_code)
        or _has_notes(audited)
        or any(image.unlimited_units for _, image in audited.images())
    )


class Rule(NamedTuple):
    """Name one kind of broken promise and how to find it."""

    code: str
    name: str
    function: str = ""
    """A module of this folder and its function, which takes the audited files and
    yields findings; empty for rules that judge the other findings."""

    concerns: Callable[[AuditedFiles], bool] = _anything
    """Tell whether the files have what the rule is about; else nothing is found."""

    severity: Severity = Severity.ERROR
    """Of its findings, unless the rule's page names cases that are less severe."""

    def findings(self, audited: AuditedFiles) -> Iterator[Finding]:
        """Apply the rule to a subject."""
        if self.function and self.concerns(audited):
            # Imported here, so that an audit loads only the rules that concern its
            # files.
            from importlib import import_module

            module, function = self.function.split(":")
            found = getattr(import_module(f"abi3build.rules.{module}"), function)
            check: Callable[[AuditedFiles], Iterator[Finding]] = found
            yield from check(audited)


RULES = (
    Rule("ABI101", "unstable-symbol", "symbols:unstable_symbol"),
    Rule("ABI102", "newer-symbol", "symbols:newer_symbol"),
    Rule("ABI103", "conditional-symbol", "symbols:conditional_symbol"),
    Rule("ABI104", "undefined-symbol", "symbols:undefined_symbol"),
    Rule("ABI105", "interposed-symbol", "loader:interposed_symbol", _has_definitions),
    Rule(
        "ABI106",
        "missing-function",
        "loader:missing_function",
        _has_unprovided,
        severity=Severity.WARNING,
    ),
    Rule("ABI201", "versioned-python-library", "libraries:versioned_python_library"),
    Rule("ABI202", "debug-python-library", "libraries:debug_python_library"),
    Rule("ABI203", "wrong-provider", "libraries:wrong_provider"),
    Rule("ABI301", "version-specific-name", "module_names:version_specific_name"),
    Rule(
        "ABI302",
        "name-not-loadable-at-floor",
        "module_names:name_not_loadable_at_floor",
    ),
    Rule("ABI303", "no-init-function", "module_names:no_init_function"),
    Rule("ABI304", "twin-modules", "module_names:twin_modules"),
    Rule("ABI305", "not-a-library", "loader:not_a_library", _has_unlinked),
    Rule("ABI401", "macro-not-in-effect", "macro:macro_not_in_effect", _has_evidence),
    Rule("ABI402", "macro-differs", "macro:macro_differs", _has_evidence),
    Rule("ABI403", "size-t-hazard", "tables:size_t_hazard", _has_formats),
    Rule("ABI404", "unrecorded-object", "macro:unrecorded_object", _has_evidence),
    Rule(
        "ABI405",
        "mixed-units",
        "macro:mixed_units",
        _has_notes,
        severity=Severity.WARNING,
    ),
    Rule(
        "ABI406",
        "build-record-mismatch",
        "records:build_record_mismatch",
        _has_build_record,
    ),
    Rule(
        "ABI407",
        "not-proven",
        "not_proven:not_proven",
        _may_be_proven,
        severity=Severity.WARNING,
    ),
    Rule(
        "ABI408",
        "lost-reference",
        "returned_singletons:lost_reference",
        _shows_headers,
        severity=Severity.WARNING,
    ),
    Rule(
        "ABI409",
        "borrowed-return",
        "borrowed_returns:borrowed_return",
        _has_machine_code,
        severity=Severity.WARNING,
    ),
    Rule("ABI501", "newer-slot", "tables:newer_slot", _has_tables),
    Rule(
        "ABI502",
        "behavior-changed",
        "changed_behavior:behavior_changed",
        severity=Severity.INFO,
    ),
    Rule(
        "ABI503",
        "refused-call",
        "changed_behavior:refused_call",
        _has_literal_calls,
        severity=Severity.WARNING,
    ),
    Rule(
        "ABI504",
        "outdated-name",
        "outdated:outdated_name",
        _has_outdated_names,
        severity=Severity.INFO,
    ),
    Rule(
        "ABI505",
        "slot-of-builtin-type",
        "changed_behavior:slot_of_builtin_type",
        _gives_types,
        severity=Severity.INFO,
    ),
    Rule("ABI601", "tag-mismatch", "wheel_metadata:tag_mismatch"),
    Rule(
        "ABI602",
        "requires-python-mismatch",
        "wheel_metadata:requires_python_mismatch",
        severity=Severity.WARNING,
    ),
    Rule(
        "ABI603",
        "stable-abi-not-needed",
        "wheel_metadata:stable_abi_not_needed",
        severity=Severity.WARNING,
    ),
    Rule(
        "ABI604",
        "architecture-mismatch",
        "wheel_metadata:architecture_mismatch",
        _is_wheel,
    ),
    Rule("ABI605", "extension-lost", "wheel_metadata:extension_lost"),
    Rule("ABI606", "record-mismatch", "records:record_mismatch", _is_wheel),
    Rule("ABI607", "newer-system", "system_versions:newer_system", _is_wheel),
    Rule(
        "ABI608",
        "purelib-extension",
        "installation:purelib_extension",
        _is_purelib,
        severity=Severity.WARNING,
    ),
    Rule(
        "ABI609", "other-distribution", "installation:other_distribution", _is_renamed
    ),
    Rule(
        "ABI610",
        "nested-wheel",
        "installation:nested_wheel",
        _has_wheel,
        severity=Severity.WARNING,
    ),
    Rule(
        "ABI611",
        "none-tag-with-python",
        "installation:none_tag_with_python",
        _promises_no_abi,
    ),
    Rule("ABI701", "stale-waiver", severity=Severity.WARNING),
    Rule("ABI801", "unreadable", "readability:unreadable"),
    Rule("ABI802", "readers-disagree", "readability:readers_disagree"),
)
"""The rules in the order of their codes."""


_ABOUT_ANY_WHEEL = ("ABI604", "ABI606", "ABI607", "ABI608", "ABI609", "ABI610", "ABI8")
_ABOUT_NO_ABI = (*_ABOUT_ANY_WHEEL, "ABI611")
"""The rules for a wheel whose tag promises no ABI; the others judge the stable one."""


def findings_of(audited: AuditedFiles) -> Iterator[Finding]:
    """Apply every rule to a subject."""
    for rule in RULES:
        # A wheel without an ABI tag cannot break a promise about the stable ABI.
        if audited.promises_no_abi and not rule.code.startswith(_ABOUT_NO_ABI):
            continue
        yield from rule.findings(audited)


def find_rule(code: str) -> Rule | None:
    """Return the rule of a code or a name, in any case; None for an unknown one."""
    wanted = code.strip().lower()
    for rule in RULES:
        if wanted in {rule.code.lower(), rule.name}:
            return rule
    return None


def rule_page(rule: Rule) -> str:
    """Read a rule's page: Markdown, with its code and name as the first heading."""
    from pathlib import Path

    page = Path(__file__).with_name("pages") / f"{rule.code}.md"
    return page.read_text(encoding="utf-8")
