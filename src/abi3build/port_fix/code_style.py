"""How a file is written, so that what is added looks like the rest of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from abi3build.port_fix.edits import indentation_at
from abi3build.porting.syntax import nodes_below

if TYPE_CHECKING:
    from collections.abc import Iterable

    from abi3build.porting.syntax import ParsedSource

__all__ = ["CodeStyle", "read_style"]


@dataclass(frozen=True)
class CodeStyle:
    """Say how blocks look in one file."""

    indent: str
    newline: str
    brace_on_own_line: bool
    """For functions: the opening brace begins a line."""

    type_on_own_line: bool
    """For functions: the name begins a line."""

    def function(self, result: str, head: str, body: Iterable[str]) -> str:
        """Return a function; lines of the body begin with a tab for each level."""
        separator = "\n" if self.type_on_own_line else " "
        if result.endswith("*") and not self.type_on_own_line:
            separator = ""
        brace = "\n{" if self.brace_on_own_line else " {"
        lines = [f"{result}{separator}{head}{brace}", *self.indented(body, 0), "}"]
        return self.lines(lines)

    def indented(self, lines: Iterable[str], depth: int) -> list[str]:
        """Return lines whose leading tabs became the file's own blanks."""
        made = []
        for line in lines:
            text = line.lstrip("\t")
            level = len(line) - len(text) + depth
            made.append(self.indent * level + text if text else "")
        return made

    def lines(self, lines: Iterable[str]) -> str:
        """Return the lines with the file's own newlines, the last one included."""
        return "".join(line + "\n" for line in lines).replace("\n", self.newline)


@lru_cache(maxsize=512)
def read_style(parsed: ParsedSource) -> CodeStyle:
    """Return how most functions of a file are written."""
    braces: Counter[bool] = Counter()
    types: Counter[bool] = Counter()
    indents: Counter[str] = Counter()
    for node in nodes_below(parsed.root, "function_definition"):
        body = node.child_by_field_name("body")
        declarator = node.child_by_field_name("declarator")
        if body is None or declarator is None:
            continue
        inner = next(iter(body.named_children), None)
        if inner is not None and indentation_at(parsed.source, node.start_byte) == b"":
            blank = indentation_at(parsed.source, inner.start_byte)
            if blank and parsed.line(inner.start_byte) > parsed.line(body.start_byte):
                indents[blank.decode()] += 1
        braces[b"\n" in parsed.source[declarator.end_byte : body.start_byte]] += 1
        # A star belongs to the type, wherever the name is.
        while declarator.type == "pointer_declarator":
            pointed = declarator.child_by_field_name("declarator")
            if pointed is None:
                break
            declarator = pointed
        start = declarator.start_byte
        types[b"\n" in parsed.source[node.start_byte : start]] += 1
    indent = indents.most_common(1)[0][0] if indents else "    "
    return CodeStyle(
        "\t" if indent.startswith("\t") else indent,
        "\r\n" if b"\r\n" in parsed.source else "\n",
        braces[True] > braces[False],
        types[True] > types[False],
    )
