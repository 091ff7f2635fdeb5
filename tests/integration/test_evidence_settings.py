"""The evidence under compiler settings that get in its way."""

from __future__ import annotations

import os
import sys
import sysconfig
from typing import TYPE_CHECKING

import pytest
from outcomes import messages
from small_project import pyproject_with

from abi3build.wheels.wheel_reading import read_wheel
from workbench.running import run_or_raise

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.building import Build, Workbench

pytestmark = [
    pytest.mark.skipif(
        not sys.platform.startswith("linux"), reason="the commands are those of Linux"
    ),
    pytest.mark.lab("gcc", "clang", "ccache"),
]

SAMPLE = """\
#include <Python.h>
#include "Python.h"
"""
MODULE = """\
static PyObject *first(PyObject *module, PyObject *items)
{
    (void)module;
    return TAKE(items);
}
static PyMethodDef methods[] = {
    {"first", first, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};
static PyModuleDef_Slot slots[] = {{0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "sample", NULL, 0,
                                        methods, slots, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_sample(void) { return PyModuleDef_Init(&definition); }
"""
LIMITED = "#define TAKE(items) PyTuple_GetItem(items, 0)\n" + MODULE
INLINED = "#define TAKE(items) PyTuple_GET_ITEM(items, 0)\n" + MODULE
HEADERS = sysconfig.get_path("include")
COMPILERS = {
    "gcc": {"CC": "gcc", "LDSHARED": "gcc -shared"},
    "clang": {"CC": "clang", "LDSHARED": "clang -shared"},
}


def write(folder: Path, source: str) -> Path:
    """Write a project with one source."""
    folder.mkdir()
    (folder / "pyproject.toml").write_text(pyproject_with("sample.c"), encoding="utf-8")
    (folder / "sample.c").write_text(source, encoding="utf-8")
    return folder


def floors(build: Build) -> list[int]:
    """Return the floors in the notes of the wheel's only file."""
    _, (file,) = read_wheel(build.wheel)
    return [note.limited_api for note in file.images[0].unit_notes]


@pytest.mark.parametrize("compiler", COMPILERS)
def test_pythons_folder_in_the_flags_comes_behind_ours(
    tmp_path: Path, workbench: Workbench, compiler: str
) -> None:
    env = {**COMPILERS[compiler], "CFLAGS": f"-O1 -I{HEADERS} -I {HEADERS}"}
    kept = write(tmp_path / "kept", SAMPLE + LIMITED)
    broken = write(tmp_path / "broken", "#undef Py_LIMITED_API\n" + SAMPLE + INLINED)
    good, bad = workbench.build_each([kept, broken], env=env)
    assert floors(good) == [0x03090000]
    assert "sample.c:2: ABI401 macro-not-in-effect" in messages(bad)


def test_what_ccache_remembers_keeps_its_evidence(
    tmp_path: Path, workbench: Workbench
) -> None:
    env = {
        "CC": "ccache gcc",
        "LDSHARED": "gcc -shared",
        "CCACHE_DIR": str(tmp_path / "cache"),
        "CCACHE_NOHASHDIR": "1",
        "CCACHE_BASEDIR": str(tmp_path),
    }
    around = f'#undef Py_LIMITED_API\n#include "{HEADERS}/Python.h"\n' + INLINED
    for name in ("first", "second"):
        kept = write(tmp_path / f"{name}-kept", SAMPLE + LIMITED)
        broken = write(tmp_path / f"{name}-broken", around)
        good, bad = workbench.build_each([kept, broken], env=env)
        assert floors(good) == [0x03090000]
        assert "ABI401" in messages(bad)
    statistics = run_or_raise(
        ["ccache", "--print-stats"], env={**env, "PATH": os.environ["PATH"]}
    )
    assert "\ndirect_cache_hit\t2\n" in statistics.stdout


PRECOMPILED = {
    "gcc": ["-x", "c-header", "early.h", "-o", "early.h.gch"],
    "clang": ["-x", "c-header", "early.h", "-o", "early.h.pch"],
}
INCLUDED = {"gcc": "-include early.h", "clang": "-include-pch early.h.pch"}


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("source", [INLINED, SAMPLE + INLINED], ids=["alone", "again"])
def test_precompiled_headers_hide_nothing(
    tmp_path: Path, workbench: Workbench, compiler: str, source: str
) -> None:
    """Whether the source includes Python.h again or not."""
    project = write(tmp_path / "project", source)
    early = "#undef Py_LIMITED_API\n#include <Python.h>\n"
    (project / "early.h").write_text(early, encoding="utf-8")
    # Both compilers take a precompiled header only under the options it was made with.
    flags = ["-O1", "-fPIC", f"-I{HEADERS}"]
    macros = [f"-D{name}=0x03090000" for name in ("Py_LIMITED_API", "ABI3BUILD_FLOOR")]
    run_or_raise([compiler, *flags, *macros, *PRECOMPILED[compiler]], project)
    env = {**COMPILERS[compiler], "CFLAGS": f"{' '.join(flags)} {INCLUDED[compiler]}"}
    (build,) = workbench.build_each([project], env=env)
    # What a precompiled header alone holds is not seen, and so never called proven.
    assert not build.wheels or "ABI407" in messages(build)
    said = messages(build)
    if source == INLINED:
        # GCC's dependency files are silent about precompiled headers.
        assert ("ABI404" if compiler == "gcc" else "ABI407") in said
    else:
        assert "sample.c:1: ABI401 macro-not-in-effect: Python.h was read bef" in said
