"""What the audit says of wheels and modules for free-threaded Pythons (PEP 803)."""

from __future__ import annotations

import pytest

from abi3build.audit.report import audit
from abi3build.binaries.cpython_contents import AbiInformation
from abi3build.binaries.image import BinaryFile, BinaryFormat, Image, Import
from abi3build.rules.audited_files import AuditedFiles
from abi3build.versions import Promise, PythonVersion
from abi3build.wheels.wheel import Wheel, parse_wheel_name, promise_of

GIL, FREE_THREADED, BOTH = 3, 5, 7
"""``PyABIInfo_STABLE`` with one of the other two flags, or with both."""

COMPILE = "compile every source with Py_TARGET_ABI3T=0x030F0000"
TWO_KINDS = (
    "tag the wheel cp315-abi3.abi3t, or build two kinds of wheels: {0}-abi3, and a"
    " version-specific one with each free-threaded Python"
)

PROMISE = Promise(PythonVersion(3, 15), free_threaded=True)
GIL_PROMISE = Promise(PythonVersion(3, 9))

Row = tuple[str, str, str, str]
"""The code, subject, message and hint of a finding."""


def information(flags: int, abi_version: int = 0x030F0000) -> AbiInformation:
    return AbiInformation(flags, 0x030F02F0, abi_version)


MODULE = Image(
    BinaryFormat.ELF,
    "x86_64",
    imports=(Import("PyList_Size"),),
    exports=("PyModExport_core",),
    abi_information=(information(BOTH),),
)
OLD_MODULE = MODULE._replace(exports=("PyInit_core",), abi_information=())


def dll(library: str) -> Image:
    return MODULE._replace(
        format=BinaryFormat.PE,
        imports=(Import("PyList_Size", library),),
        libraries=(library,),
    )


def loose(
    image: Image, name: str = "core.abi3t.so", promise: Promise = PROMISE
) -> AuditedFiles:
    return AuditedFiles(name, promise, (BinaryFile(name, (image,)),))


def wheel(tag: str, image: Image = MODULE, name: str = "core.abi3t.so") -> AuditedFiles:
    filename = f"demo-1.0-{tag}-linux_x86_64.whl"
    distribution, version, tags = parse_wheel_name(filename)
    promise = promise_of(tags)
    assert promise is not None
    described = Wheel(filename, distribution, version, tags, tags.expand())
    return AuditedFiles(filename, promise, (BinaryFile(name, (image,)),), described)


def rows(audited: AuditedFiles) -> list[Row]:
    return [
        (each.code, each.what, each.message, each.hint)
        for each in audit(audited).findings
    ]


@pytest.mark.parametrize(
    "audited",
    [
        pytest.param(wheel("cp315-abi3.abi3t"), id="wheel"),
        pytest.param(wheel("cp316-abi3.abi3t"), id="later-floor"),
        pytest.param(
            wheel("cp315-abi3.abi3t", name="core.abi3t-x86_64-linux-gnu.so"),
            id="platform-name",
        ),
        pytest.param(wheel("cp315-abi3.abi3t", name="core.so"), id="plain-name"),
        pytest.param(wheel("cp315-abi3"), id="more-than-the-tag-says"),
        pytest.param(loose(dll("python3t.dll"), "core.pyd"), id="python3t-dll"),
        pytest.param(
            loose(MODULE._replace(abi_information=(information(0, 0),))),
            id="information-that-says-nothing",
        ),
        pytest.param(
            loose(MODULE._replace(abi_information=(information(1),))),
            id="information-that-names-no-kind",
        ),
        pytest.param(
            loose(
                MODULE._replace(
                    exports=("PyInit_core", "PyModExport_core"),
                    imports=(Import("PyModuleDef_Init"),),
                )
            ),
            id="init-function-that-abi3t-does-not-call",
        ),
        pytest.param(
            loose(
                MODULE._replace(
                    exports=("PyInit_core", "PyModExport_core"),
                    imports=(Import("PyModuleDef_Init"),),
                    abi_information=(information(GIL),),
                ),
                "core.abi3.so",
                GIL_PROMISE,
            ),
            id="slots-for-newer-pythons-only",
        ),
    ],
)
def test_right_things_raise_nothing(audited: AuditedFiles) -> None:
    assert rows(audited) == []


