"""Real binaries of every format, each of which takes one wrong symbol or library.

What is wrong with names, tags and files is in ``test_planted_wheels.py``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from abi3build.audit.audit_input import audit_wheel
from abi3build.rules.finding import Severity
from workbench.planted_images import Recipe, Taken
from workbench.planted_wheels import (
    at,
    beside,
    bound,
    from_floor,
    library,
    module,
    write_wheel,
)

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.planted_wheels import Planted

GNU, ARM, PC, BIG = "linux-x86_64", "linux-aarch64", "linux-i686", "linux-s390x"
WIN, WIN32, WIN_ARM = "windows-x86_64", "windows-i686", "windows-arm64"
MAC, MAC_INTEL, MAC_BOTH = "macos-arm64", "macos-x86_64", "macos-universal2"
PRIVATE = "_PyLong_AsByteArray"
FRAMEWORK = "/Library/Frameworks/Python.framework/Versions/3.11/Python"

SYMBOLS = [
    ("ABI101", GNU, "_PyUnicode_JoinArray"),
    ("ABI101", BIG, "_PyUnicode_JoinArray"),
    ("ABI101", WIN, "_PyUnicode_JoinArray"),
    ("ABI101", MAC, "_PyUnicode_JoinArray"),
    ("ABI101", ARM, "_PyRWMutex_Lock"),
    ("ABI101", WIN_ARM, "_PyRWMutex_Lock"),
    ("ABI101", MAC_INTEL, "_PyRWMutex_Lock"),
    ("ABI101", PC, "PyUnicode_New"),
    ("ABI101", WIN32, "PyUnicode_New"),
    ("ABI101", MAC, "PyUnicode_New"),
    ("ABI101", GNU, "PyUnstable_Code_New"),
    ("ABI101", WIN, "PyUnstable_Code_New"),
    ("ABI101", MAC, "PyUnstable_Code_New"),
    ("ABI102", GNU, "PyModule_AddObjectRef"),
    ("ABI102", ARM, "PyLong_AsInt"),
    ("ABI102", WIN, "PyModule_AddObjectRef"),
    ("ABI102", WIN32, "PyBuffer_FillInfo"),
    ("ABI102", MAC, "PyType_GetModuleByDef"),
    ("ABI103", GNU, "PyErr_SetFromWindowsErr"),
    ("ABI103", ARM, "PyOS_CheckStack"),
    ("ABI103", MAC, "PyExc_WindowsError"),
    ("ABI103", WIN, "PyOS_AfterFork_Child"),
    ("ABI103", WIN_ARM, "PyOS_BeforeFork"),
    ("ABI103", WIN, "PyThread_allocate_lock"),
    ("ABI103", WIN32, "PyCFunction_New"),
    ("ABI104", GNU, "PyList_GET_SIZE"),
    ("ABI104", WIN, "PyTuple_GET_ITEM"),
    ("ABI104", MAC, "PyBytes_AS_STRING"),
    ("ABI104", GNU, "PyLits_Size"),
    ("ABI104", WIN32, "PyLits_Size"),
    ("ABI104", MAC_INTEL, "PyLits_Size"),
]
"""What a module for floor 3.9 takes beside ``PyList_Size``."""

LIBRARIES = [
    ("ABI201", GNU, Taken(("PyList_Size",), "libpython3.11.so.1.0")),
    ("ABI201", ARM, Taken(("PyList_Size",), "libpython3.so")),
    ("ABI201", WIN, Taken(("PyList_Size",), "python311.dll")),
    ("ABI201", WIN32, Taken(("PyList_Size",), "python313t.dll")),
    ("ABI201", WIN_ARM, Taken(("PyList_Size",), "PYTHON312.DLL")),
    ("ABI201", WIN, Taken(("PyList_Size",), "libpython3.11.dll")),
    ("ABI201", WIN, Taken(("PyList_Size",), "python311.dll", delayed=True)),
    ("ABI201", MAC_INTEL, Taken(("PyList_Size",), "libpython3.11.dylib")),
    ("ABI201", MAC, Taken(("PyList_Size",), FRAMEWORK)),
    ("ABI202", GNU, Taken(("PyList_Size",), "libpython3.11d.so.1.0")),
    ("ABI202", WIN, Taken(("PyList_Size",), "python3_d.dll")),
    ("ABI202", WIN_ARM, Taken(("PyList_Size",), "python311_d.dll")),
]
"""What a module takes everything from."""

ORDINALS = Taken(("PyList_Size",), "python311.dll", by_ordinal=True)

OTHERS = [
    pytest.param(
        beside("demo.libs/libhelp-0a1b.so.6", library(GNU, PRIVATE)),
        ("ABI101", PRIVATE, ""),
        id="private-in-bundled-so",
    ),
    pytest.param(
        beside("demo/.dylibs/libhelp.dylib", library(MAC, PRIVATE)),
        ("ABI101", PRIVATE, ""),
        id="private-in-bundled-dylib",
    ),
    pytest.param(
        beside("demo.libs/help-0a1b.dll", library(WIN, PRIVATE)),
        ("ABI101", PRIVATE, ""),
        id="private-in-bundled-dll",
    ),
    pytest.param(
        at("demo/core.abi3.so", Recipe(MAC_BOTH, only_in_arm64=(PRIVATE,))),
        ("ABI101", PRIVATE, "arm64"),
        id="private-in-one-slice",
    ),
    pytest.param(
        replace(module(GNU, "PyModule_AddObjectRef"), python="cp311.cp39"),
        ("ABI102", "PyModule_AddObjectRef", ""),
        id="newer-than-the-lowest-of-the-tags",
    ),
    pytest.param(
        from_floor("3.10", module(MAC, "PyBuffer_FillInfo")),
        ("ABI102", "PyBuffer_FillInfo", ""),
        id="newer-by-one",
    ),
    *(
        pytest.param(
            from_floor("3.10", module(system, symbol)),
            ("ABI103", symbol, ""),
            id=f"debug-{system}",
        )
        for system, symbol in (
            (GNU, "_Py_NegativeRefcount"),
            (MAC, "_Py_RefTotal"),
            (WIN, "_Py_RefTotal"),
        )
    ),
    pytest.param(
        at("demo/core.pyd", Recipe(WIN32, (Taken(("PyLong_FromLong",)), ORDINALS))),
        ("ABI201", "python311.dll", ""),
        id="ordinals-beside-names",
    ),
    pytest.param(
        module(WIN, "PyLong_FromLong", library="pypy3.9.dll"),
        ("ABI203", "PyLong_FromLong", ""),
        id="stranger-dll",
    ),
    pytest.param(
        module(MAC, "PyLong_FromLong", library="/usr/local/lib/libother.dylib"),
        ("ABI203", "PyLong_FromLong", ""),
        id="stranger-dylib",
    ),
]


def found(planted: Planted, folder: Path) -> list[tuple[str, Severity, str, str]]:
    report = audit_wheel(write_wheel(planted, folder))
    return [
        (each.code, each.severity, each.what, each.architecture)
        for each in report.findings
    ]


@pytest.mark.parametrize(("code", "system", "symbol"), SYMBOLS)
def test_a_wrong_symbol_raises_its_rule_and_no_other(
    code: str, system: str, symbol: str, tmp_path: Path
) -> None:
    planted = module(system, symbol)
    assert found(planted, tmp_path) == [(code, Severity.ERROR, symbol, "")]


@pytest.mark.parametrize(("code", "system", "taken"), LIBRARIES)
def test_a_wrong_library_raises_its_rule_and_no_other(
    code: str, system: str, taken: Taken, tmp_path: Path
) -> None:
    audited = taken.library.rpartition("/")[2]
    planted = bound(system, taken)
    assert found(planted, tmp_path) == [(code, Severity.ERROR, audited, "")]


@pytest.mark.parametrize(("planted", "expected"), OTHERS)
def test_other_planted_faults_raise_their_rule_and_no_other(
    planted: Planted, expected: tuple[str, str, str], tmp_path: Path
) -> None:
    code, audited, architecture = expected
    assert found(planted, tmp_path) == [(code, Severity.ERROR, audited, architecture)]


def test_ordinals_alone_are_use_of_cpython(tmp_path: Path) -> None:
    planted = bound(WIN32, ORDINALS)
    expected = ("ABI201", Severity.ERROR, "python311.dll", "")
    assert found(planted, tmp_path) == [expected]
