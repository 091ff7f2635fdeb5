"""Write what CPython's headers offer to C with and without the limit, for ``port``.

    generate_porting_facts.py INCLUDE...

Each INCLUDE is a folder with ``Python.h``, one for every version from 3.9 on.  Each
is preprocessed by ``cc`` once whole and once for each limit, and its declarations are
read.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from abi3build.porting.syntax import Dialect, nodes_below, parse

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from tree_sitter import Node

    from abi3build.porting.syntax import ParsedSource

_TARGET = Path(__file__).parent.parent / "src" / "abi3build" / "porting"
_SOURCE = "".join(
    f"#include <{name}.h>\n"
    for name in (
        "Python",
        "structmember",
        "datetime",
        "frameobject",
        "marshal",
        "osdefs",
    )
)
_LINE_MARKER = re.compile(r'# \d+ "([^"]*)"')
_DEFINE = re.compile(r"#define (\w+)(?:\([^)]*\))?(.*)")
_WORD = re.compile(r"\b_?Py\w+")
_HEAD_OF_NAMES = (
    "# What CPython's headers offer, one a line: name, kind, the first limit (a minor",
    "# version of Python 3, - if none) under which they do, the minor versions whose",
    "# whole API has it, and the structure that a function's result points to.",
)
_WRITTEN = "# Written by tools/generate_porting_facts.py from the headers of"
_HEAD_OF_STRUCTURES = (
    "# The structures of CPython's public headers, one a line: name, the first limit",
    "# under which it is whole (- if none), fields with the structure behind each.",
    "# Written by tools/generate_porting_facts.py, as c_names.txt is.",
)
_FIRST_LIMIT = 2
_OLDEST_HEADERS = 11
"""The minor version of the oldest Python that is still supported."""


class Offered(NamedTuple):
    """Hold what one preprocessed set of headers offers."""

    names: dict[str, str]
    """Kinds by name: function, macro, type, constant, data."""

    structures: dict[str, dict[str, str]]
    """Fields with the structure that each points to, of structures that are whole."""

    returned: dict[str, str]
    """Functions that return a pointer to a structure, with it."""

    bodies: dict[str, frozenset[str]]
    """Names of CPython's form in what each macro stands for."""


def main(folders: list[str]) -> None:
    """Read all folders and write the two tables."""
    full: dict[int, Offered] = {}
    limited: dict[tuple[int, int], Offered] = {}
    for folder in map(Path, folders):
        text = (folder / "patchlevel.h").read_text()
        minor = int(re.findall(r"PY_MINOR_VERSION\s+(\d+)", text)[0])
        full[minor] = _read(folder, None)
        for limit in range(_FIRST_LIMIT, minor + 1):
            limited[minor, limit] = _read(folder, limit)
    everything = {name for each in full.values() for name in each.names}
    for each in limited.values():
        _leave_out_broken(each, everything)
    (_TARGET / "c_names.txt").write_text(_names(full, limited))
    (_TARGET / "c_structures.txt").write_text(_structures(full, limited))


def _leave_out_broken(offered: Offered, everything: set[str]) -> None:
    """Drop the macros that stand for names which the limit hides."""
    dropped = True
    while dropped:
        dropped = False
        for name, words in offered.bodies.items():
            if name in offered.names and words & everything - offered.names.keys():
                del offered.names[name]
                dropped = True


def _read(folder: Path, limit: int | None) -> Offered:
    options = [f"-DPy_LIMITED_API=0x03{limit:02x}0000"] if limit is not None else []
    multiarch = sorted(folder.parent.glob("*-linux-gnu"))
    command = ["cc", "-E", "-dD", "-xc", "-", f"-I{folder}", *options]
    command += [f"-I{each}" for each in multiarch]
    text = subprocess.run(
        command, input=_SOURCE, capture_output=True, text=True, check=True
    ).stdout
    own, inside = [], False
    names: dict[str, str] = {}
    bodies: dict[str, frozenset[str]] = {}
    for line in text.split("\n"):
        marker = _LINE_MARKER.match(line)
        if marker:
            inside = marker[1].startswith(str(folder)) and not marker[1].endswith(
                "pyconfig.h"
            )
        elif line.startswith("#define "):
            match = _DEFINE.match(line)
            if inside and match:
                names[match[1]] = "macro"
                bodies[match[1]] = frozenset(_WORD.findall(match[2])) - {match[1]}
        elif line.startswith("#undef ") and inside:
            names.pop(line[7:].strip(), None)
        elif inside:
            own.append(line)
    offered = Offered(names, {}, {}, bodies)
    _declarations("\n".join(own), offered)
    return offered


