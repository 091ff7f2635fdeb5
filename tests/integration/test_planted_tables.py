"""Stripped binaries of every format, each with one number too new in its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from abi3build.audit.audit_input import audit_wheel
from abi3build.rules.finding import Severity
from workbench.planted_tables import tables
from workbench.planted_wheels import at, from_floor, module_name, write_wheel

if TYPE_CHECKING:
    from pathlib import Path

GNU, ARM, BIG = "linux-x86_64", "linux-aarch64", "linux-s390x"
WIN, WIN_ARM = "windows-x86_64", "windows-arm64"
MAC, MAC_INTEL = "macos-arm64", "macos-x86_64"
SYSTEMS = (GNU, ARM, BIG, WIN, WIN_ARM, MAC, MAC_INTEL)

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
REFUSED = "the type is rejected (RuntimeError: invalid slot offset)"
UNKNOWN = "the import fails (SystemError: unknown slot ID)"
LATE = "it is rejected (RuntimeError for a type, SystemError for a module)"
OFFSET = "offsetof(Thing,other)"

CONSTRUCTS = [
    pytest.param(
        ("3.9", "TYPE_SLOTS={83,0},"),
        (ERROR, "Py_tp_token"),
        f"in type core.Thing, guaranteed since 3.14; on 3.9 to 3.13 {REFUSED}",
        id="token",
    ),
    pytest.param(
        ("3.12", "TYPE_SLOTS={82,0},"),
        (ERROR, "Py_tp_vectorcall"),
        f"in type core.Thing, guaranteed since 3.14; on 3.12 and 3.13 {REFUSED}",
        id="vectorcall",
    ),
    pytest.param(
        ("3.9", "TYPE_SLOTS={81,answer},"),
        (ERROR, "Py_am_send"),
        f"in type core.Thing, guaranteed since 3.10; on 3.9 {REFUSED}",
        id="send",
    ),
    pytest.param(
        ("3.8", "TYPE_SLOTS={1,answer},"),
        (ERROR, "Py_bf_getbuffer"),
        "in type core.Thing, guaranteed since 3.11; on 3.8 the function's address is"
        " written over the type's reference count; on 3.9 and 3.10 it works, but this"
        " is not guaranteed",
        id="buffer-on-3.8",
    ),
    pytest.param(
        ("3.9", "TYPE_SLOTS={1,answer},"),
        (INFO, "Py_bf_getbuffer"),
        "in type core.Thing, guaranteed since 3.11; on 3.9 and 3.10 it works, but this"
        " is not guaranteed",
        id="buffer-on-3.9",
    ),
    pytest.param(
        ("3.14", "TYPE_SLOTS={88,answer},"),
        (ERROR, "Py_bf_getbuffer"),
        f"in type core.Thing, guaranteed since 3.15; on 3.14 {LATE}",
        id="late-type-slot",
    ),
    pytest.param(
        ("3.9", 'MEMBERS={"other",16,0,8,0},'),
        (ERROR, "Py_RELATIVE_OFFSET"),
        "in member other of type core.Thing, guaranteed since 3.12; on 3.9 to 3.11 the"
        " member reads and overwrites the object's own head",
        id="relative-offset",
    ),
    pytest.param(
        ("3.9", "BASIC_SIZE=-4"),
        (ERROR, "basicsize<0"),
        "in type core.Thing, guaranteed since 3.12; on 3.9 to 3.11 the size is used as"
        " it is: objects are too small, and memory is corrupted",
        id="negative-size",
    ),
    pytest.param(
        ("3.9", "DOC=NULL"),
        (ERROR, "Py_tp_doc=NULL"),
        "in type core.Thing, guaranteed since 3.10; on 3.9 making the type crashes",
        id="no-doc",
    ),
    pytest.param(
        ("3.9", "MODULE_SLOTS={4,(void*)1},"),
        (ERROR, "Py_mod_gil"),
        f"in module core, guaranteed since 3.13; on 3.9 to 3.12 {UNKNOWN}",
        id="gil",
    ),
    pytest.param(
        ("3.11", "MODULE_SLOTS={3,(void*)2},"),
        (ERROR, "Py_mod_multiple_interpreters"),
        f"in module core, guaranteed since 3.12; on 3.11 {UNKNOWN}",
        id="interpreters",
    ),
    pytest.param(
        ("3.9", "MODULE_SLOTS={85,execute},"),
        (ERROR, "Py_mod_exec"),
        f"in module core, guaranteed since 3.15; on 3.9 to 3.14 {LATE}",
        id="late-module-slot",
    ),
    pytest.param(
        ("3.9", "FLAGS=1<<7"),
        (INFO, "Py_TPFLAGS_DISALLOW_INSTANTIATION"),
        "in type core.Thing, guaranteed since 3.10; on 3.9 it is ignored: calling the"
        " type creates objects that are not initialized",
        id="no-instances",
    ),
    pytest.param(
        ("3.9", "FLAGS=1<<8"),
        (INFO, "Py_TPFLAGS_IMMUTABLETYPE"),
        "in type core.Thing, guaranteed since 3.10; on 3.9 it is ignored: attributes of"
        " the type can be set",
        id="immutable",
    ),
    pytest.param(
        ("3.8", f'MEMBERS={{"__weaklistoffset__",19,{OFFSET},1,0}},'),
        (WARNING, "__weaklistoffset__"),
        "in type core.Thing, guaranteed since 3.9; on 3.8 it is ignored: there are no"
        " weak references to the objects",
        id="weak-references",
    ),
    pytest.param(
        ("3.8", "METHOD_FLAGS=0x282"),
        (ERROR, "METH_METHOD"),
        "in method answer of type core.Thing, guaranteed since 3.9; on 3.8 a call"
        " passes the wrong arguments, and corrupts memory",
        id="defining-class",
    ),
    pytest.param(
        ("3.9", "METHOD_FLAGS=0x80"),
        (INFO, "METH_FASTCALL"),
        "in method answer of type core.Thing, guaranteed since 3.10; on 3.9 it works,"
        " but this is not guaranteed",
        id="fast-call",
    ),
]


def found(
    floor: str, system: str, macros: tuple[str, ...], folder: Path
) -> list[tuple[str, Severity, str, str]]:
    planted = from_floor(floor, at(module_name(system), tables(system, *macros)))
    report = audit_wheel(write_wheel(planted, folder))
    return [
        (each.code, each.severity, each.what, each.message)
        for each in report.findings
        if each.code != "ABI502"  # About PyType_FromSpec, not about its tables.
    ]


@pytest.mark.parametrize(("made", "expected", "message"), CONSTRUCTS)
def test_a_newer_construct_raises_its_rule_and_no_other(
    made: tuple[str, str],
    expected: tuple[Severity, str],
    message: str,
    tmp_path: Path,
) -> None:
    floor, macro = made
    severity, audited = expected
    wanted = [("ABI501", severity, audited, message)]
    assert found(floor, GNU, (macro,), tmp_path) == wanted


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_format(system: str, tmp_path: Path) -> None:
    macros = (
        "BASIC_SIZE=-8",
        "FLAGS=1<<8",
        'MEMBERS={"other",16,8,8,0},',
        "METHOD_FLAGS=0x80",
        "MODULE_SLOTS={3,(void*)2},{4,(void*)1},",
        "TYPE_SLOTS={83,0},",
    )
    assert [each[:3] for each in found("3.9", system, macros, tmp_path)] == [
        ("ABI501", INFO, "METH_FASTCALL"),
        ("ABI501", ERROR, "Py_RELATIVE_OFFSET"),
        ("ABI501", INFO, "Py_TPFLAGS_IMMUTABLETYPE"),
        ("ABI501", ERROR, "Py_mod_gil"),
        ("ABI501", ERROR, "Py_mod_multiple_interpreters"),
        ("ABI501", ERROR, "Py_tp_token"),
        ("ABI501", ERROR, "basicsize<0"),
    ]


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize(
    ("floor", "macros"),
    [
        pytest.param("3.9", (), id="nothing-new"),
        pytest.param(
            "3.14",
            (
                "BASIC_SIZE=-8",
                "DOC=NULL",
                "FLAGS=0x800180",
                'MEMBERS={"other",16,8,8,0},',
                "METHOD_FLAGS=0x282",
                "MODULE_SLOTS={3,(void*)2},{4,(void*)1},",
                "TYPE_SLOTS={1,answer},{81,answer},{82,0},{83,0},",
            ),
            id="everything-from-its-version-on",
        ),
    ],
)
def test_good_twins_raise_nothing(
    floor: str, macros: tuple[str, ...], system: str, tmp_path: Path
) -> None:
    assert found(floor, system, macros, tmp_path) == []
