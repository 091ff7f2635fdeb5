"""Have attributes of rewritten types stay as they are, like those of static ones.

https://docs.python.org/3/c-api/typeobj.html#c.Py_TPFLAGS_IMMUTABLETYPE
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.port_fix.added_helpers import IMMUTABLE
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from abi3build.port_fix.source_files import SourceFiles

__all__ = ["immutable_flag", "with_flag"]

_SINCE = PythonVersion(3, 10)
_NAME = "Py_TPFLAGS_IMMUTABLETYPE"
_MADE_FROM_SPEC = re.compile(rb"\bPyType_Spec\b")
_FLAGGED = re.compile(rb"\b(?:%b|%b)\b" % (_NAME.encode(), IMMUTABLE.encode()))
_SETTING = re.compile(
    rb"\bPyDict_(?:SetItem|SetItemString|Merge|Update)\s*\([^;]*(?:->|\.)\s*tp_dict\b"
    rb"|\bPyObject_(?:SetAttr|SetAttrString)\s*\(\s*\(\s*PyObject\s*\*\s*\)\s*&"
)
_BINDS_LESS = re.compile(r"\?|\|\||&&")


def immutable_flag(sources: SourceFiles) -> str:
    """Return the flag under which no attribute can be set on a type; "" for none.

    None if the floor lacks it, if the project sets attributes on its types, or if it
    has mutable types already: since 3.14 these cannot be bases of immutable ones.
    """
    if sources.floor < _SINCE:
        return ""
    for file in sources.files:
        code = sources.code_of(file)
        is_mutable = _MADE_FROM_SPEC.search(code) and not _FLAGGED.search(code)
        if is_mutable or _SETTING.search(code):
            return ""
    return _NAME if sources.oldest_python >= _SINCE else IMMUTABLE


def with_flag(value: str, flag: str, newline: str) -> str:
    """Return the flags of a type with one more, in each branch of an ``#if``."""
    if value.startswith("#"):
        return "\n".join(
            line if line.startswith("#") else with_flag(line, flag, newline)
            for line in value.split("\n")
        )
    if _BINDS_LESS.search(value):
        value = f"({value})"
    *_, last = value.splitlines()
    if last == value:
        return f"{value} | {flag}"
    indent = last[: len(last) - len(last.lstrip())]
    return f"{value} |{newline}{indent}{flag}"
