"""What kind of project is in a folder, found without running any of it."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from abi3build.errors import UsageError
from abi3build.settings.pyproject import load_pyproject

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["ProjectFacts", "read_project_facts"]

_PDM = "pdm.backend"
_OTHER_BACKENDS = {
    "maturin": "maturin",
    "mesonpy": "meson-python",
    "scikit_build_core.build": "scikit-build-core",
    "hatchling.build": "hatchling",
    "flit_core.buildapi": "flit",
    "poetry.core.masonry.api": "poetry",
    _PDM: "pdm",
}
_COMPILES_NOTHING = "flit"
"""https://flit.pypa.io/en/stable/rationale.html: for packages without a build step."""

_SETUPTOOLS = ("setuptools.build_meta", "abi3build")
_GENERATORS = {
    "Cython": re.compile(r"\bcythonize\b|\bCython\b|\.pyx\b"),
    "CFFI": re.compile(r"\bcffi_modules\b"),
    "SWIG": re.compile(r"\bswig_opts\b|\.i['\"]"),
    "pybind11": re.compile(r"\bpybind11\b"),
    "mypyc": re.compile(r"\bmypycify\b"),
    "CMake": re.compile(r"\bcmake\b|CMakeExtension", re.IGNORECASE),
    "Rust": re.compile(r"\bRustExtension\b|\brust_extensions\b"),
}
_NAME_IN_CFG = re.compile(
    r"^\[metadata\][^\[]*?^name[ \t]*=[ \t]*(?P<name>\S+)", re.MULTILINE | re.DOTALL
)
_NAME_IN_CALL = re.compile(
    r"\bsetup\(\s*(?:[^()]*?,\s*)?name\s*=\s*(['\"])(?P<name>[\w.-]+)\1"
)
_DECLARATION = re.compile(r"\bext_modules\b|\bcffi_modules\b|\brust_extensions\b")


class ProjectFacts(NamedTuple):
    """Describe what was seen of a project; the text of a missing file is empty."""

    pyproject_text: str
    pyproject: Mapping[str, object]
    setup_py: str
    setup_cfg: str
    generators: tuple[str, ...]
    """What makes or compiles its sources besides a compiler, sorted."""

    @property
    def name(self) -> str:
        """Return the distribution's name as far as it is a literal, else nothing."""
        project = self.pyproject.get("project", {})
        named = project.get("name") if isinstance(project, dict) else None
        if isinstance(named, str):
            return named
        patterns = ((_NAME_IN_CFG, self.setup_cfg), (_NAME_IN_CALL, self.setup_py))
        found = (pattern.search(text) for pattern, text in patterns)
        return next((match["name"] for match in found if match), "")

    @property
    def is_set_up(self) -> bool:
        """Tell whether the table is there already."""
        tool = self.pyproject.get("tool", {})
        return isinstance(tool, dict) and "abi3build" in tool


def read_project_facts(folder: Path) -> ProjectFacts:
    """Read the files by which a project is built.

    Raise ``UsageError`` if there is nothing for abi3build to do: no project, another
    backend, no extension, no Python in setup.py; ``SettingsError`` if pyproject.toml
    cannot be read.
    """
    if not folder.is_dir():
        message = f"{folder}: no such directory: name the project's own folder"
        raise UsageError(message)
    path = folder / "pyproject.toml"
    pyproject = load_pyproject(path) if path.exists() else {}
    texts = [
        _read(folder / name) for name in ("pyproject.toml", "setup.py", "setup.cfg")
    ]
    if not any(texts):
        message = (
            f"{folder}: no pyproject.toml, setup.py or setup.cfg: name the folder of a"
            " project"
        )
        raise UsageError(message)
    _refuse_other_backends(folder, pyproject)
    _refuse_no_python(folder / "setup.py", texts[1])
    whole = "\n".join([*texts, _read_pdm_hook(folder, pyproject)])
    if not _declares_extensions(whole, pyproject):
        message = (
            f"{folder}: no extension modules are declared in setup.py, setup.cfg or"
            " [tool.setuptools]: a wheel of Python files already works on every Python"
        )
        raise UsageError(message)
    generators = [name for name, mark in _GENERATORS.items() if mark.search(whole)]
    return ProjectFacts(
        texts[0], pyproject, texts[1], texts[2], tuple(sorted(generators))
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as fault:
        message = f"{path}: cannot be read: {fault}: save it as UTF-8"
        raise UsageError(message) from None


def _runs_setuptools(pyproject: Mapping[str, object]) -> bool:
    """Tell whether pdm-backend has setuptools compile the project."""
    return _pdm_settings(pyproject).get("run-setuptools") is True


def _read_pdm_hook(folder: Path, pyproject: Mapping[str, object]) -> str:
    """Return the Python in which such a project declares its extensions.

    https://backend.pdm-project.org/build_config/#custom-hook
    """
    if not _runs_setuptools(pyproject):
        return ""
    name = _pdm_settings(pyproject).get("custom-hook", "pdm_build.py")
    return _read(folder / name) if isinstance(name, str) else ""


def _pdm_settings(pyproject: Mapping[str, object]) -> Mapping[str, object]:
    table: object = pyproject
    for name in ("tool", "pdm", "build"):
        table = table.get(name) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else {}


def _refuse_other_backends(folder: Path, pyproject: Mapping[str, object]) -> None:
    system = pyproject.get("build-system", {})
    backend = system.get("build-backend") if isinstance(system, dict) else None
    if backend is None or str(backend).startswith(_SETUPTOOLS):
        return
    if isinstance(system, dict) and system.get("backend-path"):
        return
    if backend == _PDM and _runs_setuptools(pyproject):
        return
    name = _OTHER_BACKENDS.get(str(backend), str(backend))
    if name == _COMPILES_NOTHING:
        message = (
            f"{folder}: builds with {name}, which compiles no extension modules: a"
            " wheel of Python files already works on every Python"
        )
        raise UsageError(message)
    message = (
        f"{folder}: builds with {name}, but abi3build is for setuptools: keep {name},"
        " set abi3 there, and check its wheels with: abi3build audit dist/"
    )
    raise UsageError(message)


def _refuse_no_python(path: Path, text: str) -> None:
    try:
        ast.parse(text)
    except SyntaxError as fault:
        message = f"{path}: line {fault.lineno}: {fault.msg}: correct it there"
        raise UsageError(message) from None
    except (ValueError, RecursionError):
        # Zero bytes, or nested too deeply: setuptools says more.
        return


def _declares_extensions(text: str, pyproject: Mapping[str, object]) -> bool:
    if _DECLARATION.search(text):
        return True
    tool = pyproject.get("tool", {})
    table = tool.get("setuptools", {}) if isinstance(tool, dict) else {}
    return isinstance(table, dict) and "ext-modules" in table
