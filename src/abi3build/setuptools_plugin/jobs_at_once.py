"""How many programs of a build may run at once: the smallest of all limits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.processors import processors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from abi3build.settings.model import Parallel

__all__ = ["jobs_at_once"]

_VARIABLES = ("CMAKE_BUILD_PARALLEL_LEVEL", "MAX_JOBS")
"""What users of CMake and of torch's extensions bound a build with."""

_COUNT = re.compile(r"[1-9][0-9]{0,5}")


def jobs_at_once(
    setting: Parallel | None, asked: object, environ: Mapping[str, str]
) -> int:
    """Return how many programs may run at once, at least one.

    Takes the setting, what setuptools was told with ``-j`` or ``[build_ext] parallel``
    (a number, or True for as many as there are processors), and the environment.  None
    of them raises the number above that of the processors.
    """
    bounds = [processors()]
    if setting is not None:
        bounds.append(setting.resolve(bounds[0]))
    if isinstance(asked, int) and not isinstance(asked, bool):
        bounds.append(asked)
    given = (environ.get(name, "").strip() for name in _VARIABLES)
    bounds += [int(text) for text in given if _COUNT.fullmatch(text)]
    return max(1, min(bounds))
