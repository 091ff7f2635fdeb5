"""What is seen in machine code that is written here byte by byte."""

from __future__ import annotations

import json
import lzma
import random
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from calling import run

from abi3build.binaries.bytes_window import open_window
from abi3build.binaries.code_places import CodePlaces
from abi3build.binaries.image import BinaryFormat, Image, Import
from abi3build.binaries.memory import MappedPart, Memory
from abi3build.machine_code import machine_code_reading
from abi3build.machine_code.api_callers import find_api_callers
from abi3build.machine_code.arm_branches import relative_step
from abi3build.machine_code.arm_steps import arm_steps
from abi3build.machine_code.calling_conventions import convention_of
from abi3build.machine_code.free_threaded_layouts import has_free_threaded_layouts
from abi3build.machine_code.function_walk import walk_function
from abi3build.machine_code.image_code import BudgetSpentError, ImageCode
from abi3build.machine_code.machine_code_reading import MachineCode, read_machine_code
from abi3build.machine_code.object_functions import object_functions
from abi3build.machine_code.structures import BYTES, ITEMS, OBJECT, TUPLE, TYPE
from abi3build.reports.seen_code import code_line

if TYPE_CHECKING:
    from abi3build.machine_code.calling_conventions import Convention
    from abi3build.machine_code.seen_in_functions import FunctionWalk

BINARIES = Path(__file__).parent.parent / "binaries"
LINUX = convention_of("x86_64", BinaryFormat.ELF)
WINDOWS = convention_of("x86_64", BinaryFormat.PE)
ARM = convention_of("aarch64", BinaryFormat.ELF)
SLOTS = {
    0x1000: "abort",
    0x1008: "PyTuple_New",
    0x1010: "PyNumber_Float",
    0x1018: "PyThreadState_Get",
    0x1020: "PyCapsule_Import",
}


def image(code: bytes, convention: Convention | None, limit: int = 10_000) -> ImageCode:
    assert convention is not None
    window = open_window(code, "<")
    part = MappedPart(0, 0, len(code), is_code=True)
    memory = Memory(window, (part,), is_64_bit=True)
    return ImageCode(memory, CodePlaces(SLOTS, {}, (), {}), convention, limit)


def walked(
    code: str, arguments: tuple[tuple[int, str], ...], convention: Convention | None
) -> FunctionWalk:
    walk = walk_function(image(bytes.fromhex(code), convention), 0, arguments)
    assert walk is not None
    return walk


SEEN = {
    "an item of a tuple": (LINUX, "488b4618c3", ((1, TUPLE),), "ob_item"),
    "the second argument on Windows": (WINDOWS, "488b4218c3", ((1, TUPLE),), "ob_item"),
    "an item, on ARM": (ARM, "200c40f9 c0035fd6", ((1, TUPLE),), "ob_item"),
    "flags of the type": (LINUX, "488b47088b80a8000000c3", ((0, OBJECT),), "tp_flags"),
    # push rdi, pop rax, mov rax [rax+8], test byte [rax+0xab] 1
    "flags, through the stack": (
        LINUX,
        "5758488b4008f680ab00000001c3",
        ((0, OBJECT),),
        "tp_flags",
    ),
    # ldr x0 [x0 8], ldrb w0 [x0 0xab]
    "flags, on ARM": (ARM, "000440f9 00ac4239 c0035fd6", ((0, OBJECT),), "tp_flags"),
    "a name of a class": (LINUX, "488b4718c3", ((0, TYPE),), "tp_name"),
    # lea rax [rdi+0x20]
    "a pointer to bytes": (LINUX, "488d4720c3", ((0, BYTES),), "ob_sval"),
    # mov rdi [rsi], mov rax [rdi+8], mov rax [rax+0x140]
    "the first of a vector": (
        LINUX,
        "488b3e488b4708488b8040010000c3",
        ((1, ITEMS),),
        "tp_free",
    ),
    # call [rip+0x1002 to the slot of PyTuple_New], mov [rax+0x18] rbx
    "an item of a new tuple": (LINUX, "ff15021000004889 5818c3", (), "ob_item"),
    # call [PyNumber_Float], movsd xmm0 [rax+0x10]
    "what a function returned": (LINUX, "ff150a100000f20f104010c3", (), "ob_fval"),
    # call [PyThreadState_Get], mov rax [rax+0x10]
    "a thread's state": (LINUX, "ff1512100000488b4010c3", (), "byte 16"),
    # mov rbx rdi, call [PyTuple_New], mov rax [rbx+8], cmp qword [rax+0x68] 0
    "over a call": (
        LINUX,
        "4889fbff15ff0f0000488b430848837868 00c3",
        ((0, OBJECT),),
        "tp_as_sequence",
    ),
}


