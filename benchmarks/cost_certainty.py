#!/usr/bin/env python3
"""Count how often ``abi3build cost`` is right: cost_certainty.py [RUNS [SECONDS]].

A project is built twice whose module counts up in a loop, once with so many more steps
under the limit that the process takes a tenth longer, and once with as many.  Each pair
of builds is timed so many times, as ``cost`` does it, and what it says is counted.  pip
has to find abi3build, for example by PIP_FIND_LINKS.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.costs.flavors import Surroundings, build_flavor
from abi3build.costs.ratios import measure_ratio
from abi3build.costs.workloads import Workload, run_once
from abi3build.targets.interpreters import ask_interpreter
from abi3build.trials.environments import find_tools
from abi3build.trials.processes import Processes
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from abi3build.costs.flavors import Flavor
    from abi3build.costs.ratios import Ratio

FLOOR = PythonVersion(3, 9)
STEPS = 20_000_000
MORE = STEPS * 3 // 20
"""Of the whole process, its start included, that is a tenth."""
SOURCE = """\
#include <Python.h>

#ifdef Py_LIMITED_API
#define STEPS (%d + %d)
#else
#define STEPS %d
#endif

static PyObject *
count(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    volatile long steps = 0;
    while (steps < STEPS) {
        steps++;
    }
    return PyLong_FromLong(steps);
}

static PyMethodDef methods[] = {
    {"count", count, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "counting", .m_methods = methods};

PyMODINIT_FUNC
PyInit_counting(void)
{
    return PyModule_Create(&definition);
}
"""
SETTINGS = """\
[build-system]
requires = ["setuptools>=77", "abi3build"]
build-backend = "abi3build.build_meta"

[project]
name = "counting"
version = "1.0"

[tool.setuptools]
ext-modules = [{ name = "counting", sources = ["counting.c"] }]

[tool.abi3build]
min-python = "3.9"
"""


def flavors(folder: Path, more: int) -> tuple[Surroundings, Flavor, Flavor]:
    """Build the project with so many steps more under the limit."""
    project = folder / "project"
    project.mkdir(parents=True)
    text = SOURCE % (STEPS, more, STEPS)
    (project / "counting.c").write_text(text, encoding="utf-8")
    (project / "pyproject.toml").write_text(SETTINGS, encoding="utf-8")
    tools = find_tools(os.environ)
    around = Surroundings(project, folder, os.environ, tools, Processes())
    interpreter = ask_interpreter(Path(sys.executable))
    if interpreter is None:
        sys.exit("this Python does not answer")
    abi3 = build_flavor(around, interpreter, FLOOR)
    native = build_flavor(around, interpreter, None)
    if isinstance(abi3, str) or isinstance(native, str):
        sys.exit(f"{abi3}\n{native}")
    return around, abi3, native


def timed(around: Surroundings, abi3: Flavor, native: Flavor, seconds: float) -> Ratio:
    """Time both flavors in turns, as ``cost`` does."""
    words = ("python", "-c", "import counting; counting.count()")
    workload = Workload("counting", words)

    def once(flavor: Flavor) -> float:
        return run_once(workload, flavor, around.processes, 60.0)[0]

    return measure_ratio(
        lambda: once(abi3), lambda: once(native), seconds=seconds, now=time.monotonic
    )


def main(runs: int = 20, seconds: float = 10.0) -> None:
    """Print each ratio, and of how many runs each pair of builds was told right."""
    print(f"load at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory() as name:
        for label, more in (("a tenth slower", MORE), ("equal", 0)):
            pair = flavors(Path(name, label), more)
            found = [timed(*pair, seconds) for _ in range(runs)]
            for each in found:
                said = "seen" if each.is_seen else "no difference seen"
                print(
                    f"  {each.value:.4f} ({each.low:.4f} to {each.high:.4f}),"
                    f" {each.blocks} blocks: {said}",
                    flush=True,
                )
            right = sum(each.is_seen and each.value > 1 for each in found)
            if not more:
                right = sum(not each.is_seen for each in found)
            print(f"{label}: right in {right} of {runs}", flush=True)
    print(f"load at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
