"""Describe Mach-O files as macholib reads them, and as abi3build does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from abi3build.binaries.macho.macho_reader import read_macho

if TYPE_CHECKING:
    from pathlib import Path

    from abi3build.binaries.image import Image

__all__ = ["as_macholib_reads", "as_we_read", "is_like_cpython", "plain"]

LIKE_CPYTHON = ("Py", "_Py")
LOAD_COMMANDS = (0xC, 0x80000018, 0x8000001F, 0x20, 0x80000023)
TWO_LEVEL = 0x80
WEAK = 0x40


def plain(name: bytes) -> str:
    """Return a symbol as C spells it."""
    return name.decode().removeprefix("_")


def is_like_cpython(symbol: str) -> bool:
    """Tell whether a symbol is one that readers keep."""
    return symbol.startswith(LIKE_CPYTHON)


def as_macholib_reads(path: Path) -> list[dict[str, Any]]:
    """Say by macholib what each slice takes and gives, or skip the test."""
    macholib = pytest.importorskip("macholib.MachO")
    file = macholib.MachO(path)
    return [_described(file, header) for header in file.headers]


def as_we_read(path: Path) -> list[dict[str, Any]]:
    """Say the same by abi3build's reader."""
    return [_facts(read.image) for read in read_macho(path.read_bytes())]


def _facts(image: Image) -> dict[str, Any]:
    return {
        "machine": image.machine,
        "imports": {(one.symbol, one.library, one.weak) for one in image.imports},
        "exports": set(image.exports),
        "libraries": list(image.libraries),
    }


def _described(file: Any, header: Any) -> dict[str, Any]:  # noqa: ANN401 - untyped
    names = pytest.importorskip("macholib.mach_o").CPU_TYPE_NAMES
    symbol_table = pytest.importorskip("macholib.SymbolTable")
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
        "machine": names[header.header.cputype].lower(),
        "imports": {
            (plain(name), library(entry.n_desc), bool(entry.n_desc & WEAK))
            for entry, name in symbols.undefsyms
            if is_like_cpython(plain(name))
        },
        "exports": {
            plain(name)
            for _, name in symbols.extdefsyms
            if is_like_cpython(plain(name))
        },
        "libraries": sorted(set(libraries)),
    }
