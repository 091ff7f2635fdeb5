"""What every rewrite has in common: what it found, and what it would write."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from abi3build.port_fix.compiling import CompileDiagnostic
    from abi3build.port_fix.edits import Edit
    from abi3build.port_fix.source_files import LeftToDo, Proposal, SourceFiles

__all__ = ["Found", "Rewrite", "View", "Written", "found_of"]


@dataclass(frozen=True)
class View:
    """Contain what a rewrite may look at."""

    sources: SourceFiles
    folder: str
    """The tree that the names of files begin in."""

    errors: tuple[CompileDiagnostic, ...] = ()
    """What the compiler says of the sources under the limit, each once."""


@dataclass(frozen=True)
class Written:
    """Contain what a rewrite changes for some subjects."""

    edits: Mapping[str, Sequence[Edit]]
    """By the name of the file."""

    remarks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What is different in behavior, by subject."""


@dataclass(frozen=True)
class Found:
    """Contain the subjects of a rewrite, each of which can be kept on its own."""

    subjects: tuple[str, ...]
    write: Callable[[Sequence[str]], Written]
    left: tuple[LeftToDo, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ()
    """Every subject, with those that cannot be kept without it; empty if all can."""

    @property
    def separable(self) -> tuple[tuple[str, ...], ...]:
        """Return the least that can be kept, each time."""
        return self.groups or tuple((each,) for each in self.subjects)


@dataclass(frozen=True)
class Rewrite:
    """Name one kind of rewrite."""

    title: str
    """For the report: what it turns into what."""

    find: Callable[[View], Found]


def found_of(proposals: Sequence[Proposal], left: Sequence[LeftToDo] = ()) -> Found:
    """Return the findings of a rewrite whose proposals do not touch each other."""
    by_subject: dict[str, list[Proposal]] = {}
    for each in proposals:
        by_subject.setdefault(each.subject, []).append(each)

    def write(subjects: Sequence[str]) -> Written:
        """Return the edits of some subjects, joined by file, with their remarks."""
        edits: dict[str, list[Edit]] = {}
        remarks: dict[str, tuple[str, ...]] = {}
        for subject in subjects:
            for each in by_subject[subject]:
                for file, some in each.edits.items():
                    edits.setdefault(file, []).extend(some)
                if each.remarks:
                    known = remarks.get(subject, ())
                    new = (remark for remark in each.remarks if remark not in known)
                    remarks[subject] = (*known, *new)
        return Written(edits, remarks)

    return Found(tuple(by_subject), write, tuple(left))
