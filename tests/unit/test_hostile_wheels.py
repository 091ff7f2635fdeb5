"""Wheels that nobody's build tool wrote: a clear answer, in bounded memory and time."""

from __future__ import annotations

import random
import stat
import time
import tracemalloc
import zipfile
import zlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from mutating import mutated

from abi3build.auditing import audit_wheel
from abi3build.errors import UnreadableError
from workbench.forged_zips import (
    DEFLATED,
    MEBIBYTE,
    Member,
    zip_bomb,
    zip_file,
)

if TYPE_CHECKING:
    from abi3build.audit import Report

BINARIES = Path(__file__).parent.parent / "binaries"
ELF = (BINARIES / "linux" / "library-x86_64.elf").read_bytes()
PE = (BINARIES / "windows" / "stable-x86_64.dll").read_bytes()
NAME = "demo-1.0-cp313-abi3-manylinux_2_28_x86_64.whl"
MODULE = "demo/sample.abi3.so"
WORDS = b"Wheel-Version: 1.0\nTag: cp313-abi3-manylinux_2_28_x86_64\n"
METADATA = b"Metadata-Version: 2.1\nRequires-Python: >=3.13\n\nA demo.\n"
BZIP2, LZMA = 12, 14


def record_of(*members: Member) -> Member:
    names = dict.fromkeys(member.name for member in members)
    lines = "".join(f"{name},,\n" for name in names)
    return Member("demo-1.0.dist-info/RECORD", lines.encode())


RECORD = record_of(Member(MODULE, ELF))
ABOUT_ITSELF = (
    Member("demo-1.0.dist-info/WHEEL", WORDS),
    Member("demo-1.0.dist-info/METADATA", METADATA),
    RECORD,
)
GOOD = Member(MODULE, ELF)
NOWHERE = zip_file(*ABOUT_ITSELF).index(b"PK\1\2") + 1


def wheel(folder: Path, *members: Member) -> Path:
    path = folder / NAME
    has_record = any(member.name == RECORD.name for member in members)
    record = () if has_record else (record_of(*members),)
    path.write_bytes(zip_file(*ABOUT_ITSELF[:2], *record, *members))
    return path


GIBIBYTE_OF_ELF = Member(
    MODULE, zip_bomb(b"\x7fELF", 1023), DEFLATED, 0, 1023 * MEBIBYTE + 4
)
GIBIBYTE = replace(GIBIBYTE_OF_ELF, data=zip_bomb(b"", 1024), size=1024 * MEBIBYTE)
TWICE = "there 2 times, and installers differ in which they take"
OUT = "its name leads out of the wheel"
NO_IMAGE = "neither elf nor pe nor mach-o"

FAULTY = [
    pytest.param((Member("../../evil.so", ELF),), OUT, id="above"),
    pytest.param((Member("/usr/lib/evil.so", ELF),), OUT, id="absolute"),
    pytest.param((Member("demo/..\\..\\evil.so", ELF),), OUT, id="backslashes"),
    pytest.param((Member("C:evil.pyd", ELF),), OUT, id="drive"),
    pytest.param((GOOD, replace(GOOD, data=PE)), TWICE, id="twice"),
    pytest.param((Member(MODULE, b"x = 1"), GOOD), TWICE, id="text-and-image"),
    pytest.param((GIBIBYTE,), NO_IMAGE, id="zeros"),
    pytest.param(
        (GIBIBYTE_OF_ELF,),
        f"inflates from {len(GIBIBYTE_OF_ELF.data)} to {1023 * MEBIBYTE + 4} bytes,"
        " as no image does",
        id="bomb",
    ),
    pytest.param(
        (replace(GIBIBYTE_OF_ELF, size=5000),),
        "more than the 5000 bytes that the zip file says",
        id="bomb-that-says-it-is-small",
    ),
    pytest.param(
        (replace(GOOD, flags=1),),
        "encrypted, which no installer can read",
        id="encrypted",
    ),
    pytest.param(
        (replace(GOOD, method=LZMA),),
        "compression method 14, which no wheel uses",
        id="lzma",
    ),
    pytest.param(
        (replace(GOOD, method=99),),
        "compression method 99, which no wheel uses",
        id="method-of-tomorrow",
    ),
    pytest.param(
        (replace(GOOD, checksum=1),),
        "its checksum is not the one that the zip file says",
        id="checksum",
    ),
    pytest.param(
        (replace(GOOD, size=len(ELF) - 1),),
        f"more than the {len(ELF) - 1} bytes that the zip file says",
        id="smaller-on-paper",
    ),
    pytest.param(
        (
            replace(
                GOOD,
                data=zlib.compress(ELF)[2:-4],
                method=DEFLATED,
                checksum=zlib.crc32(ELF),
                size=60_000_000,
            ),
        ),
        f"{len(ELF)} bytes, where the zip file says 60000000",
        id="larger-on-paper",
    ),
    pytest.param(
        (replace(GOOD, data=ELF[:500], method=DEFLATED),),
        "Error -3 while decompressing data: invalid block type",
        id="not-deflated",
    ),
    pytest.param(
        (replace(GOOD, local_name="demo/other.abi3.so"),),
        "its own header has another name for it",
        id="two-names",
    ),
    pytest.param(
        (Member(MODULE, b"x" * 99, offset=NOWHERE),),
        "it does not begin where the zip file says",
        id="nowhere",
    ),
    pytest.param(
        (Member(MODULE, b"/etc/passwd", mode=stat.S_IFLNK | 0o777),),
        NO_IMAGE,
        id="link",
    ),
    pytest.param((Member(MODULE, b"version https://git-lfs"),), NO_IMAGE, id="text"),
]


