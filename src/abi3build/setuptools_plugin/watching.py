"""Watch the programs that a compiler of distutils starts.

That is the last door before them: whatever a project's class or a build for another
platform does to the compiler's commands has been done.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any, Callable

from abi3build.setuptools_plugin.evidence import lead_include_path

__all__ = ["Watched", "watch_compiler"]


@dataclass
class Watched:
    """Collect the commands of one compiler while it works."""

    failed: list[list[str]] = field(default_factory=list)
    """The commands that failed, in their order."""

    links: dict[str, list[str]] = field(default_factory=dict)
    """The last command that made each output out of objects."""


def watch_compiler(compiler: Any, folder: str = "") -> Watched:  # noqa: ANN401 - below
    """Watch a compiler of distutils; give what its commands will join.

    ``folder`` holds abi3build's Python.h, where units are to leave evidence.
    The compilers of setuptools, numpy and MSYS2 share no typed base class, only the
    method that starts a program: ``spawn``, and ``call`` in newer setuptools.
    """
    watched = Watched()

    def watching(start: Callable[..., Any]) -> Callable[..., Any]:
        """Give what starts programs as before, and joins their commands."""

        def started(command: list[str], *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
            """Start a program; keep the command where it fails or links."""
            words = [os.fspath(part) for part in command]
            if folder:
                words = lead_include_path(words, folder)
            try:
                result = start(words, *arguments, **options)
            except Exception:
                watched.failed.append(words)
                raise
            if "-c" not in words and "-o" in words[:-1]:
                watched.links[words[words.index("-o") + 1]] = words
            return result

        return started

    for name in ("call", "spawn"):
        if hasattr(compiler, name):
            setattr(compiler, name, watching(getattr(compiler, name)))
    return watched
