"""Read the units of a build for any floor, each file once if nothing differs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from abi3build.porting.expression_types import Declarations, read_declarations
from abi3build.porting.file_directives import LoadedFiles
from abi3build.porting.masking import blank_spans
from abi3build.porting.preprocessing import Preprocessor
from abi3build.porting.standard_headers import header_uses, missing_headers
from abi3build.porting.syntax import Dialect, parse, parse_macro_bodies
from abi3build.porting.uses import (
    defined_functions,
    field_uses,
    forwarding_macros,
    module_uses,
    name_uses,
    needs_tree,
    object_macro_uses,
    value_uses,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from abi3build.porting.expression_types import Differences, LocalsOf
    from abi3build.porting.file_directives import FileLines
    from abi3build.porting.preprocessing import TargetOfBuild
    from abi3build.porting.syntax import ParsedSource
    from abi3build.porting.uses import Use

__all__ = ["CompiledUnit", "FileUses", "SourceAnalysis"]

_BRACKET = re.compile(rb"[()]")
_NAME = re.compile(r"[A-Za-z_]\w*")
_WORD = re.compile(rb"[A-Za-z_]\w*")


class CompiledUnit(NamedTuple):
    """Describe one source that a build compiles, with the options of the compiler."""

    path: Path
    folders: tuple[Path, ...] = ()
    macros: tuple[tuple[str, str | None], ...] = ()
    is_cpp: bool = False
    options: tuple[str, ...] = ()
    """Further options for the compiler, such as -std=c++17."""


@dataclass(frozen=True)
class FileUses:
    """List what one file uses of the C API in one build."""

    file: FileLines
    uses: tuple[Use, ...]
    missing: tuple[tuple[str, str, int], ...]
    """Header, name and offset of what a standard header would declare."""


class _Text(NamedTuple):
    """Hold one file as one build compiles it."""

    file: FileLines
    live: bytes
    """The source with blanks for what is dropped; strings and comments stay."""

    code: bytes
    """The same without comments, strings and directives."""

    macros: tuple[tuple[str, int, int], ...]
    """Name, begin and end of what each macro stands for."""

    words: frozenset[bytes]
    mentioned: frozenset[str]
    """Every word outside of comments and strings, dropped lines included."""

    functions: frozenset[str]
    """The functions of CPython's form that it defines or declares."""


class _ProjectNames(NamedTuple):
    """Hold what all files of one build declare and use together."""

    known: Declarations
    used: frozenset[str]
    """The macros that compiled code reaches."""

    own: frozenset[str]
    ignoring: frozenset[str]
    """The macros that drop their arguments."""

    forwarding: Mapping[str, tuple[int, str]]


