"""What the headers of one CPython declare, define and hide."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from abi3build.stable_abi.known_names import looks_like_cpython

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from abi3build.versions import PythonVersion

__all__ = ["HeaderNames", "read_headers"]

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_DIRECTIVE = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
_MACRO = re.compile(
    r"^[ \t]*#[ \t]*define[ \t]+(\w+)(\([^)]*\))?[ \t]*(.*)$", re.MULTILINE
)
_API = re.compile(r"\bPyAPI_(?:FUNC|DATA)\s*\((?:[^()]|\([^()]*\))*\)\s*([^;{]*)")
_EXTERN = re.compile(r"\bextern\s+([^;{}\"]*)")
_INLINE = re.compile(r"\bstatic\s+inline\s+([^;{}#]*)\{")
_WORD = re.compile(r"\b_?Py\w+")

_SOURCE = "".join(
    f"#include <{name}.h>\n"
    for name in ("Python", "datetime", "frameobject", "marshal", "structmember")
)


class HeaderNames(NamedTuple):
    """Hold the names of one version's headers that look like CPython's."""

    public: frozenset[str]
    """Every word of the headers outside ``internal/``."""

    declared: frozenset[str]
    """Functions and data that those headers declare."""

    internal: frozenset[str]
    """Functions, data and function-like macros of the headers under ``internal/``."""

    hidden: frozenset[str]
    """Function-like macros, aliases and inline functions of the public headers that
    are gone under ``Py_LIMITED_API``, and the private ones that are not."""

    limited: frozenset[str]
    """The same, but there under ``Py_LIMITED_API``, and public."""


def read_headers(include: Path, version: PythonVersion) -> HeaderNames:
    """Read a folder that holds ``Python.h``.

    The version is that of the headers.  The preprocessor is that of the C compiler
    in the variable ``CC``, else of ``cc``.
    """
    public: list[str] = []
    internal: list[str] = []
    for path in sorted(include.rglob("*.h")):
        text = _COMMENT.sub(" ", path.read_text(encoding="utf-8", errors="replace"))
        text = text.replace("\\\n", " ")
        is_internal = "internal" in path.relative_to(include).parts
        (internal if is_internal else public).append(text)
    everything, _ = _macros_and_inlines(include, [])
    limited, words = _macros_and_inlines(include, [f"-DPy_LIMITED_API={version.hex}"])
    private = frozenset(name for name in limited if name.startswith("_"))
    return HeaderNames(
        public=_words(public),
        declared=_declared(public, (_API,)),
        internal=_declared(internal, (_API, _EXTERN, _INLINE)) | _macros(internal),
        hidden=everything - limited - words | private,
        limited=limited - private,
    )


def _words(texts: Iterable[str]) -> frozenset[str]:
    return _own(word for text in texts for word in _WORD.findall(text))


def _declared(
    texts: Iterable[str], patterns: Iterable[re.Pattern[str]]
) -> frozenset[str]:
    return _own(
        _declared_name(declaration)
        for text in texts
        for pattern in patterns
        for declaration in pattern.findall(_DIRECTIVE.sub("", text))
    )


def _declared_name(declaration: str) -> str:
    """Return the name in ``int PyFoo(void)``, ``(*PyFoo)(void)`` or ``PyFoo[2]``."""
    names = re.findall(r"(\w+)\s*(?=\)?\s*[(\[=]|$)", declaration.strip())
    return next(filter(looks_like_cpython, names), "")


def _macros(texts: Iterable[str]) -> frozenset[str]:
    return _own(
        name
        for text in texts
        for name, parameters, body in _MACRO.findall(text)
        if parameters or _is_alias(body)
    )


def _is_alias(body: str) -> bool:
    return re.fullmatch(r"[A-Za-z_]\w*", body.strip()) is not None


def _own(names: Iterable[str]) -> frozenset[str]:
    return frozenset(filter(looks_like_cpython, names))


def _macros_and_inlines(
    include: Path, options: list[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the macros and inline functions in effect, and all words of the code."""
    code = _preprocess(include, [*options, "-P"])
    macros = _macros([_preprocess(include, [*options, "-dM"])])
    return macros | _declared([code], (_INLINE,)), _words([code])


def _preprocess(include: Path, options: list[str]) -> str:
    compiler = os.environ.get("CC", "cc")
    return subprocess.run(
        [compiler, "-E", "-x", "c", f"-I{include}", *options, "-"],
        input=_SOURCE,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
