"""All rules in one table: code, name, and the function that applies it."""

from __future__ import annotations

from pathlib import Path

from abi3build.light_typing import TYPE_CHECKING, NamedTuple
from abi3build.rules import (
    build_record,
    evidence,
    formats,
    libraries,
    machines,
    metadata,
    mixed_units,
    names,
    readability,
    record,
    symbols,
    systems,
    tables,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from abi3build.rules.finding import Finding
    from abi3build.rules.subject import Subject

__all__ = ["RULES", "Rule", "find_rule", "rule_page"]

_PAGES = Path(__file__).parent / "pages"


class Rule(NamedTuple):
    """Name one kind of broken promise and how to find it."""

    code: str
    name: str
    check: Callable[[Subject], Iterator[Finding]] | None
    """None for rules that judge the other findings, not the subject."""


RULES = (
    Rule("ABI101", "unstable-symbol", symbols.unstable_symbol),
    Rule("ABI102", "newer-symbol", symbols.newer_symbol),
    Rule("ABI103", "conditional-symbol", symbols.conditional_symbol),
    Rule("ABI104", "undefined-symbol", symbols.undefined_symbol),
    Rule("ABI201", "versioned-python-library", libraries.versioned_python_library),
    Rule("ABI202", "debug-python-library", libraries.debug_python_library),
    Rule("ABI203", "wrong-provider", libraries.wrong_provider),
    Rule("ABI301", "version-specific-name", names.version_specific_name),
    Rule("ABI302", "name-not-loadable-at-floor", names.name_not_loadable_at_floor),
    Rule("ABI303", "no-init-function", names.no_init_function),
    Rule("ABI304", "twin-modules", names.twin_modules),
    Rule("ABI401", "macro-not-in-effect", evidence.macro_not_in_effect),
    Rule("ABI402", "macro-differs", evidence.macro_differs),
    Rule("ABI403", "size-t-hazard", formats.size_t_hazard),
    Rule("ABI404", "unrecorded-object", evidence.unrecorded_object),
    Rule("ABI405", "mixed-units", mixed_units.mixed_units),
    Rule("ABI406", "build-record-mismatch", build_record.build_record_mismatch),
    Rule("ABI501", "newer-slot", tables.newer_slot),
    Rule("ABI601", "tag-mismatch", metadata.tag_mismatch),
    Rule("ABI602", "requires-python-mismatch", metadata.requires_python_mismatch),
    Rule("ABI603", "stable-abi-not-needed", metadata.stable_abi_not_needed),
    Rule("ABI604", "architecture-mismatch", machines.architecture_mismatch),
    Rule("ABI605", "extension-lost", metadata.extension_lost),
    Rule("ABI606", "record-mismatch", record.record_mismatch),
    Rule("ABI607", "newer-system", systems.newer_system),
    Rule("ABI701", "stale-waiver", None),
    Rule("ABI801", "unreadable", readability.unreadable),
)
"""The rules in the order of their codes."""


def find_rule(code: str) -> Rule | None:
    """Give the rule of a code or a name, in any case; None for an unknown one."""
    wanted = code.strip().lower()
    for rule in RULES:
        if wanted in {rule.code.lower(), rule.name}:
            return rule
    return None


def rule_page(rule: Rule) -> str:
    """Read a rule's page: Markdown, with its code and name as the first heading."""
    return (_PAGES / f"{rule.code}.md").read_text(encoding="utf-8")
