"""What is known of a name of the C API, as text and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from abi3build import __version__
from abi3build.reports.changed_names import change_fields
from abi3build.reports.json_document import FORMAT_VERSION
from abi3build.stable_abi.behavior import changes_after, changes_of
from abi3build.stable_abi.declarations import (
    DeclarationKind,
    all_declared_names,
    find_declaration,
)
from abi3build.stable_abi.known_names import Tier, all_names, tier
from abi3build.stable_abi.replacements import replacement, since
from abi3build.stable_abi.stable_symbols import stable_symbols
from abi3build.versions import PythonVersion
from abi3build.wording import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi3build.stable_abi.behavior import BehaviorChange
    from abi3build.stable_abi.declarations import Declaration

__all__ = ["SymbolFacts", "describe", "render_json", "render_text"]


@dataclass(frozen=True)
class SymbolFacts:
    """Describe what the tables say of one name."""

    name: str
    tier: str
    kind: str
    """``function`` or ``data`` of the stable ABI, what else a header declares such as
    ``constant``, or nothing."""

    added: str | None
    """The version since which the name is in the stable ABI or the Limited API; None
    outside both."""

    condition: str
    """The macro of CPython's build without which the symbol is missing."""

    abi_only: bool
    """True if old binaries find the symbol but the headers no longer declare it."""

    headers: tuple[str, ...]
    """The versions whose headers have a name that is not a symbol, sorted."""

    remark: str
    """What of a structure is hidden; empty for all else."""

    instead: str
    instead_added: str | None
    note: str
    documentation: str
    nearest: str
    """The name that was most likely meant, if this one is unknown."""

    changed: tuple[BehaviorChange, ...] = ()
    """What changed under the name, the oldest first."""


def describe(name: str, floor: PythonVersion | None = None) -> SymbolFacts:
    """Look one name up in every table; of changes, those after a floor if given."""
    stable = stable_symbols().get(name)
    declaration = None if stable else find_declaration(name)
    known = replacement(name)
    standing = _standing(name, declaration)
    added = stable.added if stable else declaration and declaration.since
    return SymbolFacts(
        name=name,
        tier=standing,
        kind=found.kind.value if (found := stable or declaration) else "",
        added=str(added) if added else None,
        condition=stable.condition if stable else "",
        abi_only=stable.abi_only if stable else False,
        headers=tuple(map(str, declaration.headers)) if declaration else (),
        remark=_remark(declaration) if declaration else "",
        instead=known.instead if known else "",
        instead_added=str(since(known)) if known and known.instead else None,
        note=known.note if known else "",
        documentation=known.documentation if known else "",
        nearest=_nearest(name) if standing == Tier.UNKNOWN.value else "",
        changed=changes_of(name) if floor is None else changes_after([name], floor),
    )


def _standing(name: str, declaration: Declaration | None) -> str:
    known = tier(name)
    of_symbol: str = known.value
    if known not in {Tier.UNKNOWN, Tier.LIMITED_MACRO}:
        return of_symbol
    if "." in name:
        return _standing_of_field(name) or of_symbol
    return _standing_of_declaration(declaration) if declaration else of_symbol


def _standing_of_declaration(declaration: Declaration) -> str:
    kind = declaration.kind
    if kind is DeclarationKind.INTERNAL:
        return str(Tier.INTERNAL.value)
    if kind is DeclarationKind.SETTING:
        return "a macro that sources define and the headers check"
    if declaration.since is not None:
        return f"{kind.value} of the Limited API"
    return f"{kind.value}, not in the Limited API"


def _standing_of_field(name: str) -> str:
    """Say whether a name such as ``PyObject.ob_type`` may be used; "" if unknown."""
    structure, _, field = name.partition(".")
    declaration = find_declaration(structure)
    if declaration is None:
        return ""
    what, *members = declaration.layout or ("",)
    if field in members:
        return f"a field of {structure}, in the Limited API"
    if what == "full":
        return f"the Limited API shows the fields of {structure}"
    return f"the Limited API hides the fields of {structure}"


def _remark(declaration: Declaration) -> str:
    """Say what of a structure the Limited API shows, if not all of it."""
    what, *members = declaration.layout or ("",)
    if what == "opaque":
        return "opaque: the Limited API hides its size and its fields"
    if what == "members":
        return f"of its fields, only {' and '.join(members)} are guaranteed"
    return ""


_FAR = 3
"""By how many characters a misspelt name is longer or shorter, at most."""


def _nearest(name: str) -> str:
    # Names of quite another length cannot be near, and comparing takes long.
    known = {*stable_symbols(), *all_names(), *all_declared_names()}
    close = [each for each in sorted(known) if abs(len(each) - len(name)) <= _FAR]
    return nearest(name, close) or ""


def render_text(facts: Sequence[SymbolFacts]) -> str:
    """Render one block for each name, ending with a newline."""
    return "".join(_block(each) for each in facts)


def render_json(facts: Sequence[SymbolFacts]) -> str:
    """Render the facts as one versioned document, ending with a newline."""
    document = {
        "abi3build": __version__,
        "format": FORMAT_VERSION,
        "symbols": [
            {**asdict(each), "changed": change_fields(each.changed)} for each in facts
        ],
    }
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def _block(facts: SymbolFacts) -> str:
    lines = [f"{facts.name}: {_headline(facts)}"]
    if facts.condition:
        lines.append(f"exists only if CPython is built with {facts.condition}")
    if facts.abi_only:
        lines.append("for old binaries only: current headers do not declare it")
    if facts.headers and facts.added is None:
        lines.append(f"in the headers of {_runs(facts.headers)}")
    if facts.remark:
        lines.append(facts.remark)
    if facts.instead:
        lines.append(f"use {facts.instead} (stable since {facts.instead_added})")
    if facts.note:
        lines.append(f"note: {facts.note}")
    if facts.documentation:
        lines.append(f"see {facts.documentation}")
    for change in facts.changed:
        lines.append(f"{change.when}: {change.text}")
        lines.append(f"  {change.documentation}")
    return "\n  ".join(lines) + "\n"


def _headline(facts: SymbolFacts) -> str:
    if facts.nearest:
        return f"{facts.tier}, did you mean {facts.nearest}?"
    if facts.added is None:
        return facts.tier
    if facts.name in stable_symbols():
        return f"{facts.kind}, stable since {facts.added}"
    return f"{facts.kind}, in the Limited API since {facts.added}"


def _runs(versions: Sequence[str]) -> str:
    """Join versions, such as ``3.6 to 3.9, 3.11``."""
    runs: list[list[PythonVersion]] = []
    for version in map(PythonVersion.parse, versions):
        if runs and version.minor == runs[-1][-1].minor + 1:
            runs[-1].append(version)
        else:
            runs.append([version])
    return ", ".join(
        f"{run[0]} to {run[-1]}" if len(run) > 1 else str(run[0]) for run in runs
    )
