"""Choose the Pythons on which a wheel is tried, and what to expect of each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.errors import UsageError
from abi3build.targets.interpreters import ask_interpreter
from abi3build.trials.expectations import Expectation, expectation, version_admitted
from abi3build.versions import FIRST_ABI3T, NEWEST_KNOWN, PythonVersion
from abi3build.wheels.wheel import promise_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi3build.targets.interpreters import Interpreter
    from abi3build.targets.target import Builder
    from abi3build.versions import Promise
    from abi3build.wheels.wheel import TagSet, Wheel

__all__ = [
    "Choice",
    "Trial",
    "choose",
    "install_hint",
    "is_label",
    "label_of",
    "named_interpreters",
    "required_labels",
]


_LATE_PATCH = 999


@dataclass(frozen=True)
class Trial:
    """Combine one wheel and one interpreter."""

    interpreter: Interpreter
    expectation: Expectation

    @property
    def admitted(self) -> bool:
        """Tell whether the wheel has to install and to work."""
        return self.expectation is Expectation.INSTALLS


@dataclass(frozen=True)
class Choice:
    """List the trials of one wheel, and the promised Pythons that are not installed."""

    trials: tuple[Trial, ...]
    missing: tuple[str, ...] = ()
    """Labels such as ``3.10`` and ``3.15t``, the oldest first."""


def choose(wheel: Wheel, found: Sequence[Interpreter]) -> Choice:
    """Choose from all interpreters of a machine, the oldest first.

    The newest release of each minor version and kind that the wheel admits is chosen.
    Some others are added because they have to refuse the wheel: the newest Python below
    those, and the free-threaded ones that an abi3 wheel is not for.
    """
    # A later release replaces an earlier one of the same kind, since they are sorted.
    newest = {label_of(each.builder): each for each in found}
    trials = [Trial(each, expectation(wheel, each)) for each in newest.values()]
    promised = _promised(wheel)
    neighbours = _neighbours(wheel, promised, trials)
    chosen = [each for each in trials if each.admitted or each in neighbours]
    here = {_kind(each.interpreter.builder) for each in chosen if each.admitted}
    missing = tuple(_label(*each) for each in promised if each not in here)
    return Choice(tuple(chosen), missing)


def label_of(builder: Builder) -> str:
    """Name a Python for a table, such as ``3.13t`` or ``PyPy 3.11``."""
    return builder.label.replace("CPython ", "")


def _neighbours(
    wheel: Wheel, promised: Sequence[tuple[PythonVersion, bool]], trials: list[Trial]
) -> list[Trial]:
    promise = promise_of(wheel.tags)
    if promise is None or not promised:
        return []
    first = promised[0][0]
    others = [
        each
        for each in trials
        if not each.admitted
        and each.interpreter.builder.implementation == "cpython"
        and not each.interpreter.builder.debug
    ]
    below = [
        each
        for each in others
        if each.interpreter.builder.version < first
        and not each.interpreter.builder.free_threaded
    ]
    # Older ones refuse for the same reason as the newest one below the floor, while
    # each free-threaded one might differ.
    return below[-1:] + [
        each
        for each in others
        if each.interpreter.builder.version >= first
        and each.interpreter.builder.free_threaded
    ]


def _promised(wheel: Wheel) -> list[tuple[PythonVersion, bool]]:
    """Return version and free-threading of each Python that a wheel is for."""
    promise = promise_of(wheel.tags)
    kinds = _promised_by_stable_abi(promise) if promise else _specific(wheel.tags)
    return sorted(
        (version, free_threaded)
        for version, free_threaded in kinds
        if version_admitted(wheel, f"{version}.{_LATE_PATCH}")
    )


def _promised_by_stable_abi(promise: Promise) -> set[tuple[PythonVersion, bool]]:
    last = max(promise.floor, NEWEST_KNOWN)
    minors = range(promise.floor.minor, last.minor + 1)
    versions = [PythonVersion(promise.floor.major, minor) for minor in minors]
    kinds = {(version, False) for version in versions if promise.gil_enabled}
    if promise.free_threaded:
        kinds |= {(version, True) for version in versions if version >= FIRST_ABI3T}
    return kinds


def _specific(tags: TagSet) -> set[tuple[PythonVersion, bool]]:
    kinds = set()
    for tag in tags.pythons:
        try:
            # Tags of other implementations and py3 name no version of CPython.
            version = PythonVersion.from_tag(tag)
        except ValueError:
            continue
        kinds |= {(version, abi.endswith("t")) for abi in tags.abis if abi != "none"}
    return kinds


def _kind(builder: Builder) -> tuple[PythonVersion, bool]:
    return builder.version, builder.free_threaded


def _label(version: PythonVersion, free_threaded: bool) -> str:  # noqa: FBT001 - a pair's parts
    return f"{version}{'t' if free_threaded else ''}"


_FIRST_OF_UV = 8
"""uv supports Python from 3.8: https://docs.astral.sh/uv/reference/policies/python/"""

