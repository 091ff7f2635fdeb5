"""Wheels in small, and the command as users call it."""

from __future__ import annotations

import csv
import zipfile
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.cli import main

if TYPE_CHECKING:
    import pytest

__all__ = ["LIBRARY", "elf_taking", "run", "write_wheel"]

_LINUX = Path(__file__).parent.parent / "binaries" / "linux"

LIBRARY = (_LINUX / "library-x86_64.elf").read_bytes()
"""A module named ``sample`` that keeps to the stable ABI of 3.2."""


def elf_taking(symbol: str) -> bytes:
    """Make the module take another symbol of as many letters instead."""
    taken = b"PyLong_FromLong"
    assert len(symbol) == len(taken)
    return LIBRARY.replace(taken, symbol.encode())


def write_wheel(
    path: Path, members: dict[str, bytes] | None = None, metadata: str = ""
) -> Path:
    """Write a wheel whose metadata and RECORD agree with its name and its members."""
    distribution, version, *tag = path.name[: -len(".whl")].split("-")
    folder = f"{distribution}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            f"{folder}/WHEEL", f"Wheel-Version: 1.0\nTag: {'-'.join(tag)}\n"
        )
        archive.writestr(
            f"{folder}/METADATA",
            f"Name: {distribution}\nVersion: {version}\n{metadata}",
        )
        given = {"demo/sample.abi3.so": LIBRARY} if members is None else members
        for name, data in given.items():
            archive.writestr(name, data)
        record = f"{folder}/RECORD"
        if record not in given:
            lines = StringIO()
            csv.writer(lines).writerows(
                (name, "", "") for name in [*archive.namelist(), record]
            )
            archive.writestr(record, lines.getvalue())
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Run the command; return its exit status and both of its outputs."""
    try:
        status = main([str(argument) for argument in arguments])
    except SystemExit as exit_:
        status = int(exit_.code or 0)
    out, err = capsys.readouterr()
    return status, out, err
