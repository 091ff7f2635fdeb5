"""The floor of a project that writes none: the start of its ``requires-python``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from abi3build.settings.messages import KeyPlace, quoted, shown
from abi3build.settings.requires_python import requires_python_floor
from abi3build.settings.values import is_known
from abi3build.versions import NEWEST_KNOWN, PythonVersion

__all__ = ["PLACE", "RequiresPython", "assume_floor", "read_requires_python"]

PLACE = KeyPlace("project.requires-python")


@dataclass(frozen=True)
class RequiresPython:
    """Describe what ``[project]`` says about Python versions."""

    specifier: str | None
    """The text of ``requires-python``; None if the file does not have it."""

    floor: PythonVersion | None
    """The lowest minor version that it admits; None if it names none."""

    dynamic: bool
    """True if the file leaves the value to the build backend."""


def read_requires_python(pyproject: Mapping[str, object]) -> RequiresPython:
    """Read ``project.requires-python``; raise ``SettingsError`` if it is no good."""
    project = pyproject.get("project", {})
    if not isinstance(project, Mapping):
        raise KeyPlace("project").misfit(project, "a table")
    specifier = project.get("requires-python")
    dynamic = project.get("dynamic")
    is_dynamic = isinstance(dynamic, list) and "requires-python" in dynamic
    if specifier is None:
        return RequiresPython(None, None, is_dynamic)
    if not isinstance(specifier, str):
        raise PLACE.misfit(specifier, 'a string such as ">=3.10"')
    try:
        floor = requires_python_floor(specifier)
    except ValueError:
        expected = 'a version specifier such as ">=3.10"'
        raise PLACE.mistake(specifier, expected, _operator_tip(specifier)) from None
    return RequiresPython(specifier, floor, is_dynamic)


def assume_floor(requires: RequiresPython) -> PythonVersion:
    """Return the floor to use if ``min-python`` is not written.

    Raise ``SettingsError`` if there is none, with the line to add.
    """
    if requires.floor is not None and is_known(requires.floor):
        return requires.floor
    if requires.floor is not None and requires.floor > NEWEST_KNOWN:
        message = (
            f"{shown(requires.specifier)} starts at Python {requires.floor}, but"
            f" this abi3build knows Python only up to {NEWEST_KNOWN}: upgrade it"
        )
        raise PLACE.fault(message)
    message = (
        f"missing, and {_why_no_floor(requires)}: add the oldest Python that you"
        " support under [tool.abi3build] in pyproject.toml, such as min-python ="
        ' "3.10"'
    )
    raise KeyPlace("tool.abi3build.min-python").fault(message)


def _why_no_floor(requires: RequiresPython) -> str:
    if requires.specifier is None:
        state = "dynamic" if requires.dynamic else "missing too"
        return f"{PLACE.name} is {state}"
    written = f"{PLACE.name} ({shown(requires.specifier)})"
    if requires.floor is None:
        return f"{written} names no lower bound"
    return (
        f"{written} starts at Python {requires.floor}, before the first stable ABI"
        " in 3.2"
    )


def _operator_tip(specifier: str) -> str:
    try:
        version = PythonVersion.parse(specifier.strip())
    except ValueError:
        return ""
    return f", did you mean {quoted(f'>={version}')}?"
