"""The example projects: one wheel each for every Python, and editable installs."""

from __future__ import annotations

import sys
import tarfile
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from example_table import EXAMPLES
from outcomes import abi3_pythons, extension_files, tag_without_platform

from workbench.kits import kit_for
from workbench.pythons import running_python
from workbench.running import run

if TYPE_CHECKING:
    from pathlib import Path

    from example_table import Example

    from workbench.building import Environment, Workbench
    from workbench.fixture_types import BuildWheel, ImportOn, MakeEnvironment, Sample
    from workbench.pythons import FoundPython


REPRODUCIBLE = {
    "SOURCE_DATE_EPOCH": "1700000000",
    # Debug information names the folder of the build, which differs by intention, and
    # Cython's output takes a compiler half a minute to optimize.
    "CFLAGS": "-g0 -O0",
    "CXXFLAGS": "-g0 -O0",
}

WITH_PIP = "c-package"
"""The example that pip installs in place; uv does the others, in a third of the time.
"""

each_example = pytest.mark.parametrize(
    "case", EXAMPLES, ids=[case.name for case in EXAMPLES]
)


@each_example
def test_builds_one_wheel_for_every_python(  # noqa: PLR0913, PLR0917 - fixtures
    case: Example,
    example: Sample,
    build_wheel: BuildWheel,
    import_on: ImportOn,
    workbench: Workbench,
    pythons: tuple[FoundPython, ...],
) -> None:
    """Built from the tree or, in isolation, from the sdist: the bytes are the same."""
    project = example(case.name)
    wheel = build_wheel(project, isolated=False, env=REPRODUCIBLE).wheel
    workbench.call_backend("build_sdist", project, env=REPRODUCIBLE)
    from_sdist = build_wheel(unpack_sdist(project), env=REPRODUCIBLE).wheel
    assert tag_without_platform(wheel) == "cp39-abi3"
    assert extension_files(wheel) == list(case.files)
    assert from_sdist.name == wheel.name
    assert from_sdist.read_bytes() == wheel.read_bytes()

    equipped = [with_kit(workbench, python) for python in abi3_pythons(pythons)]
    runs = {
        python.label: import_on(python, wheel, check_of(project)) for python in equipped
    }
    printed = {label: (run.returncode, run.stdout) for label, run in runs.items()}
    assert printed == dict.fromkeys(runs, (0, case.prints))

    code = f"import pytest; raise SystemExit(pytest.main(['-q', {str(project)!r}]))"
    tested = import_on(with_kit(workbench, running_python()), wheel, code)
    assert tested.returncode == 0, tested.stdout

    if find_spec("abi3audit") is None:
        pytest.skip("abi3audit needs Python 3.10")
    audited = run([sys.executable, "-m", "abi3audit", "--strict", wheel])
    assert audited.returncode == 0, audited.stderr


@each_example
def test_installs_in_place_and_follows_edits(
    case: Example, example: Sample, environment: MakeEnvironment, tmp_path: Path
) -> None:
    project = example(case.name)
    made = environment(running_python())
    quickly = case.name != WITH_PIP
    install_in_place(made, project, quickly=quickly)
    assert made.run("-c", check_of(project), folder=tmp_path).stdout == case.prints
    assert all(any(project.rglob(name)) for name in case.files)
    beside_sources = [
        each
        for each in project.rglob("*.so")
        if each.relative_to(project).parts[0] != "build"
    ]
    assert len(beside_sources) == len(case.files)

    source = project / case.edit.source
    before = source.read_text(encoding="utf-8")
    assert before.count(case.edit.old) == 1
    source.write_text(before.replace(case.edit.old, case.edit.new), encoding="utf-8")
    install_in_place(made, project, quickly=quickly)
    assert made.run("-c", check_of(project), folder=tmp_path).stdout == case.edit.prints


def test_builds_the_same_bytes_twice(example: Sample, build_wheel: BuildWheel) -> None:
    """With the compiler's usual flags, in one folder, at another time."""
    project = example("c-minimal")
    epoch = {"SOURCE_DATE_EPOCH": "1700000000"}
    first = build_wheel(project, isolated=False, env=epoch).wheel.read_bytes()
    project.joinpath("build").rename(project.with_name("build-of-the-first"))
    second = build_wheel(project, isolated=False, env=epoch).wheel.read_bytes()
    assert second == first


def test_takes_the_version_from_git(
    example: Sample, build_wheel: BuildWheel, import_on: ImportOn
) -> None:
    project = example("setuptools-scm")
    git = ["git", "-c", "user.name=nobody", "-c", "user.email=nobody@example.org"]
    for words in ("init -q", "add .", "commit -q -m first", "tag v2.5 -m second"):
        assert run([*git, *words.split()], project).returncode == 0
    wheel = build_wheel(project, isolated=False).wheel
    code = "import scm_example; print(scm_example.__version__)"
    assert tag_without_platform(wheel) == "cp39-abi3"
    assert import_on(running_python(), wheel, code).stdout == "2.5\n"


def check_of(project: Path) -> str:
    """Return the code of the example's ``check.py``."""
    return (project / "check.py").read_text(encoding="utf-8")


def with_kit(workbench: Workbench, python: FoundPython) -> FoundPython:
    """Return the same Python in an environment that has what examples require."""
    return replace(python, executable=kit_for(python, workbench.cache).python)


def unpack_sdist(project: Path) -> Path:
    """Unpack the one sdist that was built; return the project in it."""
    (sdist,) = project.glob("dist/*.tar.gz")
    folder = project.with_name(f"{project.name}-from-sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder)  # noqa: S202 - our own build made it
    (unpacked,) = folder.iterdir()
    return unpacked


def install_in_place(environment: Environment, project: Path, *, quickly: bool) -> None:
    """Install a project as its developers do, with uv or, slowly, with pip."""
    done = environment.install("--editable", project, quickly=quickly)
    assert done.returncode == 0, done.stdout + done.stderr
