"""Objects of Microsoft's kind, also those with many sections and broken ones."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abi3build.evidence.microsoft_units import asked_libraries

DIRECTIVES = (
    b'   /DEFAULTLIB:"python3.lib" -defaultlib:python313.lib /DEFAULTLIB:"LIBCMT"'
)
BIG = bytes.fromhex("c7a1bad1eebaa94baf20faf66aa4dcb8")
WHOLE_PROGRAM = bytes.fromhex("38feb30ca5d9ab4dac9bd6b6222653c2")


def section(place: int) -> bytes:
    return struct.pack(
        "<8sIIIIIIHHI", b".drectve", 0, 0, len(DIRECTIVES), place, 0, 0, 0, 0, 0
    )


PLAIN = struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, 0, 0) + section(60) + DIRECTIVES


def big(kind: bytes) -> bytes:
    header = struct.pack(
        "<HHHHI16sIIIIIII", 0, 0xFFFF, 2, 0x8664, 0, kind, *[0] * 4, 1, 0, 0
    )
    return header + section(len(header) + 40) + DIRECTIVES


@pytest.mark.parametrize(
    ("data", "libraries"),
    [
        pytest.param(PLAIN, ("python3.lib", "python313.lib"), id="plain"),
        pytest.param(big(BIG), ("python3.lib", "python313.lib"), id="bigobj"),
        pytest.param(big(WHOLE_PROGRAM), (), id="GL"),
        pytest.param(PLAIN[:-1], (), id="cut short"),
        pytest.param(b"", (), id="empty"),
    ],
)
def test_the_libraries_of_python_that_an_object_asks_for(
    data: bytes, libraries: tuple[str, ...]
) -> None:
    assert asked_libraries(data) == libraries


@given(st.binary(max_size=300), st.sampled_from([PLAIN, big(BIG)]), st.integers(0, 300))
def test_anything_else_asks_for_nothing(noise: bytes, base: bytes, place: int) -> None:
    damaged = base[:place] + noise + base[place + len(noise) :]
    found = asked_libraries(damaged)
    assert all(library.startswith("python3") for library in found)
