"""Read the modules of real wheels as macholib and ``llvm-nm`` do."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from abi3build.binaries.macho import read_macho

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from abi3build.binaries.image import Image

macholib = pytest.importorskip("macholib.MachO")
symbol_table = pytest.importorskip("macholib.SymbolTable")

NM = shutil.which("llvm-nm")

WHEELS = {
    "bcrypt-5.0.0-cp39-abi3-macosx_10_12_universal2.whl": (
        "0c418ca99fd47e9c59a301744d63328f17798b5947b0f791e9af3c1c499c2d0a"
    ),
    "cryptography-43.0.3-cp39-abi3-macosx_10_9_universal2.whl": (
        "8ac43ae87929a5982f5948ceda07001ee5e83227fd69cf55b109144938d96984"
    ),
    "psutil-7.2.2-cp36-abi3-macosx_11_0_arm64.whl": (
        "1a7b04c10f32cc88ab39cbf606e117fd74721c831c98a27dc04578deb0c16979"
    ),
    "pyzmq-27.3.0-cp312-abi3-macosx_10_15_universal2.whl": (
        "15155fd8f308d3bd47f67a8f6cc809f9db90abbf63c514c384a17622e2cf080f"
    ),
    "shiboken6-6.11.3-cp310-abi3-macosx_13_0_universal2.whl": (
        "9287279112201e18a7820d29ce9dc4ceca4148c681f4189aff6f4cea652d43af"
    ),
}
"""Small wheels of C, C++, Cython and Rust, with and without libraries of their own."""

LIKE_CPYTHON = ("Py", "_Py")
LOAD_COMMANDS = (0xC, 0x80000018, 0x8000001F, 0x20, 0x80000023)
TWO_LEVEL = 0x80
WEAK = 0x40


def download(wheel: str, folder: Path) -> Path:
    """Fetch a wheel from the package index, once for all runs of the tests."""
    if not (folder / wheel).exists():
        name, version, *_, platform = wheel[: -len(".whl")].split("-")
        requirements = folder / f"{name}.txt"
        requirements.write_text(f"{name}=={version} --hash=sha256:{WHEELS[wheel]}\n")
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        options = ["--only-binary=:all:", "--python-version=3.13"]
        files = ["--dest", str(folder), "--requirement", str(requirements)]
        command = [*pip, *options, "--platform", platform, *files]
        run = subprocess.run(command, capture_output=True, check=False, text=True)
        assert "HASHES" not in run.stderr
        if run.returncode:
            pytest.skip(f"cannot download {wheel}: {run.stderr.strip()}")
    return folder / wheel


def modules(wheel: Path, folder: Path) -> Iterator[Path]:
    """Unpack the modules of a wheel and the libraries beside them."""
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.namelist():
            if member.endswith((".so", ".dylib")):
                yield folder / archive.extract(member, folder)


def plain(name: bytes) -> str:
    return name.decode().removeprefix("_")


def described(file: Any, header: Any) -> dict[str, Any]:  # noqa: ANN401 - untyped
    """Say by macholib what one slice takes and gives."""
    libraries = [
        rest.rstrip(b"\0").decode()
        for command, _, rest in header.commands
        if command.cmd in LOAD_COMMANDS
    ]

    def library(description: int) -> str:
        number = description >> 8 & 0xFF
        is_named = header.header.flags & TWO_LEVEL and 0 < number <= len(libraries)
        return libraries[number - 1] if is_named else ""

    symbols = symbol_table.SymbolTable(file, header)
    return {
        "imports": {
            (plain(name), library(entry.n_desc), bool(entry.n_desc & WEAK))
            for entry, name in symbols.undefsyms
            if plain(name).startswith(LIKE_CPYTHON)
        },
        "exports": {
            plain(name)
            for _, name in symbols.extdefsyms
            if plain(name).startswith(LIKE_CPYTHON)
        },
        "libraries": sorted(set(libraries)),
    }


def named(path: Path, image: Image, *options: str) -> set[str]:
    """Give the symbols like CPython's that ``llvm-nm`` lists."""
    assert NM is not None
    command = [NM, "-j", f"--arch={image.machine}", *options, str(path)]
    run = subprocess.run(command, capture_output=True, check=True)
    names = {plain(line) for line in run.stdout.splitlines() if line[-1:] not in b":"}
    return {name for name in names if name.startswith(LIKE_CPYTHON)}


@pytest.mark.parametrize("wheel", WHEELS)
def test_same_as_macholib(
    wheel: str, pytestconfig: pytest.Config, tmp_path: Path
) -> None:
    assert pytestconfig.cache is not None
    folder = pytestconfig.cache.mkdir("macos-wheels")
    paths = list(modules(download(wheel, folder), tmp_path))
    assert paths
    for path in paths:
        images = read_macho(path.read_bytes())
        found = [
            {
                "imports": {
                    (one.symbol, one.library, one.weak) for one in image.imports
                },
                "exports": set(image.exports),
                "libraries": list(image.libraries),
            }
            for image in images
        ]
        file = macholib.MachO(path)
        assert found == [described(file, header) for header in file.headers]
        if NM is not None:
            for image, facts in zip(images, found):
                taken = {one.symbol for one in image.imports}
                assert taken == named(path, image, "-u")
                assert facts["exports"] == named(path, image, "-g", "--defined-only")
