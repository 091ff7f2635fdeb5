"""What the tests share: sample projects, interpreters, and builds with them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from pythons import find_pythons

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from pythons import FoundPython

ROOT = Path(__file__).parent.parent
LAB = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.13d", "3.13t", "3.14", "3.15")
"""The interpreters that a complete run has."""

_BACKEND_NEEDS = ("setuptools", "wheel", "build", "cython", "cffi", "setuptools-scm")


@dataclass(frozen=True)
class Build:
    """Hold what one run of a build front end did."""

    returncode: int
    output: str
    """Standard output and standard error as the user sees them, in order."""

    dist: Path

    @property
    def wheels(self) -> list[Path]:
        """Give the wheels that reached ``dist/``, sorted."""
        return sorted(self.dist.glob("*.whl"))

    @property
    def wheel(self) -> Path:
        """Give the one wheel that must be there."""
        assert self.returncode == 0, self.output
        (wheel,) = self.wheels
        return wheel

    @property
    def messages(self) -> str:
        """Give abi3build's own lines with the indented ones that belong to them."""
        lines: list[str] = []
        ours = False
        for line in self.output.splitlines():
            ours = line.startswith("abi3build: ") or (ours and line.startswith("  "))
            if ours:
                lines.append(line)
        return "\n".join(lines)


class CopyProject(Protocol):
    """Copy a project to a new folder; give the folder."""

    def __call__(self, name: str) -> Path:
        """Copy the project of this name."""
        ...


