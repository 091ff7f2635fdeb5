"""Say what keeps a compile from being run at all: a source, a compiler, a full disk."""

from __future__ import annotations

import errno
import os
import re
import shlex
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from abi3build.setuptools_plugin.compiler_programs import starts_compiler

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Explanation",
    "full_disk_in",
    "missing_declarer",
    "missing_source",
    "other_program",
    "unable_to_run",
]

_NO_SPACE = os.strerror(errno.ENOSPC)
_NO_MICROSOFT_COMPILER = "Microsoft Visual C++"
_DECLARERS = (
    ("cffi_modules", "cffi", "cffi"),
    ("rust_extensions", "setuptools_rust", "setuptools-rust"),
)
_NO_PROGRAM = re.compile(r"command '([^']+)' failed: No such file or directory")
_OTHER_LANGUAGE = "unknown file type"
_INSTALL = (
    "hint: install a C compiler (Debian: apt install build-essential; macOS:"
    " xcode-select --install; Windows: the Build Tools for Visual Studio), or name"
    " yours in the variable CC"
)


@dataclass(frozen=True)
class Explanation:
    """Say why one extension was not built."""

    what: str
    """What follows "extension core", such as ``does not compile``."""

    lines: tuple[str, ...]
    may_be_left_out: bool = False
    """True if the Limited API is the cause, and other modules could do without."""


def missing_declarer(setup_files: str) -> str:
    """Return the missing package that should declare a project's extensions.

    ``setup_files`` is the text of setup.py and setup.cfg.  Without the package,
    setuptools only warns about a keyword that it does not know.  Return an empty text
    if none is missing.
    """
    for keyword, module, package in _DECLARERS:
        is_used = re.search(rf"\b{keyword}\b", setup_files)
        if is_used and find_spec(module) is None:
            return package
    return ""


def missing_source(sources: Sequence[str]) -> Explanation | None:
    """Return a message about the first source that does not exist, or None."""
    for source in sources:
        if os.path.exists(source):
            continue
        stem = os.path.splitext(source)[0]
        for suffix in (".pyx", ".py"):
            if os.path.exists(f"{stem}{suffix}"):
                return Explanation(
                    (
                        f"cannot be built: {stem}{suffix} needs Cython, which is not"
                        " installed"
                    ),
                    ('hint: add "Cython>=3.1" to build-system.requires',),
                )
        hint = (
            "hint: check the path, which is relative to the project's folder, and that"
            " the sdist contains the file (MANIFEST.in)"
        )
        return Explanation(
            f"cannot be built: its source {source} does not exist", (hint,)
        )
    return None


def unable_to_run(command: Sequence[str], text: str) -> Explanation | None:
    """Say why nothing could be run; None if there is a command to run again."""
    full = full_disk_in(text)
    if full is not None:
        return full
    if _NO_MICROSOFT_COMPILER in text:
        return Explanation("does not compile: no compiler was found", (text, _INSTALL))
    if not command:
        return _without_compiler(text)
    if command[0].startswith("-"):
        # setuptools puts the options of Python's own compiler behind CC as it stands.
        hint = "hint: remove the variable CC, which is empty, or name a compiler in it"
        return Explanation("cannot be built: no compiler is named", (hint,))
    if shutil.which(command[0]) is None:
        what = f"cannot be built: the program {command[0]} was not found"
        return Explanation(what, (_INSTALL,))
    return None


def other_program(
    command: Sequence[str],
    compiler: Any,
    text: str,
) -> Explanation | None:
    """Say that a program which is no compiler failed, if the fault's text names it.

    It is not run again: a generator or a script of the project may do anything.
    """
    program = command[0] if command else ""
    if not program or program not in text or starts_compiler(command, compiler):
        return None
    if shutil.which(program) is None:
        return _absent(program)
    hint = "hint: its output is above; the limit is not the cause"
    return Explanation(f"is not built: {shlex.join(command)} failed", (text, hint))


def _absent(program: str) -> Explanation:
    what = f"cannot be built: the program {program} was not found"
    return Explanation(what, (f"hint: install {program}, or put it on PATH",))


def _without_compiler(text: str) -> Explanation:
    """Say why a build ended before a compiler was run, from setuptools' own message."""
    absent = _NO_PROGRAM.search(text)
    if absent is not None and shutil.which(absent[1]) is None:
        return _absent(absent[1])
    lines: tuple[str, ...] = (text,)
    if _OTHER_LANGUAGE in text:
        hint = (
            "hint: sources of an extension are C and C++ by their usual suffixes: build"
            " others with their own tools"
        )
        lines = (text, hint)
    return Explanation("is not built", lines)


def full_disk_in(text: str) -> Explanation | None:
    """Return a message if the text of an error, or of a compiler, means a full disk."""
    if _NO_SPACE not in text:
        return None
    said = next(line.strip() for line in text.splitlines() if _NO_SPACE in line)
    hint = (
        "hint: free space there and in the temporary folder (TMPDIR), then build again"
    )
    return Explanation("cannot be built: the disk is full", (said, hint))
