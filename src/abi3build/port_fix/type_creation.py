"""Where types become ready: what creates a type from its specification, and when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from abi3build.port_fix.address_tables import address_in_table
from abi3build.port_fix.c_linkage import has_cpp
from abi3build.port_fix.edits import Edit
from abi3build.port_fix.heap_type_text import TypeNames
from abi3build.port_fix.initializers import NotUnderstoodError

if TYPE_CHECKING:
    from collections.abc import Collection

    from tree_sitter import Node

    from abi3build.port_fix.address_tables import TableAddress
    from abi3build.port_fix.code_style import CodeStyle
    from abi3build.port_fix.module_state_text import KeptType, StateNames
    from abi3build.port_fix.source_files import SourceFiles
    from abi3build.port_fix.static_types import StaticType
    from abi3build.porting.syntax import ParsedSource

__all__ = ["EXEC_SLOT", "create_function", "creating_edits", "refuse_early_uses"]

_READY = re.compile(
    rb"\bPyType_Ready\s*\(\s*(?:\(\s*PyTypeObject\s*\*\s*\)\s*)?"
    rb"&\s*(?:(?P<name>\w+)|\(\s*(?P<inner>\w+)\s*\))\s*\)"
)
_DEFINE = re.compile(
    rb"(?<![^\n])[ \t]*#[ \t]*define[ \t]+(?P<name>\w+)(?:\((?P<parameters>[^()]*)\))?"
    rb"(?:\\\r?\n|[^\n])*"
)
EXEC_SLOT = re.compile(rb"\bPy_mod_exec\s*,\s*(?:\([^()]*\)\s*)*&?(?P<name>\w+)")


def create_function(  # noqa: PLR0913 - what the text depends on
    static: StaticType,
    base: str,
    bases: Collection[str],
    style: CodeStyle,
    *,
    own: bool,
    kept: KeptType | None = None,
    linkage: str = "",
) -> str:
    """Return the function that creates a type once.

    ``base`` is an expression or empty, and ``bases`` are the types that have such a
    function too.  ``own`` keeps a reference in addition to the one that a module will
    take, and ``kept`` says what keeps the type if a module does.
    """
    names = TypeNames(static.name)
    state = None if kept is None or kept.is_spread else kept.state
    pointer = f"types->{names.pointer}" if state else names.pointer
    first = [f"\t{state.structure} *types = {state.here}();"] if state else []
    if kept is not None and kept.is_spread:
        pointer = "*place"
        first = [f"\tPyTypeObject **place = {names.place}();"]
    taken = f"\tPy_INCREF((PyObject *){pointer}); /* PyModule_AddObject takes one */"
    again = ["\t" + taken] if own else []
    lines = [f"\tif ({pointer} != NULL) {{", *again, "\t\treturn 0;", "\t}"]
    found = re.search(r"&\s*\(?(\w+)", base)
    if found and found[1] in bases:
        create = TypeNames(found[1]).create
        lines += [f"\tif ({create}() < 0) {{", "\t\treturn -1;", "\t}"]
    made = f"\t{pointer} = (PyTypeObject *)"
    if base:
        lines = [
            "\tPyObject *bases;",
            *lines,
            f"\tbases = PyTuple_Pack(1, (PyObject *){_operand(base)});",
            *("\tif (bases == NULL) {", "\t\treturn -1;", "\t}"),
            made + _call(names.spec, "bases", state),
            "\tPy_DECREF(bases);",
        ]
    else:
        lines.append(made + _call(names.spec, "", state))
    if own:
        lines += [f"\tif ({pointer} == NULL) {{", "\t\treturn -1;", "\t}", taken]
        lines.append("\treturn 0;")
    else:
        lines.append(f"\treturn {pointer} == NULL ? -1 : 0;")
    local = "static " if static.is_local else linkage
    body = "\n".join([*first, *lines]).split("\n")
    return style.function(f"{local}int", f"{names.create}(void)", body)


def _call(spec: str, bases: str, state: StateNames | None) -> str:
    """Return the call that makes a type; the module is part of it if it can be."""
    if state and state.knows_types:
        module = f"{state.module}(NULL)"
        call = f"PyType_FromModuleAndSpec({module}, &{spec}, {bases or 'NULL'});"
        return call.replace("(", "(\n\t\t", 1)
    if bases:
        return f"PyType_FromSpecWithBases(&{spec}, {bases});"
    return f"PyType_FromSpec(&{spec});"


def _operand(expression: str) -> str:
    bare = re.sub(r"^\(\s*PyTypeObject\s*\*\s*\)\s*", "", expression.strip())
    return bare if re.fullmatch(r"&?\s*\w+", bare) else f"({bare})"


@dataclass(frozen=True)
class _Call:
    """Hold one call that makes a type ready."""

    file: str
    start: int
    end: int
    function: Node | None
    """The function that it stands in; None inside a macro."""


def creating_edits(
    sources: SourceFiles, types: dict[str, StaticType]
) -> list[tuple[str, Edit]]:
    """Return the edits that create each type where it was made ready so far.

    Raise ``NotUnderstoodError`` with the type's name first if there is no such place.
    """
    calls, edits = _ready_calls(sources, types)
    at_the_top: dict[tuple[str, int], list[str]] = {}
    statements: dict[tuple[str, int], list[str]] = {}
    for name, static in types.items():
        places = [each for each in calls.get(name, []) if each.function is not None]
        early = next(
            (each for each in places if _is_used_before(sources, static, each)), None
        )
        tables = refuse_early_uses(sources, static)
        if places and early is None and not tables:
            continue
        place = _init_place(sources, static) if tables else early
        place = place or _init_place(sources, static)
        key = _top_of(sources, place, name)
        at_the_top.setdefault(key, []).append(name)
        for each in tables:
            _refuse_unseen(sources, each, key)
            edits.append((each.file, each.edit))
            statements.setdefault(key, []).append(each.statement)
    for (file, offset), names in sorted(at_the_top.items()):
        later = [each for each in statements.get((file, offset), ()) if each]
        unseen = [each for each in names if not _is_seen(sources, types[each], file)]
        edits.append((file, _inserted(sources, (file, offset), names, later, unseen)))
    return edits


def _is_seen(sources: SourceFiles, static: StaticType, file: str) -> bool:
    """Tell whether a file reads the type or its declaration, as C++ always must."""
    seen = [static.file, *(each.file for each in static.declarations)]
    together = any(sources.are_together(file, each) for each in seen)
    return together or not sources.units or has_cpp(sources)


def _refuse_unseen(
    sources: SourceFiles, table: TableAddress, place: tuple[str, int]
) -> None:
    """Raise ``NotUnderstoodError`` if a table cannot be set where its type is made."""
    file, offset = place
    if table.statement and (table.file != file or table.end > offset):
        at = f"{table.file}:{sources.line(table.file, table.edit.start)}"
        message = (
            f"its address is in the initializer at {at}, which the function that makes"
            " it ready cannot set"
        )
        raise NotUnderstoodError(message)


def _ready_calls(
    sources: SourceFiles, types: dict[str, StaticType]
) -> tuple[dict[str, list[_Call]], list[tuple[str, Edit]]]:
    """Return the calls by type, and the edits of those calls."""
    calls: dict[str, list[_Call]] = {}
    edits: list[tuple[str, Edit]] = []
    for file in sorted(sources.files):
        code = sources.code_of(file)
        macros = [(match.span(), match) for match in _DEFINE.finditer(code)]
        for match in _READY.finditer(code):
            name = (match["name"] or match["inner"]).decode()
            macro = next(
                (each for span, each in macros if span[0] <= match.start() < span[1]),
                None,
            )
            if macro is not None:
                named = _named_by_macro(sources, macro, name)
                if named and named <= types.keys():
                    text = f"{name}##_create()".encode()
                    edits.append((file, Edit(match.start(), match.end(), text)))
                    for each in named:
                        calls.setdefault(each, []).extend(
                            _macro_calls(sources, macro["name"].decode(), each)
                        )
                continue
            if name not in types or not _is_of(sources, types[name], file):
                continue
            function = _enclosing(sources, file, match.start())
            calls.setdefault(name, []).append(
                _Call(file, match.start(), match.end(), function)
            )
            text = f"{TypeNames(name).create}()".encode()
            edits.append((file, Edit(match.start(), match.end(), text)))
    return calls, edits


def _is_of(sources: SourceFiles, static: StaticType, file: str) -> bool:
    """Tell whether the name means this type in a file."""
    return not static.is_local or sources.are_together(static.file, file)


def _named_by_macro(
    sources: SourceFiles, macro: re.Match[bytes], parameter: str
) -> set[str]:
    """Return what a parameter of a macro is wherever the macro is used."""
    parameters = [
        each.strip() for each in (macro["parameters"] or b"").decode().split(",")
    ]
    if parameter not in parameters:
        return set()
    index = parameters.index(parameter)
    pattern = re.compile(rb"\b%b\s*\((?P<all>[^()]*)\)" % re.escape(macro["name"]))
    found = set()
    for file in sources.files:
        for match in pattern.finditer(sources.files[file].source):
            if match["all"] == macro["parameters"]:
                continue
            arguments = [each.strip() for each in match["all"].decode().split(",")]
            found.add(arguments[index] if index < len(arguments) else "")
    return found


def _macro_calls(sources: SourceFiles, macro: str, name: str) -> list[_Call]:
    pattern = re.compile(rf"\b{macro}\s*\([^()]*\b{name}\b[^()]*\)".encode())
    found = []
    for file in sorted(sources.files):
        for match in pattern.finditer(sources.files[file].source):
            function = _enclosing(sources, file, match.start())
            if function is not None:
                found.append(_Call(file, match.start(), match.end(), function))
    return found


def _enclosing(sources: SourceFiles, file: str, offset: int) -> Node | None:
    node = sources.files[file].node_at(offset, offset + 1)
    while node is not None and node.type != "function_definition":
        node = node.parent
    return node


def _is_used_before(sources: SourceFiles, static: StaticType, call: _Call) -> bool:
    """Tell whether the function takes the type's address before it makes it ready."""
    if call.function is None:
        return False
    skipped = [
        (each.node.start_byte, each.node.end_byte)
        for each in static.assignments
        if each.file == call.file
    ]
    code = sources.code_of(call.file)
    pattern = re.compile(rb"\b%b\b" % re.escape(static.name.encode()))
    for match in pattern.finditer(code, call.function.start_byte, call.start):
        if any(start <= match.start() < end for start, end in skipped):
            continue
        line = code[code.rfind(b"\n", 0, match.start()) + 1 : match.start()]
        if re.search(
            rb"\.tp_base\s*=[^;]*\Z|(?:PyType_Ready|Py_SET_TYPE|Py_TYPE)\s*\(\s*"
            rb"(?:\(\s*PyObject\s*\*\s*\)\s*)?&\s*\Z",
            line,
        ):
            # The base of another type, which creates this one itself.
            continue
        return True
    return False


