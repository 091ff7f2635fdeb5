"""Structures that add no field to those of a base, whose fields the limit hides.

A size of zero in a specification stands for that of the base, and nothing else of such
a structure is needed: https://docs.python.org/3/c-api/type.html#c.PyType_Spec.basicsize
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from abi3build.port_fix.base_sizes import has_only_base
from abi3build.port_fix.edits import Edit
from abi3build.port_fix.initializers import NotUnderstoodError
from abi3build.port_fix.rewrites import Rewrite, found_of
from abi3build.port_fix.source_files import Proposal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.port_fix.rewrites import Found, View
    from abi3build.port_fix.source_files import LeftToDo, SourceFiles

__all__ = ["INHERITED_LAYOUTS"]

_STRUCTURE = re.compile(
    rb"\btypedef\s+struct\s*(?P<tag>\w*)\s*\{\s*(?P<embedded>Py(?P<base>\w+)Object\s+"
    rb"(?P<member>\w+)\s*;)\s*\}\s*(?P<name>\w+)\s*;"
)
_HAVE_HEADS = frozenset({"", "Var"})
"""``PyObject`` and ``PyVarObject`` are no secret."""

_POINTED_AT = re.compile(rb"\s*\*")
_MADE = re.compile(rb"\bPyObject_(?:GC_)?New\s*\(\s*\Z")
_SIZE = re.compile(rb"\bsizeof\s*\(\s*\Z")
_REMARK = "its size is that of its base, on each Python that it runs on"


@dataclass(frozen=True)
class _Structure:
    """Hold a structure with one field, that of its base."""

    file: str
    name: str
    base: str
    """The type that is embedded, as in ``PyList_Type``."""

    member: str
    tag: str
    embedded: tuple[int, int]
    start: int
    end: int


def _find(view: View) -> Found:
    proposals: list[Proposal] = []
    left: list[LeftToDo] = []
    sources = view.sources
    for file in sorted(sources.files):
        for match in _STRUCTURE.finditer(sources.code_of(file)):
            base = match["base"].decode()
            if base in _HAVE_HEADS or sources.is_dropped(file, match.start()):
                continue
            structure = _Structure(
                file,
                match["name"].decode(),
                f"Py{base}_Type",
                match["member"].decode(),
                match["tag"].decode(),
                match.span("embedded"),
                *match.span(),
            )
            try:
                edits: dict[str, list[Edit]] = {}
                for name, edit in _edits(sources, structure):
                    edits.setdefault(name, []).append(edit)
            except NotUnderstoodError as fault:
                left.append(
                    sources.left(file, match.start(), structure.name, str(fault))
                )
                continue
            joined = {name: tuple(some) for name, some in edits.items()}
            proposals.append(Proposal(structure.name, joined, (_REMARK,)))
    return found_of(proposals, left)


INHERITED_LAYOUTS = Rewrite("structures that add nothing to those of their base", _find)


def _edits(sources: SourceFiles, structure: _Structure) -> Iterator[tuple[str, Edit]]:
    """Yield the edits for one structure, with the names of files.

    Raise ``NotUnderstoodError`` if it is used for more than pointers to instances.
    """
    _refuse_other_fields(sources, structure)
    yield structure.file, Edit(*structure.embedded, b"PyObject_HEAD")
    sizes = 0
    for file, offset in sources.mentions(structure.name):
        code = sources.code_of(file)
        if not sources.are_together(file, structure.file):
            continue
        if file == structure.file and structure.start <= offset < structure.end:
            continue
        end = offset + len(structure.name)
        measured = _SIZE.search(code[:offset])
        closed = re.compile(rb"\s*\)").match(code, end)
        if measured and closed:
            _refuse_other_sizes(sources, structure, file, measured.start())
            yield file, Edit(measured.start(), closed.end(), b"0")
            sizes += 1
        elif not _POINTED_AT.match(code, end) and not _MADE.search(code[:offset]):
            raise _not_understood(sources, file, offset)
    if not sizes:
        message = "no type from a specification has instances of it"
        raise NotUnderstoodError(message)


def _refuse_other_fields(sources: SourceFiles, structure: _Structure) -> None:
    """Refuse a structure whose field is read, or whose size a variable stands for."""
    used = re.compile(rb"(?:\.|->)\s*%b\b" % re.escape(structure.member.encode()))
    variable = re.compile(
        rb"\b%b\s*\*\s*(?P<name>\w+)" % re.escape(structure.name.encode())
    )
    tagged = re.compile(rb"\bstruct\s+%b\b(?!\s*[{*])" % structure.tag.encode())
    for file in sorted(sources.files):
        if not sources.are_together(file, structure.file):
            continue
        code = sources.code_of(file)
        for match in tagged.finditer(code) if structure.tag else ():
            raise _not_understood(sources, file, match.start())
        for match in used.finditer(code):
            raise _not_understood(sources, file, match.start())
        for name in {each["name"] for each in variable.finditer(code)}:
            size = re.search(rb"\bsizeof\s*\(?\s*\*\s*%b\b" % re.escape(name), code)
            if size:
                raise _not_understood(sources, file, size.start())


def _refuse_other_sizes(
    sources: SourceFiles, structure: _Structure, file: str, offset: int
) -> None:
    """Refuse a size that is not the one of a specification for a class of the base."""
    code = sources.code_of(file)
    spec = re.search(
        rb"\bPyType_Spec\s+(?P<name>\w+)\s*=\s*\{[^{}]*?"
        rb"(?:\.\s*basicsize\s*=\s*|(?<=\{)[^{},]*,\s*)\Z",
        code[:offset],
    )
    if spec is None:
        raise _not_understood(sources, file, offset)
    name = spec["name"].decode()
    if not has_only_base(sources, file, name, structure.base):
        message = (
            f"its type is not seen to be created with {structure.base} as its base"
        )
        raise NotUnderstoodError(message)


def _not_understood(sources: SourceFiles, file: str, offset: int) -> NotUnderstoodError:
    line = sources.files[file].line(offset)
    return NotUnderstoodError(f"its use in {file}, line {line}, is not understood")