def _declarations(text: str, offered: Offered) -> None:
    tree = parse(text.encode(), Dialect.C)
    aliases: dict[str, str] = {}
    fields: dict[str, dict[str, str]] = {}
    for node in tree.root.named_children:
        if node.type in {"declaration", "function_definition", "type_definition"}:
            _declared(tree, node, offered, aliases, fields)
        for each in nodes_below(node, "struct_specifier", "union_specifier"):
            name, body = (
                each.child_by_field_name("name"),
                each.child_by_field_name("body"),
            )
            if body is not None and name is not None:
                fields[tree.text(name)] = _fields(tree, body)
        for each in nodes_below(node, "enumerator"):
            name = each.child_by_field_name("name")
            if name is not None:
                offered.names[tree.text(name)] = "constant"
    for tag, own_fields in fields.items():
        offered.structures[aliases.get(tag, tag)] = own_fields
    for mapping in (*offered.structures.values(), offered.returned):
        for key, value in mapping.items():
            mapping[key] = aliases.get(value, value)


def _declared(
    tree: ParsedSource,
    node: Node,
    offered: Offered,
    aliases: dict[str, str],
    fields: dict[str, dict[str, str]],
) -> None:
    kind = node.child_by_field_name("type")
    written = tree.text(kind).split("{")[0].split()[-1] if kind is not None else ""
    for declarator in node.children_by_field_name("declarator"):
        name, is_function = _declarator(tree, declarator)
        if not name:
            continue
        if node.type == "type_definition":
            offered.names[name] = "type"
            if kind is not None and kind.type in {
                "struct_specifier",
                "union_specifier",
            }:
                body = kind.child_by_field_name("body")
                tag = kind.child_by_field_name("name")
                if tag is not None and declarator.type == "type_identifier":
                    aliases.setdefault(tree.text(tag), name)
                elif body is not None:
                    fields[name] = _fields(tree, body)
        elif is_function:
            offered.names[name] = "function"
            if declarator.type == "pointer_declarator":
                offered.returned[name] = written
        else:
            offered.names[name] = "data"


def _declarator(tree: ParsedSource, node: Node | None) -> tuple[str, bool]:
    is_function = False
    while node is not None and node.type not in {
        "identifier",
        "type_identifier",
        "field_identifier",
        "primitive_type",
    }:
        is_function = is_function or node.type == "function_declarator"
        inner = node.child_by_field_name("declarator")
        if inner is None:
            inner = next((each for each in node.named_children), None)
        node = inner
    return (tree.text(node) if node is not None else ""), is_function


def _fields(tree: ParsedSource, body: Node) -> dict[str, str]:
    fields = {}
    for each in body.named_children:
        if each.type != "field_declaration":
            continue
        kind = each.child_by_field_name("type")
        for declarator in each.children_by_field_name("declarator"):
            name, _ = _declarator(tree, declarator)
            target = (
                tree.text(kind).split("{")[0].split()[-1] if kind is not None else ""
            )
            is_record = target.startswith(("Py", "_Py")) or target == "_typeobject"
            fields[name] = target if is_record else ""
    return fields


def _names(full: dict[int, Offered], limited: dict[tuple[int, int], Offered]) -> str:
    kinds: dict[str, str] = {}
    returned: dict[str, str] = {}
    for each in [*full.values(), *limited.values()]:
        kinds.update(each.names)
        returned.update(each.returned)
    structures = {name for each in full.values() for name in each.structures}
    lines = []
    for name, kind in sorted(kinds.items()):
        if name.endswith(("_H", "_H_")) or name.startswith("__"):
            continue
        since = _since({key: each.names for key, each in limited.items()}, name)
        there = [
            minor for minor, offered in sorted(full.items()) if name in offered.names
        ]
        line = [name, kind, since, f"{there[0]}-{there[-1]}" if there else "-"]
        if returned.get(name) in structures:
            line.append(returned[name])
        lines.append(" ".join(line))
    versions = " ".join(f"3.{minor}" for minor in sorted(full))
    return "\n".join([*_HEAD_OF_NAMES, f"{_WRITTEN} {versions}.", *lines, ""])


def _since(limited: Mapping[tuple[int, int], Container[str]], name: str) -> str:
    newest = max(minor for minor, _ in limited)
    good = [
        limit
        for limit in range(_FIRST_LIMIT, newest + 1)
        if name in limited[max(limit, _OLDEST_HEADERS), limit]
    ]
    return str(good[0]) if good else "-"


def _structures(
    full: dict[int, Offered], limited: dict[tuple[int, int], Offered]
) -> str:
    fields: dict[str, dict[str, str]] = defaultdict(dict)
    for each in full.values():
        for name, body in each.structures.items():
            fields[name].update(body)
    lines = []
    for name, body in sorted(fields.items()):
        since = _since({key: each.structures for key, each in limited.items()}, name)
        words = [
            f"{key}={value}" if value else key for key, value in sorted(body.items())
        ]
        lines.append(" ".join([name, since, *words]))
    return "\n".join([*_HEAD_OF_STRUCTURES, *lines, ""])


if __name__ == "__main__":
    main(sys.argv[1:])
