"""The table, ``-C`` settings and the environment become ``Settings``.

The environment counts before ``-C`` and ``-C`` before the file.  All three are read
to the end, whichever counts, and one error tells all their faults.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, TypeVar

from abi3build.compat.offered_names import LOWEST_FLOOR
from abi3build.config_settings import OF_SETUPTOOLS
from abi3build.errors import SettingsError
from abi3build.settings.assumed_floor import PLACE, assume_floor, read_requires_python
from abi3build.settings.messages import FaultCollector, KeyPlace, bare
from abi3build.settings.model import (
    KEYS,
    FreeThreaded,
    OptionalExtensions,
    Settings,
    Verify,
)
from abi3build.settings.target_platforms import (
    read_platform_settings,
    read_program,
    read_target,
)
from abi3build.settings.values import (
    choice_of,
    read_floor,
    read_native,
    read_parallel,
    read_switch,
    read_waivers,
)
from abi3build.versions import FIRST_STABLE_ABI
from abi3build.wording import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from abi3build.settings.values import Reader
    from abi3build.versions import PythonVersion

__all__ = [
    "REPORT_VARIABLE",
    "Source",
    "concerns_abi3build",
    "load_settings",
    "read_command",
    "read_environment",
    "read_table",
    "variable",
]


_PREFIX = "ABI3BUILD_"

REPORT_VARIABLE = "ABI3BUILD_REPORT"
"""The one such variable that is not a setting: it changes nothing in what is built."""

_SAME = {key: key for key in KEYS}


@dataclass(frozen=True)
class Source:
    """Contain all values from one source of settings."""

    values: Mapping[str, tuple[KeyPlace, object]]
    """What is written and where, by key, whatever the source's own spelling is."""

    meant: frozenset[str] = frozenset()
    """The keys that may be meant by what could not be understood."""


@dataclass(frozen=True)
class _Spelling:
    """Say how one source writes the keys."""

    keys: Mapping[str, str]
    """The keys by the name that the source has for them."""

    place_of: Callable[[str], KeyPlace]
    noun: str = "key"


def variable(key: str) -> str:
    """Return the environment variable of a key, such as ``ABI3BUILD_MIN_PYTHON``."""
    return _PREFIX + key.upper().replace("-", "_")


def concerns_abi3build(config_settings: Iterable[str]) -> bool:
    """Tell whether a ``-C`` setting is one of these, or one of these misspelt."""
    return any(
        nearest(key, KEYS) for key in config_settings if key not in OF_SETUPTOOLS
    )


def read_table(
    pyproject: Mapping[str, object], faults: FaultCollector
) -> Source | None:
    """Read ``[tool.abi3build]``; return None if there is no such table."""
    tool = pyproject.get("tool", {})
    if not isinstance(tool, Mapping):
        faults.add(KeyPlace("tool").misfit(tool, "a table"))
        return Source({}, frozenset(KEYS))
    if "abi3build" not in tool:
        return None
    place = KeyPlace("tool.abi3build")
    table = tool["abi3build"]
    if not isinstance(table, Mapping):
        faults.add(place.misfit(table, "a table, [tool.abi3build]"))
        return Source({}, frozenset(KEYS))
    return _sort_out(table, _Spelling(_SAME, place.key), faults)


def read_command(
    config_settings: Mapping[str, object], faults: FaultCollector
) -> Source:
    """Read the ``-C`` settings, those of setuptools left out."""
    own = {
        key: value for key, value in config_settings.items() if key not in OF_SETUPTOOLS
    }
    return _sort_out(own, _Spelling(_SAME, _option), faults)


def read_environment(environ: Mapping[str, str], faults: FaultCollector) -> Source:
    """Read the ``ABI3BUILD_*`` variables; one without a value counts as not set."""
    own = {
        name: value
        for name, value in sorted(environ.items())
        if name.startswith(_PREFIX) and value and name != REPORT_VARIABLE
    }
    names = {variable(key): key for key in KEYS}
    return _sort_out(own, _Spelling(names, _variable_place, "variable"), faults)


def _option(key: str) -> KeyPlace:
    return KeyPlace(f"-C {bare(key)}", textual=True)


def _variable_place(name: str) -> KeyPlace:
    return KeyPlace(bare(name), textual=True, kind="environment variable")


def _sort_out(
    written: Mapping[str, object], spelling: _Spelling, faults: FaultCollector
) -> Source:
    values, meant = {}, set()
    for name, value in written.items():
        place = spelling.place_of(name)
        if name in spelling.keys:
            values[spelling.keys[name]] = (place, value)
            continue
        close = nearest(name, spelling.keys)
        if close is not None:
            meant.add(spelling.keys[close])
        faults.add(place.unknown(name, spelling.keys, spelling.noun))
    return Source(values, frozenset(meant))


_Value = TypeVar("_Value")


def load_settings(
    pyproject: Mapping[str, object],
    config_settings: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings | None:
    """Read what a project, a build command and its environment decide.

    ``config_settings`` are those of PEP 517; ``environ`` is ``os.environ`` if it is not
    given.  Return None if the project has no ``[tool.abi3build]`` and no ``-C`` setting
    asks for abi3build: variables alone do not.  Raise ``SettingsError`` with all faults
    of all sources.
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
    _refuse_floor_below_compat(settings)
    return settings


def _refuse_floor_below_compat(settings: Settings) -> None:
    if settings.compat and settings.abi3 and settings.min_python < LOWEST_FLOOR:
        message = (
            f"{settings.source_of('compat')}: the compatibility header needs"
            f' min-python = "{LOWEST_FLOOR}" or later, not "{settings.min_python}"'
            f" ({settings.source_of('min-python')}): raise it, or set compat to false"
        )
        raise SettingsError([message])


def _merge(
    sources: Sequence[Source], pyproject: Mapping[str, object], faults: FaultCollector
) -> Settings:
    """Make the settings from sources of rising weight; faults are only collected."""
    merger = _Merger(sources, faults)
    assumed = _assumed_floor(pyproject, faults, needed=not merger.has("min-python"))
    return Settings(
        min_python=merger.take("min-python", read_floor, assumed, PLACE.words),
        abi3=merger.take("abi3", read_switch, Settings.abi3),
        compat=merger.take("compat", read_switch, Settings.compat),
        native=merger.take("native", read_native, Settings.native),
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
        """Read a key in every source; return the last good value, else the default."""
        value, origin = default, default_origin
        for source in self._sources:
            if key in source.values:
                place, written = source.values[key]
                with self._faults.collect():
                    value, origin = read(place, written), place.words
        self._origins[key] = origin
        return value

    def origins(self) -> tuple[tuple[str, str], ...]:
        """Return where each key came from, in the order of the documentation."""
        return tuple((key, self._origins[key]) for key in KEYS)
