"""Find a project's own benchmarks: for pytest-benchmark, asv or pyperf."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from abi3build.errors import UsageError
from abi3build.sources.code import text_of_source
from abi3build.sources.project_tree import own_files

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["KINDS", "OwnBenchmarks", "find_benchmarks"]

KINDS = ("pytest-benchmark", "asv", "pyperf")
"""What benchmarks may be written for, in the order in which they are looked for."""

_FIXTURE = re.compile(r"\bdef\s+test\w*\s*\([^)]*\bbenchmark(?:_weave)?\b")
"""A test that takes the fixture of https://pytest-benchmark.readthedocs.io."""

_PYPERF = re.compile(r"^\s*(?:import pyperf|from pyperf import)\b", re.MULTILINE)
_RUNNER = re.compile(r"\bRunner\(")
"""https://pyperf.readthedocs.io: a file that makes a runner takes its options."""

_CONFIGURATIONS = ("asv.conf.json", "asv.conf.jsonc")
_COMMENT = re.compile(r"^\s*//.*$", re.MULTILINE)
_BENCHMARK_DIR = re.compile(r"""\bbenchmark_dir["']?\s*:\s*["']([^"']+)["']""")
_DEFAULT_DIR = "benchmarks"
"""https://asv.readthedocs.io/en/latest/asv.conf.json.html#benchmark-dir"""


class OwnBenchmarks(NamedTuple):
    """Say what a project's benchmarks are written for, and where they are."""

    kind: str
    """One of ``KINDS``."""

    paths: tuple[Path, ...]
    """Files for pytest-benchmark and pyperf, folders for asv; sorted."""


def find_benchmarks(project: Path, kind: str | None = None) -> OwnBenchmarks:
    """Return the benchmarks of one kind, or of the first kind that is found.

    Files that were built or installed inside the project do not count.  Raise
    ``UsageError`` if there are none, or if the folder that asv is configured for is
    missing.
    """
    files = list(own_files(project))
    for each in KINDS if kind is None else (kind,):
        paths = _asv(files) if each == "asv" else _programs(files, each)
        if paths:
            return OwnBenchmarks(each, paths)
    wanted = "pytest-benchmark, asv or pyperf" if kind is None else kind
    message = (
        f"{project}: no benchmarks for {wanted} were found: name what to time with"
        ' --command "python {project}/bench.py", or --import'
    )
    raise UsageError(message)


def _programs(files: list[Path], kind: str) -> tuple[Path, ...]:
    patterns = (_PYPERF, _RUNNER) if kind == "pyperf" else (_FIXTURE,)
    sources = (path for path in files if path.suffix == ".py")
    return tuple(
        path
        for path, text in ((path, text_of_source(path)) for path in sources)
        if all(pattern.search(text) for pattern in patterns)
    )


def _asv(files: list[Path]) -> tuple[Path, ...]:
    found = []
    for path in files:
        if path.name not in _CONFIGURATIONS:
            continue
        said = _BENCHMARK_DIR.search(_COMMENT.sub("", text_of_source(path)))
        folder = path.parent / (said[1] if said else _DEFAULT_DIR)
        if not folder.is_dir():
            message = (
                f"{path}: its benchmark_dir, {folder}, is not there, as in some sdists:"
                ' take the repository, or name what to time with --command "python'
                ' {project}/bench.py"'
            )
            raise UsageError(message)
        found.append(folder.resolve())
    return tuple(sorted(set(found)))
