"""Objects that a build links and did not compile, or compiles without Python.h."""

from __future__ import annotations

import re
import sys
import sysconfig
from typing import TYPE_CHECKING

import pytest
from outcomes import messages
from small_project import PYPROJECT

from abi3build.wheels.wheel_reading import read_wheel
from workbench.running import run_or_raise

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.building import Workbench

pytestmark = [
    pytest.mark.skipif(
        not sys.platform.startswith("linux"), reason="the commands are those of Linux"
    ),
    pytest.mark.lab("gcc", "ar"),
]

SETUP = """\
from setuptools import Extension, setup

setup(
    py_modules=[],
    {libraries}
    ext_modules=[Extension("sample", ["sample.c"{more}], {options})],
)
"""
MODULE = """\
#include <Python.h>
#include <Python.h>
PyObject *extra(void);
static PyObject *call(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    return extra();
}
static PyMethodDef methods[] = {
    {"call", call, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyModuleDef_Slot slots[] = {{0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "sample", NULL, 0,
                                        methods, slots, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_sample(void) { return PyModuleDef_Init(&definition); }
"""
EXTRA = """\
#include <Python.h>
PyObject *extra(void) { return PyLong_FromLong(1); }
"""
BY_HAND = """\
extern void *PyLong_FromLong(long);
void *extra(void) { return PyLong_FromLong(1); }
"""
UNUSED = """\
extern void *PyFrozenSet_New(void *);
void *unused(void) { return PyFrozenSet_New(0); }
"""
NOTED = """\
static const unsigned note[4] __attribute__((used, section(".abi3build"))) = {
    0x33494241u, 0x030b0000u, 0x030d00f0u, 0u,
};
"""
NAMED = (
    "ABI404 {name}   calls PyLong_FromLong, and no note shows how it was compiled   in"
    " extra()"
)
HINT = (
    "hint: list its sources with the extension or in libraries of setup(), or accept it"
    " by name, with the reason, in tool.abi3build.allow"
)


def write(
    folder: Path,
    options: str = "",
    *,
    more: str = "",
    libraries: str = "",
    allow: str = "",
) -> Path:
    """Write a project whose function ``extra`` comes from somewhere else."""
    folder.mkdir()
    setup = SETUP.format(options=options, more=more, libraries=libraries)
    (folder / "setup.py").write_text(setup, encoding="utf-8")
    (folder / "pyproject.toml").write_text(PYPROJECT + allow, encoding="utf-8")
    (folder / "sample.c").write_text(MODULE, encoding="utf-8")
    return folder


def compile_object(folder: Path, source: str, name: str, *options: str) -> None:
    """Compile an object as another program might, without the limit."""
    (folder / "prebuilt").mkdir(exist_ok=True)
    path = folder / "prebuilt" / f"{name}.c"
    path.write_text(source, encoding="utf-8")
    include = sysconfig.get_path("include")
    command = ["gcc", "-g0", "-fPIC", f"-I{include}", *options, "-c", path.name]
    run_or_raise([*command, "-o", f"{name}.o"], path.parent)


def archive(folder: Path, *names: str, thin: str = "") -> None:
    """Make the static library ``libextra.a`` of objects that are there."""
    command = ["ar", f"rcs{thin}", "libextra.a", *(f"{name}.o" for name in names)]
    run_or_raise(command, folder / "prebuilt")


def test_objects_that_were_not_watched_are_named(
    tmp_path: Path, workbench: Workbench
) -> None:
    """However the linker is told about them; what it leaves out does not count."""
    object_file, member = "prebuilt/extra.o", "prebuilt/libextra.a(extra.o)"
    in_folder = 'library_dirs=["prebuilt"], '
    ways = {
        "object": ('extra_objects=["prebuilt/extra.o"]', object_file),
        "library": (in_folder + 'libraries=["extra"]', member),
        "exact": (in_folder + 'extra_link_args=["-l:libextra.a"]', member),
        "path": ('extra_link_args=["prebuilt/libextra.a"]', member),
        "linker": ('extra_link_args=["-Wl,prebuilt/libextra.a"]', member),
        "file": ('extra_link_args=["@options.txt"]', member),
        "thin": (in_folder + 'libraries=["extra"]', member),
    }
    projects = []
    for way, (options, _) in ways.items():
        project = write(tmp_path / way, options)
        (project / "options.txt").write_text("-Lprebuilt -lextra", encoding="utf-8")
        compile_object(project, EXTRA, "extra")
        compile_object(project, UNUSED, "a_member_whose_name_is_long")
        thin = "T" if way == "thin" else ""
        archive(project, "extra", "a_member_whose_name_is_long", thin=thin)
        projects.append(project)
    said = {
        way: findings(messages(build))
        for way, build in zip(ways, workbench.build_each(projects))
    }
    assert said == {
        way: ["sample.abi3.so", NAMED.format(name=name), HINT]
        for way, (_, name) in ways.items()
    }


def findings(text: str) -> list[str]:
    """Return the findings of an error with their files and hints."""
    _, _, error = text.partition("abi3build: error: ")
    lines = error.splitlines()[1:]
    return [re.sub(" {3,}", "   ", line.strip()) for line in lines]


def test_other_objects_of_builds(tmp_path: Path, workbench: Workbench) -> None:
    by_hand = write(tmp_path / "by-hand", more=', "extra.c"')
    (by_hand / "extra.c").write_text(BY_HAND, encoding="utf-8")

    noted = write(tmp_path / "noted", 'extra_objects=["prebuilt/extra.o"]')
    compile_object(noted, EXTRA + NOTED, "extra")

    hidden = write(tmp_path / "hidden", 'extra_objects=["prebuilt/extra.o"]')
    compile_object(hidden, EXTRA, "extra", "-flto", "-fno-fat-lto-objects")

    allow = 'allow = [{ symbol = "prebuilt/*", reason = "limited upstream" }]\n'
    options = 'extra_objects=["prebuilt/extra.o"]'
    allowed = write(tmp_path / "allowed", options, allow=allow)
    compile_object(allowed, EXTRA, "extra")

    include = sysconfig.get_path("include")
    info = f'{{"sources": ["extra.c"], "include_dirs": ["{include}"]}}'
    own = write(tmp_path / "own", libraries=f'libraries=[("extra", {info})],')
    (own / "extra.c").write_text(EXTRA, encoding="utf-8")

    builds = workbench.build_each([by_hand, noted, hidden, allowed, own])
    said = [messages(build) for build in builds]
    temp = next(by_hand.glob("build/temp*/extra.o")).relative_to(by_hand)
    assert findings(said[0])[1].startswith(f"ABI404 {temp}   calls PyLong_FromLong")
    assert {
        "ABI402 Py_LIMITED_API=0x030B0000   a unit was compiled for 3.11 and later",
        "ABI402 prebuilt/extra.o   was compiled for 3.11, not for 3.9",
        "hint: compile prebuilt/extra.o for 3.9, preferably in this build",
    } <= set(findings(said[1]))
    hides = (
        "warning: was compiled for link-time optimization, which hides what it calls"
    )
    assert re.search(f"ABI404 prebuilt/extra.o +{hides}", said[2])
    assert [len(build.wheels) for build in builds] == [0, 0, 1, 1, 1]
    _, (file,) = read_wheel(builds[4].wheel)
    assert [note.limited_api for note in file.images[0].unit_notes] == [0x03090000] * 2
