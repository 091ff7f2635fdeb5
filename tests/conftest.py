"""Fixtures that build and import sample projects, and the rules of the lab marker."""

from __future__ import annotations

import argparse
import platform
import shutil
import subprocess
import sysconfig
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from workbench.building import copy_project, open_workbench
from workbench.foreign import FOREIGN_PYTHONS
from workbench.importing import run_code, unpack
from workbench.kits import ROOT
from workbench.pythons import find_pythons
from workbench.wine import run_windows, serving, windows_headers, windows_python

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from workbench.building import Workbench
    from workbench.fixture_types import (
        BuildWheel,
        ImportOn,
        MakeEnvironment,
        OnWindows,
        PythonNamed,
        Sample,
    )
    from workbench.pythons import FoundPython
    from workbench.running import Run

_TESTS = Path(__file__).parent
_LONGEST_FIRST = (
    "test_documentation.py",
    "test_cost.py",
    "test_examples.py",
    "test_try.py",
    "test_cibuildwheel.py",
    "test_fresh_builds.py",
    "test_random_edits.py",
    "test_compat_names.py",
    "test_around_the_limit.py",
    "test_cross_running.py",
    "test_cross_building.py",
)
"""Files of tests that take long each: if they ran last, one processor would be idle."""

_WINDOWS = "windows-"
_HEADERS = "-headers"
_FOREIGN = "foreign-"


@pytest.fixture(scope="session")
def pythons() -> tuple[FoundPython, ...]:
    """Return every real CPython 3 of this machine, the oldest first."""
    return find_pythons()


@pytest.fixture(scope="session")
def python_named() -> PythonNamed:
    """Return the newest installation with a label such as ``3.13t``, or skip."""
    return _python_named


@pytest.fixture
def package(tmp_path: Path) -> Sample:
    """Copy a project of ``tests/packages``; return the copy."""
    return lambda name: copy_project(_TESTS / "packages" / name, tmp_path / name)


@pytest.fixture
def example(tmp_path: Path) -> Sample:
    """Copy a project of ``example_projects``; return the copy."""
    return lambda name: copy_project(ROOT / "example_projects" / name, tmp_path / name)


@pytest.fixture(scope="session")
def workbench(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Workbench:
    """Return the workbench with this checkout's abi3build, built once for all."""
    own = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        own = own.parent
    return open_workbench(ROOT / ".cache" / "workbench", own / "abi3build-wheel")


@pytest.fixture(scope="session")
def build_wheel(workbench: Workbench) -> BuildWheel:
    """Build with ``python -m build`` against this checkout's abi3build."""
    return workbench.build


@pytest.fixture(scope="session")
def import_on(tmp_path_factory: pytest.TempPathFactory) -> ImportOn:
    """Import from a wheel without installing it."""

    def run(python: FoundPython, wheel: Path, code: str) -> Run:
        folder = tmp_path_factory.mktemp("unpacked")
        return run_code(python, unpack(wheel, folder), code)

    return run


@pytest.fixture(scope="session")
def on_windows() -> Iterator[OnWindows]:
    """Run Windows Python of the lab, whose label ``windows-3.9`` the test names."""
    with serving():
        yield run_windows


@pytest.fixture
def environment(workbench: Workbench, tmp_path: Path) -> MakeEnvironment:
    """Make a fresh virtual environment of an interpreter, one for each test."""
    return lambda python: workbench.environment(python, tmp_path / "environment")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a machine that has the whole lab say so."""
    parser.getgroup("lab").addoption(
        "--strict-lab",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="turn each skipped test of the lab into a failure",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and let examples take as long as a busy machine needs."""
    hypothesis.settings.register_profile("patient", deadline=None)
    hypothesis.settings.load_profile("patient")
    config.addinivalue_line(
        "markers",
        "lab(*labels): needs further interpreters or tools; skipped where one of those"
        ' labels, such as "3.13t", "windows-3.9", "windows-3.13-headers",'
        ' "foreign-s390x-3.11" or "clang", is missing, and counted at the end of the'
        " run",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, and keep the order of all others."""
    places = {name: place for place, name in enumerate(_LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


def pytest_report_header() -> list[str]:
    """Say on what the samples are built."""
    names = ("setuptools", "packaging", "wheel", "pyelftools")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    return [
        f"abi3build: {versions}",
        f"platform: {sysconfig.get_platform()}, {platform.platform()}",
        f"compiler: {_compiler()}",
    ]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test of the lab that names an interpreter or tool which is missing."""
    for marker in item.iter_markers("lab"):
        for label in marker.args:
            if label[0].isdecimal():
                _python_named(label)
            elif label.startswith(_WINDOWS):
                _require_windows_python(label[len(_WINDOWS) :])
            elif label.startswith(_FOREIGN):
                _require_foreign_python(label[len(_FOREIGN) :])
            elif shutil.which(label) is None:
                pytest.skip(f"{label} missing")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a skipped test of the lab under ``--strict-lab``."""
    report = yield
    is_lab = item.get_closest_marker("lab") is not None
    if report.skipped and is_lab and item.config.getoption("strict_lab"):
        report.outcome = "failed"
        report.longrepr = f"skipped under --strict-lab: {_reason(report)}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count the skipped tests of the lab aloud."""
    reports = [
        report
        for outcome in ("passed", "failed", "error", "skipped", "xfailed")
        for report in terminalreporter.getreports(outcome)
        if isinstance(report, pytest.TestReport) and "lab" in report.keywords
    ]
    skipped = [report for report in reports if report.skipped]
    if skipped:
        tests = {report.nodeid for report in reports}
        reasons = ", ".join(sorted({_reason(report) for report in skipped}))
        terminalreporter.write_line(
            f"lab: {len(skipped)} of {len(tests)} tests skipped: {reasons}", yellow=True
        )


def _python_named(label: str) -> FoundPython:
    named = [python for python in find_pythons() if python.label == label]
    if not named:
        pytest.skip(f"python{label} missing")
    return max(named, key=lambda python: (python.has_headers, python))


def _require_windows_python(label: str) -> None:
    version = label.removesuffix(_HEADERS)
    if shutil.which("wine") is None or not windows_python(version).exists():
        pytest.skip(f"Windows Python {version} missing")
    if label != version and not windows_headers(version).exists():
        pytest.skip(f"headers of Windows Python {version} missing")


def _require_foreign_python(label: str) -> None:
    if not FOREIGN_PYTHONS[label].is_there:
        pytest.skip(f"Python {label} missing")


def _reason(report: pytest.TestReport) -> str:
    """Return the text with which a test was skipped."""
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return str(report.longrepr)


def _compiler() -> str:
    command = shutil.which((sysconfig.get_config_var("CC") or "cc").split()[0])
    if command is None:
        return "setuptools' choice"
    run = subprocess.run(
        [command, "--version"], capture_output=True, check=False, text=True
    )
    return next(iter(run.stdout.splitlines()), command)
