"""Units that saw CPython's structures, found in debug information of every kind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from checked_in_files import bytes_of
from hypothesis import given
from hypothesis import strategies as st

from abi3build.audit.report import audit
from abi3build.binaries.bytes_window import open_window
from abi3build.binaries.image import BinaryFile
from abi3build.cli import main
from abi3build.inspection import debug_types as dwarf_types
from abi3build.inspection.image_files import read_images
from abi3build.inspection.unlimited_units import find_unlimited_units
from abi3build.reports.text import render_details
from abi3build.rules.audited_files import AuditedFiles
from abi3build.versions import Promise, PythonVersion

if TYPE_CHECKING:
    from abi3build.binaries.bytes_window import BytesWindow

FILES = Path(__file__).parent.parent / "binaries" / "types"
WITHOUT_TYPES = "gcc-without-types.elf.xz"
OF_NO_NAME = "gcc-type-units.elf.xz"


def read(name: str) -> bytes:
    return bytes_of(f"types/{name}")


@pytest.mark.parametrize("name", sorted(path.name for path in FILES.glob("*.xz")))
def test_one_unit_of_three_saw_the_fields(name: str) -> None:
    (image,) = read_images(read(name))
    found = {WITHOUT_TYPES: (), OF_NO_NAME: ("",)}.get(name, ("whole.c",))
    assert image.has_debug_information
    assert (image.unlimited_units, image.unread_debug_information) == (found, "")


def report(data: bytes) -> list[str]:
    file = BinaryFile("demo/libcore.so.1", read_images(data))
    promise = Promise(PythonVersion(3, 9))
    return render_details(audit(AuditedFiles("demo", promise, (file,))))


HINT = (
    "  hint: compile every unit with Py_LIMITED_API, and find what undefines it: `grep"
    " -rn Py_LIMITED_API`"
)


def test_the_unit_is_named() -> None:
    assert report(read("gcc-dwarf5.elf.xz")) == [
        "  demo/libcore.so.1",
        "    ABI401 whole.c   compiled without Py_LIMITED_API: its debug information"
        " contains the fields of PyTypeObject",
        HINT,
    ]
    assert report(read(OF_NO_NAME))[1].startswith("    ABI401 a unit without a name ")
    assert report(read(WITHOUT_TYPES)) == []


def test_more_than_is_searched_is_said(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(dwarf_types, "_MOST_SEARCHED", 100)
    path = tmp_path / "core.abi3.so"
    path.write_bytes(read("clang-dwarf5.elf.xz"))
    main(["audit", "-v", "--min-python", "3.9", str(path)])
    line = capsys.readouterr().out.splitlines()[-1]
    unseen = "(debug information: larger than is searched, no notes from units)"
    assert line.endswith(unseen)


@pytest.mark.parametrize("name", ["gcc-zlib.elf.xz", "gcc-gnu-zlib.elf.xz"])
def test_what_cannot_be_inflated_is_said(name: str) -> None:
    data = read(name).replace(b"\x78\x9c", b"\x78\x00")
    (image,) = read_images(data)
    said = "debug information: damaged compressed data"
    assert image.unread_debug_information == said


@given(
    st.fixed_dictionaries(
        {name: st.binary(max_size=120) for name in ("info", "abbrev", "str_offsets")}
    )
)
def test_no_bytes_stop_the_search(sections: dict[str, bytes]) -> None:
    sections["str"] = b"\0_typeobject\0tp_name\0"

    def find(name: str) -> BytesWindow | None:
        return open_window(sections[name], "<") if name in sections else None

    found = find_unlimited_units(find)
    assert len(found.units) <= 100


@given(st.data())
def test_no_damage_stops_the_reader(data: st.DataObject) -> None:
    """Damaged anywhere, a file is read, or refused by what the loader needs."""
    name = data.draw(st.sampled_from(["clang-dwarf5.elf.xz", "gcc-dwarf4.elf.xz"]))
    file = bytearray(read(name))
    start = file.index(b"_typeobject\0") - 600
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(start, start + 612))
        file[place] = data.draw(st.integers(0, 255))
    (image,) = read_images(bytes(file))
    assert len(image.unlimited_units) <= 3
