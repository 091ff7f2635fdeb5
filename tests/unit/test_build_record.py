"""The record of its build in a wheel: read, doubted, compared with the wheel."""

from __future__ import annotations

import json
import zipfile
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abi3build.audit.report import audit
from abi3build.binaries.cpython_contents import UnitNote
from abi3build.binaries.image import BinaryFile, BinaryFormat, Image, Import
from abi3build.cli import main
from abi3build.reports.text import render_details
from abi3build.rules.audited_files import AuditedFiles
from abi3build.versions import PythonVersion
from abi3build.wheels.build_record import (
    BuildRecord,
    RecordedModule,
    parse_build_record,
    render_build_record,
)
from abi3build.wheels.wheel import Wheel, parse_wheel_name, promise_of
from abi3build.wheels.wheel_reading import read_wheel

if TYPE_CHECKING:
    from pathlib import Path

jsonschema = pytest.importorskip("jsonschema")
SCHEMA = files("abi3build.wheels") / "abi3build.schema.json"

CORE = "demo/core.abi3.so"
UNIT = UnitNote(0x03090000, 0x030B07F0)
RECORD = BuildRecord(
    abi3build="0.1.0",
    target="abi3",
    floor=PythonVersion(3, 9),
    builder="CPython 3.11",
    headers="3.11.7",
    compiler="gcc (Debian 12.2.0-14) 12.2.0",
    verify="error",
    modules=(RecordedModule(CORE, "demo.core", 2, 2, ()),),
    rules=("ABI101", "ABI102"),
    allowed=(("_Py_Own*", "ours, \u00fcberall"),),
)
LOST = ("note", "core.abi3.so", "only 1 of 2 notes of units are left")
DOCUMENT = json.loads(render_build_record(RECORD))


def changed(**fields: object) -> bytes:
    return json.dumps({**DOCUMENT, **fields}).encode()


def test_a_record_survives_its_own_file() -> None:
    jsonschema.validate(DOCUMENT, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert parse_build_record(render_build_record(RECORD)) == RECORD
    assert parse_build_record(changed(from_the_future=[1])) == RECORD
    # A file's name may be any bytes.
    lost = RecordedModule(CORE, "demo.core", 1, 1, (("object", "x\udcff.o", "gone"),))
    odd = RECORD._replace(modules=(lost,))
    assert parse_build_record(render_build_record(odd)) == odd
    assert render_build_record(RECORD).decode().splitlines()[:8] == [
        "{",
        '  "abi3build": "0.1.0",',
        '  "allowed": [',
        "    {",
        '      "reason": "ours, \u00fcberall",',
        '      "symbol": "_Py_Own*"',
        "    }",
        "  ],",
    ]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"\xff", "not UTF-8"),
        (b"", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "the document is not an object"),
        (b"{}", "abi3build is missing"),
        (changed(format=0), "format is 0"),
        (changed(format=True), "format is True"),
        (changed(target="abi2"), "target is 'abi2'"),
        (changed(floor="3"), "floor is '3'"),
        (changed(floor=3.9), "floor is 3.9"),
        (
            changed(headers="3" * 300, builder=["x" * 300]),
            f"builder is ['{'x' * 78}...",
        ),
        (changed(modules={}), "modules is {}"),
        (changed(modules=[1]), "modules[0]. is not an object"),
        (changed(modules=[{}]), "modules[0].file is missing"),
        (
            changed(modules=[{"file": "a", "name": "a", "units": "2", "notes": 2}]),
            "modules[0].units is '2'",
        ),
        (changed(rules=["ABI101", 7]), "rules has 7"),
        (changed(allowed=[{"symbol": "x"}]), "allowed[0].reason is missing"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(data: bytes, fault: str) -> None:
    assert parse_build_record(data).fault == fault


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["file", "name", "symbol"]), inner)
    ),
    max_leaves=6,
)


@given(
    st.binary(max_size=60)
    | st.dictionaries(st.sampled_from(sorted(DOCUMENT)), _VALUES).map(
        lambda fields: changed(**fields)
    )
)
def test_no_record_whatever_it_holds_stops_an_audit(data: bytes) -> None:
    audited = wheel(record=parse_build_record(data))
    for line in render_details(audit(audited)):
        assert "\n" not in line


def module(
    *notes: UnitNote, path: str = CORE, takes: str = "PyList_Size"
) -> BinaryFile:
    exports = (f"PyInit_{path.rpartition('/')[2].partition('.')[0]}",)
    imports = (Import(takes),)
    image = Image(BinaryFormat.ELF, "x86_64", imports, exports, unit_notes=notes)
    return BinaryFile(path, (image,))


