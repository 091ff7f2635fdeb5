"""C that an old Cython generated, generated anew from the source beside it.

Cython supports the Limited API since 3.1:
https://cython.readthedocs.io/en/latest/src/userguide/limited_api.html
"""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.errors import UsageError
from abi3build.port_fix.cython_settings import read_cython_settings
from abi3build.port_fix.project_backend import prepare_tool
from abi3build.port_fix.recorded_build import running_interpreter
from abi3build.port_fix.source_files import LeftToDo
from abi3build.porting.cython_sources import version_that_generated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from abi3build.port_fix.cython_settings import CythonSettings
    from abi3build.port_fix.project_backend import PreparedTool
    from abi3build.port_fix.proof import StepProof

__all__ = ["GeneratedAnew", "generate_anew"]

_LIMITED = (3, 1)
_REQUIRED = "Cython>=3.1"
_FROM = re.compile(rb'/\* "([^"\n]+\.pyx?)":\d+\n')
_MODULE = re.compile(rb'#define __Pyx_MODULE_NAME "([\w.]+)"')
_LEVEL = re.compile(r"""language_level["']?\s*[:=]\s*["']?(2|3str|3)\b""")
_FAULT = re.compile(r"[^\s/]+\.(?:pyx|pxd|pxi|py):\d+:\d+: .*")
_SETUP = ("setup.py", "setup.cfg", "pyproject.toml")


@dataclass(frozen=True)
class GeneratedAnew:
    """Hold what became of the C of an old Cython."""

    kept: tuple[tuple[str, str], ...]
    """Names of files, and how each was made."""

    left: tuple[LeftToDo, ...]


@dataclass(frozen=True)
class _Outdated:
    """Hold one file that an old Cython generated."""

    file: Path
    source: Path
    version: str
    options: tuple[str, ...]


def generate_anew(proof: StepProof, tree: Path, scratch: Path) -> GeneratedAnew:
    """Write the C of old Cythons again where that brings the units to the limit.

    A file stays as it was if the compilers object; ``scratch`` is for Cython.
    """
    left: list[LeftToDo] = []
    found: list[_Outdated] = []
    for file in sorted({unit.source for unit in proof.units}):
        version = version_that_generated(file)
        if version is None or version >= _LIMITED:
            continue
        outdated = _outdated(tree, file, f"{version[0]}.{version[1]}")
        if outdated is None:
            reason = (
                f"Cython {version[0]}.{version[1]} generated it, which does not know"
                " the Limited API, and what it was made of is not in the project:"
                " generate it again with Cython 3.1 or later"
            )
            left.append(_left(tree, file, reason))
        else:
            found.append(outdated)
    if not found:
        return GeneratedAnew((), tuple(left))
    try:
        tool = prepare_tool(tree, scratch, _REQUIRED, running_interpreter())
    except UsageError as fault:
        left += [_left(tree, each.file, _refused(each, str(fault))) for each in found]
        return GeneratedAnew((), tuple(left))
    settings = read_cython_settings(tree, scratch, tool)
    found = [_with_settings(each, settings) for each in found]
    kept = []
    for each in found:
        objection = _tried(proof, tool, each)
        if objection:
            left.append(_left(tree, each.file, _refused(each, objection)))
            continue
        name = each.file.relative_to(tree).as_posix()
        made = f"Cython {each.version} had made it; now: {_command(each)}"
        if settings.unsaid:
            made += (
                "; not passed on, though the setup sets it in Cython.Compiler.Options:"
                f" {', '.join(settings.unsaid)}"
            )
        kept.append((name, made))
    return GeneratedAnew(tuple(kept), tuple(left))


def _left(tree: Path, file: Path, reason: str) -> LeftToDo:
    return LeftToDo(file.relative_to(tree).as_posix(), 1, "generated C", reason)


def _outdated(tree: Path, file: Path, version: str) -> _Outdated | None:
    """Return how a file can be made again; None without its source."""
    text = file.read_bytes()
    named = Counter(_FROM.findall(text))
    places = [name.decode("utf-8", "replace") for name, _ in named.most_common()]
    stem = file.name.split(".")[0]
    for place in [*places, f"{stem}.pyx"]:
        name = place.replace("\\", "/")
        candidates = (
            tree / name,
            file.parent / name,
            file.parent / name.split("/")[-1],
        )
        source = next((each for each in candidates if each.is_file()), None)
        if source is not None and source.resolve().is_relative_to(tree.resolve()):
            break
    else:
        return None
    options = ["--cplus"] if file.suffix != ".c" else []
    options += ["-X", f"language_level={_level(tree, version)}"]
    module = _MODULE.search(text)
    if module is not None:
        options += ["--module-name", module[1].decode()]
    return _Outdated(file, source, version, tuple(options))


def _with_settings(each: _Outdated, settings: CythonSettings) -> _Outdated:
    """Return the file with what the project's own build tells Cython of its source."""
    words = settings.words(each.source)
    options = each.options
    if any(word.startswith("language_level=") for word in words):
        place = next(
            number
            for number, word in enumerate(options)
            if word.startswith("language_level=")
        )
        options = (*options[: place - 1], *options[place + 1 :])
    return replace(each, options=(*options, *words))


def _level(tree: Path, version: str) -> str:
    """Return the level of the language, which C does not tell.

    A comment in the source takes precedence by itself; the defaults are those of 0.29
    and of 3.0: https://cython.readthedocs.io/en/latest/src/changes.html
    """
    said = {
        level
        for name in _SETUP
        if (tree / name).is_file()
        for level in _LEVEL.findall((tree / name).read_text("utf-8", "replace"))
    }
    if len(said) == 1:
        return str(said.pop())
    return "2" if version.startswith("0.") else "3str"


def _command(each: _Outdated) -> str:
    source = os.path.relpath(each.source, each.file.parent)
    options = " ".join(
        os.path.relpath(word, each.file.parent) if Path(word).is_absolute() else word
        for word in each.options
    )
    return f"python -m cython {options} -o {each.file.name} {source}"


def _refused(each: _Outdated, cause: str) -> str:
    return (
        f"Cython {each.version} generated it, which does not know the Limited API, and"
        f" a newer one did not help: {_command(each)}: {cause}"
    )


def _tried(proof: StepProof, tool: PreparedTool, each: _Outdated) -> str:
    """Return why the file stays as it was; empty if it was made anew."""
    units = proof.units_of([each.file])
    before = proof.state(units)
    old = each.file.read_bytes()
    arguments: Iterable[str] = (
        *("-m", "cython", *each.options),
        *("-o", str(each.file), str(each.source)),
    )
    said = tool.run(arguments)
    # Cython draws the place first.
    fault = _FAULT.search(said)
    objection = fault[0] if fault else said
    objection = objection or proof.objection(before, proof.state(units))
    if objection:
        each.file.write_bytes(old)
    return objection
