"""The sources of a project as the rewrites see them, and what a rewrite proposes."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from abi3build.port_fix.type_name_uses import decides_by_name
from abi3build.porting.masking import code_only
from abi3build.porting.syntax import nodes_below, parse_macro_bodies
from abi3build.sources.code import without_dropped_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tree_sitter import Node

    from abi3build.port_fix.edits import Edit
    from abi3build.porting.syntax import ParsedSource
    from abi3build.versions import PythonVersion

__all__ = [
    "Function",
    "LeftToDo",
    "NameDecision",
    "Proposal",
    "SourceFiles",
    "declared_name",
    "function_name",
    "parameters_of",
]

_NAME_READ = re.compile(rb"(?:->|\.)\s*tp_name\b(?!\s*=[^=])")
_INIT_MACRO = re.compile(
    rb"(?<![^\n])[ \t]*#[ \t]*define[ \t]+(?P<name>\w+)\([^()]*\)"
    rb"(?:\\\r?\n|[^\n])*?\bPyInit_"
)


@dataclass(frozen=True)
class LeftToDo:
    """Describe a construct that is left to a person, and why."""

    file: str
    line: int
    what: str
    reason: str


@dataclass(frozen=True)
class Proposal:
    """Describe what one rewrite would change for one subject, not yet confirmed."""

    subject: str
    """A type, a function or a file: what is kept or taken back as a whole."""

    edits: Mapping[str, tuple[Edit, ...]]
    """By the name of the file."""

    remarks: tuple[str, ...] = ()
    """What is different in behavior, for the report."""


@dataclass(frozen=True)
class Function:
    """Say where a function is defined."""

    name: str
    file: str
    node: Node
    body: Node


@dataclass(frozen=True)
class NameDecision:
    """Describe a read of ``tp_name`` whose text a source compares or splits."""

    file: str
    parsed: ParsedSource
    """The tree of the file, or that of its macros."""

    node: Node


@dataclass(frozen=True)
class SourceFiles:
    """Contain every source that may be rewritten, parsed, by its name."""

    files: Mapping[str, ParsedSource]
    floor: PythonVersion
    oldest_python: PythonVersion
    """The oldest Python for which the project builds without the limit."""

    units: tuple[frozenset[str], ...] = ()
    """The files that one compiled source reads, for each of them."""

    fixed: Mapping[str, bytes] = field(default_factory=dict)
    """What is compiled too and stays as it is, such as generated files, by name."""

    code: dict[str, bytes] = field(default_factory=dict, compare=False)
    dropped: dict[str, frozenset[int]] = field(default_factory=dict, compare=False)
    newlines: dict[str, list[int]] = field(default_factory=dict, compare=False)
    limited: dict[str, frozenset[int]] = field(default_factory=dict, compare=False)

    def are_together(self, one: str, other: str) -> bool:
        """Tell whether two files are read by one compiled source, or are one file."""
        return one == other or any(
            one in files and other in files for files in self.units
        )

    def code_of(self, file: str) -> bytes:
        """Return a file with blanks for comments and strings, of the same length."""
        if file not in self.code:
            self.code[file] = code_only(self.files[file].source)
        return self.code[file]

    @cached_property
    def functions(self) -> dict[str, tuple[Function, ...]]:
        """Return the functions that the sources define, by name, in file order."""
        found: dict[str, list[Function]] = {}
        for file, parsed in sorted(self.files.items()):
            for node in nodes_below(parsed.root, "function_definition"):
                body = node.child_by_field_name("body")
                name = function_name(parsed, node)
                if name and body is not None:
                    found.setdefault(name, []).append(Function(name, file, node, body))
        return {name: tuple(functions) for name, functions in found.items()}

    @cached_property
    def name_decisions(self) -> tuple[NameDecision, ...]:
        """Return the reads of names of types that are compared or split."""
        found = []
        for file, parsed in sorted(self.files.items()):
            if not _NAME_READ.search(self.code_of(file)):
                continue
            macros = parse_macro_bodies(parsed.source, parsed.dialect)
            for tree in (parsed, macros):
                found += [
                    NameDecision(file, tree, node)
                    for node in nodes_below(tree.root, "field_expression")
                    if (field := node.child_by_field_name("field")) is not None
                    and tree.text(field) == "tp_name"
                    and not self.is_dropped(file, node.start_byte)
                    and decides_by_name(tree, node)
                ]
        return tuple(found)

    @cached_property
    def init_macros(self) -> frozenset[str]:
        """Return the macros that stand for the head of a function of the import."""
        return frozenset(
            match["name"].decode()
            for file in self.files
            for match in _INIT_MACRO.finditer(self.code_of(file))
        )

    def function(self, name: str, near: str) -> Function | None:
        """Return the one definition of a name, that in the file ``near`` first."""
        found = self.functions.get(name, ())
        here = [each for each in found if each.file == near]
        if len(here) == 1:
            return here[0]
        return found[0] if len(found) == 1 else None

    def is_dropped(self, file: str, offset: int) -> bool:
        """Tell whether every Python that the project is built for drops a line.

        A branch for the limit, or for its absence, is kept: both builds count.
        """
        if file not in self.dropped:
            # The reader of conditions takes the limit as given; here it is open.
            self.dropped[file] = _dropped_lines(
                re.sub(rb"\bPy_LIMITED_API\b", b"Xy_LIMITED_API", self.code_of(file)),
                self.oldest_python,
            )
        return self.line(file, offset) in self.dropped[file]

    def is_only_without_limit(self, file: str, offset: int) -> bool:
        """Tell whether the build under the limit drops a line for certain."""
        if file not in self.limited:
            self.limited[file] = _dropped_lines(self.code_of(file), self.floor)
        return self.line(file, offset) in self.limited[file]

    def line(self, file: str, offset: int) -> int:
        """Return the number, from 1, of the line with a byte of a file."""
        if file not in self.newlines:
            source = self.files[file].source
            self.newlines[file] = [each.start() for each in re.finditer(rb"\n", source)]
        return bisect_left(self.newlines[file], offset) + 1

    def mentions(self, name: str) -> Iterator[tuple[str, int]]:
        """Yield each file and offset where a name stands in code."""
        pattern = re.compile(rb"\b%b\b" % re.escape(name.encode()))
        for file in sorted(self.files):
            for match in pattern.finditer(self.code_of(file)):
                yield file, match.start()

    def is_free(self, names: Iterable[str]) -> bool:
        """Tell whether no source uses any of the names."""
        return not any(next(self.mentions(name), None) for name in names)

    def left(self, file: str, offset: int, what: str, reason: str) -> LeftToDo:
        """Return a note for the report about a place."""
        return LeftToDo(file, self.files[file].line(offset), what, reason)


def _dropped_lines(code: bytes, floor: PythonVersion) -> frozenset[int]:
    text = code.decode("latin-1")
    kept = without_dropped_lines(text, floor)
    lines = zip(text.split("\n"), kept.split("\n"))
    return frozenset(
        number
        for number, (line, left) in enumerate(lines, 1)
        if line.strip() and not left.strip()
    )


def declared_name(parsed: ParsedSource, declarator: Node | None) -> str:
    """Return the name that a declarator declares; empty if there is none."""
    while declarator is not None and declarator.type not in {
        "identifier",
        "field_identifier",
    }:
        inner = declarator.child_by_field_name("declarator")
        if inner is None and declarator.type in {
            "parenthesized_declarator",
            "reference_declarator",
        }:
            inner = next(iter(declarator.named_children), None)
        declarator = inner
    return "" if declarator is None else parsed.text(declarator)


def function_name(parsed: ParsedSource, definition: Node) -> str:
    """Return the name of a function that is defined; empty for a method's."""
    return declared_name(parsed, definition.child_by_field_name("declarator"))


def parameters_of(parsed: ParsedSource, definition: Node) -> list[tuple[str, str]]:
    """Return type (with its stars, blanks squeezed) and name of each parameter."""
    declarator = definition.child_by_field_name("declarator")
    while declarator is not None and declarator.type != "function_declarator":
        declarator = declarator.child_by_field_name("declarator")
    listed = (
        None if declarator is None else declarator.child_by_field_name("parameters")
    )
    found = []
    for each in [] if listed is None else listed.named_children:
        if each.type != "parameter_declaration":
            continue
        inner = each.child_by_field_name("declarator")
        name = declared_name(parsed, inner)
        text = parsed.text(each)
        if name:
            text = re.sub(
                rf"\b{re.escape(name)}\b(?!.*\b{re.escape(name)}\b)", "", text
            )
        found.append((re.sub(r"\s*\*\s*", " *", " ".join(text.split())).strip(), name))
    return found
