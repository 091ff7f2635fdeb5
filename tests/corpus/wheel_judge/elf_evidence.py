"""ELF files, read by binutils' readelf and by LLVM's nm and readobj."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wheel_judge.evidence import Evidence, is_python_like, run_tool

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_elf"]

_MACHINES = {
    "Advanced Micro Devices X86-64": "x86_64",
    "AArch64": "aarch64",
    "ARM": "armv7l",
    "IBM S/390": "s390x",
    "Intel 80386": "i686",
    "LoongArch": "loongarch64",
    "PowerPC64": "ppc64le",
    "RISC-V": "riscv64",
}
_SYMBOL = re.compile(
    r"\s*\d+: [0-9a-f]+\s+\S+ (?P<type>\S+)\s+(?P<bind>\S+)\s+(?P<visibility>\S+)"
    r"(?:\s+\[[^]]*\])?\s+(?P<section>\S+)(?: (?P<name>[^@\s]+))?"
)
_RELOCATION = re.compile(r"^[0-9a-f]+ +[0-9a-f]+ R_\w+ +[0-9a-f]+ +(\w+)", re.MULTILINE)
_IS_SYMBOLIC = re.compile(r"\(SYMBOLIC\)|\(FLAGS\).*\bSYMBOLIC\b")
_DYNAMIC = re.compile(r"\((NEEDED|SONAME)\)\s+.*\[(.*)\]")


def read_elf(path: Path) -> list[Evidence]:
    """Return the one image of an ELF file."""
    header = run_tool("readelf", "-W", "-h", str(path))
    machine = _field(header, "Machine")
    evidence = Evidence("ELF", _MACHINES.get(machine, machine))
    evidence.loadable = _field(header, "Type").startswith("DYN")
    dynamic = run_tool("readelf", "-W", "-d", str(path))
    for kind, name in _DYNAMIC.findall(dynamic):
        if kind == "NEEDED":
            evidence.libraries.add(name)
        else:
            evidence.own_name = name
    versions = run_tool("readelf", "-W", "-V", str(path))
    needs = versions.partition("Version needs section")[2]
    evidence.versions.update(re.findall(r"Name: (\S+)", needs))
    for row in map(_SYMBOL.match, _symbols(path)):
        if row is None or not row["name"] or row["bind"] == "LOCAL":
            continue
        if row["section"] == "UND":
            evidence.take(row["name"], weak=row["bind"] == "WEAK")
        elif row["visibility"] in {"DEFAULT", "PROTECTED"}:
            evidence.give(row["name"])
    if not _IS_SYMBOLIC.search(dynamic):
        relocations = run_tool("readelf", "-W", "-r", str(path))
        evidence.reached = evidence.given & set(_RELOCATION.findall(relocations))
    _check_with_llvm(evidence, path)
    return [evidence]


def _symbols(path: Path) -> list[str]:
    by_section = run_tool("readelf", "-W", "--dyn-syms", str(path)).splitlines()
    # Files without section headers still have a dynamic segment.
    return by_section or run_tool("readelf", "-W", "-D", "-s", str(path)).splitlines()


def _check_with_llvm(evidence: Evidence, path: Path) -> None:
    undefined: set[str] = set()
    defined: set[str] = set()
    for line in run_tool("llvm-nm", "-D", "--format=posix", str(path)).splitlines():
        words = line.split()
        if len(words) < 2 or not is_python_like(words[0].partition("@")[0]):
            continue
        where = undefined if words[1] in {"U", "w", "v"} else defined
        where.add(words[0].partition("@")[0])
    evidence.compare("undefined", {taken.symbol for taken in evidence.taken}, undefined)
    evidence.compare("defined", evidence.given, defined)
    needed = run_tool("llvm-readobj", "--needed-libs", str(path))
    libraries = {
        line.strip() for line in needed.partition("NeededLibraries [")[2].splitlines()
    }
    evidence.compare("libraries", evidence.libraries, libraries - {"", "]"})


def _field(text: str, name: str) -> str:
    match = re.search(rf"^\s*{name}:\s*(.*)$", text, re.MULTILINE)
    return match[1].strip() if match else ""
