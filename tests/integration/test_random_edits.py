"""A wheel from a used tree is that of a clean one, whatever was edited in between.

Some seeds are walked in every run, and a hundred if ABI3_RANDOM_EDITS asks for them.
"""

from __future__ import annotations

import os
import shutil
import sys
import zipfile
from dataclasses import dataclass, field, replace
from random import Random
from typing import TYPE_CHECKING

import pytest

from workbench.pythons import running_python

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.building import Workbench
    from workbench.pythons import FoundPython

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="many builds in one process need fork()"
)

MANY = os.environ.get("ABI3_RANDOM_EDITS")
SEEDS = range(int(MANY)) if MANY else (52, 61)
"""By default two whose eight edits come alone and differ: a unit, a module that comes
and goes, another source, headers that come first or may be there, a linker script, an
extension.  test_fresh_builds.py edits what was read."""

STEPS = 4
SAME_CODE = {"CFLAGS": "-O1 -g0", "SOURCE_DATE_EPOCH": "1700000000"}
"""The folders of the trees differ, and debug information would name them."""

PYPROJECT = """\
[build-system]
requires = ["setuptools>=77", "abi3build"]
build-backend = "setuptools.build_meta"

[project]
name = "sample"
version = "1.0"
requires-python = ">=3.8"

[tool.setuptools]
packages = ["sample"]

[tool.setuptools.package-data]
sample = ["*.txt"]

[tool.abi3build]
min-python = "{floor}"
abi3 = {abi3}
verify = "{verify}"
"""
SETUP = """\
from setuptools import Extension, setup

common = {{"include_dirs": ["first", "second"], "define_macros": {macros}}}
setup(ext_modules=[Extension("sample." + name, sources, extra_link_args={link},
                             **common) for name, sources in {extensions}])
"""
MODULE = """\
#include <Python.h>
#include <value.h>
{probe}#ifndef MORE
#define MORE 0
#endif
int other_unit(void);
static int called(PyObject *module)
{{
    return PyModule_AddIntConstant(module, "value", VALUE + MORE + {value});
}}
static PyModuleDef_Slot slots[] = {{{{Py_mod_exec, called}}, {{0, NULL}}}};
static struct PyModuleDef definition = {{PyModuleDef_HEAD_INIT, "{name}", NULL, 0,
                                        NULL, slots, NULL, NULL, NULL}};
PyMODINIT_FUNC PyInit_{name}(void) {{ return PyModuleDef_Init(&definition); }}
"""
PROBE = """\
#if defined(__has_include) && __has_include("perhaps.h")
#include "perhaps.h"
#endif
"""
"""A unit that asks so is always compiled again, and only one of the two does."""


@dataclass(frozen=True)
class Sources:
    """Describe a project in one state; an edit gives the next."""

    value: int = 1
    header: int = 1
    nested: int = 1
    floor: str = "3.9"
    abi3: bool = True
    verify: str = "error"
    source: str = "core.c"
    more: str = ""
    present: frozenset[str] = field(default_factory=frozenset)
    """Of the parts that may come and go: see ``PARTS``."""

    def files(self) -> dict[str, str]:
        """Return the text of each file of the project."""
        has = self.present.__contains__
        units = [self.source, *(["unit.c"] if has("unit") else [])]
        extensions = [("core", units)] + [("two", ["two.c"])] * has("extension")
        link = ["-Wl,--version-script=names.map"] if has("script") else []
        macros = [("MORE", self.more)] if self.more else []
        setup = SETUP.format(macros=macros, link=link, extensions=extensions)
        files = {
            "pyproject.toml": PYPROJECT.format(
                floor=self.floor, abi3=str(self.abi3).lower(), verify=self.verify
            ),
            "setup.py": setup,
            "sample/__init__.py": "",
            "second/value.h": f'#include "nested.inc"\n#define VALUE {self.header}+N\n',
            "second/nested.inc": f"#define N {self.nested}\n",
            self.source: MODULE.format(value=self.value, name="core", probe=""),
        }
        # It comes first on the path, and so another value is read.
        optional = {
            "shadow": ("first/value.h", "#define VALUE 77\n"),
            "perhaps": ("perhaps.h", "#define MORE 9\n" if not self.more else "\n"),
            "module": ("sample/more.py", "x = 1\n"),
            "data": ("sample/notes.txt", "data\n"),
            "unit": ("unit.c", f"int other_unit(void) {{ return {self.value}; }}\n"),
            "extension": (
                "two.c",
                MODULE.format(value=self.nested, name="two", probe=PROBE),
            ),
            "script": ("names.map", f"{{ global: Py*; local: *{self.nested}*; }};\n"),
        }
        return {
            **files,
            **{optional[part][0]: optional[part][1] for part in self.present},
        }


