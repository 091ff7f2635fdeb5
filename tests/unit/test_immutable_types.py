"""Rewritten types refuse new attributes as static ones do, if nothing needs them."""

from __future__ import annotations

from textwrap import dedent

import pytest

from abi3build.port_fix.edits import apply_edits
from abi3build.port_fix.heap_types import HEAP_TYPES
from abi3build.port_fix.rewrites import View
from abi3build.port_fix.source_files import SourceFiles
from abi3build.porting.syntax import dialect_of, parse
from abi3build.versions import PythonVersion

pytest.importorskip("tree_sitter")

TYPE = """\
#include <Python.h>
static PyTypeObject Point = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "m.Point",
    .tp_flags = %s,
    .tp_new = point_new,
};
PyMODINIT_FUNC
PyInit_m(void)
{
    if (PyType_Ready(&Point) < 0)
        return NULL;
    return PyModule_Create(&module);
}
"""
HELPER = """\
#include <Python.h>

/* No attribute can be set on a type with this flag, as on a static one; since 3.10. */
#if !defined(abi3_immutable_type)
#  if defined(Py_TPFLAGS_IMMUTABLETYPE)
#    define abi3_immutable_type Py_TPFLAGS_IMMUTABLETYPE
#  else
#    define abi3_immutable_type 0
#  endif
#endif
"""
MUTABLE = "the type is mutable: attributes can be set on it"


def rewritten(
    flags: str,
    other: str = "",
    floor: tuple[int, int] = (3, 11),
    oldest: tuple[int, int] = (3, 10),
) -> tuple[str, bool]:
    """Return the text after the rewrite, and whether types are called mutable."""
    texts = {"a.c": TYPE % flags, "b.c": dedent(other)}
    sources = SourceFiles(
        {name: parse(text.encode(), dialect_of(name)) for name, text in texts.items()},
        floor=PythonVersion(*floor),
        oldest_python=PythonVersion(*oldest),
        units=(),
        fixed={},
    )
    found = HEAP_TYPES.find(View(sources, ""))
    written = found.write(found.subjects)
    text = apply_edits(sources.files["a.c"].source, written.edits["a.c"]).decode()
    return text, MUTABLE in written.remarks["Point"]


@pytest.mark.parametrize(
    ("flags", "after"),
    [
        ("Py_TPFLAGS_DEFAULT", "Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE"),
        (
            "A |\n        B",
            "A |\n        B |\n        Py_TPFLAGS_IMMUTABLETYPE",
        ),
        ("X ? A : B", "(X ? A : B) | Py_TPFLAGS_IMMUTABLETYPE"),
    ],
)
def test_the_flag_joins_the_others(flags: str, after: str) -> None:
    text, is_mutable = rewritten(flags)
    assert f"    .flags = {after},\n" in text
    assert not is_mutable


def test_a_project_that_supports_pythons_without_the_flag() -> None:
    text, is_mutable = rewritten("A", oldest=(3, 9))
    assert text.startswith(HELPER)
    assert "    .flags = A | abi3_immutable_type,\n" in text
    assert not is_mutable


@pytest.mark.parametrize(
    "setting",
    [
        'int f(void) { return PyDict_SetItemString(Point.tp_dict, "x", y); }',
        "int f(PyTypeObject *t) { return PyDict_SetItem(t->tp_dict, x, y); }",
        'int f(void) { return PyObject_SetAttrString((PyObject *)&Point, "x", y); }',
        'static PyType_Spec spec = {"m.Mine", 0, 0, Py_TPFLAGS_DEFAULT, slots};',
    ],
)
def test_types_whose_attributes_are_set(setting: str) -> None:
    text, is_mutable = rewritten("A", other=setting)
    assert "    .flags = A,\n" in text
    assert is_mutable


def test_a_floor_without_the_flag() -> None:
    text, is_mutable = rewritten("A", floor=(3, 9), oldest=(3, 9))
    assert "    .flags = A,\n" in text
    assert is_mutable


def test_types_beside_one_that_has_the_flag() -> None:
    spec = 'static PyType_Spec spec = {"m.Mine", 0, 0, Py_TPFLAGS_IMMUTABLETYPE, x};'
    assert not rewritten("A", other=spec)[1]
