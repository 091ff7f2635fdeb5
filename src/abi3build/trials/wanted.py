"""Read which Pythons a command line names: paths, versions, ranges of versions."""

from __future__ import annotations

import re
from pathlib import Path

from abi3build.errors import UsageError
from abi3build.light_typing import TYPE_CHECKING
from abi3build.targets.interpreters import ask_interpreter
from abi3build.trials.choosing import label_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi3build.targets.interpreters import Interpreter

__all__ = ["install_hint", "is_label", "named_interpreters", "required_labels"]

_FIRST_OF_UV = 8
"""uv supports Python from 3.8: https://docs.astral.sh/uv/reference/policies/python/"""

_LABEL = re.compile(r"3\.(?P<minor>0|[1-9][0-9]?)(?P<flags>t?d?)")
_RANGE = re.compile(
    r"3\.(?P<first>[1-9]?[0-9])(?P<flags>t?)(?:-3\.(?P<last>[1-9]?[0-9])(?P=flags))?"
)


def required_labels(text: str) -> tuple[str, ...]:
    """Read ``3.9-3.15``, ``3.9,3.12`` or ``3.15t``; give a label for each Python.

    Raise ``UsageError`` for anything else.
    """
    labels: list[str] = []
    for part in text.split(","):
        found = _RANGE.fullmatch(part.strip())
        first = int(found["first"]) if found else 0
        last = int(found["last"] or first) if found else -1
        if found is None or last < first:
            message = (
                f"--require {text}: expected versions such as 3.9-3.15, 3.12 or 3.15t,"
                " with commas between them"
            )
            raise UsageError(message)
        labels += [f"3.{minor}{found['flags']}" for minor in range(first, last + 1)]
    return tuple(dict.fromkeys(labels))


def named_interpreters(
    names: Sequence[str], found: Sequence[Interpreter]
) -> tuple[Interpreter, ...]:
    """Give the interpreter of each path, and of each label among those found.

    Raise ``UsageError`` where a name leads to none.
    """
    named = (
        _by_label(name, found) if is_label(name) else _by_path(name) for name in names
    )
    return tuple(dict.fromkeys(named))


def is_label(name: str) -> bool:
    """Tell whether a name is a version such as ``3.13t``, and no path."""
    return _LABEL.fullmatch(name) is not None


def install_hint(labels: Sequence[str]) -> str:
    """Say how uv brings Pythons; say nothing where it has none of these.

    https://docs.astral.sh/uv/guides/install-python/
    """
    known = [label for label in labels if _minor(label) >= _FIRST_OF_UV]
    return f"uv python install {' '.join(known)}" if known else ""


def _minor(label: str) -> int:
    found = _LABEL.fullmatch(label)
    return int(found["minor"]) if found else 0


def _by_label(label: str, found: Sequence[Interpreter]) -> Interpreter:
    fitting = [each for each in found if label_of(each.builder) == label]
    if not fitting:
        here = dict.fromkeys(label_of(each.builder) for each in found)
        message = (
            f"--python {label}: not found among {', '.join(here)}: give its path, or"
            f" install it: {install_hint([label]) or 'from python.org'}"
        )
        raise UsageError(message)
    return fitting[-1]


def _by_path(name: str) -> Interpreter:
    path = Path(name)
    if not path.is_file():
        message = (
            f"--python {name}: no such file, and no version: give the path of a"
            " Python, or a version such as 3.12"
        )
        raise UsageError(message)
    interpreter = ask_interpreter(path.absolute())
    if interpreter is None:
        message = f"--python {name}: does not answer as Python 3 does: check the path"
        raise UsageError(message)
    return interpreter
