"""Find the structure that an expression of C leads to, as far as the tree shows it.

Pointers and values are not distinguished: what counts is whose field follows the arrow.
What a project declares itself comes first, then CPython's headers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from abi3build.porting.c_interface import interface_names, structures
from abi3build.porting.syntax import nodes_below

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tree_sitter import Node

    from abi3build.porting.syntax import ParsedSource

__all__ = [
    "Declarations",
    "Differences",
    "LocalsOf",
    "expression_type",
    "read_declarations",
]

_FUNCTIONS = ("function_definition", "lambda_expression")
_DECLARING = (
    "declaration",
    "parameter_declaration",
    "optional_parameter_declaration",
    "for_range_loop",
)
_WRAPPERS = ("linkage_specification", "namespace_definition", "declaration_list")
_NAMES = ("identifier", "field_identifier", "type_identifier", "primitive_type")
_TRANSPARENT = {
    "parenthesized_expression": None,
    "pointer_expression": "argument",
    "subscript_expression": "argument",
    "assignment_expression": "left",
    "conditional_expression": "consequence",
    "comma_expression": "right",
    "update_expression": "argument",
    "unary_expression": "argument",
}
_DEEPEST = 40
_Locals = dict[str, list[tuple[int, str]]]
"""By name, where a function declares it, in bytes, and its structure."""

LocalsOf = dict[tuple[int, int], _Locals]
"""By the identity of a tree and the begin of a function."""


class Differences(NamedTuple):
    """Describe what two builds declare differently."""

    names: frozenset[str]
    """Types, functions, variables and fields."""

    reach_all: bool
    """Tell whether expressions can lead to one of them without naming it."""


@dataclass
class Declarations:
    """Collect what the sources of a project declare, over all of its files."""

    aliases: dict[str, str] = field(default_factory=dict)
    """What each own ``typedef`` stands for."""

    fields: dict[str, dict[str, str]] = field(default_factory=dict)
    """Own structures: each field with the structure that it leads to."""

    results: dict[str, str] = field(default_factory=dict)
    """Own functions with the structure that the result leads to."""

    variables: dict[str, str] = field(default_factory=dict)
    """Those outside of functions."""

    declared: set[str] = field(default_factory=set)
    """Own names of types, those that hide what they stand for included."""

    locals_of: LocalsOf = field(default_factory=dict)
    """By the tree's and the function's identity, what is declared within.

    Builds that parse the same trees may share it: see ``_locals``.
    """

    deduced_of: LocalsOf = field(default_factory=dict)
    """The same for functions with ``auto``, whose types hang on the declarations."""

    def differences(self, other: Declarations) -> Differences:
        """Return what two builds declare differently outside of functions."""
        types = {
            *_differing(self.aliases, other.aliases),
            *_differing(self.fields, other.fields),
            *(self.declared ^ other.declared),
        }
        values = {
            *_differing(self.results, other.results),
            *_differing(self.variables, other.variables),
        }
        fields = {
            field
            for name in types
            for field in {*self.fields.get(name, ()), *other.fields.get(name, ())}
        }
        reached = types & (self._targets() | other._targets() | _cpython_targets())
        return Differences(frozenset(types | values | fields), bool(reached))

    def _targets(self) -> set[str]:
        """Return the types that declarations lead to, whichever source names them."""
        return {
            *self.aliases.values(),
            *self.results.values(),
            *self.variables.values(),
            *(target for fields in self.fields.values() for target in fields.values()),
        }

    def has_field(self, name: str) -> bool:
        """Tell whether a structure of the project has a field of such a name."""
        return any(name in fields for fields in self.fields.values())

    def names(self) -> set[str]:
        """Return every name that the project declares outside of functions."""
        return {
            *self.aliases,
            *self.fields,
            *self.results,
            *self.variables,
            *self.declared,
        }

    def resolved(self, name: str) -> str:
        """Return the structure behind a name of a type, through every ``typedef``."""
        seen = set()
        while name in self.aliases and name not in seen:
            seen.add(name)
            name = self.aliases[name]
        return name


def _differing(one: Mapping[str, object], other: Mapping[str, object]) -> set[str]:
    both = one.keys() | other.keys()
    return {name for name in both if one.get(name) != other.get(name)}


@cache
def _cpython_targets() -> frozenset[str]:
    """Return the structures that CPython's own names lead to."""
    return frozenset(
        (
            *structures(),
            *(each for one in structures().values() for each in one.fields.values()),
            *(each.structure for each in interface_names().values()),
        )
    )


