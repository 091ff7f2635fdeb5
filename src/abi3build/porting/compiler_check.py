"""Ask the compiler at hand whether it agrees with the plan: ``port --check``."""

from __future__ import annotations

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


def differences(sources: ProjectSources, floor: _Version) -> tuple[str, ...]:
    """Return, for people, where plan and compiler differ, or that they agree.

    Raise ``UsageError`` if the headers at hand are older than the floor.
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
    for unit in sources.units:
        without, within = _compiled(unit, None), _compiled(unit, floor)
        if without is None or within is None:
            lines.append(
                f"{unit.path}: the compiler did not finish: build it once by hand"
            )
        elif without:
            first = without[0]
            lines.append(
                f"{unit.path}: does not compile without the limit either"
                f" ({first.file}:{first.line}: {first.name}), so it is not checked"
            )
        else:
            found += within
    unseen = list(_unseen(constructs, found))
    lines += [*unseen, *_unforeseen(constructs, found)]
    if not lines:
        lines = [f"the compiler agrees at floor {floor} with headers of {headers}"]
    return tuple(lines)


def _compiled(unit: CompiledUnit, floor: _Version | None) -> list[Rejection] | None:
    name = "CXX" if unit.is_cpp else "CC"
    command = shlex.split(sysconfig.get_config_var(name) or "")
    paths = sysconfig.get_paths()
    include = dict.fromkeys((paths["include"], paths["platinclude"]))
    return rejections(
        command[:1] or ["c++" if unit.is_cpp else "cc"],
        unit,
        [Path(each) for each in include],
        floor,
    )


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
    for each in sorted(set(found)):
        if (Path(each.file), each.line) in known or each.name in names:
            continue
        yield f"{each.file}:{each.line}: {each.name}: the compiler rejects it"
