"""Each rule over plain facts: what it must find, in its own words, and nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from plain_facts import (
    ANDROID,
    ERROR,
    GOOD,
    INFO,
    IOS,
    STABLE,
    THING,
    WARNING,
    described,
    elf,
    file,
    linked,
    loose,
    macho,
    none_wheel,
    pe,
    phone_wheel,
    wheel,
)

from abi3build.audit.floor_steps import find_floor
from abi3build.audit.report import Proof, audit
from abi3build.binaries.cpython_contents import DataTables, ModuleTable, UnitNote
from abi3build.binaries.image import BinaryFile, BinaryFormat
from abi3build.errors import UnreadableError
from abi3build.evidence.compiled_units import TranslationUnit
from abi3build.evidence.link_inputs import LinkedObject
from abi3build.evidence.preprocessed_unit import Breach
from abi3build.inspection.second_reading import SecondReading
from abi3build.rules.registry import RULES, rule_page
from abi3build.settings.model import Waiver
from abi3build.versions import Promise, PythonVersion
from abi3build.wheels.wheel import parse_wheel_name, promise_of

if TYPE_CHECKING:
    from abi3build.binaries.image import Image
    from abi3build.rules.audited_files import AuditedFiles
    from abi3build.rules.finding import Severity
    from abi3build.rules.registry import Rule

PYTHON_3_13 = ("libc.so", "libpython3.13.so")
IOS_VERSIONED = IOS._replace(
    libraries=("@rpath/Python.framework/Versions/3.13/Python",)
)

FOUND = [
    pytest.param(
        loose(elf("_PyUnicode_JoinArray")),
        ("ABI101", ERROR, "_PyUnicode_JoinArray"),
        id="private",
    ),
    pytest.param(
        loose(elf("PyUnicode_New")),
        ("ABI101", ERROR, "PyUnicode_New"),
        id="public-not-limited",
    ),
    pytest.param(
        loose(elf("PyUnstable_Code_New")),
        ("ABI101", ERROR, "PyUnstable_Code_New"),
        id="unstable",
    ),
    pytest.param(
        loose(elf("PyModule_AddObjectRef")),
        ("ABI102", ERROR, "PyModule_AddObjectRef"),
        id="newer",
    ),
    pytest.param(
        loose(elf("PyErr_SetFromWindowsErr")),
        ("ABI103", ERROR, "PyErr_SetFromWindowsErr"),
        id="windows-only-on-linux",
    ),
    pytest.param(
        loose(pe("PyOS_AfterFork_Child", "python3.dll"), "demo/core.pyd"),
        ("ABI103", ERROR, "PyOS_AfterFork_Child"),
        id="fork-on-windows",
    ),
    pytest.param(
        loose(pe("PyThread_allocate_lock", "python3.dll"), "demo/core.pyd"),
        ("ABI103", ERROR, "PyThread_allocate_lock"),
        id="forgotten-in-python3-dll",
    ),
    pytest.param(
        loose(elf("PyList_GET_SIZE")),
        ("ABI104", ERROR, "PyList_GET_SIZE"),
        id="hidden-macro",
    ),
    pytest.param(
        loose(elf("PyLits_Size")),
        ("ABI104", ERROR, "PyLits_Size"),
        id="misspelt",
    ),
    pytest.param(
        loose(
            elf("PyList_Size", exports=("PyInit_core", "PyLong_AsInt"))._replace(
                interposable=("PyLong_AsInt",)
            )
        ),
        ("ABI105", ERROR, "PyLong_AsInt"),
        id="own-name-that-3.13-took",
    ),
    pytest.param(
        loose(
            elf(
                "PyList_Size", exports=("PyInit_core", "_PyUnicode_FromASCII")
            )._replace(interposable=("_PyUnicode_FromASCII",))
        ),
        ("ABI105", ERROR, "_PyUnicode_FromASCII"),
        id="own-name-that-3.13-gave-up",
    ),
    pytest.param(
        loose(
            elf("PyList_Size", exports=("PyInit_core", "PyBuffer_Release"))._replace(
                interposable=("PyBuffer_Release",)
            )
        ),
        ("ABI105", WARNING, "PyBuffer_Release"),
        id="own-name-of-every-python",
    ),
    pytest.param(
        wheel(
            file("demo/core.abi3.so", elf("PyList_Size", "PyLong_AsInt")),
            file("demo/libown.so", elf("getpid", exports=("PyLong_AsInt",))),
        ),
        ("ABI105", ERROR, "PyLong_AsInt"),
        id="own-name-in-a-library-of-the-wheel",
    ),
    pytest.param(
        loose(STABLE._replace(unprovided=("scanner_create",))),
        ("ABI106", WARNING, "scanner_create"),
        id="own-function-of-no-library",
    ),
    pytest.param(
        loose(pe("PyList_Size", "python311.dll"), "demo/core.pyd"),
        ("ABI201", ERROR, "python311.dll"),
        id="versioned-dll",
    ),
    pytest.param(
        loose(STABLE._replace(libraries=("libpython3.11.so.1.0",))),
        ("ABI201", ERROR, "libpython3.11.so.1.0"),
        id="libpython",
    ),
    pytest.param(
        loose(macho("PyList_Size", "/Library/Python.framework/Versions/3.11/Python")),
        ("ABI201", ERROR, "Python"),
        id="framework",
    ),
    pytest.param(
        loose(pe("PyList_Size", "python3_d.dll"), "demo/core.pyd"),
        ("ABI202", ERROR, "python3_d.dll"),
        id="debug-dll",
    ),
    pytest.param(
        loose(pe("PyList_Size", "other.dll"), "demo/core.pyd"),
        ("ABI203", ERROR, "PyList_Size"),
        id="other-dll",
    ),
    pytest.param(
        wheel(
            file("demo/core.pyd", pe("PyList_Size", "libpython3.dll")),
            name="demo-1.0-cp39-abi3-win_amd64.whl",
        ),
        ("ABI203", ERROR, "libpython3.dll"),
        id="dll-of-msys2",
    ),
    pytest.param(
        wheel(
            file("demo/core.pyd", pe("PyList_Size", "python3.dll")),
            name="demo-1.0-cp39-abi3-mingw_x86_64_ucrt_gnu.whl",
        ),
        ("ABI203", ERROR, "python3.dll"),
        id="dll-of-python.org",
    ),
    pytest.param(
        phone_wheel("android_21_arm64_v8a", ANDROID._replace(libraries=PYTHON_3_13)),
        ("ABI201", ERROR, "libpython3.13.so"),
        id="library-of-one-python-on-android",
    ),
    pytest.param(
        phone_wheel("ios_13_0_arm64_iphoneos", IOS_VERSIONED),
        ("ABI201", ERROR, "Python"),
        id="framework-of-one-python-on-ios",
    ),
    pytest.param(
        phone_wheel("android_21_arm64_v8a", ANDROID._replace(libraries=("libc.so",))),
        ("ABI203", ERROR, "core.abi3.so"),
        id="no-python-library-on-android",
    ),
    pytest.param(
        loose(STABLE, "demo/core.cpython-311-x86_64-linux-gnu.so"),
        ("ABI301", ERROR, "core.cpython-311-x86_64-linux-gnu.so"),
        id="cpython-name",
    ),
    pytest.param(
        loose(pe("PyList_Size", "python3.dll"), "demo/core.cp311-win_amd64.pyd"),
        ("ABI301", ERROR, "core.cp311-win_amd64.pyd"),
        id="cp-name",
    ),
    pytest.param(
        loose(STABLE, "demo/core.abi3-x86_64-linux-gnu.so"),
        ("ABI302", ERROR, "core.abi3-x86_64-linux-gnu.so"),
        id="platform-name",
    ),
    pytest.param(
        loose(STABLE, "demo/core.abi3t.so"),
        ("ABI302", ERROR, "core.abi3t.so"),
        id="abi3t-name",
    ),
    pytest.param(
        loose(STABLE, "demo/other.abi3.so"),
        ("ABI303", ERROR, "other.abi3.so"),
        id="init-of-another-name",
    ),
    pytest.param(
        loose(elf("PyList_Size", exports=())),
        ("ABI303", ERROR, "core.abi3.so"),
        id="no-init",
    ),
    pytest.param(
        loose(elf("malloc", exports=())),
        ("ABI303", INFO, "core.abi3.so"),
        id="no-init-and-no-python",
    ),
    pytest.param(
        loose(elf("malloc", exports=()), "demo/ops.cpython-310-x86_64-linux-gnu.so"),
        ("ABI303", INFO, "ops.cpython-310-x86_64-linux-gnu.so"),
        id="library-with-the-name-of-a-module",
    ),
    pytest.param(
        loose(STABLE._replace(is_shared_library=False)),
        ("ABI305", ERROR, "core.abi3.so"),
        id="object-file-with-the-name-of-a-module",
    ),
    pytest.param(
        loose(STABLE._replace(is_shared_library=False), "demo/core.so"),
        ("ABI305", ERROR, "core.so"),
        id="object-file-that-starts-a-module",
    ),
    pytest.param(
        wheel(GOOD, name="demo-1.0-cp39-abi3-linux_x86_64.whl", recorded=()),
        ("ABI601", ERROR, "cp39-abi3-linux_x86_64"),
        id="wheel-file-says-nothing",
    ),
    pytest.param(
        wheel(GOOD, recorded=("cp39-abi3-manylinux1_x86_64",)),
        ("ABI601", WARNING, "cp39-abi3-linux_x86_64"),
        id="wheel-file-says-another-platform",
    ),
    pytest.param(
        loose(elf("PyMethod_New")._replace(libraries=("libside6.abi3.so.6",))),
        ("ABI101", WARNING, "PyMethod_New"),
        id="unproven-name-of-cpython's",
    ),
    pytest.param(
        loose(elf("PyMethod_New")._replace(libraries=("libssl.so.3",))),
        ("ABI101", ERROR, "PyMethod_New"),
        id="no-reason-to-doubt",
    ),
    pytest.param(
        wheel(GOOD, name="demo-1.0-py3-abi3-linux_x86_64.whl"),
        ("ABI601", ERROR, "py3"),
        id="py3-abi3",
    ),
    pytest.param(
        wheel(GOOD, name="demo-1.0-cp31-abi3-linux_x86_64.whl"),
        ("ABI601", ERROR, "cp31"),
        id="before-the-stable-abi",
    ),
    pytest.param(
        wheel(GOOD, name="demo-1.0-cp99-abi3-linux_x86_64.whl"),
        ("ABI601", ERROR, "cp99"),
        id="after-python-3",
    ),
    pytest.param(
        loose(STABLE, "demo/core.pyd"),
        ("ABI302", ERROR, "core.pyd"),
        id="name-of-windows-on-linux",
    ),
    pytest.param(
        loose(pe("PyList_Size", "python3.dll"), "demo/core.abi3.so"),
        ("ABI302", ERROR, "core.abi3.so"),
        id="name-of-linux-on-windows",
    ),
    pytest.param(
        wheel(GOOD, name="demo-1.0-cp39-abi3-any.whl"),
        ("ABI601", ERROR, "any"),
        id="any-platform",
    ),
    pytest.param(
        wheel(GOOD, requires_python=">=3.8"),
        ("ABI602", INFO, ">=3.8"),
        id="requires-python-below",
    ),
    pytest.param(
        wheel(GOOD, requires_python=">=3.10"),
        ("ABI602", WARNING, ">=3.10"),
        id="requires-python-above",
    ),
    pytest.param(
        wheel(file("demo/libcore.so", elf("malloc", exports=()))),
        ("ABI603", WARNING, "cp39-abi3-linux_x86_64"),
        id="no-python-needed",
    ),
    pytest.param(
        loose(STABLE)._replace(
            links=linked(),
            units=(
                TranslationUnit(
                    "core.c", breaches=(Breach("cpython/object.h", "core.c:2"),)
                ),
            ),
        ),
        ("ABI401", ERROR, "cpython/object.h"),
        id="full-api",
    ),
    pytest.param(
        loose(STABLE._replace(unit_notes=(UnitNote(0x030A0000, 0x030B0000),))),
        ("ABI402", ERROR, "Py_LIMITED_API=0x030A0000"),
        id="compiled-for-later",
    ),
    pytest.param(
        loose(
            STABLE._replace(unit_notes=(UnitNote(0x03090000, 0x030F02F0),)),
            "demo/core.so",
        )._replace(
            promise=Promise(PythonVersion(3, 15), free_threaded=True),
        ),
        ("ABI402", ERROR, "Py_TARGET_ABI3T"),
        id="compiled-for-the-gil-alone",
    ),
    pytest.param(
        loose(elf("PyArg_ParseTuple")._replace(formats=("y#",))),
        ("ABI403", WARNING, '"y#"'),
        id="size-as-int",
    ),
    pytest.param(
        loose(
            elf("PyArg_ParseTuple")._replace(
                formats=("y#",),
                unit_notes=(UnitNote(0x03090000, 0x030D00F0),),
            )
        ),
        ("ABI403", ERROR, '"y#"'),
        id="size-as-int-by-the-notes",
    ),
    pytest.param(
        loose(
            elf("_Py_NoneStruct")._replace(
                tables=DataTables((ModuleTable("core", 0xFFFFFFFF),)),
            )
        ),
        ("ABI408", INFO, "Py_RETURN_*"),
        id="none-and-headers-of-3.13",
    ),
    pytest.param(
        loose(STABLE._replace(tables=DataTables(types=(THING,)))),
        ("ABI501", ERROR, "Py_tp_token"),
        id="newer-slot",
    ),
    pytest.param(
        loose(STABLE._replace(tables=DataTables((ModuleTable("core", 1, (4,)),)))),
        ("ABI501", ERROR, "Py_mod_gil"),
        id="newer-slot-of-a-module",
    ),
    pytest.param(
        loose(
            STABLE._replace(
                formats=("a %T",), unit_notes=(UnitNote(0x03090000, 0x030D00F0),)
            )
        ),
        ("ABI501", WARNING, "%T"),
        id="newer-format",
    ),
    pytest.param(
        loose(STABLE._replace(tables=DataTables(types=(THING._replace(slots=(1,)),)))),
        ("ABI501", INFO, "Py_bf_getbuffer"),
        id="slot-that-works",
    ),
    pytest.param(
        loose(STABLE)._replace(
            links=linked(LinkedObject("", "x.o", ("PyGone", "PyList_Size"))),
        ),
        ("ABI404", ERROR, "x.o"),
        id="linked-without-a-note",
    ),
    pytest.param(
        loose(STABLE)._replace(links=linked(LinkedObject("", "x.o", is_hidden=True))),
        ("ABI404", WARNING, "x.o"),
        id="linked-for-link-time-optimization",
    ),
    pytest.param(
        loose(STABLE)._replace(
            links=linked(LinkedObject("", "x.o", ("PyList_Size",), (0x03080000,))),
        ),
        ("ABI402", ERROR, "x.o"),
        id="linked-for-another-floor",
    ),
    pytest.param(
        loose(STABLE)._replace(links=linked(LinkedObject("", "libz.a(inflate.o)"))),
        ("ABI407", WARNING, "libz.a"),
        id="linked-without-symbols",
    ),
    pytest.param(
        loose(STABLE)._replace(
            links=linked(LinkedObject("", "x.o", ("PyList_Size",), (0x03090000,)))
        ),
        ("ABI407", INFO, "x.o"),
        id="note-of-another-program",
    ),
    pytest.param(
        loose(STABLE)._replace(links=(linked()[0]._replace(is_told=False),)),
        ("ABI407", INFO, "core.abi3.so"),
        id="linker-that-says-nothing",
    ),
    pytest.param(
        loose(STABLE._replace(has_rust=True))._replace(links=()),
        ("ABI407", INFO, "core.abi3.so"),
        id="linked-by-rust",
    ),
    pytest.param(
        loose(STABLE)._replace(
            links=linked(
                LinkedObject("", "build/x.o", ("PyList_Size",), is_of_build=True)
            )
        ),
        ("ABI407", WARNING, "build/x.o"),
        id="compiled-by-another-program",
    ),
    pytest.param(
        loose(STABLE)._replace(
            links=linked(LinkedObject("", "gone/a.o", is_gone=True))
        ),
        ("ABI407", WARNING, "gone/a.o"),
        id="removed-object",
    ),
    pytest.param(
        loose(STABLE)._replace(
            links=linked(
                LinkedObject(
                    "", "both.o", ("PyList_Size",), (0x03090000,), units=2, notes=1
                )
            )
        ),
        ("ABI407", WARNING, "both.o"),
        id="joined-with-one-that-has-a-note",
    ),
    pytest.param(
        loose(STABLE)._replace(
            links=linked(), units=(TranslationUnit("a.c", not_proven="was not seen"),)
        ),
        ("ABI407", WARNING, "a.c"),
        id="unit-that-shows-nothing",
    ),
    pytest.param(
        loose(STABLE)._replace(links=()),
        ("ABI407", WARNING, "core.abi3.so"),
        id="linked-by-another-program",
    ),
    pytest.param(
        loose(STABLE)._replace(links=linked(notes=1)),
        ("ABI407", WARNING, "core.abi3.so"),
        id="fewer-notes-than-went-in",
    ),
    pytest.param(
        loose(STABLE._replace(unit_notes=(UnitNote(0x03090000, 0x030D00F0),)))._replace(
            links=linked()
        ),
        ("ABI407", WARNING, "core.abi3.so"),
        id="more-notes-than-went-in",
    ),
    pytest.param(
        wheel(file("demo/core.abi3.so", STABLE._replace(machine="aarch64"))),
        ("ABI604", ERROR, "aarch64"),
        id="another-machine",
    ),
    pytest.param(
        wheel(
            file("demo/core.abi3.so", macho("PyList_Size", "")),
            name="demo-1.0-cp39-abi3-macosx_11_0_universal2.whl",
        ),
        ("ABI604", ERROR, "x86_64"),
        id="slice-missing",
    ),
    pytest.param(
        phone_wheel("android_21_x86_64", ANDROID),
        ("ABI604", ERROR, "aarch64"),
        id="another-machine-of-android",
    ),
    pytest.param(
        phone_wheel(
            "android_21_arm64_v8a",
            ANDROID._replace(
                mobile_system=None,
                minimum_os=None,
                libraries=("libc.so.6", "libpython3.so"),
            ),
        ),
        ("ABI604", ERROR, "Linux"),
        id="module-of-linux-for-android",
    ),
    pytest.param(
        phone_wheel("ios_13_0_arm64_iphonesimulator", IOS),
        ("ABI604", ERROR, "iOS"),
        id="module-of-the-device-for-the-simulator",
    ),
    pytest.param(
        phone_wheel("ios_13_0_arm64_iphoneos", IOS._replace(mobile_system=None)),
        ("ABI604", ERROR, "macOS"),
        id="module-of-macos-for-ios",
    ),
    pytest.param(
        phone_wheel("android_21_arm64_v8a", ANDROID._replace(minimum_os=(24, 0))),
        ("ABI607", WARNING, "Android API level 24"),
        id="newer-android",
    ),
    pytest.param(
        phone_wheel("ios_13_0_arm64_iphoneos", IOS._replace(minimum_os=(15, 1))),
        ("ABI607", WARNING, "iOS 15.1"),
        id="newer-ios",
    ),
    pytest.param(
        described(is_purelib=True),
        ("ABI608", WARNING, "Root-Is-Purelib"),
        id="extension-in-purelib",
    ),
    pytest.param(
        described(recorded_name="other"),
        ("ABI609", ERROR, "METADATA"),
        id="metadata-of-another-name",
    ),
    pytest.param(
        described(recorded_version="1.1"),
        ("ABI609", ERROR, "METADATA"),
        id="metadata-of-another-version",
    ),
    pytest.param(
        described(dist_info="other-1.0.dist-info"),
        ("ABI609", ERROR, ".dist-info"),
        id="folder-of-another-name",
    ),
    pytest.param(
        described(members=("demo/core.abi3.so", "demo/dist/x-1-py3-none-any.whl")),
        ("ABI610", WARNING, "x-1-py3-none-any.whl"),
        id="wheel-in-the-wheel",
    ),
    pytest.param(
        none_wheel("cp314-none-linux_x86_64", STABLE),
        ("ABI611", ERROR, "core.abi3.so"),
        id="none-tag-and-a-module",
    ),
    pytest.param(
        none_wheel("py3-none-linux_x86_64", elf("PyUnicode_New"), "demo/core.so"),
        ("ABI611", ERROR, "core.so"),
        id="none-tag-and-an-unstable-symbol",
    ),
    pytest.param(
        none_wheel(
            "py3-none-linux_x86_64", elf("PyList_Size", exports=()), "demo/libgdb.so"
        ),
        ("ABI611", WARNING, "libgdb.so"),
        id="none-tag-and-a-helper-of-a-program",
    ),
    pytest.param(
        loose(elf("PySide_init")._replace(libraries=("libside.so.1", "libc.so.6"))),
        ("ABI104", WARNING, "PySide_init"),
        id="unproven",
    ),
    pytest.param(
        wheel(GOOD)._replace(declared_modules=("demo.core", "demo.lost")),
        ("ABI605", ERROR, "demo.lost"),
        id="lost",
    ),
    pytest.param(
        wheel(GOOD, BinaryFile("demo/bad.so", fault="truncated elf header")),
        ("ABI801", ERROR, "bad.so"),
        id="unreadable",
    ),
    pytest.param(
        loose(STABLE)._replace(
            second_readings=(
                (
                    "demo/core.abi3.so",
                    SecondReading("x86_64", "pyelftools 0.33", only_first=("PyA",)),
                ),
            )
        ),
        ("ABI802", ERROR, "core.abi3.so"),
        id="readers-disagree",
    ),
]


@pytest.mark.parametrize(("audited", "expected"), FOUND)
def test_one_fault_raises_one_finding(
    audited: AuditedFiles, expected: tuple[str, Severity, str]
) -> None:
    findings = audit(audited).findings
    assert [(each.code, each.severity, each.what) for each in findings] == [expected]
    assert all(each.message for each in findings)
    assert all(
        bool(each.hint) is (each.severity is not INFO)
        for each in findings
        # What may be meant as it is has its hint for those who did not mean it.
        if (each.code, each.severity) != ("ABI602", INFO)
    )


@pytest.mark.parametrize(
    "accepted",
    [
        LinkedObject("", "x.o", is_hidden=True),
        LinkedObject("", "x.o", ("PyList_Size",)),
    ],
)
def test_what_is_accepted_is_not_proven_by_that(accepted: LinkedObject) -> None:
    audited = loose(STABLE)._replace(links=linked(accepted))
    report = audit(audited, [Waiver("x.o", "ours")])
    assert (report.findings, report.keeps_promise) == ((), True)
    assert report.proof is Proof.SEEN
    assert [(kind, count) for kind, _, count in report.not_proven] == [("object", 1)]
    (finding,) = audit(audited, strict=True).findings
    assert (finding.code, finding.severity) == ("ABI404", ERROR)


def test_all_types_with_a_newer_slot_are_one_finding() -> None:
    others = tuple(THING._replace(name=f"core.Other{number}") for number in range(2))
    image = STABLE._replace(tables=DataTables(types=(*others, THING)))
    (finding,) = audit(loose(image)).findings
    assert finding.message == (
        "in type core.Other0 and 2 more, guaranteed since 3.14; on 3.9 to 3.13 the type"
        " is rejected (RuntimeError: invalid slot offset)"
    )
    assert finding.hint == 'min-python = "3.14" settles Py_tp_token'


def test_a_name_of_cpythons_is_taken_from_cpython_on_linux() -> None:
    """Both the user and the library that defines it get CPython's (ld.so(8))."""
    library = elf("getpid", exports=("PyMethod_Self",))
    library = library._replace(interposable=("PyMethod_Self",))
    files = (
        file("demo/core.abi3.so", elf("PyList_Size", "PyMethod_Self")),
        file("demo/libside.so.1", library),
    )
    findings = audit(wheel(*files)).findings
    assert [(each.code, each.severity, each.file) for each in findings] == [
        ("ABI101", WARNING, "demo/core.abi3.so"),
        ("ABI101", WARNING, "demo/libside.so.1"),
    ]
    bound = library._replace(interposable=())
    assert audit(wheel(GOOD, file("demo/libside.so.1", bound))).findings == ()
    moved = library._replace(format=BinaryFormat.MACH_O)
    assert audit(wheel(GOOD, file("demo/libside.dylib", moved))).findings == ()


