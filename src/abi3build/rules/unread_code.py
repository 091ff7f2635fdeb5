"""What `audit --deep` could not look at: a part of ABI407."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.rules.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.rules.audited_files import AuditedFiles

__all__ = ["unread_code"]


_HINT = (
    "audit the same release for x86_64 or 64-bit ARM with --deep, or build it with"
    " abi3build, which records what was proven"
)


def unread_code(audited: AuditedFiles) -> Iterator[Finding]:
    """Find images that use CPython and whose machine code was not searched.

    Images of a watched build are proven, and are left out.
    """
    record = audited.wheel.build_record if audited.wheel is not None else None
    if audited.links is not None or record is not None:
        return
    using = {
        (file.path, image.machine): len(file.images)
        for file, image in audited.images()
        if audited.uses_cpython(image)
    }
    for path, code in audited.machine_code:
        images = using.get((path, code.architecture))
        if images is None or not code.unread:
            continue
        what = "not looked at" if not code.functions else "not all looked at"
        yield Finding(
            code="ABI407",
            severity=Severity.INFO if code.functions else Severity.WARNING,
            file=path,
            what="machine code",
            message=f"{what}: {code.unread}",
            hint="" if code.functions else _HINT,
            architecture=code.architecture if images > 1 else "",
        )