@pytest.mark.parametrize("case", SEEN)
def test_a_hidden_field_is_seen(case: str) -> None:
    convention, code, arguments, field = SEEN[case]
    walk = walked(code, arguments, convention)
    assert [read.field.field for read in walk.reads] == [field]
    assert walk.has_objects


NOT_SEEN = {
    "Py_SIZE": (LINUX, "488b4610c3", ((1, TUPLE),)),
    "Py_TYPE": (LINUX, "488b4708c3", ((0, OBJECT),)),
    "the counter of a type": (LINUX, "488b470848ff00c3", ((0, OBJECT),)),
    "a field of an own type": (LINUX, "488b4718c3", ((0, OBJECT),)),
    "what nobody knows": (LINUX, "488b47088b80a8000000c3", ()),
    "another argument on Windows": (WINDOWS, "488b4618c3", ((1, TUPLE),)),
    # test ecx ecx, je to the read, mov rdi rdx, mov rax [rdi+8], mov rax [rax+0xa8]
    "one of two": (LINUX, "85c974034889d7488b4708488b80a8000000c3", ((0, OBJECT),)),
    # mov rbx rsi, call [abort], mov rax [rbx+0x18]
    "behind what never returns": (LINUX, "4889f3ff15f70f0000488b4318c3", ((1, TUPLE),)),
    # call [PyTuple_New], mov rax [rsi+0x18]
    "a register that a call loses": (LINUX, "ff1502100000488b4618c3", ((1, TUPLE),)),
    # mov rax rsi, nop word ptr cs:[rax + rax + 0x20], ret
    "a gap": (LINUX, "4889f0662e0f1f840020000000c3", ((1, TUPLE),)),
    # call +5, mov rax [rax+0x18], ret; the function: mov rax rsi, jmp rcx
    "what a switch leaves behind": (
        LINUX,
        "e805000000488b4018c3 4889f0ffe1",
        ((1, TUPLE),),
    ),
    # mov esi esi, mov rax [rsi+0x18]
    "half of a pointer": (LINUX, "89f6488b4618c3", ((1, TUPLE),)),
}


@pytest.mark.parametrize("case", NOT_SEEN)
def test_what_the_limit_allows_is_not_seen(case: str) -> None:
    convention, code, arguments = NOT_SEEN[case]
    assert walked(code, arguments, convention).reads == ()


def test_the_result_of_a_function_of_the_image_is_followed() -> None:
    # call +2, jmp to the read; the function: mov rax [rdi+8], ret
    code = "e802000000eb05 488b4708c3 8b80a8000000c3"
    walk = walked(code, ((0, OBJECT),), LINUX)
    assert [read.field.field for read in walk.reads] == ["tp_flags"]


RELATIVE = bytes.fromhex("14 17 94 97 54 34 b4 35 b5 36 b6 37 b7 10 30 90 f0")
"""The highest bytes of words that name an address relative to their own."""


DATETIME_CODE = (
    # lea rdi the name behind, xor esi esi, call [PyCapsule_Import]
    "488d3d1b000000 31f6 ff1511100000"
    # mov [0x2000] rax, ret
    "488905ea1f0000 c3"
    # mov rax [0x2000], mov rax [rax], ret
    "488b05e21f0000 488b00 c3"
)


