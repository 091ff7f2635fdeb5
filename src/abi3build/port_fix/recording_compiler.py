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
_OF_ROOT = ("pyproject.toml", "setup.py")
_TRIALS = ("conftest", "_configtest", "test_", "try_")


def main() -> None:
    """Record the compile or run the compiler; the status is the compiler's."""
    compiler, arguments = sys.argv[1], sys.argv[2:]
    sources = [each for each in arguments if each.endswith(_SOURCES)]
    output = _output(arguments)
    root = _root_here()
    if "-c" in arguments and sources and output and _is_of_project(sources[0], root):
        _note(root, compiler, arguments, sources[0])
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


def _root_here() -> str:
    """Return the root of the project where the build runs: the tree, or a copy of it.

    Some backends copy the project to a temporary folder, and build there.
    """
    tree = os.path.realpath(os.environ["ABI3BUILD_TREE"])
    folder = os.path.realpath(os.curdir)
    while os.path.dirname(folder) != folder:
        if folder == tree or any(
            _is_same(os.path.join(folder, name), os.path.join(tree, name))
            for name in _OF_ROOT
        ):
            return folder
        folder = os.path.dirname(folder)
    return tree


def _is_same(one: str, other: str) -> bool:
    try:
        with open(one, "rb") as first, open(other, "rb") as second:
            return first.read() == second.read()
    except OSError:
        return False


def _is_of_project(source: str, root: str) -> bool:
    """Tell whether a source lies in the project and is not a trial of its setup."""
    path = os.path.realpath(source)
    is_trial = os.path.basename(path).startswith(_TRIALS)
    return path.startswith(root + os.sep) and not is_trial


def _note(root: str, compiler: str, arguments: list[str], source: str) -> None:
    """Write a compile down as if it were in the tree; what was generated is kept."""
    tree = os.path.realpath(os.environ["ABI3BUILD_TREE"])
    path = os.path.realpath(source)
    there = tree + path[len(root) :]
    if not os.path.exists(there):
        os.makedirs(os.path.dirname(there), exist_ok=True)
        with open(path, "rb") as found, open(there, "wb") as kept:
            kept.write(found.read())
    note = {
        "folder": tree + os.path.realpath(os.curdir)[len(root) :],
        "compiler": compiler,
        "arguments": [each.replace(root, tree) for each in arguments],
        "source": there,
    }
    with open(os.environ["ABI3BUILD_NOTES"], "a", encoding="utf-8") as notes:
        notes.write(json.dumps(note) + "\n")


def _is_empty(path: str) -> bool:
    return os.path.isfile(path) and os.path.getsize(path) == 0


def _touch(path: str) -> None:
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w", encoding="utf-8"):
        pass


if __name__ == "__main__":
    main()
