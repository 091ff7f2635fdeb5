"""What compilers call deprecated: their forms, and that their words are heard."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from plain_facts import INFO, elf, loose

from abi3build.audit.report import audit
from abi3build.evidence.compiled_units import (
    SeenDeprecation,
    TranslationUnit,
    keep_unit,
    kept_deprecations,
    kept_unit,
)
from abi3build.evidence.outdated_names import find_outdated_names
from abi3build.setuptools_plugin.deprecation_warnings import read_deprecations
from abi3build.setuptools_plugin.heard_output import hearing
from abi3build.setuptools_plugin.watching import watch_compiler
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FLOOR = PythonVersion(3, 9)
SEEN = SeenDeprecation("PyWeakref_GetObject", "src/core.c", 8)
GCC = (
    "src/core.c: In function \u2018made\u2019:\n"
    "src/core.c:8:5: warning: \u2018PyWeakref_GetObject\u2019 is deprecated"
    " [-Wdeprecated-declarations]\n    8 |     PyWeakref_GetObject(x);\n"
    "/usr/include/python3.13/weakrefobject.h:30:43: note: declared here\n"
)
JSON = [
    {
        "kind": "warning",
        "message": "\u2018PyWeakref_GetObject\u2019 is deprecated",
        "option": "-Wdeprecated-declarations",
        "locations": [{"caret": {"file": "src/core.c", "line": 8, "column": 5}}],
    }
]
SARIF = {
    "runs": [
        {
            "results": [
                {
                    "ruleId": "-Wdeprecated-declarations",
                    "message": {
                        "text": "\u2018PyWeakref_GetObject\u2019 is deprecated"
                    },
                    "locations": [
                        {
                            "physicalLocation": {
                                "artifactLocation": {"uri": "src/core.c"},
                                "region": {"startLine": 8},
                            }
                        }
                    ],
                }
            ]
        }
    ]
}


@pytest.mark.parametrize(
    "output",
    [
        GCC,
        GCC * 2,
        "\x1b[01msrc/core.c:8:5:\x1b[m \x1b[35mwarning: \x1b[m\u2018\x1b[01m"
        "PyWeakref_GetObject\x1b[m\u2019 is deprecated ["
        "\x1b]8;;https://gcc.gnu.org/\x07-Wdeprecated-declarations"
        "\x1b]8;;\x07]\n",
        "src/core.c:8:5: Warnung: »PyWeakref_GetObject« ist veraltet"
        " [-Wdeprecated-declarations]\n",
        "src/core.c:8:5: warning: \u2018PyObject* PyWeakref_GetObject(PyObject*)"
        "\u2019 is deprecated [-Wdeprecated-declarations]\n",
        "src/core.c:8:5: warning: 'PyWeakref_GetObject' is deprecated"
        " [-Wdeprecated-declarations]\n",
        "src/core.c(8,5): warning: 'PyWeakref_GetObject' is deprecated: deprecated in"
        " 3.13 [-Wdeprecated-declarations]\n",
        "core.c\nsrc/core.c(8): warning C4996: 'PyWeakref_GetObject': deprecated in"
        " 3.13\r\n",
        "src/core.c(8): avertissement C4996: 'PyWeakref_GetObject': deprecated in 3.13",
        json.dumps(JSON),
        json.dumps(SARIF),
    ],
)
def test_every_form_of_a_warning(output: str) -> None:
    assert read_deprecations(output.encode()) == (SEEN,)


@pytest.mark.parametrize(
    "output",
    [
        "src/core.c:8:5: warning: \u2018strdup\u2019 is deprecated"
        " [-Wdeprecated-declarations]\n",
        "src/core.c:8:5: warning: unused variable \u2018PyX_y\u2019"
        " [-Wunused-variable]\n",
        "src/core.c(8): warning C4996: 'strcpy': This function may be unsafe.\n",
        '[{"option": "-Wdeprecated-declarations"}]\n',
    ],
)
def test_what_is_not_about_cpython(output: str) -> None:
    assert read_deprecations(output.encode()) == ()


def test_a_variable_stands_after_its_type() -> None:
    line = "a.cpp:1:2: warning: \u2018PyObject* PyExc_Old\u2019 is deprecated"
    (seen,) = read_deprecations(f"{line} [-Wdeprecated-declarations]".encode())
    assert seen == SeenDeprecation("PyExc_Old", "a.cpp", 1)


def test_a_program_is_heard_and_still_shown(capfd: pytest.CaptureFixture[str]) -> None:
    code = "import sys; print('out'); print('said', file=sys.stderr)"
    with hearing() as heard, hearing() as inner:
        subprocess.run([sys.executable, "-c", code], check=True)
    assert heard.output.split() == [b"said"]
    assert inner.output == b""
    out, err = capfd.readouterr()
    assert (out.split(), err.split()) == (["out"], ["said"])


def test_what_a_failed_program_said_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        code = "import sys; sys.exit('why')"
        subprocess.run([sys.executable, "-c", code], check=True)

    with pytest.raises(subprocess.CalledProcessError), hearing():
        fail()
    assert capfd.readouterr().err.split() == ["why"]


class Microsofts:
    """Stand for distutils' compiler, whose program warns on its standard output."""

    def __init__(self, line: str) -> None:
        self.line = line

    def spawn(self, command: Sequence[str]) -> None:
        """Print what the program would, whatever the command."""
        assert command
        subprocess.run([sys.executable, "-c", f"print({self.line!r})"], check=True)


