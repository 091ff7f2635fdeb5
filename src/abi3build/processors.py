"""How many processors this process may use: affinity, and the limits of a container."""

from __future__ import annotations

import math
import os
from pathlib import Path, PurePosixPath

__all__ = ["container_limit", "processors"]

_GROUPS = Path("/sys/fs/cgroup")
_OWN_GROUP = Path("/proc/self/cgroup")


def processors() -> int:
    """Return the number of processors that this process may use, at least one."""
    # Since 3.13, and the only one that -X cpu_count and PYTHON_CPU_COUNT change.
    count = getattr(os, "process_cpu_count", os.cpu_count)() or 1
    if hasattr(os, "sched_getaffinity"):
        count = min(count, len(os.sched_getaffinity(0)))
    limit = container_limit(_GROUPS, _OWN_GROUP)
    return max(1, count if limit is None else min(count, math.ceil(limit)))


def container_limit(groups: Path, own_group: Path) -> float | None:
    """Return the number of processors to which control groups limit a process.

    Return None without a limit, and without control groups.  Takes the folder of all
    groups and the file that names the process's own.

    https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files
    https://docs.kernel.org/scheduler/sched-bwc.html
    """
    found = []
    for line in _text(own_group).splitlines():
        _, names, path = line.split(":", 2)
        # The second version has one tree, and the first one for each controller.
        if names and "cpu" not in names.split(","):
            continue
        root = groups / "cpu" if names else groups
        group = PurePosixPath(path.lstrip("/"))
        found += [_limit_of(root / each) for each in (group, *group.parents)]
    limits = [limit for limit in found if limit]
    return min(limits) if limits else None


def _limit_of(folder: Path) -> float:
    """Return the limit of one group; 0 without one."""
    words = _text(folder / "cpu.max").split()
    if not words:
        quota, period = "cpu.cfs_quota_us", "cpu.cfs_period_us"
        words = [*_text(folder / quota).split(), *_text(folder / period).split()]
    # Without a limit the first word is max or -1.
    if len(words) != 2 or not all(map(str.isdigit, words)) or words[1] == "0":  # noqa: PLR2004 - quota, period
        return 0
    return int(words[0]) / int(words[1])


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""