def _init_place(sources: SourceFiles, static: StaticType) -> _Call:
    """Return the one function that sets up the module with a type."""
    candidates: list[_Call] = []
    for file, parsed in sorted(sources.files.items()):
        if not _is_of(sources, static, file):
            continue
        names = {
            match["name"].decode()
            for match in EXEC_SLOT.finditer(sources.code_of(file))
        }
        for name, functions in sources.functions.items():
            candidates += [
                _Call(file, each.body.start_byte, each.body.end_byte, each.node)
                for each in functions
                if each.file == file
                and (name in names or _is_init(sources, parsed, each.node))
                and not sources.is_dropped(file, each.node.start_byte)
            ]
    # With phases, PyInit_ only returns the definition.
    phases = [
        each
        for each in candidates
        if each.function is not None
        and not _is_init(sources, sources.files[each.file], each.function)
    ]
    chosen = phases or candidates
    if len(chosen) != 1:
        message = f"{static.name}: no understood place makes it ready"
        raise NotUnderstoodError(message)
    return chosen[0]


def _is_init(sources: SourceFiles, parsed: ParsedSource, function: Node) -> bool:
    """Tell whether the import system calls a function first."""
    body = function.child_by_field_name("body")
    end = function.end_byte if body is None else body.start_byte
    head = parsed.source[function.start_byte : end].decode("utf-8", "replace")
    return (
        re.search(r"\bPyMODINIT_FUNC\b|\bPyInit_\w+", head) is not None
        or head.split("(")[0].strip() in sources.init_macros
    )


