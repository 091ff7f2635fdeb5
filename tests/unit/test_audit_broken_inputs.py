"""Broken wheels and files: the exact text and exit status of each."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from calling import LIBRARY, run, write_wheel

if TYPE_CHECKING:
    from pathlib import Path

RECORD = "demo-1.0.dist-info/RECORD"
MODULE = "demo/sample.abi3.so"
RECORD_HINT = (
    "  hint: build the wheel again: a tool that changes members must rewrite RECORD\n"
)
NAME = "demo-1.0-cp39-abi3-linux_x86_64.whl"
AGAIN = "build it again"
LINK_AGAIN = "  hint: the file could not be checked: link it again\n"


def test_no_zip(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(b"no zip file")
    text = f"{NAME}: not a readable zip file (it has no directory at its end): {AGAIN}"
    assert run(capsys, "audit", path) == (3, "", f"abi3build: error: {text}\n")


def test_no_name_of_a_wheel(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "demo.whl"
    write_wheel(tmp_path / NAME).rename(path)
    text = (
        "demo.whl: not the name of a wheel (distribution-version[-build]-python-abi"
        "-platform.whl): restore the name that the build gave it"
    )
    assert run(capsys, "audit", path) == (3, "", f"abi3build: error: {text}\n")


def test_an_encrypted_member(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = write_wheel(tmp_path / NAME)
    encrypt(path, b"demo/sample.abi3.so")
    assert run(capsys, "audit", path) == (
        1,
        f"{NAME} does not keep its promise to Python 3.9\n"
        "  demo/sample.abi3.so\n"
        "    ABI801 sample.abi3.so   encrypted, which no installer can read\n"
        + LINK_AGAIN,
        "",
    )


def test_an_encrypted_wheel(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = write_wheel(tmp_path / NAME)
    encrypt(path, b"demo-1.0.dist-info/WHEEL")
    text = (
        f"{NAME}: demo-1.0.dist-info/WHEEL cannot be read (encrypted, which no"
        f" installer can read): {AGAIN}"
    )
    assert run(capsys, "audit", path) == (3, "", f"abi3build: error: {text}\n")


def test_an_empty_module_in_a_wheel(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = write_wheel(tmp_path / NAME, {"demo/sample.abi3.so": b""})
    assert run(capsys, "audit", path) == (
        1,
        f"{NAME} does not keep its promise to Python 3.9\n"
        "  demo/sample.abi3.so\n"
        "    ABI801 sample.abi3.so   neither elf nor pe nor mach-o\n" + LINK_AGAIN,
        "",
    )


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        pytest.param(b"", "neither elf nor pe nor mach-o", id="empty"),
        pytest.param(LIBRARY[:20], "elf header: incomplete", id="cut"),
    ],
)
def test_a_loose_module_that_cannot_be_read(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, data: bytes, fault: str
) -> None:
    path = tmp_path / "sample.abi3.so"
    path.write_bytes(data)
    assert run(capsys, "audit", path) == (
        1,
        "sample.abi3.so cannot be read, so nothing is known about it\n"
        f"  {path}\n"
        f"    ABI801 sample.abi3.so   {fault}\n" + LINK_AGAIN,
        "",
    )


BROKEN_RECORDS = [
    pytest.param(
        b"\xff\xfe",
        1,
        f"{NAME} does not keep what its RECORD says\n"
        "  ABI606 RECORD   not UTF-8: pip rejects the wheel\n" + RECORD_HINT,
        id="not-utf-8",
    ),
    pytest.param(
        f"{MODULE},,\ndemo/lost.abi3.so,,\ndemo/lost.py,,\n".encode(),
        1,
        f"{NAME} does not keep what its RECORD says\n"
        "  ABI606 RECORD   lists files that are not in the wheel: demo/lost.abi3.so\n"
        + RECORD_HINT,
        id="module-lost",
    ),
    pytest.param(
        f"{RECORD},,\n".encode(),
        0,
        f"{NAME} keeps its promise to Python 3.9, by its symbols (1 file, 2 stable"
        " symbols, available since 3.2)\n"
        f"  ABI606 RECORD   warning: does not list {MODULE}\n" + RECORD_HINT,
        id="module-left-out",
    ),
    pytest.param(
        f"{MODULE},sha256=0,12\n{RECORD},,\n".encode(),
        0,
        f"{NAME} keeps its promise to Python 3.9, by its symbols (1 file, 2 stable"
        " symbols, available since 3.2)\n"
        "  ABI606 RECORD   warning: states other sizes, so files were changed later:"
        f" {MODULE} (12 bytes, but it has {len(LIBRARY)})\n" + RECORD_HINT,
        id="module-changed",
    ),
    pytest.param(
        f'"{MODULE}",sha256=0,a few\n{RECORD},,\n'.encode(),
        0,
        f"{NAME} keeps its promise to Python 3.9, by its symbols (1 file, 2 stable"
        " symbols, available since 3.2)\n"
        "  ABI606 RECORD   warning: states other sizes, so files were changed later:"
        f" {MODULE} (not a number of bytes, but it has {len(LIBRARY)})\n" + RECORD_HINT,
        id="size-no-number",
    ),
    pytest.param(
        f".\\{MODULE},sha256=0,{len(LIBRARY)}\n{RECORD},,\n".replace(
            "/", "\\"
        ).encode(),
        0,
        f"{NAME} keeps its promise to Python 3.9, by its symbols (1 file, 2 stable"
        " symbols, available since 3.2)\n"
        "  ABI606 RECORD   info: contains backslashes in paths, which installers read"
        " as slashes\n",
        id="backslashes",
    ),
    pytest.param(
        b"".join(b"demo/m%d.abi3.so,,\n" % number for number in range(5)),
        1,
        f"{NAME} does not keep what its RECORD says\n"
        f"  ABI606 RECORD   warning: does not list {MODULE}\n"
        "  ABI606 RECORD   lists files that are not in the wheel: demo/m0.abi3.so,"
        " demo/m1.abi3.so, demo/m2.abi3.so and 2 more\n" + RECORD_HINT,
        id="one-finding-for-each-cause",
    ),
]


@pytest.mark.parametrize(("record", "status", "text"), BROKEN_RECORDS)
def test_a_broken_record(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    record: bytes,
    status: int,
    text: str,
) -> None:
    library = LIBRARY.replace(b"Py_GetConstantBorrowed", b"Sy_GetConstantBorrowed")
    path = write_wheel(tmp_path / NAME, {MODULE: library, RECORD: record})
    assert run(capsys, "audit", path) == (status, text, "")


ARCHIVE = (
    "an archive that is not named *.whl: build a wheel from an sdist (pip wheel), or"
    " restore the name of a wheel"
)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("core.c", "neither elf nor pe nor mach-o: name wheels and extension modules"),
        ("demo-1.0.tar.gz", ARCHIVE),
        ("demo.zip", ARCHIVE),
        ("D.WHL", "wheels are named *.whl, in lower case: rename it"),
    ],
)
def test_a_file_that_is_no_module(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str, text: str
) -> None:
    path = tmp_path / name
    path.write_bytes(b"\x1f\x8b")
    assert run(capsys, "audit", path) == (3, "", f"abi3build: error: {path}: {text}\n")


def test_a_name_that_a_browser_changed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = write_wheel(tmp_path / NAME)
    path = path.rename(tmp_path / f"{path.stem} (1).whl")
    text = (
        f"{path.name}: not the name of a wheel"
        " (distribution-version[-build]-python-abi-platform.whl): restore the name that"
        " the build gave it"
    )
    assert run(capsys, "audit", path) == (3, "", f"abi3build: error: {text}\n")


def test_a_wheel_without_machine_code_against_a_floor(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = write_wheel(tmp_path / "demo-1.0-py3-none-any.whl", {"demo.py": b""})
    text = (
        f"{path.name}: contains no machine code, so there is nothing to audit: name"
        " a wheel with extension modules"
    )
    assert run(capsys, "audit", "--min-python", "3.9", path) == (
        3,
        "",
        f"abi3build: error: {text}\n",
    )


def encrypt(path: Path, member: bytes) -> None:
    """Set the flag of an encrypted member in both of its headers.

    APPNOTE.TXT 4.3.7, 4.3.12 and 4.4.4:
    https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
    """
    data = bytearray(path.read_bytes())
    for signature, flags, name in ((b"PK\3\4", 6, 30), (b"PK\1\2", 8, 46)):
        start = data.find(signature)
        while not data.startswith(member, start + name):
            start = data.index(signature, start + 1)
        struct.pack_into("<H", data, start + flags, 1)
    path.write_bytes(data)
