"""Keep one file for each module: Python may import another flavor beside it.

Python looks for its own version's suffix first, so a ``core.cpython-311-...so`` that an
earlier build left shadows the new ``core.abi3.so``.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.errors import UsageError
from abi3build.wheels.wheel import NameKind, parse_module_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["remember_files", "remove_other_flavors"]


_RECORD = "abi3build-in-place.json"


def remove_other_flavors(paths: Iterable[Path], build_base: Path) -> list[Path]:
    """Remove other files for the modules of these paths; return them, sorted.

    Files in the build folder are removed, and files that an earlier build by abi3build
    left and that have not changed since.  Raise ``UsageError`` for any other file.
    """
    known = _read(build_base)
    removed = []
    near = map(_relative, paths)
    for other in sorted({other for path in near for other in _others(path)}):
        is_ours = build_base.resolve() in other.resolve().parents
        if not is_ours and known.get(str(other)) != _digest(other):
            message = (
                f"{other} contains the same module as this build, so Python may import"
                " it instead, and abi3build did not build it: remove it"
            )
            raise UsageError(message)
        other.unlink()
        removed.append(other)
    return removed


def remember_files(paths: Iterable[Path], build_base: Path) -> None:
    """Record which files were put beside the sources."""
    known = _read(build_base)
    built = (path for path in map(_relative, paths) if path.exists())
    known.update((str(path), _digest(path)) for path in built)
    build_base.mkdir(parents=True, exist_ok=True)
    text = json.dumps(known, indent=1, sort_keys=True)
    (build_base / _RECORD).write_text(text + "\n", encoding="utf-8")


def _relative(path: Path) -> Path:
    # setuptools gives the place of one file now as absolute, now as relative.
    try:
        return path.absolute().relative_to(Path.cwd())
    except ValueError:
        return path


def _others(path: Path) -> Iterator[Path]:
    module = parse_module_file(path.name)
    if module is None or not path.parent.is_dir():
        return
    for other in path.parent.glob(f"{module.name}*"):
        found = parse_module_file(other.name)
        if found is None or other.name == path.name or found.name != module.name:
            continue
        # A plain x.so may as well be a library that ctypes opens.
        if found.kind is not NameKind.PLAIN:
            yield other


def _read(build_base: Path) -> dict[str, str]:
    try:
        known = json.loads((build_base / _RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _digest(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
