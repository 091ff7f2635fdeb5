"""``abi3build symbol``: say what is known of a name of the C API."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from abi3build import __version__
from abi3build.reports.json_document import FORMAT_VERSION
from abi3build.stable_abi.known_names import tier
from abi3build.stable_abi.replacements import replacement, since
from abi3build.stable_abi.stable_symbols import stable_symbols

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from abi3build.commands import Outcome

__all__ = [
    "SymbolFacts",
    "add_arguments",
    "describe",
    "render_json",
    "render_text",
    "run",
]


@dataclass(frozen=True)
class SymbolFacts:
    """Hold what the tables say of one name."""

    name: str
    tier: str
    kind: str
    """``function`` or ``data``; empty outside the stable ABI."""

    added: str | None
    """The version since which the name is stable; None outside the stable ABI."""

    condition: str
    """The macro of CPython's build without which the symbol is missing."""

    abi_only: bool
    """True where old binaries find the symbol but the headers no longer declare it."""

    instead: str
    instead_added: str | None
    note: str
    documentation: str


def describe(name: str) -> SymbolFacts:
    """Look one name up in every table."""
    stable = stable_symbols().get(name)
    known = replacement(name)
    return SymbolFacts(
        name=name,
        tier=tier(name).value,
        kind=stable.kind.value if stable else "",
        added=str(stable.added) if stable else None,
        condition=stable.condition if stable else "",
        abi_only=stable.abi_only if stable else False,
        instead=known.instead if known else "",
        instead_added=str(since(known)) if known and known.instead else None,
        note=known.note if known else "",
        documentation=known.documentation if known else "",
    )


def render_text(facts: Sequence[SymbolFacts]) -> str:
    """Render one block for each name, ending with a newline."""
    return "".join(_block(each) for each in facts)


def render_json(facts: Sequence[SymbolFacts]) -> str:
    """Render the facts as one versioned document, ending with a newline."""
    document = {
        "abi3build": __version__,
        "format": FORMAT_VERSION,
        "symbols": [asdict(each) for each in facts],
    }
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def _block(facts: SymbolFacts) -> str:
    if facts.added is None:
        lines = [f"{facts.name}: {facts.tier}"]
    else:
        lines = [f"{facts.name}: {facts.kind}, stable since {facts.added}"]
    if facts.condition:
        lines.append(f"there only where CPython is built with {facts.condition}")
    if facts.abi_only:
        lines.append("for old binaries only: current headers do not declare it")
    if facts.instead:
        lines.append(f"use {facts.instead} (stable since {facts.instead_added})")
    if facts.note:
        lines.append(f"note: {facts.note}")
    if facts.documentation:
        lines.append(f"see {facts.documentation}")
    return "\n  ".join(lines) + "\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("names", metavar="NAME", nargs="+", help="such as PyList_Size")
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(options: argparse.Namespace) -> Outcome:
    """Describe each name; the status is 0 where all are in the stable ABI."""
    from abi3build.commands import Outcome

    facts = [describe(name) for name in options.names]
    render = render_json if options.format == "json" else render_text
    return Outcome(render(facts), int(any(fact.added is None for fact in facts)))