@pytest.mark.parametrize(("members", "fault"), FAULTY)
def test_a_hostile_member_is_a_finding(
    tmp_path: Path, members: tuple[Member, ...], fault: str
) -> None:
    path = wheel(tmp_path, *members)
    report, peak = audited(path)
    assert [(each.code, each.message) for each in report.findings] == [
        ("ABI801", fault)
    ]
    assert peak < 16 * MEBIBYTE
    assert list(tmp_path.iterdir()) == [path]


HARMLESS = [
    pytest.param((GOOD,), id="nothing-hostile"),
    pytest.param((GOOD, replace(GIBIBYTE, name="demo/zeros.bin")), id="data-of-zeros"),
    pytest.param(
        (GOOD, Member("demo-1.0.dist-info/RECORD", b"demo/sample.abi3.so,sha256=x,1")),
        id="lying-record",
    ),
    pytest.param((GOOD, Member("../notes.txt", b"notes")), id="text-outside"),
    pytest.param(
        (GOOD, Member("demo/a.py", b"1"), Member("demo/a.py", b"2")), id="text-twice"
    ),
]


@pytest.mark.parametrize("members", HARMLESS)
def test_what_concerns_no_image_raises_nothing(
    tmp_path: Path, members: tuple[Member, ...]
) -> None:
    report, peak = audited(wheel(tmp_path, *members))
    assert report.findings == ()
    assert len(report.images) == 1
    assert peak < 16 * MEBIBYTE


METADATA_FAULT = (
    f"{NAME}: demo-1.0.dist-info/METADATA cannot be read (%s): build it again"
)
LONG = METADATA.replace(b"\n\n", b"\nX: " + b"x" * MEBIBYTE + b"\n\n")

UNREADABLE = [
    pytest.param(
        zip_file(*ABOUT_ITSELF, replace(GOOD, compressed_size=1 << 31)),
        f"{NAME}: its members overlap or end behind it: build it again",
        id="longer-than-the-file",
    ),
    pytest.param(
        zip_file(*ABOUT_ITSELF, GOOD, *[replace(GOOD, offset=0)] * 10),
        f"{NAME}: its members overlap or end behind it: build it again",
        id="one-in-another",
    ),
    pytest.param(
        zip_file(ABOUT_ITSELF[0], replace(ABOUT_ITSELF[1], data=LONG), GOOD),
        METADATA_FAULT % "its fields have more than 262144 bytes",
        id="endless-fields",
    ),
    pytest.param(
        zip_file(ABOUT_ITSELF[0], replace(ABOUT_ITSELF[1], method=BZIP2), GOOD),
        METADATA_FAULT % "compression method 12, which no wheel uses",
        id="bzip2-metadata",
    ),
    pytest.param(
        zip_file(ABOUT_ITSELF[0], replace(ABOUT_ITSELF[1], checksum=1), GOOD),
        METADATA_FAULT % "its checksum is not the one that the zip file says",
        id="metadata-checksum",
    ),
    pytest.param(
        zip_file(*ABOUT_ITSELF, ABOUT_ITSELF[1], GOOD),
        f"{NAME}: 2 .dist-info/METADATA where a wheel has one: build it again",
        id="metadata-twice",
    ),
]


