"""Read the modules of real wheels as macholib and ``llvm-nm`` do."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest
from macholib_view import as_macholib_reads, as_we_read, is_like_cpython, plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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


def named(path: Path, machine: str, *options: str) -> set[str]:
    """Return the symbols like CPython's that ``llvm-nm`` lists."""
    assert NM is not None
    command = [NM, "-j", f"--arch={machine}", *options, str(path)]
    run = subprocess.run(command, capture_output=True, check=True)
    names = {plain(line) for line in run.stdout.splitlines() if line[-1:] not in b":"}
    return set(filter(is_like_cpython, names))


@pytest.mark.parametrize("wheel", WHEELS)
def test_same_as_macholib(
    wheel: str, pytestconfig: pytest.Config, tmp_path: Path
) -> None:
    assert pytestconfig.cache is not None
    folder = pytestconfig.cache.mkdir("macos-wheels")
    paths = list(modules(download(wheel, folder), tmp_path))
    assert paths
    for path in paths:
        found = as_we_read(path)
        assert found == as_macholib_reads(path)
        if NM is not None:
            for facts in found:
                taken = {symbol for symbol, _, _ in facts["imports"]}
                assert taken == named(path, facts["machine"], "-u")
                given = named(path, facts["machine"], "-g", "--defined-only")
                assert facts["exports"] == given
