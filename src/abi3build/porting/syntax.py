"""Parse C and C++ into trees whose offsets are those of the file.

The grammars are those of tree-sitter (https://tree-sitter.github.io), an extra because
most builds need none of this.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING

from abi3build.errors import UsageError
from abi3build.porting.masking import mask, mask_macro_bodies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node, Parser

__all__ = [
    "Dialect",
    "ParsedSource",
    "dialect_of",
    "nodes_below",
    "parse",
    "parse_macro_bodies",
    "require_grammars",
]

_C_SUFFIXES = (".c", ".h", ".inc", ".def", ".m")


class Dialect(Enum):
    """Name the languages that can be parsed."""

    C = "C"
    CPP = "C++"


@dataclass(frozen=True)
class ParsedSource:
    """Contain one file, what was parsed of it and the tree."""

    source: bytes
    """As it stands in the file."""

    masked: bytes
    """What the tree was made of: the same length, macros and ``#if`` blank."""

    root: Node
    dialect: Dialect

    def text(self, node: Node) -> str:
        """Return the text of a node as written in the file."""
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def line(self, offset: int) -> int:
        """Return the number, from 1, of the line with a byte of the file."""
        return self.source.count(b"\n", 0, offset) + 1

    def node_at(self, start: int, end: int) -> Node | None:
        """Return the smallest named node that holds a span of bytes."""
        return self.root.named_descendant_for_byte_range(start, end)


def dialect_of(name: str) -> Dialect:
    """Return the language of a file by the end of its name; headers count as C."""
    return Dialect.C if name.lower().endswith(_C_SUFFIXES) else Dialect.CPP


def parse(source: bytes, dialect: Dialect) -> ParsedSource:
    """Parse a source; both branches of every ``#if`` are read if they can be.

    Raise ``UsageError`` if the grammars are not installed.
    """
    masked = mask(source)
    root = _parser(dialect).parse(masked).root_node
    return ParsedSource(source, masked, root, dialect)


def parse_macro_bodies(source: bytes, dialect: Dialect) -> ParsedSource:
    """Parse what the macros of a source stand for, each as a block of statements.

    Raise ``UsageError`` if the grammars are not installed.
    """
    masked = mask_macro_bodies(source)
    root = _parser(dialect).parse(masked).root_node
    return ParsedSource(source, masked, root, dialect)


def nodes_below(node: Node, *kinds: str) -> Iterator[Node]:
    """Yield the nodes of some kinds (all without any) below a node, in file order."""
    wanted = frozenset(kinds)
    stack = [node]
    while stack:
        each = stack.pop()
        if not wanted or each.type in wanted:
            yield each
        stack.extend(reversed(each.children))


def require_grammars() -> None:
    """Raise ``UsageError`` with what to install if the grammars are missing."""
    _parser(Dialect.C)


@cache
def _parser(dialect: Dialect) -> Parser:
    try:
        import tree_sitter
        import tree_sitter_c
        import tree_sitter_cpp
    except ImportError as fault:
        message = (
            f"parsing C needs {fault.name}, which is not installed: pip install"
            ' "abi3build[port]" (Python 3.10 or later)'
        )
        raise UsageError(message) from None
    grammar = tree_sitter_c if dialect is Dialect.C else tree_sitter_cpp
    return tree_sitter.Parser(tree_sitter.Language(grammar.language()))