INFORMATION = [
    pytest.param(
        information(GIL), "is for GIL-enabled Pythons only", id="compiled-for-abi3"
    ),
    pytest.param(
        information(FREE_THREADED),
        "is for free-threaded Pythons only",
        id="free-threaded-alone",
    ),
    pytest.param(information(2), "is for Python 3.15 only", id="not-limited"),
    pytest.param(information(15), "is for Python 3.15 only", id="internal"),
    pytest.param(
        information(BOTH, 0x03100000),
        "is for Python 3.16 and later, but the promise is for 3.15",
        id="above-the-floor",
    ),
]


@pytest.mark.parametrize(("said", "message"), INFORMATION)
def test_a_module_that_is_for_other_pythons(said: AbiInformation, message: str) -> None:
    audited = loose(MODULE._replace(abi_information=(said,)))
    assert rows(audited) == [("ABI601", "PyABIInfo", message, COMPILE)]


def test_a_module_made_from_slots_without_information_is_unproven() -> None:
    (finding,) = audit(loose(MODULE._replace(abi_information=()))).findings
    assert (finding.code, finding.severity.value, finding.message) == (
        "ABI601",
        "warning",
        "not found, but Python rejects modules made from slots without it",
    )


EARLY = (
    "abi3t starts with Python 3.15, but installers also use this tag for free-threaded"
    " 3.13 and 3.14"
)


@pytest.mark.parametrize(
    ("name", "keeps"),
    [
        pytest.param("core.so", True, id="name-that-all-look-for"),
        pytest.param("core.abi3t.so", False, id="name-of-3.15"),
        pytest.param("core.abi3.so", False, id="name-of-gil-enabled-ones"),
    ],
)
def test_an_early_abi3t_tag_is_an_error_only_if_the_file_shows_it(
    name: str, *, keeps: bool
) -> None:
    report = audit(wheel("cp313-abi3.abi3t", OLD_MODULE, name))
    assert report.keeps_promise is keeps
    assert {
        each.severity.value for each in report.findings if each.code == "ABI601"
    } == {"warning"}


