"""What a build did not see is named, and is not proof (ABI407)."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest
from outcomes import messages
from small_project import PYPROJECT

from abi3build.wheels.wheel_reading import read_wheel

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.building import Workbench

pytestmark = [
    pytest.mark.skipif(
        not sys.platform.startswith("linux"), reason="the commands are those of Linux"
    ),
    pytest.mark.lab("gcc", "ld"),
]

MODULE = """\
#include <Python.h>
{more}
static PyModuleDef_Slot slots[] = {{{{0, NULL}}}};
static struct PyModuleDef definition = {{PyModuleDef_HEAD_INIT, "sample", NULL, 0,
                                        NULL, slots, NULL, NULL, NULL}};
PyMODINIT_FUNC PyInit_sample(void) {{ return PyModuleDef_Init(&definition); }}
"""
SETUP = """\
import os
import subprocess
import sysconfig
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

INCLUDE = sysconfig.get_path("include")


class Build(build_ext):
    def build_extension(self, ext):
        {body}


setup(
    py_modules=[],
    cmdclass={{"build_ext": Build}},
    ext_modules=[Extension("sample", [{sources}], {options})],
)
"""
PLAIN = "super().build_extension(ext)"
BY_ITSELF = """\
output = self.get_ext_fullpath(ext.name)
        os.makedirs(os.path.dirname(output), exist_ok=True)
        command = ["gcc", "-shared", "-fPIC", "-DPy_LIMITED_API=0x03090000"]
        subprocess.check_call([*command, f"-I{INCLUDE}", "sample.c", "-o", output])"""
BY_ANOTHER = """\
def compile(sources, output_dir=None, macros=None, include_dirs=None, **options):
            post = options.get("extra_postargs")
            _, objects, post, flags, build = self.compiler._setup_compile(
                output_dir, macros, include_dirs, sources, None, post)
            for made in objects:
                words = [*self.compiler.compiler_so, *flags, "-c", build[made][0]]
                os.makedirs(os.path.dirname(made), exist_ok=True)
                subprocess.check_call([*words, "-o", made, *post])
            return objects

        self.compiler.compile = compile
        super().build_extension(ext)"""
GOES_AWAY = 'super().build_extension(ext)\n        os.remove("sample.c")'
UNDONE = "#undef Py_LIMITED_API\n#include <frameobject.h>"
SAVED = (
    '#pragma push_macro("Py_LIMITED_API")\n#undef Py_LIMITED_API\n'
    '#include <datetime.h>\n#pragma pop_macro("Py_LIMITED_API")'
)


def write(
    folder: Path,
    more: str = "",
    body: str = PLAIN,
    options: str = "",
    sources: str = '"sample.c"',
) -> Path:
    """Write a project of one extension; return the folder in which it is built."""
    project = folder / "project"
    project.mkdir(parents=True)
    setup = SETUP.format(body=body, sources=sources, options=options)
    (project / "setup.py").write_text(setup, encoding="utf-8")
    (project / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (project / "sample.c").write_text(MODULE.format(more=more), encoding="utf-8")
    (folder / "outside.c").write_text(MODULE.format(more=more), encoding="utf-8")
    (project / "plain.o.c").write_text("int plain(void) { return 1; }\n", "utf-8")
    return project


def said(text: str) -> list[str]:
    """Return the verdict and each finding with its rule and what it is about."""
    text = re.sub(r"build/temp[^/\s]*/", "", text)
    verdict = re.findall(r"keeps its promise to Python 3\.9[^(]*", text)
    found = re.findall(r"^ +(ABI\d+) +(\S+)", text, re.MULTILINE)
    return [*map(str.strip, verdict), *map(" ".join, found)]


KEPT = "keeps its promise to Python 3.9"
SEEN = f"{KEPT}, as far as can be seen"
COMPILES = (
    'subprocess.check_call(["gcc", "-fPIC", "-c", "plain.o.c", "-o", "plain.os"])'
)


def test_each_way_around_the_evidence(tmp_path: Path, workbench: Workbench) -> None:
    limit = "ABI401 cpython/frameobject.h"
    ways: dict[str, tuple[dict[str, str], list[str]]] = {
        "all-seen": ({}, [KEPT]),
        "renamed": (
            {"more": UNDONE, "options": 'extra_compile_args=["-MF", "a.mk"]'},
            [limit],
        ),
        "thinned": (
            {"more": UNDONE, "options": 'extra_compile_args=["-MMD"]'},
            [limit],
        ),
        "outside": ({"more": UNDONE, "sources": '"../outside.c"'}, [limit]),
        "gone": ({"more": UNDONE, "body": GOES_AWAY}, [limit]),
        "saved": ({"more": SAVED}, ["ABI401 datetime.h"]),
        "by-itself": ({"body": BY_ITSELF}, [SEEN, "ABI407 sample.abi3.so"]),
        "by-another": ({"body": BY_ANOTHER}, [SEEN, "ABI407 sample.o"]),
        "object": (
            {
                "body": f"{COMPILES}\n        {PLAIN}",
                "options": 'extra_objects=["plain.os"]',
            },
            [SEEN, "ABI407 plain.os"],
        ),
    }
    projects = [write(tmp_path / way, **given) for way, (given, _) in ways.items()]
    builds = dict(zip(ways, workbench.build_each(projects)))
    found = {way: said(messages(build)) for way, build in builds.items()}
    assert found == {way: expected for way, (_, expected) in ways.items()}
    wheel, _ = read_wheel(builds["object"].wheel)
    assert wheel.build_record is not None
    (module,) = wheel.build_record.modules
    why = "not compiled in this build, and nothing shows whether it reads CPython's"
    assert module.not_proven == (("object", "plain.os", f"{why} structures"),)


def test_strict_builds_release_nothing_that_is_not_proven(
    tmp_path: Path, workbench: Workbench
) -> None:
    project = write(tmp_path, body=BY_ITSELF)
    env = {"ABI3BUILD_VERIFY": "strict"}
    (build,) = workbench.build_each([project], env=env)
    assert not build.wheels
    assert "is not proven to keep its promise to Python 3.9" in messages(build)
