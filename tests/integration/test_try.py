"""``abi3build try``: real Pythons, planted faults, and what is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from workbench.kits import kit_for
from workbench.pythons import running_python
from workbench.running import clean_environment, run

if TYPE_CHECKING:
    from workbench.building import Workbench
    from workbench.fixture_types import BuildWheel, Sample
    from workbench.pythons import FoundPython

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals have other names")

_SECONDS_FOR_A_SLOW_MACHINE = 60


@pytest.fixture
def failing(package: Sample, build_wheel: BuildWheel) -> Path:
    """Build the wheel whose modules each fail in another way."""
    return build_wheel(package("fails-at-import"), isolated=False).wheel


def test_names_each_planted_fault(
    failing: Path, pythons: tuple[FoundPython, ...], tmp_path: Path
) -> None:
    """A crash, a hang, an exit and a symbol that 3.13 took away; the good is imported.

    The limit is for a module that never ends, so it may be short.
    """
    tried = _two_of(pythons)
    document = _try(failing, tmp_path, *_named(tried), "--timeout", "5")
    (trial,) = document["trials"]
    for python, found in zip(tried, trial["pythons"]):
        expected = {
            "sample.crashing._core": "crashed with SIGSEGV",
            "sample.hanging": "took longer than 5 s",
            "sample.leaving": "ended Python with exit status 7",
        }
        if python.minor >= (3, 13):
            expected["sample.missing"] = (
                "ImportError: sample/missing.abi3.so: undefined symbol: _PyLong_AsInt"
            )
        faults = {fault["subject"]: fault for fault in found["faults"]}
        assert {name: faults[name]["message"] for name in faults} == expected
        frame = "sample/crashing/__init__.py:3 in <module>"
        assert faults["sample.crashing._core"]["place"] == frame
        assert "sample.good" in found["imported"]
        assert len(found["imported"]) + len(faults) == 5
        if "sample.missing" in faults:
            hint = "abi3build symbol _PyLong_AsInt shows what to use instead"
            assert faults["sample.missing"]["hint"] == hint
    assert document["status"] == 1


@pytest.mark.parametrize(
    "installer", ["pip", pytest.param("uv", marks=pytest.mark.lab("uv"))]
)
def test_tests_where_admitted_and_is_refused_elsewhere(  # noqa: PLR0913, PLR0917 - fixtures
    installer: str,
    example: Sample,
    build_wheel: BuildWheel,
    workbench: Workbench,
    pythons: tuple[FoundPython, ...],
    tmp_path: Path,
) -> None:
    """The example's own tests pass; one that the tag excludes takes no wheel."""
    project = example("c-package")
    wheel = build_wheel(project, isolated=False).wheel
    excluded = [
        python
        for python in pythons
        if python.minor == (3, 8) or (python.free_threaded and not python.debug)
    ][:1]
    document = _try(
        wheel,
        tmp_path,
        *_named([*excluded, running_python()]),
        *("--installer", installer, "--no-index", "--requires", "pytest"),
        *("--find-links", kit_for(running_python(), workbench.cache).wheels),
        *("--project", project, "--command", "pytest -q {project}/tests"),
    )
    assert [
        (found["verdict"], found["expected"], found["command_passed"], found["faults"])
        for found in document["trials"][0]["pythons"]
    ] == [
        *(("refused", "refused by tag", None, []) for _ in excluded),
        ("passed", "installs", True, []),
    ]
    assert document["status"] == 0


