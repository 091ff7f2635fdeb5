"""Where functions begin in files for Windows on ARM, whose parts have rows as well."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from abi3build.binaries.pe.pe_reader import read_pe

FILE = Path(__file__).parent.parent / "binaries/windows/stable-arm64.dll"
TABLE, RECORD = 0x4000, 0x4100
TABLE_IN_FILE = 2560
ONE_WORD, SCOPES_PACKED, ONE_SCOPE = 1 << 27, 1 << 21, 1 << 22

PART, FUNCTION = "e502e4e3", "02e4e3e3"
CASES = {
    "a packed function": (1, "", True),
    "a packed part": (2, "", False),
    "a function": (RECORD, f"{ONE_WORD | SCOPES_PACKED:08x} {FUNCTION}", True),
    "a part": (RECORD, f"{ONE_WORD | SCOPES_PACKED:08x} {PART}", False),
    "a part behind a scope": (
        RECORD,
        f"{ONE_WORD | ONE_SCOPE:08x} 00000000 {PART}",
        False,
    ),
    "a long part": (RECORD, f"00000000 {1 << 16:08x} {PART}", False),
    # The byte that ends a part belongs to the code before it, which saves registers.
    "a function that saves": (
        RECORD,
        f"{ONE_WORD | SCOPES_PACKED:08x} d4e5e4e3",
        True,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_parts_of_functions_are_no_functions_on_arm(case: str) -> None:
    information, record, is_function = CASES[case]
    data = bytearray(FILE.read_bytes())
    directory = data.index(struct.pack("<II", TABLE, 8))
    struct.pack_into("<II", data, directory, TABLE, 16)
    struct.pack_into("<II", data, TABLE_IN_FILE + 8, 0x1010, information)
    words = record.split()
    # The words are numbers, and the codes for unwinding behind them are bytes.
    numbers = struct.pack(
        f"<{len(words[:-1])}I", *(int(each, 16) for each in words[:-1])
    )
    whole = numbers + bytes.fromhex("".join(words[-1:]))
    at = TABLE_IN_FILE + RECORD - TABLE
    data[at : at + len(whole)] = whole
    layout = read_pe(bytes(data)).layout
    assert layout is not None
    assert layout.code_places is not None
    starts = layout.code_places().starts
    assert starts == ((0x1000, 0x1010) if is_function else (0x1000,))