PARTS = ("data", "extension", "module", "perhaps", "script", "shadow", "unit")


def edited(sources: Sources, random: Random) -> tuple[str, Sources]:
    """Return one edit by its name, and what comes of it."""
    other = "core.c" if sources.source == "other.c" else "other.c"
    edits = {
        "value": replace(sources, value=sources.value + 1),
        "header": replace(sources, header=sources.header + 1),
        "nested": replace(sources, nested=sources.nested + 1),
        "floor": replace(sources, floor=random.choice(["3.8", "3.9", "3.10"])),
        "abi3": replace(sources, abi3=not sources.abi3),
        "verify": replace(sources, verify=random.choice(["error", "warn"])),
        "source": replace(sources, source=other),
        "more": replace(sources, more=random.choice(["", "3", "5"])),
        "nothing": sources,
    }
    for part in PARTS:
        edits[part] = replace(sources, present=sources.present ^ {part})
    name = random.choice(sorted(edits))
    return name, edits[name]


class Walk:
    """Edit one project from state to state, by one seed."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.random = Random(seed)  # noqa: S311 - to be walked again
        self.sources = Sources()
        self.used, self.clean = folder / f"used{seed}", folder / f"clean{seed}"
        self.history = [f"seed {seed}"]
        self.written: dict[str, str] = {}

    def step(self) -> None:
        """Make one or two edits, as a user would; write a clean tree beside."""
        for _ in range(self.random.choice([1, 1, 2])):
            name, self.sources = edited(self.sources, self.random)
            self.history.append(name)
        self.write()

    def write(self) -> None:
        """Write what is new, remove what is gone; keep what the builds left."""
        files = self.sources.files()
        shutil.rmtree(self.clean, ignore_errors=True)
        shutil.rmtree(self.used / "dist", ignore_errors=True)
        for name in self.written.keys() - files.keys():
            (self.used / name).unlink()
        for name, text in files.items():
            if self.written.get(name) != text:
                write(self.used / name, text)
            write(self.clean / name, text)
        self.written = files


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def members(wheels: tuple[Path, ...]) -> dict[str, bytes]:
    """Return the content of each member of a wheel, and its name."""
    found: dict[str, bytes] = {}
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            found.update((name, archive.read(name)) for name in archive.namelist())
        found[wheel.name] = b""
    return found


def difference(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    return [
        name
        for name in sorted({*one, *other})
        if one.get(name) != other.get(name) and not name.endswith("/RECORD")
    ]


def test_a_used_tree_makes_the_wheel_of_a_clean_one(
    tmp_path: Path, workbench: Workbench, pythons: tuple[FoundPython, ...]
) -> None:
    here = running_python()
    others = [each for each in pythons if each.label in {"3.9", "3.13"}]
    builders = [here, here, *others, here]
    walks = [Walk(seed, tmp_path) for seed in SEEDS]
    for walk in walks:
        walk.write()
    workbench.build_each([walk.used for walk in walks], env=SAME_CODE)
    stale: dict[str, list[str]] = {}
    built = 0
    for step in range(STEPS):
        for walk in walks:
            walk.step()
        trees = [tree for walk in walks for tree in (walk.used, walk.clean)]
        python = builders[step % len(builders)]
        builds = workbench.build_each(trees, python=python, env=SAME_CODE)
        for walk, used, clean in zip(walks, builds[::2], builds[1::2]):
            built += clean.returncode == 0
            found = difference(members(used.wheels), members(clean.wheels))
            if used.returncode != clean.returncode or found:
                history = " ".join([*walk.history, f"on {python.label}"])
                stale.setdefault(history, found or [used.stderr, clean.stderr])
    assert stale == {}
    # Edits that no build survives would prove nothing.
    assert built > STEPS * len(walks) // 2
