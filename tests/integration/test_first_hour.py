"""From pip install to a checked wheel with two commands, for five kinds of projects."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from outcomes import extension_files, tag_without_platform

from workbench.kits import ROOT, kit_for
from workbench.pythons import running_python
from workbench.running import run

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.building import Workbench
    from workbench.fixture_types import ImportOn, PythonNamed, Sample
    from workbench.running import Run

ISOLATED = "three-knobs"
"""The project that is built in isolation here; test_examples.py does so to the others.
"""

TABLE = re.compile(r"\n*\[tool\.abi3build\]\nmin-python = \"3\.9\"\n")
SLOW = {"_colorize", "dataclasses", "inspect", "json", "shutil", "subprocess"}
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
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


@pytest.mark.parametrize(
    "label",
    [
        pytest.param(label, marks=pytest.mark.lab(label))
        for label in ("3.9", "3.13", "3.14", "3.15")
    ],
)
def test_help_in_a_pipe_loads_little_and_has_colors_if_asked(
    label: str, python_named: PythonNamed
) -> None:
    """Hold what benchmarks/startup.py measures: help is what people call first."""
    program = python_named(label).executable
    code = (
        "import sys, abi3build.cli\ntry: abi3build.cli.main(['--help'])\n"
        "finally: print(*sys.modules, file=sys.stderr)"
    )
    variables = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    for name in ("FORCE_COLOR", "PYTHON_COLORS"):
        variables.pop(name, None)
    plain = run([program, "-S", "-c", code], env=variables)
    assert plain.returncode == 0, plain.stderr
    assert not SLOW.intersection(plain.stderr.split())
    assert "\x1b" not in plain.stdout
    colored = run([program, "-c", code], env={**variables, "FORCE_COLOR": "1"})
    assert ("\x1b" in colored.stdout) == (label in {"3.14", "3.15"})
    assert ESCAPES.sub("", colored.stdout) == plain.stdout


def forget_abi3build(project: Path) -> None:
    """Take out of pyproject.toml what ``init`` is to write."""
    path = project / "pyproject.toml"
    if not path.exists():
        return
    before = path.read_text(encoding="utf-8")
    after = TABLE.sub("\n", before).replace(', "abi3build"]', "]")
    assert "abi3build" not in after.replace("The abi3build maintainers", "")
    path.write_text(after, encoding="utf-8")
