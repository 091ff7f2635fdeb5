"""Measure one project on each Python: build both flavors, and time them alternately."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from abi3build.costs.calls import count_calls, extra_calls
from abi3build.costs.flavors import build_flavor
from abi3build.costs.ratios import Block, measure_ratio, ratio_of
from abi3build.costs.workloads import WorkloadError, run_once

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from abi3build.costs.calls import CallCount
    from abi3build.costs.flavors import Flavor, Surroundings
    from abi3build.costs.ratios import Ratio
    from abi3build.costs.workloads import Workload
    from abi3build.targets.interpreters import Interpreter
    from abi3build.versions import PythonVersion

__all__ = ["Cost", "Timing", "measure_cost"]


@dataclass(frozen=True)
class Cost:
    """Say what the stable ABI at one floor costs on one Python."""

    python: str
    floor: PythonVersion
    processor: Ratio | None = None
    """Of processor time: how many times longer abi3 takes; None if not timed."""

    wall: Ratio | None = None
    seconds: float = 0.0
    """The median processor time of one native run."""

    abi3_size: int = 0
    native_size: int = 0
    """In bytes, of the wheels."""

    only_abi3: tuple[str, ...] = ()
    """The symbols that the abi3 build takes and the native one does not, sorted."""

    calls: tuple[CallCount, ...] | None = None
    """What the abi3 build calls more often in one run; None if that was not counted."""

    fault: str = ""
    """Which flavor failed and why; empty if both were timed."""


@dataclass(frozen=True)
class Timing:
    """Say what is timed, for how long at most, and how to report progress."""

    workload: Workload
    seconds: float
    """For each floor on each Python."""

    say: Callable[[str], None]
    counts_calls: bool = False


@dataclass
class _Clock:
    """Run one flavor and keep its times."""

    name: str
    flavor: Flavor
    around: Surroundings
    timing: Timing
    processor: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def run(self) -> float:
        """Run the flavor once and return its seconds of processor time."""
        try:
            taken, wall = run_once(
                self.timing.workload,
                self.flavor,
                self.around.processes,
                self.timing.seconds,
            )
        except WorkloadError as fault:
            message = f"with the {self.name} build, the command {fault}"
            raise WorkloadError(message) from None
        self.processor.append(taken)
        self.wall.append(wall)
        return taken

    def forget(self) -> None:
        """Count the first run for nothing: it writes bytecode and fills caches."""
        self.processor.clear()
        self.wall.clear()


def measure_cost(
    around: Surroundings,
    interpreter: Interpreter,
    floors: Sequence[PythonVersion],
    timing: Timing,
) -> list[Cost]:
    """Measure each floor on one Python, each against one native build."""
    release = interpreter.release
    timing.say(f"building for Python {release} only")
    native = build_flavor(around, interpreter, None)
    if isinstance(native, str):
        fault = f"the version-specific build {native}"
        return [Cost(release, floor, fault=fault) for floor in floors]
    costs = []
    for floor in floors:
        cost = Cost(release, floor)
        timing.say(
            f"building for the stable ABI of Python {floor} with Python {release}"
        )
        abi3 = build_flavor(around, interpreter, floor)
        if isinstance(abi3, str):
            costs.append(replace(cost, fault=f"the abi3 build {abi3}"))
            continue
        clock = _Clock("abi3", abi3, around, timing)
        other = _Clock("version-specific", native, around, timing)
        costs.append(_timed(cost, clock, other))
        if timing.counts_calls and not costs[-1].fault:
            timing.say(f"counting calls on Python {release}, floor {floor}")
            costs[-1] = _counted(costs[-1], around, timing, (abi3, native))
    return costs


def _counted(
    cost: Cost, around: Surroundings, timing: Timing, flavors: tuple[Flavor, Flavor]
) -> Cost:
    try:
        abi3, native = (
            count_calls(timing.workload, flavor, around.processes, timing.seconds)
            for flavor in flavors
        )
    except WorkloadError as fault:
        return replace(cost, fault=f"counting calls, the command {fault}")
    return replace(cost, calls=extra_calls(abi3, native))


def _timed(cost: Cost, abi3: _Clock, native: _Clock) -> Cost:
    cost = replace(
        cost,
        abi3_size=abi3.flavor.size,
        native_size=native.flavor.size,
        only_abi3=tuple(sorted(abi3.flavor.symbols - native.flavor.symbols)),
    )
    timing = abi3.timing

    def advance(ratio: Ratio) -> None:
        where = f"Python {cost.python}, floor {cost.floor}"
        timing.say(f"{where}: {ratio.value:.3f} after {ratio.blocks} blocks")

    try:
        # A command that never works is not the fault of abi3.
        for clock in (native, abi3):
            clock.run()
            clock.forget()
        processor = measure_ratio(
            abi3.run,
            native.run,
            seconds=timing.seconds,
            now=time.monotonic,
            advance=advance,
        )
    except WorkloadError as fault:
        return replace(cost, fault=str(fault))
    return replace(
        cost,
        processor=processor,
        wall=ratio_of(_blocks(abi3.wall, native.wall)),
        seconds=statistics.median(native.processor),
    )


def _blocks(first: Sequence[float], second: Sequence[float]) -> list[Block]:
    """Return the blocks of two times each, as ``measure_ratio`` ran them."""
    pairs = zip(first[::2], first[1::2], second[::2], second[1::2])
    return [Block(one + two, three + four) for one, two, three, four in pairs]