def test_where_some_pythons_replace_an_own_function_is_told() -> None:
    def message(name: str) -> str:
        image = elf("PyList_Size", exports=("PyInit_core", name))
        (finding,) = audit(loose(image._replace(interposable=(name,)))).findings
        return finding.message

    assert message("PyLong_AsInt") == (
        "defined in the wheel, but from Python 3.13 on, the loader uses CPython's"
    )
    assert message("_PyUnicode_FromASCII") == (
        "defined in the wheel, but on Python 3.9 to 3.12, the loader uses CPython's"
    )
    assert message("PyBuffer_Release") == (
        "defined in the wheel, but every promised Python has one too, and the loader"
        " uses that"
    )


def test_no_floor_makes_another_functions_arguments_right() -> None:
    """From 3.13 on every Python takes the place of the module's own function."""
    image = elf("PyList_Size", exports=("PyInit_core", "PyLong_AsInt"))
    image = image._replace(interposable=("PyLong_AsInt",))
    later = loose(image)._replace(promise=Promise(PythonVersion(3, 13)))
    (finding,) = audit(later).findings
    assert (finding.code, finding.severity) == ("ABI105", ERROR)
    assert [each.what for each in find_floor(later).never] == ["PyLong_AsInt"]


def test_androids_loader_begins_with_the_module() -> None:
    image = ANDROID._replace(
        exports=("PyInit_core", "PyLong_AsInt"), interposable=("PyLong_AsInt",)
    )
    assert audit(phone_wheel("android_21_arm64_v8a", image)).findings == ()


