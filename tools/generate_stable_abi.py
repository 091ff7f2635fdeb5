#!/usr/bin/env python3
"""Write the data files of ``abi3build.stable_abi``, or compare them.

``symbols.txt`` comes from CPython's manifest: by default from the package abi3info.
``names.txt`` comes from the manifest, from interpreters on Linux with their headers,
and from CPython's lists of what ``python3.dll`` exports.  ``declarations.txt`` comes
from the manifest and from the headers, preprocessed once for every floor.  Versions
that are not given keep what the file says of them, so not every CPython is needed at
once::

    tools/generate_stable_abi.py --interpreter python3.14 --interpreter python3.15
    tools/generate_stable_abi.py --python3dll 3.9=v3.9.13/PC/python3dll.c
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.stable_abi import known_names as names_module
from abi3build.stable_abi.declarations import format_declarations, parse_declarations
from abi3build.stable_abi.known_names import format_names, parse_names, parse_releases
from abi3build.stable_abi.stable_symbols import format_symbols
from abi3build.versions import PythonVersion
from stable_abi_facts.declaration_merging import merge_declarations
from stable_abi_facts.declared_names import read_declarations
from stable_abi_facts.headers import read_headers
from stable_abi_facts.interpreters import read_interpreter
from stable_abi_facts.manifest import (
    read_installed,
    read_installed_promises,
    read_manifest,
    read_manifest_promises,
)
from stable_abi_facts.merging import Build, merge
from stable_abi_facts.python3dll import listed_names, manifest_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi3build.stable_abi.stable_symbols import StableSymbol
    from stable_abi_facts.interpreters import Interpreter

__all__ = ["main"]

_SYMBOLS_HEAD = """\
# The functions and data of CPython's stable ABI, one a line: name, kind, the version
# that added it, the condition of CPython's build under which it is there, abi-only.
# Written by tools/generate_stable_abi.py from {source}.
"""
_NAMES_HEAD = """\
# The names of CPython's C API, one a line: name, tier, the Python 3 minor versions that
# export it on Linux, and those whose python3.dll exports it in every release examined.
# Written by tools/generate_stable_abi.py from dynamic symbols and headers on Linux; for
# Windows from PC/python3.def and PC/python3dll.c to 3.10, then from the manifest.
"""
_DECLARATIONS_HEAD = """\
# The macros, constants, types and inline functions of CPython's headers, one a line:
# name, kind, since when the manifest counts it to the Limited API and what it says of a
# structure, the Python 3 minor versions whose headers have it without Py_LIMITED_API,
# and for runs of those that show it under Py_LIMITED_API from which floor (to which).
# Written by tools/generate_stable_abi.py from the manifest and from headers on Linux.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write both files, or compare their data; return the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    interpreters = [read_interpreter(program) for program in options.interpreter]
    for interpreter in interpreters:
        if not interpreter.is_regular:
            parser.error(f"a debug or free-threaded build: {interpreter.include}")
    source, symbols = (
        read_manifest(options.manifest) if options.manifest else read_installed()
    )
    texts = {
        "symbols.txt": _SYMBOLS_HEAD.format(source=source) + format_symbols(symbols),
        "names.txt": _names_text(options, symbols, interpreters),
        "declarations.txt": _declarations_text(options, interpreters),
    }
    stale = 0
    for name, text in texts.items():
        path = options.directory / name
        if not options.check:
            path.write_bytes(text.encode("ascii"))
        elif not path.is_file() or _lines_of_data(
            path.read_text("ascii")
        ) != _lines_of_data(text):
            stale += 1
            sys.stderr.write(f"{name} is stale: run tools/generate_stable_abi.py\n")
    return int(stale > 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--check", action="store_true", help="only compare")
    parser.add_argument(
        "--manifest", type=Path, help="Misc/stable_abi.toml instead of abi3info"
    )
    parser.add_argument(
        "--interpreter", action="append", default=[], help="a CPython with its headers"
    )
    parser.add_argument(
        "--python3dll",
        action="append",
        default=[],
        type=_version_and_path,
        metavar="VERSION=PATH",
        help="a release's PC/python3.def or PC/python3dll.c",
    )
    parser.add_argument(
        "--directory",
        type=Path,
        default=Path(names_module.__file__).parent,
        help="where the files are (default: in the package)",
    )
    return parser


def _version_and_path(text: str) -> tuple[PythonVersion, Path]:
    version, _, path = text.partition("=")
    return PythonVersion.parse(version), Path(path)


def _names_text(
    options: argparse.Namespace,
    symbols: Sequence[StableSymbol],
    interpreters: Sequence[Interpreter],
) -> str:
    path = options.directory / "names.txt"
    text = path.read_text(encoding="ascii") if path.is_file() else ""
    before = parse_releases(text)
    listed = {
        version: listed_names(
            each for owner, each in options.python3dll if owner == version
        )
        for version, _ in options.python3dll
    }
    merged = merge(
        parse_names(text),
        {symbol.name: symbol for symbol in symbols},
        [_build(each) for each in interpreters],
        {**manifest_names(symbols), **listed},
        _version(before[-1]) if before else None,
    )
    releases = {_version(release): release for release in before}
    releases.update({each.version: each.release for each in interpreters})
    return _NAMES_HEAD + format_names(
        merged, tuple(release for _, release in sorted(releases.items()))
    )


def _declarations_text(
    options: argparse.Namespace, interpreters: Sequence[Interpreter]
) -> str:
    path = options.directory / "declarations.txt"
    text = path.read_text(encoding="ascii") if path.is_file() else ""
    promised = (
        read_manifest_promises(options.manifest)
        if options.manifest
        else read_installed_promises()
    )
    headers = {
        each.version: read_declarations(each.include, each.version)
        for each in interpreters
    }
    merged = merge_declarations(parse_declarations(text), promised, headers)
    return _DECLARATIONS_HEAD + format_declarations(merged)


def _build(interpreter: Interpreter) -> Build:
    return Build(
        interpreter.version,
        interpreter.exports,
        read_headers(interpreter.include, interpreter.version),
    )


def _version(release: str) -> PythonVersion:
    return PythonVersion.parse(release.rpartition(".")[0])


def _lines_of_data(text: str) -> list[str]:
    # The comments name the sources' versions, which may change without the data.
    return [line for line in text.splitlines() if not line.startswith("#")]


if __name__ == "__main__":
    sys.exit(main())