def read_declarations(parsed: ParsedSource, into: Declarations) -> None:
    """Read the declarations outside of functions of one file."""
    for node in _outer_nodes(parsed.root):
        kind = node.child_by_field_name("type")
        if kind is not None and kind.type in {"struct_specifier", "union_specifier"}:
            _read_structure(parsed, kind, node, into)
        elif node.type in {"struct_specifier", "union_specifier", "class_specifier"}:
            _read_structure(parsed, node, None, into)
        for each in (kind, node):
            if each is not None and each.type == "enum_specifier":
                into.declared |= {
                    parsed.text(constant.named_children[0])
                    for constant in nodes_below(each, "enumerator")
                }
        if node.type == "type_definition":
            _read_alias(parsed, node, into)
        elif node.type in {"declaration", "function_definition"} and kind is not None:
            for name, is_function in _declared(parsed, node):
                where = into.results if is_function else into.variables
                where.setdefault(name, _type_name(parsed, kind))


def expression_type(  # noqa: PLR0911 - one line a kind of expression
    parsed: ParsedSource, node: Node | None, known: Declarations, depth: int = 0
) -> str:
    """Return the structure that an expression leads to; empty if it cannot be told."""
    if node is None or depth > _DEEPEST:
        return ""
    kind = node.type
    if kind in {"identifier", "this"}:
        return known.resolved(_variable_type(parsed, node, known))
    if kind == "cast_expression":
        return known.resolved(_type_name(parsed, node.child_by_field_name("type")))
    if kind == "field_expression":
        owner = expression_type(
            parsed, node.child_by_field_name("argument"), known, depth + 1
        )
        name = node.child_by_field_name("field")
        return known.resolved(
            field_type(owner, parsed.text(name) if name else "", known)
        )
    if kind == "call_expression":
        return _call_type(parsed, node, known)
    if kind in _TRANSPARENT:
        role = _TRANSPARENT[kind]
        inner = (
            node.child_by_field_name(role)
            if role
            else next(iter(node.named_children), None)
        )
        return expression_type(parsed, inner, known, depth + 1)
    return ""


def field_type(owner: str, name: str, known: Declarations) -> str:
    """Return the structure that a field leads to; empty if it cannot be told."""
    own = known.fields.get(owner)
    if own is not None:
        if name in own:
            return own[name]
        if name == "ob_type":
            return "PyTypeObject"
    structure = structures().get(owner)
    if structure is not None and name in structure.fields:
        return structure.fields[name]
    return "PyTypeObject" if name == "ob_type" else ""


def _call_type(  # noqa: PLR0911 - one return a case
    parsed: ParsedSource, node: Node, known: Declarations
) -> str:
    function = node.child_by_field_name("function")
    if function is None:
        return ""
    name = parsed.text(function)
    arguments = node.child_by_field_name("arguments")
    if function.type == "template_function":  # static_cast<T *>(x)
        inner = function.child_by_field_name("arguments")
        first = inner.named_children[0] if inner and inner.named_children else None
        return known.resolved(_type_name(parsed, first))
    if name in known.results:
        return known.resolved(known.results[name])
    found = interface_names().get(name)
    if found is not None and found.structure:
        return found.structure
    # A macro of the project that casts: its name often is that of the type.
    if name in known.fields or name in known.aliases:
        return known.resolved(name)
    if function.type == "parenthesized_expression" and arguments is not None:
        # (Type *)(value) is read as a call of a name in parentheses.
        return known.resolved(parsed.text(function).strip("() *"))
    return ""