GOOD = module(UNIT, UNIT)


def wheel(
    *files: BinaryFile,
    record: BuildRecord = RECORD,
    name: str = "demo-1.0-cp39-abi3-linux_x86_64.whl",
) -> AuditedFiles:
    files = files or (GOOD,)
    distribution, version, tags = parse_wheel_name(name)
    described = Wheel(
        filename=name,
        distribution=distribution,
        version=version,
        tags=tags,
        recorded_tags=tags.expand(),
        requires_python=f">={promise_of(tags).floor}",  # type: ignore[union-attr]
        members=tuple(file.path for file in files),
        build_record=record,
    )
    promise = promise_of(tags)
    assert promise is not None
    return AuditedFiles(name, promise, files, described)


OTHER_FILE = "  hint: build the wheel again: the file has changed since the build"
EDITED = "  hint: build the wheel again: only abi3build writes abi3build.json"
OTHER_FLOOR = UnitNote(0x03080000, 0x030B07F0)
OTHER_HEADERS = UnitNote(0x03090000, 0x030B08F0)

MISMATCHES = [
    pytest.param(wheel(), [], id="as-recorded"),
    pytest.param(
        wheel(record=BuildRecord(fault="not JSON")),
        ["  ABI406 abi3build.json   not JSON", EDITED],
        id="unreadable",
    ),
    pytest.param(
        wheel(record=parse_build_record(changed(format=2, target=7))),
        [
            "  ABI406 abi3build.json   info: has format 2, which this release cannot"
            " read"
        ],
        id="later-format",
    ),
    pytest.param(
        wheel(name="demo-1.0-cp38-abi3-linux_x86_64.whl"),
        [
            "  ABI406 cp38-abi3-linux_x86_64      the wheel was built for Python 3.9,"
            " not for what its tag says",
            "  demo/core.abi3.so",
            "    ABI402 Py_LIMITED_API=0x03090000   a unit was compiled for 3.9 and"
            " later",
            EDITED,
            '  hint: set min-python = "3.9", or compile for 3.8',
        ],
        id="tag-promises-more",
    ),
    pytest.param(
        wheel(name="demo-1.0-cp310-abi3-linux_x86_64.whl"),
        [
            "  ABI406 cp310-abi3-linux_x86_64   warning: the wheel was built for Python"
            " 3.9, not for what its tag says",
            EDITED,
        ],
        id="tag-promises-less",
    ),
    pytest.param(
        wheel(module()),
        [
            f"  {CORE}",
            (
                "    ABI406 core.abi3.so   contains only 0 of the 2 notes that its"
                " units left"
            ),
            OTHER_FILE,
        ],
        id="another-file",
    ),
    pytest.param(
        wheel(module(UNIT)),
        [
            f"  {CORE}",
            (
                "    ABI406 core.abi3.so   contains only 1 of the 2 notes that its"
                " units left"
            ),
            OTHER_FILE,
        ],
        id="a-note-less",
    ),
    pytest.param(
        wheel(module(UNIT, UNIT, UNIT)),
        [
            f"  {CORE}",
            (
                "    ABI406 core.abi3.so   contains 3 notes of units, but had 2 when"
                " built"
            ),
            OTHER_FILE,
        ],
        id="a-note-more",
    ),
    pytest.param(
        wheel(
            module(UNIT),
            record=RECORD._replace(modules=(RecordedModule(CORE, "demo.core", 2, 1),)),
        ),
        [
            f"  {CORE}",
            (
                "    ABI407 core.abi3.so   warning: the record of its build does not"
                " say what was proven"
            ),
            (
                "  not proven: 1 file (the record of its build does not say what was"
                " proven)"
            ),
            "  hint: let setuptools compile and link it, or accept it by name, with the"
            " reason, in tool.abi3build.allow",
        ],
        id="a-record-of-an-earlier-release",
    ),
    pytest.param(
        wheel(
            module(UNIT),
            record=RECORD._replace(
                modules=(RecordedModule(CORE, "demo.core", 2, 1, (LOST,)),)
            ),
        ),
        [
            f"  {CORE}",
            "    ABI407 core.abi3.so   warning: only 1 of 2 notes of units are left",
            "  not proven: 1 note (only 1 of 2 notes of units are left)",
            "  hint: build again in a clean folder; if notes were lost, remove"
            " --gc-sections, with which compilers before GCC 11 and Clang 13 lose them",
        ],
        id="lost-in-the-build",
    ),
    pytest.param(
        wheel(module(OTHER_FLOOR, OTHER_FLOOR)),
        [
            f"  {CORE}",
            "    ABI406 core.abi3.so   has a unit for 3.8, but was built for 3.9",
            OTHER_FILE,
        ],
        id="another-floor",
    ),
    pytest.param(
        wheel(module(OTHER_HEADERS, OTHER_HEADERS)),
        [
            f"  {CORE}",
            "    ABI406 core.abi3.so   info: has a unit compiled with headers of"
            " 3.11.8, not 3.11.7",
        ],
        id="other-headers",
    ),
    pytest.param(
        wheel(
            record=RECORD._replace(
                modules=(
                    *RECORD.modules,
                    RecordedModule("demo/lost.abi3.so", "demo.lost", 1, 1, ()),
                ),
            )
        ),
        [
            "  demo/lost.abi3.so",
            "    ABI406 lost.abi3.so   in abi3build.json, but not in the wheel",
            OTHER_FILE,
        ],
        id="gone",
    ),
    pytest.param(
        wheel(GOOD, module(path="demo/rust.abi3.so")),
        [
            "  demo/rust.abi3.so",
            "    ABI407 rust.abi3.so   warning: no command of this build linked it,"
            " so nothing shows what went into it",
            "  not proven: 1 file (no command of this build linked it, so nothing shows"
            " what went into it)",
            "  hint: let setuptools compile and link it, or accept it by name, with the"
            " reason, in tool.abi3build.allow",
        ],
        id="unknown-module",
    ),
    pytest.param(
        wheel(
            module(),
            record=RECORD._replace(
                verify="off",
                modules=(RecordedModule(CORE, "demo.core", None, 0, ()),),
            ),
        ),
        [
            '  ABI406 verify = "off"   the build watched no unit, so nothing shows that'
            " Py_LIMITED_API was in effect",
            (
                '  hint: build it with verify = "error" or "warn", so that units leave'
                " notes"
            ),
        ],
        id="unwatched",
    ),
    pytest.param(
        wheel(
            module(),
            record=RECORD._replace(
                modules=(RecordedModule(CORE, "demo.core", None, 0, ()),)
            ),
        ),
        [],
        id="a-compiler-that-cannot-be-watched",
    ),
]