def test_warnings_of_a_compiler_without_evidence_stay_with_the_object(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder, made = tmp_path / "temp", str(tmp_path / "temp" / "core.obj")
    line = "src/core.c(8): warning C4996: 'PyWeakref_GetObject': deprecated in 3.13"
    compiler = Microsofts(line)
    watch_compiler(compiler, None, folder)
    compiler.spawn(["cl.exe", "/c", "/Tcsrc/core.c", f"/Fo{made}"])
    assert kept_deprecations(folder, made) == (SEEN,)
    assert capfd.readouterr().out.strip() == line
    compiler.line = "core.c"
    compiler.spawn(["cl.exe", "/c", "/Tcsrc/core.c", f"/Fo{made}"])
    assert kept_deprecations(folder, made) == ()


def test_a_unit_is_kept_with_its_warnings(tmp_path: Path) -> None:
    unit = TranslationUnit("src/core.c", digest="0a", deprecations=(SEEN,))
    keep_unit(tmp_path, unit)
    assert kept_unit(tmp_path, "0a") == unit


SOURCE = """\
#include <Python.h>
/* PyEval_CallObject */
#if PY_VERSION_HEX >= 0x030F0000
PyObject *a(PyObject *x) { return PyImport_ImportModule("a"); }
#else
PyObject *a(PyObject *x) { return PyImport_ImportModuleNoBlock("a"); }
#endif
PyObject *b(PyObject *x) { return PyWeakref_GetObject(x); }
PyObject *c(PyObject *x) { return PyEval_CallObject(x, NULL); }
#if !defined(OWN_LIMIT) && !SETTING
int e(PyObject *x) { return PyUnicode_CHECK_INTERNED(x); }
#endif
PyObject *d(PyObject *x) { return PyUnicode_AsEncodedObject(x, "a", "b"); }
"""


def test_what_newer_headers_bring_is_an_info(tmp_path: Path) -> None:
    source = tmp_path / "core.c"
    source.write_text(SOURCE, encoding="utf-8")
    warned = SeenDeprecation("PyEval_InitThreads", "lib/other.h", 3)
    twice = warned._replace(line=9)
    unit = TranslationUnit(
        "core.c", own_files=(str(source),), deprecations=(warned, twice)
    )
    taken = {"PyWeakref_GetObject", "PyImport_ImportModuleNoBlock"}
    names = find_outdated_names([unit], taken, FLOOR)
    findings = audit(loose(elf("PyList_Size"))._replace(outdated_names=names)).findings
    assert {(each.code, each.severity, each.file) for each in findings} == {
        ("ABI504", INFO, "")
    }
    told = [(each.what, each.message, each.origin) for each in findings]
    assert told == [
        ("PyEval_CallObject", "headers of 3.13 no longer declare it", f"{source}:9"),
        (
            "PyEval_InitThreads",
            "the compiler warns: deprecated since 3.9",
            "lib/other.h:3 and 1 more",
        ),
        (
            "PyWeakref_GetObject",
            "deprecated since 3.13, headers of 3.15 no longer declare it",
            f"{source}:8",
        ),
    ]
    assert [each.hint for each in findings] == [
        "for PyEval_CallObject use PyObject_CallObject (stable since 3.2)",
        "for PyEval_InitThreads: leave it out, Python does it by itself since 3.7",
        "for PyWeakref_GetObject use PyObject_CallObject(reference, NULL)"
        " (stable since 3.2)",
    ]
