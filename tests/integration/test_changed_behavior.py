"""What the table of changes says, seen: one module, compiled once, on several Pythons.

It is compiled with the headers of 3.9 for 3.6, and each call is made on a Python from
before the change and on the newest one.
"""

from __future__ import annotations

import platform
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from outcomes import messages
from small_project import pyproject_with

from abi3build.audit.audit_input import audit_wheel
from abi3build.stable_abi.behavior import ChangeKind, changes_of
from workbench.importing import run_code
from workbench.running import run_or_raise

if TYPE_CHECKING:
    from workbench.fixture_types import BuildWheel, ImportOn, PythonNamed

_SOURCE = Path(__file__).parent.parent / "planted" / "changed.c"
_INCLUDE = "import sysconfig; print(sysconfig.get_path('include'))"
_OLDEST, _NEWEST = "3.9", "3.15"
_SETUP = """
import decimal, sys, warnings, changed
warnings.simplefilter('ignore')
class Thing: pass
class Whole(int): pass
class Index:
    def __index__(self): return Whole(7)
class Complex:
    def __complex__(self): return 7+1j
class Truncated:
    def __trunc__(self): return 7
thing = Thing()
thing.thing = 1
def name(result): return type(result).__name__
"""
_CRASH = "a crash"


class Seen(NamedTuple):
    """Say what one call gives before and after a change."""

    function: str
    version: str
    kind: ChangeKind
    call: str
    before: str
    after: str

    @property
    def change(self) -> tuple[str, str, ChangeKind]:
        """Return what the table has to say of it."""
        return self.function, self.version, self.kind


_ACCEPTS, _REFUSES, _DIFFERS = (
    ChangeKind.ACCEPTS,
    ChangeKind.REFUSES,
    ChangeKind.DIFFERS,
)
CASES = [
    Seen("PyType_GetSlot", "3.10", _ACCEPTS, "get_slot(dict)", "SystemError", "True"),
    Seen(
        "PyType_FromModuleAndSpec",
        "3.10",
        _ACCEPTS,
        "type_from_module(Thing).__base__.__name__",
        "SystemError",
        "Thing",
    ),
    Seen(
        "PyType_FromSpecWithBases",
        "3.10",
        _ACCEPTS,
        "type_from_bases(Thing).__base__.__name__",
        "SystemError",
        "Thing",
    ),
    Seen(
        "PyType_FromSpec",
        "3.10",
        _ACCEPTS,
        "type_without_doc(None).__doc__",
        _CRASH,
        "None",
    ),
    Seen(
        "PyLong_AsLong",
        "3.10",
        _REFUSES,
        "as_long(decimal.Decimal(7))",
        "7",
        "TypeError",
    ),
    Seen(
        "PyLong_AsUnsignedLongLongMask",
        "3.10",
        _REFUSES,
        "as_unsigned_long_long_mask(2.5)",
        "2",
        "TypeError",
    ),
    Seen(
        "PyArg_ParseTuple",
        "3.10",
        _REFUSES,
        "parse_integer((decimal.Decimal(7),))",
        "7",
        "TypeError",
    ),
    Seen("PyNumber_Index", "3.10", _DIFFERS, "index_of(Index())", "Whole", "int"),
    Seen(
        "PyErr_SetExcInfo",
        "3.11",
        _DIFFERS,
        "stored_type(ValueError()).__name__",
        "KeyError",
        "ValueError",
    ),
    Seen(
        "PyErr_GetExcInfo",
        "3.11",
        _DIFFERS,
        "stored_type(ValueError()).__name__",
        "KeyError",
        "ValueError",
    ),
    Seen("PyErr_Fetch", "3.12", _DIFFERS, "fetched_value('why')", "str", "ValueError"),
    Seen(
        "PyErr_PrintEx",
        "3.12",
        _DIFFERS,
        "print_error(None) or hasattr(sys, 'last_exc')",
        "False",
        "True",
    ),
    Seen(
        "PyUnicode_FromStringAndSize",
        "3.12",
        _REFUSES,
        "unfilled_text(None)",
        "True",
        "SystemError",
    ),
    Seen(
        "PyUnicode_FromFormat",
        "3.12",
        _REFUSES,
        "unknown_format(None)",
        "<%k>",
        "SystemError",
    ),
    Seen("PyUnicode_FromFormat", "3.12", _ACCEPTS, "hexadecimal(None)", "<%X>", "<FF>"),
    Seen("PyUnicode_FromFormat", "3.13", _ACCEPTS, "type_format(7)", "<%T>", "<int>"),
    Seen(
        "PyUnicode_FSDecoder",
        "3.12",
        _REFUSES,
        "decode_path(bytearray(b'path'))",
        "path",
        "TypeError",
    ),
    Seen(
        "PyArg_ParseTuple",
        "3.12",
        _REFUSES,
        "parse_wide(('text',))",
        "text",
        "SystemError",
    ),
    Seen(
        "PyComplex_RealAsDouble",
        "3.13",
        _DIFFERS,
        "real_as_double(Complex())",
        "TypeError",
        "7.0",
    ),
    Seen(
        "PyNumber_Long", "3.14", _REFUSES, "number_long(Truncated())", "7", "TypeError"
    ),
    Seen(
        "PyArg_ParseTuple", "3.14", _REFUSES, "parse_group(('ab',))", "97", "TypeError"
    ),
    Seen(
        "PyObject_SetAttrString", "3.15", _REFUSES, "delete_attribute(thing)", "0", "-1"
    ),
    Seen(
        "PyImport_ExecCodeModule",
        "3.15",
        _DIFFERS,
        "hasattr(changed.execute_code(compile('', 'x', 'exec')), '__cached__')",
        "True",
        "False",
    ),
]
_TYPES_OF_RESULTS = {"index_of(Index())", "fetched_value('why')"}


