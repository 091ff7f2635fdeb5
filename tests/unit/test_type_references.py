"""Functions that free or visit instances let go of their type once, and visit it."""

from __future__ import annotations

import pytest

from abi3build.port_fix.deallocation import release_type, visit_type
from abi3build.port_fix.edits import apply_edits
from abi3build.port_fix.source_files import SourceFiles
from abi3build.porting.syntax import Dialect, parse
from abi3build.versions import PythonVersion

pytest.importorskip("tree_sitter")

RELEASED = """\
    PyTypeObject *{name} = Py_TYPE((PyObject *)self);
    PyObject_Free(self);
    Py_DECREF((PyObject *){name});
"""


def changed(source: str, name: str) -> str:
    oldest = PythonVersion(3, 9)
    sources = SourceFiles({"a.c": parse(source.encode(), Dialect.C)}, oldest, oldest)
    function = sources.function(name, "a.c")
    assert function is not None
    edits = (
        visit_type(sources, function, {})
        if name == "visits"
        else release_type(sources, function)
    )
    return apply_edits(source.encode(), [edit for _, edit in edits]).decode()


@pytest.mark.parametrize(
    "body",
    [
        "PyTypeObject *t = type_of(self);\n    PyObject_Free(self);\n    Py_DECREF(t);",
        "PyObject *kept = (PyObject *)Py_TYPE(self);\n    Py_DECREF(kept);",
        "t = self->ob_base.ob_type;\n    Py_DECREF((PyObject *)t);",
        "PyObject *tp = own(self);\n    PyObject_Free(self);\n    Py_DECREF(tp);",
        "Py_DECREF(Py_TYPE(self));\n    PyObject_Free(self);",
    ],
)
def test_a_type_that_is_released_stays(body: str) -> None:
    source = f"static void\nfrees(Thing *self)\n{{\n    {body}\n}}\n"
    assert changed(source, "frees") == source


@pytest.mark.parametrize("other", ["dtype", "typename", "item_type"])
def test_an_object_with_the_name_of_a_type_is_none(other: str) -> None:
    head = (
        f"static void\nfrees(Thing *self)\n{{\n    PyObject *{other} = self->first;\n"
    )
    head += f"    Py_XDECREF({other});\n"
    source = f"{head}    PyObject_Free(self);\n}}\n"
    expected = f"{head}{RELEASED.format(name='type')}}}\n"
    assert changed(source, "frees") == expected


def test_the_type_is_visited_in_every_branch() -> None:
    source = """\
static int
visits(Thing *self, visitproc visit, void *arg)
{
    int index;
#ifdef WITH_NAMES
    Py_VISIT(self->names);
#endif
    Py_VISIT(self->items);
    return 0;
}
"""
    visited = "    Py_VISIT(Py_TYPE((PyObject *)self));\n"
    expected = source.replace("#ifdef", f"{visited}#ifdef")
    assert changed(source, "visits") == expected
    closed = source.replace("    Py_VISIT(self->names);\n", "    int more;\n")
    expected = closed.replace(
        "    Py_VISIT(self->items", f"{visited}    Py_VISIT(self->items"
    )
    assert changed(closed, "visits") == expected