@pytest.mark.parametrize(
    ("name", "behind", "expected"),
    [
        (b"datetime.datetime_CAPI", "", ["DateType"]),
        (b"numpy.multiarray_CAPI_", "", []),
        # mov [0x2000] rdi, ret: the variable holds other things as well
        (b"datetime.datetime_CAPI", "48893dc01f0000 c3", []),
    ],
)
def test_what_the_datetime_capsule_holds_is_hidden(
    name: bytes, behind: str, expected: list[str]
) -> None:
    code = bytes.fromhex(DATETIME_CODE) + name + b"\0" + bytes.fromhex(behind)
    whole = image(code, LINUX)
    for start in (0, 0x39) if behind else (0,):
        walk_function(whole, start, ())
    walk = walk_function(whole, 0x17, ())
    assert walk is not None
    assert [each.field.field for each in walk.reads] == expected


def test_a_capsule_is_kept_by_an_exchange() -> None:
    # as DATETIME_CODE, with mov rdx rax, lock cmpxchg [0x2000] rdx: headers of 3.15
    code = (
        "488d3d20000000 31f6 ff1511100000 4889c2 f0480fb115e51f0000 c3"
        " 488b05dd1f0000 488b00 c3"
    )
    whole = image(bytes.fromhex(code) + b"datetime.datetime_CAPI\0", LINUX)
    walk_function(whole, 0, ())
    walk = walk_function(whole, 0x1C, ())
    assert walk is not None
    assert [each.field.field for each in walk.reads] == ["DateType"]


@pytest.mark.parametrize(
    "exchange",
    [
        # casal x1 x0 [x8]; stlxr w1 x0 [x8]
        "00fde1c8",
        "00fd01c8",
    ],
)
def test_a_capsule_is_kept_by_an_exchange_on_arm(exchange: str) -> None:
    # adrp x8 0x1000, ldr x8 [x8 32], adr x0 the name, blr x8
    head = "080000b0 081140f9 00010010 00013fd6"
    # adrp x8 0x2000, the exchange, ret; adrp x8 0x2000, ldr x8 [x8], ldr x0 [x8]
    code = f"{head} 080000d0 {exchange} c0035fd6 080000d0 080140f9 000140f9"
    whole = image(bytes.fromhex(code) + b"datetime.datetime_CAPI\0", ARM)
    walk_function(whole, 0, ())
    walk = walk_function(whole, 0x1C, ())
    assert walk is not None
    assert [each.field.field for each in walk.reads] == ["DateType"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        # adrp x8 0x1000, ldr x8 [x8 8], blr x8, ret: Windows calls so
        ("080000b0 080540f9 00013fd6 c0035fd6", (0,)),
        # nop, nop, adrp x8 0x1000, nop, ldr x9 [x8 8], blr x9
        ("1f2003d5 1f2003d5 080000b0 1f2003d5 090540f9 20013fd6", (0,)),
        # the same with add x8 x8 32 instead of nop: it is another place
        ("1f2003d5 1f2003d5 080000b0 08810091 090540f9 20013fd6", ()),
        # adrp x8 0x1000, ldr x8 [x8 48]: no function is there
        ("080000b0 081940f9 00013fd6 c0035fd6", ()),
        # bl to what is at 32, ret; there adrp x16 0x1000, ldr x16 [x16 8], br x16
        (
            "08000094 c0035fd6" + 6 * "1f2003d5" + "100000b0 100640f9 00021fd6",
            (0,),
        ),
    ],
)
def test_functions_that_call_cpython_are_found_on_arm(
    code: str, expected: tuple[int, ...]
) -> None:
    whole = image(bytes.fromhex(code), ARM)
    places = whole.places._replace(starts=(0, 0x20))
    found = find_api_callers(whole.memory, places, whole.convention, object_functions())
    assert found == expected


def test_what_is_relative_on_arm_is_read_as_a_disassembler_does() -> None:
    import capstone

    disassembler = capstone.Cs(capstone.CS_ARCH_ARM64, capstone.CS_MODE_ARM)
    numbers = random.Random(1)  # noqa: S311
    seen = set()
    for _ in range(4000):
        word = numbers.getrandbits(24) | numbers.choice(RELATIVE) << 24
        address = 0x100000000 + 4 * numbers.randrange(1 << 16)
        code = word.to_bytes(4, "little")
        for _, _, mnemonic, operands in disassembler.disasm_lite(code, address):
            steps = relative_step(word, address)
            assert steps == arm_steps(mnemonic, operands), f"{mnemonic} {operands}"
            seen.add(mnemonic.partition(".")[0])
    assert {"b", "bl", "cbz", "cbnz", "tbz", "tbnz", "adr", "adrp"} <= seen