class SourceAnalysis:
    """Answer for one build after the other, and keep what they have in common."""

    def __init__(
        self,
        units: Iterable[CompiledUnit],
        root: Path,
        *,
        knows_macros: bool = False,
    ) -> None:
        self.units = tuple(units)
        self.root = root
        self.knows_macros = knows_macros
        self._texts: dict[tuple[object, ...], _Text] = {}
        self._trees: dict[tuple[object, ...], ParsedSource] = {}
        self._bodies: dict[tuple[Path, Dialect], ParsedSource] = {}
        self._mentioned: dict[Path, frozenset[str]] = {}
        self._known: list[Declarations] = []
        self._locals_of: LocalsOf = {}
        self._headers: dict[tuple[object, ...], tuple[tuple[str, str, int], ...]] = {}
        self._compared: dict[tuple[int, int], Differences] = {}
        self._uses: dict[
            tuple[object, ...], list[tuple[Declarations, tuple[Use, ...]]]
        ] = {}
        self._loaded = LoadedFiles()
        if knows_macros:
            # What any unit defines decides about all: the first one waits for the last.
            for unit in self.units:
                self._loaded.load_with_includes(unit.path, unit.folders, root)

    def at(self, target: TargetOfBuild) -> list[FileUses]:
        """Return what each own file uses in a build, sorted by path."""
        preprocessor = Preprocessor(
            target, self.root, self._loaded, knows_macros=self.knows_macros
        )
        for unit in self.units:
            preprocessor.follow(
                unit.path, unit.folders, dict(unit.macros), is_cpp=unit.is_cpp
            )
        texts = [
            self._text(preprocessor.files[path]) for path in sorted(preprocessor.files)
        ]
        trees = {text.file.path: self._tree(text) for text in texts}
        names = _names_of(texts, trees, preprocessor.defined, self._locals_of)
        self._known.append(names.known)
        return [
            FileUses(
                text.file,
                self._uses_of(text, trees[text.file.path], names),
                tuple(
                    missing_headers(
                        self._header_uses_of(text, names),
                        text.file.includes,
                        target.floor,
                        target.headers,
                    )
                ),
            )
            for text in texts
        ]

    def _uses_of(
        self, text: _Text, tree: ParsedSource, names: _ProjectNames
    ) -> tuple[Use, ...]:
        """Return what a file uses, found once for all builds that see the same."""
        words = text.mentioned
        file = text.file
        key = (
            (file.path, tuple(file.live), file.is_cpp, text.macros),
            names.used & words,
            names.own & words,
            names.ignoring & words,
            tuple(
                (name, names.forwarding[name])
                for name in sorted(names.forwarding.keys() & words)
            ),
        )
        earlier = self._uses.setdefault(key, [])
        for known, found in earlier:
            differences = self._differences(known, names.known)
            if not differences.reach_all and not differences.names & words:
                return found
        found = tuple(_file_uses(text, tree, names, self._parsed_bodies))
        earlier.append((names.known, found))
        return found

    def _differences(self, one: Declarations, other: Declarations) -> Differences:
        key = id(one), id(other)  # at() keeps every one of them alive
        found = self._compared.get(key)
        if found is None:
            found = self._compared[key] = one.differences(other)
        return found

    def _header_uses_of(
        self, text: _Text, names: _ProjectNames
    ) -> tuple[tuple[str, str, int], ...]:
        """Return what standard headers declare and a file uses, found once as above."""
        words = text.mentioned
        file = text.file
        key = (
            (file.path, tuple(file.live), text.macros),
            names.used & words,
            names.ignoring & words,
        )
        found = self._headers.get(key)
        if found is None:
            code = _without_dropped(_compiled(text, names.used), names)
            found = self._headers[key] = header_uses(code)
        return found

    def _parsed_bodies(self, file: FileLines, dialect: Dialect) -> ParsedSource:
        key = (file.path, dialect)
        if key not in self._bodies:
            self._bodies[key] = parse_macro_bodies(file.source, dialect)
        return self._bodies[key]

    def _text(self, file: FileLines) -> _Text:
        key = (file.path, tuple(file.live), tuple(sorted(file.definitions)))
        found = self._texts.get(key)
        if found is None:
            directives = [(each.start, each.end) for each in file.events]
            code = blank_spans(file.live_source(file.code), directives)
            macros = tuple(
                (each.name, each.start, each.end) for each in file.definitions.values()
            )
            found = _Text(
                file,
                file.live_source(file.source),
                code,
                macros,
                frozenset(_WORD.findall(code)),
                self._mentioned_in(file),
                frozenset(defined_functions(code)),
            )
            self._texts[key] = found
        return found._replace(file=file)

    def _mentioned_in(self, file: FileLines) -> frozenset[str]:
        found = self._mentioned.get(file.path)
        if found is None:
            words = set(_WORD.findall(file.code))
            found = self._mentioned[file.path] = frozenset(
                word.decode() for word in words
            )
        return found

    def _tree(self, text: _Text) -> ParsedSource:
        file = text.file
        key = (file.path, tuple(file.live), file.is_cpp)
        if key not in self._trees:
            dialect = Dialect.CPP if file.is_cpp else Dialect.C
            self._trees[key] = parse(text.live, dialect)
        return self._trees[key]


def _names_of(
    texts: list[_Text],
    trees: Mapping[Path, ParsedSource],
    defined: set[str],
    locals_of: LocalsOf,
) -> _ProjectNames:
    used = _used_macros(texts)
    known = Declarations(locals_of=locals_of)
    own = set(defined)
    for text in texts:
        read_declarations(trees[text.file.path], known)
        own |= text.functions
    forwarding = forwarding_macros(
        (each.name, each.macro.parameters, each.macro.body or "")
        for text in texts
        for each in text.file.definitions.values()
        if each.name in used and each.macro.parameters
    )
    ignoring = _ignoring_macros(texts)
    return _ProjectNames(
        known, used, frozenset(own | known.names()), ignoring, forwarding
    )