FOUND = [
    pytest.param(
        wheel("cp39-abi3.abi3t", OLD_MODULE, "core.so"),
        [
            (
                "ABI601",
                "cp39-abi3t",
                EARLY,
                TWO_KINDS.format("cp39"),
            )
        ],
        id="tag-before-abi3t",
    ),
    pytest.param(
        wheel("cp314-abi3.abi3t"),
        [
            (
                "ABI601",
                "cp314-abi3t",
                EARLY,
                TWO_KINDS.format("cp314"),
            ),
            (
                "ABI302",
                "core.abi3t.so",
                "Pythons before 3.15 do not look for .abi3t.so",
                'set min-python = "3.15", the first version with abi3t',
            ),
            (
                "ABI303",
                "core.abi3t.so",
                (
                    "exports only PyModExport_core, which Pythons before 3.15 do not"
                    " call"
                ),
                'export PyInit_core too, or set min-python = "3.15"',
            ),
        ],
        id="good-file-under-an-early-tag",
    ),
    pytest.param(
        wheel("cp315-abi3t"),
        [
            (
                "ABI601",
                "abi3t",
                "GIL-enabled Pythons load abi3t too, but installers do not accept this"
                " tag alone",
                "tag the wheel cp315-abi3.abi3t",
            )
        ],
        id="abi3t-alone",
    ),
    pytest.param(
        wheel("cp313-abi3t", OLD_MODULE, "core.so"),
        [
            (
                "ABI601",
                "abi3t",
                "GIL-enabled Pythons load abi3t too, but installers do not accept this"
                " tag alone",
                "tag the wheel cp315-abi3.abi3t",
            ),
            (
                "ABI601",
                "cp313-abi3t",
                EARLY,
                TWO_KINDS.format("cp313"),
            ),
        ],
        id="abi3t-alone-and-early",
    ),
    pytest.param(
        loose(MODULE, "core.abi3.so"),
        [
            (
                "ABI302",
                "core.abi3.so",
                "free-threaded Pythons do not look for .abi3.so",
                "rename it to core.abi3t.so, which 3.15 and later import",
            )
        ],
        id="name-of-abi3",
    ),
    pytest.param(
        loose(MODULE, "core.cpython-315t-x86_64-linux-gnu.so"),
        [
            (
                "ABI301",
                "core.cpython-315t-x86_64-linux-gnu.so",
                "only the Python named in it imports the file",
                "it was most likely compiled for that Python only: build it with"
                " Py_LIMITED_API, as core.abi3t.so",
            )
        ],
        id="version-specific-name",
    ),
    pytest.param(
        loose(MODULE, "core.abi3.so", GIL_PROMISE),
        [
            (
                "ABI303",
                "core.abi3.so",
                (
                    "exports only PyModExport_core, which Pythons before 3.15 do not"
                    " call"
                ),
                'export PyInit_core too, or set min-python = "3.15"',
            )
        ],
        id="slots-below-3.15",
    ),
    pytest.param(
        loose(OLD_MODULE._replace(imports=(Import("PyModuleDef_Init"),))),
        [
            (
                "ABI101",
                "PyModuleDef_Init",
                "outside abi3t: takes a PyModuleDef, whose layout is hidden",
                f"{COMPILE}, and make the module from slots (PyModExport_ instead of"
                " PyInit_)",
            )
        ],
        id="module-definition",
    ),
    pytest.param(
        loose(MODULE._replace(imports=(Import("_Py_Dealloc"),))),
        [
            (
                "ABI101",
                "_Py_Dealloc",
                "outside abi3t: comes from an inlined Py_DECREF",
                COMPILE,
            )
        ],
        id="inlined-reference-count",
    ),
    pytest.param(
        loose(dll("python3.dll"), "core.pyd"),
        [
            (
                "ABI203",
                "python3.dll",
                "free-threaded Pythons have python3t.dll instead",
                "define Py_TARGET_ABI3T before Python.h, which then requests it",
            )
        ],
        id="python3-dll",
    ),
    pytest.param(
        loose(
            dll("python3t.dll")._replace(exports=("PyInit_core",), abi_information=()),
            "core.pyd",
            GIL_PROMISE,
        ),
        [
            (
                "ABI203",
                "python3t.dll",
                "GIL-enabled Pythons before 3.15 do not have it",
                "define Py_LIMITED_API without Py_TARGET_ABI3T and Py_GIL_DISABLED",
            )
        ],
        id="python3t-dll-below-3.15",
    ),
]


@pytest.mark.parametrize(("audited", "expected"), FOUND)
def test_each_fault_is_told_with_its_reason(
    audited: AuditedFiles, expected: list[Row]
) -> None:
    assert rows(audited) == expected


@pytest.mark.parametrize(
    ("exports", "floor"),
    [
        (("PyModExport_core",), PythonVersion(3, 15)),
        (("PyModExportU_kr_jva",), PythonVersion(3, 15)),
        (("PyInit_core", "PyModExport_core"), PythonVersion(3, 2)),
        (("PyInit_core",), PythonVersion(3, 2)),
    ],
)
def test_slots_alone_need_the_first_python_that_reads_them(
    exports: tuple[str, ...], floor: PythonVersion
) -> None:
    assert audit(loose(MODULE._replace(exports=exports))).floor == floor
