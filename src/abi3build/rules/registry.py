"""All rules in one table: code, name, the function that applies it, and to what.

The module of a rule is loaded when a subject has what the rule is about.
"""

from __future__ import annotations

from abi3build.light_typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from abi3build.rules.finding import Finding
    from abi3build.rules.subject import Subject

__all__ = ["RULES", "Rule", "find_rule", "findings_of", "rule_page"]


def _anything(subject: Subject) -> bool:  # noqa: ARG001 - as the others take it
    return True


def _is_wheel(subject: Subject) -> bool:
    return subject.wheel is not None


def _has_build_record(subject: Subject) -> bool:
    return subject.wheel is not None and subject.wheel.build_record is not None


def _has_formats(subject: Subject) -> bool:
    return any(image.formats for _, image in subject.images())


def _has_tables(subject: Subject) -> bool:
    return _has_formats(subject) or any(
        image.tables.modules or image.tables.types for _, image in subject.images()
    )


def _has_notes(subject: Subject) -> bool:
    return any(image.unit_notes for _, image in subject.images())


def _has_evidence(subject: Subject) -> bool:
    return (
        bool(subject.units or subject.linked)
        or _has_notes(subject)
        or any(image.unlimited_units for _, image in subject.images())
    )


class Rule(NamedTuple):
    """Name one kind of broken promise and how to find it."""

    code: str
    name: str
    function: str = ""
    """A module of this folder and its function, which takes a subject and gives
    findings; empty for rules that judge the other findings, not the subject."""

    concerns: Callable[[Subject], bool] = _anything
    """Tell whether a subject has what the rule is about; else nothing is found."""

    def findings(self, subject: Subject) -> Iterator[Finding]:
        """Apply the rule to a subject."""
        if self.function and self.concerns(subject):
            from importlib import import_module

            module, function = self.function.split(":")
            found = getattr(import_module(f"abi3build.rules.{module}"), function)
            check: Callable[[Subject], Iterator[Finding]] = found
            yield from check(subject)


RULES = (
    Rule("ABI101", "unstable-symbol", "symbols:unstable_symbol"),
    Rule("ABI102", "newer-symbol", "symbols:newer_symbol"),
    Rule("ABI103", "conditional-symbol", "symbols:conditional_symbol"),
    Rule("ABI104", "undefined-symbol", "symbols:undefined_symbol"),
    Rule("ABI201", "versioned-python-library", "libraries:versioned_python_library"),
    Rule("ABI202", "debug-python-library", "libraries:debug_python_library"),
    Rule("ABI203", "wrong-provider", "libraries:wrong_provider"),
    Rule("ABI301", "version-specific-name", "names:version_specific_name"),
    Rule("ABI302", "name-not-loadable-at-floor", "names:name_not_loadable_at_floor"),
    Rule("ABI303", "no-init-function", "names:no_init_function"),
    Rule("ABI304", "twin-modules", "names:twin_modules"),
    Rule(
        "ABI401", "macro-not-in-effect", "evidence:macro_not_in_effect", _has_evidence
    ),
    Rule("ABI402", "macro-differs", "evidence:macro_differs", _has_evidence),
    Rule("ABI403", "size-t-hazard", "formats:size_t_hazard", _has_formats),
    Rule("ABI404", "unrecorded-object", "evidence:unrecorded_object", _has_evidence),
    Rule("ABI405", "mixed-units", "mixed_units:mixed_units", _has_notes),
    Rule(
        "ABI406",
        "build-record-mismatch",
        "build_record:build_record_mismatch",
        _has_build_record,
    ),
    Rule("ABI501", "newer-slot", "tables:newer_slot", _has_tables),
    Rule("ABI601", "tag-mismatch", "metadata:tag_mismatch"),
    Rule("ABI602", "requires-python-mismatch", "metadata:requires_python_mismatch"),
    Rule("ABI603", "stable-abi-not-needed", "metadata:stable_abi_not_needed"),
    Rule(
        "ABI604", "architecture-mismatch", "machines:architecture_mismatch", _is_wheel
    ),
    Rule("ABI605", "extension-lost", "metadata:extension_lost"),
    Rule("ABI606", "record-mismatch", "record:record_mismatch", _is_wheel),
    Rule("ABI607", "newer-system", "systems:newer_system", _is_wheel),
    Rule("ABI701", "stale-waiver"),
    Rule("ABI801", "unreadable", "readability:unreadable"),
)
"""The rules in the order of their codes."""


def findings_of(subject: Subject) -> Iterator[Finding]:
    """Apply every rule to a subject."""
    for rule in RULES:
        yield from rule.findings(subject)


def find_rule(code: str) -> Rule | None:
    """Give the rule of a code or a name, in any case; None for an unknown one."""
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