def test_functions_that_are_missing_together_are_one_finding() -> None:
    names = tuple(f"scan_{letter}" for letter in "abcdefg")
    (finding,) = audit(loose(STABLE._replace(unprovided=names))).findings
    assert (finding.what, finding.message) == (
        "scan_a",
        "none of the libraries that the file needs has it, so the import fails; the"
        " same is true of scan_b, scan_c, scan_d, scan_e and 2 more",
    )


@pytest.mark.parametrize(
    ("tag", "name", "symbol", "right"),
    [
        pytest.param(
            "py3-none-linux_x86_64",
            "demo/core.abi3.so",
            "PyModule_AddObjectRef",
            "cp310-abi3-linux_x86_64 if it was compiled with Py_LIMITED_API=0x030A0000,"
            " else for the Python that built it",
            id="stable-symbols",
        ),
        pytest.param(
            "cp314-none-linux_x86_64",
            "demo/core.cpython-314-x86_64-linux-gnu.so",
            "PyList_Size",
            "cp314-cp314-linux_x86_64, for the Python in its name",
            id="name-of-one-python",
        ),
        pytest.param(
            "py3-none-linux_x86_64",
            "demo/core.so",
            "PyUnicode_New",
            "for the Python that built it, such as cp314-cp314-linux_x86_64",
            id="unstable-symbol",
        ),
    ],
)
def test_a_none_tag_is_answered_with_the_right_one(
    tag: str, name: str, symbol: str, right: str
) -> None:
    (finding,) = audit(none_wheel(tag, elf(symbol), name)).findings
    assert finding.hint == f"tag the wheel {right}"


