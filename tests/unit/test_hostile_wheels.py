"""Wheels that nobody's build tool wrote: a clear answer, in bounded memory and time."""

from __future__ import annotations

import random
import time
import zipfile
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from forged_wheels import (
    ABOUT_ITSELF,
    GOOD,
    METADATA,
    NAME,
    PE,
    RECORD,
    WORDS,
    audited,
)
from mutating import mutated

from abi3build.audit.audit_input import audit_wheel
from abi3build.errors import UnreadableError
from workbench.forged_zips import DEFLATED, MEBIBYTE, Member, zip_bomb, zip_file

if TYPE_CHECKING:
    from pathlib import Path

BZIP2 = 12
METADATA_FAULT = (
    f"{NAME}: demo-1.0.dist-info/METADATA cannot be read (%s): build it again"
)
LONG = METADATA.replace(b"\n\n", b"\nX: " + b"x" * MEBIBYTE + b"\n\n")

UNREADABLE = [
    pytest.param(
        zip_file(*ABOUT_ITSELF, replace(GOOD, compressed_size=1 << 31)),
        f"{NAME}: its members overlap or end after it: build it again",
        id="longer-than-the-file",
    ),
    pytest.param(
        zip_file(*ABOUT_ITSELF, GOOD, *[replace(GOOD, offset=0)] * 10),
        f"{NAME}: its members overlap or end after it: build it again",
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
        METADATA_FAULT % "its checksum is not the one that the zip file states",
        id="metadata-checksum",
    ),
    pytest.param(
        zip_file(*ABOUT_ITSELF, ABOUT_ITSELF[1], GOOD),
        f"{NAME}: 2 .dist-info/METADATA but a wheel must have one: build it again",
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