def test_the_same_words_of_arm_elsewhere_mean_the_same() -> None:
    # ldr x0 [x1 0x18], b to the next word, ret; and all once more.
    code = image(bytes.fromhex("200c40f9 01000014 c0035fd6" * 2), ARM)
    first, second = (walk_function(code, at, ((1, TUPLE),)) for at in (0, 12))
    assert first is not None
    assert second is not None
    assert [each.address for each in first.reads] == [0]
    assert [each.address for each in second.reads] == [12]


@pytest.mark.parametrize("convention", [LINUX, WINDOWS, ARM])
def test_any_bytes_end_quickly(convention: Convention) -> None:
    for seed in range(40):
        code = image(random.Random(seed).randbytes(2000), convention)  # noqa: S311
        walk_function(code, 0, ((0, OBJECT), (1, TUPLE)))


def test_an_image_has_a_budget() -> None:
    code = image(bytes.fromhex("90" * 100 + "c3"), LINUX, limit=50)
    code.blocks(0)
    with pytest.raises(BudgetSpentError):
        code.blocks(1)


def test_walks_have_a_budget() -> None:
    # A loop: push rax, jmp back, which never knows less.
    loop = image(bytes.fromhex("50ebfd"), LINUX, limit=3)
    for number in range(3):
        walk_function(loop, 0, ((number, OBJECT),))
    loop.visits_left = 3
    with pytest.raises(BudgetSpentError):
        walk_function(loop, 0, ())


