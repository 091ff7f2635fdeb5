"""Publish wheels in a folder, and see what pip of each Python takes from there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from workbench.kits import kit_for
from workbench.running import clean_environment, run

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from workbench.building import Workbench
    from workbench.pythons import FoundPython

__all__ = ["installed_modules", "publish"]


def publish(folder: Path, project: str, wheels: Iterable[Path]) -> str:
    """Make an index of the wheels (PEP 503), which pip reads from files too.

    Return its URL.
    """
    page = folder / "simple" / project / "index.html"
    page.parent.mkdir(parents=True)
    links = [f'<a href="{each.as_uri()}">{each.name}</a>' for each in sorted(wheels)]
    page.write_text("\n".join(["<!DOCTYPE html>", *links]), encoding="utf-8")
    return (folder / "simple").as_uri()


def installed_modules(
    python: FoundPython, workbench: Workbench, folder: Path, index: str, project: str
) -> list[str]:
    """Return the extensions that pip of a Python puts into a new folder."""
    kit = kit_for(python, workbench.cache)
    options = (f"--index-url={index}", f"--target={folder}", "--no-cache-dir")
    done = run(
        [kit.python, "-I", "-m", "pip", "install", "--quiet", *options, project],
        folder.parent,
        clean_environment({"PIP_CONFIG_FILE": os.devnull}),
    )
    assert done.returncode == 0, done.stderr
    return [path.name for path in folder.glob("*.so")]
