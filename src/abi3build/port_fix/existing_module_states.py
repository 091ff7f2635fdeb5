"""A module's existing state: its structure, and the functions that manage it.

Types are added to it only if the structure is clear: defined once, used only through
pointers, and never overwritten as a whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from abi3build.port_fix.initializers import is_null, without_casts
from abi3build.port_fix.source_files import parameters_of
from abi3build.porting.masking import conditional_directives
from abi3build.porting.syntax import Dialect

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tree_sitter import Node

    from abi3build.port_fix.initializers import Initializer
    from abi3build.port_fix.source_files import Function, SourceFiles

__all__ = ["CaringFunction", "ExistingState", "find_existing_state"]

_SIZE = re.compile(r"sizeof\s*\(\s*(?P<type>(?P<tag>struct\s+)?(?P<name>\w+))\s*\)")
_PARAMETERS = {
    "m_traverse": ("PyObject *", "visitproc", "void *"),
    "m_clear": ("PyObject *",),
    "m_free": ("void *",),
}
_MEMBERS = ("types", "heap_types", "module_types")
_OPEN_ARRAY = re.compile(rb"\[\s*[01]?\s*\]\s*;\s*\Z")
"""https://gcc.gnu.org/onlinedocs/gcc/Zero-Length.html"""


@dataclass(frozen=True)
class CaringFunction:
    """Describe a function of the project that Python calls for a module's state."""

    function: Function
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class ExistingState:
    """Describe the structure in which a module keeps its own data."""

    type: str
    """As ``sizeof`` names it."""

    file: str
    start: int
    brace: int
    """Where the closing brace stands."""

    end: int
    """After the semicolon."""

    body: str
    functions: Mapping[str, CaringFunction]
    """By the field of the definition, those that there are."""

    def member(self, structure: str) -> str:
        """Return the member that holds the types, or can; empty if no name is free."""
        found = re.search(rf"\b{re.escape(structure)}\s+(\w+)\s*;", self.body)
        if found:
            return found[1]
        words = set(re.findall(r"\w+", self.body))
        return next((each for each in _MEMBERS if each not in words), "")


@dataclass(frozen=True)
class _Structure:
    """Hold one structure and the names that mean it."""

    file: str
    declaration: Node
    body: Node
    alias: str
    tag: str


def find_existing_state(
    sources: SourceFiles, file: str, initializer: Initializer
) -> ExistingState | None:
    """Return the state of the module that a file defines; None if it is not certain."""
    sizes = initializer.of("m_size")
    size = _SIZE.fullmatch(sizes[0].value.strip()) if len(sizes) == 1 else None
    structure = None if size is None else _meant(sources, size)
    if size is None or structure is None:
        return None
    span = (file, sizes[0].start, sizes[0].end)
    functions = _functions(sources, file, initializer)
    if (
        functions is None
        or _is_called(sources, file, initializer, functions)
        or not sources.are_together(structure.file, file)
        or not _can_grow(sources, structure, file)
        or not _is_only_pointed_to(sources, structure, span)
        or _is_overwritten(sources, structure)
    ):
        return None
    parsed = sources.files[structure.file]
    return ExistingState(
        size["type"],
        structure.file,
        structure.declaration.start_byte,
        structure.body.end_byte - 1,
        parsed.source.index(b";", structure.declaration.end_byte - 1) + 1,
        parsed.text(structure.body),
        functions,
    )


def _meant(sources: SourceFiles, size: re.Match[str]) -> _Structure | None:
    """Return the one structure whose size is asked for."""
    tag = size["name"] if size["tag"] else ""
    if not tag:
        tags = {tag for alias, tag in _aliases(sources) if alias == size["name"]}
        # C++ needs no typedef.
        tag = tags.pop() if len(tags) == 1 else size["name"]
    found = [
        each
        for each in _structures(sources)
        if (each.tag == tag and tag) or (each.alias == size["name"] and not size["tag"])
    ]
    return found[0] if len(found) == 1 else None


def _structures(sources: SourceFiles) -> Iterator[_Structure]:
    """Yield each structure that a file defines outside of functions."""
    for file, node in _outermost(sources):
        structure = _structure_of(node)
        body = None if structure is None else structure.child_by_field_name("body")
        if structure is not None and body is not None:
            alias, tag = _names(sources, file, node, structure)
            yield _Structure(file, node, body, alias, tag)


def _aliases(sources: SourceFiles) -> Iterator[tuple[str, str]]:
    """Yield the names that a ``typedef`` gives, each with the tag that it means."""
    for file, node in _outermost(sources):
        structure = _structure_of(node)
        if structure is not None and node.type == "type_definition":
            alias, tag = _names(sources, file, node, structure)
            if alias and tag:
                yield alias, tag


def _outermost(sources: SourceFiles) -> Iterator[tuple[str, Node]]:
    for file, parsed in sorted(sources.files.items()):
        for node in parsed.root.children:
            body = node.child_by_field_name("body")
            if node.type == "linkage_specification" and body is not None:
                yield from ((file, each) for each in body.children)
            else:
                yield file, node


def _structure_of(node: Node) -> Node | None:
    structure = (
        node.child_by_field_name("type") if node.type == "type_definition" else node
    )
    if structure is None or structure.type != "struct_specifier":
        return None
    return structure