def test_damaged_images_are_not_looked_at() -> None:
    for path in sorted(BINARIES.glob("linux/*")):
        data = path.read_bytes()
        for at in range(0, len(data), max(1, len(data) // 7)):
            broken = data[:at] + b"\xff" * 8 + data[at + 8 :]
            assert all(each.reads == () for each in read_machine_code(broken))


def test_without_capstone_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec",
        lambda name, *rest: None if name == "capstone" else find(name, *rest),
    )
    status, _, errors = run(capsys, "audit", "--deep", "x.abi3.so")
    assert status == 2
    assert errors == (
        "abi3build: error: --deep reads machine code with capstone, which is missing:"
        ' pip install "abi3build[deep]"\n'
    )


def test_nothing_is_loaded_that_was_not_asked_for() -> None:
    path = next(iter(sorted(BINARIES.glob("linux/library-x86_64.elf"))))
    program = (
        "import sys; from abi3build.cli import main;"
        " sys.argv = ['abi3build', 'audit', sys.argv[1]]; main(sys.argv[1:]);"
        " print([m for m in sys.modules if 'capstone' in m or 'machine_code' in m])"
    )
    command = [sys.executable, "-c", program, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.endswith("[]\n")


@pytest.mark.parametrize(
    ("path", "architectures"),
    [
        ("linux/library-x86_64.elf", ["x86_64"]),
        ("linux/library-aarch64.elf", ["aarch64"]),
        ("macos/chained-arm64.bundle.xz", ["arm64"]),
        ("macos/bundle-x86_64.bundle.xz", ["x86_64"]),
        ("windows/stable-x86_64.dll", ["x86_64"]),
        ("windows/stable-arm64.dll", ["arm64"]),
    ],
)
def test_every_format_is_looked_at(path: str, architectures: list[str]) -> None:
    data = (BINARIES / path).read_bytes()
    seen = read_machine_code(lzma.decompress(data) if path.endswith(".xz") else data)
    assert [each.architecture for each in seen] == architectures
    assert all(each.with_objects and not each.unread for each in seen)
    assert all(each.reads == () for each in seen)


UNREAD = "it is for i686, and only x86_64 and 64-bit ARM are known"


def test_other_processors_are_said_not_to_be_looked_at(
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = BINARIES / "linux/library-i686.elf"
    (seen,) = read_machine_code(path.read_bytes())
    assert seen == MachineCode("i686", unread=UNREAD)
    audit = ("audit", "--deep", "--min-python", "3.9", str(path))
    status, output, _ = run(capsys, *audit, "--fail-on", "warning")
    assert status == 1
    assert f"warning: not looked at: {UNREAD}\n" in output
    assert f"\n  machine code: not looked at: {UNREAD}\n" in output
    assert "hint: audit the same release for x86_64 or 64-bit ARM with --deep, or" in (
        output
    )
    status, output, _ = run(capsys, *audit, "--format", "json")
    assert status == 0
    (report,) = json.loads(output)["reports"]
    (image,) = report["images"]
    assert image["machine_code"] == {
        "functions": 0,
        "known_functions": 0,
        "cut_functions": 0,
        "with_objects": 0,
        "reads": [],
        "borrowed": [],
        "unread": UNREAD,
    }
    assert run(capsys, *audit, "--strict")[0] == 1


def test_code_beyond_the_limit_is_said_not_to_be_looked_at(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = BINARIES / "tables/x86_64.elf"
    (whole,) = read_machine_code(path.read_bytes())
    assert whole.functions == whole.known_functions > 1
    monkeypatch.setattr(machine_code_reading, "_MOST_INSTRUCTIONS", 3)
    (seen,) = read_machine_code(path.read_bytes())
    assert 0 < seen.functions < seen.known_functions == whole.known_functions
    audit = ("audit", "--deep", "--min-python", "3.9", str(path))
    _, output, _ = run(capsys, *audit)
    reason = "no more than 3 instructions are read"
    assert f"info: not all looked at: {reason}\n" in output
    counts = f"{seen.functions} of {seen.known_functions} functions looked at"
    assert f"\n  machine code: {counts}, " in output
    assert f" (not all: {reason})\n" in output


@pytest.mark.parametrize(
    "path", ["a/b.cpython-313t-x86_64-linux-gnu.so", "b.cp314t-win_amd64.pyd"]
)
def test_layouts_of_free_threaded_pythons_are_said_to_be_unknown(path: str) -> None:
    data = (BINARIES / "linux/library-x86_64.elf").read_bytes()
    reason = "it is for a free-threaded Python, whose objects have other layouts"
    assert read_machine_code(data, path) == (MachineCode("x86_64", unread=reason),)
    others = path.replace("t-", "-"), path.replace("t-", "-abi3t-")
    assert all(read_machine_code(data, each)[0].functions for each in others)


@pytest.mark.parametrize("symbol", ["_Py_DecRefShared", "_Py_MergeZeroLocalRefcount"])
def test_symbols_tell_the_layouts_of_free_threaded_pythons(symbol: str) -> None:
    image = Image(BinaryFormat.ELF, "x86_64", (Import(symbol),))
    assert has_free_threaded_layouts(image, "x.so")
    assert not has_free_threaded_layouts(image._replace(imports=()), "x.so")
    windows = image._replace(imports=(), libraries=("python313t.dll",))
    assert has_free_threaded_layouts(windows, "x.pyd")
    assert not has_free_threaded_layouts(
        windows._replace(libraries=("python3t.dll", "python313.dll")), "x.pyd"
    )


CUT = {
    # jmp into the middle of: mov eax 0x90909090, ret
    "a jump into an instruction": "eb02b890909090c3",
    # je to the end, an instruction that is none
    "what is no instruction": "7401c306",
    # je behind the next instruction, mov eax 1, and no more
    "code that ends": "7405b801000000",
}


@pytest.mark.parametrize("case", CUT)
def test_ways_that_cannot_be_followed_are_told(case: str) -> None:
    code = bytes.fromhex(CUT[case])
    assert LINUX is not None
    whole = image(code, LINUX)
    whole.places = whole.places._replace(starts=(0, len(code)))
    walk = walk_function(whole, 0, (), counts=True)
    assert walk is not None
    assert walk.is_cut


def test_ways_that_end_are_not_told() -> None:
    # je over the next instruction, ret; call of the function itself, and no more
    code = image(bytes.fromhex("7401c3e8f8ffffff"), LINUX)
    walk = walk_function(code, 0, ())
    assert walk is not None
    assert not walk.is_cut


def test_parts_that_were_not_followed_are_counted() -> None:
    seen = MachineCode("x86_64", 3, 5, 1, 2)
    assert code_line([seen, seen]) == (
        "machine code: 6 of 10 functions (2 in part) looked at, 4 seen to work on"
        " objects, no hidden field seen, which is not proof"
    )


NONE = {0x1000: "_Py_NoneStruct", 0x1008: "_Py_TrueStruct", 0x1010: "Py_IncRef"}
BORROWED = {
    # mov rax [None], ret
    "None": ("488b05f90f0000c3", ["None"]),
    # test edi edi, je to the other, mov rax [None], ret; mov rax [True], ret
    "one of two": ("85ff7408488b05f50f0000c3488b05f50f0000c3", ["None", "True"]),
    # mov rax [None], mov rcx [True], test edi edi, cmove rax rcx, ret
    "a choice without a branch": (
        "488b05f90f0000488b0dfa0f000085ff480f44c1c3",
        ["None"],
    ),
    # xor eax eax, mov rcx [None], test edi edi, cmove rax rcx, ret
    "null or None": ("31c0488b0df70f000085ff480f44c1c3", ["None"]),
    # test edi edi, je to the other, mov rax [None], jmp to the end; mov rax rsi; ret
    "one of two that end alike": ("85ff7409488b05f50f0000eb034889f0c3", ["None"]),
    # xor eax eax, test edi edi, je to the end, mov rax [None]; ret
    "None or null": ("31c085ff7407488b05f30f0000c3", ["None"]),
    # mov rax [None], inc qword [rax], ret
    "counted": ("488b05f90f000048ff00c3", []),
    # mov rax [None], mov ecx [rax], inc ecx, je over it, mov [rax] ecx; ret
    "counted unless immortal": ("488b05f90f00008b08ffc174028908c3", []),
    # push rbx, mov rbx [None], mov rdi rbx, call [Py_IncRef], mov rax rbx, pop rbx, ret
    "given to a function": (
        "53488b1df80f00004889dfff15ff0f00004889d85bc3",
        [],
    ),
    # mov rax [None], cmp rdi rax, ret
    "compared": ("488b05f90f00004839c7c3", []),
    # cmp rdi [None], jne to the end, mov rax [None]; ret
    "compared in memory": ("483b3df90f00007507488b05f00f0000c3", []),
    # mov rax [None], mov [rdi] rax, ret
    "stored": ("488b05f90f0000488907c3", []),
    # mov rax [None], call the function behind, ret; the function: ret
    "in a register of a part": ("488b05f90f0000e801000000c3c3", []),
}


@pytest.mark.parametrize("case", BORROWED)
def test_a_returned_singleton_is_seen(case: str) -> None:
    code, expected = BORROWED[case]
    whole = image(bytes.fromhex(code), LINUX)
    whole.places = whole.places._replace(slots=NONE)
    whole.slots = NONE
    walk = walk_function(whole, 0, (), counts=True)
    assert walk is not None
    assert sorted(singleton for singleton, _ in walk.borrowed) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        # adrp x0 0x1000, ldr x0 [x0], ret
        ("000000b0 000040f9 c0035fd6", ["None"]),
        # the same, with ldr w8 [x0], add, str w8 [x0] before it returns
        ("000000b0 000040f9 080040b9 08050011 080000b9 c0035fd6", []),
        # the same, with cmp x1 x0 before it returns
        ("000000b0 000040f9 3f0000eb c0035fd6", []),
        # adrp x8, ldr x9 [x8], ldr x8 [x8 8], cmp w0 0, csel x0 x9 x8 eq, ret
        ("080000b0 090140f9 080540f9 1f000071 2001889a c0035fd6", ["None"]),
    ],
)
def test_a_returned_singleton_is_seen_on_arm(code: str, expected: list[str]) -> None:
    whole = image(bytes.fromhex(code), ARM)
    whole.slots = NONE
    walk = walk_function(whole, 0, (), counts=True)
    assert walk is not None
    assert [singleton for singleton, _ in walk.borrowed] == expected
