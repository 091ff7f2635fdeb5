"""Calls in machine code that give a type of CPython's to ``PyType_GetSlot``."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from plain_facts import INFO, elf, loose

from abi3build.audit.report import audit
from abi3build.binaries.bytes_window import open_window
from abi3build.binaries.image import Import
from abi3build.binaries.image_layout import ImageLayout
from abi3build.binaries.memory import MappedPart, Memory, PointersInPlace
from abi3build.evidence.literal_calls import LiteralCall
from abi3build.inspection.types_given import find_types_given
from abi3build.stable_abi.behavior import changes_of
from abi3build.versions import Promise, PythonVersion

if TYPE_CHECKING:
    from collections.abc import Mapping

CODE, STUB, DICT, FUNCTION, OTHER = 0x1000, 0x1100, 0x3000, 0x3008, 0x3010
SLOTS = {DICT: "PyDict_Type", FUNCTION: "PyType_GetSlot", OTHER: "PyList_Size"}
TAKEN = ("PyDict_Type", "PyList_Size", "PyType_GetSlot")
NUMBER = b"\xbe\x41\0\0\0"  # mov esi, 65
RDI, RBP, R14 = b"\x48\x8b\x3d", b"\x48\x8b\x2d", b"\x4c\x8b\x35"  # mov from [rip + x]
RDI_FROM_RBP, RDI_FROM_R14 = b"\x48\x89\xef", b"\x4c\x89\xf7"
RBX_FROM_RSI, RDI_FROM_RSI = b"\x48\x89\xf3", b"\x48\x89\xf7"


def compiled(load: bytes, between: bytes, far: int | None = None) -> bytes:
    """Assemble a load of the type's address, what follows, and the call."""
    code = load + struct.pack("<i", DICT - CODE - len(load) - 4) + between
    opcode = b"\xe8" if far is None else b"\xff\x15"
    end = CODE + len(code) + len(opcode) + 4
    return code + opcode + struct.pack("<i", (far or STUB) - end)


def given(
    code: bytes,
    slot: int = FUNCTION,
    machine: str = "x86_64",
    also: tuple[Import, ...] = (),
) -> tuple[str, ...]:
    """Search code, whose calls within the image lead to a stub for one slot."""
    stub = b"\xf3\x0f\x1e\xfa\xff\x25" + struct.pack("<i", slot - STUB - 10)
    data = code.ljust(STUB - CODE, b"\x90") + stub.ljust(16, b"\x90")
    part = MappedPart(CODE, 0, len(data), is_code=True)
    memory = Memory(open_window(data, "<"), (part,), is_64_bit=True)

    def slots(names: frozenset[str]) -> Mapping[int, str]:
        return {place: name for place, name in SLOTS.items() if name in names}

    layout = ImageLayout(memory, lambda: PointersInPlace(memory), (), slots)
    return find_types_given(layout, machine, (*map(Import, TAKEN), *also))


@pytest.mark.parametrize(
    "code",
    [
        compiled(RDI, b""),
        compiled(RDI, NUMBER),
        compiled(RDI, RBX_FROM_RSI + NUMBER),
        compiled(RBP, RDI_FROM_RBP),
        compiled(R14, RDI_FROM_R14 + NUMBER),
        compiled(R14, NUMBER + b"\x48\x83\xec\x08" + b"\x41\x56" + RDI_FROM_R14),
        compiled(RDI, NUMBER, far=FUNCTION),
    ],
)
def test_the_plain_forms_of_the_call(code: bytes) -> None:
    assert given(code) == ("PyDict_Type",)


@pytest.mark.parametrize(
    "code",
    [
        compiled(RBP, NUMBER),
        compiled(RBP, RDI_FROM_R14),
        compiled(RDI, RDI_FROM_RSI),
        compiled(RDI, b"\x74\x02" + NUMBER),  # a branch
        compiled(RDI, NUMBER, far=OTHER),
        compiled(b"\x48\x8d\x3d", NUMBER),  # lea: an address of the image's own
    ],
)
def test_what_gives_something_else(code: bytes) -> None:
    assert given(code) == ()


def test_another_function_and_another_processor() -> None:
    assert given(compiled(RDI, NUMBER), slot=OTHER) == ()
    assert given(compiled(RDI, NUMBER), machine="aarch64") == ()


def test_nothing_is_said_of_what_only_newer_pythons_load() -> None:
    code = compiled(RDI, NUMBER)
    assert given(code, also=(Import("PyType_GetName"),)) == ()
    assert given(code, also=(Import("PyType_GetName", weak=True),)) == ("PyDict_Type",)


def test_an_info_below_3_10() -> None:
    image = elf("PyDict_Type", "PyType_GetSlot")._replace(types_given=("PyDict_Type",))
    audited = loose(image)
    found = [each for each in audit(audited).findings if each.code == "ABI505"]
    assert [(each.severity, each.what, each.message) for each in found] == [
        (
            INFO,
            "PyType_GetSlot",
            "the code passes it &PyDict_Type, which fails below 3.10: it returns NULL"
            " there, and calling that crashes",
        )
    ]
    later = audited._replace(promise=Promise(PythonVersion(3, 10)))
    assert "ABI505" not in {each.code for each in audit(later).findings}
    # A build knows its sources, and warns of the line.
    change = changes_of("PyType_GetSlot")[0]
    call = LiteralCall(change, "&PyDict_Type", "core.c:3", "")
    codes = {
        each.code for each in audit(audited._replace(literal_calls=(call,))).findings
    }
    assert "ABI505" not in codes
    assert "ABI503" in codes
