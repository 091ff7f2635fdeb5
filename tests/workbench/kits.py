"""One kit for each interpreter: a venv with all build tools, and their wheels.

Making a kit asks the package index; whatever is built with it afterwards does
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

from workbench.running import CommandError, clean_environment, run, run_or_raise

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from workbench.pythons import FoundPython

__all__ = [
    "ROOT",
    "Kit",
    "bare_venv",
    "extra_requirements",
    "find_uv",
    "install",
    "kit_for",
    "uv_source",
    "wheel_source",
]

ROOT = Path(__file__).resolve().parents[2]

_FRONT_ENDS = ("build", "pip", "pytest")
_GENERATORS = ("Cython", "cffi", "setuptools-scm")
"""What some samples need beside; not each of them supports each interpreter."""


@dataclass(frozen=True)
class Kit:
    """Hold what building with one interpreter needs."""

    base: FoundPython
    folder: Path

    @property
    def python(self) -> Path:
        """Return the interpreter of an environment with all but abi3build's own."""
        return _venv_python(self.folder / "venv")

    @property
    def wheels(self) -> Path:
        """Return a folder of wheels that fit the interpreter, fetched if asked for.

        Only what is built in isolation, and what else pip installs, takes them.
        """
        wheels, finished = self.folder / "wheels", self.folder / "fetched"
        with FileLock(f"{self.folder}.wheels.lock"):
            if not finished.exists():
                shutil.rmtree(wheels, ignore_errors=True)
                _download(self.base, wheels)
                finished.touch()
        return wheels

    def further_wheels(self, *requirements: str) -> Path:
        """Return a folder of wheels of what only some tests need, fetched if asked for.

        What the requirements need in turn is there as well.
        """
        digest = hashlib.sha256("\n".join(requirements).encode()).hexdigest()[:8]
        wheels, finished = (
            self.folder / f"{name}-{digest}" for name in ("further", "fetched")
        )
        with FileLock(f"{wheels}.lock"):
            if not finished.exists():
                shutil.rmtree(wheels, ignore_errors=True)
                shutil.copytree(self.wheels, wheels)
                _download_with_dependencies(self.base, wheels, requirements)
                finished.touch()
        return wheels

    @property
    def pip(self) -> Path:
        """Return the wheel of pip, which Python runs as it is, without ensurepip."""
        return _pip_of(self.wheels)


def kit_for(python: FoundPython, cache: Path) -> Kit:
    """Return the kit of an interpreter, made when first asked for.

    Raise ``CommandError`` if the package index does not answer.
    """
    folder = cache / f"{python.release}-{_fingerprint(python)}"
    kit, finished = Kit(python, folder), folder / "finished"
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / f"{folder.name}.lock"):
        if not finished.exists():
            shutil.rmtree(folder, ignore_errors=True)
            bare_venv(python, folder / "venv")
            _equip(kit)
            finished.touch()
    return kit


def bare_venv(python: FoundPython, folder: Path) -> Path:
    """Make a virtual environment without pip; return its interpreter."""
    run_or_raise([python.executable, "-m", "venv", "--without-pip", folder])
    return _venv_python(folder)


def install(
    kit: Kit, python: Path, requirements: Iterable[str | Path], *options: str
) -> None:
    """Install into an environment of the kit's Python; raise ``CommandError`` if not.

    With uv if it is here, which takes a tenth of the time.  An index that only pip is
    told of, and versions that uv does not find, are left to the kit's pip.
    """
    words = [*options, *requirements]
    if not _installs_with_uv(python, words):
        run_or_raise(
            [python, "-m", "pip", "install", "--quiet", "--no-compile", *words],
            env=_index_environment(PYTHONPATH=str(kit.pip)),
        )


def _installs_with_uv(python: Path, words: Sequence[str | Path]) -> bool:
    program = find_uv()
    if program is None:
        return False
    done = run([program, "pip", "install", "--quiet", f"--python={python}", *words])
    return done.returncode == 0


def find_uv() -> str | None:
    """Return the uv that is installed beside the tests; None without it."""
    try:
        from uv import find_uv_bin
    except ImportError:
        return None
    return find_uv_bin()


def wheel_source(*folders: Path) -> dict[str, str]:
    """Return the variables by which pip takes wheels from these folders alone."""
    return {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        # Most of what is installed is never imported.
        "PIP_NO_COMPILE": "1",
        # pip splits the value at blanks, which a URL has none of.
        "PIP_FIND_LINKS": " ".join(folder.as_uri() for folder in folders),
        "PIP_NO_INDEX": "1",
    }


def uv_source(file: Path, *folders: Path) -> dict[str, str]:
    """Return the variables by which uv takes wheels from these folders alone.

    No variable says that there is no index, so a file does.
    """
    links = ", ".join(f'"{folder.as_uri()}"' for folder in folders)
    text = f"no-index = true\nfind-links = [{links}]\n"
    if not file.exists() or file.read_text("utf-8") != text:
        draft = file.with_suffix(f".{os.getpid()}")
        draft.write_text(text, encoding="utf-8")
        draft.replace(file)
    return {"UV_CONFIG_FILE": str(file)}


def _requirements() -> list[str]:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    needed = [
        *document["build-system"]["requires"],
        *document["project"]["dependencies"],
    ]
    return sorted({*needed, *_FRONT_ENDS})


def extra_requirements() -> list[str]:
    """Return what the extras of abi3build install, without zig's 80 MB."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    extras = tomllib.loads(text)["project"]["optional-dependencies"]
    wanted = (words for name, words in extras.items() if name != "cross")
    return sorted({word for words in wanted for word in words})


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
        env=_index_environment(PYTHONPATH=str(_pip_of(wheels))),
    )


def _equip(kit: Kit) -> None:
    """Install what builds need; what cannot be had for this Python is left out."""
    binary = "--only-binary=:all:"
    needed = [binary, *_requirements()]
    if _installs_with_uv(kit.python, [*needed, *_GENERATORS]):
        return
    if _installs_with_uv(kit.python, needed):
        for generator in _GENERATORS:
            if not _installs_with_uv(kit.python, [binary, generator]):
                sys.stderr.write(f"{generator} is not to be had for {kit.base.label}\n")
        return
    # They were resolved together, so all of them fit.
    wheels = sorted(kit.wheels.glob("*.whl"))
    install(kit, kit.python, wheels, "--no-deps", "--no-index")


def _pip_of(wheels: Path) -> Path:
    return next(wheels.glob("pip-*.whl"))


def _index_environment(**extra: str) -> dict[str, str]:
    """Return a clean environment that keeps the user's settings of the index."""
    kept = {name: value for name, value in os.environ.items() if name[:4] == "PIP_"}
    return clean_environment({**kept, **extra})
