"""``native``: installers take the native wheel if there is one, else the abi3 one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from local_index import installed_modules, publish

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.building import Workbench
    from workbench.fixture_types import PythonNamed, Sample

NATIVE = "3.12"
BUILDERS = (NATIVE, "3.9")
PYTHONS = ("3.9", "3.12", "3.15")
"""All of them take a set that cibuildwheel builds, in ``test_cibuildwheel.py``."""


@pytest.mark.lab(*PYTHONS)
def test_pip_takes_the_native_wheel_only_where_it_fits(
    package: Sample, workbench: Workbench, python_named: PythonNamed, tmp_path: Path
) -> None:
    project = package("any-target")
    table = project / "pyproject.toml"
    table.write_text(f'{table.read_text()}native = ["{NATIVE}"]\n')
    notes = []
    for label in BUILDERS:
        python = python_named(label)
        built = workbench.build(
            project, f"--outdir={tmp_path / 'dist'}", python=python, isolated=False
        )
        assert built.returncode == 0, built.stderr
        notes.append(built.stderr)
    assert (
        'abi3build: note: building a version-specific wheel: native = "3.12"'
        " includes CPython 3.12; other Pythons build the abi3 wheel\n"
    ) in notes[0]
    assert sorted(
        each.name.split("-")[2] for each in (tmp_path / "dist").iterdir()
    ) == [
        "cp312",
        "cp39",
    ]
    index = publish(tmp_path, "any-target", (tmp_path / "dist").iterdir())
    taken = {
        label: installed_modules(
            python_named(label), workbench, tmp_path / label, index, "any-target"
        )
        for label in PYTHONS
    }
    stable = ["sample.abi3.so"]
    assert {label: names for label, names in taken.items() if label != NATIVE} == (
        dict.fromkeys(sorted(set(PYTHONS) - {NATIVE}), stable)
    )
    assert taken[NATIVE][0].startswith("sample.cpython-312")
