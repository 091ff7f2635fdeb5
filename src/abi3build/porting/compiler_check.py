"""Ask the available compiler whether it agrees with the plan: ``port --check``."""

from __future__ import annotations

import os
import shlex
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.errors import UsageError
from abi3build.porting.analysis import SourceAnalysis
from abi3build.porting.compiler_verdicts import rejections
from abi3build.porting.constructs import ConstructKind, find_constructs
from abi3build.porting.preprocessing import TargetOfBuild
from abi3build.porting.project_sources import HEADERS
from abi3build.surroundings import words_of_variable
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.porting.analysis import CompiledUnit
    from abi3build.porting.compiler_verdicts import Rejection
    from abi3build.porting.constructs import Construct
    from abi3build.porting.project_sources import ProjectSources
    from abi3build.versions import PythonVersion as _Version

__all__ = ["differences"]

_NEVER_SEEN = {ConstructKind.LIBRARY, ConstructKind.GENERATED}
"""What a compiler does not reject, though no floor keeps its promise with it."""

_SHOWN = 3
"""How many of the units that cannot be checked are named."""


def differences(sources: ProjectSources, floor: _Version) -> tuple[str, ...]:
    """Return, for people, where plan and compiler differ, or that they agree.

    Raise ``UsageError`` if the available headers are older than the floor.
    """
    headers = PythonVersion(*sys.version_info[:2])
    if headers < floor:
        message = (
            f"--check needs headers of Python {floor} or later, but this Python is"
            f" {headers}: run abi3build with a later one or name a lower --floor"
        )
        raise UsageError(message)
    target = TargetOfBuild(floor, headers)
    constructs = find_constructs(
        SourceAnalysis(
            sources.units, sources.root, knows_macros=sources.knows_macros
        ).at(target),
        target,
    )
    found: list[Rejection] = []
    lines: list[str] = []
    checked: set[Path] = set()
    compiled = [each for each in sources.units if each.path.suffix not in HEADERS]
    for unit in compiled or sources.units:
        without = _compiled(unit, None)
        within = without or _compiled(unit, floor)
        if without is None or within is None:
            lines.append(
                f"{unit.path}: the compiler did not finish: build it once by hand"
            )
        elif without:
            lines.append(f"{unit.path}: {_without_limit(without)}")
        else:
            found += within
            checked.add(unit.path)
    lines = _shortened(lines)
    if len(checked) < len(compiled or sources.units):
        # Nothing is known of the others, nor of the headers that they share.
        constructs = tuple(
            each
            for each in constructs
            if any(Path(place.file) in checked for place in each.places)
        )
    lines += [*_unseen(constructs, found), *_unforeseen(constructs, found)]
    if not sources.units:
        lines = ["no C or C++ to compile: build once, and check what Cython writes"]
    if not lines:
        lines = [f"the compiler agrees at floor {floor} with headers of {headers}"]
    return tuple(lines)


def _shortened(lines: list[str]) -> list[str]:
    """Return the first of many reasons, which are much the same for one project."""
    left = len(lines) - _SHOWN
    if left <= 0:
        return lines
    files = "file is" if left == 1 else "files are"
    return [*lines[:_SHOWN], f"{left} more {files} not checked, for reasons like these"]


def _without_limit(found: list[Rejection]) -> str:
    """Say why a unit is not checked, from what is rejected of the whole interface."""
    missing = next((each for each in found if each.kind == "header"), None)
    if missing is not None:
        place = f"{missing.file}:{missing.line}"
        return (
            f"not checked, {missing.name} is missing ({place}): install what has it, or"
            " build the project once if its build writes it"
        )
    first = found[0]
    return (
        "does not compile without the limit either"
        f" ({first.file}:{first.line}: {first.name}), so it is not checked"
    )


def _compiled(unit: CompiledUnit, floor: _Version | None) -> list[Rejection] | None:
    name = "CXX" if unit.is_cpp else "CC"
    named = words_of_variable(name, os.environ)
    named = named or shlex.split(sysconfig.get_config_var(name) or "")
    command = named or ["c++" if unit.is_cpp else "cc"]
    paths = sysconfig.get_paths()
    include = dict.fromkeys((paths["include"], paths["platinclude"]))
    try:
        return rejections(command, unit, [Path(each) for each in include], floor)
    except OSError as fault:
        message = (
            f"--check: {command[0]} cannot be run: {fault.strerror}: install a"
            f" compiler, or name one in {name}"
        )
        raise UsageError(message) from None


def _unseen(constructs: tuple[Construct, ...], found: list[Rejection]) -> Iterator[str]:
    names = {each.name for each in found}
    lines = {(Path(each.file), each.line) for each in found}
    for each in constructs:
        short = each.name.split(" of <")[0].split("(")[0]
        at_place = any((Path(place.file), place.line) in lines for place in each.places)
        owner = each.name.partition(".")[0]
        if each.kind in _NEVER_SEEN or at_place or names & {short, each.name, owner}:
            continue
        place = each.places[0]
        yield (
            f"{place.file}:{place.line}: {each.name}: the plan lists it, but the"
            " compiler accepts it: it may be hidden by another error or belong to other"
            " systems"
        )


def _unforeseen(
    constructs: tuple[Construct, ...], found: list[Rejection]
) -> Iterator[str]:
    known = {
        (Path(place.file), place.line) for each in constructs for place in each.places
    }
    names = {each.name.split(" of <")[0].split("(")[0] for each in constructs}
    owners = {f"{each.partition('.')[0]}." for each in names if "." in each}
    for each in sorted(set(found)):
        if (Path(each.file), each.line) in known or each.name in names:
            continue
        if each.name in owners:
            # Clang says where a macro is used, and not which field the macro reads.
            continue
        yield f"{each.file}:{each.line}: {each.name}: the compiler rejects it"
