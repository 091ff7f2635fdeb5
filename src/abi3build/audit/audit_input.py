"""Read a wheel or a loose file and audit it: where reading and judging meet."""

from __future__ import annotations

from os.path import basename
from typing import TYPE_CHECKING, NamedTuple

from abi3build.audit.audit_result import Audited, Skipped, Unreadable
from abi3build.audit.report import audit
from abi3build.errors import UnreadableError
from abi3build.inspection.image_files import read_file
from abi3build.rules.audited_files import AuditedFiles
from abi3build.settings.requires_python import first_python_3
from abi3build.versions import FIRST_STABLE_ABI, Promise, PythonVersion
from abi3build.wheels.wheel import (
    NameKind,
    parse_module_file,
    parse_wheel_name,
    promise_of,
)
from abi3build.wheels.wheel_reading import read_wheel

if TYPE_CHECKING:
    from os import PathLike
    from typing import BinaryIO

    from abi3build.audit.audit_result import AuditResult
    from abi3build.audit.floor_steps import FloorReport
    from abi3build.audit.report import Report
    from abi3build.binaries.image import BinaryFile
    from abi3build.inputs import Input
    from abi3build.wheels.wheel import Wheel

__all__ = [
    "AuditOptions",
    "NothingPromisedError",
    "audit_input",
    "audit_wheel",
    "floor_of",
]


_NONE_TAG = "ABI611"


class NothingPromisedError(UnreadableError):
    """Report a file that is valid but does not promise the stable ABI."""


class AuditOptions(NamedTuple):
    """Say how inputs are audited; the defaults take the least time."""

    floor: PythonVersion | None = None
    """What is promised, in place of what tags say; None leaves it to them."""

    with_steps: bool = False
    """True if the report also says what stands in the way of a lower floor."""

    confirm: bool = False
    """True if another library reads each image as well."""

    strict: bool = False
    """True if what is not proven is an error."""

    deep: bool = False
    """True if the machine code is looked through as well, which needs capstone."""


