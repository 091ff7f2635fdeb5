"""What can be run on this project: `nox --list` tells; the Makefile is its face."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2024.10"
nox.options.sessions = ["lint", "test"]
nox.options.reuse_existing_virtualenvs = True

ROOT = Path(__file__).parent
LAB_RELEASED = ("3.14", "3.15")
LAB_COMPILED = ("3.13t", "3.13d")
GENERATORS = (
    "generate_rules_page.py",
    "generate_settings_pages.py",
    "generate_stable_abi.py",
)


def install_group(session: nox.Session, group: str) -> None:
    """Install a dependency group of pyproject.toml (PEP 735)."""
    groups = nox.project.load_toml("pyproject.toml")
    session.install(*nox.project.dependency_groups(groups, group))


@nox.session
def test(session: nox.Session) -> None:
    """Run the whole suite; with CI=true nothing may be missing."""
    complete = os.environ.get("CI") == "true"
    if complete:
        lab(session)
    install_group(session, "test")
    session.install(".")
    strict = ["--strict-lab"] if complete else []
    session.run("pytest", *strict, *session.posargs)


@nox.session
def unit(session: nox.Session) -> None:
    """Run the tests that need no compiler."""
    install_group(session, "test")
    session.install(".")
    session.run("pytest", "tests/unit", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, types, and that generated files are fresh."""
    install_group(session, "lint")
    session.install("-e", ".")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    for name in GENERATORS:
        session.run("python", f"tools/{name}", "--check")


@nox.session
def generate(session: nox.Session) -> None:
    """Write the stable ABI's data, the settings page and the schema anew."""
    install_group(session, "test")
    session.install("-e", ".")
    for name in GENERATORS:
        session.run("python", f"tools/{name}")


@nox.session
def demo(session: nox.Session) -> None:
    """Build two examples in isolation and import the wheels on every Python found."""
    session.install("build", "packaging")
    session.run("python", "tools/demo.py", *session.posargs)


@nox.session(python=False)
def lab(session: nox.Session) -> None:
    """Bring further real Pythons (Debian with root rights); a few minutes once."""
    command = ["tests/lab/make_pythons.py", *LAB_RELEASED, *LAB_COMPILED]
    session.run(sys.executable, *command, external=True)


@nox.session
def package(session: nox.Session) -> None:
    """Build abi3build itself and look at what users would get."""
    session.install("build", "check-wheel-contents", "twine")
    folder = Path(session.create_tmp(), "dist")
    shutil.rmtree(folder, ignore_errors=True)
    session.run("python", "-m", "build", "--outdir", str(folder), str(ROOT))
    files = sorted(map(str, folder.iterdir()))
    session.run("twine", "check", "--strict", *files)
    wheels = [name for name in files if name.endswith(".whl")]
    session.run("check-wheel-contents", *wheels)


@nox.session
def minimums(session: nox.Session) -> None:
    """Run the unit tests with the oldest dependencies that are promised."""
    install_group(session, "test")
    session.install(".")
    session.install(
        "packaging==24.0",
        "pefile==2023.2.7",
        "pyelftools==0.31",
        "setuptools==70.1",
        "wheel==0.43",
    )
    session.run("pytest", "tests/unit", *session.posargs)
