"""PE files, read by pefile (import and export directories only) and llvm-readobj."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

from wheel_judge.evidence import Evidence, is_python_like, run_tool

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_pe"]

_PEFILE: Any = import_module("pefile")
# It gives up at 8192 imports, which PySide6's QtGui.pyd exceeds.
_PEFILE.MAX_IMPORT_SYMBOLS = 1 << 20

_MACHINES = {0x014C: "i686", 0x8664: "x86_64", 0xAA64: "arm64"}
_WANTED = (0, 1, 13)  # export, import, delay import


def read_pe(path: Path) -> list[Evidence]:
    """Return the one image of a PE file."""
    pe = _PEFILE.PE(str(path), fast_load=True)
    pe.parse_data_directories(directories=list(_WANTED), import_dllnames_only=False)
    machine = pe.FILE_HEADER.Machine
    evidence = Evidence("PE", _MACHINES.get(machine, hex(machine)))
    evidence.loadable = bool(pe.is_dll())
    seen = set()
    for kind in ("DIRECTORY_ENTRY_IMPORT", "DIRECTORY_ENTRY_DELAY_IMPORT"):
        for entry in getattr(pe, kind, ()):
            library = entry.dll.decode("ascii", "replace")
            evidence.libraries.add(library)
            for symbol in entry.imports:
                # By ordinal from a Python library: a finding of its own kind.
                name = symbol.name.decode("utf-8", "replace") if symbol.name else ""
                evidence.take(name, library)
                if is_python_like(name):
                    seen.add(f"{library}:{name}")
    if hasattr(pe, "DIRECTORY_ENTRY_EXPORT"):
        directory = pe.DIRECTORY_ENTRY_EXPORT
        evidence.own_name = (directory.name or b"").decode("ascii", "replace")
        for symbol in directory.symbols:
            evidence.give(symbol.name.decode("utf-8", "replace") if symbol.name else "")
    pe.close()
    _check_with_llvm(evidence, path, seen)
    return [evidence]


def _check_with_llvm(evidence: Evidence, path: Path, seen: set[str]) -> None:
    text = run_tool("llvm-readobj", "--coff-imports", "--coff-exports", str(path))
    library = ""
    imported: set[str] = set()
    exported: set[str] = set()
    libraries: set[str] = set()
    in_export = False
    for line in map(str.strip, text.splitlines()):
        if line == "Export {":
            in_export = True
        elif line in {"Import {", "DelayImport {"}:
            in_export = False
        elif match := re.match(r"Name: (.+)$", line):
            if in_export:
                exported.add(match[1])
            else:
                library = match[1]
                libraries.add(library)
        elif (match := re.match(r"Symbol: (\S+) \(\d+\)$", line)) and is_python_like(
            match[1]
        ):
            imported.add(f"{library}:{match[1]}")
    evidence.compare("imports", seen, imported)
    evidence.compare("libraries", evidence.libraries, libraries)
    evidence.compare("exports", evidence.given, set(filter(is_python_like, exported)))
