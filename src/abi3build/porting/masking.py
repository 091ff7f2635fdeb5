"""Make C and C++ parseable while every byte stays where it is.

A grammar knows no macros and no ``#if`` in the middle of a statement.  Both are
blanked out here in a copy of the same length, so that an offset in a parsed tree is an
offset in the file.  What is code follows the standards of C and C++ (comments, strings,
raw strings, digit separators, lines joined by a backslash).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = [
    "Directive",
    "blank_spans",
    "code_only",
    "conditional_directives",
    "included_files",
    "mask",
    "mask_macro_bodies",
]

_NO_CODE = re.compile(
    rb"""
      \b[0-9][\w.]*(?:'[\w.]+)+                         # 1'000 holds no character
    | (?P<blank>
          //(?:\\\r?\n|[^\n])*
        | /\*.*?(?:\*/|\Z)
        | \b(?:u8|[uUL])?R"(?P<end>[^\s()\\]{0,16})\(.*?(?:\)(?P=end)"|\Z)
        | (?P<include>(?<![^\n])[ \t]*\#[ \t]*(?:include|import|error|warning|pragma)\b
            (?:\\\r?\n|[^\n])*)
        | "(?:\\.|[^"\\\n])*"?
        | '(?:\\.|[^'\\\n])*'?
      )
    """,
    re.VERBOSE | re.DOTALL,
)
_BLANKS = bytes(byte if byte in b"\r\n" else 32 for byte in range(256))
_DIRECTIVE = re.compile(
    rb"(?<![^\n])[ \t]*\#[ \t]*"
    rb"(?P<what>if|ifdef|ifndef|elif|elifdef|elifndef|else|endif)\b"
    rb"(?P<rest>(?:\\\r?\n|[^\n])*)"
)
_DEFINE = re.compile(
    rb"(?<![^\n])(?P<lead>[ \t]*)(?P<head>\#[ \t]*define)[ \t]+(?P<name>\w+"
    rb"(?:\((?:\\\r?\n|[^()\n])*\))?)(?P<body>(?:\\\r?\n|[^\n])*)"
)
_BRACKET_OR_DEFINE = re.compile(rb"[(){}\[\]]|(?<![^\n])[ \t]*\#(?:\\\r?\n|[^\n])*")
_HEAD_OF_OBJECT = re.compile(
    rb"\b\w*(?:Object|OBJECT|ModuleDef)_HEAD_INIT\b"
    rb"(?:[ \t]*\((?:[^()]|\([^()]*\))*\))?(?P<comma>,?)"
)
_FIELDS_OF_HEAD = re.compile(rb"\b(?:PyObject_HEAD|PyObject_VAR_HEAD)\b(?P<end>\s*;?)")
_LONE_STATEMENT = re.compile(
    rb"\bPy_(?:BEGIN_ALLOW_THREADS|END_ALLOW_THREADS|BLOCK_THREADS|UNBLOCK_THREADS"
    rb"|(?:BEGIN|END)_CRITICAL_SECTION2?(?:[ \t]*\([^()\n]*\))?)(?![\w ]*;)"
)
_LONE_MACRO = re.compile(
    rb"(?<=\n)[ \t]*(?P<macro>[A-Z_][A-Z0-9_]{2,}(?:[ \t]*\([^(){};]*\))?)"
    rb"(?=[ \t]*\r?\n[ \t]*[A-Za-z_}])"
)
_INCLUDE = re.compile(
    rb"""(?<![^\n])[ \t]*\#[ \t]*(?:include|import)[ \t]*"""
    rb"""(?P<name><[^>\n]+>|"[^"\n]+")"""
)
_FAR = 200
"""How many bytes before a macro tell whether it stands alone."""

_EXTERN_C = re.compile(rb'\bextern\s*"C"\s*\{\s*')


