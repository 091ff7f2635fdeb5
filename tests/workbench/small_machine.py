"""Be the machine of someone who begins: a home, the system's programs, few Pythons."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.kits import (
    extra_requirements,
    find_uv,
    kit_for,
    uv_source,
    wheel_source,
)
from workbench.running import run_or_raise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from workbench.building import Workbench
    from workbench.pythons import FoundPython

__all__ = ["SmallMachine", "make_small_machine"]

_PYTHON = re.compile(r"(python|pip|pydoc)[\d.]*.*")
_INSTALLERS = ("pipx", "uv")


@dataclass(frozen=True)
class SmallMachine:
    """Hold where programs and Pythons are found, the same on every machine of ours."""

    folder: Path
    cache: Path
    """Where the kits of Pythons are."""

    wheels: tuple[Path, ...]
    base: Mapping[str, str]

    def install(self, *requirements: str) -> None:
        """Install what people have already; with uv if it is here, else with pip."""
        uv = find_uv()
        command = ("pip", "install") if uv is None else (uv, "pip", "install")
        python = self.folder / "environment" / "bin" / "python"
        options = () if uv is None else (f"--python={python}",)
        variables = self.variables([], online=False)
        words = ["/usr/bin/env", *command, *options, *requirements]
        run_or_raise(words, self.folder, variables)

    def variables(
        self, pythons: Iterable[FoundPython], *, online: bool
    ) -> dict[str, str]:
        """Return the variables for commands that find some Pythons.

        What pip and uv can install are wheels that were fetched before, and abi3build's
        own; the package index that this process uses is asked only ``online``.
        """
        pythons = sorted(pythons)
        name = "-".join(python.release for python in pythons) or "none"
        root = self.folder / "pyenv" / name
        for python in pythons:
            link = root / "versions" / python.release / "bin" / python.executable.name
            link.parent.mkdir(parents=True, exist_ok=True)
            if not link.is_symlink():
                link.symlink_to(python.executable)
        # An older Python can only refuse a wheel.
        able = [python for python in pythons if python.minor >= (3, 9)]
        kits = [kit_for(python, self.cache).wheels for python in able]
        variables = {
            **self.base,
            **wheel_source(*kits, *self.wheels),
            **uv_source(self.folder / f"{name}.toml", *kits, *self.wheels),
            "PYENV_ROOT": str(root),
        }
        if online:
            for name in ("PIP_NO_INDEX", "PIP_CONFIG_FILE", "UV_CONFIG_FILE"):
                variables.pop(name, None)
            settings = {k: v for k, v in os.environ.items() if k.startswith("PIP_")}
            places = variables["PIP_FIND_LINKS"], settings.pop("PIP_FIND_LINKS", "")
            variables.update(settings, PIP_FIND_LINKS=" ".join(places).strip())
        return variables


def make_small_machine(
    workbench: Workbench, python: FoundPython, folder: Path
) -> SmallMachine:
    """Make an environment with pip alone, and a home; no other Python is on ``PATH``.

    Commands share zig's cache with other programs of this machine: it takes minutes to
    fill.
    """
    kit = kit_for(python, workbench.cache)
    variables = workbench.newcomer(python, folder / "environment")
    more = kit.further_wheels(*_INSTALLERS, *extra_requirements())
    folders = more, workbench.own / "wheels"
    home, programs = folder / "home", folder / "programs"
    home.mkdir()
    _link_programs(programs)
    # uv takes no Python of a virtual environment to make others from.
    (programs / "python3").symlink_to(python.executable)
    path = os.pathsep.join([str(folder / "environment" / "bin"), str(programs)])
    zig = os.environ.get("ZIG_GLOBAL_CACHE_DIR") or str(Path.home() / ".cache" / "zig")
    changed = {
        "HOME": str(home),
        "PATH": path,
        # It would rather fetch its own Python than take the one on PATH.
        "UV_PYTHON_DOWNLOADS": "never",
        "ZIG_GLOBAL_CACHE_DIR": zig,
    }
    unwanted = ("PIPX_", "UV_", "XDG_")
    kept = {k: v for k, v in variables.items() if not k.startswith(unwanted)}
    return SmallMachine(folder, workbench.cache, folders, {**kept, **changed})


def _link_programs(folder: Path) -> None:
    """Lead to the system's programs, but not to its Pythons."""
    folder.mkdir()
    for place in os.defpath.split(os.pathsep):
        for program in Path(place).iterdir() if place else ():
            link = folder / program.name
            if not _PYTHON.fullmatch(program.name) and not link.is_symlink():
                link.symlink_to(program)
