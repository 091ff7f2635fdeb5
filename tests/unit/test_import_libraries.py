"""``abi3build import-library``: what is in the files, and that linkers can find it."""

from __future__ import annotations

import hashlib
import os
import struct
from typing import TYPE_CHECKING

import pytest
from calling import run

from abi3build.import_libraries.import_objects import Machine
from abi3build.import_libraries.writing import linkable_symbols, write_import_library
from abi3build.stable_abi.stable_symbols import stable_symbols
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOT_IN_RELEASES = ("PyOS_CheckStack", "_Py_NegativeRefcount", "_Py_RefTotal")
"""What CPython lists for ``python3.dll`` and only debug or 32-bit builds define."""

SHORT = struct.Struct("<HHHHIIHH")


def linkable(text: str) -> set[str]:
    return {symbol.name for symbol in linkable_symbols(PythonVersion.parse(text))}


@pytest.mark.parametrize(
    ("floor", "names", "expected"),
    [
        # PC/python3dll.c of CPython 3.11.2 and 3.13.15, in Debian's source packages.
        pytest.param(
            "3.11",
            855,
            "c207e4cad7e0a0d2d76891646c36a5664c03ea50738df1bdd93f3808d1e10182",
            id="3.11",
        ),
        pytest.param(
            "3.13",
            902,
            "290032e27150082d3f2c0d81b2f05d47d6bde26113365396c8fdbad858ce8666",
            id="3.13",
        ),
    ],
)
def test_the_list_is_cpythons_own(floor: str, names: int, expected: str) -> None:
    known = [stable_symbols()[name] for name in NOT_IN_RELEASES]
    listed = [*linkable_symbols(PythonVersion.parse(floor)), *known]
    lines = sorted(f"{symbol.name} {symbol.kind.value}\n" for symbol in listed)
    assert len(lines) == names
    assert hashlib.sha256("".join(lines).encode()).hexdigest() == expected


def test_what_a_promised_python_lacks_cannot_be_linked() -> None:
    # New in 3.13; listed for 3.9 and missing from the DLL before 3.10; without fork().
    assert "PyLong_AsInt" not in linkable("3.12")
    assert "PyLong_AsInt" in linkable("3.13")
    assert "PyThread_allocate_lock" not in linkable("3.9")
    assert "PyThread_allocate_lock" in linkable("3.10")
    assert "PyOS_AfterFork" not in linkable("3.13")


def test_the_command_names_what_it_wrote(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new" / "libs"
    arguments = ("--min-python", "3.15", "--machine", "arm64", "--abi3t")
    done = run(capsys, "import-library", *arguments, "-o", folder)
    names = ("python3t.lib", "libpython3t.dll.a", "python3t.def")
    note = "abi3build: note: 961 names that python3t.dll has on Python 3.15 and later\n"
    assert done == (0, "".join(f"{folder / name}\n" for name in names), note)
    assert {path.name for path in folder.iterdir()} == set(names)
    definition = (folder / "python3t.def").read_bytes().decode("ascii")
    assert definition.startswith("LIBRARY python3t.dll\nEXPORTS\n    PyABIInfo_Check\n")
    assert "\n    _Py_NoneStruct DATA\n" in definition


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(
            ("3.14", "--abi3t"),
            'Python 3.14 has no python3t.dll, which exists since 3.15: use "3.15", or'
            " leave out abi3t",
            id="abi3t below 3.15",
        ),
        pytest.param(
            ("3.9.1",),
            (
                '--min-python: expected a Python version from "3.2" to "3.15", got'
                ' "3.9.1": write the minor version without a patch level, "3.9"'
            ),
            id="patch level",
        ),
        pytest.param(
            ("3.9", "-o", "{file}/libs"),
            "{file}/libs: Not a directory: name a folder that can be written to",
            id="no folder",
            marks=pytest.mark.skipif(os.name == "nt", reason="Windows says otherwise"),
        ),
    ],
)
def test_mistakes_are_told_in_one_line(
    arguments: tuple[str, ...],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "file"
    file.touch()
    given = [argument.format(file=file) for argument in arguments]
    done = run(capsys, "import-library", "--machine", "x86", "--min-python", *given)
    assert done == (2, "", f"abi3build: error: {said.format(file=file)}\n")


@pytest.mark.parametrize("machine", Machine)
def test_both_indexes_lead_to_the_member_of_each_symbol(
    machine: Machine, tmp_path: Path
) -> None:
    floor = PythonVersion(3, 9)
    library = write_import_library(tmp_path, floor, machine)
    data = library.microsoft.read_bytes()
    first, second, *members = split(data)
    expected = {f"__imp_{machine.value.name_prefix}{name}" for name in linkable("3.9")}
    by_name = second_index(second[1])
    assert list(by_name) == sorted(by_name)
    for found in (first_index(first[1]), by_name):
        assert expected <= found.keys()
        for symbol in expected:
            body = dict(members)[found[symbol]]
            assert SHORT.unpack_from(body)[:4] == (0, 0xFFFF, 0, machine.value.number)
            decorated = symbol[len("__imp_") :]
            assert body[SHORT.size :] == f"{decorated}\0python3.dll\0".encode()
    assert library.gnu.read_bytes() == data


def split(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Return the members of an archive with the offsets of their headers."""
    offset = len(b"!<arch>\n")
    while offset < len(data):
        header = data[offset : offset + 60]
        assert header.endswith(b"`\n")
        size = int(header[48:58])
        yield offset, data[offset + 60 : offset + 60 + size]
        offset += 60 + size + size % 2


def first_index(data: bytes) -> dict[str, int]:
    (count,) = struct.unpack_from(">I", data)
    offsets = struct.unpack_from(f">{count}I", data, 4)
    return dict(zip(strings(data[4 + 4 * count :]), offsets))


def second_index(data: bytes) -> dict[str, int]:
    (members,) = struct.unpack_from("<I", data)
    offsets = struct.unpack_from(f"<{members}I", data, 4)
    (count,) = struct.unpack_from("<I", data, 4 + 4 * members)
    start = 8 + 4 * members
    numbers = struct.unpack_from(f"<{count}H", data, start)
    names = strings(data[start + 2 * count :])
    return {name: offsets[number - 1] for name, number in zip(names, numbers)}


def strings(data: bytes) -> list[str]:
    return data.decode("ascii").split("\0")[:-1]


def test_a_file_is_no_folder(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    asked = ("import-library", "--min-python", "3.9", "--machine", "x86_64", "-o")
    told = "abi3build: error: -o python3.lib: name the folder for the files, not a file"
    assert run(capsys, *asked, "python3.lib") == (2, "", f"{told}\n")
    (tmp_path / "python3.lib").mkdir()
    told = f"abi3build: error: {tmp_path}: Is a directory: name a folder that can be"
    assert run(capsys, *asked, tmp_path) == (2, "", f"{told} written to\n")
    assert list(tmp_path.iterdir()) == [tmp_path / "python3.lib"]
