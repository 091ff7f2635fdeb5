"""Remember what each extension was made of, so that nothing stale is shipped.

A stamp is a small JSON file in the build's own folder: the ingredients, a digest of
each file that was read, and what the link took that this build did not compile.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from abi3build.evidence.link_inputs import LinkedObject
from abi3build.light_typing import TYPE_CHECKING
from abi3build.setuptools_plugin.freshness.ingredients import from_portable, to_portable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "Stamp",
    "is_current",
    "read_linked",
    "read_stamp",
    "remove_stamp",
    "write_stamp",
]

_FOLDER = "abi3build-stamps"


@dataclass(frozen=True)
class Stamp:
    """Say what one extension was made of."""

    ingredients: Mapping[str, Any]
    files: Mapping[str, str]
    """The digest of each file that a unit read or the link took."""

    linked: tuple[LinkedObject, ...] = ()


def write_stamp(
    build_temp: Path,
    name: str,
    made_of: Mapping[str, Any],
    files: Iterable[Path],
    linked: Iterable[LinkedObject],
) -> None:
    """Write an extension's stamp, by its dotted name."""
    digests = {to_portable(str(path)): _digest(path) for path in files}
    stamp = Stamp(made_of, digests, tuple(linked))
    path = _path(build_temp, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(stamp), indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")


def read_stamp(build_temp: Path, name: str) -> Stamp | None:
    """Read an extension's stamp; None where there is none or it is damaged."""
    return _read(_path(build_temp, name))


def remove_stamp(build_temp: Path, name: str) -> None:
    """Remove an extension's stamp, if there is one."""
    _path(build_temp, name).unlink(missing_ok=True)


def is_current(stamp: Stamp | None, made_of: Mapping[str, Any]) -> bool:
    """Tell whether an extension with this stamp may stay as it is."""
    if stamp is None or stamp.ingredients != made_of:
        return False
    return all(
        any(_digest(path) == digest for path in from_portable(name))
        for name, digest in stamp.files.items()
    )


def read_linked(build_temp: Path) -> tuple[LinkedObject, ...]:
    """Give what the finished extensions took without evidence, sorted."""
    stamps = map(_read, (build_temp / _FOLDER).glob("*.json"))
    found = {each for stamp in stamps if stamp for each in stamp.linked}
    return tuple(sorted(each for each in found if Path(each.output).exists()))


def _path(build_temp: Path, name: str) -> Path:
    return build_temp / _FOLDER / f"{name}.json"


def _read(path: Path) -> Stamp | None:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        linked = tuple(
            LinkedObject(
                each["output"],
                each["name"],
                tuple(each["symbols"]),
                tuple(each["floors"]),
                each["is_hidden"],
                each["place"],
            )
            for each in document["linked"]
        )
        return Stamp(document["ingredients"], document["files"], linked)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _digest(path: Path) -> str:
    try:
        status = path.stat()
    except OSError:
        return ""
    return _digest_of(path, status.st_size, status.st_mtime_ns)


@cache
def _digest_of(path: Path, size: int, changed: int) -> str:
    # Many units read the same headers; what is generated meanwhile has a new time.
    del size, changed
    try:
        return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
    except OSError:
        return ""
