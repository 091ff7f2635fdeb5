"""The notes that units leave, read back from linked files."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest

from abi3build.audit.report import audit
from abi3build.binaries.cpython_contents import UnitNote
from abi3build.binaries.image import BinaryFile, BinaryFormat, Image, Import
from abi3build.cli import main
from abi3build.inspection.image_files import read_images
from abi3build.reports.json_document import SCHEMA
from abi3build.reports.text import render_details
from abi3build.rules.audited_files import AuditedFiles
from abi3build.versions import Promise, PythonVersion, release_of

jsonschema = pytest.importorskip("jsonschema")

FILES = Path(__file__).parent.parent / "binaries" / "notes"

NOTES = (
    UnitNote(0x03090000, 0x030907F0),
    UnitNote(0x03090000, 0x030B07F0),
    UnitNote(0x030A0000, 0x030B07F0),
)


@pytest.mark.parametrize(
    "name", ["x86_64.elf", "x86_64.dll", "aarch64.dylib.xz", "x86_64.dylib.xz"]
)
def test_every_format_keeps_one_note_for_each_unit(name: str) -> None:
    data = (FILES / name).read_bytes()
    if name.endswith(".xz"):
        data = lzma.decompress(data)
    (image,) = read_images(data)
    assert image.unit_notes == NOTES


def module(
    *notes: UnitNote, name: str = "core", takes: str = "PyList_Size"
) -> BinaryFile:
    image = Image(
        BinaryFormat.ELF,
        "x86_64",
        (Import(takes),),
        (f"PyInit_{name}",),
        unit_notes=notes,
    )
    return BinaryFile(f"demo/{name}.abi3.so", (image,))


OLD = UnitNote(0x03080000, 0x030B07F0)
UNIT = UnitNote(0x03090000, 0x030B07F0)
NEWER_HEADERS = UnitNote(0x03090000, 0x030D00F0)


@pytest.mark.parametrize(
    ("files", "lines"),
    [
        ([module(OLD, OLD), module(OLD, name="other")], []),
        (
            [module(OLD, UNIT, UNIT), module(UNIT, name="other")],
            [
                "  demo/core.abi3.so",
                "    ABI405 Py_LIMITED_API=3.8   warning: 1 of 3 units, the others for"
                " 3.9",
                "  hint: remove the build folder and build again: it contains objects"
                " of two builds",
            ],
        ),
        (
            [module(OLD), module(UNIT, name="other")],
            [
                "  demo/core.abi3.so",
                "    ABI405 Py_LIMITED_API=3.8   warning: 1 of 1 units, the others for"
                " 3.9",
                "  hint: remove the build folder and build again: it contains objects"
                " of two builds",
            ],
        ),
        (
            [module(UNIT, NEWER_HEADERS)],
            [
                "  ABI405 3.11.7, 3.13.0   info: units were compiled with headers of"
                " several releases"
            ],
        ),
        (
            [module(UNIT), module(name="rust"), module(name="c", takes="malloc")],
            [
                "  demo/rust.abi3.so",
                "    ABI405 rust.abi3.so   info: no unit left a note, although units of"
                " other files did",
            ],
        ),
        ([module(), module(name="other")], []),
    ],
    ids=["alike", "in-one-file", "in-two-files", "headers", "without", "no-notes"],
)
def test_units_that_were_not_compiled_alike(
    files: list[BinaryFile], lines: list[str]
) -> None:
    audited = AuditedFiles("demo", Promise(PythonVersion(3, 9)), tuple(files))
    assert render_details(audit(audited)) == lines


@pytest.mark.parametrize(
    ("value", "release"),
    [(0x030B07F0, "3.11.7"), (0x030F00A3, "3.15.0a3"), (0x030E00C1, "3.14.0rc1")],
)
def test_releases_are_written_as_people_do(value: int, release: str) -> None:
    assert release_of(value) == release


def test_a_verbose_audit_counts_the_units(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(FILES / "x86_64.elf")
    main(["audit", "-v", "--min-python", "3.10", path])
    assert capsys.readouterr().out.splitlines()[-8:] == [
        f"  read {path}: ELF x86_64, 0 stable symbols, available since 3.2 (symbol"
        " table stripped, no debug information)",
        "    1 unit compiled for 3.9 with headers of 3.9.7",
        "    1 unit compiled for 3.9 with headers of 3.11.7",
        "    1 unit compiled for 3.10 with headers of 3.11.7",
        "  needs 3.10 (3.9 without)",
        f"    Py_LIMITED_API=0x030A0000   {path}",
        "  needs 3.9 (3.2 without)",
        f"    Py_LIMITED_API=0x03090000   {path}",
    ]
    main(["audit", "--format", "json", "--min-python", "3.10", path])
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert document["reports"][0]["images"][0]["units"][1:] == [
        {"abi3t": False, "count": 1, "floor": "3.9", "headers": "3.11.7"},
        {"abi3t": False, "count": 1, "floor": "3.10", "headers": "3.11.7"},
    ]
