"""What no rule finds fault with, and what is done with findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_facts import (
    ANDROID,
    GOOD,
    INFO,
    IOS,
    STABLE,
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

from abi3build.audit.report import audit
from abi3build.binaries.cpython_contents import AbiInformation, UnitNote
from abi3build.binaries.image import Import, MobileSystem
from abi3build.evidence.compiled_units import TranslationUnit
from abi3build.evidence.link_inputs import LinkedObject
from abi3build.rules.registry import RULES, find_rule, rule_page
from abi3build.settings.model import Waiver
from abi3build.stable_abi.stable_symbols import stable_symbols
from abi3build.versions import Promise, PythonVersion

if TYPE_CHECKING:
    from abi3build.rules.audited_files import AuditedFiles

FOR_ALL_BUILDS = elf("PyList_Size", exports=("PyModExport_core",))._replace(
    abi_information=(AbiInformation(7, 0x030F00F0, 0x030F0000),)
)

CLEAN = [
    pytest.param(loose(STABLE), id="stable"),
    pytest.param(
        loose(STABLE)._replace(
            links=linked(), units=(TranslationUnit("core.c", reads_python=True),)
        ),
        id="unit-that-was-seen-whole",
    ),
    pytest.param(
        loose(STABLE)._replace(
            links=linked(LinkedObject("", "x.o", ("PyDict_New",))),
        ),
        id="member-that-the-linker-left-out",
    ),
    pytest.param(
        loose(STABLE._replace(unit_notes=(UnitNote(0x03080000, 0x030B0000),))),
        id="compiled-for-earlier",
    ),
    pytest.param(loose(STABLE, "demo/core.so"), id="plain-name"),
    pytest.param(
        loose(pe("PyList_Size", "python3.dll"), "demo/core.pyd"), id="python3-dll"
    ),
    pytest.param(
        wheel(
            file("demo/core.pyd", pe("PyList_Size", "python3.dll")),
            name="demo-1.0-cp39-abi3-win_amd64.whl",
        ),
        id="dll-of-python.org-for-windows",
    ),
    pytest.param(
        wheel(
            file("demo/core.pyd", pe("PyList_Size", "libpython3.dll")),
            name="demo-1.0-cp39-abi3-mingw_x86_64_ucrt_gnu.whl",
        ),
        id="dll-of-msys2-for-mingw",
    ),
    pytest.param(
        loose(pe("PyList_Size", "PYTHON3.DLL"), "demo/core.pyd"), id="upper-case-dll"
    ),
    pytest.param(loose(macho("PyList_Size", "")), id="dynamic-lookup"),
    pytest.param(
        wheel(
            file("demo/core.abi3.so", macho("PyList_Size", "")),
            name="demo-1.0-cp39-abi3-macosx_11_0_arm64.whl",
        ),
        id="the-tag's-slice",
    ),
    pytest.param(
        wheel(
            file("demo/core.abi3.so", STABLE._replace(machine="armv7l")),
            name="demo-1.0-cp39-abi3-manylinux_2_17_armv7l.manylinux2014_armv7l.whl",
        ),
        id="several-platform-tags",
    ),
    pytest.param(
        wheel(
            GOOD,
            name="demo-1.0-cp35.cp36-abi3-linux_x86_64.whl",
            recorded=("cp35.cp36-abi3-linux_x86_64",),
        ),
        id="compressed-tags-in-the-wheel-file",
    ),
    pytest.param(
        wheel(GOOD, name="demo-1.0-cp39-abi3-haiku_1_x86_64.whl"),
        id="unknown-platform",
    ),
    pytest.param(phone_wheel("android_21_arm64_v8a", ANDROID), id="android"),
    pytest.param(phone_wheel("ios_13_0_arm64_iphoneos", IOS), id="ios"),
    pytest.param(
        phone_wheel(
            "ios_13_0_arm64_iphonesimulator",
            IOS._replace(minimum_os=(14, 0), mobile_system=MobileSystem.IOS_SIMULATOR),
        ),
        id="first-simulator-of-arm64",
    ),
    pytest.param(
        described(
            recorded_name="Demo",
            recorded_version="1.0.0",
            dist_info="demo-1.0.dist-info",
            is_purelib=False,
        ),
        id="name-and-version-in-other-words",
    ),
    pytest.param(
        loose(elf("PyList_Size", exports=("PyInit_core", "PyLong_AsInt"))),
        id="own-name-that-the-linker-bound",
    ),
    pytest.param(
        none_wheel("cp315-none-linux_x86_64", FOR_ALL_BUILDS), id="none-for-all-builds"
    ),
    pytest.param(
        none_wheel("py3-none-linux_x86_64", elf("malloc", exports=())),
        id="none-and-no-use-of-cpython",
    ),
    pytest.param(
        loose(elf("PyMine", exports=("PyInit_core", "PyMine"))), id="own-definition"
    ),
    pytest.param(
        loose(
            elf("PyList_Size", exports=("PyInit_core", "PyModExport_core"))._replace(
                abi_information=(AbiInformation(3, 0x030F00F0, 0x030F0000),),
            )
        ),
        id="module-export-for-newer-pythons",
    ),
    pytest.param(
        wheel(GOOD, file("demo.libs/libextra-1.so.6", elf("malloc", exports=()))),
        id="bundled-library",
    ),
    pytest.param(
        wheel(
            file("demo/core.abi3.so", elf("PyList_Size", "PySide_init")),
            file("demo/libside.so.1", elf("PyList_Size", exports=("PySide_init",))),
        ),
        id="provided-by-a-bundled-library",
    ),
]


@pytest.mark.parametrize("audited", CLEAN)
def test_right_things_raise_nothing(audited: AuditedFiles) -> None:
    report = audit(audited)
    assert report.findings == ()
    assert report.keeps_promise


def test_a_name_beyond_ascii_has_its_own_init_function() -> None:
    """PEP 489: the export hook of such a module is in punycode."""
    image = elf("PyList_Size", exports=("PyInitU_lntbl_1za",))
    hook = "PyInitU_" + "l\u00e4ntbl".encode("punycode").decode().replace("-", "_")
    right = image._replace(exports=(hook,))
    assert audit(loose(right, "demo/l\u00e4ntbl.abi3.so")).findings == ()
    (finding,) = audit(loose(image, "demo/l\u00e4ntbl.abi3.so")).findings
    assert finding.message == f"exports PyInitU_lntbl_1za instead of {hook}"


def test_a_weak_symbol_is_worth_knowing_only() -> None:
    image = STABLE._replace(
        imports=(Import("PyList_Size"), Import("_Py_Gone", weak=True))
    )
    (finding,) = audit(loose(image)).findings
    assert finding.severity is INFO
    assert finding.message.endswith("; weak, so it may be missing")


def test_waivers_set_findings_aside_and_stale_ones_are_told() -> None:
    waivers = (
        Waiver("_PyUnicode_*", "looked up behind a version check"),
        Waiver("_PyGone", "was needed once"),
        # Only machine code shows it, which a build does not read.
        Waiver("PyTypeObject.tp_*", "the same place on every version"),
    )
    report = audit(loose(elf("_PyUnicode_JoinArray")), waivers)
    assert [each.finding.code for each in report.waived] == ["ABI101"]
    assert report.waived[0].reason == "looked up behind a version check"
    (stale,) = report.findings
    assert (stale.code, stale.severity) == ("ABI701", WARNING)
    assert stale.message == "allowed, but not found (was needed once)"
    assert report.keeps_promise


def test_a_waiver_does_not_hide_a_wrong_name() -> None:
    audited = loose(STABLE, "demo/core.abi3-x86_64-linux-gnu.so")
    report = audit(audited, (Waiver("*", "everything"),))
    assert not report.keeps_promise


def test_the_lowest_floor_is_the_newest_symbol() -> None:
    report = audit(loose(elf("PyList_Size", "PyModule_AddObjectRef")))
    assert report.floor == PythonVersion(3, 10)
    assert audit(loose(STABLE)).floor == PythonVersion(3, 2)


@given(st.sets(st.sampled_from(sorted(stable_symbols())), max_size=20))
def test_a_lower_floor_never_finds_less(symbols: set[str]) -> None:
    audited = loose(elf(*symbols))
    found = [
        len(audit(audited._replace(promise=Promise(PythonVersion(3, minor)))).findings)
        for minor in (7, 9, 11, 13)
    ]
    assert found == sorted(found, reverse=True)


def test_every_rule_has_a_page_under_its_own_heading() -> None:
    for rule in RULES:
        page = rule_page(rule)
        assert page.startswith(f"# {rule.code} {rule.name}\n\n**")
        assert "## Why it matters" in page
        assert "## What to do" in page
        assert find_rule(rule.name) is rule is find_rule(rule.code.lower())
