"""Watch the programs that a compiler of distutils starts, and have them leave evidence.

That is the last door before them: whatever a project's class or a build for another
platform does to the compiler's commands has been done.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from abi3build.errors import BuilderError
from abi3build.evidence.compiled_units import INCLUDE_FOLDER
from abi3build.settings.model import Verify
from abi3build.targets.target import TargetKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from setuptools import Extension

    from abi3build.setuptools_plugin.plan import Plan

__all__ = [
    "Watched",
    "collect_evidence",
    "compat_macros",
    "evidence_macros",
    "evidence_options",
    "lead_include_path",
    "leaves_evidence",
    "make_header",
    "needs_header",
    "refuse_compat",
    "watch_compiler",
]


_INCLUDE = Path(__file__).parent.parent / "include"
_HEADER = _INCLUDE / "Python.h"
_COMPAT = "abi3build_compat"
_BACKPORTS = "pythoncapi_compat.h"
_FLOOR = "ABI3BUILD_FLOOR"
_UNDECLARED = "/we4013"


def leaves_evidence(compiler: Any) -> bool:  # noqa: ANN401 - see watching.py
    """Tell whether a compiler knows ``#include_next`` and ``-MD``.

    Microsoft's knows neither.
    """
    return bool(compiler.compiler_type != "msvc")


def needs_header(plan: Plan) -> bool:
    """Tell whether units shall read abi3build's Python.h, for evidence or for names."""
    settings = plan.settings
    asked = settings.compat or settings.verify is not Verify.OFF
    return plan.target.is_stable and asked


def make_header(build_temp: Path, *, compat: bool) -> str:
    """Copy abi3build's Python.h into a build folder; return the folder that holds it.

    With ``compat`` the compatibility header comes along. The path of the environment
    that a front end made for the build would be in the debug information; this one is
    relative.
    """
    parts = (f"{_COMPAT}.h", f"{_COMPAT}/*.h") if compat else ()
    folder = build_temp / INCLUDE_FOLDER
    for path in (_HEADER, *(path for part in parts for path in _INCLUDE.glob(part))):
        copy = folder / path.relative_to(_INCLUDE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    return str(folder)


def refuse_compat(plan: Plan, compiler: Any) -> None:  # noqa: ANN401 - see below
    """Raise ``BuilderError`` if a compiler cannot read the compatibility header."""
    settings = plan.settings
    if settings.compat and plan.target.is_stable and not leaves_evidence(compiler):
        message = (
            f"{settings.source_of('compat')}: the compatibility header needs"
            " #include_next, which Microsoft's compiler lacks: build with"
            " --compiler=mingw32, or set it to false"
        )
        raise BuilderError(message)


def lead_include_path(command: Sequence[str], folder: str) -> list[str]:
    """Put abi3build's Python.h before Python's in a compile that is to be watched.

    It goes before the flags of the environment: they may name Python's own folder.
    Other commands come back as they are, such as those by which a setup.py tries
    something.
    """
    option = f"-I{folder}"
    is_watched = any(word.startswith(f"-D{_FLOOR}=") for word in command)
    if not is_watched or option in command:
        return list(command)
    others = (at for at, word in enumerate(command) if word.startswith("-I"))
    at = next(others, len(command))
    return [*command[:at], option, *command[at:]]


def collect_evidence(extension: Extension, plan: Plan, compiler: Any) -> None:  # noqa: ANN401
    """Ask for the check in abi3build's Python.h, and for dependency files.

    Of Microsoft's compiler only that undeclared functions are errors is asked (C4013).
    """
    given = extension.extra_compile_args
    if not leaves_evidence(compiler):
        if _UNDECLARED not in given:
            extension.extra_compile_args = [_UNDECLARED, *given]
        return
    if any(macro[0] == _FLOOR for macro in extension.define_macros):
        return
    extension.define_macros = [*extension.define_macros, *evidence_macros(plan)]
    options = evidence_options(extension.sources, extension.language)
    extension.extra_compile_args = [*options, *given]


def evidence_macros(plan: Plan) -> list[tuple[str, str | None]]:
    """Give the macros that abi3build's Python.h asks for."""
    macros: list[tuple[str, str | None]] = [(_FLOOR, plan.target.floor.hex)]
    if plan.target.kind is TargetKind.ABI3T:
        macros.append(("ABI3BUILD_ABI3T", None))
    if plan.settings.compat:
        macros += compat_macros(Path())
    return macros


def compat_macros(root: Path) -> list[tuple[str, str | None]]:
    """Return the macros that the compatibility header asks for in a project's folder.

    Whether pythoncapi_compat.h is there, and reads structmember.h, changes what is
    offered: that file itself cannot compile under the limit.
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


def evidence_options(
    sources: Iterable[str | os.PathLike[str]], language: str | None = None
) -> list[str]:
    """Give the options that leave dependency files and stop undeclared functions.

    GCC before 14 and Clang before 16 let an undeclared function pass with a warning;
    the import then fails everywhere.  The C++ compilers know no such option.
    """
    suffixes = {Path(source).suffix.lower() for source in sources}
    if language in {None, "c"} and suffixes <= {".c", ".pyx", ".py"}:
        return ["-MD", "-Werror=implicit-function-declaration"]
    return ["-MD"]


@dataclass
class Watched:
    """Collect the commands of one compiler while it works."""

    failed: list[list[str]] = field(default_factory=list)
    """The commands that failed, in their order."""

    links: dict[str, list[str]] = field(default_factory=dict)
    """The last command that made each output out of objects."""


def watch_compiler(compiler: Any, folder: str = "") -> Watched:  # noqa: ANN401 - below
    """Watch a compiler of distutils; give what its commands will join.

    ``folder`` holds abi3build's Python.h, where units are to leave evidence.
    The compilers of setuptools, numpy and MSYS2 share no typed base class, only the
    method that starts a program: ``spawn``, and ``call`` in newer setuptools.
    """
    watched = Watched()

    def watching(start: Callable[..., Any]) -> Callable[..., Any]:
        """Give what starts programs as before, and joins their commands."""

        def started(command: list[str], *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
            """Start a program; keep the command where it fails or links."""
            words = [os.fspath(part) for part in command]
            if folder:
                words = lead_include_path(words, folder)
            try:
                result = start(words, *arguments, **options)
            except Exception:
                watched.failed.append(words)
                raise
            if "-c" not in words and "-o" in words[:-1]:
                watched.links[words[words.index("-o") + 1]] = words
            return result

        return started

    for name in ("call", "spawn"):
        if hasattr(compiler, name):
            setattr(compiler, name, watching(getattr(compiler, name)))
    return watched
