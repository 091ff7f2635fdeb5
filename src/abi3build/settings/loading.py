"""The table, ``-C`` settings and the environment become ``Settings``.

The environment counts before ``-C`` and ``-C`` before the file.  All three are read
to the end, whichever counts, and one error tells all their faults.
"""

from __future__ import annotations

import os
from typing import TypeVar

from abi3build.light_typing import TYPE_CHECKING
from abi3build.settings.assumed_floor import (
    PLACE,
    assume_floor,
    read_requires_python,
)
from abi3build.settings.floors import read_floor
from abi3build.settings.model import (
    KEYS,
    FreeThreaded,
    OptionalExtensions,
    Settings,
    Verify,
)
from abi3build.settings.platforms import (
    read_platform_settings,
    read_program,
    read_target,
)
from abi3build.settings.readers import (
    choice_of,
    read_parallel,
    read_switch,
    read_waivers,
)
from abi3build.settings.sources import (
    Source,
    concerns_abi3build,
    read_command,
    read_environment,
    read_table,
)
from abi3build.settings.table import FaultCollector
from abi3build.versions import FIRST_STABLE_ABI

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from abi3build.settings.readers import Reader
    from abi3build.versions import PythonVersion

__all__ = ["load_settings"]

_Value = TypeVar("_Value")


def load_settings(
    pyproject: Mapping[str, object],
    config_settings: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings | None:
    """Read what a project, a build command and its environment decide.

    ``config_settings`` are those of PEP 517; ``environ`` is ``os.environ`` where it is
    not given.  Give None where the project has no ``[tool.abi3build]`` and no ``-C``
    setting asks for abi3build: variables alone do not.  Raise ``SettingsError`` with
    all faults of all sources.
    """
    faults = FaultCollector()
    table = read_table(pyproject, faults)
    command = {} if config_settings is None else config_settings
    if table is None and not concerns_abi3build(command):
        return None
    sources = (
        table or Source({}),
        read_command(command, faults),
        read_environment(os.environ if environ is None else environ, faults),
    )
    settings = _merge(sources, pyproject, faults)
    faults.settle()
    return settings


def _merge(
    sources: Sequence[Source], pyproject: Mapping[str, object], faults: FaultCollector
) -> Settings:
    """Make the settings from sources of rising weight; faults are only collected."""
    merger = _Merger(sources, faults)
    assumed = _assumed_floor(pyproject, faults, needed=not merger.has("min-python"))
    return Settings(
        min_python=merger.take("min-python", read_floor, assumed, PLACE.words),
        abi3=merger.take("abi3", read_switch, Settings.abi3),
        verify=merger.take("verify", choice_of(Verify), Settings.verify),
        allow=merger.take("allow", read_waivers, Settings.allow),
        free_threaded=merger.take(
            "free-threaded", choice_of(FreeThreaded), Settings.free_threaded
        ),
        optional=merger.take(
            "optional", choice_of(OptionalExtensions), Settings.optional
        ),
        parallel=merger.take("parallel", read_parallel, Settings.parallel),
        target=merger.take("target", read_target, Settings.target),
        targets=merger.take("targets", read_platform_settings, Settings.targets),
        zig=merger.take("zig", read_program, Settings.zig),
        sources=merger.origins(),
    )


def _assumed_floor(
    pyproject: Mapping[str, object], faults: FaultCollector, *, needed: bool
) -> PythonVersion:
    with faults.collect():
        requires = read_requires_python(pyproject)
        if needed:
            return assume_floor(requires)
    # Never seen: either min-python is written or there is a fault to raise.
    return FIRST_STABLE_ABI


class _Merger:
    """Take each key from the weightiest source that has it, and remember which."""

    def __init__(self, sources: Sequence[Source], faults: FaultCollector) -> None:
        self._sources = sources
        self._faults = faults
        self._origins: dict[str, str] = {}

    def has(self, key: str) -> bool:
        """Tell whether a source has the key, or something that may mean it."""
        return any(
            key in source.values or key in source.meant for source in self._sources
        )

    def take(
        self,
        key: str,
        read: Reader[_Value],
        default: _Value,
        default_origin: str = "default",
    ) -> _Value:
        """Read a key in every source; give the last good value, else the default."""
        value, origin = default, default_origin
        for source in self._sources:
            if key in source.values:
                place, written = source.values[key]
                with self._faults.collect():
                    value, origin = read(place, written), place.words
        self._origins[key] = origin
        return value

    def origins(self) -> tuple[tuple[str, str], ...]:
        """Give where each key came from, in the order of the documentation."""
        return tuple((key, self._origins[key]) for key in KEYS)
