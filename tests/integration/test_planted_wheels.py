"""Wheels of real binaries with one wrong name, tag or file each, and right ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from abi3build.audit.audit_input import audit_wheel
from abi3build.rules.finding import Severity
from workbench.planted_images import Recipe, Taken
from workbench.planted_wheels import (
    PLATFORMS,
    STABLE,
    Planted,
    at,
    beside,
    from_floor,
    library,
    module,
    module_name,
    write_wheel,
)

if TYPE_CHECKING:
    from pathlib import Path

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
GNU, ARM, PC, BIG = "linux-x86_64", "linux-aarch64", "linux-i686", "linux-s390x"
WIN, WIN32, WIN_ARM = "windows-x86_64", "windows-i686", "windows-arm64"
MAC, MAC_INTEL, MAC_BOTH = "macos-arm64", "macos-x86_64", "macos-universal2"
PUNYCODE = "l\u00e4ntbl".encode("punycode").decode().replace("-", "_")


NAMES = [
    ("ABI301", "core.cpython-311-x86_64-linux-gnu.so", Recipe(GNU)),
    ("ABI301", "core.cpython-311-darwin.so", Recipe(MAC)),
    ("ABI301", "core.cp311-win_amd64.pyd", Recipe(WIN)),
    ("ABI301", "core_d.pyd", Recipe(WIN32)),
    ("ABI302", "core.abi3-x86_64-linux-gnu.so", Recipe(GNU)),
    ("ABI302", "core.abi3t.so", Recipe(MAC)),
    ("ABI303", "core.abi3.so", Recipe(GNU, gives=())),
    ("ABI303", "core.pyd", Recipe(WIN, gives=())),
    ("ABI303", "other.abi3.so", Recipe(MAC)),
    ("ABI303", "l\u00e4ntbl.abi3.so", Recipe(GNU, gives=("PyInit_lantbl",))),
]
"""The name of the only module in a wheel with floor 3.9."""

MACHINES = [
    (GNU, "manylinux_2_17_aarch64", "x86_64"),
    (PC, "musllinux_1_2_x86_64", "i686"),
    (WIN, "win32", "x86_64"),
    (WIN32, "win_arm64", "i686"),
    (WIN_ARM, "win_amd64", "arm64"),
    (MAC, "macosx_11_0_x86_64", "arm64"),
    (MAC, "macosx_11_0_universal2", "x86_64"),
    (GNU, "macosx_11_0_x86_64", "x86_64"),
]
"""The system of a module, the tag of its wheel, and the machine too many or too few."""

OTHERS = [
    pytest.param(
        beside("demo/data.abi3.so", Recipe(GNU, (), gives=("help",))),
        ("ABI303", INFO, "data.abi3.so"),
        id="perhaps-no-module",
    ),
    pytest.param(
        beside("demo/core.so", Recipe(GNU)),
        ("ABI304", ERROR, "core.abi3.so"),
        id="twins-elf",
    ),
    pytest.param(
        beside("demo/core.so", Recipe(MAC)),
        ("ABI304", ERROR, "core.abi3.so"),
        id="twins-mach-o",
    ),
    pytest.param(
        replace(module(WIN), recorded="cp311-cp311-win_amd64"),
        ("ABI601", ERROR, "cp39-abi3-win_amd64"),
        id="renamed",
    ),
    pytest.param(
        replace(module(WIN), python="py3", requires_python=">=3.2"),
        ("ABI601", ERROR, "py3"),
        id="py3-abi3",
    ),
    pytest.param(
        replace(module(MAC), platform="any"),
        ("ABI601", ERROR, "any"),
        id="any-platform",
    ),
    pytest.param(
        replace(from_floor("3.15", at("demo/core.abi3t.so", Recipe(GNU))), abi="abi3t"),
        ("ABI601", WARNING, "abi3t"),
        id="abi3t-alone",
    ),
    pytest.param(
        replace(module(WIN), requires_python=">=3.8"),
        ("ABI602", INFO, ">=3.8"),
        id="requires-python-below",
    ),
    pytest.param(
        replace(module(MAC), requires_python=">=3.10"),
        ("ABI602", WARNING, ">=3.10"),
        id="requires-python-above",
    ),
    *(
        pytest.param(
            at(path, library(system)),
            ("ABI603", WARNING, f"cp39-abi3-{PLATFORMS[system]}"),
            id=f"not-needed-{system}",
        )
        for system, path in (
            (PC, "demo/libcore.so"),
            (WIN_ARM, "demo/core.dll"),
            (MAC_BOTH, "demo/core.dylib"),
        )
    ),
    *(
        pytest.param(
            replace(module(system), kept=0.7),
            ("ABI801", ERROR, module_name(system).rpartition("/")[2]),
            id=f"truncated-{system}",
        )
        for system in (GNU, WIN, MAC)
    ),
    pytest.param(
        Planted({"demo/core.abi3.so": b""}, PLATFORMS[GNU]),
        ("ABI801", ERROR, "core.abi3.so"),
        id="empty",
    ),
    pytest.param(
        Planted({"demo/core.pyd": b"version https://git-lfs\n"}, PLATFORMS[WIN]),
        ("ABI801", ERROR, "core.pyd"),
        id="text",
    ),
]

PROVIDED = [
    (GNU, "libside.so.6", "demo/libside.so.6"),
    (WIN, "side.dll", "demo/side.dll"),
    (MAC, "@rpath/libside.dylib", "demo/libside.dylib"),
]
"""A system, and a bundled library by the name that modules use and by its path."""


def provided(system: str, name: str, path: str) -> Planted:
    """Describe a wheel whose module takes a ``Py`` name from a bundled library."""
    taken = Taken(("PySide_Init",), name)
    members = {
        module_name(system): Recipe(system, (*STABLE, taken)),
        path: Recipe(system, gives=("PySide_Init",), install_name=name),
    }
    return Planted(members, PLATFORMS[system])


GOOD = [
    *(pytest.param(module(system), id=f"stable-{system}") for system in PLATFORMS),
    pytest.param(at("demo/core.so", Recipe(GNU)), id="plain-name"),
    pytest.param(
        at(
            "demo/l\u00e4ntbl.abi3.so",
            Recipe(MAC, gives=(f"PyInitU_{PUNYCODE}",)),
        ),
        id="name-beyond-ascii",
    ),
    *(
        pytest.param(
            from_floor(
                "3.15",
                at(
                    module_name(system),
                    Recipe(system, gives=(), slots="PyModExport_core"),
                ),
            ),
            id=f"made-from-slots-{system}",
        )
        for system in (GNU, WIN, MAC)
    ),
    pytest.param(
        replace(
            from_floor("3.15", at("demo/core.abi3t.so", Recipe(MAC))), abi="abi3.abi3t"
        ),
        id="abi3.abi3t",
    ),
    *(
        pytest.param(
            at(
                module_name(system),
                Recipe(system, gives=("PyInit_core", "PyOwn_New")),
            ),
            id=f"own-exports-{system}",
        )
        for system in (GNU, WIN, MAC)
    ),
    *(
        pytest.param(
            provided(system, name, path), id=f"provided-by-a-bundled-library-{system}"
        )
        for system, name, path in PROVIDED
    ),
    *(
        pytest.param(
            at(module_name(system), Recipe(system, weakly=("PyLong_FromLong",))),
            id=f"weak-{system}",
        )
        for system in (GNU, BIG, MAC)
    ),
    pytest.param(
        from_floor("3.10", module(WIN, "PyModule_AddObjectRef")),
        id="as-old-as-the-floor",
    ),
    pytest.param(
        beside("demo/tool", Recipe(BIG, (), gives=("help",))),
        id="helper-beside-it",
    ),
]


def found(planted: Planted, folder: Path) -> list[tuple[str, Severity, str]]:
    report = audit_wheel(write_wheel(planted, folder))
    return [(each.code, each.severity, each.what) for each in report.findings]


@pytest.mark.parametrize(("code", "name", "recipe"), NAMES)
def test_a_wrong_name_raises_its_rule_and_no_other(
    code: str, name: str, recipe: Recipe, tmp_path: Path
) -> None:
    planted = at(f"demo/{name}", recipe)
    assert found(planted, tmp_path) == [(code, ERROR, name)]


@pytest.mark.parametrize(("system", "platform", "machine"), MACHINES)
def test_a_wrong_machine_raises_its_rule_and_no_other(
    system: str, platform: str, machine: str, tmp_path: Path
) -> None:
    planted = replace(module(system), platform=platform)
    assert found(planted, tmp_path) == [("ABI604", ERROR, machine)]


@pytest.mark.parametrize(("planted", "expected"), OTHERS)
def test_other_planted_faults_raise_their_rule_and_no_other(
    planted: Planted, expected: tuple[str, Severity, str], tmp_path: Path
) -> None:
    assert found(planted, tmp_path) == [expected]


@pytest.mark.parametrize("planted", GOOD)
def test_what_keeps_its_promise_raises_nothing(
    planted: Planted, tmp_path: Path
) -> None:
    assert found(planted, tmp_path) == []