def test_tells_of_a_failing_command_and_of_a_python_that_is_required(
    example: Sample, build_wheel: BuildWheel, tmp_path: Path
) -> None:
    """Nothing that the command started lives on, and its output is shown."""
    wheel = build_wheel(example("c-minimal"), isolated=False).wheel
    code = (
        "import subprocess, sys, c_minimal;"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
        "sys.exit('the reason')"
    )
    document = _try(
        wheel,
        tmp_path,
        *_named([running_python()]),
        *("--command", f'python -c "{code}"', "--require", "3.2"),
    )
    (trial,) = document["trials"]
    (fault,) = trial["pythons"][0]["faults"]
    assert (fault["message"], fault["output"]) == ("exit status 1", ["the reason"])
    assert trial["required_and_not_tried"] == ["3.2"]
    assert trial["passed"] is False
    assert _processes_of(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at /proc")
def test_leaves_nothing_behind_when_interrupted(
    number: signal.Signals, failing: Path, tmp_path: Path
) -> None:
    command = (sys.executable, "-m", "abi3build", "try", failing, "--timeout", "600")
    skip = ("--skip", "*crash*", "--skip", "*leaving", *_named([running_python()]))
    with subprocess.Popen(
        (*command, *skip),
        env=_variables(tmp_path),
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        end = time.monotonic() + _SECONDS_FOR_A_SLOW_MACHINE
        while not _hangs(tmp_path):
            assert time.monotonic() < end, "the module was never imported"
            time.sleep(0.1)
        process.send_signal(number)
        said = process.communicate(timeout=_SECONDS_FOR_A_SLOW_MACHINE)
    assert (process.returncode, *said) == (130, "", "abi3build: error: interrupted\n")
    assert list(tmp_path.joinpath("temporary").iterdir()) == []
    assert _processes_of(tmp_path) == []


def _try(wheel: Path, folder: Path, *arguments: str | Path) -> dict[str, Any]:
    """Run the command; return its document with the exit status."""
    command = (sys.executable, "-m", "abi3build", "try", "--format", "json", wheel)
    done = run((*command, *arguments), folder, _variables(folder))
    assert done.stderr == ""
    document: dict[str, Any] = json.loads(done.stdout)
    assert list(folder.joinpath("temporary").iterdir()) == []
    return {**document, "status": done.returncode}


def _variables(folder: Path) -> dict[str, str]:
    """Put everything temporary into a folder that can be looked at."""
    temporary = folder / "temporary"
    temporary.mkdir(exist_ok=True)
    return clean_environment({"TMPDIR": str(temporary)})


def _named(pythons: list[FoundPython]) -> list[str]:
    return [word for python in pythons for word in ("--python", str(python.executable))]


def _two_of(pythons: tuple[FoundPython, ...]) -> list[FoundPython]:
    """Choose the oldest and the newest that an abi3 wheel from 3.9 on is for."""
    able = [
        python
        for python in pythons
        if python.minor >= (3, 9) and not python.free_threaded
    ]
    return list(dict.fromkeys([able[0], able[-1]]))


def _hangs(folder: Path) -> bool:
    results = folder.joinpath("temporary").glob("*/*/results")
    return any('"begins": "sample.hanging"' in path.read_text() for path in results)


def _processes_of(folder: Path) -> list[str]:
    """Return the command lines of the processes that live on in a folder."""
    end = time.monotonic() + _SECONDS_FOR_A_SLOW_MACHINE
    found = _running(folder)
    while found and time.monotonic() < end:
        # One that was killed may take a moment to be gone.
        time.sleep(0.1)
        found = _running(folder)
    return found


def _running(folder: Path) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode("utf-8", "replace")
        except OSError:
            continue
        if str(folder / "temporary") in words:
            found.append(words)
    return found


def test_sources_beside_the_tests_are_not_imported(tmp_path: Path) -> None:
    """In a flat layout the folder that tests put first on the path has the sources."""
    project = tmp_path / "project"
    for folder in ("flat", "tests"):
        (project / folder).mkdir(parents=True)
        (project / folder / "__init__.py").touch()
    (project / "helper.py").touch()
    test = "import flat, helper\nassert flat.made\n"
    (project / "tests" / "test_flat.py").write_text(test, encoding="utf-8")
    (project / "run.py").write_text(test, encoding="utf-8")
    first = "import sys; sys.path.insert(0, r'{project}'); import tests.test_flat"
    for command in ("python {project}/run.py", f'python -c "{first}"'):
        document = _try(
            _pure_wheel(tmp_path),
            tmp_path,
            *_named([running_python()]),
            *("--no-index", "--project", project, "--command", command),
        )
        (found,) = document["trials"][0]["pythons"]
        assert (found["faults"], found["command_passed"]) == ([], True)


def _pure_wheel(folder: Path) -> Path:
    """Write a wheel of one package, ``flat``, that says that it was made."""
    path = folder / "flat-1.0-py3-none-any.whl"
    members = {
        "flat/__init__.py": "made = True\n",
        "flat-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: flat\n"
        "Version: 1.0\n",
        "flat-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    record = "flat-1.0.dist-info/RECORD"
    members[record] = "".join(f"{name},,\n" for name in [*members, record])
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path
