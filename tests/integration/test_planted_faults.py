"""Real binaries of every format, each with one planted fault or with none."""

from __future__ import annotations

import tempfile
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from planted_images import Recipe, Taken, make_image

from abi3build.auditing import audit_wheel
from abi3build.rules.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Build = Callable[["Planted"], Path]

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
GNU, ARM, PC = "linux-x86_64", "linux-aarch64", "linux-i686"
WIN, WIN32, WIN_ARM = "windows-x86_64", "windows-i686", "windows-arm64"
MAC, MAC_INTEL, MAC_BOTH = "macos-arm64", "macos-x86_64", "macos-universal2"

PLATFORMS = {
    ARM: "manylinux_2_17_aarch64.manylinux2014_aarch64",
    GNU: "manylinux_2_17_x86_64.manylinux2014_x86_64",
    MAC: "macosx_11_0_arm64",
    MAC_BOTH: "macosx_10_13_universal2",
    MAC_INTEL: "macosx_10_13_x86_64",
    PC: "musllinux_1_2_i686",
    WIN: "win_amd64",
    WIN32: "win32",
    WIN_ARM: "win_arm64",
    "linux-s390x": "manylinux_2_28_s390x",
}
STABLE = (Taken(("PyList_Size",)),)
NOTHING: tuple[Taken, ...] = ()
PUNYCODE = "l\u00e4ntbl".encode("punycode").decode().replace("-", "_")


@dataclass(frozen=True)
class Planted:
    """Describe a wheel: its images by their paths, and what it says of itself."""

    images: Mapping[str, Recipe | bytes]
    platform: str
    python: str = "cp39"
    abi: str = "abi3"
    requires_python: str = ">=3.9"
    recorded: str = ""
    """The tag in the WHEEL file where it is not the one in the file name."""

    kept: float = 1.0
    """How much of each image is there."""


def named(system: str) -> str:
    return "demo/core.pyd" if system.startswith("windows") else "demo/core.abi3.so"


def module(system: str, *symbols: str, library: str = "", **more: object) -> Planted:
    """Describe a wheel with one module that takes some symbols from one library."""
    recipe = Recipe(system, (*STABLE, Taken(symbols, library)))
    return wheel({named(system): recipe}, PLATFORMS[system], **more)


def bound(system: str, library: str, **how: bool) -> Planted:
    """Describe a wheel with one module that takes all from one library."""
    taken = Taken(("PyList_Size", "PyLong_FromLong"), library, **how)
    return wheel({named(system): Recipe(system, (taken,))}, PLATFORMS[system])


def at(path: str, system: str, gives: str = "PyInit_core", **more: object) -> Planted:
    """Describe a wheel with one right module under some path."""
    recipe = Recipe(system, gives=(gives,) if gives else ())
    return wheel({path: recipe}, PLATFORMS[system], **more)


def beside(path: str, added: Recipe, **more: object) -> Planted:
    """Describe a wheel with a right module and one more image."""
    right = Recipe(added.system)
    images = {named(added.system): right, path: added}
    return wheel(images, PLATFORMS[added.system], **more)


def wheel(
    images: Mapping[str, Recipe | bytes], platform: str, **more: object
) -> Planted:
    return Planted(images, platform, **more)  # type: ignore[arg-type]


def library(system: str, *symbols: str, gives: tuple[str, ...] = ("help",)) -> Recipe:
    """Describe a library that is no module."""
    takes = (Taken(symbols),) if symbols else ()
    return Recipe(system, takes, gives=gives)


def row(
    name: str,
    planted: Planted,
    code: str,
    subject: str,
    severity: Severity = ERROR,
    *,
    architecture: str = "",
) -> object:
    return pytest.param(planted, (code, severity, subject, architecture), id=name)