def _top_of(sources: SourceFiles, place: _Call, name: str) -> tuple[str, int]:
    """Return file and offset of the begin of a function's body."""
    body = (
        None if place.function is None else place.function.child_by_field_name("body")
    )
    if body is None or not _failure(sources, place.file, body):
        message = f"{name}: the function that makes it ready cannot report a failure"
        raise NotUnderstoodError(message)
    return place.file, body.start_byte


def _failure(sources: SourceFiles, file: str, body: Node) -> str:
    """Return what a function returns when it fails; empty if that is not certain."""
    definition = body.parent
    if definition is None:
        return ""
    parsed = sources.files[file]
    head = parsed.source[definition.start_byte : body.start_byte].decode(
        "utf-8", "replace"
    )
    if _is_init(sources, parsed, definition) or re.search(
        r"\bPyObject\s*\*", head.split("(")[0]
    ):
        return "NULL"
    return "-1" if re.search(r"\bint\b", head.split("(")[0]) else ""


def _inserted(
    sources: SourceFiles,
    place: tuple[str, int],
    names: list[str],
    later: list[str],
    unseen: list[str],
) -> Edit:
    from abi3build.port_fix.code_style import read_style

    file, offset = place
    parsed = sources.files[file]
    style = read_style(parsed)
    node = parsed.node_at(offset, offset + 1)
    body = node if node is not None and node.type == "compound_statement" else None
    failure = _failure(sources, file, body) if body is not None else "NULL"
    condition = " || ".join(f"{TypeNames(each).create}() < 0" for each in names)
    made = [f"if ({condition}) {{", f"\treturn {failure};", "}"]
    declared = [f"extern int {TypeNames(each).create}(void);" for each in unseen]
    lines = style.indented([*declared, *made, *later], 1)
    text = style.newline + style.newline.join(lines)
    return Edit(offset + 1, offset + 1, text.encode())


def refuse_early_uses(
    sources: SourceFiles, static: StaticType
) -> tuple[TableAddress, ...]:
    """Return the tables that hold the address of a type before the program runs.

    Raise ``NotUnderstoodError`` if one of them cannot be set later.
    """
    own = {(static.file, static.start, static.end)}
    own |= {(each.file, each.start, each.end) for each in static.declarations}
    found = []
    for file, offset in sources.mentions(static.name):
        if not _is_of(sources, static, file):
            continue
        if any(name == file and first <= offset < last for name, first, last in own):
            continue
        node = sources.files[file].node_at(offset, offset + 1)
        declaration = None
        while node is not None and node.type != "function_definition":
            if node.type == "declaration" and declaration is None:
                declaration = node
            node = node.parent
        if declaration is None:
            continue
        text = sources.files[file].text(declaration)
        if node is None and re.match(r"[^={;]*\bPyTypeObject\s+\w+\s*=", text):
            continue  # the base of another static type
        if (node is None and "=" in text) or re.match(r"static\b", text):
            found.append(address_in_table(sources, file, offset, static.name))
    return tuple(found)
