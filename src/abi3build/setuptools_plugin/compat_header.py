"""Add the compatibility header to a build that requests it (``compat = true``)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abi3build.errors import BuilderError
from abi3build.settings.model import Verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.setuptools_plugin.plan import Plan

__all__ = ["compat_macros", "copy_headers", "needs_header", "refuse_compat"]

_INCLUDE = Path(__file__).parent.parent / "include"
_HEADER = _INCLUDE / "Python.h"
_COMPAT = "abi3build_compat"
_BACKPORTS = "pythoncapi_compat.h"


def needs_header(plan: Plan) -> bool:
    """Tell whether units must read abi3build's Python.h, for evidence or for names."""
    settings = plan.settings
    asked = settings.compat or settings.verify is not Verify.OFF
    return plan.target.is_stable and asked


def copy_headers(folder: Path, *, compat: bool) -> None:
    """Copy abi3build's Python.h into a folder of the build.

    With ``compat``, the compatibility header is copied too.  If the headers were read
    from the environment that a front end made for the build, its path would be in the
    debug information.  A header that is there already stays, with its time stamp.
    """
    parts = (f"{_COMPAT}.h", f"{_COMPAT}/*.h") if compat else ()
    for path in (_HEADER, *(path for part in parts for path in _INCLUDE.glob(part))):
        copy, text = folder / path.relative_to(_INCLUDE), path.read_bytes()
        copy.parent.mkdir(parents=True, exist_ok=True)
        if not copy.exists() or copy.read_bytes() != text:
            copy.write_bytes(text)


def refuse_compat(plan: Plan, compiler: Any) -> None:
    """Raise ``BuilderError`` if a compiler cannot read the compatibility header."""
    settings = plan.settings
    asked = settings.compat and plan.target.is_stable
    if asked and compiler.compiler_type == "msvc":
        message = (
            f"{settings.source_of('compat')}: the compatibility header needs"
            " #include_next, which Microsoft's compiler lacks: build with"
            " --compiler=mingw32, or set it to false"
        )
        raise BuilderError(message)


def compat_macros(root: Path) -> list[tuple[str, str | None]]:
    """Return the macros that the compatibility header needs in a project's folder.

    If pythoncapi_compat.h is there, and if it reads structmember.h, other names are
    offered, because that file itself cannot compile under the limit.
    """
    macros: list[tuple[str, str | None]] = [("ABI3BUILD_COMPAT", None)]
    texts = [path.read_bytes() for path in _find_backports(root)]
    if texts:
        reads_members = any(b"structmember.h" in text for text in texts)
        macros.append(("ABI3BUILD_BACKPORTS", "2" if reads_members else "1"))
    return macros


def _find_backports(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        folders[:] = [each for each in folders if not each.startswith(".")]
        if _BACKPORTS in files:
            yield Path(folder, _BACKPORTS)
