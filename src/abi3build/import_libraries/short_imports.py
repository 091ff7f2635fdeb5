"""The short objects of an import library, one for each function or variable.

https://learn.microsoft.com/en-us/windows/win32/debug/pe-format#import-library-format
"""

from __future__ import annotations

import struct

from abi3build.import_libraries.objects import ObjectFile
from abi3build.light_typing import TYPE_CHECKING
from abi3build.stable_abi.table import SymbolKind

if TYPE_CHECKING:
    from abi3build.import_libraries.machines import Machine
    from abi3build.stable_abi.table import StableSymbol

__all__ = ["short_import"]

_HEADER = struct.Struct("<HHHHIIHH")
_MARK = 0xFFFF
_CODE, _DATA = 0, 1
_BY_NAME, _BY_NAME_WITHOUT_PREFIX = 1, 2


def short_import(symbol: StableSymbol, dll: str, machine: Machine) -> ObjectFile:
    """Make the object by which a linker imports one symbol from a DLL.

    Functions can be called directly, through a jump that the linker adds; variables
    only through their address, as ``__declspec(dllimport)`` does.
    """
    prefix = machine.value.name_prefix
    decorated = prefix + symbol.name
    is_code = symbol.kind is SymbolKind.FUNCTION
    by_name = _BY_NAME_WITHOUT_PREFIX if prefix else _BY_NAME
    names = f"{decorated}\0{dll}\0".encode("ascii")
    header = _HEADER.pack(
        0,
        _MARK,
        0,
        machine.value.number,
        0,
        len(names),
        0,
        (_CODE if is_code else _DATA) | by_name << 2,
    )
    symbols = (f"__imp_{decorated}", *((decorated,) if is_code else ()))
    return ObjectFile(header + names, symbols)
