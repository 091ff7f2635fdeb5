"""Stripped binaries with formats that mean something else on older Pythons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from abi3build.audit.audit_input import audit_wheel
from abi3build.rules.finding import Severity
from workbench.planted_tables import tables
from workbench.planted_wheels import at, from_floor, module_name, write_wheel

if TYPE_CHECKING:
    from pathlib import Path

GNU, ARM = "linux-x86_64", "linux-aarch64"
SYSTEMS = (GNU, ARM, "macos-arm64", "macos-x86_64", "windows-arm64", "windows-x86_64")

ERROR, WARNING = Severity.ERROR, Severity.WARNING
OF_3_13, OF_3_14 = (
    "REFERENCES=0xFFFFFFFF",
    "REFERENCES=0x5_0000_C000_0000".replace("_", ""),
)
TUPLE, BUILD = "PyArg_ParseTuple", "Py_BuildValue"


def found(
    floor: str, system: str, macros: tuple[str, ...], function: str, folder: Path
) -> list[tuple[str, Severity, str, str]]:
    recipe = tables(system, *macros, takes=(function,))
    planted = from_floor(floor, at(module_name(system), recipe))
    report = audit_wheel(write_wheel(planted, folder))
    return [
        (each.code, each.severity, each.what, each.message) for each in report.findings
    ]


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_size_that_older_pythons_take_for_an_int(system: str, tmp_path: Path) -> None:
    macros = ('FORMAT="s#:parse"', f"PARSE={TUPLE}", OF_3_13)
    expected = (
        "ABI403",
        ERROR,
        '"s#:parse"',
        "for PyArg_ParseTuple, compiled with headers of 3.13 or later; on 3.9 the size"
        " is an int, but the caller reads or passes more; on 3.10 to 3.12 the call"
        " fails (SystemError: PY_SSIZE_T_CLEAN macro must be defined)",
    )
    assert found("3.9", system, macros, TUPLE, tmp_path) == [expected]


@pytest.mark.parametrize(
    ("text", "function", "headers", "severity"),
    [
        pytest.param("y#", TUPLE, OF_3_14, ERROR, id="alone"),
        pytest.param("O!|s#", TUPLE, OF_3_13, ERROR, id="after-others"),
        pytest.param("(s#i)", BUILD, OF_3_13, ERROR, id="built"),
        pytest.param("{s:y#}", BUILD, OF_3_13, ERROR, id="built-dictionary"),
        pytest.param("bus#", TUPLE, OF_3_13, WARNING, id="like-a-word"),
        pytest.param("y#", TUPLE, "REFERENCES=1", WARNING, id="unknown-headers"),
    ],
)
def test_how_sure_it_is(
    text: str, function: str, headers: str, severity: Severity, tmp_path: Path
) -> None:
    macros = (f'FORMAT="{text}"', f"PARSE={function}", headers)
    found_there = found("3.12", GNU, macros, function, tmp_path)
    assert [each[:3] for each in found_there] == [("ABI403", severity, f'"{text}"')]


@pytest.mark.parametrize(
    ("floor", "text", "function"),
    [
        pytest.param("3.13", "y#", TUPLE, id="from-3.13-on"),
        pytest.param("3.9", "y#", "_PyArg_ParseTuple_SizeT", id="repaired"),
        pytest.param("3.9", "y*", TUPLE, id="a-buffer"),
        pytest.param("3.9", "#fff", TUPLE, id="a-color"),
        pytest.param("3.9", "songs# of all", TUPLE, id="a-text"),
        pytest.param("3.9", "s:number#", TUPLE, id="a-name-with-a-mark"),
    ],
)
def test_formats_that_mean_the_same_everywhere(
    floor: str, text: str, function: str, tmp_path: Path
) -> None:
    macros = (f'FORMAT="{text}"', f"PARSE={function}", OF_3_13)
    assert found(floor, GNU, macros, function, tmp_path) == []


def test_a_file_that_takes_sizes_of_both_sorts_is_not_judged(tmp_path: Path) -> None:
    repaired = "_PyArg_ParseTuple_SizeT"
    macros = ('FORMAT="y#"', f"PARSE={repaired}", f"ALSO={TUPLE}", OF_3_13)
    assert found("3.9", GNU, macros, repaired, tmp_path) == []


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_name_of_a_type_in_a_text(system: str, tmp_path: Path) -> None:
    writer = "PyUnicode_FromFormat"
    macros = ('TEXT="expected a name, got %T"', OF_3_13)
    expected = (
        "ABI501",
        WARNING,
        "%T",
        'in text "expected a name, got %T", guaranteed since 3.13; on 3.9 to 3.11 it is'
        " copied as it is, and so is the rest of the format; on 3.12 SystemError is"
        " raised instead",
    )
    assert found("3.9", system, macros, writer, tmp_path) == [expected]


@pytest.mark.parametrize(
    ("text", "headers"),
    [
        pytest.param("expected a name, got %T", "REFERENCES=1", id="older-headers"),
        pytest.param("%H:%M on %T", OF_3_13, id="a-time"),
        pytest.param("%T", OF_3_13, id="nothing-else"),
        pytest.param("expected a name, got %s", OF_3_13, id="another-code"),
    ],
)
def test_texts_that_are_something_else(text: str, headers: str, tmp_path: Path) -> None:
    macros = (f'TEXT="{text}"', headers)
    assert found("3.9", GNU, macros, "PyUnicode_FromFormat", tmp_path) == []
