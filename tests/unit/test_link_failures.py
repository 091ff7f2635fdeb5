"""Functions that linkers of Windows do not find, in the words of each."""

from __future__ import annotations

import pytest

from abi3build.setuptools_plugin.link_failures import explain_link, missing_libraries
from abi3build.versions import PythonVersion

LLVM = """\
lld-link: error: undefined symbol: __declspec(dllimport) PyThread_allocate_lock
>>> referenced by core.obj:(PyInit_core)
>>> referenced by core.obj:(other)
lld-link: error: undefined symbol: compress
"""
GNU = """\
ld: core.o:core.c:(.text+0x26): undefined reference to `__imp_PyLong_AsInt'
ld: core.o:core.c:(.text+0x36): undefined reference to `__imp_PyLong_AsInt'
collect2: error: ld returned 1 exit status
"""
PRIVATE = "undefined reference to `__imp__PyLong_Sign'"
# The form that Microsoft documents for LNK2019.
MICROSOFT = """\
core.obj : error LNK2019: unresolved external symbol __imp__PyUnstable_Module_SetGIL \
referenced in function PyInit_core
"""


@pytest.mark.parametrize(
    ("output", "lines"),
    [
        pytest.param(
            LLVM,
            [
                "PyThread_allocate_lock: not in python3.dll of Python 3.9",
                'hint: min-python = "3.10" settles PyThread_allocate_lock on Windows',
            ],
            id="LLVM",
        ),
        pytest.param(
            GNU,
            [
                "PyLong_AsInt: not in python3.dll of Python 3.9",
                'hint: min-python = "3.13" settles PyLong_AsInt on Windows',
            ],
            id="GNU",
        ),
        pytest.param(
            MICROSOFT,
            [
                "PyUnstable_Module_SetGIL: not in python3.dll of Python 3.9",
                "hint: `abi3build symbol PyUnstable_Module_SetGIL` shows what to use"
                " instead",
            ],
            id="Microsoft, 32 bits",
        ),
        pytest.param(
            PRIVATE,
            [
                "_PyLong_Sign: not in python3.dll of Python 3.9",
                "hint: `abi3build symbol _PyLong_Sign` shows what to use instead",
            ],
            id="private",
        ),
        pytest.param("ld: cannot find -lz: No such file", [], id="something else"),
    ],
)
def test_functions_that_are_not_found(output: str, lines: list[str]) -> None:
    assert explain_link(output, PythonVersion(3, 9)) == lines


@pytest.mark.parametrize(
    "output",
    [
        "/usr/bin/ld: cannot find -lz: No such file or directory",
        "ld.lld: error: unable to find library -lz",
        "ld: library not found for -lz",
        "ld: library 'z' not found",
        "lld-link: error: could not open 'z.lib': no such file or directory",
        "LINK : fatal error LNK1181: cannot open input file 'z.lib'",
        "LINK : fatal error LNK1104: cannot open file 'z.lib'",
    ],
)
def test_libraries_that_are_not_found(output: str) -> None:
    assert missing_libraries(f"{output}\n{output}\ncollect2: error\n") == ["z"]
