"""Write the same C or Cython project in the form that each build tool wants.

All forms have the same sources, the same flags and the same ``Py_LIMITED_API``.  Each
module has ``stamp()``, which returns what was compiled in: sums over its units of a
number in the first source, one in ``three.h`` (read by three units), one in ``all.h``
and one of a ``-D`` flag.  So a wheel tells whether it has the newest edit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["TOOLS", "Shape", "write_project"]

TOOLS = (
    "setuptools",
    "setuptools-parallel",
    "abi3build",
    "abi3build-plugin",
    "meson-python",
    "scikit-build-core",
)
"""The second is setuptools with its own ``parallel`` and with ``depends``, the fourth
abi3build as a plugin alone, with ``setuptools.build_meta`` as the backend."""

_FLAGS = ("-O2", "-g0", "-fwrapv", "-Wall")
_LIMIT = "Py_LIMITED_API=0x03090000"
_FUNCTIONS = 13
"""So many take a compiler about 0.15 seconds."""

_FUNCTION = """\
PyObject *unit{unit}_sum{number}(PyObject *items, long extra)
{{
    Py_ssize_t i, size = PyList_Size(items);
    PyObject *sum = PyLong_FromLong(extra + {number});
    for (i = 0; i < size && sum != NULL; i++) {{
        PyObject *next = PyNumber_Add(sum, PyList_GetItem(items, i));
        Py_DECREF(sum);
        sum = next;
    }}
    return sum;
}}
"""
_STAMP = """\
int unit{unit}_stamp(int what)
{{
    static const int values[] = {{{source}, {three}, STAMP_ALL, STAMP_FLAG}};
    return values[what];
}}
"""
_MODULE = """\
#include <Python.h>
{declared}
static int (*const units[])(int) = {{{listed}}};
static PyObject *stamp(PyObject *self, PyObject *nothing)
{{
    int sums[4] = {{0}}, what;
    size_t unit;
    for (unit = 0; unit < sizeof units / sizeof units[0]; unit++)
        for (what = 0; what < 4; what++)
            sums[what] += units[unit](what);
    return Py_BuildValue("iiii", sums[0], sums[1], sums[2], sums[3]);
}}
static PyMethodDef methods[] = {{{{"stamp", stamp, METH_NOARGS, NULL}}, {{0}}}};
static PyModuleDef_Slot slots[] = {{{{0, NULL}}}};
static struct PyModuleDef definition = {{
    PyModuleDef_HEAD_INIT, "{name}", NULL, 0, methods, slots, NULL, NULL, NULL}};
PyMODINIT_FUNC PyInit_{name}(void) {{ return PyModuleDef_Init(&definition); }}
"""
_CYTHON = """\
cdef int SOURCE = {source}
def stamp():
    return SOURCE, 0, 0, 0
{functions}"""
_CYTHON_FUNCTION = """
def count{number}(items, long extra={number}):
    found = {{}}
    for item in items:
        found[item] = found.get(item, extra) + 1
    return sorted(found.items())