def _variable_type(parsed: ParsedSource, node: Node, known: Declarations) -> str:
    name = parsed.text(node)
    function = node.parent
    while function is not None and function.type not in _FUNCTIONS:
        function = function.parent
    if function is not None:
        inside = _locals(parsed, function, known)
        if name in inside:
            before = [kind for start, kind in inside[name] if start <= node.start_byte]
            return before[-1] if before else inside[name][0][1]
    return known.variables.get(name, "")


def _locals(parsed: ParsedSource, function: Node, known: Declarations) -> _Locals:
    key = (id(parsed), function.start_byte)
    for earlier in (known.locals_of, known.deduced_of):
        if key in earlier:
            return earlier[key]
    found: _Locals = {}
    # Here already, because the value behind an auto may name other locals.
    known.deduced_of[key] = found
    is_deduced = False
    for node in nodes_below(function, *_DECLARING):
        kind = node.child_by_field_name("type")
        if kind is None:
            continue
        name_of_type = _type_name(parsed, kind)
        for declarator in node.children_by_field_name("declarator"):
            name = _declared_name(parsed, declarator)
            if kind.type == "placeholder_type_specifier":  # C++: auto
                is_deduced = True
                value = declarator.child_by_field_name("value")
                name_of_type = expression_type(parsed, value, known, 1)
            if name:
                found.setdefault(name, []).append((node.start_byte, name_of_type))
    if not is_deduced:
        known.locals_of[key] = found
    return found


def _outer_nodes(root: Node) -> Iterator[Node]:
    for node in root.named_children:
        if node.type in _WRAPPERS:
            body = node.child_by_field_name("body") or node
            yield from _outer_nodes(body) if body is not node else node.named_children
        elif node.type == "template_declaration":
            yield from node.named_children
        else:
            yield node


def _read_structure(
    parsed: ParsedSource, node: Node, definition: Node | None, into: Declarations
) -> None:
    body = node.child_by_field_name("body")
    if body is None:
        return
    fields: dict[str, str] = {}
    for each in body.named_children:
        kind = each.child_by_field_name("type")
        if each.type != "field_declaration" or kind is None:
            continue
        for declarator in each.children_by_field_name("declarator"):
            fields[_declared_name(parsed, declarator)] = _type_name(parsed, kind)
    tag = node.child_by_field_name("name")
    names = [parsed.text(tag)] if tag is not None else []
    if definition is not None and definition.type == "type_definition":
        names += [
            _declared_name(parsed, each)
            for each in definition.children_by_field_name("declarator")
        ]
    for name in names:
        into.fields.setdefault(name, fields)


def _read_alias(parsed: ParsedSource, node: Node, into: Declarations) -> None:
    kind = node.child_by_field_name("type")
    target = _type_name(parsed, kind)
    for declarator in node.children_by_field_name("declarator"):
        name = _declared_name(parsed, declarator)
        into.declared.add(name)
        if target and name != target and name not in into.fields:
            into.aliases.setdefault(name, target)


def _declared(parsed: ParsedSource, node: Node) -> Iterator[tuple[str, bool]]:
    for declarator in node.children_by_field_name("declarator"):
        inner: Node | None = declarator
        is_function = False
        while inner is not None and inner.type not in _NAMES:
            is_function = is_function or inner.type == "function_declarator"
            inner = inner.child_by_field_name("declarator")
        if inner is not None:
            yield parsed.text(inner), is_function


def _declared_name(parsed: ParsedSource, declarator: Node | None) -> str:
    while declarator is not None and declarator.type not in _NAMES:
        inner = declarator.child_by_field_name("declarator")
        if inner is None:
            inner = next(iter(declarator.named_children), None)
        declarator = inner
    return parsed.text(declarator) if declarator is not None else ""


def _type_name(parsed: ParsedSource, node: Node | None) -> str:
    """Return the name in ``const struct X *`` or in a type with a body."""
    if node is None:
        return ""
    if node.type == "type_descriptor":
        node = node.child_by_field_name("type")
        if node is None:
            return ""
    if node.type in {"struct_specifier", "union_specifier", "class_specifier"}:
        name = node.child_by_field_name("name")
        return parsed.text(name) if name is not None else ""
    return parsed.text(node)
