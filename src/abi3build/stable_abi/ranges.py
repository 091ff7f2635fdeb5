"""Sets of Python 3 minor versions as short text, such as ``6-8,11``."""

from __future__ import annotations

from abi3build.light_typing import TYPE_CHECKING
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["format_minors", "parse_minors"]


def parse_minors(text: str) -> tuple[PythonVersion, ...]:
    """Read ``6-8,11`` as 3.6, 3.7, 3.8 and 3.11, in the order of the text.

    The empty text is the empty set.  Raise ``ValueError`` for anything that
    ``format_minors`` does not write.
    """
    versions: list[PythonVersion] = []
    for part in text.split(",") if text else ():
        first, dash, last = part.partition("-")
        minors = range(int(first), int(last if dash else first) + 1)
        versions += [PythonVersion(3, minor) for minor in minors]
    if format_minors(versions) != text:
        message = f"not a set of minor versions: {text!r}"
        raise ValueError(message)
    return tuple(versions)


def format_minors(versions: Iterable[PythonVersion]) -> str:
    """Write versions of Python 3, in any order, as ``6-8,11``."""
    runs: list[list[int]] = []
    for _, minor in sorted(set(versions)):
        if runs and minor == runs[-1][-1] + 1:
            runs[-1].append(minor)
        else:
            runs.append([minor])
    return ",".join(
        f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs
    )
