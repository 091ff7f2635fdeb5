"""Statements that set fields of types before they are made ready, also by macros."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from abi3build.port_fix.edits import Edit, with_whole_line
from abi3build.porting.syntax import nodes_below, parse_macro_bodies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from abi3build.port_fix.source_files import SourceFiles
    from abi3build.porting.syntax import ParsedSource

__all__ = ["Assignment", "assignments_by_type", "without_assignment"]

_FIELDS = ("tp_", "ob_type", "nb_", "sq_", "mp_", "am_", "bf_")
_DEFINE = re.compile(
    rb"(?<![^\n])[ \t]*#[ \t]*define[ \t]+(?P<name>\w+)\((?P<parameters>[^()]*)\)"
    rb"(?:\\\r?\n|[^\n])*"
)
_REST_OF_MACRO_LINE = re.compile(rb"[ \t]*\\\r?\n")


@dataclass(frozen=True)
class Assignment:
    """Describe a statement that sets a field of a type before it is made ready."""

    file: str
    node: Node
    field: str
    value: str
    use: Node | None = None
    """The statement that uses the macro, if one sets the field."""

    together: frozenset[str] = frozenset()
    """The names of all types of which the macro sets the field."""

    @property
    def place(self) -> Node:
        """Return the statement of a function that sets the field."""
        return self.use or self.node


def assignments_by_type(sources: SourceFiles) -> dict[str, list[Assignment]]:
    """Return the lines such as ``X.tp_new = f;``, by the name of the type or table."""
    found: dict[str, list[Assignment]] = {}
    for file, parsed in sorted(sources.files.items()):
        for each in _set_fields(parsed):
            if each.is_plain:
                own = Assignment(file, each.node, each.field, each.value)
                found.setdefault(each.owner, []).append(own)
        for name, of_macro in _set_by_macros(sources, file, parsed):
            found.setdefault(name, []).append(of_macro)
    return found


def without_assignment(source: bytes, each: Assignment) -> Edit:
    """Return the edit that removes a statement, with its line if it is alone there."""
    span = each.node.start_byte, each.node.end_byte
    rest = _REST_OF_MACRO_LINE.match(source, span[1])
    first = source.rfind(b"\n", 0, span[0]) + 1
    if each.use is not None and rest and not source[first : span[0]].strip():
        return Edit(first, rest.end(), b"")
    return Edit(*with_whole_line(source, *span), b"")


class _SetField(NamedTuple):
    """Hold one statement ``owner.field = value;``."""

    node: Node
    owner: str
    field: str
    value: str
    is_plain: bool
    """Tell whether the field gets the value, and is not combined with it."""


def _set_fields(parsed: ParsedSource) -> Iterator[_SetField]:
    """Yield each statement such as ``X.tp_y = z;``."""
    for node in nodes_below(parsed.root, "expression_statement"):
        inner = next(iter(node.named_children), None)
        if inner is None or inner.type != "assignment_expression":
            continue
        left = inner.child_by_field_name("left")
        right = inner.child_by_field_name("right")
        operator = inner.child_by_field_name("operator")
        if left is None or right is None or left.type != "field_expression":
            continue
        argument = left.child_by_field_name("argument")
        named = left.child_by_field_name("field")
        if argument is None or named is None or argument.type != "identifier":
            continue
        if not parsed.text(named).startswith(_FIELDS):
            continue
        if b"->" not in parsed.source[argument.end_byte : named.start_byte]:
            owner, field, value = map(parsed.text, (argument, named, right))
            is_plain = operator is None or parsed.text(operator) == "="
            yield _SetField(node, owner, field, value, is_plain)


def _set_by_macros(
    sources: SourceFiles, file: str, parsed: ParsedSource
) -> Iterator[tuple[str, Assignment]]:
    """Yield what macros set of the types that they get, with the type's name.

    If a use of the macro is no statement, or the value not the same for all, the
    assignments have no use: nothing is certain of them.
    """
    defines = list(_DEFINE.finditer(sources.code_of(file)))
    if not any(b".tp_" in re.sub(rb"\s", b"", each[0]) for each in defines):
        return
    bodies = parse_macro_bodies(parsed.source, parsed.dialect)
    for each in _set_fields(bodies):
        start = each.node.start_byte
        define = next((it for it in defines if it.start() < start < it.end()), None)
        if define is None:
            continue
        parameters = re.findall(r"[\w.]+", define["parameters"].decode())
        if each.owner not in parameters:
            continue
        index = parameters.index(each.owner)
        uses = [
            (use, given[index])
            for use, given in _uses(sources, define["name"].decode())
            if index < len(given)
        ]
        names = frozenset(name for _, name in uses)
        is_same = not _is_conditional(bodies, each.node) and {*parameters}.isdisjoint(
            re.findall(r"\w+", each.value)
        )
        is_clear = (each.is_plain and is_same) and all(
            use is not None and name.isidentifier() for use, name in uses
        )
        for use, name in uses:
            of_use = use if is_clear else None
            of_type = Assignment(file, each.node, each.field, each.value, of_use, names)
            yield name, of_type


def _is_conditional(bodies: ParsedSource, node: Node) -> bool:
    """Tell whether a statement in a macro may be skipped or repeated."""
    outer = node.parent
    while outer is not None and outer.type != "translation_unit":
        if outer.type == "do_statement":
            condition = outer.child_by_field_name("condition")
            again = "" if condition is None else bodies.text(condition)
            if again.strip("() ") not in {"0", "false"}:
                return True
        elif outer.type not in {"compound_statement", "function_definition"}:
            return True
        outer = outer.parent
    return False


def _uses(
    sources: SourceFiles, macro: str
) -> Iterator[tuple[Node | None, tuple[str, ...]]]:
    """Yield the statements that use a macro, or None in their place, and arguments."""
    pattern = re.compile(rb"\b%b[ \t]*\(" % macro.encode())
    for file, parsed in sorted(sources.files.items()):
        code = sources.code_of(file)
        for match in pattern.finditer(code):
            line = code[code.rfind(b"\n", 0, match.start()) + 1 : match.start()]
            if re.fullmatch(rb"[ \t]*#[ \t]*define[ \t]+", line):
                continue
            node = parsed.node_at(match.start(), match.start() + 1)
            call = None if node is None else node.parent
            listed = None if call is None else call.child_by_field_name("arguments")
            if call is None or listed is None:
                # In another macro: what it gets cannot be told apart.
                end = code.find(b")", match.end())
                given = code[match.end() : end].decode("utf-8", "replace").split(",")
                yield None, tuple(each.strip(" &*()") for each in given)
                continue
            arguments = [
                parsed.text(each)
                for each in listed.named_children
                if each.type != "comment"
            ]
            statement = call.parent
            is_alone = statement and statement.type == "expression_statement"
            yield (statement if is_alone else None), tuple(arguments)
