"""What a wheel says about itself, as plain data.

The file name and the WHEEL file are specified in
https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

from __future__ import annotations

import posixpath
import re
import string
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from abi3build.errors import UnreadableError
from abi3build.versions import FIRST_STABLE_ABI, Promise, PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterable

    from abi3build.wheels.build_record import BuildRecord

__all__ = [
    "ModuleFile",
    "NameKind",
    "Record",
    "TagSet",
    "Wheel",
    "normalized_name",
    "parse_module_file",
    "parse_record",
    "parse_wheel_name",
    "plain_path",
    "promise_of",
]


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
    """Read a path as that of an extension module; return None if it cannot be one.

    Libraries beside the modules (``name.libs/``, ``.dylibs/``) are not modules.
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
    # libexample.1.so is not a module: Python imports nothing with a dot in its name.
    return NameKind.VERSION_SPECIFIC if re.match(_INTERPRETER, infix) else None


class Record(NamedTuple):
    """List what a RECORD contains, or say why it cannot be read."""

    entries: tuple[tuple[str, str], ...] = ()
    """Pairs of a name and a size as it is written, sorted; hashes are left out."""

    fault: str = ""

    @property
    def names(self) -> frozenset[str]:
        """Return the names that it lists, spelled as ``plain_path`` does."""
        return frozenset(plain_path(name) for name, _ in self.entries)

    @property
    def has_backslashes(self) -> bool:
        """Tell whether a name is written as tools of Windows do."""
        return any("\\" in name for name, _ in self.entries)


def plain_path(name: str) -> str:
    """Return a path in a wheel with slashes only, whichever tool wrote it.

    Installers treat both kinds of separators the same, and ignore ``./``.
    """
    return posixpath.normpath(name.replace("\\", "/")) if name else name


def parse_record(data: bytes) -> Record:
    """Read the lines of a RECORD; nothing that is wrong with it raises."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return Record(fault="not UTF-8")
    if '"' in text:
        return _parse_quoted(text)
    lines = filter(None, text.replace("\r", "\n").split("\n"))
    return _record(line.split(",") for line in lines)


def _parse_quoted(text: str) -> Record:
    import csv
    from io import StringIO

    try:
        return _record(filter(None, csv.reader(StringIO(text))))
    except csv.Error as fault:
        return Record(fault=f"no list of commas: {fault}")


def _record(rows: Iterable[list[str]]) -> Record:
    return Record(tuple(sorted({(row[0], "".join(row[2:3])) for row in rows})))


class TagSet(NamedTuple):
    """List the compressed tags of a wheel's file name, each part in its own order."""

    pythons: tuple[str, ...]
    abis: tuple[str, ...]
    platforms: tuple[str, ...]

    def expand(self) -> tuple[str, ...]:
        """Return every single tag that the set represents, sorted."""
        return tuple(
            sorted(
                f"{python}-{abi}-{platform}"
                for python in self.pythons
                for abi in self.abis
                for platform in self.platforms
            )
        )

    def __str__(self) -> str:
        """Return the set as written in the file name."""
        parts = (self.pythons, self.abis, self.platforms)
        return "-".join(".".join(part) for part in parts)


class Wheel(NamedTuple):
    """Describe one wheel without its contents."""

    filename: str
    distribution: str
    version: str
    tags: TagSet
    recorded_tags: tuple[str, ...] = ()
    """The ``Tag`` lines of the WHEEL file, sorted."""

    requires_python: str = ""
    is_purelib: bool = False
    """What the WHEEL file says with ``Root-Is-Purelib``."""

    dist_info: str = ""
    """The name of the folder ``.dist-info``; empty if it was not read."""

    recorded_name: str = ""
    recorded_version: str = ""
    """``Name`` and ``Version`` of METADATA; empty if it has none."""

    members: tuple[str, ...] = ()
    """The names of all members, sorted."""

    sizes: tuple[int, ...] = ()
    """The size of each member in bytes, in the same order."""

    record: Record | None = None
    """None if it was not read."""

    build_record: BuildRecord | None = None
    """What abi3build wrote of the build; None in the wheels of other tools."""


def parse_wheel_name(filename: str) -> tuple[str, str, TagSet]:
    """Split a wheel's file name into distribution, version and tags.

    The tags are in lower case, as installers compare them.  Raise ``UnreadableError``
    if it is not the name of a wheel.
    """
    parts = filename[: -len(".whl")].split("-")
    is_whole = len(parts) in {5, 6} and all(parts)
    # A build number begins with a digit: installers reject other names.
    is_whole = is_whole and (len(parts) < 6 or parts[2][0] in string.digits)  # noqa: PLR2004
    # Browsers put " (1)" into the name of what they download a second time.
    if not filename.endswith(".whl") or not is_whole or filename.split() != [filename]:
        message = (
            f"{filename}: not the name of a wheel"
            " (distribution-version[-build]-python-abi-platform.whl): restore the name"
            " that the build gave it"
        )
        raise UnreadableError(message)
    pythons, abis, platforms = (tuple(part.lower().split(".")) for part in parts[-3:])
    return parts[0], parts[1], TagSet(pythons, abis, platforms)


def normalized_name(distribution: str) -> str:
    """Return the one spelling of a distribution's name that indexes compare.

    https://packaging.python.org/en/latest/specifications/name-normalization/
    """
    return re.sub(r"[-_.]+", "-", distribution).lower()


def promise_of(tags: TagSet) -> Promise | None:
    """Read the promise out of a wheel's tags; None if they make none.

    Several Python tags promise each of them, so the lowest counts; those without a
    stable ABI, such as ``py3`` and ``cp31``, do not (rule ABI601).
    """
    if not {"abi3", "abi3t"} & set(tags.abis):
        return None
    floors = []
    for tag in tags.pythons:
        try:
            floors.append(PythonVersion.from_tag(tag))
        except ValueError:
            continue
    stable = [floor for floor in floors if floor.has_stable_abi]
    return Promise(
        min(stable, default=FIRST_STABLE_ABI),
        free_threaded="abi3t" in tags.abis,
        gil_enabled="abi3" in tags.abis,
    )
