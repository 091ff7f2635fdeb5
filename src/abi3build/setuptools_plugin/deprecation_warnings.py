"""Read from a compiler's output which names of CPython it calls deprecated."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.evidence.compiled_units import SeenDeprecation, keep_deprecations
from abi3build.stable_abi.known_names import looks_like_cpython

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

__all__ = ["is_microsoft_compile", "keeper_of_warnings", "read_deprecations"]

_MICROSOFT_COMPILE, _OBJECT = "/c", "/Fo"

_OPTION = "deprecated-declarations"
_WARNING = re.compile(
    r"^(?P<file>[^\s:(](?:[A-Z]?:[\\/])?[^:\n(]*?)"
    r"(?::(?P<line>\d+)(?::\d+)?: |\((?P<msline>\d+)(?:,\d+)?\)\s*: )"
    r"(?:[^\n]*?\bC4996\b(?P<mstext>[^\n]*)"
    r"|(?P<text>[^\n]*)\[-W(?:error=)?deprecated-declarations\])",
    re.MULTILINE,
)
"""In the words of GCC and Clang in any language, of Microsoft's compiler, and of Clang
in its form: only the option and the number are the same everywhere.

https://gcc.gnu.org/onlinedocs/gcc/Warning-Options.html
https://learn.microsoft.com/cpp/error-messages/compiler-warnings/compiler-warning-level-3-c4996
"""

_CALLED = re.compile(r"(\w+)\s*\(")
_WORD = re.compile(r"\w+")


def read_deprecations(output: bytes) -> tuple[SeenDeprecation, ...]:
    """Return a compiler's deprecation warnings in any of its forms, unique and sorted.

    The output is text, with or without colors, or JSON or SARIF as GCC writes them.
    """
    if _OPTION.encode() not in output and b"C4996" not in output:
        return ()
    from abi3build.setuptools_plugin.diagnostics import plain_output

    text = plain_output(output.decode("utf-8", "replace"))
    found = {*_in_text(text), *_in_documents(text)}
    return tuple(sorted(found))


def is_microsoft_compile(words: Sequence[str]) -> bool:
    """Tell whether a command is a compile by Microsoft's compiler or one like it."""
    return _MICROSOFT_COMPILE in words


def keeper_of_warnings(
    words: Sequence[str], build_temp: Path
) -> Callable[[float, bytes], None]:
    """Return what keeps the warnings of a compile that leaves no other evidence.

    They are stored with the object, because the next build may not compile it again.
    """
    objects = [word[len(_OBJECT) :] for word in words if word.startswith(_OBJECT)]

    def keep(_: float, output: bytes) -> None:
        """Take the seconds that it ran, and what it said."""
        seen = read_deprecations(output)
        for name in objects:
            keep_deprecations(build_temp, name, seen)

    return keep


def _in_text(text: str) -> Iterator[SeenDeprecation]:
    for match in _WARNING.finditer(text):
        name = _name_in(match["text"] or match["mstext"] or "")
        if name:
            line = match["line"] or match["msline"]
            yield SeenDeprecation(name, match["file"], int(line))


def _name_in(text: str) -> str:
    """Return the name in ``'PyObject* PyFoo(PyObject*)' is deprecated``."""
    called = filter(looks_like_cpython, _CALLED.findall(text))
    words = list(filter(looks_like_cpython, _WORD.findall(text)))
    # A variable stands after its type: 'int Py_UTF8Mode'.
    return next(called, words[-1] if words else "")


def _in_documents(output: str) -> Iterator[SeenDeprecation]:
    from abi3build.setuptools_plugin.diagnostics import documented_messages

    for each in documented_messages(output):
        name = _name_in(each.text) if _OPTION in each.option else ""
        if name:
            yield SeenDeprecation(name, each.file, each.line)
