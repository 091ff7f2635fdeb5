"""The file names of extension modules and which Pythons load them.

The suffixes are those of ``importlib.machinery.EXTENSION_SUFFIXES``; the forms with
a platform came with 3.15: https://github.com/python/cpython/issues/122931
"""

from __future__ import annotations

import posixpath
import re
from enum import Enum

from abi3build.light_typing import NamedTuple

__all__ = ["ModuleFile", "NameKind", "parse_module_file"]

_SUFFIXES = (".so", ".pyd")
_LIBRARY_FOLDERS = (".libs", ".dylibs")
_INTERPRETER = r"(?:cpython-|cp|pypy|graalpy)[0-9]"


class NameKind(Enum):
    """Say which Pythons a module's file name is for."""

    PLAIN = "plain"
    """``x.so`` or ``x.pyd``: every Python of the platform."""

    ABI3 = "abi3"
    """``x.abi3.so``: every GIL-enabled CPython."""

    ABI3_PLATFORM = "abi3 with a platform"
    """``x.abi3-x86_64-linux-gnu.so``: CPython 3.15 and later."""

    ABI3T = "abi3t"
    """``x.abi3t.so``, with or without a platform: CPython 3.15 and later."""

    VERSION_SPECIFIC = "version-specific"
    """``x.cpython-311-darwin.so``, ``x.cp311-win_amd64.pyd``, ``x_d.pyd``: one."""


class ModuleFile(NamedTuple):
    """Say which module a file is and for which Pythons."""

    path: str
    folder: str
    name: str
    """The last part of the module's dotted name."""

    kind: NameKind
    infix: str
    """What stands between the module's name and the last suffix."""

    @property
    def claims_to_be_module(self) -> bool:
        """Tell whether the name alone says that Python imports the file.

        A plain ``x.so`` may as well be a library that ctypes or cffi opens.
        """
        return self.kind is not NameKind.PLAIN or self.path.endswith(".pyd")


def parse_module_file(path: str) -> ModuleFile | None:
    """Read a path as an extension module's; None where it cannot be one.

    Libraries beside the modules (``name.libs/``, ``.dylibs/``) are none.
    """
    if not path.endswith(_SUFFIXES):
        return None
    folder, base = posixpath.split(path.replace("\\", "/"))
    name, _, rest = base.partition(".")
    infix, _, end = rest.rpartition(".")
    if not name or rest.startswith(".") or folder.endswith(_LIBRARY_FOLDERS):
        return None
    kind = _kind(infix)
    if kind is None:
        return None
    if end == "pyd" and name.endswith("_d"):
        # Debug builds of Python on Windows put _d behind the module's name.
        name, kind = name[:-2], NameKind.VERSION_SPECIFIC
    return ModuleFile(path, folder, name, kind, infix)


def _kind(infix: str) -> NameKind | None:
    if not infix:
        return NameKind.PLAIN
    if infix == "abi3":
        return NameKind.ABI3
    if infix.startswith("abi3-"):
        return NameKind.ABI3_PLATFORM
    if infix == "abi3t" or infix.startswith("abi3t-"):
        return NameKind.ABI3T
    # libexample.1.so is no module: Python imports nothing with a dot in its name.
    return NameKind.VERSION_SPECIFIC if re.match(_INTERPRETER, infix) else None
