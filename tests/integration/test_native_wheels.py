"""``native``: installers take the native wheel if there is one, else the abi3 one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from workbench.kits import kit_for
from workbench.running import clean_environment, run

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.building import Workbench
    from workbench.fixture_types import PythonNamed, Sample

NATIVE = "3.12"
BUILDERS = (NATIVE, "3.9")
PYTHONS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15")


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
    _publish(tmp_path)
    taken = {
        label: _installed(workbench, python_named, label, tmp_path) for label in PYTHONS
    }
    stable = ["sample.abi3.so"]
    assert {label: names for label, names in taken.items() if label != NATIVE} == (
        dict.fromkeys(sorted(set(PYTHONS) - {NATIVE}), stable)
    )
    assert taken[NATIVE][0].startswith("sample.cpython-312")


def _publish(folder: Path) -> None:
    """Make an index of the wheels (PEP 503), which pip reads from files too."""
    page = folder / "simple" / "any-target" / "index.html"
    page.parent.mkdir(parents=True)
    links = [
        f'<a href="{wheel.as_uri()}">{wheel.name}</a>'
        for wheel in sorted((folder / "dist").iterdir())
    ]
    page.write_text("\n".join(["<!DOCTYPE html>", *links]), encoding="utf-8")


def _installed(
    workbench: Workbench, python_named: PythonNamed, label: str, folder: Path
) -> list[str]:
    """Return the extension that pip of a Python puts into a folder."""
    kit = kit_for(python_named(label), workbench.cache)
    place = folder / label
    index = (folder / "simple").as_uri()
    options = (f"--index-url={index}", f"--target={place}", "--no-cache-dir")
    done = run(
        [kit.python, "-I", "-m", "pip", "install", "--quiet", *options, "any-target"],
        folder,
        clean_environment({"PIP_CONFIG_FILE": os.devnull}),
    )
    assert done.returncode == 0, done.stderr
    return [path.name for path in place.glob("*.so")]
