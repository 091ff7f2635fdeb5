"""What the changes of a project are tried with: its units and the available headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.port_fix.compiling import CompileFlavor
from abi3build.port_fix.proof import StepProof

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from abi3build.port_fix.compiling import Compiler
    from abi3build.port_fix.header_sets import HeaderSet
    from abi3build.port_fix.recorded_build import RecordedUnit
    from abi3build.versions import PythonVersion

__all__ = ["make_proof", "readable_units"]


def readable_units(
    compiler: Compiler, recorded: Iterable[RecordedUnit]
) -> tuple[RecordedUnit, ...]:
    """Return the recorded units that read ``Python.h`` and are still there.

    Files that a build creates and removes again were not written by hand.
    """
    return tuple(
        each
        for each in recorded
        if each.source.is_file()
        and each.folder.is_dir()
        and compiler.is_for_python(each)
    )


def make_proof(
    compiler: Compiler,
    units: Sequence[RecordedUnit],
    sets: Iterable[HeaderSet],
    floor: PythonVersion,
    options: tuple[str, ...],
) -> StepProof:
    """Return the units that compile without the limit, and what they are tried with.

    ``options`` are those of the compiler that set the limit.  It is tried with the
    headers of ``sets`` from the floor on; without it, all of them count.
    """
    plain, limited = [], []
    for each in sets:
        headers = f"headers of {each.version}"
        plain.append(CompileFlavor(f"without the limit, {headers}", each.folders))
        if each.version >= floor:
            label = f"under the limit, {headers}"
            limited.append(CompileFlavor(label, each.folders, options, is_limited=True))
    checked = compiler.outcomes(units, limited[:1])
    if not any(outcome.errors for outcome in checked.values()):
        # Nothing will be changed, so there is nothing to compare with.
        plain = []
    outcomes = compiler.outcomes(units, plain)
    unlimited = {
        unit: tuple(each for each in plain if outcomes[unit, each].ended_well)
        for unit in units
    }
    usable = tuple(unit for unit in units if unlimited[unit] or not plain)
    return StepProof(compiler, usable, tuple(limited), unlimited)