def _without_dropped(code: bytes, names: _ProjectNames) -> bytes:
    return blank_spans(code, _dropped_arguments(code, names.ignoring))


def _dropped_arguments(code: bytes, ignoring: frozenset[str]) -> list[tuple[int, int]]:
    """Return the spans of arguments of macros that do nothing with them."""
    if not ignoring:
        return []
    names = "|".join(sorted(ignoring)).encode()
    spans = []
    for match in re.finditer(rb"\b(?:%s)\s*\(" % names, code):
        depth, end = 1, match.end()
        for bracket in _BRACKET.finditer(code, match.end()):
            depth += 1 if bracket[0] == b"(" else -1
            end = bracket.start()
            if not depth:
                break
        spans.append((match.end(), end))
    return spans


def _ignoring_macros(texts: Iterable[_Text]) -> frozenset[str]:
    """Return the macros of which no definition uses an argument: tracing turned off."""
    kinds: dict[str, set[bool]] = {}
    for text in texts:
        for each in text.file.definitions.values():
            parameters = each.macro.parameters or ()
            words = set(_NAME.findall(each.macro.body or ""))
            ignores = bool(parameters) and not words & {*parameters, "__VA_ARGS__"}
            kinds.setdefault(each.name, set()).add(ignores)
    return frozenset(name for name, kind in kinds.items() if kind == {True})


def _used_macros(texts: Iterable[_Text]) -> frozenset[str]:
    """Return the macros that compiled code reaches, through other macros too."""
    bodies: dict[str, set[str]] = {}
    reached: set[str] = set()
    for text in texts:
        for name, start, end in text.macros:
            words = _WORD.findall(text.file.code, start, end)
            bodies.setdefault(name, set()).update(word.decode() for word in words)
    for text in texts:
        reached |= {word.decode() for word in text.words} & bodies.keys()
    waiting = list(reached)
    while waiting:
        for word in bodies[waiting.pop()] & bodies.keys():
            if word not in reached:
                reached.add(word)
                waiting.append(word)
    return frozenset(reached)


def _compiled(text: _Text, used: frozenset[str]) -> bytes:
    """Return the code of a file with the bodies of the macros that are used."""
    out = bytearray(text.code)
    for name, start, end in text.macros:
        if name in used:
            out[start:end] = text.file.code[start:end]
    return bytes(out)


def _file_uses(
    text: _Text,
    tree: ParsedSource,
    names: _ProjectNames,
    parsed_bodies: Callable[[FileLines, Dialect], ParsedSource],
) -> Iterable[Use]:
    code = _compiled(text, names.used)
    found = [use for use in name_uses(code) if use.name not in names.own]
    found += module_uses(text.code)
    found += field_uses(tree, text.code, names.known)
    found += value_uses(tree, text.code)
    found += object_macro_uses(tree, text.code, names.known, names.forwarding)
    bodies = [span for span in text.macros if span[0] in names.used]
    only_bodies = _only(text, bodies) if bodies else b""
    if needs_tree(only_bodies):
        parsed = parsed_bodies(text.file, tree.dialect)
        found += field_uses(parsed, only_bodies, names.known)
        found += value_uses(parsed, only_bodies)
    dropped = _dropped_arguments(code, names.ignoring)
    found = [
        use
        for use in found
        if not any(start <= use.offset < end for start, end in dropped)
    ]
    own_types = names.known.fields.keys() | names.known.declared
    found = [use for use in found if use.structure not in own_types]
    return sorted(set(found), key=lambda use: (use.offset, use.kind.value, use.name))


def _only(text: _Text, spans: list[tuple[str, int, int]]) -> bytes:
    out = bytearray(blank_spans(text.code, [(0, len(text.code))]))
    for _, start, end in spans:
        out[start:end] = text.file.code[start:end]
    return bytes(out)