def _names(
    sources: SourceFiles, file: str, node: Node, structure: Node
) -> tuple[str, str]:
    parsed = sources.files[file]
    tag = structure.child_by_field_name("name")
    alias = (
        node.child_by_field_name("declarator")
        if node.type == "type_definition"
        else None
    )
    is_plain = alias is not None and alias.type == "type_identifier"
    return (
        parsed.text(alias) if alias is not None and is_plain else "",
        "" if tag is None else parsed.text(tag),
    )


def _can_grow(sources: SourceFiles, structure: _Structure, file: str) -> bool:
    """Tell whether a member can follow the last one, in every build."""
    code = sources.code_of(structure.file)
    depth = 0
    for each in conditional_directives(code):
        if each.start > structure.declaration.start_byte:
            break
        depth += each.what.startswith("if") - (each.what == "endif")
    is_guarded = structure.file != file and depth == 1
    inside = code[structure.body.start_byte : structure.body.end_byte - 1]
    return (depth == 0 or is_guarded) and _OPEN_ARRAY.search(inside) is None


def _is_only_pointed_to(
    sources: SourceFiles, structure: _Structure, size: tuple[str, int, int]
) -> bool:
    """Tell whether nothing but the module's definition depends on the size."""
    own = (
        structure.file,
        structure.declaration.start_byte,
        structure.declaration.end_byte,
    )
    type_name = re.compile(rb"\b(?:%b)\b" % _type_names(sources, structure))
    for file in sources.files:
        code = sources.code_of(file)
        for found in type_name.finditer(code):
            if any(
                file == each and start <= found.start() < end
                for each, start, end in (own, size)
            ):
                continue
            if sources.is_dropped(file, found.start()):
                continue
            before = code[code.rfind(b"\n", 0, found.start()) + 1 : found.start()]
            after = code[found.end() :].lstrip()
            declared = {b"": rb";", b"typedef": rb"\w+\s*;"}.get(before.strip())
            if not after.startswith(b"*") and not (
                declared and re.match(declared, after)
            ):
                return False
    return True


def _type_names(sources: SourceFiles, structure: _Structure) -> bytes:
    """Return a pattern for what names the structure."""
    is_cpp = any(each.dialect is Dialect.CPP for each in sources.files.values())
    keyword = r"(?:struct\s+)?" if is_cpp else r"struct\s+"
    names = [keyword + structure.tag] if structure.tag else []
    return "|".join(names + [structure.alias] * bool(structure.alias)).encode()


def _is_overwritten(sources: SourceFiles, structure: _Structure) -> bool:
    """Tell whether something may write to the structure as a whole."""
    names = _type_names(sources, structure)
    pointed = re.compile(rb"\b(?:%b)\s*\*\s*(?:const\s+)?(\w+)" % names)
    defined = re.compile(
        rb"#[ \t]*define[ \t]+(\w+)(?:\\\r?\n|[^\n])*?\b(?:%b)\s*\*" % names
    )
    for file in sources.files:
        code = sources.code_of(file)
        holders = {*pointed.findall(code), *defined.findall(code), b"PyModule_GetState"}
        holder = b"|".join(map(re.escape, sorted(holders)))
        whole = re.compile(
            rb"\b(?:mem(?:set|cpy|move)|bzero)\s*\(\s*(?:\([^()]*\)\s*)*(?:%b)\b(?!\s*->)"
            rb"|\bsizeof\s*\(?\s*\*\s*(?:%b)\b"
            rb"|(?P<set>\*\s*(?:\([^()]*\)\s*)*(?:%b)\b\s*(?:\([^()]*\)\s*)?=(?!=))"
            % ((holder,) * 3)
        )
        for found in whole.finditer(code):
            before = code[: found.start()].rstrip()
            is_declaration = re.search(rb"\b(?:%b)\Z" % names, before[-200:])
            if found["set"] is None or not is_declaration:
                return True
    return False


def _functions(
    sources: SourceFiles, file: str, initializer: Initializer
) -> dict[str, CaringFunction] | None:
    """Return the functions for the state by field; None if one is not understood."""
    found: dict[str, CaringFunction] = {}
    for field, kinds in _PARAMETERS.items():
        for entry in initializer.of(field):
            if is_null(entry.value):
                continue
            name = without_casts(entry.value).lstrip("& ")
            function = sources.function(name, file)
            if function is None or function.file != file:
                return None
            parameters = parameters_of(sources.files[file], function.node)
            if tuple(kind for kind, _ in parameters) != kinds:
                return None
            names = tuple(each for _, each in parameters)
            if not all(names):
                return None
            found[field] = CaringFunction(function, names)
    return found


def _is_called(
    sources: SourceFiles,
    file: str,
    initializer: Initializer,
    functions: Mapping[str, CaringFunction],
) -> bool:
    """Tell whether the project calls a function, which would let go of used types."""
    inside = [(initializer.start, initializer.end)]
    for field, each in functions.items():
        node, body = each.function.node, each.function.body
        # One that lets go of the state may call another that does.
        end = body.start_byte if field == "m_traverse" else body.end_byte
        inside.append((node.start_byte, end))
    return any(
        not _is_prototype(sources, other, offset)
        for each in functions.values()
        for other, offset in sources.mentions(each.function.name)
        if other != file or not any(a <= offset < b for a, b in inside)
    )


def _is_prototype(sources: SourceFiles, file: str, offset: int) -> bool:
    node = sources.files[file].node_at(offset, offset + 1)
    while node is not None and node.type not in {"declaration", "function_definition"}:
        node = node.parent
    parent = None if node is None else node.parent
    return (
        node is not None
        and node.type == "declaration"
        and parent is not None
        and parent.type == "translation_unit"
        and "=" not in sources.files[file].text(node)
    )
