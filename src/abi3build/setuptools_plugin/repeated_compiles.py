"""Run a failed compile again: for its errors, without the limit, or to preprocess."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

from abi3build.evidence.limited_headers import INCLUDE_FOLDER
from abi3build.evidence.watched_commands import preprocess_words

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "checking",
    "errors_of",
    "macro_changes",
    "preprocess_command",
    "run_again",
    "without_limit",
]

_SECONDS = 120
_TOO_MANY = "too many errors emitted, stopping now"
_LIMIT_MACROS = re.compile(
    r"[-/]D(?:Py_LIMITED_API|Py_TARGET_ABI3T|ABI3BUILD_\w+)(?:=.*)?"
)
_MARKER = re.compile(r'# (?P<line>\d+) "(?P<file>[^"]*)"')
_CHANGE = re.compile(r"#(?P<how>define|undef) (?:Py_LIMITED_API|Py_TARGET_ABI3T)\b.*")


def preprocess_command(command: Sequence[str]) -> list[str]:
    """Turn a compile into one that prints the preprocessed source."""
    return preprocess_words(command)


def macro_changes(preprocessed: str) -> list[str]:
    """Return a line for each change outside the command line, in their order."""
    changes = []
    file, line = "", 0
    for text in preprocessed.splitlines():
        marker = _MARKER.match(text)
        if marker is not None:
            file, line = marker["file"], int(marker["line"])
            continue
        change = _CHANGE.match(text)
        # What the compiler defines itself stands in files such as <command-line>.
        if change is not None and not file.startswith("<"):
            changes.append(f"{file}:{line}: {change[0]}")
        line += 1
    return changes


def without_limit(command: Sequence[str]) -> list[str]:
    """Return a compile that checks its source as if there were no limit."""
    joined: list[str] = []
    for word in command:
        if joined and joined[-1] in {"-D", "/D"}:
            joined[-1] += word
        else:
            joined.append(word)
    return checking(
        [
            word
            for word in joined
            if not _LIMIT_MACROS.fullmatch(word)
            and not (word.startswith("-I") and word.endswith(INCLUDE_FOLDER))
        ]
    )


def checking(command: Sequence[str]) -> list[str]:
    """Return a compile that writes nothing, for GCC, Clang and Microsoft's compiler."""
    program = os.path.basename(command[0]).lower()
    if program.removesuffix(".exe") in {"cl", "clang-cl"}:
        return [*command, "/Zs"]
    kept: list[str] = []
    for word in command:
        if kept and kept[-1] in {"-MF", "-MT", "-MQ", "-o"}:
            kept.pop()
        elif word not in {"-c", "-MD", "-MMD", "-MP", "-MG"} and not word.startswith(
            "-Wp,-M"
        ):
            kept.append(word)
    return [*kept, "-fsyntax-only"]


def errors_of(command: Sequence[str]) -> tuple[int, str]:
    """Run a compile for its errors; return its status and all its output.

    Clang stops after 20 errors, and GCC does not know the option that prevents that.
    """
    status, output = run_again(command)
    if _TOO_MANY in output:
        status, output = run_again([*command, "-ferror-limit=0"])
    return status, output


def run_again(
    command: Sequence[str], errors: int = subprocess.STDOUT
) -> tuple[int, str]:
    """Run a compiler with English messages; return its status and output."""
    try:
        completed = subprocess.run(
            command,
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        return 1, str(fault)
    return completed.returncode, completed.stdout.decode("utf-8", "replace")