def test_twins_raise_both_their_rules() -> None:
    twin = file("demo/core.cpython-311-x86_64-linux-gnu.so")
    findings = audit(wheel(GOOD, twin)).findings
    assert [(each.code, each.message) for each in findings] == [
        ("ABI301", "only the Python named in it imports the file"),
        (
            "ABI304",
            (
                "the same module is also in core.abi3.so; Python imports the one whose"
                " suffix it tries first"
            ),
        ),
    ]


@pytest.mark.parametrize(("audited", "expected"), FOUND)
def test_a_rule_finds_under_its_own_code(
    audited: AuditedFiles, expected: tuple[str, Severity, str]
) -> None:
    del expected
    for rule in RULES:
        assert {finding.code for finding in rule.findings(audited)} <= {rule.code}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_page_names_the_severity_of_the_rule_first(rule: Rule) -> None:
    first = re.search(r"\*\*(Error|Warning|Info)", rule_page(rule))
    assert first is not None
    assert first[1].lower() == rule.severity.value


def test_a_module_whose_name_no_function_can_have_is_to_be_renamed() -> None:
    report = audit(loose(STABLE, "demo/co-re.abi3.so"))
    (finding,) = (each for each in report.findings if each.code == "ABI303")
    assert finding.hint == (
        "neither C nor an import statement can write co-re: name the module core, as"
        " the function does"
    )


