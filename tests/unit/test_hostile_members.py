"""Members that nobody's build tool wrote: a finding each, or none, in little memory."""

from __future__ import annotations

import stat
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from forged_wheels import ABOUT_ITSELF, ELF, GOOD, MODULE, PE, audited, wheel

from abi3build.rules.finding import Severity
from workbench.forged_zips import DEFLATED, MEBIBYTE, Member, zip_bomb, zip_file

if TYPE_CHECKING:
    from pathlib import Path

GIBIBYTE_OF_ELF = Member(
    MODULE, zip_bomb(b"\x7fELF", 1023), DEFLATED, 0, 1023 * MEBIBYTE + 4
)
GIBIBYTE = replace(GIBIBYTE_OF_ELF, data=zip_bomb(b"", 1024), size=1024 * MEBIBYTE)
NOWHERE = zip_file(*ABOUT_ITSELF).index(b"PK\1\2") + 1
LZMA = 14
TWICE = "it exists 2 times, and installers differ in which one they use"
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
        (
            f"decompresses from {len(GIBIBYTE_OF_ELF.data)} to {1023 * MEBIBYTE + 4}"
            " bytes, which no real image does"
        ),
        id="bomb",
    ),
    pytest.param(
        (replace(GIBIBYTE_OF_ELF, size=5000),),
        "more than the 5000 bytes that the zip file states",
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
        "its checksum is not the one that the zip file states",
        id="checksum",
    ),
    pytest.param(
        (replace(GOOD, size=len(ELF) - 1),),
        f"more than the {len(ELF) - 1} bytes that the zip file states",
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
        f"{len(ELF)} bytes, but the zip file states 60000000",
        id="larger-on-paper",
    ),
    pytest.param(
        (replace(GOOD, data=ELF[:500], method=DEFLATED),),
        "its compressed data is damaged",
        id="not-deflated",
    ),
    pytest.param(
        (replace(GOOD, local_name="demo/other.abi3.so"),),
        "its own header has another name for it",
        id="two-names",
    ),
    pytest.param(
        (Member(MODULE, b"x" * 99, offset=NOWHERE),),
        "it does not start where the zip file says",
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
    asked = [each for each in report.findings if each.severity is not Severity.INFO]
    assert [(each.code, each.message) for each in asked] == [("ABI801", fault)]
    assert peak < 16 * MEBIBYTE
    assert list(tmp_path.iterdir()) == [path]


HARMLESS = [
    pytest.param((GOOD,), id="nothing-hostile"),
    pytest.param((GOOD, replace(GIBIBYTE, name="demo/zeros.bin")), id="data-of-zeros"),
    pytest.param(
        (GOOD, Member("demo-1.0.dist-info/RECORD", b"demo/sample.abi3.so,sha256=x,")),
        id="record-without-sizes",
    ),
    pytest.param(
        (
            GOOD,
            Member("demo/notes.txt", b"notes"),
            Member(
                "demo-1.0.dist-info/RECORD", b"demo/sample.abi3.so,,\ndemo/notes.txt,,9"
            ),
        ),
        id="record-with-another-size-of-a-text",
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
