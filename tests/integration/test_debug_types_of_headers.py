"""Debug information tells the limit from none, whatever the headers and compilers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from abi3build.inspection.image_files import read_file
from workbench.running import run

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.fixture_types import PythonNamed

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="links as on Linux"),
    pytest.mark.lab("gcc", "clang", "3.9", "3.15"),
]

LLD = "-fuse-ld=lld"
NEEDS_LLD = pytest.mark.lab("ld.lld")
LIMITED = "#define Py_LIMITED_API 0x03090000\n"
MODULE = """
#include <Python.h>
static PyMethodDef methods[] = {{NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "sample", NULL, 0,
                                        methods, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_sample(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (module != NULL && Py_TYPE(module) != NULL) {
        Py_INCREF(module);
        Py_DECREF(module);
    }
    return module;
}
"""
OWN_PLACEHOLDER = """
struct _typeobject { int dummy; };
int dummy(struct _typeobject *type) { return type->dummy; }
"""
PRINT_HEADERS = "import sysconfig; print(sysconfig.get_path('include'))"


def found_in(
    folder: Path, headers: str, sources: dict[str, str], *command: str
) -> tuple[str, ...]:
    """Compile and link sources; return the units that are found, and complaints."""
    for name, text in sources.items():
        (folder / name).write_text(text, encoding="utf-8")
    output = folder / "sample.so"
    options = ("-g", "-fPIC", "-shared", f"-I{headers}", "-o", str(output))
    done = run([*command, *options, *sources], folder)
    assert done.returncode == 0, done.stderr
    (image,) = read_file(output).images
    assert not image.unread_debug_information
    return image.unlimited_units


def headers_of(python_named: PythonNamed, label: str, folder: Path) -> str:
    executable = python_named(label).executable
    return run([executable, "-c", PRINT_HEADERS], folder).stdout.strip()


@pytest.mark.parametrize("label", ["3.9", "3.11", "3.13", "3.15"])
@pytest.mark.parametrize(
    ("compiler", "suffix"),
    [("gcc", "c"), ("g++", "cpp"), ("clang", "c"), ("clang++", "cpp")],
)
def test_only_the_unit_without_the_limit_is_found(
    tmp_path: Path, python_named: PythonNamed, label: str, compiler: str, suffix: str
) -> None:
    sources = {
        f"limited.{suffix}": LIMITED + MODULE,
        f"whole.{suffix}": MODULE.replace("sample", "whole"),
        f"own.{suffix}": OWN_PLACEHOLDER,
        f"other.{suffix}": "int other(int number) { return number + 1; }\n",
    }
    headers = headers_of(python_named, label, tmp_path)
    assert found_in(tmp_path, headers, sources, compiler) == (f"whole.{suffix}",)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["gcc", "-O2"], True),
        (["gcc", "-gdwarf-4"], True),
        (["gcc", "-O2", "-flto"], True),
        (["gcc", "-gz"], True),
        (["gcc", "-gstrict-dwarf", "-gdwarf-3"], True),
        (["clang", "-O2"], True),
        pytest.param(["clang", "-O2", "-flto", LLD], True, marks=NEEDS_LLD),
        pytest.param(["clang", "-gdwarf-4", LLD], True, marks=NEEDS_LLD),
        (["clang", "-fstandalone-debug"], True),
        (["clang", "-gsplit-dwarf"], False),
    ],
    ids=str,
)
def test_options_that_change_the_debug_information(
    tmp_path: Path, python_named: PythonNamed, options: list[str], *, found: bool
) -> None:
    """Where it lies in a file of its own (``-gsplit-dwarf``), nothing is found."""
    headers = headers_of(python_named, "3.15", tmp_path)
    limited, whole = {"limited.c": LIMITED + MODULE}, {"whole.c": MODULE}
    assert found_in(tmp_path, headers, limited, *options) == ()
    expected = ("whole.c",) if found else ()
    assert found_in(tmp_path, headers, whole, *options) == expected
