"""The same source built on each Python: one name, and a wheel that all of them load."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from example_table import EXAMPLES
from outcomes import abi3_pythons, extension_files, tag_without_platform

if TYPE_CHECKING:
    from workbench.building import Workbench
    from workbench.fixture_types import ImportOn, PythonNamed, Sample
    from workbench.pythons import FoundPython

CASES = [case for case in EXAMPLES if case.name in {"c-minimal", "c-package"}]
"""A module by itself and two in a package: setuptools names them by two ways."""

EVERY = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.13d", "3.14", "3.15")
CHOSEN = ("3.9", "3.13d", "3.15")
"""The first, the last, and one that names its files in another way; a session has all.
"""

LABELS = EVERY if "ABI3_FULL_GRIDS" in os.environ else CHOSEN


@pytest.mark.parametrize(
    "builder", [pytest.param(label, marks=pytest.mark.lab(label)) for label in LABELS]
)
def test_any_builder_serves_every_python(  # noqa: PLR0913, PLR0917 - fixtures
    builder: str,
    example: Sample,
    workbench: Workbench,
    import_on: ImportOn,
    python_named: PythonNamed,
    pythons: tuple[FoundPython, ...],
) -> None:
    projects = [example(case.name) for case in CASES]
    builds = workbench.build_each(projects, python=python_named(builder))
    for case, project, build in zip(CASES, projects, builds):
        assert tag_without_platform(build.wheel) == "cp39-abi3"
        assert extension_files(build.wheel) == list(case.files)
        check = (project / "check.py").read_text(encoding="utf-8")
        runs = {
            python.label: import_on(python, build.wheel, check)
            for python in abi3_pythons(pythons)
        }
        printed = {label: (run.returncode, run.stdout) for label, run in runs.items()}
        assert printed == dict.fromkeys(runs, (0, case.prints))
