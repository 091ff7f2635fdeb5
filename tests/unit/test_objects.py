"""What a linker takes: objects of each format, archives of each dialect."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abi3build.binaries.cpython_contents import UnitNote
from abi3build.binaries.image import BinaryFormat
from abi3build.evidence.link_inputs import find_link_inputs
from abi3build.inspection.object_files import is_archive, read_objects

SAMPLES = Path(__file__).parents[1] / "binaries" / "objects"
NOTE = UnitNote(0x03090000, 0x030B07F0)


@pytest.mark.parametrize(
    ("name", "format_", "machine"),
    [
        ("linux-x86_64.o", BinaryFormat.ELF, "x86_64"),
        ("windows-x86_64.o", BinaryFormat.PE, "x86_64"),
        ("windows-i686.o", BinaryFormat.PE, "i686"),
        ("macos-arm64.o", BinaryFormat.MACH_O, "arm64"),
    ],
)
def test_objects_of_each_format(name: str, format_: BinaryFormat, machine: str) -> None:
    (found,) = read_objects(SAMPLES / name)
    (image,) = found.images
    assert found.name == str(SAMPLES / name)
    assert (image.format, image.machine) == (format_, machine)
    assert {"PyLong_FromLong", "_Py_NoneStruct"} <= {
        each.symbol for each in image.imports
    }
    assert image.exports == ("PyExtra_FunctionWithALongName",)
    assert image.unit_notes == (NOTE,)


@pytest.mark.parametrize("dialect", ["gnu", "bsd", "darwin"])
def test_archives_of_each_dialect(dialect: str) -> None:
    path = SAMPLES / f"{dialect}.a"
    first = "macos-arm64.o" if dialect == "darwin" else "linux-x86_64.o"
    found = read_objects(path)
    assert [each.name for each in found] == [
        f"{path}({first})",
        f"{path}(a-member-with-a-long-name.o)",
    ]
    assert [each.images[0].unit_notes for each in found] == [(NOTE,), (NOTE,)]


@given(data=st.data(), name=st.sampled_from(["gnu.a", "bsd.a", "windows-i686.o"]))
def test_damaged_files_never_raise(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, name: str
) -> None:
    content = bytearray((SAMPLES / name).read_bytes())
    start = data.draw(st.integers(0, len(content) - 1))
    content[start : start + 8] = data.draw(st.binary(max_size=16))
    path = tmp_path_factory.getbasetemp() / f"damaged-{name}"
    path.write_bytes(content)
    for each in read_objects(path):
        assert each.name.startswith(str(path))


def test_other_files_are_no_objects(tmp_path: Path) -> None:
    for content in (b"", b"int main;", b"MZ" + bytes(60)):
        path = tmp_path / "other.o"
        path.write_bytes(content)
        assert not is_archive(content)
        assert read_objects(path) == ()


def test_intermediate_code_is_hidden(tmp_path: Path) -> None:
    for content in (b"BC\xc0\xde" + bytes(20), b"\x7fELF..\0__gnu_lto_slim\0"):
        path = tmp_path / "hidden.o"
        path.write_bytes(content)
        (found,) = read_objects(path)
        assert found.is_hidden


def test_inputs_of_a_linkers_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("with blank")
    folder.mkdir()
    for name in ("libone.a", "libtwo.a", "libtwo.so", "three.a", "four.so"):
        (folder / name).write_bytes(b"!<arch>\n")
    Path("more.txt").write_text('-lone "with blank/three.a"', encoding="utf-8")
    command = [
        *("ccache", "gcc", "-shared", "a.o", "-L", "with blank", "-Lmissing", "-ltwo"),
        *(
            "-l:three.a",
            "-l",
            "one",
            "@more.txt",
            "@missing.txt",
            "-Wl,--as-needed,b.o",
        ),
        *("-l:four.so", "-lmissing", "-o", "c.o"),
        # The linker writes this one, beside a library for Windows.
        "-Wl,--out-implib,made.lib",
    ]
    assert find_link_inputs(command) == (
        Path("a.o"),
        folder / "three.a",
        folder / "libone.a",
        Path("b.o"),
        folder / "four.so",
    )
