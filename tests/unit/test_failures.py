"""What a failed compile says, in the words of GCC, Clang and Microsoft's compiler."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from abi3build.setuptools_plugin.compile_failures import diagnose
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from pathlib import Path

INCLUDED_BY_GCC = """\
In file included from /py/Python.h:10,
                 from own/first.h:3,
                 from core.c:1:
/py/listobject.h:5:2: warning: old news
In file included from /py/frameobject.h:17,
                 from own/second.h:4,
                 from core.c:2:
/py/cpython/frameobject.h:45:5: error: 'CO_MAXBLOCKS' undeclared here
   45 |     int blocks[CO_MAXBLOCKS];
"""
INCLUDED_BY_CLANG = """\
In file included from core.c:2:
In file included from own/second.h:4:
In file included from /py/frameobject.h:17:
/py/cpython/frameobject.h:45:5: error: 'CO_MAXBLOCKS' undeclared here
    int blocks[CO_MAXBLOCKS];
"""
UNDECLARED = "hint: for PyList_GET_SIZE use PyList_Size (stable since 3.2)"


@pytest.mark.parametrize(
    ("output", "lines"),
    [
        pytest.param(
            output,
            [
                "own/second.h:4: 'CO_MAXBLOCKS' undeclared here"
                " (inside /py/cpython/frameobject.h:45)"
            ],
            id=name,
        )
        for name, output in (
            ("inside-gcc", INCLUDED_BY_GCC),
            ("inside-clang", INCLUDED_BY_CLANG),
        )
    ]
    + [
        pytest.param(
            "core.c:7:9: error: implicit declaration of function 'PyList_GET_SIZE'; did"
            " you mean 'PyList_Size'? [-Werror=implicit-function-declaration]\n",
            [
                "core.c:7: implicit declaration of function 'PyList_GET_SIZE'",
                UNDECLARED,
            ],
            id="undeclared-gcc",
        ),
        pytest.param(
            "core.c:7:9: error: call to undeclared function 'PyList_GET_SIZE'; ISO C99"
            " and later do not support implicit function declarations\n",
            [
                "core.c:7: call to undeclared function 'PyList_GET_SIZE'; ISO C99"
                " and later do not support implicit function declarations",
                UNDECLARED,
            ],
            id="undeclared-clang",
        ),
        pytest.param(
            "core.cpp:7:9: error: use of undeclared identifier 'PyList_GET_SIZE'\n",
            [
                "core.cpp:7: use of undeclared identifier 'PyList_GET_SIZE'",
                UNDECLARED,
            ],
            id="undeclared-clang-cpp",
        ),
        pytest.param(
            "core.c\ncore.c(7): error C4013: 'PyList_GET_SIZE' undefined; assuming"
            " extern returning int\n",
            [
                "core.c:7: C4013: 'PyList_GET_SIZE' undefined; assuming extern"
                " returning int",
                UNDECLARED,
            ],
            id="undeclared-microsoft",
        ),
        pytest.param("core.c: killed\n", [], id="no-error"),
    ],
)
def test_the_first_error_is_told(tmp_path: Path, output: str, lines: list[str]) -> None:
    """The compiler is one that says what a real one said."""
    said = tmp_path / "said.txt"
    said.write_text(output, encoding="utf-8")
    says = "import pathlib, sys; print(pathlib.Path(sys.argv[1]).read_text('utf-8'))"
    command = [sys.executable, "-c", says, str(said), "core.c"]
    assert diagnose([command], ["core.c"], PythonVersion(3, 9)) == lines