@pytest.fixture(scope="module")
def compiled(
    python_named: PythonNamed, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Compile the module; return its folder."""
    if shutil.which("cc") is None:
        pytest.skip("no C compiler")
    folder = tmp_path_factory.mktemp("changed")
    asked = run_or_raise([python_named("3.9").executable, "-c", _INCLUDE], folder)
    options = ("-w", "-shared", "-fPIC", "-DPy_LIMITED_API=0x03060000")
    include = f"-I{asked.stdout.strip()}"
    output = ("-o", "changed.abi3.so", "-ldl")
    run_or_raise(["cc", *options, include, _SOURCE, *output], folder)
    return folder


@pytest.mark.lab("3.9", "3.15")
@pytest.mark.parametrize("seen", CASES, ids=lambda seen: f"{seen[0]}-{seen[1]}")
def test_a_call_differs_as_the_table_says(
    seen: Seen, compiled: Path, python_named: PythonNamed
) -> None:
    known = changes_of(seen.function)
    held = {(each.name, str(each.version), each.kind) for each in known}
    assert seen.change in held
    assert _outcome(seen.call, _OLDEST, compiled, python_named) == seen.before
    assert _outcome(seen.call, _NEWEST, compiled, python_named) == seen.after


def _outcome(call: str, label: str, folder: Path, python_named: PythonNamed) -> str:
    """Return what a call gives: a text, the name of an exception, or ``a crash``."""
    expression = call if call.startswith("hasattr") else f"changed.{call}"
    if call in _TYPES_OF_RESULTS:
        expression = f"name({expression})"
    done = run_code(python_named(label), folder, f"{_SETUP}\nprint({expression})")
    if done.returncode < 0:
        return _CRASH
    said = done.stdout if done.returncode == 0 else done.stderr.partition("Error: ")[0]
    last = said.strip().splitlines()[-1]
    return last if done.returncode == 0 else f"{last}Error"


_MODULE = """\
#include <Python.h>
static PyObject *made(PyObject *module, PyObject *arguments)
{
    (void)module;
    newfunc make = (newfunc)PyType_GetSlot(&PyDict_Type, Py_tp_new);
    return make(&PyDict_Type, arguments, NULL);
}
static PyMethodDef methods[] = {{"made", made, METH_VARARGS, NULL},
                                {NULL, NULL, 0, NULL}};
static PyModuleDef_Slot slots[] = {{0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "sample", NULL, 0,
                                        methods, slots, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_sample(void) { return PyModuleDef_Init(&definition); }
"""


@pytest.mark.lab("3.9", "3.15")
def test_a_build_names_the_call_that_crashes_at_the_floor(
    build_wheel: BuildWheel,
    import_on: ImportOn,
    python_named: PythonNamed,
    tmp_path: Path,
) -> None:
    """The trial of lru_dict: clean by its symbols, and a crash on 3.9."""
    project = tmp_path / "pyproject.toml"
    project.write_text(pyproject_with("sample.c"), encoding="utf-8")
    (tmp_path / "sample.c").write_text(_MODULE, encoding="utf-8")
    build = build_wheel(tmp_path, isolated=False)
    said = messages(build)
    assert "  ABI503 PyType_GetSlot   warning: given &PyDict_Type, fails below" in said
    assert said.count("sample.c:5") == 1
    assert "PyType_GetSlot behaves differently between 3.9 and 3.15" in said
    (wheel,) = build.wheels
    if platform.machine() == "x86_64":
        codes = [each.code for each in audit_wheel(wheel).findings]
        # No sources stand beside a finished wheel, but its code tells.
        assert codes == ["ABI502", "ABI505"]
    code = "import sample; print(sample.made())"
    assert import_on(python_named("3.9"), wheel, code).returncode < 0
    assert import_on(python_named("3.15"), wheel, code).stdout == "{}\n"
    text = project.read_text(encoding="utf-8").replace("3.9", "3.10")
    project.write_text(text, encoding="utf-8")
    again = messages(build_wheel(tmp_path, isolated=False))
    assert "keeps its promise to Python 3.10" in again
    assert "ABI50" not in again
