"""Whether the text that a unit read could change the limit after ``Python.h``.

abi3build's Python.h looks at the macro at one moment.  What comes later can only change
it with the macro's name, so a unit whose files never name it in a directive, outside
Python's own headers, kept the limit to its end.  Any doubt is settled by preprocessing.
"""

from __future__ import annotations

import os
import re
from functools import cache
from typing import NamedTuple

__all__ = ["ReadText", "defined_structure", "look_at_text"]

_LIMIT = re.compile(rb"Py_LIMITED_API|Py_TARGET_ABI3T")
_SPLICE = re.compile(rb"(?:\\|\?\?/)[ \t]*\r?\n")
_QUESTION = re.compile(
    rb"[ \t]*(?:#|%:|\?\?=)[ \t]*(?:if|ifdef|ifndef|elif|elifdef|elifndef|else|endif"
    rb"|error|warning)\b"
)
_DIRECTIVE = (b"#", b"%:", b"??=", b"*/", b"_Pragma", b"pragma")
_SAVING = re.compile(rb"\b(?:push|pop)_macro\b")
_STRUCTURE = re.compile(
    rb"\bstruct\s+(?:_typeobject|_heaptypeobject|_longobject|_PyWeakReference"
    rb"|_traceback|PyCodeObject)\s*\{"
    # Other libraries have these names as well, without anything of Python's in them.
    rb"|\bstruct\s+(?:_frame|_ts|_is)\s*\{(?=[^\0]{0,1000}?Py)"
    rb"|\}\s*Py(?:ASCII|AsyncGen|BaseException|ByteArray|Bytes|CFunction|CMethod|Cell"
    rb"|CompactUnicode|Complex|Coro|Descr|Dict|Float|Frame|Function|Gen|GetSetDescr"
    rb"|HeapType|InstanceMethod|List|Long|MemberDescr|MemoryView|Method|MethodDescr"
    rb"|Set|Slice|Traceback|Tuple|Type|Unicode|WrapperDescr)Object\s*;"
)
"""The definition of a structure that the Limited API leaves opaque."""


class ReadText(NamedTuple):
    """Say what a file could do to the limit."""

    names_limit: bool = False
    may_change_limit: bool = False
    saves_macros: bool = False
    """True with ``#pragma push_macro`` or ``pop_macro``."""

    structure: str = ""
    """A structure of CPython's that it may define, in a branch or a comment too."""

    has_hidden_inputs: bool = False
    """True if it asks which files are there, or takes some that go unnamed."""


_NOTHING = ReadText()
_HIDDEN_INPUTS = (
    b"__has_include",
    b"__has_embed",
    b"#embed",
    b"# embed",
    b".incbin",
    b'.include "',
    b'.include \\"',
    b"__DATE__",
    b"__TIME__",
    b"__TIMESTAMP__",
)


def look_at_text(path: str) -> ReadText:
    """Look at one file that a unit read; one that is gone could do anything."""
    try:
        status = os.stat(path)
    except OSError:
        return ReadText(names_limit=True, may_change_limit=True)
    return _look(path, status.st_ino, status.st_size, status.st_mtime_ns)


@cache
def _look(path: str, number: int, size: int, changed: int) -> ReadText:
    # Many units read the same headers; what is generated meanwhile has a new time.
    del number, size, changed
    try:
        with open(path, "rb") as stream:
            text = stream.read()
    except OSError:
        return ReadText(names_limit=True, may_change_limit=True)
    if b"\\" in text or b"??/" in text:
        text = _SPLICE.sub(b"", text)
    saves = b"_macro" in text and _SAVING.search(text) is not None
    names = b"Py_" in text and _LIMIT.search(text) is not None
    structure = defined_structure(text)
    hidden = any(word in text for word in _HIDDEN_INPUTS)
    if not (saves or names or structure or hidden):
        return _NOTHING
    changes = names and any(map(_may_change, text.split(b"\n")))
    return ReadText(names, changes, saves, structure, hidden)


def defined_structure(text: bytes) -> str:
    """Return the first structure of CPython's that a text defines; empty if none."""
    match = _STRUCTURE.search(text) if b"Py" in text or b"struct _" in text else None
    return _plain(match[0].decode("ascii", "replace")) if match else ""


def _may_change(line: bytes) -> bool:
    if not _LIMIT.search(line) or _QUESTION.match(line):
        return False
    return any(mark in line for mark in _DIRECTIVE)


def _plain(definition: str) -> str:
    words = re.findall(r"\w+", definition)
    return words[-1] if words else ""
