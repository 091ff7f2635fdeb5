"""What RECORD and ``abi3build.json`` say about the files of a wheel: ABI606, ABI406."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.rules.finding import Finding, Severity, image_finding
from abi3build.wheels.build_record import FILE_NAME
from abi3build.wheels.wheel import (
    parse_module_file,
    plain_path,
    promise_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.image import BinaryFile, Image
    from abi3build.rules.audited_files import AuditedFiles
    from abi3build.wheels.build_record import BuildRecord, RecordedModule
    from abi3build.wheels.wheel import Record, Wheel

__all__ = ["build_record_mismatch", "record_mismatch"]


_WRITE_AGAIN = "build the wheel again: only abi3build writes abi3build.json"
_OTHER_FILE = "build the wheel again: the file has changed since the build"
_WATCH = 'build it with verify = "error" or "warn", so that units leave notes'


def build_record_mismatch(audited: AuditedFiles) -> Iterator[Finding]:
    """Find differences between a wheel and its ``abi3build.json`` (ABI406).

    Wheels from other tools have none, and are not checked.
    """
    wheel = audited.wheel
    record = wheel.build_record if wheel is not None else None
    if wheel is None or record is None:
        return
    if record.fault:
        yield _of_wheel(FILE_NAME, record.fault)
    elif record.later_format is not None:
        message = f"has format {record.later_format}, which this release cannot read"
        yield _of_wheel(FILE_NAME, message, Severity.INFO)
    else:
        yield from _other_promise(wheel, record)
        yield from _unwatched(audited, record)
        yield from _modules(audited, wheel, record)


def _other_promise(wheel: Wheel, record: BuildRecord) -> Iterator[Finding]:
    promise, built = promise_of(wheel.tags), record.promise
    if promise == built:
        return
    promises_more = promise is not None and (
        promise.floor < built.floor or promise.free_threaded > built.free_threaded
    )
    severity = Severity.ERROR if promises_more else Severity.WARNING
    message = f"the wheel was built for {built}, not for what its tag says"
    yield _of_wheel(str(wheel.tags), message, severity)


def _unwatched(audited: AuditedFiles, record: BuildRecord) -> Iterator[Finding]:
    if record.verify == "off" and any(
        audited.uses_cpython(image) and not image.unit_notes
        for _, image in audited.images()
    ):
        message = (
            "the build watched no unit, so nothing shows that Py_LIMITED_API was in"
            " effect"
        )
        yield _of_wheel('verify = "off"', message, hint=_WATCH)


def _modules(
    audited: AuditedFiles, wheel: Wheel, record: BuildRecord
) -> Iterator[Finding]:
    files = {file.path: file for file in audited.files}
    for module in record.modules:
        file = files.get(module.file)
        if file is not None:
            for image in file.images:
                yield from _notes(record, module, file, image)
        elif module.file not in wheel.members:
            message = "in abi3build.json, but not in the wheel"
            yield _changed_file(module.file, message)


def _notes(
    record: BuildRecord, module: RecordedModule, file: BinaryFile, image: Image
) -> Iterator[Finding]:
    count = len(image.unit_notes)
    if count < module.notes:
        message = (
            f"contains only {count} of the {module.notes} notes that its units left"
        )
        yield _changed_image(file, image, message)
    elif count > module.notes:
        message = f"contains {count} notes of units, but had {module.notes} when built"
        yield _changed_image(file, image, message)
    targets = {note.target for note in image.unit_notes}
    for target in sorted(targets - {record.unit_target}):
        message = f"has a unit for {target}, but was built for {record.unit_target}"
        yield _changed_image(file, image, message)
    releases = {note.release for note in image.unit_notes}
    for release in sorted(releases - {record.headers}):
        # The halves of a universal file may come from two machines.
        message = f"has a unit compiled with headers of {release}, not {record.headers}"
        yield _changed_image(file, image, message, Severity.INFO)


def _of_wheel(
    what: str,
    message: str,
    severity: Severity = Severity.ERROR,
    hint: str = _WRITE_AGAIN,
) -> Finding:
    hint = "" if severity is Severity.INFO else hint
    return Finding("ABI406", severity, "", what, message, hint)


def _changed_file(path: str, message: str) -> Finding:
    name = path.rpartition("/")[2]
    return Finding("ABI406", Severity.ERROR, path, name, message, _OTHER_FILE)


def _changed_image(
    file: BinaryFile, image: Image, message: str, severity: Severity = Severity.ERROR
) -> Finding:
    return image_finding(
        "ABI406",
        file,
        image,
        what=file.path.rpartition("/")[2],
        message=message,
        hint="" if severity is Severity.INFO else _OTHER_FILE,
        severity=severity,
    )


_SHOWN = 20
"""How many digits of a size are repeated; the largest of any file has as many."""

_MOST_NAMED = 3

_BUILD_AGAIN = "build the wheel again: a tool that changes members must rewrite RECORD"


def record_mismatch(audited: AuditedFiles) -> Iterator[Finding]:
    """Yield errors in a RECORD about files with machine code (ABI606).

    There is one finding for each cause.  It is a warning if RECORD omits files or has
    other sizes, and only an info about its separators: installers accept the wheel
    anyway.
    """
    wheel = audited.wheel
    if wheel is None or wheel.record is None:
        return
    if wheel.record.fault:
        message = f"{wheel.record.fault}: pip rejects the wheel"
        yield _record_finding(message, Severity.ERROR)
        return
    listed = wheel.record.names
    present = {plain_path(member) for member in wheel.members}
    omitted = [
        file.path for file in audited.files if plain_path(file.path) not in listed
    ]
    lost = [name for name in sorted(listed - present) if _is_module(name)]
    if omitted:
        message = f"does not list {_some(omitted)}"
        yield _record_finding(message, Severity.WARNING)
    others = list(_other_sizes(audited, wheel, wheel.record))
    if others:
        message = f"states other sizes, so files were changed later: {_some(others)}"
        yield _record_finding(message, Severity.WARNING)
    if lost:
        message = f"lists files that are not in the wheel: {_some(lost)}"
        yield _record_finding(message, Severity.ERROR)
    if wheel.record.has_backslashes:
        message = "contains backslashes in paths, which installers read as slashes"
        yield _record_finding(message, Severity.INFO)


def _other_sizes(audited: AuditedFiles, wheel: Wheel, record: Record) -> Iterator[str]:
    sizes = {plain_path(name): size for name, size in zip(wheel.members, wheel.sizes)}
    paths = {plain_path(file.path) for file in audited.files}
    for written, size in record.entries:
        name = plain_path(written)
        if size and name in paths and size != str(sizes.get(name, size)):
            said = size if size.isascii() and size.isdigit() else "not a number of"
            yield f"{name} ({said[:_SHOWN]} bytes, but it has {sizes[name]})"


def _is_module(name: str) -> bool:
    module = parse_module_file(name)
    return module is not None and module.claims_to_be_module


def _some(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    named = ", ".join(names[:_MOST_NAMED])
    return f"{named} and {more} more" if more > 0 else named


def _record_finding(message: str, severity: Severity) -> Finding:
    hint = "" if severity is Severity.INFO else _BUILD_AGAIN
    return Finding("ABI606", severity, "", "RECORD", message, hint)
