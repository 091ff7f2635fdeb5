"""What a project's own build tells Cython: directives that no source shows.

The setup runs without compiling, in the environment of the build, with a stand-in for
Cython that only records what it is asked (``porting/dry_run.py``).
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abi3build.porting import dry_run
from abi3build.trials.environments import environment_variables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from abi3build.port_fix.project_backend import PreparedTool

__all__ = ["CythonSettings", "read_cython_settings"]

_SECONDS = 120.0
_WORDS = {
    ("docstrings", False): "--no-docstrings",
    ("embed_pos_in_docstring", True): "--embed-positions",
    ("cimport_from_pyx", True): "--cimport-from-pyx",
    ("convert_range", True): "--convert-range",
    ("emit_code_comments", False): "",
    ("fast_fail", True): "",
    ("warning_errors", True): "",
    ("annotate", True): "",
}
"""Options of ``Cython.Compiler.Options`` as words of the command; empty if the C is the
same in what it does.  https://github.com/cython/cython/blob/3.1.0/Cython/Compiler/CmdLine.py"""


@dataclass(frozen=True)
class CythonSettings:
    """Contain what the setup says, as options of Cython's command."""

    of_sources: Mapping[Path, tuple[str, ...]]
    of_all: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
    """Options that the command has no word for."""

    def words(self, source: Path) -> tuple[str, ...]:
        """Return the words for one source."""
        return (*self.of_all, *self.of_sources.get(source.resolve(), ()))


def read_cython_settings(
    tree: Path, scratch: Path, tool: PreparedTool
) -> CythonSettings:
    """Return what the setup of the project in ``tree`` tells Cython; empty if it fails.

    ``scratch`` has the environment of the build, ``tool`` is one with Cython.
    """
    result = scratch / "cython-settings.json"
    there = tool.environment
    python = scratch / "environment" / there.python.relative_to(there.folder)
    site = next(iter(there.folder.glob("[Ll]ib*/**/site-packages")), None)
    if not python.is_file() or site is None:
        return CythonSettings({})
    environ = {
        **environment_variables(os.environ, there),
        "PYTHONPATH": str(site),
        "SETUPTOOLS_SCM_PRETEND_VERSION": "0.0",
    }
    tool.processes.run(
        [str(python), dry_run.__file__, str(result)],
        folder=tree,
        environ=environ,
        seconds=_SECONDS,
    )
    try:
        said = json.loads(result.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return CythonSettings({})
    return _settings(said)


def _settings(said: Mapping[str, Any]) -> CythonSettings:
    options = said.get("cython_options", {})
    words, unsaid = [*_directives(options.pop("directives", {}))], []
    for name, value in sorted(options.items()):
        word = _WORDS.get((name, value))
        if word is None:
            unsaid.append(f"{name} = {value!r}")
        elif word:
            words.append(word)
    sources = {
        Path(source).resolve(): tuple(_words_of(each))
        for source, each in said.get("cython", {}).items()
    }
    return CythonSettings(sources, tuple(words), tuple(unsaid))


def _words_of(each: Mapping[str, Any]) -> Iterator[str]:
    yield from _directives(each["directives"])
    for name, value in sorted(each["environment"].items()):
        yield from ("-E", f"{name}={value}")
    for folder in each["folders"]:
        yield from ("-I", folder)


def _directives(found: Mapping[str, object]) -> Iterator[str]:
    for name, value in sorted(found.items()):
        yield from ("-X", f"{name}={value}")
