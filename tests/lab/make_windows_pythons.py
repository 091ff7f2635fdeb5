#!/usr/bin/env python3
"""Bring real Windows Pythons that run under wine, for tests marked ``lab``.

Works on Linux for amd64 where wine is installed.  Each is put together from a wheel of
panda3d, 65 MB from the package index, and from another Python of the same minor version
on this machine, which gives the standard library.  They are python.exe in the folders
win/py39 to win/py314 of the lab, which is $ABI3_LAB or ~/.cache/abi3-lab.  What is
there already is left alone.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from debian import call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.pythons import FoundPython

sys.path.append(str(Path(__file__).resolve().parents[1]))
from workbench.pythons import find_pythons, lab_folder
from workbench.wine import make_prefix, prefix_exists, windows_python

__all__ = ["HASHES", "main"]

_RELEASE = "panda3d==1.10.16"
HASHES = {
    "3.9": "11e5f1cd734827ca7925eaab993aaa06c9ac3e0b4d933fd44a99f048803702a1",
    "3.10": "3f5e084314a842875f9fbb2d6276c4bf80faa277592d90620a3b90717c4847e5",
    "3.11": "37acfb92655c4226879f95c988e2ef1449a53c54486d6c1ebc00e2772429af82",
    "3.12": "f6493e2ecc0d1b7c1556a999556e5278cbc9484fe5fe1e159a1ccc02b870b18f",
    "3.13": "0e505261bb58d8402d0099c291f1a3459acfdd38f3e7d666e72aa2e1ea5dc46f",
    "3.14": "0978ca7d2953d37ed3ed8d99abd1ee77bbfc75fe6ea47019d0f5f5dad830d853",
}
"""The wheels for win_amd64 that were looked at, by minor version."""

_WITH_HEADERS = "3.13"
"""The version whose sources the lab has anyway, for its 3.13t and 3.13d."""

_QUESTION = "import sysconfig; print(sysconfig.get_path('stdlib'))"


def main(arguments: Sequence[str] | None = None) -> int:
    """Make what is missing; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    names = [*HASHES, "all"]
    parser.add_argument(
        "version", nargs="*", choices=names, default="all", metavar="VERSION"
    )
    parser.add_argument(
        "--require", action="store_true", help="fail where this machine has no lab"
    )
    options = parser.parse_args(arguments)
    wanted = list(HASHES) if "all" in options.version else options.version
    missing = [version for version in wanted if not windows_python(version).exists()]
    if not missing and prefix_exists():
        return 0
    obstacle = _why_not_here()
    if obstacle:
        _say(f"Windows Python {', '.join(wanted)} cannot be made here: {obstacle}")
        return 1 if options.require else 0
    try:
        make_prefix()
        made = [_make(version) for version in missing]
    except (OSError, subprocess.CalledProcessError) as error:
        output = getattr(error, "stdout", None) or ""
        _say(f"{error}\n{output[-2000:]}".rstrip())
        return 1
    return 1 if options.require and not all(made) else 0


def _make(version: str) -> bool:
    other = _python_of(version)
    if other is None:
        _say(
            f"Windows Python {version} cannot be made here: no other Python {version}"
            " has its standard library"
        )
        return False
    from windows_python import Ingredients, put_together

    final = windows_python(version).parent
    final.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=final.parent) as folder:
        draft = Path(folder, final.name)
        wheel = _download(version, Path(folder))
        library = call(other.executable, "-c", _QUESTION).strip()
        put_together(
            Ingredients(version, wheel, Path(library), _source(version)), draft
        )
        draft.rename(final)
    _say(f"{windows_python(version)}: python.org's DLL, the library of {other.release}")
    return True


def _python_of(version: str) -> FoundPython | None:
    found = [python for python in find_pythons() if python.label == version]
    return max(found, default=None)


def _download(version: str, folder: Path) -> Path:
    requirement = folder / "requirement.txt"
    requirement.write_text(f"{_RELEASE} --hash=sha256:{HASHES[version]}\n", "utf-8")
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps")
    tag = f"cp{version.replace('.', '')}"
    kind = ("--only-binary=:all:", "--platform=win_amd64", f"--abi={tag}")
    fitting = (f"--python-version={version}", f"--dest={folder}")
    call(*pip, *kind, *fitting, "--require-hashes", "--requirement", requirement)
    return next(folder.glob("*.whl"))


def _source(version: str) -> Path | None:
    if version != _WITH_HEADERS:
        return None
    from make_pythons import source_tree

    return source_tree(lab_folder(), version)


def _why_not_here() -> str | None:
    if sysconfig.get_platform() != "linux-x86_64":
        return f"the platform is {sysconfig.get_platform()}, not linux-x86_64"
    if shutil.which("wine") is None:
        return "there is no wine"
    return None


def _say(text: str) -> None:
    sys.stdout.write(f"lab: {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