"""


@dataclass(frozen=True)
class Shape:
    """Describe a project: so many extensions of so many units each."""

    extensions: int
    units: int
    is_cython: bool = False

    @property
    def name(self) -> str:
        """Return how the command line says it: ``40``, ``8x5`` or ``cython20``."""
        if self.is_cython:
            return f"cython{self.extensions}"
        several = f"{self.extensions}x" if self.extensions > 1 else ""
        return f"{several}{self.units}"

    def modules(self) -> list[tuple[str, list[str]]]:
        """Return the name and the sources of each extension."""
        suffix = "pyx" if self.is_cython else "c"
        found = []
        for at in range(self.extensions):
            numbers = range(at * self.units, (at + 1) * self.units)
            sources = [f"native/unit{number}.c" for number in numbers]
            own = f"native/core{at}.{suffix}"
            found.append((f"core{at}", [own] if self.is_cython else [own, *sources]))
        return found


def write_project(
    folder: Path, tool: str, shape: Shape, stamps: tuple[int, int, int, int], jobs: int
) -> None:
    """Write a project, or those of its files that other stamps change."""
    for name, text in {
        **_sources(shape, stamps),
        **_build_files(tool, shape, stamps[3], jobs),
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _sources(shape: Shape, stamps: tuple[int, int, int, int]) -> dict[str, str]:
    source, three, everywhere, _ = stamps
    files = {
        "stamped/__init__.py": "",
        "native/three.h": f"#define STAMP_THREE {three}\n",
        "native/all.h": f"#define STAMP_ALL {everywhere}\n",
    }
    for at in range(shape.extensions):
        if shape.is_cython:
            functions = map(_cython_function, range(_FUNCTIONS))
            files[f"native/core{at}.pyx"] = _CYTHON.format(
                source=source if at == 0 else 0, functions="".join(functions)
            )
            continue
        numbers = range(at * shape.units, (at + 1) * shape.units)
        for number in numbers:
            files[f"native/unit{number}.c"] = _unit(number, source)
        names = [f"unit{number}_stamp" for number in numbers]
        files[f"native/core{at}.c"] = _MODULE.format(
            name=f"core{at}",
            declared="".join(f"int {name}(int);\n" for name in names),
            listed=", ".join(names),
        )
    return files


def _cython_function(number: int) -> str:
    return _CYTHON_FUNCTION.format(number=number)


def _unit(number: int, source: int) -> str:
    reads_three = number < 3  # noqa: PLR2004 - as its name says
    included = ["Python.h", "all.h", *(["three.h"] if reads_three else [])]
    functions = [
        _FUNCTION.format(unit=number, number=each) for each in range(_FUNCTIONS)
    ]
    stamp = _STAMP.format(
        unit=number,
        source=source if number == 0 else 0,
        three="STAMP_THREE" if reads_three else 0,
    )
    lines = [f"#include <{name}>\n" for name in included]
    return "".join([*lines, *functions, stamp])


def _build_files(tool: str, shape: Shape, flag: int, jobs: int) -> dict[str, str]:
    flags = [*_FLAGS, f"-DSTAMP_FLAG={flag}"]
    if tool == "meson-python":
        return _meson(shape, flags)
    if tool == "scikit-build-core":
        return _scikit_build_core(shape, flags)
    return _setuptools(tool, shape, flags, jobs)


def _setuptools(tool: str, shape: Shape, flags: list[str], jobs: int) -> dict[str, str]:
    is_ours = tool.startswith("abi3build")
    hand_set = "" if is_ours else f", define_macros=[{tuple(_LIMIT.split('='))!r}]"
    hand_set += "" if is_ours else ", py_limited_api=True"
    if tool == "setuptools-parallel":
        hand_set += ", depends=['native/all.h', 'native/three.h']"
    extensions = "".join(
        f"    Extension('stamped.{name}', {sources!r}, include_dirs=['native'],"
        f" extra_compile_args={flags!r}{hand_set}),\n"
        for name, sources in shape.modules()
    )
    options = "" if is_ours else ", options={'bdist_wheel': {'py_limited_api': 'cp39'}}"
    setup = (
        "from setuptools import Extension, setup\n"
        f"extensions = [\n{extensions}]\n"
        f"setup(ext_modules=extensions, packages=['stamped']{options})\n"
    )
    requires = ["setuptools", *(["abi3build"] if is_ours else [])]
    table = '[tool.abi3build]\nmin-python = "3.9"\n' if is_ours else ""
    backend = "abi3build" if tool == "abi3build" else "setuptools"
    files = {
        "setup.py": setup,
        "pyproject.toml": _pyproject(f"{backend}.build_meta", requires) + table,
    }
    if tool == "setuptools-parallel":
        files["setup.cfg"] = f"[build_ext]\nparallel = {jobs}\n"
    return files


def _pyproject(backend: str, requires: list[str]) -> str:
    return (
        f'[build-system]\nbuild-backend = "{backend}"\nrequires = {requires!r}\n'
        '[project]\nname = "stamped"\nversion = "1.0"\nrequires-python = ">=3.9"\n'
    )


def _meson(shape: Shape, flags: list[str]) -> dict[str, str]:
    languages = "['c', 'cython']" if shape.is_cython else "['c']"
    lines = [
        (
            f"project('stamped', {languages}, version: '1.0',"
            " default_options: ['buildtype=plain', 'warning_level=0'])"
        ),
        "python = import('python').find_installation(pure: false)",
        "python.install_sources('stamped/__init__.py', subdir: 'stamped')",
    ]
    lines += [
        f"python.extension_module('{name}', {sources!r}, subdir: 'stamped',"
        f" install: true, limited_api: '3.9', include_directories: 'native',"
        f" c_args: {flags!r})"
        for name, sources in shape.modules()
    ]
    table = "[tool.meson-python]\nlimited-api = true\n"
    return {
        "meson.build": "\n".join(lines) + "\n",
        "pyproject.toml": _pyproject("mesonpy", ["meson-python"]) + table,
    }


def _scikit_build_core(shape: Shape, flags: list[str]) -> dict[str, str]:
    lines = [
        "cmake_minimum_required(VERSION 3.26)",
        "project(stamped LANGUAGES C)",
        "find_package(Python COMPONENTS Interpreter Development.SABIModule REQUIRED)",
        f"add_compile_options({' '.join(flags)})",
    ]
    for name, sources in shape.modules():
        listed = " ".join(sources)
        lines += [
            f"python_add_library({name} MODULE USE_SABI 3.9 WITH_SOABI {listed})",
            f"target_include_directories({name} PRIVATE native)",
            f"install(TARGETS {name} DESTINATION stamped)",
        ]
    table = (
        '[tool.scikit-build]\nbuild-dir = "build/cmake"\nwheel.py-api = "cp39"\n'
        'cmake.build-type = ""\nsdist.include = []\n'
    )
    requires = ["scikit-build-core", "ninja"]
    return {
        "CMakeLists.txt": "\n".join(lines) + "\n",
        "pyproject.toml": _pyproject("scikit_build_core.build", requires) + table,
    }
