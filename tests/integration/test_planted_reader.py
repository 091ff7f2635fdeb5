"""A build whose reader drops a symbol is stopped by the library that reads it again.

Nothing else would notice: without the symbol the wheel looks as if it kept its promise.
Mach-O has no second reader, which the report says of each of its images.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

import pytest
from outcomes import messages

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from workbench.building import Build, Workbench
    from workbench.fixture_types import Sample

GCC = "x86_64-w64-mingw32-gcc-win32"

# Every Python of the build runs a file of this name as it starts.
SITE = """\
from abi3build.binaries.{folder} import {folder}_reader as reader

whole = reader.{name}

def forgetful(*arguments):
    found = whole(*arguments)
    if not isinstance(found, tuple):
        return [each for each in found if each.symbol != "{symbol}"]
    imports, exports = found
    return tuple(each for each in imports if each.symbol != "{symbol}"), exports

reader.{name} = forgetful
"""


def plant(
    place: Path, workbench: Workbench, folder: str, name: str, symbol: str
) -> dict[str, str]:
    """Write the fault; return the variables that bring it into a build."""
    place.mkdir()
    text = SITE.format(folder=folder, name=name, symbol=symbol)
    (place / "sitecustomize.py").write_text(text, encoding="utf-8")
    own = workbench.variables()["PYTHONPATH"]
    return {"PYTHONPATH": f"{place}{os.pathsep}{own}"}


def build(
    workbench: Workbench, project: Path, env: Mapping[str, str], *options: str
) -> Build:
    return workbench.build(project, *options, isolated=False, env=env)


@pytest.mark.skipif(sys.platform != "linux", reason="the wheel has ELF files")
def test_a_private_symbol_that_the_elf_reader_drops(
    package: Sample, workbench: Workbench, tmp_path: Path
) -> None:
    project, symbol = package("private-symbol"), "_PyUnicode_JoinArray"
    place = tmp_path / "planted"
    env = plant(place, workbench, "elf", "_imports_and_exports", symbol)
    refused = build(workbench, project, env)
    assert refused.returncode != 0
    assert refused.wheels == ()
    said = messages(refused)
    assert re.search(
        rf" ABI802 sample\.abi3\.so +only pyelftools \S+ found {symbol}\n", said
    )
    assert "ABI101" not in said
    assert "does not keep its promise to Python 3.9" in said

    let_out = build(workbench, project, {**env, "ABI3BUILD_VERIFY": "warn"})
    assert let_out.wheel.name.startswith("private_symbol-1.0-cp39-abi3-")
    assert "ABI802" in messages(let_out)


@pytest.mark.lab(GCC)
def test_a_symbol_that_the_pe_reader_drops(
    example: Sample, workbench: Workbench, tmp_path: Path
) -> None:
    project = example("c-minimal")
    file = project / "pyproject.toml"
    text = file.read_text(encoding="utf-8")
    text = text.replace("setuptools.build_meta", "abi3build.build_meta")
    compiler = f'\n[tool.abi3build.targets.win_amd64]\ncompiler = "{GCC}"\n'
    file.write_text(text + compiler, encoding="utf-8")
    place = tmp_path / "planted"
    env = plant(place, workbench, "pe", "_imports", "PyModuleDef_Init")
    refused = build(workbench, project, env, "-Ctarget=win_amd64")
    assert refused.returncode != 0
    assert refused.wheels == ()
    assert re.search(
        r" ABI802 c_minimal\.pyd +only pefile \S+ found PyModuleDef_Init\n",
        messages(refused),
    )
