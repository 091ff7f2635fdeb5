"""Own structures become the data of their class, and pointers to them objects."""

from __future__ import annotations

import pytest

from abi3build.port_fix.edits import apply_edits
from abi3build.port_fix.opaque_structures import OPAQUE_STRUCTURES
from abi3build.port_fix.rewrites import View
from abi3build.port_fix.source_files import SourceFiles
from abi3build.porting.syntax import Dialect, parse
from abi3build.versions import PythonVersion

pytest.importorskip("tree_sitter")

MODULE = """\
typedef struct {
    PyObject_HEAD
    int number;
    Other *other;
} Point;

static Point *
point_of(PyObject *object)
{
    return (Point *)object;
}

static PyObject *
point_sum(Point *self, PyObject *object)
{
    Point *more = (Point *)object, *last;
    last = PyObject_New(Point, type);
    last->number = point_of(object)->number;
    return PyLong_FromLong(self->number + more->number + self->other->number
                           + ((Point *)object)->number);
}

static PyMemberDef members[] = {
    {"number", T_INT, offsetof(Point, number), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Spec spec = {
    .name = "m.Point",
    .basicsize = sizeof(Point),
    .slots = slots,
};
"""
AFTER = """\
typedef struct {
    int number;
    Other *other;
} Point;

/* The class below object is the one that has the data. */
static Point *
Point_data(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self), *base = type;
    while (base != &PyBaseObject_Type) {
        type = base;
        base = (PyTypeObject *)PyType_GetSlot(type, Py_tp_base);
    }
    return (Point *)PyObject_GetTypeData(self, type);
}

static PyObject *
point_of(PyObject *object)
{
    return (PyObject *)object;
}

static PyObject *
point_sum(PyObject *self, PyObject *object)
{
    PyObject *more = (PyObject *)object, *last;
    last = PyObject_New(PyObject, type);
    Point_data(last)->number = Point_data(point_of(object))->number;
    return PyLong_FromLong(Point_data(self)->number + Point_data(more)->number\
 + Point_data(self)->other->number
                           + Point_data(object)->number);
}

static PyMemberDef members[] = {
    {"number", T_INT, offsetof(Point, number), Py_RELATIVE_OFFSET | READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Spec spec = {
    .name = "m.Point",
    .basicsize = -(int)sizeof(Point),
    .slots = slots,
};
"""


def rewritten(text: str, oldest: str = "3.12") -> tuple[str, list[str]]:
    newest, source = PythonVersion(3, 15), text.encode()
    files = {"a.c": parse(source, Dialect.C)}
    sources = SourceFiles(files, newest, PythonVersion.parse(oldest))
    found = OPAQUE_STRUCTURES.find(View(sources, ""))
    edits = found.write(found.subjects).edits.get("a.c", ())
    return apply_edits(source, edits).decode(), [each.reason for each in found.left]


def test_fields_are_found_in_the_class() -> None:
    assert rewritten(MODULE) == (AFTER, [])
    assert rewritten(AFTER) == (AFTER, [])


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            "    PyObject_HEAD\n",
            "    PyObject_VAR_HEAD\n",
            "in a form that is not understood",
        ),
        (
            "    return (Point *)object;",
            "    static Point empty; return (Point *)object;",
            "its use in line 10 is not understood",
        ),
        (
            "static PyType_Spec spec",
            "static PyTypeObject spec",
            "it does not belong to exactly one type from a specification",
        ),
        (
            "    .slots = slots,\n};\n",
            "    .slots = slots,\n};\nint f() { PyType_FromSpecWithBases(&spec, b);}",
            "its type has a base other than object",
        ),
        (
            "static PyMemberDef",
            "static int Point_data;\nstatic PyMemberDef",
            "the name Point_data is already used",
        ),
    ],
)
def test_what_has_no_counterpart_is_left(old: str, new: str, reason: str) -> None:
    assert MODULE.count(old) == 1
    text = MODULE.replace(old, new)
    assert rewritten(text) == (text, [reason])


def test_older_pythons_have_no_data_of_classes() -> None:
    assert rewritten(MODULE, "3.11") == (
        MODULE,
        ["PyObject_GetTypeData needs Python 3.12, and the project supports 3.11"],
    )