_LABEL = re.compile(r"3\.(?P<minor>0|[1-9][0-9]?)(?P<flags>t?d?)")
_RANGE = re.compile(
    r"3\.(?P<first>[1-9]?[0-9])(?P<flags>t?)(?:-3\.(?P<last>[1-9]?[0-9])(?P=flags))?"
)


def required_labels(text: str) -> tuple[str, ...]:
    """Read ``3.9-3.15``, ``3.9,3.12`` or ``3.15t``; return a label for each Python.

    Raise ``UsageError`` for anything else.
    """
    labels: list[str] = []
    for part in text.split(","):
        found = _RANGE.fullmatch(part.strip())
        if found is None:
            message = (
                f"--require {text}: expected versions such as 3.9-3.15, 3.12 or 3.15t,"
                " separated by commas"
            )
            raise UsageError(message)
        first = int(found["first"])
        last = int(found["last"] or first)
        if last < first:
            flags = found["flags"]
            message = (
                f"--require {text}: a range begins with the older Python: write"
                f" 3.{last}{flags}-3.{first}{flags}"
            )
            raise UsageError(message)
        if last > NEWEST_KNOWN.minor + 1:
            message = (
                f"--require {text}: this abi3build knows Python only up to"
                f" {NEWEST_KNOWN}: name no later ones, or upgrade it"
            )
            raise UsageError(message)
        labels += [f"3.{minor}{found['flags']}" for minor in range(first, last + 1)]
    return tuple(dict.fromkeys(labels))


def named_interpreters(
    names: Sequence[str], found: Sequence[Interpreter]
) -> tuple[Interpreter, ...]:
    """Return the interpreter of each path, and of each label among those found.

    Raise ``UsageError`` if a name leads to none.
    """
    named = (
        _by_label(name, found) if is_label(name) else _by_path(name) for name in names
    )
    return tuple(dict.fromkeys(named))


def is_label(name: str) -> bool:
    """Tell whether a name is a version such as ``3.13t``, and no path."""
    return _LABEL.fullmatch(name) is not None


def install_hint(labels: Sequence[str]) -> str:
    """Say how uv installs Pythons; say nothing if it has none of these.

    https://docs.astral.sh/uv/guides/install-python/
    """
    minors = range(_FIRST_OF_UV, NEWEST_KNOWN.minor + 1)
    known = [label for label in labels if _minor(label) in minors]
    return f"uv python install {' '.join(known)}" if known else ""


def _minor(label: str) -> int:
    found = _LABEL.fullmatch(label)
    return int(found["minor"]) if found else 0


def _by_label(label: str, found: Sequence[Interpreter]) -> Interpreter:
    fitting = [each for each in found if label_of(each.builder) == label]
    if not fitting:
        here = dict.fromkeys(label_of(each.builder) for each in found)
        hint = install_hint([label])
        message = (
            f"--python {label}: not found among {', '.join(here)}: give its path"
            f"{f', or install it: {hint}' if hint else ', or name another'}"
        )
        raise UsageError(message)
    return fitting[-1]


def _by_path(name: str) -> Interpreter:
    path = Path(name)
    if not path.is_file():
        is_version = re.fullmatch(r"[0-9][0-9.]*\w*", name) is not None
        what = "not a minor version of Python 3" if is_version else ""
        message = (
            f"--python {name}: {what or 'neither a file nor a version'}: give the path"
            " of a Python, or a version such as 3.12"
        )
        raise UsageError(message)
    interpreter = ask_interpreter(path.absolute())
    if interpreter is None:
        message = f"--python {name}: does not run as Python 3: check the path"
        raise UsageError(message)
    return interpreter
