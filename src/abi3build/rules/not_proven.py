"""Rule ABI407: what is not proven about a wheel, because silence is not proof.

A build accounts for every unit and every input of its links.  What it did not see is
reported here, and stays in the record of the build for later audits of the wheel.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from abi3build.rules.finding import Finding, Severity
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.evidence.link_inputs import Link, LinkedObject
    from abi3build.rules.audited_files import AuditedFiles
    from abi3build.wheels.build_record import BuildRecord, RecordedModule

__all__ = ["TOOL", "Doubt", "doubts_of", "made_by", "not_proven"]

_HINTS = {
    "note": (
        "build again in a clean folder; if notes were lost, remove --gc-sections, with"
        " which compilers before GCC 11 and Clang 13 lose them"
    ),
    "unit": (
        "compile it with GCC or Clang through the build's own compiler, or accept it by"
        " name, with the reason, in tool.abi3build.allow"
    ),
    "object": (
        "list its sources with the extension or in libraries of setup(), or accept it"
        " by name, with the reason, in tool.abi3build.allow"
    ),
    "file": (
        "let setuptools compile and link it, or accept it by name, with the reason, in"
        " tool.abi3build.allow"
    ),
}
_OF_UNITS = {
    "defines ": (
        "remove the definition and read the fields through functions of the stable ABI,"
        " or accept it by name, with the reason, in tool.abi3build.allow"
    ),
    "read ": (
        "compile it without the precompiled header, or accept it by name, with the"
        " reason, in tool.abi3build.allow"
    ),
    "imports ": (
        "use #include for it, or accept it by name, with the reason, in"
        " tool.abi3build.allow"
    ),
    "is what a compiler made ": (
        "list the source that it was made of, or accept it by name, with the reason, in"
        " tool.abi3build.allow"
    ),
    "was compiled in one ": (
        "compile each source in a command of its own, or accept it by name, with the"
        " reason, in tool.abi3build.allow"
    ),
}
"""What to do about an unit, by how the clause begins that says why it is not proven."""

TOOL = "tool"
"""The kind of doubt that is due to a program which cannot be watched."""

_UNSEEN_OBJECT = (
    "not compiled in this build, and nothing shows whether it reads CPython's"
    " structures"
)
_UNTOLD = "the linker does not report what it reads, so only its command line is known"
_NOTE_ALONE = (
    "compiled by another program; its note shows the limit when Python.h was read, but"
    " not what came after"
)
_WITHOUT_NOTE = (
    "compiled by another program without abi3build's Python.h, so nothing shows that"
    " Py_LIMITED_API was in effect"
)
_HIDDEN = "compiled for link-time optimization, which hides what it calls"
_UNRECORDED = "not compiled in this build, and no note shows how it was compiled"
_FOUND_AS_UNRECORDED = {_HIDDEN, _UNRECORDED}
"""What rule ABI404 finds in a build, and what stays unproven if it is accepted."""

_OTHER_PROGRAM = (
    "no command of this build linked it, so nothing shows what went into it"
)
_COUNTED = {_UNSEEN_OBJECT: "object", _NOTE_ALONE: TOOL}
"""What may be said of many members of an archive, and the kind of doubt that it is."""

_RUST = "linked by Rust's compiler, which is not watched, so only its symbols are known"
_OFF = "off"
_MODULE_EXPORTS = ("PyInit_", "PyInitU_", "PyModExport_")


class Doubt(NamedTuple):
    """Describe one thing that is not known to keep the promise."""

    file: str
    """The member of the wheel or the path that it is part of."""

    kind: str
    """``unit``, ``object``, ``file``, ``note`` or ``tool``."""

    what: str
    """Its name: a source, an input of the linker, a file."""

    why: str
    """Why nothing shows it, as a clause."""


def not_proven(audited: AuditedFiles) -> Iterator[Finding]:
    """Find what the build did not see of the files that use CPython (ABI407)."""
    if audited.machine_code:
        # It is there only if it was asked for.
        from abi3build.rules.unread_code import unread_code

        yield from unread_code(audited)
    for doubt in doubts_of(audited):
        if audited.links is not None and doubt.why in _FOUND_AS_UNRECORDED:
            continue
        yield Finding(
            code="ABI407",
            # A project cannot change what its tools tell.
            severity=Severity.INFO if doubt.kind == TOOL else Severity.WARNING,
            file=doubt.file,
            what=doubt.what,
            message=doubt.why,
            hint=_hint(doubt),
        )


def _hint(doubt: Doubt) -> str:
    if doubt.kind == "unit":
        for beginning, hint in _OF_UNITS.items():
            if doubt.why.startswith(beginning):
                return hint
    return _HINTS.get(doubt.kind, "")


def doubts_of(audited: AuditedFiles) -> list[Doubt]:
    """Return all doubts, sorted, from the build or from its record."""
    if audited.links is not None:
        return sorted({*_of_units(audited), *_of_links(audited), *_unlinked(audited)})
    record = audited.wheel.build_record if audited.wheel is not None else None
    if record is None or record.fault or record.later_format is not None:
        return []
    if record.verify == _OFF:
        # That is an error of rule ABI406.
        return []
    return sorted(set(_recorded(audited, record)))


def _of_units(audited: AuditedFiles) -> Iterator[Doubt]:
    files = {
        digest: _file_of(audited, link)
        for link in audited.links or ()
        for digest in link.units
    }
    for unit in audited.units:
        if unit.not_proven:
            yield Doubt(
                files.get(unit.digest, ""), "unit", unit.source, unit.not_proven
            )


def _of_links(audited: AuditedFiles) -> Iterator[Doubt]:
    taken = {
        each.symbol
        for _, image in audited.images()
        for each in audited.cpython_imports(image)
    }
    for link in audited.links or ():
        file = _file_of(audited, link)
        if not link.is_told:
            yield Doubt(file, TOOL, file.rpartition("/")[2], _UNTOLD)
        counted: Counter[tuple[str, str]] = Counter()
        for each in link.objects:
            why = _why_unknown(each, audited.promise.floor, taken)
            if why in _COUNTED:
                # An archive counts once, however many members were taken of it.
                counted[each.name.partition("(")[0] or each.name, why] += 1
            elif why:
                yield Doubt(file, "object", each.name, why)
        for (name, why), count in counted.items():
            members = f"{count} members, " if count > 1 else ""
            yield Doubt(file, _COUNTED[why], name, members + why)
        yield from _other_notes(audited, link, file)


def _why_unknown(each: LinkedObject, floor: PythonVersion, taken: set[str]) -> str:
    """Say why nothing is known about an object; empty if ABI402 says more."""
    if each.is_gone:
        return "removed before it could be read"
    if each.fault:
        return f"could not be read: {each.fault}"
    if each.notes and each.units > each.notes:
        return (
            f"consists of {each.units} units, but only {each.notes} of them left a note"
        )
    if set(map(PythonVersion.from_hex, each.floors)) == {floor}:
        return _NOTE_ALONE
    return "" if each.floors else _why_without_note(each, taken)


def _why_without_note(each: LinkedObject, taken: set[str]) -> str:
    if not each.symbols:
        return _HIDDEN if each.is_hidden else _UNSEEN_OBJECT
    # What takes symbols that the file does not was left out by the linker.
    if not taken.intersection(each.symbols):
        return ""
    return _WITHOUT_NOTE if each.is_of_build else _UNRECORDED


def _other_notes(audited: AuditedFiles, link: Link, path: str) -> Iterator[Doubt]:
    for file in audited.files:
        if file.path == path:
            counts = {len(image.unit_notes) for image in file.images}
            for count in counts - {link.notes}:
                left = f"only {count} of {link.notes} notes of units are left"
                many = (
                    f"contains {count} notes of units, but {link.notes} were linked"
                    " into it"
                )
                why = left if count < link.notes else many
                yield Doubt(path, "note", path.rpartition("/")[2], why)


def _unlinked(audited: AuditedFiles) -> Iterator[Doubt]:
    linked = {_file_of(audited, link) for link in audited.links or ()}
    for path in _users(audited):
        if path not in linked:
            yield _by_another_program(audited, path)


def _by_another_program(audited: AuditedFiles, path: str) -> Doubt:
    """Doubt a file that no watched command linked; Rust has no header to bypass."""
    has_rust = any(
        image.has_rust for file, image in audited.images() if file.path == path
    )
    kind, why = (TOOL, _RUST) if has_rust else ("file", _OTHER_PROGRAM)
    return Doubt(path, kind, path.rpartition("/")[2], why)


def _users(audited: AuditedFiles) -> list[str]:
    """Return the files that use CPython, or that it can import."""
    return [
        file.path
        for file, image in audited.images()
        if audited.uses_cpython(image)
        or any(name.startswith(_MODULE_EXPORTS) for name in image.exports)
    ]


def _recorded(audited: AuditedFiles, record: BuildRecord) -> Iterator[Doubt]:
    modules = {module.file: module for module in record.modules}
    for path in _users(audited):
        module = modules.get(path)
        name = path.rpartition("/")[2]
        if module is None:
            yield _by_another_program(audited, path)
        elif module.not_proven is None:
            yield Doubt(
                path,
                "file",
                name,
                "the record of its build does not say what was proven",
            )
        else:
            yield from _told(module)


def _told(module: RecordedModule) -> Iterator[Doubt]:
    for kind, what, why in module.not_proven or ():
        yield Doubt(module.file, kind if kind in {*_HINTS, TOOL} else "file", what, why)


def made_by(link: Link, path: str) -> bool:
    """Tell whether a link made a file, by the file's name in the wheel."""
    output = link.output.replace("\\", "/")
    return f"/{output}".endswith(f"/{path}")


def _file_of(audited: AuditedFiles, link: Link) -> str:
    """Return the audited name of the file that a link made."""
    paths = (file.path for file in audited.files)
    return next((path for path in paths if made_by(link, path)), link.output)
