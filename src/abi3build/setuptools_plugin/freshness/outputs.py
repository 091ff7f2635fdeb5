"""Let nothing stale stay: remove an output that was made of other things."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from abi3build.evidence.link_inputs import (
    dependencies_of,
    find_link_inputs,
    read_linked_objects,
)
from abi3build.light_typing import TYPE_CHECKING
from abi3build.setuptools_plugin.freshness.stamps import (
    is_current,
    read_stamp,
    remove_stamp,
    write_stamp,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["remember", "remove_stale"]


def remove_stale(
    build_temp: Path, name: str, output: Path, made_of: Mapping[str, Any]
) -> None:
    """Remove an extension's file unless it is what this build would make.

    setuptools then makes it anew: what is missing is not up to date.
    """
    if not is_current(read_stamp(build_temp, name), made_of):
        output.unlink(missing_ok=True)
        remove_stamp(build_temp, name)


def remember(
    build_temp: Path,
    name: str,
    output: str,
    made_of: Mapping[str, Any],
    command: Sequence[str] | None,
) -> None:
    """Keep what an extension was made of; ``command`` is the linker's, if it ran."""
    if command is None:
        if read_stamp(build_temp, name) is None:
            write_stamp(build_temp, name, made_of, (), ())
        return
    inputs = find_link_inputs(command)
    files: set[Path] = set()
    for path in inputs:
        files.update(map(Path, dependencies_of(path) or [str(path)]))
    linked = read_linked_objects(output, inputs)
    write_stamp(build_temp, name, made_of, sorted(files), linked)
