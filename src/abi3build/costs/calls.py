"""Count what each flavor calls of CPython in one run, and compare the counts."""

from __future__ import annotations

import platform
import shutil
import struct
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from abi3build.costs.workloads import WorkloadError, run_once
from abi3build.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from abi3build.costs.flavors import Flavor
    from abi3build.costs.workloads import Workload
    from abi3build.trials.processes import Processes

__all__ = ["CallCount", "count_calls", "expect_countable", "extra_calls"]

_COUNTER = Path(__file__).with_name("call_counter.py")
_MODULE = "abi3build_call_counter"
_PROCESSORS = ("x86_64", "AMD64", "aarch64")


class CallCount(NamedTuple):
    """Say how often each flavor calls a function in one run."""

    name: str
    abi3: int
    native: int

    @property
    def extra(self) -> int:
        """Return how many calls more the abi3 flavor makes."""
        return self.abi3 - self.native


def expect_countable() -> None:
    """Raise ``UsageError`` if calls cannot be counted, as on Windows and macOS."""
    if sys.platform == "linux" and platform.machine() in _PROCESSORS:
        return
    message = (
        "--calls: counts only on Linux with x86_64 and aarch64, not on"
        f" {platform.system()} with {platform.machine()}: leave it out, or run it there"
    )
    raise UsageError(message)


def count_calls(
    workload: Workload, flavor: Flavor, processes: Processes, seconds: float
) -> Mapping[str, int]:
    """Run the workload once and count the calls of the flavor's modules by function.

    Raise ``WorkloadError`` if it fails, or if no module of the flavor was loaded.
    """
    environment = flavor.environment.folder
    folder = Path(tempfile.mkdtemp(prefix="calls-", dir=environment.parent))
    outermost = sorted({name.partition(".")[0] for name in flavor.modules})
    given = ", ".join(map(repr, outermost))
    line = f"import {_MODULE} as counter; counter.count_calls_of({given})\n"
    place = next(environment.glob("[Ll]ib*/**/site-packages"))
    shutil.copyfile(_COUNTER, place / f"{_MODULE}.py")
    # https://docs.python.org/3/library/site.html has what a .pth file may do.
    loader = place / f"{_MODULE}.pth"
    loader.write_text(line, encoding="utf-8")
    words = workload.counted_words or workload.words
    counted = replace(workload, words=words, reads_benchmarks=False)
    try:
        variables = {"ABI3BUILD_CALLS": str(folder)}
        run_once(counted, flavor, processes, seconds, variables)
    finally:
        # What is timed later must not pay for it.
        loader.unlink()
    if not any(folder.glob("*.names")):
        message = (
            f"loads no extension of {', '.join(outermost)} from the environment: name"
            " a command that uses it"
        )
        raise WorkloadError(message)
    return _read_counts(folder)


def _read_counts(folder: Path) -> Counter[str]:
    counts: Counter[str] = Counter()
    for path in sorted(folder.glob("*.names")):
        names = path.read_text(encoding="utf-8").split("\n")
        data = path.with_suffix(".counts").read_bytes()
        numbers = struct.unpack(f"<{len(names)}Q", data)
        for name, number in zip(names, numbers):
            counts[name] += number
    return counts


def extra_calls(
    abi3: Mapping[str, int], native: Mapping[str, int]
) -> tuple[CallCount, ...]:
    """Return the functions that the abi3 flavor calls more often, most extra first."""
    found = (
        CallCount(name, count, native.get(name, 0)) for name, count in abi3.items()
    )
    more = [each for each in found if each.extra > 0]
    return tuple(sorted(more, key=lambda each: (-each.extra, each.name)))
