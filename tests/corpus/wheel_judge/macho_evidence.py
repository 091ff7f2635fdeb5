"""Mach-O files, slice by slice, read by macholib and by llvm-nm."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

from wheel_judge.evidence import Evidence, is_python_like, run_tool

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_macho"]

_MACHO_FILE: Any = import_module("macholib.MachO").MachO
_NUMBERS: Any = import_module("macholib.mach_o")
_SYMBOLS: Any = import_module("macholib.SymbolTable").SymbolTable

_MACHINES = {7: "i386", 0x01000007: "x86_64", 0x0100000C: "arm64"}
_LIBRARY_COMMANDS = {
    _NUMBERS.LC_LOAD_DYLIB,
    _NUMBERS.LC_LOAD_WEAK_DYLIB,
    _NUMBERS.LC_REEXPORT_DYLIB,
    _NUMBERS.LC_LOAD_UPWARD_DYLIB,
    _NUMBERS.LC_LAZY_LOAD_DYLIB,
}
_MINIMUM_FIELDS = {
    _NUMBERS.LC_BUILD_VERSION: "minos",
    _NUMBERS.LC_VERSION_MIN_MACOSX: "version",
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
    """Return every slice of a Mach-O file."""
    macho = _MACHO_FILE(str(path))
    found = [_read_slice(macho, header) for header in macho.headers]
    _check_with_llvm(found, path)
    return found


def _read_slice(
    macho: Any,  # noqa: ANN401 - macholib has no types
    header: Any,  # noqa: ANN401
) -> Evidence:
    cpu = header.header.cputype & 0xFFFFFFFF
    evidence = Evidence("Mach-O", _MACHINES.get(cpu, hex(cpu)))
    evidence.loadable = header.header.filetype in {
        _NUMBERS.MH_DYLIB,
        _NUMBERS.MH_BUNDLE,
    }
    ordered = []
    for command, fields, data in header.commands:
        if command.cmd in _LIBRARY_COMMANDS:
            ordered.append(_text(data))
        elif command.cmd in _MINIMUM_FIELDS:
            version = int(getattr(fields, _MINIMUM_FIELDS[command.cmd]))
            evidence.minimum_os = (version >> 16, version >> 8 & 0xFF)
        elif command.cmd == _NUMBERS.LC_ID_DYLIB:
            evidence.own_name = _text(data)
    evidence.libraries.update(ordered)
    two_level = bool(header.header.flags & _TWO_LEVEL)
    table = _SYMBOLS(macho, header)
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
        undefined: set[str] = set()
        defined: set[str] = set()
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
