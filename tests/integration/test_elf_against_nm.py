"""Read the extension modules of every interpreter found as ``nm`` of binutils does."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from abi3build.binaries.elf.elf_reader import read_elf

NM = shutil.which("nm")

FIND_MODULES = """
import pathlib, sys
for folder in sys.path:
    if folder.endswith("lib-dynload"):
        print(*sorted(map(str, pathlib.Path(folder).glob("*.so"))), sep="\\n")
"""

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or NM is None,
    reason="needs nm of binutils on Linux",
)


def interpreters() -> list[str]:
    """Find this interpreter, those on the path and those of pyenv."""
    names = [f"python3.{minor}{kind}" for minor in range(9, 20) for kind in ("", "t")]
    found = {sys.executable, *filter(None, map(shutil.which, names))}
    pyenv = Path.home() / ".pyenv" / "versions"
    return sorted(found | {str(path) for path in pyenv.glob("3.*/bin/python3")})


def modules(interpreter: str) -> list[str]:
    """Return the extension modules that come with an interpreter, if it runs."""
    run = subprocess.run(
        [interpreter, "-c", FIND_MODULES], capture_output=True, check=False, text=True
    )
    return run.stdout.splitlines()


Symbols = tuple[set[tuple[str, bool]], set[str]]


def dynamic_symbols(paths: list[str]) -> dict[str, Symbols]:
    """Return imports, each with "is weak", and exports; by ``nm``, like CPython's."""
    assert NM is not None
    options = ("--dynamic", "--extern-only", "--format=posix", "--print-file-name")
    run = subprocess.run(
        [NM, *options, *paths], capture_output=True, check=True, text=True
    )
    found: dict[str, Symbols] = {path: (set(), set()) for path in paths}
    for line in run.stdout.splitlines():
        path, _, rest = line.rpartition(": ")
        versioned_name, kind = rest.split()[:2]
        name = versioned_name.partition("@")[0]
        if not name.startswith(("Py", "_Py")):
            continue
        imports, exports = found[path]
        if kind in "Uwv":
            imports.add((name, kind != "U"))
        else:
            exports.add(name)
    return found


@pytest.mark.parametrize("interpreter", interpreters())
def test_same_symbols_as_nm(interpreter: str) -> None:
    paths = modules(interpreter)
    if not paths:
        pytest.skip("does not run, or has all its modules built in")
    for path, by_nm in dynamic_symbols(paths).items():
        image = read_elf(Path(path).read_bytes()).image
        imports = {(one.symbol, one.weak) for one in image.imports}
        assert (path, imports, set(image.exports)) == (path, *by_nm)
        assert image.is_shared_library