@dataclass(frozen=True)
class Directive:
    """Name one line of ``#if``, ``#else`` and their kin; offsets are in bytes."""

    start: int
    end: int
    """Where its last line ends, before the newline."""

    what: str
    rest: str
    """The condition, on one line and without comments."""


def blank_spans(source: bytes, spans: list[tuple[int, int]]) -> bytes:
    """Return the source with blanks between each start and end; newlines stay."""
    out = bytearray(source)
    for start, end in spans:
        out[start:end] = source[start:end].translate(_BLANKS)
    return bytes(out)


def code_only(source: bytes) -> bytes:
    """Return C or C++ with blanks for comments, strings, characters and includes."""
    return _NO_CODE.sub(_blanked, source)


def _blanked(match: re.Match[bytes]) -> bytes:
    found = match[0]
    return found if match["blank"] is None else found.translate(_BLANKS)


def conditional_directives(code: bytes) -> list[Directive]:
    """Return every conditional directive in the result of ``code_only``, in order."""
    return [
        Directive(
            match.start(),
            match.end(),
            match["what"].decode(),
            re.sub(rb"\\\r?\n", b" ", match["rest"]).decode("ascii", "replace").strip(),
        )
        for match in _DIRECTIVE.finditer(code)
    ]


def included_files(source: bytes) -> list[tuple[int, int, str]]:
    """Return begin, end and name, with its first quote, of each ``#include``."""
    found = []
    for match in _INCLUDE.finditer(source):
        name = match["name"].decode("utf-8", "replace")
        found.append((match.start(), match.end(), name))
    commented = _comments_with_includes(source) if found else []
    return [
        each
        for each in found
        if not any(start < each[0] < end for start, end in commented)
    ]


def _comments_with_includes(source: bytes) -> list[tuple[int, int]]:
    return [
        match.span()
        for match in _NO_CODE.finditer(source)
        if match["blank"] is not None
        and match["include"] is None
        and b"include" in match[0]
    ]


def mask(source: bytes) -> bytes:
    """Return the source in a form of the same length that a grammar can read.

    Conditional directives become blanks; both branches stay, but where a branch ends in
    the middle of something (half a statement, an open brace) only the first one does.
    Heads of objects become one element or one field, macros that stand alone are blank.
    """
    # A grammar joins lines in strings at a plain newline only.
    source = source.replace(b"\\\r\n", b" \\\n")
    code = code_only(source)
    dropped = [*_alternatives(code), *_joins_of_languages(source, code)]
    code = blank_spans(code, dropped)
    edits = [(match.start(), match.end(), b"") for match in _DIRECTIVE.finditer(code)]
    edits += [(start, end, b"") for start, end in dropped]
    for match in _HEAD_OF_OBJECT.finditer(code):
        # One element: old code writes ob_size after a head without its comma.
        edits.append((match.start(), match.end(), b"0,"))
    for match in _FIELDS_OF_HEAD.finditer(code):
        name = b"int PyObject_VAR" if b"VAR" in match[0] else b"int PyObject"
        edits.append((match.start(), match.end(), name + b";"))
    for match in _LONE_STATEMENT.finditer(code):
        edits.append((match.start(), match.end(), b";"))
    for match in _LONE_MACRO.finditer(code):
        is_name = match["macro"].startswith((b"PyObject_", b"NULL"))
        if not is_name and _begins_statement(code, match.start()):
            edits.append((*match.span("macro"), b""))
    return _replaced(source, edits)


def _begins_statement(code: bytes, start: int) -> bool:
    """Tell whether a line begins after a statement, a brace or an empty line."""
    before = code[max(0, start - _FAR) : start]
    found = before.rstrip()
    return not found or found[-1:] in b"{};" or before[len(found) :].count(b"\n") > 1


