"""Wheels that ask for too much, audited by the command in a process with limits.

``ABI3_MUTANTS=500`` tries as many mutants, which takes a minute.
"""

from __future__ import annotations

import os
import random
import struct
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest
from calling import LIBRARY, write_wheel
from made_elf import PAYLOAD, STRSZ, STRTAB, SYMTAB, linked
from mutating import mutated

from workbench.forged_zips import DEFLATED, MEBIBYTE, Member, zip_bomb, zip_file

if TYPE_CHECKING:
    from pathlib import Path

NAME = "demo-1.0-cp39-abi3-manylinux_2_17_x86_64.whl"
MODULE = "demo/sample.abi3.so"
MEMORY, SECONDS = 300 * MEBIBYTE, 20
SYMBOLS = 2_000_000

LIMITED = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY}))
resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS}))
from abi3build.cli import main
sys.exit(main(["audit", *sys.argv[1:], "--jobs", "1"]))
"""

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the limits are those of Linux"
)


def audit(*paths: Path) -> subprocess.CompletedProcess[str]:
    """Audit in a process of 300 MiB and 20 seconds."""
    return subprocess.run(
        [sys.executable, "-c", LIMITED, *map(str, paths)],
        check=False,
        capture_output=True,
        text=True,
    )


def library_of(symbols: int, name: bytes) -> bytes:
    """Make a library that takes as many symbols, each of eight bytes more than this."""
    step = len(name) + 8
    names = b"\0" + b"".join(name + b"%07x\0" % number for number in range(symbols))
    places = struct.pack(f"<{symbols}I", *range(1, symbols * step, step))
    table = bytearray(24 * symbols)
    for byte in range(4):
        table[byte::24] = places[byte::4]
    table[4::24] = bytes([1 << 4]) * symbols
    tags = [
        (SYMTAB, PAYLOAD),
        (STRTAB, PAYLOAD + len(table)),
        (STRSZ, len(names)),
    ]
    return linked(tags, bytes(table) + names)


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        pytest.param(
            b"Py",
            1,
            "ABI801 sample.abi3.so   string table: more than the file can contain",
            id="like-cpython",
        ),
        pytest.param(
            b"_Z",
            0,
            "info: does not export PyInit_sample; does not use CPython, so it may not",
            id="of-others",
        ),
    ],
)
def test_two_million_symbols(
    tmp_path: Path, name: bytes, status: int, said: str
) -> None:
    path = tmp_path / NAME
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for member, data in about_itself().items():
            archive.writestr(member, data)
        archive.writestr(MODULE, library_of(SYMBOLS, name))
    process = audit(path)
    assert (process.returncode, process.stderr) == (status, "")
    assert said in process.stdout


def about_itself() -> dict[str, bytes]:
    words = f"Wheel-Version: 1.0\nTag: {NAME[9:-4]}\n".encode()
    folder = "demo-1.0.dist-info"
    return {
        f"{folder}/WHEEL": words,
        f"{folder}/METADATA": b"Name: demo\nRequires-Python: >=3.9\n",
        f"{folder}/RECORD": f"{MODULE},,\n".encode(),
    }


def test_a_gibibyte_of_zeros(tmp_path: Path) -> None:
    path = tmp_path / NAME
    zeros = zip_bomb(b"", 1024)
    about = [Member(name, data) for name, data in about_itself().items()]
    member = Member(MODULE, zeros, DEFLATED, 0, 1024 * MEBIBYTE)
    path.write_bytes(zip_file(*about, member))
    process = audit(path)
    assert (process.returncode, process.stderr) == (1, "")
    line = "    ABI801 sample.abi3.so   neither elf nor pe nor mach-o"
    assert line in process.stdout.splitlines()


def test_mutants(tmp_path: Path) -> None:
    """Each is judged or refused, and never by a traceback; half of them in the zip."""
    count = int(os.environ.get("ABI3_MUTANTS", "60"))
    chance = random.Random(20261126)  # noqa: S311 - for the same faults in each run
    paths = []
    for number in range(count):
        path = tmp_path / f"{number}" / NAME
        path.parent.mkdir()
        module = LIBRARY if number % 2 else mutated(chance, LIBRARY)
        write_wheel(path, {MODULE: module})
        if number % 2:
            path.write_bytes(mutated(chance, path.read_bytes()))
        paths.append(path)
    process = audit(*paths)
    assert process.returncode == 3
    told = [line for line in process.stderr.splitlines() if line]
    assert all(line.startswith("abi3build: error: demo-1.0-") for line in told)
    judged = [line for line in process.stdout.splitlines() if line.startswith(NAME)]
    assert len(judged) + len(told) == count