_DEFAULTS = AuditOptions()
_ARCHIVES = (".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".zip")


def audit_input(
    given: Input, options: AuditOptions = _DEFAULTS, stream: BinaryIO | None = None
) -> AuditResult:
    """Audit one input; return errors in it as a result instead of raising them.

    The stream has the bytes of a wheel that is not a local file.  A file that promises
    no stable ABI is skipped, or unreadable if it was named.
    """
    path = given.path
    try:
        if path.endswith(".whl"):
            return Audited(path, audit_wheel(path, options, stream))
        if options.floor is None and not given.named:
            _expect_promise(path)
        return Audited(path, _audit_file(path, options))
    except NothingPromisedError as error:
        named = given.named
        return Unreadable(path, error.lines) if named else Skipped(path, str(error))
    except UnreadableError as error:
        return Unreadable(path, error.lines)
    except MemoryError:
        fault = f"{path}: not enough memory to read it: use a machine with more memory"
        return Unreadable(path, (fault,))


def audit_wheel(
    path: str | PathLike[str],
    options: AuditOptions = _DEFAULTS,
    stream: BinaryIO | None = None,
) -> Report:
    """Audit a wheel against its tags, or against a given floor.

    Raise ``NothingPromisedError`` if there is neither, and ``UnreadableError`` if it
    cannot be read.
    """
    promise = _promise(basename(path), options.floor)
    wheel, files = read_wheel(path, stream)
    if promise is None:
        return _audit_without_abi(wheel, files)
    if options.floor is not None and not files:
        message = (
            f"{wheel.filename}: contains no machine code, so there is nothing to"
            " audit: name a wheel with extension modules"
        )
        raise NothingPromisedError(message)
    audited = AuditedFiles(wheel.filename, promise, files, wheel)
    if options.confirm:
        from abi3build.audit.confirming import confirm_wheel

        readings = confirm_wheel(path, files, stream)
        audited = audited._replace(second_readings=readings)
    if options.deep:
        from abi3build.audit.machine_code_of_files import machine_code_of_wheel

        seen = machine_code_of_wheel(path, files, stream)
        audited = audited._replace(machine_code=seen)
    lowest = _find_floor(audited) if options.with_steps else None
    return _with_steps(audit(audited, strict=options.strict), lowest)


def _audit_file(path: str, options: AuditOptions) -> Report:
    """Audit one loose file against a floor, or against the lowest that it allows.

    Raise ``UnreadableError`` if it cannot be read, or if neither its name is that of an
    extension module nor its content an image.
    """
    audited, floor = _loose(path), options.floor
    lowest = _find_floor(audited) if options.with_steps or floor is None else None
    given = floor or (lowest.floor if lowest else FIRST_STABLE_ABI)
    audited = audited._replace(promise=audited.promise._replace(floor=given))
    if options.confirm:
        from abi3build.audit.confirming import confirm_files

        audited = audited._replace(second_readings=confirm_files(audited.files))
    if options.deep:
        from abi3build.audit.machine_code_of_files import machine_code_of_files

        audited = audited._replace(machine_code=machine_code_of_files(audited.files))
    report = audit(audited, promise_is_computed=floor is None, strict=options.strict)
    return _with_steps(report, lowest)


def _with_steps(report: Report, lowest: FloorReport | None) -> Report:
    return report._replace(floor_steps=lowest.steps) if lowest else report


def floor_of(given: Input) -> FloorReport:
    """Find the lowest floor that a wheel of any tag, or a loose file, allows.

    Raise ``UnreadableError`` if it cannot be read or contains no machine code.
    """
    path = given.path
    if not path.endswith(".whl"):
        audited = _loose(path)
        fault = audited.files[0].fault
        if fault:
            message = f"{path}: {fault}, so it has no floor: link it again"
            raise UnreadableError(message)
        return _find_floor(audited)
    wheel, files = read_wheel(path)
    if not files:
        message = (
            f"{wheel.filename}: contains no machine code, so every floor is"
            " possible: name a wheel with extension modules"
        )
        raise NothingPromisedError(message)
    promise = promise_of(wheel.tags)
    audited = AuditedFiles(wheel.filename, promise or Promise(FIRST_STABLE_ABI), files)
    return _find_floor(audited, stated=promise.floor if promise else None)


def _find_floor(
    audited: AuditedFiles, *, stated: PythonVersion | None = None
) -> FloorReport:
    """Import what most audits do not need, and find the floor."""
    from abi3build.audit.floor_steps import find_floor

    return find_floor(audited, stated=stated)


def _audit_without_abi(wheel: Wheel, files: tuple[BinaryFile, ...]) -> Report:
    """Audit a wheel whose tag promises no ABI, if something in it needs one.

    Raise ``NothingPromisedError`` if nothing does.
    """
    promise = Promise(min(_version_of(tag, wheel) for tag in wheel.tags.pythons))
    audited = AuditedFiles(wheel.filename, promise, files, wheel, promises_no_abi=True)
    report = audit(audited)
    if any(finding.code == _NONE_TAG for finding in report.findings):
        return report
    if not files and wheel.tags.platforms == ("any",):
        reason = "is for wheels without machine code: name one with extensions"
    else:
        reason = (
            "promises every Python, and none of its files uses CPython's API: name"
            " one with extensions"
        )
    message = f"{wheel.filename}: its tag, {wheel.tags}, {reason}"
    raise NothingPromisedError(message)


def _version_of(tag: str, wheel: Wheel) -> PythonVersion:
    """Return the lowest Python of a tag; for ``py3``, that of Requires-Python."""
    try:
        return PythonVersion.from_tag(tag)
    except ValueError:
        pass
    try:
        return first_python_3(wheel.requires_python) or FIRST_STABLE_ABI
    except ValueError:
        return FIRST_STABLE_ABI


def _promise(filename: str, floor: PythonVersion | None) -> Promise | None:
    """Return the promise to compare a wheel with; None if its tag says ``none``."""
    _, _, tags = parse_wheel_name(filename)
    promise = promise_of(tags)
    if floor is not None:
        return promise._replace(floor=floor) if promise else Promise(floor)
    if promise is not None or tags.abis == ("none",):
        return promise
    message = (
        f"{filename}: its tag, {tags}, promises one version of Python, not the"
        " stable ABI: give --min-python to audit it anyway"
    )
    raise NothingPromisedError(message)


def _expect_promise(path: str) -> None:
    module = parse_module_file(basename(path))
    if module is not None and module.kind is NameKind.VERSION_SPECIFIC:
        message = (
            f"{path}: its name is for one version of Python, not for the stable"
            " ABI: give --min-python to audit it anyway"
        )
        raise NothingPromisedError(message)


def _what_else(name: str, fault: str) -> str:
    if name.endswith(".whl"):
        return "wheels are named *.whl, in lower case: rename it"
    if name.endswith(_ARCHIVES):
        return (
            "an archive that is not named *.whl: build a wheel from an sdist (pip"
            " wheel), or restore the name of a wheel"
        )
    return f"{fault}: name wheels and extension modules"


def _loose(path: str | PathLike[str]) -> AuditedFiles:
    file = read_file(path)
    module = parse_module_file(basename(path))
    if file.fault and module is None:
        message = f"{path}: {_what_else(str(path).lower(), file.fault)}"
        raise UnreadableError(message)
    free_threaded = module is not None and module.kind is NameKind.ABI3T
    return AuditedFiles(
        basename(path), Promise(FIRST_STABLE_ABI, free_threaded), (file,)
    )