NOTED = STABLE._replace(unit_notes=(UnitNote(0x030A0000, 0x030B07F0),))


@pytest.mark.parametrize(
    ("image", "requires", "right"),
    [(STABLE, "", "cp39"), (STABLE, ">=3.12", "cp312"), (NOTED, ">=3.8", "cp310")],
)
def test_a_wheel_without_a_floor_is_given_the_one_that_it_can_keep(
    image: Image, requires: str, right: str
) -> None:
    module = file("demo/core.abi3.so", image)
    name = "demo-1.0-py3-abi3-linux_x86_64.whl"
    found = audit(wheel(module, name=name, requires_python=requires)).findings
    (finding,) = [each for each in found if each.what == "py3"]
    assert finding.hint == f"tag the wheel {right}-abi3"


def test_a_wheel_without_machine_code_needs_no_platform() -> None:
    (finding,) = audit(wheel()).findings
    assert (finding.code, finding.hint) == (
        "ABI603",
        "tag the wheel py3-none-any: any Python could load it",
    )


@pytest.mark.parametrize(
    ("pythons", "floor"),
    [("cp31", "3.2"), ("cp27.cp310", "3.10"), ("cp99", "3.2"), ("CP39", "3.9")],
)
def test_only_pythons_with_a_stable_abi_are_promised(pythons: str, floor: str) -> None:
    _, _, tags = parse_wheel_name(f"demo-1.0-{pythons}-ABI3-linux_x86_64.whl")
    promise = promise_of(tags)
    assert promise is not None
    assert str(promise.floor) == floor


def test_a_build_number_begins_with_a_digit() -> None:
    parse_wheel_name("demo-1.0-1abc-cp39-abi3-linux_x86_64.whl")
    with pytest.raises(UnreadableError, match="not the name of a wheel"):
        parse_wheel_name("demo-1.0-abc-cp39-abi3-linux_x86_64.whl")
