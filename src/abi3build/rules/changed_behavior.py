"""Rules ABI502, ABI503 and ABI505: what behaves differently on some promised Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.rules.finding import Finding, Severity, image_finding
from abi3build.stable_abi.behavior import ChangeKind, changes_of, counted
from abi3build.versions import NEWEST_KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.evidence.literal_calls import LiteralCall
    from abi3build.rules.audited_files import AuditedFiles

__all__ = ["behavior_changed", "refused_call", "slot_of_builtin_type"]

_GET_SLOT = "PyType_GetSlot"
_NAMED = 3
"""So many names stand in the one line; a verbose report has all."""


def behavior_changed(audited: AuditedFiles) -> Iterator[Finding]:
    """Find the names that changed after the floor, as one info per subject (ABI502).

    The table says for each name which programs notice.  The binary does not show
    whether this one does.
    """
    floor = audited.promise.floor
    taken = {
        symbol.symbol
        for _, image in audited.images()
        for symbol in audited.cpython_imports(image)
    }
    # What may crash on an old Python comes first, for few names stand in the line.
    order = list(ChangeKind)
    changes = sorted(
        counted(taken, floor), key=lambda each: (order.index(each.kind), each.name)
    )
    if not changes:
        return
    names = list(dict.fromkeys(change.name for change in changes))
    verb = "behaves" if len(names) == 1 else "behave"
    yield Finding(
        code="ABI502",
        severity=Severity.INFO,
        file="",
        what="behavior",
        message=(
            f"{_listed(names)} {verb} differently between {floor} and {NEWEST_KNOWN};"
            " abi3build audit --verbose shows how"
        ),
        settled_by=max(change.version for change in changes),
    )


def refused_call(audited: AuditedFiles) -> Iterator[Finding]:
    """Find calls in the sources that some Python rejects as written (ABI503)."""
    yield from map(_refused, audited.literal_calls)


def _refused(call: LiteralCall) -> Finding:
    change = call.change
    if change.kind is ChangeKind.ACCEPTS:
        settled_by = change.version
        hint = f'min-python = "{settled_by}" settles {change.name}'
    else:
        settled_by, hint = None, call.instead
    return Finding(
        code="ABI503",
        severity=Severity.WARNING,
        file="",
        what=change.name,
        message=f"given {call.argument}, {change.when}: {change.text}",
        hint=hint,
        origin=call.place,
        settled_by=settled_by,
    )


def slot_of_builtin_type(audited: AuditedFiles) -> Iterator[Finding]:
    """Find calls that pass CPython's own types to ``PyType_GetSlot`` (ABI505).

    A program may check the version of Python before the call, so nothing is proven.
    """
    change = next(
        each
        for each in changes_of(_GET_SLOT)
        if each.kind is ChangeKind.ACCEPTS and each.version > audited.promise.floor
    )
    for file, image in audited.images():
        if not image.types_given:
            continue
        types = _listed([f"&{name}" for name in image.types_given])
        yield image_finding(
            "ABI505",
            file,
            image,
            what=_GET_SLOT,
            message=(
                f"the code passes it {types}, which {change.when}: it returns NULL"
                " there, and calling that crashes"
            ),
            severity=Severity.INFO,
            settled_by=change.version,
        )


def _listed(names: list[str]) -> str:
    if len(names) > _NAMED:
        return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