FAULTS = [
    # A symbol that CPython has, outside the stable ABI
    *(
        row(f"{symbol}-{system}", module(system, symbol), "ABI101", symbol)
        for symbol, systems in {
            "_PyUnicode_JoinArray": (GNU, "linux-s390x", WIN, MAC),
            "_PyRWMutex_Lock": (ARM, WIN_ARM, MAC_INTEL),
            "PyUnicode_New": (PC, WIN32, MAC),
            "PyUnstable_Code_New": (GNU, WIN, MAC),
        }.items()
        for system in systems
    ),
    row(
        "private-in-bundled-so",
        beside("demo.libs/libhelp-0a1b.so.6", library(GNU, "_PyLong_AsByteArray")),
        "ABI101",
        "_PyLong_AsByteArray",
    ),
    row(
        "private-in-bundled-dylib",
        beside("demo/.dylibs/libhelp.dylib", library(MAC, "_PyLong_AsByteArray")),
        "ABI101",
        "_PyLong_AsByteArray",
    ),
    row(
        "private-in-bundled-dll",
        beside("demo.libs/help-0a1b.dll", library(WIN, "_PyLong_AsByteArray")),
        "ABI101",
        "_PyLong_AsByteArray",
    ),
    row(
        "private-in-one-slice",
        wheel(
            {named(MAC_BOTH): Recipe(MAC_BOTH, only_in_arm64=("_PyUnicode_JoinArray",))},
            PLATFORMS[MAC_BOTH],
        ),
        "ABI101",
        "_PyUnicode_JoinArray",
        architecture="arm64",
    ),
    # A symbol that entered the stable ABI after the floor
    *(
        row(f"newer-{system}", module(system, symbol), "ABI102", symbol)
        for system, symbol in {
            GNU: "PyModule_AddObjectRef",
            ARM: "PyLong_AsInt",
            WIN: "PyModule_AddObjectRef",
            WIN32: "PyBuffer_FillInfo",
            MAC: "PyType_GetModuleByDef",
        }.items()
    ),
    row(
        "newer-than-the-lowest-of-the-tags",
        module(GNU, "PyModule_AddObjectRef", python="cp311.cp39"),
        "ABI102",
        "PyModule_AddObjectRef",
    ),
    row(
        "newer-by-one",
        module(MAC, "PyBuffer_FillInfo", python="cp310", requires_python=">=3.10"),
        "ABI102",
        "PyBuffer_FillInfo",
    ),
    # A symbol that the platform's CPython lacks
    *(
        row(f"{symbol}-{system}", module(system, symbol), "ABI103", symbol)
        for system, symbol in (
            (GNU, "PyErr_SetFromWindowsErr"),
            (MAC, "PyExc_WindowsError"),
            (ARM, "PyOS_CheckStack"),
            (WIN, "PyOS_AfterFork_Child"),
            (WIN_ARM, "PyOS_BeforeFork"),
            (WIN, "PyThread_allocate_lock"),
            (WIN32, "PyCFunction_New"),
        )
    ),
    *(
        row(
            f"{symbol}-{system}",
            module(system, symbol, python="cp310", requires_python=">=3.10"),
            "ABI103",
            symbol,
        )
        for system, symbol in (
            (GNU, "_Py_NegativeRefcount"),
            (MAC, "_Py_RefTotal"),
            (WIN, "_Py_RefTotal"),
        )
    ),
    # A name that no CPython has
    *(
        row(f"{symbol}-{system}", module(system, symbol), "ABI104", symbol)
        for system, symbol in (
            (GNU, "PyList_GET_SIZE"),
            (WIN, "PyTuple_GET_ITEM"),
            (MAC, "PyBytes_AS_STRING"),
            (GNU, "PyLits_Size"),
            (WIN32, "PyLits_Size"),
            (MAC_INTEL, "PyLits_Size"),
        )
    ),
    # The library of one Python
    *(
        row(f"{name}-{system}", bound(system, name), "ABI201", name)
        for system, name in (
            (GNU, "libpython3.11.so.1.0"),
            (ARM, "libpython3.so"),
            (WIN, "python311.dll"),
            (WIN32, "python313t.dll"),
            (WIN_ARM, "PYTHON312.DLL"),
            (WIN, "libpython3.11.dll"),
            (MAC_INTEL, "libpython3.11.dylib"),
        )
    ),
    row("delayed", bound(WIN, "python311.dll", delayed=True), "ABI201", "python311.dll"),
    row(
        "ordinals",
        bound(WIN32, "python311.dll", by_ordinal=True),
        "ABI201",
        "python311.dll",
    ),
    row(
        "framework",
        bound(MAC, "/Library/Frameworks/Python.framework/Versions/3.11/Python"),
        "ABI201",
        "Python",
    ),
    *(
        row(f"{name}-{system}", bound(system, name), "ABI202", name)
        for system, name in (
            (GNU, "libpython3.11d.so.1.0"),
            (WIN, "python3_d.dll"),
            (WIN_ARM, "python311_d.dll"),
        )
    ),
    # A stable symbol from a stranger
    *(
        row(
            f"stranger-{system}",
            module(system, "PyLong_FromLong", library=name),
            "ABI203",
            "PyLong_FromLong",
        )
        for system, name in (
            (WIN, "pypy3.9.dll"),
            (MAC, "/usr/local/lib/libother.dylib"),
        )
    ),
    # A name that some promised Python does not look for
    *(
        row(f"{path}-{system}", at(f"demo/{path}", system), code, path)
        for system, path, code in (
            (GNU, "core.cpython-311-x86_64-linux-gnu.so", "ABI301"),
            (MAC, "core.cpython-311-darwin.so", "ABI301"),
            (WIN, "core.cp311-win_amd64.pyd", "ABI301"),
            (WIN32, "core_d.pyd", "ABI301"),
            (GNU, "core.abi3-x86_64-linux-gnu.so", "ABI302"),
            (MAC, "core.abi3t.so", "ABI302"),
        )
    ),
    # A module that Python cannot start
    row(
        "no-init-elf",
        at("demo/core.abi3.so", GNU, gives=""),
        "ABI303",
        "core.abi3.so",
    ),
    row("no-init-pe", at("demo/core.pyd", WIN, gives=""), "ABI303", "core.pyd"),
    row(
        "init-of-another-name",
        at("demo/other.abi3.so", MAC),
        "ABI303",
        "other.abi3.so",
    ),
    row(
        "init-in-ascii-for-another-name",
        at("demo/l\u00e4ntbl.abi3.so", GNU, gives="PyInit_lantbl"),
        "ABI303",
        "l\u00e4ntbl.abi3.so",
    ),
    row(
        "perhaps-no-module",
        beside("demo/data.abi3.so", library(GNU)),
        "ABI303",
        "data.abi3.so",
        INFO,
    ),
    row("twins-elf", beside("demo/core.so", Recipe(GNU)), "ABI304", "core.abi3.so"),
    row("twins-mach-o", beside("demo/core.so", Recipe(MAC)), "ABI304", "core.abi3.so"),
    # A wheel that says one thing and has another
    row(
        "renamed",
        at("demo/core.abi3.so", GNU, recorded="cp311-cp311-linux_x86_64"),
        "ABI601",
        "cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64",
    ),
    row(
        "py3-abi3",
        at("demo/core.pyd", WIN, python="py3", requires_python=">=3.2"),
        "ABI601",
        "py3",
    ),
    row(
        "any-platform",
        wheel({"demo/core.abi3.so": Recipe(MAC)}, "any"),
        "ABI601",
        "any",
    ),
    row(
        "abi3t-alone",
        at(
            "demo/core.abi3t.so",
            GNU,
            python="cp315",
            abi="abi3t",
            requires_python=">=3.15",
        ),
        "ABI601",
        "abi3t",
        WARNING,
    ),
    row(
        "requires-python-below",
        at("demo/core.pyd", WIN, requires_python=">=3.8"),
        "ABI602",
        ">=3.8",
        WARNING,
    ),
    row(
        "requires-python-above",
        at("demo/core.abi3.so", MAC, requires_python=">=3.10"),
        "ABI602",
        ">=3.10",
        WARNING,
    ),
    *(
        row(
            f"not-needed-{system}",
            wheel({path: library(system)}, PLATFORMS[system]),
            "ABI603",
            f"cp39-abi3-{PLATFORMS[system]}",
            WARNING,
        )
        for system, path in (
            (PC, "demo/libcore.so"),
            (WIN_ARM, "demo/core.dll"),
            (MAC_BOTH, "demo/core.dylib"),
        )
    ),
    # The machine code of another machine
    *(
        row(
            f"{machine}-in-{platform}",
            wheel({named(system): Recipe(system)}, platform),
            "ABI604",
            machine,
        )
        for system, platform, machine in (
            (GNU, "manylinux_2_17_aarch64", "x86_64"),
            (PC, "musllinux_1_2_x86_64", "i686"),
            (WIN, "win32", "x86_64"),
            (WIN32, "win_arm64", "i686"),
            (WIN_ARM, "win_amd64", "arm64"),
            (MAC, "macosx_11_0_x86_64", "arm64"),
            (MAC, "macosx_11_0_universal2", "x86_64"),
            (GNU, "macosx_11_0_x86_64", "x86_64"),
        )
    ),
    # What cannot be read
    *(
        row(
            f"truncated-{system}",
            wheel({named(system): Recipe(system)}, PLATFORMS[system], kept=0.7),
            "ABI801",
            named(system).rpartition("/")[2],
        )
        for system in (GNU, WIN, MAC)
    ),
    row(
        "empty",
        wheel({"demo/core.abi3.so": b""}, PLATFORMS[GNU]),
        "ABI801",
        "core.abi3.so",
    ),
    row(
        "text",
        wheel({"demo/core.pyd": b"version https://git-lfs\n"}, PLATFORMS[WIN]),
        "ABI801",
        "core.pyd",
    ),
]


