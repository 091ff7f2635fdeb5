"""Compile the compatibility header's cases, run them and compare what they gave."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.kits import ROOT
from workbench.running import clean_environment, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.pythons import FoundPython

__all__ = [
    "CASES",
    "compile_cases",
    "differences",
    "header_options",
    "names_in_cases",
    "run_cases",
]

CASES = Path(__file__).parent / "compat_cases"
_INCLUDE = ROOT / "src" / "abi3build" / "include"
_CASE = re.compile(r"^CASE\((\w+)\)$", re.MULTILINE)
_CASE_START = re.compile(r"^CASE\(", re.MULTILINE)
_NOT_HERE = "'not with these headers'"
_PRINT_INCLUDES = (
    "import os, sysconfig; paths = sysconfig.get_paths();"
    " print(paths['include'], os.path.dirname(paths['include']))"
)

Results = dict[str, list[dict[str, Any]]]


@cache
def _include_folders(python: FoundPython) -> tuple[str, ...]:
    """Return the folders of a Python's headers; Debian's are in two."""
    done = run([str(python.executable), "-c", _PRINT_INCLUDES])
    return tuple(done.stdout.split())


def header_options(python: FoundPython, floor: str | None) -> list[str]:
    """Return the options for a Python's headers, limited to a floor or not."""
    folders = [f"-I{folder}" for folder in _include_folders(python)]
    if floor is None:
        return folders
    macros = [f"-DPy_LIMITED_API={floor}", f"-DABI3BUILD_FLOOR={floor}"]
    return [*macros, "-DABI3BUILD_COMPAT", f"-I{_INCLUDE}", *folders]


def compile_cases(
    folder: Path, python: FoundPython, floor: str | None, *compiler: str
) -> Path:
    """Compile the module with the headers of a Python; return its folder."""
    folder.mkdir(parents=True)
    sources = "".join(path.read_text("utf-8") for path in sorted(CASES.glob("*.c")))
    rows = [
        f'    {{"{name}", case_{name}, METH_VARARGS, NULL}},\n'
        for name in _CASE.findall(sources)
    ]
    (folder / "cases.inc").write_text("".join(rows), encoding="utf-8")
    output = folder / "compat_cases.so"
    options = ["-O0", "-shared", "-fPIC", "-DNDEBUG", f"-I{folder}", "-o", str(output)]
    command = [*(compiler or ("gcc", "-xc")), *header_options(python, floor)]
    done = run([*command, *options, str(CASES / "module.c"), "-lm"])
    assert done.returncode == 0, done.stderr
    return folder


def run_cases(folder: Path, python: FoundPython, *, thorough: bool = False) -> Results:
    """Make all calls on a Python; return what came of each, by case."""
    command = [str(python.executable), str(CASES / "calls.py"), str(folder)]
    done = run(
        [*command, *(["thorough"] if thorough else [])],
        env=clean_environment({"PYTHONHASHSEED": "0"}),
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: Results = json.loads(done.stdout)
    return found


def differences(limited: Results, *full: Results) -> list[str]:
    """Describe each call that gave nothing that one of the full builds gave."""
    return list(_differences(limited, full))


def _differences(limited: Results, full: tuple[Results, ...]) -> Iterator[str]:
    for case, rows in limited.items():
        for index, row in enumerate(rows):
            others = [each[case][index] for each in full if index < len(each[case])]
            if row["result"][-1] != _NOT_HERE and not any(
                _is_same(row, other) for other in others
            ):
                yield f"{case}[{index}]: {row} is none of {others}"


def _is_same(limited: dict[str, Any], full: dict[str, Any]) -> bool:
    """Tell whether two calls gave the same, and the limited one left nothing more."""
    if any(limited.get(key) != full.get(key) for key in ("result", "heard")):
        return False
    if "left" not in limited or "left" not in full:
        return True
    (leaks, references), (may_leak, expected) = limited["left"], full["left"]
    return bool(leaks <= may_leak and references == expected)


def names_in_cases(done: Results) -> set[str]:
    """Return all words of the cases of which a call gave something."""
    run_here = {
        case
        for case, rows in done.items()
        if any(row["result"][-1] != _NOT_HERE for row in rows)
    }
    words: set[str] = set()
    for path in CASES.glob("*.c"):
        shared, *blocks = _CASE_START.split(path.read_text("utf-8"))
        words.update(re.findall(r"\w+", shared))
        for block in blocks:
            name, _, body = block.partition(")")
            if name in run_here:
                words.update(re.findall(r"\w+", body))
    return words
