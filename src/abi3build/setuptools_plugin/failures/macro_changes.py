"""Find the lines that change the limit's macro, by preprocessing a unit once more.

``-dD`` keeps every ``#define`` and ``#undef`` beside the markers of file and line:
https://gcc.gnu.org/onlinedocs/cpp/Preprocessor-Output.html
"""

from __future__ import annotations

import re

from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["macro_changes", "preprocess_command"]

_MARKER = re.compile(r'# (?P<line>\d+) "(?P<file>[^"]*)"')
_CHANGE = re.compile(r"#(?P<how>define|undef) (?:Py_LIMITED_API|Py_TARGET_ABI3T)\b.*")


def preprocess_command(command: Sequence[str]) -> list[str]:
    """Turn a compile into one that prints the preprocessed source."""
    kept = [part for part in command if part not in {"-c", "-MD"}]
    if "-o" in kept:
        output = kept.index("-o")
        del kept[output : output + 2]
    return [*kept, "-E", "-dD"]


def macro_changes(preprocessed: str) -> list[str]:
    """Give a line for each change outside the command line, in order of appearance."""
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
