"""Ask the preprocessor what a folder of headers holds under one limit."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from abi3build.versions import PythonVersion

__all__ = ["Expansion", "PreprocessedHeaders", "preprocess"]

_SOURCE = "#include <Python.h>\n#include <structmember.h>\n#include <datetime.h>\n"
_MARK = "abi3build_probe_"
_PLACE = re.compile(r'# \d+ "([^"]*)"')
_DEFINITION = re.compile(r"#define (\w+)(\([^)]*\))?(?: (.*))?")
_PROBED = re.compile(rf'"{_MARK}(\w+)"(.*?)(?="{_MARK}|\Z)', re.DOTALL)
_OF_THE_BUILD = ("pyconfig.h", "patchlevel.h")
"""What they define differs from build to build and from release to release."""


class Expansion(NamedTuple):
    """Hold what a use of a macro becomes."""

    parameters: tuple[str, ...]
    """Their names, which stand for the arguments in the text."""

    text: str


class PreprocessedHeaders(NamedTuple):
    """Hold what the headers of one version give to a unit under one limit."""

    code: str
    """Declarations and inline functions of CPython's headers alone."""

    expansions: dict[str, Expansion]
    """The public macros of CPython's headers that expand to anything."""


def preprocess(
    folders: Sequence[Path], limit: PythonVersion, *options: str
) -> PreprocessedHeaders:
    """Read the headers of folders, of which the first one is asked first.

    The preprocessor is that of the C compiler in the variable ``CC``, else of ``cc``.
    """
    command = [os.environ.get("CC", "cc"), "-E", "-x", "c", "-DNDEBUG"]
    command += [f"-I{folder}" for folder in folders]
    command += [f"-DPy_LIMITED_API={limit.hex}", *options, "-"]
    own = tuple(f"{folder}{os.sep}" for folder in folders)
    macros = dict(_macros(_run([*command, "-dD"], _SOURCE), own))
    probes = [
        f'#line 1\n"{_MARK}{name}" {name}{_arguments(parameters)}\n'
        for name, parameters in macros.items()
    ]
    text = _run(command, _SOURCE + "".join(probes))
    head, mark, rest = text.partition(f'"{_MARK}')
    plain = _without_attributes(re.sub(r"(?m)^# \d+ .*$", "", mark + rest))
    expansions = {
        name: Expansion(_names(macros[name]), expanded.strip())
        for name, expanded in _PROBED.findall(plain)
    }
    return PreprocessedHeaders(
        _without_attributes("\n".join(_own_lines(head, own))), expansions
    )


def _run(command: Sequence[str], source: str) -> str:
    return subprocess.run(
        command, input=source, capture_output=True, check=True, text=True
    ).stdout


def _macros(text: str, own: tuple[str, ...]) -> Iterator[tuple[str, str | None]]:
    """Yield names with their parameters, and those taken back with an empty text."""
    defined: dict[str, str | None] = {}
    for line in _own_lines(text, own, _OF_THE_BUILD):
        found = _DEFINITION.fullmatch(line)
        if found and found[3] and not found[1].startswith("_"):
            defined[found[1]] = found[2]
        elif line.startswith("#undef "):
            defined.pop(line.split()[1], None)
    yield from defined.items()


def _own_lines(
    text: str, own: tuple[str, ...], others: tuple[str, ...] = ()
) -> Iterator[str]:
    """Yield the lines that come from files of some folders, without line markers."""
    is_own = False
    for line in text.splitlines():
        place = _PLACE.match(line)
        if place:
            is_own = place[1].startswith(own) and not place[1].endswith(
                others or ("?",)
            )
        elif is_own:
            yield line


def _without_attributes(code: str) -> str:
    return re.sub(r"\b__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)", "", code)


def _names(parameters: str | None) -> tuple[str, ...]:
    inside = (parameters or "")[1:-1].replace("...", "rest").split(",")
    return tuple(name.strip() for name in inside if name.strip())


def _arguments(parameters: str | None) -> str:
    return "" if parameters is None else f"({', '.join(_names(parameters))})"
