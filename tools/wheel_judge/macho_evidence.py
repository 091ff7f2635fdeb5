"""Mach-O files, slice by slice, read by macholib and by llvm-nm."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from evidence import Evidence, is_python_like, run_tool
from macholib import mach_o
from macholib.MachO import MachO
from macholib.SymbolTable import SymbolTable

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_macho"]

_MACHINES = {7: "i386", 0x01000007: "x86_64", 0x0100000C: "arm64"}
_LIBRARY_COMMANDS = {
    mach_o.LC_LOAD_DYLIB,
    mach_o.LC_LOAD_WEAK_DYLIB,
    mach_o.LC_REEXPORT_DYLIB,
    mach_o.LC_LOAD_UPWARD_DYLIB,
    mach_o.LC_LAZY_LOAD_DYLIB,
}
_WEAK_REFERENCE = 0x0040
_TWO_LEVEL = 0x80
_LAST_REAL_ORDINAL = 0xFC
_SELF = "(this image)"
_NM = re.compile(
    r"(?:[0-9a-f]+|\s+) \((?P<where>[^)]*)\) (?:\[[^]]*\] )*"
    r"(?P<kind>(?:weak |private |non-)*external|non-external)"
    r"(?: automatically hidden)? (?:\[[^]]*\] )*(?P<name>\S+)"
)


def read_macho(path: Path) -> list[Evidence]:
    """Give every slice of a Mach-O file."""
    macho = MachO(str(path))
    found = [_read_slice(macho, header) for header in macho.headers]
    _check_with_llvm(found, path)
    return found


def _read_slice(macho: Any, header: Any) -> Evidence:  # noqa: ANN401 - macholib has no types
    cpu = header.header.cputype & 0xFFFFFFFF
    evidence = Evidence("Mach-O", _MACHINES.get(cpu, hex(cpu)))
    evidence.loadable = header.header.filetype in {mach_o.MH_DYLIB, mach_o.MH_BUNDLE}
    ordered = []
    for command, _, data in header.commands:
        if command.cmd in _LIBRARY_COMMANDS:
            ordered.append(_text(data))
        elif command.cmd == mach_o.LC_ID_DYLIB:
            evidence.own_name = _text(data)
    evidence.libraries.update(ordered)
    two_level = bool(header.header.flags & _TWO_LEVEL)
    table = SymbolTable(macho, header)
    for symbol, raw in getattr(table, "undefsyms", ()):
        ordinal = (symbol.n_desc >> 8) & 0xFF
        library = ""
        if two_level and 1 <= ordinal <= min(len(ordered), _LAST_REAL_ORDINAL):
            library = ordered[ordinal - 1]
        elif two_level and ordinal == 0:
            library = _SELF
        weak = bool(symbol.n_desc & _WEAK_REFERENCE)
        evidence.take(_name(raw), library, weak=weak)
    for _, raw in getattr(table, "extdefsyms", ()):
        evidence.give(_name(raw))
    return evidence


def _check_with_llvm(found: list[Evidence], path: Path) -> None:
    text = run_tool("llvm-nm", "-m", "--arch=all", str(path))
    parts = re.split(r"^.*\(for architecture (.*)\):$", text, flags=re.MULTILINE)
    texts = dict(zip(parts[1::2], parts[2::2])) if len(parts) > 1 else {}
    for evidence in found:
        undefined, defined = set(), set()
        for line in texts.get(evidence.machine, text).splitlines():
            row = _NM.match(line)
            if row is None or "private" in row["kind"] or "non-" in row["kind"]:
                continue
            name = row["name"].removeprefix("_")
            if is_python_like(name):
                where = undefined if row["where"].startswith("undefined") else defined
                where.add(name)
        taken = {symbol.symbol for symbol in evidence.taken}
        evidence.compare("undefined", taken, undefined)
        evidence.compare("defined", evidence.given, defined)


def _text(data: bytes) -> str:
    return data.partition(b"\0")[0].decode("utf-8", "replace")


def _name(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").removeprefix("_")