def mask_macro_bodies(source: bytes) -> bytes:
    """Return what macros stand for, each in a block of its own, and else blanks.

    ``#define`` becomes the end of the block before and the begin of its own.
    """
    code = code_only(source)
    out = bytearray(source.translate(_BLANKS))
    is_open = False
    for match in _DEFINE.finditer(code):
        start = match.start("head")
        out[start : start + 3] = b";}{" if is_open else b"  {"
        begin, end = match.span("body")
        joined = re.sub(rb"\\(?=\r?\n)", b" ", source[begin:end])
        if joined.lstrip().startswith(b"#"):
            continue
        out[begin:end] = joined
        is_open = True
    return bytes(out)


def _replaced(source: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    out = bytearray(source)
    for start, end, text in edits:
        found = source[start:end]
        blank = found.translate(_BLANKS)
        # A replacement stays on the first line, so that every newline stays in place.
        room = len(blank.split(b"\n", 1)[0])
        out[start:end] = text + blank[len(text) :] if room >= len(text) else blank
    return bytes(out)


def _joins_of_languages(source: bytes, code: bytes) -> list[tuple[int, int]]:
    """Return the spans of ``extern "C" {`` and of its brace, alone in their ``#if``."""
    spans = []
    directives = conditional_directives(code)
    for first, second in zip(directives, directives[1:]):
        if "__cplusplus" in first.rest and second.what in {"endif", "else", "elif"}:
            inner = code[first.end : second.start].strip()
            text = source[first.end : second.start].strip()
            if inner == b"}" or _EXTERN_C.fullmatch(text):
                spans.append((first.end, second.start))
    return spans


@dataclass
class _Group:
    """Hold one ``#if`` while its branches are read."""

    before: tuple[str, ...]
    starts: list[int]
    ends: list[int]
    after: list[tuple[str, ...]]


def _alternatives(code: bytes) -> list[tuple[int, int]]:
    """Return the spans of branches that cannot stay beside the first of their ``#if``.

    Brackets are followed through the branches: each begins with those open before it.
    """
    spans: list[tuple[int, int]] = []
    groups: list[_Group] = []
    brackets: tuple[str, ...] = ()
    for match in _BRACKET_OR_DEFINE.finditer(code):
        if match[0][-1:] not in b"(){}[]" or len(match[0]) > 1:
            directive = _DIRECTIVE.match(code, match.start())
            if directive is None:
                continue
            what = directive["what"]
            if what.startswith(b"if"):
                groups.append(_Group(brackets, [match.end()], [], []))
                continue
            if not groups:
                continue
            group = groups[-1]
            group.ends.append(match.start())
            group.after.append(brackets)
            brackets = group.before
            group.starts.append(match.end())
            if what == b"endif":
                groups.pop()
                kept = _kept_branch(code, group)
                brackets = group.after[max(kept, 0)]
                if kept >= 0:
                    spans += [
                        span
                        for number, span in enumerate(zip(group.starts, group.ends))
                        if number != kept
                    ]
        elif match[0] in b"({[":
            brackets = (*brackets, match[0].decode())
        elif brackets:
            brackets = brackets[:-1]
    return spans


def _kept_branch(code: bytes, group: _Group) -> int:
    """Return the number of the branch that alone can stay, or -1 if all can."""
    branches = [code[start:end] for start, end in zip(group.starts, group.ends)]
    written = [number for number, branch in enumerate(branches) if _content(branch)]
    if len(written) < 2:  # noqa: PLR2004 - one branch has no alternative
        return -1
    is_balanced = all(after == group.before for after in group.after)
    inside = group.before[-1:] and group.before[-1] in "(["
    if is_balanced and not inside and all(map(_is_whole, map(_content, branches))):
        return -1
    return written[0]


def _content(branch: bytes) -> bytes:
    """Return the code of a branch without the directives in it."""
    return re.sub(rb"(?<![^\n])[ \t]*#(?:\\\r?\n|[^\n])*", b"", branch).strip()


def _is_whole(content: bytes) -> bool:
    if content.startswith((b"else", b"&&", b"||", b"?", b":")):
        return False
    return not content or content.endswith((b";", b"}", b",", b":", b"{"))