GOOD = [
    *(
        pytest.param(at(named(system), system), id=f"stable-{system}")
        for system in PLATFORMS
    ),
    pytest.param(at("demo/core.so", GNU), id="plain-name"),
    pytest.param(
        at(
            "demo/l\u00e4ntbl.abi3.so",
            MAC,
            gives=f"PyInitU_{PUNYCODE}",
        ),
        id="name-beyond-ascii",
    ),
    pytest.param(
        at(
            "demo/core.abi3.so",
            GNU,
            gives="PyModExport_core",
            python="cp315",
            requires_python=">=3.15",
        ),
        id="module-export",
    ),
    pytest.param(
        at(
            "demo/core.abi3t.so",
            MAC,
            python="cp315",
            abi="abi3.abi3t",
            requires_python=">=3.15",
        ),
        id="abi3.abi3t",
    ),
    *(
        pytest.param(
            wheel(
                {named(system): Recipe(system, gives=("PyInit_core", "PyOwn_New"))},
                PLATFORMS[system],
            ),
            id=f"own-exports-{system}",
        )
        for system in (GNU, WIN, MAC)
    ),
    *(
        pytest.param(
            wheel(
                {
                    named(system): Recipe(
                        system, (*STABLE, Taken(("PySide_Init",), provider))
                    ),
                    path: Recipe(
                        system, gives=("PySide_Init",), install_name=provider
                    ),
                },
                PLATFORMS[system],
            ),
            id=f"bundled-provider-{system}",
        )
        for system, provider, path in (
            (GNU, "libside.so.6", "demo/libside.so.6"),
            (WIN, "side.dll", "demo/side.dll"),
            (MAC, "@rpath/libside.dylib", "demo/libside.dylib"),
        )
    ),
    *(
        pytest.param(
            wheel(
                {named(system): Recipe(system, weakly=("PyLong_FromLong", "optional"))},
                PLATFORMS[system],
            ),
            id=f"weak-{system}",
        )
        for system in (GNU, ARM, MAC)
    ),
    pytest.param(
        module(WIN, "PyModule_AddObjectRef", python="cp310", requires_python=">=3.10"),
        id="as-old-as-the-floor",
    ),
    pytest.param(
        beside("demo/tool", library("linux-s390x")), id="helper-for-another-machine"
    ),
]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Write wheels; equal images are linked once."""
    kitchen = tmp_path_factory.mktemp("images")

    @cache
    def image(recipe: Recipe) -> bytes:
        return make_image(recipe, Path(tempfile.mkdtemp(dir=kitchen)))

    def build_wheel(planted: Planted) -> Path:
        tag = f"{planted.python}-{planted.abi}-{planted.platform}"
        recorded = planted.recorded or tag
        members = {
            path: image(made) if isinstance(made, Recipe) else made
            for path, made in planted.images.items()
        }
        path = tmp_path_factory.mktemp("wheel") / f"demo-1.0-{tag}.whl"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("demo-1.0.dist-info/WHEEL", _words(recorded))
            archive.writestr(
                "demo-1.0.dist-info/METADATA",
                f"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"
                f"Requires-Python: {planted.requires_python}\n",
            )
            for member, data in members.items():
                archive.writestr(member, data[: int(len(data) * planted.kept)])
        return path

    return build_wheel


def _words(tag: str) -> str:
    pythons, abis, platforms = (part.split(".") for part in tag.split("-"))
    lines = [
        f"Tag: {python}-{abi}-{platform}\n"
        for python in pythons
        for abi in abis
        for platform in platforms
    ]
    return "".join(["Wheel-Version: 1.0\nRoot-Is-Purelib: false\n", *lines])


@pytest.mark.parametrize(("planted", "expected"), FAULTS)
def test_a_planted_fault_raises_its_rule_and_no_other(
    planted: Planted, expected: tuple[str, Severity, str, str], build: Build
) -> None:
    report = audit_wheel(build(planted))
    assert [
        (found.code, found.severity, found.subject, found.architecture)
        for found in report.findings
    ] == [expected]
    assert report.keeps_promise is (expected[1] is not ERROR)


@pytest.mark.parametrize("planted", GOOD)
def test_what_keeps_its_promise_raises_nothing(planted: Planted, build: Build) -> None:
    report = audit_wheel(build(planted))
    assert report.findings == ()
    assert len(report.images) >= len(planted.images)


def test_the_set_is_as_large_as_promised() -> None:
    """At least 40 binaries with a fault over the three formats, 10 without one."""
    assert len(FAULTS) >= 40
    assert len(GOOD) >= 10
