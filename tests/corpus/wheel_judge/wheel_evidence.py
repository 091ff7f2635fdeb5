"""A wheel's own words and the evidence about every binary in it."""

from __future__ import annotations

import email
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from wheel_judge.elf_evidence import read_elf
from wheel_judge.macho_evidence import read_macho
from wheel_judge.pe_evidence import read_pe
from wheel_judge.web_assembly_evidence import read_web_assembly

if TYPE_CHECKING:
    from collections.abc import Callable

    from wheel_judge.evidence import Evidence

__all__ = ["WheelEvidence", "read_wheel"]

_MACHO = {
    bytes.fromhex(magic)
    for magic in (
        "feedface",
        "cefaedfe",
        "feedfacf",
        "cffaedfe",
        "cafebabe",
        "cafebabf",
    )
}
_JAVA_CLASS = 30  # cafebabe too; a fat Mach-O has fewer slices than Java has versions


@dataclass
class WheelEvidence:
    """Hold everything that the judge goes by."""

    filename: str
    recorded_tags: tuple[str, ...] = ()
    requires_python: str = ""
    record: str = ""
    """The text of RECORD."""

    images: dict[str, list[Evidence]] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    foreign: dict[str, bytes] = field(default_factory=dict)
    """The first bytes of modules by their name that are of no format read here."""

    member_sizes: dict[str, int] = field(default_factory=dict)


def read_wheel(path: Path) -> WheelEvidence:
    """Read a wheel's metadata and every member that is machine code."""
    evidence = WheelEvidence(path.name)
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
        for name in sorted(archive.namelist()):
            if name.count("/") == 1 and name.endswith(".dist-info/WHEEL"):
                words = email.message_from_bytes(archive.read(name))
                evidence.recorded_tags = tuple(sorted(words.get_all("Tag", [])))
            elif name.count("/") == 1 and name.endswith(".dist-info/METADATA"):
                words = email.message_from_bytes(archive.read(name))
                evidence.requires_python = str(words.get("Requires-Python", ""))
            elif name.count("/") == 1 and name.endswith(".dist-info/RECORD"):
                evidence.record = archive.read(name).decode("utf-8", "replace")
            else:
                _read_member(archive, name, Path(folder), evidence)
    return evidence


def _read_member(
    archive: zipfile.ZipFile, name: str, folder: Path, evidence: WheelEvidence
) -> None:
    with archive.open(name) as stream:
        head = stream.read(8)
    kind = _kind(head)
    if kind is None:
        if name.endswith((".so", ".pyd")):
            evidence.foreign[name] = head
        return
    file = folder / "member"
    file.write_bytes(archive.read(name))
    evidence.member_sizes[name] = file.stat().st_size
    try:
        evidence.images[name] = kind(file)
    except Exception as error:  # noqa: BLE001 - whatever the format's tool cannot read
        evidence.unreadable[name] = f"{type(error).__name__}: {error}"


def _kind(head: bytes) -> Callable[[Path], list[Evidence]] | None:
    if head[:4] == b"\x7fELF":
        return read_elf
    if head[:2] == b"MZ":
        return read_pe
    if head[:4] == b"\0asm":
        return read_web_assembly
    if head[:4] in _MACHO and not (
        head[:4] == bytes.fromhex("cafebabe") and head[7] >= _JAVA_CLASS
    ):
        return read_macho
    return None
