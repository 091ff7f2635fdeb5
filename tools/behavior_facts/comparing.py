"""Hold the notes of references against the table, in both directions."""

from __future__ import annotations

from collections import defaultdict
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from abi3build.stable_abi.known_names import Tier, tier
from behavior_facts.reference_notes import anchors_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from abi3build.stable_abi.behavior import BehaviorChange
    from behavior_facts.reference_notes import ReferenceNote

__all__ = ["WithoutEffect", "broken_links", "missing", "read_reasons", "unfounded"]

_REASONS = Path(__file__).with_name("notes_without_effect.txt")
_OUTSIDE = {Tier.PUBLIC, Tier.UNSTABLE, Tier.PRIVATE, Tier.INTERNAL, Tier.MACRO}
_SITE = "https://docs.python.org/3/"
_EVERY = "*"


class WithoutEffect(NamedTuple):
    """Say why some notes are none for binaries."""

    reason: str
    pattern: str
    """Of a name, or of a page and section."""

    versions: tuple[str, ...]

    def covers(self, place: str, version: str) -> bool:
        """Tell whether a note under a name or a section is meant."""
        return fnmatchcase(place, self.pattern) and (
            version in self.versions or _EVERY in self.versions
        )


def read_reasons(text: str = "") -> tuple[WithoutEffect, ...]:
    """Read the file of reasons beside this module, or a text in its format."""
    reasons, reason = [], ""
    for line in (text or _REASONS.read_text(encoding="utf-8")).splitlines():
        if line.startswith("    "):
            pattern, *versions = line.split()
            reasons.append(WithoutEffect(reason, pattern, tuple(versions)))
        elif line and not line.startswith("#"):
            reason = line
    return tuple(reasons)


def _places(note: ReferenceNote) -> Iterator[str]:
    """Yield what a note is about: names that may be stable, else its section."""
    if note.names:
        yield from (name for name in note.names if tier(name) not in _OUTSIDE)
    else:
        yield f"{note.page}#{note.section}"


def missing(
    notes: Iterable[ReferenceNote],
    changes: Iterable[BehaviorChange],
    reasons: Iterable[WithoutEffect],
) -> list[str]:
    """Return a line for each note that neither table nor reason covers, sorted."""
    said = {(change.name, str(change.version)) for change in changes}
    reasons = tuple(reasons)
    lines = {
        f"{place} {note.version}: {note.text}"
        for note in notes
        for place in _places(note)
        if (place, note.version) not in said
        and not any(reason.covers(place, note.version) for reason in reasons)
    }
    return sorted(lines)


def unfounded(
    notes: Iterable[ReferenceNote],
    changes: Iterable[BehaviorChange],
    reasons: Iterable[WithoutEffect],
) -> list[str]:
    """Return a line for each fact and reason that no note stands behind, sorted.

    A fact with a link to another section or page has its source there.
    """
    noted = {(place, note.version) for note in notes for place in _places(note)}
    versions = defaultdict(set)
    for place, version in noted:
        versions[place].add(version)
    lines = [
        f"{change.name} {change.version}: no note says so"
        for change in changes
        if change.documentation.endswith(f"#c.{change.name}")
        and (change.name, str(change.version)) not in noted
    ]
    lines += [
        f"{reason.pattern} {' '.join(reason.versions)}: no note needs this reason"
        for reason in reasons
        if not any(reason.covers(*each) for each in noted)
    ]
    return sorted(lines)


def broken_links(changes: Iterable[BehaviorChange], html: Path) -> list[str]:
    """Return the links of the table that lead nowhere in a reference, sorted."""
    links = {change.documentation[len(_SITE) :] for change in changes}
    pages: dict[str, frozenset[str]] = {}
    broken = []
    for link in sorted(links):
        page, _, anchor = link.partition("#")
        if page not in pages:
            path = html / page
            pages[page] = anchors_of(path) if path.exists() else frozenset()
        if anchor not in pages[page]:
            broken.append(f"{link}: leads nowhere")
    return broken
