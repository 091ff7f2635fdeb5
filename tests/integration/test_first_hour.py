"""From pip install to a checked wheel with two commands, for five kinds of projects."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from outcomes import extension_files, tag_without_platform

from workbench.kits import kit_for
from workbench.pythons import running_python
from workbench.running import run

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.building import Workbench
    from workbench.fixture_types import ImportOn, Sample
    from workbench.running import Run

ISOLATED = "three-knobs"
"""The project that is built in isolation here; test_examples.py does so to the others.
"""

TABLE = re.compile(r"\n*\[tool\.abi3build\]\nmin-python = \"3\.9\"\n")
PROJECTS = (
    ("three-knobs", "demo/_core.abi3.so", "import demo; print(demo.twice(3))", "6\n"),
    ("c-package", "c_package/_stats.abi3.so", None, "5.0\n"),
    ("cpp", "cpp_example.abi3.so", None, "[None, None, 1.0]\n"),
    ("cython", "cython_example.abi3.so", None, "[2, 3, 5, 7, 11]\n"),
    ("cffi", "cffi_example/_crc32.abi3.so", None, "3798131148\n"),
)

pytestmark = pytest.mark.skipif(
    os.name == "nt", reason="it runs commands from a folder named bin"
)


@pytest.fixture(scope="module")
def variables(
    workbench: Workbench, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """Install the command from a local index into an environment with pip alone."""
    folder = tmp_path_factory.mktemp("newcomer") / "environment"
    made = workbench.newcomer(running_python(), folder)
    done = run([folder / "bin" / "pip", "install", "abi3build", "build"], env=made)
    assert done.returncode == 0, done.stdout + done.stderr
    return {**made, "HERE": str(folder / "bin")}


@pytest.mark.parametrize(
    ("name", "file", "code", "prints"), PROJECTS, ids=[row[0] for row in PROJECTS]
)
def test_two_commands_lead_to_a_checked_wheel(  # noqa: PLR0913, PLR0917 - fixtures
    name: str,
    file: str,
    code: str | None,
    prints: str,
    package: Sample,
    example: Sample,
    variables: dict[str, str],
    workbench: Workbench,
    import_on: ImportOn,
) -> None:
    project = package(name) if name == ISOLATED else example(name)
    forget_abi3build(project)
    code = code or (project / "check.py").read_text(encoding="utf-8")
    programs = variables["HERE"]

    first = run([f"{programs}/abi3build", "init", "--yes"], project, variables)
    assert first.returncode == 0, first.stdout + first.stderr
    if name == ISOLATED:
        words = [f"{programs}/python", "-m", "build", "-w"]
        built: Run = run(words, project, variables)
    else:
        built = workbench.build(project, isolated=False, env={"CFLAGS": "-O0"})
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = project.glob("dist/*.whl")
    assert tag_without_platform(wheel) == "cp39-abi3"
    assert file in extension_files(wheel)
    assert f"{wheel.name} keeps its promise to Python 3.9" in built.stderr
    again = run([f"{programs}/abi3build", "init", "--yes"], project, variables)
    assert again.stdout == f"{name} is already set up: nothing to do\n"
    equipped = kit_for(running_python(), workbench.cache).python
    python = replace(running_python(), executable=equipped)
    assert import_on(python, wheel, code).stdout == prints


def forget_abi3build(project: Path) -> None:
    """Take out of pyproject.toml what ``init`` is to write."""
    path = project / "pyproject.toml"
    if not path.exists():
        return
    before = path.read_text(encoding="utf-8")
    after = TABLE.sub("\n", before).replace(', "abi3build"]', "]")
    assert "abi3build" not in after.replace("The abi3build maintainers", "")
    path.write_text(after, encoding="utf-8")