class BuildWheel(Protocol):
    """Build a project with an interpreter; never raise for a failing build."""

    def __call__(
        self,
        project: Path,
        *arguments: str,
        python: FoundPython | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Build:
        """Build, with further arguments for the front end."""
        ...


class Environment(Protocol):
    """Give the program of a virtual environment that has the build requirements."""

    def __call__(self, python: FoundPython | None = None) -> Path:
        """Give the environment of an interpreter, or of the one that runs tests."""
        ...


class ImportOn(Protocol):
    """Run code with a wheel unpacked on the path; give what it printed."""

    def __call__(
        self, python: FoundPython | Path, wheel: Path, code: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the code in a child process."""
        ...


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--strict-lab",
        action="store_true",
        help="fail instead of skipping where an interpreter or a tool is missing",
    )


def pytest_report_header() -> list[str]:
    names = ("setuptools", "packaging", "pyelftools", "pefile", "build", "abi3audit")
    found = ", ".join(label.label for label in find_pythons())
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    return [f"with: {versions}", f"pythons: {found}"]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Count skipped tests aloud, so that nobody takes them for passed ones."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped and not config.option.collectonly:
        terminalreporter.section("not tried on this machine")
        terminalreporter.write_line(
            f"{len(skipped)} tests were skipped: what they show is unproven here"
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and item.config.getoption("--strict-lab"):
        report.outcome = "failed"
        report.longrepr = f"skipped in a complete run: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def pythons() -> list[FoundPython]:
    """Give every real interpreter of the machine, oldest first."""
    return find_pythons()


@pytest.fixture(scope="session")
def abi3_pythons(
    pythons: list[FoundPython], request: pytest.FixtureRequest
) -> list[FoundPython]:
    """Give the interpreters from 3.9 up that load abi3 extensions."""
    chosen = [each for each in pythons if each.loads_abi3 and each.version >= (3, 9)]
    if request.config.getoption("--strict-lab"):
        missing = set(LAB) - {each.label for each in pythons}
        assert not missing, f"missing in a complete run: {sorted(missing)}"
    assert chosen, "no CPython from 3.9 up was found"
    return chosen


@pytest.fixture
def package(tmp_path: Path) -> CopyProject:
    """Copy one of ``tests/packages``."""

    def copy(name: str) -> Path:
        target = tmp_path / name
        shutil.copytree(ROOT / "tests" / "packages" / name, target)
        return target

    return copy


@pytest.fixture
def example(tmp_path: Path) -> CopyProject:
    """Copy one of ``example_projects``, without what builds left in it."""

    def copy(name: str) -> Path:
        target = tmp_path / name
        ignored = shutil.ignore_patterns("build", "dist", "*.egg-info", "*.so", ".*")
        shutil.copytree(ROOT / "example_projects" / name, target, ignore=ignored)
        return target

    return copy


@pytest.fixture(scope="session")
def own_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build this checkout's own wheel once."""
    folder = tmp_path_factory.mktemp("own-wheel")
    source = folder / "source"
    ignored = shutil.ignore_patterns(".*", "build", "tests", "example_projects", "dist")
    shutil.copytree(ROOT, source, ignore=ignored)
    _check([sys.executable, "-m", "build", "-nw", "-o", folder, source])
    (wheel,) = folder.glob("*.whl")
    return wheel


@dataclass
class _Environments:
    """Make at most one virtual environment for each interpreter of a session."""

    folder: Path
    own_wheel: Path
    made: dict[str, Path] = field(default_factory=dict)

    def __call__(self, python: FoundPython | None = None) -> Path:
        label = python.label if python else "running"
        if label not in self.made:
            program = Path(sys.executable) if python is None else python.path
            self.made[label] = self._make(program, self.folder / label)
        return self.made[label]

    def _make(self, program: Path, folder: Path) -> Path:
        # Debian's interpreters come without ensurepip; pip installs from outside.
        _check([program, "-m", "venv", "--without-pip", folder])
        inside = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
        install = [sys.executable, "-m", "pip", "--python", inside, "install", "-q"]
        _check([*map(str, install), self.own_wheel, *_BACKEND_NEEDS])
        return inside


@pytest.fixture(scope="session")
def environment(
    tmp_path_factory: pytest.TempPathFactory, own_wheel: Path
) -> Environment:
    """Give environments with abi3build and what the sample projects need."""
    return _Environments(tmp_path_factory.mktemp("environments"), own_wheel)


@pytest.fixture
def build_wheel(environment: Environment) -> BuildWheel:
    """Build without isolation, in the session's environment of an interpreter."""

    def build(
        project: Path,
        *arguments: str,
        python: FoundPython | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Build:
        program = str(environment(python))
        command = [program, "-m", "build", "-nw", *arguments, str(project)]
        return _run_build(command, project, env or {})

    return build


@pytest.fixture
def build_isolated(own_wheel: Path) -> BuildWheel:
    """Build as users do: requirements from the index, abi3build from this checkout."""

    def build(
        project: Path,
        *arguments: str,
        python: FoundPython | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Build:
        assert python is None, "isolated builds use the interpreter of the tests"
        pinned = project / "constraints.txt"
        pinned.write_text(f"abi3build @ {own_wheel.as_uri()}\n", encoding="utf-8")
        command = [sys.executable, "-m", "build", *arguments, str(project)]
        return _run_build(
            command, project, {**(env or {}), "PIP_CONSTRAINT": str(pinned)}
        )

    return build


@pytest.fixture
def import_on(tmp_path: Path) -> ImportOn:
    """Unpack a wheel and run code beside it."""

    def run(
        python: FoundPython | Path, wheel: Path, code: str
    ) -> subprocess.CompletedProcess[str]:
        site = tmp_path / f"site-{wheel.name}"
        if not site.exists():
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(site)
        program = python if isinstance(python, Path) else python.path
        command = [str(program), "-c", code]
        return subprocess.run(
            command, cwd=site, capture_output=True, text=True, timeout=60, check=False
        )

    return run


def _run_build(command: list[str], project: Path, env: Mapping[str, str]) -> Build:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ABI3BUILD_", "PYTHON"))
    }
    completed = subprocess.run(
        command,
        env={**inherited, "LC_ALL": "C", **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Build(completed.returncode, completed.stdout, project / "dist")


def _check(command: Sequence[str | Path]) -> None:
    completed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert completed.returncode == 0, completed.stdout + completed.stderr
