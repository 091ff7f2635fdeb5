"""Translate Cython's sources, one after the other, in a separate process.

The build that started it writes requests to its standard input, and reads an answer to
each from its standard output.
"""

from __future__ import annotations

import io
import os
import pickle
import sys
from contextlib import redirect_stderr, redirect_stdout, suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["TranslationAnswer", "TranslationRequest", "cython_settings", "serve"]

_SETTINGS = (
    "Cython.Build.Dependencies",
    "Cython.Compiler.DebugFlags",
    "Cython.Compiler.Errors",
    "Cython.Compiler.Main",
    "Cython.Compiler.Options",
)


class TranslationRequest(NamedTuple):
    """Describe one source to translate."""

    arguments: bytes
    """Those of Cython's function, as a pickle."""

    folder: str
    """Where the build works."""

    settings: Mapping[str, str]
    """What ``cython_settings`` returns in the build's own process."""

    recursion_limit: int


class TranslationAnswer(NamedTuple):
    """Describe how a translation ended, and what Cython printed."""

    is_done: bool = False
    is_refused: bool = False
    """True if there are errors in the source.  If it is neither, nothing is known."""

    output: str = ""
    errors: str = ""
    unlike: str = ""
    """A setting that is not as in the build's own process, for which nothing is done.
    """


def cython_settings() -> dict[str, str]:
    """Return what a project may have set in Cython's modules for all translations."""
    found = {}
    for name in _SETTINGS:
        for key, value in vars(import_module(name)).items():
            text = "" if key.startswith("__") else _plain(value)
            if text:
                found[f"{name}.{key}"] = text
    return found


def _plain(value: object) -> str:
    """Return a text that is equal in two processes; nothing for other objects."""
    if value is None or isinstance(value, (bool, int, float, str, bytes)):
        return repr(value)
    if isinstance(value, dict):
        return str({_plain(key): _plain(each) for key, each in value.items()})
    if isinstance(value, (list, tuple)):
        return str(list(map(_plain, value)))
    if isinstance(value, (set, frozenset)):
        return str(sorted(map(_plain, value)))
    name = getattr(value, "__qualname__", "")
    return f"{getattr(value, '__module__', '')}.{name}" if name else ""


def serve() -> None:
    """Answer requests until the build has no more."""
    requests = sys.stdin.buffer
    with os.fdopen(os.dup(1), "wb") as answers, suppress(EOFError):
        # What is printed past Python's streams must not come between.
        os.dup2(2, 1)
        while True:
            request: TranslationRequest = pickle.load(requests)  # noqa: S301 - the build's
            pickle.dump(_answer(request), answers)
            answers.flush()


def _answer(request: TranslationRequest) -> TranslationAnswer:
    own = cython_settings()
    names = sorted({*request.settings, *own})
    unlike = [name for name in names if request.settings.get(name) != own.get(name)]
    if unlike:
        return TranslationAnswer(unlike=unlike[0])
    os.chdir(request.folder)
    sys.setrecursionlimit(request.recursion_limit)
    return _translate(request.arguments)


def _translate(arguments: bytes) -> TranslationAnswer:
    from Cython.Build.Dependencies import cythonize_one
    from Cython.Compiler.Errors import CompileError

    translate: Callable[..., Any] = cythonize_one
    output, errors = io.StringIO(), io.StringIO()
    is_done = is_refused = False
    with redirect_stdout(output), redirect_stderr(errors):
        try:
            translate(*pickle.loads(arguments))  # noqa: S301 - the build's
            is_done = True
        except CompileError:
            is_refused = True
        except Exception:  # noqa: BLE001, S110 - it is seen in the build's own process
            pass
    return TranslationAnswer(is_done, is_refused, output.getvalue(), errors.getvalue())
