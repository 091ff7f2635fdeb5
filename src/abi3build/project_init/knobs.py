"""Find the three abi3 settings that projects write by hand, and remove them.

They are the macro in ``define_macros``, the flag ``py_limited_api`` of an extension and
the tag in ``[bdist_wheel]`` or its ``options``.  Only literals are removed: an
expression may mean more than this reading sees, so it stays and is named.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Cleaned", "clean_setup_cfg", "clean_setup_py"]

_MACRO = "Py_LIMITED_API"
_FLAG = "py_limited_api"
_COMMAND = "bdist_wheel"
_ANY_VERSION = 3
"""The macro's value for Python 3.2: https://docs.python.org/3/c-api/stable.html"""

_TAG = re.compile(r"cp(3)([0-9]{1,2})")


class Cleaned(NamedTuple):
    """Contain a file without the settings that were removed from it."""

    text: str
    floors: tuple[PythonVersion, ...] = ()
    """The floors that these settings named."""

    removed: tuple[str, ...] = ()
    """What was taken out, such as ``py_limited_api=True (line 7)``."""

    kept: tuple[str, ...] = ()
    """What is not a literal and stays, with its line."""


class _Found(NamedTuple):
    """Say where a setting stands: from one offset to another, in characters."""

    start: int
    end: int
    line: int
    floor: PythonVersion | None
    before: int | None
    """Where its neighbor to the left ends, if there is one."""

    after: int | None
    """Where its neighbor to the right begins, if there is one."""


def clean_setup_py(text: str) -> Cleaned:
    """Remove the literal settings from a ``setup.py``; keep everything else unchanged.

    A text that is not Python is returned as it is, because setuptools has a better
    message.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return Cleaned(text)
    lines = _Lines(text)
    found: list[_Found] = []
    kept: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            for each in _settings_of(node, lines):
                (kept if isinstance(each, str) else found).append(each)  # type: ignore[arg-type] # each to its own
    return _without(text, found, sorted(kept))


def clean_setup_cfg(text: str) -> Cleaned:
    """Remove ``py_limited_api`` from ``[bdist_wheel]``, and an empty section too."""
    section = re.compile(
        rf"^\[{_COMMAND}\][ \t]*\n(?P<body>(?:(?!\[).*\n?)*)", re.MULTILINE
    )
    match = section.search(text)
    if match is None:
        return Cleaned(text)
    line = re.search(
        rf"^{_FLAG.replace('_', '[_-]')}[ \t]*[=:][ \t]*(\S+)[ \t]*\n?",
        match["body"],
        re.MULTILINE,
    )
    if line is None:
        return Cleaned(text)
    start = match.start("body") + line.start()
    number = text.count("\n", 0, start) + 1
    body = match["body"][: line.start()] + match["body"][line.end() :]
    section_text = f"[{_COMMAND}]\n{body}" if body.strip() else ""
    floor = _floor_of_tag(line[1])
    return Cleaned(
        text[: match.start()] + section_text + text[match.end() :],
        (floor,) if floor else (),
        (f"{_FLAG} = {line[1]} (line {number})",),
    )


def _settings_of(call: ast.Call, lines: _Lines) -> Iterator[_Found | str]:
    for keyword in call.keywords:
        value = keyword.value
        if keyword.arg == _FLAG:
            if isinstance(value, ast.Constant):
                yield _item(lines, call, keyword, None)
            else:
                yield f"{_FLAG}={ast.unparse(value)} (line {value.lineno})"
        elif keyword.arg == "define_macros" and isinstance(value, ast.List):
            yield from _macros(lines, call, keyword, value)
        elif keyword.arg == "options" and isinstance(value, ast.Dict):
            yield from _options(lines, call, keyword, value)


def _macros(
    lines: _Lines, call: ast.Call, keyword: ast.keyword, macros: ast.List
) -> Iterator[_Found | str]:
    limits = [each for each in macros.elts if _names_macro(each)]
    for each in limits:
        floor = _floor_of_macro(each)
        if isinstance(floor, str):
            yield f"{floor} (line {each.lineno})"
        elif len(macros.elts) == 1:
            yield _item(lines, call, keyword, floor)
        else:
            yield _among(lines, macros.elts, each, floor)


def _names_macro(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Tuple)
        and bool(node.elts)
        and isinstance(node.elts[0], ast.Constant)
        and node.elts[0].value == _MACRO
    )


def _floor_of_macro(node: ast.expr) -> PythonVersion | str | None:
    """Return the floor of a macro's tuple, None if it names none, else its text."""
    value = node.elts[1] if isinstance(node, ast.Tuple) and len(node.elts) > 1 else None
    if not isinstance(value, ast.Constant):
        return ast.unparse(node)
    try:
        number = int(str(value.value), 0)
    except ValueError:
        return None
    return PythonVersion.from_hex(number) if number > _ANY_VERSION else None


