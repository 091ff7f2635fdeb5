"""Bring further real CPythons to a Debian machine, for trying wheels on them.

    python tests/lab/make_pythons.py 3.14 3.15       released, about 20 seconds
    python tests/lab/make_pythons.py 3.13t 3.13d     compiled, 3 to 5 minutes each

Each becomes ``$ABI3_LAB/bin/python3.X`` (``~/.cache/abi3-lab`` by default); what is
there already stays.  Released ones are Debian's packages, unpacked beside the system
with their own C library; apt checks them against the archive's signed lists.  Elsewhere
than on Debian with root rights it says so and does nothing; ``--require`` makes that,
and every Python that is missing in the end, an error.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LAB = Path(os.environ.get("ABI3_LAB") or Path.home() / ".cache" / "abi3-lab")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
RELEASED_FROM, COMPILED_FROM = "sid", "forky"
"""The suites with the newest releases, and with the source of 3.13."""

PACKAGES = ("python{0}", "python{0}-minimal", "python{0}-dev", "python{0}-venv")
LIBRARY_PACKAGES = ("libpython{0}", "libpython{0}-minimal", "libpython{0}-stdlib")
SHARED_PACKAGES = (
    "libbz2-1.0 libc6 libcrypt1 libdb5.3t64 libexpat1 libffi8 liblzma5 libncursesw6"
    " libreadline8t64 libsqlite3-0 libssl3t64 libtinfo6 libuuid1 libzstd1 zlib1g"
)


def run(command: Sequence[str | os.PathLike[str]], folder: Path | None = None) -> None:
    """Run a command quietly; show what it said where it fails."""
    completed = subprocess.run(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if completed.returncode:
        sys.stderr.write(completed.stdout.decode("utf-8", "replace"))
        message = f"{' '.join(map(str, command))} ended with {completed.returncode}"
        raise SystemExit(message)


def apt(suite: str) -> list[str]:
    """Give apt-get with lists of its own, so that the machine's stay as they are."""
    home = LAB / "apt" / suite
    for folder in ("lists/partial", "cache/archives/partial"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    sources = home / "sources.list"
    line = f"[signed-by={KEYRING}] {mirror()} {suite} main\n"
    sources.write_text(f"deb {line}deb-src {line}", encoding="utf-8")
    options = {
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::lists": home / "lists",
        "Dir::Cache": home / "cache",
        # Mirrors of suites under development are often older than their lists allow.
        "Acquire::Check-Valid-Until": "false",
        "APT::Sandbox::User": "root",
    }
    command = ["apt-get", *(f"-o{key}={value}" for key, value in options.items())]
    updated = home / "updated"
    if not updated.exists():
        run([*command, "update"])
        updated.touch()
    return command


def mirror() -> str:
    """Give the address of the archive that this machine already uses."""
    for path in sorted(Path("/etc/apt").rglob("*")):
        if path.suffix in {".list", ".sources"}:
            text = path.read_text(encoding="utf-8")
            found = re.search(r"https?://\S+/debian/?(?=\s|$)", text)
            if found is not None:
                return found[0]
    message = "no Debian archive in /etc/apt: add one to sources.list"
    raise SystemExit(message)


def bring_released(versions: Sequence[str]) -> None:
    """Unpack released versions with their own dynamic loader."""
    if shutil.which("patchelf") is None:
        run(["apt-get", "update"])
        run(["apt-get", "install", "--yes", "patchelf"])
    root = LAB / RELEASED_FROM
    archives = root / "debs"
    archives.mkdir(parents=True, exist_ok=True)
    names = [
        pattern.format(version)
        for version in versions
        for pattern in (*PACKAGES, *LIBRARY_PACKAGES, "libpython{0}-dev")
    ]
    command = [*apt(RELEASED_FROM), "download", *names, *SHARED_PACKAGES.split()]
    run(command, archives)
    for archive in sorted(archives.glob("*.deb")):
        run(["dpkg", "--extract", archive, root])
    for name in ("lib64", "lib"):
        if not (root / name).exists():
            (root / name).symlink_to(f"usr/{name}")
    for version in versions:
        settle_released(root, version)


def settle_released(root: Path, version: str) -> None:
    """Point one unpacked interpreter at the libraries unpacked with it."""
    libraries = root / "usr/lib/x86_64-linux-gnu"
    program = root / f"usr/bin/python{version}"
    loader = libraries / "ld-linux-x86-64.so.2"
    # DT_RPATH, not DT_RUNPATH: the extensions of the standard library need it too.
    options = ["--force-rpath", "--set-rpath", libraries]
    run(["patchelf", "--set-interpreter", loader, *options, program])
    # Debian's pyconfig.h includes <x86_64-linux-gnu/python3.X/pyconfig.h>.
    headers = root / f"usr/include/python{version}/x86_64-linux-gnu"
    headers.unlink(missing_ok=True)
    headers.symlink_to("../x86_64-linux-gnu")
    wrapper = LAB / "bin" / f"python{version}"
    wrapper.parent.mkdir(parents=True, exist_ok=True)
    # A wrapper, no link: sys.executable must be the program beside its library.
    wrapper.write_text(f'#!/bin/sh\nexec {program} "$@"\n', encoding="utf-8")
    wrapper.chmod(0o755)


def compile_variant(name: str) -> None:
    """Compile a free-threaded (``t``) or a debug (``d``) build from Debian's source."""
    version, flag = name[:-1], {"t": "--disable-gil", "d": "--with-pydebug"}[name[-1]]
    sources = LAB / "src"
    tree, build = sources / f"tree-{version}", LAB / "build" / name
    sources.mkdir(parents=True, exist_ok=True)
    build.mkdir(parents=True, exist_ok=True)
    if not tree.exists():
        command = [*apt(COMPILED_FROM), "source", "--download-only", f"python{version}"]
        run(command, sources)
        archive = max(sources.glob(f"python{version}_*.orig.tar.*z"))
        tree.mkdir()
        run(["tar", "xf", archive, "-C", tree, "--strip-components=1"])
    run([tree / "configure", "-q", f"--prefix={LAB / name}", flag], build)
    run(["make", "-s", f"-j{os.cpu_count() or 1}"], build)
    run(["make", "-s", "install"], build)
    link = LAB / "bin" / f"python{name}"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(LAB / name / "bin" / f"python{name}")


def starts(name: str) -> bool:
    """Tell whether the lab has this Python and it runs."""
    program = LAB / "bin" / f"python{name}"
    if not program.exists():
        return False
    return subprocess.run([program, "-c", ""], check=False).returncode == 0


def main() -> int:
    """Bring what is missing; give the exit status."""
    parser = argparse.ArgumentParser(description="Bring further CPythons.")
    parser.add_argument("names", nargs="+", metavar="3.X[t|d]")
    parser.add_argument("--require", action="store_true")
    options = parser.parse_args()
    missing = [name for name in options.names if not starts(name)]
    if missing and (shutil.which("apt-get") is None or os.geteuid() != 0):
        print(f"lab: {', '.join(missing)} need Debian and root rights; left out")
        return int(options.require)
    released = [name for name in missing if name[-1].isdigit()]
    if released:
        bring_released(released)
    for name in missing:
        if name not in released:
            compile_variant(name)
    for name in options.names:
        print(f"lab: python{name} {'runs' if starts(name) else 'is missing'}")
    return int(options.require and not all(map(starts, options.names)))


if __name__ == "__main__":
    sys.exit(main())
