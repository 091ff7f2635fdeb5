"""Rule ABI405: whether all translation units of a wheel were compiled alike."""

from __future__ import annotations

from abi3build.light_typing import TYPE_CHECKING
from abi3build.rules.finding import Finding, Severity
from abi3build.rules.subject import architecture_of
from abi3build.versions import release_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.rules.subject import Subject

__all__ = ["mixed_units"]

_BUILD_AGAIN = (
    "remove the build folder and build again: objects of two builds are in it"
)


def mixed_units(subject: Subject) -> Iterator[Finding]:
    """Find units that were compiled unlike the others of the wheel (ABI405).

    Only what abi3build compiled says how; a module without any note beside others is
    worth knowing, as Rust's units and prebuilt ones leave none.
    """
    notes = {note for _, image in subject.images() for note in image.unit_notes}
    if notes:
        yield from _other_floors(subject)
        yield from _other_headers(sorted({note.headers for note in notes}))
        yield from _without_notes(subject)


def _other_floors(subject: Subject) -> Iterator[Finding]:
    # Those above the promise are ABI402's; below it the highest is what was meant.
    notes = (note for _, image in subject.images() for note in image.unit_notes)
    others = max(notes, key=lambda note: (note.limited_api, note.abi3t)).target
    for file, image in subject.images():
        for target in sorted({note.target for note in image.unit_notes} - {others}):
            count = sum(note.target == target for note in image.unit_notes)
            yield Finding(
                code="ABI405",
                severity=Severity.WARNING,
                file=file.path,
                subject=f"Py_LIMITED_API={target}",
                message=(
                    f"{count} of {len(image.unit_notes)} units, and others for {others}"
                ),
                hint=_BUILD_AGAIN,
                architecture=architecture_of(file, image),
            )


def _other_headers(headers: list[int]) -> Iterator[Finding]:
    if len(headers) > 1:
        releases = ", ".join(map(release_of, headers))
        yield Finding(
            code="ABI405",
            severity=Severity.INFO,
            file="",
            subject=releases,
            message="units read the headers of several releases",
        )


def _without_notes(subject: Subject) -> Iterator[Finding]:
    if subject.wheel is not None and subject.wheel.build_record is not None:
        # It says of each file how many to expect, and ABI406 asks.
        return
    for file, image in subject.images():
        if not image.unit_notes and subject.uses_cpython(image):
            yield Finding(
                code="ABI405",
                severity=Severity.INFO,
                file=file.path,
                subject=file.path.rpartition("/")[2],
                message="no unit left a note, as those of other files did",
                architecture=architecture_of(file, image),
            )
