"""``target`` and ``targets``: for which platforms to build, and with what there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING

from abi3build.platforms import PLATFORM_TAGS, read_platform
from abi3build.settings.messages import FaultCollector, quoted, shown
from abi3build.settings.model import PlatformSettings
from abi3build.wording import nearest

if TYPE_CHECKING:
    from abi3build.platforms import Platform
    from abi3build.settings.messages import KeyPlace

__all__ = ["read_platform_settings", "read_program", "read_target"]


_ALL = "all"
_KEYS = {each.name.replace("_", "-"): each.name for each in fields(PlatformSettings)}
_PROGRAMS = {"compiler", "cxx-compiler"}
_TAG_IN_KEY = "platform"


def read_target(place: KeyPlace, value: object) -> tuple[Platform, ...]:
    """Read platform tags: one, several with commas, a list, or ``all``.

    Each is kept once, in the order given.  The file cannot hold them.
    """
    if not place.textual:
        message = (
            "builds are for other platforms only on request: use -C target=... or"
            " the variable ABI3BUILD_TARGET, and keep settings for platforms under"
            " [tool.abi3build.targets]"
        )
        raise place.fault(message)
    given = value if isinstance(value, list) else [value]
    words = [word for word in given if isinstance(word, str)]
    if len(words) < len(given):
        raise place.misfit(value, _expected())
    tags = [tag.strip() for word in words for tag in word.split(",")]
    faults = FaultCollector()
    platforms: dict[Platform, None] = {}
    for tag in tags:
        with faults.collect():
            for name in PLATFORM_TAGS if tag == _ALL else (tag,):
                platforms[_read_tag(place, name)] = None
    faults.settle()
    return tuple(platforms)


def read_platform_settings(
    place: KeyPlace, value: object
) -> tuple[PlatformSettings, ...]:
    """Read the tables of ``targets``, which only the file can hold."""
    if place.textual:
        message = (
            "paths and compilers can only be set in the file: write them under"
            " [tool.abi3build.targets.TAG] in pyproject.toml; choose the platforms"
            " to build for with -C target=..."
        )
        raise place.fault(message)
    if not isinstance(value, Mapping):
        raise place.misfit(value, "a table that contains a table for each platform")
    faults = FaultCollector()
    tables = []
    for tag, table in value.items():
        with faults.collect():
            tables.append(_read_table(place.key(tag), tag, table))
    faults.settle()
    return tuple(sorted(tables, key=lambda table: table.platform))


def read_program(place: KeyPlace, value: object) -> str:
    """Read the path or the command line of a program."""
    if not isinstance(value, str):
        raise place.misfit(value, "a string, the path of a program")
    if not value.strip():
        raise place.mistake(value, "the path of a program")
    return value


def _read_table(place: KeyPlace, tag: str, value: object) -> PlatformSettings:
    faults = FaultCollector()
    with faults.collect():
        _read_tag(place, tag)
    if not isinstance(value, Mapping):
        faults.add(place.misfit(value, "a table"))
        value = {}
    known = {key for key in _KEYS if key != _TAG_IN_KEY}
    parts: dict[str, object] = {}
    for key, written in value.items():
        with faults.collect():
            if key not in known:
                raise place.key(key).unknown(key, sorted(known))
            read = read_program if key in _PROGRAMS else _read_paths
            parts[_KEYS[key]] = read(place.key(key), written)
    faults.settle()
    settings = PlatformSettings(tag, **parts)  # type: ignore[arg-type] # by key, each of its type
    _check_compilers(place, settings)
    return settings


def _check_compilers(place: KeyPlace, settings: PlatformSettings) -> None:
    """Refuse compilers that could not be used as they are written."""
    if settings.cxx_compiler and not settings.compiler:
        message = (
            "works only together with compiler: name the C compiler too, or neither"
        )
        raise place.key("cxx-compiler").fault(message)
    slices = read_platform(settings.platform).slices
    if settings.compiler and len(slices) > 1:
        message = (
            f"one compiler cannot build for both processors of {settings.platform}:"
            " remove the key to build with zig, or build a wheel for each processor"
        )
        raise place.key("compiler").fault(message)


def _read_paths(place: KeyPlace, value: object) -> tuple[str, ...]:
    expected = "an array of paths"
    if not isinstance(value, list):
        raise place.misfit(value, expected)
    for index, item in enumerate(value):
        if not isinstance(item, str) or not item.strip():
            raise place.item(index).misfit(item, "a path")
    return tuple(value)


def _read_tag(place: KeyPlace, tag: str) -> Platform:
    try:
        return read_platform(tag)
    except ValueError as error:
        meant = str(error) or nearest(tag, (*PLATFORM_TAGS, _ALL))
    tip = f", did you mean {quoted(meant)}?" if meant else ""
    message = f"expected {_expected()}, got {shown(tag)}{tip}"
    raise place.fault(message)


def _expected() -> str:
    return 'a platform tag such as "manylinux_2_17_aarch64" or "win_amd64", or "all"'
