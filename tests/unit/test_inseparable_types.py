"""Types move to the heap together if moving one alone would break another."""

from __future__ import annotations

import pytest

from abi3build.port_fix.heap_types import HEAP_TYPES
from abi3build.port_fix.rewrites import View
from abi3build.port_fix.source_files import SourceFiles
from abi3build.porting.syntax import Dialect, parse
from abi3build.versions import PythonVersion

pytest.importorskip("tree_sitter")

_FREES = """\
static void drop(PyObject *self) { PyObject_Free(self); }
static void one_free(PyObject *self) { drop(self); }
static void two_free(PyObject *self) { clear(self); drop(self); }
static void own_free(PyObject *self) { PyObject_Free(self); }
"""
_TYPE = """\
static PyTypeObject {name} = {{
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "m.{name}", .tp_basicsize = sizeof(Item), .tp_dealloc = {free},
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, .tp_new = item_new,
}};
"""
_INIT = """\
PyMODINIT_FUNC PyInit_m(void)
{{
    {statements}
    if (PyType_Ready(&One) < 0 || PyType_Ready(&Two) < 0) {{ return NULL; }}
    return PyModule_Create(&module);
}}
"""
_STAYS = ("Two", "its fields change at run time")


def _found(
    one: str, two: str, statements: str = ""
) -> tuple[tuple[tuple[str, ...], ...], list[tuple[str, str]]]:
    """Return what moves, in the least steps, and what stays and why."""
    text = (
        _FREES + _TYPE.format(name="One", free=one) + _TYPE.format(name="Two", free=two)
    )
    text += _INIT.format(statements=statements)
    sources = SourceFiles(
        {"a.c": parse(text.encode(), Dialect.C)},
        floor=PythonVersion(3, 11),
        oldest_python=PythonVersion(3, 9),
    )
    found = HEAP_TYPES.find(View(sources, ""))
    return found.separable, [(each.what, each.reason) for each in found.left]


@pytest.mark.parametrize(
    ("one", "two", "statements", "steps"),
    [
        ("one_free", "own_free", "", (("One",), ("Two",))),
        ("one_free", "two_free", "", (("One", "Two"),)),
        ("own_free", "one_free", "Two.tp_base = &One;", (("One", "Two"),)),
    ],
)
def test_types_that_need_each_other_are_tried_together(
    one: str, two: str, statements: str, steps: tuple[tuple[str, ...], ...]
) -> None:
    assert _found(one, two, statements) == (steps, [])


@pytest.mark.parametrize(
    ("one", "two", "statements", "reason"),
    [
        ("one_free", "own_free", "", ""),
        (
            "one_free",
            "two_free",
            "",
            "its instances are freed by lines that also free those of Two, which stays"
            " a static type",
        ),
        (
            "own_free",
            "one_free",
            "Two.tp_base = &One;",
            "Two has it as a base and stays a static type",
        ),
    ],
)
def test_a_type_stays_static_if_one_that_needs_it_does(
    one: str, two: str, statements: str, reason: str
) -> None:
    steps, left = _found(one, two, f"{statements} Two.tp_flags |= MORE;")
    assert steps == (() if reason else (("One",),))
    assert left == [_STAYS, *([("One", reason)] if reason else [])]
