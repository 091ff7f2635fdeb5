"""Compile units with the available headers, under the limit and without it."""

from __future__ import annotations

import os
import re
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from abi3build.port_fix.recorded_build import RecordedUnit
    from abi3build.versions import PythonVersion

__all__ = [
    "CompileDiagnostic",
    "CompileFlavor",
    "CompileOutcome",
    "Compiler",
    "limited_options",
]

_SECONDS = 300.0
_MESSAGE = re.compile(
    r"(?P<file>[^:\n]+):(?P<line>\d+):(?P<column>\d+): "
    r"(?P<kind>fatal error|error|warning): (?P<text>[^\n]*)"
)
_HARMLESS = re.compile(r"\[-W(?:unused|deprecated|declaration-after-statement)[^]]*\]")
_STRICT = (
    "-Werror=implicit-function-declaration",
    "-Werror=incompatible-pointer-types",
    "-Werror=int-conversion",
)
"""What a newer compiler refuses: https://gcc.gnu.org/gcc-14/porting_to.html"""

_FOLDER_OF_PYTHON = re.compile(
    r"(?P<flag>-I|-isystem)?(?P<path>.*[/\\]python3\.\d+t?d?)"
)


@dataclass(frozen=True)
class CompileFlavor:
    """Say with which headers a unit is compiled, and whether under the limit."""

    label: str
    folders: tuple[str, ...]
    """The folders of Python's headers; empty for those of the build."""

    options: tuple[str, ...] = ()
    is_limited: bool = False


@dataclass(frozen=True)
class CompileDiagnostic:
    """Describe one message of the compiler."""

    file: str
    line: int
    column: int
    is_error: bool
    text: str


@dataclass(frozen=True)
class CompileOutcome:
    """Describe what the compiler reported for one unit."""

    diagnostics: tuple[CompileDiagnostic, ...]
    ended_well: bool

    @property
    def errors(self) -> int:
        """Return the number of errors; a compile that failed has at least one."""
        count = sum(each.is_error for each in self.diagnostics)
        return count or int(not self.ended_well)

    @property
    def suspicions(self) -> int:
        """Return the number of warnings that could mean another meaning."""
        return sum(
            not each.is_error and _HARMLESS.search(each.text) is None
            for each in self.diagnostics
        )


class Compiler:
    """Compile units, and remember the results while their sources stay the same."""

    def __init__(self, tree: Path) -> None:
        self._tree = tree
        self._known: dict[tuple[object, ...], CompileOutcome] = {}
        self._read_files: dict[RecordedUnit, tuple[Path, ...]] = {}

    def outcomes(
        self, units: Iterable[RecordedUnit], flavors: Sequence[CompileFlavor]
    ) -> dict[tuple[RecordedUnit, CompileFlavor], CompileOutcome]:
        """Return the outcome of each unit with each flavor, two at a time."""
        pairs = [(unit, flavor) for unit in units for flavor in flavors]
        with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as executor:
            found = executor.map(lambda pair: self._outcome(*pair), pairs)
            return dict(zip(pairs, found))

    def read_files(self, unit: RecordedUnit) -> tuple[Path, ...]:
        """Return the files of the tree that a unit reads, its source first.

        They are asked for once: a rewrite adds no file of the tree.
        """
        if unit not in self._read_files:
            self._read_files[unit] = self._ask_for_files(unit)
        return self._read_files[unit]

    def _ask_for_files(self, unit: RecordedUnit) -> tuple[Path, ...]:
        run = subprocess.run(
            [unit.compiler, *unit.options, "-MM", "-MG", str(unit.source)],
            cwd=unit.folder,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
        words = re.sub(r"\\\n", " ", run.stdout).split()[1:]
        found = [unit.source]
        for word in words:
            path = Path(os.path.normpath(unit.folder / word))
            if path.is_relative_to(self._tree) and path not in found:
                found.append(path)
        return tuple(found)

    def preprocessed(self, unit: RecordedUnit, flavor: CompileFlavor) -> bytes:
        """Return what a unit is after its macros are expanded, as far as it gets."""
        options = [*flavor.options, *_with_folders(unit.options, flavor.folders)]
        run = subprocess.run(
            [unit.compiler, *options, "-E", "-P", str(unit.source)],
            cwd=unit.folder,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
        return run.stdout

    def is_for_python(self, unit: RecordedUnit) -> bool:
        """Tell whether a unit reads ``Python.h``."""
        run = subprocess.run(
            [unit.compiler, *unit.options, "-M", "-MG", str(unit.source)],
            cwd=unit.folder,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
        return re.search(r"[/\\ ]Python\.h\b", run.stdout) is not None

    def _outcome(self, unit: RecordedUnit, flavor: CompileFlavor) -> CompileOutcome:
        key = (unit, flavor, *self._state(unit))
        if key not in self._known:
            self._known[key] = _compile(unit, flavor)
        return self._known[key]

    def _state(self, unit: RecordedUnit) -> tuple[object, ...]:
        files = self.read_files(unit)
        return tuple(path.read_bytes() for path in files if path.is_file())


def _compile(unit: RecordedUnit, flavor: CompileFlavor) -> CompileOutcome:
    command = [
        unit.compiler,
        *flavor.options,
        *_with_folders(unit.options, flavor.folders),
        *(_STRICT if flavor.is_limited and _is_c(unit) else ()),
        "-fsyntax-only",
        "-Wno-deprecated-declarations",
        # GCC counts a tab as eight columns otherwise, and rewrites count bytes:
        # https://gcc.gnu.org/onlinedocs/gcc/Preprocessor-Options.html
        "-ftabstop=1",
        str(unit.source),
    ]
    try:
        run = subprocess.run(
            command,
            cwd=unit.folder,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
            # Messages are matched by their English text.
            env={**os.environ, "LC_ALL": "C"},
        )
    except subprocess.TimeoutExpired:
        return CompileOutcome((), ended_well=False)
    return CompileOutcome(_read(unit, run.stderr), run.returncode == 0)


def _is_c(unit: RecordedUnit) -> bool:
    return unit.source.suffix == ".c"


def _read(unit: RecordedUnit, output: str) -> tuple[CompileDiagnostic, ...]:
    seen: Counter[CompileDiagnostic] = Counter()
    for match in _MESSAGE.finditer(output):
        path = os.path.normpath(unit.folder / match["file"])
        is_error = match["kind"] != "warning"
        seen[
            CompileDiagnostic(
                path, int(match["line"]), int(match["column"]), is_error, match["text"]
            )
        ] += 1
    return tuple(seen)


def _with_folders(options: Sequence[str], folders: tuple[str, ...]) -> list[str]:
    """Return the options with other headers in place of those of the build."""
    if not folders:
        return list(options)
    kept = []
    is_placed = False
    for each in options:
        if _FOLDER_OF_PYTHON.fullmatch(each):
            if not is_placed:
                kept += [f"-I{folder}" for folder in folders]
                is_placed = True
            continue
        kept.append(each)
    return kept if is_placed else [*(f"-I{folder}" for folder in folders), *kept]


def limited_options(
    floor: PythonVersion, shim: Path, macros: Iterable[tuple[str, str | None]]
) -> tuple[str, ...]:
    """Return the options of a build by abi3build for a floor.

    ``macros`` are those of the compatibility header, if the build will have it.
    """
    return (
        f"-I{shim}",
        f"-DPy_LIMITED_API={floor.hex}",
        f"-DABI3BUILD_FLOOR={floor.hex}",
        *(
            f"-D{name}" if value is None else f"-D{name}={value}"
            for name, value in macros
        ),
    )
