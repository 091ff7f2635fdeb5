"""One kit for each interpreter: its wheels of all build tools, and a venv with them.

Making a kit asks the package index once; whatever is built with it afterwards does
without.  Kits are kept between runs: remove their folder to take newer releases.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from workbench.running import CommandError, clean_environment, run_or_raise

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workbench.pythons import FoundPython

__all__ = ["ROOT", "Kit", "bare_venv", "kit_for", "wheel_source"]

ROOT = Path(__file__).resolve().parents[2]

_FRONT_ENDS = ("build", "pip", "pytest")
_GENERATORS = ("Cython", "cffi", "setuptools-scm")
"""What some samples need beside; not each of them supports each interpreter."""


@dataclass(frozen=True)
class Kit:
    """Hold what building with one interpreter needs."""

    python: Path
    """The interpreter of a virtual environment with all wheels but abi3build's own."""

    wheels: Path
    """A folder of wheels that fit the interpreter."""


def kit_for(python: FoundPython, cache: Path) -> Kit:
    """Return the kit of an interpreter, made when first asked for.

    Raise ``CommandError`` if the package index does not answer.
    """
    folder = cache / f"{python.release}-{_fingerprint(python)}"
    wheels, venv, finished = folder / "wheels", folder / "venv", folder / "finished"
    kit = Kit(_venv_python(venv), wheels)
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / f"{folder.name}.lock"):
        if not finished.exists():
            shutil.rmtree(folder, ignore_errors=True)
            _download(python, wheels)
            bare_venv(python, venv)
            _install_all(kit)
            finished.touch()
    return kit


def bare_venv(python: FoundPython, folder: Path) -> Path:
    """Make a virtual environment without pip; return its interpreter."""
    run_or_raise([python.executable, "-m", "venv", "--without-pip", folder])
    return _venv_python(folder)


def wheel_source(*folders: Path) -> dict[str, str]:
    """Return the variables by which pip takes wheels from these folders alone."""
    return {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        # pip splits the value at blanks, which a URL has none of.
        "PIP_FIND_LINKS": " ".join(folder.as_uri() for folder in folders),
        "PIP_NO_INDEX": "1",
    }


def _requirements() -> list[str]:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    needed = [
        *document["build-system"]["requires"],
        *document["project"]["dependencies"],
    ]
    return sorted({*needed, *_FRONT_ENDS})


def _fingerprint(python: FoundPython) -> str:
    parts = [str(python.executable.parent), *_requirements(), *_GENERATORS]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]


def _venv_python(venv: Path) -> Path:
    scripts = "Scripts/python.exe" if os.name == "nt" else "bin/python"
    return venv / scripts


def _download(python: FoundPython, wheels: Path) -> None:
    version = "{}.{}".format(*python.minor)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    fitting = ["--only-binary=:all:", f"--python-version={version}"]
    run_or_raise([*pip, *fitting, f"--dest={wheels}", "pip"], env=_index_environment())
    try:
        _download_with_dependencies(python, wheels, [*_requirements(), *_GENERATORS])
    except CommandError:
        _download_with_dependencies(python, wheels, _requirements())
        for generator in _GENERATORS:
            _download_if_supported(python, wheels, generator)


def _download_if_supported(python: FoundPython, wheels: Path, generator: str) -> None:
    try:
        _download_with_dependencies(python, wheels, [generator])
    except CommandError as error:
        sys.stderr.write(f"{generator} is not to be had for {python.label}: {error}\n")


def _download_with_dependencies(
    python: FoundPython, wheels: Path, requirements: Iterable[str]
) -> None:
    download = ["-m", "pip", "download", "--quiet", "--only-binary=:all:"]
    run_or_raise(
        [python.executable, *download, f"--dest={wheels}", *requirements],
        env=_index_environment(PYTHONPATH=str(_pip_wheel(wheels))),
    )


def _install_all(kit: Kit) -> None:
    """Install every wheel: they were resolved together, so all of them fit."""
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]
    run_or_raise(
        [kit.python, *install, *sorted(kit.wheels.glob("*.whl"))],
        env=clean_environment(
            {**wheel_source(kit.wheels), "PYTHONPATH": str(_pip_wheel(kit.wheels))}
        ),
    )


def _pip_wheel(wheels: Path) -> Path:
    """Return pip's own wheel, which Python runs as it is: not each has ensurepip."""
    return next(wheels.glob("pip-*.whl"))


def _index_environment(**extra: str) -> dict[str, str]:
    """Return a clean environment that keeps the user's settings of the index."""
    kept = {name: value for name, value in os.environ.items() if name[:4] == "PIP_"}
    return clean_environment({**kept, **extra})
