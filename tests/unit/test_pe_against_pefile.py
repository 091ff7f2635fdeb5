"""Read the checked-in PE files as pefile does, in headers and in directories."""

from __future__ import annotations

from pathlib import Path

import pefile
import pytest
from whole_images import read_pe

from abi3build.binaries.pe.pe_headers import open_pe

BINARIES = Path(__file__).parent.parent / "binaries"
FILES = sorted(
    path for path in BINARIES.glob("*/*") if path.suffix in {".dll", ".exe", ".pyd"}
)
LIKE_CPYTHON = ("Py", "_Py")


def imports(pe: pefile.PE) -> set[tuple[str, str]]:
    """Return names and libraries; what goes by number has no name."""
    kinds = ("DIRECTORY_ENTRY_IMPORT", "DIRECTORY_ENTRY_DELAY_IMPORT")
    return {
        ((symbol.name or b"").decode(), library.dll.decode())
        for kind in kinds
        for library in getattr(pe, kind, ())
        for symbol in library.imports
        if symbol.name is None or symbol.name.decode().startswith(LIKE_CPYTHON)
    }


def exports(pe: pefile.PE) -> set[str]:
    symbols = getattr(pe, "DIRECTORY_ENTRY_EXPORT").symbols  # noqa: B009 - made at run time
    names = {symbol.name.decode() for symbol in symbols}
    return {name for name in names if name.startswith(LIKE_CPYTHON)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_same_as_pefile(path: Path) -> None:
    data = path.read_bytes()
    headers, image, pe = open_pe(data), read_pe(data), pefile.PE(data=data)
    assert headers._asdict() == {
        "window": headers.window,
        "machine": pe.FILE_HEADER.Machine,
        "characteristics": pe.FILE_HEADER.Characteristics,
        "is_64_bit": pe.PE_TYPE == pefile.OPTIONAL_HEADER_MAGIC_PE_PLUS,
        "image_base": pe.OPTIONAL_HEADER.ImageBase,
        "size": pe.OPTIONAL_HEADER.SizeOfHeaders,
        "coff_symbols": pe.FILE_HEADER.PointerToSymbolTable,
        "coff_symbol_count": pe.FILE_HEADER.NumberOfSymbols,
        "directories": tuple(
            (directory.VirtualAddress, directory.Size)
            for directory in pe.OPTIONAL_HEADER.DATA_DIRECTORY
        ),
        "sections": tuple(
            sorted(
                (
                    section.VirtualAddress,
                    section.PointerToRawData,
                    section.SizeOfRawData if section.PointerToRawData else 0,
                    section.Name.rstrip(b"\0"),
                    section.Characteristics,
                )
                for section in pe.sections
            )
        ),
    }
    assert {(each.symbol, each.library) for each in image.imports} == imports(pe)
    assert set(image.exports) == exports(pe)