@pytest.mark.parametrize(("data", "text"), UNREADABLE)
def test_a_hostile_wheel_is_our_own_error(
    tmp_path: Path, data: bytes, text: str
) -> None:
    path = tmp_path / NAME
    path.write_bytes(data)
    with pytest.raises(UnreadableError) as caught:
        audit_wheel(path)
    assert str(caught.value) == text


def test_a_description_of_100_megabytes_is_passed_by(tmp_path: Path) -> None:
    path = tmp_path / NAME
    description = zip_bomb(METADATA, 100)
    size = len(METADATA) + 100 * MEBIBYTE
    metadata = Member(ABOUT_ITSELF[1].name, description, DEFLATED, 0, size)
    path.write_bytes(zip_file(ABOUT_ITSELF[0], metadata, RECORD, GOOD))
    report, peak = audited(path)
    assert report.findings == ()
    assert peak < 16 * MEBIBYTE


def test_words_that_are_not_utf_8_say_nothing(tmp_path: Path) -> None:
    path = tmp_path / NAME
    words = replace(ABOUT_ITSELF[0], data=WORDS.decode().encode("utf-16"))
    path.write_bytes(zip_file(words, *ABOUT_ITSELF[1:], GOOD))
    (finding,) = audit_wheel(path).findings
    assert (finding.code, finding.message) == ("ABI601", "WHEEL says nothing")


def test_a_requires_python_of_32000_parts_is_read_in_time(tmp_path: Path) -> None:
    path = tmp_path / NAME
    fields = b"Requires-Python: " + b">=3.13," * 32_000 + b">=3.13"
    path.write_bytes(
        zip_file(ABOUT_ITSELF[0], replace(ABOUT_ITSELF[1], data=fields), RECORD, GOOD)
    )
    start = time.process_time()
    assert audit_wheel(path).findings == ()
    assert time.process_time() - start < 10


def test_100_000_members_are_looked_at(tmp_path: Path) -> None:
    path = tmp_path / NAME
    with zipfile.ZipFile(path, "w") as archive:
        for member in (*ABOUT_ITSELF, GOOD):
            archive.writestr(member.name, member.data)
        for count in range(100_000):
            archive.writestr(zipfile.ZipInfo(f"demo/data/{count}"), b"")
    start = time.process_time()
    report = audit_wheel(path)
    assert time.process_time() - start < 30
    assert report.findings == ()


def test_300_mutations_end_in_a_report_or_our_own_error(tmp_path: Path) -> None:
    """Half of them in the finished zip file, half in an image before it is packed."""
    path = tmp_path / NAME
    members = {member.name: member.data for member in (*ABOUT_ITSELF, GOOD)}
    members["demo/other.pyd"] = PE
    whole = packed(members)
    chance = random.Random(20261121)  # noqa: S311 - for the same faults in each run
    start = time.process_time()
    outcomes = []
    for count in range(300):
        if count % 2:
            path.write_bytes(mutated(chance, whole))
        else:
            name = chance.choice(sorted(members))
            changed = {**members, name: mutated(chance, members[name])}
            path.write_bytes(packed(changed))
        outcomes.append(outcome(path))
    assert set(outcomes) == {"a report", "our own error"}
    assert outcomes.count("our own error") > 20
    assert time.process_time() - start < 30


def outcome(path: Path) -> str:
    try:
        audit_wheel(path)
    except UnreadableError:
        return "our own error"
    return "a report"


def packed(members: dict[str, bytes]) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return stream.getvalue()


def audited(path: Path) -> tuple[Report, int]:
    """Audit a wheel and measure the memory that Python takes for it, in bytes."""
    tracemalloc.start()
    try:
        report = audit_wheel(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return report, peak