@pytest.mark.parametrize(("audited", "lines"), MISMATCHES)
def test_a_wheel_is_what_its_record_says(
    audited: AuditedFiles, lines: list[str]
) -> None:
    assert render_details(audit(audited)) == lines


def test_a_record_is_read_from_a_wheel_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "demo-1.0-cp39-abi3-linux_x86_64.whl"
    folder = "demo-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            f"{folder}/WHEEL", "Wheel-Version: 1.0\nTag: cp39-abi3-linux_x86_64\n"
        )
        archive.writestr(f"{folder}/METADATA", "Name: demo\nRequires-Python: >=3.9\n")
        archive.writestr(f"{folder}/abi3build.json", render_build_record(RECORD))
    read, _ = read_wheel(path)
    assert read.build_record == RECORD
    main(["audit", "-v", str(path)])
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "  built by abi3build 0.1.0 for 3.9 with CPython 3.11, headers of 3.11.7,"
        ' gcc (Debian 12.2.0-14) 12.2.0, verify = "error"',
        "    allowed: _Py_Own* (ours, \u00fcberall)",
    ]
    main(["audit", "--format", "json", str(path)])
    (report,) = json.loads(capsys.readouterr().out)["reports"]
    assert report["build_record"] == DOCUMENT


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
@pytest.mark.parametrize(
    ("members", "fault"),
    [
        ([b"{}", b"{}"], "it exists 2 times"),
        ([b" " * 300_000], "more than 262144 bytes"),
    ],
)
def test_odd_members_are_faults(
    tmp_path: Path, members: list[bytes], fault: str
) -> None:
    path = tmp_path / "demo-1.0-cp39-abi3-linux_x86_64.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("WHEEL", "METADATA"):
            archive.writestr(f"demo-1.0.dist-info/{name}", "Name: demo\n")
        for data in members:
            archive.writestr("demo-1.0.dist-info/abi3build.json", data)
    read, _ = read_wheel(path)
    assert read.build_record == BuildRecord(fault=fault)
