"""What a module says of several interpreters counts on each Python that asks."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from compat_module import header_options

from abi3build.versions import PythonVersion
from workbench.running import clean_environment, run

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.pythons import FoundPython

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the header is for GCC and Clang"
)

SOURCE = """\
#include <Python.h>

static int executed;

static int execute(PyObject *module)
{
    executed++;
    return PyModule_AddIntConstant(module, "executed", executed);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)execute},
#if defined(SAID) && defined(Py_mod_multiple_interpreters)
    {Py_mod_multiple_interpreters, SAID},
#endif
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};
static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "said", NULL, 0, NULL, slots, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_said(void) { return PyModuleDef_Init(&definition); }
"""
IMPORT = """
import sys
import said
names = [said.executed]
del sys.modules["said"]
import said
names.append(said.executed)
if sys.version_info >= (3, 12):
    try:
        import _interpreters
    except ImportError:
        import _xxsubinterpreters as _interpreters
    number = _interpreters.create()
    try:
        failed = _interpreters.run_string(number, "import said")
    except _interpreters.RunFailedError as fault:
        failed = fault
    _interpreters.destroy(number)
    names.append("refused" if failed else "imported")
print(*names)
"""


@pytest.mark.parametrize(
    ("build", "said", "isolated"),
    [
        ("gcc -xc 3.13", "Py_MOD_PER_INTERPRETER_GIL_SUPPORTED", "imported"),
        ("g++ -xc++ 3.13", "Py_MOD_PER_INTERPRETER_GIL_SUPPORTED", "imported"),
        ("gcc -xc 3.11", "Py_MOD_PER_INTERPRETER_GIL_SUPPORTED", "imported"),
        ("gcc -xc 3.13", "Py_MOD_MULTIPLE_INTERPRETERS_SUPPORTED", "refused"),
        ("gcc -xc 3.13", "Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED", "refused"),
        ("gcc -xc 3.13", "", "refused"),
    ],
)
def test_a_floor_before_the_slot_keeps_what_it_says(
    tmp_path: Path,
    build: str,
    said: str,
    isolated: str,
    pythons: tuple[FoundPython, ...],
) -> None:
    usable = [each for each in pythons if not each.free_threaded]
    *compiler, version = build.split()
    wanted = PythonVersion.parse(version)
    headers = next(each for each in usable if each.minor == wanted)
    source = tmp_path / "said.c"
    source.write_text(SOURCE, "utf-8")
    options = header_options(headers, "0x03090000")
    macros = [f"-DSAID={said}"] if said else []
    target = tmp_path / "said.abi3.so"
    shared: list[str | Path] = ["-shared", "-fPIC", "-Wall", "-Werror", "-o", target]
    done = run([*compiler, *options, *macros, *shared, source])
    assert done.returncode == 0, done.stderr
    env = {**clean_environment(), "PYTHONPATH": str(tmp_path)}
    tried = set()
    for python in usable:
        if python.minor < (3, 9):
            continue
        done = run([str(python.executable), "-c", IMPORT], env=env)
        expected = f"1 2 {isolated}\n" if python.minor >= (3, 12) else "1 2\n"
        assert (done.returncode, done.stdout) == (0, expected), done.stderr
        tried.add(python.minor >= (3, 12))
    assert tried == {True, False}
