"""Real Windows Pythons: how the lab sets them up, and what their DLLs have."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from make_windows_pythons import HASHES
from running_tools import run_tool

from abi3build.import_libraries.writing import linkable_symbols
from abi3build.inspection.image_files import read_file
from abi3build.versions import FIRST_STABLE_ABI, PythonVersion
from workbench.wine import windows_python

TOOL = Path(__file__).with_name("make_windows_pythons.py")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the lab is for Debian")


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    there = [tmp_path / "win/py39/python.exe", tmp_path / "wine/system.reg"]
    for path in there:
        path.parent.mkdir(parents=True)
        path.touch()
    assert run_tool(TOOL, tmp_path, "--require", "3.9") == (0, "")
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == there


@pytest.mark.parametrize(("options", "status"), [((), 0), (("--require",), 1)])
def test_elsewhere_one_line_says_why(
    options: tuple[str, ...], status: int, tmp_path: Path
) -> None:
    said = "lab: Windows Python 3.9, 3.14 cannot be made here: there is no wine\n"
    assert run_tool(TOOL, tmp_path, *options, "3.9", "3.14") == (status, said)


@pytest.mark.lab(*(f"windows-{version}" for version in HASHES))
@pytest.mark.parametrize("version", HASHES)
def test_the_real_dll_has_every_name_that_links(version: str) -> None:
    newest = PythonVersion.parse(version)
    dll = windows_python(version).with_name(f"python{version.replace('.', '')}.dll")
    (image,) = read_file(dll).images
    for minor in range(FIRST_STABLE_ABI.minor, newest.minor + 1):
        names = [symbol.name for symbol in linkable_symbols(PythonVersion(3, minor))]
        assert [name for name in names if name not in image.exports] == []
