"""Stand in for a compiler: write down what the build of a project compiles.

Run as a script, ``recording_compiler.py COMPILER ARGUMENT...``: a source of the project
is noted as a line of JSON and gets an empty object; what the build compiles to try
something is compiled.  Nothing of abi3build is imported: the build's Python runs it.
"""

from __future__ import annotations

import json
import os
import sys

__all__ = ["main"]

_SOURCES = (".c", ".cc", ".cpp", ".cxx", ".c++", ".C", ".m", ".mm")
_TRIALS = ("conftest", "_configtest", "test_", "try_")


def main() -> None:
    """Note the compile or run the compiler; the status is the compiler's."""
    compiler, arguments = sys.argv[1], sys.argv[2:]
    sources = [each for each in arguments if each.endswith(_SOURCES)]
    output = _output(arguments)
    if "-c" in arguments and sources and output and _is_of_project(sources[0]):
        note = {"folder": os.getcwd(), "compiler": compiler, "arguments": arguments}  # noqa: PTH109 - light
        with open(os.environ["ABI3BUILD_NOTES"], "a", encoding="utf-8") as notes:  # noqa: PTH123 - light
            notes.write(json.dumps({**note, "source": sources[0]}) + "\n")
        _touch(output)
        return
    objects = [each for each in arguments if each.endswith((".o", ".obj", ".a"))]
    if output and any(_is_empty(each) for each in objects):
        _touch(output)
        return
    os.execvp(compiler, [compiler, *arguments])  # noqa: S606 - the build's own command


def _output(arguments: list[str]) -> str:
    for place, each in enumerate(arguments):
        if each == "-o" and place + 1 < len(arguments):
            return arguments[place + 1]
        if each.startswith("-o") and len(each) > 2:  # noqa: PLR2004 - "-oNAME"
            return each[2:]
    return ""


def _is_of_project(source: str) -> bool:
    """Tell whether a source lies in the project and is not a trial of its setup."""
    tree = os.path.realpath(os.environ["ABI3BUILD_TREE"]) + os.sep
    path = os.path.realpath(source)
    return path.startswith(tree) and not os.path.basename(path).startswith(_TRIALS)  # noqa: PTH119 - light


def _is_empty(path: str) -> bool:
    return os.path.isfile(path) and os.path.getsize(path) == 0  # noqa: PTH113, PTH202 - light


def _touch(path: str) -> None:
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)  # noqa: PTH103, PTH120 - light
    with open(path, "w", encoding="utf-8"):  # noqa: PTH123 - light
        pass


if __name__ == "__main__":
    main()
