"""Which headers are known to return None and its like without a reference."""

from __future__ import annotations

import pytest
from plain_facts import INFO, WARNING, elf, file, loose, wheel

from abi3build.audit.report import audit
from abi3build.binaries.cpython_contents import DataTables, ModuleTable, UnitNote
from abi3build.rules.finding import Finding, Severity
from abi3build.versions import Promise, PythonVersion
from abi3build.wheels.build_record import BuildRecord, RecordedModule

NONE, TRUE, OTHER = "_Py_NoneStruct", "_Py_TrueStruct", "_Py_NotImplementedStruct"
FILE = "demo/core.abi3.so"
OLD, OF_3_13, OF_3_14 = 1, 0xFFFFFFFF, 0x0005_0000_C000_0000
HINT = (
    "compile with headers of 3.13.10, 3.14.1 or later, or of 3.11; with GCC, Clang and"
    ' zig, abi3build repairs it; min-python = "3.12" also settles it'
)


def built(
    headers: str, *symbols: str, count: int = OLD, notes: int = 0
) -> list[Finding]:
    """Audit a wheel of abi3build's whose record names the release of the headers."""
    image = elf(*symbols)._replace(
        tables=DataTables((ModuleTable("core", count),)),
        unit_notes=(UnitNote(0x03090000, 0x030C01F0),) * notes,
    )
    facts = wheel(file(FILE, image))
    record = BuildRecord(
        target="abi3",
        floor=PythonVersion(3, 9),
        headers=headers,
        verify="error",
        modules=(RecordedModule(FILE, "demo.core", None, notes),),
    )
    assert facts.wheel is not None
    facts = facts._replace(wheel=facts.wheel._replace(build_record=record))
    return lost(facts.promise, facts)


def lost(promise: Promise, facts: object) -> list[Finding]:
    report = audit(facts._replace(promise=promise), ())  # type: ignore[attr-defined]
    return [each for each in report.findings if each.code == "ABI408"]


def foreign(count: int, *symbols: str, minor: int = 9) -> list[Finding]:
    """Audit a file whose module's definition has a reference count."""
    tables = DataTables((ModuleTable("core", count),))
    return lost(
        Promise(PythonVersion(3, minor)), loose(elf(*symbols)._replace(tables=tables))
    )


@pytest.mark.parametrize(
    ("headers", "symbols", "count", "said"),
    [
        ("3.11.9", (NONE, OTHER), OLD, ""),
        ("3.12.0", (NONE,), OLD, "None"),
        ("3.12.13", (NONE, TRUE, OTHER), OLD, "None, True and NotImplemented"),
        ("3.13.4", (TRUE,), OF_3_13, "True"),
        ("3.13.5", (NONE, TRUE), OF_3_13, ""),
        ("3.13.5", (NONE, OTHER), OF_3_13, "NotImplemented"),
        ("3.13.9", (OTHER,), OF_3_13, "NotImplemented"),
        ("3.13.10", (NONE, OTHER), OF_3_13, ""),
        ("3.14.0", (NONE, OTHER), OF_3_14, "NotImplemented"),
        ("3.14.1", (NONE, OTHER), OF_3_14, ""),
        ("3.15.0", (NONE, OTHER), OF_3_14, ""),
        ("3.12.1", ("PyList_Size",), OLD, ""),
    ],
)
def test_each_release_of_headers_is_known(
    headers: str, symbols: tuple[str, ...], count: int, said: str
) -> None:
    found = built(headers, *symbols, count=count)
    expected = [
        (
            WARNING,
            f"compiled with headers of {headers}, which return {said} without a new"
            " reference; on 3.9 to 3.11, each such call loses one, until Python aborts",
            HINT,
        )
    ]
    rows = [(each.severity, each.message, each.hint) for each in found]
    assert rows == (expected if said else [])


def test_units_that_read_our_header_are_right() -> None:
    assert built("3.12.1", NONE, notes=1) == []


def test_code_in_another_language_is_left_alone() -> None:
    """Its definition of a module is not that of the recorded headers."""
    assert built("3.13.0", NONE, count=OLD) == []
    assert built("3.12.1", NONE, count=OF_3_13) == []


@pytest.mark.parametrize(
    ("symbols", "said"),
    [
        ((NONE,), "before 3.13.5 return None"),
        ((NONE, OTHER), "before 3.13.10 return None and NotImplemented"),
    ],
)
def test_definition_dates_the_headers(symbols: tuple[str, ...], said: str) -> None:
    (found,) = foreign(OF_3_13, *symbols, minor=11)
    assert found == Finding(
        code="ABI408",
        severity=INFO,
        file=FILE,
        what="Py_RETURN_*",
        message=(
            f"compiled with headers of 3.13, which {said} without a new reference; on"
            " 3.11, each such call loses one, until Python aborts"
        ),
        settled_by=PythonVersion(3, 12),
    )


@pytest.mark.parametrize("count", [OLD, OF_3_14])
def test_definitions_of_other_versions_say_nothing(count: int) -> None:
    assert foreign(count, NONE, OTHER) == []


def test_floors_without_mortal_singletons_have_nothing_to_lose() -> None:
    assert foreign(OF_3_13, NONE, minor=12) == []


def test_an_info_changes_no_verdict() -> None:
    report = audit(
        loose(elf(NONE)._replace(tables=DataTables((ModuleTable("core", OF_3_13),)))),
        (),
    )
    assert report.keeps_promise
    assert {each.severity for each in report.findings} == {Severity.INFO}
