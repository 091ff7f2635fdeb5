"""One project through every front end and command that people build it with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from outcomes import extension_files, tag_without_platform

from workbench.neighbors import neighborhood
from workbench.pythons import running_python
from workbench.running import run

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.building import Workbench
    from workbench.fixture_types import Sample
    from workbench.running import Run

BUILDER = running_python()
NOTE = f"abi3build: note: building cp39-abi3 with CPython {BUILDER.label}"
KEPT = "keeps its promise to Python 3.9 (1 file, 2 stable symbols, available since 3.2)"
ANSWER = "import sample; print(sample.limit())"


@pytest.mark.parametrize(
    "command",
    [
        "-m build --wheel --no-isolation --outdir=out",
        "-m build --no-isolation --outdir=out",
        "-m pip wheel --verbose --no-build-isolation --no-deps --wheel-dir=out .",
        "-m uv build --wheel --no-build-isolation --out-dir=out",
        "setup.py bdist_wheel --dist-dir=out",
    ],
)
def test_makes_the_wheel(command: str, package: Sample, workbench: Workbench) -> None:
    project = package("any-target")
    done = neighborhood(workbench, "uv").run(project, *command.split())
    assert done.returncode == 0, done.stderr
    (wheel,) = (project / "out").glob("*.whl")
    assert tag_without_platform(wheel) == "cp39-abi3"
    assert extension_files(wheel) == ["sample.abi3.so"]
    assert said_once(done.stdout + done.stderr, f"{wheel.name} {KEPT}")


def test_a_setting_of_the_command_counts_under_the_backend_of_setuptools(
    package: Sample, workbench: Workbench
) -> None:
    """It is read where any front end leaves it, so one way to call it is enough."""
    project = package("any-target")
    settings = {"abi3": "false"}
    code = f"from setuptools import build_meta as b; b.build_wheel('out', {settings})"
    done = neighborhood(workbench, "uv").run(project, "-c", code)
    assert done.returncode == 0, done.stderr
    (wheel,) = (project / "out").glob("*.whl")
    label = BUILDER.label.replace(".", "")
    assert tag_without_platform(wheel) == f"cp{label}-cp{label}"


# What pip and uv call for an editable installation.
EDITABLE = "from abi3build import build_meta; build_meta.build_editable('out', {})"
STRICT = EDITABLE.replace("{}", "{'editable-mode': 'strict'}")


@pytest.mark.parametrize(
    "command",
    [("setup.py", "build_ext", "--inplace"), ("-c", EDITABLE), ("-c", STRICT)],
    ids=["inplace", "editable", "editable-strict"],
)
def test_checks_what_stays_in_place(
    command: tuple[str, ...], package: Sample, workbench: Workbench
) -> None:
    project = package("any-target")
    (project / "out").mkdir()
    environment = neighborhood(workbench, "uv")
    done = environment.run(project, *command)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in project.glob("*.so")] == ["sample.abi3.so"]
    assert said_once(done.stdout + done.stderr, f"sample.abi3.so {KEPT}")
    assert environment.run(project, "-c", ANSWER).stdout == f"{0x03090000}\n"


def test_one_flavor_stays_in_place(package: Sample, workbench: Workbench) -> None:
    """The other one that abi3build made goes; somebody else's is refused."""
    project = package("any-target")
    environment = neighborhood(workbench, "uv")
    command = ("setup.py", "build_ext", "--inplace")

    def build(abi3: str) -> Run:
        code = (
            f"import os, sys; os.environ['ABI3BUILD_ABI3'] = '{abi3}';"
            f" sys.argv[:] = {list(command)!r};"
            " exec(compile(open('setup.py').read(), 'setup.py', 'exec'))"
        )
        return environment.run(project, "-c", code)

    assert build("false").returncode == 0
    (specific,) = project.glob("*.so")
    made = specific.read_bytes()
    done = build("true")
    assert done.returncode == 0, done.stderr
    assert [path.name for path in project.glob("*.so")] == ["sample.abi3.so"]
    note = f"note: removed {specific.name}, an earlier build of the same module\n"
    assert note in done.stderr

    specific.write_bytes(made + b"stripped, or made by another program")
    done = build("true")
    assert done.returncode == 2
    assert done.stderr.endswith(
        f"abi3build: error: {specific.name} contains the same module as this build, so"
        " Python may import it instead, and abi3build did not build it: remove it\n"
    )
    assert specific.exists()


@pytest.mark.parametrize("program", ["pip", "uv pip"])
def test_installs(
    program: str, package: Sample, workbench: Workbench, tmp_path: Path
) -> None:
    target = tmp_path / "target"
    arguments = f"install --no-build-isolation --no-deps --target={target} .".split()
    environment = neighborhood(workbench, "uv")
    done = environment.run(package("any-target"), "-m", *program.split(), *arguments)
    assert done.returncode == 0, done.stderr
    assert (target / "sample.abi3.so").exists()
    answered = run([BUILDER.executable, "-c", ANSWER], target)
    assert answered.stdout == f"{0x03090000}\n"


def said_once(output: str, text: str) -> bool:
    """Tell whether the build said once what it makes and once that it is right."""
    return output.count(NOTE) == 1 and output.count(text) == 1