def _options(
    lines: _Lines, call: ast.Call, keyword: ast.keyword, options: ast.Dict
) -> Iterator[_Found | str]:
    for key, value in zip(options.keys, options.values):
        is_command = isinstance(key, ast.Constant) and key.value == _COMMAND
        if not is_command or not isinstance(value, ast.Dict):
            continue
        names = [
            each.value if isinstance(each, ast.Constant) else None
            for each in value.keys
        ]
        if _FLAG not in names:
            continue
        tag = value.values[names.index(_FLAG)]
        if not isinstance(tag, ast.Constant):
            yield f"{_FLAG}: {ast.unparse(tag)} (line {tag.lineno})"
        elif len(names) > 1:
            key_node = value.keys[names.index(_FLAG)]
            pairs = [_pair(*pair) for pair in zip(value.keys, value.values)]
            yield _among(lines, pairs, _pair(key_node, tag), _floor_of_tag(tag.value))
        elif len(options.keys) > 1:
            pairs = [_pair(*pair) for pair in zip(options.keys, options.values)]
            yield _among(lines, pairs, _pair(key, value), _floor_of_tag(tag.value))
        else:
            yield _item(lines, call, keyword, _floor_of_tag(tag.value))


def _pair(key: ast.expr | None, value: ast.expr) -> ast.expr:
    """Return a node that spans a key of a dictionary and its value."""
    spanning = ast.Constant(0)
    ast.copy_location(spanning, key or value)
    spanning.end_lineno, spanning.end_col_offset = (
        value.end_lineno,
        value.end_col_offset,
    )
    return spanning


def _floor_of_tag(value: object) -> PythonVersion | None:
    match = _TAG.fullmatch(value.strip("'\"")) if isinstance(value, str) else None
    return PythonVersion(int(match[1]), int(match[2])) if match else None


def _item(
    lines: _Lines, call: ast.Call, keyword: ast.keyword, floor: PythonVersion | None
) -> _Found:
    """Return a whole keyword of a call."""
    return _among(lines, [*call.args, *call.keywords], keyword, floor)


def _among(
    lines: _Lines,
    items: Sequence[ast.expr | ast.keyword],
    item: ast.expr | ast.keyword,
    floor: PythonVersion | None,
) -> _Found:
    """Return an item with what its neighbors leave to it."""
    spans = sorted(lines.span(each) for each in items)
    start, end = lines.span(item)
    at = spans.index((start, end))
    before = spans[at - 1][1] if at else None
    after = spans[at + 1][0] if at + 1 < len(spans) else None
    return _Found(start, end, item.lineno, floor, before, after)


def _without(text: str, found: Sequence[_Found], kept: Sequence[str]) -> Cleaned:
    removed = tuple(
        f"{' '.join(text[each.start : each.end].split())} (line {each.line})"
        for each in sorted(found)
    )
    cleaned = text
    for first, last in reversed(list(_runs(sorted(found)))):
        start, end = first.start, last.end
        # One comma goes with what is taken out: the one behind it, if there is a next.
        if last.after is not None:
            end = last.after
        elif first.before is not None:
            start = first.before
        cleaned = cleaned[:start] + cleaned[end:]
    floors = tuple(each.floor for each in sorted(found) if each.floor)
    return Cleaned(cleaned, floors, removed, tuple(kept))


def _runs(found: Sequence[_Found]) -> Iterator[tuple[_Found, _Found]]:
    """Yield the first and the last of those that stand side by side."""
    first = 0
    for at, each in enumerate(found):
        if at + 1 == len(found) or each.after != found[at + 1].start:
            yield found[first], each
            first = at + 1


class _Lines:
    """Turn the lines and columns of ``ast``, which counts bytes, into offsets."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))

    def span(self, node: ast.expr | ast.keyword) -> tuple[int, int]:
        """Return where a node begins and ends, in characters."""
        return (
            self._offset(node.lineno, node.col_offset),
            self._offset(node.end_lineno or node.lineno, node.end_col_offset or 0),
        )

    def _offset(self, line: int, column: int) -> int:
        before = self._lines[line - 1].encode()[:column].decode()
        return self._starts[line - 1] + len(before)
