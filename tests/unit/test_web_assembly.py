"""WebAssembly modules: what they take, give and need, and broken ones."""

from __future__ import annotations

import pytest

from abi3build.binaries.image import BinaryFormat, Image, Import
from abi3build.errors import MalformedError
from abi3build.inspection.image_files import read_images

HEAD = b"\0asm\1\0\0\0"
FUNCTION, TABLE, MEMORY, GLOBAL, TAG = range(5)


def number(value: int) -> bytes:
    """Write a number in LEB128, with a needless byte as linkers do for small ones."""
    return bytes((value & 0x7F | 0x80, value >> 7 & 0x7F))


def text(name: str) -> bytes:
    return number(len(name)) + name.encode()


def section(kind: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return bytes((kind,)) + number(len(body)) + body


def rows(*each: bytes) -> bytes:
    return number(len(each)) + b"".join(each)


def taken(name: str, kind: int, *rest: int, module: str = "env") -> bytes:
    return text(module) + text(name) + bytes((kind, *rest))


def given(name: str, kind: int = FUNCTION) -> bytes:
    return text(name) + bytes((kind, 0))


IMPORTS = section(
    2,
    rows(
        taken("memory", MEMORY, 1, 1, 9),
        taken("__indirect_function_table", TABLE, 0x70, 0, 1),
        taken("functions", TABLE, 0x63, 5, 1, 0, 9),
        taken("__stack_pointer", GLOBAL, 0x7F, 1),
        taken("__cpp_exception", TAG, 0, 3),
        taken("malloc", FUNCTION, 2),
        taken("PyList_Size", FUNCTION, 1),
        taken("PyExc_TypeError", GLOBAL, 0x7F, 1, module="GOT.mem"),
        taken("_Py_Gone", GLOBAL, 0x7F, 1, module="GOT.func"),
    ),
)
EXPORTS = section(7, rows(given("PyInit_core"), given("__wasm_call_ctors")))
LIBRARY = section(
    0,
    text("dylink.0"),
    section(2, rows(text("libhelp.so"))),
    section(4, rows(text("GOT.func") + text("_Py_Gone") + number(0x11))),
)
MODULE = HEAD + LIBRARY + IMPORTS + EXPORTS


def test_a_library_that_is_loaded_beside_others() -> None:
    assert read_images(MODULE) == (
        Image(
            format=BinaryFormat.WEB_ASSEMBLY,
            machine="wasm32",
            imports=(
                Import("PyExc_TypeError"),
                Import("PyList_Size"),
                Import("_Py_Gone", weak=True),
            ),
            exports=("PyInit_core",),
            libraries=("libhelp.so",),
            symbol_table_stripped=True,
        ),
    )


def test_an_object_file_is_no_library() -> None:
    (image,) = read_images(HEAD + section(0, text("linking")) + IMPORTS)
    assert not image.is_shared_library
    assert [each.symbol for each in image.imports] == [
        "PyExc_TypeError",
        "PyList_Size",
        "_Py_Gone",
    ]


def test_memory_of_64_bits_and_names() -> None:
    memory = section(2, rows(taken("memory", MEMORY, 4, 1)))
    (image,) = read_images(HEAD + memory + section(0, text("name")))
    assert image.machine == "wasm64"
    assert not image.symbol_table_stripped


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        pytest.param(b"\0asm", "webassembly sections: incomplete", id="head"),
        pytest.param(
            b"\0asm\2\0\0\0",
            "webassembly version 2, but only 1 is known",
            id="version",
        ),
        pytest.param(MODULE[:-1], "webassembly sections: incomplete", id="truncated"),
        pytest.param(
            HEAD + section(2, rows(taken("x", 9))),
            "webassembly names: an import of unknown kind 9",
            id="kind",
        ),
        pytest.param(
            HEAD + section(2, number(9999)),
            "webassembly names: a number that does not end",
            id="count",
        ),
        pytest.param(
            HEAD + section(7, rows(number(99) + b"x")),
            "webassembly names: incomplete",
            id="name",
        ),
    ],
)
def test_broken_modules(data: bytes, fault: str) -> None:
    with pytest.raises(MalformedError) as caught:
        read_images(data)
    assert str(caught.value) == fault


@pytest.mark.parametrize("length", range(len(HEAD), len(MODULE), 7))
def test_every_beginning_ends_in_an_answer(length: int) -> None:
    answer = ""
    try:
        read_images(MODULE[:length])
    except MalformedError as fault:
        answer = str(fault)
    assert not answer or answer.startswith("webassembly")
