#!/usr/bin/env python3
"""Measure what names cost through the compatibility header: compat.py [REPEATS].

Each name is called in a loop of C, once through the header, once by hand with limited
functions, and once with the full API, all with this Python's headers.  The least of
several rounds counts, less the time of an empty loop.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FLOOR = "0x03090000"
CALLS = {
    # Name: through the header and in the full API, by hand with limited functions.
    "PyBytes_AS_STRING": ("x = PyBytes_AS_STRING(b)", "x = PyBytes_AsString(b)"),
    "PyTuple_GET_ITEM": ("x = PyTuple_GET_ITEM(t, 1)", "x = PyTuple_GetItem(t, 1)"),
    "PyList_SET_ITEM": (
        "Py_INCREF(o); PyList_SET_ITEM(l, 0, o); Py_DECREF(o)",
        "Py_INCREF(o); PyList_SetItem(l, 0, o)",
    ),
    "PyUnicode_AsUTF8": (
        "x = (void *)PyUnicode_AsUTF8(s)",
        'PyArg_Parse(s, "s", &text); x = (void *)text',
    ),
    "PyUnicode_GET_LENGTH": (
        "n += PyUnicode_GET_LENGTH(s)",
        "n += PyUnicode_GetLength(s)",
    ),
    "PyUnicode_KIND": (
        "n += PyUnicode_KIND(s)",
        "for (i = 0; i < PyUnicode_GetLength(s); i++) n += PyUnicode_ReadChar(s, i)",
    ),
    "PyObject_CallOneArg": (
        "v = PyObject_CallOneArg(f, s); Py_DECREF(v)",
        "v = PyObject_CallFunctionObjArgs(f, s, NULL); Py_DECREF(v)",
    ),
    "PyDict_SetDefault": (
        "x = PyDict_SetDefault(d, s, o)",
        "x = PyDict_GetItemWithError(d, s); if (!x) PyDict_SetItem(d, s, o)",
    ),
    "PyDateTime_GET_YEAR": (
        "n += PyDateTime_GET_YEAR(y)",
        'v = PyObject_GetAttrString(y, "year"); n += PyLong_AsLong(v); Py_DECREF(v)',
    ),
    "PyMethod_GET_SELF": (
        "x = PyMethod_GET_SELF(m)",
        'x = v = PyObject_GetAttrString(m, "__self__"); Py_DECREF(v)',
    ),
}
HEAD = """
#include <Python.h>
#include <datetime.h>
#include <time.h>
static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}
static PyObject *measure(PyObject *module, PyObject *args)
{
    PyObject *b, *t, *l, *s, *f, *d, *y, *m, *o, *v = NULL, *result = PyDict_New();
    void *volatile x = NULL;
    volatile Py_ssize_t n = 0;
    Py_ssize_t i = 0, round, count = 300000;
    const char *text = NULL;
    double begin, least;
    PyDateTime_IMPORTED;
    if (!PyArg_ParseTuple(args, "OOOOOOOOO", &b, &t, &l, &s, &f, &d, &y, &m, &o))
        return NULL;
"""
LOOP = """
    for (least = 1e18, round = 0; round < {rounds}; round++) {{
        begin = now();
        for (Py_ssize_t k = 0; k < count; k++) {{ {code}; }}
        begin = (now() - begin) / count;
        least = begin < least ? begin : least;
    }}
    v = PyFloat_FromDouble(least);
    PyDict_SetItemString(result, "{name}", v);
    Py_DECREF(v);
"""
TAIL = """
    (void)module; (void)x; (void)i; (void)text;
    return result;
}
static PyMethodDef methods[] = {{"measure", measure, METH_VARARGS, NULL},
                                {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "price", NULL, -1,
                                        methods, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_price(void) { return PyModule_Create(&definition); }
"""
USE = """
import datetime, price
values = (b"bytes", (1, 2), [None], "text of some length, na\\u00efve", len, {},
          datetime.datetime(2024, 1, 2), [].append, [])
for name, time in price.measure(*values).items():
    print(name, time)
"""


def measure(folder: Path, kind: str, rounds: int) -> dict[str, float]:
    """Compile and run all loops of one kind; return nanoseconds by name."""
    folder.mkdir()
    by_hand = kind == "by hand"
    imported = "(void)0" if by_hand else "PyDateTime_IMPORT"
    codes = {"": "x = b", **{name: pair[by_hand] for name, pair in CALLS.items()}}
    loops = [
        LOOP.format(name=name, code=code, rounds=rounds) for name, code in codes.items()
    ]
    source = HEAD.replace("PyDateTime_IMPORTED", imported) + "".join(loops) + TAIL
    (folder / "price.c").write_text(source, encoding="utf-8")
    macros = [] if kind == "full API" else [f"-DPy_LIMITED_API={FLOOR}"]
    if kind == "header":
        macros += [f"-DABI3BUILD_FLOOR={FLOOR}", "-DABI3BUILD_COMPAT"]
        macros += [f"-I{ROOT / 'src/abi3build/include'}"]
    includes = [*macros, f"-I{sysconfig.get_path('include')}"]
    options = ["-O2", "-DNDEBUG", "-shared", "-fPIC", "-w", "-o", "price.so"]
    gcc = shutil.which("gcc") or "gcc"
    subprocess.run([gcc, *options, *includes, "price.c"], cwd=folder, check=True)
    output = subprocess.check_output([sys.executable, "-c", USE], cwd=folder, text=True)
    times = dict(line.rsplit(" ", 1) for line in output.splitlines())
    empty = float(times.pop(""))
    return {name: float(time) - empty for name, time in times.items()}


def main() -> None:
    """Print one row for each name."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    kinds = ("header", "by hand", "full API")
    with tempfile.TemporaryDirectory() as folder:
        times = {kind: measure(Path(folder, kind), kind, rounds) for kind in kinds}
    print(f"nanoseconds for each call, Python {sys.version.split()[0]}, floor 3.9")
    print("| name |", " | ".join(kinds), "|\n|---|---:|---:|---:|")
    for name in CALLS:
        row = " | ".join(f"{max(times[kind][name], 0.0):.1f}" for kind in kinds)
        print(f"| `{name}` | {row} |")


if __name__ == "__main__":
    main()
