"""What the evidence and the stamps add to a compile: pairs of builds, and their ratio.

Each pair is the same project built by setuptools alone, with the macro set by hand, and
with abi3build.  Run it on a calm machine: ``python benchmarks/evidence.py``.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = '[project]\nname = "sample"\nversion = "1.0"\n'
TABLE = '[tool.abi3build]\nmin-python = "3.9"\nparallel = 1\n'
"""One unit at a time, as setuptools does: cores that share caches and clock take more
processor time for the same compile, which is not a cost of the evidence.
"""
SETUP = """\
from glob import glob
from setuptools import Extension, setup

macros = [("Py_LIMITED_API", "0x03090000")]
setup(
    py_modules=[],
    ext_modules=[Extension("sample", sorted(glob("*.c")), define_macros=macros)],
)
"""
FUNCTION = """\
PyObject *{name}_{number}(PyObject *items, long extra)
{{
    Py_ssize_t i, size = PyList_Size(items);
    PyObject *sum = PyLong_FromLong(extra);
    for (i = 0; i < size && sum != NULL; i++) {{
        PyObject *next = PyNumber_Add(sum, PyList_GetItem(items, i));
        Py_DECREF(sum);
        sum = next;
    }}
    return sum;
}}
"""
MODULE = """\
static PyModuleDef_Slot slots[] = {{0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "sample", NULL, 0,
                                        NULL, slots, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_sample(void) { return PyModuleDef_Init(&definition); }
"""
FUNCTIONS = 20


def write(folder: Path, files: int, *, watched: bool) -> Path:
    """Write a project of as many sources."""
    folder.mkdir()
    (folder / "setup.py").write_text(SETUP, encoding="utf-8")
    table = TABLE if watched else ""
    (folder / "pyproject.toml").write_text(PROJECT + table, encoding="utf-8")
    for number in range(files):
        functions = (
            FUNCTION.format(name=f"f{number}", number=each) for each in range(FUNCTIONS)
        )
        text = "#include <Python.h>\n" + "".join(functions)
        path = folder / f"unit{number:02}.c"
        path.write_text(text + (MODULE if number == 0 else ""), encoding="utf-8")
    return folder


def seconds(project: Path, *options: str) -> float:
    """Build the extension; return the processor time that all of it takes.

    Unlike the time on the clock it does not grow with what else the machine does.
    """
    command = [sys.executable, "setup.py", "-q", "build_ext", *options]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=project, check=True, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(files: int, pairs: int, *options: str) -> None:
    """Print the medians of the pairs, of their differences and of their ratios."""
    with tempfile.TemporaryDirectory() as name:
        plain = write(Path(name, "plain"), files, watched=False)
        watched = write(Path(name, "watched"), files, watched=True)
        for project in (plain, watched):
            seconds(project)
        found = [
            (seconds(plain, *options), seconds(watched, *options)) for _ in range(pairs)
        ]
    without, with_ = (statistics.median(column) for column in zip(*found))
    ratio = statistics.median(late / early for early, late in found)
    more = statistics.median(late - early for early, late in found)
    what = " ".join(options) or "up to date"
    print(
        f"{files:3} files, {what:10}: {without:.3f} s alone, {with_:.3f} s with"
        f" abi3build; {more * 1000:+.0f} ms, ratio {ratio:.3f}",
        flush=True,
    )


if __name__ == "__main__":
    compare(1, 9, "--force")
    compare(40, 3, "--force")
    compare(40, 3)
